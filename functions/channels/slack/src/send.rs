//! On the wire. Slack knows no key that would make a message happen once. Each carries an id of ours instead, which nobody
//! sees; and before a message is tried again, Slack is asked whether it has it already. What remains is a file whose
//! answer was lost, and a workspace where the app may not read: those may be shown twice.

use contract::{
    Io, SendError, SendErrorKind, Sent,
    http::{Request, Response},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    conversation_key, errors,
    events::message_id,
    install,
    settings::Settings,
    step::{Message, MessageKey, Step},
    upload,
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    channel: String,
    ts: String,
}

/// Takes one step.
pub(crate) async fn send(io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
    match step {
        Step::Post(message) => {
            let outcome = post(io, message).await;
            or_post(io, outcome, message.plainer().as_ref()).await
        }
        Step::Update { message, fields, otherwise } => {
            let outcome = update(io, message, fields).await;
            or_post(io, outcome, otherwise.as_ref()).await
        }
        Step::Delete(message) => delete(io, message).await,
        Step::Upload(file) => {
            let outcome = upload::upload(io, file).await;
            or_post(io, outcome, Some(&file.otherwise)).await
        }
        Step::RemoveButtons { message, fields } => {
            let sent = update(io, message, fields).await?;
            // The context told of the answered question: that is done with.
            Ok(Sent { context_spent: true, ..sent })
        }
        Step::NoRecipient => Err(SendErrorKind::UnknownRecipient.into()),
    }
}

/// Posts another form where Slack refuses the first one for its form.
async fn or_post(
    io: &Io<'_, Settings>,
    outcome: Result<Sent, SendError>,
    otherwise: Option<&Message>,
) -> Result<Sent, SendError> {
    match (outcome, otherwise) {
        (Err(error), Some(message)) if errors::is_of_form(&error) => post(io, message).await,
        (outcome, _) => outcome,
    }
}

/// <https://docs.slack.dev/reference/methods/chat.postMessage>
async fn post(io: &Io<'_, Settings>, message: &Message) -> Result<Sent, SendError> {
    if let Some(since) = message.sought_since
        && let Some(found) = earlier(io, message, since).await?
    {
        return Ok(Sent { message_ids: vec![found], already: true, ..Sent::default() });
    }
    let request = json_request("chat.postMessage", &message.body());
    sent(io, &install::authorized(io, &message.destination.installation, request).await?)
}

/// <https://docs.slack.dev/reference/methods/chat.update>
async fn update(io: &Io<'_, Settings>, message: &MessageKey, fields: &Value) -> Result<Sent, SendError> {
    let request = json_request("chat.update", &message.body(fields));
    sent(io, &install::authorized(io, &message.installation, request).await?)
}

/// <https://docs.slack.dev/reference/methods/chat.delete>
async fn delete(io: &Io<'_, Settings>, message: &MessageKey) -> Result<Sent, SendError> {
    let request = json_request("chat.delete", &message.body(&Value::Null));
    let response = install::authorized(io, &message.installation, request).await?;
    match errors::of(&response, io.now()) {
        Some(error) if error.code.as_deref() != Some("message_not_found") => Err(error),
        _ => Ok(Sent::default()),
    }
}

/// A call of the Web API with its arguments as JSON, without the token.
pub(crate) fn json_request(method: &str, body: &Value) -> Request {
    Request::post_json(format!("https://slack.com/api/{method}"), body)
        .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
}

fn sent(io: &Io<'_, Settings>, response: &Response) -> Result<Sent, SendError> {
    if let Some(error) = errors::of(response, io.now()) {
        return Err(error);
    }
    // An answer without ids is one all the same: sending again would post it twice.
    let posted: Posted = serde_json::from_slice(&response.body).unwrap_or_default();
    let ids = (!posted.ts.is_empty()).then(|| message_id(&posted.channel, &posted.ts));
    Ok(Sent { message_ids: ids.into_iter().collect(), ..Sent::default() })
}

/// A message of ours that an earlier attempt posted, though its answer was lost. Where the app may not read, nobody knows.
async fn earlier(io: &Io<'_, Settings>, message: &Message, since: i64) -> Result<Option<String>, SendError> {
    let (destination, since) = (&message.destination, since.to_string());
    let search = async {
        let channel = open(io, &destination.installation, &destination.channel).await?;
        let mut arguments = vec![
            ("channel", channel.as_str()),
            ("oldest", since.as_str()),
            ("limit", "200"),
            ("include_all_metadata", "true"),
        ];
        let method = match &destination.thread {
            Some(thread) => {
                arguments.push(("ts", thread.as_str()));
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let history = install::read(io, &destination.installation, method, &arguments).await?;
        let messages = history["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = messages.iter().find(|found| found["metadata"]["event_payload"]["id"] == message.id);
        Ok(found.and_then(|found| found["ts"].as_str()).map(|ts| message_id(&channel, ts)))
    };
    match search.await {
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
pub(crate) async fn open(io: &Io<'_, Settings>, installation: &str, channel: &str) -> Result<String, SendError> {
    if !conversation_key::is_user(channel) {
        return Ok(channel.to_owned());
    }
    let opened = install::call(io, installation, "conversations.open", &[("users", channel)]).await?;
    match opened["channel"]["id"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(SendError::new(SendErrorKind::Garbled).coded("conversations.open")),
    }
}
