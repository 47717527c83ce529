//! Conversations: who talks, whether it is open, and what is needed to answer.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    types::{TransactWriteItem, Update},
};
use contract::{Clock, ConversationId, GuestId, Profile, Question, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Item, ItemExt, Order, StoreError, number, text};
use crate::queue::Origin;

/// Conversations that rest are kept this long after their last activity, in seconds (90 days).
const KEPT_S: i64 = 90 * 86_400;

/// Whether a conversation is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConversationState {
    /// An agent (or a flow) has it.
    Open,
    /// The platform or an idle limit closed it.
    Closed,
}

impl ConversationState {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id.
    pub id: ConversationId,
    /// The channel's connector id.
    pub channel: String,
    /// The platform's connector id.
    pub platform: String,
    /// The guest.
    pub guest: GuestId,
    /// Open or closed.
    pub state: ConversationState,
    /// When it was opened (last).
    pub opened_at: Timestamp,
    /// The last message either way.
    pub last_activity_at: Timestamp,
    /// The platform's id of it, once known.
    pub platform_conversation_id: Option<String>,
    /// Who the guest is, and when that was looked up.
    pub profile: Option<(Profile, Timestamp)>,
    /// What the channel needs to answer, and when it came.
    pub reply_context: Option<(Value, Timestamp)>,
    /// The last options shown.
    pub question: Option<Question>,
}

/// The conversations table.
pub struct Conversations {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) clock: Clock,
}

impl Conversations {
    /// The table of this name.
    pub fn new(client: Client, table: String, clock: Clock) -> Self {
        Self { client, table, clock }
    }

    pub(super) fn pk(tenant: &TenantId, conversation: &ConversationId) -> String {
        format!("{tenant}#{conversation}")
    }

