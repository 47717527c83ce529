//! What the simulated gateway remembers.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;

use super::State;

/// A file on the attachment server, encrypted.
pub(super) struct Stored {
    pub(super) bytes: Bytes,
    /// The size that was announced before the upload.
    pub(super) announced: usize,
    pub(super) owner: String,
    pub(super) signature: Vec<u8>,
}

/// The attachment server, and what was taken.
pub struct Memory {
    /// What guests' devices say they can show; empty when they say nothing.
    pub capabilities: String,
    /// Files on the attachment server, by the last segment of their address. What the playground shows of them is in
    /// [`simulation::State::files`], under the same ids.
    pub(super) stored: HashMap<String, Stored>,
    /// Ids of messages that were taken.
    pub(super) taken: HashSet<String>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            capabilities: "QUICK,LIST,TIME,AUTH,AUTH2,FORM".to_owned(),
            stored: HashMap::new(),
            taken: HashSet::new(),
        }
    }
}

/// Makes room for a file of this size; its name.
pub(super) fn reserve(state: &mut State, announced: usize) -> String {
    let id = state.ids.hex();
    let owner = format!("M{}", &id[..12]);
    let stored = Stored { bytes: Bytes::new(), announced, owner, signature: Vec::new() };
    state.memory.stored.insert(id.clone(), stored);
    id
}

/// Where a file lies, as messages name it.
pub(super) fn place(state: &State, id: &str) -> String {
    format!("{}/_mmcs/{id}", state.origin())
}
