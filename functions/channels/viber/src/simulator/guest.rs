//! A guest with a telephone: what a guest does becomes a callback, signed as Viber signs it.

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Attachment, Content, Location, MediaKind, ReceiptStatus, Sticker};
use jiff::Timestamp;
use serde_json::{Value, json};
use simulation::{Action, Actor, Link};
use uuid::Uuid;

use super::{ViberSimulator, callback::wants, screen};
use crate::events;

/// Does something as a guest.
pub(super) async fn act(viber: &ViberSimulator, link: &Link, guest: &str, action: Action) -> Result<(), String> {
    let chat = Chat::open(viber, link, guest)?;
    match action {
        Action::Text { text } => chat.say(json!({ "type": "text", "text": text }), Some(Content::text(text))).await,
        Action::File { name, mime, base64 } => {
            let bytes = STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())?;
            chat.file(&name, &mime, bytes).await
        }
        Action::Sticker { sticker_id, .. } => {
            let mut message = json!({ "type": "sticker" });
            message["sticker_id"] = match sticker_id.parse::<u64>() {
                Ok(id) => id.into(),
                Err(_) => return Err("A sticker of Viber's is a number.".to_owned()),
            };
            let image_url = events::sticker_picture(&sticker_id);
            let sticker = Sticker { package_id: None, sticker_id, text: None, image_url };
            chat.say(message, Some(Content::Sticker(sticker))).await
        }
        Action::Location { title, latitude, longitude } => {
            // The name stays on the telephone.
            let message = json!({ "type": "location", "location": { "lat": latitude, "lon": longitude } });
            let place = Location { title: Some(title), address: None, latitude, longitude };
            chat.say(message, Some(Content::Location(place))).await
        }
        Action::Tap { message, text, payload } => chat.tap(&message, &text, &payload).await,
        Action::Follow => chat.follow().await,
        Action::Block => {
            viber.memory().person(chat.token, guest).unsubscribed = true;
            chat.post(json!({ "event": "unsubscribed", "user_id": guest })).await.map(|_| ())
        }
        Action::Read => chat.look().await,
        Action::Unsend => Err("Viber tells no bot that a guest took a message back.".to_owned()),
        Action::Typing => Err("Viber tells no bot that a guest types.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => Err("Only an agent does that.".to_owned()),
    }
}

/// A guest's chat with a bot.
struct Chat<'a> {
    viber: &'a ViberSimulator,
    token: &'a str,
    guest: &'a str,
}

impl<'a> Chat<'a> {
    /// The tenant's token is good here from now on, and its webhook is where the link leads.
    fn open(viber: &'a ViberSimulator, link: &'a Link, guest: &'a str) -> Result<Self, String> {
        let token = link.settings["authToken"].as_str().unwrap_or_default();
        {
            let mut memory = viber.memory();
            let bot = memory.bot(token).ok_or("The tenant's token does not look like one of Viber's.")?;
            bot.webhook = Some(link.webhook_url.clone());
            bot.name = link.settings["botName"].as_str().unwrap_or_default().to_owned();
        }
        Ok(Self { viber, token, guest })
    }

    fn user(&self) -> Value {
        json!({
            "id": self.guest, "name": screen::nickname(self.guest), "country": "GB", "language": "en", "api_version": 10,
        })
    }

    async fn post(&self, mut event: Value) -> Result<Vec<u8>, String> {
        let bot = {
            let mut memory = self.viber.memory();
            if event.get("message_token").is_none() {
                event["message_token"] = memory.token().into();
            }
            memory.bot(self.token).cloned().unwrap_or_default()
        };
        match wants(&bot, &event) {
            Some(url) => self.viber.call_back(&url, self.token, event).await,
            None => Ok(Vec::new()),
        }
    }

    /// Everything on the screen is seen, and the bot is told.
    async fn look(&self) -> Result<(), String> {
        let unseen = std::mem::take(&mut self.viber.memory().person(self.token, self.guest).unseen);
        for number in unseen {
            self.viber.stage.mark(&number, ReceiptStatus::Read, None);
            self.post(json!({ "event": "seen", "message_token": number, "user_id": self.guest })).await?;
        }
        Ok(())
    }

