//! What is shown in words is answered in words: the platform gets the payload all the same.

use apple_messages::AppleMessages;
use shared::{
    Card, CardAction, Choice, Content, DatePicker, TimeSlot,
    testing::{TypedRow, typed_table},
};

use crate::fixture::{context, context_of, now, settings};

fn choice(text: impl Into<String>, payload: impl Into<String>) -> Choice {
    Choice { text: text.into(), payload: payload.into(), image_url: None }
}

fn ask(options: Vec<Choice>) -> Content {
    Content::QuickReplies { text: "Tea?".to_owned(), options }
}

fn row(label: &'static str, asked: Content, typed: &'static str, payload: Option<&str>) -> TypedRow {
    TypedRow { label, asked, context: context_of(""), typed, payload: payload.map(str::to_owned) }
}

#[test]
fn what_is_typed_is_an_answer() {
    let short = || ask(vec![choice("Yes", "y"), choice("No", "n")]);
    let long = "p".repeat(3_000);
    let mute = || ask(vec![choice("Yes", &long), choice("No", "n")]);
    let times = || {
        let at = |time: &str| TimeSlot { at: time.parse().unwrap(), duration_s: 0 };
        let times = vec![at("2026-07-01T10:00:00Z"), at("2026-07-01T11:00:00Z")];
        Content::DatePicker(DatePicker { title: "When?".to_owned(), times, ..DatePicker::default() })
    };
    let days = || {
        let (earliest, latest) = ("2026-07-01T00:00:00Z".parse().ok(), "2026-12-31T00:00:00Z".parse().ok());
        Content::DatePicker(DatePicker { title: "When?".to_owned(), earliest, latest, ..DatePicker::default() })
    };
    let buy = |color: &str| {
        let action =
            |text: &str, what: &str| CardAction::Postback { text: text.to_owned(), payload: format!("{what}-{color}") };
        Card {
            title: color.to_owned(),
            actions: vec![action("Buy", "buy"), action(&format!("More on {color}"), "more")],
            ..Card::default()
        }
    };
    let cards = || Content::Carousel { cards: vec![buy("red"), buy("blue")] };
    let several = || Content::List {
        title: "What?".to_owned(),
        items: vec![choice("Yes", "y"), choice("No", "n")],
        multiple: true,
    };
    typed_table(
        &AppleMessages,
        &settings(),
        now(),
        vec![
            row("a number", short(), "1", Some("y")),
            row("a number and a full stop", short(), "2.", Some("n")),
            row("a number that is full width", short(), "１", Some("y")),
            row("a word", short(), "yes ", Some("y")),
            row("number and word", short(), "1. Yes", Some("y")),
            row("a number too many", short(), "3", None),
            row("something else", short(), "perhaps", None),
            row("a payload of any length", mute(), "1", Some(&long)),
            row("a time's number", times(), "2", Some("2026-07-01T11:00:00Z")),
            row("a time", times(), "2026-07-01 11:00", Some("2026-07-01T11:00:00Z")),
            row("a day, in words", days(), "2026年7月15日", Some("2026-07-15")),
            row("a day that is not offered", days(), "2027-07-15", None),
            row("cards in a row, numbered through", cards(), "3", Some("buy-blue")),
            row("a word on both cards", cards(), "Buy", None),
            row("several of a list", several(), "1, 2", Some("y,n")),
            TypedRow { context: context(), ..row("a number where a picker is shown", short(), "1", None) },
            TypedRow { context: context(), ..row("a word in place of a tap", short(), "No", Some("n")) },
        ],
    );
}
