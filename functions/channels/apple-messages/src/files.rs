//! Agents' files: encrypted and uploaded, or put into the message.
//! <https://register.apple.com/resources/messages/msp-rest-api/type-text>

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{Io, SendError, SendErrorKind, http::Request};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{api, cipher::Key, settings::Settings};

/// The largest file in either direction, in bytes: it must fit into a function's memory, more than once. Apple takes
/// 100 MB.
pub(crate) const MAX_BYTES: u64 = 50 << 20;
/// The largest picture inside a message, in bytes; larger ones are made smaller.
const PICTURE_BYTES: usize = 500_000;
const TIMEOUT: Duration = Duration::from_secs(60);

/// A grey square, 64 by 64: the picture of a rich link that has none.
const PLAIN: &str = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAKklEQVR42u3MQREAAAwCIPsnNI4h9ttBANKjCAQCgUAgEAgEAoFAIPgeDH3qgMTtzw3WAAAAAElFTkSuQmCC";

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PreUpload {
    upload_url: String,
    mmcs_url: String,
    mmcs_owner: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    single_file: SingleFile,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SingleFile {
    file_checksum: String,
}

/// The picture of a rich link that has none.
pub(crate) fn plain_picture() -> Value {
    json!({ "data": PLAIN, "mimeType": "image/png" })
}

/// Fetches an agent's file, encrypts it and gives it to Apple: the attachment as a message names it.
pub(crate) async fn upload(
    io: &Io<'_, Settings>,
    url: &str,
    name: Option<&str>,
    mime: Option<&str>,
) -> Result<Value, SendError> {
    let file = io.http.download(url, MAX_BYTES).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The file is larger than 50 MB."),
        _ => error,
    })?;
    let name = name.or(file.name.as_deref());
    let (mime, _, _) = media::sniff(&file.bytes, mime.or(file.mime.as_deref()), name);
    let name = media::file_name(name, &mime);
    let mut bytes = Vec::from(file.bytes);
    let size = bytes.len().to_string();
    let key = Key::generate().ok_or(SendErrorKind::Internal)?;
    key.apply(&mut bytes);

    let place: PreUpload = api::pre_upload(io, bytes.len()).await?.parse()?;
    let request = Request::new(http::Method::POST, place.upload_url)
        .header(http::header::CONTENT_TYPE, "application/octet-stream")
        .timeout(TIMEOUT)
        .body(bytes);
    let uploaded: Uploaded = api::exchange(io, request).await?.parse()?;
    Ok(json!({
        "name": name,
        "mimeType": mime,
        "size": size,
        "signature-base64": uploaded.single_file.file_checksum,
        "url": place.mmcs_url,
        "owner": place.mmcs_owner,
        "key": key.text(),
    }))
}

/// A picture for the inside of a message, as base64 with its type. None when it cannot be had: the message goes without.
pub(crate) async fn picture(io: &Io<'_, Settings>, url: &str) -> Option<(String, String)> {
    let file = match io.http.download(url, MAX_BYTES).await {
        Ok(file) => file,
        Err(error) => {
            tracing::info!(kind = ?error.kind, code = error.code, "a picture cannot be fetched; shown without");
            return None;
        }
    };
    let (mime, _, _) = media::sniff(&file.bytes, file.mime.as_deref(), None);
    if !mime.starts_with("image/") {
        return None;
    }
    if file.bytes.len() <= PICTURE_BYTES {
        return Some((BASE64_STANDARD.encode(&file.bytes), mime));
    }
    let smaller = media::preview(&file.bytes, &mime, PICTURE_BYTES)?;
    Some((BASE64_STANDARD.encode(smaller), "image/jpeg".to_owned()))
}
