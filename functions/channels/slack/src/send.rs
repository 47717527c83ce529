//! On the wire. Slack knows no key that would make a message happen once. Each carries an id of ours instead, which nobody
//! sees; and before a message is tried again, Slack is asked whether it has it already. What remains is a file whose
//! answer was lost, and a workspace where the app may not read: those may be shown twice.

use contract::{Call, Io, SendError, SendErrorKind, Sent, http::Request};
use serde::Deserialize;
use serde_json::Value;

use crate::{errors, events::message_id, install, render, settings::Settings, upload};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    channel: String,
    ts: String,
}

/// Makes one call.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    // A place that none of Slack's is: no token is known for it.
    let Some(install) = call.request.headers.get(&render::INSTALL).and_then(|value| value.to_str().ok()) else {
        return Err(SendErrorKind::UnknownRecipient.into());
    };
    let first = once(io, install, &call.request).await;
    match (first, &call.fallback) {
        (Err(error), Some(plainer)) if errors::is_of_form(&error) => once(io, install, plainer).await,
        // The buttons of an answered question are gone: that is done with.
        (Ok(sent), _) if call.best_effort => Ok(Sent { context_spent: true, ..sent }),
        (outcome, _) => outcome,
    }
}

async fn once(io: &Io<'_, Settings>, install: &str, request: &Request) -> Result<Sent, SendError> {
    let mut request = request.clone();
    request.headers.remove(&render::INSTALL);
    if request.url == render::COMPLETE {
        return upload::run(io, install, &request).await;
    }
    if let Some(since) = request.headers.remove(&render::LOOK_SINCE)
        && let Some(found) = earlier(io, install, &request, since.to_str().unwrap_or_default()).await?
    {
        return Ok(Sent { message_ids: vec![found], already: true, ..Sent::default() });
    }
    let takes_back = request.url == render::DELETE;
    let response = install::authorized(io, install, request).await?;
    if let Some(error) = errors::of(&response, io.now()) {
        let gone = takes_back && error.code.as_deref() == Some("message_not_found");
        return if gone { Ok(Sent::default()) } else { Err(error) };
    }
    if takes_back {
        return Ok(Sent::default());
    }
    // An answer without ids is one all the same: sending again would say it twice.
    let posted: Posted = serde_json::from_slice(&response.body).unwrap_or_default();
    let ids = (!posted.ts.is_empty()).then(|| message_id(&posted.channel, &posted.ts));
    Ok(Sent { message_ids: ids.into_iter().collect(), ..Sent::default() })
}

/// A message of ours that an earlier attempt posted, though its answer was lost. Where we may not read, nobody knows.
async fn earlier(
    io: &Io<'_, Settings>,
    install: &str,
    request: &Request,
    since: &str,
) -> Result<Option<String>, SendError> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(id) = body["metadata"]["event_payload"]["id"].as_str() else { return Ok(None) };
    let look = async {
        let channel = conversation(io, install, body["channel"].as_str().unwrap_or_default()).await?;
        let mut arguments =
            vec![("channel", channel.as_str()), ("oldest", since), ("limit", "200"), ("include_all_metadata", "true")];
        let method = match body["thread_ts"].as_str() {
            Some(thread) => {
                arguments.push(("ts", thread));
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let history = install::read(io, install, method, &arguments).await?;
        let messages = history["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = messages.iter().find(|message| message["metadata"]["event_payload"]["id"] == id);
        Ok(found.and_then(|message| message["ts"].as_str()).map(|ts| message_id(&channel, ts)))
    };
    match look.await {
        Ok(found) => Ok(found),
        Err(error) if SendError::retryable(&error) => Err(error),
        Err(error) => {
            tracing::info!(code = error.code, "Slack cannot be asked what it has");
            Ok(None)
        }
    }
}

/// The id of a conversation: a user's direct messages are opened.
/// <https://docs.slack.dev/reference/methods/conversations.open>
pub(crate) async fn conversation(io: &Io<'_, Settings>, install: &str, seat: &str) -> Result<String, SendError> {
    if !seat.starts_with(['U', 'W']) {
        return Ok(seat.to_owned());
    }
    let opened = install::call(io, install, "conversations.open", &[("users", seat)]).await?;
    match opened["channel"]["id"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(SendError::new(SendErrorKind::Garbled).coded("conversations.open")),
    }
}
