//! Cards: a rich media message, a grid of buttons six columns wide, in which every card fills the same number of rows.
//! <https://developers.viber.com/docs/api/rest-bot-api/#rich-media-message--carousel-content-message>

use contract::{Card, CardAction, Choice, Draft};
use serde_json::{Value, json};

use crate::{
    keyboard::{self, html},
    limits, render,
    settings::Settings,
    step::Step,
    tracking,
};

/// Rows of a card's picture.
const PICTURE_ROWS: usize = 3;

/// A card made ready: a picture above words above buttons.
struct Panel {
    image: Option<String>,
    /// What a tap on picture or words does.
    tap: Option<Value>,
    words: String,
    words_rows: usize,
    buttons: Vec<Value>,
    /// All of it in words.
    plain: String,
}

/// Cards in a row; one, too. What a card has no room for is said in words.
pub(crate) fn cards(cards: &[Card], draft: &Draft<'_, Settings>) -> Vec<Step> {
    let mut layout = Layout { draft, steps: Vec::new() };
    let (mut panels, mut words) = (Vec::new(), Vec::new());
    for card in cards {
        layout.panels_of(card, &mut panels, &mut words);
    }
    layout.rich_media(panels);
    layout.text(&words.join("\n"));
    layout.steps
}

/// Buttons without end: six to a card, below the question.
pub(crate) fn buttons(text: &str, options: &[Choice], draft: &Draft<'_, Settings>) -> Vec<Step> {
    let mut layout = Layout { draft, steps: Vec::new() };
    let shown = layout.overflow_to_text(text, "");
    let mut mute = false;
    let buttons: Vec<(Value, String)> = options
        .iter()
        .map(|option| {
            let words = tracking::words(option);
            let (button, carries) = keyboard::reply(&words, &tracking::payload(option));
            mute |= !carries;
            (button, words)
        })
        .collect();
    if mute {
        draft.note(keyboard::MUTE);
    }
    let title = if shown.is_empty() { "…".to_owned() } else { shown };
    let mut panels = Vec::new();
    pages(&title, buttons, &mut panels);
    layout.rich_media(panels);
    layout.steps
}

/// The messages of some cards, while they are laid out.
struct Layout<'a, 'd> {
    draft: &'a Draft<'d, Settings>,
    steps: Vec<Step>,
}

impl Layout<'_, '_> {
    fn text(&mut self, words: &str) {
        self.steps.extend(render::text(words));
    }

    fn panels_of(&mut self, card: &Card, panels: &mut Vec<Panel>, words: &mut Vec<String>) {
        let mut buttons = Vec::new();
        for action in &card.actions {
            match keyboard::of_card(action, self.draft) {
                Some(button) => buttons.push((button, plain_button(action))),
                None => {
                    self.draft.note("button → text: Viber has no such button");
                    words.push(keyboard::in_words(action));
                }
            }
        }
        if let Some(url) = &card.video_url {
            let film = CardAction::Link { text: "▶".to_owned(), url: url.clone() };
            self.draft.note("card with a video → button: Viber's cards play no videos");
            match keyboard::of_card(&film, self.draft) {
                Some(button) => buttons.insert(0, (button, plain_button(&film))),
                None => words.push(keyboard::in_words(&film)),
            }
        }
        words.retain(|line| !line.is_empty());
        let image = card.image_url.as_deref().filter(|url| {
            let usable = keyboard::fits_button(url);
            if !usable {
                self.draft.note("card without its picture: Viber cannot fetch this address");
            }
            usable
        });
        let tap = card.default_action.as_ref();
        let tap = tap.and_then(|action| keyboard::of_card(action, self.draft));
        let description = card.description.as_deref().unwrap_or_default().trim();
        let title = self.overflow_to_text(&card.title, description);
        let below = limits::clip(description, limits::DESCRIPTION);
        if title.is_empty() && below.is_empty() && image.is_none() && buttons.is_empty() {
            return;
        }
        let shown = match (title.is_empty(), below.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!("<b>{}</b>", html(&title)),
            (true, false) => html(&below),
            (false, false) => format!("<b>{}</b><br>{}", html(&title), html(&below)),
        };
        let long = !below.is_empty() || limits::utf16(&title) > 30;
        let words_rows = if shown.is_empty() { 0 } else { 1 + usize::from(long) };
        let room = limits::CARD_ROWS - words_rows - image.map_or(0, |_| PICTURE_ROWS);
        let rest = buttons.split_off(buttons.len().min(room));
        let mut lines: Vec<&str> =
            [title.as_str(), below.as_str()].into_iter().filter(|line| !line.is_empty()).collect();
        lines.extend(buttons.iter().map(|(_, plain)| plain.as_str()));
        panels.push(Panel {
            image: image.map(str::to_owned),
            tap,
            plain: lines.join("\n"),
            words: shown,
            words_rows,
            buttons: buttons.into_iter().map(|(button, _)| button).collect(),
        });
        pages("…", rest, panels);
    }

