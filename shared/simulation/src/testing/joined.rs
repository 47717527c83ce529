//! What chats of channels and of platforms have in common.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use contract::{
    Clock, Connector, Content, Io, MemoryTokens, Place, PublishedKeys, SendError, SendErrorKind, TenantId,
    WebhookRequest,
    http::{Request, Response, Transport},
};
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt;

use super::webhook::{Parse, Webhook};
use crate::{Action, Actor, Environment, Faults, Link, Network, Scene, Simulated, Simulator};

/// The tenant of every chat.
pub const TENANT: &str = "tenant-1";
/// Where the tenants' webhooks are.
const ROOT: &str = "https://um.example";
/// Where the simulator is.
const ORIGIN: &str = "http://simulator.example";
/// What ids are drawn from.
const SEED: u64 = 1;

/// When every chat begins: 2026-01-01.
pub fn start() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}

/// Hands requests to the simulator's router, whatever host they name; files that are served are answered before.
pub struct ToSimulator {
    router: axum::Router,
    served: Mutex<HashMap<String, (Bytes, Option<String>)>>,
}

#[async_trait]
impl Transport for ToSimulator {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        if let Some((bytes, mime)) = self.served.lock().unwrap().get(&request.url).cloned() {
            let response = Response::new(200).body(bytes);
            return Ok(mime.iter().fold(response, |response, mime| response.header("content-type", mime)));
        }
        let mut call = http::Request::builder().method(request.method).uri(request.url);
        *call.headers_mut().unwrap() = request.headers;
        let answer = self.router.clone().oneshot(call.body(Body::from(request.body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|_| SendErrorKind::Connection)?;
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }

    fn stands_in(&self) -> bool {
        true
    }
}

/// A connector and its simulator, the tenant's webhook between them.
pub struct Joined<C: Connector, N: Network, E> {
    /// The connector.
    pub connector: Arc<C>,
    /// The simulator.
    pub simulator: Simulated<N>,
    /// The tenant as the simulator knows it.
    pub link: Link,
    /// The tenant's settings as the connector is given them: with those of the deployment.
    pub settings: Value,
    /// The time, of both. It stands unless it is moved.
    pub clock: Clock,
    /// The tenant's access tokens.
    pub tokens: MemoryTokens,
    /// The way to the simulator.
    pub http: ToSimulator,
    /// Who chats.
    pub guest: String,
    tenant: TenantId,
    webhook: Arc<Webhook<C, E>>,
}

impl<C: Connector, N: Network, E: Send + 'static> Joined<C, N, E> {
    pub(super) async fn open(connector: C, network: N, parse: Parse<C, E>) -> Self {
        let (connector, clock, tenant) = (Arc::new(connector), Clock::fixed(start()), TenantId::from(TENANT));
        let link = Link {
            webhook_url: format!("{ROOT}{}", connector.webhook_path(&tenant)),
            settings: network.demo_settings(),
        };
        let mut settings = link.settings.clone();
        for (name, variable) in connector.deployment_settings() {
            let found = network.variables().into_iter().find(|(name, _)| name == variable);
            settings[name] = found.expect("the network knows the deployment").1.into();
        }
        let webhook = Arc::new(Webhook {
            connector: connector.clone(),
            parse,
            path: connector.webhook_path(&tenant),
            clock: clock.clone(),
            settings: Mutex::new(settings.clone()),
            keys: Mutex::default(),
            statuses: Mutex::default(),
            requests: Mutex::default(),
            events: Mutex::default(),
        });
        let environment = Environment { clock: clock.clone(), seed: SEED, http: webhook.clone() };
        let simulator = Simulated::within(network, environment);
        simulator.mounted(ORIGIN);
        let http = ToSimulator { router: simulator.router(), served: Mutex::default() };
        let keys: PublishedKeys = connector.published_keys(&http).await.expect("the network publishes its keys");
        *webhook.keys.lock().unwrap() = keys;
        let (tokens, guest) = (MemoryTokens::new(clock.clone()), Simulator::guest_id(&simulator, 1));
        Self { connector, simulator, link, settings, clock, tokens, http, guest, tenant, webhook }
    }

    /// What calls to the network are made with, the settings not typed.
    pub fn io(&self) -> Io<'_, Value> {
        let Self { tenant, settings, http, tokens, clock, .. } = self;
        Io { tenant, settings, http, tokens, clock }
    }

    /// What calls to the network are made with.
    pub fn typed_io<'a>(&'a self, settings: &'a C::Settings) -> Io<'a, C::Settings> {
        let Self { tenant, http, tokens, clock, .. } = self;
        Io { tenant, settings, http, tokens, clock }
    }

    /// The tenant's settings are these from now on, on both sides.
    pub fn set_settings(&mut self, settings: Value) {
        self.link.settings.clone_from(&settings);
        self.webhook.settings.lock().unwrap().clone_from(&settings);
        self.settings = settings;
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the tenant's webhook is.
    pub fn place(&self) -> Place {
        Place { webhook_url: self.link.webhook_url.clone(), tenant_name: "Demo".to_owned() }
    }

    /// An agent's file, or the tenant's own, at an address that is not the network's.
    pub fn serve(&self, url: &str, bytes: impl Into<Bytes>, mime: Option<&str>) {
        self.http.served.lock().unwrap().insert(url.to_owned(), (bytes.into(), mime.map(str::to_owned)));
    }

    /// The webhook answers its next requests so, and takes nothing of them.
    pub fn answer_with(&self, statuses: impl IntoIterator<Item = u16>) {
        *self.webhook.statuses.lock().unwrap() = statuses.into_iter().collect();
    }

    /// The webhook's requests since this was asked last, taken or not.
    pub fn requests(&self) -> Vec<WebhookRequest> {
        std::mem::take(&mut *self.webhook.requests.lock().unwrap())
    }

    /// The events since this was asked last.
    pub fn events(&self) -> Vec<E> {
        std::mem::take(&mut *self.webhook.events.lock().unwrap())
    }

    /// Does something as a person at the simulator: what the webhook took, without what comes later. The error is what the
    /// person is told.
    pub async fn act_as(&self, guest: &str, action: Action) -> Result<Vec<E>, String> {
        self.events();
        self.simulator.act(&self.link, guest, action).await?;
        Ok(self.events())
    }

    /// What the network posts later: all of it comes now. What the webhook took.
    pub async fn flush(&self) -> Vec<E> {
        self.simulator.flush().await;
        self.events()
    }

    /// Everything on the stage, oldest first.
    pub fn scenes(&self) -> Vec<Scene> {
        self.simulator.stage().past()
    }

    /// What the stage shows, as who and what.
    pub fn screen(&self) -> Vec<(Actor, Content)> {
        self.scenes().into_iter().map(|scene| (scene.actor, scene.content)).collect()
    }

    /// The stage's id of the newest message.
    pub fn newest(&self) -> String {
        self.scenes().last().expect("something is on the stage").id.clone()
    }

    /// Puts faults in force.
    pub fn set_faults(&self, faults: Faults) {
        self.simulator.stage().set_faults(faults);
    }

    /// A tap on what the newest message has.
    pub fn tap(&self, text: &str, payload: &str) -> Action {
        Action::Tap { message: self.newest(), text: text.to_owned(), payload: payload.to_owned() }
    }
}

/// Each fault at its full share, with what a connector makes of it.
pub(super) fn faults() -> [(Faults, SendErrorKind); 4] {
    let none = Faults::default();
    [
        (Faults { error: 1.0, ..none }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..none }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..none }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..none }, SendErrorKind::Connection),
    ]
}
