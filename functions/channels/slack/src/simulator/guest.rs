//! A person in the workspace: what they do becomes an event or an interaction, signed as Slack signs it. And the customer
//! who installs the app, through the deployment's own pages.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Content, ReceiptStatus};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use simulation::{Action, Actor, Link};

use super::{
    BOT, SlackSimulator, WORKSPACE,
    memory::{self, Memory},
    screen,
};
use crate::{
    events::message_id,
    mrkdwn,
    verify::{SIGNATURE, TIMESTAMP},
};

/// Slack gives up on a request after three seconds.
const PATIENCE: Duration = Duration::from_secs(3);
/// The waits before the three retries: Slack's are none, a minute and five.
const RETRIES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];
/// How the app is called in a text.
const CALL: &str = "@demo";

/// Does something as a guest.
pub(super) async fn act(slack: &SlackSimulator, link: &Link, guest: &str, action: Action) -> Result<(), String> {
    let known = learn(slack, link);
    if !known && !matches!(action, Action::Follow | Action::Block) {
        // A workspace without the app has nobody to write to. Where there is no page, the test has a token of its own.
        let _ = install(slack, link).await;
    }
    match action {
        Action::Text { text } => say(slack, link, guest, text, Vec::new()).await,
        Action::File { name, mime, base64 } => {
            let bytes = STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())?;
            let file = slack.keep_file(&name, &mime, bytes);
            say(slack, link, guest, String::new(), vec![file]).await
        }
        Action::Tap { message, text, payload } => tap(slack, link, guest, &message, &text, &payload).await,
        Action::Unsend => unsend(slack, link, guest).await,
        Action::Follow => install(slack, link).await,
        Action::Block => remove(slack, link).await,
        Action::Sticker { .. } => Err("Slack has no stickers.".to_owned()),
        Action::Location { .. } => Err("Slack has no message for places.".to_owned()),
        Action::Typing => Err("Slack does not tell apps that somebody types.".to_owned()),
        Action::Read => Err("Slack tells nobody what somebody has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => Err("Only an agent does that.".to_owned()),
    }
}

/// The tenant's credentials are good here from now on. Whether the tenant has a token.
fn learn(slack: &SlackSimulator, link: &Link) -> bool {
    let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
    let mut memory = slack.memory();
    memory.learn(text("clientId"), text("clientSecret"), text("appId"));
    memory.installed.contains(&link.webhook_url)
}

/// Installs the app as a customer does: the register page, Slack's consent, the callback.
async fn install(slack: &SlackSimulator, link: &Link) -> Result<(), String> {
    let trouble = |error: reqwest::Error| format!("The registration page cannot be reached: {}", error.without_url());
    let (root, tenant) = link.webhook_url.rsplit_once("/slack/").ok_or("This is no webhook of Slack's.")?;
    let page = format!("{root}/slack/register?customer={tenant}");
    let answer = slack.http.get(page).timeout(PATIENCE).send().await.map_err(trouble)?;
    let consent = answer.headers().get("location").and_then(|to| url::Url::parse(to.to_str().ok()?).ok());
    let consent = consent.ok_or_else(|| format!("The registration page answered {}.", answer.status()))?;
    let query = |name: &str| consent.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (address, state) = (query("redirect_uri").unwrap_or_default(), query("state").unwrap_or_default());
    let code = slack.memory().code(&query("client_id").unwrap_or_default(), &address);
    let back =
        url::Url::parse_with_params(&address, [("code", &code), ("state", &state)]).map_err(|e| e.to_string())?;
    let answer = slack.http.get(back.as_str()).timeout(PATIENCE * 3).send().await.map_err(trouble)?;
    if !answer.status().is_success() {
        return Err(format!("The installation was answered {}.", answer.status()));
    }
    slack.memory().installed.insert(link.webhook_url.clone());
    Ok(())
}

