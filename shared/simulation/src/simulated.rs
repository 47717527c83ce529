//! A network that runs.

use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use contract::{Clock, SendErrorKind, http::Response};
use serde_json::Value;

use crate::{Action, Environment, Link, Network, Post, ProviderCall, Simulator, Stage, State, server};

/// A network with all that makes it run. Clones are the same network; what the network itself has is reached through it.
pub struct Simulated<N: Network> {
    inner: Arc<Inner<N>>,
}

struct Inner<N: Network> {
    network: N,
    environment: Environment,
    stage: Stage,
    state: Mutex<State<N::Memory>>,
}

/// The network's state, held: nothing else happens in the network meanwhile. Not to be kept across an `await`.
pub struct StateGuard<'a, M>(MutexGuard<'a, State<M>>);

impl<M> Deref for StateGuard<'_, M> {
    type Target = State<M>;

    fn deref(&self) -> &State<M> {
        &self.0
    }
}

impl<M> DerefMut for StateGuard<'_, M> {
    fn deref_mut(&mut self) -> &mut State<M> {
        &mut self.0
    }
}

impl<N: Network> Clone for Simulated<N> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<N: Network> Default for Simulated<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<N: Network> Deref for Simulated<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.inner.network
    }
}

impl<N: Network> Simulated<N> {
    /// A network where nothing has happened yet, for the local environment.
    pub fn new() -> Self {
        Self::within(N::default(), Environment::default())
    }

    /// A network where nothing has happened yet, with this time, randomness and way out.
    pub fn within(network: N, environment: Environment) -> Self {
        let stage = Stage::default();
        let mut state = State::new(&network, &environment, stage.clone());
        network.begin(&mut state);
        Self { inner: Arc::new(Inner { network, environment, stage, state: Mutex::new(state) }) }
    }

    /// The network's state.
    pub fn state(&self) -> StateGuard<'_, N::Memory> {
        // Nothing panics half-way through a change, so a poisoned lock still guards good data.
        StateGuard(self.inner.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The network's clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.environment.clock
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    /// Answers a call, and lets follow what the network posts upon it.
    pub(crate) async fn answer(&self, mut call: ProviderCall) -> Response {
        let handshake = self.handshake(&mut self.state(), &call);
        if let Some(post) = handshake {
            let link = post.link.clone().or_else(|| self.state().link().cloned());
            if let Some(link) = link {
                call.handshake = Some(self.deliver(&post.once(), &link).await);
            }
        }
        let response = self.call(&mut self.state(), &call);
        self.schedule();
        response
    }

    /// Makes these posts of a tenant's, in order, with what their answers lead to. The first that is not taken ends it, and
    /// the messages of those that were to follow have failed with it.
    pub async fn post(&self, link: &Link, posts: Vec<Post>) -> Result<(), String> {
        let mut posts = VecDeque::from(posts);
        while let Some(post) = posts.pop_front() {
            let link = post.link.as_ref().unwrap_or(link);
            let outcome = match self.deliver(&post, link).await {
                Ok(answer) => {
                    let mut state = self.state();
                    if let Some((message, true)) = &post.message {
                        state.mark(message, contract::ReceiptStatus::Sent);
                    }
                    self.answered(&mut state, link, &post, &answer)
                }
                Err(reason) => Err(reason),
            };
            match outcome {
                Ok(next) => {
                    // What a post leads to matters as much as the post.
                    let next = next.into_iter().map(|mut next| {
                        next.optional |= post.optional;
                        next
                    });
                    for next in next.rev() {
                        posts.push_front(next);
                    }
                }
                Err(_) if post.optional => {}
                Err(reason) => {
                    let mut state = self.state();
                    for (message, _) in [post].iter().chain(&posts).filter_map(|post| post.message.as_ref()) {
                        state.fail(message, reason.as_str());
                    }
                    return Err(reason);
                }
            }
            self.schedule();
        }
        Ok(())
    }

    /// On a fixed clock: makes the posts of [`State::post_later`], in the order they are due, until there are no more.
    pub async fn flush(&self) {
        loop {
            let next = {
                let later = &mut self.state().later;
                let first = later.iter().enumerate().min_by_key(|(index, (due, _))| (*due, *index));
                first.map(|(index, _)| index).map(|index| later.remove(index).1)
            };
            match next {
                Some(post) => self.post_in_background(post).await,
                None => return,
            }
        }
    }

    /// On a clock that runs: what is to be posted later is on its way.
    fn schedule(&self) {
        if self.environment().is_fixed() {
            return;
        }
        for (_, post) in std::mem::take(&mut self.state().later) {
            let simulated = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(post.delay).await;
                simulated.post_in_background(post).await;
            });
        }
    }

    async fn post_in_background(&self, post: Post) {
        if let Some(link) = post.link.clone() {
            // Nobody waits for it: what cannot be posted is lost.
            let _ = self.post(&link, vec![post]).await;
        }
    }

    /// Posts, and again until it is taken or the network gives up.
    async fn deliver(&self, post: &Post, link: &Link) -> Result<Response, String> {
        let retries = N::RETRIES;
        let (mut attempt, mut waits) = (0, retries.waits.iter());
        loop {
            let request = self.request(&mut self.state(), post, link, attempt).timeout(retries.timeout);
            let (status, reason) = match self.environment().http.send(request).await {
                Ok(answer) if self.takes(post, answer.status) => return Ok(answer),
                Ok(answer) => (Some(answer.status), format!("The webhook answered {}.", answer.status.as_u16())),
                Err(error) if error.kind == SendErrorKind::Timeout => {
                    (None, format!("The webhook did not answer within {} seconds.", retries.timeout.as_secs()))
                }
                Err(_) => (None, "The webhook could not be reached.".to_owned()),
            };
            match waits.next().filter(|_| !post.once && self.insists(post, status)) {
                Some(wait) => self.environment().wait(*wait).await,
                None => return Err(self.failure(post, reason)),
            }
            attempt += 1;
        }
    }
}

#[async_trait]
impl<N: Network> Simulator for Simulated<N> {
    fn connector(&self) -> &'static str {
        N::CONNECTOR.id
    }

    fn stage(&self) -> &Stage {
        &self.inner.stage
    }

    fn router(&self) -> axum::Router {
        server::router(self.clone())
    }

    fn mounted(&self, origin: &str) {
        self.state().mount(origin);
    }

    fn guest_id(&self, number: u32) -> String {
        N::guest_id(self, number)
    }

    fn demo_settings(&self) -> Value {
        N::demo_settings(self)
    }

    fn variables(&self) -> Vec<(String, String)> {
        N::variables(self)
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        let posts = {
            let mut state = self.state();
            state.meet(link);
            N::act(self, &mut state, link, guest, action)?
        };
        self.schedule();
        self.post(link, posts).await
    }
}
