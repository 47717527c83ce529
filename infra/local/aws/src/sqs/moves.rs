//! Move tasks: dead letters go back to where they failed, or anywhere else.
//!
//! A moved message is a new one: new id, new sending time, received never; body, attributes, group and deduplication
//! id stay. It is not deduplicated on arrival. A task moves what can be received at its turn: what is in flight, and
//! what waits behind it in its group, stays until it is visible again and another task is started.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>

use std::sync::Arc;

use super::error::SqsError;
use super::message::{Message, Millis};
use super::state::State;

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveStatus {
    /// It goes on.
    Running,
    /// All was moved.
    Completed,
    /// It was stopped by its owner.
    Cancelled,
    /// A message could not be moved.
    Failed,
}

impl MoveStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }
}

/// A task to move messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTask {
    /// `TaskHandle`.
    pub handle: String,
    /// ARN of the dead-letter queue.
    pub source: String,
    /// ARN of where they go; without one, each to the queue it failed in.
    pub destination: Option<String>,
    /// Messages a second, 1–500.
    pub rate: Option<u32>,
    /// Where it stands.
    pub status: MoveStatus,
    /// Messages moved so far.
    pub moved: usize,
    /// Messages there were at the start.
    pub to_move: usize,
    /// Why it failed.
    pub failure: Option<&'static str>,
    /// When it started.
    pub started: Millis,
}

impl State {
    /// Enters a task; [`State::step_move`] carries it out.
    pub(super) fn start_move(
        &mut self,
        handle: String,
        source: &str,
        destination: Option<&str>,
        rate: Option<u32>,
        now: Millis,
    ) -> Result<MoveTask, SqsError> {
        if let Some(rate) = rate
            && !(1..=500).contains(&rate)
        {
            return Err(SqsError::invalid(
                rate,
                "MaxNumberOfMessagesPerSecond",
                "Must be between 1 and 500, if provided.",
            ));
        }
        let missing = || {
            SqsError::ResourceNotFound(
                "The resource that you specified for the SourceArn parameter doesn't exist.".into(),
            )
        };
        let name = self.name_of(source).ok_or_else(missing)?;
        if self.sources_of(&name).is_empty() {
            return Err(SqsError::invalid(
                source,
                "SourceArn",
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        if let Some(destination) = destination {
            let fifo = name.ends_with(".fifo");
            match self.name_of(destination) {
                Some(to) if to == name => {
                    return Err(SqsError::invalid(
                        destination,
                        "DestinationArn",
                        "Source and destination must differ.",
                    ));
                }
                Some(to) if to.ends_with(".fifo") == fifo => {}
                Some(_) => {
                    return Err(SqsError::invalid(destination, "DestinationArn", "Must be a queue of the same kind."));
                }
                None => {
                    return Err(SqsError::ResourceNotFound(
                        "The resource that you specified for the DestinationArn parameter doesn't exist.".into(),
                    ));
                }
            }
        }
        if self.tasks.iter().any(|task| task.source == source && task.status == MoveStatus::Running) {
            return Err(SqsError::UnsupportedOperation(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.".into(),
            ));
        }
        let depth = self.queue(&name)?.depth(now);
        let task = MoveTask {
            handle,
            source: source.into(),
            destination: destination.map(Into::into),
            rate,
            status: MoveStatus::Running,
            moved: 0,
            to_move: depth.visible,
            failure: None,
            started: now,
        };
        self.tasks.push(task.clone());
        // SQS keeps the last ten of a queue.
        let finished: Vec<_> = self.tasks.iter().filter(|t| t.source == source).map(|t| t.handle.clone()).collect();
        if let Some(oldest) = finished.first().filter(|_| finished.len() > 10) {
            self.tasks.retain(|task| task.handle != *oldest);
        }
        Ok(task)
    }

    /// Moves up to `limit` messages; `false` once the task has ended.
    pub(super) fn step_move(
        &mut self,
        handle: &str,
        limit: usize,
        mut new_id: impl FnMut() -> String,
        now: Millis,
    ) -> Result<bool, SqsError> {
        let Some(at) = self.tasks.iter().position(|task| task.handle == handle) else { return Ok(false) };
        let task = self.tasks[at].clone();
        if task.status != MoveStatus::Running {
            return Ok(false);
        }
        let (mut moved, mut end) = (0, None);
        let source = self.name_of(&task.source);
        while moved < limit && task.moved + moved < task.to_move {
            let Some(name) = &source else { break };
            let Some((sequence, message)) = self.queue(name)?.peek(now) else { break };
            let to = task.destination.clone().or_else(|| message.dead_letter_source.clone());
            let Some(to) = to.and_then(|arn| self.name_of(&arn)) else {
                end = Some("CouldNotDetermineMessageSource");
                break;
            };
            self.queue(name)?.remove(sequence);
            let fresh =
                Message { id: new_id(), sent: now, due: now, dead_letter_source: None, ..Message::clone(&message) };
            self.queue(&to)?.accept(Arc::new(fresh), now);
            self.wake(&to);
            moved += 1;
        }
        let task = &mut self.tasks[at];
        task.moved += moved;
        if end.is_some() {
            (task.status, task.failure) = (MoveStatus::Failed, end);
        } else if moved < limit || task.moved >= task.to_move {
            task.status = MoveStatus::Completed;
        }
        Ok(task.status == MoveStatus::Running)
    }

    pub(super) fn cancel_move(&mut self, handle: &str) -> Result<usize, SqsError> {
        let task = self.tasks.iter_mut().find(|task| task.handle == handle);
        match task {
            Some(task) if task.status == MoveStatus::Running => {
                task.status = MoveStatus::Cancelled;
                Ok(task.moved)
            }
            Some(_) => Err(SqsError::UnsupportedOperation("Only active tasks can be cancelled.".into())),
            None => Err(SqsError::ResourceNotFound("The task handle does not exist.".into())),
        }
    }
}
