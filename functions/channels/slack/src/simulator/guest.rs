//! A person in the workspace: what they do becomes an event or an interaction. And the customer who installs the app,
//! through the deployment's own pages.

use contract::Attachment;
use simulation::prelude::*;
use url::Url;

use super::{BOT, State, WORKSPACE, files, memory, screen};
use crate::{events::message_id, mrkdwn};

/// The page where an installation begins.
pub(super) const REGISTER: &str = "register";
/// The page where Slack's consent leads.
pub(super) const CALLBACK: &str = "callback";
/// How the app is called in a text.
const CALL: &str = "@demo";

/// Does something as a guest.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
    // The tenant's credentials are good here from now on.
    let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
    state.memory.learn(text("clientId"), text("clientSecret"), text("appId"));
    let mut posts = Vec::new();
    let installed = state.memory.installed.contains(&link.webhook_url);
    if !installed && !matches!(action, Action::Follow | Action::Block) {
        // A workspace without the app has nobody to write to. Where there is no page, the test has a token of its own.
        posts.extend(install(link).map(Post::optional));
    }
    posts.extend(match action {
        Action::Text { text } => say(state, link, guest, &text, None)?,
        Action::File { name, mime, base64 } => {
            let file = files::keep(state, File::new(name, mime, decode(&base64)?));
            say(state, link, guest, "", Some(file))?
        }
        Action::Tap { message, text, payload } => vec![tap(state, link, guest, &message, &text, &payload)?],
        Action::Unsend => vec![unsend(state, link, guest)?],
        Action::Follow => vec![install(link)?],
        Action::Block => remove(state, link),
        Action::Sticker { .. } => return Err("Slack has no stickers.".to_owned()),
        Action::Location { .. } => return Err("Slack has no message for places.".to_owned()),
        Action::Typing => return Err("Slack does not tell apps that somebody types.".to_owned()),
        Action::Read => return Err("Slack tells nobody what somebody has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => return Err("Only an agent does that.".to_owned()),
    });
    Ok(posts)
}

/// Installs the app as a customer does: the register page, Slack's consent ([`consent`]), the callback.
fn install(link: &Link) -> Result<Post, String> {
    let (root, tenant) = link.webhook_url.rsplit_once("/slack/").ok_or("This is no webhook of Slack's.")?;
    Ok(Post::get(format!("{root}/slack/register?customer={tenant}")).named(REGISTER).once())
}

/// Agrees to what the register page leads to.
pub(super) fn consent(state: &mut State, register: &Response) -> Result<Post, String> {
    let consent = register.header_str("location").and_then(|to| Url::parse(to).ok());
    let answered = || format!("The registration page answered {}.", register.status.as_u16());
    let consent = consent.ok_or_else(answered)?;
    let query = |name: &str| consent.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (address, given) = (query("redirect_uri").unwrap_or_default(), query("state").unwrap_or_default());
    let code = memory::new_code(state, &query("client_id").unwrap_or_default(), &address);
    let back = Url::parse_with_params(&address, [("code", &code), ("state", &given)]).map_err(|e| e.to_string())?;
    Ok(Post::get(back).named(CALLBACK).once())
}

