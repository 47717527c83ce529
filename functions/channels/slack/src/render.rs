//! From an agent's message to Slack's requests.

use contract::{Attachment, Call, Outbound, Rendering, SendContext, http::Request, stable_uuid};
use http::HeaderName;
use serde_json::{Value, json};

use crate::{
    blocks::{self, Composer, Piece},
    conversation_key::ConversationKey,
    limits, mrkdwn, options,
};

/// Writes. <https://docs.slack.dev/reference/methods/chat.postMessage>
pub(crate) const POST: &str = "https://slack.com/api/chat.postMessage";
/// Changes what we wrote. <https://docs.slack.dev/reference/methods/chat.update>
pub(crate) const UPDATE: &str = "https://slack.com/api/chat.update";
/// Takes back what we wrote. <https://docs.slack.dev/reference/methods/chat.delete>
pub(crate) const DELETE: &str = "https://slack.com/api/chat.delete";
/// The last step of an upload. <https://docs.slack.dev/reference/methods/files.completeUploadExternal>
pub(crate) const COMPLETE: &str = "https://slack.com/api/files.completeUploadExternal";

/// For `send` alone, taken off before the request leaves: whose token it needs.
pub(crate) const INSTALL: HeaderName = HeaderName::from_static("um-install");
/// For `send` alone: an earlier attempt may have been taken, so that Slack is asked first; since when, in seconds.
pub(crate) const LOOK_SINCE: HeaderName = HeaderName::from_static("um-look-since");

/// What marks our messages, so that one that was taken is found again. Nobody sees it.
/// <https://docs.slack.dev/messaging/message-metadata>
pub(crate) const EVENT_TYPE: &str = "universal_messaging";

/// What belongs to one message of the agent's.
struct Page<'a> {
    message: &'a Outbound,
    context: &'a SendContext,
    place: ConversationKey<'a>,
    /// Where it is posted: a conversation, or a user, whose direct messages Slack then opens.
    channel: &'a str,
    thread: Option<&'a str>,
}

/// Messages first and what may fail after them: the calls keep their places when the message is tried again in another
/// context.
pub(crate) fn render(message: &Outbound, context: &SendContext) -> Rendering<Call> {
    let Some(place) = ConversationKey::parse(message.to.as_str()) else {
        // Nowhere that Slack knows of: let it say so.
        let mut composer = Composer::default();
        message.contents.iter().for_each(|content| composer.add(content));
        let nowhere = json!({ "channel": message.to.as_str(), "text": "…" });
        let calls =
            if composer.pieces.is_empty() { vec![] } else { vec![Call::new(Request::post_json(POST, &nowhere))] };
        return Rendering { steps: calls, degradations: composer.degradations, ..Rendering::default() };
    };
    let reply = context.reply.as_ref().map(|(reply, _)| reply);
    let known = |name: &str| reply.and_then(|reply| reply[name].as_str()).filter(|_| place.is_direct());
    let channel = known("channel").unwrap_or(place.channel);
    let page = Page { message, context, place, channel, thread: place.thread.or(known("threadTs")) };
    let mut composer = Composer::default();
    for content in &message.contents {
        composer.add(content);
    }
    let pieces = std::mem::take(&mut composer.pieces);
    let mut calls: Vec<Call> = pieces.iter().enumerate().map(|(index, piece)| page.call(index, piece)).collect();
    if !calls.is_empty() {
        calls.extend(reply.and_then(|reply| page.answered(&reply["answered"])));
    }
    composer.degradations.dedup();
    Rendering { steps: calls, degradations: composer.degradations, ..Rendering::default() }
}

