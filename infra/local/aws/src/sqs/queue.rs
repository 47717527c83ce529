//! One queue as a state machine: no clock, no threads, no disk.
//!
//! Every call is given the time. What has to survive is written down as [`Change`]s, which the caller collects with
//! [`Queue::take_changes`] after each call.
//!
//! What is in flight when the process ends is simply there again afterwards, and that receive does not count: the
//! receiver died with its queue, the message did nothing wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::attributes::Settings;
use super::deduplication::{Deduplication, INTERVAL, Remembered};
use super::error::SqsError;
use super::line::Line;
use super::message::{Message, Millis, Outgoing};
use super::receipt::Receipt;

/// Messages in flight at most, of either kind of queue.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const MAX_IN_FLIGHT: usize = 120_000;
/// The longest a message may stay with one receiver, in seconds.
const MAX_VISIBILITY: u32 = 43_200;

/// What a queue is, apart from its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Settings in force.
    pub settings: Settings,
    /// Creation.
    pub created: Millis,
    /// Last change of the settings.
    pub modified: Millis,
    /// Cost-allocation tags; they mean nothing here.
    pub tags: BTreeMap<String, String>,
}

/// Something that has to survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A message arrived.
    Insert { sequence: u64, message: Arc<Message> },
    /// A message is no more.
    Remove { sequence: u64 },
    /// A message has failed to be handled that often.
    Receives { sequence: u64, receives: u32 },
    /// A deduplication id was seen.
    Remember { key: String, entry: Remembered },
    /// A deduplication id is forgotten.
    Forget { key: String },
    /// All messages are gone.
    Purge,
}

/// The answer to a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// `MessageId`; of the first message if this one was a duplicate.
    pub id: String,
    /// `SequenceNumber`, of FIFO queues.
    pub sequence: Option<u64>,
    /// Whether it was dropped as a duplicate.
    pub duplicate: bool,
}

/// A message handed to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The message.
    pub message: Arc<Message>,
    /// Which receive of it this is.
    pub receipt: Receipt,
    /// `ApproximateReceiveCount`.
    pub receives: u32,
    /// `ApproximateFirstReceiveTimestamp`.
    pub first_received: Millis,
}

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// `ApproximateNumberOfMessages`: not in flight, not delayed (held back by their group or not).
    pub visible: usize,
    /// `ApproximateNumberOfMessagesNotVisible`: in flight.
    pub in_flight: usize,
    /// `ApproximateNumberOfMessagesDelayed`.
    pub delayed: usize,
    /// When the oldest message was sent.
    pub oldest: Option<Millis>,
}

#[derive(Debug)]
struct Stored {
    message: Arc<Message>,
    place: Place,
    receives: u32,
    first_received: Option<Millis>,
    /// Of the last receive; 0 before the first.
    token: u64,
    taken: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Delayed,
    Waiting,
    InFlight { until: Millis },
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    definition: Definition,
    messages: HashMap<u64, Stored>,
    line: Line,
    /// When a delayed message is due or one in flight comes back.
    timers: BTreeSet<(Millis, u64)>,
    /// By the time of sending, for retention.
    ages: BTreeSet<(Millis, u64)>,
    seen: Deduplication,
    in_flight: usize,
    delayed: usize,
    last_sequence: u64,
    last_token: u64,
    changes: Vec<Change>,
}

impl Queue {
    /// An empty queue. `seed` makes its receipt handles differ from those of its earlier lives; never 0.
    pub fn new(definition: Definition, seed: u64) -> Self {
        Self {
            line: Line::new(definition.settings.fifo),
            definition,
            messages: HashMap::new(),
            timers: BTreeSet::new(),
            ages: BTreeSet::new(),
            seen: Deduplication::default(),
            in_flight: 0,
            delayed: 0,
            last_sequence: 0,
            last_token: seed,
            changes: Vec::new(),
        }
    }

    /// Settings, tags and dates.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The same, to be changed; whether the queue is FIFO must stay.
    pub fn definition_mut(&mut self) -> &mut Definition {
        &mut self.definition
    }

