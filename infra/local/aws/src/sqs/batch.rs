//! What all batch requests have in common.

use std::collections::HashSet;

use super::error::SqsError;
use super::message::MAX_BYTES;

/// Checks the ids of a batch: one to ten entries, distinct, of plain characters.
///
/// # Errors
/// The first rule broken; none of the entries may be carried out then.
pub fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), SqsError> {
    match ids.len() {
        0 => return Err(SqsError::EmptyBatchRequest),
        1..=10 => {}
        many => return Err(SqsError::TooManyEntriesInBatchRequest(many)),
    }
    let mut seen = HashSet::new();
    for id in ids {
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !plain || !(1..=80).contains(&id.len()) {
            return Err(SqsError::InvalidBatchEntryId);
        }
        if !seen.insert(id) {
            return Err(SqsError::BatchEntryIdsNotDistinct(id.to_owned()));
        }
    }
    Ok(())
}

/// Checks the sum of a batch of messages: 1 MiB.
///
/// # Errors
/// [`SqsError::BatchRequestTooLong`]; none of the entries may be carried out then.
pub fn check_size(sent: usize) -> Result<(), SqsError> {
    if sent > MAX_BYTES { Err(SqsError::BatchRequestTooLong { limit: MAX_BYTES, sent }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn batches() {
        let long = "i".repeat(81);
        let eleven: Vec<String> = (0..11).map(|i| i.to_string()).collect();
        for (label, ids, refused) in [
            ("one", vec!["1"], None),
            ("ten", eleven[..10].iter().map(String::as_str).collect(), None),
            ("none", vec![], Some("EmptyBatchRequest")),
            ("eleven", eleven.iter().map(String::as_str).collect(), Some("TooManyEntriesInBatchRequest")),
            ("twice the same", vec!["a", "b", "a"], Some("BatchEntryIdsNotDistinct")),
            ("empty id", vec![""], Some("InvalidBatchEntryId")),
            ("a dot", vec!["a.b"], Some("InvalidBatchEntryId")),
            ("81 characters", vec![&long], Some("InvalidBatchEntryId")),
        ] {
            assert_eq!(check_ids(ids.into_iter()).err().map(|e| e.shape()), refused, "{label}");
        }
        assert!(check_size(MAX_BYTES).is_ok());
        assert!(check_size(MAX_BYTES + 1).is_err());
    }
}
