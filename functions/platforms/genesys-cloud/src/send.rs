//! Makes one rendered call and says what the answer means.

use contract::{Call, Io, SendError, SendErrorKind, Sent};
use serde::Deserialize;

use crate::{
    Settings, api,
    errors::{self, Doing},
};

/// What is answered to a message, a structured response and a receipt. Events are answered with nothing.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Accepted {
    id: Option<String>,
    conversation_id: Option<String>,
}

/// Makes the call; and its other form, when the first is refused as it stands.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    if io.settings.integration().is_none() {
        return Err(SendError::new(SendErrorKind::Unavailable).coded("integrationId").saying(
            "The Open Messaging integration of this tenant has not been created yet. Please save the tenant again.",
        ));
    }
    let (mut what, mut response) = (What::of(&call.request.url), api::request(io, call.request.clone()).await?);
    if let Some(fallback) = &call.fallback
        && matches!(response.status.as_u16(), 400 | 404 | 409 | 422)
        && !errors::is_duplicate(&response)
    {
        (what, response) = (What::of(&fallback.url), api::request(io, fallback.clone()).await?);
    }
    if matches!(what, What::Message | What::Answer) && errors::is_duplicate(&response) {
        return Ok(Sent { already: true, ..Sent::default() });
    }
    if let Some(error) = errors::refusal(&response, what.doing(), io.now()) {
        return Err(error);
    }
    let accepted = match serde_json::from_slice::<Accepted>(&response.body) {
        Ok(accepted) => accepted,
        // Whatever answers a message without its id (a proxy's page) was not Genesys Cloud. Trying again does no harm:
        // it discards a message id it has seen.
        Err(_) if what == What::Message => response.parse()?,
        Err(_) => Accepted::default(),
    };
    let message_ids = match what {
        What::Message | What::Answer => accepted.id.into_iter().collect(),
        // A receipt's id is that of the agent's message.
        What::Receipt | What::Event => Vec::new(),
    };
    Ok(Sent { message_ids, conversation_id: accepted.conversation_id, ..Sent::default() })
}

/// Which of the four calls it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Message,
    Answer,
    Receipt,
    Event,
}

impl What {
    fn of(url: &str) -> Self {
        let path = url.split('?').next().unwrap_or_default();
        if path.ends_with("/structured/response") {
            Self::Answer
        } else if path.ends_with("/receipt") {
            Self::Receipt
        } else if path.ends_with("/event") {
            Self::Event
        } else {
            Self::Message
        }
    }

    fn doing(self) -> Doing {
        match self {
            Self::Receipt => Doing::Reporting,
            Self::Message | Self::Answer | Self::Event => Doing::Posting,
        }
    }
}
