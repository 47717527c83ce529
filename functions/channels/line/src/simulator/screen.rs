//! LINE's message objects as the guest's screen shows them.

use contract::{Attachment, Card, CardAction, Choice, Content, DatePicker, Location, MediaKind, Sticker};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::parse;

/// What a guest is called. Nobody in particular.
pub(super) fn nickname(user: &str) -> String {
    let tail: String = user.chars().skip(1).take(4).collect();
    format!("Guest {tail}")
}

/// What a message object looks like; a second content when quick replies hang below something that is no text.
pub(super) fn contents(message: &Value) -> Vec<Content> {
    let options: Vec<Choice> = array(&message["quickReply"]["items"])
        .iter()
        .filter_map(|item| {
            let mut choice = choice(&item["action"])?;
            choice.image_url = string(&item["imageUrl"]);
            Some(choice)
        })
        .collect();
    let shown = one(message);
    match shown {
        Content::Text { text } if !options.is_empty() => vec![Content::QuickReplies { text, options }],
        shown if options.is_empty() => vec![shown],
        shown => vec![shown, Content::QuickReplies { text: String::new(), options }],
    }
}

fn one(message: &Value) -> Content {
    let media = |kind| {
        let mut file = Attachment::at_url(kind, string(&message["originalContentUrl"]).unwrap_or_default());
        file.preview_url = string(&message["previewImageUrl"]);
        file.duration_ms = message["duration"].as_u64();
        Content::Attachment(file)
    };
    let understood = match message["type"].as_str() {
        Some("text" | "textV2") => string(&message["text"]).map(Content::text),
        Some("image") => Some(media(MediaKind::Image)),
        Some("video") => Some(media(MediaKind::Video)),
        Some("audio") => Some(media(MediaKind::Audio)),
        Some("location") => Some(Content::Location(Location {
            title: string(&message["title"]),
            address: string(&message["address"]),
            latitude: message["latitude"].as_f64().unwrap_or_default(),
            longitude: message["longitude"].as_f64().unwrap_or_default(),
        })),
        Some("sticker") => string(&message["stickerId"]).map(|id| {
            let image_url = Some(parse::sticker_picture(&id));
            Content::Sticker(Sticker {
                package_id: string(&message["packageId"]),
                sticker_id: id,
                text: None,
                image_url,
            })
        }),
        Some("template") => template(&message["template"]),
        Some("flex") => flex(&message["contents"]),
        _ => None,
    };
    understood.unwrap_or_else(|| Content::Native { connector: Some("line".to_owned()), json: message.clone() })
}

fn template(template: &Value) -> Option<Content> {
    match template["type"].as_str()? {
        "buttons" | "confirm" => match array(&template["actions"]) {
            [only] if only["type"] == "datetimepicker" => Some(Content::DatePicker(date_picker(template, only))),
            _ => face(template).map(Content::Card),
        },
        "carousel" => {
            array(&template["columns"]).iter().map(face).collect::<Option<_>>().map(|cards| Content::Carousel { cards })
        }
        _ => None,
    }
}

fn face(face: &Value) -> Option<Card> {
    // A text without a title is the headline.
    let (title, description) = match string(&face["title"]) {
        Some(title) => (title, string(&face["text"])),
        None => (string(&face["text"]).unwrap_or_default(), None),
    };
    Some(Card {
        title,
        description,
        image_url: string(&face["thumbnailImageUrl"]),
        video_url: None,
        default_action: face.get("defaultAction").and_then(button),
        actions: array(&face["actions"]).iter().map(button).collect::<Option<_>>()?,
    })
}

fn date_picker(template: &Value, action: &Value) -> DatePicker {
    let (title, subtitle) = match string(&template["title"]) {
        Some(title) => (title, string(&template["text"])),
        None => (string(&template["text"]).unwrap_or_default(), None),
    };
    DatePicker {
        title,
        subtitle,
        image_url: string(&template["thumbnailImageUrl"]),
        earliest: day(&action["min"]),
        latest: day(&action["max"]),
        ..DatePicker::default()
    }
}

fn day(date: &Value) -> Option<Timestamp> {
    let date: Date = date.as_str()?.get(..10)?.parse().ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// A bubble that is a card: a picture, lines of text, buttons. Anything more is shown as what it is, native.
fn flex(container: &Value) -> Option<Content> {
    match container["type"].as_str()? {
        "bubble" => bubble(container).map(Content::Card),
        "carousel" => array(&container["contents"])
            .iter()
            .map(bubble)
            .collect::<Option<_>>()
            .map(|cards| Content::Carousel { cards }),
        _ => None,
    }
}

fn bubble(bubble: &Value) -> Option<Card> {
    let mut card = Card::default();
    if let Some(hero) = bubble.get("hero") {
        (hero["type"] == "image").then_some(())?;
        card.image_url = string(&hero["url"]);
    }
    if bubble.get("header").is_some() {
        return None;
    }
    let mut lines = Vec::new();
    for part in [&bubble["body"], &bubble["footer"]] {
        for component in array(&part["contents"]) {
            match component["type"].as_str()? {
                "text" => lines.push(string(&component["text"])?),
                "button" => card.actions.push(button(&component["action"])?),
                "separator" => {}
                _ => return None,
            }
        }
    }
    card.default_action = bubble["body"].get("action").and_then(button);
    let mut lines = lines.into_iter();
    card.title = lines.next().unwrap_or_default();
    let rest: Vec<String> = lines.collect();
    card.description = (!rest.is_empty()).then(|| rest.join("\n"));
    Some(card)
}

fn button(action: &Value) -> Option<CardAction> {
    let text = string(&action["label"]).unwrap_or_default();
    match action["type"].as_str()? {
        "uri" => {
            let uri = action["uri"].as_str()?;
            Some(match uri.strip_prefix("tel:") {
                Some(number) => CardAction::Call { text, phone_number: number.to_owned() },
                None => CardAction::Link { text, url: uri.to_owned() },
            })
        }
        _ => choice(action).map(|choice| CardAction::Postback { text: choice.text, payload: choice.payload }),
    }
}

fn choice(action: &Value) -> Option<Choice> {
    let payload = match action["type"].as_str()? {
        "postback" => string(&action["data"])?,
        "message" => string(&action["text"])?,
        _ => return None,
    };
    let text = string(&action["label"]).unwrap_or_else(|| payload.clone());
    Some(Choice { text, payload, image_url: None })
}

/// The action in a message object that a tap on `text` with `payload` means: a date picker's, or the button's.
pub(super) fn tapped<'v>(message: &'v Value, text: &str, payload: &str) -> Option<&'v Value> {
    match message {
        Value::Object(fields) => {
            let hit = match fields.get("type").and_then(Value::as_str) {
                Some("postback") => message["data"] == payload,
                Some("message") => message["text"] == payload || message["text"] == text,
                Some("datetimepicker") => is_moment(payload),
                _ => false,
            };
            if hit { Some(message) } else { fields.values().find_map(|part| tapped(part, text, payload)) }
        }
        Value::Array(parts) => parts.iter().find_map(|part| tapped(part, text, payload)),
        _ => None,
    }
}

/// A date, a time or both, as a date picker gives them.
fn is_moment(payload: &str) -> bool {
    payload.starts_with(|c: char| c.is_ascii_digit())
        && payload.contains(['-', ':'])
        && payload.chars().all(|c| c.is_ascii_digit() || "-:.TtZ ".contains(c))
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
