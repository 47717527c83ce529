//! A guest with a telephone: what a guest does becomes an update, posted as Telegram posts it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Attachment, Content, Location, MediaKind, ReceiptStatus, Sticker};
use jiff::Timestamp;
use serde_json::{Value, json};
use simulation::{Action, Actor, Link};

use super::{
    TelegramSimulator,
    memory::{Webhook, id_of},
    screen::{self, Tapped},
};
use crate::{settings::Settings, verify as webhook};

/// How long a webhook may take. Telegram does not say; it is patient.
const PATIENCE: Duration = Duration::from_secs(10);
/// Telegram tries again; how often it does not say.
const TRIES: u32 = 4;

/// Who acts, and where.
struct Chat<'a> {
    telegram: &'a TelegramSimulator,
    link: &'a Link,
    token: &'a str,
    /// The guest's id as the stage knows it: `42`, `-1001` or, in a forum, `-1001/7`.
    guest: &'a str,
    id: i64,
    topic: Option<i64>,
}

/// Does something as a guest.
pub(super) async fn act(telegram: &TelegramSimulator, link: &Link, guest: &str, action: Action) -> Result<(), String> {
    let token = link.settings["apiToken"].as_str().unwrap_or_default();
    telegram.memory().learn(token, None);
    let (id, topic) = match guest.split_once('/') {
        Some((id, topic)) => (id, topic.parse().ok()),
        None => (guest, None),
    };
    let id: i64 = id.parse().map_err(|_| "Telegram's chats have numbers.".to_owned())?;
    let chat = Chat { telegram, link, token, guest, id, topic };
    match action {
        Action::Text { text } => {
            let mut message = json!({ "text": text });
            let entities = chat.entities(&text);
            if !entities.is_empty() {
                message["entities"] = entities.into();
            }
            chat.say(message, Content::text(text)).await
        }
        Action::File { name, mime, base64 } => {
            let bytes = STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())?;
            chat.file(name, mime, bytes).await
        }
        Action::Sticker { package_id, sticker_id } => {
            let message = json!({ "sticker": {
                "file_id": sticker_id, "file_unique_id": "AgAD", "type": "regular", "width": 512, "height": 512,
                "is_animated": false, "is_video": false, "emoji": "👍", "set_name": package_id,
            } });
            let text = Some("👍".to_owned());
            let sticker = Sticker { package_id: Some(package_id), sticker_id, text, image_url: None };
            chat.say(message, Content::Sticker(sticker)).await
        }
        Action::Location { title, latitude, longitude } => {
            let place = json!({ "latitude": latitude, "longitude": longitude });
            let message = match title.as_str() {
                "" => json!({ "location": place }),
                title => json!({ "location": place, "venue": { "location": place, "title": title, "address": "" } }),
            };
            let title = Some(title).filter(|title| !title.is_empty());
            chat.say(message, Content::Location(Location { title, address: None, latitude, longitude })).await
        }
        Action::Tap { message, text, payload } => chat.tap(&message, &text, &payload).await,
        Action::Follow => {
            telegram.memory().blocked.remove(&id);
            chat.standing("kicked", "member").await
        }
        Action::Block => {
            telegram.memory().blocked.insert(id);
            chat.standing("member", "kicked").await
        }
        Action::Unsend => Err("Telegram tells no bot that a message was deleted.".to_owned()),
        Action::Typing => Err("Telegram tells no bot that a guest types.".to_owned()),
        Action::Read => Err("Telegram tells no bot what a guest has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => Err("Only an agent does that.".to_owned()),
    }
}

/// A chat, as Telegram writes it.
pub(super) fn chat(id: i64) -> Value {
    match id {
        1.. => json!({ "id": id, "type": "private", "first_name": screen::first_name(id) }),
        // Supergroups have numbers of their own.
        ..=-1_000_000_000_000 => json!({ "id": id, "type": "supergroup", "title": "Demo group" }),
        _ => json!({ "id": id, "type": "group", "title": "Demo group" }),
    }
}

