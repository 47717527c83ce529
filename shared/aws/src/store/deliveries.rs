//! Deliveries as people look at them: the ledger's records with their logs, and sending one again.

use std::fmt;

use aws_sdk_dynamodb::types::{Put, ReturnValue, TransactWriteItem};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::{ConversationId, ReceiptStatus, SendError, TenantId, TraceId, http::Exchange};
use jiff::Timestamp;

use super::{
    Conversations, DeliveryState, Direction, Item, ItemExt, LedgerKey, StoreError, conversations::stamp, number, text,
};

/// How long the log of an attempt is kept, in seconds: as long as the ledger remembers its delivery.
const LOG_KEPT_S: i64 = 72 * 3600;
/// Most attempts of one delivery that are shown.
const ATTEMPTS_SHOWN: i32 = 50;
/// What is read of a delivery for a list; the rest is long.
const IN_LIST: &str = "pk, sk, #state, attempts, callsDone, messageIds, firstAt, attemptedAt, settledAt, #event, kind, \
                       trace, #error, receipt, receiptAt, expiresAt";

/// A delivery's id: leads back to tenant, conversation, direction and event. Opaque to those who pass it around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryId {
    /// Whose.
    pub tenant: TenantId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Which way.
    pub direction: Direction,
    /// The hash of the event's id.
    pub(super) event: String,
}

impl DeliveryId {
    /// Reads one that came from outside.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 300 {
            return None;
        }
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = plain.split('/');
        let (tenant, conversation) = (TenantId::parse(parts.next()?)?, parts.next()?);
        let direction = match parts.next()? {
            "i" => Direction::Inbound,
            "o" => Direction::Outbound,
            _ => return None,
        };
        let event = parts.next()?;
        let is_hash = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
        (parts.next().is_none() && is_hash(conversation, 40) && is_hash(event, 32)).then(|| Self {
            tenant,
            conversation: conversation.into(),
            direction,
            event: event.to_owned(),
        })
    }

    pub(super) fn sk(&self) -> String {
        format!("D#{}#{}", self.direction.word(), self.event)
    }

    fn log(&self) -> String {
        format!("L#{}#{}#", self.direction.word(), self.event)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Inbound => "i",
            Direction::Outbound => "o",
        };
        let plain = format!("{}/{}/{direction}/{}", self.tenant, self.conversation, self.event);
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(plain))
    }
}

/// A delivery, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRecord {
    /// Its id.
    pub id: DeliveryId,
    /// How far it got.
    pub state: DeliveryState,
    /// How often it was begun.
    pub attempts: u32,
    /// The id of the event (inbound) or message (outbound).
    pub event: String,
    /// What was said, in a word: `text`.
    pub kind: String,
    /// Follows the message through every log.
    pub trace: String,
    /// The other side's ids of it.
    pub message_ids: Vec<String>,
    /// When it was first begun, or queued.
    pub first_at: Option<Timestamp>,
    /// When the last attempt began.
    pub attempted_at: Option<Timestamp>,
    /// When the last attempt ended.
    pub settled_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<SendError>,
    /// What the network reported since, and when it was told.
    pub receipt: Option<(ReceiptStatus, Timestamp)>,
    /// What was said on the way out, in the last attempt.
    pub exchanges: Vec<Exchange>,
    /// What is needed to send it again; kept of deliveries that failed.
    pub task: Option<String>,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// Why.
    pub error: Option<SendError>,
    /// What was said on the way out.
    pub exchanges: Vec<Exchange>,
}

/// What is known of a message that is about to be queued.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Which.
    pub key: LedgerKey,
    /// A word: `text`.
    pub kind: &'static str,
    /// Follows it.
    pub trace: TraceId,
}

fn moment(item: &Item, name: &str) -> Option<Timestamp> {
    item.text(name)?.parse().ok()
}

