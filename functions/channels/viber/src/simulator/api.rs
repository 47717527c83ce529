//! The REST API, as far as a channel needs it. <https://developers.viber.com/docs/api/rest-bot-api/>

use std::time::Duration;

use simulation::prelude::*;

use super::{State, guest, rules, screen};
use crate::api::AUTH_TOKEN;

/// How long a message is on its way to a telephone.
const ON_ITS_WAY: Duration = Duration::from_millis(40);

/// Method, body and token of a call to a method of the API.
fn read(call: &ProviderCall) -> Option<(&str, Value, String)> {
    let method = call.path().strip_prefix("pa/").filter(|_| call.method() == "POST")?;
    let body = call.json();
    let token = call.header(AUTH_TOKEN.as_str()).filter(|token| !token.is_empty());
    let token = token.or(body["auth_token"].as_str()).unwrap_or_default().to_owned();
    Some((method, body, token))
}

pub(super) fn call(state: &mut State, call: &ProviderCall) -> Response {
    let Some((method, body, token)) = read(call) else { return Response::new(404) };
    if call.try_json().is_err() {
        return refusal(3, "badData");
    }
    if token.is_empty() {
        return refusal(2, "missing_auth_token");
    }
    if state.memory.bot(&token).is_none() {
        return refusal(2, "invalidAuthToken");
    }
    match method {
        "set_webhook" => set_webhook(state, &token, &body, call.handshake.as_ref().is_some_and(Result::is_ok)),
        "get_account_info" => account_info(state, &token),
        "get_user_details" => user_details(state, &token, &body),
        "get_online" => online(&body),
        "send_message" => send_message(state, &token, &body, call.body.len()),
        _ => Response::new(404),
    }
}

/// A webhook is registered if it answers.
pub(super) fn handshake(state: &mut State, call: &ProviderCall) -> Option<Post> {
    let (method, body, token) = read(call)?;
    let url = body["url"].as_str()?;
    // Viber takes https alone; here http will do, since everything is on one machine.
    let addressable = url.starts_with("https://") || url.starts_with("http://");
    if method != "set_webhook" || !addressable || state.memory.bot(&token).is_none() {
        return None;
    }
    let link = Link { webhook_url: url.to_owned(), settings: json!({ "authToken": token }) };
    Some(guest::event(state, json!({ "event": "webhook" })).over(link))
}

