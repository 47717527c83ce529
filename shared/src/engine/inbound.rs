//! Guest to agent: opens or finds the conversation, looks up who writes, moves files to where the platform can fetch them,
//! hands the message over, records.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    FindChannel,
    attempt::{self, Begun},
    files::Mover,
};
use crate::{
    AnyConnector, Attachment, AttachmentSource, Connector, Content, Context, CxPlatform, Inbound, InboundContext, Io,
    KnownTenant, Presence, Profile, Rendering, SendError, SendErrorKind,
    connector::parse_settings,
    descriptor::{AttachmentPolicy, Descriptor},
    lambda::{QueueHandler, QueueOutcome, QueueRecord},
    metrics::{self, Metric},
    queue::{Envelope, Task},
    recorder::Recorder,
    storage::{Side, Storages},
    store::{Conversation, ConversationState, Delivery, DeliveryState, Direction, LedgerKey},
    tenant::Tenant,
};

/// How long a profile is believed.
const PROFILE_FRESH: Duration = Duration::from_secs(86_400);
/// How old an indication (typing) may be and still be worth showing.
pub(super) const INDICATION_MAX: Duration = Duration::from_secs(15);

pub(super) struct DeliverInbound<P> {
    pub platform: P,
    pub channels: FindChannel,
    pub storages: &'static dyn Storages,
}

#[async_trait]
impl<P: CxPlatform> QueueHandler for DeliverInbound<P> {
    async fn handle(&self, context: &Arc<Context>, record: QueueRecord) -> QueueOutcome {
        let descriptor = Connector::descriptor(&self.platform);
        match super::outbound::read_task(context, descriptor, &record).await {
            Ok(Task::Inbound(envelope)) => {
                let span = tracing::info_span!(
                    "inbound", trace = %envelope.trace, tenant = %envelope.tenant, conversation = %envelope.conversation
                );
                tracing::Instrument::instrument(self.deliver(context, &record, envelope), span).await
            }
            Ok(_) => super::outbound::misplaced(context, descriptor, &record).await,
            Err(outcome) => outcome,
        }
    }
}

/// A message on its way, with everything looked up.
struct Prepared {
    conversation: Conversation,
    fresh_context: bool,
    message: Inbound,
    profile: Profile,
}

