//! What few channels do when a guest, or all guests of an account, can no longer be written to.

use async_trait::async_trait;

use crate::{Inbound, TenantId, TokenCache};

/// Cleans up after [`crate::Presence::Unsubscribed`]: the app was removed from a workspace, so that its token is of no use.
#[async_trait]
pub trait Unsubscription: Send + Sync + 'static {
    /// Called by the webhook for each such event once it is queued, also for a tenant that is switched off. Networks tell
    /// things twice and late, so it must be repeatable, and spare what is newer than the event. What fails is logged.
    async fn unsubscribed(&self, tenant: &TenantId, event: &Inbound, tokens: &dyn TokenCache);
}
