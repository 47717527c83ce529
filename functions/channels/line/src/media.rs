//! Pictures, films and sounds: LINE's servers and the guest's telephone fetch them from their addresses.

use contract::{Attachment, MediaKind, Unsupported};
use serde_json::{Value, json};

use crate::limits;

/// Shown for a sound that nobody measured, in milliseconds: LINE requires a duration, but only shows it.
const UNKNOWN_DURATION_MS: u64 = 60_000;

/// A file of a type and size that LINE takes, as a message object.
pub(crate) fn object(file: &Attachment) -> Result<Value, Unsupported> {
    let addressable = |url: &&str| limits::is_web_address(url, limits::MEDIA_URL);
    let url = file.url().ok_or("it has no address that LINE could fetch it from")?;
    let url = Some(url).filter(addressable).ok_or("LINE cannot fetch it from its address")?;
    let preview = file.preview_url.as_deref().filter(addressable);
    match file.kind {
        MediaKind::Image => {
            // A small picture is its own preview; one of unknown size may be.
            let small = file.size.is_none_or(|size| size <= limits::PREVIEW_BYTES).then_some(url);
            let preview = preview.or(small).ok_or("LINE needs a preview of at most 1 MB beside it")?;
            Ok(json!({ "type": "image", "originalContentUrl": url, "previewImageUrl": preview }))
        }
        MediaKind::Video => {
            let preview = preview.ok_or("LINE needs a preview picture beside it")?;
            Ok(json!({ "type": "video", "originalContentUrl": url, "previewImageUrl": preview }))
        }
        MediaKind::Audio => {
            let duration = file.duration_ms.filter(|ms| *ms > 0).unwrap_or(UNKNOWN_DURATION_MS);
            Ok(json!({ "type": "audio", "originalContentUrl": url, "duration": duration }))
        }
        MediaKind::File => Err("LINE has no message for files".into()),
    }
}
