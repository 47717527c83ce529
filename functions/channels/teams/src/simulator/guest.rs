//! A person in Teams: what they do becomes an activity.

use serde_json::Map;
use simulation::prelude::*;

use super::{
    State, TENANT_ID,
    memory::{conversation_of, message_id, nickname, person},
    screen,
};
use crate::answers::{DATE, FIELD, ITEMS, MARK};

/// Does something as a guest.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
    let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
    state.memory.learn(text("botId"), text("clientSecret"));
    let mut chat = Chat { state, link, guest };
    let post = match action {
        Action::Text { text } => {
            let mut said = json!({ "type": "message", "textFormat": "plain", "text": text });
            call_by_name(link, &mut said);
            chat.say(said, Content::text(text))
        }
        Action::File { name, mime, base64 } => chat.file(File::new(name, mime, decode(&base64)?))?,
        Action::Tap { message, text, payload } => chat.tap(&message, &text, &payload),
        Action::Typing => chat.post(json!({ "type": "typing" })),
        Action::Unsend => {
            let id = chat.state.take_back(guest)?;
            let gone = Content::Note { text: "You took back this message.".to_owned() };
            chat.state.show(guest, &id, Actor::Here, gone);
            chat.post(json!({
                "type": "messageDelete", "id": id, "channelData": { "eventType": "softDeleteMessage" },
            }))
        }
        Action::Follow => {
            chat.state.blocked.remove(guest);
            let bot = format!("28:{}", text("botId"));
            let joined = json!({ "type": "conversationUpdate", "membersAdded": [{ "id": bot }] });
            let installed = json!({ "type": "installationUpdate", "action": "add" });
            return Ok(vec![chat.post(joined), chat.post(installed)]);
        }
        Action::Block => {
            chat.state.blocked.insert(guest.to_owned());
            chat.post(json!({ "type": "installationUpdate", "action": "remove" }))
        }
        Action::Sticker { .. } => {
            return Err("Stickers of Teams's reach a bot as pictures; send a picture.".to_owned());
        }
        Action::Location { .. } => return Err("Teams sends bots no places.".to_owned()),
        Action::Read => return Err("Teams does not tell bots what was read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => return Err("Only an agent does that.".to_owned()),
    };
    Ok(vec![post])
}

/// In a group, the bot is called by its name.
fn call_by_name(link: &Link, said: &mut Value) {
    let name = link.settings["botName"].as_str().unwrap_or_default();
    let text = said["text"].as_str().unwrap_or_default().to_owned();
    let called = format!("@{name}");
    if name.is_empty() || !text.contains(&called) {
        return;
    }
    let mark = format!("<at>{name}</at>");
    said["text"] = text.replace(&called, &mark).into();
    let bot = format!("28:{}", link.settings["botId"].as_str().unwrap_or_default());
    said["entities"] = json!([{ "type": "mention", "text": mark, "mentioned": { "id": bot, "name": name } }]);
}

/// The service of the tenant's organisation.
pub(super) fn service(link: &Link) -> String {
    format!("https://smba.trafficmanager.net/emea/{}/", organisation(link))
}

fn organisation(link: &Link) -> &str {
    link.settings["appTenantId"].as_str().unwrap_or(TENANT_ID)
}

/// A guest's chat with the tenant's bot.
struct Chat<'a> {
    state: &'a mut State,
    link: &'a Link,
    guest: &'a str,
}

