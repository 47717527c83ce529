//! What Genesys Cloud's refusals mean. Its error body is `{message, code, status, contextId, details, errors}`; the context
//! id is what Genesys's support asks for.

use contract::{SendError, SendErrorKind, http::Response};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What was being done: it decides what a refusal means and who can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Posting a guest's message, answer or typing.
    Posting,
    /// Reporting what became of an agent's message.
    Reporting,
    /// Looking after the integration.
    Registering,
    /// Looking at a conversation.
    Watching,
}

impl Doing {
    /// The permission it takes.
    fn permission(self) -> &'static str {
        match self {
            Self::Posting | Self::Reporting => "conversation:message:receive",
            Self::Registering => "messaging:integration:all",
            Self::Watching => "conversation:message:view",
        }
    }
}

/// The body of an error.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Envelope {
    message: Option<String>,
    code: Option<String>,
    context_id: Option<String>,
    message_params: Option<Map<String, Value>>,
}

impl Envelope {
    fn of(response: &Response) -> Self {
        serde_json::from_slice(&response.body).unwrap_or_default()
    }

    /// For operators: `400 bad.request (contextId 6e1b…)`.
    fn code(&self, response: &Response) -> String {
        let mut text = response.status.as_u16().to_string();
        if let Some(code) = &self.code {
            text.push(' ');
            text.push_str(code);
        }
        if let Some(id) = self.context_id.as_deref().or(response.header_str("inin-correlation-id")) {
            text.push_str(&format!(" (contextId {id})"));
        }
        text
    }

    /// The permissions that are missing, as the message or its parameters name them.
    fn permission(&self) -> Option<String> {
        let parameters = self.message_params.iter().flatten();
        let named = parameters.filter(|(key, _)| key.to_lowercase().contains("permission"));
        if let Some(text) = named.filter_map(|(_, value)| value.as_str()).next() {
            return Some(text.trim_matches(['[', ']']).to_owned());
        }
        let (_, rest) = self.message.as_deref()?.split_once('[')?;
        let (inside, _) = rest.split_once(']')?;
        inside.contains(':').then(|| inside.to_owned())
    }
}

/// The error that an answer means; none for 2xx.
pub(crate) fn refusal(response: &Response, doing: Doing, now: jiff::Timestamp) -> Option<SendError> {
    let plain = response.error(now)?;
    let envelope = Envelope::of(response);
    let error = plain.clone().coded(envelope.code(response));
    if plain.retryable() {
        return Some(error.saying(retryable_sentence(plain.kind)));
    }
    let sentence = |kind: SendErrorKind, text: String| SendError { kind, ..error.clone() }.saying(text);
    Some(match (response.status.as_u16(), doing) {
        (401, _) => sentence(
            SendErrorKind::Unauthorized,
            "Genesys Cloud refused the access token of this tenant. Please check its OAuth client.".to_owned(),
        ),
        (403, _) => {
            let permission = envelope.permission().unwrap_or_else(|| doing.permission().to_owned());
            sentence(
                SendErrorKind::Forbidden,
                format!(
                    "The role of this tenant's OAuth client lacks a permission in Genesys Cloud: {permission}. Please \
                     add it to the role (and grant the role for the right division)."
                ),
            )
        }
        (404 | 410, Doing::Posting | Doing::Registering) => sentence(SendErrorKind::Forbidden, GONE.to_owned()),
        (404 | 410, Doing::Reporting) => {
            sentence(SendErrorKind::InvalidMessage, "Genesys Cloud no longer knows this message.".to_owned())
        }
        (404 | 410, Doing::Watching) => {
            sentence(SendErrorKind::UnknownRecipient, "This conversation no longer exists in Genesys Cloud.".to_owned())
        }
        // What the administrator entered is wrong: the API says best what.
        (400..=499, Doing::Registering) => sentence(
            SendErrorKind::InvalidMessage,
            match &envelope.message {
                Some(message) => format!("Genesys Cloud refused the integration: {}", ended(message)),
                None => "Genesys Cloud refused the integration.".to_owned(),
            },
        ),
        // The API's own words may repeat what the guest wrote, and are in the delivery log: not here.
        _ => sentence(plain.kind, refused_sentence(plain.kind).to_owned()),
    })
}

/// What an administrator reads when the integration was deleted in Genesys Cloud.
pub(crate) const GONE: &str = "The Open Messaging integration of this tenant does not exist in Genesys Cloud (any more). \
                               Please correct its id, or save the tenant again to have it created.";

/// Whether a refusal means that this very message is there already. `channel.messageId` is the idempotency key.
pub(crate) fn is_duplicate(response: &Response) -> bool {
    if !matches!(response.status.as_u16(), 400 | 409) {
        return false;
    }
    let Envelope { message, code, .. } = Envelope::of(response);
    let says = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| {
            let text = text.to_lowercase();
            text.contains("duplicate") || text.contains("already exists") || text.contains("already been processed")
        })
    };
    says(&message) || says(&code)
}

fn retryable_sentence(kind: SendErrorKind) -> &'static str {
    match kind {
        SendErrorKind::RateLimited => "Genesys Cloud accepts no more requests at the moment.",
        SendErrorKind::Timeout => "Genesys Cloud did not answer in time.",
        _ => "Genesys Cloud is not available.",
    }
}

fn refused_sentence(kind: SendErrorKind) -> &'static str {
    match kind {
        SendErrorKind::TooLarge => "The message is too long or too big for Genesys Cloud.",
        SendErrorKind::MediaNotAllowed => "Genesys Cloud does not accept this type of file.",
        SendErrorKind::QuotaExhausted => "The Genesys Cloud organization's quota is used up.",
        _ => "Genesys Cloud refused this message.",
    }
}

/// With a full stop at its end.
fn ended(message: &str) -> String {
    let message = message.trim();
    if message.ends_with(['.', '!', '?']) { message.to_owned() } else { format!("{message}.") }
}