impl<P: CxPlatform> DeliverInbound<P> {
    fn descriptor(&self) -> &'static Descriptor {
        Connector::descriptor(&self.platform)
    }

    async fn deliver(&self, context: &Arc<Context>, record: &QueueRecord, envelope: Envelope<Inbound>) -> QueueOutcome {
        if !envelope.message.content.is_message() && !matches!(envelope.message.content, Content::Receipt(_)) {
            self.indicate(context, &envelope).await;
            return QueueOutcome::Done;
        }
        let id = self.descriptor().id;
        let key = LedgerKey {
            tenant: envelope.tenant.clone(),
            conversation: envelope.conversation.clone(),
            direction: Direction::Inbound,
            event: envelope.message.event_id.clone(),
        };
        let kind = envelope.message.content.kind();
        let remember = Duration::from_secs(u64::from(self.descriptor().redelivery_hours.max(72)) * 3600);
        let delivery = match attempt::begin(context, id, &key, record, kind, &envelope.trace, remember).await {
            Begun::Attempt(delivery) => delivery,
            Begun::Settled(_) => return QueueOutcome::Done,
            Begun::Wait(outcome) => return outcome,
        };
        if delivery.attempts > context.config.delivery_attempts {
            return self.give_up(context, record, &key, delivery, &attempt::worn_out(), &[], &envelope).await;
        }
        let (outcome, exchanges) = self.attempt(context, &key, delivery.clone(), &envelope).await;
        match outcome {
            Ok(()) => {
                metrics::count(Metric::Delivered, id, kind);
                let took = context.now().duration_since(envelope.received_at).as_millis();
                metrics::record(Metric::DeliveryLatency, id, kind, took as f64);
                tracing::info!(connector = id, kind, took_ms = took as i64, "delivered");
                QueueOutcome::Done
            }
            Err((delivery, error)) if attempt::is_final(context, &delivery, &error) => {
                self.give_up(context, record, &key, delivery, &error, &exchanges, &envelope).await
            }
            Err((delivery, error)) => attempt::retry_later(context, id, &key, delivery, &error, &exchanges).await,
        }
    }

    /// One attempt, from the tenant's settings to the settled record.
    async fn attempt(
        &self,
        context: &Arc<Context>,
        key: &LedgerKey,
        delivery: Delivery,
        envelope: &Envelope<Inbound>,
    ) -> (Result<(), (Delivery, SendError)>, Vec<crate::http::Exchange>) {
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
        envelope: &Envelope<Inbound>,
        known: &KnownTenant,
        recorder: &Recorder<'_>,
    ) -> Result<(), (Delivery, SendError)> {
        let tenant = &known.tenant;
        let failed = |delivery: &Delivery| {
            let delivery = delivery.clone();
            move |error: SendError| (delivery, error)
        };
        let settings: P::Settings = parse_settings(&tenant.cx_platform.settings.0)
            .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))
            .map_err(failed(&delivery))?;
        let prepared = self.prepare(context, envelope, known).await.map_err(failed(&delivery))?;
        let Some(Prepared { mut conversation, fresh_context, message, profile }) = prepared else {
            return self.settle_ignored(context, key, delivery).await;
        };
        let rendering = self.render(context, tenant, &settings, &conversation, &message, &profile);
        let io =
            Io { tenant: &tenant.id, settings: &settings, http: recorder, tokens: &**context, clock: &context.clock };
        let mut calls = attempt::make_calls(context, self.descriptor().id, key, delivery, &rendering.calls, |call| {
            Box::pin(self.platform.send(&io, call))
        })
        .await;
        if let Some(error) = calls.error {
            return Err((calls.delivery, error));
        }
        if let Some(id) = calls.sent.iter().rev().find_map(|sent| sent.conversation_id.clone()) {
            conversation.platform_conversation_id = Some(id);
        }
        calls.delivery.state = DeliveryState::Delivered;
        let conversations = &context.conversations;
        let written = async {
            let mut writes = vec![conversations.settling(key, &calls.delivery, None, &recorder.exchanges())?];
            if message.content.is_message() {
                writes.push(conversations.saving(&conversation, self.platform.watch_interval(), fresh_context)?);
            }
            conversations.commit(writes).await
        };
        written.await.map_err(|error| (calls.delivery.clone(), error.into()))
    }

    /// Finds the conversation and fills in what the message lacks. `None` when the event is worth nothing now.
    async fn prepare(
        &self,
        context: &Arc<Context>,
        envelope: &Envelope<Inbound>,
        known: &KnownTenant,
    ) -> Result<Option<Prepared>, SendError> {
        let now = context.now();
        let mut message = envelope.message.clone();
        let found = context.conversations.get(&envelope.tenant, &envelope.conversation).await?;
        let open = found.as_ref().is_some_and(|conversation| conversation.state == ConversationState::Open);
        if matches!(message.content, Content::Note { .. }) && !open {
            return Ok(None);
        }
        let mut conversation = found.unwrap_or_else(|| new_conversation(envelope, now));
        if !open && message.content.is_message() {
            conversation.state = ConversationState::Open;
            conversation.opened_at = now;
            conversation.platform_conversation_id = None;
        }
        if message.content.is_message() {
            conversation.last_activity_at = now;
        }
        let fresh_context = message.reply_context.is_some();
        if let Some(reply) = message.reply_context.take() {
            conversation.reply_context = Some((reply, now));
        }
        if let Content::Receipt(receipt) = &mut message.content {
            let (conversations, named) = (&context.conversations, receipt.message_id.clone());
            match conversations.platform_id(&envelope.tenant, &envelope.conversation, &named).await? {
                Some(id) => receipt.message_id = id,
                // The network's own id, and not of a message of ours: Viber reports the guest's own as delivered, too.
                None if message.message_id.is_some() => return Ok(None),
                None => {}
            }
        }
        if let Some(resolved) = self.resolved(context, known, &message.content).await? {
            message.content = resolved;
            if matches!(message.content, Content::Note { .. }) && !open {
                return Ok(None);
            }
        }
        recognise_answer(&mut message.content, &conversation);
        let profile = self.profile(context, known, &message, &mut conversation).await;
        if let Content::Attachment(attachment) = &message.content {
            message.content = self.reachable(context, envelope, known, attachment).await?;
        }
        Ok(Some(Prepared { conversation, fresh_context, message, profile }))
    }

    fn render(
        &self,
        context: &Context,
        tenant: &Tenant,
        settings: &P::Settings,
        conversation: &Conversation,
        message: &Inbound,
        profile: &Profile,
    ) -> Rendering {
        let channel = (self.channels)(&tenant.messaging.connector).map(AnyConnector::descriptor);
        let inbound = InboundContext {
            media: channel.map_or(tenant.messaging.connector.as_str(), |channel| channel.name).to_owned(),
            reports_delivery: channel
                .is_some_and(|channel| channel.capabilities.delivered_receipts || channel.capabilities.read_receipts),
            profile: profile.clone(),
            custom_data: tenant.cx_platform.custom_data.clone(),
            platform_conversation_id: conversation.platform_conversation_id.clone(),
            now: context.now(),
        };
        let rendering = self.platform.render(message, settings, &inbound);
        for degradation in &rendering.degradations {
            tracing::info!(degradation, "shown in another form");
        }
        rendering
    }

    /// Who writes: what the event tells, else what the conversation knows, else what the network tells. A network that
    /// does not answer costs the name, not the message.
    async fn profile(
        &self,
        context: &Arc<Context>,
        known: &KnownTenant,
        message: &Inbound,
        conversation: &mut Conversation,
    ) -> Profile {
        let told = message.guest.profile.clone();
        let in_group = message.guest.writer_id.is_some();
        let now = context.now();
        if !message.content.is_message() {
            return told;
        }
        // In a group the writer changes from message to message; only a private chat's profile is kept.
        if let Some((kept, at)) = conversation.profile.as_ref().filter(|_| !in_group)
            && Duration::try_from(now.duration_since(*at)).unwrap_or_default() < PROFILE_FRESH
        {
            return told.or(kept);
        }
        let Some(channel) = (self.channels)(&known.tenant.messaging.connector) else { return told };
        let http = context.http.for_connector(channel.descriptor().id);
        let settings = context.settings_for(channel, &known.tenant.messaging.settings.0);
        let io = context.io(&known.tenant.id, &settings, &http);
        let reply = conversation.reply_context.as_ref().map(|(reply, _)| reply);
        let found = match channel.profile_in(&io, &message.guest, reply).await {
            Ok(found) => found.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(kind = ?error.kind, code = error.code, "the guest's profile could not be looked up");
                return match &conversation.profile {
                    Some((kept, _)) if !in_group => told.or(kept),
                    _ => told,
                };
            }
        };
        let profile = told.or(&found);
        if !in_group {
            conversation.profile = Some((profile.clone(), now));
        }
        profile
    }

    /// What a message says of which the webhook got only where it lies ([`crate::Channel::resolve`]); none for any other.
    /// One that is gone is told to the agent in words.
    async fn resolved(
        &self,
        context: &Arc<Context>,
        known: &KnownTenant,
        content: &Content,
    ) -> Result<Option<Content>, SendError> {
        let tenant = &known.tenant;
        let id = &tenant.messaging.connector;
        let Content::Native { connector: Some(of), json } = content else { return Ok(None) };
        let Some(channel) = (self.channels)(id).filter(|_| of == id) else { return Ok(None) };
        let http = context.http.for_connector(id);
        let settings = context.settings_for(channel, &tenant.messaging.settings.0);
        match channel.resolve(&context.io(&tenant.id, &settings, &http), json).await {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.retryable() => Err(error),
            Err(error) => {
                tracing::warn!(kind = ?error.kind, code = error.code, "the guest's message could not be fetched");
                Ok(Some(Content::text(format!("[The guest sent something that cannot be shown. {}]", error.sentence))))
            }
        }
    }

    /// A file that the platform can fetch: moved into the tenant's storage when only the network has it. One that is gone
    /// is told to the agent in words.
    async fn reachable(
        &self,
        context: &Arc<Context>,
        envelope: &Envelope<Inbound>,
        known: &KnownTenant,
        attachment: &Attachment,
    ) -> Result<Content, SendError> {
        let tenant = &known.tenant;
        let policy = self.descriptor().attachments;
        let fetched = match (&attachment.source, policy) {
            (AttachmentSource::Url { .. }, AttachmentPolicy::PassThrough) => {
                return Ok(Content::Attachment(attachment.clone()));
            }
            (AttachmentSource::Url { url }, AttachmentPolicy::Copy { .. }) => {
                context.http.download(&tenant.messaging.connector, url, None, super::files::FILE_MAX).await
            }
            (AttachmentSource::Network { .. }, _) => {
                let Some(channel) = (self.channels)(&tenant.messaging.connector) else {
                    return Err(SendError::new(SendErrorKind::TenantGone).coded("channel"));
                };
                let http = context.http.for_connector(channel.descriptor().id);
                let settings = context.settings_for(channel, &tenant.messaging.settings.0);
                let io = context.io(&tenant.id, &settings, &http);
                channel.fetch(&io, attachment).await
            }
        };
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(error) if error.retryable() => return Err(error),
            Err(error) => {
                tracing::warn!(kind = ?error.kind, code = error.code, "the guest's file could not be fetched");
                let what = attachment.name.clone().unwrap_or_else(|| attachment.kind.word().to_owned());
                return Ok(Content::text(format!("[The guest sent a file ({what}). {}]", error.sentence)));
            }
        };
        let mover = Mover::open(context, self.storages, tenant, envelope, Side::CxPlatform).await?;
        Ok(Content::Attachment(mover.store(attachment, fetched, policy).await?))
    }

    /// Typing and presence: shown if that works at once, else forgotten.
    async fn indicate(&self, context: &Arc<Context>, envelope: &Envelope<Inbound>) {
        let id = self.descriptor().id;
        if let Err(error) = self.try_to_indicate(context, envelope).await {
            tracing::info!(connector = id, kind = ?error.kind, code = error.code, "an indication was dropped");
            metrics::count(Metric::Dropped, id, envelope.message.content.kind());
        }
    }

    async fn try_to_indicate(&self, context: &Arc<Context>, envelope: &Envelope<Inbound>) -> Result<(), SendError> {
        let message = &envelope.message;
        let Some(conversation) = context.conversations.get(&envelope.tenant, &envelope.conversation).await? else {
            return Ok(());
        };
        if conversation.state != ConversationState::Open {
            return Ok(());
        }
        if let Content::Presence { presence: Presence::Disconnect } = message.content {
            super::close(context, &conversation).await?;
            return Ok(());
        }
        let late = Duration::try_from(context.now().duration_since(envelope.received_at)).unwrap_or_default();
        if late > INDICATION_MAX {
            return Err(SendErrorKind::Expired.into());
        }
        let known = usable_tenant(context, envelope, self.descriptor().id).await?;
        let settings: P::Settings = parse_settings(&known.tenant.cx_platform.settings.0)
            .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))?;
        let profile = conversation.profile.as_ref().map(|(profile, _)| profile.clone()).unwrap_or_default();
        let rendering = self.render(context, &known.tenant, &settings, &conversation, message, &profile);
        let http = context.http.for_connector(self.descriptor().id);
        let io = Io {
            tenant: &known.tenant.id,
            settings: &settings,
            http: &http,
            tokens: &**context,
            clock: &context.clock,
        };
        for call in &rendering.calls {
            self.platform.send(&io, call).await?;
        }
        Ok(())
    }

    async fn settle_ignored(
        &self,
        context: &Context,
        key: &LedgerKey,
        mut delivery: Delivery,
    ) -> Result<(), (Delivery, SendError)> {
        metrics::count(Metric::Ignored, self.descriptor().id, "noOpenConversation");
        delivery.state = DeliveryState::Delivered;
        let write = context.conversations.settling(key, &delivery, None, &[]);
        let written = match write {
            Ok(write) => context.conversations.commit(vec![write]).await,
            Err(error) => Err(error),
        };
        written.map_err(|error| (delivery, error.into()))
    }

    /// The end of a message: where operators look, and in the ledger.
    #[allow(clippy::too_many_arguments)]
    async fn give_up(
        &self,
        context: &Context,
        record: &QueueRecord,
        key: &LedgerKey,
        delivery: Delivery,
        error: &SendError,
        exchanges: &[crate::http::Exchange],
        envelope: &Envelope<Inbound>,
    ) -> QueueOutcome {
        // A receipt that the platform does not take is no message of anybody's.
        let keep = envelope.message.content.is_message();
        super::outbound::quarantine(context, self.descriptor(), record, key, delivery, error, exchanges, keep).await
    }
}

