//! The keys that a network publishes and signs its webhooks with, kept in memory: for a day, and no longer than until a
//! request names one that is not among them. Such a request may be forged, so that it is believed once an hour: forged
//! tokens must not turn into a flood at the network. Keys that cannot be fetched again stay good.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws::Context;
use contract::{Connector, PublishedKeys, Rejection, SendError};
use jiff::Timestamp;

/// How long keys are believed without a look at what the network publishes by now.
const FRESH: Duration = Duration::from_secs(86_400);
/// How long keys that were fetched are not fetched again for a key that is not among them.
const DOUBTED_AFTER: Duration = Duration::from_secs(3_600);
/// How long to wait after an attempt to fetch them, however it ended.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(5);

/// The keys of one connector's network.
#[derive(Default)]
pub(super) struct KeyRing {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Arc<PublishedKeys>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

impl KeyRing {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way, so a poisoned lock still guards good data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys as they are known; none before they were fetched.
    pub(super) fn held(&self) -> Arc<PublishedKeys> {
        self.state().keys.clone()
    }

    /// Whether no keys were fetched yet.
    pub(super) fn is_empty(&self) -> bool {
        self.state().fetched_at.is_none()
    }

    /// Whether the network should be asked, after a request was taken (none) or refused. Of a network that publishes no
    /// keys nothing is ever asked: it refuses nothing for a key, and no keys of its grow old.
    pub(super) fn must_renew(&self, refused: Option<Rejection>, now: Timestamp) -> bool {
        let state = self.state();
        let older = |at: Option<Timestamp>, limit: Duration| at.is_none_or(|at| age(at, now) >= limit);
        if !older(state.asked_at, BETWEEN_ATTEMPTS) {
            return false;
        }
        match refused {
            Some(Rejection::UnknownKey) => older(state.fetched_at, DOUBTED_AFTER),
            Some(_) => false,
            None => state.fetched_at.is_some() && older(state.fetched_at, FRESH),
        }
    }

    /// Fetches the keys.
    pub(super) async fn renew(
        &self,
        connector: &impl Connector,
        context: &Context,
    ) -> Result<Arc<PublishedKeys>, SendError> {
        self.state().asked_at = Some(context.now());
        // Puts the deployment's proxy in force, as for every other way out.
        context.settings().await?;
        let http = context.http.for_connector(connector.descriptor().id);
        let keys = Arc::new(connector.published_keys(&http).await?);
        let mut state = self.state();
        state.keys = keys.clone();
        state.fetched_at = Some(context.now());
        Ok(keys)
    }
}

fn age(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn when_the_network_is_asked() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let ring = |fetched: Option<i64>, asked: Option<i64>| {
            let ring = KeyRing::default();
            *ring.state() = State { fetched_at: fetched.map(at), asked_at: asked.map(at), keys: Arc::default() };
            ring
        };
        let unknown = Some(Rejection::UnknownKey);
        for (label, ring, refused, now, expected) in [
            ("the first request", ring(None, None), unknown, 0, true),
            ("the first fetch failed just now", ring(None, Some(0)), unknown, 4, false),
            ("the first fetch failed", ring(None, Some(0)), unknown, 5, true),
            ("a network without keys takes a request", ring(None, None), None, 0, false),
            ("a network without keys refuses one", ring(None, None), Some(Rejection::BadSignature), 0, false),
            ("a forged key, keys just fetched", ring(Some(0), Some(0)), unknown, 3_599, false),
            ("a new key after an hour", ring(Some(0), Some(0)), unknown, 3_600, true),
            ("and the fetch failed just now", ring(Some(0), Some(3_600)), unknown, 3_601, false),
            ("a bad signature", ring(Some(0), Some(0)), Some(Rejection::BadSignature), 90_000, false),
            ("a good one within the day", ring(Some(0), Some(0)), None, 86_399, false),
            ("a good one after a day", ring(Some(0), Some(0)), None, 86_400, true),
        ] {
            assert_eq!(ring.must_renew(refused, at(now)), expected, "{label}");
        }
    }
}
