//! A person in Teams: what they do becomes an activity, under a token as the Bot Framework signs it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Attachment, Content, MediaKind, ReceiptStatus};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use simulation::{Action, Actor, Link};
use uuid::Uuid;

use super::{
    TENANT_ID, TeamsSimulator,
    memory::{File, conversation_of, nickname, person},
    screen,
};
use crate::answers::{DATE, FIELD, ITEMS, MARK};

/// The connector service gives up after this long.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often an event is sent. That it is sent again is not promised, but happens.
const TRIES: u32 = 3;

/// Does something as a guest.
pub(super) async fn act(teams: &TeamsSimulator, link: &Link, guest: &str, action: Action) -> Result<(), String> {
    let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
    teams.memory().learn(text("botId"), text("clientSecret"));
    match action {
        Action::Text { text } => {
            let mut said = json!({ "type": "message", "textFormat": "plain", "text": text });
            call_by_name(link, &mut said);
            say(teams, link, guest, said, Content::text(text)).await
        }
        Action::File { name, mime, base64 } => {
            let bytes = STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())?;
            file(teams, link, guest, name, mime, bytes).await
        }
        Action::Tap { message, text, payload } => tap(teams, link, guest, &message, text, payload).await,
        Action::Typing => post(teams, link, guest, json!({ "type": "typing" })).await,
        Action::Unsend => {
            let last = teams.memory().last.remove(guest);
            let id = last.ok_or_else(|| "There is no message to take back.".to_owned())?;
            let gone = Content::Note { text: "You took back this message.".to_owned() };
            teams.show(guest, &id, Actor::Here, gone, Value::Null);
            let deleted = json!({
                "type": "messageDelete", "id": id, "channelData": { "eventType": "softDeleteMessage" },
            });
            post(teams, link, guest, deleted).await
        }
        Action::Follow => {
            teams.memory().blocked.remove(guest);
            let bot = format!("28:{}", text("botId"));
            post(teams, link, guest, json!({ "type": "conversationUpdate", "membersAdded": [{ "id": bot }] })).await?;
            post(teams, link, guest, json!({ "type": "installationUpdate", "action": "add" })).await
        }
        Action::Block => {
            teams.memory().blocked.insert(guest.to_owned());
            post(teams, link, guest, json!({ "type": "installationUpdate", "action": "remove" })).await
        }
        Action::Sticker { .. } => Err("Stickers of Teams's reach a bot as pictures; send a picture.".to_owned()),
        Action::Location { .. } => Err("Teams sends bots no places.".to_owned()),
        Action::Read => Err("Teams does not tell bots what was read.".to_owned()),
        _ => Err("Only an agent does that.".to_owned()),
    }
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

/// A message: on the guest's own screen first, then at the webhook.
async fn say(
    teams: &TeamsSimulator,
    link: &Link,
    guest: &str,
    mut message: Value,
    content: Content,
) -> Result<(), String> {
    let id = teams.memory().message_id();
    message["id"] = id.as_str().into();
    teams.memory().last.insert(guest.to_owned(), id.clone());
    teams.show(guest, &id, Actor::Here, content, Value::Null);
    let outcome = post(teams, link, guest, message).await;
    match &outcome {
        Ok(()) => teams.stage.mark(&id, ReceiptStatus::Sent, None),
        Err(reason) => teams.stage.mark(&id, ReceiptStatus::Failed, Some(reason.clone())),
    }
    outcome
}

/// A picture lies with the connector service, any other file in the guest's OneDrive.
async fn file(
    teams: &TeamsSimulator,
    link: &Link,
    guest: &str,
    name: String,
    mime: String,
    bytes: Vec<u8>,
) -> Result<(), String> {
    if guest.starts_with("19:") {
        return Err("In groups and channels a bot is given no files.".to_owned());
    }
    let id = Uuid::new_v4().to_string();
    let kind = MediaKind::of_mime(&mime);
    let size = bytes.len() as u64;
    let origin = {
        let mut memory = teams.memory();
        memory.files.insert(id.clone(), File { mime: mime.clone(), bytes: bytes.into() });
        memory.origin.clone()
    };
    let attachment = if kind == MediaKind::Image {
        let url = format!("{}v3/attachments/{id}/views/original", service(link));
        json!({ "contentType": "image/*", "contentUrl": url, "name": name })
    } else {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        json!({
            "contentType": "application/vnd.microsoft.teams.file.download.info",
            "contentUrl": format!("https://contoso-my.sharepoint.com/personal/guest/Documents/{id}"),
            "name": name,
            "content": {
                "downloadUrl": format!("https://contoso-my.sharepoint.com/_download/{id}?tempauth=sample"),
                "uniqueId": id,
                "fileType": end,
            },
        })
    };
    let shown = Attachment {
        name: Some(name),
        mime: Some(mime),
        size: Some(size),
        ..Attachment::at_url(kind, format!("{origin}/_content/{id}"))
    };
    let message = json!({ "type": "message", "attachments": [attachment] });
    say(teams, link, guest, message, Content::Attachment(shown)).await
}

