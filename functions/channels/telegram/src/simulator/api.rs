//! The Bot API, as far as a channel needs it. <https://core.telegram.org/bots/api>

use std::time::Duration;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use contract::Content;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use simulation::{Actor, cut};
use uuid::Uuid;

use super::{
    TelegramSimulator, form,
    memory::{Webhook, id_of},
    rules, screen,
};

/// An upload is at most 50 MB.
const LARGEST: usize = 52 << 20;

/// What a bot may fetch.
const DOWNLOAD: usize = 20 << 20;

pub(super) fn router(simulator: TelegramSimulator) -> Router {
    Router::new().fallback(serve).with_state(simulator)
}

/// Faults first, then the answer.
async fn serve(State(simulator): State<TelegramSimulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    if let Some(id) = path.strip_prefix("_content/") {
        return simulator.show_file(id);
    }
    let faults = simulator.stage.faults();
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    let mut dice = random();
    let mut falls = |share: f64| {
        dice -= share;
        dice < 0.0
    };
    if falls(faults.error) {
        return refusal(500, "Internal Server Error", json!({}));
    }
    if falls(faults.rate_limit) {
        return refusal(429, "Too Many Requests: retry after 1", json!({ "retry_after": 1 }));
    }
    if falls(faults.refuse) {
        return refusal(400, "Bad Request: refused", json!({}));
    }
    // A connection breaks before Telegram has heard the request, or after it has done what it was asked: as often.
    if falls(faults.drop / 2.0) {
        return cut();
    }
    let lost = falls(faults.drop / 2.0);
    let response = match to_bytes(body, LARGEST).await {
        Ok(body) => simulator.answer(&path, parts.uri.query().unwrap_or_default(), &parts.headers, &body),
        Err(_) => refusal(413, "Request Entity Too Large", json!({})),
    };
    if lost { cut() } else { response }
}

impl TelegramSimulator {
    fn answer(&self, path: &str, query: &str, headers: &HeaderMap, body: &Bytes) -> Response {
        if let Some(rest) = path.strip_prefix("file/bot") {
            return self.file(rest);
        }
        let Some((token, method)) = path.strip_prefix("bot").and_then(|rest| rest.split_once('/')) else {
            return not_found();
        };
        // Telegram does not know a token without a number, and refuses a number with another token.
        match id_of(token) {
            None => return not_found(),
            Some(_) if self.memory().bot(token).is_none() => return refusal(401, "Unauthorized", json!({})),
            Some(_) => {}
        }
        match self.parameters(query, headers, body) {
            Some(parameters) => self.call(token, method, parameters),
            None => refusal(400, "Bad Request: can't parse the parameters", json!({})),
        }
    }

