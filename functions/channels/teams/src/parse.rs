//! What an activity means: <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-activities>.
//!
//! Fields are looked up one by one, so that a new or odd one costs nothing but itself.

use contract::{Content, Guest, Inbound, Parsed, Presence, Rejection, WebhookResponse, descriptor::TextUnit};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    address::{reply_context, without_thread},
    answers, file_consent, inbound_media, limits,
    settings::Settings,
    wire::text,
};

/// The activity is not as documented.
const MALFORMED: &str = "malformed";
/// The conversation, its service, or a private chat's person is not told.
const NO_CONVERSATION: &str = "noConversation";

/// The events of a request: there is one activity in each.
pub(crate) fn parse(body: &[u8], settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
    let activity: Value = serde_json::from_slice(body).map_err(|_| Rejection::Malformed)?;
    if !activity.is_object() {
        return Err(Rejection::Malformed);
    }
    let mut parsed = match read(&activity, settings) {
        Ok(events) => Parsed::events(events),
        Err(reason) => Parsed::ignored(reason),
    };
    parsed.answer = answer_to(&activity);
    Ok(parsed)
}

/// A card that is executed waits for a word.
/// <https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format>
fn answer_to(activity: &Value) -> Option<WebhookResponse> {
    if activity["type"] != "invoke" || activity["name"] != "adaptiveCard/action" {
        return None;
    }
    let body = json!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "✓" });
    Some(WebhookResponse::with_body(http::StatusCode::OK, "application/json", body.to_string()))
}

fn read(activity: &Value, settings: &Settings) -> Result<Vec<Inbound>, &'static str> {
    if text(activity, "channelId").is_some_and(|channel| channel != "msteams") {
        return Err("otherChannel");
    }
    let kind = text(activity, "type").ok_or(MALFORMED)?;
    if !matches!(
        kind,
        "message"
            | "messageUpdate"
            | "messageDelete"
            | "messageReaction"
            | "typing"
            | "conversationUpdate"
            | "installationUpdate"
            | "invoke"
    ) {
        return Err(match kind {
            "event" => "event",
            "endOfConversation" => "endOfConversation",
            _ => "unknownEvent",
        });
    }
    let ours =
        [activity["recipient"]["id"].as_str(), Some(settings.bot().as_str())].contains(&text(&activity["from"], "id"));
    let envelope = Envelope::of(activity)?;
    // Of a group's changes the bot itself may be the author.
    if ours && !(kind == "conversationUpdate" && envelope.in_group) {
        return Err("echo");
    }
    match kind {
        "message" => message(activity, &envelope),
        "messageUpdate" => edited(activity, &envelope),
        "messageDelete" => single(&envelope, "deleted", note("The guest took back a message.")),
        "messageReaction" => reaction(activity, &envelope),
        "typing" => single(&envelope, "typing", Content::Typing { on: true, duration_ms: None }),
        "conversationUpdate" => members(activity, &envelope, settings),
        "installationUpdate" => match text(activity, "action") {
            Some("add") => single(&envelope, "installed", Content::Presence { presence: Presence::Subscribed }),
            Some("remove") => single(&envelope, "removed", Content::Presence { presence: Presence::Unsubscribed }),
            _ => Err("upgrade"),
        },
        _ => invoked(activity, &envelope, settings),
    }
}

/// What every activity tells: when it happened, in which conversation, who did it.
struct Envelope {
    id: String,
    at: Timestamp,
    in_group: bool,
    guest: Guest,
    reply_context: Value,
}

impl Envelope {
    fn of(activity: &Value) -> Result<Self, &'static str> {
        let conversation = text(&activity["conversation"], "id").ok_or(NO_CONVERSATION)?;
        let kind = match text(&activity["conversation"], "conversationType") {
            Some("personal") => "personal",
            Some("groupChat" | "groupchat") => "groupchat",
            Some("channel") => "channel",
            _ if conversation.contains("@thread.tacv2") || conversation.contains("@thread.skype") => "channel",
            _ if activity["conversation"]["isGroup"] == true => "groupchat",
            _ => "personal",
        };
        let id = text(activity, "id");
        let at = text(activity, "timestamp").and_then(|at| at.parse().ok());
        // Messages are numbered by the millisecond they were written in.
        let at = at.or_else(|| Timestamp::from_millisecond(id?.parse().ok()?).ok()).ok_or(MALFORMED)?;
        let id = id
            .map_or_else(|| format!("{}-{}", at.as_millisecond(), text(activity, "type").unwrap_or("")), str::to_owned);
        let service = text(activity, "serviceUrl").ok_or(NO_CONVERSATION)?;
        let in_group = kind != "personal";
        Ok(Self {
            id,
            at,
            in_group,
            guest: guest(activity, conversation, kind)?,
            reply_context: reply_context(service, conversation),
        })
    }

    fn event(&self, suffix: &str, message_id: Option<&str>, content: Content) -> Inbound {
        Inbound {
            event_id: format!("{}{suffix}", self.id).into(),
            message_id: message_id.map(str::to_owned),
            at: self.at,
            guest: self.guest.clone(),
            content,
            reply_context: Some(self.reply_context.clone()),
            only_while_open: false,
        }
    }
}