    /// A headline that fits. When it or the words below are too long for a card, all are sent in full before it.
    fn overflow_to_text(&mut self, title: &str, below: &str) -> String {
        let title = title.trim();
        if limits::utf16(title) > limits::TITLE || limits::utf16(below) > limits::DESCRIPTION {
            self.draft.note("card's text → text message: it is too long for a card");
            self.text(format!("{title}\n{below}").trim());
        }
        limits::clip(title, limits::TITLE)
    }

    /// Cards in messages of at most six, and of a request's size.
    fn rich_media(&mut self, panels: Vec<Panel>) {
        let mut rows: Vec<Vec<Panel>> = Vec::new();
        let mut bytes = 0;
        for panel in panels {
            let size = panel.filled(panel.rows()).iter().map(limits::weight).sum::<usize>();
            match rows.last_mut() {
                Some(row) if row.len() < limits::CARDS && bytes + size <= limits::CARDS_BYTES => {
                    row.push(panel);
                    bytes += size;
                }
                _ => {
                    rows.push(vec![panel]);
                    bytes = size;
                }
            }
        }
        for row in rows {
            let height = row.iter().map(Panel::rows).max().unwrap_or(1);
            let buttons: Vec<Value> = row.iter().flat_map(|panel| panel.filled(height)).collect();
            let plain: Vec<&str> =
                row.iter().map(|panel| panel.plain.as_str()).filter(|plain| !plain.is_empty()).collect();
            let plain = limits::clip_written(plain.join("\n\n").trim(), limits::TEXT, limits::ALT_TEXT_BYTES);
            let plain = if plain.trim().is_empty() { "🖼".to_owned() } else { plain };
            let body = json!({
                "type": "rich_media",
                "alt_text": plain,
                "rich_media": {
                    "Type": "rich_media", "ButtonsGroupColumns": 6, "ButtonsGroupRows": height, "BgColor": "#FFFFFF",
                    "Buttons": buttons,
                },
            });
            self.steps.push(Step { in_words: Some(plain), ..Step::new(body) });
        }
    }
}

impl Panel {
    /// How many rows it needs.
    fn rows(&self) -> usize {
        let image = self.image.as_ref().map_or(0, |_| PICTURE_ROWS);
        (image + self.words_rows + self.buttons.len()).max(1)
    }

    /// Its buttons, as high as the highest card beside it.
    fn filled(&self, height: usize) -> Vec<Value> {
        let spare = height - self.rows().min(height);
        let sized = |mut button: Value, rows: usize| {
            button["Columns"] = 6.into();
            button["Rows"] = rows.into();
            button
        };
        let tap = || {
            let mut tap = self.tap.clone().unwrap_or_else(|| json!({ "ActionType": "none", "ActionBody": "none" }));
            if let Some(fields) = tap.as_object_mut() {
                fields.remove("Text");
            }
            tap
        };
        let mut buttons = Vec::new();
        if let Some(url) = &self.image {
            let mut picture = tap();
            picture["Image"] = url.as_str().into();
            buttons.push(sized(picture, PICTURE_ROWS + if self.words.is_empty() { spare } else { 0 }));
        }
        if !self.words.is_empty() {
            let mut words = tap();
            words["Text"] = self.words.as_str().into();
            words["TextHAlign"] = "left".into();
            words["TextVAlign"] = "middle".into();
            buttons.push(sized(words, self.words_rows + spare));
        }
        buttons.extend(self.buttons.iter().map(|button| sized(button.clone(), 1)));
        if self.image.is_none() && self.words.is_empty() && spare > 0 {
            buttons.push(sized(json!({ "ActionType": "none", "ActionBody": "none" }), spare));
        }
        buttons
    }
}

/// More buttons than fit below a card: cards of their own.
fn pages(title: &str, buttons: Vec<(Value, String)>, panels: &mut Vec<Panel>) {
    for (page, buttons) in buttons.chunks(limits::CARD_ROWS - 1).enumerate() {
        let title = if page == 0 { title } else { "…" };
        let plain: Vec<&str> = buttons.iter().map(|(_, plain)| plain.as_str()).collect();
        panels.push(Panel {
            image: None,
            tap: None,
            words: format!("<b>{}</b>", html(title)),
            words_rows: 1,
            plain: format!("{title}\n{}", plain.join("\n")),
            buttons: buttons.iter().map(|(button, _)| button.clone()).collect(),
        });
    }
}

fn plain_button(action: &CardAction) -> String {
    format!("– {}", keyboard::in_words(action))
}