/// A tap does what the button in the activity says.
async fn tap(
    teams: &TeamsSimulator,
    link: &Link,
    guest: &str,
    message: &str,
    text: String,
    payload: String,
) -> Result<(), String> {
    let sent = message.split('-').next().unwrap_or(message);
    let shown = teams.memory().shown.get(sent).map(|(_, activity)| activity.clone()).unwrap_or_default();
    let attachments = shown["attachments"].as_array().cloned().unwrap_or_default();
    let asks = |one: &&Value| one["contentType"] == "application/vnd.microsoft.teams.card.file.consent";
    if let Some(card) = attachments.iter().find(asks) {
        return decide(teams, link, guest, sent, card, payload == "accept").await;
    }
    let actions: Vec<&Value> = attachments.iter().flat_map(|one| screen::actions(&one["content"])).collect();
    let of = |test: &dyn Fn(&Value) -> bool| actions.iter().copied().find(|action| test(action));
    let action = of(&|action| action["data"]["payload"] == payload.as_str())
        .or_else(|| of(&|action| action["title"] == text.as_str()))
        .or_else(|| of(&|action| action["data"][MARK].is_string()))
        .cloned()
        .unwrap_or_else(|| json!({ "data": { MARK: "button", "payload": payload, "text": text } }));
    let mut value = action["data"].as_object().cloned().unwrap_or_default();
    fill_in(&mut value, &payload);
    let said = value.remove("msteams").and_then(|envelope| envelope["text"].as_str().map(str::to_owned));
    if action["type"] == "Action.Execute" {
        let invoke = json!({ "type": "invoke", "name": "adaptiveCard/action", "replyToId": sent, "value": {
            "action": { "type": "Action.Execute", "verb": action["verb"], "data": value },
        } });
        return post(teams, link, guest, invoke).await;
    }
    let words = said.clone().unwrap_or(if text.is_empty() { payload } else { text });
    let answer = json!({ "type": "message", "replyToId": sent, "text": said, "value": value });
    say(teams, link, guest, answer, Content::text(words)).await
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

/// Accepts or declines a file.
async fn decide(
    teams: &TeamsSimulator,
    link: &Link,
    guest: &str,
    card_id: &str,
    card: &Value,
    accept: bool,
) -> Result<(), String> {
    let (action, context) = match accept {
        true => ("accept", &card["content"]["acceptContext"]),
        false => ("decline", &card["content"]["declineContext"]),
    };
    let mut value = json!({ "type": "fileUpload", "action": action, "context": context });
    if accept {
        let id = Uuid::new_v4().to_string();
        teams.memory().uploads.insert(id.clone());
        let name = card["name"].as_str().unwrap_or_default();
        value["uploadInfo"] = json!({
            "uploadUrl": format!("https://contoso-my.sharepoint.com/_upload/{id}"),
            "contentUrl": format!("https://contoso-my.sharepoint.com/personal/guest/Documents/{name}"),
            "name": name,
            "uniqueId": id,
            "fileType": name.rsplit_once('.').map_or("", |(_, end)| end),
        });
    }
    let invoke = json!({ "type": "invoke", "name": "fileConsent/invoke", "replyToId": card_id, "value": value });
    post(teams, link, guest, invoke).await
}

/// The service of the tenant's organisation.
fn service(link: &Link) -> String {
    let tenant = link.settings["appTenantId"].as_str().unwrap_or(TENANT_ID);
    format!("https://smba.trafficmanager.net/emea/{tenant}/")
}

/// Posts an activity, and again if that fails, with the same id.
async fn post(teams: &TeamsSimulator, link: &Link, guest: &str, mut activity: Value) -> Result<(), String> {
    let now = Timestamp::now();
    let bot_id = link.settings["botId"].as_str().unwrap_or_default();
    let tenant = link.settings["appTenantId"].as_str().unwrap_or(TENANT_ID);
    let service = service(link);
    let in_channel = guest.contains("@thread.tacv2");
    let kind = match guest.starts_with("19:") {
        true if in_channel => "channel",
        true => "groupChat",
        false => "personal",
    };
    let writer = if kind == "personal" { guest.to_owned() } else { person(guest) };
    let more = json!({
        "timestamp": now.to_string(),
        "channelId": "msteams",
        "serviceUrl": service,
        "locale": "en-US",
        "from": { "id": writer, "name": nickname(&writer) },
        "recipient": { "id": format!("28:{bot_id}"), "name": link.settings["botName"] },
        "conversation": { "id": conversation_of(guest), "conversationType": kind, "tenantId": tenant },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        activity[name] = value.clone();
    }
    if kind != "personal" {
        activity["conversation"]["isGroup"] = true.into();
    }
    if activity["id"].is_null() {
        activity["id"] = format!("f:{}", Uuid::new_v4()).into();
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
    let body = activity.to_string();
    let mut failure = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
        let request = teams
            .http
            .post(&link.webhook_url)
            .header("content-type", "application/json; charset=utf-8")
            .bearer_auth(teams.authority.token(bot_id, &service, now))
            .timeout(PATIENCE)
            .body(body.clone());
        failure = match request.send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => format!("The webhook answered {}.", answer.status().as_u16()),
            Err(error) if error.is_timeout() => "The webhook did not answer within 15 seconds.".to_owned(),
            Err(_) => "The webhook could not be reached.".to_owned(),
        };
    }
    Err(failure)
}
