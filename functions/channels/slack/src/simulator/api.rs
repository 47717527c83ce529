//! The Web API, as far as a channel needs it, and the consent page. <https://docs.slack.dev/reference/methods>

use serde_json::Map;
use simulation::prelude::*;

use super::{BOT, State, WORKSPACE, WORKSPACE_NAME, files, memory, post, screen};

/// Where a person with a browser agrees to the installation.
pub(super) const CONSENT: &str = "oauth/v2/authorize";

pub(super) fn call(state: &mut State, call: &ProviderCall) -> Response {
    if call.path() == CONSENT {
        return consent(state, call);
    }
    if let Some(id) = call.path().strip_prefix("upload/v1/") {
        return if call.method() == "POST" { files::uploaded(state, id, call) } else { not_found() };
    }
    if call.path() == "api/oauth.v2.access" {
        return access(state, call, &arguments(call));
    }
    let token = call.bearer().unwrap_or_default();
    let good = state.memory.tokens.contains(token);
    if let Some(rest) = call.path().strip_prefix("files-pri/") {
        return files::private(state, rest, good);
    }
    let Some(name) = call.path().strip_prefix("api/") else { return not_found() };
    if !good {
        return refusal(if token.is_empty() { "not_authed" } else { "invalid_auth" });
    }
    let arguments = arguments(call);
    let text = |name: &str| arguments[name].as_str().unwrap_or_default();
    match name {
        "auth.test" => ok(
            json!({ "team": WORKSPACE_NAME, "team_id": WORKSPACE, "user": "demo", "user_id": BOT, "bot_id": "B0DEMO" }),
        ),
        "auth.revoke" => {
            state.memory.tokens.remove(token);
            ok(json!({ "revoked": true }))
        }
        "team.info" => ok(json!({ "team": { "id": WORKSPACE, "name": WORKSPACE_NAME, "domain": "demo" } })),
        "users.info" => user(text("user")),
        "conversations.open" => match text("users") {
            user if user.starts_with('U') => ok(json!({ "channel": { "id": memory::direct(user) } })),
            _ => refusal("users_not_found"),
        },
        "conversations.history" | "conversations.replies" => {
            history(state, text("channel"), text("ts"), text("oldest"))
        }
        "chat.postMessage" => post::post(state, &arguments),
        "chat.update" => post::update(state, &arguments),
        "chat.delete" => post::take_back(state, &arguments),
        "files.getUploadURLExternal" => files::announce(state, text("filename"), text("length")),
        "files.completeUploadExternal" => files::complete(state, &arguments),
        "files.info" => files::file_info(state, text("file")),
        _ => refusal("unknown_method"),
    }
}

fn access(state: &mut State, call: &ProviderCall, arguments: &Value) -> Response {
    let text = |name: &str| arguments[name].as_str().unwrap_or_default();
    let in_body = || (text("client_id").to_owned(), text("client_secret").to_owned());
    let (client, secret) = call.basic().unwrap_or_else(in_body);
    let Some(app) = state.memory.apps.get(&client) else { return refusal("invalid_client_id") };
    if app.secret != secret {
        return refusal("bad_client_secret");
    }
    let (id, token) = (app.id.clone(), format!("xoxb-{}", state.ids.hex()));
    if !state.memory.redeem(text("code"), &client, text("redirect_uri"), &token) {
        return refusal("invalid_code");
    }
    ok(json!({
        "app_id": id, "access_token": token, "token_type": "bot", "scope": "chat:write", "bot_user_id": BOT,
        "team": { "id": WORKSPACE, "name": WORKSPACE_NAME }, "enterprise": null,
        "is_enterprise_install": false, "authed_user": { "id": "U0GUEST0001" },
    }))
}

/// Slack's consent page, for a person with a browser.
fn consent(state: &mut State, call: &ProviderCall) -> Response {
    let (address, given) = (call.query("redirect_uri"), call.query("state"));
    let code = memory::new_code(state, &call.query("client_id"), &address);
    let to = |parameters: &[(&str, &str)]| {
        url::Url::parse_with_params(&address, parameters)
            .map(|url| url.as_str().replace('&', "&amp;"))
            .unwrap_or_default()
    };
    let (yes, no) = (to(&[("code", &code), ("state", &given)]), to(&[("error", "access_denied"), ("state", &given)]));
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Slack (simulated)</title><h1>Install the app in {WORKSPACE_NAME}?\
         </h1><p><a href=\"{yes}\">Allow</a> <a href=\"{no}\">Cancel</a></p>"
    );
    Response::new(200).body(page).header("content-type", "text/html; charset=utf-8")
}

fn history(state: &State, channel: &str, thread: &str, oldest: &str) -> Response {
    let messages: Vec<&Value> = state
        .memory
        .messages
        .iter()
        .filter(|((at, ts), message)| {
            at == channel && ts.as_str() > oldest && (thread.is_empty() || message["thread_ts"] == thread)
        })
        .map(|(_, message)| message)
        .collect();
    ok(json!({ "messages": messages, "has_more": false }))
}

fn user(id: &str) -> Response {
    if !id.starts_with('U') {
        return refusal("user_not_found");
    }
    let name = screen::nickname(id);
    ok(json!({ "user": {
        "id": id, "team_id": WORKSPACE, "name": id.to_lowercase(), "real_name": name, "is_bot": false,
        "profile": {
            "display_name": name, "real_name": name, "first_name": "Guest", "last_name": id.get(7..).unwrap_or(id),
            "email": format!("{}@demo.example", id.to_lowercase()),
        },
    } }))
}

/// A call's arguments: JSON, a form, or the query.
fn arguments(call: &ProviderCall) -> Value {
    if call.content_type_is("application/json") {
        return call.json();
    }
    let fields = url::form_urlencoded::parse(&call.body).chain(url::form_urlencoded::parse(call.query.as_bytes()));
    Value::Object(
        fields.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect::<Map<_, _>>(),
    )
}

pub(super) fn ok(mut body: Value) -> Response {
    body["ok"] = true.into();
    Response::new(200).json(&body)
}

/// Slack refuses with 200.
pub(super) fn refusal(word: &str) -> Response {
    Response::new(200).json(&json!({ "ok": false, "error": word }))
}

pub(super) fn not_found() -> Response {
    Response::new(404)
}
