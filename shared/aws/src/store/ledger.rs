//! The delivery ledger: what became of each message, so that none goes out twice. A record is claimed before the first
//! call and settled after the last; it outlives the network's last repetition.

use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use contract::{ConversationId, EventId, SendError, TenantId, TraceId, http::Exchange};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Conversations, DeliveryId, Item, ItemExt, StoreError, conversations::stamp, number, text};

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Guest to agent.
    Inbound,
    /// Agent to guest.
    Outbound,
}

impl Direction {
    /// In lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// How far a delivery got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// It waits in its queue for its first attempt, or for another that somebody asked for.
    Queued,
    /// Somebody is at it, or died at it.
    Attempting,
    /// It failed and will be tried again.
    Retrying,
    /// The other side took it.
    Delivered,
    /// It will not be tried again by itself.
    Failed,
}

impl DeliveryState {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Attempting => "attempting",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub(super) fn read(word: &str) -> Self {
        match word {
            "queued" => Self::Queued,
            "delivered" => Self::Delivered,
            "failed" => Self::Failed,
            "retrying" => Self::Retrying,
            _ => Self::Attempting,
        }
    }

    /// Whether nothing more is to be done.
    pub fn settled(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed)
    }
}

/// Which message's delivery.
#[derive(Clone, Debug)]
pub struct LedgerKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Which way.
    pub direction: Direction,
    /// The event's (inbound) or message's (outbound) id.
    pub event: EventId,
}

impl LedgerKey {
    /// The delivery's id, as it is known outside.
    pub fn id(&self) -> DeliveryId {
        let hash = Sha256::digest(self.event.as_str().as_bytes());
        DeliveryId {
            tenant: self.tenant.clone(),
            conversation: self.conversation.clone(),
            direction: self.direction,
            event: hex::encode(&hash[..16]),
        }
    }

    fn sk(&self) -> String {
        self.id().sk()
    }
}

/// A delivery as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// How far it got.
    pub state: DeliveryState,
    /// How often it was begun.
    pub attempts: u32,
    /// How many of its calls the other side took: the next attempt goes on after them.
    pub calls_done: u32,
    /// The other side's ids so far.
    pub message_ids: Vec<String>,
}

/// What claiming a delivery found.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// It is ours to make; `attempts` counts this one.
    Ours(Delivery),
    /// It was settled before.
    Settled(Delivery),
}

fn read(item: &Item) -> Delivery {
    Delivery {
        state: DeliveryState::read(item.text("state").unwrap_or_default()),
        attempts: item.number("attempts").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        calls_done: item.number("callsDone").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        message_ids: item.json("messageIds").ok().flatten().unwrap_or_default(),
    }
}