impl Chat<'_> {
    /// A message: on the guest's own screen, then at the webhook.
    fn say(&mut self, mut message: Value, content: Content) -> Post {
        let id = message_id(self.state);
        message["id"] = id.as_str().into();
        self.state.write(self.guest, &id, content);
        self.post(message).of(id)
    }

    /// A picture lies with the connector service, any other file in the guest's OneDrive.
    fn file(&mut self, file: File) -> Result<Post, String> {
        if self.guest.starts_with("19:") {
            return Err("In groups and channels a bot is given no files.".to_owned());
        }
        let (id, kind) = (self.state.ids.text(), file.kind());
        let attachment = if kind == MediaKind::Image {
            let url = format!("{}v3/attachments/{id}/views/original", service(self.link));
            json!({ "contentType": "image/*", "contentUrl": url, "name": file.name })
        } else {
            let end = file.name.rsplit_once('.').map_or("", |(_, end)| end);
            json!({
                "contentType": "application/vnd.microsoft.teams.file.download.info",
                "contentUrl": format!("https://contoso-my.sharepoint.com/personal/guest/Documents/{id}"),
                "name": file.name,
                "content": {
                    "downloadUrl": format!("https://contoso-my.sharepoint.com/_download/{id}?tempauth=sample"),
                    "uniqueId": id,
                    "fileType": end,
                },
            })
        };
        let shown = file.attachment(kind, self.state.url_of(&id));
        self.state.files.insert(id, file);
        let message = json!({ "type": "message", "attachments": [attachment] });
        Ok(self.say(message, Content::Attachment(shown)))
    }

    /// A tap does what the button in the activity says.
    fn tap(&mut self, message: &str, text: &str, payload: &str) -> Post {
        let sent = message.split('-').next().unwrap_or(message);
        let shown = self.state.memory.shown.get(sent).map(|(_, activity)| activity.clone()).unwrap_or_default();
        let attachments = shown["attachments"].as_array().cloned().unwrap_or_default();
        let asks = |one: &&Value| one["contentType"] == "application/vnd.microsoft.teams.card.file.consent";
        if let Some(card) = attachments.iter().find(asks) {
            return self.decide(sent, card, payload == "accept");
        }
        let actions: Vec<&Value> = attachments.iter().flat_map(|one| screen::actions(&one["content"])).collect();
        let of = |test: &dyn Fn(&Value) -> bool| actions.iter().copied().find(|action| test(action));
        let action = of(&|action| action["data"]["payload"] == payload)
            .or_else(|| of(&|action| action["title"] == text))
            .or_else(|| of(&|action| action["data"][MARK].is_string()))
            .cloned()
            .unwrap_or_else(|| json!({ "data": { MARK: "button", "payload": payload, "text": text } }));
        let mut value = action["data"].as_object().cloned().unwrap_or_default();
        fill_in(&mut value, payload);
        let said = value.remove("msteams").and_then(|envelope| envelope["text"].as_str().map(str::to_owned));
        if action["type"] == "Action.Execute" {
            return self.post(json!({ "type": "invoke", "name": "adaptiveCard/action", "replyToId": sent, "value": {
                "action": { "type": "Action.Execute", "verb": action["verb"], "data": value },
            } }));
        }
        let words = said.clone().unwrap_or_else(|| if text.is_empty() { payload } else { text }.to_owned());
        let answer = json!({ "type": "message", "replyToId": sent, "text": said, "value": value });
        self.say(answer, Content::text(words))
    }

    /// Accepts or declines a file.
    fn decide(&mut self, card_id: &str, card: &Value, accept: bool) -> Post {
        let (action, context) = match accept {
            true => ("accept", &card["content"]["acceptContext"]),
            false => ("decline", &card["content"]["declineContext"]),
        };
        let mut value = json!({ "type": "fileUpload", "action": action, "context": context });
        if accept {
            let id = self.state.ids.text();
            self.state.memory.uploads.insert(id.clone());
            let name = card["name"].as_str().unwrap_or_default();
            value["uploadInfo"] = json!({
                "uploadUrl": format!("https://contoso-my.sharepoint.com/_upload/{id}"),
                "contentUrl": format!("https://contoso-my.sharepoint.com/personal/guest/Documents/{name}"),
                "name": name,
                "uniqueId": id,
                "fileType": name.rsplit_once('.').map_or("", |(_, end)| end),
            });
        }
        self.post(json!({ "type": "invoke", "name": "fileConsent/invoke", "replyToId": card_id, "value": value }))
    }

    /// An activity, as all of them are.
    fn post(&mut self, mut activity: Value) -> Post {
        let (link, guest) = (self.link, self.guest);
        let bot = link.settings["botId"].as_str().unwrap_or_default();
        let tenant = organisation(link);
        let in_channel = guest.contains("@thread.tacv2");
        let kind = match guest.starts_with("19:") {
            true if in_channel => "channel",
            true => "groupChat",
            false => "personal",
        };
        let writer = if kind == "personal" { guest.to_owned() } else { person(guest) };
        let more = json!({
            "timestamp": self.state.now().to_string(),
            "channelId": "msteams",
            "serviceUrl": service(link),
            "locale": "en-US",
            "from": { "id": writer, "name": nickname(&writer) },
            "recipient": { "id": format!("28:{bot}"), "name": link.settings["botName"] },
            "conversation": { "id": conversation_of(guest), "conversationType": kind, "tenantId": tenant },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            activity[name] = value.clone();
        }
        if kind != "personal" {
            activity["conversation"]["isGroup"] = true.into();
        }
        if activity["id"].is_null() {
            activity["id"] = format!("f:{}", self.state.ids.text()).into();
        }
        activity["channelData"]["tenant"] = json!({ "id": tenant });
        if in_channel {
            activity["channelData"]["team"] = json!({ "id": "19:team@thread.tacv2", "name": "Demo team" });
            activity["channelData"]["channel"] = json!({ "id": guest.split(';').next() });
        }
        let client = json!({ "type": "clientInfo", "locale": "en-US", "country": "US", "timezone": "Europe/Paris" });
        match activity["entities"].as_array_mut() {
            Some(entities) => entities.push(client),
            None => activity["entities"] = json!([client]),
        }
        Post::json(activity)
    }
}

/// What a card's fields hold when it is sent.
fn fill_in(value: &mut Map<String, Value>, payload: &str) {
    match value.get(MARK).and_then(Value::as_str) {
        Some("date") if !value.contains_key("payload") => {
            // A day without a time, as the field gives it.
            value.insert(DATE.to_owned(), payload.get(..10).unwrap_or(payload).into());
        }
        Some("list") => {
            value.insert(ITEMS.to_owned(), payload.into());
        }
        Some("form") => {
            let given: Map<String, Value> = serde_json::from_str(payload).unwrap_or_default();
            value.extend(given.into_iter().map(|(id, answer)| (format!("{FIELD}{id}"), answer)));
        }
        _ => {}
    }
}
