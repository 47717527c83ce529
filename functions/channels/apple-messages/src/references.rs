//! Answers too big for a message: Apple keeps them for a few seconds, encrypted and packed. The webhook may call nobody, so
//! that they are fetched first thing when the event is delivered.

use std::time::Duration;

use contract::{Content, Io, SendError, SendErrorKind, http::Request};
use http::HeaderName;
use serde_json::{Value, json};

use crate::{
    answers,
    api::{self, GATEWAY},
    errors, inbound_media,
    settings::Settings,
    wire::DataRef,
};

/// The biggest answer that is read, in bytes.
const MAX_BYTES: u64 = 10 << 20;
const FIELD: &str = "interactiveDataRef";

/// A message of which we know only where it lies.
pub(crate) fn content(reference: &DataRef) -> Content {
    Content::Native { connector: Some(crate::DESCRIPTOR.id.to_owned()), json: json!({ FIELD: reference }) }
}

/// What such a message says.
pub(crate) async fn resolve(io: &Io<'_, Settings>, native: &Value) -> Result<Content, SendError> {
    let reference: DataRef =
        serde_json::from_value(native[FIELD].clone()).map_err(|_| SendError::new(SendErrorKind::Unsupported))?;
    match fetch(io, &reference).await {
        Ok(data) => Ok(answers::read(&data)),
        Err(error) if error.kind == SendErrorKind::MediaUnavailable => {
            Err(error.saying("It was an answer to a question, but Apple no longer has it: please ask again."))
        }
        Err(error) => Err(error),
    }
}

async fn fetch(io: &Io<'_, Settings>, reference: &DataRef) -> Result<Value, SendError> {
    let bytes = inbound_media::download(io, &reference.stored, MAX_BYTES).await?;
    let request = api::authorized(io, Request::new(http::Method::POST, format!("{GATEWAY}/decodePayload")))?
        .header(HeaderName::from_static("bid"), &reference.bid)
        .header(http::header::CONTENT_TYPE, "application/octet-stream")
        .timeout(Duration::from_secs(30))
        .max_response(MAX_BYTES)
        .body(bytes);
    let response = io.http.send(request).await?;
    match errors::of(&response, io.now()) {
        Some(error) if error.kind == SendErrorKind::InvalidMessage => {
            Err(SendError { kind: SendErrorKind::MediaUnavailable, ..error })
        }
        Some(error) => Err(error),
        None => response.parse(),
    }
}
