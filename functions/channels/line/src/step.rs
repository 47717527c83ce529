//! What can be asked of LINE next: one request each.

use contract::{Choice, GuestId, stable_uuid};
use serde_json::{Value, json};

use crate::{DESCRIPTOR, Draft, actions, notification};

/// One request to LINE.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Message objects to a guest, group or room.
    Message {
        /// The guest, group or room.
        to: GuestId,
        /// At most five objects.
        messages: Messages,
        /// The reply token to answer with, free of charge; a push where there is none, or where LINE refuses it.
        reply: Option<String>,
        /// Makes a push happen once a day: <https://developers.line.biz/en/docs/messaging-api/retrying-api-request/>.
        key: String,
    },
    /// Message objects to a telephone number.
    Notification {
        /// The number's hash.
        to: String,
        /// At most five objects.
        messages: Messages,
        /// Comes back in the delivery event.
        tag: String,
    },
    /// A message of a form of LINE's own, to a telephone number.
    TemplateNotification {
        /// The number's hash.
        to: String,
        /// LINE's name of the form.
        template_key: String,
        /// What is filled in.
        body: Value,
        /// Comes back in the delivery event.
        tag: String,
    },
    /// Three dots until the next message, in a private chat.
    /// <https://developers.line.biz/en/docs/messaging-api/use-loading-indicator/>
    Loading {
        /// The guest.
        guest: GuestId,
        /// 5 to 60, in steps of five.
        seconds: u64,
    },
    /// The guest's messages are shown as read, up to the one that this token came with.
    MarkAsRead {
        /// Of the guest's newest message.
        token: String,
    },
}

/// LINE's message objects, and what may be tapped below the last of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Messages {
    /// <https://developers.line.biz/en/reference/messaging-api/#message-objects>
    pub objects: Vec<Value>,
    /// LINE shows them below the newest message of the chat only, at most 13.
    pub quick_replies: Vec<Choice>,
}

impl Step {
    /// Message objects as the request at this index of the message. The same index gives the same key or tag.
    pub(crate) fn messages(messages: Messages, draft: &Draft<'_>, index: usize) -> Self {
        match notification::recipient(draft.to.as_str()) {
            Some(to) => Self::Notification { tag: notification::tag(draft.message_id, &to, index), to, messages },
            None => Self::Message {
                to: draft.to.clone(),
                messages,
                reply: reply_token(draft).filter(|_| index == 0).map(str::to_owned),
                key: stable_uuid(&[DESCRIPTOR.id, draft.message_id.as_str(), draft.to.as_str(), &index.to_string()])
                    .to_string(),
            },
        }
    }
}

/// A reply token is good for a minute. Used up to this age, a reply and its second and third try (5 s each) are over
/// while the token still lives; so that "invalid reply token" on a later try can only mean that an earlier one was taken.
const REPLY_WINDOW_S: i64 = 40;

fn reply_token<'a>(draft: &Draft<'a>) -> Option<&'a str> {
    let context = draft.context;
    let (value, at) = context.reply.as_ref()?;
    let age = context.now.as_second() - at.as_second();
    // A second attempt goes by push: whether the first one's reply arrived is not known any more.
    (context.earlier_attempts == 0 && age < REPLY_WINDOW_S).then(|| value["replyToken"].as_str())?
}

impl Messages {
    /// The `messages` of a request.
    pub(crate) fn json(&self) -> Value {
        let mut objects = self.objects.clone();
        if let Some(last) = objects.last_mut()
            && !self.quick_replies.is_empty()
        {
            let mut items = own_quick_replies(last).to_vec();
            items.extend(self.quick_replies.iter().map(actions::quick_reply));
            last["quickReply"] = json!({ "items": items });
        }
        objects.into()
    }
}

impl<const N: usize> From<[Value; N]> for Messages {
    fn from(objects: [Value; N]) -> Self {
        Vec::from(objects).into()
    }
}

impl From<Vec<Value>> for Messages {
    fn from(objects: Vec<Value>) -> Self {
        Self { objects, quick_replies: Vec::new() }
    }
}

/// The quick replies that a native message brings itself.
pub(crate) fn own_quick_replies(object: &Value) -> &[Value] {
    object["quickReply"]["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}
