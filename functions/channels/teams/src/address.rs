//! Where a conversation is reached: which service, which conversation.
//!
//! Each event names the service that serves its conversation; it seldom changes, and the newest is used. Whoever never
//! wrote is reached through the service for all.

use contract::{Io, SendContext, SendError, SendErrorKind};
use serde_json::{Value, json};
use url::Url;

use crate::settings::{Settings, is_guid};

/// Serves every organisation of the public cloud:
/// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages>.
const GLOBAL: &str = "https://smba.trafficmanager.net/teams/";

/// Where to write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    service: String,
    /// The conversation; in a private chat that was never opened, the person.
    pub(crate) conversation: String,
}

impl Address {
    /// That of an event, else that of whoever has this id.
    pub(crate) fn of(context: Option<&Value>, guest: &str) -> Self {
        let text = |name: &str| context.and_then(|context| context[name].as_str()).filter(|text| !text.is_empty());
        Self {
            service: format!("{}/", text("serviceUrl").unwrap_or(GLOBAL).trim_end_matches('/')),
            conversation: text("conversation").unwrap_or(guest).to_owned(),
        }
    }

    pub(crate) fn to_send(context: &SendContext, guest: &str) -> Self {
        Self::of(context.reply.as_ref().map(|(reply, _)| reply), guest)
    }

    /// An address of the service's, `v3/` and on.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}v3/{path}", self.service)
    }

    /// Where messages are posted.
    pub(crate) fn activities(&self) -> String {
        self.at(&format!("conversations/{}/activities", encode(&self.conversation)))
    }

    /// One message.
    pub(crate) fn activity(&self, id: &str) -> String {
        format!("{}/{}", self.activities(), encode(id))
    }
}

/// What is kept with a conversation to answer in it.
pub(crate) fn context(service: &str, conversation: &str) -> Value {
    json!({ "serviceUrl": service, "conversation": conversation })
}

/// The service and the person of an address in a chat that is not open.
pub(crate) fn unopened(url: &str) -> Option<(&str, String)> {
    let (service, rest) = url.split_once("/v3/conversations/")?;
    let person = decode(rest.strip_suffix("/activities")?);
    (is_person(&person)).then_some((service, person))
}

/// A person and no conversation: an id of the Bot Framework's, or of Microsoft Entra's.
pub(crate) fn is_person(id: &str) -> bool {
    id.starts_with("29:") || is_guid(id)
}

/// A channel's own id, without the thread.
pub(crate) fn without_thread(conversation: &str) -> &str {
    conversation.split(";messageid=").next().unwrap_or(conversation)
}

/// Whether our token may be shown there.
pub(crate) fn is_service(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https"
            && url.port().is_none()
            && (host == "smba.trafficmanager.net" || host == "botframework.com" || host.ends_with(".botframework.com"))
    })
}

/// Refuses to show our token to a stranger.
pub(crate) fn vet(io: &Io<'_, Settings>, url: &str) -> Result<(), SendError> {
    if io.http.stands_in() || is_service(url) {
        return Ok(());
    }
    Err(SendError::new(SendErrorKind::Forbidden)
        .coded("serviceUrl")
        .saying("This conversation's service is not one of Microsoft's. Please tell the administrator."))
}

/// A path's segment: what is not unreserved is encoded.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

pub(crate) fn decode(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    url::form_urlencoded::parse(plus.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}
