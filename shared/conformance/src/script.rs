//! A transport that answers from a list and never leaves the machine.

use std::{collections::VecDeque, sync::Mutex};

use async_trait::async_trait;
use contract::{
    SendError,
    http::{Request, Response, Transport},
};

/// What the provider is to do with one request.
pub type Answer = Result<Response, SendError>;

/// Answers requests in order from a list; a request too many panics, an answer left over is found by [`Script::finish`].
#[derive(Default)]
pub struct Script {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<Request>>,
}

impl Script {
    /// With these answers.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() }
    }

    /// The requests that were made, in order. Panics when an answer was not used.
    pub fn finish(self) -> Vec<Request> {
        let left = self.answers.into_inner().unwrap();
        assert!(left.is_empty(), "{} canned answers were not used: {left:?}", left.len());
        self.requests.into_inner().unwrap()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request) -> Answer {
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| panic!("no canned answer left for {} {}", request.method, request.url));
        self.requests.lock().unwrap().push(request);
        answer
    }
}

/// Answers a list first and then the same for ever, and remembers what was asked after the list was used up.
pub struct Recording {
    first: Mutex<VecDeque<Answer>>,
    then: Response,
    requests: Mutex<Vec<Request>>,
}

impl Recording {
    /// With these answers, and then this one.
    pub fn new(first: impl IntoIterator<Item = Answer>, then: Response) -> Self {
        Self { first: Mutex::new(first.into_iter().collect()), then, requests: Mutex::default() }
    }

    /// The requests that got the last answer, in order.
    pub fn finish(self) -> Vec<Request> {
        self.requests.into_inner().unwrap()
    }
}

#[async_trait]
impl Transport for Recording {
    async fn send(&self, request: Request) -> Answer {
        if let Some(answer) = self.first.lock().unwrap().pop_front() {
            return answer;
        }
        self.requests.lock().unwrap().push(request);
        Ok(self.then.clone())
    }
}