    /// From the query, JSON, or a form; files in it are kept and named by their ids.
    fn parameters(&self, query: &str, headers: &HeaderMap, body: &Bytes) -> Option<Value> {
        let mut parameters = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            parameters.insert(name.into_owned(), value.into_owned().into());
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/json") {
            let Value::Object(fields) = serde_json::from_slice(body).ok()? else { return None };
            parameters.extend(fields);
        } else if kind.starts_with("multipart/form-data") {
            for field in form::fields(kind, body)? {
                let value = match field.file {
                    Some((name, mime)) => self.memory().keep("uploads", &name, &mime, field.bytes).into(),
                    None => {
                        let text = String::from_utf8(field.bytes.to_vec()).ok()?;
                        // Everything but texts is JSON in a form.
                        serde_json::from_str(&text).ok().filter(|v: &Value| !v.is_string()).unwrap_or(text.into())
                    }
                };
                parameters.insert(field.name, value);
            }
        } else {
            for (name, value) in url::form_urlencoded::parse(body) {
                parameters.insert(name.into_owned(), value.into_owned().into());
            }
        }
        Some(Value::Object(parameters))
    }

    /// One call. Also those that the answer to a webhook carries.
    pub(super) fn call(&self, token: &str, method: &str, body: Value) -> Response {
        match method {
            "getMe" => self.me(token),
            "setWebhook" => self.set_webhook(token, &body),
            "deleteWebhook" => {
                if let Some(bot) = self.memory().bot(token) {
                    bot.webhook = None;
                }
                done(json!(true))
            }
            "getWebhookInfo" => {
                let url = self.webhook_of(token).unwrap_or_default();
                done(json!({ "url": url, "has_custom_certificate": false, "pending_update_count": 0 }))
            }
            "getFile" => self.find_file(body["file_id"].as_str().unwrap_or_default()),
            "getChat" => match body["chat_id"].as_i64() {
                Some(id) if id > 0 => {
                    done(json!({ "id": id, "type": "private", "first_name": screen::first_name(id) }))
                }
                _ => refusal(400, "Bad Request: chat not found", json!({})),
            },
            "answerCallbackQuery" => self.acknowledge(&body),
            "deleteMessage" | "editMessageReplyMarkup" | "setMessageReaction" | "pinChatMessage" => done(json!(true)),
            "editMessageText" => self.edit(&body),
            "sendChatAction" | "copyMessage" | "forwardMessage" => self.say(token, method, body),
            _ if method.starts_with("send") => self.say(token, method, body),
            _ => not_found(),
        }
    }

    fn me(&self, token: &str) -> Response {
        let username = self.memory().bot(token).map(|bot| bot.username.clone()).unwrap_or_default();
        done(json!({
            "id": id_of(token), "is_bot": true, "first_name": "Demo bot", "username": username,
            "can_join_groups": true, "can_read_all_group_messages": true, "supports_inline_queries": false,
        }))
    }

    /// Telegram takes https alone; here http will do, since everything is on one machine.
    fn set_webhook(&self, token: &str, body: &Value) -> Response {
        let url = body["url"].as_str().unwrap_or_default().to_owned();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook", json!({}));
        }
        let secret_token = body["secret_token"].as_str().map(str::to_owned);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if secret_token.as_ref().is_some_and(|t| !(1..=256).contains(&t.len()) || !t.bytes().all(allowed)) {
            return refusal(400, "Bad Request: secret token contains illegal symbols", json!({}));
        }
        let updates = body["allowed_updates"].as_array().into_iter().flatten();
        let allowed = updates.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        if let Some(bot) = self.memory().bot(token) {
            bot.webhook = Some(Webhook { url, secret_token, allowed });
        }
        done(json!(true))
    }

    /// A message, on the guest's screen.
    fn say(&self, token: &str, method: &str, body: Value) -> Response {
        if let Some(fault) = rules::fault(method, &body) {
            return refusal(400, &fault, json!({}));
        }
        // A form's and a careless author's numbers are texts.
        let chat = body["chat_id"].as_i64().or_else(|| body["chat_id"].as_str()?.parse().ok());
        let Some(chat) = chat.filter(|chat| *chat != 0) else {
            return refusal(400, "Bad Request: chat not found", json!({}));
        };
        let moved = self.memory().moved.get(&chat).copied();
        if let Some(supergroup) = moved {
            let parameters = json!({ "migrate_to_chat_id": supergroup });
            return refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters);
        }
        if self.memory().blocked.contains(&chat) {
            return refusal(403, "Forbidden: bot was blocked by the user", json!({}));
        }
        let guest = match body["message_thread_id"].as_i64() {
            Some(topic) => format!("{chat}/{topic}"),
            None => chat.to_string(),
        };
        if method == "sendChatAction" {
            let typing = Content::Typing { on: true, duration_ms: Some(5_000) };
            let id = format!("typing-{}", Timestamp::now().as_millisecond());
            self.show(&guest, &id, Actor::There, typing, None, Value::Null);
            return done(json!(true));
        }
        let origin = self.memory().origin.clone();
        let shown = screen::contents(method, &body, |id| format!("{origin}/_content/{id}"));
        let is_album = method == "sendMediaGroup";
        let mut messages = Vec::new();
        let mut first = None;
        for content in shown {
            let id = match first {
                // What hangs below a message is a scene of its own.
                Some(id) if !is_album => format!("{id}-1"),
                _ => {
                    let number = self.memory().number();
                    messages.push(self.sent(token, chat, number, &body));
                    self.remember(number, &body);
                    first = Some(number);
                    number.to_string()
                }
            };
            self.show(&guest, &id, Actor::There, content, None, json!({ "via": method }));
        }
        match messages.pop() {
            Some(only) if !is_album => done(only),
            Some(last) => {
                messages.push(last);
                done(messages.into())
            }
            None => refusal(400, "Bad Request: message text is empty", json!({})),
        }
    }

    fn remember(&self, number: i64, body: &Value) {
        let mut memory = self.memory();
        memory.shown.insert(number, body.clone());
        if memory.shown.len() > 5_000 {
            memory.shown.pop_first();
        }
    }

    /// A message of the bot's, as Telegram tells of it.
    fn sent(&self, token: &str, chat: i64, number: i64, body: &Value) -> Value {
        let bot = self.memory().bot(token).map(|bot| bot.username.clone()).unwrap_or_default();
        let mut message = json!({
            "message_id": number, "date": Timestamp::now().as_second(),
            "from": { "id": id_of(token), "is_bot": true, "first_name": "Demo bot", "username": bot },
            "chat": super::guest::chat(chat),
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

    /// The message with a button, for the tap on it.
    pub(super) fn message_with(&self, token: &str, chat: i64, number: i64) -> Option<(Value, Value)> {
        let body = self.memory().shown.get(&number).cloned()?;
        Some((self.sent(token, chat, number, &body), body))
    }

    fn edit(&self, body: &Value) -> Response {
        if let Some(fault) = rules::fault("editMessageText", body) {
            return refusal(400, &fault, json!({}));
        }
        let number = body["message_id"].as_i64().unwrap_or_default();
        if !self.memory().shown.contains_key(&number) {
            return refusal(400, "Bad Request: message to edit not found", json!({}));
        }
        let guest = body["chat_id"].to_string();
        let text = Content::text(body["text"].as_str().unwrap_or_default());
        self.show(&guest, &number.to_string(), Actor::There, text, None, json!({ "via": "editMessageText" }));
        done(
            json!({ "message_id": number, "date": 0, "chat": super::guest::chat(body["chat_id"].as_i64().unwrap_or(0)) }),
        )
    }

    fn acknowledge(&self, body: &Value) -> Response {
        if let Some(fault) = rules::fault("answerCallbackQuery", body) {
            return refusal(400, &fault, json!({}));
        }
        let id = body["callback_query_id"].as_str().unwrap_or_default();
        let mut memory = self.memory();
        if !memory.taps.remove(id) {
            let why = "Bad Request: query is too old and response timeout expired or query ID is invalid";
            return refusal(400, why, json!({}));
        }
        memory.acknowledged.push(id.to_owned());
        done(json!(true))
    }

    fn find_file(&self, id: &str) -> Response {
        match self.memory().files.get(id) {
            None => refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable", json!({})),
            Some(file) if file.bytes.len() > DOWNLOAD => refusal(400, "Bad Request: file is too big", json!({})),
            Some(file) => done(json!({
                "file_id": id, "file_unique_id": "AQAD", "file_size": file.bytes.len(), "file_path": file.path,
            })),
        }
    }

    fn file(&self, rest: &str) -> Response {
        let Some((token, path)) = rest.split_once('/') else { return not_found() };
        let mut memory = self.memory();
        if memory.bot(token).is_none() {
            return refusal(401, "Unauthorized", json!({}));
        }
        match memory.files.values().find(|file| file.path == path) {
            Some(file) => ([(header::CONTENT_TYPE, "application/octet-stream")], file.bytes.clone()).into_response(),
            None => not_found(),
        }
    }

    /// For the playground alone: the guest's own telephone shows what it sent.
    fn show_file(&self, id: &str) -> Response {
        match self.memory().files.get(id) {
            Some(file) => ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response(),
            None => not_found(),
        }
    }
}

fn done(result: Value) -> Response {
    axum::Json(json!({ "ok": true, "result": result })).into_response()
}

fn refusal(code: u16, description: &str, parameters: Value) -> Response {
    let mut body = json!({ "ok": false, "error_code": code, "description": description });
    if parameters.as_object().is_some_and(|parameters| !parameters.is_empty()) {
        body["parameters"] = parameters;
    }
    (StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST), axum::Json(body)).into_response()
}

fn not_found() -> Response {
    refusal(404, "Not Found", json!({}))
}

/// From 0 up to 1.
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 74) as f64 / (1_u64 << 54) as f64
}
