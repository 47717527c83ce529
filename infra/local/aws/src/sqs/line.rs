//! Who is next: the order of the messages that wait.
//!
//! A standard queue hands out whatever is ready, oldest first. In a FIFO queue every group is a line of its own: only
//! its head may leave, and nobody may while one of the group is still in flight. Both answer "who is next" in
//! O(log n), whatever the number of messages and groups.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The name of a message group.
pub type GroupId = Arc<str>;

#[derive(Debug)]
pub(super) enum Line {
    Standard(BTreeSet<u64>),
    Fifo(Groups),
}

#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: HashMap<GroupId, Group>,
    /// Groups whose head may leave, by the head's sequence number.
    open: BTreeSet<(u64, GroupId)>,
}

#[derive(Debug, Default)]
struct Group {
    /// Not in flight, in order; `true` once a delay is over.
    waiting: BTreeMap<u64, bool>,
    in_flight: usize,
    /// Under which number the group stands in [`Groups::open`].
    open: Option<u64>,
}

impl Line {
    pub(super) fn new(fifo: bool) -> Self {
        if fifo { Self::Fifo(Groups::default()) } else { Self::Standard(BTreeSet::new()) }
    }

    /// A message joins (or, once its delay is over, becomes ready).
    pub(super) fn wait(&mut self, sequence: u64, group: Option<&GroupId>, ready: bool) {
        match (self, group) {
            (Self::Standard(line), _) => {
                if ready {
                    line.insert(sequence);
                }
            }
            (Self::Fifo(groups), Some(group)) => groups.change(group, |g| {
                g.waiting.insert(sequence, ready);
            }),
            (Self::Fifo(_), None) => {}
        }
    }

    /// The next message. A receiver that already holds messages of `current` goes on with that group: SQS returns as
    /// many messages of one group as possible before it turns to another.
    pub(super) fn next(&self, current: Option<&GroupId>) -> Option<u64> {
        match self {
            Self::Standard(line) => line.first().copied(),
            Self::Fifo(groups) => current
                .and_then(|group| groups.groups.get(group)?.head())
                .or_else(|| groups.open.first().map(|(sequence, _)| *sequence)),
        }
    }

    /// The message leaves the line for a receiver.
    pub(super) fn take(&mut self, sequence: u64, group: Option<&GroupId>) {
        match (self, group) {
            (Self::Standard(line), _) => {
                line.remove(&sequence);
            }
            (Self::Fifo(groups), Some(group)) => groups.change(group, |g| {
                g.waiting.remove(&sequence);
                g.in_flight += 1;
            }),
            (Self::Fifo(_), None) => {}
        }
    }

    /// The message comes back from a receiver, to its old place.
    pub(super) fn put_back(&mut self, sequence: u64, group: Option<&GroupId>) {
        if let (Self::Fifo(groups), Some(group)) = (&mut *self, group) {
            groups.change(group, |g| g.in_flight = g.in_flight.saturating_sub(1));
        }
        self.wait(sequence, group, true);
    }

    /// The message is no more.
    pub(super) fn leave(&mut self, sequence: u64, group: Option<&GroupId>, in_flight: bool) {
        match (self, group) {
            (Self::Standard(line), _) => {
                line.remove(&sequence);
            }
            (Self::Fifo(groups), Some(group)) => groups.change(group, |g| {
                if in_flight {
                    g.in_flight = g.in_flight.saturating_sub(1);
                } else {
                    g.waiting.remove(&sequence);
                }
            }),
            (Self::Fifo(_), None) => {}
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Standard(line) => line.clear(),
            Self::Fifo(groups) => *groups = Groups::default(),
        }
    }
}

impl Group {
    fn head(&self) -> Option<u64> {
        self.waiting.first_key_value().and_then(|(sequence, ready)| ready.then_some(*sequence))
    }
}

impl Groups {
    /// Applies a change to one group and puts its entry in `open` right.
    fn change(&mut self, id: &GroupId, change: impl FnOnce(&mut Group)) {
        let group = self.groups.entry(id.clone()).or_default();
        change(group);
        let open = if group.in_flight == 0 { group.head() } else { None };
        if open != group.open {
            if let Some(old) = group.open {
                self.open.remove(&(old, id.clone()));
            }
            if let Some(new) = open {
                self.open.insert((new, id.clone()));
            }
            group.open = open;
        }
        if group.waiting.is_empty() && group.in_flight == 0 {
            self.groups.remove(id);
        }
    }
}
