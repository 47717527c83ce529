//! SQS: standard and FIFO queues with everything the event-source mappings of Lambda rely on.
//!
//! [`Queue`] is one queue as a pure state machine, `state` all of them; this shell adds the clock, waiting receivers
//! and the disk. Calls answer once what they changed is written.

mod attributes;
mod batch;
mod deduplication;
mod error;
mod http;
mod journal;
mod line;
mod message;
mod moves;
mod queue;
mod receipt;
mod request;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use uuid::Uuid;

pub use attributes::{Redrive, Settings};
pub use batch::{check_ids, check_size};
pub use deduplication::Remembered;
pub use error::SqsError;
pub(crate) use http::handle;
pub use message::{
    Attribute, AttributeValue, Attributes, MAX_BYTES, Message, Millis, Outgoing, md5_hex, md5_of_attributes,
};
pub use moves::{MoveStatus, MoveTask};
pub use queue::{Change, Definition, Depth, Queue, Sent, Taken};
pub use receipt::Receipt;

use journal::Journal;
use state::State;

/// How to receive.
#[derive(Debug, Clone, Copy)]
pub struct Receive {
    /// Messages at most, 1–10.
    pub max: usize,
    /// How long to wait for the first; the queue's own setting if `None`. At most 20 s over HTTP, any time here.
    pub wait: Option<Duration>,
    /// Seconds to hide them, 0–43,200; the queue's own setting if `None`.
    pub visibility: Option<u32>,
}

impl Default for Receive {
    fn default() -> Self {
        Self { max: 10, wait: None, visibility: None }
    }
}

/// A message as it was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// The message.
    pub message: Arc<Message>,
    /// Needed to delete it or to change its visibility.
    pub receipt_handle: String,
    /// Its number in a FIFO queue, 20 digits.
    pub sequence_number: Option<String>,
    /// `ApproximateReceiveCount`, 1 at first.
    pub receives: u32,
    /// `ApproximateFirstReceiveTimestamp`.
    pub first_received: Millis,
}

/// The queues of one account in one region. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sqs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    journal: Option<Journal>,
}

