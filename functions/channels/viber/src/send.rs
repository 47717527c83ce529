//! Handing a message to Viber.
//!
//! Viber has no idempotency key. When the answer to a message is lost, nobody knows whether it was taken: it is sent again,
//! and the guest may read it twice.

use contract::{
    Call, Io, SendError, SendErrorKind, Sent,
    http::{Request, Response},
};
use serde::Deserialize;

use crate::{api, limits, refusal, settings::Settings, wire::Token};

#[derive(Deserialize)]
struct Accepted {
    message_token: Option<Token>,
}

/// Makes one call. What the guest's telephone cannot show is said in words.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    match (once(io, &call.request).await, &call.fallback) {
        (Err(error), Some(in_words)) if refusal::is_of_device(&error) => once(io, in_words).await,
        (outcome, _) => outcome,
    }
}

async fn once(io: &Io<'_, Settings>, request: &Request) -> Result<Sent, SendError> {
    // Only a native message can be so long. Viber would say "bad data".
    if request.body.len() > limits::REQUEST_MOST {
        return Err(SendError::new(SendErrorKind::TooLarge)
            .coded("30kb")
            .saying("Viber takes messages of at most 30 kB."));
    }
    Ok(sent(&api::send(io, request.clone()).await?))
}

/// Viber took it. An answer without a token is one all the same: sending again would say it twice.
fn sent(response: &Response) -> Sent {
    let token = serde_json::from_slice::<Accepted>(&response.body).ok().and_then(|accepted| accepted.message_token);
    Sent { message_ids: token.into_iter().map(|token| token.0).collect(), ..Sent::default() }
}
