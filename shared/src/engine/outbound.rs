//! Agent to guest: moves files to where the guest can fetch them, renders, sends, records, and tells the agent how it went.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    attempt::{self, Begun},
    files::{FILE_MAX, Mover},
    inbound::{INDICATION_MAX, usable_tenant},
};
use crate::{
    Attachment, Channel, Connector, Content, Context, EventId, FailureReason, Guest, Inbound, Io, KnownTenant,
    Outbound, Presence, Receipt, ReceiptStatus, SendContext, SendError, SendErrorKind, Sent,
    connector::parse_settings,
    descriptor::{AttachmentPolicy, Descriptor},
    http::Exchange,
    lambda::{QueueHandler, QueueOutcome, QueueRecord},
    metrics::{self, Metric},
    queue::{Envelope, Task},
    recorder::Recorder,
    storage::{Side, Storages},
    store::{Conversation, ConversationState, Delivery, DeliveryState, Direction, LedgerKey, Question},
};

pub(super) struct DeliverOutbound<C> {
    pub channel: C,
    pub storages: &'static dyn Storages,
}

#[async_trait]
impl<C: Channel> QueueHandler for DeliverOutbound<C> {
    async fn handle(&self, context: &Arc<Context>, record: QueueRecord) -> QueueOutcome {
        let descriptor = Connector::descriptor(&self.channel);
        match read_task(context, descriptor, &record).await {
            Ok(Task::Outbound(envelope)) => {
                let span = tracing::info_span!(
                    "outbound", trace = %envelope.trace, tenant = %envelope.tenant, conversation = %envelope.conversation
                );
                tracing::Instrument::instrument(self.deliver(context, &record, envelope), span).await
            }
            Ok(_) => misplaced(context, descriptor, &record).await,
            Err(outcome) => outcome,
        }
    }
}

type Failed = (Delivery, SendError);

