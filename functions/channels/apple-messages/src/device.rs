//! What the guest's device can show: Apple tells it with every message, and it is kept with the conversation.

use contract::descriptor::{Capabilities, Dates, Support};
use serde_json::{Value, json};

use crate::DESCRIPTOR;

/// The guest's device, as of their newest message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device {
    /// Quick replies.
    pub(crate) quick: bool,
    /// List pickers.
    pub(crate) list: bool,
    /// Time pickers.
    pub(crate) time: bool,
    /// Forms.
    pub(crate) form: bool,
    /// The guest deleted the conversation: nothing may be sent until they write again.
    pub(crate) closed: bool,
}

impl Device {
    /// From the reply context of the conversation. Without one, nothing but text and links is sure to be shown.
    pub(crate) fn of(context: Option<&Value>) -> Self {
        let Some(context) = context else { return Self::default() };
        let list = context["capabilities"].as_str().unwrap_or_default();
        let can = |name: &str| list.split(',').any(|capability| capability.trim().eq_ignore_ascii_case(name));
        Self {
            quick: can("QUICK"),
            list: can("LIST"),
            time: can("TIME"),
            form: can("FORM"),
            closed: context["closed"] == true,
        }
    }

    /// What it shows of all that Apple has.
    pub(crate) fn capabilities(self) -> Capabilities {
        let all = DESCRIPTOR.capabilities;
        let shown = |on: bool, support: Support| if on { support } else { Support::No };
        Capabilities {
            options: all.options.filter(|_| self.quick),
            list: all.list.filter(|_| self.list),
            date: Dates { days: shown(self.form, all.date.days), times: shown(self.time, all.date.times) },
            form: shown(self.form, all.form),
            ..all
        }
    }
}

/// What is kept with the conversation after a message.
pub(crate) fn context(capabilities: Option<&str>) -> Value {
    json!({ "capabilities": capabilities.unwrap_or_default() })
}

/// What is kept once the guest has left.
pub(crate) fn closed() -> Value {
    json!({ "closed": true })
}
