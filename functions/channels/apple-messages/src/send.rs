//! Handing a message to Apple: files and pictures first, then the message itself.
//!
//! A message has an id of its own that stays the same when it is sent again, and Apple tells messages apart by it.

use std::time::Duration;

use contract::{Call, Io, SendError, SendErrorKind, Sent, http::Request};
use serde_json::Value;

use crate::{api, errors, files, render, settings::Settings, token};

/// How long Apple may take over a message with pictures in it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Makes one call.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    let mut request = call.request.clone();
    match request.headers.remove(render::WORK) {
        None => {}
        Some(work) if work == render::CLOSED => return Err(errors::closed()),
        Some(_) => request = with_files(io, request).await?,
    }
    let id = request.headers.get(api::ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let token = token::issue(io.settings, io.now())?;
    let answer = io.http.send(request.bearer(&token)).await?;
    match errors::of(&answer, io.now()) {
        Some(error) => Err(error),
        None => Ok(Sent { message_ids: vec![id], ..Sent::default() }),
    }
}

/// The request with what it names by address put where Apple wants it.
async fn with_files(io: &Io<'_, Settings>, request: Request) -> Result<Request, SendError> {
    let mut message: Value = serde_json::from_slice(&request.body).map_err(|_| SendErrorKind::InvalidMessage)?;
    if let Some(attachments) = message.get_mut("attachments").and_then(Value::as_array_mut) {
        for attachment in attachments {
            *attachment = files::upload(io, attachment).await?;
        }
    }
    if let Some(image) = message.pointer_mut("/richLinkData/assets/image")
        && let Some(url) = address(image)
    {
        let picture = files::picture(io, &url).await;
        *image = picture
            .map_or_else(files::plain_picture, |(data, mime)| serde_json::json!({ "data": data, "mimeType": mime }));
    }
    let mut missing = Vec::new();
    if let Some(images) = message.pointer_mut("/interactiveData/data/images").and_then(Value::as_array_mut) {
        for image in images.iter_mut() {
            let Some(url) = address(image) else { continue };
            match files::picture(io, &url).await {
                Some((data, _)) => {
                    image["data"] = data.into();
                    if let Some(fields) = image.as_object_mut() {
                        fields.remove("url");
                    }
                }
                None => missing.push(image["identifier"].clone()),
            }
        }
        images.retain(|image| !missing.contains(&image["identifier"]));
    }
    if !missing.is_empty() {
        forget(&mut message, &missing);
    }
    Ok(request.json(&message).timeout(TIMEOUT))
}

/// The address of a picture that is not in the message yet.
fn address(image: &Value) -> Option<String> {
    image["url"].as_str().filter(|_| image["data"].is_null()).map(str::to_owned)
}

/// Takes out what points to pictures that could not be had.
fn forget(json: &mut Value, missing: &[Value]) {
    match json {
        Value::Object(fields) => {
            if fields.get("imageIdentifier").is_some_and(|identifier| missing.contains(identifier)) {
                fields.remove("imageIdentifier");
            }
            fields.values_mut().for_each(|value| forget(value, missing));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, missing)),
        _ => {}
    }
}
