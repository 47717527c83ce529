//! What became of a message, in Genesys Cloud's words and in ours.

use contract::{ReceiptStatus, SendErrorKind};

/// The status of a receipt from Genesys Cloud about a guest's message. `Published` is its last word on success: the
/// message is in the conversation. `None` for what has no counterpart (`Removed`).
pub(crate) fn status_of(word: &str) -> Option<ReceiptStatus> {
    match word.to_ascii_lowercase().as_str() {
        "sent" => Some(ReceiptStatus::Sent),
        "published" | "delivered" => Some(ReceiptStatus::Delivered),
        "read" => Some(ReceiptStatus::Read),
        "failed" => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

/// How a receipt about an agent's message is reported: status and whether it is the last. There is no `Read`.
pub(crate) fn word_of(status: ReceiptStatus, reports_delivery: bool) -> (&'static str, bool) {
    match status {
        ReceiptStatus::Sent => ("Sent", !reports_delivery),
        ReceiptStatus::Delivered | ReceiptStatus::Read => ("Delivered", true),
        ReceiptStatus::Failed => ("Failed", true),
    }
}

/// The reason code, out of the API's closed set, that says the most of what went wrong.
pub(crate) fn code_of(kind: SendErrorKind) -> &'static str {
    use SendErrorKind::*;
    match kind {
        RateLimited | QuotaExhausted => "RateLimited",
        Unavailable | Timeout | Connection | Garbled => "ServerError",
        Internal | Unauthorized | MediaUnavailable | TenantGone => "GeneralError",
        Forbidden => "MessageNotAllowed",
        UnknownRecipient => "InvalidDestination",
        RecipientOptedOut => "RecipientOptedOut",
        InvalidMessage => "InvalidMessageStructure",
        Unsupported => "UnsupportedMessage",
        TooLarge => "InvalidMediaContentLength",
        MediaNotAllowed => "MediaTypeNotAllowed",
        Expired => "MessageExpired",
    }
}

/// What a reason code of Genesys Cloud means.
pub(crate) fn kind_of(code: &str) -> SendErrorKind {
    use SendErrorKind::*;
    match code {
        "MessageExpired" => Expired,
        "RateLimited" => RateLimited,
        "MessageNotAllowed" => Forbidden,
        "UnsupportedMessage" => Unsupported,
        "UnknownMessage" | "InvalidMessageStructure" | "DataFiltered" => InvalidMessage,
        "InvalidDestination" => UnknownRecipient,
        "ServerError" => Unavailable,
        "MediaTypeNotAllowed" => MediaNotAllowed,
        "InvalidMediaContentLength" => TooLarge,
        "RecipientOptedOut" => RecipientOptedOut,
        _ => InvalidMessage,
    }
}
