//! What is shown in words is answered in words: the platform gets the payload all the same.

use conformance::{TypedRow, typed_table, words_in_place_of_taps};
use contract::{Card, CardAction, Content};
use teams::Teams;

use crate::fixture::{context, now, settings};

fn row(label: &'static str, asked: Content, typed: &'static str, payload: Option<&str>) -> TypedRow {
    TypedRow { label, asked, context: context(), typed, payload: payload.map(str::to_owned) }
}

#[test]
fn what_is_typed_is_an_answer() {
    typed_table(&Teams, &settings(), now(), words_in_place_of_taps(&context()));
}

#[test]
fn a_card_too_big_to_be_one_is_asked_with_buttons() {
    let big = || {
        let action = |n: usize| CardAction::Postback { text: format!("Choice {n}"), payload: format!("option-{n}") };
        let link = |n: usize| CardAction::Link {
            text: "Page".to_owned(),
            url: format!("https://x.example/{n}/{}", "a".repeat(900)),
        };
        let actions = (1..=20).flat_map(|n| [link(n), action(n)]).collect();
        Content::Card(Card { title: "Big".to_owned(), actions, ..Card::default() })
    };
    typed_table(
        &Teams,
        &settings(),
        now(),
        vec![
            row("its words", big(), "Choice 3", Some("option-3")),
            row("words that more than one begin with", big(), "Choice 1", Some("option-1")),
            row("a number where none is shown", big(), "2", None),
        ],
    );
}
