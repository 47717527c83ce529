//! Who writes: <https://core.telegram.org/bots/api#getchat>. Every update tells names and language of its writer, so that
//! Telegram is asked only where it did not. Pictures of people are kept behind the bot's token and cannot be linked to.

use contract::{Guest, Io, Profile, SendError, SendErrorKind};
use serde::Deserialize;
use serde_json::json;

use crate::{
    api,
    chat::{self, Chat},
    settings::Settings,
};

#[derive(Deserialize)]
struct FullChat {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

/// The profile of a person in a private chat whose name is not known. `None` for everybody else.
pub(crate) async fn profile(io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
    if guest.profile.nickname.is_some() || chat::is_group_id(&guest.id) || guest.writer_id.is_some() {
        return Ok(None);
    }
    let chat_id = Chat::of_guest(&guest.id).id;
    let found: FullChat = match api::call(io, "getChat", &json!({ "chat_id": chat_id })).await {
        Err(error) if matches!(error.kind, SendErrorKind::UnknownRecipient | SendErrorKind::InvalidMessage) => {
            return Ok(None);
        }
        found => found?,
    };
    Ok(Some(Profile {
        nickname: chat::display_name(&found.first_name, &found.last_name).or_else(|| found.username.clone()),
        attributes: found.username.map(|name| ("username".to_owned(), name)).into_iter().collect(),
        first_name: found.first_name,
        last_name: found.last_name,
        ..Profile::default()
    }))
}
