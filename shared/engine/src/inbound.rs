//! Guest to agent: opens or finds the conversation, looks up who writes, moves files to where the platform can fetch them,
//! hands the message over, records.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws::{
    Context, KnownTenant,
    metrics::{self, Metric},
    queue::{Envelope, Origin, Task},
    recorder::Recorder,
    storage::{Side, Storages},
    store::{Conversation, ConversationState, Delivery, DeliveryState, Direction, LedgerKey},
    tenant::Tenant,
};
use contract::{
    AnyConnector, Attachment, AttachmentSource, Call, Connector, Content, CxPlatform, EventId, Inbound, InboundContext,
    Io, Presence, Profile, Rendering, SendError, SendErrorKind,
    descriptor::{AttachmentPolicy, Descriptor},
    parse_settings, question,
};

use super::{
    FindChannel, attempt,
    files::Mover,
    leg::{Failed, Leg, still_fresh, usable_tenant},
};

/// How long a profile is believed.
const PROFILE_FRESH: Duration = Duration::from_secs(86_400);

pub(super) struct DeliverInbound<P> {
    pub platform: P,
    pub channels: FindChannel,
    pub storages: &'static dyn Storages,
}

/// A message on its way, with everything looked up.
struct Prepared {
    conversation: Conversation,
    fresh_context: bool,
    message: Inbound,
    profile: Profile,
}

#[async_trait]
impl<P: CxPlatform> Leg for DeliverInbound<P> {
    type Message = Inbound;
    const DIRECTION: Direction = Direction::Inbound;

    fn descriptor(&self) -> &'static Descriptor {
        Connector::descriptor(&self.platform)
    }

    fn take(task: Task) -> Option<Envelope<Inbound>> {
        match task {
            Task::Inbound(envelope) => Some(envelope),
            _ => None,
        }
    }

    fn event(message: &Inbound) -> &EventId {
        &message.event_id
    }

    fn kind(message: &Inbound) -> &'static str {
        message.content.kind()
    }

    fn must_arrive(message: &Inbound) -> bool {
        message.content.is_message() || matches!(message.content, Content::Receipt(_))
    }

    /// A receipt that the platform does not take is no message of anybody's.
    fn worth_keeping(message: &Inbound) -> bool {
        message.content.is_message()
    }

    /// Talk that is not for the agent leaves no trace, and not in the ledger either: the network may tell the same message
    /// again as one that calls us.
    async fn ignored(
        &self,
        context: &Context,
        envelope: &Envelope<Inbound>,
    ) -> Result<Option<&'static str>, SendError> {
        if !envelope.message.only_while_open {
            return Ok(None);
        }
        let found = context.conversations.get(&envelope.tenant, &envelope.conversation).await?;
        Ok(if is_open(found.as_ref()) { None } else { needs_open(&envelope.message) })
    }

    async fn hand_over(
        &self,
        context: &Arc<Context>,
        key: &LedgerKey,
        delivery: Delivery,
        envelope: &Envelope<Inbound>,
        known: &KnownTenant,
        recorder: &Recorder<'_>,
    ) -> Result<(), Failed> {
        let tenant = &known.tenant;
        let failed = |delivery: &Delivery| {
            let delivery = delivery.clone();
            move |error: SendError| (delivery, error)
        };
        let settings: P::Settings = parse_settings(&tenant.cx_platform.settings.0)
            .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))
            .map_err(failed(&delivery))?;
        let prepared = self.prepare(context, envelope, known).await.map_err(failed(&delivery))?;
        let Prepared { mut conversation, fresh_context, message, profile } = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return self.settle_ignored(context, key, delivery, envelope, reason).await,
        };
        let rendering = self.render(context, tenant, &settings, &conversation, &message, &profile);
        let io =
            Io { tenant: &tenant.id, settings: &settings, http: recorder, tokens: &**context, clock: &context.clock };
        let best_effort = |call: &Call| call.best_effort;
        let mut calls = attempt::take_steps(
            context,
            Leg::descriptor(self).id,
            key,
            delivery,
            (&rendering.steps, best_effort),
            |call| Box::pin(self.platform.send(&io, call)),
        )
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

    /// Typing and presence.
    async fn indicate(&self, context: &Arc<Context>, envelope: &Envelope<Inbound>) -> Result<(), SendError> {
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
        still_fresh(context, envelope)?;
        let known = usable_tenant(context, envelope, Leg::descriptor(self).id).await?;
        let settings: P::Settings = parse_settings(&known.tenant.cx_platform.settings.0)
            .map_err(|_| SendError::new(SendErrorKind::TenantGone).coded("settings"))?;
        let profile = conversation.profile.as_ref().map(|(profile, _)| profile.clone()).unwrap_or_default();
        let rendering = self.render(context, &known.tenant, &settings, &conversation, message, &profile);
        let http = context.http.for_connector(Leg::descriptor(self).id);
        let io = Io {
            tenant: &known.tenant.id,
            settings: &settings,
            http: &http,
            tokens: &**context,
            clock: &context.clock,
        };
        for call in &rendering.steps {
            self.platform.send(&io, call).await?;
        }
        Ok(())
    }
}

