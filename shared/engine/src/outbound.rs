//! Agent to guest: moves files to where the guest can fetch them, renders, sends, records, and tells the agent how it went.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws::{
    Context, KnownTenant,
    lambda::QueueOutcome,
    queue::{Envelope, Origin, Task},
    recorder::Recorder,
    storage::{self, Side, Storages},
    store::{Conversation, ConversationState, Delivery, DeliveryState, Direction, LedgerKey},
};
use contract::{
    Attachment, Channel, Choice, Connector, Content, EventId, Guest, Inbound, Io, Outbound, Presence, Receipt,
    ReceiptStatus, SendContext, SendError, SendErrorKind, Sent,
    descriptor::{AttachmentPolicy, Descriptor},
    parse_settings, question,
};

use super::{
    attempt,
    files::{FILE_MAX, Mover},
    leg::{Failed, Leg, Report, still_fresh, usable_tenant},
};

pub(super) struct DeliverOutbound<C> {
    pub channel: C,
    pub storages: &'static dyn Storages,
}

#[async_trait]
impl<C: Channel> Leg for DeliverOutbound<C> {
    type Message = Outbound;
    const DIRECTION: Direction = Direction::Outbound;

    fn descriptor(&self) -> &'static Descriptor {
        Connector::descriptor(&self.channel)
    }

    fn take(task: Task) -> Option<Envelope<Outbound>> {
        match task {
            Task::Outbound(envelope) => Some(envelope),
            _ => None,
        }
    }

    fn event(message: &Outbound) -> &EventId {
        &message.message_id
    }

    fn kind(message: &Outbound) -> &'static str {
        message.contents.first().map_or("empty", Content::kind)
    }

    fn must_arrive(message: &Outbound) -> bool {
        message.is_message()
    }

    fn worth_keeping(_: &Outbound) -> bool {
        true
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
            let settings: C::Settings =
                parse_settings(&context.settings_for(&self.channel, &known.tenant.messaging.settings.0))
                    .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))?;
            let conversation = context.conversations.get(&envelope.tenant, &envelope.conversation).await?;
            let message = self.reachable(context, envelope, known).await?;
            Ok::<_, SendError>((settings, conversation, message))
        };
        let (settings, conversation, message) = prepared.await.map_err(|error| (delivery.clone(), error))?;
        let sending = self.context(context, known, conversation.as_ref(), &message, &delivery);
        let rendering = compose::compose(&self.channel, &message, &settings, &sending);
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
        if let Some(error) = rendering.refused {
            return Err((delivery, error));
        }
        let best_effort = |step: &C::Step| self.channel.is_best_effort(step);
        let mut calls = attempt::take_steps(
            context,
            Leg::descriptor(self).id,
            key,
            delivery,
            (&rendering.steps, best_effort),
            |step| Box::pin(self.channel.send(&io, step)),
        )
        .await;
        if let Some(error) = calls.error {
            return Err((calls.delivery, error));
        }
        calls.delivery.state = DeliveryState::Delivered;
        let outcome = (calls.sent.as_slice(), rendering.numbered.as_slice());
        let written = self.settle(context, key, &calls.delivery, outcome, envelope, conversation, recorder).await;
        written.map_err(|error| (calls.delivery, error))
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
        still_fresh(context, envelope)?;
        let known = usable_tenant(context, envelope, Leg::descriptor(self).id).await?;
        let settings: C::Settings =
            parse_settings(&context.settings_for(&self.channel, &known.tenant.messaging.settings.0))
                .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))?;
        let none = Delivery { state: DeliveryState::Attempting, attempts: 1, calls_done: 0, message_ids: Vec::new() };
        let sending = self.context(context, &known, conversation.as_ref(), message, &none);
        let http = context.http.for_connector(Leg::descriptor(self).id);
        let io = Io {
            tenant: &known.tenant.id,
            settings: &settings,
            http: &http,
            tokens: &**context,
            clock: &context.clock,
        };
        for call in &compose::compose(&self.channel, message, &settings, &sending).steps {
            self.channel.send(&io, call).await?;
        }
        Ok(())
    }

    /// The platform's receipt, through the inbound queue.
    async fn report(
        &self,
        context: &Context,
        envelope: &Envelope<Outbound>,
        report: Report,
    ) -> Result<(), QueueOutcome> {
        let (status, reason) = match report {
            Report::Delivered => (ReceiptStatus::Sent, None),
            Report::Failed(reason) => (ReceiptStatus::Failed, Some(reason)),
        };
        if envelope.origin == Origin::Api {
            return Ok(());
        }
        let message = &envelope.message;
        let event = format!("receipt/{status:?}/{}", message.message_id);
        let receipt = Envelope {
            tenant: envelope.tenant.clone(),
            conversation: envelope.conversation.clone(),
            channel: envelope.channel.clone(),
            platform: envelope.platform.clone(),
            trace: envelope.trace.clone(),
            received_at: context.now(),
            origin: Origin::Webhook,
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
                only_while_open: false,
            },
        };
        context.queues.send_inbound(&envelope.platform, vec![receipt]).await.map_err(|error| {
            tracing::error!(%error, "the receipt cannot be queued");
            QueueOutcome::RetryAfter(attempt::AFTER_OWN_FAILURE)
        })
    }
}

impl<C: Channel> DeliverOutbound<C> {
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
        (sent, numbered): (&[Sent], &[Choice]),
        envelope: &Envelope<Outbound>,
        conversation: Option<Conversation>,
        recorder: &Recorder<'_>,
    ) -> Result<(), SendError> {
        let store = &context.conversations;
        let now = context.now();
        let message = &envelope.message;
        let question = question::asked(message, envelope.origin == Origin::Webhook, numbered, now);
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
        let open = conversation.is_some_and(|conversation| conversation.state == ConversationState::Open);
        if !open && message.contents.iter().any(|content| matches!(content, Content::Attachment(_))) {
            // No end of this conversation will come that would see to its files.
            storage::schedule_purge(context, &envelope.tenant, &envelope.conversation).await?;
        }
        writes.push(store.noting(&envelope.tenant, &envelope.conversation, now, question.as_ref(), spent)?);
        if self.reports_delivery() || sent.iter().any(|sent| sent.awaits_receipt) {
            let expires = now.checked_add(Duration::from_secs(30 * 86_400)).unwrap_or(now);
            for id in delivery.message_ids.iter().take(20) {
                writes.push(store.mapping(
                    &envelope.tenant,
                    &envelope.conversation,
                    id,
                    message.message_id.as_str(),
                    envelope.origin,
                    expires,
                )?);
            }
        }
        Ok(store.commit(writes).await?)
    }

    fn reports_delivery(&self) -> bool {
        let capabilities = &Leg::descriptor(self).capabilities;
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
        let policy = Leg::descriptor(self).attachments;
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
}
