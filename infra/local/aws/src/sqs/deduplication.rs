//! The deduplication ids of the last five minutes.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::message::Millis;

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>
pub const INTERVAL: Millis = 5 * 60 * 1000;

/// What the first message of a deduplication id was answered with; its duplicates get the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// `MessageId` of the first.
    pub id: String,
    /// `SequenceNumber` of the first.
    pub sequence: u64,
    /// When the id is forgotten.
    pub until: Millis,
}

#[derive(Debug, Default)]
pub(super) struct Deduplication {
    entries: HashMap<String, Remembered>,
    /// In the order of expiry, which is the order of arrival.
    order: VecDeque<(Millis, String)>,
}

impl Deduplication {
    pub(super) fn get(&self, key: &str) -> Option<&Remembered> {
        self.entries.get(key)
    }

    pub(super) fn remember(&mut self, key: String, entry: Remembered) {
        self.order.push_back((entry.until, key.clone()));
        self.entries.insert(key, entry);
    }

    /// Forgets what is due, and says which keys that were.
    pub(super) fn forget(&mut self, now: Millis) -> Vec<String> {
        let mut forgotten = Vec::new();
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, key)) = self.order.pop_front() {
                self.entries.remove(&key);
                forgotten.push(key);
            }
        }
        forgotten
    }
}
