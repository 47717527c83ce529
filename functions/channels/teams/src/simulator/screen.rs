//! Activities as the guest's screen shows them.

use contract::{Attachment, Card, CardAction, Choice, Content, DatePicker, FormField, MediaKind, TimeSlot};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::answers::{FIELD, MARK};

/// What an activity looks like. Files that changed hands are shown from `origin`.
pub(super) fn contents(activity: &Value, origin: &str) -> Vec<Content> {
    let mut shown = Vec::new();
    if let Some(text) = string(&activity["text"]) {
        shown.push(Content::text(text));
    }
    let attachments = array(&activity["attachments"]);
    let row = activity["attachmentLayout"] == "carousel" && attachments.len() > 1;
    let cards = || attachments.iter().map(|one| card(&one["content"])).collect::<Option<Vec<_>>>();
    match row.then(cards).flatten() {
        Some(cards) => shown.push(Content::Carousel { cards }),
        None => shown.extend(attachments.iter().map(|attachment| one(attachment, origin))),
    }
    shown
}

fn one(attachment: &Value, origin: &str) -> Content {
    let content = &attachment["content"];
    let name = string(&attachment["name"]);
    let kind = attachment["contentType"].as_str().unwrap_or_default();
    let understood = match kind {
        "application/vnd.microsoft.card.adaptive" => adaptive(content),
        "application/vnd.microsoft.teams.card.file.consent" => {
            let tap =
                |text: &str, payload: &str| CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() };
            Some(Content::Card(Card {
                title: name.clone().unwrap_or_default(),
                description: string(&content["description"]),
                actions: vec![tap("Allow", "accept"), tap("Decline", "decline")],
                ..Card::default()
            }))
        }
        "application/vnd.microsoft.teams.card.file.info" => {
            let url = format!("{origin}/_content/{}", content["uniqueId"].as_str().unwrap_or_default());
            Some(Content::Attachment(Attachment { name: name.clone(), ..Attachment::at_url(MediaKind::File, url) }))
        }
        kind if !kind.starts_with("application/vnd.microsoft.") => string(&attachment["contentUrl"]).map(|url| {
            let file = Attachment::at_url(MediaKind::of_mime(kind), url);
            Content::Attachment(Attachment { name: name.clone(), mime: Some(kind.to_owned()), ..file })
        }),
        _ => None,
    };
    understood.unwrap_or_else(|| Content::Native { connector: Some("teams".to_owned()), json: attachment.clone() })
}

/// An Adaptive Card by what its buttons send.
fn adaptive(content: &Value) -> Option<Content> {
    let actions = actions(content);
    let marked = |kind: &str| actions.iter().any(|action| action["data"][MARK] == kind);
    let input = |kind: &str| array(&content["body"]).iter().find(|element| element["type"] == kind);
    let mut lines = lines(content).into_iter();
    let mut title = || lines.next().unwrap_or_default();
    if marked("quickReply") {
        let options = actions.iter().filter_map(|action| choice(action)).collect();
        return Some(Content::QuickReplies { text: self::lines(content).join("\n"), options });
    }
    if marked("date") {
        let times = actions.iter().filter_map(|action| action["data"]["payload"].as_str()?.parse().ok());
        let date = input("Input.Date");
        return Some(Content::DatePicker(DatePicker {
            title: title(),
            subtitle: Some(lines.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty()),
            image_url: picture(content),
            earliest: date.and_then(|date| day(&date["min"])),
            latest: date.and_then(|date| day(&date["max"])),
            times: times.map(|at: Timestamp| TimeSlot { at, duration_s: 0 }).collect(),
            location: None,
        }));
    }
    if marked("list") {
        let items = input("Input.ChoiceSet").map(choices).unwrap_or_default();
        return Some(Content::List { title: title(), items, multiple: true });
    }
    if marked("form") {
        let fields = array(&content["body"]).iter().filter_map(|element| {
            Some(FormField {
                id: element["id"].as_str()?.strip_prefix(FIELD)?.to_owned(),
                label: string(&element["label"]).unwrap_or_default(),
                options: choices(element),
                multiple: element["isMultiSelect"] == true,
            })
        });
        return Some(Content::Form { title: title(), fields: fields.collect() });
    }
    card(content).map(Content::Card)
}

/// A card of pictures, words and buttons. Anything more is shown as what it is, native.
fn card(content: &Value) -> Option<Card> {
    let simple = ["RichTextBlock", "TextBlock", "Image", "ActionSet"];
    if !array(&content["body"]).iter().all(|element| simple.iter().any(|kind| element["type"] == *kind)) {
        return None;
    }
    let mut lines = lines(content).into_iter();
    Some(Card {
        title: lines.next().unwrap_or_default(),
        description: Some(lines.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty()),
        image_url: picture(content),
        video_url: None,
        default_action: content.get("selectAction").and_then(button),
        actions: actions(content).into_iter().map(button).collect::<Option<_>>()?,
    })
}

fn lines(content: &Value) -> Vec<String> {
    let blocks = array(&content["body"]).iter();
    let text = |block: &Value| match block["type"].as_str()? {
        "TextBlock" => string(&block["text"]),
        "RichTextBlock" => {
            Some(array(&block["inlines"]).iter().filter_map(|run| run["text"].as_str()).collect::<String>())
        }
        _ => None,
    };
    blocks.filter_map(text).collect()
}

fn picture(content: &Value) -> Option<String> {
    array(&content["body"]).iter().find(|element| element["type"] == "Image").and_then(|image| string(&image["url"]))
}

/// A card's buttons, wherever they stand.
pub(super) fn actions(content: &Value) -> Vec<&Value> {
    let sets = array(&content["body"]).iter().filter(|element| element["type"] == "ActionSet");
    sets.flat_map(|set| array(&set["actions"])).chain(array(&content["actions"])).collect()
}

fn button(action: &Value) -> Option<CardAction> {
    let text = string(&action["title"]).unwrap_or_default();
    match action["type"].as_str()? {
        "Action.OpenUrl" => {
            let url = action["url"].as_str()?;
            Some(match url.strip_prefix("tel:") {
                Some(number) => CardAction::Call { text, phone_number: number.to_owned() },
                None => CardAction::Link { text, url: url.to_owned() },
            })
        }
        "Action.Submit" | "Action.Execute" => {
            let payload = string(&action["data"]["payload"]).unwrap_or_else(|| text.clone());
            Some(CardAction::Postback { text, payload })
        }
        _ => None,
    }
}

fn choice(action: &Value) -> Option<Choice> {
    Some(Choice {
        text: string(&action["title"])?,
        payload: string(&action["data"]["payload"])?,
        image_url: string(&action["iconUrl"]),
    })
}

fn choices(set: &Value) -> Vec<Choice> {
    let all = array(&set["choices"]).iter();
    all.filter_map(|one| {
        Some(Choice { text: string(&one["title"])?, payload: string(&one["value"])?, image_url: None })
    })
    .collect()
}

fn day(date: &Value) -> Option<Timestamp> {
    let date: Date = date.as_str()?.get(..10)?.parse().ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn string(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
