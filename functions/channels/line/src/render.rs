//! From an agent's message to LINE's requests.

use std::time::Duration;

use contract::{Call, Content, Outbound, ReceiptStatus, Rendering, SendContext, http::Request, stable_uuid};
use http::HeaderName;
use serde_json::{Value, json};

use crate::{limits, messages::Composer, notification};

/// Answers an event, free of charge, once.
pub(crate) const REPLY: &str = "https://api.line.me/v2/bot/message/reply";
/// Writes to a guest, counted against the month's quota.
pub(crate) const PUSH: &str = "https://api.line.me/v2/bot/message/push";
/// Shows three dots until the next message.
const LOADING: &str = "https://api.line.me/v2/bot/chat/loading/start";
/// Shows the guest's messages as read.
pub(crate) const MARK_AS_READ: &str = "https://api.line.me/v2/bot/chat/markAsRead";

/// Makes a push happen once: <https://developers.line.biz/en/docs/messaging-api/retrying-api-request/>. Replies must not
/// carry it.
pub(crate) const RETRY_KEY: HeaderName = HeaderName::from_static("x-line-retry-key");

/// A reply token is good for a minute. Used up to this age, a reply and its second and third try (5 s each) are over
/// while the token still lives; so that "invalid reply token" on a later try can only mean that an earlier one was taken.
const REPLY_WINDOW_S: i64 = 40;
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);

/// Messages first and what may fail after them: the calls keep their places when the message is tried again with less
/// context.
pub(crate) fn render(message: &Outbound, context: &SendContext) -> Rendering<Call> {
    if let Some(to) = notification::target(message.to.as_str()) {
        return notification::render(message, context.agent_name.as_deref(), &to);
    }
    let mut composer = Composer::new(context.agent_name.as_deref());
    let mut asides = Vec::new();
    for content in &message.contents {
        match content {
            Content::Typing { on: true, duration_ms } => asides.extend(loading(message.to.as_str(), *duration_ms)),
            Content::Receipt(receipt) if receipt.status == ReceiptStatus::Read => asides.extend(mark_as_read(context)),
            content => composer.add(content),
        }
    }
    let (messages, degradations) = composer.finish();
    let mut calls = Vec::with_capacity(messages.len().div_ceil(limits::MESSAGES_PER_CALL) + asides.len() + 1);
    for (index, messages) in messages.chunks(limits::MESSAGES_PER_CALL).enumerate() {
        let push = push(message, index, messages);
        calls.push(match reply_token(context).filter(|_| index == 0) {
            Some(token) => Call::new(reply(token, messages)).or(push),
            None => Call::new(push),
        });
    }
    if !messages.is_empty() {
        // Who answers has read.
        asides.splice(0..0, mark_as_read(context));
    }
    calls.extend(asides);
    Rendering { steps: calls, degradations, ..Rendering::default() }
}

fn reply_token(context: &SendContext) -> Option<&str> {
    let (value, at) = context.reply.as_ref()?;
    let age = context.now.as_second() - at.as_second();
    // A second attempt goes by push: whether the first one's reply arrived is not known any more.
    (context.earlier_attempts == 0 && age < REPLY_WINDOW_S).then(|| value["replyToken"].as_str())?
}

fn reply(token: &str, messages: &[Value]) -> Request {
    Request::post_json(REPLY, &json!({ "replyToken": token, "messages": messages })).timeout(REPLY_TIMEOUT)
}

fn push(message: &Outbound, index: usize, messages: &[Value]) -> Request {
    let key = stable_uuid(&["line", message.message_id.as_str(), message.to.as_str(), &index.to_string()]);
    Request::post_json(PUSH, &json!({ "to": message.to.as_str(), "messages": messages }))
        .header(RETRY_KEY, &key.to_string())
}

/// Only a private chat can show it, for 5 to 60 seconds in steps of five.
/// <https://developers.line.biz/en/docs/messaging-api/use-loading-indicator/>
fn loading(guest: &str, duration_ms: Option<u64>) -> Option<Call> {
    if guest.starts_with(['C', 'R']) {
        return None;
    }
    let seconds = duration_ms.map_or(20, |ms| ms.div_ceil(5_000).clamp(1, 12) * 5);
    Some(Call::best_effort(Request::post_json(LOADING, &json!({ "chatId": guest, "loadingSeconds": seconds }))))
}

fn mark_as_read(context: &SendContext) -> Option<Call> {
    let token = context.reply.as_ref()?.0["markAsReadToken"].as_str()?;
    Some(Call::best_effort(Request::post_json(MARK_AS_READ, &json!({ "markAsReadToken": token }))))
}