/// In a private chat the person, elsewhere the conversation; in a team's channel that is the thread.
fn guest(activity: &Value, conversation: &str, kind: &str) -> Result<Guest, &'static str> {
    let from = &activity["from"];
    let person = text(from, "id");
    let mut guest = match kind {
        "personal" => Guest::person(person.ok_or(NO_CONVERSATION)?),
        _ => Guest::in_group(conversation, person.map(str::to_owned)),
    };
    let channel = &activity["channelData"];
    let mut know = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            guest.profile.attributes.insert(name.to_owned(), value.to_owned());
        }
    };
    know("teamsConversationId", Some(conversation));
    know("teamsConversationType", Some(kind));
    know("teamsTenantId", text(&channel["tenant"], "id").or(text(&activity["conversation"], "tenantId")));
    match kind {
        "personal" => {
            know("teamsUserId", person);
            know("teamsUserName", text(from, "name"));
        }
        "channel" => {
            let id = text(&channel["channel"], "id").or(text(channel, "teamsChannelId"));
            know("teamsChannelId", id.or(Some(without_thread(conversation))));
            know("teamsChannelName", text(&channel["channel"], "name"));
            know("teamsTeamId", text(&channel["team"], "id").or(text(channel, "teamsTeamId")));
            know("teamsTeamName", text(&channel["team"], "name"));
        }
        _ => {}
    }
    let client = entities(activity, "clientInfo").next();
    know("locale", text(activity, "locale").or(client.and_then(|client| text(client, "locale"))));
    let zone = client.and_then(|client| text(client, "timezone")).or(text(activity, "localTimezone"));
    know("timezone", zone);
    guest.profile.nickname = text(from, "name").map(str::to_owned);
    Ok(guest)
}

fn entities<'a>(activity: &'a Value, kind: &'static str) -> impl Iterator<Item = &'a Value> {
    activity["entities"].as_array().into_iter().flatten().filter(move |entity| entity["type"] == kind)
}

fn single(envelope: &Envelope, what: &str, content: Content) -> Result<Vec<Inbound>, &'static str> {
    let suffix = format!("/{what}/{}", envelope.at.as_millisecond());
    Ok(vec![envelope.event(&suffix, None, content)])
}

fn note(text: impl Into<String>) -> Content {
    Content::Note { text: text.into() }
}

fn message(activity: &Value, envelope: &Envelope) -> Result<Vec<Inbound>, &'static str> {
    let id = Some(envelope.id.as_str());
    let words = activity["text"].as_str().unwrap_or_default();
    if let Some(answer) = answers::of(&activity["value"], words) {
        return Ok(vec![envelope.event("", id, Content::Answer(answer))]);
    }
    // With the permission to read a channel whole, a bot is told all of it: what does not call us is not ours.
    if envelope.in_group && !mentions_us(activity) {
        return Err("notMentioned");
    }
    let mut contents = Vec::new();
    let text = without_our_name(activity, words);
    if !text.is_empty() {
        contents.push(Content::text(text));
    }
    for attachment in activity["attachments"].as_array().into_iter().flatten() {
        contents.extend(inbound_media::content_of(attachment));
    }
    if contents.is_empty() {
        // Called by name and told nothing: the name is the message.
        contents.push(match entities(activity, "mention").find_map(text_of_name) {
            Some(name) if envelope.in_group => Content::text(name),
            _ if activity["attachments"].as_array().is_some_and(|all| !all.is_empty()) => {
                note("The guest sent something that cannot be shown here.")
            }
            _ => return Err("emptyText"),
        });
    }
    let numbered = contents.into_iter().enumerate().map(|(index, content)| {
        let suffix = if index == 0 { String::new() } else { format!("/{index}") };
        envelope.event(&suffix, id, content)
    });
    Ok(numbered.collect())
}

fn is_us(activity: &Value, mention: &Value) -> bool {
    let us = text(&activity["recipient"], "id");
    us.is_some() && text(&mention["mentioned"], "id") == us
}

fn mentions_us(activity: &Value) -> bool {
    entities(activity, "mention").any(|mention| is_us(activity, mention))
}

fn text_of_name(mention: &Value) -> Option<String> {
    let name = text(&mention["mentioned"], "name").map(str::to_owned);
    name.or_else(|| Some(text(mention, "text")?.replace("<at>", "").replace("</at>", "")))
        .map(|name| format!("@{name}"))
}

