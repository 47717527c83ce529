//! A tenant's bot.

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A Telegram bot.
///
/// Talk to @BotFather in Telegram, send it /newbot and answer its questions; at the end it shows the API token. The webhook
/// is registered when the tenant is saved. For groups, also send it /setprivacy and choose "Disable", so that the bot hears
/// when it is mentioned.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// # API token
    ///
    /// What @BotFather shows when a bot is made, or on /token: a number, a colon, and letters.
    pub api_token: Secret,

    /// # Username
    ///
    /// The bot's username, without the @. Telegram tells it when the tenant is saved; the invitation's QR code leads there.
    #[serde(default)]
    #[schemars(extend("readOnly" = true))]
    pub bot_username: Option<String>,
}

impl Settings {
    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        if self.is_well_formed() {
            return Vec::new();
        }
        let sentence = "The API token has the form 123456789:letters, as @BotFather shows it.";
        vec![("/apiToken", sentence.to_owned())]
    }

    /// Whether the token can stand in an address.
    pub(crate) fn is_well_formed(&self) -> bool {
        let letters =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        self.api_token.expose().split_once(':').is_some_and(|(_, rest)| self.bot_id().is_some() && letters(rest))
    }

    /// Where a chat with the bot begins: <https://core.telegram.org/api/links#bot-links>.
    pub(crate) fn invitation(&self) -> Option<String> {
        let name = self.bot_username.as_deref()?;
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        plain.then(|| format!("https://t.me/{name}"))
    }

    /// The bot's own user id: the number before the colon.
    pub(crate) fn bot_id(&self) -> Option<i64> {
        let (id, _) = self.api_token.expose().split_once(':')?;
        id.bytes().all(|b| b.is_ascii_digit()).then(|| id.parse().ok())?
    }
}
