//! Whether a conversation is still open. Open Messaging sends no word when an agent ends it, so it is asked.

use contract::{Io, PlatformState, SendError, http::Request};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{Settings, api, errors::Doing};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Conversation {
    participants: Vec<Participant>,
    end_time: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Participant {
    purpose: Option<String>,
    state: Option<String>,
    end_time: Option<Timestamp>,
}

impl Participant {
    fn is_customer(&self) -> bool {
        matches!(self.purpose.as_deref(), Some("customer" | "external"))
    }

    fn has_left(&self) -> bool {
        self.end_time.is_some() || matches!(self.state.as_deref(), Some("disconnected" | "terminated"))
    }
}

/// `GET /api/v2/conversations/messages/{id}`: over when it is unknown, when it has ended, or when no customer is left.
pub(crate) async fn state(io: &Io<'_, Settings>, id: &str) -> Result<PlatformState, SendError> {
    let url = io.settings.region.api(&format!("/api/v2/conversations/messages/{}", api::segment(id)));
    let Some(conversation) = api::find::<Conversation>(io, Request::get(url), Doing::Watching).await? else {
        return Ok(PlatformState::Closed);
    };
    let mut customers = conversation.participants.iter().filter(|participant| participant.is_customer()).peekable();
    let all_left = customers.peek().is_some() && customers.all(Participant::has_left);
    Ok(if conversation.end_time.is_some() || all_left { PlatformState::Closed } else { PlatformState::Open })
}
