//! Who writes: <https://developers.line.biz/en/reference/messaging-api/#get-profile>.

use contract::{Guest, Io, Profile, SendError, http::Request};
use serde::Deserialize;

use crate::{errors, settings::Settings, token};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LineProfile {
    display_name: String,
    picture_url: Option<String>,
    /// A BCP 47 tag, for users of LINE in some countries who agreed to tell it.
    language: Option<String>,
}

/// The writer's profile. `None` for somebody who is no friend of the account, has blocked it, or left.
pub(crate) async fn look_up(io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
    let id = guest.id.as_str();
    let path = match (&guest.writer_id, id.as_bytes().first()) {
        (None, Some(b'C' | b'R')) => return Ok(None),
        (None, _) => format!("profile/{id}"),
        (Some(writer), Some(b'R')) => format!("room/{id}/member/{writer}"),
        (Some(writer), _) => format!("group/{id}/member/{writer}"),
    };
    if !path.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'/') {
        return Ok(None);
    }
    let response = token::authorized(io, &Request::get(format!("https://api.line.me/v2/bot/{path}"))).await?;
    if let 400 | 403 | 404 = response.status.as_u16() {
        return Ok(None);
    }
    if let Some(error) = errors::error_of(&response, io.now()) {
        return Err(error);
    }
    let found: LineProfile = response.parse()?;
    Ok(Some(Profile {
        nickname: Some(found.display_name),
        image_url: found.picture_url,
        attributes: found.language.map(|language| ("locale".to_owned(), language)).into_iter().collect(),
        ..Profile::default()
    }))
}
