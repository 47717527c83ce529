//! What differs from network to network.

use std::time::Duration;

use contract::{
    descriptor::Descriptor,
    http::{Request, Response},
};
use http::StatusCode;
use serde_json::Value;

use crate::{Action, Link, Post, ProviderCall, State};

/// What the provider does to a request that it does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its server has failed.
    Error,
    /// Too many requests.
    RateLimit,
    /// Refused for good.
    Refuse,
    /// Longer than [`Network::LARGEST`].
    TooLarge,
}

impl Fault {
    /// The status that HTTP has for it.
    pub fn status(self) -> u16 {
        match self {
            Self::Error => 500,
            Self::RateLimit => 429,
            Self::Refuse => 400,
            Self::TooLarge => 413,
        }
    }
}

/// How a network insists on its webhooks.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// How long a webhook may take.
    pub timeout: Duration,
    /// How long is waited before the second attempt, the third …; there are no others.
    pub waits: &'static [Duration],
}

impl Retries {
    /// Three more attempts within 1.4 s: for networks that do not say how often they try.
    pub const USUAL: Self = Self {
        timeout: Duration::from_secs(10),
        waits: &[Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)],
    };
}

/// A network (or a platform) as far as it is simulated. Nothing in it waits or reads the time itself: [`State`] has time,
/// ids, files and the stage, and what is returned is posted by [`crate::Simulated`].
pub trait Network: Default + Send + Sync + 'static {
    /// The connector it is the other side of.
    const CONNECTOR: &'static Descriptor;
    /// The largest request that is read, in bytes.
    const LARGEST: usize = 2 << 20;
    /// First segment of the paths of [`State::files`].
    const FILES: &'static str = "_content";
    /// How it insists on its webhooks.
    const RETRIES: Retries = Retries::USUAL;

    /// What it remembers beside files, stage and the newest messages.
    type Memory: Default + Send;

    /// Settings for a demo tenant that work against it, secrets and all.
    fn demo_settings(&self) -> Value;

    /// The id of the nth guest as the network forms ids, always the same for the same number.
    fn guest_id(&self, number: u32) -> String {
        format!("guest-{number}")
    }

    /// Environment variables of a deployment that it knows: the deployment's own credentials.
    fn variables(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// What it remembers from the start.
    fn begin(&self, _state: &mut State<Self::Memory>) {}

    /// The refusals of any call, in the provider's words and with its status and headers.
    fn fault(&self, fault: Fault) -> Response;

    /// Whether faults leave a call alone: consent pages, tokens. Its body is not read yet.
    fn spared(&self, _call: &ProviderCall) -> bool {
        false
    }

    /// What must be asked of a webhook before a call is answered, once: the handshake of its registration. What came of it
    /// is in [`ProviderCall::handshake`] when [`Network::call`] is asked.
    fn handshake(&self, _state: &mut State<Self::Memory>, _call: &ProviderCall) -> Option<Post> {
        None
    }

    /// The provider's API: answers a call.
    fn call(&self, state: &mut State<Self::Memory>, call: &ProviderCall) -> Response;

    /// What a person there does, as posts to the tenant's webhook, one after the other. The first that is not taken ends it.
    /// The error is for the person to read.
    fn act(
        &self,
        state: &mut State<Self::Memory>,
        link: &Link,
        guest: &str,
        action: Action,
    ) -> Result<Vec<Post>, String>;

    /// Makes a post ready for an attempt, the first being 0: signs it.
    fn request(&self, _state: &mut State<Self::Memory>, post: &Post, link: &Link, _attempt: usize) -> Request {
        post.request(link)
    }

    /// Whether a post was taken, by its answer's status.
    fn takes(&self, _post: &Post, status: StatusCode) -> bool {
        status.is_success()
    }

    /// Whether a post that was not taken is tried again; without a status there was no answer.
    fn insists(&self, _post: &Post, _status: Option<StatusCode>) -> bool {
        true
    }

    /// Reads what was answered to a post that was taken; what it returns is posted next.
    fn answered(
        &self,
        _state: &mut State<Self::Memory>,
        _link: &Link,
        _post: &Post,
        _answer: &Response,
    ) -> Result<Vec<Post>, String> {
        Ok(Vec::new())
    }

    /// Why a post was not taken, in words for the person who acted.
    fn failure(&self, _post: &Post, reason: String) -> String {
        reason
    }
}
