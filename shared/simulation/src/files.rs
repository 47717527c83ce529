//! Files that people at a simulator send, and those that are uploaded for them.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::{Attachment, MediaKind, http::Response};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The bytes of an [`Action::File`](crate::Action::File).
pub fn decode(base64: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())
}

/// A file that the simulator serves.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its MIME type.
    pub mime: String,
    /// Its content.
    pub bytes: Bytes,
    /// From when on it is answered 403.
    pub until: Option<Timestamp>,
}

impl File {
    /// A file that is served for as long as the simulator runs.
    pub fn new(name: impl Into<String>, mime: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.into(), mime: mime.into(), bytes: bytes.into(), until: None }
    }

    /// Served for this long from `now` on.
    pub fn expiring(mut self, now: Timestamp, seconds: i64) -> Self {
        self.until = Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX));
        self
    }

    /// The sort that its MIME type says.
    pub fn kind(&self) -> MediaKind {
        MediaKind::of_mime(&self.mime)
    }

    /// What the stage shows of it, at this address.
    pub fn attachment(&self, kind: MediaKind, url: impl Into<String>) -> Attachment {
        Attachment {
            name: Some(self.name.clone()),
            mime: Some(self.mime.clone()),
            size: Some(self.bytes.len() as u64),
            ..Attachment::at_url(kind, url)
        }
    }

    /// It, with its content type.
    pub fn response(&self) -> Response {
        Response::new(200).body(self.bytes.clone()).header("content-type", &self.mime)
    }
}

/// The files by id.
#[derive(Default)]
pub struct Files {
    files: HashMap<String, File>,
    /// The same picture sent a thousand times is kept once.
    contents: HashMap<[u8; 32], Bytes>,
}

impl Files {
    /// Keeps a file under this id, the last segment of its address.
    pub fn insert(&mut self, id: impl Into<String>, mut file: File) {
        let hash: [u8; 32] = Sha256::digest(&file.bytes).into();
        file.bytes = self.contents.entry(hash).or_insert(file.bytes).clone();
        self.files.insert(id.into(), file);
    }

    /// The file with this id, expired or not.
    pub fn get(&self, id: &str) -> Option<&File> {
        self.files.get(id)
    }

    /// What the file's address answers.
    pub fn response(&self, id: &str, now: Timestamp) -> Response {
        match self.files.get(id) {
            None => Response::new(404),
            Some(file) if file.until.is_some_and(|until| until <= now) => Response::new(403),
            Some(file) => file.response(),
        }
    }
}
