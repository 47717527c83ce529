//! What Apple's refusals mean: <https://register.apple.com/resources/messages/msp-rest-api/common-specs>.

use contract::{SendError, SendErrorKind, http::Response};
use jiff::Timestamp;

/// The error that an answer means; none for success. Apple's answers have no body to speak of.
pub(crate) fn of(response: &Response, now: Timestamp) -> Option<SendError> {
    let error = response.error(now)?;
    Some(match response.status.as_u16() {
        400 => error.saying("Apple refused this message: something in it is not as Apple wants it."),
        401 => error.saying(
            "Apple refused the credentials of this deployment as a messaging service provider. Please tell the \
             administrator.",
        ),
        403 => error.saying(
            "Apple does not let this deployment write for this business, or to this guest. Please tell the administrator.",
        ),
        404 => error.saying("Apple does not know this guest (any more)."),
        410 => SendError { kind: SendErrorKind::RecipientOptedOut, ..error }
            .saying("The guest deleted or blocked the conversation. Nothing can be sent until they write again."),
        _ => error,
    })
}

/// What is said of a guest who has left, without asking Apple.
pub(crate) fn closed() -> SendError {
    SendError::new(SendErrorKind::RecipientOptedOut)
        .coded("closed")
        .saying("The guest deleted or blocked the conversation. Nothing can be sent until they write again.")
}
