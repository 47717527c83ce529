//! Cards: a picture with the words below it and inline buttons; in a row, one after another.

use contract::{Card, CardAction};
use serde_json::{Value, json};

use crate::{
    files, keyboards, limits,
    messages::{Composer, POINT},
};

impl Composer<'_> {
    /// Cards one after another.
    pub(crate) fn carousel(&mut self, cards: &[Card]) {
        if cards.len() > 1 {
            self.note("carousel → one card after another: Telegram has no rows of cards");
        }
        for card in cards {
            self.card(card);
        }
    }

    /// One card.
    pub(crate) fn card(&mut self, card: &Card) {
        let (mut buttons, mut words, mut long) = (Vec::new(), Vec::new(), Vec::new());
        let mut video = card.video_url.as_deref().filter(|url| limits::is_web_address(url));
        let image = card.image_url.as_deref().filter(|url| {
            let usable = limits::is_web_address(url);
            if !usable {
                self.degradations.push("card without its picture: Telegram cannot fetch this address".to_owned());
            }
            usable
        });
        if image.is_some()
            && let Some(url) = video.take()
        {
            self.note("card with a video → button: it has a picture already");
            buttons.extend(keyboards::link("▶", url, &mut self.degradations));
        }
        // Telegram's messages cannot be tapped; what a tap would do is a button.
        let on_tap = card.default_action.iter().filter(|tap| !card.actions.iter().any(|action| is_same(tap, action)));
        for action in card.actions.iter().chain(on_tap) {
            match action {
                CardAction::Postback { text, payload } => match keyboards::option(text, payload) {
                    None => {}
                    Some((text, payload)) if keyboards::carries(&payload) => {
                        buttons.push(keyboards::answer(&text, &payload, &mut self.degradations));
                    }
                    Some(option) => long.push(option),
                },
                CardAction::Link { text, url } => match keyboards::link(text, url, &mut self.degradations) {
                    Some(button) => buttons.push(button),
                    None => {
                        self.note("button → text: Telegram cannot open this address");
                        words.push(keyboards::in_words(action));
                    }
                },
                CardAction::Call { .. } => {
                    self.note("button → text: Telegram's buttons do not call");
                    words.push(keyboards::in_words(action));
                }
            }
        }
        let title = card.title.trim();
        let mut lines: Vec<&str> = [title, card.description.as_deref().unwrap_or_default().trim()].into();
        lines.extend(words.iter().map(String::as_str));
        lines.retain(|line| !line.is_empty());
        let text = lines.join("\n");
        let mut boards = keyboards::inline(buttons, true).into_iter();
        let picture = image.map(|url| ("sendPhoto", "photo", url)).or(video.map(|url| ("sendVideo", "video", url)));
        self.face(&text, limits::utf16(title), picture, boards.next());
        for board in boards {
            self.plain("…", 0, Some(board));
        }
        if !long.is_empty() {
            self.ask_in_words(POINT, &long);
        }
    }

    /// A picture alone.
    pub(crate) fn picture(&mut self, url: &str) {
        self.face("", 0, Some(("sendPhoto", "photo", url)), None);
    }

    /// Words with a picture or film above and buttons below, as one message where they fit.
    fn face(&mut self, text: &str, bold: usize, picture: Option<(&str, &str, &str)>, board: Option<Value>) {
        let Some((method, field, url)) = picture else { return self.plain(text, bold, board) };
        // The message that is sent when Telegram cannot fetch the picture: its address, and all the rest.
        let instead_of = |text: &str| match text {
            "" => json!({ "text": files::picture_link(url) }),
            text => json!({ "text": text }),
        };
        let with = |mut body: Value, entities: &str, board: &Option<Value>| {
            if bold > 0 && !text.is_empty() {
                body[entities] = json!([{ "type": "bold", "offset": 0, "length": bold }]);
            }
            if let Some(board) = board {
                body["reply_markup"] = board.clone();
            }
            body
        };
        if limits::utf16(text) > limits::CAPTION {
            self.note("card's text → text message: it is too long for a caption");
            self.push_or((method, json!({ field: url })), ("sendMessage", instead_of("")));
            return self.plain(text, bold, board);
        }
        let mut body = json!({ field: url });
        if !text.is_empty() {
            body["caption"] = text.into();
        }
        let instead = with(instead_of(text), "entities", &board);
        self.push_or((method, with(body, "caption_entities", &board)), ("sendMessage", instead));
    }
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
