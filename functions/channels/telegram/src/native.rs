//! Telegram's own JSON, written by the tenant (canned responses, the IVR) and passed through: the parameters of a method with
//! its name (`{"method": "sendPoll", …}`), or without it where they tell which it is; one, an array, or `{"messages": […]}`.
//! The chat is always put in by us: a message goes to its guest and nobody else.

use serde_json::{Map, Value, json};

use crate::{
    limits,
    messages::{Composer, POINT},
};

/// Methods a message may call: those that act in the guest's chat. Not those of the bot itself (`setWebhook`, `logOut`), nor
/// of a group's members.
const METHODS: [&str; 31] = [
    "copyMessage",
    "copyMessages",
    "deleteMessage",
    "deleteMessages",
    "editMessageCaption",
    "editMessageLiveLocation",
    "editMessageMedia",
    "editMessageReplyMarkup",
    "editMessageText",
    "forwardMessage",
    "forwardMessages",
    "pinChatMessage",
    "sendAnimation",
    "sendAudio",
    "sendChatAction",
    "sendContact",
    "sendDice",
    "sendDocument",
    "sendGame",
    "sendInvoice",
    "sendLocation",
    "sendMediaGroup",
    "sendMessage",
    "sendPhoto",
    "sendPoll",
    "sendSticker",
    "sendVenue",
    "sendVideo",
    "sendVideoNote",
    "sendVoice",
    "setMessageReaction",
];

/// The method that takes a field, most telling first.
const BY_FIELD: [(&str, &str); 15] = [
    ("question", "sendPoll"),
    ("media", "sendMediaGroup"),
    ("photo", "sendPhoto"),
    ("animation", "sendAnimation"),
    ("video", "sendVideo"),
    ("video_note", "sendVideoNote"),
    ("voice", "sendVoice"),
    ("audio", "sendAudio"),
    ("document", "sendDocument"),
    ("sticker", "sendSticker"),
    ("phone_number", "sendContact"),
    ("address", "sendVenue"),
    ("latitude", "sendLocation"),
    ("text", "sendMessage"),
    ("reply_markup", "sendMessage"),
];

impl Composer<'_> {
    /// Adds native messages. What Telegram cannot mean is replaced by a word, since the guest should know of it.
    pub(crate) fn native(&mut self, connector: Option<&str>, json: &Value) {
        if connector.is_some_and(|connector| connector != "telegram") {
            self.note("native → text: it is written for another channel");
            return self.text("(This message cannot be shown here.)");
        }
        let messages = match json {
            Value::Array(messages) => messages.as_slice(),
            Value::Object(fields) => match fields.get("messages") {
                Some(Value::Array(messages)) => messages.as_slice(),
                _ => std::slice::from_ref(json),
            },
            _ => &[],
        };
        let calls: Option<Vec<(&str, Map<String, Value>)>> = messages.iter().map(call).collect();
        match calls {
            Some(calls) if !calls.is_empty() => {
                for (method, fields) in calls {
                    self.native_call(method, fields);
                }
            }
            _ => {
                self.note("native → text: it is not a message of the Bot API");
                self.text("(This message cannot be shown here.)");
            }
        }
    }

    /// Markup with a mistake in it (a name with a `<`, put in for a placeholder) is sent again as plain text, rather than
    /// not at all.
    fn native_call(&mut self, method: &str, mut fields: Map<String, Value>) {
        if method == "sendMessage" && !fields.contains_key("text") {
            fields.insert("text".to_owned(), POINT.into());
        }
        if fields.contains_key("parse_mode") {
            let mut plain = fields.clone();
            plain.remove("parse_mode");
            self.push_or((method, Value::Object(fields)), (method, Value::Object(plain)));
        } else {
            self.push(method, Value::Object(fields));
        }
    }
}

/// The method and its parameters, without what is ours to say.
fn call(json: &Value) -> Option<(&'static str, Map<String, Value>)> {
    let mut fields = json.as_object()?.clone();
    let method = match fields.remove("method") {
        Some(name) => {
            let name = name.as_str()?;
            METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(name))?
        }
        None => BY_FIELD.into_iter().find(|(field, _)| fields.contains_key(*field)).map(|(_, method)| method)?,
    };
    fields.remove("chat_id");
    fields.remove("message_thread_id");
    // `{"text": 5}` is a number to JSON and a text to people.
    if let Some(text) = fields.get("text").filter(|text| text.is_number() || text.is_boolean()) {
        let text = limits::clip(&text.to_string(), limits::TEXT);
        fields.insert("text".to_owned(), json!(text));
    }
    Some((method, fields))
}
