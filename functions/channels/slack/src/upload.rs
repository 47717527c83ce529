//! Agents' files: an upload URL is asked for, the bytes are put there, and the file is shown in the conversation.
//! Only the last step can be seen. <https://docs.slack.dev/messaging/working-with-files#upload>

use std::time::Duration;

use contract::{Io, SendError, SendErrorKind, Sent, http::Request};

use crate::{errors, install, limits, send, settings::Settings, step::Upload};

/// How long the bytes may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Fetches a file from its source, and uploads it. The message's id is the file's.
pub(crate) async fn upload(io: &Io<'_, Settings>, file: &Upload) -> Result<Sent, SendError> {
    let destination = &file.destination;
    let installation = destination.installation.as_str();
    // Before anything else: without a token there is no need to fetch the file.
    install::find(io, installation).await?;
    let fetched = io.http.download(&file.source, limits::FILE).await?;
    let name = file_name(&file.name, fetched.mime.as_deref());
    if fetched.bytes.is_empty() {
        return Err(SendError::new(SendErrorKind::MediaUnavailable).coded("empty").saying("The file is empty."));
    }

    let length = fetched.bytes.len().to_string();
    let announced = [("filename", name.as_str()), ("length", length.as_str())];
    let slot = install::call(io, installation, "files.getUploadURLExternal", &announced).await?;
    let (Some(url), Some(id)) = (slot["upload_url"].as_str(), slot["file_id"].as_str()) else {
        return Err(SendError::new(SendErrorKind::Garbled).coded("files.getUploadURLExternal"));
    };
    let bytes = Request::new(http::Method::POST, url)
        .header(http::header::CONTENT_TYPE, "application/octet-stream")
        .body(fetched.bytes)
        .timeout(TIMEOUT);
    // The address is the credential.
    let response = io.http.send(bytes).await?;
    if let Some(error) = response.error(io.now()) {
        return Err(error);
    }

    let channel = send::open(io, installation, &destination.channel).await?;
    let complete = send::json_request("files.completeUploadExternal", &file.body(&channel, id, &name));
    let response = install::authorized(io, installation, complete).await?;
    match errors::of(&response, io.now()) {
        Some(error) => Err(error),
        None => Ok(Sent { message_ids: vec![id.to_owned()], ..Sent::default() }),
    }
}

/// Slack tells the type of a file by its name's ending.
fn file_name(name: &str, mime: Option<&str>) -> String {
    let name = limits::clip(name, 200).replace(['/', '\\', '\n', '\r'], "-");
    let has_ending =
        name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && (1..=5).contains(&ending.len()));
    match mime {
        Some(mime) if !has_ending => media::file_name(Some(&name), mime),
        _ => name,
    }
}
