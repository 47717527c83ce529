//! The Bot API, as far as a channel needs it. <https://core.telegram.org/bots/api>

use serde_json::Map;
use simulation::prelude::*;

use super::{
    State, form, guest,
    memory::{Webhook, id_of, keep, number},
    rules, screen,
};

/// What a bot may fetch, in bytes.
const DOWNLOAD: usize = 20 << 20;

pub(super) fn call(state: &mut State, call: &ProviderCall) -> Response {
    if let Some(rest) = call.path().strip_prefix("file/bot") {
        return file(state, rest);
    }
    let Some((token, name)) = call.path().strip_prefix("bot").and_then(|rest| rest.split_once('/')) else {
        return not_found();
    };
    // Telegram does not know a token without a number, and refuses a number with another token.
    match id_of(token) {
        None => return not_found(),
        Some(_) if state.memory.bot(token).is_none() => return refusal(401, "Unauthorized"),
        Some(_) => {}
    }
    match parameters(state, call) {
        Some(parameters) => method(state, token, name, parameters),
        None => refusal(400, "Bad Request: can't parse the parameters"),
    }
}

/// From the query, JSON, or a form; files in it are kept and named by their ids.
fn parameters(state: &mut State, call: &ProviderCall) -> Option<Value> {
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(call.query.as_bytes()) {
        parameters.insert(name.into_owned(), value.into_owned().into());
    }
    let kind = call.header("content-type").unwrap_or_default();
    if kind.starts_with("application/json") {
        let Value::Object(fields) = call.try_json().ok()? else { return None };
        parameters.extend(fields);
    } else if kind.starts_with("multipart/form-data") {
        for field in form::fields(kind, &call.body)? {
            let value = match field.file {
                Some((name, mime)) => keep(state, "uploads", File::new(name, mime, field.bytes)).into(),
                None => {
                    let text = String::from_utf8(field.bytes.to_vec()).ok()?;
                    // Everything but texts is JSON in a form.
                    serde_json::from_str(&text).ok().filter(|v: &Value| !v.is_string()).unwrap_or(text.into())
                }
            };
            parameters.insert(field.name, value);
        }
    } else {
        for (name, value) in url::form_urlencoded::parse(&call.body) {
            parameters.insert(name.into_owned(), value.into_owned().into());
        }
    }
    Some(Value::Object(parameters))
}

/// One call. Also those that the answer to a webhook carries.
pub(super) fn method(state: &mut State, token: &str, method: &str, body: Value) -> Response {
    match method {
        "getMe" => me(state, token),
        "setWebhook" => set_webhook(state, token, &body),
        "deleteWebhook" => {
            if let Some(bot) = state.memory.bot(token) {
                bot.webhook = None;
            }
            done(json!(true))
        }
        "getWebhookInfo" => {
            let url = state.memory.webhook_of(token).unwrap_or_default();
            done(json!({ "url": url, "has_custom_certificate": false, "pending_update_count": 0 }))
        }
        "getFile" => find_file(state, body["file_id"].as_str().unwrap_or_default()),
        "getChat" => match body["chat_id"].as_i64() {
            Some(id) if id > 0 => done(json!({ "id": id, "type": "private", "first_name": screen::first_name(id) })),
            _ => refusal(400, "Bad Request: chat not found"),
        },
        "answerCallbackQuery" => acknowledge(state, &body),
        "deleteMessage" | "editMessageReplyMarkup" | "setMessageReaction" | "pinChatMessage" => done(json!(true)),
        "editMessageText" => edit(state, &body),
        "sendChatAction" | "copyMessage" | "forwardMessage" => say(state, token, method, &body),
        _ if method.starts_with("send") => say(state, token, method, &body),
        _ => not_found(),
    }
}

fn me(state: &mut State, token: &str) -> Response {
    let username = state.memory.bot(token).map(|bot| bot.username.clone()).unwrap_or_default();
    done(json!({
        "id": id_of(token), "is_bot": true, "first_name": "Demo bot", "username": username,
        "can_join_groups": true, "can_read_all_group_messages": true, "supports_inline_queries": false,
    }))
}

/// Telegram takes https alone; here http will do, since everything is on one machine.
fn set_webhook(state: &mut State, token: &str, body: &Value) -> Response {
    let url = body["url"].as_str().unwrap_or_default().to_owned();
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook");
    }
    let secret_token = body["secret_token"].as_str().map(str::to_owned);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if secret_token.as_ref().is_some_and(|t| !(1..=256).contains(&t.len()) || !t.bytes().all(allowed)) {
        return refusal(400, "Bad Request: secret token contains illegal symbols");
    }
    let updates = body["allowed_updates"].as_array().into_iter().flatten();
    let allowed = updates.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    if let Some(bot) = state.memory.bot(token) {
        bot.webhook = Some(Webhook { url, secret_token, allowed });
    }
    done(json!(true))
}

