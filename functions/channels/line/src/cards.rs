//! Cards: template messages where they fit (every telephone shows them well), else Flex Messages.
//! <https://developers.line.biz/en/reference/messaging-api/#template-messages>,
//! <https://developers.line.biz/en/reference/messaging-api/#flex-message>.

use contract::{Card, CardAction, Unsupported};
use serde_json::{Value, json};

use crate::{Draft, actions, limits, render::texts};

/// One card.
pub(crate) fn card(card: &Card, draft: &Draft<'_>) -> Result<Vec<Value>, Unsupported> {
    let CardParts { overflow, layout, words } = CardParts::of(card, draft);
    if layout.is_empty() {
        return Err("nothing is on it that LINE shows".into());
    }
    let mut objects = overflow;
    objects.push(layout.object());
    objects.extend(texts(&words, draft));
    Ok(objects)
}

/// At most [`limits::BUBBLES`] cards in a row.
pub(crate) fn carousel(cards: &[Card], draft: &Draft<'_>) -> Result<Vec<Value>, Unsupported> {
    if let [only] = cards {
        return card(only, draft);
    }
    let (mut objects, mut layouts, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for card in cards {
        let parts = CardParts::of(card, draft);
        objects.extend(parts.overflow);
        layouts.extend(Some(parts.layout).filter(|layout| !layout.is_empty()));
        words.extend(Some(parts.words).filter(|words| !words.is_empty()));
    }
    let Some(first) = layouts.first() else { return Err("nothing is on them that LINE shows".into()) };
    let alt_text = first.alt_text();
    match template_columns(&layouts) {
        Some(columns) => {
            let template = json!({ "type": "carousel", "columns": columns });
            objects.push(json!({ "type": "template", "altText": alt_text, "template": template }));
        }
        None => objects.extend(bubbles(&alt_text, layouts.into_iter().map(CardLayout::bubble).collect())),
    }
    objects.extend(texts(&words.join("\n"), draft));
    Ok(objects)
}

/// A question as a card with one button.
pub(crate) fn question(title: &str, text: &str, image: Option<&str>, button: Value, draft: &Draft<'_>) -> Vec<Value> {
    let (mut objects, title) = within_card(title, draft);
    let (overflow, text) = within_card(text, draft);
    let image = image.filter(|url| limits::is_web_address(url, limits::MEDIA_URL)).map(str::to_owned);
    objects.extend(overflow);
    objects.push(CardLayout { title, text, image, tap: None, buttons: vec![button] }.object());
    objects
}

/// Words that go into a card. When they are too long for one, they are sent in full before it.
pub(crate) fn within_card(words: &str, draft: &Draft<'_>) -> (Vec<Value>, String) {
    let mut overflow = Vec::new();
    if limits::utf16(words) > limits::FLEX_TEXT {
        draft.note("card's text → text message: it is too long for a card");
        overflow = texts(words, draft);
    }
    (overflow, limits::clip(words.trim(), limits::FLEX_TEXT))
}

/// Bubbles as Flex Messages: alone, or in carousels of at most 12 and 50 KB.
pub(crate) fn bubbles(alt_text: &str, bubbles: Vec<Value>) -> Vec<Value> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut bytes = 0;
    for bubble in bubbles {
        let size = weight(&bubble);
        match rows.last_mut() {
            Some(row) if row.len() < limits::BUBBLES && bytes + size <= limits::CAROUSEL_BYTES => {
                row.push(bubble);
                bytes += size;
            }
            _ => {
                rows.push(vec![bubble]);
                bytes = size;
            }
        }
    }
    let contents = rows.into_iter().map(|row| match <[Value; 1]>::try_from(row) {
        Ok([only]) => only,
        Err(row) => json!({ "type": "carousel", "contents": row }),
    });
    contents.map(|contents| flex(alt_text, &contents)).collect()
}

fn flex(alt_text: &str, contents: &Value) -> Value {
    json!({ "type": "flex", "altText": alt(alt_text), "contents": contents })
}

/// A card, taken apart.
struct CardParts {
    /// Words that are too long for it, as messages before it.
    overflow: Vec<Value>,
    layout: CardLayout,
    /// The buttons that LINE cannot make, for a message after it.
    words: String,
}

impl CardParts {
    fn of(card: &Card, draft: &Draft<'_>) -> Self {
        let mut words = Vec::new();
        let mut buttons = Vec::new();
        for action in &card.actions {
            match actions::of_card(action, draft) {
                Some(button) => buttons.push(button),
                None => {
                    draft.note("button → text: LINE cannot open this address");
                    words.push(actions::in_words(action));
                }
            }
        }
        if let Some(url) = &card.video_url {
            let film = CardAction::Link { text: "▶".to_owned(), url: url.clone() };
            draft.note("card with a video → button: LINE's cards play no videos");
            match actions::of_card(&film, draft) {
                Some(button) => buttons.insert(0, button),
                None => words.push(actions::in_words(&film)),
            }
        }
        let image = card.image_url.clone().filter(|url| limits::is_web_address(url, limits::MEDIA_URL));
        if image.is_none() && card.image_url.is_some() {
            draft.note("card without its picture: LINE cannot fetch this address");
        }
        let tap = card.default_action.as_ref().and_then(|action| actions::of_card(action, draft));
        let (mut overflow, title) = within_card(&card.title, draft);
        let (more, text) = within_card(card.description.as_deref().unwrap_or_default(), draft);
        overflow.extend(more);
        words.retain(|line| !line.is_empty());
        Self { overflow, layout: CardLayout { title, text, image, tap, buttons }, words: words.join("\n") }
    }
}

