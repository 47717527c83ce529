//! A newtype for every identifier, so that a guest's id cannot be passed where a tenant's belongs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an identifier as it stands.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }
    };
}

id!(
    /// A tenant: one company's channel joined to one contact-centre platform. A UUID given by the server.
    TenantId
);
id!(
    /// A storage for attachments. A UUID given by the server, or `default` for the deployment's own bucket.
    StorageId
);
id!(
    /// What the network calls the other side of the conversation: a user in a private chat, else the group or thread.
    /// It may be a phone number: never logged at the default level (see [`ConversationId`]).
    GuestId
);
id!(
    /// What makes an event the same event when the network sends it again; the key of the delivery ledger.
    EventId
);
id!(
    /// Follows one message through every hop, from webhook to delivery and back with its receipt.
    TraceId
);
id!(
    /// A conversation: tenant, channel and guest, hashed. It is the FIFO group of both queues, and safe to log.
    ConversationId
);

impl TenantId {
    /// A new tenant's id.
    pub fn generate() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// Whether a text from outside (a URL's path) can be a tenant id at all, before the store is asked.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        plausible.then(|| Self(text.to_owned()))
    }
}

impl StorageId {
    /// A new storage's id.
    pub fn generate() -> Self {
        Self(Uuid::new_v4().to_string())
    }
}

impl TraceId {
    /// A trace that starts here.
    pub fn generate() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }
}

impl ConversationId {
    /// The conversation of a guest on a tenant's channel. Deterministic, so that both directions find it without a
    /// look-up, and one-way, so that a phone number used as guest id does not appear in queues and logs.
    pub fn of(tenant: &TenantId, channel: &str, guest: &GuestId) -> Self {
        let mut hash = Sha256::new();
        for part in [tenant.as_str(), channel, guest.as_str()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..20]))
    }
}

/// A UUID that is always the same for the same parts: idempotency keys must not change when a message is tried again.
pub fn stable_uuid(parts: &[&str]) -> Uuid {
    let mut name = Vec::new();
    for part in parts {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_told_apart_by_each_of_its_parts() {
        let id = |t: &str, c: &str, g: &str| ConversationId::of(&t.into(), c, &g.into());
        assert_eq!(id("t", "line", "U1"), id("t", "line", "U1"));
        for other in [id("u", "line", "U1"), id("t", "viber", "U1"), id("t", "line", "U2"), id("tl", "ine", "U1")] {
            assert_ne!(id("t", "line", "U1"), other);
        }
        assert_eq!(id("t", "line", "U1").as_str().len(), 40);
    }

    #[test]
    fn tenant_ids_from_paths_are_vetted() {
        assert!(TenantId::parse("259bb4e2-f7e5-4b06-9a51-c528f412404b").is_some());
        for bad in ["", "a/b", "a b", "é", &"x".repeat(65), "a#b"] {
            assert!(TenantId::parse(bad).is_none(), "{bad}");
        }
    }
}
