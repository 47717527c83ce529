//! What a simulated network remembers.

use std::collections::{HashMap, HashSet};

use contract::{Clock, Content, ReceiptStatus};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Actor, Environment, Files, Ids, Link, Network, Post, Recent, Scene, Stage};

/// Everything a network remembers: its own memory, and what all of them need.
pub struct State<M> {
    /// What only this network remembers.
    pub memory: M,
    /// Files by id, at `/_content/{id}` ([`State::url_of`]).
    pub files: Files,
    /// The newest messages to guests by id, as they were sent.
    pub messages: Recent<Value>,
    /// Guests who blocked the account.
    pub blocked: HashSet<String>,
    /// Where new ids come from.
    pub ids: Ids,
    connector: &'static str,
    clock: Clock,
    stage: Stage,
    origin: String,
    files_path: &'static str,
    /// The tenants that acted, the last one last.
    links: Vec<Link>,
    last_to: HashMap<String, String>,
    last_from: HashMap<String, String>,
    pub(crate) later: Vec<(Timestamp, Post)>,
}

impl<M: Default> State<M> {
    pub(crate) fn new<N: Network<Memory = M>>(network: &N, environment: &Environment, stage: Stage) -> Self {
        Self {
            memory: M::default(),
            files: Files::default(),
            messages: Recent::default(),
            blocked: HashSet::new(),
            ids: Ids::new(environment.seed),
            connector: N::CONNECTOR.id,
            clock: environment.clock.clone(),
            stage,
            origin: String::new(),
            files_path: N::FILES,
            links: vec![Link { webhook_url: String::new(), settings: network.demo_settings() }],
            last_to: HashMap::new(),
            last_from: HashMap::new(),
            later: Vec::new(),
        }
    }
}

impl<M> State<M> {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Microseconds since 1970, for numbers that must be new after a restart, too.
    pub fn micros(&self) -> u64 {
        self.now().as_microsecond().unsigned_abs()
    }

    /// The simulator's address, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a file.
    pub fn url_of(&self, file: &str) -> String {
        format!("{}/{}/{file}", self.origin, self.files_path)
    }

    /// The tenant that acted last; before anybody acted, the demo's settings without an address.
    pub fn link(&self) -> Option<&Link> {
        self.links.last()
    }

    /// Turns to the tenant with such settings: [`State::link`] is theirs from now on. `false` if there is none.
    pub fn turn_to(&mut self, is: impl Fn(&Value) -> bool) -> bool {
        let found = self.links.iter().rposition(|link| is(&link.settings));
        if let Some(index) = found {
            let link = self.links.remove(index);
            self.links.push(link);
        }
        found.is_some()
    }

    /// The stage.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Puts something on a guest's screen.
    pub fn show(&mut self, guest: &str, id: &str, actor: Actor, content: Content) {
        self.show_with(guest, id, actor, content, Value::Null);
    }

    /// As [`State::show`], with what is shown beside it.
    pub fn show_with(&mut self, guest: &str, id: &str, actor: Actor, content: Content, detail: Value) {
        if actor == Actor::There && content.is_message() {
            self.last_to.insert(guest.to_owned(), id.to_owned());
        }
        self.stage.show(Scene {
            connector: self.connector.to_owned(),
            guest: guest.to_owned(),
            id: id.to_owned(),
            actor,
            content,
            at: self.now(),
            status: None,
            reason: None,
            detail,
        });
    }

    /// A message to a guest that is shown as several, in order: those after the first are `{id}-1`, `{id}-2` … Their ids.
    pub fn show_parts(&mut self, guest: &str, id: &str, contents: Vec<Content>, detail: &Value) -> Vec<String> {
        let mut ids = Vec::new();
        for (part, content) in contents.into_iter().enumerate() {
            let id = if part == 0 { id.to_owned() } else { format!("{id}-{part}") };
            self.show_with(guest, &id, Actor::There, content, detail.clone());
            ids.push(id);
        }
        ids
    }

    /// What the guest writes, on the guest's own screen: the message that [`State::take_back`] takes.
    pub fn write(&mut self, guest: &str, id: &str, content: Content) {
        self.last_from.insert(guest.to_owned(), id.to_owned());
        self.show(guest, id, Actor::Here, content);
    }

    /// Changes what became of a message.
    pub fn mark(&mut self, id: &str, status: ReceiptStatus) {
        self.stage.mark(id, status, None);
    }

    /// A message has failed, for this reason.
    pub fn fail(&mut self, id: &str, reason: impl Into<String>) {
        self.stage.mark(id, ReceiptStatus::Failed, Some(reason.into()));
    }

    /// The id of the last message to a guest; empty when there was none.
    pub fn last_id(&self, guest: &str) -> String {
        self.last_to.get(guest).cloned().unwrap_or_default()
    }

    /// The id of the guest's last message, once.
    pub fn take_back(&mut self, guest: &str) -> Result<String, String> {
        self.last_from.remove(guest).ok_or_else(|| "There is no message to take back.".to_owned())
    }

    /// Posts in the background, after [`Post::delay`]: to [`Post::link`], or to the tenant of [`State::link`]. Nobody waits
    /// for it, and what cannot be posted is lost.
    pub fn post_later(&mut self, mut post: Post) {
        post.link = post.link.or_else(|| self.link().cloned());
        if post.link.as_ref().is_some_and(|link| !link.webhook_url.is_empty()) {
            let due = self.now().checked_add(post.delay).unwrap_or(Timestamp::MAX);
            self.later.push((due, post));
        }
    }

    pub(crate) fn mount(&mut self, origin: &str) {
        self.origin = origin.trim_end_matches('/').to_owned();
    }

    pub(crate) fn meet(&mut self, link: &Link) {
        self.links.retain(|known| known.webhook_url != link.webhook_url && !known.webhook_url.is_empty());
        self.links.push(link.clone());
    }
}
