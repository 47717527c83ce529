//! Takes one step.
//!
//! The Bot API knows no idempotency key. When the answer to a call is lost, the message may have been taken, and the next
//! attempt makes it again: there is no way to ask.

use contract::{Io, SendError, SendErrorKind, Sent, http::Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    api,
    chat::Chat,
    errors, multipart,
    settings::Settings,
    step::{MethodCall, Step},
};

/// What a call results in: a message, several (an album), or just `true`.
#[derive(Deserialize)]
#[serde(untagged)]
enum MethodResult {
    Message(MessageId),
    Album(Vec<MessageId>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct MessageId {
    message_id: i64,
}

/// Makes the step's call; in its other form, should Telegram refuse the first for what it says.
pub(crate) async fn send(io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
    match step {
        Step::Typing(chat) => {
            call(io, chat, None, &MethodCall::new("sendChatAction", json!({ "action": "typing" }))).await
        }
        Step::Message { chat, reply_to, message } => {
            let outcome = call(io, chat, *reply_to, &message.call).await;
            match (&outcome, &message.fallback) {
                (Err(error), Some(fallback)) if is_of_the_message(error.kind) => {
                    call(io, chat, *reply_to, fallback).await
                }
                _ => outcome,
            }
        }
    }
}

/// Makes one call; in a group that has another number by now, once more under that.
async fn call(io: &Io<'_, Settings>, chat: &Chat, reply_to: Option<i64>, call: &MethodCall) -> Result<Sent, SendError> {
    let url = api::method_url(io, call.method)?;
    let file = match &call.upload {
        Some(upload) => Some(multipart::download(io, upload).await?),
        None => None,
    };
    let request = |chat: &Chat, reply_to: Option<i64>| {
        let parameters = parameters(call, chat, reply_to);
        match &file {
            Some(file) => multipart::request(&url, &parameters, file),
            None => Request::post_json(&url, &parameters),
        }
    };
    let mut response = io.http.send(request(chat, reply_to)).await?;
    if let Some(moved) = errors::migrated_to(&response) {
        // The message that is answered has another number there.
        response = io.http.send(request(&chat.moved_to(moved), None)).await?;
    }
    let message_ids = match api::result_of::<MethodResult>(&response, io)? {
        MethodResult::Message(message) => vec![message.message_id.to_string()],
        MethodResult::Album(messages) => messages.iter().map(|message| message.message_id.to_string()).collect(),
        MethodResult::Other(_) => Vec::new(),
    };
    Ok(Sent { message_ids, ..Sent::default() })
}

fn parameters(call: &MethodCall, chat: &Chat, reply_to: Option<i64>) -> Map<String, Value> {
    let mut parameters = call.parameters.clone();
    parameters.insert("chat_id".to_owned(), json!(chat.id));
    if let Some(topic) = chat.topic {
        parameters.insert("message_thread_id".to_owned(), topic.into());
    }
    // JSON of the tenant's may say itself what it answers.
    if let Some(id) = reply_to.filter(|_| call.makes_message() && !parameters.contains_key("reply_parameters")) {
        let reply = json!({ "message_id": id, "allow_sending_without_reply": true });
        parameters.insert("reply_parameters".to_owned(), reply);
    }
    parameters
}

/// Whether a message was refused for itself, so that another form may be taken.
fn is_of_the_message(kind: SendErrorKind) -> bool {
    use SendErrorKind::*;
    matches!(kind, InvalidMessage | MediaNotAllowed | MediaUnavailable | TooLarge)
}
