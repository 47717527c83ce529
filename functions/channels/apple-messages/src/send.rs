//! Handing a message to Apple: files and pictures first, then the message itself.
//!
//! A message has an id of its own that stays the same when it is sent again, and Apple tells messages apart by it.

use std::time::Duration;

use contract::{Io, SendError, Sent, http::Request};
use serde_json::{Value, json};

use crate::{
    api::{self, DESTINATION, GATEWAY, ID},
    errors, files,
    settings::Settings,
    step::{Address, Endpoint, File, Message, Step},
};

/// How long Apple may take over a message with pictures or files in it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Takes one step.
pub(crate) async fn send(io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
    match step {
        Step::Message(message) => {
            let content = with_files(io, message).await?;
            let timeout = (!message.files.is_empty()).then_some(TIMEOUT);
            post(io, message.endpoint, &message.address, content, timeout).await
        }
        Step::Typing { address, on } => {
            let kind = if *on { "typing_start" } else { "typing_end" };
            post(io, Endpoint::Message, address, json!({ "type": kind }), None).await
        }
        Step::Closed => Err(errors::closed()),
    }
}

async fn post(
    io: &Io<'_, Settings>,
    endpoint: Endpoint,
    address: &Address,
    mut message: Value,
    timeout: Option<Duration>,
) -> Result<Sent, SendError> {
    let path = match endpoint {
        Endpoint::Message => "message",
        Endpoint::Authenticate => "authenticate",
    };
    message["v"] = 1.into();
    message["id"] = address.id.as_str().into();
    message["sourceId"] = io.settings.business_id.as_str().into();
    message["destinationId"] = address.guest.as_str().into();
    let request = Request::post_json(format!("{GATEWAY}/{path}"), &message)
        .header(ID, &address.id)
        .header(DESTINATION, &address.guest);
    let request = Request { timeout, ..request };
    api::exchange(io, api::authorized(io, request)?).await?;
    Ok(Sent { message_ids: vec![address.id.clone()], ..Sent::default() })
}

/// The content with its files in their places. A message goes without a picture that cannot be had.
async fn with_files(io: &Io<'_, Settings>, message: &Message) -> Result<Value, SendError> {
    let mut content = message.content.clone();
    let (mut attachments, mut missing) = (Vec::new(), Vec::new());
    for file in &message.files {
        match file {
            File::Attachment { url, name, mime } => {
                attachments.push(files::upload(io, url, name.as_deref(), mime.as_deref()).await?);
            }
            File::LinkPicture { url } => {
                let picture = files::picture(io, url).await;
                content["richLinkData"]["assets"]["image"] =
                    picture.map_or_else(files::plain_picture, |(data, mime)| json!({ "data": data, "mimeType": mime }));
            }
            File::Picture { index, url } => match files::picture(io, url).await {
                Some((data, _)) => content["interactiveData"]["data"]["images"][*index]["data"] = data.into(),
                None => missing.push(*index),
            },
        }
    }
    if !attachments.is_empty() {
        content["attachments"] = attachments.into();
    }
    if !missing.is_empty() {
        leave_out(&mut content, &missing);
    }
    Ok(content)
}

/// Takes out these images of a balloon, and what points to them.
fn leave_out(content: &mut Value, missing: &[usize]) {
    let Some(images) = content.pointer_mut("/interactiveData/data/images").and_then(Value::as_array_mut) else {
        return;
    };
    let identifiers: Vec<Value> =
        missing.iter().filter_map(|index| images.get(*index)).map(|image| image["identifier"].clone()).collect();
    images.retain(|image| !identifiers.contains(&image["identifier"]));
    forget(content, &identifiers);
}

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