impl Sqs {
    /// Opens the queues: in that file, or in memory alone.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub(crate) fn open(file: Option<&Path>, region: &str, account: &str) -> rusqlite::Result<Self> {
        let mut state = State::new(region, account);
        let journal = match file {
            None => None,
            Some(file) => {
                let (journal, found) = Journal::open(file)?;
                for found in found {
                    let mut queue = Queue::new(found.definition, seed());
                    found.seen.into_iter().for_each(|(key, entry)| queue.restore_seen(key, entry));
                    let now = now();
                    for (sequence, message, receives) in found.messages {
                        queue.restore(sequence, message, receives, now);
                    }
                    state.restore(found.name, queue);
                }
                Some(journal)
            }
        };
        Ok(Self { inner: Arc::new(Inner { state: Mutex::new(state), journal }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the queues and returns once it is written.
    async fn commit<T>(&self, act: impl FnOnce(&mut State, Millis) -> Result<T, SqsError>) -> Result<T, SqsError> {
        let (result, written) = {
            let mut state = self.state();
            let result = act(&mut state, now());
            let entries = state.take_entries();
            // Handed over under the lock, so that the file sees the order the queues saw.
            let written = match &self.inner.journal {
                Some(journal) if !entries.is_empty() => Some(journal.append(entries)),
                _ => None,
            };
            (result, written)
        };
        let written = match written {
            Some(written) => written.await.unwrap_or(false),
            None => true,
        };
        if written { result } else { Err(SqsError::Internal) }
    }

    /// Creates a queue with attributes as in `CreateQueue`. One that exists with the same values is fine. A
    /// dead-letter queue must be there before the queue that names it.
    ///
    /// # Errors
    /// Attributes SQS refuses; a queue that exists with others.
    pub async fn create_queue(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<(), SqsError> {
        self.create(name, attributes, BTreeMap::new(), false).await
    }

    /// The same, but changes the attributes of a queue that exists.
    ///
    /// # Errors
    /// Attributes SQS refuses.
    pub async fn ensure_queue(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<(), SqsError> {
        self.create(name, attributes, BTreeMap::new(), true).await
    }

    async fn create(
        &self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        change: bool,
    ) -> Result<(), SqsError> {
        self.commit(|state, now| state.create(name, attributes, tags, change, seed(), now)).await
    }

    /// Deletes a queue and everything in it.
    ///
    /// # Errors
    /// There is none.
    pub async fn delete_queue(&self, name: &str) -> Result<(), SqsError> {
        self.commit(|state, _| state.delete(name)).await
    }

    /// Names of all queues, sorted.
    pub fn queues(&self) -> Vec<String> {
        self.state().names().cloned().collect()
    }

    /// Whether there is a queue of that name.
    pub fn exists(&self, name: &str) -> bool {
        self.state().arrival(name).is_ok()
    }

    /// The ARN of a queue of that name, whether it exists or not.
    pub fn arn(&self, name: &str) -> String {
        self.state().arn(name)
    }

    /// All attributes of a queue, as `GetQueueAttributes` writes them.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn attributes(&self, name: &str) -> Result<BTreeMap<String, String>, SqsError> {
        let mut state = self.state();
        let arn = state.arn(name);
        let queue = state.queue(name)?;
        let depth = queue.depth(now());
        let definition = queue.definition();
        let mut all = definition.settings.to_attributes();
        for (name, value) in [
            ("QueueArn", arn),
            ("CreatedTimestamp", (definition.created / 1000).to_string()),
            ("LastModifiedTimestamp", (definition.modified / 1000).to_string()),
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
        ] {
            all.insert(name.into(), value);
        }
        Ok(all)
    }

    /// Settings of a queue.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn settings(&self, name: &str) -> Result<Settings, SqsError> {
        Ok(self.state().queue(name)?.definition().settings.clone())
    }

    /// How full a queue is.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn depth(&self, name: &str) -> Result<Depth, SqsError> {
        Ok(self.state().queue(name)?.depth(now()))
    }

    /// Looks at up to `limit` messages, oldest first, without receiving them; with how often each was received.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn browse(&self, name: &str, limit: usize) -> Result<Vec<(Arc<Message>, u32)>, SqsError> {
        Ok(self.state().queue(name)?.browse(limit, now()))
    }

    /// Changes attributes, all or none.
    ///
    /// # Errors
    /// Attributes SQS refuses; no such queue.
    pub async fn set_attributes(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<(), SqsError> {
        let result = self.commit(|state, now| state.set(name, attributes, now)).await;
        self.state().wake(name);
        result
    }

    /// Tags of a queue.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn tags(&self, name: &str) -> Result<BTreeMap<String, String>, SqsError> {
        Ok(self.state().queue(name)?.definition().tags.clone())
    }

    async fn retag(&self, name: &str, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), SqsError> {
        self.commit(|state, _| {
            change(&mut state.queue(name)?.definition_mut().tags);
            state.define(name)
        })
        .await
    }

    /// Sends a message.
    ///
    /// # Errors
    /// What SQS refuses; no such queue; it could not be written.
    pub async fn send(&self, queue: &str, message: Outgoing) -> Result<Sent, SqsError> {
        let mut results = self.send_batch(queue, vec![message]).await?;
        results.pop().unwrap_or(Err(SqsError::EmptyBatchRequest))
    }

    /// Sends messages in order; each is taken or refused by itself.
    ///
    /// # Errors
    /// No such queue; they could not be written.
    pub async fn send_batch(
        &self,
        queue: &str,
        messages: Vec<Outgoing>,
    ) -> Result<Vec<Result<Sent, SqsError>>, SqsError> {
        self.commit(|state, now| {
            let to = state.queue(queue)?;
            let sent = messages.into_iter().map(|m| to.send(m, Uuid::new_v4().to_string(), now)).collect();
            state.wake(queue);
            Ok(sent)
        })
        .await
    }

    /// Receives messages, waiting for the first if there are none. Dropping the future loses nothing.
    ///
    /// # Errors
    /// Values out of range; no such queue (any more); too many messages in flight.
    pub async fn receive(&self, queue: &str, how: Receive) -> Result<Vec<Received>, SqsError> {
        if !(1..=10).contains(&how.max) {
            return Err(SqsError::invalid(how.max, "MaxNumberOfMessages", "Must be between 1 and 10, if provided."));
        }
        if let Some(seconds) = how.visibility.filter(|seconds| *seconds > 43_200) {
            return Err(SqsError::invalid(seconds, "VisibilityTimeout", "Must be between 0 and 43200, if provided."));
        }
        let (arrival, settings) = {
            let mut state = self.state();
            (state.arrival(queue)?, state.queue(queue)?.definition().settings.clone())
        };
        let wait = how.wait.unwrap_or(Duration::from_secs(settings.receive_wait.into()));
        let deadline = Instant::now() + wait;
        loop {
            // Registered before looking, so that nothing can arrive unseen in between.
            let arrived = arrival.notified();
            let (taken, timer) = self
                .commit(|state, now| {
                    let taken = state.receive(queue, how.max, how.visibility, now)?;
                    let timer = state.queue(queue)?.next_timer();
                    Ok((taken, timer.map(|at| Duration::from_millis(at.saturating_sub(now)))))
                })
                .await?;
            if !taken.is_empty() || Instant::now() >= deadline {
                return Ok(taken.into_iter().map(|taken| received(queue, settings.fifo, taken)).collect());
            }
            let until = timer.map_or(deadline, |after| deadline.min(Instant::now() + after));
            tokio::select! {
                () = arrived => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// Deletes a message that was received.
    ///
    /// # Errors
    /// Not a receipt of this queue; FIFO: the visibility timeout has passed.
    pub async fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), SqsError> {
        self.commit(|state, now| {
            let from = state.queue(queue)?;
            let fifo = from.definition().settings.fifo;
            from.delete(Receipt::from_handle(queue, receipt_handle)?, now)?;
            if fifo {
                // The next of the group may go now.
                state.wake(queue);
            }
            Ok(())
        })
        .await
    }

    /// Hides a message in flight for so many seconds from now; 0 gives it back at once.
    ///
    /// # Errors
    /// Not a receipt of this queue; not in flight; more than twelve hours together.
    pub async fn change_visibility(&self, queue: &str, receipt_handle: &str, seconds: u32) -> Result<(), SqsError> {
        self.commit(|state, now| {
            let receipt = Receipt::from_handle(queue, receipt_handle)?;
            state.queue(queue)?.change_visibility(receipt, seconds, now)?;
            // Also receivers that sleep until a timer have to look at the clock again.
            state.wake(queue);
            Ok(())
        })
        .await
    }

    /// Removes all messages of a queue.
    ///
    /// # Errors
    /// There is no such queue.
    pub async fn purge(&self, queue: &str) -> Result<(), SqsError> {
        self.commit(|state, _| {
            state.queue(queue)?.purge();
            Ok(())
        })
        .await
    }

    /// Queues whose dead letters go to this one.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn dead_letter_sources(&self, queue: &str) -> Result<Vec<String>, SqsError> {
        let state = self.state();
        state.arrival(queue)?;
        Ok(state.sources_of(queue))
    }

    /// Starts to move dead letters to `destination` (an ARN), or each to where it failed. Without a rate all that can
    /// be received has moved when this returns; with one the rest follows every second. Returns the task's handle.
    ///
    /// # Errors
    /// No such queue; the source is no dead-letter queue; a task is running already.
    pub async fn start_move(
        &self,
        source: &str,
        destination: Option<&str>,
        rate: Option<u32>,
    ) -> Result<String, SqsError> {
        let handle = Uuid::new_v4().to_string();
        self.commit(|state, now| state.start_move(handle.clone(), source, destination, rate, now)).await?;
        let step = rate.map_or(usize::MAX, |rate| rate as usize);
        if self.step_move(&handle, step).await? {
            let (sqs, handle) = (self.clone(), handle.clone());
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    if !matches!(sqs.step_move(&handle, step).await, Ok(true)) {
                        break;
                    }
                }
            });
        }
        Ok(handle)
    }

    async fn step_move(&self, handle: &str, limit: usize) -> Result<bool, SqsError> {
        self.commit(|state, now| state.step_move(handle, limit, || Uuid::new_v4().to_string(), now)).await
    }

    /// The last ten move tasks of a queue (an ARN), newest first. They are forgotten at a restart.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn moves(&self, source: &str) -> Result<Vec<MoveTask>, SqsError> {
        let state = self.state();
        if state.name_of(source).is_none() {
            return Err(SqsError::ResourceNotFound(
                "The resource that you specified for the SourceArn parameter doesn't exist.".into(),
            ));
        }
        Ok(state.tasks.iter().rev().filter(|task| task.source == source).cloned().collect())
    }

    /// Stops a task; returns how many messages it has moved.
    ///
    /// # Errors
    /// No such task; it has ended.
    pub async fn cancel_move(&self, handle: &str) -> Result<usize, SqsError> {
        self.commit(|state, _| state.cancel_move(handle)).await
    }
}

fn received(queue: &str, fifo: bool, taken: Taken) -> Received {
    Received {
        receipt_handle: taken.receipt.to_handle(queue),
        sequence_number: fifo.then(|| sequence_number(taken.receipt.sequence)),
        receives: taken.receives,
        first_received: taken.first_received,
        message: taken.message,
    }
}

/// 20 digits, as SQS writes them; they compare as text.
fn sequence_number(sequence: u64) -> String {
    format!("{sequence:020}")
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// Where receive tokens start: elsewhere after each restart, so that handles of an earlier life are stale.
fn seed() -> u64 {
    Uuid::new_v4().as_u64_pair().0 | 1
}