/// A message, on the guest's screen.
fn say(state: &mut State, token: &str, method: &str, body: &Value) -> Response {
    if let Some(fault) = rules::fault(method, body) {
        return refusal(400, &fault);
    }
    // A form's and a careless author's numbers are texts.
    let chat = body["chat_id"].as_i64().or_else(|| body["chat_id"].as_str()?.parse().ok());
    let Some(chat) = chat.filter(|chat| *chat != 0) else {
        return refusal(400, "Bad Request: chat not found");
    };
    if let Some(supergroup) = state.memory.moved.get(&chat) {
        let parameters = json!({ "migrate_to_chat_id": supergroup });
        return refusal_with(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters);
    }
    if state.blocked.contains(&chat.to_string()) {
        return refusal(403, "Forbidden: bot was blocked by the user");
    }
    let guest = match body["message_thread_id"].as_i64() {
        Some(topic) => format!("{chat}/{topic}"),
        None => chat.to_string(),
    };
    if method == "sendChatAction" {
        let id = format!("typing-{}", state.now().as_millisecond());
        state.show(&guest, &id, Actor::There, Content::Typing { on: true, duration_ms: Some(5_000) });
        return done(json!(true));
    }
    let shown = screen::contents(method, body, |id| state.url_of(id));
    // Each picture of an album is a message; what hangs below any other message is a scene of its own.
    let is_album = method == "sendMediaGroup";
    let groups: Vec<Vec<Content>> = match is_album {
        true => shown.into_iter().map(|content| vec![content]).collect(),
        false => Some(shown).filter(|shown| !shown.is_empty()).into_iter().collect(),
    };
    let mut messages = Vec::new();
    for contents in groups {
        let number = number(state);
        state.messages.insert(number.to_string(), body.clone());
        state.show_parts(&guest, &number.to_string(), contents, &json!({ "via": method }));
        messages.push(sent(state, token, chat, number, body));
    }
    match messages.pop() {
        None => refusal(400, "Bad Request: message text is empty"),
        Some(only) if !is_album => done(only),
        Some(last) => {
            messages.push(last);
            done(messages.into())
        }
    }
}

/// A message of the bot's, as Telegram tells of it.
pub(super) fn sent(state: &mut State, token: &str, chat: i64, number: u64, body: &Value) -> Value {
    let bot = state.memory.bot(token).map(|bot| bot.username.clone()).unwrap_or_default();
    let mut message = json!({
        "message_id": number, "date": state.now().as_second(),
        "from": { "id": id_of(token), "is_bot": true, "first_name": "Demo bot", "username": bot },
        "chat": guest::chat(chat),
    });
    for name in ["text", "caption", "entities", "caption_entities", "message_thread_id"] {
        if let Some(value) = body.get(name) {
            message[name] = value.clone();
        }
    }
    if let Some(board) = body["reply_markup"].get("inline_keyboard") {
        message["reply_markup"] = json!({ "inline_keyboard": board });
    }
    message
}

fn edit(state: &mut State, body: &Value) -> Response {
    if let Some(fault) = rules::fault("editMessageText", body) {
        return refusal(400, &fault);
    }
    let number = body["message_id"].as_i64().unwrap_or_default();
    let id = number.to_string();
    if !state.messages.contains(&id) {
        return refusal(400, "Bad Request: message to edit not found");
    }
    let text = Content::text(body["text"].as_str().unwrap_or_default());
    let detail = json!({ "via": "editMessageText" });
    state.show_with(&body["chat_id"].to_string(), &id, Actor::There, text, detail);
    let chat = guest::chat(body["chat_id"].as_i64().unwrap_or(0));
    done(json!({ "message_id": number, "date": 0, "chat": chat }))
}

fn acknowledge(state: &mut State, body: &Value) -> Response {
    if let Some(fault) = rules::fault("answerCallbackQuery", body) {
        return refusal(400, &fault);
    }
    let id = body["callback_query_id"].as_str().unwrap_or_default();
    if !state.memory.taps.remove(id) {
        let why = "Bad Request: query is too old and response timeout expired or query ID is invalid";
        return refusal(400, why);
    }
    state.memory.acknowledged.push(id.to_owned());
    done(json!(true))
}

fn find_file(state: &State, id: &str) -> Response {
    match state.files.get(id) {
        None => refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        Some(file) if file.bytes.len() > DOWNLOAD => refusal(400, "Bad Request: file is too big"),
        Some(file) => done(json!({
            "file_id": id, "file_unique_id": "AQAD", "file_size": file.bytes.len(),
            "file_path": state.memory.paths.get(id),
        })),
    }
}

fn file(state: &mut State, rest: &str) -> Response {
    let Some((token, path)) = rest.split_once('/') else { return not_found() };
    if state.memory.bot(token).is_none() {
        return refusal(401, "Unauthorized");
    }
    let id = state.memory.paths.iter().find_map(|(id, kept)| (kept == path).then_some(id));
    match id.and_then(|id| state.files.get(id)) {
        Some(file) => Response::new(200).body(file.bytes.clone()).header("content-type", "application/octet-stream"),
        None => not_found(),
    }
}

fn done(result: Value) -> Response {
    Response::new(200).json(&json!({ "ok": true, "result": result }))
}

pub(super) fn refusal(code: u16, description: &str) -> Response {
    Response::new(code).json(&json!({ "ok": false, "error_code": code, "description": description }))
}

/// A refusal with what can be done about it.
pub(super) fn refusal_with(code: u16, description: &str, parameters: Value) -> Response {
    let body = json!({ "ok": false, "error_code": code, "description": description, "parameters": parameters });
    Response::new(code).json(&body)
}

fn not_found() -> Response {
    refusal(404, "Not Found")
}
