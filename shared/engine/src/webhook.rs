//! Webhooks: verify, parse, queue, answer. On the warm path one call to AWS, and none to a provider: the keys that a
//! network publishes are kept (see [`super::keys`]).

use std::sync::Arc;

use async_trait::async_trait;
use aws::{
    Context, KnownTenant,
    lambda::HttpHandler,
    metrics::{self, Metric},
    queue::{Envelope, Origin},
    store::StoreError,
    tenant::{Settings, Tenant},
};
use contract::{
    Channel, Connector, Content, ConversationId, CxPlatform, Inbound, Outbound, Parsed, Presence, PublishedKeys,
    Rejection, TenantId, TraceId, WebhookRequest, WebhookResponse, parse_settings,
};
use http::{Method, StatusCode};

use super::keys::KeyRing;

/// Longest body that is looked at, in bytes. No network sends more in one event; API Gateway passes 6 MB.
const BODY_MAX: usize = 4 << 20;

pub(super) struct ChannelWebhook<C> {
    channel: C,
    keys: KeyRing,
}

impl<C> ChannelWebhook<C> {
    pub fn new(channel: C) -> Self {
        Self { channel, keys: KeyRing::default() }
    }
}

pub(super) struct PlatformWebhook<P> {
    platform: P,
    keys: KeyRing,
}

impl<P> PlatformWebhook<P> {
    pub fn new(platform: P) -> Self {
        Self { platform, keys: KeyRing::default() }
    }
}

#[async_trait]
impl<C: Channel> HttpHandler for ChannelWebhook<C> {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        let channel = &self.channel;
        let received = receive(channel, context, &self.keys, &request, channel_side).await;
        let (tenant, settings) = match received {
            Ok(received) => received,
            Err(answer) => return answer,
        };
        let tenant = &tenant.tenant;
        let parsed = channel.parse(&request, &settings);
        let ended = unsubscriptions(channel, &parsed);
        if !tenant.enabled {
            unsubscribe(channel, context, tenant, &ended).await;
            return switched_off(channel, tenant);
        }
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(rejection) => return refuse(channel, tenant, rejection),
        };
        let events: Vec<Envelope<Inbound>> = parsed
            .events
            .into_iter()
            .map(|mut event| {
                if event.at == Inbound::UNTOLD {
                    event.at = context.now();
                }
                let guest = event.guest.id.clone();
                envelope(context, tenant, ConversationId::of(&tenant.id, &tenant.messaging.connector, &guest), event)
            })
            .collect();
        let count = events.len();
        let queued = context.queues.send_inbound(&tenant.cx_platform.connector, events).await;
        // What is not queued is sent again, and cleaned up then.
        if queued.is_ok() {
            unsubscribe(channel, context, tenant, &ended).await;
        }
        finish(channel, tenant, count, &parsed.ignored, queued, parsed.answer)
    }
}

#[async_trait]
impl<P: CxPlatform> HttpHandler for PlatformWebhook<P> {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        let platform = &self.platform;
        let received = receive(platform, context, &self.keys, &request, platform_side).await;
        let (tenant, settings) = match received {
            Ok(received) => received,
            Err(answer) => return answer,
        };
        let tenant = &tenant.tenant;
        if !tenant.enabled {
            return switched_off(platform, tenant);
        }
        let parsed = match platform.parse(&request, &settings) {
            Ok(parsed) => parsed,
            Err(rejection) => return refuse(platform, tenant, rejection),
        };
        let messages: Vec<Envelope<Outbound>> = parsed
            .events
            .into_iter()
            .map(|message| {
                let guest = message.to.clone();
                envelope(context, tenant, ConversationId::of(&tenant.id, &tenant.messaging.connector, &guest), message)
            })
            .collect();
        let count = messages.len();
        let queued = context.queues.send_outbound(&tenant.messaging.connector, messages).await;
        finish(platform, tenant, count, &parsed.ignored, queued, parsed.answer)
    }
}

/// A tenant's connector and its settings on one side.
type SideOf = fn(&Tenant) -> (&str, &Settings);

fn channel_side(tenant: &Tenant) -> (&str, &Settings) {
    (&tenant.messaging.connector, &tenant.messaging.settings)
}

fn platform_side(tenant: &Tenant) -> (&str, &Settings) {
    (&tenant.cx_platform.connector, &tenant.cx_platform.settings)
}

/// The events by which a channel's own keepings end; none of a channel that keeps nothing.
fn unsubscriptions(channel: &impl Channel, parsed: &Result<Parsed<Inbound>, Rejection>) -> Vec<Inbound> {
    let (Some(_), Ok(parsed)) = (channel.unsubscription(), parsed) else { return Vec::new() };
    let gone = Content::Presence { presence: Presence::Unsubscribed };
    parsed.events.iter().filter(|event| event.content == gone).cloned().collect()
}

async fn unsubscribe(channel: &impl Channel, context: &Context, tenant: &Tenant, events: &[Inbound]) {
    let Some(unsubscription) = channel.unsubscription() else { return };
    for event in events {
        unsubscription.unsubscribed(&tenant.id, event, context).await;
    }
}

