//! A guest with a telephone: what a guest does becomes callbacks.

use contract::{Location, Sticker};
use simulation::prelude::*;

use super::{
    State,
    api::{HOST, message_token},
    memory::Bot,
    screen,
};
use crate::events;

/// The callback whose answer may hold a message.
pub(super) const STARTED: &str = "conversation_started";
/// A file is kept for an hour.
const FILE_S: i64 = 3_600;

/// Does something as a guest.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
    let token = link.settings["authToken"].as_str().unwrap_or_default();
    // The tenant's token is good here from now on, and its webhook is where the link leads.
    let bot = state.memory.bot(token).ok_or("The tenant's token does not look like one of Viber's.")?;
    bot.webhook = Some(link.webhook_url.clone());
    bot.name = link.settings["botName"].as_str().unwrap_or_default().to_owned();
    let bot = bot.clone();
    let mut chat = Chat { state, token, bot, guest };
    Ok(match action {
        Action::Text { text } => chat.say(json!({ "type": "text", "text": text }), Some(Content::text(text))),
        Action::File { name, mime, base64 } => chat.file(File::new(name, mime, decode(&base64)?)),
        Action::Sticker { sticker_id, .. } => {
            let id: u64 = sticker_id.parse().map_err(|_| "A sticker of Viber's is a number.")?;
            let image_url = events::sticker_picture(&sticker_id);
            let sticker = Sticker { package_id: None, sticker_id, text: None, image_url };
            chat.say(json!({ "type": "sticker", "sticker_id": id }), Some(Content::Sticker(sticker)))
        }
        Action::Location { title, latitude, longitude } => {
            // The name stays on the telephone.
            let message = json!({ "type": "location", "location": { "lat": latitude, "lon": longitude } });
            let place = Location { title: Some(title), address: None, latitude, longitude };
            chat.say(message, Some(Content::Location(place)))
        }
        Action::Tap { message, text, payload } => chat.tap(&message, &text, &payload)?,
        Action::Follow => chat.follow(),
        Action::Block => {
            chat.state.memory.person(token, guest).unsubscribed = true;
            chat.post(json!({ "event": "unsubscribed", "user_id": guest })).into_iter().collect()
        }
        Action::Read => chat.look(),
        Action::Unsend => return Err("Viber tells no bot that a guest took a message back.".to_owned()),
        Action::Typing => return Err("Viber tells no bot that a guest types.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => return Err("Only an agent does that.".to_owned()),
    })
}

/// A callback, as all of them are.
pub(super) fn event(state: &mut State, mut event: Value) -> Post {
    if event.get("message_token").is_none() {
        event["message_token"] = message_token(state).into();
    }
    event["timestamp"] = state.now().as_millisecond().into();
    event["chat_hostname"] = HOST.into();
    Post::json(event)
}

/// The message that greets a guest who opens the chat, if the bot has one.
pub(super) fn welcome(state: &mut State, started: &Post, answer: &Response) {
    let guest = started.json["user"]["id"].as_str().unwrap_or_default();
    if let Ok(message) = serde_json::from_slice::<Value>(&answer.body) {
        let number = message_token(state).to_string();
        let detail = json!({ "sender": message["sender"]["name"] });
        for content in screen::contents(&message) {
            state.show_with(guest, &number, Actor::There, content, detail.clone());
        }
    }
}

/// A guest's chat with a bot.
struct Chat<'a> {
    state: &'a mut State,
    token: &'a str,
    bot: Bot,
    guest: &'a str,
}

impl Chat<'_> {
    fn user(&self) -> Value {
        json!({
            "id": self.guest, "name": screen::nickname(self.guest), "country": "GB", "language": "en", "api_version": 10,
        })
    }

    fn post(&mut self, json: Value) -> Option<Post> {
        self.bot.wants(&json)?;
        Some(event(self.state, json))
    }

    /// Everything on the screen is seen, and the bot is told.
    fn look(&mut self) -> Vec<Post> {
        let unseen = std::mem::take(&mut self.state.memory.person(self.token, self.guest).unseen);
        let mut posts = Vec::new();
        for number in unseen {
            self.state.mark(&number.to_string(), ReceiptStatus::Read);
            posts.extend(self.post(json!({ "event": "seen", "message_token": number, "user_id": self.guest })));
        }
        posts
    }

    /// A message: on the guest's own screen (unless it is a silent tap), then at the webhook.
    fn say(&mut self, mut message: Value, shown: Option<Content>) -> Vec<Post> {
        let mut posts = self.look();
        let number = message_token(self.state);
        let person = self.state.memory.person(self.token, self.guest);
        person.wrote();
        if let Some(tracking) = &person.tracking {
            message["tracking_data"] = tracking.as_str().into();
        }
        let silent = shown.is_none();
        if let Some(content) = shown {
            self.state.write(self.guest, &number.to_string(), content);
        }
        let event = json!({
            "event": "message", "message_token": number, "sender": self.user(), "message": message, "silent": silent,
        });
        posts.extend(self.post(event).map(|post| post.of(number.to_string())));
        posts
    }

    fn file(&mut self, file: File) -> Vec<Post> {
        let ending = file.name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
        let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let kept = format!("{}.{ending}", self.state.ids.hex());
        let url = self.state.url_of(&kept);
        let size = file.bytes.len();
        // Viber has no message for sound.
        let word = match file.kind() {
            MediaKind::Image => "picture",
            MediaKind::Video => "video",
            MediaKind::Audio | MediaKind::File => "file",
        };
        let mut message = json!({ "type": word, "media": url, "file_name": file.name });
        match word {
            "picture" => message["thumbnail"] = url.as_str().into(),
            "video" => {
                message["thumbnail"] = url.as_str().into();
                message["file_size"] = size.into();
                message["duration"] = 5.into();
            }
            _ => message["file_size"] = size.into(),
        }
        let shown = file.attachment(file.kind(), url);
        let now = self.state.now();
        self.state.files.insert(kept, file.expiring(now, FILE_S));
        self.say(message, Some(Content::Attachment(shown)))
    }

    /// A tap writes what the button says into the chat, where the guest sees it unless the button is silent.
    fn tap(&mut self, message: &str, text: &str, payload: &str) -> Result<Vec<Post>, String> {
        // Options below something that is no text are a scene of their own.
        let sent = message.split('-').next().unwrap_or(message);
        let shown = self.state.messages.get(sent).cloned().unwrap_or_default();
        let button = screen::tapped(&shown, text, payload).ok_or("There is no such button any more.")?;
        match button["ActionType"].as_str() {
            Some("reply") | None => {
                let said = button["ActionBody"].as_str().unwrap_or(text);
                let seen = (button["Silent"] != true).then(|| Content::text(said));
                Ok(self.say(json!({ "type": "text", "text": said }), seen))
            }
            Some(other) => Err(format!("This button does something else ({other}).")),
        }
    }

    /// Opens the chat, reads what greets there, and subscribes.
    fn follow(&mut self) -> Vec<Post> {
        let person = self.state.memory.person(self.token, self.guest);
        let known = !std::mem::replace(&mut person.unsubscribed, false);
        let user = self.user();
        let started = json!({ "event": STARTED, "type": "open", "user": user, "subscribed": known });
        let started = self.post(started).map(|post| post.named(STARTED));
        let subscribed = self.post(json!({ "event": "subscribed", "user": user }));
        started.into_iter().chain(subscribed).collect()
    }
}
