//! Viber's messages as the guest's screen shows them.

use contract::{Attachment, Card, CardAction, Choice, Content, Location, MediaKind, Sticker};
use serde_json::Value;

use crate::events;

/// What a guest is called. Nobody in particular.
pub(super) fn nickname(user: &str) -> String {
    let tail: String = user.chars().filter(char::is_ascii_alphanumeric).take(4).collect();
    format!("Guest {tail}")
}

/// What a message looks like; a second content when a keyboard hangs below something that is no text.
pub(super) fn contents(message: &Value) -> Vec<Content> {
    let options: Vec<Choice> = array(&message["keyboard"]["Buttons"]).iter().filter_map(option).collect();
    match one(message) {
        Content::Text { text } if !options.is_empty() => vec![Content::QuickReplies { text, options }],
        shown if options.is_empty() => vec![shown],
        shown => vec![shown, Content::QuickReplies { text: String::new(), options }],
    }
}

fn one(message: &Value) -> Content {
    let media = |kind| {
        let mut file = Attachment::at_url(kind, string(&message["media"]).unwrap_or_default());
        file.caption = string(&message["text"]).filter(|text| !text.is_empty());
        file.name = string(&message["file_name"]);
        file.size = message["size"].as_u64();
        file.preview_url = string(&message["thumbnail"]);
        file.duration_ms = message["duration"].as_u64().map(|seconds| seconds * 1_000);
        Content::Attachment(file)
    };
    let understood = match message["type"].as_str() {
        Some("text") => string(&message["text"]).map(Content::text),
        Some("url") => string(&message["media"]).map(Content::text),
        Some("picture") => Some(media(MediaKind::Image)),
        Some("video") => Some(media(MediaKind::Video)),
        Some("file") => Some(media(MediaKind::File)),
        Some("contact") => {
            let lines = [string(&message["contact"]["name"]), string(&message["contact"]["phone_number"])];
            Some(Content::text(lines.into_iter().flatten().collect::<Vec<_>>().join("\n")))
        }
        Some("location") => Some(Content::Location(Location {
            title: None,
            address: None,
            latitude: message["location"]["lat"].as_f64().unwrap_or_default(),
            longitude: message["location"]["lon"].as_f64().unwrap_or_default(),
        })),
        Some("sticker") => {
            let id = message["sticker_id"].to_string();
            let image_url = events::sticker_picture(&id);
            Some(Content::Sticker(Sticker { package_id: None, sticker_id: id, text: None, image_url }))
        }
        Some("rich_media") => cards(&message["rich_media"]),
        _ => None,
    };
    understood.unwrap_or_else(|| Content::Native { connector: Some("viber".to_owned()), json: message.clone() })
}

/// A grid whose every card is a picture above words above buttons. Anything else is shown as what it is, native.
fn cards(grid: &Value) -> Option<Content> {
    let height = grid["ButtonsGroupRows"].as_u64()?;
    let (mut cards, mut card, mut rows) = (Vec::new(), Card::default(), 0);
    for button in array(&grid["Buttons"]) {
        if button["Columns"].as_u64().unwrap_or(6) != 6 {
            return None;
        }
        rows += button["Rows"].as_u64().unwrap_or(1);
        let words = plain(button["Text"].as_str().unwrap_or_default());
        let action = action(button, &words);
        // Our own cards write their words to the left; buttons are in the middle.
        if let Some(url) = string(&button["Image"]) {
            card.image_url = Some(url);
            card.default_action = action;
        } else if button["ActionType"] == "none" || button["TextHAlign"] == "left" {
            let (title, below) = words.split_once('\n').unwrap_or((&words, ""));
            card.title = title.to_owned();
            card.description = (!below.is_empty()).then(|| below.to_owned());
        } else {
            card.actions.push(action?);
        }
        if rows == height {
            cards.push(std::mem::take(&mut card));
            rows = 0;
        }
    }
    match (rows, cards.len()) {
        (0, 1) => cards.pop().map(Content::Card),
        (0, 2..) => Some(Content::Carousel { cards }),
        _ => None,
    }
}

fn action(button: &Value, words: &str) -> Option<CardAction> {
    let body = string(&button["ActionBody"])?;
    let text = words.to_owned();
    match button["ActionType"].as_str() {
        Some("open-url") => Some(CardAction::Link { text, url: body }),
        Some("reply") => Some(CardAction::Postback { text, payload: body }),
        _ => None,
    }
}

fn option(button: &Value) -> Option<Choice> {
    let payload = string(&button["ActionBody"])?;
    let reply = matches!(button["ActionType"].as_str(), Some("reply") | None);
    let text = match plain(button["Text"].as_str().unwrap_or_default()) {
        words if words.is_empty() => payload.clone(),
        words => words,
    };
    reply.then(|| Choice { text, payload, image_url: string(&button["Image"]) })
}

/// The button in a message that a tap on `text` with `payload` means.
pub(super) fn tapped<'v>(message: &'v Value, text: &str, payload: &str) -> Option<&'v Value> {
    let buttons =
        || [&message["keyboard"], &message["rich_media"]].into_iter().flat_map(|grid| array(&grid["Buttons"]).iter());
    let carries = |button: &&Value| button["ActionBody"] == payload;
    let reads = |button: &&Value| plain(button["Text"].as_str().unwrap_or_default()) == text;
    buttons()
        .find(|button| carries(button) && reads(button))
        .or_else(|| buttons().find(carries))
        .or_else(|| buttons().find(reads))
}

/// A button's text without its markup.
fn plain(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>') else { break };
        if rest[at..].starts_with("<br") {
            plain.push('\n');
        }
        rest = &rest[at + end + 1..];
    }
    plain.push_str(rest);
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
