//! Texts that are more than text: a canned response holds a JSON object where its author wanted more than words, and
//! Genesys Cloud hands it over as the text of an ordinary message.
//!
//! Some objects are common to all channels (location, sticker, quick replies, files); any other is the channel's own and is
//! passed through. A sentence in braces stays a sentence.

use contract::{Attachment, Choice, Content, Location, MediaKind, Sticker};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a text says.
pub(crate) fn read(text: &str) -> Content {
    object(text).map_or_else(|| Content::text(text), of_object)
}

/// The object that a text is, if it is one that means something: one with a `type`, with `messages`, or with anything
/// nested in it. `{"a": 1}` is talk about JSON.
fn object(text: &str) -> Option<Map<String, Value>> {
    let text = text.trim();
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let typed = object.get("type").is_some_and(Value::is_string) || object.contains_key("messages");
    let nested = object.values().any(|value| value.is_object() || value.is_array());
    (typed || nested).then_some(object)
}

fn of_object(object: Map<String, Value>) -> Content {
    common(&object).unwrap_or(Content::Native { connector: None, json: Value::Object(object) })
}

fn common(object: &Map<String, Value>) -> Option<Content> {
    if object.contains_key("genesys_quick_replies") {
        return quick_replies(object);
    }
    let only = |names: &[&str]| object.keys().all(|key| names.contains(&key.as_str()));
    match object.get("type")?.as_str()? {
        "location" => of::<Location>(object).map(Content::Location),
        "sticker" => sticker(object),
        "text" if only(&["type", "text"]) => {
            object.get("text")?.as_str().filter(|text| !text.is_empty()).map(Content::text)
        }
        kind @ ("image" | "video" | "audio" | "file")
            if only(&["type", "url", "mime", "name", "filename", "caption", "text"]) =>
        {
            file(kind, object)
        }
        _ => None,
    }
}

fn of<T: for<'a> Deserialize<'a>>(object: &Map<String, Value>) -> Option<T> {
    serde_json::from_value(Value::Object(object.clone())).ok()
}

/// `{"type":"sticker","title":"Hug","packageId":"1","stickerId":40130}`: ids are numbers on some networks, text on others.
fn sticker(object: &Map<String, Value>) -> Option<Content> {
    Some(Content::Sticker(Sticker {
        package_id: object.get("packageId").and_then(word),
        sticker_id: object.get("stickerId").and_then(word)?,
        text: object.get("title").or(object.get("text")).and_then(word),
        image_url: object.get("imageUrl").and_then(word),
    }))
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `{"genesys_prompt":"…","genesys_quick_replies":[{"text":"…","payload":"…"}]}`.
fn quick_replies(object: &Map<String, Value>) -> Option<Content> {
    let option = |option: &Value| {
        let text = option.get("text").and_then(word).or_else(|| word(option))?;
        let payload = option.get("payload").and_then(word).unwrap_or_else(|| text.clone());
        let image_url = option.get("image").or(option.get("imageUrl")).and_then(word);
        Some(Choice { text, payload, image_url })
    };
    let options: Vec<Choice> = object.get("genesys_quick_replies")?.as_array()?.iter().filter_map(option).collect();
    let text = object.get("genesys_prompt").and_then(word).unwrap_or_default();
    (!options.is_empty()).then_some(Content::QuickReplies { text, options })
}

fn file(kind: &str, object: &Map<String, Value>) -> Option<Content> {
    let text = |name: &str| object.get(name).and_then(word);
    let kind = match kind {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::File,
    };
    let url = text("url").filter(|url| url.starts_with("https://"))?;
    Some(Content::Attachment(Attachment {
        mime: text("mime"),
        name: text("name").or_else(|| text("filename")),
        caption: text("caption").or_else(|| text("text")),
        ..Attachment::at_url(kind, url)
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn native(json: Value) -> Content {
        Content::Native { connector: None, json }
    }

    fn choice(text: &str, payload: &str) -> Choice {
        Choice { text: text.into(), payload: payload.into(), image_url: None }
    }

    #[test]
    fn texts() {
        let rows = [
            ("Hello", Content::text("Hello")),
            ("{yes}", Content::text("{yes}")),
            ("{ \"a\" and \"b\" }", Content::text("{ \"a\" and \"b\" }")),
            (r#"{"a": 1}"#, Content::text(r#"{"a": 1}"#)),
            ("{}", Content::text("{}")),
            (r#"[{"type":"text"}]"#, Content::text(r#"[{"type":"text"}]"#)),
            (r#"See {"type":"sticker"}"#, Content::text(r#"See {"type":"sticker"}"#)),
            (r#"{"type":"sticker","title":"Hug","stickerId":40130}"#, {
                let sticker =
                    Sticker { package_id: None, sticker_id: "40130".into(), text: Some("Hug".into()), image_url: None };
                Content::Sticker(sticker)
            }),
            (r#" {"type":"sticker","stickerId":"123345","packageId":"456"}"#, {
                let sticker = Sticker {
                    package_id: Some("456".into()),
                    sticker_id: "123345".into(),
                    text: None,
                    image_url: None,
                };
                Content::Sticker(sticker)
            }),
            (
                r#"{"type":"location","title":"HQ","address":"1 Main St","latitude":37.5,"longitude":-122.25}"#,
                Content::Location(Location {
                    title: Some("HQ".into()),
                    address: Some("1 Main St".into()),
                    latitude: 37.5,
                    longitude: -122.25,
                }),
            ),
            (
                r#"{"genesys_prompt":"Sure?","genesys_quick_replies":[{"text":"Yes","payload":"y"},{"text":"No"}]}"#,
                Content::QuickReplies { text: "Sure?".into(), options: vec![choice("Yes", "y"), choice("No", "No")] },
            ),
            (r#"{"type":"text","text":"Hi"}"#, Content::text("Hi")),
            (
                r#"{"type":"image","url":"https://a.example/b.png","name":"b.png"}"#,
                Content::Attachment(Attachment {
                    name: Some("b.png".into()),
                    ..Attachment::at_url(MediaKind::Image, "https://a.example/b.png")
                }),
            ),
            (
                r#"{"type":"flex","altText":"t","contents":{"type":"bubble"}}"#,
                native(json!({"type":"flex","altText":"t","contents":{"type":"bubble"}})),
            ),
            (
                r#"{"type":"image","originalContentUrl":"https://a.example/b","previewImageUrl":"https://a.example/c"}"#,
                native(json!({
                    "type":"image","originalContentUrl":"https://a.example/b","previewImageUrl":"https://a.example/c"
                })),
            ),
            (r#"{"messages":[{"type":"text","text":"a"}]}"#, native(json!({"messages":[{"type":"text","text":"a"}]}))),
            (r#"{"data":{"quick-reply":{"items":[]}}}"#, native(json!({"data":{"quick-reply":{"items":[]}}}))),
            (r#"{"type":"location","title":"nowhere"}"#, native(json!({"type":"location","title":"nowhere"}))),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text), expected, "{text}");
        }
        let deep = format!("{}{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
        assert_eq!(read(&deep), Content::text(deep.as_str()));
    }
}
