//! Messages as the guest's screen shows them.

use contract::{Attachment, Card, CardAction, Choice, Content, Location, MediaKind, Sticker};
use serde_json::Value;

/// What a guest is called. Nobody in particular.
pub(super) fn first_name(user: i64) -> String {
    format!("Guest {}", user.unsigned_abs() % 10_000)
}

/// What a call shows. `url_of` finds a file's address by its id.
pub(super) fn contents(method: &str, body: &Value, url_of: impl Fn(&str) -> String) -> Vec<Content> {
    let words = string(&body["caption"]).or_else(|| string(&body["text"])).unwrap_or_default();
    let address = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        if name.contains("://") { name.to_owned() } else { url_of(name) }
    };
    let file = |kind: MediaKind, value: &Value, caption: Option<String>| {
        Content::Attachment(Attachment { caption, ..Attachment::at_url(kind, address(value)) })
    };
    let buttons = buttons(&body["reply_markup"]);
    let is_card = !buttons.is_empty()
        && (method == "sendPhoto"
            || is_bold(body)
            || buttons.iter().any(|b| !matches!(b, CardAction::Postback { .. })));
    let shown = match method {
        "sendMessage" | "sendPhoto" if is_card => {
            let (title, rest) = words.split_once('\n').unwrap_or((&words, ""));
            Content::Card(Card {
                title: title.to_owned(),
                description: Some(rest.to_owned()).filter(|rest| !rest.is_empty()),
                image_url: body.get("photo").map(address),
                actions: buttons.clone(),
                ..Card::default()
            })
        }
        "sendMessage" => match options(body) {
            options if options.is_empty() => Content::text(words),
            options => return vec![Content::QuickReplies { text: words, options }],
        },
        "sendPhoto" => file(MediaKind::Image, &body["photo"], string(&body["caption"])),
        "sendVideo" => file(MediaKind::Video, &body["video"], string(&body["caption"])),
        "sendAnimation" => file(MediaKind::Video, &body["animation"], string(&body["caption"])),
        "sendVideoNote" => file(MediaKind::Video, &body["video_note"], None),
        "sendAudio" => file(MediaKind::Audio, &body["audio"], string(&body["caption"])),
        "sendVoice" => file(MediaKind::Audio, &body["voice"], string(&body["caption"])),
        "sendDocument" => file(MediaKind::File, &body["document"], string(&body["caption"])),
        "sendMediaGroup" => {
            let kind = |item: &Value| if item["type"] == "photo" { MediaKind::Image } else { MediaKind::Video };
            let shown = |item: &Value| file(kind(item), &item["media"], string(&item["caption"]));
            return body["media"].as_array().into_iter().flatten().map(shown).collect();
        }
        "sendLocation" | "sendVenue" => Content::Location(Location {
            title: string(&body["title"]),
            address: string(&body["address"]),
            latitude: body["latitude"].as_f64().unwrap_or_default(),
            longitude: body["longitude"].as_f64().unwrap_or_default(),
        }),
        "sendSticker" => Content::Sticker(Sticker {
            package_id: None,
            sticker_id: string(&body["sticker"]).unwrap_or_default(),
            text: None,
            image_url: None,
        }),
        _ => Content::Native { connector: Some(crate::DESCRIPTOR.id.to_owned()), json: body.clone() },
    };
    match options(body) {
        options if !is_card && !options.is_empty() => {
            vec![shown, Content::QuickReplies { text: String::new(), options }]
        }
        _ => vec![shown],
    }
}

fn is_bold(body: &Value) -> bool {
    body["entities"][0]["type"] == "bold" && body["entities"][0]["offset"] == 0
}

/// The inline buttons.
fn buttons(markup: &Value) -> Vec<CardAction> {
    cells(&markup["inline_keyboard"])
        .filter_map(|button| {
            let text = string(&button["text"])?;
            match (string(&button["callback_data"]), string(&button["url"])) {
                (Some(payload), _) => Some(CardAction::Postback { text, payload }),
                (None, Some(url)) => Some(CardAction::Link { text, url }),
                (None, None) => None,
            }
        })
        .collect()
}

/// What can be answered: inline buttons and those in the place of the keyboard.
fn options(body: &Value) -> Vec<Choice> {
    let choice =
        |text: &str, payload: &str| Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None };
    let markup = &body["reply_markup"];
    let inline = cells(&markup["inline_keyboard"])
        .filter_map(|button| Some(choice(button["text"].as_str()?, button["callback_data"].as_str()?)));
    let typed = cells(&markup["keyboard"]).filter_map(|button| {
        let text = button["text"].as_str().or(button.as_str())?;
        Some(choice(text, text))
    });
    inline.chain(typed).collect()
}

fn cells(rows: &Value) -> impl Iterator<Item = &Value> {
    rows.as_array().into_iter().flatten().flat_map(|row| row.as_array().into_iter().flatten())
}

/// What a tap on a message's button does.
pub(super) enum Tapped {
    /// An inline button, with its data.
    Inline(String),
    /// A button in the place of the keyboard, with its words.
    Typed(String),
}

/// The button in a call's parameters that shows `text` or carries `payload`.
pub(super) fn tapped(body: &Value, text: &str, payload: &str) -> Option<Tapped> {
    let markup = &body["reply_markup"];
    let data = |button: &Value| string(&button["callback_data"]);
    let by_data = cells(&markup["inline_keyboard"]).filter_map(data).find(|data| data == payload);
    let by_text = || {
        let button = cells(&markup["inline_keyboard"]).find(|button| button["text"] == text)?;
        data(button)
    };
    if let Some(data) = by_data.or_else(by_text) {
        return Some(Tapped::Inline(data));
    }
    let mut typed = cells(&markup["keyboard"]).filter_map(|button| string(&button["text"]));
    typed.find(|words| words == text || words == payload).map(Tapped::Typed)
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
