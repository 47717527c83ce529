//! What Slack's events mean.

use contract::{Attachment, Content, Guest, Inbound, MediaKind, Presence, Profile};
use jiff::Timestamp;
use serde_json::{json, value::RawValue};

use crate::{
    conversation_key::guest_id,
    inbound_media, mrkdwn,
    wire::{Authorization, File, Message, Outer, Revoked, Str, text},
};

/// The event is not as documented.
pub(crate) const MALFORMED: &str = "malformed";
/// Somebody talks in a channel, and not to us.
pub(crate) const NOT_MENTIONED: &str = "notMentioned";

/// Where an event comes from, and which installation it is for.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The workspace's id.
    pub(crate) workspace: String,
    /// The id under which the token is kept: the workspace's, or that of the organisation that installed the app.
    pub(crate) installation: String,
    /// The Enterprise Grid organisation, if there is one.
    pub(crate) enterprise: Option<String>,
}

impl Origin {
    /// The workspace that authorises the event. In a channel that workspaces share, the writer's may be another.
    fn of(outer: &Outer<'_>) -> Option<(Self, Option<String>)> {
        let owned = |field: &Option<Str<'_>>| Some(text(field)).filter(|id| !id.is_empty()).map(str::to_owned);
        let first: Option<&Authorization<'_>> = outer.authorizations.as_ref().and_then(|all| all.first());
        let enterprise = first.and_then(|of| owned(&of.enterprise_id)).or_else(|| owned(&outer.enterprise_id));
        let workspace = first.and_then(|of| owned(&of.team_id)).or_else(|| owned(&outer.team_id));
        let by_org = first.is_some_and(|of| of.is_enterprise_install);
        let installation = if by_org { enterprise.clone() } else { workspace.clone() };
        let installation = installation.or_else(|| enterprise.clone())?;
        let workspace = workspace.unwrap_or_else(|| installation.clone());
        let bot = first.filter(|of| of.is_bot).and_then(|of| owned(&of.user_id));
        Some((Self { workspace, installation, enterprise }, bot))
    }

    /// Participant data that is known without asking.
    pub(crate) fn profile(&self) -> Profile {
        let mut profile = Profile::default();
        profile.attributes.insert("workspaceId".to_owned(), self.workspace.clone());
        if let Some(enterprise) = &self.enterprise {
            profile.attributes.insert("enterpriseId".to_owned(), enterprise.clone());
        }
        profile
    }
}

/// Everything about a message that is the same for all of its parts.
struct MessageContext<'a> {
    origin: &'a Origin,
    channel: &'a str,
    guest: Guest,
    at: Timestamp,
    /// Where an answer goes, when the guest's id alone does not say.
    reply_context: Option<serde_json::Value>,
    /// A reply that does not call the app.
    only_while_open: bool,
}

impl MessageContext<'_> {
    fn event(&self, id: &str, message_id: Option<String>, content: Content) -> Inbound {
        let Self { origin, channel, guest, at, reply_context, only_while_open } = self;
        Inbound {
            event_id: format!("{}/{channel}/{id}", origin.installation).into(),
            message_id,
            at: *at,
            guest: guest.clone(),
            content,
            reply_context: reply_context.clone(),
            only_while_open: *only_while_open,
        }
    }
}

/// A message: written, changed or taken back. `mentioned` when it calls the app whatever its text says.
///
/// The same message may come as `message` and as `app_mention`, each with an event id of its own; what tells them apart
/// from others is channel and timestamp.
pub(crate) fn message(outer: &Outer<'_>, event: &Message<'_>, mentioned: bool) -> Result<Vec<Inbound>, &'static str> {
    let (origin, bot) = Origin::of(outer).ok_or(MALFORMED)?;
    let bot = bot.as_deref();
    match text(&event.subtype) {
        "" | "file_share" | "thread_broadcast" | "me_message" => {
            if event.hidden {
                return Err("hidden");
            }
            let context = context_of(&origin, bot, event, event, mentioned)?;
            contents(&context, bot, event)
        }
        "message_changed" => {
            let now = event.message.as_deref().ok_or(MALFORMED)?;
            let context = context_of(&origin, bot, event, now, mentioned)?;
            let (id, stamp) = (text(&now.ts), text(&event.event_ts));
            if text(&now.subtype) == "tombstone" {
                return Ok(vec![deleted(&context, id)]);
            }
            // Slack shows previews of links by changing the message, too.
            let before = event.previous_message.as_deref().map(|before| text(&before.text));
            if now.edited.is_none() || before == Some(text(&now.text)) {
                return Err("unchanged");
            }
            let text = text_of(bot, now);
            let edited = Content::Edited { message_id: message_id(context.channel, id), text };
            Ok(vec![context.event(&format!("{id}/edited/{stamp}"), None, edited)])
        }
        "message_deleted" => {
            let before = event.previous_message.as_deref().ok_or(MALFORMED)?;
            let context = context_of(&origin, bot, event, before, mentioned)?;
            let id = match text(&event.deleted_ts) {
                "" => text(&before.ts),
                id => id,
            };
            Ok(vec![deleted(&context, id)])
        }
        "bot_message" => Err("bot"),
        _ => Err("subtype"),
    }
}

