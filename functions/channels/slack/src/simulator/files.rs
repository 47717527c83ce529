//! Files: uploaded by the app in three steps, or by guests; given to whoever has the token.

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use bytes::Bytes;
use contract::{Attachment, Content, MediaKind};
use serde_json::{Value, json};
use simulation::Actor;

use super::{
    SlackSimulator, WORKSPACE,
    api::{not_found, ok, refusal},
    memory::{self, File, Memory},
};

impl SlackSimulator {
    pub(super) fn announce(&self, name: &str, length: &str) -> Response {
        let (Ok(length), false) = (length.parse::<usize>(), name.is_empty()) else {
            return refusal("invalid_arguments");
        };
        if length == 0 {
            return refusal("invalid_arguments");
        }
        let id = Memory::id('F');
        let mime = media::sniff(&[], None, Some(name)).0;
        let file = File { name: name.to_owned(), mime, length, bytes: Bytes::new() };
        self.memory().files.insert(id.clone(), file);
        ok(json!({ "file_id": id, "upload_url": format!("https://files.slack.com/upload/v1/{id}") }))
    }

    pub(super) fn uploaded(&self, id: &str, bytes: Bytes) -> Response {
        let mut memory = self.memory();
        let Some(file) = memory.files.get_mut(id) else { return not_found() };
        if bytes.len() != file.length {
            return (StatusCode::BAD_REQUEST, "wrong length").into_response();
        }
        let said = format!("OK - {}", bytes.len());
        file.mime = media::sniff(&bytes, Some(&file.mime), Some(&file.name)).0;
        file.bytes = bytes;
        said.into_response()
    }

    pub(super) fn complete(&self, body: &Value) -> Response {
        let channel = body["channel_id"].as_str().unwrap_or_default();
        if !channel.starts_with(['C', 'D', 'G']) {
            return refusal("channel_not_found");
        }
        let files = body["files"].as_array().cloned().unwrap_or_default();
        if files.is_empty() {
            return refusal("invalid_arguments");
        }
        let guest = memory::chat(channel, body["thread_ts"].as_str());
        for file in &files {
            let id = file["id"].as_str().unwrap_or_default();
            let shown = {
                let memory = self.memory();
                let Some(kept) = memory.files.get(id).filter(|kept| !kept.bytes.is_empty()) else {
                    return refusal("file_not_found");
                };
                attachment(kept, &memory.origin, id, body["initial_comment"].as_str())
            };
            self.show(&guest, id, Actor::There, Content::Attachment(shown), Value::Null);
        }
        ok(json!({ "files": files }))
    }

    pub(super) fn file_info(&self, id: &str) -> Response {
        match self.memory().files.get(id) {
            Some(file) => ok(json!({ "file": object(file, id) })),
            None => refusal("file_not_found"),
        }
    }

    /// What a guest uploads: as the event tells it, and as the guest sees it.
    pub(super) fn keep_file(&self, name: &str, mime: &str, bytes: Vec<u8>) -> (Value, Attachment) {
        let id = Memory::id('F');
        let file = File { name: name.to_owned(), mime: mime.to_owned(), length: bytes.len(), bytes: bytes.into() };
        let mut memory = self.memory();
        let told = (object(&file, &id), attachment(&file, &memory.origin, &id, None));
        memory.files.insert(id, file);
        told
    }

    /// `files-pri/{team}-{file}/download/{name}`
    pub(super) fn private(&self, path: &str, good: bool) -> Response {
        if !good {
            return Html("<title>Sign in | Slack</title>").into_response();
        }
        let id = path.split('/').next().and_then(|part| part.split_once('-')).map_or("", |(_, id)| id);
        self.show_file(id)
    }

    /// Also for the playground: the guest's own telephone shows what it sent.
    pub(super) fn show_file(&self, id: &str) -> Response {
        match self.memory().files.get(id) {
            Some(file) => ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response(),
            None => not_found(),
        }
    }
}

fn object(file: &File, id: &str) -> Value {
    let address = format!("https://files.slack.com/files-pri/{WORKSPACE}-{id}");
    json!({
        "id": id, "name": file.name, "title": file.name, "mimetype": file.mime, "mode": "hosted",
        "size": file.bytes.len(), "is_external": false, "url_private": format!("{address}/file"),
        "url_private_download": format!("{address}/download/file"),
    })
}

fn attachment(file: &File, origin: &str, id: &str, caption: Option<&str>) -> Attachment {
    Attachment {
        name: Some(file.name.clone()),
        mime: Some(file.mime.clone()),
        size: Some(file.bytes.len() as u64),
        caption: caption.map(str::to_owned),
        ..Attachment::at_url(MediaKind::of_mime(&file.mime), format!("{origin}/_content/{id}"))
    }
}
