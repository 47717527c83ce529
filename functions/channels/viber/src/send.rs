//! Handing a message to Viber.
//!
//! Viber has no idempotency key. When the answer to a message is lost, nobody knows whether it was taken: it is sent again,
//! and the guest may read it twice.

use contract::{
    Io, SendError, SendErrorKind, Sent,
    http::{Request, Response},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{api, errors, limits, settings::Settings, step::Step, wire::Token};

#[derive(Deserialize)]
struct Accepted {
    message_token: Option<Token>,
}

/// Sends one message. What the guest's telephone cannot show is said in words.
pub(crate) async fn send(io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
    match (once(io, &step.body).await, step.worded()) {
        (Err(error), Some(worded)) if errors::is_of_device(&error) => once(io, &worded).await,
        (outcome, _) => outcome,
    }
}

async fn once(io: &Io<'_, Settings>, body: &Value) -> Result<Sent, SendError> {
    let request = Request::post_json(api::SEND_MESSAGE, body);
    // Only a native message can be so long. Viber would say "bad data".
    if request.body.len() > limits::REQUEST_MOST {
        return Err(SendError::new(SendErrorKind::TooLarge)
            .coded("30kb")
            .saying("Viber takes messages of at most 30 kB."));
    }
    Ok(sent(&api::send(io, request).await?))
}

/// Viber took it. An answer without a token is one all the same: sending again would say it twice.
fn sent(response: &Response) -> Sent {
    let token = serde_json::from_slice::<Accepted>(&response.body).ok().and_then(|accepted| accepted.message_token);
    Sent { message_ids: token.into_iter().map(|token| token.0).collect(), ..Sent::default() }
}
