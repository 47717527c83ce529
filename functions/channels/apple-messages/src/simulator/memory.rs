//! What the simulated gateway remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

/// A file on the attachment server, encrypted.
pub(super) struct Stored {
    pub(super) bytes: Bytes,
    /// The size that was announced before the upload.
    pub(super) announced: usize,
    pub(super) owner: String,
    pub(super) signature: Vec<u8>,
}

/// A file as people see it.
pub(super) struct Shown {
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

pub(super) struct Memory {
    pub(super) origin: String,
    pub(super) capabilities: String,
    /// Guests who deleted the conversation.
    pub(super) closed: HashSet<String>,
    /// Files on the attachment server, by the last segment of their address.
    pub(super) stored: HashMap<String, Stored>,
    /// What the playground shows of them.
    pub(super) shown: HashMap<String, Shown>,
    /// The newest interactive messages that were sent to guests, by message id.
    pub(super) asked: BTreeMap<String, Value>,
    /// Ids of messages that were taken.
    pub(super) taken: HashSet<String>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            origin: "https://mspgw.push.apple.com".to_owned(),
            capabilities: "QUICK,LIST,TIME,AUTH,AUTH2,FORM".to_owned(),
            closed: HashSet::new(),
            stored: HashMap::new(),
            shown: HashMap::new(),
            asked: BTreeMap::new(),
            taken: HashSet::new(),
        }
    }
}

impl Memory {
    /// Makes room for a file of this size; its name.
    pub(super) fn reserve(&mut self, announced: usize) -> String {
        let id = Uuid::new_v4().simple().to_string();
        let owner = format!("M{}", &id[..12]);
        self.stored.insert(id.clone(), Stored { bytes: Bytes::new(), announced, owner, signature: Vec::new() });
        id
    }

    /// Where a file lies, as messages name it.
    pub(super) fn place(&self, id: &str) -> String {
        format!("{}/_mmcs/{id}", self.origin)
    }
}
