//! Registrations: what a customer asks for on a channel's public page, for an administrator to approve or refuse.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{TenantId, stable_uuid};

/// A customer's wish to be connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// Always the same for the same account on the same channel: it is asked for once.
    pub id: String,
    /// The channel's connector id.
    pub connector: String,
    /// The network's id of the customer: a Microsoft tenant, an Apple business.
    pub account: String,
    /// The customer's name.
    pub organization: String,
    /// Where the customer is told.
    pub email: String,
    /// What else the channel's page asks for.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
    /// How it stands.
    pub state: RegistrationState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a registration stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RegistrationState {
    /// Nobody has looked at it yet.
    Pending,
    /// It became a tenant.
    Approved {
        /// Which.
        tenant_id: TenantId,
    },
    /// It will not become one.
    Refused {
        /// Why, for the customer.
        reason: String,
    },
}

impl Registration {
    /// A wish made now, about which nobody has decided.
    pub fn new(connector: &str, account: &str, organization: &str, email: &str, now: Timestamp) -> Self {
        Self {
            id: Self::id_of(connector, account),
            connector: connector.to_owned(),
            account: account.to_owned(),
            organization: organization.to_owned(),
            email: email.to_owned(),
            details: BTreeMap::new(),
            state: RegistrationState::Pending,
            created_at: now,
            updated_at: now,
        }
    }

    /// The id of an account's registration on a channel.
    pub fn id_of(connector: &str, account: &str) -> String {
        stable_uuid(&["registration", connector, &account.to_lowercase()]).to_string()
    }
}