/// The text without calls of the bot, and others' names as people write them: `@Ann`.
fn without_our_name(activity: &Value, words: &str) -> String {
    let mut kept = words.to_owned();
    for mention in entities(activity, "mention") {
        let Some(mark) = text(mention, "text") else { continue };
        if is_us(activity, mention) {
            // What Teams puts behind a name goes with it.
            for tail in ["&nbsp;", "\u{a0}", " ", ""] {
                kept = kept.replace(&format!("{mark}{tail}"), "");
            }
        } else if let Some(name) = text_of_name(mention) {
            kept = kept.replace(mark, &name);
        }
    }
    kept.trim().to_owned()
}

fn edited(activity: &Value, envelope: &Envelope) -> Result<Vec<Inbound>, &'static str> {
    if envelope.in_group && !mentions_us(activity) {
        return Err("notMentioned");
    }
    if activity["channelData"]["eventType"] == "undeleteMessage" {
        return single(envelope, "undeleted", note("The guest restored a message that had been taken back."));
    }
    let text = without_our_name(activity, activity["text"].as_str().unwrap_or_default());
    if text.is_empty() {
        return Err("emptyText");
    }
    let suffix = format!("/edited/{}", envelope.at.as_millisecond());
    let content = Content::Edited { message_id: envelope.id.clone(), text };
    Ok(vec![envelope.event(&suffix, Some(&envelope.id), content)])
}

fn reaction(activity: &Value, envelope: &Envelope) -> Result<Vec<Inbound>, &'static str> {
    let kinds = |name: &str| {
        let all = activity[name].as_array().into_iter().flatten();
        all.filter_map(|reaction| text(reaction, "type")).map(emoji).collect::<Vec<_>>().join(" ")
    };
    let (added, removed) = (kinds("reactionsAdded"), kinds("reactionsRemoved"));
    let sentence = match (added.is_empty(), removed.is_empty()) {
        (false, true) => format!("The guest reacted with {added}."),
        (true, false) => format!("The guest took back the reaction {removed}."),
        (false, false) => format!("The guest changed the reaction from {removed} to {added}."),
        (true, true) => return Err(MALFORMED),
    };
    single(envelope, "reaction", note(sentence))
}

/// Reactions by their picture; newer ones are named `1f44b_wavinghand`.
fn emoji(kind: &str) -> String {
    let known = match kind {
        "like" => "👍",
        "heart" => "❤️",
        "laugh" => "😆",
        "surprised" => "😮",
        "sad" => "😢",
        "angry" => "😠",
        "plusOne" => "👍",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let point = kind.split(['_', '-']).next().and_then(|code| u32::from_str_radix(code, 16).ok());
    match point.filter(|point| *point > 0x2000).and_then(char::from_u32) {
        Some(picture) => picture.to_string(),
        None if TextUnit::Characters.measure(kind) > 50 => limits::clip(kind, 50),
        None => kind.to_owned(),
    }
}

fn members(activity: &Value, envelope: &Envelope, settings: &Settings) -> Result<Vec<Inbound>, &'static str> {
    let bot = settings.bot();
    let us = text(&activity["recipient"], "id").unwrap_or(&bot);
    let ids = |name: &str| -> Vec<&str> {
        activity[name].as_array().into_iter().flatten().filter_map(|member| text(member, "id")).collect()
    };
    let (added, removed) = (ids("membersAdded"), ids("membersRemoved"));
    if added.contains(&us) {
        return single(envelope, "added", Content::Presence { presence: Presence::Join });
    }
    if removed.contains(&us) {
        return single(envelope, "removed", note("The bot was removed from the conversation."));
    }
    match (added.len(), removed.len()) {
        (0, 0) => Err(match text(&activity["channelData"], "eventType") {
            Some("channelCreated" | "channelDeleted" | "channelRenamed" | "channelRestored") => "channelChanged",
            Some(event) if event.starts_with("team") => "teamChanged",
            _ => "conversationChanged",
        }),
        (1, 0) => single(envelope, "joined", note("Somebody joined the conversation.")),
        (0, 1) => single(envelope, "left", note("Somebody left the conversation.")),
        (many, 0) => single(envelope, "joined", note(format!("{many} people joined the conversation."))),
        (joined, left) => {
            let sentence = format!("People joined ({joined}) and left ({left}) the conversation.");
            single(envelope, "members", note(sentence))
        }
    }
}

fn invoked(activity: &Value, envelope: &Envelope, settings: &Settings) -> Result<Vec<Inbound>, &'static str> {
    match text(activity, "name") {
        Some("fileConsent/invoke") => {
            let decision = file_consent::decision(activity, settings)?;
            Ok(vec![envelope.event("/consent", None, decision)])
        }
        Some("adaptiveCard/action") => {
            let action = &activity["value"]["action"];
            let answer = answers::of(&action["data"], "").or_else(|| answers::of(&action["verb"], ""));
            Ok(vec![envelope.event("", None, Content::Answer(answer.ok_or(MALFORMED)?))])
        }
        _ => Err("invoke"),
    }
}
