//! Where a conversation takes place, which is the guest's id: `T1:U1` is a person, `T1:G1` a direct message of several
//! people, `T1:C1:1766458026.240809` a thread in a channel. The workspace stands in it because each has a bot token of
//! its own; of an app that a whole Enterprise Grid organisation installed, `T1@E1` names the organisation too.

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// Whose token is good here: the workspace, or the organisation.
    pub(crate) install: &'a str,
    /// The workspace.
    pub(crate) workspace: &'a str,
    /// A person (`U…`, `W…`) or a conversation (`C…`, `G…`, `D…`).
    pub(crate) seat: &'a str,
    /// The thread, by the timestamp of its first message.
    pub(crate) thread: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Reads a guest's id; none when it is not one of ours.
    pub(crate) fn read(guest: &'a str) -> Option<Self> {
        let mut parts = guest.splitn(3, ':');
        let (home, seat, thread) = (parts.next()?, parts.next()?, parts.next());
        let (workspace, install) = home.split_once('@').unwrap_or((home, home));
        let is_id = |id: &str| id.len() > 1 && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_ts = |ts: &str| !ts.is_empty() && ts.len() <= 32 && ts.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let sound = is_id(workspace) && is_id(install) && is_id(seat) && thread.is_none_or(is_ts);
        sound.then_some(Self { install, workspace, seat, thread })
    }

    /// Whether this is one person and the app.
    pub(crate) fn is_person(&self) -> bool {
        self.seat.starts_with(['U', 'W'])
    }
}

/// The guest's id of a place.
pub(crate) fn guest_id(workspace: &str, install: &str, seat: &str, thread: Option<&str>) -> String {
    let home = if workspace == install { workspace.to_owned() } else { format!("{workspace}@{install}") };
    match thread {
        Some(thread) => format!("{home}:{seat}:{thread}"),
        None => format!("{home}:{seat}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        for (workspace, install, seat, thread, id) in [
            ("T1", "T1", "U1", None, "T1:U1"),
            ("T1", "E1", "W1", None, "T1@E1:W1"),
            ("T1", "T1", "C1", Some("1766458026.240809"), "T1:C1:1766458026.240809"),
        ] {
            assert_eq!(guest_id(workspace, install, seat, thread), id);
            assert_eq!(Place::read(id).unwrap(), Place { install, workspace, seat, thread });
        }
        for bad in ["", "T1", "T1:", ":U1", "T1:U1:", "T1:U1:x", "T1:../x", "T 1:U1", "T1:C1:1.2:3", "guest-1"] {
            assert_eq!(Place::read(bad), None, "{bad}");
        }
    }
}
