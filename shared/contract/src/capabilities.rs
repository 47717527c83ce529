//! What a network shows, with its limits. `compose` walks by it, the matrix, the API and the website print it, the common
//! suite proves it. There is no second place.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::descriptor::{TextLimit, TextUnit};

/// How far a connector supports one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Support {
    /// As the network shows it itself.
    Native,
    /// Rendered by the connector in another form of its own, and noted as a degradation.
    Degraded,
    /// The connector is never asked; `compose` shows it in another form.
    No,
}

impl Support {
    /// Whether the connector is asked at all.
    pub fn is_asked(self) -> bool {
        self != Self::No
    }
}

/// Files of one kind that a network shows as such.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Media {
    /// MIME types, in lower case; empty: any. A file whose type is not known is tried.
    pub mime: &'static [&'static str],
    /// The greatest size, in bytes. A file whose size is not known is tried.
    pub max_bytes: u64,
    /// The longest duration, in milliseconds, where the network has a limit.
    pub max_ms: Option<u64>,
    /// The longest caption that travels with the file; `None`: captions are texts of their own.
    pub caption: Option<TextLimit>,
}

impl Media {
    /// Any type of at most `max_bytes`, without captions.
    pub const fn up_to(max_bytes: u64) -> Self {
        Self { mime: &[], max_bytes, max_ms: None, caption: None }
    }

    /// Only these MIME types.
    pub const fn only(self, mime: &'static [&'static str]) -> Self {
        Self { mime, ..self }
    }

    /// With captions up to this length.
    pub const fn captioned(self, caption: TextLimit) -> Self {
        Self { caption: Some(caption), ..self }
    }

    /// At most this long, in milliseconds.
    pub const fn lasting(self, max_ms: u64) -> Self {
        Self { max_ms: Some(max_ms), ..self }
    }
}

/// Options to tap below a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Most options of one question.
    pub most: usize,
    /// The longest label that is shown whole.
    pub label: TextLimit,
}

/// A list to choose from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lists {
    /// Most items.
    pub most: usize,
    /// Whether several may be chosen.
    pub multiple: bool,
}

/// Choosing a day or a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dates {
    /// Any day between two.
    pub days: Support,
    /// One of some times.
    pub times: Support,
}

/// A connector's capabilities, towards the guest (for a CX platform: towards the agent) unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capabilities {
    /// Pictures.
    pub image: Option<Media>,
    /// Films.
    pub video: Option<Media>,
    /// Voice and sound.
    pub audio: Option<Media>,
    /// Any other file.
    pub file: Option<Media>,
    /// Most pictures and films that are shown as one message; 1 where there is no such thing.
    pub album: usize,
    /// A place on the map.
    pub location: Support,
    /// Stickers.
    pub sticker: Support,
    /// Options the guest taps.
    pub options: Option<Options>,
    /// Lists.
    pub list: Option<Lists>,
    /// A card with picture, text and buttons.
    pub card: Support,
    /// Cards in a row.
    pub carousel: Support,
    /// Most cards in a row.
    pub carousel_most: usize,
    /// Choosing a date or time.
    pub date: Dates,
    /// Questions with fields.
    pub form: Support,
    /// The connector's own JSON, passed through.
    pub native: Support,
    /// A message of ours can be changed.
    pub edit: Support,
    /// The agent's name is shown by the network itself, and need not stand before the text.
    pub shows_sender: bool,
    /// The guest's messages can be shown as read.
    pub read_marks: bool,
    /// The guest sees the agent type.
    pub typing_to_guest: bool,
    /// The agent sees the guest type.
    pub typing_to_agent: bool,
    /// The network reports delivery.
    pub delivered_receipts: bool,
    /// The network reports reading.
    pub read_receipts: bool,
    /// Groups, rooms, channels or threads, not only private chats.
    pub groups: bool,
}

impl Capabilities {
    /// Text and nothing else; start from here: `Capabilities { location: Support::Native, ..Capabilities::TEXT_ONLY }`.
    pub const TEXT_ONLY: Self = Self {
        image: None,
        video: None,
        audio: None,
        file: None,
        album: 1,
        location: Support::No,
        sticker: Support::No,
        options: None,
        list: None,
        card: Support::No,
        carousel: Support::No,
        carousel_most: 10,
        date: Dates { days: Support::No, times: Support::No },
        form: Support::No,
        native: Support::No,
        edit: Support::No,
        shows_sender: false,
        read_marks: false,
        typing_to_guest: false,
        typing_to_agent: false,
        delivered_receipts: false,
        read_receipts: false,
        groups: false,
    };

    /// The columns of the matrix, by their names in the API: `Native` where the network shows it itself, `Degraded` where
    /// it arrives in another form.
    pub fn matrix(&self) -> [(&'static str, Support); 11] {
        let media = |media: Option<Media>| if media.is_some() { Support::Native } else { Support::Degraded };
        let shown = |support: Support| if support == Support::Native { Support::Native } else { Support::Degraded };
        let date =
            if [self.date.days, self.date.times].contains(&Support::Native) { Support::Native } else { Support::No };
        [
            ("image", media(self.image)),
            ("video", media(self.video)),
            ("audio", media(self.audio)),
            ("file", media(self.file)),
            ("location", shown(self.location)),
            ("sticker", shown(self.sticker)),
            ("quickReplies", if self.options.is_some() { Support::Native } else { Support::Degraded }),
            ("card", shown(self.card)),
            ("carousel", shown(self.carousel)),
            ("datePicker", shown(date)),
            ("native", self.native),
        ]
    }

    /// The switches of the matrix, by their names in the API.
    pub fn switches(&self) -> [(&'static str, bool); 5] {
        [
            ("typingToGuest", self.typing_to_guest),
            ("typingToAgent", self.typing_to_agent),
            ("deliveredReceipts", self.delivered_receipts),
            ("readReceipts", self.read_receipts),
            ("groups", self.groups),
        ]
    }
}

/// As the API shows them: the matrix and the switches.
impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (matrix, switches) = (self.matrix(), self.switches());
        let mut out = serializer.serialize_struct("Capabilities", matrix.len() + switches.len())?;
        for (name, support) in &matrix {
            out.serialize_field(name, support)?;
        }
        for (name, on) in &switches {
            out.serialize_field(name, on)?;
        }
        out.end()
    }
}

/// So many characters of a label, in UTF-16 units.
pub const fn utf16(max: usize) -> TextLimit {
    TextLimit { max, unit: TextUnit::Utf16 }
}
