//! Files that are uploaded instead of fetched by Telegram: `multipart/form-data`.
//! <https://core.telegram.org/bots/api#sending-files>
//!
//! Rendering touches no network. It leaves, in the place of the file, an object that no method of the Bot API takes, and the
//! sender turns the call into a form with the file's bytes.

use bytes::{BufMut, BytesMut};
use contract::{Attachment, Io, SendError, SendErrorKind, http::Request, stable_uuid};
use http::header;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{limits, settings::Settings};

/// How long an upload may take.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marked {
    upload: Upload,
}

#[derive(Deserialize)]
struct Upload {
    url: String,
    name: Option<String>,
    mime: Option<String>,
}

/// Stands in a call's JSON for a file to upload.
pub(crate) fn of(url: &str, file: &Attachment) -> Value {
    json!({ "upload": { "url": url, "name": file.name, "mime": file.mime } })
}

/// The call with its file's bytes, if it has a file to upload.
pub(crate) async fn with_bytes(io: &Io<'_, Settings>, request: Request) -> Result<Request, SendError> {
    if !contains(&request.body, b"\"upload\"") {
        return Ok(request);
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(&request.body) else { return Ok(request) };
    let marked = fields.iter().find_map(|(name, value)| {
        let marked: Marked = serde_json::from_value(value.clone()).ok()?;
        Some((name.clone(), marked.upload))
    });
    let Some((field, upload)) = marked else { return Ok(request) };
    let file = io.http.download(&upload.url, limits::FILE_BY_UPLOAD).await?;
    if file.bytes.is_empty() {
        return Err(SendError::new(SendErrorKind::MediaUnavailable).coded("empty"));
    }
    let name = upload.name.or(file.name).unwrap_or_else(|| "file".to_owned());
    let mime = upload.mime.or(file.mime).unwrap_or_else(|| "application/octet-stream".to_owned());
    // A boundary that the body does not hold, and the same when the call is made again.
    let boundary = format!("um-{}", stable_uuid(&[&upload.url, &name]).simple());
    let mut form = BytesMut::with_capacity(file.bytes.len() + 2_048);
    for (name, value) in fields.iter().filter(|(name, _)| **name != field) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        form.put_slice(head.as_bytes());
        form.put_slice(value.as_bytes());
        form.put_slice(b"\r\n");
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        quoted(&name),
        quoted(&mime)
    );
    form.put_slice(head.as_bytes());
    form.put_slice(&file.bytes);
    form.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let request = Request { body: form.freeze(), ..request };
    Ok(request.header(header::CONTENT_TYPE, &format!("multipart/form-data; boundary={boundary}")).timeout(TIMEOUT))
}

/// Inside quotation marks of a form's header, as browsers write it:
/// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data>.
fn quoted(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\r' | '\n'))
        .map(|c| match c {
            '"' => "%22".to_owned(),
            '\r' => "%0D".to_owned(),
            '\n' => "%0A".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}