impl Page<'_> {
    fn call(&self, index: usize, piece: &Piece) -> Call {
        match piece {
            Piece::Post(fields) => {
                let call = Call::new(self.post(index, fields, self.username()));
                match self.plainer(fields) {
                    Some(plainer) => call.or(self.post(index, &plainer, None)),
                    None => call,
                }
            }
            Piece::Update { message_id, text } => {
                let anew = json!({ "text": format!("✏️ {text}") });
                match message_id.split_once(':') {
                    Some((channel, ts)) => {
                        let body = json!({ "channel": channel, "ts": ts, "text": text, "blocks": [] });
                        Call::new(self.request(UPDATE, &body)).or(self.post(index, &anew, None))
                    }
                    None => Call::new(self.post(index, &anew, None)),
                }
            }
            Piece::Change { message_id, fields } => {
                let (channel, ts) = self.ours(message_id);
                let mut body = fields.clone();
                body["channel"] = channel.into();
                body["ts"] = ts.into();
                Call::new(self.request(UPDATE, &body))
            }
            Piece::TakeBack { message_id } => {
                let (channel, ts) = self.ours(message_id);
                Call::new(self.request(DELETE, &json!({ "channel": channel, "ts": ts })))
            }
            Piece::File(file) => {
                let link = json!({ "text": mrkdwn::escape(&limits::clip(&blocks::link(file), limits::TEXT)) });
                Call::new(self.upload(file)).or(self.post(index, &link, None))
            }
        }
    }

    /// Where a message of ours stands: by our id of it, or by Slack's alone. Nobody else's conversation.
    fn ours<'i>(&'i self, message_id: &'i str) -> (&'i str, &'i str) {
        match message_id.split_once(':') {
            // Direct messages that Slack is to open have another id once they are.
            Some((channel, ts)) if self.channel.starts_with(['U', 'W']) && channel.starts_with('D') => (channel, ts),
            Some((_, ts)) => (self.channel, ts),
            None => (self.channel, message_id),
        }
    }

    fn request(&self, url: &str, body: &Value) -> Request {
        Request::post_json(url, body)
            .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(INSTALL, self.place.installation)
    }

    fn post(&self, index: usize, fields: &Value, username: Option<String>) -> Request {
        let mut body = fields.clone();
        body["channel"] = self.channel.into();
        if let Some(thread) = self.thread {
            body["thread_ts"] = thread.into();
        }
        if let Some(name) = username {
            body["username"] = name.into();
        }
        let id =
            stable_uuid(&["slack", self.message.message_id.as_str(), self.message.to.as_str(), &index.to_string()]);
        body["metadata"] = json!({ "event_type": EVENT_TYPE, "event_payload": { "id": id.to_string() } });
        let request = self.request(POST, &body);
        if self.context.earlier_attempts == 0 {
            return request;
        }
        // A minute's grace for clocks that differ.
        request.header(LOOK_SINCE, &(self.message.at.as_second() - 60).to_string())
    }

    fn upload(&self, file: &Attachment) -> Request {
        let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(file.kind.word());
        let mut body = json!({ "source": file.url(), "filename": name, "channel_id": self.channel });
        if let Some(thread) = self.thread {
            body["thread_ts"] = thread.into();
        }
        if let Some(caption) = file.caption.as_deref().filter(|caption| !caption.trim().is_empty()) {
            body["initial_comment"] = mrkdwn::escape(&limits::clip(caption, limits::TEXT)).into();
        }
        self.request(COMPLETE, &body)
    }

    fn username(&self) -> Option<String> {
        let name = self.context.agent_name.as_deref()?.trim();
        (!name.is_empty()).then(|| limits::clip(name, limits::USERNAME))
    }

    /// What to post when Slack refuses a message: without pictures, which it may not be able to fetch, and with the
    /// agent's name in the text, which it may not be allowed to show otherwise. None when that is the same.
    fn plainer(&self, fields: &Value) -> Option<Value> {
        let mut plainer = fields.clone();
        let mut changed = false;
        if let Some(Value::Array(blocks)) = plainer.get_mut("blocks") {
            let before = blocks.len();
            blocks.retain(|block| block["type"] != "image");
            changed = blocks.len() != before;
            if blocks.is_empty() {
                plainer.as_object_mut()?.remove("blocks");
            }
        }
        if let Some(name) = self.username() {
            changed = true;
            let named = format!("{}: {}", mrkdwn::escape(&name), plainer["text"].as_str().unwrap_or_default());
            plainer["text"] = named.into();
        }
        changed.then_some(plainer)
    }

    /// Takes the buttons away from a question that the guest has answered.
    fn answered(&self, answered: &Value) -> Option<Call> {
        let text = |name: &str| answered[name].as_str();
        let (channel, ts, choice) = (text("channel")?, text("ts")?, text("choice")?);
        let question = text("text").unwrap_or_default();
        let body = json!({
            "channel": channel, "ts": ts, "text": question, "blocks": options::answered(question, choice),
        });
        Some(Call::best_effort(self.request(UPDATE, &body)))
    }
}