fn set_webhook(state: &mut State, token: &str, body: &Value, answers: bool) -> Response {
    let url = body["url"].as_str().unwrap_or_default();
    let events: Vec<String> = body["event_types"]
        .as_array()
        .map(|events| events.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if !url.is_empty() && !answers {
        return refusal(1, "invalidUrl");
    }
    if let Some(bot) = state.memory.bot(token) {
        bot.webhook = Some(url.to_owned());
        bot.event_types.clone_from(&events);
    }
    ok(json!({ "event_types": events }))
}

fn account_info(state: &mut State, token: &str) -> Response {
    let subscribers = state.memory.subscribers(token);
    let bot = state.memory.bot(token).cloned().unwrap_or_default();
    ok(json!({
        "id": format!("pa:{}", token.chars().rev().take(10).collect::<String>()),
        "name": if bot.name.is_empty() { "Demo" } else { &bot.name },
        "uri": "demobot",
        "country": "GB",
        "webhook": bot.webhook.unwrap_or_default(),
        "event_types": bot.event_types,
        "subscribers_count": subscribers,
        "members": [],
    }))
}

fn user_details(state: &mut State, token: &str, body: &Value) -> Response {
    let id = body["id"].as_str().unwrap_or_default();
    if !rules::is_id(id) {
        return refusal(5, "receiverNotRegistered");
    }
    let now = state.now();
    let person = state.memory.person(token, id);
    if person.unsubscribed {
        return refusal(6, "receiverNotSubscribed");
    }
    if !person.may_be_asked_about(now) {
        return refusal(12, "tooManyRequests");
    }
    Response::new(200).json(&json!({
        "status": 0, "status_message": "ok",
        "message_token": message_token(state),
        "user": {
            "id": id, "name": screen::nickname(id), "country": "GB", "language": "en",
            "primary_device_os": "iOS 17.4", "api_version": 10, "viber_version": "21.4.0",
            "mcc": 234, "mnc": 15, "device_type": "iPhone15,2",
        },
    }))
}

fn send_message(state: &mut State, token: &str, body: &Value, size: usize) -> Response {
    if size > 30 * 1024 {
        return refusal(3, "request size exceeded");
    }
    if let Some(fault) = rules::faults(body).first() {
        return refusal(fault.status, &fault.message);
    }
    let guest = body["receiver"].as_str().unwrap_or_default();
    if !rules::is_id(guest) {
        return refusal(5, "receiverNotRegistered");
    }
    if state.memory.bot(token).is_some_and(|bot| bot.webhook.as_deref() == Some("")) {
        return refusal(10, "webhookNotSet");
    }
    let (now, number) = (state.now(), message_token(state));
    let person = state.memory.person(token, guest);
    if person.unsubscribed {
        return refusal(6, "receiverNotSubscribed");
    }
    if !person.may_be_written_to(now) {
        return refusal(12, "maximum messages sent without reply exceeded");
    }
    person.tracking = body["tracking_data"].as_str().map(str::to_owned);
    person.unseen.push(number);
    state.messages.insert(number.to_string(), body.clone());
    deliver(state, token, guest, number, body);
    ok(json!({ "message_token": number, "chat_hostname": HOST, "billing_status": 1 }))
}

/// On the guest's telephone, which tells: delivered, or why it cannot be shown.
fn deliver(state: &mut State, token: &str, guest: &str, number: u64, body: &Value) {
    let detail = json!({ "sender": body["sender"]["name"] });
    let id = number.to_string();
    for part in state.show_parts(guest, &id, screen::contents(body), &detail) {
        state.mark(&part, ReceiptStatus::Delivered);
    }
    let mut event = json!({ "event": "delivered", "message_token": number, "user_id": guest });
    if let Some(fault) = rules::client_faults(body).first() {
        state.fail(&id, fault.message.as_str());
        event["event"] = "failed".into();
        event["desc"] = fault.message.as_str().into();
        state.memory.person(token, guest).unseen.retain(|unseen| *unseen != number);
    }
    let bot = state.memory.bots.get(token).cloned().unwrap_or_default();
    if let Some(url) = bot.wants(&event) {
        let link = Link { webhook_url: url, settings: json!({ "authToken": token }) };
        let post = guest::event(state, event).over(link).after(ON_ITS_WAY);
        state.post_later(post);
    }
}

fn online(body: &Value) -> Response {
    let ids: Vec<&str> =
        body["ids"].as_array().map(|ids| ids.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    if ids.is_empty() || ids.len() > 100 {
        return refusal(3, "badData");
    }
    let users: Vec<Value> =
        ids.iter().map(|id| json!({ "id": id, "online_status": 0, "online_status_message": "online" })).collect();
    ok(json!({ "users": users }))
}

/// A message's token: 19 digits, as Viber's have.
pub(super) fn message_token(state: &mut State) -> u64 {
    let least = 5_000_000_000_000_000_000 + state.micros();
    state.ids.number(least)
}

/// Where Viber says it answers from.
pub(super) const HOST: &str = "SN-CHAT-01_";

fn ok(mut fields: Value) -> Response {
    fields["status"] = 0.into();
    fields["status_message"] = "ok".into();
    Response::new(200).json(&fields)
}

/// Whatever it is, it is 200.
pub(super) fn refusal(status: i64, message: &str) -> Response {
    Response::new(200).json(&json!({ "status": status, "status_message": message, "chat_hostname": HOST }))
}
