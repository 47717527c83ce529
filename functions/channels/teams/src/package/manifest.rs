//! The manifest: <https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema>.

use contract::{
    PageTenant,
    descriptor::{TextLimit, TextUnit},
    text,
};
use serde_json::{Value, json};
use url::Url;

use crate::settings::{self, is_color, is_guid};

/// Raised when what we put into every package changes. With the tenant's version behind it (each saving raises that), the
/// app's version rises with every change, as Teams demands of an app that is uploaded again.
const EDITION: u32 = 0;

/// What Teams shows of a tenant's bot.
pub(crate) struct App {
    bot_id: String,
    bot_name: String,
    accent: String,
    developer: String,
    root: String,
    version: u64,
}

impl App {
    /// The app of a tenant; none when its bot has no id.
    pub(crate) fn of(tenant: &PageTenant, root: &str) -> Option<Self> {
        let text = |name: &str| tenant.settings[name].as_str().map(str::trim).filter(|text| !text.is_empty());
        Some(Self {
            bot_id: text("botId").filter(|id| is_guid(id))?.to_lowercase(),
            bot_name: text("botName").unwrap_or(&tenant.name).to_owned(),
            accent: text("accentColor").filter(|color| is_color(color)).unwrap_or(settings::ACCENT).to_uppercase(),
            developer: tenant.name.clone(),
            root: root.to_owned(),
            version: tenant.version,
        })
    }

    /// Red, green and blue.
    pub(crate) fn accent(&self) -> [u8; 3] {
        let part = |at: usize| self.accent.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        [part(1), part(3), part(5)].map(Option::unwrap_or_default)
    }

    /// The manifest.
    pub(crate) fn manifest(&self) -> Value {
        let Self { bot_id, bot_name, accent, developer, root, version } = self;
        let host = Url::parse(root).ok().and_then(|url| url.host_str().map(str::to_owned));
        json!({
            "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.16/MicrosoftTeams.schema.json",
            "manifestVersion": "1.16",
            "version": format!("1.{EDITION}.{version}"),
            "id": bot_id,
            "developer": {
                "name": clip(developer, 32), "websiteUrl": root, "privacyUrl": root, "termsOfUseUrl": root,
            },
            "name": { "short": clip(bot_name, settings::NAME_MAX), "full": clip(bot_name, 100) },
            "description": {
                "short": clip(&format!("Chat with {bot_name}"), 80),
                "full": clip(&format!("Write to {bot_name}, alone or in a team, and people answer."), 4_000),
            },
            "icons": { "color": "color.png", "outline": "outline.png" },
            "accentColor": accent,
            "bots": [{
                "botId": bot_id,
                "scopes": ["personal", "team", "groupchat"],
                "supportsFiles": true,
                "isNotificationOnly": false,
            }],
            "permissions": ["identity", "messageTeamMembers"],
            "validDomains": host.into_iter().collect::<Vec<_>>(),
        })
    }
}

fn clip(words: &str, max: usize) -> String {
    text::truncate(words.trim(), TextLimit { max, unit: TextUnit::Characters })
}
