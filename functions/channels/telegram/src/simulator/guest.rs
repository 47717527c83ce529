//! A guest with a telephone: what a guest does becomes an update.

use contract::{Location, Secret, Sticker};
use http::HeaderName;
use simulation::prelude::*;

use super::{
    State, api,
    memory::{Webhook, id_of, keep, number},
    screen::{self, Tapped},
};
use crate::{settings::Settings, verify as webhook};

/// Who acts, and where.
struct Chat<'a> {
    state: &'a mut State,
    link: &'a Link,
    token: &'a str,
    /// The guest's id as the stage knows it: `42`, `-1001` or, in a forum, `-1001/7`.
    guest: &'a str,
    id: i64,
    topic: Option<i64>,
}

/// Does something as a guest.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
    let token = link.settings["apiToken"].as_str().unwrap_or_default();
    state.memory.learn(token, None);
    let (id, topic) = match guest.split_once('/') {
        Some((id, topic)) => (id, topic.parse().ok()),
        None => (guest, None),
    };
    let id: i64 = id.parse().map_err(|_| "Telegram's chats have numbers.".to_owned())?;
    let mut chat = Chat { state, link, token, guest, id, topic };
    let post = match action {
        Action::Text { text } => {
            let mut message = json!({ "text": text });
            let entities = chat.entities(&text);
            if !entities.is_empty() {
                message["entities"] = entities.into();
            }
            chat.say(&message, Content::text(text))
        }
        Action::File { name, mime, base64 } => chat.file(File::new(name, mime, decode(&base64)?)),
        Action::Sticker { package_id, sticker_id } => {
            let message = json!({ "sticker": {
                "file_id": sticker_id, "file_unique_id": "AgAD", "type": "regular", "width": 512, "height": 512,
                "is_animated": false, "is_video": false, "emoji": "👍", "set_name": package_id,
            } });
            let text = Some("👍".to_owned());
            let sticker = Sticker { package_id: Some(package_id), sticker_id, text, image_url: None };
            chat.say(&message, Content::Sticker(sticker))
        }
        Action::Location { title, latitude, longitude } => {
            let place = json!({ "latitude": latitude, "longitude": longitude });
            let message = match title.as_str() {
                "" => json!({ "location": place }),
                title => json!({ "location": place, "venue": { "location": place, "title": title, "address": "" } }),
            };
            let title = Some(title).filter(|title| !title.is_empty());
            chat.say(&message, Content::Location(Location { title, address: None, latitude, longitude }))
        }
        Action::Tap { message, text, payload } => chat.tap(&message, &text, &payload)?,
        Action::Follow => {
            chat.state.blocked.remove(&id.to_string());
            chat.membership("kicked", "member")
        }
        Action::Block => {
            chat.state.blocked.insert(id.to_string());
            chat.membership("member", "kicked")
        }
        Action::Unsend => return Err("Telegram tells no bot that a message was deleted.".to_owned()),
        Action::Typing => return Err("Telegram tells no bot that a guest types.".to_owned()),
        Action::Read => return Err("Telegram tells no bot what a guest has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => return Err("Only an agent does that.".to_owned()),
    };
    Ok(post.into_iter().collect())
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
    fn entities(&mut self, text: &str) -> Vec<Value> {
        let units = |text: &str| text.encode_utf16().count();
        let mut entities = Vec::new();
        if text.starts_with('/') {
            let command = text.split_whitespace().next().unwrap_or(text);
            entities.push(json!({ "type": "bot_command", "offset": 0, "length": units(command) }));
        }
        let username = self.state.memory.bot(self.token).map(|bot| format!("@{}", bot.username));
        if let Some(name) = username
            && let Some(at) = text.find(&name).filter(|_| !text.starts_with('/'))
        {
            entities.push(json!({ "type": "mention", "offset": units(&text[..at]), "length": units(&name) }));
        }
        entities
    }

    /// A message: on the guest's own screen, then at the webhook.
    fn say(&mut self, fields: &Value, content: Content) -> Option<Post> {
        let number = number(self.state);
        let mut message = json!({
            "message_id": number, "date": self.state.now().as_second(), "from": self.writer(), "chat": chat(self.id),
        });
        if let Some(topic) = self.topic {
            message["message_thread_id"] = topic.into();
            message["is_topic_message"] = true.into();
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        let id = number.to_string();
        self.state.write(self.guest, &id, content);
        match self.post("message", message) {
            Some(post) => Some(post.of(id)),
            // The bot does not want to hear of it.
            None => {
                self.state.mark(&id, ReceiptStatus::Sent);
                None
            }
        }
    }

    fn file(&mut self, file: File) -> Option<Post> {
        let kind = match file.mime.as_str() {
            // Telegram shows other pictures as files.
            "image/jpeg" | "image/png" | "image/webp" => MediaKind::Image,
            other if other.starts_with("image/") => MediaKind::File,
            _ => file.kind(),
        };
        let folder = match kind {
            MediaKind::Image => "photos",
            MediaKind::Video => "videos",
            MediaKind::Audio => "music",
            MediaKind::File => "documents",
        };
        let id = keep(self.state, folder, file.clone());
        let size = file.bytes.len();
        let plain = json!({
            "file_id": id, "file_unique_id": "AQAD", "file_name": file.name, "mime_type": file.mime, "file_size": size,
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
            MediaKind::Video => json!({ "video": timed(plain) }),
            MediaKind::Audio => json!({ "audio": timed(plain) }),
            MediaKind::File => json!({ "document": plain }),
        };
        let shown = file.attachment(kind, self.state.url_of(&id));
        self.say(&message, Content::Attachment(shown))
    }

    /// A tap does what the button in the message says: a callback query, or a text.
    fn tap(&mut self, message: &str, text: &str, payload: &str) -> Result<Option<Post>, String> {
        // Buttons below something that is no text are a scene of their own.
        let id = message.split('-').next().unwrap_or(message);
        let body = self.state.messages.get(id).cloned().ok_or("This message has no buttons.")?;
        let message = api::sent(self.state, self.token, self.id, id.parse().unwrap_or_default(), &body);
        match screen::tapped(&body, text, payload) {
            None => Err("This message has no such button.".to_owned()),
            Some(Tapped::Typed(words)) => Ok(self.say(&json!({ "text": words }), Content::text(words))),
            Some(Tapped::Inline(data)) => {
                let id = format!("43{:016}", number(self.state));
                self.state.memory.taps.insert(id.clone());
                let query = json!({
                    "id": id, "from": self.writer(), "message": message, "chat_instance": "1", "data": data,
                });
                Ok(self.post("callback_query", query))
            }
        }
    }

    /// The guest blocks the bot, or takes it back.
    fn membership(&mut self, was: &str, is: &str) -> Option<Post> {
        let bot = json!({ "id": id_of(self.token), "is_bot": true, "first_name": "Demo bot" });
        let change = json!({
            "chat": chat(self.id), "from": self.writer(), "date": self.state.now().as_second(),
            "old_chat_member": { "status": was, "user": bot }, "new_chat_member": { "status": is, "user": bot },
        });
        self.post("my_chat_member", change)
    }

    /// An update, if the bot wants to hear of it.
    fn post(&mut self, kind: &str, event: Value) -> Option<Post> {
        let hook = self.webhook();
        if !hook.allowed.is_empty() && !hook.allowed.iter().any(|allowed| allowed == kind) {
            return None;
        }
        let post = Post::json(json!({ "update_id": number(self.state), kind: event })).to(hook.url);
        Some(match hook.secret_token {
            Some(secret) => post.header(HeaderName::from_static(webhook::SECRET_TOKEN), secret),
            None => post,
        })
    }

    /// Where the bot wants its updates: as it registered; and where nobody registered it, as it would.
    fn webhook(&mut self) -> Webhook {
        let bot = self.state.memory.bot(self.token);
        let (registered, username) = bot.map(|bot| (bot.webhook.clone(), bot.username.clone())).unwrap_or_default();
        if let Some(hook) = registered.filter(|hook| hook.url.starts_with(&self.link.webhook_url)) {
            return hook;
        }
        let path = self.link.webhook_url.rsplit_once("://").map_or("", |(_, rest)| rest);
        let tenant = path.find('/').and_then(|at| webhook::tenant_of(&path[at..])).unwrap_or_default();
        let settings = Settings { api_token: Secret::new(self.token), bot_username: None };
        Webhook {
            url: format!("{}?{}={username}", self.link.webhook_url, webhook::BOT),
            secret_token: Some(webhook::secret_token(&settings, tenant).expose().to_owned()),
            allowed: Vec::new(),
        }
    }
}
