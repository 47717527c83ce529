//! Receipt handles: opaque to the caller, for us the message and which of its receives it was.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::SqsError;

/// One receive of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The message, by its sequence number.
    pub sequence: u64,
    /// The receive. Different after every receive and every restart.
    pub token: u64,
}

impl Receipt {
    /// The handle as the caller sees it, bound to its queue.
    pub fn to_handle(self, queue: &str) -> String {
        STANDARD.encode(format!("{queue} {:016x} {:016x}", self.sequence, self.token))
    }

    /// Reads a handle of that queue.
    ///
    /// # Errors
    /// [`SqsError::ReceiptHandleIsInvalid`] if it is none, or one of another queue.
    pub fn from_handle(queue: &str, handle: &str) -> Result<Self, SqsError> {
        let parse = || {
            let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
            let mut parts = text.split(' ');
            if parts.next()? != queue {
                return None;
            }
            let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
            Some(Self { sequence: number()?, token: number()? })
        };
        parse().ok_or(SqsError::ReceiptHandleIsInvalid)
    }
}