impl Conversations {
    /// Claims a delivery: the first write of an attempt. Conditional, so that one that is settled stays so; counts the
    /// attempt before it is made, so that an attempt which kills its function counts too.
    pub async fn claim(
        &self,
        key: &LedgerKey,
        kind: &str,
        trace: &TraceId,
        expires: Timestamp,
    ) -> Result<Claim, StoreError> {
        let now = stamp(self.clock.now());
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&key.tenant, &key.conversation)))
            .key("sk", text(key.sk()))
            .update_expression(
                "SET #state = :attempting, attempts = if_not_exists(attempts, :zero) + :one, attemptedAt = :now, \
                 firstAt = if_not_exists(firstAt, :now), #event = :event, kind = :kind, trace = :trace, \
                 expiresAt = :expires",
            )
            .condition_expression("attribute_not_exists(#state) OR NOT #state IN (:delivered, :failed)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#event", "event")
            .expression_attribute_values(":attempting", text(DeliveryState::Attempting.word()))
            .expression_attribute_values(":delivered", text(DeliveryState::Delivered.word()))
            .expression_attribute_values(":failed", text(DeliveryState::Failed.word()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":event", text(key.event.as_str()))
            .expression_attribute_values(":kind", text(kind))
            .expression_attribute_values(":trace", text(trace.as_str()))
            .expression_attribute_values(":expires", number(expires.as_second()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Claim::Ours(read(&answer.attributes.unwrap_or_default()))),
            Err(error) => {
                use aws_sdk_dynamodb::operation::update_item::UpdateItemError as E;
                if let Some(E::ConditionalCheckFailedException(failed)) = error.as_service_error() {
                    let item = failed.item.clone().unwrap_or_default();
                    return Ok(Claim::Settled(read(&item)));
                }
                Err(StoreError::aws(error))
            }
        }
    }

    /// Claims a delivery that had failed for good, because somebody wants it tried again: its attempts count from one,
    /// what the other side had taken stays taken. `None` when it is not a failed one.
    pub async fn reopen(&self, key: &LedgerKey) -> Result<Option<Delivery>, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&key.tenant, &key.conversation)))
            .key("sk", text(key.sk()))
            .update_expression("SET #state = :attempting, attempts = :one, attemptedAt = :now")
            .condition_expression("#state = :failed")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":attempting", text(DeliveryState::Attempting.word()))
            .expression_attribute_values(":failed", text(DeliveryState::Failed.word()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", text(stamp(self.clock.now())))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.attributes.as_ref().map(read)),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// The write that settles a delivery, or says why it is tried again; to be made together with the conversation's.
    pub fn settling(
        &self,
        key: &LedgerKey,
        delivery: &Delivery,
        error: Option<&SendError>,
        exchanges: &[Exchange],
    ) -> Result<TransactWriteItem, StoreError> {
        self.settling_with(key, delivery, error, exchanges, None)
    }

    /// As [`Conversations::settling`], with the task kept, so that it can be sent again.
    pub fn settling_with(
        &self,
        key: &LedgerKey,
        delivery: &Delivery,
        error: Option<&SendError>,
        exchanges: &[Exchange],
        task: Option<&str>,
    ) -> Result<TransactWriteItem, StoreError> {
        let json = |value: Result<String, serde_json::Error>| value.map_err(StoreError::unreadable);
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&key.tenant, &key.conversation)))
            .key("sk", text(key.sk()))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(delivery.state.word()))
            .expression_attribute_values(":done", number(delivery.calls_done))
            .expression_attribute_values(":ids", text(json(serde_json::to_string(&delivery.message_ids))?))
            .expression_attribute_values(":now", text(stamp(self.clock.now())))
            .expression_attribute_values(":exchanges", text(json(serde_json::to_string(exchanges))?));
        let mut expression = "SET #state = :state, callsDone = :done, messageIds = :ids, settledAt = :now, \
                              exchanges = :exchanges"
            .to_owned();
        if let Some(task) = task {
            expression.push_str(", task = :task");
            update = update.expression_attribute_values(":task", text(task));
        }
        update = update.expression_attribute_names("#error", "error");
        match error {
            Some(error) => {
                expression.push_str(", #error = :error");
                update = update.expression_attribute_values(":error", text(json(serde_json::to_string(error))?));
            }
            None => expression.push_str(" REMOVE #error, task"),
        }
        let update =
            update.update_expression(expression).build().map_err(|error| StoreError::Aws(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Notes that another call of a message was taken, before the next is made.
    pub async fn progress(&self, key: &LedgerKey, delivery: &Delivery) -> Result<(), StoreError> {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&key.tenant, &key.conversation)))
            .key("sk", text(key.sk()))
            .update_expression("SET callsDone = :done, messageIds = :ids")
            .expression_attribute_values(":done", number(delivery.calls_done))
            .expression_attribute_values(
                ":ids",
                text(serde_json::to_string(&delivery.message_ids).unwrap_or_else(|_| "[]".to_owned())),
            )
            .send()
            .await
            .map(|_| ())
            .map_err(StoreError::aws)
    }
}
