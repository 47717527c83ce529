//! What Viber posts: <https://developers.viber.com/docs/api/rest-bot-api/#callbacks>. One event to a callback, flat and
//! borrowed: nothing is copied that is not used.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text that borrows from the body unless it holds an escape.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Str<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Str<'_> {
    /// As a slice.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As a text of its own.
    pub(crate) fn owned(&self) -> String {
        self.0.as_ref().to_owned()
    }
}

/// A message's number as text: it has some 19 digits, and must not lose one on its way through a float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) String);

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let digits = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
        if (1..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits.to_owned()))
        } else {
            Err(serde::de::Error::custom("not a message token"))
        }
    }
}

/// An id that is a number or a text: a sticker's.
#[derive(Debug)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self(serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned())))
    }
}

/// An event of any type. Fields of other types are absent.
#[derive(Debug, Deserialize)]
pub(crate) struct Callback<'a> {
    #[serde(borrow)]
    pub(crate) event: Str<'a>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) message_token: Option<Token>,
    /// Who wrote, in `message`.
    pub(crate) sender: Option<User<'a>>,
    /// Who it is about, in `conversation_started` and `subscribed`.
    pub(crate) user: Option<User<'a>>,
    /// Who it is about, in the others.
    pub(crate) user_id: Option<Str<'a>>,
    pub(crate) message: Option<Message<'a>>,
    /// What the link that led here carries, in `conversation_started`.
    pub(crate) context: Option<Str<'a>>,
    /// What went wrong, in `failed`.
    pub(crate) desc: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User<'a> {
    #[serde(borrow)]
    pub(crate) id: Str<'a>,
    pub(crate) name: Option<Str<'a>>,
    pub(crate) avatar: Option<Str<'a>>,
    pub(crate) country: Option<Str<'a>>,
    pub(crate) language: Option<Str<'a>>,
}

/// A message of any type.
#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) text: Option<Str<'a>>,
    pub(crate) media: Option<Str<'a>>,
    pub(crate) location: Option<Place>,
    pub(crate) contact: Option<Contact<'a>>,
    /// What the last message to the guest carried.
    pub(crate) tracking_data: Option<Str<'a>>,
    pub(crate) file_name: Option<Str<'a>>,
    pub(crate) file_size: Option<u64>,
    /// Seconds.
    pub(crate) duration: Option<f64>,
    pub(crate) sticker_id: Option<Id>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) lat: f64,
    pub(crate) lon: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Contact<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Str<'a>>,
    pub(crate) phone_number: Option<Str<'a>>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tokens_keep_every_digit() {
        for (json, expected) in [
            ("4912661846655238145", Some("4912661846655238145")),
            ("18446744073709551616", Some("18446744073709551616")),
            ("\"5741311803571721087\"", Some("5741311803571721087")),
            ("4.9e18", None),
            ("-1", None),
            ("\"\"", None),
            ("{}", None),
        ] {
            let token = serde_json::from_str::<Token>(json).ok().map(|token| token.0);
            assert_eq!(token.as_deref(), expected, "{json}");
        }
        assert_eq!(serde_json::from_str::<Id>("46105").unwrap().0, "46105");
        assert_eq!(serde_json::from_str::<Id>("\"a\\u0062\"").unwrap().0, "ab");
    }
}
