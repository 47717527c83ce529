//! Options that a network shows in words, and the guest's answer in words: what the platform gets.

use contract::{Card, CardAction, Channel, Choice, Content, DatePicker, Outbound, SendContext, TimeSlot, question};
use jiff::Timestamp;
use serde_json::Value;

use crate::rows::each;

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
    let settings: C::Settings = contract::parse_settings(settings).expect("the fixture's settings");
    each(
        rows,
        |row| row.label,
        |row| {
            let message = Outbound {
                message_id: "platform-1".into(),
                at: now,
                to: "guest-1".into(),
                platform_conversation_id: None,
                agent_name: None,
                contents: vec![row.asked],
            };
            let rendering = compose::compose(channel, &message, &settings, &row.context);
            let shown = format!("{:?}", rendering.steps);
            for (index, choice) in rendering.numbered.iter().enumerate() {
                let line = serde_json::to_string(&format!("{}. {}", index + 1, choice.text)).expect("a text");
                assert!(shown.contains(line.trim_matches('"')), "{}: {line} is not shown", row.label);
            }
            let mut question = question::asked(&message, true, &rendering.numbered, now).expect("something is asked");
            let mut content = Content::text(row.typed);
            question::recognise(&mut content, &mut question, now);
            let payload = match content {
                Content::Answer(answer) => Some(answer.payload),
                _ => None,
            };
            assert_eq!(payload, row.payload, "{}", row.label);
        },
    );
}

/// An option.
pub fn choice(text: impl Into<String>, payload: impl Into<String>) -> Choice {
    Choice { text: text.into(), payload: payload.into(), image_url: None }
}

/// A question with these options.
pub fn ask(options: Vec<Choice>) -> Content {
    Content::QuickReplies { text: "Tea?".to_owned(), options }
}

/// Yes (`y`) or no (`n`).
pub fn yes_or_no() -> Content {
    ask(vec![choice("Yes", "y"), choice("No", "n")])
}

/// Longer than any network's buttons carry.
pub fn long_payload() -> String {
    "p".repeat(3_000)
}

/// Yes ([`long_payload`]) or no (`n`).
pub fn yes_at_length() -> Content {
    ask(vec![choice("Yes", long_payload()), choice("No", "n")])
}

/// Ten or eleven o'clock.
pub fn two_times() -> Content {
    let at = |time: &str| TimeSlot { at: time.parse().expect("a time"), duration_s: 0 };
    let times = vec![at("2026-07-01T10:00:00Z"), at("2026-07-01T11:00:00Z")];
    Content::DatePicker(DatePicker { title: "When?".to_owned(), times, ..DatePicker::default() })
}

/// Any day of the second half of 2026.
pub fn half_a_year() -> Content {
    let (earliest, latest) = ("2026-07-01T00:00:00Z".parse().ok(), "2026-12-31T00:00:00Z".parse().ok());
    Content::DatePicker(DatePicker { title: "When?".to_owned(), earliest, latest, ..DatePicker::default() })
}

/// A red and a blue card; each is bought (`buy-red`), or asked more on (`more-red`).
pub fn two_cards() -> Content {
    let action = |text: &str, payload: String| CardAction::Postback { text: text.to_owned(), payload };
    let card = |color: &str| Card {
        title: color.to_owned(),
        actions: vec![
            action("Buy", format!("buy-{color}")),
            action(&format!("More on {color}"), format!("more-{color}")),
        ],
        ..Card::default()
    };
    Content::Carousel { cards: vec![card("red"), card("blue")] }
}

/// The rows that hold wherever the network shows options itself, or in words without numbers.
pub fn words_in_place_of_taps(context: &SendContext) -> Vec<TypedRow> {
    let row = |label, asked, typed, payload: Option<&str>| TypedRow {
        label,
        asked,
        context: context.clone(),
        typed,
        payload: payload.map(str::to_owned),
    };
    vec![
        row("a word in place of a tap", yes_or_no(), "yes ", Some("y")),
        row("a number where none is shown", yes_or_no(), "1", None),
        row("something else", yes_or_no(), "perhaps", None),
        row("a button whose payload is too long to travel", yes_at_length(), "Yes", Some(&long_payload())),
        row("a time", two_times(), "2026-07-01 11:00", Some("2026-07-01T11:00:00Z")),
        row("a day, in words", half_a_year(), "2026/7/15", Some("2026-07-15")),
        row("a day that is not offered", half_a_year(), "2027-07-15", None),
        row("a button of cards in a row", two_cards(), "more on BLUE", Some("more-blue")),
        row("a button that may be either card's", two_cards(), "Buy", None),
    ]
}
