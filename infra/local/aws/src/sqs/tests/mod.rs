#![allow(clippy::unwrap_used, clippy::expect_used)]

mod durability;
mod fifo;
mod redrive;
mod standard;

use std::collections::BTreeMap;

use super::error::SqsError;
use super::message::{Millis, Outgoing};
use super::queue::Taken;
use super::receipt::Receipt;
use super::state::State;

/// 2026-01-01, in whole seconds as the tests write them.
const START: Millis = 1_767_225_600_000;

pub(super) fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Queues with a clock that stands still until it is told.
struct Bench {
    state: State,
    now: Millis,
    ids: usize,
}

impl Bench {
    fn new(queues: &[(&str, &[(&str, &str)])]) -> Self {
        let mut bench = Self { state: State::new("us-east-1", "000000000000"), now: START, ids: 0 };
        for (name, pairs) in queues {
            bench.state.create(name, &attributes(pairs), BTreeMap::new(), false, 1, START).unwrap();
        }
        bench
    }

    fn wait(&mut self, seconds: u64) {
        self.now += seconds * 1000;
    }

    fn send(&mut self, queue: &str, message: Outgoing) -> Result<super::Sent, SqsError> {
        self.ids += 1;
        let id = format!("m{}", self.ids);
        self.state.queue(queue)?.send(message, id, self.now)
    }

    /// Sends "A1 A2 B1": the letters are groups, the whole is the body and the deduplication id.
    fn send_all(&mut self, queue: &str, messages: &str) {
        for body in messages.split_whitespace() {
            self.send(queue, Outgoing::fifo(body, &body[..1], body)).unwrap();
        }
    }

    fn take(&mut self, queue: &str, max: usize) -> Vec<Taken> {
        self.state.receive(queue, max, None, self.now).unwrap()
    }

    fn bodies(&mut self, queue: &str, max: usize) -> String {
        bodies(&self.take(queue, max))
    }

    fn delete(&mut self, queue: &str, receipt: Receipt) -> Result<(), SqsError> {
        self.state.queue(queue)?.delete(receipt, self.now)
    }

    fn hide(&mut self, queue: &str, receipt: Receipt, seconds: u32) -> Result<(), SqsError> {
        self.state.queue(queue)?.change_visibility(receipt, seconds, self.now)
    }

    /// Visible, in flight, delayed.
    fn depth(&mut self, queue: &str) -> (usize, usize, usize) {
        let depth = self.state.queue(queue).unwrap().depth(self.now);
        (depth.visible, depth.in_flight, depth.delayed)
    }
}

fn bodies(taken: &[Taken]) -> String {
    taken.iter().map(|taken| taken.message.body.as_str()).collect::<Vec<_>>().join(" ")
}
