//! Messages of the app's.

use simulation::prelude::*;

use super::{
    BOT, State, WORKSPACE,
    api::{ok, refusal},
    memory, rules, screen,
};
use crate::events::message_id;

pub(super) fn post(state: &mut State, body: &Value) -> Response {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let channel = match text("channel") {
        user if user.starts_with(['U', 'W']) => memory::direct(user),
        channel if channel.starts_with(['C', 'D', 'G']) => channel.to_owned(),
        _ => return refusal("channel_not_found"),
    };
    if let Some(response) = refused(body) {
        return response;
    }
    let ts = memory::ts(state);
    let mut message = json!({
        "type": "message", "ts": ts, "user": BOT, "bot_id": "B0DEMO", "team": WORKSPACE, "text": text("text"),
    });
    for name in ["blocks", "attachments", "thread_ts", "metadata", "username"] {
        if let Some(value) = body.get(name) {
            message[name] = value.clone();
        }
    }
    state.memory.keep(&channel, message.clone());
    appear(state, &channel, &message);
    ok(json!({ "channel": channel, "ts": ts, "message": message }))
}

pub(super) fn update(state: &mut State, body: &Value) -> Response {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    if let Some(response) = refused(body) {
        return response;
    }
    let key = (text("channel").to_owned(), text("ts").to_owned());
    let changed = state.memory.messages.get_mut(&key).filter(|message| message["user"] == BOT).map(|message| {
        for name in ["text", "blocks"] {
            if let Some(value) = body.get(name) {
                message[name] = value.clone();
            }
        }
        message.clone()
    });
    match changed {
        None => refusal("message_not_found"),
        Some(message) => {
            appear(state, &key.0, &message);
            ok(json!({ "channel": key.0, "ts": key.1, "text": text("text") }))
        }
    }
}

pub(super) fn take_back(state: &mut State, body: &Value) -> Response {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let key = (text("channel").to_owned(), text("ts").to_owned());
    match state.memory.messages.get(&key) {
        Some(message) if message["user"] == BOT => {
            let thread = message["thread_ts"].as_str().map(str::to_owned);
            state.memory.messages.remove(&key);
            let gone = Content::Note { text: "This message was deleted.".to_owned() };
            let guest = memory::chat(&key.0, thread.as_deref());
            state.show(&guest, &message_id(&key.0, &key.1), Actor::There, gone);
            ok(json!({ "channel": key.0, "ts": key.1 }))
        }
        Some(_) => refusal("cant_delete_message"),
        None => refusal("message_not_found"),
    }
}

/// On the screens of those who are in the conversation.
fn appear(state: &mut State, channel: &str, message: &Value) {
    let ts = message["ts"].as_str().unwrap_or_default();
    let guest = memory::chat(channel, message["thread_ts"].as_str());
    let detail = json!({ "as": message.get("username") });
    state.show_with(&guest, &message_id(channel, ts), Actor::There, screen::content(message), detail);
}

fn refused(body: &Value) -> Option<Response> {
    let faults = rules::faults(body);
    let word = faults.first()?.0;
    let messages: Vec<&String> = faults.iter().map(|(_, detail)| detail).collect();
    let answer = json!({ "ok": false, "error": word, "response_metadata": { "messages": messages } });
    Some(Response::new(200).json(&answer))
}
