//! The way from a simulator to webhooks on this machine.

use async_trait::async_trait;
use contract::{
    SendError, SendErrorKind,
    http::{Request, Response, Transport},
};

/// Real HTTP without a proxy, which would not know the way, and without following redirects.
pub(crate) struct WebhookClient(reqwest::Client);

impl Default for WebhookClient {
    fn default() -> Self {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self(client.unwrap_or_default())
    }
}

#[async_trait]
impl Transport for WebhookClient {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let mut call = self.0.request(request.method, request.url).headers(request.headers).body(request.body);
        if let Some(limit) = request.timeout {
            call = call.timeout(limit);
        }
        let failed = |error: reqwest::Error| match error.is_timeout() {
            true => SendErrorKind::Timeout,
            false => SendErrorKind::Connection,
        };
        let answer = call.send().await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Response { status, headers, body: answer.bytes().await.map_err(failed)? })
    }
}
