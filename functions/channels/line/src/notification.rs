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

use contract::{
    Call, Content, Outbound, Rendering, SendError, SendErrorKind,
    http::{Request, Response},
    stable_uuid,
};
use http::HeaderName;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{limits, messages::Composer};

/// Messages of any form, which LINE has reviewed.
pub(crate) const PUSH: &str = "https://api.line.me/bot/pnp/push";
/// Messages of a form of LINE's own.
pub(crate) const TEMPLATED: &str = "https://api.line.me/v2/bot/message/pnp/templated/push";

/// Comes back in the delivery event; 16 to 100 characters. There is no retry key: a message whose answer is lost is sent
/// again, and may be read twice.
pub(crate) const TAG: HeaderName = HeaderName::from_static("x-line-delivery-tag");

/// What stands for a telephone number (E.164) with LINE, if it is one: its SHA-256 in lower-case hexadecimal digits.
pub(crate) fn guest(user: &str) -> Option<String> {
    let digits = user.strip_prefix('+')?;
    let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plausible.then(|| hex::encode(Sha256::digest(user.as_bytes())))
}

/// The hash that a message goes to; none for a guest that LINE knows by an id.
pub(crate) fn target(to: &str) -> Option<String> {
    guest(to).or_else(|| is_hash(to, 64).then(|| to.to_owned()))
}

fn is_hash(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The requests of a message. LINE allows no pictures, films and sounds in it: they become links.
pub(crate) fn render(message: &Outbound, agent_name: Option<&str>, to: &str) -> Rendering<Call> {
    let mut composer = Composer::without_media(agent_name);
    let mut templates = Vec::new();
    for content in &message.contents {
        match template(content) {
            Some(template) => templates.push(template),
            None => composer.add(content),
        }
    }
    let (messages, degradations) = composer.finish();
    let mut calls = Vec::new();
    for messages in messages.chunks(limits::MESSAGES_PER_CALL) {
        calls.push((PUSH, json!({ "to": to, "messages": messages })));
    }
    for template in templates {
        calls.push((TEMPLATED, json!({ "to": to, "templateKey": template["templateKey"], "body": template["body"] })));
    }
    let call = |(index, (url, body)): (usize, (&str, Value))| {
        let id = stable_uuid(&["line", message.message_id.as_str(), to, &index.to_string()]);
        Call::new(Request::post_json(url, &body).header(TAG, &format!("{to}-{}", id.simple())))
    };
    let calls = calls.into_iter().enumerate().map(call).collect();
    Rendering { steps: calls, degradations, ..Rendering::default() }
}

/// LINE's own form, as native JSON: `{"templateKey": …, "body": {"emphasizedItem": …, "items": […], "buttons": […]}}`.
fn template(content: &Content) -> Option<&Value> {
    let Content::Native { connector, json } = content else { return None };
    let ours = connector.as_deref().is_none_or(|connector| connector == crate::DESCRIPTOR.id);
    (ours && json["templateKey"].is_string()).then_some(json)
}

/// The tag of a request, if it is one of these.
pub(crate) fn tag(request: &Request) -> Option<&str> {
    request.headers.get(&TAG)?.to_str().ok()
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
        assert_eq!(target("+818000001234").as_deref(), Some(hash));
        assert_eq!(target(hash).as_deref(), Some(hash));
        for other in ["U4af4980629d1b2e6e5b6a5d1f1f0c001", "+81-80", "818000001234", "", &hash.to_uppercase()] {
            assert_eq!(target(other), None, "{other}");
        }
    }

    #[test]
    fn tags_lead_back() {
        let hash = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c";
        let tag = format!("{hash}-{}", stable_uuid(&["a"]).simple());
        assert!((16..=100).contains(&tag.len()));
        assert_eq!(guest_of_tag(&tag), Some(hash));
        for other in ["", hash, "15034552939884E28681A7D6", &format!("{hash}-1")] {
            assert_eq!(guest_of_tag(other), None, "{other}");
        }
    }
}
