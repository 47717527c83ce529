//! One attempt at one message: its calls in order, each counted, and what becomes of the message when one fails.

use std::time::Duration;

use aws::{
    Context,
    lambda::{QueueOutcome, QueueRecord},
    metrics::{self, Metric},
    store::{Claim, Delivery, DeliveryState, LedgerKey},
};
use contract::{SendError, SendErrorKind, Sent};
use futures::future::BoxFuture;

/// The longest wait between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(900);
/// The wait when something of our own is not available and the attempt could not even be recorded.
pub(super) const AFTER_OWN_FAILURE: Duration = Duration::from_secs(5);

/// How long to wait before the next attempt: what the provider asks for, else 1 s doubled each time up to 15 minutes, of
/// which a random half is taken off so that many conversations do not come back at once.
pub(super) fn backoff(attempt: u32, error: &SendError) -> Duration {
    let exponential = Duration::from_secs(1).saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(BACKOFF_MAX);
    let mut byte = [0u8; 1];
    // Without randomness the wait is only less spread.
    let _ = getrandom::fill(&mut byte);
    let jittered = exponential.mul_f64(0.5 + f64::from(byte[0]) / 512.0);
    error.retry_after.map_or(jittered, |asked| asked.min(Duration::from_secs(3600)))
}

/// What the calls of a message came to.
pub(super) struct Calls {
    /// The delivery with what was taken.
    pub delivery: Delivery,
    /// What the other side said of each call of this attempt.
    pub sent: Vec<Sent>,
    /// Why it stopped early.
    pub error: Option<SendError>,
}

/// Takes the steps that earlier attempts have not taken, in order, and notes each before the next.
pub(super) async fn take_steps<'a, S: Sync>(
    context: &Context,
    connector: &str,
    key: &LedgerKey,
    mut delivery: Delivery,
    (steps, best_effort): (&'a [S], impl Fn(&S) -> bool),
    send: impl Fn(&'a S) -> BoxFuture<'a, Result<Sent, SendError>>,
) -> Calls {
    let mut sent = Vec::new();
    let skip = usize::try_from(delivery.calls_done).unwrap_or(0);
    for (index, step) in steps.iter().enumerate().skip(skip) {
        match send(step).await {
            Ok(answer) => {
                delivery.message_ids.extend(answer.message_ids.iter().cloned());
                sent.push(answer);
            }
            Err(error) if best_effort(step) => {
                tracing::info!(connector, kind = ?error.kind, code = error.code, "a call that may fail did");
                metrics::count(Metric::Dropped, connector, "bestEffort");
            }
            Err(error) => return Calls { delivery, sent, error: Some(error) },
        }
        delivery.calls_done += 1;
        // The last call is noted together with everything else.
        if index + 1 < steps.len()
            && !best_effort(step)
            && let Err(error) = context.conversations.progress(key, &delivery).await
        {
            tracing::warn!(connector, %error, "progress could not be noted");
        }
    }
    Calls { delivery, sent, error: None }
}

/// What to do with a message after its claim.
pub(super) enum Begun {
    /// Make the attempt.
    Attempt(Delivery),
    /// It was settled by an earlier one.
    Settled(Delivery),
    /// Not now.
    Wait(QueueOutcome),
}

/// Claims a delivery; one that had failed is claimed again if an operator moved it back from the dead letters.
pub(super) async fn begin(
    context: &Context,
    connector: &str,
    key: &LedgerKey,
    record: &QueueRecord,
    kind: &str,
    trace: &contract::TraceId,
    remember: Duration,
) -> Begun {
    let expires = context.now().checked_add(remember).unwrap_or(jiff::Timestamp::MAX);
    let mut claimed = context.conversations.claim(key, kind, trace, expires).await;
    if let Ok(Claim::Settled(found)) = &claimed
        && found.state == DeliveryState::Failed
        && record.redriven
    {
        match context.conversations.reopen(key).await {
            Ok(Some(delivery)) => claimed = Ok(Claim::Ours(delivery)),
            Ok(None) => {}
            Err(error) => claimed = Err(error),
        }
    }
    match claimed {
        Ok(Claim::Ours(delivery)) => Begun::Attempt(delivery),
        Ok(Claim::Settled(delivery)) => {
            metrics::count(Metric::Duplicate, connector, delivery.state.word());
            tracing::info!(connector, state = delivery.state.word(), "delivered before");
            Begun::Settled(delivery)
        }
        Err(error) => {
            tracing::error!(connector, %error, "the delivery cannot be claimed");
            Begun::Wait(QueueOutcome::RetryAfter(AFTER_OWN_FAILURE))
        }
    }
}

/// Whether an error is the end of a message, after this many attempts.
pub(super) fn is_final(context: &Context, delivery: &Delivery, error: &SendError) -> bool {
    !error.retryable() || delivery.attempts >= context.config.delivery_attempts
}

/// Notes a failure that will be tried again.
pub(super) async fn retry_later(
    context: &Context,
    connector: &str,
    key: &LedgerKey,
    mut delivery: Delivery,
    error: &SendError,
    exchanges: &[contract::http::Exchange],
) -> QueueOutcome {
    let wait = backoff(delivery.attempts, error);
    delivery.state = DeliveryState::Retrying;
    metrics::count(Metric::Retried, connector, &format!("{:?}", error.kind));
    tracing::warn!(
        connector, kind = ?error.kind, code = error.code, attempt = delivery.attempts, wait_ms = wait.as_millis() as u64,
        "an attempt failed and will be made again"
    );
    let store = &context.conversations;
    let noted = async {
        let settling = store.settling(key, &delivery, Some(error), exchanges)?;
        store.commit(vec![settling, store.logging(key, error, exchanges)?]).await
    }
    .await;
    if let Err(error) = noted {
        tracing::warn!(connector, %error, "the failed attempt could not be noted");
    }
    QueueOutcome::RetryAfter(wait)
}

/// The error of a message that was begun too often without an end.
pub(super) fn worn_out() -> SendError {
    SendError::new(SendErrorKind::Internal)
        .coded("attemptsExhausted")
        .saying("The message could not be delivered although it was tried many times.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_obey_the_provider() {
        let error = SendError::new(SendErrorKind::Unavailable);
        for (attempt, least, most) in [(1, 500, 1_000), (2, 1_000, 2_000), (5, 8_000, 16_000), (40, 450_000, 900_000)] {
            for _ in 0..50 {
                let wait = backoff(attempt, &error).as_millis();
                assert!((least..=most).contains(&wait), "attempt {attempt}: {wait} ms");
            }
        }
        let asked = error.after(Some(Duration::from_secs(7)));
        assert_eq!(backoff(9, &asked), Duration::from_secs(7));
    }
}
