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

/// Which installation an event is for.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// The workspace's id.
    pub(crate) workspace: String,
    /// The id under which the token is kept: the workspace's, or that of the organisation that installed the app.
    pub(crate) install: String,
    /// The Enterprise Grid organisation, if there is one.
    pub(crate) enterprise: Option<String>,
}

impl Home {
    /// The workspace that authorises the event. In a channel that workspaces share, the writer's may be another.
    fn of(outer: &Outer<'_>) -> Option<(Self, Option<String>)> {
        let owned = |field: &Option<Str<'_>>| Some(text(field)).filter(|id| !id.is_empty()).map(str::to_owned);
        let first: Option<&Authorization<'_>> = outer.authorizations.as_ref().and_then(|all| all.first());
        let enterprise = first.and_then(|of| owned(&of.enterprise_id)).or_else(|| owned(&outer.enterprise_id));
        let workspace = first.and_then(|of| owned(&of.team_id)).or_else(|| owned(&outer.team_id));
        let by_org = first.is_some_and(|of| of.is_enterprise_install);
        let install = if by_org { enterprise.clone() } else { workspace.clone() };
        let install = install.or_else(|| enterprise.clone())?;
        let workspace = workspace.unwrap_or_else(|| install.clone());
        let bot = first.filter(|of| of.is_bot).and_then(|of| owned(&of.user_id));
        Some((Self { workspace, install, enterprise }, bot))
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
struct Page<'a> {
    home: &'a Home,
    channel: &'a str,
    guest: Guest,
    at: Timestamp,
    /// Where an answer goes, when the guest's id alone does not say.
    context: Option<serde_json::Value>,
    /// A reply that does not call the app.
    only_while_open: bool,
}

impl Page<'_> {
    fn event(&self, id: &str, message_id: Option<String>, content: Content) -> Inbound {
        let Self { home, channel, guest, at, context, only_while_open } = self;
        Inbound {
            event_id: format!("{}/{channel}/{id}", home.install).into(),
            message_id,
            at: *at,
            guest: guest.clone(),
            content,
            reply_context: context.clone(),
            only_while_open: *only_while_open,
        }
    }
}

/// A message: written, changed or taken back. `called` when it calls the app whatever its text says.
///
/// The same message may come as `message` and as `app_mention`, each with an event id of its own; what tells them apart
/// from others is channel and timestamp.
pub(crate) fn message(outer: &Outer<'_>, event: &Message<'_>, called: bool) -> Result<Vec<Inbound>, &'static str> {
    let (home, bot) = Home::of(outer).ok_or(MALFORMED)?;
    let bot = bot.as_deref();
    match text(&event.subtype) {
        "" | "file_share" | "thread_broadcast" | "me_message" => {
            if event.hidden {
                return Err("hidden");
            }
            let page = page(&home, bot, event, event, called)?;
            said(&page, bot, event)
        }
        "message_changed" => {
            let now = event.message.as_deref().ok_or(MALFORMED)?;
            let page = page(&home, bot, event, now, called)?;
            let (id, stamp) = (text(&now.ts), text(&event.event_ts));
            if text(&now.subtype) == "tombstone" {
                return Ok(vec![taken_back(&page, id)]);
            }
            // Slack shows previews of links by changing the message, too.
            let before = event.previous_message.as_deref().map(|before| text(&before.text));
            if now.edited.is_none() || before == Some(text(&now.text)) {
                return Err("unchanged");
            }
            let text = words(bot, now);
            let edited = Content::Edited { message_id: message_id(page.channel, id), text };
            Ok(vec![page.event(&format!("{id}/edited/{stamp}"), None, edited)])
        }
        "message_deleted" => {
            let before = event.previous_message.as_deref().ok_or(MALFORMED)?;
            let page = page(&home, bot, event, before, called)?;
            let id = match text(&event.deleted_ts) {
                "" => text(&before.ts),
                id => id,
            };
            Ok(vec![taken_back(&page, id)])
        }
        "bot_message" => Err("bot"),
        _ => Err("subtype"),
    }
}

