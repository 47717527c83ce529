//! The guest's id, which says where the conversation takes place: `T1:U1` is a person, `T1:G1` a direct message of several
//! people, `T1:C1:1766458026.240809` a thread in a channel. The workspace stands in it because each has a bot token of
//! its own; of an app that a whole Enterprise Grid organisation installed, `T1@E1` names the organisation too.

/// A guest's id, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConversationKey<'a> {
    /// The workspace, or the organisation, whose bot token is good here.
    pub(crate) installation: &'a str,
    /// The workspace.
    pub(crate) workspace: &'a str,
    /// What Slack takes as a channel: a conversation (`C…`, `G…`, `D…`), or a user (`U…`, `W…`), for direct messages.
    pub(crate) channel: &'a str,
    /// The thread, by the timestamp of its first message.
    pub(crate) thread: Option<&'a str>,
}

impl<'a> ConversationKey<'a> {
    /// `None` for an id that is not of this form.
    pub(crate) fn parse(guest: &'a str) -> Option<Self> {
        let mut parts = guest.splitn(3, ':');
        let (home, channel, thread) = (parts.next()?, parts.next()?, parts.next());
        let (workspace, installation) = home.split_once('@').unwrap_or((home, home));
        let is_id = |id: &str| id.len() > 1 && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_ts = |ts: &str| !ts.is_empty() && ts.len() <= 32 && ts.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let valid = is_id(workspace) && is_id(installation) && is_id(channel) && thread.is_none_or(is_ts);
        valid.then_some(Self { installation, workspace, channel, thread })
    }

    /// Whether these are the direct messages of one person with the app.
    pub(crate) fn is_direct(&self) -> bool {
        is_user(self.channel)
    }
}

/// Whether a channel's id is a user's, whose direct messages are not open yet.
pub(crate) fn is_user(channel: &str) -> bool {
    channel.starts_with(['U', 'W'])
}

/// The guest's id.
pub(crate) fn guest_id(workspace: &str, installation: &str, channel: &str, thread: Option<&str>) -> String {
    let home = if workspace == installation { workspace.to_owned() } else { format!("{workspace}@{installation}") };
    match thread {
        Some(thread) => format!("{home}:{channel}:{thread}"),
        None => format!("{home}:{channel}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_parsed_as_they_are_written() {
        for (workspace, installation, channel, thread, id) in [
            ("T1", "T1", "U1", None, "T1:U1"),
            ("T1", "E1", "W1", None, "T1@E1:W1"),
            ("T1", "T1", "C1", Some("1766458026.240809"), "T1:C1:1766458026.240809"),
        ] {
            assert_eq!(guest_id(workspace, installation, channel, thread), id);
            let key = ConversationKey { installation, workspace, channel, thread };
            assert_eq!(ConversationKey::parse(id).unwrap(), key);
        }
        for bad in ["", "T1", "T1:", ":U1", "T1:U1:", "T1:U1:x", "T1:../x", "T 1:U1", "T1:C1:1.2:3", "guest-1"] {
            assert_eq!(ConversationKey::parse(bad), None, "{bad}");
        }
    }
}
