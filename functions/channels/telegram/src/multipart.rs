//! Files that are uploaded: `multipart/form-data`. <https://core.telegram.org/bots/api#sending-files>

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use contract::{Io, SendError, SendErrorKind, http::Request, stable_uuid};
use http::{Method, header};
use serde_json::{Map, Value};

use crate::{limits, settings::Settings, step::Upload};

/// How long an upload may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A file on its way from its address to Telegram.
pub(crate) struct Downloaded {
    parameter: &'static str,
    name: String,
    mime: String,
    bytes: Bytes,
    /// A boundary that the file does not hold, and the same when the call is made again.
    boundary: String,
}

/// Gets the file.
pub(crate) async fn download(io: &Io<'_, Settings>, upload: &Upload) -> Result<Downloaded, SendError> {
    let file = io.http.download(&upload.url, limits::FILE_BY_UPLOAD).await?;
    if file.bytes.is_empty() {
        return Err(SendError::new(SendErrorKind::MediaUnavailable).coded("empty"));
    }
    let name = upload.name.clone().or(file.name).unwrap_or_else(|| "file".to_owned());
    let mime = upload.mime.clone().or(file.mime).unwrap_or_else(|| "application/octet-stream".to_owned());
    let boundary = format!("um-{}", stable_uuid(&[&upload.url, &name]).simple());
    Ok(Downloaded { parameter: upload.parameter, name, mime, bytes: file.bytes, boundary })
}

/// A call with the file and these parameters.
pub(crate) fn request(url: &str, parameters: &Map<String, Value>, file: &Downloaded) -> Request {
    let boundary = &file.boundary;
    let mut form = BytesMut::with_capacity(file.bytes.len() + 2_048);
    for (name, value) in parameters {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        form.put_slice(head.as_bytes());
        form.put_slice(value.as_bytes());
        form.put_slice(b"\r\n");
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        file.parameter,
        quoted(&file.name),
        quoted(&file.mime)
    );
    form.put_slice(head.as_bytes());
    form.put_slice(&file.bytes);
    form.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Request::new(Method::POST, url)
        .header(header::CONTENT_TYPE, &format!("multipart/form-data; boundary={boundary}"))
        .body(form.freeze())
        .timeout(TIMEOUT)
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
