//! Who writes: <https://docs.slack.dev/reference/methods/users.info>; and where.

use contract::{Guest, Io, Profile, SendError};
use serde_json::Value;

use crate::{conversation_key::ConversationKey, install, settings::Settings};

/// The writer's profile, with the workspace's name. `None` when nobody in particular writes.
pub(crate) async fn look_up(io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
    let Some(key) = ConversationKey::parse(guest.id.as_str()) else { return Ok(None) };
    let (_, found) = install::find(io, key.installation).await?;
    let mut profile = Profile::default();
    let mut tell = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            profile.attributes.insert(name.to_owned(), value.to_owned());
        }
    };
    tell("workspaceId", Some(key.workspace));
    tell("enterpriseId", found.enterprise_id.as_deref());
    tell("enterpriseName", found.enterprise_name.as_deref());
    // An organisation's installation does not name its workspaces.
    let name = match found.team_name.clone().filter(|_| found.team_id.as_deref() == Some(key.workspace)) {
        Some(name) => Some(name),
        None => {
            let asked = install::read(io, key.installation, "team.info", &[("team", key.workspace)]).await;
            asked.ok().and_then(|team| team["team"]["name"].as_str().map(str::to_owned))
        }
    };
    tell("workspaceName", name.as_deref());
    let user = guest.writer_id.as_deref().or_else(|| key.is_direct().then_some(key.channel));
    let Some(user) = user else { return Ok(Some(profile)) };
    let user = match install::read(io, key.installation, "users.info", &[("user", user)]).await {
        Ok(answer) => answer["user"].clone(),
        // Of another organisation, or gone: the workspace is known all the same.
        Err(error) if !error.retryable() => {
            tracing::info!(code = error.code, "Slack does not tell who writes");
            return Ok(Some(profile));
        }
        Err(error) => return Err(error),
    };
    let own = &user["profile"];
    Ok(Some(Profile {
        nickname: first([&own["display_name"], &own["real_name"], &user["real_name"], &user["name"]]),
        first_name: first([&own["first_name"]]),
        last_name: first([&own["last_name"]]),
        image_url: first([&own["image_192"], &own["image_72"]]),
        email: first([&own["email"]]),
        ..profile
    }))
}

fn first<const N: usize>(fields: [&Value; N]) -> Option<String> {
    fields.into_iter().filter_map(Value::as_str).find(|text| !text.trim().is_empty()).map(str::to_owned)
}