fn read(id: DeliveryId, item: &Item) -> DeliveryRecord {
    let word = |name: &str| item.text(name).unwrap_or_default().to_owned();
    let receipt: Option<ReceiptStatus> = item.json("receipt").ok().flatten();
    DeliveryRecord {
        id,
        state: DeliveryState::read(item.text("state").unwrap_or_default()),
        attempts: item.number("attempts").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        event: word("event"),
        kind: word("kind"),
        trace: word("trace"),
        message_ids: item.json("messageIds").ok().flatten().unwrap_or_default(),
        first_at: moment(item, "firstAt"),
        attempted_at: moment(item, "attemptedAt"),
        settled_at: moment(item, "settledAt"),
        error: item.json("error").ok().flatten(),
        receipt: receipt.zip(moment(item, "receiptAt")),
        exchanges: item.json("exchanges").ok().flatten().unwrap_or_default(),
        task: item.text("task").map(str::to_owned),
    }
}

impl Conversations {
    /// Notes messages that are about to be queued, so that their states can be asked for at once. One that is known
    /// stays as it is; says which of them are new.
    pub async fn note_queued(&self, messages: &[Queued], expires: Timestamp) -> Result<Vec<bool>, StoreError> {
        let mut new = Vec::with_capacity(messages.len());
        for message in messages {
            let key = &message.key;
            let answer = self
                .client
                .put_item()
                .table_name(&self.table)
                .item("pk", text(Self::pk(&key.tenant, &key.conversation)))
                .item("sk", text(key.id().sk()))
                .item("state", text(DeliveryState::Queued.word()))
                .item("event", text(key.event.as_str()))
                .item("kind", text(message.kind))
                .item("trace", text(message.trace.as_str()))
                .item("firstAt", text(stamp(self.clock.now())))
                .item("expiresAt", number(expires.as_second()))
                .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
                .expression_attribute_values(":now", number(self.clock.now().as_second()))
                .send()
                .await;
            match answer {
                Ok(_) => new.push(true),
                Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                    new.push(false);
                }
                Err(error) => return Err(StoreError::aws(error)),
            }
        }
        Ok(new)
    }

    /// Takes the notes of messages back that could not be queued after all, unless somebody is at them.
    pub async fn forget_queued(&self, keys: &[LedgerKey]) -> Result<(), StoreError> {
        for key in keys {
            let answer = self
                .client
                .delete_item()
                .table_name(&self.table)
                .key("pk", text(Self::pk(&key.tenant, &key.conversation)))
                .key("sk", text(key.id().sk()))
                .condition_expression("#state = :queued")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":queued", text(DeliveryState::Queued.word()))
                .send()
                .await;
            match answer {
                Ok(_) => {}
                Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {}
                Err(error) => return Err(StoreError::aws(error)),
            }
        }
        Ok(())
    }

    /// A delivery, if there is one.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryRecord>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&id.tenant, &id.conversation)))
            .key("sk", text(id.sk()))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let now = self.clock.now();
        Ok(answer.item.filter(|item| !item.expired(now)).map(|item| read(id.clone(), &item)))
    }

    /// A conversation's deliveries of both directions, without their logs, the newest first. At most about `limit` of
    /// them are read; they are in no order where they are kept.
    pub async fn deliveries(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        let (now, mut found, mut start) = (self.clock.now(), Vec::new(), None);
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .projection_expression(IN_LIST)
                .expression_attribute_names("#state", "state")
                .expression_attribute_names("#event", "event")
                .expression_attribute_names("#error", "error")
                .expression_attribute_values(":pk", text(Self::pk(tenant, conversation)))
                .expression_attribute_values(":prefix", text("D#"))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(StoreError::aws)?;
            for item in answer.items.unwrap_or_default().iter().filter(|item| !item.expired(now)) {
                let mut sk = item.text("sk").unwrap_or_default().split('#').skip(1);
                let direction = match sk.next() {
                    Some("inbound") => Direction::Inbound,
                    _ => Direction::Outbound,
                };
                let event = sk.next().unwrap_or_default().to_owned();
                let (tenant, conversation) = (tenant.clone(), conversation.clone());
                found.push(read(DeliveryId { tenant, conversation, direction, event }, item));
            }
            start = answer.last_evaluated_key;
            if start.is_none() || found.len() >= limit {
                break;
            }
        }
        found.sort_by_key(|delivery| std::cmp::Reverse(delivery.first_at));
        Ok(found)
    }

    /// The attempts at a delivery that failed, the oldest first.
    pub async fn attempts(&self, id: &DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(Self::pk(&id.tenant, &id.conversation)))
            .expression_attribute_values(":prefix", text(id.log()))
            .scan_index_forward(false)
            .limit(ATTEMPTS_SHOWN)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let now = self.clock.now();
        let items = answer.items.unwrap_or_default();
        let attempts = items.iter().rev().filter(|item| !item.expired(now)).filter_map(|item| {
            Some(Attempt {
                at: moment(item, "at")?,
                error: item.json("error").ok().flatten(),
                exchanges: item.json("exchanges").ok().flatten().unwrap_or_default(),
            })
        });
        Ok(attempts.collect())
    }

    /// The write that keeps the log of an attempt which failed, to be made together with its [`Conversations::settling`].
    pub fn logging(
        &self,
        key: &LedgerKey,
        error: &SendError,
        exchanges: &[Exchange],
    ) -> Result<TransactWriteItem, StoreError> {
        let now = self.clock.now();
        let put = Put::builder()
            .table_name(&self.table)
            .item("pk", text(Self::pk(&key.tenant, &key.conversation)))
            .item("sk", text(format!("{}{}", key.id().log(), stamp(now))))
            .item("at", text(stamp(now)))
            .item("error", text(serde_json::to_string(error).map_err(StoreError::unreadable)?))
            .item("exchanges", text(serde_json::to_string(exchanges).map_err(StoreError::unreadable)?))
            .item("expiresAt", number(now.as_second() + LOG_KEPT_S))
            .build()
            .map_err(|error| StoreError::Aws(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Takes a delivery that had failed for good back among those that wait: its attempts count from none, what the other
    /// side had taken stays taken. `None` when it is not a failed one.
    pub async fn requeue(&self, id: &DeliveryId) -> Result<Option<DeliveryRecord>, StoreError> {
        self.flip(id, DeliveryState::Failed, DeliveryState::Queued).await
    }

    /// Undoes [`Conversations::requeue`]: it could not be queued.
    pub async fn requeue_failed(&self, id: &DeliveryId) -> Result<(), StoreError> {
        self.flip(id, DeliveryState::Queued, DeliveryState::Failed).await.map(|_| ())
    }

    async fn flip(
        &self,
        id: &DeliveryId,
        from: DeliveryState,
        to: DeliveryState,
    ) -> Result<Option<DeliveryRecord>, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&id.tenant, &id.conversation)))
            .key("sk", text(id.sk()))
            .update_expression("SET #state = :to, attempts = :none")
            .condition_expression("#state = :from")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":from", text(from.word()))
            .expression_attribute_values(":to", text(to.word()))
            .expression_attribute_values(":none", number(0))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.attributes.as_ref().map(|item| read(id.clone(), item))),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// Notes what the network reported of a message that no platform waits to hear of.
    pub async fn note_receipt(&self, key: &LedgerKey, status: ReceiptStatus) -> Result<(), StoreError> {
        let status = serde_json::to_string(&status).map_err(StoreError::unreadable)?;
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&key.tenant, &key.conversation)))
            .key("sk", text(key.id().sk()))
            .update_expression("SET receipt = :status, receiptAt = :now")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":status", text(status))
            .expression_attribute_values(":now", text(stamp(self.clock.now())))
            .send()
            .await;
        match answer {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::aws(error))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_lead_back() {
        let key = LedgerKey {
            tenant: "259bb4e2-f7e5-4b06-9a51-c528f412404b".into(),
            conversation: ConversationId::of(&"t".into(), "line", &"U1".into()),
            direction: Direction::Outbound,
            event: "m-1".into(),
        };
        let id = key.id();
        assert_eq!(DeliveryId::parse(&id.to_string()), Some(id));
        let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let (c, e) = ("a".repeat(40), "b".repeat(32));
        for bad in [
            String::new(),
            "!".to_owned(),
            encoded("t"),
            encoded(&format!("t/{c}/x/{e}")),
            encoded(&format!("t/{c}/o/{e}/")),
            encoded(&format!("t#/{c}/o/{e}")),
            encoded(&format!("t/short/o/{e}")),
            encoded(&format!("t/{c}/o/short")),
            "A".repeat(301),
        ] {
            assert_eq!(DeliveryId::parse(&bad), None, "{bad}");
        }
    }
}
