//! What an IVR says: plain texts, and objects for everything else.
//!
//! Some objects mean the same on every channel; any other is the channel's own JSON and is passed through to it.

use contract::{Attachment, Content, Location, MediaKind, Sticker};
use serde_json::{Map, Value};

use crate::{extract::typed, problem::Fault};

/// Types of ours that are recognised by a field as well: the word alone may be some network's.
const STRUCTURED: [(&str, &str); 6] = [
    ("quickReplies", "options"),
    ("card", "title"),
    ("carousel", "cards"),
    ("list", "items"),
    ("datePicker", "title"),
    ("form", "fields"),
];

/// Reads a message: a text or an object.
pub fn read(message: &Value, at: &str) -> Result<Content, Fault> {
    match message {
        Value::String(text) if text.trim().is_empty() => Err(Fault::at(at, "must not be empty")),
        Value::String(text) => Ok(Content::text(text)),
        Value::Object(object) if object.is_empty() => Err(Fault::at(at, "must not be empty")),
        Value::Object(object) => of_object(object, at),
        _ => Err(Fault::at(at, "must be a text or an object")),
    }
}

fn of_object(object: &Map<String, Value>, at: &str) -> Result<Content, Fault> {
    let kind = match object.get("type") {
        None => return Ok(native(object)),
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) => return Err(Fault::at(format!("{at}/type"), "must be a text")),
    };
    // With more fields than ours it is the channel's own message of the same name.
    let only = |names: &[&str]| object.keys().all(|key| key == "type" || names.contains(&key.as_str()));
    let shaped = STRUCTURED.iter().any(|(word, field)| *word == kind && object.contains_key(*field));
    match kind {
        "text" if only(&["text"]) => match object.get("text") {
            Some(text @ Value::String(_)) => read(text, &format!("{at}/text")),
            Some(_) => Err(Fault::at(format!("{at}/text"), "must be a text")),
            None => Err(Fault::at(format!("{at}/text"), "is required")),
        },
        "sticker" if only(&["packageId", "stickerId", "title", "text", "imageUrl"]) => sticker(object, at),
        "location" if only(&["title", "address", "latitude", "longitude"]) => location(object, at),
        "image" | "video" | "audio" | "file" if only(&["url", "mime", "name", "caption"]) => file(kind, object, at),
        "native" => match object.get("json") {
            Some(json @ (Value::Object(_) | Value::Array(_))) => {
                let connector = object.get("connector").and_then(Value::as_str).map(str::to_owned);
                Ok(Content::Native { connector, json: json.clone() })
            }
            Some(_) => Err(Fault::at(format!("{at}/json"), "must be an object or a list")),
            None => Err(Fault::at(format!("{at}/json"), "is required")),
        },
        "receipt" | "typing" | "presence" | "answer" | "edited" | "note" => {
            Err(Fault::at(format!("{at}/type"), "is not something that can be sent"))
        }
        _ if shaped => typed(&Value::Object(object.clone())).map_err(|problem| {
            let fault = problem.faults.into_iter().next();
            let (below, detail) = fault.map_or_else(Default::default, |it| (it.pointer.unwrap_or_default(), it.detail));
            Fault::at(format!("{at}{below}"), detail)
        }),
        _ => Ok(native(object)),
    }
}

fn native(object: &Map<String, Value>) -> Content {
    Content::Native { connector: None, json: Value::Object(object.clone()) }
}

/// Texts and, since some networks' ids are numbers, numbers.
fn word(object: &Map<String, Value>, name: &str, at: &str) -> Result<Option<String>, Fault> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::String(_)) => Err(Fault::at(format!("{at}/{name}"), "must not be empty")),
        Some(_) => Err(Fault::at(format!("{at}/{name}"), "must be a text")),
    }
}

fn sticker(object: &Map<String, Value>, at: &str) -> Result<Content, Fault> {
    let text = word(object, "title", at)?.or(word(object, "text", at)?);
    Ok(Content::Sticker(Sticker {
        package_id: word(object, "packageId", at)?,
        sticker_id: word(object, "stickerId", at)?
            .ok_or_else(|| Fault::at(format!("{at}/stickerId"), "is required"))?,
        text,
        image_url: word(object, "imageUrl", at)?,
    }))
}

fn location(object: &Map<String, Value>, at: &str) -> Result<Content, Fault> {
    let degrees = |name: &str, most: f64| match object.get(name) {
        None => Err(Fault::at(format!("{at}/{name}"), "is required")),
        Some(value) => value
            .as_f64()
            .filter(|degrees| degrees.abs() <= most)
            .ok_or_else(|| Fault::at(format!("{at}/{name}"), format!("must be a number from -{most} to {most}"))),
    };
    Ok(Content::Location(Location {
        title: word(object, "title", at)?,
        address: word(object, "address", at)?,
        latitude: degrees("latitude", 90.0)?,
        longitude: degrees("longitude", 180.0)?,
    }))
}

