//! Files: uploaded by the app in three steps, or by guests; given to whoever has the token.

use contract::Attachment;
use simulation::prelude::*;

use super::{
    State, WORKSPACE,
    api::{not_found, ok, refusal},
    memory,
};

pub(super) fn announce(state: &mut State, name: &str, length: &str) -> Response {
    let length = length.parse::<usize>().ok().filter(|length| *length > 0 && !name.is_empty());
    let Some(length) = length else { return refusal("invalid_arguments") };
    let id = memory::id(&mut state.ids, 'F');
    let mime = media::sniff(&[], None, Some(name)).0;
    state.files.insert(id.as_str(), File::new(name, mime, ""));
    state.memory.announced.insert(id.clone(), length);
    ok(json!({ "file_id": id, "upload_url": format!("https://files.slack.com/upload/v1/{id}") }))
}

pub(super) fn uploaded(state: &mut State, id: &str, call: &ProviderCall) -> Response {
    let (Some(file), Some(length)) = (state.files.get(id), state.memory.announced.get(id)) else { return not_found() };
    let bytes = &call.body;
    if bytes.len() != *length {
        return Response::new(400).body("wrong length").header("content-type", "text/plain; charset=utf-8");
    }
    let mime = media::sniff(bytes, Some(&file.mime), Some(&file.name)).0;
    let file = File::new(file.name.as_str(), mime, bytes.clone());
    state.files.insert(id, file);
    Response::new(200).body(format!("OK - {}", bytes.len())).header("content-type", "text/plain; charset=utf-8")
}

pub(super) fn complete(state: &mut State, body: &Value) -> Response {
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
        let Some(kept) = state.files.get(id).filter(|kept| !kept.bytes.is_empty()) else {
            return refusal("file_not_found");
        };
        let shown = Attachment {
            caption: body["initial_comment"].as_str().map(str::to_owned),
            ..kept.attachment(kept.kind(), state.url_of(id))
        };
        state.show(&guest, id, Actor::There, Content::Attachment(shown));
    }
    ok(json!({ "files": files }))
}

pub(super) fn file_info(state: &State, id: &str) -> Response {
    match state.files.get(id) {
        Some(file) => ok(json!({ "file": object(file, id) })),
        None => refusal("file_not_found"),
    }
}

/// What a guest uploads: as the event tells it, and as the guest sees it.
pub(super) fn keep(state: &mut State, file: File) -> (Value, Attachment) {
    let id = memory::id(&mut state.ids, 'F');
    let told = (object(&file, &id), file.attachment(file.kind(), state.url_of(&id)));
    state.files.insert(id, file);
    told
}

/// `files-pri/{team}-{file}/download/{name}`
pub(super) fn private(state: &State, path: &str, good: bool) -> Response {
    if !good {
        let page = Response::new(200).body("<title>Sign in | Slack</title>");
        return page.header("content-type", "text/html; charset=utf-8");
    }
    let id = path.split('/').next().and_then(|part| part.split_once('-')).map_or("", |(_, id)| id);
    state.files.response(id, state.now())
}

fn object(file: &File, id: &str) -> Value {
    let address = format!("https://files.slack.com/files-pri/{WORKSPACE}-{id}");
    json!({
        "id": id, "name": file.name, "title": file.name, "mimetype": file.mime, "mode": "hosted",
        "size": file.bytes.len(), "is_external": false, "url_private": format!("{address}/file"),
        "url_private_download": format!("{address}/download/file"),
    })
}
