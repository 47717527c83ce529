//! Slack's messages as the guest's screen shows them.

use contract::{Card, CardAction, Choice, Content, DatePicker};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use crate::{action_ids, mrkdwn};

/// What a guest is called. Nobody in particular.
pub(super) fn nickname(user: &str) -> String {
    format!("Guest {}", user.trim_start_matches("U0GUEST").trim_start_matches('0'))
}

/// What a message looks like; what is neither a question nor a card is shown as what it is.
pub(super) fn content(message: &Value) -> Content {
    let text = mrkdwn::unescape(message["text"].as_str().unwrap_or_default());
    let blocks = array(&message["blocks"]);
    if blocks.is_empty() && message.get("attachments").is_none() {
        return Content::Text { text };
    }
    question(blocks, &text)
        .or_else(|| answered(blocks))
        .or_else(|| cards(blocks))
        .unwrap_or_else(|| Content::Native { connector: Some("slack".to_owned()), json: json!({ "blocks": blocks }) })
}

fn question(blocks: &[Value], text: &str) -> Option<Content> {
    let title = || blocks.iter().find_map(words).unwrap_or_else(|| text.to_owned());
    if let Some(input) = blocks.iter().find(|block| block["block_id"] == action_ids::LIST) {
        return Some(Content::List { title: text.to_owned(), items: options(&input["element"])?, multiple: true });
    }
    let elements: Vec<&Value> = blocks.iter().flat_map(|block| array(&block["elements"])).collect();
    let ids = |prefix: &str| elements.iter().all(|e| e["action_id"].as_str().is_some_and(|id| id.starts_with(prefix)));
    let rest_is_plain = blocks.iter().all(|block| ["section", "actions"].iter().any(|kind| block["type"] == *kind));
    if let Some(picker) = elements.iter().find(|element| element["type"] == "datepicker") {
        let _ = picker;
        let range = blocks.iter().find(|block| block["type"] == "context");
        let range = range.and_then(|block| block["elements"][0]["text"].as_str()).unwrap_or_default();
        let (first, last) = range.split_once('–').unwrap_or_default();
        return Some(Content::DatePicker(DatePicker {
            title: title(),
            image_url: blocks.iter().find_map(|block| string(&block["image_url"])),
            earliest: day(first),
            latest: day(last),
            ..DatePicker::default()
        }));
    }
    if elements.is_empty() || !rest_is_plain {
        return None;
    }
    if ids(action_ids::ONCE) {
        let options = elements.iter().map(|element| choice(element)).collect::<Option<_>>()?;
        return Some(Content::QuickReplies { text: title(), options });
    }
    if elements.iter().all(|element| element["type"] == "static_select") {
        let items = elements.iter().map(|element| options(element)).collect::<Option<Vec<_>>>()?.concat();
        return Some(Content::List { title: title(), items, multiple: false });
    }
    None
}

/// A question whose buttons are gone.
fn answered(blocks: &[Value]) -> Option<Content> {
    let [question, context] = blocks else { return None };
    (context["type"] == "context").then_some(())?;
    let chosen = mrkdwn::unescape(context["elements"][0]["text"].as_str()?);
    Some(Content::text(format!("{}\n{chosen}", words(question)?)))
}

fn cards(blocks: &[Value]) -> Option<Content> {
    let mut cards = blocks.split(|block| block["type"] == "divider").map(card).collect::<Option<Vec<_>>>()?;
    match cards.len() {
        1 => cards.pop().map(Content::Card),
        _ => Some(Content::Carousel { cards }),
    }
}

fn card(blocks: &[Value]) -> Option<Card> {
    let mut card = Card::default();
    for block in blocks {
        match block["type"].as_str()? {
            "image" => card.image_url = string(&block["image_url"]),
            "section" => {
                let words = words(block)?;
                let (first, rest) = words.split_once('\n').map_or((words.as_str(), None), |(a, b)| (a, Some(b)));
                card.title = first.trim_matches('*').to_owned();
                card.description = rest.map(str::to_owned);
            }
            "actions" => {
                for element in array(&block["elements"]) {
                    let text = string(&element["text"]["text"])?;
                    card.actions.push(match string(&element["url"]) {
                        Some(url) => CardAction::Link { text, url },
                        None => CardAction::Postback { text, payload: string(&element["value"])? },
                    });
                }
            }
            _ => return None,
        }
    }
    (!card.title.is_empty()).then_some(card)
}

fn words(block: &Value) -> Option<String> {
    (block["type"] == "section").then(|| block["text"]["text"].as_str().map(mrkdwn::unescape)).flatten()
}

fn choice(button: &Value) -> Option<Choice> {
    Some(Choice { text: string(&button["text"]["text"])?, payload: string(&button["value"])?, image_url: None })
}

fn options(element: &Value) -> Option<Vec<Choice>> {
    array(&element["options"]).iter().map(choice).collect()
}

fn day(date: &str) -> Option<Timestamp> {
    let date: Date = date.trim().parse().ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The element in a message that a tap on `text` with `payload` means, with the block it stands in, as Slack tells of it.
pub(super) fn tapped(message: &Value, text: &str, payload: &str) -> Option<Value> {
    for block in array(&message["blocks"]) {
        let elements = array(&block["elements"]).iter().chain(block.get("accessory")).chain(block.get("element"));
        for element in elements {
            // Slack names the blocks that have no name.
            let block_id = block["block_id"].as_str().unwrap_or("b1");
            let mut told = json!({ "type": element["type"], "action_id": element["action_id"], "block_id": block_id });
            if let Some(option) = array(&element["options"]).iter().find(|option| is(option, text, payload)) {
                told["selected_option"] = option.clone();
                return Some(told);
            }
            match element["type"].as_str() {
                Some("button") if is(element, text, payload) => {
                    told["text"] = element["text"].clone();
                    told["value"] = element["value"].clone();
                    if let Some(url) = element.get("url") {
                        told["url"] = url.clone();
                    }
                    return Some(told);
                }
                Some("datepicker") => {
                    told["selected_date"] = payload.get(..10)?.into();
                    return Some(told);
                }
                _ => {}
            }
        }
    }
    None
}

fn is(element: &Value, text: &str, payload: &str) -> bool {
    element["value"] == payload || (payload.is_empty() && element["text"]["text"] == text)
}
