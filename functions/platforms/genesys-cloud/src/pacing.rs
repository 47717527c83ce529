//! A tenant's own limit of requests a minute, for an OAuth client that several share. Without it only Genesys Cloud's 429
//! counts.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use contract::{Io, SendError, SendErrorKind, TenantId};

use crate::Settings;

const WINDOW_MS: i64 = 60_000;

/// When each tenant's requests of the last minute were made, in milliseconds, oldest first. It is this process's share
/// alone: with several, Genesys Cloud's own 429 still rules.
#[derive(Default)]
pub(crate) struct Pace {
    made: Mutex<HashMap<TenantId, VecDeque<i64>>>,
}

impl Pace {
    /// Counts one request in, or says when the next may be made.
    pub(crate) fn admit(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        let Some(limit) = io.settings.requests_per_minute else { return Ok(()) };
        let now = io.now().as_millisecond();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let made = made.entry(io.tenant.clone()).or_default();
        while made.front().is_some_and(|at| now - at >= WINDOW_MS) {
            made.pop_front();
        }
        match made.front() {
            Some(oldest) if made.len() >= limit as usize => {
                let wait = Duration::from_millis((WINDOW_MS - (now - oldest)).max(1).unsigned_abs());
                Err(SendError::new(SendErrorKind::RateLimited).coded("requestsPerMinute").after(Some(wait)))
            }
            _ => {
                made.push_back(now);
                Ok(())
            }
        }
    }
}