/// Removes the app from the workspace: its tokens are good no more, and it is told so.
fn remove(state: &mut State, link: &Link) -> Vec<Post> {
    state.memory.tokens.clear();
    state.memory.installed.remove(&link.webhook_url);
    let revoked = json!({ "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [BOT] } });
    vec![event(state, link, &revoked), event(state, link, &json!({ "type": "app_uninstalled" }))]
}

/// A message: on the guest's own screen, then at the webhook. In a channel, `@demo` calls the app.
fn say(
    state: &mut State,
    link: &Link,
    guest: &str,
    text: &str,
    file: Option<(Value, Attachment)>,
) -> Result<Vec<Post>, String> {
    let (channel, user, thread) = memory::seat(guest)?;
    let ts = memory::ts(state);
    let direct = channel.starts_with('D');
    let written = mrkdwn::escape(text).replace(CALL, &format!("<@{BOT}>"));
    let mut message = json!({
        "type": "message", "user": user, "team": WORKSPACE, "ts": ts, "event_ts": ts, "text": written,
        "channel": channel, "channel_type": if direct { "im" } else { "channel" }, "client_msg_id": state.ids.text(),
    });
    if let Some(thread) = &thread {
        message["thread_ts"] = thread.as_str().into();
    }
    if let Some((file, _)) = &file {
        message["subtype"] = "file_share".into();
        message["files"] = json!([file]);
    }
    state.memory.last.insert(guest.to_owned(), message.clone());
    state.memory.keep(&channel, message.clone());
    let id = message_id(&channel, &ts);
    // What is said in a channel begins a thread of its own.
    let chat = memory::chat(&channel, Some(thread.as_deref().unwrap_or(&ts)).filter(|_| !direct));
    if !text.is_empty() {
        state.show(&chat, &id, Actor::Here, Content::text(text));
    }
    if let Some((_, shown)) = file {
        state.show(&chat, &id, Actor::Here, Content::Attachment(shown));
    }
    let mut posts = vec![event(state, link, &message).of(id.as_str())];
    if !direct && text.contains(CALL) {
        // The same message again, as Slack does for whoever subscribes to both.
        message["type"] = "app_mention".into();
        if let Some(fields) = message.as_object_mut() {
            fields.remove("channel_type");
        }
        posts.push(event(state, link, &message).of(id));
    }
    Ok(posts)
}

fn unsend(state: &mut State, link: &Link, guest: &str) -> Result<Post, String> {
    let last = state.memory.last.remove(guest).ok_or("There is nothing to take back.")?;
    let stamp = memory::ts(state);
    let deleted = json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "channel": last["channel"],
        "channel_type": last["channel_type"], "deleted_ts": last["ts"], "ts": stamp, "event_ts": stamp,
        "previous_message": last,
    });
    Ok(event(state, link, &deleted))
}

/// A tap does what the element in the message says.
fn tap(state: &mut State, link: &Link, guest: &str, id: &str, text: &str, payload: &str) -> Result<Post, String> {
    let (_, user, _) = memory::seat(guest)?;
    let (channel, ts) = id.split_once(':').ok_or("This is no message of Slack's.")?;
    let key = (channel.to_owned(), ts.to_owned());
    let message = state.memory.messages.get(&key).cloned().ok_or("This message is too old.")?;
    let mut action = screen::tapped(&message, text, payload).ok_or("There is nothing like this to tap.")?;
    action["action_ts"] = memory::ts(state).into();
    let mut container = json!({ "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false });
    if let Some(thread) = message.get("thread_ts") {
        container["thread_ts"] = thread.clone();
    }
    let interaction = json!({
        "type": "block_actions", "api_app_id": link.settings["appId"],
        "team": { "id": WORKSPACE, "domain": "demo" }, "enterprise": null, "is_enterprise_install": false,
        "user": { "id": user, "username": user.to_lowercase(), "team_id": WORKSPACE },
        "container": container, "channel": { "id": channel, "name": "directmessage" },
        "message": message, "actions": [action], "trigger_id": memory::id(&mut state.ids, '1'),
    });
    // Slack does not send an interaction again: the guest sees a warning sign.
    let post = Post::form(&[("payload", &interaction.to_string())]).once();
    Ok(post.to(format!("{}/interactivity", link.webhook_url)))
}

fn event(state: &mut State, link: &Link, event: &Value) -> Post {
    Post::json(json!({
        "token": "legacy", "team_id": WORKSPACE, "context_team_id": WORKSPACE, "api_app_id": link.settings["appId"],
        "type": "event_callback", "event_id": memory::id(&mut state.ids, 'E'), "event_time": state.now().as_second(),
        "authorizations": [{
            "enterprise_id": null, "team_id": WORKSPACE, "user_id": BOT, "is_bot": true, "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false, "event": event,
    }))
    .to(format!("{}/events", link.webhook_url))
}