    /// What has happened since the last call that must survive.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Puts a message back that was there before a restart.
    pub fn restore(&mut self, sequence: u64, message: Message, receives: u32, now: Millis) {
        self.last_sequence = self.last_sequence.max(sequence);
        self.insert(sequence, Arc::new(message), receives, now);
    }

    /// The same for a deduplication id; oldest first.
    pub fn restore_seen(&mut self, key: String, entry: Remembered) {
        self.last_sequence = self.last_sequence.max(entry.sequence);
        self.seen.remember(key, entry);
    }

    /// Checks a message against this queue's kind and limits and gives its deduplication id.
    fn check(&self, outgoing: &Outgoing) -> Result<Option<String>, SqsError> {
        let settings = &self.definition.settings;
        outgoing.check()?;
        if outgoing.size() > settings.maximum_message_size {
            return Err(SqsError::MessageTooLong(settings.maximum_message_size));
        }
        const OTHER_KIND: &str = "The request includes a parameter that is not valid for this queue type.";
        let delay = outgoing.delay_seconds.unwrap_or(0);
        if delay > 900 {
            return Err(SqsError::invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900."));
        }
        if !settings.fifo {
            return match &outgoing.deduplication_id {
                Some(id) => Err(SqsError::invalid(id, "MessageDeduplicationId", OTHER_KIND)),
                None => Ok(None),
            };
        }
        if delay > 0 {
            return Err(SqsError::invalid(delay, "DelaySeconds", OTHER_KIND));
        }
        if outgoing.group.is_none() {
            return Err(SqsError::MissingParameter("MessageGroupId"));
        }
        match &outgoing.deduplication_id {
            Some(id) => Ok(Some(id.clone())),
            None if settings.content_based_deduplication => {
                Ok(Some(hex::encode(Sha256::digest(outgoing.body.as_bytes()))))
            }
            None => Err(SqsError::invalid(
                "",
                "MessageDeduplicationId",
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )),
        }
    }

    /// Takes a message in, under the id given unless it is a duplicate.
    ///
    /// # Errors
    /// What SQS refuses of this kind of queue; a message above the limit.
    pub fn send(&mut self, outgoing: Outgoing, id: String, now: Millis) -> Result<Sent, SqsError> {
        self.tick(now);
        let deduplication_id = self.check(&outgoing)?;
        let settings = &self.definition.settings;
        let key = deduplication_id.as_ref().map(|id| match (&outgoing.group, settings.deduplication_per_group) {
            // No group holds a line break.
            (Some(group), true) => format!("{group}\n{id}"),
            _ => id.clone(),
        });
        if let Some(first) = key.as_ref().and_then(|key| self.seen.get(key)) {
            return Ok(Sent { id: first.id.clone(), sequence: Some(first.sequence), duplicate: true });
        }
        let delay = match outgoing.delay_seconds {
            Some(seconds) if !settings.fifo => seconds,
            _ => settings.delay,
        };
        let fifo = settings.fifo;
        let message = Message {
            id: id.clone(),
            body: outgoing.body,
            attributes: outgoing.attributes,
            trace_header: outgoing.trace_header,
            group: outgoing.group.map(Arc::from),
            deduplication_id,
            sent: now,
            due: now + Millis::from(delay) * 1000,
            dead_letter_source: None,
        };
        let sequence = self.accept(Arc::new(message), now);
        if let Some(key) = key {
            let entry = Remembered { id: id.clone(), sequence, until: now + INTERVAL };
            self.changes.push(Change::Remember { key: key.clone(), entry: entry.clone() });
            self.seen.remember(key, entry);
        }
        Ok(Sent { id, sequence: fifo.then_some(sequence), duplicate: false })
    }

    /// Takes in a message that comes from another queue. Deduplication does not apply: none may be lost here.
    pub fn accept(&mut self, message: Arc<Message>, now: Millis) -> u64 {
        // From the time, so that numbers grow across restarts without being written down.
        self.last_sequence = (self.last_sequence + 1).max(now << 20);
        let sequence = self.last_sequence;
        self.changes.push(Change::Insert { sequence, message: message.clone() });
        self.insert(sequence, message, 0, now);
        sequence
    }

    fn insert(&mut self, sequence: u64, message: Arc<Message>, receives: u32, now: Millis) {
        let ready = message.due <= now;
        if !ready {
            self.timers.insert((message.due, sequence));
            self.delayed += 1;
        }
        self.ages.insert((message.sent, sequence));
        self.line.wait(sequence, message.group.as_ref(), ready);
        let place = if ready { Place::Waiting } else { Place::Delayed };
        self.messages.insert(sequence, Stored { message, place, receives, first_received: None, token: 0, taken: 0 });
    }

    /// Hands out up to `max` messages, hidden from others for `visibility` seconds (or the queue's own time).
    ///
    /// With `max_receives`, messages that have been received that often are taken out instead and returned second:
    /// they belong into the dead-letter queue.
    ///
    /// # Errors
    /// [`SqsError::OverLimit`] with too many in flight.
    pub fn receive(
        &mut self,
        max: usize,
        visibility: Option<u32>,
        max_receives: Option<u32>,
        now: Millis,
    ) -> Result<(Vec<Taken>, Vec<Arc<Message>>), SqsError> {
        self.tick(now);
        if self.in_flight >= MAX_IN_FLIGHT {
            return Err(SqsError::OverLimit);
        }
        let until = now + Millis::from(visibility.unwrap_or(self.definition.settings.visibility_timeout)) * 1000;
        let (mut taken, mut dead) = (Vec::new(), Vec::new());
        let mut current = None;
        while taken.len() < max {
            let Some(sequence) = self.line.next(current.as_ref()) else { break };
            let Some(stored) = self.messages.get_mut(&sequence) else { break };
            if max_receives.is_some_and(|max| stored.receives >= max) {
                dead.extend(self.remove(sequence));
                continue;
            }
            self.last_token = self.last_token.wrapping_add(1).max(1);
            stored.receives += 1;
            stored.token = self.last_token;
            stored.taken = now;
            stored.place = Place::InFlight { until };
            let first_received = *stored.first_received.get_or_insert(now);
            current = stored.message.group.clone();
            taken.push(Taken {
                message: stored.message.clone(),
                receipt: Receipt { sequence, token: stored.token },
                receives: stored.receives,
                first_received,
            });
            self.in_flight += 1;
            self.timers.insert((until, sequence));
            self.line.take(sequence, current.as_ref());
        }
        Ok((taken, dead))
    }

    /// Deletes a message that was received. Nothing happens if it is gone already.
    ///
    /// A standard queue accepts the last receipt even after the message became visible again. A FIFO queue does not:
    /// the group may already have gone on.
    ///
    /// # Errors
    /// FIFO: the visibility timeout has passed.
    pub fn delete(&mut self, receipt: Receipt, now: Millis) -> Result<(), SqsError> {
        self.tick(now);
        let Some(stored) = self.messages.get(&receipt.sequence) else { return Ok(()) };
        let held = matches!(stored.place, Place::InFlight { .. });
        let last = stored.token == receipt.token;
        if self.definition.settings.fifo && !(last && held) {
            return Err(SqsError::invalid(receipt.sequence, "ReceiptHandle", "The receipt handle has expired."));
        }
        if last {
            self.remove(receipt.sequence);
        }
        Ok(())
    }

    /// Hides a message in flight for `timeout` seconds from now; with 0 it is visible at once.
    ///
    /// # Errors
    /// It is not in flight, was received again, or would be held for more than twelve hours.
    pub fn change_visibility(&mut self, receipt: Receipt, timeout: u32, now: Millis) -> Result<(), SqsError> {
        self.tick(now);
        if timeout > MAX_VISIBILITY {
            return Err(SqsError::invalid(timeout, "VisibilityTimeout", "Must be between 0 and 43200, if provided."));
        }
        let Some(stored) = self.messages.get_mut(&receipt.sequence) else {
            return Err(SqsError::invalid(
                receipt.sequence,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            ));
        };
        let Place::InFlight { until } = stored.place else { return Err(SqsError::MessageNotInflight) };
        if stored.token != receipt.token {
            return Err(SqsError::invalid(receipt.sequence, "ReceiptHandle", "The receipt handle has expired."));
        }
        let new = now + Millis::from(timeout) * 1000;
        if new > stored.taken + Millis::from(MAX_VISIBILITY) * 1000 {
            return Err(SqsError::invalid(
                timeout,
                "VisibilityTimeout",
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            ));
        }
        stored.place = Place::InFlight { until: new };
        let receives = stored.receives;
        self.timers.remove(&(until, receipt.sequence));
        self.timers.insert((new, receipt.sequence));
        if timeout > 0 {
            // The receiver may be putting it off after a failure, so this receive counts even if the process ends.
            self.changes.push(Change::Receives { sequence: receipt.sequence, receives });
        }
        self.tick(now);
        Ok(())
    }

    /// The message a move task would take next.
    pub fn peek(&mut self, now: Millis) -> Option<(u64, Arc<Message>)> {
        self.tick(now);
        let sequence = self.line.next(None)?;
        Some((sequence, self.messages.get(&sequence)?.message.clone()))
    }

    /// Takes a message out for good.
    pub fn remove(&mut self, sequence: u64) -> Option<Arc<Message>> {
        let stored = self.messages.remove(&sequence)?;
        match stored.place {
            Place::InFlight { until } => {
                self.timers.remove(&(until, sequence));
                self.in_flight -= 1;
            }
            Place::Delayed => {
                self.timers.remove(&(stored.message.due, sequence));
                self.delayed -= 1;
            }
            Place::Waiting => {}
        }
        self.ages.remove(&(stored.message.sent, sequence));
        let held = matches!(stored.place, Place::InFlight { .. });
        self.line.leave(sequence, stored.message.group.as_ref(), held);
        self.changes.push(Change::Remove { sequence });
        Some(stored.message)
    }

    /// Removes all messages, in flight or not. Deduplication ids stay known.
    pub fn purge(&mut self) {
        self.messages.clear();
        self.line.clear();
        self.timers.clear();
        self.ages.clear();
        (self.in_flight, self.delayed) = (0, 0);
        self.changes.push(Change::Purge);
    }

    /// How full it is.
    pub fn depth(&mut self, now: Millis) -> Depth {
        self.tick(now);
        Depth {
            visible: self.messages.len() - self.in_flight - self.delayed,
            in_flight: self.in_flight,
            delayed: self.delayed,
            oldest: self.ages.first().map(|(sent, _)| *sent),
        }
    }

    /// Up to `limit` messages in the order of arrival, wherever they are, with how often each was received.
    pub fn browse(&mut self, limit: usize, now: Millis) -> Vec<(Arc<Message>, u32)> {
        self.tick(now);
        let mut sequences: Vec<_> = self.messages.keys().copied().collect();
        sequences.sort_unstable();
        sequences
            .iter()
            .take(limit)
            .filter_map(|sequence| self.messages.get(sequence))
            .map(|stored| (stored.message.clone(), stored.receives))
            .collect()
    }

    /// When something may become visible by itself.
    pub fn next_timer(&self) -> Option<Millis> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Does what the passing of time does: delays end, messages in flight come back, old ones expire.
    fn tick(&mut self, now: Millis) {
        while let Some(&(at, sequence)) = self.timers.first().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, sequence));
            let Some(stored) = self.messages.get_mut(&sequence) else { continue };
            let group = stored.message.group.as_ref();
            match stored.place {
                Place::InFlight { .. } => {
                    self.in_flight -= 1;
                    self.line.put_back(sequence, group);
                    self.changes.push(Change::Receives { sequence, receives: stored.receives });
                }
                Place::Delayed | Place::Waiting => {
                    self.delayed -= 1;
                    self.line.wait(sequence, group, true);
                }
            }
            stored.place = Place::Waiting;
        }
        let retention = self.definition.settings.retention_millis();
        while let Some(&(_, sequence)) = self.ages.first().filter(|(sent, _)| sent + retention <= now) {
            self.remove(sequence);
        }
        for key in self.seen.forget(now) {
            self.changes.push(Change::Forget { key });
        }
    }
}