/// The conversation that a message belongs to, or why it is ignored. `outside` is the event, `message` the message that it is about.
fn context_of<'a>(
    origin: &'a Origin,
    bot: Option<&str>,
    outside: &'a Message<'_>,
    message: &Message<'_>,
    mentioned: bool,
) -> Result<MessageContext<'a>, &'static str> {
    let user = text(&message.user);
    if message.bot_id.is_some() || (bot.is_some() && bot == Some(user)) {
        return Err("echo");
    }
    if user == "USLACK" || user == "USLACKBOT" {
        return Err("slackbot");
    }
    let (channel, ts) = (text(&outside.channel), text(&message.ts));
    if user.is_empty() || channel.is_empty() || ts.is_empty() {
        return Err(MALFORMED);
    }
    let at = timestamp(text(&outside.event_ts)).or_else(|| timestamp(ts)).ok_or(MALFORMED)?;
    let thread = Some(text(&message.thread_ts)).filter(|thread| !thread.is_empty());
    // `app_mention` does not tell the type.
    if text(&outside.channel_type) == "im" || channel.starts_with('D') {
        let guest = Guest {
            profile: origin.profile(),
            ..Guest::person(guest_id(&origin.workspace, &origin.installation, user, None))
        };
        let mut context = json!({ "channel": channel });
        if let Some(thread) = thread {
            context["threadTs"] = thread.into();
        }
        return Ok(MessageContext { origin, channel, guest, at, reply_context: Some(context), only_while_open: false });
    }
    // A thread that the app began is a conversation with it.
    let ours = mentioned
        || bot.is_some_and(|bot| {
            mrkdwn::mentions(text(&message.text), bot) || (thread.is_some() && text(&message.parent_user_id) == bot)
        });
    // A reply need not call the app in a thread that is an open conversation; whether it is, the engine knows.
    if !ours && !is_reply(outside) {
        return Err(NOT_MENTIONED);
    }
    // In a direct message of several people, they are the conversation; in a channel, the thread is.
    let thread = if text(&outside.channel_type) == "mpim" { thread } else { Some(thread.unwrap_or(ts)) };
    let id = guest_id(&origin.workspace, &origin.installation, channel, thread);
    let guest = Guest { profile: origin.profile(), ..Guest::in_group(id, Some(user.to_owned())) };
    Ok(MessageContext { origin, channel, guest, at, reply_context: None, only_while_open: !ours })
}

/// Whether a message, or one that was changed or taken back, is in a thread.
fn is_reply(event: &Message<'_>) -> bool {
    let inner = [event.message.as_deref(), event.previous_message.as_deref(), Some(event)];
    inner.into_iter().flatten().any(|message| !text(&message.thread_ts).is_empty())
}

/// Words first, then the files, each by itself: a file that cannot be fetched does not take the words with it.
fn contents(
    context: &MessageContext<'_>,
    bot: Option<&str>,
    event: &Message<'_>,
) -> Result<Vec<Inbound>, &'static str> {
    let ts = text(&event.ts);
    let files = event.files.as_deref().unwrap_or_default();
    let mut events = Vec::with_capacity(1 + files.len());
    let words = text_of(bot, event);
    if !words.trim().is_empty() {
        events.push(context.event(ts, Some(message_id(context.channel, ts)), Content::text(words)));
    }
    for (number, file) in files.iter().enumerate() {
        let id = file.id.as_ref().map_or_else(|| number.to_string(), |id| id.as_str().to_owned());
        let message_id = Some(message_id(context.channel, ts)).filter(|_| events.is_empty());
        events.push(context.event(&format!("{ts}/{id}"), message_id, attachment(context.origin, file)));
    }
    if events.is_empty() {
        // The app was called by its name and nothing else.
        if !bot.is_some_and(|bot| mrkdwn::mentions(text(&event.text), bot)) {
            return Err("emptyText");
        }
        events.push(context.event(ts, Some(message_id(context.channel, ts)), Content::text("👋")));
    }
    Ok(events)
}

