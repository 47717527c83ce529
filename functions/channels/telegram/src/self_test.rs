//! Tries the API token, and looks at the webhook. Changes nothing.

use contract::{Io, SelfTest, SendError};
use serde_json::json;

use crate::{
    api, limits,
    register::{Me, WebhookInfo, is_of},
    settings::Settings,
};

/// How long the last failed delivery of an update is worth a warning, in seconds.
const RECENT_S: i64 = 3_600;

/// Finds `@acme_bot (Acme)`, and warns of a webhook that is elsewhere or fails, and of groups that are not heard.
pub(crate) async fn self_test(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    let me: Me = api::call(io, "getMe", &json!({})).await?;
    let webhook: WebhookInfo = api::call(io, "getWebhookInfo", &json!({})).await?;
    let mut warnings = Vec::new();
    if webhook.url.is_empty() {
        warnings.push("No webhook is registered yet: saving the tenant does that.".to_owned());
    } else if !is_of(&webhook.url, io.tenant.as_str()) {
        warnings.push(
            "The bot's messages go to another webhook: saving this tenant takes them over, and the other gets none."
                .to_owned(),
        );
    }
    let is_recent = |at: i64| io.now().as_second().saturating_sub(at) < RECENT_S;
    if let (Some(error), true) = (&webhook.last_error_message, webhook.last_error_date.is_some_and(is_recent)) {
        warnings.push(format!(
            "Telegram could not deliver to the webhook: {} ({} waiting).",
            limits::clip(error.trim_end_matches('.'), 200),
            webhook.pending_update_count
        ));
    }
    if me.can_join_groups && !me.can_read_all_group_messages {
        warnings.push(
            "In groups the bot hears commands and replies only. To be heard when it is mentioned, send /setprivacy to \
             @BotFather and choose \"Disable\"."
                .to_owned(),
        );
    }
    Ok(SelfTest { found: format!("@{} ({})", me.username, me.first_name), warnings })
}
