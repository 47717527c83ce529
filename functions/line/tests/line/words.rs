//! What is shown in words is answered in words: the platform gets the payload all the same.

use line::Line;
use shared::{
    Card, CardAction, Choice, Content, DatePicker, TimeSlot,
    testing::{TypedRow, typed_table},
};

use crate::fixture::{context, now, settings};

fn choice(text: impl Into<String>, payload: impl Into<String>) -> Choice {
    Choice { text: text.into(), payload: payload.into(), image_url: None }
}

fn ask(options: Vec<Choice>) -> Content {
    Content::QuickReplies { text: "Tea?".to_owned(), options }
}

fn row(label: &'static str, asked: Content, typed: &'static str, payload: Option<&str>) -> TypedRow {
    TypedRow { label, asked, context: context(), typed, payload: payload.map(str::to_owned) }
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
    typed_table(
        &Line,
        &settings(),
        now(),
        vec![
            row("a word in place of a tap", short(), "yes ", Some("y")),
            row("a number where none is shown", short(), "1", None),
            row("something else", short(), "perhaps", None),
            row("a button whose payload is too long to travel", mute(), "Yes", Some(&long)),
            row("a time", times(), "2026-07-01 11:00", Some("2026-07-01T11:00:00Z")),
            row("a day, in words", days(), "2026/7/15", Some("2026-07-15")),
            row("a day that is not offered", days(), "2027-07-15", None),
            row("a button of cards in a row", cards(), "more on BLUE", Some("more-blue")),
            row("a button that may be either card's", cards(), "Buy", None),
        ],
    );
}
