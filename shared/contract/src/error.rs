//! One closed set of reasons why something could not be handed to an outside system. A connector says which; the engine
//! alone decides what becomes of the message.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a delivery failed. Closed: alarms, receipts and the API's texts key on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SendErrorKind {
    /// Too many requests; try again, after `Retry-After` when it is given.
    RateLimited,
    /// The provider is down or answered 5xx.
    Unavailable,
    /// No answer in time. The provider may have taken it: only an idempotency key makes the next attempt safe.
    Timeout,
    /// No connection, or it broke.
    Connection,
    /// The provider answered what its documentation does not know.
    Garbled,
    /// Something of our own (store, queue, key service) was not available.
    Internal,
    /// The credentials are wrong, expired or revoked.
    Unauthorized,
    /// The account may not do this: plan, permission, feature not bought.
    Forbidden,
    /// The guest does not exist (any more), or the conversation is gone.
    UnknownRecipient,
    /// The guest blocked us or opted out.
    RecipientOptedOut,
    /// The provider refuses the message as it stands.
    InvalidMessage,
    /// This kind of content cannot be shown there at all.
    Unsupported,
    /// Too long or too big.
    TooLarge,
    /// The file's type is not allowed.
    MediaNotAllowed,
    /// The file could not be fetched.
    MediaUnavailable,
    /// The account's quota for the period is used up.
    QuotaExhausted,
    /// Too old to be worth sending, or the window for answering has closed.
    Expired,
    /// The tenant was deleted or switched off, or its settings do not parse.
    TenantGone,
}

impl SendErrorKind {
    /// Whether the same attempt may succeed later with nothing changed.
    pub fn retryable(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Unavailable
            | Self::Timeout
            | Self::Connection
            | Self::Garbled
            | Self::Internal => true,
            Self::Unauthorized
            | Self::Forbidden
            | Self::UnknownRecipient
            | Self::RecipientOptedOut
            | Self::InvalidMessage
            | Self::Unsupported
            | Self::TooLarge
            | Self::MediaNotAllowed
            | Self::MediaUnavailable
            | Self::QuotaExhausted
            | Self::Expired
            | Self::TenantGone => false,
        }
    }

    /// What an agent is told when the connector has nothing better.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::RateLimited => "The channel accepts no more messages at the moment.",
            Self::Unavailable => "The channel is not available.",
            Self::Timeout => "The channel did not answer in time.",
            Self::Connection => "The channel could not be reached.",
            Self::Garbled => "The channel gave an answer that could not be understood.",
            Self::Internal => "A service of Universal Messaging was not available.",
            Self::Unauthorized => "The channel refused the credentials of this tenant. Please tell the administrator.",
            Self::Forbidden => "The channel does not allow this account to do that. Please tell the administrator.",
            Self::UnknownRecipient => "The guest can no longer be found on the channel.",
            Self::RecipientOptedOut => "The guest does not want to receive messages (blocked or opted out).",
            Self::InvalidMessage => "The channel refused this message.",
            Self::Unsupported => "The channel cannot show this kind of message.",
            Self::TooLarge => "The message is too long or too big for the channel.",
            Self::MediaNotAllowed => "The channel does not accept this type of file.",
            Self::MediaUnavailable => "The file could not be fetched.",
            Self::QuotaExhausted => "The channel's message quota of this account is used up.",
            Self::Expired => "It is too late to send this message.",
            Self::TenantGone => "The tenant of this conversation was deleted or switched off.",
        }
    }
}

/// Why an outside system did not take something.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("{kind:?}: {sentence}")]
pub struct SendError {
    /// Of which sort.
    pub kind: SendErrorKind,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Duration>,
    /// The provider's own code or HTTP status, for operators: `429`, `invalid_client`.
    pub code: Option<String>,
    /// What happened, in words an agent understands, without secrets.
    pub sentence: String,
}

impl SendError {
    /// An error with the set's own sentence.
    pub fn new(kind: SendErrorKind) -> Self {
        Self { kind, retry_after: None, code: None, sentence: kind.sentence().to_owned() }
    }

    /// With a sentence of the connector's own.
    pub fn saying(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = sentence.into();
        self
    }

    /// With the provider's code.
    pub fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With the wait the provider asks for.
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Whether another attempt makes sense.
    pub fn retryable(&self) -> bool {
        self.kind.retryable()
    }
}

/// What is wrong with JSON, by its place: serde's own words repeat what was read, which may be a secret or a guest's words.
pub fn json_fault(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let said = error.to_string();
    if said.starts_with("missing field") {
        return said;
    }
    let what = match error.classify() {
        Category::Syntax => "no JSON",
        Category::Eof => "cut off",
        Category::Data => "of another shape",
        Category::Io => "not readable",
    };
    match error.line() {
        0 => what.to_owned(),
        line => format!("{what} at line {line} column {}", error.column()),
    }
}

impl From<SendErrorKind> for SendError {
    fn from(kind: SendErrorKind) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn faults_of_json_repeat_nothing() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code)]
        struct Token {
            token: u32,
        }
        for (label, text, expected) in [
            ("another type", r#"{"token":"s3cr3t"}"#, "of another shape at line 1 column 17"),
            ("another shape", r#""s3cr3t""#, "of another shape at line 1 column 8"),
            ("a page", "<html>s3cr3t", "no JSON at line 1 column 1"),
            ("half", r#"{"token":"#, "cut off at line 1 column 9"),
            ("a name missing", r#"{"s3cr3t":1}"#, "missing field `token` at line 1 column 12"),
        ] {
            assert_eq!(json_fault(&serde_json::from_str::<Token>(text).unwrap_err()), expected, "{label}");
        }
    }
}
