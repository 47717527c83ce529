//! Viber's methods: always `POST`, always JSON. <https://developers.viber.com/docs/api/rest-bot-api/>

use contract::{
    Io, SendError,
    http::{Request, Response},
};
use http::HeaderName;
use serde::Serialize;

use crate::{errors, settings::Settings};

/// Writes to a guest.
pub(crate) const SEND_MESSAGE: &str = "https://chatapi.viber.com/pa/send_message";
/// Says where callbacks go; an empty address says nowhere.
pub(crate) const SET_WEBHOOK: &str = "https://chatapi.viber.com/pa/set_webhook";
/// Tells about the bot.
pub(crate) const GET_ACCOUNT_INFO: &str = "https://chatapi.viber.com/pa/get_account_info";
/// Tells about a guest, twice in twelve hours at most.
pub(crate) const GET_USER_DETAILS: &str = "https://chatapi.viber.com/pa/get_user_details";

/// Where the token goes.
pub(crate) const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-viber-auth-token");

/// Sends a request with the tenant's token; an answer that is a refusal, by its status or in its body, is an error.
pub(crate) async fn send(io: &Io<'_, Settings>, request: Request) -> Result<Response, SendError> {
    let request = request.header(AUTH_TOKEN, io.settings.auth_token.expose());
    let response = io.http.send(request).await?;
    match errors::of(&response, io.now()) {
        Some(error) => Err(error),
        None => Ok(response),
    }
}

/// Calls a method.
pub(crate) async fn call(io: &Io<'_, Settings>, url: &str, body: &impl Serialize) -> Result<Response, SendError> {
    send(io, Request::post_json(url, body)).await
}
