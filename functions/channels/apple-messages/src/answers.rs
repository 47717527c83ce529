//! What the guest chose, filled in or agreed to.
//! <https://register.apple.com/resources/messages/msp-rest-api/type-interactive>

use contract::{Answer, AnswerKind, Content};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use serde_json::{Map, Value};

use crate::{pickers, wire};

/// The form page of our own date pickers.
pub(crate) const DATE_PAGE: &str = "um:date";

/// What an answer says.
pub(crate) fn read(interactive: &Value) -> Content {
    let data = &interactive["data"];
    let foreign = interactive["bid"].as_str().is_some_and(|bid| bid != wire::EXTENSION);
    let read = if foreign {
        app(interactive)
    } else if let Some(reply) = data.get("quick-reply") {
        quick_reply(reply)
    } else if let Some(picker) = data.get("listPicker") {
        list(picker)
    } else if let Some(event) = data.get("event") {
        time(event)
    } else if let Some(form) = data.get("dynamic") {
        form_answer(form)
    } else if let Some(login) = data.get("authenticate") {
        Some(authentication(login))
    } else if data.get("payment").is_some() {
        let text = title(interactive).unwrap_or_else(|| "The guest answered the payment request.".to_owned());
        Some(answer(AnswerKind::Button, text, "payment".to_owned()))
    } else {
        None
    };
    read.unwrap_or_else(|| match title(interactive) {
        Some(title) => Content::text(title),
        None => Content::Note { text: "The guest answered in a way that cannot be shown here.".to_owned() },
    })
}

fn answer(kind: AnswerKind, text: String, payload: String) -> Content {
    Content::Answer(Answer { kind, text, payload, question_id: None })
}

/// What the balloon of the answer says.
fn title(interactive: &Value) -> Option<String> {
    let messages =
        [&interactive["data"]["replyMessage"], &interactive["replyMessage"], &interactive["receivedMessage"]];
    messages.into_iter().find_map(|message| {
        let words = [text(&message["title"]), text(&message["subtitle"])];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join("\n"))
    })
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// `selectedIdentifier`, or `selectedIndex` among the items that Apple repeats.
fn quick_reply(reply: &Value) -> Option<Content> {
    let index = reply["selectedIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
    let identifier = reply["selectedIdentifier"].as_str();
    let item = match identifier {
        Some(identifier) => items(&reply["items"]).find(|item| item["identifier"] == identifier),
        None => index.and_then(|index| reply["items"].get(index)),
    };
    let identifier = identifier.or_else(|| item?["identifier"].as_str())?;
    // The engine finds the words in the question where Apple does not repeat them.
    let words = item.and_then(|item| text(&item["title"])).unwrap_or_default();
    Some(answer(AnswerKind::QuickReply, words.to_owned(), pickers::payload(identifier).to_owned()))
}

/// The items that were chosen, of all sections.
fn list(picker: &Value) -> Option<Content> {
    let chosen: Vec<&Value> = items(&picker["sections"]).flat_map(|section| items(&section["items"])).collect();
    let titles: Vec<&str> = chosen.iter().filter_map(|item| text(&item["title"])).collect();
    let identifiers: Vec<&str> = chosen.iter().filter_map(|item| item["identifier"].as_str()).collect();
    let payload = identifiers.into_iter().map(pickers::payload).collect::<Vec<_>>().join(", ");
    (!payload.is_empty()).then(|| answer(AnswerKind::QuickReply, titles.join(", "), payload))
}

/// The moment as our own pickers name it: what the platform asked about and recognises.
fn time(event: &Value) -> Option<Content> {
    let slot = items(&event["timeslots"]).next()?;
    let identifier = text(&slot["identifier"]);
    let at: Option<Timestamp> =
        identifier.and_then(|identifier| identifier.parse().ok()).or_else(|| moment(slot["startTime"].as_str()?));
    let Some(at) = at else {
        let words = identifier.or_else(|| text(&slot["startTime"]))?;
        return Some(answer(AnswerKind::DatePicker, words.to_owned(), words.to_owned()));
    };
    let minutes = event["timezoneOffset"].as_i64().and_then(|minutes| i32::try_from(minutes).ok());
    let offset = minutes.and_then(|minutes| Offset::from_seconds(minutes.checked_mul(60)?).ok());
    let words = match offset {
        Some(offset) => at.to_zoned(TimeZone::fixed(offset)).strftime("%Y-%m-%d %H:%M %:z").to_string(),
        None => at.strftime("%Y-%m-%d %H:%MZ").to_string(),
    };
    Some(answer(AnswerKind::DatePicker, words, at.to_string()))
}

/// `2025-01-15T14:30+0000`, with seconds or without.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%MZ"]
        .iter()
        .find_map(|format| match format.strip_suffix('Z') {
            Some(civil) => {
                let at = jiff::civil::DateTime::strptime(civil, text.strip_suffix('Z')?).ok()?;
                Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
            }
            None => Timestamp::strptime(format, text).ok(),
        })
        .or_else(|| text.parse().ok())
}

/// Every page with what was filled in: lines for the agent, an object for whoever reads the payload.
fn form_answer(form: &Value) -> Option<Content> {
    let (mut lines, mut payload) = (Vec::new(), Map::new());
    for page in items(&form["selections"]) {
        let chosen: Vec<&Value> = items(&page["items"]).collect();
        let words = |names: [&str; 2]| -> Vec<String> {
            let value = |item: &Value| names.iter().find_map(|name| text(&item[*name]).map(str::to_owned));
            chosen.iter().filter_map(|item| value(item)).collect()
        };
        let (shown, values) = (words(["title", "value"]), words(["value", "title"]));
        let identifier = page["pageIdentifier"].as_str().unwrap_or_default();
        if identifier == DATE_PAGE {
            let date = values.into_iter().next()?;
            return Some(answer(AnswerKind::DatePicker, date.clone(), date));
        }
        let question = text(&page["title"]).unwrap_or(identifier);
        lines.push(format!("{question}: {}", shown.join(", ")));
        payload.insert(identifier.to_owned(), values.join(", ").into());
    }
    let payload = Value::Object(payload).to_string();
    (!lines.is_empty()).then(|| answer(AnswerKind::QuickReply, lines.join("\n"), payload))
}

/// Whether the guest signed in. The code or token is a credential and goes no further.
fn authentication(login: &Value) -> Content {
    let status = text(&login["status"]).unwrap_or("answered");
    let words = match status {
        "authenticated" | "success" => "The guest signed in.".to_owned(),
        "answered" => "The guest answered the request to sign in.".to_owned(),
        other => format!("The guest did not sign in ({other})."),
    };
    answer(AnswerKind::Button, words, status.to_owned())
}

/// An iMessage app's answer: its words, and its address with the data in it.
fn app(interactive: &Value) -> Option<Content> {
    let app = text(&interactive["appName"]);
    let words = title(interactive).or_else(|| app.map(|app| format!("The guest answered in {app}.")))?;
    let payload = text(&interactive["URL"]).unwrap_or(&words).to_owned();
    Some(answer(AnswerKind::Button, words, payload))
}
