//! Cards: template messages where they fit (every telephone shows them well), else Flex Messages.
//! <https://developers.line.biz/en/reference/messaging-api/#template-messages>,
//! <https://developers.line.biz/en/reference/messaging-api/#flex-message>.

use contract::{Card, CardAction};
use serde_json::{Value, json};

use crate::{actions, limits, messages::Composer};

/// A card made ready: what LINE can show of it, and the words it cannot.
struct Face {
    title: String,
    text: String,
    image: Option<String>,
    tap: Option<Value>,
    buttons: Vec<Value>,
}

impl Composer<'_> {
    /// One card.
    pub(crate) fn card(&mut self, card: &Card) {
        let (face, words) = self.face(card);
        if face.is_empty() {
            return self.text(&words);
        }
        match face.template(limits::BUTTONS, limits::BUTTONS_TEXT) {
            Some(mut template) => {
                template["type"] = "buttons".into();
                let message = json!({ "type": "template", "altText": face.alt_text(), "template": template });
                self.push(message);
            }
            None => {
                let alt_text = face.alt_text();
                self.bubbles(&alt_text, vec![face.bubble()]);
            }
        }
        self.text(&words);
    }

    /// Cards in a row.
    pub(crate) fn carousel(&mut self, cards: &[Card]) {
        let (mut faces, mut words) = (Vec::new(), Vec::new());
        for card in cards {
            let (face, said) = self.face(card);
            if !face.is_empty() {
                faces.push(face);
            }
            if !said.is_empty() {
                words.push(said);
            }
        }
        match faces.first() {
            None => {}
            Some(first) => match template_columns(&faces) {
                Some(columns) => {
                    let template = json!({ "type": "carousel", "columns": columns });
                    let message = json!({ "type": "template", "altText": first.alt_text(), "template": template });
                    self.push(message);
                }
                None => {
                    let alt_text = first.alt_text();
                    self.bubbles(&alt_text, faces.into_iter().map(Face::bubble).collect());
                }
            },
        }
        self.text(&words.join("\n"));
    }

    /// A card with one button of our own.
    pub(crate) fn card_of(&mut self, title: &str, text: Option<&str>, image: Option<&str>, buttons: Vec<Value>) {
        let face = Face {
            title: self.spill(title),
            text: text.map(|text| self.spill(text)).unwrap_or_default(),
            image: image.filter(|url| limits::is_web_address(url, limits::MEDIA_URL)).map(str::to_owned),
            tap: None,
            buttons,
        };
        match face.template(limits::BUTTONS, limits::BUTTONS_TEXT) {
            Some(mut template) => {
                template["type"] = "buttons".into();
                let message = json!({ "type": "template", "altText": face.alt_text(), "template": template });
                self.push(message);
            }
            None => {
                let alt_text = face.alt_text();
                self.bubbles(&alt_text, vec![face.bubble()]);
            }
        }
    }

    fn face(&mut self, card: &Card) -> (Face, String) {
        let mut words = Vec::new();
        let mut buttons = Vec::new();
        for action in &card.actions {
            match actions::of_card(action, limits::FLEX_LABEL, &mut self.degradations) {
                Some(button) => buttons.push(button),
                None => {
                    self.note("button → text: LINE cannot open this address");
                    words.push(actions::in_words(action));
                }
            }
        }
        if let Some(url) = &card.video_url {
            let film = CardAction::Link { text: "▶".to_owned(), url: url.clone() };
            self.note("card with a video → button: LINE's cards play no videos");
            match actions::of_card(&film, limits::FLEX_LABEL, &mut self.degradations) {
                Some(button) => buttons.insert(0, button),
                None => words.push(actions::in_words(&film)),
            }
        }
        let image = card.image_url.as_deref().filter(|url| {
            let usable = limits::is_web_address(url, limits::MEDIA_URL);
            if !usable {
                self.degradations.push("card without its picture: LINE cannot fetch this address".to_owned());
            }
            usable
        });
        let tap = card.default_action.as_ref();
        let tap = tap.and_then(|action| actions::of_card(action, limits::FLEX_LABEL, &mut self.degradations));
        let face = Face {
            title: self.spill(&card.title),
            text: card.description.as_deref().map(|text| self.spill(text)).unwrap_or_default(),
            image: image.map(str::to_owned),
            tap,
            buttons,
        };
        words.retain(|line| !line.is_empty());
        (face, words.join("\n"))
    }

    /// Words that go into a card. When they are too long for one, they are sent in full before it.
    pub(crate) fn spill(&mut self, words: &str) -> String {
        if limits::utf16(words) > limits::FLEX_TEXT {
            self.note("card's text → text message: it is too long for a card");
            self.text(words);
        }
        limits::clip(words.trim(), limits::FLEX_TEXT)
    }

    /// Bubbles as Flex Messages: alone, or in carousels of at most 12 and 50 KB.
    pub(crate) fn bubbles(&mut self, alt_text: &str, bubbles: Vec<Value>) {
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
        for mut row in rows {
            let contents = match (row.len(), row.pop()) {
                (_, None) => continue,
                (1, Some(only)) => only,
                (_, Some(last)) => {
                    row.push(last);
                    json!({ "type": "carousel", "contents": row })
                }
            };
            let message = json!({ "type": "flex", "altText": alt(alt_text), "contents": contents });
            self.push(message);
        }
    }
}

impl Face {
    fn is_empty(&self) -> bool {
        self.title.is_empty() && self.text.is_empty() && self.image.is_none() && self.buttons.is_empty()
    }

    fn alt_text(&self) -> String {
        alt(if self.title.is_empty() { &self.text } else { &self.title })
    }

    /// Title, text, picture and buttons as a template has them; none if they do not fit.
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
fn template_columns(faces: &[Face]) -> Option<Vec<Value>> {
    let columns = faces
        .iter()
        .map(|face| face.template(limits::COLUMN_BUTTONS, limits::CAROUSEL_TEXT))
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
        let face = Face {
            title: if bubbles.is_empty() { title.to_owned() } else { "…".to_owned() },
            text: String::new(),
            image: None,
            tap: None,
            buttons: these.to_vec(),
        };
        bubbles.push(face.bubble());
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
