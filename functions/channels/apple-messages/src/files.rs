//! Files: Apple keeps them for both sides, encrypted with keys that travel in the messages.
//! <https://register.apple.com/resources/messages/msp-rest-api/type-text>

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{
    Attachment, AttachmentSource, Fetched, Io, SendError, SendErrorKind,
    http::{Request, Response},
};
use http::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    cipher::Key,
    refusal,
    render::{GATEWAY, SOURCE},
    settings::Settings,
    token,
    wire::Place,
};

/// The largest file in either direction, in bytes: it must fit into a function's memory, more than once. Apple takes
/// 100 MB.
pub(crate) const LARGEST: u64 = 50 << 20;
/// The largest picture inside a message, in bytes; larger ones are made smaller.
const PICTURE: usize = 500_000;
const TIMEOUT: Duration = Duration::from_secs(60);

/// A grey square, 64 by 64: the picture of a rich link that has none.
const PLAIN: &str = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAKklEQVR42u3MQREAAAwCIPsnNI4h9ttBANKjCAQCgUAgEAgEAoFAIPgeDH3qgMTtzw3WAAAAAElFTkSuQmCC";

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct UploadPlace {
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

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct DownloadPlace {
    download_url: String,
}

/// The picture of a rich link that has none.
pub(crate) fn plain_picture() -> Value {
    json!({ "data": PLAIN, "mimeType": "image/png" })
}

/// How [`fetch`] finds a guest's file again.
pub(crate) fn reference(place: &Place) -> String {
    serde_json::to_string(place).unwrap_or_default()
}

/// Fetches a guest's file and decrypts it.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let gone = || SendError::new(SendErrorKind::MediaUnavailable);
    let AttachmentSource::Network { reference } = &attachment.source else { return Err(gone()) };
    let place: Place = serde_json::from_str(reference).map_err(|_| gone())?;
    let bytes = download(io, &place, LARGEST).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The guest's file is larger than 50 MB and was not fetched."),
        _ => error,
    })?;
    Ok(Fetched { bytes: bytes.into(), mime: attachment.mime.clone(), name: attachment.name.clone() })
}

/// Something that Apple keeps, decrypted.
pub(crate) async fn download(io: &Io<'_, Settings>, place: &Place, largest: u64) -> Result<Vec<u8>, SendError> {
    let unreadable = |why: &str| SendError::new(SendErrorKind::MediaUnavailable).coded(why.to_owned());
    let key = Key::parse(&place.key).ok_or_else(|| unreadable("key"))?;
    let signature = signature(place).ok_or_else(|| unreadable("signature"))?;
    let mut request = authorized(io, Request::get(format!("{GATEWAY}/preDownload")))?;
    // The names of today and those of earlier days.
    for (names, value) in [
        (["mmcs-url", "url"], &place.url),
        (["mmcs-signature", "signature"], &signature),
        (["mmcs-owner", "owner"], &place.owner),
    ] {
        for name in names {
            request = request.header(HeaderName::from_static(name), value);
        }
    }
    let answer = taken(io, io.http.send(request).await?)?;
    let at: DownloadPlace = answer.parse()?;
    let request = Request::get(at.download_url).timeout(TIMEOUT).max_response(largest);
    let mut bytes = Vec::from(taken(io, io.http.send(request).await?)?.body);
    key.apply(&mut bytes);
    Ok(bytes)
}

/// The signature in base64. Apple writes it in hexadecimal, and in base64 too: told by its shape.
fn signature(place: &Place) -> Option<String> {
    if let Some(signature) = place.signature_base64.as_ref().filter(|text| !text.is_empty()) {
        return Some(signature.clone());
    }
    let signature = place.signature.as_deref().filter(|text| !text.is_empty())?;
    Some(match hex::decode(signature) {
        Ok(bytes) => BASE64_STANDARD.encode(bytes),
        Err(_) => signature.to_owned(),
    })
}

fn taken(io: &Io<'_, Settings>, answer: Response) -> Result<Response, SendError> {
    match refusal::of(&answer, io.now()) {
        None => Ok(answer),
        Some(error) if matches!(answer.status.as_u16(), 400 | 404 | 410) => {
            Err(SendError { kind: SendErrorKind::MediaUnavailable, ..error }.saying("Apple no longer has it."))
        }
        Some(error) => Err(error),
    }
}

/// With the token, and the business it is for.
pub(crate) fn authorized(io: &Io<'_, Settings>, request: Request) -> Result<Request, SendError> {
    let token = token::issue(io.settings, io.now())?;
    Ok(request.header(SOURCE, &io.settings.business_id).bearer(&token))
}

/// Fetches an agent's file, encrypts it and gives it to Apple: the attachment as a message names it.
pub(crate) async fn upload(io: &Io<'_, Settings>, source: &Value) -> Result<Value, SendError> {
    let url = source["sourceUrl"].as_str().unwrap_or_default();
    let file = io.http.download(url, LARGEST).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The file is larger than 50 MB."),
        _ => error,
    })?;
    let declared = source["mimeType"].as_str().or(file.mime.as_deref());
    let name = source["name"].as_str().or(file.name.as_deref());
    let (mime, _, _) = media::sniff(&file.bytes, declared, name);
    let name = media::file_name(name, &mime);
    let mut bytes = Vec::from(file.bytes);
    let size = bytes.len().to_string();
    let key = Key::generate().ok_or(SendErrorKind::Internal)?;
    key.apply(&mut bytes);

    let request = authorized(io, Request::get(format!("{GATEWAY}/preUpload")))?
        .header(HeaderName::from_static("mmcs-size"), &size)
        .header(HeaderName::from_static("size"), &size);
    let answer = io.http.send(request).await?;
    if let Some(error) = refusal::of(&answer, io.now()) {
        return Err(error);
    }
    let place: UploadPlace = answer.parse()?;
    let request = Request::new(http::Method::POST, place.upload_url)
        .header(http::header::CONTENT_TYPE, "application/octet-stream")
        .timeout(TIMEOUT)
        .body(bytes);
    let answer = io.http.send(request).await?;
    if let Some(error) = refusal::of(&answer, io.now()) {
        return Err(error);
    }
    let uploaded: Uploaded = answer.parse()?;
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
    let file = match io.http.download(url, LARGEST).await {
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
    if file.bytes.len() <= PICTURE {
        return Some((BASE64_STANDARD.encode(&file.bytes), mime));
    }
    let smaller = media::preview(&file.bytes, &mime, PICTURE)?;
    Some((BASE64_STANDARD.encode(smaller), "image/jpeg".to_owned()))
}
