//! Webhooks: verify, parse, queue, answer. No call to a provider, and on the warm path one call to AWS.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};

use crate::{
    Channel, Connector, Context, ConversationId, CxPlatform, Inbound, KnownTenant, Outbound, Parsed, Rejection,
    TenantId, TraceId, WebhookRequest, WebhookResponse,
    connector::parse_settings,
    lambda::HttpHandler,
    metrics::{self, Metric},
    queue::{Envelope, Origin},
    store::StoreError,
    tenant::{Settings, Tenant},
};

/// Longest body that is looked at, in bytes. No network sends more in one event; API Gateway passes 6 MB.
const BODY_MAX: usize = 4 << 20;

pub(super) struct ChannelWebhook<C>(pub C);
pub(super) struct PlatformWebhook<P>(pub P);

#[async_trait]
impl<C: Channel> HttpHandler for ChannelWebhook<C> {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        let channel = &self.0;
        let received =
            receive(channel, context, &request, channel_side, |settings| channel.parse(&request, settings)).await;
        let (tenant, parsed) = match received {
            Ok(received) => received,
            Err(answer) => return answer,
        };
        let tenant = &tenant.tenant;
        let events: Vec<Envelope<Inbound>> = parsed
            .events
            .into_iter()
            .map(|event| {
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
        let platform = &self.0;
        let received =
            receive(platform, context, &request, platform_side, |settings| platform.parse(&request, settings)).await;
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
    let Some(id) = tenant_of(&request.path, descriptor.path) else {
        return Err(refuse(StatusCode::NOT_FOUND, "noTenant"));
    };
    let unavailable = |error: StoreError| {
        tracing::error!(tenant = %id, %error, "the tenant cannot be read");
        WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
    };
    let Some(mut tenant) = context.tenant(&id).await.map_err(unavailable)? else {
        return Err(refuse(StatusCode::NOT_FOUND, "unknownTenant"));
    };
    let verify = |tenant: &KnownTenant| {
        let (id, settings) = side(&tenant.tenant);
        if id != descriptor.id {
            return Err(refuse(StatusCode::NOT_FOUND, "otherConnector"));
        }
        let settings: C::Settings = parse_settings(&settings.0).map_err(|fault| {
            tracing::error!(tenant = %tenant.tenant.id, at = fault.pointer, "the tenant's settings do not parse");
            WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
        })?;
        Ok(connector.verify(request, &settings, context.now()).map(|()| settings))
    };
    let mut verified = verify(&tenant)?;
    if verified.is_err()
        && let Some(fresh) = context.tenant_if_changed(&tenant).await.map_err(unavailable)?
    {
        tenant = fresh;
        verified = verify(&tenant)?;
    }
    let rejected = |rejection: Rejection| {
        tracing::warn!(tenant = %id, connector = descriptor.id, %rejection, "a webhook's request is refused");
        refuse(rejection.status(), rejection.word())
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
