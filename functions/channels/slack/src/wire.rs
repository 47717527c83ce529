//! What Slack posts: <https://docs.slack.dev/apis/events-api/>,
//! <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>. Borrowed: nothing is copied that is not
//! used. Events of other types reuse these names for other things, so that an event is read once its type is known.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A text that borrows from the body unless it holds an escape.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Str<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Str<'_> {
    /// As a slice.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shorthand: the text, or nothing.
pub(crate) fn text<'a>(field: &'a Option<Str<'_>>) -> &'a str {
    field.as_ref().map_or("", Str::as_str)
}

/// The whole body of the Events API.
#[derive(Debug, Deserialize)]
pub(crate) struct Outer<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Option<Str<'a>>,
    pub(crate) challenge: Option<Str<'a>>,
    pub(crate) team_id: Option<Str<'a>>,
    pub(crate) enterprise_id: Option<Str<'a>>,
    pub(crate) event_id: Option<Str<'a>>,
    pub(crate) event_time: Option<i64>,
    pub(crate) authorizations: Option<Vec<Authorization<'a>>>,
    #[serde(borrow)]
    pub(crate) event: Option<&'a RawValue>,
}

/// The installation that an event was delivered for.
#[derive(Debug, Deserialize)]
pub(crate) struct Authorization<'a> {
    #[serde(borrow)]
    pub(crate) enterprise_id: Option<Str<'a>>,
    pub(crate) team_id: Option<Str<'a>>,
    pub(crate) user_id: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) is_bot: bool,
    #[serde(default)]
    pub(crate) is_enterprise_install: bool,
}

/// Of any event.
#[derive(Debug, Deserialize)]
pub(crate) struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
}

/// `message` and `app_mention`, and the messages inside of those that tell of a change.
#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    pub(crate) subtype: Option<Str<'a>>,
    pub(crate) user: Option<Str<'a>>,
    pub(crate) bot_id: Option<Str<'a>>,
    pub(crate) text: Option<Str<'a>>,
    pub(crate) ts: Option<Str<'a>>,
    pub(crate) event_ts: Option<Str<'a>>,
    pub(crate) deleted_ts: Option<Str<'a>>,
    pub(crate) thread_ts: Option<Str<'a>>,
    pub(crate) parent_user_id: Option<Str<'a>>,
    pub(crate) channel: Option<Str<'a>>,
    pub(crate) channel_type: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) hidden: bool,
    pub(crate) edited: Option<serde::de::IgnoredAny>,
    pub(crate) files: Option<Vec<File<'a>>>,
    #[serde(borrow)]
    pub(crate) blocks: Option<&'a RawValue>,
    pub(crate) message: Option<Box<Message<'a>>>,
    pub(crate) previous_message: Option<Box<Message<'a>>>,
}

impl Message<'_> {
    /// The message in blocks.
    pub(crate) fn parsed_blocks(&self) -> Option<Value> {
        serde_json::from_str(self.blocks?.get()).ok()
    }
}

/// A file: <https://docs.slack.dev/reference/objects/file-object>.
#[derive(Debug, Deserialize)]
pub(crate) struct File<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Str<'a>>,
    pub(crate) name: Option<Str<'a>>,
    pub(crate) title: Option<Str<'a>>,
    pub(crate) mimetype: Option<Str<'a>>,
    pub(crate) mode: Option<Str<'a>>,
    pub(crate) size: Option<u64>,
    #[serde(default)]
    pub(crate) is_external: bool,
    pub(crate) url_private: Option<Str<'a>>,
    pub(crate) url_private_download: Option<Str<'a>>,
    pub(crate) duration_ms: Option<u64>,
}

/// `tokens_revoked`: whose tokens are no longer good.
#[derive(Debug, Deserialize)]
pub(crate) struct Revoked<'a> {
    #[serde(borrow)]
    pub(crate) tokens: Tokens<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tokens<'a> {
    #[serde(borrow)]
    pub(crate) bot: Option<Vec<Str<'a>>>,
}

/// The `payload` of an interaction.
#[derive(Debug, Deserialize)]
pub(crate) struct Interaction {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) team: Option<Named>,
    pub(crate) enterprise: Option<Named>,
    #[serde(default)]
    pub(crate) is_enterprise_install: bool,
    pub(crate) user: Option<Named>,
    pub(crate) container: Option<Container>,
    pub(crate) channel: Option<Named>,
    pub(crate) message: Option<InteractionMessage>,
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
    pub(crate) state: Option<State>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) team_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Container {
    pub(crate) message_ts: Option<String>,
    pub(crate) channel_id: Option<String>,
    pub(crate) thread_ts: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct InteractionMessage {
    pub(crate) ts: Option<String>,
    pub(crate) thread_ts: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) blocks: Option<Value>,
}

/// What the guest set in a message's inputs, by block and action.
#[derive(Debug, Deserialize)]
pub(crate) struct State {
    #[serde(default)]
    pub(crate) values: std::collections::BTreeMap<String, std::collections::BTreeMap<String, Action>>,
}

/// A tap, or what an input holds. Of each kind of element, other fields are set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Action {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) action_id: String,
    pub(crate) action_ts: Option<String>,
    pub(crate) text: Option<TextObject>,
    pub(crate) value: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) selected_option: Option<OptionObject>,
    pub(crate) selected_options: Option<Vec<OptionObject>>,
    pub(crate) selected_date: Option<String>,
    pub(crate) selected_time: Option<String>,
    pub(crate) selected_date_time: Option<i64>,
    pub(crate) selected_user: Option<String>,
    pub(crate) selected_channel: Option<String>,
    pub(crate) selected_conversation: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TextObject {
    #[serde(default)]
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OptionObject {
    pub(crate) text: Option<TextObject>,
    #[serde(default)]
    pub(crate) value: String,
}
