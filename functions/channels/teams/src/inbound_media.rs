//! Files that guests send: <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4>.
//!
//! A file of a private chat lies in the guest's OneDrive and comes with a link that needs no token and dies soon. A
//! picture in the text lies with the connector service, which gives it to us only.

use std::time::Duration;

use contract::{
    Attachment, AttachmentSource, Content, Fetched, Io, MediaKind, SendError, SendErrorKind,
    http::{Request, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    errors,
    limits::FILE_BYTES,
    settings::Settings,
    token,
    wire::{FILE_DOWNLOAD, text},
};

const TIMEOUT: Duration = Duration::from_secs(60);

/// What a guest attached, if it is a file or stands for one.
pub(crate) fn content_of(attachment: &Value) -> Option<Content> {
    let kind = text(attachment, "contentType")?;
    let name = text(attachment, "name").map(str::to_owned);
    let url = text(attachment, "contentUrl");
    if kind == FILE_DOWNLOAD {
        let url = text(&attachment["content"], "downloadUrl")?;
        let by_name = mime_guess::from_path(name.as_deref().unwrap_or_default()).first_raw();
        let by_type = text(&attachment["content"], "fileType").and_then(|end| mime_guess::from_ext(end).first_raw());
        let mime = by_name.or(by_type);
        let media = MediaKind::of_mime(mime.unwrap_or_default());
        let mime = mime.map(str::to_owned);
        let file = Attachment::on_network(media, reference(url, false));
        return Some(Content::Attachment(Attachment { name, mime, ..file }));
    }
    match (kind, url) {
        // In groups and channels a file stays in SharePoint, and only those who may read it there can.
        ("reference", Some(url)) => Some(Content::text(format!("📎 {}\n{url}", name.as_deref().unwrap_or("file")))),
        // The text once more, with its formatting; a message that is quoted.
        ("text/html" | "messageReference" | "forwardedMessageReference", _) => None,
        (_, None) => None,
        (kind, Some(_)) if kind.starts_with("application/vnd.microsoft.") => None,
        (kind, Some(url)) => {
            let mime = Some(kind.to_owned()).filter(|mime| !mime.ends_with("/*"));
            let file = Attachment::on_network(MediaKind::of_mime(kind), reference(url, true));
            Some(Content::Attachment(Attachment { name, mime, ..file }))
        }
    }
}

/// What an attachment's reference holds.
#[derive(Serialize, Deserialize)]
struct Reference {
    url: String,
    /// Whether it asks for our token.
    ours: bool,
}

/// How [`fetch`] finds a file again.
pub(crate) fn reference(url: &str, ours: bool) -> String {
    serde_json::to_string(&Reference { url: url.to_owned(), ours }).unwrap_or_default()
}

/// Fetches a guest's file, of 50 MB at most.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let AttachmentSource::Network { reference } = &attachment.source else {
        return Err(SendErrorKind::MediaUnavailable.into());
    };
    let reference: Reference =
        serde_json::from_str(reference).map_err(|_| SendError::new(SendErrorKind::MediaUnavailable))?;
    let fetched = if reference.ours {
        from_service(io, &reference.url).await
    } else if io.http.stands_in() {
        let request = Request::get(&reference.url).timeout(TIMEOUT).max_response(FILE_BYTES);
        file(io, io.http.send(request).await?)
    } else {
        io.http.download(&reference.url, FILE_BYTES).await
    };
    let fetched = fetched.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The guest's file is larger than 50 MB and was not fetched."),
        SendErrorKind::MediaUnavailable | SendErrorKind::UnknownRecipient => {
            SendError { kind: SendErrorKind::MediaUnavailable, ..error }.saying("Teams no longer has the guest's file.")
        }
        _ => error,
    })?;
    Ok(Fetched { name: attachment.name.clone().or(fetched.name), ..fetched })
}

async fn from_service(io: &Io<'_, Settings>, url: &str) -> Result<Fetched, SendError> {
    let request = Request::get(url).timeout(TIMEOUT).max_response(FILE_BYTES);
    let response = token::authorized(io, &request).await?;
    file(io, response)
}

fn file(io: &Io<'_, Settings>, response: Response) -> Result<Fetched, SendError> {
    errors::check(&response, io.now())?;
    let mime = response.header_str("content-type").and_then(|mime| mime.split(';').next());
    let mime = mime.map(|mime| mime.trim().to_owned()).filter(|mime| !mime.is_empty());
    Ok(Fetched { bytes: response.body, mime, name: None })
}
