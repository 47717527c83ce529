//! Waiting for something to become true, and no longer.

use std::time::{Duration, Instant};

use crate::logs;

/// How often is looked.
const INTERVAL: Duration = Duration::from_millis(10);

/// Looks until there is something, and gives it; panics after so many seconds.
#[track_caller]
pub fn until<'a, T>(
    what: &'a str,
    seconds: u64,
    mut look: impl FnMut() -> Option<T> + 'a,
) -> impl Future<Output = T> + 'a
where
    T: 'a,
{
    let place = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if begun.elapsed().as_secs() >= seconds {
                panic!("{place}: in {seconds} s there was not: {what}. Last complaints:\n{}", logs::complaints());
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// The same, when looking takes awaiting.
#[track_caller]
pub fn until_async<'a, T, F>(
    what: &'a str,
    seconds: u64,
    mut look: impl FnMut() -> F + 'a,
) -> impl Future<Output = T> + 'a
where
    T: 'a,
    F: Future<Output = Option<T>>,
{
    let place = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if begun.elapsed().as_secs() >= seconds {
                panic!("{place}: in {seconds} s there was not: {what}. Last complaints:\n{}", logs::complaints());
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
