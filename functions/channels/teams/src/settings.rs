//! A tenant's bot.

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// The colour of an app whose tenant chose none.
pub(crate) const ACCENT: &str = "#5B5FC7";
/// The longest name of an app, in characters: <https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema#name>.
pub(crate) const NAME_MAX: usize = 30;

/// A bot of the Bot Framework.
///
/// Made in the Teams Developer Portal (https://dev.teams.microsoft.com/bots) or as an Azure Bot
/// (https://portal.azure.com). When the tenant is saved, enter its webhook URL as the bot's endpoint address.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// # Bot ID
    ///
    /// The bot's ID in the Developer Portal; in Azure, "Microsoft App ID" on the bot's page "Configuration".
    #[schemars(example = "00000000-0000-4000-8000-00000000b071", length(min = 36, max = 36))]
    pub bot_id: String,

    /// # Client secret
    ///
    /// Developer Portal: the bot's page "Client secrets". Azure: "Certificates & secrets" of the app registration, the
    /// column "Value". It is shown once, and expires: note the date.
    pub client_secret: Secret,

    /// # App tenant ID
    ///
    /// The Microsoft Entra tenant in which the bot was made. Required for a bot of the type SingleTenant.
    #[serde(default)]
    #[schemars(example = "00000000-0000-4000-8000-00000000e47a")]
    pub app_tenant_id: Option<String>,

    /// # App type
    ///
    /// As the bot was made. Microsoft has not allowed new bots of the type MultiTenant since August 2025.
    pub app_type: AppType,

    /// # Bot name
    ///
    /// What guests see and mention, at most 30 characters. Name and accent colour go into the app package: after a change,
    /// have the customer download it and upload it to Teams again.
    #[schemars(example = "Acme Support", length(min = 1, max = 30))]
    pub bot_name: String,

    /// # Accent colour
    ///
    /// Behind the bot's icon, as #RRGGBB.
    #[serde(default)]
    #[schemars(example = "#5B5FC7", regex(pattern = r"^#[0-9A-Fa-f]{6}$"))]
    pub accent_color: Option<String>,
}

/// Where a bot's identity lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AppType {
    /// In one Entra tenant.
    SingleTenant,
    /// With the Bot Framework, for all.
    MultiTenant,
}

impl Settings {
    /// Begins a chat with the bot:
    /// <https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams>.
    pub(crate) fn invitation(&self) -> Option<String> {
        is_guid(&self.bot_id).then(|| format!("https://teams.microsoft.com/l/chat/0/0?users=28:{}", self.bot_id))
    }

    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |pointer, sentence: &str| faults.push((pointer, sentence.to_owned()));
        if !is_guid(&self.bot_id) {
            fault("/botId", "The bot ID is 32 hexadecimal digits in five groups, as the Developer Portal shows it.");
        }
        if self.client_secret.is_empty() {
            fault("/clientSecret", "The client secret is missing; it is shown once, when it is made.");
        }
        match self.app_tenant_id.as_deref() {
            None if self.app_type == AppType::SingleTenant => {
                fault("/appTenantId", "A bot of the type SingleTenant needs the ID of its Microsoft Entra tenant.");
            }
            Some(id) if !is_guid(id) => {
                fault("/appTenantId", "The app tenant ID is 32 hexadecimal digits in five groups.");
            }
            _ => {}
        }
        let name = self.bot_name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX {
            fault("/botName", "The bot's name has 1 to 30 characters.");
        }
        if self.accent_color.as_deref().is_some_and(|color| !is_color(color)) {
            fault("/accentColor", "The accent colour is # and six hexadecimal digits, such as #5B5FC7.");
        }
        faults
    }

    /// The bot as the connector service names it.
    pub(crate) fn bot(&self) -> String {
        format!("28:{}", self.bot_id)
    }
}

/// `00000000-0000-4000-8000-000000000000`, in either case.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// `#5B5FC7`.
pub(crate) fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}
