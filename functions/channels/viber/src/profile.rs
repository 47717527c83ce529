//! Who writes: <https://developers.viber.com/docs/api/rest-bot-api/#get-user-details>. Name and picture come with every
//! message; country and language not always, the device never.

use contract::{Guest, Io, Profile, SendError};
use serde::Deserialize;
use serde_json::json;

use crate::{api, settings::Settings};

#[derive(Deserialize)]
struct Details {
    user: User,
}

#[derive(Deserialize)]
struct User {
    name: Option<String>,
    avatar: Option<String>,
    country: Option<String>,
    language: Option<String>,
    primary_device_os: Option<String>,
    device_type: Option<String>,
}

/// The guest's profile. `None` for somebody who is no (more) subscriber. Viber answers twice in twelve hours; the engine
/// asks once a day.
pub(crate) async fn look_up(io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
    let response = match api::call(io, api::GET_USER_DETAILS, &json!({ "id": guest.id.as_str() })).await {
        Ok(response) => response,
        Err(error) if matches!(error.code.as_deref(), Some("5" | "6" | "11")) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Details { user } = response.parse()?;
    let word = |word: Option<String>| word.filter(|word| !word.trim().is_empty());
    let attributes = [
        ("country", user.country),
        ("locale", user.language),
        ("deviceOS", user.primary_device_os),
        ("deviceType", user.device_type),
    ];
    Ok(Some(Profile {
        nickname: word(user.name),
        image_url: word(user.avatar),
        attributes: attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), word(value)?))).collect(),
        ..Profile::default()
    }))
}
