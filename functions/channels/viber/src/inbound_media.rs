//! Files that guests send: at links that are good for an hour.

use contract::{Attachment, AttachmentSource, Fetched, Io, SendError, SendErrorKind};

use crate::settings::Settings;

/// The largest file that is fetched, in bytes: it must fit into a function's memory, more than once.
const LARGEST: u64 = 50 * 1024 * 1024;

/// Fetches a file. The link comes from a signed callback, but it is a stranger's all the same: public addresses only.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let AttachmentSource::Network { reference: url } = &attachment.source else {
        return Err(SendErrorKind::MediaUnavailable.into());
    };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(SendErrorKind::MediaUnavailable.into());
    }
    let fetched = io.http.download(url, LARGEST).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The guest's file is larger than 50 MB and was not fetched."),
        SendErrorKind::MediaUnavailable => {
            error.saying("Viber no longer has the guest's file: it keeps files for an hour.")
        }
        _ => error,
    })?;
    Ok(Fetched { name: attachment.name.clone().or(fetched.name), ..fetched })
}
