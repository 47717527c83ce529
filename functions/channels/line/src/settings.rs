//! A tenant's LINE account.

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A LINE Official Account and its Messaging API channel.
///
/// All values are in the LINE Developers Console (https://developers.line.biz/console/), on the channel's tabs "Basic
/// settings" and "Messaging API". When the tenant is saved, enter its webhook URL on the tab "Messaging API" and switch
/// "Use webhook" and "Webhook redelivery" on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// # Channel ID
    ///
    /// On the tab "Basic settings" of the channel. Digits only.
    #[schemars(example = "2001234567", length(min = 1, max = 32), regex(pattern = r"^[0-9]+$"))]
    pub channel_id: String,

    /// # Channel secret
    ///
    /// On the tab "Basic settings" of the channel, further down. LINE signs its webhooks with it.
    pub channel_secret: Secret,

    /// # Channel access token
    ///
    /// Leave this empty unless you must use a particular long-lived token (issued on the tab "Messaging API"): without
    /// it, short-lived tokens are fetched with the channel ID and the channel secret.
    #[serde(default)]
    pub channel_access_token: Option<Secret>,

    /// # Bot basic ID
    ///
    /// On the tab "Messaging API" of the channel, with its @ sign. Guests find the account by it.
    #[schemars(example = "@123abcde", length(min = 2, max = 64), regex(pattern = r"^@"))]
    pub bot_basic_id: String,

    /// # Switcher service code
    ///
    /// Only with the LINE Switcher API: the code you got from your LINE representative. Leave it empty otherwise.
    #[serde(default)]
    pub switcher_service_code: Option<String>,

    /// # Switcher secret
    ///
    /// Only with the LINE Switcher API: the secret of the destination that stands for Universal Messaging, on the tab
    /// "Switcher". Webhooks signed with it are accepted besides those signed with the channel secret.
    #[serde(default)]
    pub switcher_secret: Option<Secret>,

    /// # Switcher destination ID
    ///
    /// Only with the LINE Switcher API: the destination ID of the third-party bot that guests are handed back to when
    /// their conversation is over.
    #[serde(default)]
    pub switcher_destination_id: Option<String>,

    /// # Switcher address
    ///
    /// Only with the LINE Switcher API, and only if your LINE representative told you another address for switching a
    /// guest than the usual one.
    #[serde(default)]
    #[schemars(url, example = "https://api.line.me/switcher/v1/switch", length(max = 2000))]
    pub switcher_url: Option<String>,

    /// # Switcher field of the guest
    ///
    /// Only with the LINE Switcher API: what the field with the guest's ID is called, if not `userId`.
    #[serde(default)]
    #[schemars(example = &"userId", length(max = 64))]
    pub switcher_user_field: Option<String>,

    /// # Switcher field of the destination
    ///
    /// Only with the LINE Switcher API: what the field with the destination ID is called, if not `destinationId`.
    #[serde(default)]
    #[schemars(example = &"destinationId", length(max = 64))]
    pub switcher_destination_field: Option<String>,
}

impl Settings {
    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |pointer, sentence: &str| faults.push((pointer, sentence.to_owned()));
        if self.channel_id.is_empty() || !self.channel_id.bytes().all(|b| b.is_ascii_digit()) {
            fault("/channelId", "The channel ID has digits only; it is on the tab \"Basic settings\".");
        }
        if self.channel_secret.is_empty() {
            fault("/channelSecret", "The channel secret is missing; it is on the tab \"Basic settings\".");
        }
        if !self.bot_basic_id.starts_with('@') || self.bot_basic_id.len() < 2 {
            fault("/botBasicId", "The bot basic ID begins with @; it is on the tab \"Messaging API\".");
        }
        if self.channel_access_token.as_ref().is_some_and(Secret::is_empty) {
            fault("/channelAccessToken", "Leave the channel access token out instead of giving an empty one.");
        }
        if self.switcher_url.as_ref().is_some_and(|url| !url.is_empty() && !url.starts_with("https://")) {
            fault("/switcherUrl", "The Switcher address begins with https://.");
        }
        if self.switcher_secret.as_ref().is_some_and(Secret::is_empty) {
            fault("/switcherSecret", "Leave the Switcher secret out instead of giving an empty one.");
        }
        faults
    }
}
