//! What is the same in both directions: read the task, claim the delivery, attempt it, and decide what becomes of it. What
//! differs is a [`Leg`].

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws::{
    Context, KnownTenant,
    lambda::{QueueHandler, QueueOutcome, QueueRecord},
    metrics::{self, Metric},
    queue::{Envelope, Task},
    recorder::Recorder,
    store::{Delivery, DeliveryState, Direction, LedgerKey},
};
use contract::{EventId, FailureReason, SendError, SendErrorKind, descriptor::Descriptor, http::Exchange};

use super::attempt::{self, Begun};

/// How long the ledger remembers a delivery at least: three days, the longest any network is known to repeat an event.
const REMEMBERED: Duration = Duration::from_secs(72 * 3600);
/// How old an indication (typing) may be and still be worth showing.
const INDICATION_MAX: Duration = Duration::from_secs(15);

/// A delivery that did not succeed: how far it got, and why it stopped.
pub(super) type Failed = (Delivery, SendError);

/// What is told about a message when it is over.
pub(super) enum Report {
    /// The other side took it.
    Delivered,
    /// It will never arrive.
    Failed(FailureReason),
}

/// One direction of travel.
#[async_trait]
pub(super) trait Leg: Send + Sync {
    /// What travels.
    type Message: Send + Sync;
    /// Which way.
    const DIRECTION: Direction;

    /// The connector at the far end.
    fn descriptor(&self) -> &'static Descriptor;

    /// The task's envelope, if it goes this way.
    fn take(task: Task) -> Option<Envelope<Self::Message>>;

    /// What makes the message the same message when it is seen again.
    fn event(message: &Self::Message) -> &EventId;

    /// A word for logs and metrics.
    fn kind(message: &Self::Message) -> &'static str;

    /// Whether it must arrive: claimed, retried, recorded. Else it is an indication, tried once.
    fn must_arrive(message: &Self::Message) -> bool;

    /// Whether somebody would miss it: it goes to the dead letters when it cannot be delivered.
    fn worth_keeping(message: &Self::Message) -> bool;

    /// Why a message is dropped without a trace, before it is claimed; none for all others.
    async fn ignored(
        &self,
        _context: &Context,
        _envelope: &Envelope<Self::Message>,
    ) -> Result<Option<&'static str>, SendError> {
        Ok(None)
    }

    /// One attempt to hand a message over, and its record when it succeeded.
    async fn hand_over(
        &self,
        context: &Arc<Context>,
        key: &LedgerKey,
        delivery: Delivery,
        envelope: &Envelope<Self::Message>,
        known: &KnownTenant,
        recorder: &Recorder<'_>,
    ) -> Result<(), Failed>;

    /// Shows an indication.
    async fn indicate(&self, context: &Arc<Context>, envelope: &Envelope<Self::Message>) -> Result<(), SendError>;

    /// Tells the sending side what became of a message.
    async fn report(
        &self,
        _context: &Context,
        _envelope: &Envelope<Self::Message>,
        _report: Report,
    ) -> Result<(), QueueOutcome> {
        Ok(())
    }
}

/// Carries messages along a leg: the handler of a queue.
pub(super) struct Carrier<L>(pub L);

#[async_trait]
impl<L: Leg> QueueHandler for Carrier<L> {
    async fn handle(&self, context: &Arc<Context>, record: QueueRecord) -> QueueOutcome {
        let connector = self.0.descriptor().id;
        let task = match context.queues.read(&record.body).await {
            Ok(Ok(task)) => task,
            Ok(Err(reason)) => return park(context, connector, &record, &reason).await,
            Err(error) => {
                tracing::warn!(connector, %error, "a task cannot be fetched");
                return QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE);
            }
        };
        let Some(envelope) = L::take(task) else {
            return park(context, connector, &record, "the task belongs to another queue").await;
        };
        let span = tracing::info_span!(
            "delivery", direction = L::DIRECTION.word(), trace = %envelope.trace, tenant = %envelope.tenant,
            conversation = %envelope.conversation
        );
        tracing::Instrument::instrument(self.carry(context, &record, &envelope), span).await
    }
}

