//! LINE notification messages: written to a telephone number, to whoever has it and need not be a friend of the account
//! ("Call to LINE"). A corporate option; numbers of Japan, Thailand and Taiwan.
//! <https://developers.line.biz/en/docs/partner-docs/line-notification-messages/technical-specs/>
//!
//! LINE is told a number's hash, and so is everything here: the guest of such a conversation is the hash, so that the
//! number itself is in no queue, table or log. LINE does not say whose number it is; when the guest answers, that is a
//! conversation of its own.
//!
//! That LINE took a message does not mean that it arrives: a delivery event says so, within a day. It names the delivery
//! tag we gave, which begins with the number's hash, and so leads back to conversation and message.

use contract::{EventId, SendError, SendErrorKind, http::Response, stable_uuid};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{DESCRIPTOR, Draft, step::Step};

/// What stands for a telephone number (E.164) with LINE, if it is one: its SHA-256 in lower-case hexadecimal digits.
pub(crate) fn guest(user: &str) -> Option<String> {
    let digits = user.strip_prefix('+')?;
    let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plausible.then(|| hex::encode(Sha256::digest(user.as_bytes())))
}

/// The hash that a message goes to; `None` for a guest that LINE knows by an id.
pub(crate) fn recipient(to: &str) -> Option<String> {
    guest(to).or_else(|| is_hash(to, 64).then(|| to.to_owned()))
}

fn is_hash(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// LINE's own form, as native JSON: `{"templateKey": …, "body": {"emphasizedItem": …, "items": […], "buttons": […]}}`.
/// `None` for any other JSON, and for a guest whom LINE knows by an id.
pub(crate) fn template(json: &Value, draft: &Draft<'_>) -> Option<Step> {
    let to = recipient(draft.to.as_str())?;
    let template_key = json["templateKey"].as_str()?.to_owned();
    let tag = tag(draft.message_id, &to, 0);
    Some(Step::TemplateNotification { to, template_key, body: json["body"].clone(), tag })
}

/// The same step as the request at this index of the message.
pub(crate) fn at(step: Step, draft: &Draft<'_>, index: usize) -> Step {
    match step {
        Step::TemplateNotification { to, template_key, body, .. } => {
            let tag = tag(draft.message_id, &to, index);
            Step::TemplateNotification { to, template_key, body, tag }
        }
        step => step,
    }
}

/// The delivery tag of the request at this index of a message: 16 to 100 characters. There is no retry key: a message whose
/// answer is lost is sent again, and may be read twice.
pub(crate) fn tag(message: &EventId, to: &str, index: usize) -> String {
    let id = stable_uuid(&[DESCRIPTOR.id, message.as_str(), to, &index.to_string()]);
    format!("{to}-{}", id.simple())
}

/// LINE cannot reach the number: nobody has it, or they do not want such messages. It does not say which.
pub(crate) fn refused(response: &Response) -> Option<SendError> {
    (response.status == http::StatusCode::UNPROCESSABLE_ENTITY).then(|| {
        SendError::new(SendErrorKind::UnknownRecipient)
            .coded("422")
            .saying("LINE cannot reach anybody at this telephone number, or they do not accept such messages.")
    })
}

/// The number's hash in the tag of a delivery event.
pub(crate) fn guest_of_tag(tag: &str) -> Option<&str> {
    let (guest, id) = tag.split_once('-')?;
    (is_hash(guest, 64) && is_hash(id, 32)).then_some(guest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number and hash of LINE's own documentation.
    #[test]
    fn numbers_are_hashed_as_line_does() {
        let hash = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c";
        assert_eq!(guest("+818000001234").as_deref(), Some(hash));
        assert_eq!(recipient("+818000001234").as_deref(), Some(hash));
        assert_eq!(recipient(hash).as_deref(), Some(hash));
        for other in ["U4af4980629d1b2e6e5b6a5d1f1f0c001", "+81-80", "818000001234", "", &hash.to_uppercase()] {
            assert_eq!(recipient(other), None, "{other}");
        }
    }

    #[test]
    fn tags_lead_back() {
        let hash = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c";
        let tag = tag(&"platform-1".into(), hash, 0);
        assert!((16..=100).contains(&tag.len()));
        assert_eq!(guest_of_tag(&tag), Some(hash));
        for other in ["", hash, "15034552939884E28681A7D6", &format!("{hash}-1")] {
            assert_eq!(guest_of_tag(other), None, "{other}");
        }
    }
}
