//! Agents' files: a place for the bytes is asked for, the bytes are put there, and the file is shown in the conversation.
//! Only the last step can be seen. <https://docs.slack.dev/messaging/working-with-files#upload>

use std::time::Duration;

use contract::{Io, SendError, SendErrorKind, Sent, http::Request};
use serde_json::{Value, json};

use crate::{errors, install, limits, render, send, settings::Settings};

/// How long the bytes may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Fetches the file that `plan` names as its source, and uploads it.
pub(crate) async fn run(io: &Io<'_, Settings>, install: &str, plan: &Request) -> Result<Sent, SendError> {
    let mut body: Value =
        serde_json::from_slice(&plan.body).map_err(|_| SendError::new(SendErrorKind::InvalidMessage).coded("plan"))?;
    let text = |body: &Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();
    // Before anything else: without a token there is no need to fetch the file.
    install::find(io, install).await?;
    let file = io.http.download(&text(&body, "source"), limits::FILE).await?;
    let name = named(&text(&body, "filename"), file.mime.as_deref());
    if file.bytes.is_empty() {
        return Err(SendError::new(SendErrorKind::MediaUnavailable).coded("empty").saying("The file is empty."));
    }

    let length = file.bytes.len().to_string();
    let announced = [("filename", name.as_str()), ("length", length.as_str())];
    let place = install::call(io, install, "files.getUploadURLExternal", &announced).await?;
    let (Some(url), Some(id)) = (place["upload_url"].as_str(), place["file_id"].as_str()) else {
        return Err(SendError::new(SendErrorKind::Garbled).coded("files.getUploadURLExternal"));
    };
    let bytes = Request::new(http::Method::POST, url)
        .header(http::header::CONTENT_TYPE, "application/octet-stream")
        .body(file.bytes)
        .timeout(TIMEOUT);
    // The address is the credential.
    let response = io.http.send(bytes).await?;
    if let Some(error) = response.error(io.now()) {
        return Err(error);
    }

    body["channel_id"] = send::conversation(io, install, &text(&body, "channel_id")).await?.into();
    body["files"] = json!([{ "id": id, "title": name }]);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("source");
        fields.remove("filename");
    }
    let complete = Request::post_json(render::COMPLETE, &body)
        .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8");
    let response = install::authorized(io, install, complete).await?;
    match errors::of(&response, io.now()) {
        Some(error) => Err(error),
        None => Ok(Sent { message_ids: vec![id.to_owned()], ..Sent::default() }),
    }
}

/// Slack tells the kind of a file by its name's ending.
fn named(name: &str, mime: Option<&str>) -> String {
    let name = limits::clip(name, 200).replace(['/', '\\', '\n', '\r'], "-");
    let has_ending =
        name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && (1..=5).contains(&ending.len()));
    match mime {
        Some(mime) if !has_ending => media::file_name(Some(&name), mime),
        _ => name,
    }
}
