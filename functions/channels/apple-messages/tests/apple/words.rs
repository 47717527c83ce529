//! What is shown in words is answered in words: the platform gets the payload all the same.

use apple_messages::AppleMessages;
use conformance::{
    TypedRow, choice, half_a_year, long_payload, two_cards, two_times, typed_table, yes_at_length, yes_or_no,
};
use contract::Content;

use crate::fixture::{context, context_of, now, settings};

fn row(label: &'static str, asked: Content, typed: &'static str, payload: Option<&str>) -> TypedRow {
    TypedRow { label, asked, context: context_of(""), typed, payload: payload.map(str::to_owned) }
}

#[test]
fn what_is_typed_is_an_answer() {
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
            row("a number", yes_or_no(), "1", Some("y")),
            row("a number and a full stop", yes_or_no(), "2.", Some("n")),
            row("a number that is full width", yes_or_no(), "１", Some("y")),
            row("a word", yes_or_no(), "yes ", Some("y")),
            row("number and word", yes_or_no(), "1. Yes", Some("y")),
            row("a number too many", yes_or_no(), "3", None),
            row("something else", yes_or_no(), "perhaps", None),
            row("a payload of any length", yes_at_length(), "1", Some(&long_payload())),
            row("a time's number", two_times(), "2", Some("2026-07-01T11:00:00Z")),
            row("a time", two_times(), "2026-07-01 11:00", Some("2026-07-01T11:00:00Z")),
            row("a day, in words", half_a_year(), "2026年7月15日", Some("2026-07-15")),
            row("a day that is not offered", half_a_year(), "2027-07-15", None),
            row("cards in a row, numbered through", two_cards(), "3", Some("buy-blue")),
            row("a word on both cards", two_cards(), "Buy", None),
            row("several of a list", several(), "1, 2", Some("y,n")),
            TypedRow { context: context(), ..row("a number where a picker is shown", yes_or_no(), "1", None) },
            TypedRow { context: context(), ..row("a word in place of a tap", yes_or_no(), "No", Some("n")) },
        ],
    );
}