impl<P: CxPlatform> DeliverInbound<P> {
    /// Finds the conversation and fills in what the message lacks; or says why the event is worth nothing now.
    async fn prepare(
        &self,
        context: &Arc<Context>,
        envelope: &Envelope<Inbound>,
        known: &KnownTenant,
    ) -> Result<Result<Prepared, &'static str>, SendError> {
        let now = context.now();
        let mut message = envelope.message.clone();
        let found = context.conversations.get(&envelope.tenant, &envelope.conversation).await?;
        let open = is_open(found.as_ref());
        if let Some(reason) = needs_open(&message).filter(|_| !open) {
            return Ok(Err(reason));
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
            match conversations.mapped(&envelope.tenant, &envelope.conversation, &named).await? {
                Some((id, Origin::Webhook)) => receipt.message_id = id,
                Some((id, Origin::Api)) => {
                    let key = LedgerKey {
                        tenant: envelope.tenant.clone(),
                        conversation: envelope.conversation.clone(),
                        direction: Direction::Outbound,
                        event: id.into(),
                    };
                    conversations.note_receipt(&key, receipt.status).await?;
                    return Ok(Err(NO_OPEN_CONVERSATION));
                }
                // The network's own id, and not of a message of ours: Viber reports the guest's own as delivered, too.
                None if message.message_id.is_some() => return Ok(Err(NO_OPEN_CONVERSATION)),
                None => {}
            }
        }
        if let Some(resolved) = self.resolved(context, known, &message.content).await? {
            message.content = resolved;
            if let Some(reason) = needs_open(&message).filter(|_| !open) {
                return Ok(Err(reason));
            }
        }
        if let Some(question) = &mut conversation.question {
            question::recognise(&mut message.content, question, now);
        }
        let profile = self.profile(context, known, &message, &mut conversation).await;
        if let Content::Attachment(attachment) = &message.content {
            message.content = self.reachable(context, envelope, known, attachment).await?;
        }
        Ok(Ok(Prepared { conversation, fresh_context, message, profile }))
    }

    fn render(
        &self,
        context: &Context,
        tenant: &Tenant,
        settings: &P::Settings,
        conversation: &Conversation,
        message: &Inbound,
        profile: &Profile,
    ) -> Rendering<Call> {
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

    /// What a message says of which the webhook got only where it lies ([`contract::Channel::resolve`]); none for any other.
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
        let policy = Leg::descriptor(self).attachments;
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

    /// Settles what nobody is told of. What it says of how to answer counts all the same: that a guest who had no
    /// conversation open has left must be known to whoever writes next.
    async fn settle_ignored(
        &self,
        context: &Context,
        key: &LedgerKey,
        mut delivery: Delivery,
        envelope: &Envelope<Inbound>,
        reason: &'static str,
    ) -> Result<(), Failed> {
        metrics::count(Metric::Ignored, Leg::descriptor(self).id, reason);
        delivery.state = DeliveryState::Delivered;
        let conversations = &context.conversations;
        let written = async {
            let mut writes = vec![conversations.settling(key, &delivery, None, &[])?];
            if let Some(reply) = &envelope.message.reply_context
                && let Some(mut known) = conversations.get(&envelope.tenant, &envelope.conversation).await?
                && known.state == ConversationState::Closed
            {
                known.reply_context = Some((reply.clone(), context.now()));
                writes.push(conversations.saving(&known, Duration::ZERO, true)?);
            }
            conversations.commit(writes).await
        };
        written.await.map_err(|error| (delivery, error.into()))
    }
}

/// Nothing is open that the event could be about.
const NO_OPEN_CONVERSATION: &str = "noOpenConversation";
/// Talk that was not for the agent.
const NOT_IN_CONVERSATION: &str = "notInConversation";

/// Why an event is dropped while its guest has no open conversation; none for one that is worth telling all the same.
fn needs_open(message: &Inbound) -> Option<&'static str> {
    match message.content {
        _ if message.only_while_open => Some(NOT_IN_CONVERSATION),
        Content::Note { .. } => Some(NO_OPEN_CONVERSATION),
        _ => None,
    }
}

fn is_open(conversation: Option<&Conversation>) -> bool {
    conversation.is_some_and(|conversation| conversation.state == ConversationState::Open)
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

#[cfg(test)]
mod tests {
    use contract::Guest;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_is_worth_nothing_without_an_open_conversation() {
        let (text, note) = (Content::text("hi"), Content::Note { text: "left".to_owned() });
        for (content, only_while_open, reason) in [
            (text.clone(), false, None),
            (note.clone(), false, Some("noOpenConversation")),
            (text, true, Some("notInConversation")),
            (note, true, Some("notInConversation")),
        ] {
            let message = Inbound {
                event_id: "e".into(),
                message_id: None,
                at: Timestamp::UNIX_EPOCH,
                guest: Guest::person("g"),
                content,
                reply_context: None,
                only_while_open,
            };
            assert_eq!(needs_open(&message), reason, "{message:?}");
        }
    }
}
