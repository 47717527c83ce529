//! Apple's gateway: <https://register.apple.com/resources/messages/msp-rest-api/common-specs>.

use contract::{
    Io, SendError,
    http::{Request, Response},
};
use http::HeaderName;

use crate::{errors, settings::Settings, token};

/// Apple's gateway.
pub(crate) const GATEWAY: &str = "https://mspgw.push.apple.com/v1";
/// The id of a message; the same when it is sent again.
pub(crate) const ID: HeaderName = HeaderName::from_static("id");
pub(crate) const DESTINATION: HeaderName = HeaderName::from_static("destination-id");
const SOURCE: HeaderName = HeaderName::from_static("source-id");

/// With the token, and the business it is for.
pub(crate) fn authorized(io: &Io<'_, Settings>, request: Request) -> Result<Request, SendError> {
    let token = token::issue(io.settings, io.now())?;
    Ok(request.header(SOURCE, &io.settings.business_id).bearer(&token))
}

/// Makes a request; a refusal is an error.
pub(crate) async fn exchange(io: &Io<'_, Settings>, request: Request) -> Result<Response, SendError> {
    let response = io.http.send(request).await?;
    match errors::of(&response, io.now()) {
        None => Ok(response),
        Some(error) => Err(error),
    }
}

/// Asks where a file of this many bytes can be uploaded.
pub(crate) async fn pre_upload(io: &Io<'_, Settings>, size: usize) -> Result<Response, SendError> {
    let size = size.to_string();
    let request = authorized(io, Request::get(format!("{GATEWAY}/preUpload")))?
        .header(HeaderName::from_static("mmcs-size"), &size)
        .header(HeaderName::from_static("size"), &size);
    exchange(io, request).await
}