    /// A conversation, if there ever was one.
    pub async fn get(&self, tenant: &TenantId, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(tenant, id)))
            .key("sk", text("CONVERSATION"))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let now = self.clock.now();
        answer.item.filter(|item| !item.expired(now)).map(|item| read(&item)).transpose()
    }

    /// The write of what a guest's message changes, to be made together with the ledger's. `watch` is when to ask the
    /// platform whether the conversation is still open. The reply context is written only when it is `fresh`, and the
    /// question never, only that it was answered: the other direction changes them at the same time.
    pub fn saving(
        &self,
        conversation: &Conversation,
        watch: Duration,
        fresh: bool,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut names = vec!["#state = :state"];
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&conversation.tenant, &conversation.id)))
            .key("sk", text("CONVERSATION"));
        let mut set = |assignment: &'static str, name: &str, value| {
            names.push(assignment);
            update = update.clone().expression_attribute_values(name, value);
        };
        let tenant_state = format!("{}#{}", conversation.tenant, conversation.state.word());
        let last = conversation.last_activity_at;
        set("tenantState = :tenantState", ":tenantState", text(tenant_state));
        set("tenant = :tenant", ":tenant", text(conversation.tenant.as_str()));
        set("conversation = :conversation", ":conversation", text(conversation.id.as_str()));
        set("channel = :channel", ":channel", text(&conversation.channel));
        set("platform = :platform", ":platform", text(&conversation.platform));
        set("guest = :guest", ":guest", text(conversation.guest.as_str()));
        set("openedAt = :opened", ":opened", text(stamp(conversation.opened_at)));
        set("lastActivityAt = :last", ":last", text(stamp(last)));
        set("expiresAt = :expires", ":expires", number(last.as_second() + KEPT_S));
        if let Some(id) = &conversation.platform_conversation_id {
            set("platformConversationId = :platformId", ":platformId", text(id));
        }
        if let Some((profile, at)) = &conversation.profile {
            set("profile = :profile", ":profile", text(json(profile)?));
            set("profileAt = :profileAt", ":profileAt", text(stamp(*at)));
        }
        if let Some((context, at)) = conversation.reply_context.as_ref().filter(|_| fresh) {
            set("replyContext = :reply", ":reply", text(context.to_string()));
            set("replyAt = :replyAt", ":replyAt", text(stamp(*at)));
        }
        if let Some(question) = conversation.question.as_ref().filter(|question| question.answered) {
            set("answeredAt = :answered", ":answered", text(stamp(question.asked_at)));
        }
        let mut remove = Vec::new();
        if conversation.platform_conversation_id.is_none() {
            remove.push("platformConversationId");
        }
        match conversation.state {
            ConversationState::Open => {
                let due = last.checked_add(watch).unwrap_or(last);
                set("dueShard = :shard", ":shard", text(watch_shard(&conversation.id)));
                set("dueAt = :due", ":due", text(stamp(due)));
            }
            ConversationState::Closed => remove.push("dueShard, dueAt"),
        }
        let mut expression = format!("SET {}", names.join(", "));
        if !remove.is_empty() {
            expression.push_str(&format!(" REMOVE {}", remove.join(", ")));
        }
        let update = update
            .update_expression(expression)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(conversation.state.word()))
            .build()
            .map_err(|error| StoreError::Aws(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The write that only notes what an agent's message changes: the question it asked, the context it used up.
    pub fn noting(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        at: Timestamp,
        question: Option<&Question>,
        context_spent: bool,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut expression = "SET lastActivityAt = :at, saidAt = :at".to_owned();
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(Self::pk(tenant, id)))
            .key("sk", text("CONVERSATION"))
            .expression_attribute_values(":at", text(stamp(at)));
        if let Some(question) = question {
            expression.push_str(", question = :question");
            update = update.expression_attribute_values(":question", text(json(question)?));
        }
        if context_spent {
            expression.push_str(" REMOVE replyContext, replyAt");
        }
        let update =
            update.update_expression(expression).build().map_err(|error| StoreError::Aws(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Makes several writes at once, or none.
    pub async fn commit(&self, writes: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        self.client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await
            .map(|_| ())
            .map_err(StoreError::aws)
    }

    /// Sets when a conversation is looked at next.
    pub async fn watch_again(&self, conversation: &Conversation, at: Timestamp) -> Result<(), StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&conversation.tenant, &conversation.id)))
            .key("sk", text("CONVERSATION"))
            .update_expression("SET dueAt = :due")
            .condition_expression("#state = :open")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":open", text(ConversationState::Open.word()))
            .expression_attribute_values(":due", text(stamp(at)))
            .send()
            .await;
        match answer {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::aws(error))
            }
            _ => Ok(()),
        }
    }

    /// Closes a conversation unless it saw activity after `seen`. Whether it was closed now.
    pub async fn close(&self, conversation: &Conversation) -> Result<bool, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&conversation.tenant, &conversation.id)))
            .key("sk", text("CONVERSATION"))
            .update_expression(
                "SET #state = :closed, tenantState = :tenantState, closedAt = :now \
                 REMOVE dueShard, dueAt, platformConversationId, question, answeredAt",
            )
            .condition_expression("#state = :open AND lastActivityAt <= :seen")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":open", text(ConversationState::Open.word()))
            .expression_attribute_values(":closed", text(ConversationState::Closed.word()))
            .expression_attribute_values(":seen", text(stamp(conversation.last_activity_at)))
            .expression_attribute_values(":now", text(stamp(self.clock.now())))
            .expression_attribute_values(
                ":tenantState",
                text(format!("{}#{}", conversation.tenant, ConversationState::Closed.word())),
            )
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// A tenant's conversations in one state, by their last activity. `between` is inclusive; `after` is the last one of
    /// the page before.
    pub async fn of_tenant(
        &self,
        tenant: &TenantId,
        state: ConversationState,
        between: (Timestamp, Timestamp),
        order: Order,
        limit: u32,
        after: Option<(&ConversationId, Timestamp)>,
    ) -> Result<Vec<Conversation>, StoreError> {
        let partition = format!("{tenant}#{}", state.word());
        let start = after.map(|(id, at)| {
            Item::from([
                ("pk".to_owned(), text(Self::pk(tenant, id))),
                ("sk".to_owned(), text("CONVERSATION")),
                ("tenantState".to_owned(), text(&partition)),
                ("lastActivityAt".to_owned(), text(stamp(at))),
            ])
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("byTenant")
            .key_condition_expression("tenantState = :state AND lastActivityAt BETWEEN :from AND :to")
            .expression_attribute_values(":state", text(&partition))
            .expression_attribute_values(":from", text(stamp(between.0)))
            .expression_attribute_values(":to", text(stamp(between.1)))
            .scan_index_forward(order == Order::Ascending)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let now = self.clock.now();
        answer.items.unwrap_or_default().iter().filter(|item| !item.expired(now)).map(read).collect()
    }

    /// Open conversations that are due to be looked at, at most `limit` of one shard.
    pub async fn due(&self, shard: u8, limit: i32) -> Result<Vec<Conversation>, StoreError> {
        let items = self.due_items(&format!("WATCH#{shard}"), limit).await?;
        items.iter().map(read).collect()
    }

    pub(super) async fn due_items(&self, shard: &str, limit: i32) -> Result<Vec<Item>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("byDue")
            .key_condition_expression("dueShard = :shard AND dueAt <= :now")
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":now", text(stamp(self.clock.now())))
            .limit(limit)
            .send()
            .await
            .map_err(StoreError::aws)?;
        Ok(answer.items.unwrap_or_default())
    }

    /// Remembers which platform message a network's message id belongs to, for receipts that name the latter.
    #[allow(clippy::too_many_arguments)]
    pub fn mapping(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        network_id: &str,
        platform_id: &str,
        origin: Origin,
        expires: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut put = aws_sdk_dynamodb::types::Put::builder()
            .table_name(&self.table)
            .item("pk", text(Self::pk(tenant, id)))
            .item("sk", text(format!("M#{network_id}")))
            .item("platformId", text(platform_id))
            .item("expiresAt", number(expires.as_second()));
        if origin == Origin::Api {
            put = put.item("origin", text("api"));
        }
        let put = put.build().map_err(|error| StoreError::Aws(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The platform's id of the message that a network's message id belongs to, and whose message it was.
    pub async fn mapped(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        network_id: &str,
    ) -> Result<Option<(String, Origin)>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(tenant, id)))
            .key("sk", text(format!("M#{network_id}")))
            .send()
            .await
            .map_err(StoreError::aws)?;
        Ok(answer.item.and_then(|item| {
            let origin = if item.text("origin") == Some("api") { Origin::Api } else { Origin::Webhook };
            item.text("platformId").map(|id| (id.to_owned(), origin))
        }))
    }
}