/// The text as an agent reads it.
fn text_of(bot: Option<&str>, message: &Message<'_>) -> String {
    let raw = text(&message.text);
    let blocks = if raw.contains(':') { message.parsed_blocks() } else { None };
    let words = mrkdwn::to_text(raw, bot, blocks.as_ref());
    // Where a name was cut out, so is the space beside it.
    if bot.is_some_and(|bot| mrkdwn::mentions(raw, bot)) { words.trim().to_owned() } else { words }
}

fn deleted(context: &MessageContext<'_>, ts: &str) -> Inbound {
    let note = Content::Note { text: "The guest took back a message.".to_owned() };
    context.event(&format!("{ts}/deleted"), None, note)
}

fn attachment(origin: &Origin, file: &File<'_>) -> Content {
    let name = [&file.name, &file.title].into_iter().map(text).find(|name| !name.is_empty()).map(str::to_owned);
    let called = name.as_deref().unwrap_or("a file");
    if file.is_external {
        // Google Drive, Dropbox: Slack has the link alone.
        return Content::text(format!("📎 {called}\n{}", mrkdwn::unescape(text(&file.url_private))));
    }
    match text(&file.mode) {
        "tombstone" => return Content::text(format!("[{called}: the file was deleted.]")),
        "hidden_by_limit" => {
            return Content::text(format!("[{called}: the file is hidden by the limit of the workspace's plan.]"));
        }
        _ => {}
    }
    let mime = Some(text(&file.mimetype)).filter(|mime| !mime.is_empty());
    let url = [&file.url_private_download, &file.url_private].into_iter().map(text).find(|url| !url.is_empty());
    let reference = inbound_media::reference(&origin.installation, text(&file.id), url);
    Content::Attachment(Attachment {
        mime: mime.map(str::to_owned),
        size: file.size,
        duration_ms: file.duration_ms,
        name,
        ..Attachment::on_network(mime.map_or(MediaKind::File, MediaKind::of_mime), reference)
    })
}

/// The app was removed from the workspace: nobody there can be written to any more.
pub(crate) fn uninstalled(outer: &Outer<'_>) -> Result<Vec<Inbound>, &'static str> {
    let (origin, _) = Origin::of(outer).ok_or(MALFORMED)?;
    let at = outer.event_time.and_then(|second| Timestamp::from_second(second).ok()).ok_or(MALFORMED)?;
    let event_id = outer.event_id.as_ref().map(|id| id.as_str().to_owned()).ok_or(MALFORMED)?;
    Ok(vec![Inbound {
        event_id: event_id.into(),
        message_id: None,
        at,
        guest: Guest { profile: origin.profile(), ..Guest::person(origin.installation) },
        content: Content::Presence { presence: Presence::Unsubscribed },
        reply_context: None,
        only_while_open: false,
    }])
}

/// Whether it is the app's own tokens that were revoked, and not those of a user.
pub(crate) fn revokes_bot_token(event: &RawValue) -> bool {
    serde_json::from_str::<Revoked<'_>>(event.get())
        .is_ok_and(|event| event.tokens.bot.is_some_and(|bot| !bot.is_empty()))
}

/// A message's id in all of Slack: its conversation and its timestamp.
pub(crate) fn message_id(channel: &str, ts: &str) -> String {
    format!("{channel}:{ts}")
}

/// `1766458026.240809`: seconds and microseconds.
pub(crate) fn timestamp(ts: &str) -> Option<Timestamp> {
    let (seconds, micros) = ts.split_once('.').unwrap_or((ts, "0"));
    let micros: u32 = format!("{micros:0<6}").get(..6)?.parse().ok()?;
    Timestamp::new(seconds.parse().ok()?, i32::try_from(micros * 1_000).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn timestamps() {
        assert_eq!(timestamp("1766458026.240809").unwrap().as_microsecond(), 1_766_458_026_240_809);
        assert_eq!(timestamp("1766458026").unwrap().as_second(), 1_766_458_026);
        for bad in ["", "x", "1.x", "99999999999999.0", "1.-1"] {
            assert_eq!(timestamp(bad), None, "{bad}");
        }
    }
}
