//! The bodies of the four inbound calls, as the API reads them.
//! Source: <https://developer.genesys.cloud/commdigital/digital/openmessaging/inboundMessages>.

use std::collections::BTreeMap;

use serde::Serialize;

/// `POST …/inbound/open/message`.
#[derive(Serialize)]
pub(crate) struct Message<'a> {
    pub channel: Channel<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<ContentElement>,
}

/// `POST …/inbound/open/structured/response`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StructuredResponse<'a> {
    pub channel: Channel<'a>,
    pub originating_message_id: &'a str,
    pub button_response: ButtonResponse<'a>,
}

#[derive(Serialize)]
pub(crate) struct ButtonResponse<'a> {
    /// `Button`, `QuickReply` or `DatePicker`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub text: &'a str,
    pub payload: &'a str,
}

/// `POST …/inbound/open/event`.
#[derive(Serialize)]
pub(crate) struct Event<'a> {
    pub channel: Channel<'a>,
    pub events: [TypingEvent; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypingEvent {
    pub event_type: &'static str,
    pub typing: Typing,
}

#[derive(Serialize)]
pub(crate) struct Typing {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
}

/// `POST …/inbound/open/receipt`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt<'a> {
    /// The agent's message.
    pub id: &'a str,
    pub channel: ReceiptChannel<'a>,
    pub status: &'static str,
    pub is_final_receipt: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason<'a>>,
}

#[derive(Serialize)]
pub(crate) struct ReceiptChannel<'a> {
    pub to: To<'a>,
    pub time: String,
}

#[derive(Serialize)]
pub(crate) struct Reason<'a> {
    pub code: &'static str,
    pub message: &'a str,
}

/// Who writes, to which integration, under which id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Channel<'a> {
    pub from: From<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<To<'a>>,
    /// Unique per message: a second message under the same id is discarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    pub time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata<'a>>,
}

/// The guest. The same `id` means the same conversation, as long as it is alive.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct From<'a> {
    pub id: &'a str,
    /// `Email`, `Phone` or `Opaque`.
    pub id_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct To<'a> {
    pub id: &'a str,
}

/// Participant data. It belongs here: in the message's own `metadata` it is refused.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata<'a> {
    pub custom_attributes: &'a BTreeMap<String, String>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContentElement {
    pub content_type: &'static str,
    pub attachment: Attachment,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    /// `Image`, `Video`, `Audio` or `File`.
    pub media_type: &'static str,
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}
