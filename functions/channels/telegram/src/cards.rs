//! A card: a picture with the words below it and inline buttons.

use contract::{Card, CardAction, Choice, Draft, Unsupported};
use serde_json::Value;

use crate::{
    keyboards, limits, media,
    options::{self, Layout},
    render::{self, PLACEHOLDER},
    settings::Settings,
    step::{Message, MethodCall},
};

/// What a card's actions become.
#[derive(Default)]
struct Actions {
    /// Inline buttons.
    buttons: Vec<Value>,
    /// Answers that no inline button carries.
    long: Vec<Choice>,
    /// Lines of text, for what no button does.
    lines: Vec<String>,
}

/// One card. Answers that are too long for its buttons are on a keyboard of their own, below it.
pub(crate) fn card(card: &Card, draft: &Draft<'_, Settings>) -> Result<Vec<Message>, Unsupported> {
    let (picture, mut actions) = picture_of(card, draft);
    actions.add(card, draft);
    let title = card.title.trim();
    let mut lines = vec![title, card.description.as_deref().unwrap_or_default().trim()];
    lines.extend(actions.lines.iter().map(String::as_str));
    lines.retain(|line| !line.is_empty());
    let text = lines.join("\n");
    let bold = limits::utf16(title);
    let keyboards = keyboards::inline(actions.buttons, Layout::Column);
    let mut messages = Vec::new();
    match picture {
        Some(picture) if limits::utf16(&text) <= limits::CAPTION => {
            let mut keyboards = keyboards.into_iter();
            messages.push(media::above(&text, bold, picture, keyboards.next()));
            messages.extend(render::further(keyboards));
        }
        Some(picture) => {
            draft.note("card's text → text message: it is too long for a caption");
            messages.push(media::above("", 0, picture, None));
            messages.extend(render::texts(&text, bold, keyboards));
        }
        None => messages.extend(render::texts(&text, bold, keyboards)),
    }
    if !actions.long.is_empty() {
        let keyboard = options::reply_keyboard(&actions.long, draft)?;
        messages.push(MethodCall::text(PLACEHOLDER).with("reply_markup", keyboard).into());
    }
    Ok(messages)
}

/// The picture, or the film if there is none: method, parameter, address. Of both, the film is a button.
fn picture_of<'c>(
    card: &'c Card,
    draft: &Draft<'_, Settings>,
) -> (Option<(&'static str, &'static str, &'c str)>, Actions) {
    let mut actions = Actions::default();
    let video = card.video_url.as_deref().filter(|url| limits::is_web_address(url));
    let image = card.image_url.as_deref().filter(|url| limits::is_web_address(url));
    if image.is_none() && card.image_url.is_some() {
        draft.note("card without its picture: Telegram cannot fetch this address");
    }
    let picture = match (image, video) {
        (Some(url), film) => {
            if let Some(film) = film {
                draft.note("card with a video → button: it has a picture already");
                actions.buttons.extend(keyboards::link_button("▶", film));
            }
            Some(("sendPhoto", "photo", url))
        }
        (None, film) => film.map(|url| ("sendVideo", "video", url)),
    };
    (picture, actions)
}

impl Actions {
    /// Telegram's messages cannot be tapped; what a tap would do is a button.
    fn add(&mut self, card: &Card, draft: &Draft<'_, Settings>) {
        let on_tap = card.default_action.iter().filter(|tap| !card.actions.iter().any(|action| is_same(tap, action)));
        for action in card.actions.iter().chain(on_tap) {
            match action {
                CardAction::Postback { text, payload } => match keyboards::option(text, payload) {
                    None => {}
                    Some(option) if keyboards::carries(&option.payload) => {
                        options::note_shortened([option.text.as_str()], draft);
                        self.buttons.push(keyboards::callback_button(&option));
                    }
                    Some(option) => self.long.push(option),
                },
                CardAction::Link { text, url } => match keyboards::link_button(text, url) {
                    Some(button) => {
                        options::note_shortened([text.as_str()], draft);
                        self.buttons.push(button);
                    }
                    None => {
                        draft.note("button → text: Telegram cannot open this address");
                        self.lines.push(line_of(text, url));
                    }
                },
                // Telegram makes links of telephone numbers itself.
                CardAction::Call { text, phone_number } => {
                    draft.note("button → text: Telegram's buttons do not call");
                    self.lines.push(line_of(text, phone_number));
                }
            }
        }
    }
}

/// A button that Telegram cannot make, as a line of text.
fn line_of(text: &str, target: &str) -> String {
    [text.trim(), target.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Whether two buttons do the same.
fn is_same(one: &CardAction, other: &CardAction) -> bool {
    match (one, other) {
        (CardAction::Link { url: one, .. }, CardAction::Link { url: other, .. }) => one == other,
        (CardAction::Postback { payload: one, .. }, CardAction::Postback { payload: other, .. }) => one == other,
        (CardAction::Call { phone_number: one, .. }, CardAction::Call { phone_number: other, .. }) => one == other,
        _ => false,
    }
}
