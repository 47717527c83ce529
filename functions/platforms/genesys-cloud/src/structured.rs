//! The elements of a message's `content`, as Genesys Cloud writes them, and what they show.

use contract::{Attachment, Card, CardAction, Choice, Content, DatePicker, Location, MediaKind, TimeSlot};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value;

use crate::notification;

/// What one element is.
pub(crate) enum Element {
    /// One of the options of a question; they come one by one.
    Option(Choice),
    /// A question whose words are the message's own text.
    Question(Vec<Choice>),
    /// Whole messages. `speaks`: they say what the message's own text repeats.
    Contents { contents: Vec<Content>, speaks: bool },
    /// Nothing that can be shown, and why.
    Nothing(&'static str),
}

/// A text that is there and says something.
pub(crate) fn say(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

fn said(text: &Option<String>) -> Option<String> {
    say(text).map(str::to_owned)
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wire {
    content_type: Option<String>,
    attachment: Option<File>,
    quick_reply: Option<Reply>,
    quick_reply_v2: Option<Replies>,
    card: Option<WireCard>,
    carousel: Option<WireCarousel>,
    date_picker: Option<WirePicker>,
    template: Option<notification::Template>,
    location: Option<Place>,
    text: Option<Words>,
}

/// A file.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct File {
    media_type: Option<String>,
    url: Option<String>,
    mime: Option<String>,
    filename: Option<String>,
    text: Option<String>,
    content_size_bytes: Option<u64>,
}

impl File {
    /// The file as an attachment; none without a URL.
    pub(crate) fn attachment(&self) -> Option<Attachment> {
        let url = say(&self.url)?;
        let kind = match self.media_type.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
            "image" => MediaKind::Image,
            "video" => MediaKind::Video,
            "audio" => MediaKind::Audio,
            "file" => MediaKind::File,
            _ => MediaKind::of_mime(self.mime.as_deref().unwrap_or_default()),
        };
        let name = said(&self.filename);
        Some(Attachment {
            mime: said(&self.mime),
            size: self.content_size_bytes,
            // Genesys Cloud repeats the file's name there.
            caption: said(&self.text).filter(|text| Some(text) != name.as_ref()),
            name,
            ..Attachment::at_url(kind, url)
        })
    }

    fn is_link(&self) -> bool {
        self.media_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("link"))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reply {
    text: Option<String>,
    payload: Option<String>,
    image: Option<String>,
}

impl Reply {
    fn choice(&self) -> Option<Choice> {
        let text = said(&self.text).or_else(|| said(&self.payload))?;
        let payload = said(&self.payload).unwrap_or_else(|| text.clone());
        Some(Choice { text, payload, image_url: said(&self.image) })
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Replies {
    title: Option<String>,
    actions: Option<Vec<Reply>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireCard {
    title: Option<String>,
    description: Option<String>,
    image: Option<String>,
    video: Option<String>,
    default_action: Option<Action>,
    actions: Option<Vec<Action>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Action {
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
    payload: Option<String>,
    url: Option<String>,
}

impl Action {
    fn read(&self) -> Option<CardAction> {
        if self.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("link")) {
            let url = said(&self.url)?;
            return Some(CardAction::Link { text: said(&self.text).unwrap_or_else(|| url.clone()), url });
        }
        let text = said(&self.text).or_else(|| said(&self.payload))?;
        let payload = said(&self.payload).unwrap_or_else(|| text.clone());
        Some(CardAction::Postback { text, payload })
    }
}

impl WireCard {
    fn read(&self) -> Card {
        let (title, description) = match (said(&self.title), said(&self.description)) {
            (Some(title), description) => (title, description),
            (None, description) => (description.unwrap_or_default(), None),
        };
        Card {
            title,
            description,
            image_url: said(&self.image),
            video_url: said(&self.video),
            default_action: self.default_action.as_ref().and_then(Action::read),
            actions: self.actions.iter().flatten().filter_map(Action::read).collect(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireCarousel {
    cards: Option<Vec<WireCard>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WirePicker {
    title: Option<String>,
    subtitle: Option<String>,
    image_url: Option<String>,
    date_minimum: Option<String>,
    date_maximum: Option<String>,
    available_times: Option<Vec<WireTime>>,
    location: Option<Place>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireTime {
    date_time: Option<String>,
    duration: Option<u64>,
}

impl WirePicker {
    fn read(&self) -> DatePicker {
        let instant = |text: &Option<String>| say(text).and_then(instant);
        let slot = |time: &WireTime| {
            Some(TimeSlot { at: instant(&time.date_time)?, duration_s: time.duration.unwrap_or_default() })
        };
        DatePicker {
            title: said(&self.title).unwrap_or_default(),
            subtitle: said(&self.subtitle),
            image_url: said(&self.image_url),
            earliest: instant(&self.date_minimum),
            latest: instant(&self.date_maximum),
            times: self.available_times.iter().flatten().filter_map(slot).collect(),
            location: self.location.as_ref().and_then(Place::read),
        }
    }
}

/// An instant, or a day: its first moment, UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| Some(day()?.timestamp()))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Place {
    title: Option<String>,
    text: Option<String>,
    address: Option<String>,
    url: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Place {
    fn read(&self) -> Option<Location> {
        Some(Location {
            title: said(&self.title).or_else(|| said(&self.text)),
            address: said(&self.address),
            latitude: self.latitude?,
            longitude: self.longitude?,
        })
    }

    /// In words, when the coordinates are missing.
    fn words(&self) -> Option<Content> {
        let lines: Vec<&str> =
            [&self.title, &self.text, &self.address, &self.url].into_iter().filter_map(say).collect();
        (!lines.is_empty()).then(|| Content::text(lines.join("\n")))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Words {
    body: Option<String>,
}

/// Reads one element. An element that is not what its type says is counted and left out: the rest of the message counts.
pub(crate) fn read(element: &Value) -> Element {
    let Ok(wire) = Wire::deserialize(element) else { return Element::Nothing("content that cannot be read") };
    let one = |content: Option<Content>| match content {
        Some(content) => Element::Contents { contents: vec![content], speaks: false },
        None => Element::Nothing("empty content"),
    };
    match wire.content_type.as_deref().unwrap_or_default() {
        "Attachment" => one(wire.attachment.as_ref().and_then(|file| {
            let attachment = file.attachment()?;
            if !file.is_link() {
                return Some(Content::Attachment(attachment));
            }
            let lines: Vec<&str> = [attachment.caption.as_deref(), attachment.url()].into_iter().flatten().collect();
            Some(Content::text(lines.join("\n")))
        })),
        "QuickReply" => {
            wire.quick_reply.as_ref().and_then(Reply::choice).map_or(Element::Nothing("empty content"), Element::Option)
        }
        "QuickReplyV2" => {
            let Some(replies) = wire.quick_reply_v2 else { return Element::Nothing("empty content") };
            let options: Vec<Choice> = replies.actions.iter().flatten().filter_map(Reply::choice).collect();
            match said(&replies.title) {
                Some(text) if options.is_empty() => one(Some(Content::Text { text })),
                Some(text) => one(Some(Content::QuickReplies { text, options })),
                None => Element::Question(options),
            }
        }
        "Card" => one(wire.card.map(|card| Content::Card(card.read()))),
        "Carousel" => one(wire.carousel.and_then(|carousel| {
            let mut cards: Vec<Card> = carousel.cards.iter().flatten().map(WireCard::read).collect();
            match cards.len() {
                0 => None,
                1 => cards.pop().map(Content::Card),
                _ => Some(Content::Carousel { cards }),
            }
        })),
        "DatePicker" => one(wire.date_picker.map(|picker| Content::DatePicker(picker.read()))),
        "Notification" => match wire.template.as_ref().map(notification::read) {
            Some(contents) if !contents.is_empty() => Element::Contents { contents, speaks: true },
            _ => Element::Nothing("empty content"),
        },
        "Location" => {
            one(wire.location.and_then(|place| place.read().map(Content::Location).or_else(|| place.words())))
        }
        "Text" => one(wire.text.and_then(|words| said(&words.body)).map(|text| Content::Text { text })),
        _ => Element::Nothing("unknown content type"),
    }
}
