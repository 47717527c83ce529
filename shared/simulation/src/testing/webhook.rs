//! A tenant's webhook, as the engine has it: verify, then parse.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use contract::{
    Clock, Connector, Parsed, PublishedKeys, Rejection, SendError, WebhookRequest, WebhookResponse,
    http::{Request, Response, Transport},
    parse_settings,
};
use serde_json::Value;

pub(super) type Parse<C, E> = fn(&C, &WebhookRequest, &<C as Connector>::Settings) -> Result<Parsed<E>, Rejection>;

/// Takes what the simulator posts.
pub(super) struct Webhook<C: Connector, E> {
    pub(super) connector: Arc<C>,
    pub(super) parse: Parse<C, E>,
    pub(super) path: String,
    pub(super) clock: Clock,
    pub(super) settings: Mutex<Value>,
    pub(super) keys: Mutex<PublishedKeys>,
    /// The statuses of the next answers; as it should be when there are none left.
    pub(super) statuses: Mutex<VecDeque<u16>>,
    pub(super) requests: Mutex<Vec<WebhookRequest>>,
    pub(super) events: Mutex<Vec<E>>,
}

impl<C: Connector, E> Webhook<C, E> {
    fn answer(&self, request: &WebhookRequest) -> WebhookResponse {
        let below = format!("{}/", self.path);
        if request.path != self.path && !request.path.starts_with(&below) {
            return WebhookResponse::empty(http::StatusCode::NOT_FOUND);
        }
        self.requests.lock().unwrap().push(request.clone());
        if let Some(status) = self.statuses.lock().unwrap().pop_front() {
            return WebhookResponse::empty(http::StatusCode::from_u16(status).unwrap());
        }
        let settings: C::Settings = parse_settings(&self.settings.lock().unwrap()).unwrap();
        let account = self.connector.account_of(request).expect("the request says whose it is");
        if account.is_some() && account != Connector::account(&*self.connector, &settings) {
            return WebhookResponse::empty(http::StatusCode::NOT_FOUND);
        }
        let keys = self.keys.lock().unwrap().clone();
        if let Err(rejection) = self.connector.verify_with(request, &settings, &keys, self.clock.now()) {
            return WebhookResponse::empty(self.connector.refusal_status(rejection));
        }
        let parsed = (self.parse)(&self.connector, request, &settings).expect("what the network sends is understood");
        self.events.lock().unwrap().extend(parsed.events);
        parsed.answer.unwrap_or_else(|| WebhookResponse::empty(http::StatusCode::OK))
    }
}

#[async_trait]
impl<C: Connector, E: Send> Transport for Webhook<C, E> {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let url = request.url.parse::<url::Url>().map_err(|_| contract::SendErrorKind::Connection)?;
        let answer = self.answer(&WebhookRequest {
            method: request.method,
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            headers: request.headers,
            body: request.body,
        });
        Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
    }
}