/// How many partitions of the index the open conversations are spread over.
pub const WATCH_SHARDS: u8 = 8;

fn watch_shard(id: &ConversationId) -> String {
    format!("WATCH#{}", id.as_str().bytes().next_back().unwrap_or_default() % WATCH_SHARDS)
}

/// Times are stored as RFC 3339 with milliseconds, so that they sort as text.
pub(super) fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::unreadable)
}

fn read(item: &Item) -> Result<Conversation, StoreError> {
    let need = |name: &str| item.text(name).ok_or_else(|| StoreError::Unreadable(format!("{name} is missing")));
    let time = |name: &str| {
        need(name)?.parse::<Timestamp>().map_err(|error| StoreError::Unreadable(format!("{name}: {error}")))
    };
    let dated = |at: &str| time(at).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Conversation {
        tenant: need("tenant")?.into(),
        id: need("conversation")?.into(),
        channel: need("channel")?.to_owned(),
        platform: need("platform")?.to_owned(),
        guest: need("guest")?.into(),
        state: if need("state")? == "open" { ConversationState::Open } else { ConversationState::Closed },
        opened_at: time("openedAt")?,
        last_activity_at: time("lastActivityAt")?,
        platform_conversation_id: item.text("platformConversationId").map(str::to_owned),
        profile: item.json("profile")?.map(|profile| (profile, dated("profileAt"))),
        reply_context: item.json("replyContext")?.map(|context| (context, dated("replyAt"))),
        question: item.json::<Question>("question")?.map(|mut question| {
            // Which question was answered is told by when it was asked: a newer one is open.
            question.answered = item.text("answeredAt") == Some(stamp(question.asked_at).as_str());
            question.last_said_at = time("saidAt").unwrap_or(question.asked_at);
            question
        }),
    })
}
