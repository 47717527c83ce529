//! Apple's messages as the guest's screen shows them.

use contract::{Card, CardAction, Choice, Content, DatePicker, Location, TimeSlot};
use jiff::Timestamp;
use serde_json::Value;

use crate::{answers, pickers};

/// What a message looks like.
pub(super) fn content(message: &Value) -> Content {
    let understood = match message["type"].as_str() {
        Some("text") => string(&message["body"]).map(Content::text),
        Some("richLink") => rich_link(&message["richLinkData"]),
        Some("interactive") => interactive(&message["interactiveData"]),
        _ => None,
    };
    understood
        .unwrap_or_else(|| Content::Native { connector: Some(crate::DESCRIPTOR.id.to_owned()), json: message.clone() })
}

fn rich_link(link: &Value) -> Option<Content> {
    let image = &link["assets"]["image"];
    let plain = image["data"] == crate::files::plain_picture()["data"];
    let picture = || Some(format!("data:{};base64,{}", image["mimeType"].as_str()?, image["data"].as_str()?));
    Some(Content::Card(Card {
        title: string(&link["title"])?,
        image_url: if plain { None } else { picture() },
        default_action: Some(CardAction::Link { text: string(&link["title"])?, url: string(&link["url"])? }),
        ..Card::default()
    }))
}

fn interactive(interactive: &Value) -> Option<Content> {
    let data = &interactive["data"];
    let balloon = &interactive["receivedMessage"];
    if let Some(reply) = data.get("quick-reply") {
        return Some(Content::QuickReplies {
            text: string(&reply["summaryText"])?,
            options: array(&reply["items"]).iter().filter_map(choice).collect(),
        });
    }
    if let Some(picker) = data.get("listPicker") {
        let items = array(&picker["sections"]).iter().flat_map(|section| array(&section["items"]));
        return Some(Content::List {
            title: string(&balloon["title"])?,
            items: items.filter_map(choice).collect(),
            multiple: array(&picker["sections"]).iter().any(|section| section["multipleSelection"] == true),
        });
    }
    if let Some(event) = data.get("event") {
        let times = array(&event["timeslots"]).iter().filter_map(|slot| {
            let at = answers::moment(slot["startTime"].as_str()?)?;
            Some(TimeSlot { at, duration_s: slot["duration"].as_u64().unwrap_or_default() })
        });
        let place = &event["location"];
        return Some(Content::DatePicker(DatePicker {
            title: string(&event["title"])?,
            subtitle: string(&balloon["subtitle"]),
            times: times.collect(),
            location: place["latitude"].as_f64().map(|latitude| Location {
                title: string(&place["title"]),
                address: None,
                latitude,
                longitude: place["longitude"].as_f64().unwrap_or_default(),
            }),
            ..DatePicker::default()
        }));
    }
    match array(data.pointer("/dynamic/data/pages")?) {
        [only] if only["type"] == "datePicker" => {
            let day = |name: &str| -> Option<Timestamp> {
                format!("{}T00:00:00Z", only["options"][name].as_str()?).parse().ok()
            };
            Some(Content::DatePicker(DatePicker {
                title: string(&only["title"])?,
                subtitle: string(&only["subtitle"]).filter(|words| !words.is_empty()),
                earliest: day("startDate"),
                latest: day("maximumDate"),
                ..DatePicker::default()
            }))
        }
        _ => None,
    }
}

fn choice(item: &Value) -> Option<Choice> {
    let identifier = string(&item["identifier"])?;
    Some(Choice { text: string(&item["title"])?, payload: pickers::payload(&identifier).to_owned(), image_url: None })
}

pub(super) fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