    /// A message: on the guest's own screen first (unless it is a silent tap), then at the webhook.
    async fn say(&self, mut message: Value, shown: Option<Content>) -> Result<(), String> {
        self.look().await?;
        let number = {
            let mut memory = self.viber.memory();
            let number = memory.token();
            let person = memory.person(self.token, self.guest);
            person.wrote();
            if let Some(tracking) = &person.tracking {
                message["tracking_data"] = tracking.as_str().into();
            }
            number
        };
        let silent = shown.is_none();
        if let Some(content) = shown {
            self.viber.show(self.guest, &number, Actor::Here, content, None, Value::Null);
        }
        let event = json!({
            "event": "message", "message_token": number, "sender": self.user(), "message": message, "silent": silent,
        });
        match self.post(event).await {
            Ok(_) => {
                self.viber.stage.mark(&number, ReceiptStatus::Sent, None);
                Ok(())
            }
            Err(reason) => {
                self.viber.stage.mark(&number, ReceiptStatus::Failed, Some(reason.clone()));
                Err(reason)
            }
        }
    }

    async fn file(&self, name: &str, mime: &str, bytes: Vec<u8>) -> Result<(), String> {
        let size = bytes.len() as u64;
        let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
        let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let kept = format!("{}.{ending}", Uuid::new_v4().simple());
        let url = {
            let mut memory = self.viber.memory();
            memory.keep(&kept, mime, bytes, Timestamp::now());
            format!("{}/media/{kept}", memory.origin)
        };
        let kind = MediaKind::of_mime(mime);
        // Viber has no message for sound.
        let (word, kind) = match kind {
            MediaKind::Image => ("picture", kind),
            MediaKind::Video => ("video", kind),
            MediaKind::Audio | MediaKind::File => ("file", kind),
        };
        let mut message = json!({ "type": word, "media": url, "file_name": name });
        match word {
            "picture" => message["thumbnail"] = url.as_str().into(),
            "video" => {
                message["thumbnail"] = url.as_str().into();
                message["file_size"] = size.into();
                message["duration"] = 5.into();
            }
            _ => message["file_size"] = size.into(),
        }
        let shown = Attachment {
            name: Some(name.to_owned()),
            mime: Some(mime.to_owned()),
            size: Some(size),
            ..Attachment::at_url(kind, url)
        };
        self.say(message, Some(Content::Attachment(shown))).await
    }

    /// A tap writes what the button says into the chat, where the guest sees it unless the button is silent.
    async fn tap(&self, message: &str, text: &str, payload: &str) -> Result<(), String> {
        // Options below something that is no text are a scene of their own.
        let sent = message.split('-').next().unwrap_or(message);
        let shown = self.viber.memory().shown.get(sent).cloned().unwrap_or_default();
        let button = screen::tapped(&shown, text, payload).ok_or("There is no such button any more.")?;
        match button["ActionType"].as_str() {
            Some("reply") | None => {
                let said = button["ActionBody"].as_str().unwrap_or(text).to_owned();
                let seen = (button["Silent"] != true).then(|| Content::text(said.as_str()));
                self.say(json!({ "type": "text", "text": said }), seen).await
            }
            Some(other) => Err(format!("This button does something else ({other}).")),
        }
    }

    /// Opens the chat, reads what greets there, and subscribes.
    async fn follow(&self) -> Result<(), String> {
        let known = {
            let mut memory = self.viber.memory();
            let person = memory.person(self.token, self.guest);
            !std::mem::replace(&mut person.unsubscribed, false)
        };
        let started =
            json!({ "event": "conversation_started", "type": "open", "user": self.user(), "subscribed": known });
        let welcome = self.post(started).await?;
        if let Ok(message) = serde_json::from_slice::<Value>(&welcome) {
            let number = self.viber.memory().token();
            for content in screen::contents(&message) {
                let detail = json!({ "sender": message["sender"]["name"] });
                self.viber.show(self.guest, &number, Actor::There, content, None, detail);
            }
        }
        self.post(json!({ "event": "subscribed", "user": self.user() })).await.map(|_| ())
    }
}
