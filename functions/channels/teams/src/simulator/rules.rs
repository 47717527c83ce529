//! What Teams refuses of an activity, as far as it is documented.

use serde_json::Value;

/// A message is at most this long with all its JSON, in UTF-16 units: 100 KB.
const LARGEST: usize = 51_200;
/// What a card's button may do.
const ACTIONS: [&str; 5] =
    ["Action.Submit", "Action.OpenUrl", "Action.ShowCard", "Action.Execute", "Action.ToggleVisibility"];

/// Why an activity is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status.
    pub status: u16,
    /// The code in the body.
    pub code: &'static str,
    /// The words in the body.
    pub message: String,
}

fn bad(message: impl Into<String>) -> Option<Fault> {
    Some(Fault { status: 400, code: "BadSyntax", message: message.into() })
}

/// The first thing that is wrong with an activity in a conversation; none if it is taken.
pub fn fault(activity: &Value, conversation: &str) -> Option<Fault> {
    if activity.to_string().encode_utf16().count() > LARGEST {
        return Some(Fault { status: 413, code: "MessageSizeTooBig", message: "Message size too large".to_owned() });
    }
    match activity["type"].as_str() {
        Some("typing") => return None,
        Some("message") => {}
        _ => return bad("Activity type is missing or unknown"),
    }
    let none = Vec::new();
    let attachments = activity["attachments"].as_array().unwrap_or(&none);
    let text = activity["text"].as_str().unwrap_or_default();
    if text.trim().is_empty() && attachments.is_empty() {
        return bad("Activity must include non empty 'text' or 'attachments' field");
    }
    if attachments.len() > 10 {
        return bad("Activity has more than 10 attachments");
    }
    attachments.iter().find_map(|attachment| of_attachment(attachment, conversation))
}

fn of_attachment(attachment: &Value, conversation: &str) -> Option<Fault> {
    let kind = attachment["contentType"].as_str().unwrap_or_default();
    let content = &attachment["content"];
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match kind {
        "" => bad("Attachment must have a contentType"),
        "application/vnd.microsoft.card.adaptive" => of_card(content),
        "application/vnd.microsoft.teams.card.file.consent" => {
            let well = text(&attachment["name"]) && content["sizeInBytes"].as_u64().is_some_and(|size| size > 0);
            match (conversation.starts_with("19:"), well) {
                (true, _) => bad("File consent cards are supported in personal chats only"),
                (_, false) => bad("File consent card needs name and sizeInBytes"),
                _ => None,
            }
        }
        "application/vnd.microsoft.teams.card.file.info" => {
            let well = text(&attachment["name"]) && text(&attachment["contentUrl"]) && text(&content["uniqueId"]);
            if well { None } else { bad("File info card needs name, contentUrl and uniqueId") }
        }
        kind if kind.starts_with("application/vnd.microsoft.card.") => None,
        _ => {
            let url = attachment["contentUrl"].as_str().unwrap_or_default();
            let fetchable = ["https://", "http://", "data:"].iter().any(|scheme| url.starts_with(scheme));
            if fetchable { None } else { bad("Attachment must have a contentUrl that can be fetched") }
        }
    }
}

fn of_card(card: &Value) -> Option<Fault> {
    if card["type"] != "AdaptiveCard" {
        return bad("Content is no AdaptiveCard");
    }
    let version: Option<f32> = card["version"].as_str().and_then(|version| version.parse().ok());
    if !version.is_some_and(|version| (1.0..=1.5).contains(&version)) {
        return bad("AdaptiveCard has no version that is supported");
    }
    let mut inputs = Vec::new();
    of_element(card, &mut inputs)
}

/// Looks at everything inside a card.
fn of_element(element: &Value, inputs: &mut Vec<String>) -> Option<Fault> {
    match element {
        Value::Array(all) => all.iter().find_map(|element| of_element(element, inputs)),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
            let has = |name: &str| element[name].as_str().is_some_and(|text| !text.is_empty());
            if kind.starts_with("Action.") {
                if !ACTIONS.contains(&kind) {
                    return bad(format!("{kind} is no action"));
                }
                if !has("title") || (kind == "Action.OpenUrl" && !has("url")) {
                    return bad(format!("{kind} needs a title, and a url to open"));
                }
                return element.get("card").and_then(|card| of_element(card, inputs));
            }
            if kind.starts_with("Input.") {
                let id = element["id"].as_str().unwrap_or_default();
                if id.is_empty() || inputs.iter().any(|known| known == id) {
                    return bad("Inputs need ids of their own");
                }
                inputs.push(id.to_owned());
            }
            if kind == "Image" && !has("url") {
                return bad("Image needs a url");
            }
            fields.iter().filter(|(name, _)| *name != "data").find_map(|(_, inner)| of_element(inner, inputs))
        }
        _ => None,
    }
}
