//! Who writes: <https://core.telegram.org/bots/api#getchat>. Every update tells names and language of its writer, so that
//! Telegram is asked only where it did not. Pictures of people are kept behind the bot's token and cannot be linked to.

use contract::{Guest, Io, Profile, SendError, SendErrorKind};
use serde::Deserialize;
use serde_json::json;

use crate::{address, api, settings::Settings};

#[derive(Deserialize)]
struct FullChat {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

/// The profile of a person in a private chat whose name is not known. `None` for everybody else.
pub(crate) async fn look_up(io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
    if guest.profile.nickname.is_some() || address::is_of_group(&guest.id) || guest.writer_id.is_some() {
        return Ok(None);
    }
    let (chat, _) = address::target(&guest.id);
    let found: FullChat = match api::call(io, "getChat", &json!({ "chat_id": chat })).await {
        Err(error) if matches!(error.kind, SendErrorKind::UnknownRecipient | SendErrorKind::InvalidMessage) => {
            return Ok(None);
        }
        found => found?,
    };
    let names: Vec<&str> = [&found.first_name, &found.last_name].into_iter().flatten().map(String::as_str).collect();
    let nickname = if names.is_empty() { found.username.clone() } else { Some(names.join(" ")) };
    Ok(Some(Profile {
        nickname,
        attributes: found.username.map(|name| ("username".to_owned(), name)).into_iter().collect(),
        first_name: found.first_name,
        last_name: found.last_name,
        ..Profile::default()
    }))
}
