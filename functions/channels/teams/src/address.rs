//! Where a message goes: which service, which conversation.
//!
//! Each event names the service that serves its conversation; it seldom changes, and the newest is used. Whoever never
//! wrote is reached through the service for all.

use contract::Draft;
use serde_json::{Value, json};

use crate::settings::{Settings, is_guid};

/// Serves every organisation of the public cloud:
/// <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages>.
const GLOBAL: &str = "https://smba.trafficmanager.net/teams/";

/// The connector service of a region.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Service(String);

impl Service {
    /// An address of its REST API, without `v3/`.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}v3/{path}", self.0)
    }

    /// Where private chats are opened.
    pub(crate) fn conversations(&self) -> String {
        self.at("conversations")
    }
}

/// A conversation that exists: a private chat, a group, a thread of a team's channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conversation {
    pub(crate) service: Service,
    pub(crate) id: String,
}

impl Conversation {
    /// Where messages are posted.
    pub(crate) fn activities(&self) -> String {
        self.service.at(&format!("conversations/{}/activities", encode(&self.id)))
    }

    /// A message of it.
    pub(crate) fn activity(&self, message_id: &str) -> String {
        format!("{}/{}", self.activities(), encode(message_id))
    }

    /// Somebody's entry in its roster. A channel has one, its threads have none.
    pub(crate) fn member(&self, person: &str) -> String {
        let id = without_thread(&self.id);
        self.service.at(&format!("conversations/{}/members/{}", encode(id), encode(person)))
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Destination {
    /// A conversation that exists.
    Conversation(Conversation),
    /// A person who never wrote: a private chat with them must be opened first.
    Person {
        service: Service,
        /// The Bot Framework's id of theirs, or Microsoft Entra's.
        id: String,
    },
}

impl Destination {
    /// That of a kept [`reply_context`]; without one, of the guest's id.
    pub(crate) fn of(reply_context: Option<&Value>, guest: &str) -> Self {
        let text = |name: &str| reply_context.and_then(|kept| kept[name].as_str()).filter(|text| !text.is_empty());
        let service = Service(format!("{}/", text("serviceUrl").unwrap_or(GLOBAL).trim_end_matches('/')));
        let id = text("conversation").unwrap_or(guest).to_owned();
        if is_person(&id) { Self::Person { service, id } } else { Self::Conversation(Conversation { service, id }) }
    }

    /// That of a message.
    pub(crate) fn of_draft(draft: &Draft<'_, Settings>) -> Self {
        Self::of(draft.reply(), draft.to.as_str())
    }

    pub(crate) fn service(&self) -> &Service {
        match self {
            Self::Conversation(Conversation { service, .. }) | Self::Person { service, .. } => service,
        }
    }
}

/// What is kept with a conversation to answer in it.
pub(crate) fn reply_context(service_url: &str, conversation: &str) -> Value {
    json!({ "serviceUrl": service_url, "conversation": conversation })
}

/// A person and no conversation: an id of the Bot Framework's, or of Microsoft Entra's.
pub(crate) fn is_person(id: &str) -> bool {
    id.starts_with("29:") || is_guid(id)
}

/// A channel's own id, without the thread.
pub(crate) fn without_thread(conversation: &str) -> &str {
    conversation.split(";messageid=").next().unwrap_or(conversation)
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

/// A path's segment as it was before [`encode`].
#[cfg(feature = "simulator")]
pub(crate) fn decode(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    url::form_urlencoded::parse(plus.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}
