//! What LINE posts: <https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects>, as published in
//! `line-openapi/webhook.yml`. Flat and borrowed: one pass over the body, and nothing is copied that is not used.

use std::borrow::Cow;

use serde::Deserialize;

/// A text that borrows from the body unless it holds an escape.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Str<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Str<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn owned(&self) -> String {
        self.0.as_ref().to_owned()
    }
}

/// The whole body. `destination` (the account's own user id) is not read: the tenant's address says whose it is.
#[derive(Debug, Deserialize)]
pub(crate) struct Callback<E> {
    pub(crate) events: Vec<E>,
}

/// An event of any type. Fields of other types are absent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) mode: Option<Str<'a>>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) webhook_event_id: Option<Str<'a>>,
    pub(crate) source: Option<Source<'a>>,
    pub(crate) reply_token: Option<Str<'a>>,
    pub(crate) message: Option<Message<'a>>,
    pub(crate) postback: Option<Postback<'a>>,
    pub(crate) joined: Option<Members>,
    pub(crate) left: Option<Members>,
    pub(crate) video_play_complete: Option<VideoPlayComplete<'a>>,
    pub(crate) beacon: Option<Beacon<'a>>,
    pub(crate) link: Option<Link<'a>>,
    pub(crate) membership: Option<Membership<'a>>,
    pub(crate) delivery: Option<Delivery<'a>>,
}

/// A notification message arrived.
#[derive(Debug, Deserialize)]
pub(crate) struct Delivery<'a> {
    #[serde(borrow)]
    pub(crate) data: Str<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) user_id: Option<Str<'a>>,
    pub(crate) group_id: Option<Str<'a>>,
    pub(crate) room_id: Option<Str<'a>>,
}

/// A message of any type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) id: Str<'a>,
    pub(crate) quote_token: Option<Str<'a>>,
    pub(crate) mark_as_read_token: Option<Str<'a>>,
    pub(crate) text: Option<Str<'a>>,
    pub(crate) mention: Option<Mention>,
    pub(crate) content_provider: Option<ContentProvider<'a>>,
    pub(crate) image_set: Option<ImageSet>,
    pub(crate) duration: Option<u64>,
    pub(crate) file_name: Option<Str<'a>>,
    pub(crate) file_size: Option<u64>,
    pub(crate) title: Option<Str<'a>>,
    pub(crate) address: Option<Str<'a>>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) package_id: Option<Str<'a>>,
    pub(crate) sticker_id: Option<Str<'a>>,
    pub(crate) keywords: Option<Vec<Str<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Mention {
    pub(crate) mentionees: Vec<Mentionee>,
}

/// Somebody's name in a text; `index` and `length` in UTF-16 units.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mentionee {
    pub(crate) index: usize,
    pub(crate) length: usize,
    #[serde(default)]
    pub(crate) is_self: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContentProvider<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) original_content_url: Option<Str<'a>>,
    pub(crate) preview_image_url: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ImageSet {
    pub(crate) index: Option<u32>,
    pub(crate) total: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Postback<'a> {
    #[serde(borrow)]
    pub(crate) data: Str<'a>,
    pub(crate) params: Option<Params<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params<'a> {
    #[serde(borrow)]
    pub(crate) date: Option<Str<'a>>,
    pub(crate) time: Option<Str<'a>>,
    pub(crate) datetime: Option<Str<'a>>,
    pub(crate) new_rich_menu_alias_id: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Members {
    pub(crate) members: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VideoPlayComplete<'a> {
    #[serde(borrow)]
    pub(crate) tracking_id: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Beacon<'a> {
    #[serde(borrow)]
    pub(crate) hwid: Str<'a>,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Link<'a> {
    #[serde(borrow)]
    pub(crate) result: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Membership<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
}