/// Removes the app from the workspace: its tokens are good no more, and it is told so.
async fn remove(slack: &SlackSimulator, link: &Link) -> Result<(), String> {
    {
        let mut memory = slack.memory();
        memory.tokens.clear();
        memory.installed.remove(&link.webhook_url);
    }
    post_event(slack, link, json!({ "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [BOT] } })).await?;
    post_event(slack, link, json!({ "type": "app_uninstalled" })).await
}

/// A message: on the guest's own screen first, then at the webhook. In a channel, `@demo` calls the app.
async fn say(
    slack: &SlackSimulator,
    link: &Link,
    guest: &str,
    text: String,
    files: Vec<(Value, contract::Attachment)>,
) -> Result<(), String> {
    let (channel, user, thread) = memory::seat(guest)?;
    let ts = slack.memory().ts();
    let direct = channel.starts_with('D');
    let called = text.contains(CALL);
    let written = mrkdwn::escape(&text).replace(CALL, &format!("<@{BOT}>"));
    let mut event = json!({
        "type": "message", "user": user, "team": WORKSPACE, "ts": ts, "event_ts": ts, "text": written,
        "channel": channel, "channel_type": if direct { "im" } else { "channel" }, "client_msg_id": uuid::Uuid::new_v4(),
    });
    if let Some(thread) = &thread {
        event["thread_ts"] = thread.as_str().into();
    }
    if !files.is_empty() {
        event["subtype"] = "file_share".into();
        event["files"] = files.iter().map(|(file, _)| file.clone()).collect();
    }
    {
        let mut memory = slack.memory();
        memory.last.insert(guest.to_owned(), event.clone());
        memory.keep(&channel, event.clone());
    }
    let id = message_id(&channel, &ts);
    // What is said in a channel begins a thread of its own.
    let chat = memory::chat(&channel, Some(thread.as_deref().unwrap_or(&ts)).filter(|_| !direct));
    if !text.is_empty() {
        slack.show(&chat, &id, Actor::Here, Content::text(&text), Value::Null);
    }
    for (_, shown) in files {
        slack.show(&chat, &id, Actor::Here, Content::Attachment(shown), Value::Null);
    }
    let mut outcome = post_event(slack, link, event.clone()).await;
    if !direct && called && outcome.is_ok() {
        // The same message again, as Slack does for whoever subscribes to both.
        event["type"] = "app_mention".into();
        if let Some(fields) = event.as_object_mut() {
            fields.remove("channel_type");
        }
        outcome = post_event(slack, link, event).await;
    }
    match &outcome {
        Ok(()) => slack.stage.mark(&id, ReceiptStatus::Sent, None),
        Err(reason) => slack.stage.mark(&id, ReceiptStatus::Failed, Some(reason.clone())),
    }
    outcome
}

async fn unsend(slack: &SlackSimulator, link: &Link, guest: &str) -> Result<(), String> {
    let last = slack.memory().last.remove(guest).ok_or("There is nothing to take back.")?;
    let stamp = slack.memory().ts();
    let event = json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "channel": last["channel"],
        "channel_type": last["channel_type"], "deleted_ts": last["ts"], "ts": stamp, "event_ts": stamp,
        "previous_message": last,
    });
    post_event(slack, link, event).await
}

/// A tap does what the element in the message says.
async fn tap(
    slack: &SlackSimulator,
    link: &Link,
    guest: &str,
    id: &str,
    text: &str,
    payload: &str,
) -> Result<(), String> {
    let (_, user, _) = memory::seat(guest)?;
    let (channel, ts) = id.split_once(':').ok_or("This is no message of Slack's.")?;
    let key = (channel.to_owned(), ts.to_owned());
    let message = slack.memory().messages.get(&key).cloned().ok_or("This message is too old.")?;
    let mut action = screen::tapped(&message, text, payload).ok_or("There is nothing like this to tap.")?;
    action["action_ts"] = slack.memory().ts().into();
    let mut container = json!({ "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false });
    if let Some(thread) = message.get("thread_ts") {
        container["thread_ts"] = thread.clone();
    }
    let interaction = json!({
        "type": "block_actions", "api_app_id": link.settings["appId"],
        "team": { "id": WORKSPACE, "domain": "demo" }, "enterprise": null, "is_enterprise_install": false,
        "user": { "id": user, "username": user.to_lowercase(), "team_id": WORKSPACE },
        "container": container, "channel": { "id": channel, "name": "directmessage" },
        "message": message, "actions": [action], "trigger_id": Memory::id('1'),
    });
    let form =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &interaction.to_string()).finish();
    let address = format!("{}/interactivity", link.webhook_url);
    // Slack does not send an interaction again: the guest sees a warning sign.
    post(slack, link, &address, "application/x-www-form-urlencoded", form, None).await
}

async fn post_event(slack: &SlackSimulator, link: &Link, event: Value) -> Result<(), String> {
    let body = json!({
        "token": "legacy", "team_id": WORKSPACE, "context_team_id": WORKSPACE, "api_app_id": link.settings["appId"],
        "type": "event_callback", "event_id": Memory::id('E'), "event_time": Timestamp::now().as_second(),
        "authorizations": [{
            "enterprise_id": null, "team_id": WORKSPACE, "user_id": BOT, "is_bot": true, "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false, "event": event,
    });
    let (address, body) = (format!("{}/events", link.webhook_url), body.to_string());
    let mut outcome = post(slack, link, &address, "application/json", body.clone(), None).await;
    for (number, wait) in RETRIES.into_iter().enumerate() {
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(wait).await;
        outcome = post(slack, link, &address, "application/json", body.clone(), Some(number + 1)).await;
    }
    outcome
}

async fn post(
    slack: &SlackSimulator,
    link: &Link,
    address: &str,
    kind: &str,
    body: String,
    retry: Option<usize>,
) -> Result<(), String> {
    let at = Timestamp::now().as_second().to_string();
    let secret = link.settings["signingSecret"].as_str().unwrap_or_default();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| "No signing secret.".to_owned())?;
    let mac = mac.chain_update(format!("v0:{at}:{body}")).finalize().into_bytes();
    let mut request = slack
        .http
        .post(address)
        .header("content-type", kind)
        .header(TIMESTAMP, at)
        .header(SIGNATURE, format!("v0={}", hex::encode(mac)))
        .timeout(PATIENCE)
        .body(body);
    if let Some(number) = retry {
        request = request.header("x-slack-retry-num", number).header("x-slack-retry-reason", "http_error");
    }
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("The webhook answered {}.", answer.status())),
        Err(error) => Err(format!("The webhook cannot be reached: {}", error.without_url())),
    }
}
