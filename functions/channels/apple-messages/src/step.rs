//! What is sent: one message at a time.
//! <https://register.apple.com/resources/messages/msp-rest-api/messages-sent>

use contract::{Draft, stable_uuid};
use serde_json::Value;

use crate::{DESCRIPTOR, device::Device, settings::Settings};

/// What is done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A message, its files first.
    Message(Message),
    /// The guest sees that the agent types, or stopped.
    Typing {
        /// Which message it is, to whom.
        address: Address,
        /// Whether the agent began.
        on: bool,
    },
    /// The guest deleted or blocked the conversation: Apple takes nothing until they write again, and is not asked.
    Closed,
}

/// A message's id and its guest, set once its place among the others is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// The same when the message is sent again.
    pub id: String,
    /// The guest, as Apple names them.
    pub guest: String,
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Which message it is, to whom.
    pub address: Address,
    /// Where it is posted.
    pub endpoint: Endpoint,
    /// `type` and the fields of that type, without the files.
    pub content: Value,
    /// What is still to be put into the content.
    pub files: Vec<File>,
}

/// Where a message is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/message`
    Message,
    /// `/v1/authenticate`, for what asks the guest to sign in.
    Authenticate,
}

/// A file by its address, and the place of the content that it goes to.
#[derive(Clone, Debug, PartialEq)]
pub enum File {
    /// Uploaded, and named in `attachments`.
    Attachment {
        /// Where it lies.
        url: String,
        /// Its name, if it is known.
        name: Option<String>,
        /// Its MIME type, if it is known.
        mime: Option<String>,
    },
    /// The picture of a rich link: `richLinkData.assets.image`.
    LinkPicture {
        /// Where it lies.
        url: String,
    },
    /// A picture of a balloon: `interactiveData.data.images`.
    Picture {
        /// Which of the images.
        index: usize,
        /// Where it lies.
        url: String,
    },
}

impl Message {
    /// A message that is complete.
    pub(crate) fn new(content: Value) -> Self {
        Self { address: Address::default(), endpoint: Endpoint::Message, content, files: Vec::new() }
    }
}

impl Step {
    /// A message that is complete.
    pub(crate) fn message(content: Value) -> Self {
        Self::Message(Message::new(content))
    }

    /// A message that lacks these files.
    pub(crate) fn with_files(content: Value, files: Vec<File>) -> Self {
        Self::Message(Message { files, ..Message::new(content) })
    }

    pub(crate) fn typing(on: bool) -> Self {
        Self::Typing { address: Address::default(), on }
    }
}

/// The steps of a whole message, each with its id; none but [`Step::Closed`] for a guest who has left.
pub(crate) fn assemble(mut steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
    if Device::of(draft.reply()).closed {
        // That somebody types is not missed.
        let misses = steps.iter().any(|step| matches!(step, Step::Message(_)));
        return Vec::from_iter(misses.then_some(Step::Closed));
    }
    let address = |place: &str| Address {
        id: stable_uuid(&[DESCRIPTOR.id, draft.message_id.as_str(), draft.to.as_str(), place]).to_string(),
        guest: draft.to.as_str().to_owned(),
    };
    let (mut messages, mut typing) = (0, 0);
    for step in &mut steps {
        match step {
            Step::Message(message) => {
                message.address = address(&messages.to_string());
                identify(&mut message.content, &message.address.id);
                messages += 1;
            }
            Step::Typing { address: unset, .. } => {
                *unset = address(&format!("typing/{typing}"));
                typing += 1;
            }
            Step::Closed => {}
        }
    }
    steps
}

/// Gives a question the identifier that its answer brings back.
fn identify(content: &mut Value, id: &str) {
    let Some(data) = content.pointer_mut("/interactiveData/data") else { return };
    if data["requestIdentifier"].as_str().is_some_and(|identifier| !identifier.is_empty()) {
        return;
    }
    let identifier = Value::from(stable_uuid(&[DESCRIPTOR.id, "request", id]).to_string());
    // OAuth2 wants a state that cannot be guessed from the outside.
    if let Some(oauth2) = data.pointer_mut("/authenticate/oauth2").and_then(Value::as_object_mut) {
        oauth2.entry("state").or_insert_with(|| identifier.clone());
        oauth2.entry("responseType").or_insert_with(|| "code".into());
    }
    data["requestIdentifier"] = identifier;
}
