//! What a platform does not tell by itself: whether a conversation is over, whether a registration is done. Runs every
//! minute and asks about what is due.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws::{
    Context,
    lambda::ScheduleHandler,
    store::{Conversation, WATCH_SHARDS},
    tenant::Tenant,
};
use contract::{
    AnyConnector, Connector, CxPlatform, Io, PlatformState, ProvisionStatus, SendError, TenantId, parse_settings,
};
use serde_json::{Value, json};

use super::{FindChannel, close};

/// A conversation that nobody wrote in for so long is closed, whatever the platform says.
const IDLE_LIMIT: Duration = Duration::from_secs(72 * 3600);
/// The longest rest between two questions about a conversation.
const REST_MAX: Duration = Duration::from_secs(3600);
/// Conversations asked about in one run, per shard.
const BATCH: i32 = 50;

pub(super) struct PlatformWatch<P> {
    pub platform: P,
    pub channels: FindChannel,
}

#[async_trait]
impl<P: CxPlatform> ScheduleHandler for PlatformWatch<P> {
    async fn handle(&self, context: &Arc<Context>) -> Result<Value, SendError> {
        // Puts the deployment's proxy in force.
        context.settings().await?;
        let (mut looked, mut closed) = (0, 0);
        for shard in 0..WATCH_SHARDS {
            for conversation in context.conversations.due(shard, BATCH).await? {
                if conversation.platform != Connector::descriptor(&self.platform).id {
                    continue;
                }
                looked += 1;
                match self.look(context, &conversation).await {
                    Ok(was_closed) => closed += u32::from(was_closed),
                    Err(error) => {
                        tracing::warn!(conversation = %conversation.id, %error, "cannot look at the conversation");
                        let again = context.now().checked_add(Duration::from_secs(300)).unwrap_or(jiff::Timestamp::MAX);
                        context.conversations.watch_again(&conversation, again).await?;
                    }
                }
            }
        }
        let registered = self.registrations(context).await?;
        Ok(json!({ "looked": looked, "closed": closed, "registered": registered }))
    }
}

impl<P: CxPlatform> PlatformWatch<P> {
    async fn look(&self, context: &Context, conversation: &Conversation) -> Result<bool, SendError> {
        let Some(known) = context.tenant(&conversation.tenant).await? else {
            return close(context, conversation).await;
        };
        let now = context.now();
        let idle = Duration::try_from(now.duration_since(conversation.last_activity_at)).unwrap_or_default();
        if idle > IDLE_LIMIT {
            return close(context, conversation).await;
        }
        if let Some(id) = &conversation.platform_conversation_id {
            let settings: P::Settings = parse_settings(&known.tenant.cx_platform.settings.0)
                .map_err(|_| SendError::new(contract::SendErrorKind::TenantGone))?;
            let http = context.http.for_connector(Connector::descriptor(&self.platform).id);
            let io = Io {
                tenant: &conversation.tenant,
                settings: &settings,
                http: &http,
                tokens: context,
                clock: &context.clock,
            };
            if self.platform.conversation_state(&io, id).await? == PlatformState::Closed {
                return close(context, conversation).await;
            }
        }
        let rest = self.platform.watch_interval().max(idle / 4).min(REST_MAX);
        let again = now.checked_add(rest).unwrap_or(jiff::Timestamp::MAX);
        context.conversations.watch_again(conversation, again).await?;
        Ok(false)
    }

    /// Asks how registrations under way stand; returns how many came to an end.
    async fn registrations(&self, context: &Context) -> Result<u32, SendError> {
        let mut done = 0;
        for id in context.configuration.pending::<Tenant>().await? {
            let Some(mut found) = context.configuration.tenant(&TenantId::from(id)).await? else { continue };
            let tenant = &mut found.value;
            if tenant.cx_platform.connector == Connector::descriptor(&self.platform).id {
                let settings = &tenant.cx_platform.settings.0;
                let now = status(context, &self.platform, &tenant.id, settings, &tenant.cx_platform_status).await;
                tenant.cx_platform_status = now;
            }
            if let Some(channel) = (self.channels)(&tenant.messaging.connector) {
                let settings = &tenant.messaging.settings.0;
                let now = status(context, channel, &tenant.id, settings, &tenant.messaging_status).await;
                tenant.messaging_status = now;
            }
            if aws::store::Document::pending(&found.value) {
                continue;
            }
            // Somebody who saves the tenant now knows better; what is still pending then is asked again.
            match context.configuration.put(&found.value, found.version, &found.secrets, None).await {
                Ok(_) => done += 1,
                Err(error) => tracing::info!(tenant = %found.value.id, %error, "the tenant was saved meanwhile"),
            }
        }
        Ok(done)
    }
}

/// How one registration stands; as before while the network cannot be asked.
async fn status<C: AnyConnector + ?Sized>(
    context: &Context,
    connector: &C,
    tenant: &TenantId,
    settings: &Value,
    before: &ProvisionStatus,
) -> ProvisionStatus {
    if !matches!(before, ProvisionStatus::Pending { .. }) {
        return before.clone();
    }
    let http = context.http.for_connector(AnyConnector::descriptor(connector).id);
    let settings = context.settings_for(connector, settings);
    let io = context.io(tenant, &settings, &http);
    match AnyConnector::provision_status(connector, &io).await {
        Ok(status) => status,
        Err(error) if error.retryable() => before.clone(),
        Err(error) => ProvisionStatus::Failed { detail: error.sentence },
    }
}
