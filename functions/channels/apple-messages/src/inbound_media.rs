//! Guests' files: Apple keeps them, encrypted with keys that travel in the messages.
//! <https://register.apple.com/resources/messages/msp-rest-api/type-text>

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{
    Attachment, AttachmentSource, Fetched, Io, SendError, SendErrorKind,
    http::{Request, Response},
};
use http::HeaderName;
use serde::Deserialize;

use crate::{
    api::{self, GATEWAY},
    cipher::Key,
    errors, files,
    settings::Settings,
    wire::Stored,
};

const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PreDownload {
    download_url: String,
}

/// How [`fetch`] finds a guest's file again.
pub(crate) fn reference(stored: &Stored) -> String {
    serde_json::to_string(stored).unwrap_or_default()
}

/// Fetches a guest's file and decrypts it.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let gone = || SendError::new(SendErrorKind::MediaUnavailable);
    let AttachmentSource::Network { reference } = &attachment.source else { return Err(gone()) };
    let stored: Stored = serde_json::from_str(reference).map_err(|_| gone())?;
    let bytes = download(io, &stored, files::MAX_BYTES).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The guest's file is larger than 50 MB and was not fetched."),
        _ => error,
    })?;
    Ok(Fetched { bytes: bytes.into(), mime: attachment.mime.clone(), name: attachment.name.clone() })
}

/// Something that Apple keeps, of at most `max_bytes`, decrypted.
pub(crate) async fn download(io: &Io<'_, Settings>, stored: &Stored, max_bytes: u64) -> Result<Vec<u8>, SendError> {
    let unreadable = |why: &str| SendError::new(SendErrorKind::MediaUnavailable).coded(why.to_owned());
    let key = Key::parse(&stored.key).ok_or_else(|| unreadable("key"))?;
    let signature = signature(stored).ok_or_else(|| unreadable("signature"))?;
    let mut request = api::authorized(io, Request::get(format!("{GATEWAY}/preDownload")))?;
    // The names of today and those of earlier days.
    for (names, value) in [
        (["mmcs-url", "url"], &stored.url),
        (["mmcs-signature", "signature"], &signature),
        (["mmcs-owner", "owner"], &stored.owner),
    ] {
        for name in names {
            request = request.header(HeaderName::from_static(name), value);
        }
    }
    let response = still_there(io, io.http.send(request).await?)?;
    let PreDownload { download_url } = response.parse()?;
    let request = Request::get(download_url).timeout(TIMEOUT).max_response(max_bytes);
    let mut bytes = Vec::from(still_there(io, io.http.send(request).await?)?.body);
    key.apply(&mut bytes);
    Ok(bytes)
}

/// The signature in base64. Apple writes it in hexadecimal, and in base64 too: told by its shape.
fn signature(stored: &Stored) -> Option<String> {
    if let Some(signature) = stored.signature_base64.as_ref().filter(|text| !text.is_empty()) {
        return Some(signature.clone());
    }
    let signature = stored.signature.as_deref().filter(|text| !text.is_empty())?;
    Some(match hex::decode(signature) {
        Ok(bytes) => BASE64_STANDARD.encode(bytes),
        Err(_) => signature.to_owned(),
    })
}

/// The response, unless the file is gone or Apple refuses.
fn still_there(io: &Io<'_, Settings>, response: Response) -> Result<Response, SendError> {
    match errors::of(&response, io.now()) {
        None => Ok(response),
        Some(error) if matches!(response.status.as_u16(), 400 | 404 | 410) => {
            Err(SendError { kind: SendErrorKind::MediaUnavailable, ..error }.saying("Apple no longer has it."))
        }
        Some(error) => Err(error),
    }
}
