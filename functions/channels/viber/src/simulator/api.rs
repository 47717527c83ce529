//! The REST API, as far as a channel needs it. <https://developers.viber.com/docs/api/rest-bot-api/>

use std::time::Duration;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{Content, ReceiptStatus};
use jiff::Timestamp;
use serde_json::{Value, json};
use simulation::{Actor, cut};
use uuid::Uuid;

use super::{ViberSimulator, rules, screen};
use crate::api::AUTH_TOKEN;

/// More than any request may be: read, to be refused in words.
const LARGEST: usize = 1_000_000;
/// How long a message is on its way to a telephone.
const ON_ITS_WAY: Duration = Duration::from_millis(40);

pub(super) fn router(simulator: ViberSimulator) -> Router {
    Router::new().fallback(serve).with_state(simulator)
}

/// Faults first, then the answer.
async fn serve(State(simulator): State<ViberSimulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    if let Some(name) = path.strip_prefix("media/") {
        return simulator.file(name);
    }
    let faults = simulator.stage.faults();
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    let mut dice = random();
    let mut falls = |share: f64| {
        dice -= share;
        dice < 0.0
    };
    if falls(faults.error) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if falls(faults.rate_limit) {
        let mut response = refusal(12, "tooManyRequests");
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    if falls(faults.refuse) {
        return refusal(3, "badData");
    }
    // A connection breaks before Viber has heard the request, or after it has done what it was asked: as often.
    if falls(faults.drop / 2.0) {
        return cut();
    }
    let lost = falls(faults.drop / 2.0);
    let token = parts.headers.get(&AUTH_TOKEN).and_then(|token| token.to_str().ok()).unwrap_or_default();
    let response = match (parts.method, path.strip_prefix("pa/"), to_bytes(body, LARGEST).await) {
        (Method::POST, Some(method), Ok(body)) => simulator.answer(method, token, &body).await,
        (Method::POST, Some(_), Err(_)) => refusal(3, "request size exceeded"),
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    if lost { cut() } else { response }
}

impl ViberSimulator {
    async fn answer(&self, method: &str, token: &str, body: &[u8]) -> Response {
        let now = Timestamp::now();
        let Ok(body) = serde_json::from_slice::<Value>(body).map(|json| (json, body.len())) else {
            return refusal(3, "badData");
        };
        let (body, size) = body;
        let token = if token.is_empty() { body["auth_token"].as_str().unwrap_or_default() } else { token };
        if token.is_empty() {
            return refusal(2, "missing_auth_token");
        }
        if self.memory().bot(token).is_none() {
            return refusal(2, "invalidAuthToken");
        }
        match method {
            "set_webhook" => self.set_webhook(token, &body).await,
            "get_account_info" => self.account_info(token),
            "get_user_details" => self.user_details(token, &body, now),
            "get_online" => online(&body),
            "send_message" => self.send_message(token, &body, size, now),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    async fn set_webhook(&self, token: &str, body: &Value) -> Response {
        let url = body["url"].as_str().unwrap_or_default();
        let events: Vec<String> = body["event_types"]
            .as_array()
            .map(|events| events.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        if !url.is_empty() {
            let handshake = json!({ "event": "webhook", "message_token": self.memory().token() });
            // Viber takes https alone; here http will do, since everything is on one machine.
            let addressable = url.starts_with("https://") || url.starts_with("http://");
            if !addressable || self.call_back(url, token, handshake).await.is_err() {
                return refusal(1, "invalidUrl");
            }
        }
        if let Some(bot) = self.memory().bot(token) {
            bot.webhook = Some(url.to_owned());
            bot.event_types.clone_from(&events);
        }
        ok(json!({ "event_types": events }))
    }

    fn account_info(&self, token: &str) -> Response {
        let mut memory = self.memory();
        let subscribers = memory.subscribers(token);
        let bot = memory.bot(token).cloned().unwrap_or_default();
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

    fn user_details(&self, token: &str, body: &Value, now: Timestamp) -> Response {
        let id = body["id"].as_str().unwrap_or_default();
        if !rules::is_id(id) {
            return refusal(5, "receiverNotRegistered");
        }
        let mut memory = self.memory();
        let person = memory.person(token, id);
        if person.unsubscribed {
            return refusal(6, "receiverNotSubscribed");
        }
        if !person.may_be_asked_about(now) {
            return refusal(12, "tooManyRequests");
        }
        let number = memory.token();
        answer(&json!({
            "status": 0, "status_message": "ok",
            "message_token": number.parse::<u64>().unwrap_or_default(),
            "user": {
                "id": id, "name": screen::nickname(id), "country": "GB", "language": "en",
                "primary_device_os": "iOS 17.4", "api_version": 10, "viber_version": "21.4.0",
                "mcc": 234, "mnc": 15, "device_type": "iPhone15,2",
            },
        }))
    }

    fn send_message(&self, token: &str, body: &Value, size: usize, now: Timestamp) -> Response {
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
        let number = {
            let mut memory = self.memory();
            if memory.bot(token).is_some_and(|bot| bot.webhook.as_deref() == Some("")) {
                return refusal(10, "webhookNotSet");
            }
            let number = memory.token();
            let person = memory.person(token, guest);
            if person.unsubscribed {
                return refusal(6, "receiverNotSubscribed");
            }
            if !person.may_be_written_to(now) {
                return refusal(12, "maximum messages sent without reply exceeded");
            }
            person.tracking = body["tracking_data"].as_str().map(str::to_owned);
            person.unseen.push(number.clone());
            memory.shown.insert(number.clone(), body.clone());
            if memory.shown.len() > 5_000 {
                memory.shown.pop_first();
            }
            number
        };
        self.deliver(token, guest, &number, body);
        let mut accepted = json!({ "message_token": number.parse::<u64>().unwrap_or_default() });
        accepted["chat_hostname"] = "SN-CHAT-01_".into();
        accepted["billing_status"] = 1.into();
        ok(accepted)
    }

    /// On the guest's telephone, which tells: delivered, or why it cannot be shown.
    fn deliver(&self, token: &str, guest: &str, number: &str, body: &Value) {
        let detail = json!({ "sender": body["sender"]["name"] });
        for (part, content) in screen::contents(body).into_iter().enumerate() {
            let id = if part == 0 { number.to_owned() } else { format!("{number}-{part}") };
            self.show(guest, &id, Actor::There, content, Some(ReceiptStatus::Delivered), detail.clone());
        }
        let mut event = json!({ "event": "delivered", "message_token": number, "user_id": guest });
        if let Some(fault) = rules::client_faults(body).first() {
            self.stage.mark(number, ReceiptStatus::Failed, Some(fault.message.clone()));
            event["event"] = "failed".into();
            event["desc"] = fault.message.as_str().into();
            self.memory().person(token, guest).unseen.retain(|unseen| unseen != number);
        }
        self.call_back_later(token, event, ON_ITS_WAY);
    }

    fn file(&self, name: &str) -> Response {
        match self.memory().files.get(name) {
            Some(file) if file.until > Timestamp::now() => {
                ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response()
            }
            Some(_) => StatusCode::FORBIDDEN.into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    /// Puts something on a guest's screen.
    pub(super) fn show(
        &self,
        guest: &str,
        id: &str,
        actor: Actor,
        content: Content,
        status: Option<ReceiptStatus>,
        detail: Value,
    ) {
        self.stage.show(simulation::Scene {
            connector: crate::DESCRIPTOR.id.to_owned(),
            guest: guest.to_owned(),
            id: id.to_owned(),
            actor,
            content,
            at: Timestamp::now(),
            status,
            reason: None,
            detail,
        });
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

fn ok(mut fields: Value) -> Response {
    fields["status"] = 0.into();
    fields["status_message"] = "ok".into();
    answer(&fields)
}

fn refusal(status: i64, message: &str) -> Response {
    answer(&json!({ "status": status, "status_message": message, "chat_hostname": "SN-CHAT-01_" }))
}

/// Whatever it is, it is 200.
fn answer(body: &Value) -> Response {
    axum::Json(body).into_response()
}

/// From 0 up to 1.
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 74) as f64 / (1_u64 << 54) as f64
}