impl<L: Leg> Carrier<L> {
    async fn carry(
        &self,
        context: &Arc<Context>,
        record: &QueueRecord,
        envelope: &Envelope<L::Message>,
    ) -> QueueOutcome {
        let (leg, connector) = (&self.0, self.0.descriptor().id);
        let kind = L::kind(&envelope.message);
        if !L::must_arrive(&envelope.message) {
            if let Err(error) = leg.indicate(context, envelope).await {
                tracing::info!(connector, kind = ?error.kind, code = error.code, "an indication was dropped");
                metrics::count(Metric::Dropped, connector, kind);
            }
            return QueueOutcome::Done;
        }
        match leg.ignored(context, envelope).await {
            Ok(None) => {}
            Ok(Some(reason)) => {
                metrics::count(Metric::Ignored, connector, reason);
                return QueueOutcome::Done;
            }
            Err(error) => {
                tracing::warn!(connector, kind = ?error.kind, code = error.code, "the conversation cannot be read");
                return QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE);
            }
        }
        let key = LedgerKey {
            tenant: envelope.tenant.clone(),
            conversation: envelope.conversation.clone(),
            direction: L::DIRECTION,
            event: L::event(&envelope.message).clone(),
        };
        let repeats = Duration::from_secs(u64::from(leg.descriptor().redelivery_hours) * 3600);
        let begun = attempt::begin(context, connector, &key, record, kind, &envelope.trace, repeats.max(REMEMBERED));
        let delivery = match begun.await {
            Begun::Attempt(delivery) => delivery,
            // Its function may have died before the report went out. A report too many is recognised where it arrives.
            Begun::Settled(delivery) if delivery.state == DeliveryState::Delivered => {
                return done(leg.report(context, envelope, Report::Delivered).await);
            }
            Begun::Settled(_) => return QueueOutcome::Done,
            Begun::Wait(outcome) => return outcome,
        };
        if delivery.attempts > context.config.delivery_attempts {
            return self.give_up(context, record, envelope, &key, delivery, &attempt::worn_out(), &[]).await;
        }
        let (outcome, exchanges) = self.attempt(context, &key, delivery, envelope).await;
        match outcome {
            Ok(()) => {
                let took = context.now().duration_since(envelope.received_at).as_millis();
                metrics::count(Metric::Delivered, connector, kind);
                metrics::record(Metric::DeliveryLatency, connector, kind, took as f64);
                tracing::info!(connector, kind, took_ms = took as i64, "delivered");
                done(leg.report(context, envelope, Report::Delivered).await)
            }
            Err((delivery, error)) if attempt::is_final(context, &delivery, &error) => {
                self.give_up(context, record, envelope, &key, delivery, &error, &exchanges).await
            }
            Err((delivery, error)) => {
                attempt::retry_later(context, connector, &key, delivery, &error, &exchanges).await
            }
        }
    }

    async fn attempt(
        &self,
        context: &Arc<Context>,
        key: &LedgerKey,
        delivery: Delivery,
        envelope: &Envelope<L::Message>,
    ) -> (Result<(), Failed>, Vec<Exchange>) {
        let connector = self.0.descriptor().id;
        let known = match usable_tenant(context, envelope, connector).await {
            Ok(known) => known,
            Err(error) => return (Err((delivery, error)), Vec::new()),
        };
        let http = context.http.for_connector(connector);
        let recorder = Recorder::new(&http, &context.clock, &known.secrets);
        let outcome = self.0.hand_over(context, key, delivery, envelope, &known, &recorder).await;
        (outcome, recorder.exchanges())
    }

    /// Ends a message for good: the sender is told, the body goes to the dead letters with its reason, the ledger is
    /// settled, the alarm's metric is emitted. In this order, so that an end which is cut short is made again.
    #[allow(clippy::too_many_arguments)]
    async fn give_up(
        &self,
        context: &Context,
        record: &QueueRecord,
        envelope: &Envelope<L::Message>,
        key: &LedgerKey,
        mut delivery: Delivery,
        error: &SendError,
        exchanges: &[Exchange],
    ) -> QueueOutcome {
        let connector = self.0.descriptor().id;
        let why = FailureReason { kind: error.kind, sentence: error.sentence.clone() };
        if let Err(outcome) = self.0.report(context, envelope, Report::Failed(why)).await {
            return outcome;
        }
        delivery.state = DeliveryState::Failed;
        let keep = L::worth_keeping(&envelope.message);
        let reason = format!("{:?} {}: {}", error.kind, error.code.as_deref().unwrap_or("-"), error.sentence);
        let ended = async {
            if keep {
                context.queues.quarantine(record, &reason).await?;
            }
            let task = if keep { Some(context.queues.keepable(&record.body).await?) } else { None };
            let store = &context.conversations;
            let settling = store.settling_with(key, &delivery, Some(error), exchanges, task.as_deref())?;
            store.commit(vec![settling, store.logging(key, error, exchanges)?]).await
        };
        if let Err(error) = ended.await {
            tracing::error!(connector, %error, "the end of a message cannot be recorded");
            return QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE);
        }
        if keep {
            metrics::count(Metric::Quarantined, connector, &format!("{:?}", error.kind));
            tracing::error!(
                connector, kind = ?error.kind, code = error.code, attempts = delivery.attempts,
                "a message will never arrive"
            );
        } else {
            metrics::count(Metric::Dropped, connector, L::kind(&envelope.message));
        }
        QueueOutcome::Done
    }
}

fn done(reported: Result<(), QueueOutcome>) -> QueueOutcome {
    reported.err().unwrap_or(QueueOutcome::Done)
}

/// A task that nobody can read goes where operators look.
async fn park(context: &Context, connector: &str, record: &QueueRecord, reason: &str) -> QueueOutcome {
    tracing::error!(connector, reason, "a task cannot be read");
    match context.queues.quarantine(record, reason).await {
        Ok(()) => {
            metrics::count(Metric::Quarantined, connector, "unreadable");
            QueueOutcome::Done
        }
        Err(error) => {
            tracing::error!(connector, %error, "the dead-letter queue cannot be reached");
            QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE)
        }
    }
}

/// The tenant, if it still takes messages for this connector.
pub(super) async fn usable_tenant<T>(
    context: &Context,
    envelope: &Envelope<T>,
    connector: &str,
) -> Result<Arc<KnownTenant>, SendError> {
    let gone = |code: &str| SendError::new(SendErrorKind::TenantGone).coded(code.to_owned());
    // Also puts the deployment's proxy in force.
    context.settings().await?;
    let known = context.tenant(&envelope.tenant).await?.ok_or_else(|| gone("deleted"))?;
    if !known.tenant.enabled {
        return Err(gone("switchedOff"));
    }
    if known.tenant.cx_platform.connector != connector && known.tenant.messaging.connector != connector {
        return Err(gone("otherConnector"));
    }
    Ok(known)
}

/// An indication that comes late is worth nothing.
pub(super) fn still_fresh<T>(context: &Context, envelope: &Envelope<T>) -> Result<(), SendError> {
    let late = Duration::try_from(context.now().duration_since(envelope.received_at)).unwrap_or_default();
    if late > INDICATION_MAX { Err(SendErrorKind::Expired.into()) } else { Ok(()) }
}
