//! What `send` can do next.

use serde_json::{Value, json};

use crate::mrkdwn;

/// What marks our messages, so that one that was taken is found again. Nobody sees it.
/// <https://docs.slack.dev/messaging/message-metadata>
pub(crate) const EVENT_TYPE: &str = "universal_messaging";

/// One thing to be done in a workspace.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A new message. When Slack refuses its form, [`Message::plainer`] is posted.
    Post(Message),
    /// A message of the app's is changed.
    Update {
        /// Which.
        message: MessageKey,
        /// The fields of `chat.update` beside channel and timestamp.
        fields: Value,
        /// Posted where Slack no longer lets the message be changed.
        otherwise: Option<Message>,
    },
    /// A message of the app's is deleted. One that is gone already is no error.
    Delete(MessageKey),
    /// A file is uploaded.
    Upload(Upload),
    /// The buttons of an answered question are replaced by the choice. Best effort.
    RemoveButtons {
        /// The question.
        message: MessageKey,
        /// Its new text and blocks.
        fields: Value,
    },
    /// The guest's id is none of Slack's: there is nobody to send to, which is an error.
    NoRecipient,
}

/// Where something is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The workspace, or the organisation, whose bot token is used.
    pub installation: String,
    /// A conversation (`C…`, `G…`, `D…`), or a user (`U…`, `W…`), whose direct messages Slack opens.
    pub channel: String,
    /// The thread, by the timestamp of its first message.
    pub thread: Option<String>,
}

/// A message that was posted, in all of Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageKey {
    /// The workspace, or the organisation, whose bot token is used.
    pub installation: String,
    /// Its conversation.
    pub channel: String,
    /// Its timestamp, which is its id there.
    pub ts: String,
}

impl MessageKey {
    /// The body of a request about this message.
    pub(crate) fn body(&self, fields: &Value) -> Value {
        let mut body = fields.clone();
        body["channel"] = self.channel.as_str().into();
        body["ts"] = self.ts.as_str().into();
        body
    }
}

/// A message to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Where.
    pub destination: Destination,
    /// The text, which notifications show too, and the blocks; or what the author of a native message set.
    pub fields: Value,
    /// The name shown in place of the app's.
    pub username: Option<String>,
    /// Our id of it, by which it is found again; set when the message is assembled.
    pub id: String,
    /// An earlier attempt may have been taken: Slack is asked first what it has, since this second of the Unix epoch.
    pub sought_since: Option<i64>,
}

impl Message {
    /// The body of `chat.postMessage`.
    pub(crate) fn body(&self) -> Value {
        let mut body = self.fields.clone();
        body["channel"] = self.destination.channel.as_str().into();
        if let Some(thread) = &self.destination.thread {
            body["thread_ts"] = thread.as_str().into();
        }
        if let Some(name) = &self.username {
            body["username"] = name.as_str().into();
        }
        body["metadata"] = json!({ "event_type": EVENT_TYPE, "event_payload": { "id": self.id } });
        body
    }

    /// The message without pictures, which Slack may not be able to fetch, and with the agent's name in the text, which the
    /// app may not be allowed to show otherwise. `None` when that is the same.
    pub(crate) fn plainer(&self) -> Option<Self> {
        let mut plainer = Self { username: None, ..self.clone() };
        let mut changed = false;
        if let Some(Value::Array(blocks)) = plainer.fields.get_mut("blocks") {
            let before = blocks.len();
            blocks.retain(|block| block["type"] != "image");
            changed = blocks.len() != before;
            if blocks.is_empty() {
                plainer.fields.as_object_mut()?.remove("blocks");
            }
        }
        if let Some(name) = &self.username {
            changed = true;
            let text = plainer.fields["text"].as_str().unwrap_or_default();
            plainer.fields["text"] = format!("{}: {text}", mrkdwn::escape(name)).into();
        }
        changed.then_some(plainer)
    }
}

/// A file to be uploaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Where it is shown.
    pub destination: Destination,
    /// Where it is fetched from.
    pub source: String,
    /// Its name; the ending that its type asks for is added.
    pub name: String,
    /// The words shown with it, escaped.
    pub comment: Option<String>,
    /// Posted where the workspace takes no such file: a link.
    pub otherwise: Message,
}

impl Upload {
    /// The body of `files.completeUploadExternal`, when `channel` is open.
    pub(crate) fn body(&self, channel: &str, file_id: &str, title: &str) -> Value {
        let mut body = json!({ "channel_id": channel, "files": [{ "id": file_id, "title": title }] });
        if let Some(thread) = &self.destination.thread {
            body["thread_ts"] = thread.as_str().into();
        }
        if let Some(comment) = &self.comment {
            body["initial_comment"] = comment.as_str().into();
        }
        body
    }
}
