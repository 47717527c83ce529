//! What guests tap and submit: <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>.

use std::collections::BTreeMap;

use contract::{Answer, AnswerKind, Content, Guest, Inbound};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    action_ids::{DATE, FIELD, INPUT, LINK, ONCE, SUBMIT},
    conversation_key::guest_id,
    events::{self, MALFORMED, Origin},
    mrkdwn,
    wire::{Action, Interaction, State, TextObject},
};

/// The guest's answer, or the reason why there is none.
pub(crate) fn read(interaction: &Interaction) -> Result<Inbound, &'static str> {
    match interaction.kind.as_str() {
        "block_actions" => {}
        "view_submission" | "view_closed" => return Err("view"),
        "message_action" | "shortcut" => return Err("shortcut"),
        _ => return Err("unknownEvent"),
    }
    let action = interaction.actions.first().ok_or(MALFORMED)?;
    let answer = if action.action_id.starts_with(SUBMIT) {
        submitted(
            interaction.state.as_ref().ok_or(MALFORMED)?,
            interaction.message.as_ref().and_then(|shown| shown.blocks.as_ref()),
        )
        .ok_or("empty")?
    } else {
        tapped(action)?
    };
    let container = interaction.container.as_ref().ok_or(MALFORMED)?;
    let channel = container.channel_id.as_deref().or(interaction.channel.as_ref().and_then(|c| c.id.as_deref()));
    let channel = channel.ok_or("noConversation")?;
    let shown = interaction.message.as_ref();
    let message_ts =
        container.message_ts.as_deref().or(shown.and_then(|shown| shown.ts.as_deref())).ok_or(MALFORMED)?;
    let thread = container.thread_ts.as_deref().or(shown.and_then(|shown| shown.thread_ts.as_deref()));
    let user = interaction.user.as_ref().and_then(|user| user.id.as_deref()).ok_or(MALFORMED)?;
    let origin = origin(interaction).ok_or(MALFORMED)?;

    let mut context = serde_json::Map::new();
    let guest = if channel.starts_with('D') {
        context.insert("channel".to_owned(), channel.into());
        if let Some(thread) = thread {
            context.insert("threadTs".to_owned(), thread.into());
        }
        Guest::person(guest_id(&origin.workspace, &origin.installation, user, None))
    } else {
        let name = interaction.channel.as_ref().and_then(|channel| channel.name.as_deref()).unwrap_or_default();
        let thread = if name.starts_with("mpdm-") { thread } else { Some(thread.unwrap_or(message_ts)) };
        Guest::in_group(guest_id(&origin.workspace, &origin.installation, channel, thread), Some(user.to_owned()))
    };
    let stamp = action.action_ts.as_deref().unwrap_or(message_ts);
    let once = action.action_id.starts_with(ONCE);
    if once {
        // The options go when the next message is sent.
        let question = shown.and_then(|shown| shown.text.as_deref()).unwrap_or_default();
        let answered = json!({ "channel": channel, "ts": message_ts, "text": question, "choice": answer.text });
        context.insert("answered".to_owned(), answered);
    }
    let event_id = match once {
        true => format!("{}/{channel}/{message_ts}/answered", origin.installation),
        false => format!("{}/{channel}/{message_ts}/{}/{stamp}/{user}", origin.installation, action.action_id),
    };
    Ok(Inbound {
        event_id: event_id.into(),
        message_id: None,
        at: events::timestamp(stamp).unwrap_or(Timestamp::UNIX_EPOCH),
        guest: Guest { profile: origin.profile(), ..guest },
        content: Content::Answer(answer),
        reply_context: (!context.is_empty()).then_some(context.into()),
        only_while_open: false,
    })
}

fn origin(interaction: &Interaction) -> Option<Origin> {
    let enterprise = interaction.enterprise.as_ref().and_then(|enterprise| enterprise.id.clone());
    let team = interaction.team.as_ref().and_then(|team| team.id.clone());
    let workspace = team.or_else(|| interaction.user.as_ref()?.team_id.clone());
    let installation = if interaction.is_enterprise_install { enterprise.clone() } else { workspace.clone() }?;
    Some(Origin { workspace: workspace.unwrap_or_else(|| installation.clone()), installation, enterprise })
}

fn tapped(action: &Action) -> Result<Answer, &'static str> {
    if action.action_id.starts_with(LINK) || action.url.is_some() {
        return Err("link");
    }
    if action.action_id.starts_with(INPUT) {
        return Err("input");
    }
    let kind = match action.kind.as_str() {
        "datepicker" | "timepicker" | "datetimepicker" => AnswerKind::DatePicker,
        _ if action.action_id.starts_with(DATE) => AnswerKind::DatePicker,
        "button" if !action.action_id.starts_with(ONCE) => AnswerKind::Button,
        _ => AnswerKind::QuickReply,
    };
    let (text, payload) = value_of(action).ok_or("empty")?;
    Ok(Answer { kind, text, payload, question_id: None })
}

/// What an element holds, in words and as it is sent on; none when it is empty.
fn value_of(action: &Action) -> Option<(String, String)> {
    let words =
        |words: &Option<TextObject>| words.as_ref().map(|words| mrkdwn::unescape(&words.text)).unwrap_or_default();
    let same =
        |value: &Option<String>| value.clone().filter(|value| !value.is_empty()).map(|value| (value.clone(), value));
    let filled = |(text, payload): (String, String)| match (text.is_empty(), payload.is_empty()) {
        (true, true) => None,
        (true, false) => Some((payload.clone(), payload)),
        (false, true) => Some((text.clone(), text)),
        (false, false) => Some((text, payload)),
    };
    if let Some(option) = &action.selected_option {
        return filled((words(&option.text), option.value.clone()));
    }
    if let Some(options) = &action.selected_options {
        let texts: Vec<String> = options.iter().map(|option| words(&option.text)).collect();
        let values: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
        return filled((texts.join(", "), values.join(",")));
    }
    if let Some(second) = action.selected_date_time {
        let at = Timestamp::from_second(second).ok()?.to_string();
        return Some((at.clone(), at));
    }
    let picked = [&action.selected_date, &action.selected_time, &action.selected_user, &action.selected_channel];
    if let Some(found) = picked.into_iter().chain([&action.selected_conversation]).find_map(same) {
        return Some(found);
    }
    filled((words(&action.text), action.value.clone().unwrap_or_default()))
}

/// What the guest submitted: a list's items, or a form's fields as words and as a JSON object. `None` when nothing was
/// filled in. `blocks` is the message, for the fields' labels.
fn submitted(state: &State, blocks: Option<&Value>) -> Option<Answer> {
    let (mut lines, mut fields) = (Vec::new(), BTreeMap::new());
    for (block, inputs) in &state.values {
        for input in inputs.values() {
            let Some((text, payload)) = value_of(input) else { continue };
            match block.strip_prefix(FIELD).and_then(|rest| rest.get(4..)) {
                Some(id) => {
                    lines.push(format!("{}: {text}", label_of(blocks, block).unwrap_or(id)));
                    fields.insert(id.to_owned(), payload);
                }
                None => return Some(answer(text, payload)),
            }
        }
    }
    (!fields.is_empty()).then(|| answer(lines.join("\n"), json!(fields).to_string()))
}

fn answer(text: String, payload: String) -> Answer {
    Answer { kind: AnswerKind::QuickReply, text, payload, question_id: None }
}

fn label_of<'a>(blocks: Option<&'a Value>, block_id: &str) -> Option<&'a str> {
    let block = blocks?.as_array()?.iter().find(|block| block["block_id"] == block_id)?;
    block["label"]["text"].as_str()
}