/// The tenant, if it still takes messages for this platform.
pub(super) async fn usable_tenant<T>(
    context: &Context,
    envelope: &Envelope<T>,
    connector: &str,
) -> Result<Arc<KnownTenant>, SendError> {
    let gone = |code: &str| SendError::new(SendErrorKind::TenantGone).coded(code.to_owned());
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

fn new_conversation(envelope: &Envelope<Inbound>, now: jiff::Timestamp) -> Conversation {
    Conversation {
        tenant: envelope.tenant.clone(),
        id: envelope.conversation.clone(),
        channel: envelope.channel.clone(),
        platform: envelope.platform.clone(),
        guest: envelope.message.guest.id.clone(),
        state: ConversationState::Closed,
        opened_at: now,
        last_activity_at: now,
        platform_conversation_id: None,
        profile: None,
        reply_context: None,
        question: None,
    }
}

/// Joins an answer to the question it answers: by its payload, among the options shown last.
fn recognise_answer(content: &mut Content, conversation: &Conversation) {
    let Content::Answer(answer) = content else { return };
    let Some(question) = &conversation.question else { return };
    if let Some(choice) = question.choices.iter().find(|choice| choice.payload == answer.payload) {
        if answer.text.is_empty() {
            answer.text.clone_from(&choice.text);
        }
        answer.kind = question.kind;
        answer.question_id.get_or_insert_with(|| question.message_id.clone());
    } else if question.kind == crate::AnswerKind::DatePicker && answer.kind == question.kind {
        answer.question_id.get_or_insert_with(|| question.message_id.clone());
    }
}
