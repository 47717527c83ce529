//! What is kept in DynamoDB: two tables, keys that start with the tenant.
//!
//! | table | pk | sk | what |
//! |---|---|---|---|
//! | configuration | `TENANT#<id>` | `TENANT` | a tenant, its secrets sealed |
//! | | `TENANT#<id>` | `TOKEN#<name>` | an access token of its |
//! | | `STORAGE#<id>` | `STORAGE` | a storage |
//! | | `REGISTRATION#<id>` | `REGISTRATION` | a wish made on a channel's public page |
//! | | `PENDING#TENANT` | `<id>` | a tenant whose registration with a network is under way |
//! | | `ACCOUNT#<connector>#<account>` | `ACCOUNT` | which tenant has an account, where requests name only that |
//! | | `SETTINGS` | `SETTINGS` | the deployment's settings |
//! | | `NAME#<kind>#<name>` | `NAME` | who has a name |
//! | | `USER#<name>` … | | administrators, sessions, login attempts |
//! | | `AUDIT` | `<time>#<random>` | who changed what |
//! | | `ANSWER#<hash>` | `ANSWER` | what a request with an idempotency key was answered |
//! | conversations | `<tenant>#<conversation>` | `CONVERSATION` | a conversation |
//! | | | `D#<direction>#<event>` | the ledger: one message's delivery |
//! | | | `L#<direction>#<event>#<time>` | the log of an attempt at it that failed |
//! | | | `M#<network id>` | which platform message a network's id belongs to |
//! | | | `A#<key>` | an attachment that must be deleted one day |

mod accounts;
mod configuration;
mod conversations;
mod deliveries;
mod item;
mod ledger;
mod uploads;

pub use configuration::{Configuration, Document};
pub use conversations::{Conversation, ConversationState, Conversations, WATCH_SHARDS};
pub use deliveries::{Attempt, DeliveryId, DeliveryRecord, Queued};
pub use item::{Item, ItemExt, number, text};
pub use ledger::{Claim, Delivery, DeliveryState, Direction, LedgerKey};
pub use uploads::Upload;

/// In which direction a list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// From the first to the last.
    #[default]
    Ascending,
    /// From the last to the first.
    Descending,
}

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// AWS did not do it: throttled, unavailable, not allowed.
    #[error("AWS: {0}")]
    Aws(String),
    /// Somebody else saved the record first.
    #[error("the record was changed meanwhile")]
    Conflict,
    /// The name is taken.
    #[error("the name is taken")]
    NameTaken,
    /// A record that cannot be read: written by a newer version, or damaged.
    #[error("a stored record cannot be read: {0}")]
    Unreadable(String),
    /// A secret that cannot be sealed or opened.
    #[error("a secret cannot be sealed or opened")]
    Sealed,
}

impl StoreError {
    /// From what serde makes of a record.
    pub(crate) fn unreadable(error: serde_json::Error) -> Self {
        Self::Unreadable(contract::json_fault(&error))
    }

    /// From an error of the AWS SDK: its code and message, which hold no data of ours.
    pub fn aws<E, R>(error: aws_sdk_dynamodb::error::SdkError<E, R>) -> Self
    where
        E: aws_sdk_dynamodb::error::ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        match error.as_service_error() {
            Some(service) => {
                Self::Aws(format!("{}: {}", service.code().unwrap_or("unknown"), service.message().unwrap_or_default()))
            }
            None => Self::Aws(error_chain(&error)),
        }
    }
}

/// An error with its causes, in one line.
fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<StoreError> for contract::SendError {
    fn from(error: StoreError) -> Self {
        Self::new(contract::SendErrorKind::Internal).coded(error.to_string())
    }
}
