//! One request to the API, authorised. A token that is refused is renewed once.

use contract::{
    Io, SendError,
    http::{Request, Response},
};
use serde::de::DeserializeOwned;

use crate::{
    Settings,
    errors::{Doing, refusal},
    token,
};

/// Makes a request. Any status but 401 after a renewed token is an answer.
pub(crate) async fn request(io: &Io<'_, Settings>, request: Request) -> Result<Response, SendError> {
    let token = token::access_token(io).await?;
    let response = io.http.send(request.clone().bearer(token.expose())).await?;
    if response.status.as_u16() != 401 {
        return Ok(response);
    }
    let token = token::renewed(io).await?;
    io.http.send(request.bearer(token.expose())).await
}

/// Makes a request and reads its JSON. `None` when there is no such thing (404).
pub(crate) async fn find<T: DeserializeOwned>(
    io: &Io<'_, Settings>,
    request: Request,
    doing: Doing,
) -> Result<Option<T>, SendError> {
    let response = self::request(io, request).await?;
    if matches!(response.status.as_u16(), 404 | 410) {
        return Ok(None);
    }
    match refusal(&response, doing, io.now()) {
        Some(error) => Err(error),
        None => response.parse().map(Some),
    }
}

/// Makes a request and reads its JSON.
pub(crate) async fn read<T: DeserializeOwned>(
    io: &Io<'_, Settings>,
    request: Request,
    doing: Doing,
) -> Result<T, SendError> {
    let response = self::request(io, request).await?;
    match refusal(&response, doing, io.now()) {
        Some(error) => Err(error),
        None => response.parse(),
    }
}

/// A value as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    const PLAIN: &[u8] = b"-_.~";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    // A segment of dots alone would climb up the path.
    if out.bytes().all(|b| b == b'.') { out.replace('.', "%2E") } else { out }
}
