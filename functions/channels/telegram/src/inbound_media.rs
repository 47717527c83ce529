//! Files that guests send: Telegram keeps them and gives them only to the bot that they were sent to.
//! <https://core.telegram.org/bots/api#getfile>

use std::time::Duration;

use contract::{Attachment, AttachmentSource, Fetched, Io, SendError, SendErrorKind, http::Request};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{api, errors, limits, settings::Settings};

const TIMEOUT: Duration = Duration::from_secs(60);

/// What an attachment's reference holds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    file_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

#[derive(Deserialize)]
struct Found {
    file_path: Option<String>,
    file_size: Option<u64>,
}

/// How [`fetch`] finds a file again.
pub(crate) fn reference(file_id: &str, size: Option<u64>) -> String {
    serde_json::to_string(&Reference { file_id: file_id.to_owned(), size }).unwrap_or_default()
}

/// Fetches a file: asks where it is (good for an hour), then gets it. Bots get 20 MB at most.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let AttachmentSource::Network { reference } = &attachment.source else {
        return Err(SendErrorKind::MediaUnavailable.into());
    };
    let reference: Reference =
        serde_json::from_str(reference).map_err(|_| SendError::new(SendErrorKind::MediaUnavailable))?;
    let is_too_big = |size: Option<u64>| size.is_some_and(|size| size > limits::DOWNLOAD);
    if is_too_big(reference.size) {
        return Err(too_big());
    }
    let found: Found = match api::call(io, "getFile", &json!({ "file_id": reference.file_id })).await {
        Err(error) if error.kind == SendErrorKind::TooLarge => return Err(too_big()),
        Err(error) if matches!(error.kind, SendErrorKind::InvalidMessage | SendErrorKind::UnknownRecipient) => {
            return Err(gone(error));
        }
        found => found?,
    };
    let path = found.file_path.filter(|path| is_path(path)).ok_or_else(|| gone(SendErrorKind::Garbled.into()))?;
    if is_too_big(found.file_size) {
        return Err(too_big());
    }
    let request = Request::get(api::file_url(io, &path)?).timeout(TIMEOUT).max_response(limits::DOWNLOAD);
    let response = io.http.send(request).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => too_big(),
        _ => error,
    })?;
    // A guest's file may look like a refusal.
    if !response.status.is_success()
        && let Some(error) = errors::of(&response, io.now())
    {
        return Err(if response.status == http::StatusCode::NOT_FOUND { gone(error) } else { error });
    }
    // What is served is called application/octet-stream; the message knew better.
    let mime = response.header_str("content-type").filter(|mime| !mime.starts_with("application/octet-stream"));
    let mime = attachment.mime.clone().or_else(|| mime.map(str::to_owned));
    let name = attachment.name.clone().or_else(|| path.rsplit('/').next().map(str::to_owned));
    Ok(Fetched { bytes: response.body, mime, name })
}

/// Where Telegram says a file is: letters, digits and a few signs, and no way out of its folder.
fn is_path(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
}

fn too_big() -> SendError {
    SendError::new(SendErrorKind::TooLarge)
        .coded("20MB")
        .saying("The guest's file is larger than the 20 MB that Telegram gives to bots.")
}

fn gone(error: SendError) -> SendError {
    SendError { kind: SendErrorKind::MediaUnavailable, ..error }.saying("Telegram no longer has the guest's file.")
}