impl Chat<'_> {
    /// Who writes: in a private chat the guest, in a group somebody of it.
    fn writer(&self) -> Value {
        let id = if self.id > 0 { self.id } else { 1_000_000 + self.id.rem_euclid(1_000_000) };
        json!({ "id": id, "is_bot": false, "first_name": screen::first_name(id), "language_code": "en" })
    }

    /// Commands and mentions of the bot.
    fn entities(&self, text: &str) -> Vec<Value> {
        let units = |text: &str| text.encode_utf16().count();
        let mut entities = Vec::new();
        if text.starts_with('/') {
            let command = text.split_whitespace().next().unwrap_or(text);
            entities.push(json!({ "type": "bot_command", "offset": 0, "length": units(command) }));
        }
        let username = self.telegram.memory().bot(self.token).map(|bot| format!("@{}", bot.username));
        if let Some(name) = username
            && let Some(at) = text.find(&name).filter(|_| !text.starts_with('/'))
        {
            entities.push(json!({ "type": "mention", "offset": units(&text[..at]), "length": units(&name) }));
        }
        entities
    }

    /// A message: on the guest's own screen first, then at the webhook.
    async fn say(&self, fields: Value, content: Content) -> Result<(), String> {
        let number = self.telegram.memory().number();
        let mut message = json!({
            "message_id": number, "date": Timestamp::now().as_second(), "from": self.writer(), "chat": chat(self.id),
        });
        if let Some(topic) = self.topic {
            message["message_thread_id"] = topic.into();
            message["is_topic_message"] = true.into();
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        let id = number.to_string();
        self.telegram.show(self.guest, &id, Actor::Here, content, None, Value::Null);
        let outcome = self.post("message", message).await;
        match &outcome {
            Ok(()) => self.telegram.stage.mark(&id, ReceiptStatus::Sent, None),
            Err(reason) => self.telegram.stage.mark(&id, ReceiptStatus::Failed, Some(reason.clone())),
        }
        outcome
    }

    async fn file(&self, name: String, mime: String, bytes: Vec<u8>) -> Result<(), String> {
        let kind = match mime.as_str() {
            // Telegram shows other pictures as files.
            "image/jpeg" | "image/png" | "image/webp" => MediaKind::Image,
            other if other.starts_with("image/") => MediaKind::File,
            other => MediaKind::of_mime(other),
        };
        let size = bytes.len();
        let folder = match kind {
            MediaKind::Image => "photos",
            MediaKind::Video => "videos",
            MediaKind::Audio => "music",
            MediaKind::File => "documents",
        };
        let (id, origin) = {
            let mut memory = self.telegram.memory();
            (memory.keep(folder, &name, &mime, bytes.into()), memory.origin.clone())
        };
        let file = json!({
            "file_id": id, "file_unique_id": "AQAD", "file_name": name, "mime_type": mime, "file_size": size,
        });
        let timed = |mut file: Value| {
            file["duration"] = 5.into();
            file
        };
        let message = match kind {
            // Telegram makes smaller copies, and forgets the name.
            MediaKind::Image => json!({ "photo": [
                { "file_id": "AgACAgQAAxkBAAI-thumbnail", "file_unique_id": "AQAD", "width": 90, "height": 60 },
                { "file_id": id, "file_unique_id": "AQAD", "width": 1280, "height": 853, "file_size": size },
            ] }),
            MediaKind::Video => json!({ "video": timed(file) }),
            MediaKind::Audio => json!({ "audio": timed(file) }),
            MediaKind::File => json!({ "document": file }),
        };
        let shown = Attachment {
            name: Some(name),
            mime: Some(mime),
            size: Some(size as u64),
            ..Attachment::at_url(kind, format!("{origin}/_content/{id}"))
        };
        self.say(message, Content::Attachment(shown)).await
    }

    /// A tap does what the button in the message says: a callback query, or a text.
    async fn tap(&self, message: &str, text: &str, payload: &str) -> Result<(), String> {
        // Buttons below something that is no text are a scene of their own.
        let number = message.split('-').next().unwrap_or(message).parse().unwrap_or_default();
        let found = self.telegram.message_with(self.token, self.id, number);
        let (message, body) = found.ok_or_else(|| "This message has no buttons.".to_owned())?;
        match screen::tapped(&body, text, payload) {
            None => Err("This message has no such button.".to_owned()),
            Some(Tapped::Typed(words)) => self.say(json!({ "text": words }), Content::text(words)).await,
            Some(Tapped::Inline(data)) => {
                let id = {
                    let mut memory = self.telegram.memory();
                    let id = format!("43{:016}", memory.number());
                    memory.taps.insert(id.clone());
                    id
                };
                let query = json!({
                    "id": id, "from": self.writer(), "message": message, "chat_instance": "1", "data": data,
                });
                self.post("callback_query", query).await
            }
        }
    }

    /// The guest blocks the bot, or takes it back.
    async fn standing(&self, was: &str, is: &str) -> Result<(), String> {
        let bot = json!({ "id": id_of(self.token), "is_bot": true, "first_name": "Demo bot" });
        let change = json!({
            "chat": chat(self.id), "from": self.writer(), "date": Timestamp::now().as_second(),
            "old_chat_member": { "status": was, "user": bot }, "new_chat_member": { "status": is, "user": bot },
        });
        self.post("my_chat_member", change).await
    }

    /// Posts an update, and again if it fails, with the same number. What is answered may be a call.
    async fn post(&self, kind: &str, event: Value) -> Result<(), String> {
        let hook = self.webhook();
        if !hook.allowed.is_empty() && !hook.allowed.iter().any(|allowed| allowed == kind) {
            return Ok(());
        }
        let number = self.telegram.memory().number();
        let body = json!({ "update_id": number, kind: event }).to_string();
        let mut failure = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
            }
            let mut request = self.telegram.http.post(&hook.url).header("content-type", "application/json");
            if let Some(secret) = &hook.secret_token {
                request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
            }
            failure = match request.timeout(PATIENCE).body(body.clone()).send().await {
                Ok(answer) if answer.status().is_success() => {
                    self.obey(&answer.bytes().await.unwrap_or_default());
                    return Ok(());
                }
                Ok(answer) => format!("The webhook answered {}.", answer.status().as_u16()),
                Err(error) if error.is_timeout() => "The webhook did not answer in time.".to_owned(),
                Err(_) => "The webhook could not be reached.".to_owned(),
            };
        }
        Err(failure)
    }

    /// Where the bot wants its updates: as it registered; and where nobody registered it, as it would.
    fn webhook(&self) -> Webhook {
        let (registered, username) = {
            let mut memory = self.telegram.memory();
            let bot = memory.bot(self.token);
            bot.map(|bot| (bot.webhook.clone(), bot.username.clone())).unwrap_or_default()
        };
        if let Some(hook) = registered.filter(|hook| hook.url.starts_with(&self.link.webhook_url)) {
            return hook;
        }
        let path = self.link.webhook_url.rsplit_once("://").map_or("", |(_, rest)| rest);
        let tenant = path.find('/').and_then(|at| webhook::tenant_of(&path[at..])).unwrap_or_default();
        let settings = Settings { api_token: contract::Secret::new(self.token), bot_username: None };
        Webhook {
            url: format!("{}?{}={username}", self.link.webhook_url, webhook::BOT),
            secret_token: Some(webhook::secret_token(&settings, tenant).expose().to_owned()),
            allowed: Vec::new(),
        }
    }

    fn obey(&self, answer: &[u8]) {
        let Ok(mut call) = serde_json::from_slice::<Value>(answer) else { return };
        let method = call.as_object_mut().and_then(|call| call.remove("method"));
        if let Some(method) = method.as_ref().and_then(Value::as_str) {
            // What it came to is lost, as with the real one.
            let _ = self.telegram.call(self.token, method, call);
        }
    }
}