impl<C: Channel> DeliverOutbound<C> {
    fn descriptor(&self) -> &'static Descriptor {
        Connector::descriptor(&self.channel)
    }

    async fn deliver(
        &self,
        context: &Arc<Context>,
        record: &QueueRecord,
        envelope: Envelope<Outbound>,
    ) -> QueueOutcome {
        if !envelope.message.is_message() {
            if let Err(error) = self.indicate(context, &envelope).await {
                let id = self.descriptor().id;
                tracing::info!(connector = id, kind = ?error.kind, code = error.code, "an indication was dropped");
                metrics::count(Metric::Dropped, id, "indication");
            }
            return QueueOutcome::Done;
        }
        let id = self.descriptor().id;
        let key = LedgerKey {
            tenant: envelope.tenant.clone(),
            conversation: envelope.conversation.clone(),
            direction: Direction::Outbound,
            event: envelope.message.message_id.clone(),
        };
        let kind = envelope.message.contents.first().map_or("empty", Content::kind);
        let remember = Duration::from_secs(72 * 3600);
        let delivery = match attempt::begin(context, id, &key, record, kind, &envelope.trace, remember).await {
            Begun::Attempt(delivery) => delivery,
            Begun::Settled(delivery) => return self.repeat_receipt(context, record, &envelope, &delivery).await,
            Begun::Wait(outcome) => return outcome,
        };
        if delivery.attempts > context.config.delivery_attempts {
            return self.give_up(context, record, &key, delivery, &attempt::worn_out(), &[], &envelope).await;
        }
        let (outcome, exchanges) = self.attempt(context, &key, delivery, &envelope).await;
        match outcome {
            Ok(()) => {
                metrics::count(Metric::Delivered, id, kind);
                let took = context.now().duration_since(envelope.received_at).as_millis();
                metrics::record(Metric::DeliveryLatency, id, kind, took as f64);
                tracing::info!(connector = id, kind, took_ms = took as i64, "delivered");
                match self.tell(context, &envelope, ReceiptStatus::Sent, None).await {
                    Ok(()) => QueueOutcome::Done,
                    Err(outcome) => outcome,
                }
            }
            Err((delivery, error)) if attempt::is_final(context, &delivery, &error) => {
                self.give_up(context, record, &key, delivery, &error, &exchanges, &envelope).await
            }
            Err((delivery, error)) => attempt::retry_later(context, id, &key, delivery, &error, &exchanges).await,
        }
    }

    async fn attempt(
        &self,
        context: &Arc<Context>,
        key: &LedgerKey,
        delivery: Delivery,
        envelope: &Envelope<Outbound>,
    ) -> (Result<(), Failed>, Vec<Exchange>) {
        let known = match usable_tenant(context, envelope, self.descriptor().id).await {
            Ok(known) => known,
            Err(error) => return (Err((delivery, error)), Vec::new()),
        };
        let http = context.http.for_connector(self.descriptor().id);
        let recorder = Recorder::new(&http, &context.clock, &known.secrets);
        let outcome = self.hand_over(context, key, delivery, envelope, &known, &recorder).await;
        (outcome, recorder.exchanges())
    }

    async fn hand_over(
        &self,
        context: &Arc<Context>,
        key: &LedgerKey,
        delivery: Delivery,
        envelope: &Envelope<Outbound>,
        known: &KnownTenant,
        recorder: &Recorder<'_>,
    ) -> Result<(), Failed> {
        let prepared = async {
            let settings: C::Settings = parse_settings(&context.settings_for(&self.channel, &known.tenant.messaging.settings.0))
                .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))?;
            let conversation = context.conversations.get(&envelope.tenant, &envelope.conversation).await?;
            let message = self.reachable(context, envelope, known).await?;
            Ok::<_, SendError>((settings, conversation, message))
        };
        let (settings, conversation, message) = prepared.await.map_err(|error| (delivery.clone(), error))?;
        let sending = self.context(context, known, conversation.as_ref(), &message, &delivery);
        let rendering = self.channel.render(&message, &settings, &sending);
        for degradation in &rendering.degradations {
            tracing::info!(degradation, "shown in another form");
        }
        let io = Io {
            tenant: &known.tenant.id,
            settings: &settings,
            http: recorder,
            tokens: &**context,
            clock: &context.clock,
        };
        let mut calls = attempt::make_calls(context, self.descriptor().id, key, delivery, &rendering.calls, |call| {
            Box::pin(self.channel.send(&io, call))
        })
        .await;
        if let Some(error) = calls.error {
            return Err((calls.delivery, error));
        }
        calls.delivery.state = DeliveryState::Delivered;
        let written = self.settle(context, key, &calls.delivery, &calls.sent, envelope, conversation, recorder).await;
        written.map_err(|error| (calls.delivery, error))
    }

    fn context(
        &self,
        context: &Context,
        known: &KnownTenant,
        conversation: Option<&Conversation>,
        message: &Outbound,
        delivery: &Delivery,
    ) -> SendContext {
        let tenant = &known.tenant;
        let agent_name = tenant
            .messaging
            .prefix_agent_name
            .then(|| message.agent_name.clone().or_else(|| tenant.cx_platform.default_agent_name.clone()))
            .flatten()
            .filter(|name| !name.is_empty());
        SendContext {
            reply: conversation.and_then(|conversation| conversation.reply_context.clone()),
            agent_name,
            now: context.now(),
            earlier_attempts: delivery.attempts.saturating_sub(1),
        }
    }

    /// Settles the delivery, and notes in the conversation what the message changed.
    #[allow(clippy::too_many_arguments)]
    async fn settle(
        &self,
        context: &Context,
        key: &LedgerKey,
        delivery: &Delivery,
        sent: &[Sent],
        envelope: &Envelope<Outbound>,
        conversation: Option<Conversation>,
        recorder: &Recorder<'_>,
    ) -> Result<(), SendError> {
        let store = &context.conversations;
        let now = context.now();
        let message = &envelope.message;
        let question = message.contents.iter().rev().find_map(|content| {
            let choices = content.choices();
            let asks = !choices.is_empty() || matches!(content, Content::DatePicker(_));
            asks.then(|| Question {
                message_id: message.message_id.as_str().to_owned(),
                kind: content.answer_kind(),
                choices,
            })
        });
        let spent = sent.iter().any(|sent| sent.context_spent);
        let mut writes = vec![store.settling(key, delivery, None, &recorder.exchanges())?];
        if conversation.is_none() {
            let new = Conversation {
                tenant: envelope.tenant.clone(),
                id: envelope.conversation.clone(),
                channel: envelope.channel.clone(),
                platform: envelope.platform.clone(),
                guest: message.to.clone(),
                state: ConversationState::Closed,
                opened_at: now,
                last_activity_at: now,
                platform_conversation_id: None,
                profile: None,
                reply_context: None,
                question: None,
            };
            store.commit(vec![store.saving(&new, Duration::ZERO, false)?]).await?;
        }
        writes.push(store.noting(&envelope.tenant, &envelope.conversation, now, question.as_ref(), spent)?);
        if self.reports_delivery() {
            let expires = now.checked_add(Duration::from_secs(30 * 86_400)).unwrap_or(now);
            for id in delivery.message_ids.iter().take(20) {
                writes.push(store.mapping(
                    &envelope.tenant,
                    &envelope.conversation,
                    id,
                    message.message_id.as_str(),
                    expires,
                )?);
            }
        }
        Ok(store.commit(writes).await?)
    }

    fn reports_delivery(&self) -> bool {
        let capabilities = &self.descriptor().capabilities;
        capabilities.delivered_receipts || capabilities.read_receipts
    }

    /// The message with its files where the guest can fetch them.
    async fn reachable(
        &self,
        context: &Arc<Context>,
        envelope: &Envelope<Outbound>,
        known: &KnownTenant,
    ) -> Result<Outbound, SendError> {
        let mut message = envelope.message.clone();
        let policy = self.descriptor().attachments;
        let AttachmentPolicy::Copy { .. } = policy else { return Ok(message) };
        let mut mover = None;
        for content in &mut message.contents {
            let Content::Attachment(attachment) = content else { continue };
            let Some(url) = attachment.url().map(str::to_owned) else { continue };
            let fetched = context.http.download(&envelope.platform, &url, None, FILE_MAX).await?;
            if mover.is_none() {
                mover = Some(Mover::open(context, self.storages, &known.tenant, envelope, Side::Messaging).await?);
            }
            if let Some(mover) = &mover {
                let moved: Attachment = mover.store(attachment, fetched, policy).await?;
                *attachment = moved;
            }
        }
        Ok(message)
    }

    /// Typing, read marks and the end of a conversation.
    async fn indicate(&self, context: &Arc<Context>, envelope: &Envelope<Outbound>) -> Result<(), SendError> {
        let message = &envelope.message;
        let conversation = context.conversations.get(&envelope.tenant, &envelope.conversation).await?;
        let ended = |content: &Content| matches!(content, Content::Presence { presence: Presence::Disconnect });
        if message.contents.iter().any(ended) {
            if let Some(conversation) = &conversation {
                super::close(context, conversation).await?;
            }
            return Ok(());
        }
        let late = Duration::try_from(context.now().duration_since(envelope.received_at)).unwrap_or_default();
        if late > INDICATION_MAX {
            return Err(SendErrorKind::Expired.into());
        }
        let known = usable_tenant(context, envelope, self.descriptor().id).await?;
        let settings: C::Settings = parse_settings(&context.settings_for(&self.channel, &known.tenant.messaging.settings.0))
            .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))?;
        let none = Delivery { state: DeliveryState::Attempting, attempts: 1, calls_done: 0, message_ids: Vec::new() };
        let sending = self.context(context, &known, conversation.as_ref(), message, &none);
        let http = context.http.for_connector(self.descriptor().id);
        let io = Io {
            tenant: &known.tenant.id,
            settings: &settings,
            http: &http,
            tokens: &**context,
            clock: &context.clock,
        };
        for call in &self.channel.render(message, &settings, &sending).calls {
            self.channel.send(&io, call).await?;
        }
        Ok(())
    }

    /// Sends a receipt to the platform through the inbound queue.
    async fn tell(
        &self,
        context: &Context,
        envelope: &Envelope<Outbound>,
        status: ReceiptStatus,
        reason: Option<FailureReason>,
    ) -> Result<(), QueueOutcome> {
        let message = &envelope.message;
        let event = format!("receipt/{status:?}/{}", message.message_id);
        let receipt = Envelope {
            tenant: envelope.tenant.clone(),
            conversation: envelope.conversation.clone(),
            channel: envelope.channel.clone(),
            platform: envelope.platform.clone(),
            trace: envelope.trace.clone(),
            received_at: context.now(),
            message: Inbound {
                event_id: EventId::new(event),
                message_id: None,
                at: context.now(),
                guest: Guest::person(message.to.clone()),
                content: Content::Receipt(Receipt {
                    message_id: message.message_id.as_str().to_owned(),
                    status,
                    reason,
                }),
                reply_context: None,
            },
        };
        context.queues.send_inbound(&envelope.platform, vec![receipt]).await.map_err(|error| {
            tracing::error!(%error, "the receipt cannot be queued");
            QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE)
        })
    }

    /// A message that was settled before: its function may have died before the receipt went out. The ledger and FIFO
    /// deduplication see to it that the platform gets it once.
    async fn repeat_receipt(
        &self,
        context: &Context,
        record: &QueueRecord,
        envelope: &Envelope<Outbound>,
        delivery: &Delivery,
    ) -> QueueOutcome {
        if record.receive_count < 2 || delivery.state != DeliveryState::Delivered {
            return QueueOutcome::Done;
        }
        match self.tell(context, envelope, ReceiptStatus::Sent, None).await {
            Ok(()) => QueueOutcome::Done,
            Err(outcome) => outcome,
        }
    }

    /// The end of a message: the agent is told, operators find it, the ledger says why.
    #[allow(clippy::too_many_arguments)]
    async fn give_up(
        &self,
        context: &Context,
        record: &QueueRecord,
        key: &LedgerKey,
        delivery: Delivery,
        error: &SendError,
        exchanges: &[Exchange],
        envelope: &Envelope<Outbound>,
    ) -> QueueOutcome {
        let reason = FailureReason { kind: error.kind, sentence: error.sentence.clone() };
        if let Err(outcome) = self.tell(context, envelope, ReceiptStatus::Failed, Some(reason)).await {
            return outcome;
        }
        quarantine(context, self.descriptor(), record, key, delivery, error, exchanges, true).await
    }
}

