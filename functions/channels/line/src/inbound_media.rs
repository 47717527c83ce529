//! Files that guests send: LINE keeps them for a while and gives them only to us.
//! <https://developers.line.biz/en/reference/messaging-api/#get-content>

use std::time::Duration;

use contract::{
    Attachment, AttachmentSource, Fetched, Io, MediaKind, SendError, SendErrorKind,
    http::{Request, Response},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{errors, settings::Settings, token};

/// The largest file that is fetched, in bytes: it must fit into a function's memory, more than once.
const LARGEST: u64 = 50 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(60);

/// What an attachment's reference holds.
#[derive(Serialize, Deserialize)]
struct Reference {
    id: String,
    kind: MediaKind,
}

#[derive(Deserialize)]
struct Transcoding {
    status: String,
}

/// How [`fetch`] finds a message's file again.
pub(crate) fn reference(message_id: &str, kind: MediaKind) -> String {
    serde_json::to_string(&Reference { id: message_id.to_owned(), kind }).unwrap_or_default()
}

/// Fetches a file. Films and sounds are transcoded first; until then, [`SendErrorKind::Unavailable`] asks for patience.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let AttachmentSource::Network { reference } = &attachment.source else {
        return Err(SendErrorKind::MediaUnavailable.into());
    };
    let reference: Reference =
        serde_json::from_str(reference).map_err(|_| SendError::new(SendErrorKind::MediaUnavailable))?;
    if reference.id.is_empty() || !reference.id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(SendErrorKind::MediaUnavailable.into());
    }
    let url = format!("https://api-data.line.me/v2/bot/message/{}/content", reference.id);
    if let MediaKind::Video | MediaKind::Audio = reference.kind {
        transcoded(io, &url).await?;
    }
    let request = Request::get(url).timeout(TIMEOUT).max_response(LARGEST);
    let response = token::authorized(io, &request).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The guest's file is larger than 50 MB and was not fetched."),
        _ => error,
    })?;
    if response.status == StatusCode::ACCEPTED {
        return Err(not_yet(1));
    }
    if let Some(error) = failure(io, &response) {
        return Err(error);
    }
    let mime = response.header_str("content-type").map(|mime| mime.trim().to_owned()).filter(|mime| !mime.is_empty());
    Ok(Fetched { bytes: response.body, mime, name: attachment.name.clone() })
}

async fn transcoded(io: &Io<'_, Settings>, url: &str) -> Result<(), SendError> {
    let response = token::authorized(io, &Request::get(format!("{url}/transcoding"))).await?;
    if let Some(error) = failure(io, &response) {
        return Err(error);
    }
    match response.parse::<Transcoding>()?.status.as_str() {
        "processing" => Err(not_yet(2)),
        "failed" => Err(SendError::new(SendErrorKind::MediaUnavailable)
            .coded("transcoding")
            .saying("LINE could not prepare the guest's file.")),
        _ => Ok(()),
    }
}

fn not_yet(seconds: u64) -> SendError {
    SendError::new(SendErrorKind::Unavailable)
        .coded("202")
        .after(Some(Duration::from_secs(seconds)))
        .saying("LINE is still preparing the guest's file.")
}

fn failure(io: &Io<'_, Settings>, response: &Response) -> Option<SendError> {
    let error = errors::error_of(response, io.now())?;
    Some(match response.status.as_u16() {
        400 | 404 | 410 => {
            SendError { kind: SendErrorKind::MediaUnavailable, ..error }.saying("LINE no longer has the guest's file.")
        }
        _ => error,
    })
}