/// Finds the tenant and verifies; its settings on this side. `Err` is the answer to a request that is not taken.
async fn receive<C: Connector>(
    connector: &C,
    context: &Context,
    ring: &KeyRing,
    request: &WebhookRequest,
    side: SideOf,
) -> Result<(Arc<KnownTenant>, C::Settings), WebhookResponse> {
    let descriptor = Connector::descriptor(connector);
    let refused = |status: StatusCode, word: &str| {
        metrics::count(Metric::SignatureRejected, descriptor.id, word);
        WebhookResponse::empty(status)
    };
    if request.method != Method::POST {
        return Err(refused(StatusCode::METHOD_NOT_ALLOWED, "method"));
    }
    if request.body.len() > BODY_MAX {
        return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge"));
    }
    let unavailable = |error: StoreError| {
        tracing::error!(connector = descriptor.id, %error, "the tenant cannot be read");
        WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
    };
    let account = connector
        .account_of(request)
        .map_err(|rejection| refused(connector.refusal_status(rejection), rejection.word()))?;
    let id = match &account {
        None => tenant_of(&request.path, descriptor.path),
        Some(account) => context.tenant_of_account(descriptor.id, account).await.map_err(unavailable)?,
    };
    let Some(id) = id else {
        return Err(refused(StatusCode::NOT_FOUND, "noTenant"));
    };
    let Some(mut tenant) = context.tenant(&id).await.map_err(unavailable)? else {
        return Err(refused(StatusCode::NOT_FOUND, "unknownTenant"));
    };
    let verify = |tenant: &KnownTenant, keys: &PublishedKeys| {
        let (id, settings) = side(&tenant.tenant);
        if id != descriptor.id {
            return Err(refused(StatusCode::NOT_FOUND, "otherConnector"));
        }
        let settings: C::Settings = parse_settings(&context.settings_for(connector, &settings.0)).map_err(|fault| {
            tracing::error!(tenant = %tenant.tenant.id, at = fault.pointer, "the tenant's settings do not parse");
            WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
        })?;
        // The tenant may have another account by now.
        if account.is_some() && Connector::account(connector, &settings) != account {
            return Ok(Err(Rejection::WrongAccount));
        }
        Ok(connector.verify_with(request, &settings, keys, context.now()).map(|()| settings))
    };
    let mut keys = ring.held();
    let mut verified = verify(&tenant, &keys)?;
    if ring.must_renew(verified.as_ref().err().copied(), context.now()) {
        match ring.renew(connector, context).await {
            Ok(fresh) => {
                keys = fresh;
                verified = verify(&tenant, &keys)?;
            }
            // Those that are held are good until their network says otherwise.
            Err(error) => {
                tracing::warn!(connector = descriptor.id, kind = ?error.kind, code = error.code, "keys not fetched");
            }
        }
    }
    if matches!(verified, Err(Rejection::UnknownKey)) && ring.is_empty() {
        // Nothing can be told without any: the network is to send again.
        return Err(WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE));
    }
    if verified.is_err()
        && let Some(fresh) = context.tenant_if_changed(&tenant).await.map_err(unavailable)?
    {
        tenant = fresh;
        verified = verify(&tenant, &keys)?;
    }
    let settings = verified.map_err(|rejection| refuse(connector, &tenant.tenant, rejection))?;
    Ok((tenant, settings))
}

fn refuse<C: Connector>(connector: &C, tenant: &Tenant, rejection: Rejection) -> WebhookResponse {
    let id = Connector::descriptor(connector).id;
    tracing::warn!(tenant = %tenant.id, connector = id, %rejection, "a webhook's request is refused");
    metrics::count(Metric::SignatureRejected, id, rejection.word());
    WebhookResponse::empty(connector.refusal_status(rejection))
}

/// Taken, so that the network does not send again, and dropped.
fn switched_off<C: Connector>(connector: &C, tenant: &Tenant) -> WebhookResponse {
    metrics::count(Metric::Ignored, Connector::descriptor(connector).id, "tenantOff");
    finish(connector, tenant, 0, &[], Ok(()), None)
}

/// The tenant's id in `{path}/{tenantId}…`.
fn tenant_of(path: &str, prefix: &str) -> Option<TenantId> {
    let rest = path.strip_prefix(prefix)?.strip_prefix('/')?;
    TenantId::parse(rest.split('/').next()?)
}

fn envelope<T>(context: &Context, tenant: &Tenant, conversation: ConversationId, message: T) -> Envelope<T> {
    Envelope {
        tenant: tenant.id.clone(),
        conversation,
        channel: tenant.messaging.connector.clone(),
        platform: tenant.cx_platform.connector.clone(),
        trace: TraceId::generate(),
        received_at: context.now(),
        origin: Origin::Webhook,
        message,
    }
}

/// 2xx only once everything is queued; 503 makes the network send again.
fn finish<C: Connector>(
    connector: &C,
    tenant: &Tenant,
    count: usize,
    ignored: &[&'static str],
    queued: Result<(), StoreError>,
    answer: Option<WebhookResponse>,
) -> WebhookResponse {
    let id = Connector::descriptor(connector).id;
    for reason in ignored {
        metrics::count(Metric::Ignored, id, reason);
    }
    match queued {
        Ok(()) => {
            if count > 0 {
                metrics::record(Metric::Received, id, "", count as f64);
            }
            tracing::info!(tenant = %tenant.id, connector = id, events = count, ignored = ignored.len(), "received");
            answer.unwrap_or_else(|| WebhookResponse::empty(StatusCode::OK))
        }
        Err(error) => {
            tracing::error!(tenant = %tenant.id, connector = id, %error, "events cannot be queued");
            WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_in_the_path() {
        let id = |path| tenant_of(path, "/line").map(|id| id.as_str().to_owned());
        assert_eq!(id("/line/t-1").as_deref(), Some("t-1"));
        assert_eq!(id("/line/t-1/events").as_deref(), Some("t-1"));
        for path in ["/line", "/line/", "/lines/t", "/viber/t", "/line/a%20b", "/line/../x"] {
            assert_eq!(id(path), None, "{path}");
        }
    }
}