/// Reads a queue's task; one that can never be read goes where operators look.
pub(super) async fn read_task(
    context: &Context,
    descriptor: &Descriptor,
    record: &QueueRecord,
) -> Result<Task, QueueOutcome> {
    match context.queues.read(&record.body).await {
        Ok(Ok(task)) => Ok(task),
        Ok(Err(reason)) => {
            tracing::error!(connector = descriptor.id, reason, "a task cannot be read");
            Err(park(context, descriptor, record, &reason).await)
        }
        Err(error) => {
            tracing::warn!(connector = descriptor.id, %error, "a task cannot be fetched");
            Err(QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE))
        }
    }
}

/// A task of the other direction.
pub(super) async fn misplaced(context: &Context, descriptor: &Descriptor, record: &QueueRecord) -> QueueOutcome {
    tracing::error!(connector = descriptor.id, "a task is in the wrong queue");
    park(context, descriptor, record, "the task belongs to another queue").await
}

async fn park(context: &Context, descriptor: &Descriptor, record: &QueueRecord, reason: &str) -> QueueOutcome {
    match context.queues.quarantine(&record.body, &record.group, reason).await {
        Ok(()) => {
            metrics::count(Metric::Quarantined, descriptor.id, "unreadable");
            QueueOutcome::Done
        }
        Err(error) => {
            tracing::error!(%error, "the dead-letter queue cannot be reached");
            QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE)
        }
    }
}

