//! All queues together, still without a clock or a disk: what needs more than one queue happens here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Notify;

use super::attributes::Settings;
use super::error::SqsError;
use super::journal::Entry;
use super::message::{Message, Millis};
use super::moves::MoveTask;
use super::queue::{Definition, Queue, Taken};

#[derive(Debug)]
pub(super) struct State {
    region: String,
    account: String,
    queues: BTreeMap<String, (Queue, Arc<Notify>)>,
    pub(super) tasks: Vec<MoveTask>,
    /// Queues that were touched and may have changes to be written.
    touched: BTreeSet<String>,
    entries: Vec<Entry>,
}

impl State {
    pub(super) fn new(region: &str, account: &str) -> Self {
        Self {
            region: region.into(),
            account: account.into(),
            queues: BTreeMap::new(),
            tasks: Vec::new(),
            touched: BTreeSet::new(),
            entries: Vec::new(),
        }
    }

    pub(super) fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// The queue an ARN stands for, if it exists.
    pub(super) fn name_of(&self, arn: &str) -> Option<String> {
        let name = arn.rsplit(':').next()?;
        (self.queues.contains_key(name) && self.arn(name) == arn).then(|| name.into())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.queues.keys()
    }

    pub(super) fn queue(&mut self, name: &str) -> Result<&mut Queue, SqsError> {
        let (queue, _) = self.queues.get_mut(name).ok_or(SqsError::QueueDoesNotExist)?;
        if !self.touched.contains(name) {
            self.touched.insert(name.into());
        }
        Ok(queue)
    }

    /// What its receivers wait for.
    pub(super) fn arrival(&self, name: &str) -> Result<Arc<Notify>, SqsError> {
        self.queues.get(name).map(|(_, notify)| notify.clone()).ok_or(SqsError::QueueDoesNotExist)
    }

    /// Something may be visible in that queue now.
    pub(super) fn wake(&self, name: &str) {
        if let Some((_, notify)) = self.queues.get(name) {
            notify.notify_waiters();
        }
    }

    /// Puts a queue in that was there before a restart.
    pub(super) fn restore(&mut self, name: String, queue: Queue) {
        self.queues.insert(name, (queue, Arc::default()));
    }

    /// Creates a queue. One that exists is fine if it has the attributes asked for, or if they may be changed.
    pub(super) fn create(
        &mut self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        change: bool,
        seed: u64,
        now: Millis,
    ) -> Result<(), SqsError> {
        let settings = Settings::new(name, attributes)?;
        if let Some((queue, _)) = self.queues.get(name) {
            let is = queue.definition().settings.to_attributes();
            let asked = settings.to_attributes();
            let different = attributes.keys().find(|key| is.get(*key) != asked.get(*key));
            return match different {
                None => Ok(()),
                Some(_) if change => self.set(name, attributes, now),
                Some(key) => Err(SqsError::QueueNameExists(key.clone())),
            };
        }
        self.check_redrive(name, &settings)?;
        let definition = Definition { settings, created: now, modified: now, tags };
        self.entries.push(Entry::Define(name.into(), Box::new(definition.clone())));
        self.restore(name.into(), Queue::new(definition, seed));
        Ok(())
    }

    /// Changes attributes, all or none.
    pub(super) fn set(
        &mut self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        now: Millis,
    ) -> Result<(), SqsError> {
        let mut settings = self.queue(name)?.definition().settings.clone();
        settings.set(attributes)?;
        self.check_redrive(name, &settings)?;
        let definition = self.queue(name)?.definition_mut();
        definition.settings = settings;
        definition.modified = now;
        self.define(name)
    }

    /// Writes the definition of a queue down.
    pub(super) fn define(&mut self, name: &str) -> Result<(), SqsError> {
        let definition = Box::new(self.queue(name)?.definition().clone());
        self.entries.push(Entry::Define(name.into(), definition));
        Ok(())
    }

    fn check_redrive(&self, name: &str, settings: &Settings) -> Result<(), SqsError> {
        let Some(redrive) = &settings.redrive else { return Ok(()) };
        let refuse = |reason: &str| Err(SqsError::invalid(&redrive.target, "RedrivePolicy", reason));
        match self.name_of(&redrive.target) {
            None => refuse("Dead letter target does not exist."),
            Some(target) if target == name => refuse("Dead letter target owner must not be the queue itself."),
            Some(target) if target.ends_with(".fifo") != settings.fifo => {
                refuse("Dead-letter queue must be same type of queue as the source.")
            }
            Some(_) => Ok(()),
        }
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<(), SqsError> {
        let (_, notify) = self.queues.remove(name).ok_or(SqsError::QueueDoesNotExist)?;
        self.touched.remove(name);
        self.entries.push(Entry::Drop(name.into()));
        notify.notify_waiters();
        Ok(())
    }

    /// Queues whose dead letters go to `name`.
    pub(super) fn sources_of(&self, name: &str) -> Vec<String> {
        let arn = self.arn(name);
        let is_source = |queue: &Queue| queue.definition().settings.redrive.as_ref().is_some_and(|r| r.target == arn);
        self.queues.iter().filter(|(_, (queue, _))| is_source(queue)).map(|(name, _)| name.clone()).collect()
    }

    /// Receives, and moves what has been received too often to the dead-letter queue.
    pub(super) fn receive(
        &mut self,
        name: &str,
        max: usize,
        visibility: Option<u32>,
        now: Millis,
    ) -> Result<Vec<Taken>, SqsError> {
        let redrive = self.queue(name)?.definition().settings.redrive.clone();
        // Without a place to go, a message goes on being received.
        let target = redrive.as_ref().and_then(|redrive| self.name_of(&redrive.target));
        let limit = redrive.filter(|_| target.is_some()).map(|redrive| redrive.max_receives);
        let (taken, dead) = self.queue(name)?.receive(max, visibility, limit, now)?;
        if let Some(target) = target.filter(|_| !dead.is_empty()) {
            let source = self.arn(name);
            let fifo = name.ends_with(".fifo");
            let queue = self.queue(&target)?;
            for message in dead {
                // A standard queue's dead letter keeps its age, a FIFO queue's starts anew.
                let sent = if fifo { now } else { message.sent };
                let dead_letter_source = Some(source.clone());
                queue.accept(Arc::new(Message { sent, due: now, dead_letter_source, ..Message::clone(&message) }), now);
            }
            self.wake(&target);
        }
        Ok(taken)
    }

    /// What has to be written since the last call.
    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        let mut entries = std::mem::take(&mut self.entries);
        for name in std::mem::take(&mut self.touched) {
            if let Some((queue, _)) = self.queues.get_mut(&name) {
                entries.extend(queue.take_changes().into_iter().map(|change| Entry::Change(name.clone(), change)));
            }
        }
        entries
    }
}
