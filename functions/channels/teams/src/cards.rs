//! Cards, alone and in a row.

use contract::{Card, CardAction, Draft, Unsupported, descriptor::TextUnit};
use serde_json::Value;
use url::Url;

use crate::{
    adaptive_card::{CardBuilder, TextStyle, open, text_blocks},
    limits,
    send::Action,
    settings::Settings,
    wire::message_with,
};

/// One card; nothing for one that has nothing on it.
pub(crate) fn card(card: &Card, draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    match layout(card, draft)? {
        Some(card) => card.message(),
        None => Ok(Vec::new()),
    }
}

/// Cards in a row, ten at most; in more rows where they weigh too much for one.
pub(crate) fn carousel(cards: &[Card], draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    let mut actions = Vec::new();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut weight = 0;
    for card in cards {
        let Some(card) = layout(card, draft)? else { continue };
        let (before, attachment) = card.attachment()?;
        actions.extend(before);
        let size = limits::weight(&attachment);
        match rows.last_mut() {
            Some(row) if row.len() < limits::ROW && weight + size <= limits::CARDS => {
                row.push(attachment);
                weight += size;
            }
            _ => {
                rows.push(vec![attachment]);
                weight = size;
            }
        }
    }
    actions.extend(rows.iter().map(|row| Action::Post(message_with(row))));
    Ok(actions)
}

fn layout<'b, 'a>(card: &Card, draft: &'b Draft<'a, Settings>) -> Result<Option<CardBuilder<'b, 'a>>, Unsupported> {
    let mut shown = CardBuilder::new(draft);
    match card.image_url.as_deref() {
        Some(url) if is_web_address(url) => shown.image(url, &card.title),
        Some(_) => draft.note("card without its picture: Teams cannot fetch this address"),
        None => {}
    }
    shown.words(&card.title, TextStyle::Heading);
    shown.words(card.description.as_deref().unwrap_or_default(), TextStyle::Paragraph);
    if let Some(url) = &card.video_url {
        draft.note("card with a video → button: Teams's cards play only films of its own stores");
        let film = button(&mut shown, &CardAction::Link { text: "▶".to_owned(), url: url.clone() });
        shown.buttons.extend(film);
    }
    for action in &card.actions {
        let button = button(&mut shown, action);
        shown.buttons.extend(button);
    }
    shown.select = card.default_action.as_ref().and_then(|action| button(&mut shown, action));
    match (shown.body.is_empty() && shown.buttons.is_empty(), &shown.select) {
        (true, Some(_)) => Err("there is nothing on it to tap".into()),
        (true, None) => Ok(None),
        (false, _) => Ok(Some(shown)),
    }
}

/// A card's button; one that Teams cannot open stands on the card as words.
fn button(card: &mut CardBuilder<'_, '_>, action: &CardAction) -> Option<Value> {
    match action {
        CardAction::Postback { text, payload } => card.answer("button", text, payload),
        CardAction::Link { text, url } if is_web_address(url) => Some(open(text, url)),
        CardAction::Link { text, url } => {
            card.draft.note("button → text: Teams cannot open this address");
            let words = [text.trim(), url.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
            card.body.extend(text_blocks(&words.join(": "), TextStyle::Paragraph));
            None
        }
        CardAction::Call { text, phone_number } => {
            let number: String = phone_number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            Some(open(text, &format!("tel:{number}")))
        }
    }
}

/// Whether Teams fetches a picture or opens a page there.
pub(crate) fn is_web_address(url: &str) -> bool {
    TextUnit::Utf16.measure(url) <= limits::ADDRESS
        && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.host_str().is_some())
}
