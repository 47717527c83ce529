//! A message from a template (a "Notification"): header, body, footer and buttons, each with its parameters.

use contract::{Card, CardAction, Choice, Content};
use serde::Deserialize;

use crate::structured::{File, say};

/// `content[].template`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Template {
    header: Option<Part>,
    body: Option<Part>,
    footer: Option<Part>,
    buttons: Option<Vec<Button>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    text: Option<String>,
    media: Option<File>,
    parameters: Option<Vec<Parameter>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Button {
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
    url: Option<String>,
    payload: Option<String>,
    phone_number: Option<String>,
    parameters: Option<Vec<Parameter>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameter {
    name: Option<String>,
    text: Option<String>,
}

/// Texts usually come with the parameters in place; what still stands in braces is filled in.
fn filled(text: &str, parameters: &Option<Vec<Parameter>>) -> String {
    parameters.iter().flatten().fold(text.to_owned(), |text, parameter| match (&parameter.name, &parameter.text) {
        (Some(name), Some(value)) => {
            text.replace(&format!("{{{{{name}}}}}"), value).replace(&format!("{{{{ {name} }}}}"), value)
        }
        _ => text,
    })
}

impl Part {
    fn words(part: &Option<Self>) -> Option<String> {
        let part = part.as_ref()?;
        let text = filled(part.text.as_deref()?, &part.parameters);
        (!text.trim().is_empty()).then_some(text)
    }
}

impl Button {
    fn action(&self) -> Option<CardAction> {
        let text = filled(say(&self.text)?, &self.parameters);
        Some(match self.kind.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
            "url" => CardAction::Link { text, url: filled(say(&self.url)?, &self.parameters) },
            "phonenumber" => CardAction::Call { text, phone_number: say(&self.phone_number)?.to_owned() },
            _ => {
                let payload = say(&self.payload).map(|payload| filled(payload, &self.parameters));
                CardAction::Postback { payload: payload.unwrap_or_else(|| text.clone()), text }
            }
        })
    }
}

/// What a notification shows: a text; with answers to tap, quick replies; with a picture or other buttons, a card.
pub(crate) fn read(template: &Template) -> Vec<Content> {
    let header = Part::words(&template.header);
    let below = [Part::words(&template.body), Part::words(&template.footer)];
    let actions: Vec<CardAction> = template.buttons.iter().flatten().filter_map(Button::action).collect();
    let media = template.header.as_ref().and_then(|header| header.media.as_ref());
    let file = media.and_then(File::attachment);
    let (image_url, video_url, other_file) = match file {
        Some(file) if file.kind == contract::MediaKind::Image => (file.url().map(str::to_owned), None, None),
        Some(file) if file.kind == contract::MediaKind::Video => (None, file.url().map(str::to_owned), None),
        other => (None, None, other.map(Content::Attachment)),
    };
    let lines: Vec<String> = header.iter().cloned().chain(below.iter().flatten().cloned()).collect();
    let mut contents: Vec<Content> = other_file.into_iter().collect();
    let answers = |action: &CardAction| match action {
        CardAction::Postback { text, payload } => {
            Some(Choice { text: text.clone(), payload: payload.clone(), image_url: None })
        }
        CardAction::Link { .. } | CardAction::Call { .. } => None,
    };
    let options: Vec<Choice> = actions.iter().filter_map(answers).collect();
    if image_url.is_none() && video_url.is_none() && options.len() == actions.len() {
        let text = lines.join("\n\n");
        match (text.is_empty(), options.is_empty()) {
            (true, true) => {}
            (false, true) => contents.push(Content::Text { text }),
            (_, false) => contents.push(Content::QuickReplies { text, options }),
        }
        return contents;
    }
    let mut lines = lines.into_iter();
    let title = lines.next().unwrap_or_default();
    let description = lines.collect::<Vec<_>>().join("\n\n");
    let description = (!description.is_empty()).then_some(description);
    contents.push(Content::Card(Card { title, description, image_url, video_url, default_action: None, actions }));
    contents
}