/// What stands where on a card, all of it within LINE's limits.
struct CardLayout {
    title: String,
    text: String,
    image: Option<String>,
    /// What a tap on the card itself does.
    tap: Option<Value>,
    buttons: Vec<Value>,
}

impl CardLayout {
    fn is_empty(&self) -> bool {
        self.title.is_empty() && self.text.is_empty() && self.image.is_none() && self.buttons.is_empty()
    }

    /// As a message of one card: a template where it fits, else a bubble.
    fn object(self) -> Value {
        let alt_text = self.alt_text();
        match self.template(limits::BUTTONS, limits::BUTTONS_TEXT) {
            Some(mut template) => {
                template["type"] = "buttons".into();
                json!({ "type": "template", "altText": alt_text, "template": template })
            }
            None => flex(&alt_text, &self.bubble()),
        }
    }

    fn alt_text(&self) -> String {
        alt(if self.title.is_empty() { &self.text } else { &self.title })
    }

    /// Title, text, picture and buttons as a template has them; `None` if they do not fit.
    fn template(&self, most_buttons: usize, text_alone: usize) -> Option<Value> {
        let labels_fit = self.buttons.iter().all(label_fits);
        if self.buttons.is_empty() || self.buttons.len() > most_buttons || !labels_fit {
            return None;
        }
        // The text is required, the title is not.
        let (title, text) = match (self.title.as_str(), self.text.as_str()) {
            ("", "") => return None,
            (only, "") | ("", only) => ("", only),
            both => both,
        };
        let beside = !title.is_empty() || self.image.is_some();
        let text_limit = if beside { limits::TEMPLATE_TEXT } else { text_alone };
        if !limits::fits(title, limits::TEMPLATE_TITLE) || !limits::fits(text, text_limit) {
            return None;
        }
        let mut template = json!({ "text": text, "actions": self.buttons });
        if !title.is_empty() {
            template["title"] = title.into();
        }
        if let Some(url) = &self.image {
            template["thumbnailImageUrl"] = url.as_str().into();
        }
        if let Some(tap) = self.tap.as_ref().filter(|tap| label_fits(tap)) {
            template["defaultAction"] = tap.clone();
        }
        Some(template)
    }

    fn bubble(self) -> Value {
        let mut bubble = json!({ "type": "bubble" });
        if let Some(url) = self.image {
            bubble["hero"] = json!({
                "type": "image", "url": url, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover",
            });
            if let Some(tap) = &self.tap {
                bubble["hero"]["action"] = tap.clone();
            }
        }
        let mut lines = Vec::new();
        if !self.title.is_empty() {
            lines.push(json!({ "type": "text", "text": self.title, "weight": "bold", "size": "lg", "wrap": true }));
        }
        if !self.text.is_empty() {
            lines.push(json!({ "type": "text", "text": self.text, "wrap": true }));
        }
        if !lines.is_empty() {
            bubble["body"] = json!({ "type": "box", "layout": "vertical", "spacing": "md", "contents": lines });
            if let Some(tap) = self.tap {
                bubble["body"]["action"] = tap;
            }
        }
        let mut buttons: Vec<Value> = self.buttons.into_iter().map(flex_button).collect();
        // Only absurd labels (towers of marks) get here.
        while weight(&bubble) + buttons.iter().map(weight).sum::<usize>() > limits::BUBBLE_BYTES {
            if buttons.pop().is_none() {
                break;
            }
        }
        if !buttons.is_empty() {
            bubble["footer"] = json!({ "type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons });
        }
        bubble
    }
}

/// The columns of a carousel template, if every card fits and all are alike, as LINE demands: the same number of buttons,
/// a picture and a title in all or in none.
fn template_columns(layouts: &[CardLayout]) -> Option<Vec<Value>> {
    let columns = layouts
        .iter()
        .map(|layout| layout.template(limits::COLUMN_BUTTONS, limits::CAROUSEL_TEXT))
        .collect::<Option<Vec<_>>>()?;
    let shape = |column: &Value| {
        (
            column.get("title").is_some(),
            column.get("thumbnailImageUrl").is_some(),
            column["actions"].as_array().map(Vec::len),
        )
    };
    let alike = columns.windows(2).all(|pair| shape(&pair[0]) == shape(&pair[1]));
    (alike && columns.len() <= limits::COLUMNS).then_some(columns)
}

/// Bubbles of at most ten buttons, the first under the title.
pub(crate) fn button_bubbles(title: &str, buttons: &[Value]) -> Vec<Value> {
    let mut bubbles = Vec::new();
    let mut rest = buttons;
    while !rest.is_empty() {
        let (mut count, mut bytes) = (0, 4_000);
        while count < rest.len().min(10) {
            bytes += weight(&rest[count]) + 64;
            if count > 0 && bytes > limits::BUBBLE_BYTES {
                break;
            }
            count += 1;
        }
        let (these, others) = rest.split_at(count);
        let layout = CardLayout {
            title: if bubbles.is_empty() { title.to_owned() } else { "…".to_owned() },
            text: String::new(),
            image: None,
            tap: None,
            buttons: these.to_vec(),
        };
        bubbles.push(layout.bubble());
        rest = others;
    }
    bubbles
}

/// What stands in the chat list and in notifications. Never empty.
pub(crate) fn alt(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { "💬".to_owned() } else { limits::clip(text, limits::ALT_TEXT) }
}

fn flex_button(action: Value) -> Value {
    json!({ "type": "button", "style": "link", "height": "sm", "action": action })
}

fn label_fits(action: &Value) -> bool {
    action["label"].as_str().is_some_and(|label| limits::fits(label, limits::LABEL))
}

/// The size of its JSON, in bytes.
fn weight(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}
