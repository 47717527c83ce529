//! What the engine's webhook cannot know by itself, for two things of Slack's. Most events pass through untouched.
//!
//! - A reply in a channel's thread need not call the app when the thread is an open conversation. Only then the store is
//!   asked, and only when it is is the reply taken.
//! - When the app is removed from a workspace, its token is forgotten.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{Context, lambda::HttpHandler, store::ConversationState};
use contract::{Content, ConversationId, GuestId, Presence, TenantId, TokenCache, WebhookRequest, WebhookResponse};
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::{DESCRIPTOR, install, webhook};

const IN_CONVERSATION: HeaderName = HeaderName::from_static(webhook::IN_CONVERSATION);

pub(crate) struct Door {
    /// Verifies, reads, queues, answers.
    pub(crate) engine: Arc<dyn HttpHandler>,
}

#[async_trait]
impl HttpHandler for Door {
    async fn handle(&self, context: &Arc<Context>, mut request: WebhookRequest) -> WebhookResponse {
        request.headers.remove(&IN_CONVERSATION);
        let answer = self.engine.handle(context, request.clone()).await;
        // Whoever gets past the engine has signed.
        let Some(tenant) = tenant_of(&request.path).filter(|_| answer.status == StatusCode::OK) else { return answer };
        if let Some((install, at)) = removal(&request) {
            forget(context, &tenant, &install, at).await;
            return answer;
        }
        let Some(guest) = passed_over(&mut request) else { return answer };
        let id = ConversationId::of(&tenant, DESCRIPTOR.id, &guest);
        match context.conversations.get(&tenant, &id).await {
            Ok(Some(found)) if found.state == ConversationState::Open => self.engine.handle(context, request).await,
            Ok(_) => answer,
            Err(error) => {
                tracing::error!(%tenant, %error, "it cannot be told whether a thread is a conversation");
                WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }
}

fn tenant_of(path: &str) -> Option<TenantId> {
    TenantId::parse(path.strip_prefix(DESCRIPTOR.path)?.strip_prefix('/')?.split('/').next()?)
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window == words)
}

/// Where the app was removed, and when.
fn removal(request: &WebhookRequest) -> Option<(String, Timestamp)> {
    let told = [b"app_uninstalled".as_slice(), b"tokens_revoked"].iter().any(|words| contains(&request.body, words));
    let event = told.then(|| webhook::parse(request).ok()).flatten()?.events.pop()?;
    let gone = event.content == Content::Presence { presence: Presence::Unsubscribed };
    gone.then(|| (event.guest.id.as_str().to_owned(), event.at))
}

/// The token is of no use any more; unless the app was installed again since, and Slack tells late.
async fn forget(context: &Arc<Context>, tenant: &TenantId, install: &str, removed: Timestamp) {
    let name = install::name(install);
    let Some(kept) = TokenCache::get(&**context, tenant, &name).await else { return };
    let newer = TokenCache::renewed(&**context, tenant, &name, &kept).await.unwrap_or(kept);
    if install::Installation::read(&newer).installed_at <= removed.as_second() {
        TokenCache::forget(&**context, tenant, &name).await;
        tracing::warn!(%tenant, install, "the app was removed from a workspace");
    }
}

/// The conversation of a reply that did not call the app, if it is one; `request` then says that it may be taken.
fn passed_over(request: &mut WebhookRequest) -> Option<GuestId> {
    if !contains(&request.body, b"\"thread_ts\"") || !is_reply(&request.body) {
        return None;
    }
    if !webhook::parse(request).ok()?.events.is_empty() {
        return None;
    }
    request.headers.insert(IN_CONVERSATION, HeaderValue::from_static("1"));
    Some(webhook::parse(request).ok()?.events.pop()?.guest.id)
}

/// Talk of several people, in a thread.
fn is_reply(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let event = &body["event"];
    let inner = [&event["message"], &event["previous_message"], event];
    event["type"] == "message" && inner.iter().any(|message| message["thread_ts"].is_string())
}
