//! Shapes of the Bot Framework's JSON that more than one file writes or reads:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference>.

use serde::Deserialize;
use serde_json::{Value, json};

/// An Adaptive Card as an attachment.
pub(crate) const ADAPTIVE_CARD: &str = "application/vnd.microsoft.card.adaptive";
/// A guest's file in OneDrive.
pub(crate) const FILE_DOWNLOAD: &str = "application/vnd.microsoft.teams.file.download.info";
/// The card that asks whether the guest wants a file.
pub(crate) const FILE_CONSENT: &str = "application/vnd.microsoft.teams.card.file.consent";
/// The card that opens a file.
pub(crate) const FILE_INFO: &str = "application/vnd.microsoft.teams.card.file.info";

/// What the connector service answers when it made a message or a conversation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Created {
    pub(crate) id: String,
}

/// A text message. Plain: Teams would take asterisks and underscores for emphasis.
pub(crate) fn text_message(text: &str) -> Value {
    json!({ "type": "message", "textFormat": "plain", "text": text })
}

/// A message with attachments: side by side when there are several.
pub(crate) fn message_with(attachments: &[Value]) -> Value {
    let mut message = json!({ "type": "message", "attachments": attachments });
    if attachments.len() > 1 {
        message["attachmentLayout"] = "carousel".into();
    }
    message
}

/// Text of a field, if there is any.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str().filter(|text| !text.is_empty())
}
