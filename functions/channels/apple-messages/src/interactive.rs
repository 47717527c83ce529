//! Messages of Apple's own extension: a balloon that opens a picker or a form.
//! <https://register.apple.com/resources/messages/msp-rest-api/type-interactive>

use contract::{
    Draft,
    descriptor::{TextLimit, utf16},
    text,
};
use serde_json::{Value, json};

use crate::{
    links,
    settings::Settings,
    step::{File, Step},
    texts, wire,
};

/// The longest title, in UTF-16 units.
pub(crate) const TITLE: TextLimit = utf16(512);
/// Stands in the place of a question without words.
pub(crate) const PLACEHOLDER: &str = "👇";

/// A question as a balloon's title, with the agent's name; and what is too long for one, in full, to be sent before it.
pub(crate) fn title(question: &str, draft: &Draft<'_, Settings>) -> (String, Vec<Step>) {
    let question = if question.trim().is_empty() { PLACEHOLDER } else { question.trim() };
    let named = draft.named(question);
    if TITLE.unit.measure(&named) <= TITLE.max {
        return (named, Vec::new());
    }
    draft.note("title → text: it is too long for a balloon");
    (text::truncate(&named, TITLE), texts::without_links(&named))
}

/// The pictures of a balloon, each named once.
#[derive(Default)]
pub(crate) struct Pictures(Vec<File>);

impl Pictures {
    /// The identifier of a picture; none for what is no address.
    pub(crate) fn add(&mut self, url: Option<&str>) -> Option<String> {
        let url = url.filter(|url| links::is_address(url))?;
        self.0.push(File::Picture { index: self.0.len(), url: url.to_owned() });
        Some(self.0.len().to_string())
    }
}

/// The balloon that opens a picker.
pub(crate) fn balloon(title: &str, subtitle: Option<&str>, image: Option<String>) -> Value {
    let style = if image.is_some() { "large" } else { "icon" };
    let mut balloon = json!({ "title": title, "style": style });
    if let Some(subtitle) = subtitle.map(str::trim).filter(|subtitle| !subtitle.is_empty()) {
        balloon["subtitle"] = text::truncate(subtitle, TITLE).into();
    }
    if let Some(image) = image {
        balloon["imageIdentifier"] = image.into();
    }
    balloon
}

/// A message with this data; `received`: the guest's balloon.
pub(crate) fn message(mut data: Value, received: Option<Value>, pictures: Pictures) -> Step {
    data["version"] = "1.0".into();
    if !pictures.0.is_empty() {
        let identifiers = 1..=pictures.0.len();
        data["images"] = identifiers.map(|number| json!({ "identifier": number.to_string() })).collect();
    }
    let mut interactive = json!({ "bid": wire::EXTENSION, "data": data });
    if let Some(received) = received {
        // What the guest's own balloon says once they have answered.
        interactive["replyMessage"] = json!({ "title": received["title"], "style": "icon" });
        interactive["receivedMessage"] = received;
    }
    Step::with_files(json!({ "type": "interactive", "interactiveData": interactive }), pictures.0)
}
