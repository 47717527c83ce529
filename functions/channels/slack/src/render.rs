//! From a part of an agent's message to steps.

use contract::{Attachment, Draft, Part, Unsupported};
use serde_json::{Value, json};

use crate::{
    blocks::Blocks,
    conversation_key::{ConversationKey, is_user},
    limits, mrkdwn, native, options,
    settings::Settings,
    step::{Destination, Message, MessageKey, Step, Upload},
};

/// How far Slack's clock and the platform's may differ, in seconds, when Slack is asked what it has.
const CLOCK_SKEW_S: i64 = 60;

/// Renders a part.
pub(crate) fn render(part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    let Some(conversation) = Conversation::of(draft) else { return Ok(vec![Step::NoRecipient]) };
    let blocks = || Blocks::new(draft);
    let messages = match part {
        Part::Text(text) => vec![json!({ "text": mrkdwn::escape(text) })],
        Part::Media(file) => return Ok(vec![conversation.upload(file)?]),
        Part::Sticker(sticker) => blocks().sticker(sticker)?,
        Part::Options { text, options } => blocks().quick_replies(text, options),
        Part::List { title, items, multiple } => blocks().list(title, items, *multiple)?,
        Part::Card(card) => blocks().cards(std::slice::from_ref(*card)),
        Part::Carousel(cards) => {
            draft.note("carousel → cards one below the other: Slack shows none side by side");
            blocks().cards(cards)
        }
        Part::Date(picker) => blocks().calendar(picker),
        Part::Form { title, fields } => blocks().form(title, fields)?,
        Part::Native(json) => return Ok(vec![conversation.native(json)?]),
        Part::Edit { message_id, text } => return Ok(vec![conversation.edit(message_id, text)?]),
        Part::Album(_) | Part::Location(_) | Part::Typing { .. } | Part::Read => return Err("Slack has none".into()),
    };
    Ok(messages.into_iter().map(|fields| Step::Post(conversation.message(fields))).collect())
}

/// Gives the messages their ids, and takes the buttons away from a question that the guest has answered: last, so that the
/// messages keep their ids when they are tried again after that is done.
pub(crate) fn assemble(mut steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
    let Some(conversation) = Conversation::of(draft) else {
        steps.truncate(1);
        return steps;
    };
    for (place, step) in steps.iter_mut().enumerate() {
        let message = match step {
            Step::Post(message) => Some(message),
            Step::Update { otherwise, .. } => otherwise.as_mut(),
            Step::Upload(file) => Some(&mut file.otherwise),
            Step::Delete(_) | Step::RemoveButtons { .. } | Step::NoRecipient => None,
        };
        if let Some(message) = message {
            message.id = draft.step_id("slack", place);
        }
    }
    if !steps.is_empty() {
        steps.extend(draft.reply().and_then(|reply| conversation.answered(&reply["answered"])));
    }
    steps
}

/// The conversation that a message is for.
struct Conversation<'d, 'm> {
    draft: &'d Draft<'m, Settings>,
    destination: Destination,
}

impl<'d, 'm> Conversation<'d, 'm> {
    /// `None` for a guest's id that is none of Slack's.
    fn of(draft: &'d Draft<'m, Settings>) -> Option<Self> {
        let key = ConversationKey::parse(draft.to.as_str())?;
        // Where a person wrote last; a thread and a channel stand in the guest's id.
        let newest = |name: &str| draft.reply().and_then(|reply| reply[name].as_str()).filter(|_| key.is_direct());
        let destination = Destination {
            installation: key.installation.to_owned(),
            channel: newest("channel").unwrap_or(key.channel).to_owned(),
            thread: key.thread.or_else(|| newest("threadTs")).map(str::to_owned),
        };
        Some(Self { draft, destination })
    }

    fn message(&self, fields: Value) -> Message {
        let name = self.draft.context.agent_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        Message { username: name.map(|name| limits::clip(name, limits::USERNAME)), ..self.unnamed(fields) }
    }

    /// A message without the agent's name: what stands in for another form.
    fn unnamed(&self, fields: Value) -> Message {
        let again = self.draft.context.earlier_attempts > 0;
        Message {
            destination: self.destination.clone(),
            fields,
            username: None,
            id: String::new(),
            sought_since: again.then(|| self.draft.at.as_second() - CLOCK_SKEW_S),
        }
    }

    fn upload(&self, file: &Attachment) -> Result<Step, Unsupported> {
        let source = file.url().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        let source = source.ok_or("its address is not on the web")?.to_owned();
        let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(file.kind.word());
        let link = [file.caption.clone(), Some(compose::file_link(file))];
        let link = link.into_iter().flatten().collect::<Vec<_>>().join("\n");
        Ok(Step::Upload(Upload {
            destination: self.destination.clone(),
            source,
            name: name.to_owned(),
            comment: file.caption.as_deref().map(mrkdwn::escape),
            otherwise: self.unnamed(json!({ "text": mrkdwn::escape(&limits::clip(&link, limits::TEXT)) })),
        }))
    }

    fn native(&self, json: &Value) -> Result<Step, Unsupported> {
        Ok(match native::read(json)? {
            native::Call::Post(fields) => Step::Post(self.message(fields)),
            native::Call::Update { message_id, fields } => {
                Step::Update { message: self.own(&message_id), fields, otherwise: None }
            }
            native::Call::Delete { message_id } => Step::Delete(self.own(&message_id)),
        })
    }

    fn edit(&self, message_id: &str, text: &str) -> Result<Step, Unsupported> {
        if limits::TEXT_LIMIT.unit.measure(text) > limits::TEXT {
            return Err("it does not fit into one message".into());
        }
        let (channel, ts) = message_id.split_once(':').ok_or("which message is meant is not known")?;
        let text = mrkdwn::escape(text);
        Ok(Step::Update {
            message: self.key(channel, ts),
            otherwise: Some(self.unnamed(json!({ "text": format!("✏️ {text}") }))),
            fields: json!({ "text": text, "blocks": [] }),
        })
    }

    fn answered(&self, answered: &Value) -> Option<Step> {
        let text = |name: &str| answered[name].as_str();
        let (channel, ts, choice) = (text("channel")?, text("ts")?, text("choice")?);
        let question = text("text").unwrap_or_default();
        let fields = json!({ "text": question, "blocks": options::answered(question, choice) });
        Some(Step::RemoveButtons { message: self.key(channel, ts), fields })
    }

    fn key(&self, channel: &str, ts: &str) -> MessageKey {
        let installation = self.destination.installation.clone();
        MessageKey { installation, channel: channel.to_owned(), ts: ts.to_owned() }
    }

    /// A message of this conversation and of no other, by our id of it or by Slack's alone.
    fn own(&self, message_id: &str) -> MessageKey {
        let here = self.destination.channel.as_str();
        match message_id.split_once(':') {
            // Direct messages that Slack is to open have another id once they are.
            Some((channel, ts)) if is_user(here) && channel.starts_with('D') => self.key(channel, ts),
            Some((_, ts)) => self.key(here, ts),
            None => self.key(here, message_id),
        }
    }
}
