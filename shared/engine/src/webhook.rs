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
    Channel, Connector, ConversationId, CxPlatform, Inbound, Outbound, Parsed, PublishedKeys, Rejection, TenantId,
    TraceId, WebhookRequest, WebhookResponse, parse_settings,
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
        let parse = |settings: &C::Settings| channel.parse(&request, settings);
        let received = receive(channel, context, &self.keys, &request, channel_side, parse).await;
        let (tenant, parsed) = match received {
            Ok(received) => received,
            Err(answer) => return answer,
        };
        let tenant = &tenant.tenant;
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
        finish(channel, tenant, count, &parsed.ignored, queued, parsed.answer)
    }
}

#[async_trait]
impl<P: CxPlatform> HttpHandler for PlatformWebhook<P> {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        let platform = &self.platform;
        let parse = |settings: &P::Settings| platform.parse(&request, settings);
        let received = receive(platform, context, &self.keys, &request, platform_side, parse).await;
        let (tenant, parsed) = match received {
            Ok(received) => received,
            Err(answer) => return answer,
        };
        let tenant = &tenant.tenant;
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

/// Finds the tenant, verifies, parses. `Err` is the answer when there is nothing to queue.
async fn receive<C: Connector, T>(
    connector: &C,
    context: &Context,
    ring: &KeyRing,
    request: &WebhookRequest,
    side: SideOf,
    parse: impl Fn(&C::Settings) -> Result<Parsed<T>, Rejection>,
) -> Result<(Arc<KnownTenant>, Parsed<T>), WebhookResponse> {
    let descriptor = Connector::descriptor(connector);
    let refuse = |status: StatusCode, word: &str| {
        metrics::count(Metric::SignatureRejected, descriptor.id, word);
        WebhookResponse::empty(status)
    };
    if request.method != Method::POST {
        return Err(refuse(StatusCode::METHOD_NOT_ALLOWED, "method"));
    }
    if request.body.len() > BODY_MAX {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge"));
    }
    let unavailable = |error: StoreError| {
        tracing::error!(connector = descriptor.id, %error, "the tenant cannot be read");
        WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
    };
    let account = connector
        .account_of(request)
        .map_err(|rejection| refuse(connector.refusal_status(rejection), rejection.word()))?;
    let id = match &account {
        None => tenant_of(&request.path, descriptor.path),
        Some(account) => context.tenant_of_account(descriptor.id, account).await.map_err(unavailable)?,
    };
    let Some(id) = id else {
        return Err(refuse(StatusCode::NOT_FOUND, "noTenant"));
    };
    let Some(mut tenant) = context.tenant(&id).await.map_err(unavailable)? else {
        return Err(refuse(StatusCode::NOT_FOUND, "unknownTenant"));
    };
    let verify = |tenant: &KnownTenant, keys: &PublishedKeys| {
        let (id, settings) = side(&tenant.tenant);
        if id != descriptor.id {
            return Err(refuse(StatusCode::NOT_FOUND, "otherConnector"));
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
    let rejected = |rejection: Rejection| {
        tracing::warn!(tenant = %id, connector = descriptor.id, %rejection, "a webhook's request is refused");
        refuse(connector.refusal_status(rejection), rejection.word())
    };
    let settings = verified.map_err(rejected)?;
    if !tenant.tenant.enabled {
        metrics::count(Metric::Ignored, descriptor.id, "tenantOff");
        return Ok((tenant, Parsed::default()));
    }
    let parsed = parse(&settings).map_err(rejected)?;
    Ok((tenant, parsed))
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
