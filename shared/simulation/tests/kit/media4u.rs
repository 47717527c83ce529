//! A plain network, whole: what a simulator comes to with the kit.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use contract::{
    Clock, SendError, SendErrorKind,
    descriptor::{AttachmentPolicy, Capabilities, Confidence, Kind, TextLimit, TextUnit},
    http::Transport,
};
use simulation::{Environment, Simulator, prelude::*};
use tokio::sync::Mutex;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "media4u",
    name: "Media4U",
    kind: Kind::Channel,
    path: "/media4u",
    confidence: Confidence::Partly,
    capabilities: Capabilities::TEXT_ONLY,
    text_limit: TextLimit { max: 660, unit: TextUnit::Characters },
    attachments: AttachmentPolicy::PassThrough,
    redelivery_hours: 24,
    account_settings: &["username"],
};

pub const GUEST: &str = "+819000000001";

#[derive(Default)]
pub struct Media4U;

impl Network for Media4U {
    const CONNECTOR: &'static Descriptor = &DESCRIPTOR;
    /// Every `smsid` that was taken.
    type Memory = BTreeSet<String>;

    fn demo_settings(&self) -> Value {
        json!({ "username": "demo", "password": "demo-password", "webhookToken": "demo webhook&token" })
    }

    fn guest_id(&self, number: u32) -> String {
        format!("+8190{number:08}")
    }

    fn fault(&self, fault: Fault) -> Response {
        let code = if fault == Fault::Refuse { "550" } else { "503" };
        Response::new(fault.status()).json(&json!({ "result": code }))
    }

    fn call(&self, state: &mut State<Self::Memory>, call: &ProviderCall) -> Response {
        if !state.turn_to(|settings| call.basic_is(settings, "username", "password")) {
            return Response::new(200).json(&json!({ "result": "401" }));
        }
        match (call.method(), call.path()) {
            ("POST", "api") => {
                let body = call.json();
                let text = |name: &str| body[name].as_str().unwrap_or_default();
                let result = match text("smstext").chars().count() {
                    _ if !state.memory.insert(text("smsid").to_owned()) => "587",
                    0 => "585",
                    1..=660 => "200",
                    _ => "618",
                };
                if result == "200" {
                    let guest = format!("+{}", text("mobilenumber"));
                    state.show(&guest, text("smsid"), Actor::There, Content::text(text("smstext")));
                    state.post_later(posted(&guest, "1", text("smsid"), ""));
                }
                Response::new(200).json(&json!({ "result": result }))
            }
            ("GET", "api5") => Response::new(200).json(&json!({ "result": "514" })),
            _ => Response::new(404),
        }
    }

    fn act(&self, state: &mut State<Self::Memory>, _: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        match action {
            Action::Text { text } => {
                let id = state.ids.hex();
                state.write(guest, &id, Content::text(text.as_str()));
                Ok(vec![posted(guest, "26", &state.last_id(guest), &text).of(id)])
            }
            _ => Err("An SMS is text.".to_owned()),
        }
    }
}

fn posted(guest: &str, status: &str, id: &str, text: &str) -> Post {
    Post::json(json!({
        "mobilenumber": guest.trim_start_matches('+'), "status": status, "smsid": id, "smstext": text, "type": "sms",
        "returnsmsdatetime": "2026年01月01日 09:00:00", "replyid": "1",
    }))
    .with_query("token", "/webhookToken")
}

/// What came to the webhook, and how it answers: with these statuses first; 0 breaks the connection, 1 takes too long.
#[derive(Default)]
pub struct Webhook {
    pub requests: Mutex<Vec<Request>>,
    pub statuses: Mutex<Vec<u16>>,
}

#[async_trait]
impl Transport for Webhook {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.requests.lock().await.push(request);
        match self.statuses.lock().await.pop() {
            Some(0) => Err(SendErrorKind::Connection.into()),
            Some(1) => Err(SendErrorKind::Timeout.into()),
            status => Ok(Response::new(status.unwrap_or(200))),
        }
    }
}

impl Webhook {
    /// The requests since this was asked last: URL and body.
    pub async fn take(&self) -> Vec<(String, Value)> {
        let requests = std::mem::take(&mut *self.requests.lock().await);
        requests
            .into_iter()
            .map(|request| (request.url, serde_json::from_slice(&request.body).unwrap_or_default()))
            .collect()
    }
}

/// A network on a clock that stands at 0, with a webhook, and the tenant between them.
pub fn network(seed: u64) -> (Simulated<Media4U>, Arc<Webhook>, Link) {
    let webhook = Arc::new(Webhook::default());
    let clock = Clock::fixed(jiff::Timestamp::UNIX_EPOCH);
    let network = Simulated::within(Media4U, Environment { clock, seed, http: webhook.clone() });
    network.mounted("http://127.0.0.1:9101/");
    let link = Link { webhook_url: "https://um.example/media4u/t".to_owned(), settings: network.demo_settings() };
    (network, webhook, link)
}