/// Whose conversation it is, unless it is nobody's. `outside` is the event, `message` the message that it is about.
fn page<'a>(
    home: &'a Home,
    bot: Option<&str>,
    outside: &'a Message<'_>,
    message: &Message<'_>,
    called: bool,
) -> Result<Page<'a>, &'static str> {
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
        let guest =
            Guest { profile: home.profile(), ..Guest::person(guest_id(&home.workspace, &home.install, user, None)) };
        let mut context = json!({ "channel": channel });
        if let Some(thread) = thread {
            context["threadTs"] = thread.into();
        }
        return Ok(Page { home, channel, guest, at, context: Some(context), only_while_open: false });
    }
    // A thread that the app began is a conversation with it.
    let ours = called
        || bot.is_some_and(|bot| {
            mrkdwn::mentions(text(&message.text), bot) || (thread.is_some() && text(&message.parent_user_id) == bot)
        });
    // A reply need not call the app in a thread that is an open conversation; whether it is, the engine knows.
    if !ours && !is_reply(outside) {
        return Err(NOT_MENTIONED);
    }
    // In a direct message of several people, they are the conversation; in a channel, the thread is.
    let thread = if text(&outside.channel_type) == "mpim" { thread } else { Some(thread.unwrap_or(ts)) };
    let id = guest_id(&home.workspace, &home.install, channel, thread);
    let guest = Guest { profile: home.profile(), ..Guest::in_group(id, Some(user.to_owned())) };
    Ok(Page { home, channel, guest, at, context: None, only_while_open: !ours })
}

/// Whether a message, or one that was changed or taken back, is in a thread.
fn is_reply(event: &Message<'_>) -> bool {
    let inner = [event.message.as_deref(), event.previous_message.as_deref(), Some(event)];
    inner.into_iter().flatten().any(|message| !text(&message.thread_ts).is_empty())
}

/// Words first, then the files, each by itself: a file that cannot be fetched does not take the words with it.
fn said(page: &Page<'_>, bot: Option<&str>, event: &Message<'_>) -> Result<Vec<Inbound>, &'static str> {
    let ts = text(&event.ts);
    let files = event.files.as_deref().unwrap_or_default();
    let mut events = Vec::with_capacity(1 + files.len());
    let words = words(bot, event);
    if !words.trim().is_empty() {
        events.push(page.event(ts, Some(message_id(page.channel, ts)), Content::text(words)));
    }
    for (number, file) in files.iter().enumerate() {
        let id = file.id.as_ref().map_or_else(|| number.to_string(), |id| id.as_str().to_owned());
        let message_id = Some(message_id(page.channel, ts)).filter(|_| events.is_empty());
        events.push(page.event(&format!("{ts}/{id}"), message_id, attached(page.home, file)));
    }
    if events.is_empty() {
        // The app was called by its name and nothing else.
        if !bot.is_some_and(|bot| mrkdwn::mentions(text(&event.text), bot)) {
            return Err("emptyText");
        }
        events.push(page.event(ts, Some(message_id(page.channel, ts)), Content::text("👋")));
    }
    Ok(events)
}

/// The text as an agent reads it.
fn words(bot: Option<&str>, message: &Message<'_>) -> String {
    let raw = text(&message.text);
    let blocks = if raw.contains(':') { message.parsed_blocks() } else { None };
    let words = mrkdwn::to_text(raw, bot, blocks.as_ref());
    // Where a name was cut out, so is the space beside it.
    if bot.is_some_and(|bot| mrkdwn::mentions(raw, bot)) { words.trim().to_owned() } else { words }
}

fn taken_back(page: &Page<'_>, ts: &str) -> Inbound {
    let note = Content::Note { text: "The guest took back a message.".to_owned() };
    page.event(&format!("{ts}/deleted"), None, note)
}

fn attached(home: &Home, file: &File<'_>) -> Content {
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
    let reference = inbound_media::reference(&home.install, text(&file.id), url);
    Content::Attachment(Attachment {
        mime: mime.map(str::to_owned),
        size: file.size,
        duration_ms: file.duration_ms,
        name,
        ..Attachment::on_network(mime.map_or(MediaKind::File, MediaKind::of_mime), reference)
    })
}

/// The app was removed from the workspace: nobody there can be written to any more.
pub(crate) fn removed(outer: &Outer<'_>) -> Result<Vec<Inbound>, &'static str> {
    let (home, _) = Home::of(outer).ok_or(MALFORMED)?;
    let at = outer.event_time.and_then(|second| Timestamp::from_second(second).ok()).ok_or(MALFORMED)?;
    let event_id = outer.event_id.as_ref().map(|id| id.as_str().to_owned()).ok_or(MALFORMED)?;
    Ok(vec![Inbound {
        event_id: event_id.into(),
        message_id: None,
        at,
        guest: Guest { profile: home.profile(), ..Guest::person(home.install) },
        content: Content::Presence { presence: Presence::Unsubscribed },
        reply_context: None,
        only_while_open: false,
    }])
}

/// Whether it is the app's own tokens that were revoked, and not those of a user.
pub(crate) fn revokes_ours(event: &RawValue) -> bool {
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
