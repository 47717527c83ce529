//! What a card was answered with. Our own cards mark what they send (`um`), so that text and payload come back as they were
//! given; the tenant's own cards send what their author wrote.

use contract::{Answer, AnswerKind};
use serde_json::{Map, Value};

use crate::wire::text;

/// Marks what our cards send, and says which kind of answer it is.
pub(crate) const MARK: &str = "um";
/// Before the id of a form's field, which may be anything.
pub(crate) const FIELD: &str = "field:";
/// The field in which a date is chosen.
pub(crate) const DATE: &str = "date";
/// The field in which items are chosen.
pub(crate) const ITEMS: &str = "items";

/// The answer in what a card sent; none when it sent nothing.
pub(crate) fn of(value: &Value, activity_text: &str) -> Option<Answer> {
    match value {
        Value::Object(fields) if fields.is_empty() => None,
        Value::Object(_) => Some(read(value, activity_text)),
        Value::String(words) => match serde_json::from_str::<Value>(words) {
            Ok(inner @ Value::Object(_)) => of(&inner, activity_text),
            _ if words.is_empty() => None,
            _ => Some(tap(AnswerKind::Button, activity_text, words)),
        },
        Value::Number(_) | Value::Bool(_) => Some(tap(AnswerKind::Button, activity_text, &value.to_string())),
        Value::Null | Value::Array(_) => None,
    }
}

fn tap(kind: AnswerKind, words: &str, payload: &str) -> Answer {
    let words = if words.trim().is_empty() { payload } else { words };
    Answer { kind, text: words.trim().to_owned(), payload: payload.to_owned(), question_id: None }
}

fn read(value: &Value, activity_text: &str) -> Answer {
    let words = text(value, "text").unwrap_or(activity_text);
    let payload = value["payload"].as_str();
    match (text(value, MARK), payload) {
        (Some("quickReply"), Some(payload)) => tap(AnswerKind::QuickReply, words, payload),
        (Some("button"), Some(payload)) => tap(AnswerKind::Button, words, payload),
        (Some("date"), Some(payload)) => tap(AnswerKind::DatePicker, words, payload),
        (Some("date"), None) => tap(AnswerKind::DatePicker, "", value[DATE].as_str().unwrap_or_default()),
        (Some("list"), None) => chosen(value),
        (Some("form"), None) => filled_in(value),
        _ => of_native_card(value, activity_text),
    }
}

/// Several items, which Teams joins with commas; each comes with the words that stand for it.
fn chosen(value: &Value) -> Answer {
    let payload = value[ITEMS].as_str().unwrap_or_default();
    let words = match value["words"][payload].as_str() {
        Some(words) => vec![words],
        None => payload.split(',').map(|item| value["words"][item].as_str().unwrap_or(item)).collect(),
    };
    tap(AnswerKind::QuickReply, &words.join(", "), payload)
}

/// A form: what was asked and answered, line by line, and the answers as JSON.
fn filled_in(value: &Value) -> Answer {
    let mut lines = Vec::new();
    let mut answers = Map::new();
    let order = value["order"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for id in order {
        let given = value[&format!("{FIELD}{id}")].as_str().unwrap_or_default();
        let label = value["labels"][id].as_str().unwrap_or(id);
        lines.push(format!("{label}: {given}"));
        answers.insert(id.to_owned(), given.into());
    }
    tap(AnswerKind::Button, &lines.join("\n"), &Value::Object(answers).to_string())
}

/// What the author of a native card has it send: its `payload` or `value` if that is a text, else all of it.
fn of_native_card(value: &Value, activity_text: &str) -> Answer {
    let mut fields = value.as_object().cloned().unwrap_or_default();
    let envelope = fields.remove("msteams").unwrap_or_default();
    let words =
        Some(activity_text).filter(|words| !words.is_empty()).or(text(&envelope, "displayText")).unwrap_or_default();
    let named = ["payload", "value"].iter().find_map(|name| fields.get(*name)?.as_str());
    match named.filter(|_| fields.len() <= 2) {
        Some(payload) => tap(AnswerKind::Button, words, payload),
        None => tap(AnswerKind::Button, words, &Value::Object(fields).to_string()),
    }
}
