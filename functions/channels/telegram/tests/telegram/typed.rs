//! What is shown in words is answered in words: the platform gets the payload all the same.

use conformance::{TypedRow, ask, choice, typed_table, words_in_place_of_taps};
use contract::Content;
use telegram::Telegram;

use crate::fixture::{context, now, settings};

fn row(label: &'static str, asked: Content, typed: &'static str, payload: Option<&str>) -> TypedRow {
    TypedRow { label, asked, context: context(), typed, payload: payload.map(str::to_owned) }
}

#[test]
fn what_is_typed_is_an_answer() {
    typed_table(&Telegram, &settings(), now(), words_in_place_of_taps(&context()));
}

#[test]
fn more_than_the_buttons_hold_are_numbered() {
    let option = |n: usize| format!("option-{n}-{}", "x".repeat(64));
    let many = |count: usize| ask((1..=count).map(|n| choice(format!("No {n}"), option(n))).collect());
    typed_table(
        &Telegram,
        &settings(),
        now(),
        vec![
            row("the last of many, numbered", many(101), "101.", Some(&option(101))),
            row("a number that is full width", many(101), "１２", Some(&option(12))),
            row("its words", many(101), "no 12", Some(&option(12))),
            row("a number too many", many(101), "102", None),
        ],
    );
}
