//! What can be asked of Telegram next: a call of a method, in a chat.
//! <https://core.telegram.org/bots/api#available-methods>

use contract::{Attachment, Draft};
use serde_json::{Map, Value};

use crate::{chat::Chat, settings::Settings};

/// One step of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Makes a message (an album: several), or changes or takes away an earlier one.
    Message {
        /// The chat.
        chat: Chat,
        /// In a group, the message that is answered.
        reply_to: Option<i64>,
        /// The call.
        message: Box<Message>,
    },
    /// The guest sees for 5 seconds, or until the next message, that somebody types.
    /// <https://core.telegram.org/bots/api#sendchataction>
    Typing(Chat),
}

impl Step {
    pub(crate) fn message(message: Message, draft: &Draft<'_, Settings>) -> Self {
        Self::Message { chat: Chat::of(draft), reply_to: None, message: Box::new(message) }
    }
}

/// A call, and what is tried when Telegram refuses it for what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The call.
    pub call: MethodCall,
    /// The other form: a document in the place of a picture, a text in the place of a sticker.
    pub fallback: Option<MethodCall>,
}

impl Message {
    /// Or, should Telegram refuse the call, this one.
    pub(crate) fn or(self, fallback: MethodCall) -> Self {
        Self { fallback: Some(fallback), ..self }
    }
}

impl From<MethodCall> for Message {
    fn from(call: MethodCall) -> Self {
        Self { call, fallback: None }
    }
}

/// A call of a method of the Bot API, without the chat.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodCall {
    /// The method: `sendMessage`.
    pub method: &'static str,
    /// Its parameters, without `chat_id`, `message_thread_id` and the file to upload.
    pub parameters: Map<String, Value>,
    /// The file that is uploaded with it; all others are named by address or id in the parameters.
    pub upload: Option<Upload>,
}

impl MethodCall {
    /// A call with these parameters: an object.
    pub(crate) fn new(method: &'static str, parameters: Value) -> Self {
        let parameters = match parameters {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Self { method, parameters, upload: None }
    }

    /// `sendMessage` with a text and nothing else.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new("sendMessage", Value::Null).with("text", text.into())
    }

    /// With one more parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// The same, where there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Whether the method makes a message, which may answer another (`reply_parameters`).
    pub(crate) fn makes_message(&self) -> bool {
        match self.method {
            "sendChatAction" => false,
            "copyMessage" => true,
            method => method.starts_with("send"),
        }
    }
}

/// A file that is downloaded from its address and uploaded to Telegram.
/// <https://core.telegram.org/bots/api#sending-files>
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// The parameter that is the file: `document`.
    pub parameter: &'static str,
    /// Where the file is.
    pub url: String,
    /// Its name, which the guest sees; the server's or `file` when none.
    pub name: Option<String>,
    /// Its MIME type; the server's when none.
    pub mime: Option<String>,
}

impl Upload {
    pub(crate) fn of(parameter: &'static str, url: &str, file: &Attachment) -> Self {
        Self { parameter, url: url.to_owned(), name: file.name.clone(), mime: file.mime.clone() }
    }
}
