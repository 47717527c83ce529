//! Telegram's own JSON, written by the tenant (canned responses, the IVR) and passed through: the parameters of a method with
//! its name (`{"method": "sendPoll", …}`), or without it where they tell which it is; one, an array, or `{"messages": […]}`.
//! The chat is always put in by us: a message goes to its guest and nobody else.

use contract::Unsupported;
use serde_json::{Value, json};

use crate::{
    limits,
    render::PLACEHOLDER,
    step::{Message, MethodCall},
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

/// The messages of the tenant's JSON.
pub(crate) fn messages(json: &Value) -> Result<Vec<Message>, Unsupported> {
    let messages = match json {
        Value::Array(messages) => messages.as_slice(),
        Value::Object(fields) => match fields.get("messages") {
            Some(Value::Array(messages)) => messages.as_slice(),
            _ => std::slice::from_ref(json),
        },
        _ => &[],
    };
    let calls: Option<Vec<Message>> = messages.iter().map(|json| Some(message(call(json)?))).collect();
    calls.filter(|calls| !calls.is_empty()).ok_or_else(|| "it is not a message of the Bot API".into())
}

/// Markup with a mistake in it (a name with a `<`, put in for a placeholder) is sent again as plain text, rather than
/// not at all.
fn message(call: MethodCall) -> Message {
    let has_markup = call.parameters.contains_key("parse_mode");
    let mut plain = call.clone();
    plain.parameters.remove("parse_mode");
    Message { call, fallback: has_markup.then_some(plain) }
}

/// The method and its parameters, without the chat.
fn call(json: &Value) -> Option<MethodCall> {
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
    if method == "sendMessage" && !fields.contains_key("text") {
        fields.insert("text".to_owned(), PLACEHOLDER.into());
    }
    Some(MethodCall { method, parameters: fields, upload: None })
}
