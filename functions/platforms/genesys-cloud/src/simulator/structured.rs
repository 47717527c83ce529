//! What an agent or a bot sends, as Genesys Cloud writes it.

use contract::{Attachment, Card, CardAction, Content, DatePicker, Location, MediaKind};
use serde_json::{Map, Value, json};
use simulation::Ids;

/// `type`, `text` and `content` of a message that shows this. The error is for the person to read.
pub(super) fn write(content: &Content, ids: &mut Ids) -> Result<Value, String> {
    let structured = |text: &str, content: Value| {
        let mut body = json!({ "type": "Structured", "content": content });
        if !text.is_empty() {
            body["text"] = text.into();
        }
        body
    };
    let text = |text: String| json!({ "type": "Text", "text": text, "content": [] });
    Ok(match content {
        Content::Text { text: words } => text(words.clone()),
        Content::Attachment(file) => attachment(file, ids)?,
        Content::QuickReplies { text: words, options } | Content::List { title: words, items: options, .. } => {
            let element = |option: &contract::Choice| {
                let mut reply = json!({ "text": option.text, "payload": option.payload, "action": "Message" });
                put(&mut reply, "image", option.image_url.as_deref());
                json!({ "contentType": "QuickReply", "quickReply": reply })
            };
            structured(words, options.iter().map(element).collect())
        }
        Content::Card(content) => structured("", json!([{ "contentType": "Card", "card": card(content) }])),
        Content::Carousel { cards } => {
            let cards: Vec<Value> = cards.iter().map(card).collect();
            structured("", json!([{ "contentType": "Carousel", "carousel": { "cards": cards } }]))
        }
        Content::DatePicker(content) => {
            structured("", json!([{ "contentType": "DatePicker", "datePicker": picker(content) }]))
        }
        // What the platform has no form of, its agents send as a canned response's JSON.
        Content::Location(place) => text(canned("location", place)),
        Content::Sticker(sticker) => text(canned("sticker", sticker)),
        Content::Native { json, .. } => text(json.to_string()),
        _ => return Err("An agent cannot send that.".to_owned()),
    })
}

fn canned(kind: &str, content: &impl serde::Serialize) -> String {
    let mut json = serde_json::to_value(content).unwrap_or_default();
    json["type"] = kind.into();
    json.to_string()
}

fn put(object: &mut Value, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        object[name] = text.into();
    }
}

fn attachment(file: &Attachment, ids: &mut Ids) -> Result<Value, String> {
    let media_type = match file.kind {
        MediaKind::Image => "Image",
        MediaKind::Video => "Video",
        MediaKind::Audio => "Audio",
        MediaKind::File => "File",
    };
    let url = file.url().ok_or("A file needs a URL.")?;
    let mut shown = json!({ "id": ids.uuid(), "mediaType": media_type, "url": url });
    put(&mut shown, "mime", file.mime.as_deref());
    put(&mut shown, "filename", file.name.as_deref());
    if let Some(size) = file.size {
        shown["contentSizeBytes"] = size.into();
    }
    let mut body = json!({ "type": "Text", "content": [{ "contentType": "Attachment", "attachment": shown }] });
    put(&mut body, "text", file.caption.as_deref());
    Ok(body)
}

fn card(card: &Card) -> Value {
    let mut shown = json!({ "title": card.title, "actions": card.actions.iter().map(action).collect::<Vec<_>>() });
    put(&mut shown, "description", card.description.as_deref());
    put(&mut shown, "image", card.image_url.as_deref());
    put(&mut shown, "video", card.video_url.as_deref());
    if let Some(default) = &card.default_action {
        shown["defaultAction"] = action(default);
    }
    shown
}

fn action(action: &CardAction) -> Value {
    match action {
        CardAction::Link { text, url } => json!({ "type": "Link", "text": text, "url": url }),
        CardAction::Postback { text, payload } => json!({ "type": "Postback", "text": text, "payload": payload }),
        CardAction::Call { text, phone_number } => {
            json!({ "type": "Link", "text": text, "url": format!("tel:{phone_number}") })
        }
    }
}

fn picker(picker: &DatePicker) -> Value {
    let time = |slot: &contract::TimeSlot| json!({ "dateTime": slot.at.to_string(), "duration": slot.duration_s });
    let mut shown = json!({ "title": picker.title });
    put(&mut shown, "subtitle", picker.subtitle.as_deref());
    put(&mut shown, "imageUrl", picker.image_url.as_deref());
    put(&mut shown, "dateMinimum", picker.earliest.map(|at| at.to_string()).as_deref());
    put(&mut shown, "dateMaximum", picker.latest.map(|at| at.to_string()).as_deref());
    if !picker.times.is_empty() {
        shown["availableTimes"] = picker.times.iter().map(time).collect();
    }
    if let Some(place) = &picker.location {
        shown["location"] = location(place).into();
    }
    shown
}

fn location(place: &Location) -> Map<String, Value> {
    let mut shown = json!({ "latitude": place.latitude, "longitude": place.longitude });
    put(&mut shown, "text", place.title.as_deref());
    put(&mut shown, "address", place.address.as_deref());
    shown.as_object().cloned().unwrap_or_default()
}
