//! A tenant's business, and the deployment's credentials with Apple.

use contract::{Secret, SendError, SendErrorKind};
use schemars::JsonSchema;
use serde::Deserialize;

/// Settings that come from the deployment's environment, with their variables.
pub(crate) const OF_THE_DEPLOYMENT: &[(&str, &str)] = &[("mspId", "UM_AMB_MSP_ID"), ("mspSecret", "UM_AMB_MSP_SECRET")];

/// A business registered with Apple Messages for Business.
///
/// The business registers at Apple Business Register (https://register.apple.com/messages) and chooses this deployment as
/// its messaging service provider; that opens the registration page of this deployment, whose registration names the
/// business ID. The deployment itself is registered with Apple once, as a messaging service provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// # Business ID
    ///
    /// Apple's identifier of the business, as shown in Apple Business Register and in the registration.
    #[schemars(
        example = "f6cc3a60-3e4b-11e9-b210-d663bd873d93",
        length(min = 8, max = 64),
        regex(pattern = r"^[A-Za-z0-9-]+$")
    )]
    pub business_id: String,

    /// The deployment's id as a messaging service provider. Not a tenant's: see [`OF_THE_DEPLOYMENT`].
    #[serde(default)]
    #[schemars(skip)]
    pub msp_id: Option<String>,

    /// The deployment's API secret, base64. Not a tenant's: see [`OF_THE_DEPLOYMENT`].
    #[serde(default)]
    #[schemars(skip)]
    pub msp_secret: Option<Secret>,
}

impl Settings {
    /// Begins a conversation with the business, on Apple's devices.
    pub(crate) fn invitation(&self) -> Option<String> {
        self.faults().is_empty().then(|| format!("https://bcrw.apple.com/urn:biz:{}", self.business_id))
    }

    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let id = &self.business_id;
        let well = (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if well {
            return Vec::new();
        }
        vec![("/businessId", "The business ID has letters, digits and hyphens only, as Apple shows it.".to_owned())]
    }

    /// The business id as the account that requests are told apart by.
    pub(crate) fn account(&self) -> String {
        self.business_id.to_ascii_lowercase()
    }

    /// The credentials of the deployment: MSP id and secret.
    pub(crate) fn credentials(&self) -> Result<(&str, &Secret), SendError> {
        match (self.msp_id.as_deref(), self.msp_secret.as_ref()) {
            (Some(id), Some(secret)) if !id.is_empty() && !secret.is_empty() => Ok((id, secret)),
            _ => Err(SendError::new(SendErrorKind::Unauthorized).coded("mspCredentials").saying(
                "This deployment has no credentials as a messaging service provider of Apple's. Please tell the \
                 administrator.",
            )),
        }
    }
}
