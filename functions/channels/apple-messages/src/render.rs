//! From an agent's message to calls.

use contract::{Call, Content, Outbound, Rendering, SendContext, http::Request, stable_uuid};
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::{
    api::{DESTINATION, GATEWAY, ID},
    compose::{Composer, Part},
    device::Device,
    settings::Settings,
};

/// Tells `send` what is left to be done; never leaves the house.
pub(crate) const WORK: HeaderName = HeaderName::from_static("um-work");
/// Pictures and files are named by their address, and must be put where Apple wants them.
pub(crate) const FILES: &str = "files";
/// The guest has left: nothing may be sent.
pub(crate) const CLOSED: &str = "closed";

/// The calls of a message, in order, and what the guest's device cannot show.
pub(crate) fn render(message: &Outbound, settings: &Settings, context: &SendContext) -> Rendering<Call> {
    let device = Device::of(context.reply.as_ref().map(|(reply, _)| reply));
    let mut composer = Composer::new(context.agent_name.as_deref(), device);
    let mut typing = Vec::new();
    for content in &message.contents {
        match content {
            Content::Typing { on, .. } => typing.push(if *on { "typing_start" } else { "typing_end" }),
            content => composer.add(content),
        }
    }
    let (parts, degradations, numbered) = composer.finish();
    let envelope = |place: &str| {
        let id = stable_uuid(&["apple-messages", message.message_id.as_str(), message.to.as_str(), place]);
        (id.to_string(), &settings.business_id, &message.to)
    };
    let mut calls: Vec<Call> = parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| {
            let (id, business, guest) = envelope(&index.to_string());
            let mut request = request(part, &id, business, guest.as_str());
            if device.closed {
                request.headers.insert(WORK, HeaderValue::from_static(CLOSED));
            }
            Call::new(request)
        })
        .collect();
    if !device.closed {
        calls.extend(typing.into_iter().enumerate().map(|(index, kind)| {
            let (id, business, guest) = envelope(&format!("typing/{index}"));
            let part = Part::new(json!({ "type": kind }));
            Call::best_effort(request(part, &id, business, guest.as_str()))
        }));
    }
    Rendering { steps: calls, degradations, numbered, ..Rendering::default() }
}

fn request(part: Part, id: &str, business: &str, guest: &str) -> Request {
    let Part { mut message, files, endpoint } = part;
    message["v"] = 1.into();
    message["id"] = id.into();
    message["sourceId"] = business.into();
    message["destinationId"] = guest.into();
    if let Some(data) = message.pointer_mut("/interactiveData/data")
        && data["requestIdentifier"].as_str().is_none_or(str::is_empty)
    {
        data["requestIdentifier"] = stable_uuid(&["apple-messages", "request", id]).to_string().into();
        fill_in_state(data);
    }
    let request = Request::post_json(format!("{GATEWAY}/{endpoint}"), &message)
        .header(ID, id)
        .header(HeaderName::from_static("source-id"), business)
        .header(DESTINATION, guest);
    if files { request.header(WORK, FILES) } else { request }
}

/// OAuth2 wants a state that cannot be guessed from the outside; the answer brings it back.
fn fill_in_state(data: &mut Value) {
    let identifier = data["requestIdentifier"].clone();
    if let Some(oauth2) = data.pointer_mut("/authenticate/oauth2").and_then(Value::as_object_mut) {
        oauth2.entry("state").or_insert(identifier);
        oauth2.entry("responseType").or_insert_with(|| "code".into());
    }
}
