//! The Bot API's addresses and envelope: <https://core.telegram.org/bots/api#making-requests>. The bot's token stands in the
//! address; it is put there at the last moment, so that no rendering holds it.

use contract::{
    Io, SendError, SendErrorKind,
    http::{Request, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{errors, settings::Settings};

/// Where the Bot API is. Between it and a method stands the bot: `bot<token>/`.
const ROOT: &str = "https://api.telegram.org/";

/// Where a method is.
pub(crate) fn method_url(io: &Io<'_, Settings>, method: &str) -> Result<String, SendError> {
    Ok(format!("{ROOT}bot{}/{method}", token(io)?))
}

/// Where a file is.
pub(crate) fn file_url(io: &Io<'_, Settings>, path: &str) -> Result<String, SendError> {
    Ok(format!("{ROOT}file/bot{}/{path}", token(io)?))
}

/// A token that cannot be one would change the address.
fn token<'s>(io: &Io<'s, Settings>) -> Result<&'s str, SendError> {
    match io.settings.is_well_formed() {
        true => Ok(io.settings.api_token.expose()),
        false => Err(SendError::new(SendErrorKind::Unauthorized).coded("apiToken")),
    }
}

#[derive(Deserialize)]
struct Envelope<T> {
    result: T,
}

/// Makes a call of the bot's own, in no chat.
pub(crate) async fn call<T: DeserializeOwned>(
    io: &Io<'_, Settings>,
    method: &str,
    parameters: &Value,
) -> Result<T, SendError> {
    let response = io.http.send(Request::post_json(method_url(io, method)?, parameters)).await?;
    result_of(&response, io)
}

/// The result in an answer, or the error that it means.
pub(crate) fn result_of<T: DeserializeOwned>(response: &Response, io: &Io<'_, Settings>) -> Result<T, SendError> {
    match errors::of(response, io.now()) {
        Some(error) => Err(error),
        None => Ok(response.parse::<Envelope<T>>()?.result),
    }
}