/// Ends a message for good: the body goes to the dead-letter queue with its reason (if it is worth keeping), the ledger is
/// settled, the alarm's metric is emitted. In this order, so that an end which is cut short is made again.
#[allow(clippy::too_many_arguments)]
pub(super) async fn quarantine(
    context: &Context,
    descriptor: &Descriptor,
    record: &QueueRecord,
    key: &LedgerKey,
    mut delivery: Delivery,
    error: &SendError,
    exchanges: &[Exchange],
    keep: bool,
) -> QueueOutcome {
    delivery.state = DeliveryState::Failed;
    let reason = format!("{:?} {}: {}", error.kind, error.code.as_deref().unwrap_or("-"), error.sentence);
    let ended = async {
        if keep {
            context.queues.quarantine(&record.body, &record.group, &reason).await?;
        }
        let write = context.conversations.settling(key, &delivery, Some(error), exchanges)?;
        context.conversations.commit(vec![write]).await
    };
    if let Err(error) = ended.await {
        tracing::error!(connector = descriptor.id, %error, "the end of a message cannot be recorded");
        return QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE);
    }
    if keep {
        metrics::count(Metric::Quarantined, descriptor.id, &format!("{:?}", error.kind));
        tracing::error!(
            connector = descriptor.id, kind = ?error.kind, code = error.code, attempts = delivery.attempts,
            "a message will never arrive"
        );
    } else {
        metrics::count(Metric::Dropped, descriptor.id, "receipt");
    }
    QueueOutcome::Done
}
