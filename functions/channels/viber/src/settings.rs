//! A tenant's Viber bot.

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::limits;

/// A Viber chatbot.
///
/// Its token is in the Viber Admin Panel (https://partners.viber.com/, "Info"), or in the Viber app under "Edit info" of the
/// bot. When the tenant is saved, its webhook is registered with Viber; when it is deleted, the webhook is removed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// # Chat API token
    ///
    /// In the Viber Admin Panel, on the bot's page "Info". Viber signs its callbacks with it.
    pub auth_token: Secret,

    /// # Bot name
    ///
    /// Shown above each message, unless the agent's name is. At most 28 characters.
    #[schemars(example = &"Acme", length(min = 1, max = 28))]
    pub bot_name: String,

    /// # Bot picture
    ///
    /// The address (https) of a picture shown beside each message: at most 100 kB, best 720 by 720 pixels.
    #[serde(default)]
    #[schemars(example = "https://www.example.com/acme.png", regex(pattern = r"^https://"))]
    pub bot_avatar: Option<String>,

    /// # Welcome message
    ///
    /// Shown to a guest who opens the chat for the first time, before anything was written. Leave it empty for none.
    #[serde(default)]
    #[schemars(length(max = 7000))]
    pub welcome_message: Option<String>,

    /// # Address
    ///
    /// The bot's own name in Viber's links. Viber tells it when the tenant is saved; the invitation's QR code leads there.
    #[serde(default)]
    #[schemars(extend("readOnly" = true))]
    pub bot_uri: Option<String>,
}

impl Settings {
    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |pointer, sentence: &str| faults.push((pointer, sentence.to_owned()));
        let token = self.auth_token.expose();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            fault("/authToken", "The chat API token is missing or holds spaces; it is on the bot's page \"Info\".");
        }
        if self.bot_name.trim().is_empty() || limits::utf16(&self.bot_name) > limits::SENDER_NAME {
            fault("/botName", "The bot name has 1 to 28 characters.");
        }
        if self.bot_avatar.as_ref().is_some_and(|url| !limits::is_web_address(url, limits::AVATAR_URL)) {
            fault("/botAvatar", "The bot picture is an address that begins with https://.");
        }
        if self
            .welcome()
            .is_some_and(|text| limits::written(text) > limits::TEXT_BYTES || limits::utf16(text) > limits::TEXT)
        {
            fault("/welcomeMessage", "The welcome message has at most 7000 characters.");
        }
        faults
    }

    /// Where a chat with the bot begins: <https://developers.viber.com/docs/tools/deep-links/>.
    pub(crate) fn invitation(&self) -> Option<String> {
        let uri = self.bot_uri.as_deref()?;
        let plain = !uri.is_empty() && uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        plain.then(|| format!("viber://pa?chatURI={uri}"))
    }

    /// The welcome message, if there is one.
    pub(crate) fn welcome(&self) -> Option<&str> {
        self.welcome_message.as_deref().filter(|text| !text.trim().is_empty())
    }

    /// The bot's picture, if it can be one.
    pub(crate) fn avatar(&self) -> Option<&str> {
        self.bot_avatar.as_deref().filter(|url| limits::is_web_address(url, limits::AVATAR_URL))
    }
}
