//! Options that a network shows in words, and the guest's answer in words: what the platform gets.

use jiff::Timestamp;
use serde_json::Value;

use crate::{Channel, Content, Outbound, SendContext, engine::answer, queue::Origin};

/// A question as a channel shows it, and what a guest types below it.
pub struct TypedRow {
    /// What the row shows.
    pub label: &'static str,
    /// What the agent asks.
    pub asked: Content,
    /// What is known when it is rendered.
    pub context: SendContext,
    /// What the guest types.
    pub typed: &'static str,
    /// The payload that the platform gets; none when the text stays a text.
    pub payload: Option<String>,
}

/// Runs the table: renders each question, keeps it as the engine does, and has the engine read what was typed.
pub fn typed_table<C: Channel>(channel: &C, settings: &Value, now: Timestamp, rows: Vec<TypedRow>) {
    let settings: C::Settings = crate::parse_settings(settings).expect("the fixture's settings");
    for row in rows {
        let message = Outbound {
            message_id: "platform-1".into(),
            at: now,
            to: "guest-1".into(),
            platform_conversation_id: None,
            agent_name: None,
            contents: vec![row.asked],
        };
        let rendering = channel.render(&message, &settings, &row.context);
        let shown = rendering.calls.iter().map(|call| String::from_utf8_lossy(&call.request.body).into_owned());
        let shown = shown.collect::<String>();
        for (index, choice) in rendering.numbered.iter().enumerate() {
            let line = serde_json::to_string(&format!("{}. {}", index + 1, choice.text)).expect("a text");
            assert!(shown.contains(line.trim_matches('"')), "{}: {line} is not shown", row.label);
        }
        let mut question =
            answer::asked(&message, Origin::Webhook, &rendering.numbered, now).expect("something is asked");
        let mut content = Content::text(row.typed);
        answer::recognise(&mut content, &mut question, now);
        let payload = match content {
            Content::Answer(answer) => Some(answer.payload),
            _ => None,
        };
        assert_eq!(payload, row.payload, "{}", row.label);
    }
}