fn file(kind: &str, object: &Map<String, Value>, at: &str) -> Result<Content, Fault> {
    let kind = match kind {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::File,
    };
    let url = word(object, "url", at)?.ok_or_else(|| Fault::at(format!("{at}/url"), "is required"))?;
    if url::Url::parse(&url).is_err() || !url.starts_with("https://") {
        return Err(Fault::at(format!("{at}/url"), "must be a https address"));
    }
    Ok(Content::Attachment(Attachment {
        mime: word(object, "mime", at)?,
        name: word(object, "name", at)?,
        caption: word(object, "caption", at)?,
        ..Attachment::at_url(kind, url)
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passed(json: Value) -> Result<Content, Fault> {
        Ok(Content::Native { connector: None, json })
    }

    fn refused(at: &str, detail: &str) -> Result<Content, Fault> {
        Err(Fault::at(format!("/messages/1{at}"), detail))
    }

    #[test]
    fn messages() {
        let sticker = |package: Option<&str>| {
            Ok(Content::Sticker(Sticker {
                package_id: package.map(str::to_owned),
                sticker_id: "123345".to_owned(),
                text: None,
                image_url: None,
            }))
        };
        let place = json!({"type": "location", "title": "HQ", "latitude": 35.6, "longitude": 139.7});
        let template = json!({"type": "template", "altText": "a", "template": {"type": "confirm"}});
        let own_text = json!({"type": "text", "text": "Hi", "quickReply": {"items": []}});
        let own_image = json!({"type": "image", "originalContentUrl": "https://a.example/b"});
        let flex = json!({"type": "carousel", "contents": []});
        for (label, message, expected) in [
            ("a text", json!("Hello from the IVR!"), Ok(Content::text("Hello from the IVR!"))),
            ("braces", json!("{\"type\": \"sticker\"}"), Ok(Content::text("{\"type\": \"sticker\"}"))),
            ("a text object", json!({"type": "text", "text": "Hi"}), Ok(Content::text("Hi"))),
            ("a sticker", json!({"type": "sticker", "stickerId": "123345", "packageId": "456"}), sticker(Some("456"))),
            ("a sticker of a number", json!({"type": "sticker", "stickerId": 123345}), sticker(None)),
            (
                "a place",
                place,
                Ok(Content::Location(Location {
                    title: Some("HQ".to_owned()),
                    address: None,
                    latitude: 35.6,
                    longitude: 139.7,
                })),
            ),
            (
                "a picture",
                json!({"type": "image", "url": "https://a.example/b.png"}),
                Ok(Content::Attachment(Attachment::at_url(MediaKind::Image, "https://a.example/b.png"))),
            ),
            (
                "options",
                json!({"type": "quickReplies", "text": "?", "options": [{"text": "Yes", "payload": "y"}]}),
                Ok(Content::QuickReplies {
                    text: "?".to_owned(),
                    options: vec![contract::Choice {
                        text: "Yes".to_owned(),
                        payload: "y".to_owned(),
                        image_url: None,
                    }],
                }),
            ),
            (
                "for one channel",
                json!({"type": "native", "connector": "line", "json": {"type": "flex"}}),
                Ok(Content::Native { connector: Some("line".to_owned()), json: json!({"type": "flex"}) }),
            ),
            ("the channel's template", template.clone(), passed(template)),
            ("the channel's text", own_text.clone(), passed(own_text)),
            ("the channel's picture", own_image.clone(), passed(own_image)),
            ("a word that is theirs too", flex.clone(), passed(flex)),
            ("no type", json!({"blocks": []}), passed(json!({"blocks": []}))),
            ("empty", json!(""), refused("", "must not be empty")),
            ("blank", json!(" \n"), refused("", "must not be empty")),
            ("empty object", json!({}), refused("", "must not be empty")),
            ("number", json!(5), refused("", "must be a text or an object")),
            ("list", json!([]), refused("", "must be a text or an object")),
            ("type", json!({"type": 5}), refused("/type", "must be a text")),
            ("empty text", json!({"type": "text", "text": ""}), refused("/text", "must not be empty")),
            ("no sticker", json!({"type": "sticker", "packageId": "1"}), refused("/stickerId", "is required")),
            (
                "off the map",
                json!({"type": "location", "latitude": 91, "longitude": 0}),
                refused("/latitude", "must be a number from -90 to 90"),
            ),
            ("half a place", json!({"type": "location", "latitude": 1}), refused("/longitude", "is required")),
            (
                "a picture from nowhere",
                json!({"type": "image", "url": "http://a.example/b"}),
                refused("/url", "must be a https address"),
            ),
            ("typing", json!({"type": "typing", "on": true}), refused("/type", "is not something that can be sent")),
        ] {
            assert_eq!(read(&message, "/messages/1"), expected, "{label}");
        }
        let half = json!({"type": "carousel", "cards": [{"description": "no title"}]});
        let fault = read(&half, "/messages/1").err();
        assert!(fault.is_some_and(|fault| fault.pointer.is_some_and(|at| at.starts_with("/messages/1"))));
    }
}
