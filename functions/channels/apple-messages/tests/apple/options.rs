//! Options and lists, as the guest's device shows them.

use apple_messages::AppleMessages;
use conformance::{choice, outbound_table};
use contract::{Choice, Content};
use serde_json::{Value, json};

use crate::fixture::{ALL, composed, context_of, item, now, picker, quick, row, row_on, sent, settings, text};

fn choices(count: usize) -> Vec<Choice> {
    (1..=count).map(|n| choice(format!("Option {n}"), format!("o={n}"))).collect()
}

fn ask(text: &str, options: Vec<Choice>) -> Vec<Content> {
    vec![Content::QuickReplies { text: text.to_owned(), options }]
}

#[test]
fn quick_replies() {
    let yes_no = || vec![choice("Yes", "k=y"), choice("No", "k=n")];
    let numbered = "Shall we?\n1. Yes\n2. No";
    let six: Vec<Value> = (1..=6).map(|n| item(&format!("o={n}"), &format!("Option {n}"), n - 1)).collect();
    let rows = vec![
        row(
            "two options",
            ask("Shall we?", yes_no()),
            vec![quick(
                "0",
                "Shall we?",
                json!([{ "identifier": "k=y", "title": "Yes" }, { "identifier": "k=n", "title": "No" }]),
            )],
        ),
        row(
            "options with the same payload, and one without words",
            ask("", vec![choice("A", "x"), choice("B", "x"), choice("", "")]),
            vec![quick(
                "0",
                "👇",
                json!([{ "identifier": "x", "title": "A" }, { "identifier": "x\u{200B}", "title": "B" }]),
            )],
        ),
        row("six options are a list", ask("Which?", choices(6)), vec![picker("0", "Which?", false, json!(six))]),
        row(
            "one option is a list",
            ask("Ready?", vec![choice("Go", "go")]),
            vec![picker("0", "Ready?", false, json!([item("go", "Go", 0)]))],
        ),
        row("no options are a text", ask("Hm?", vec![]), vec![text("Hm?")]),
        row_on(
            "a device with lists alone",
            "LIST",
            ask("Shall we?", yes_no()),
            vec![picker("0", "Shall we?", false, json!([item("k=y", "Yes", 0), item("k=n", "No", 1)]))],
        ),
        row_on("a device with nothing", "", ask("Shall we?", yes_no()), vec![text(numbered)]),
        row_on(
            "capabilities in small letters",
            "quick, list",
            ask("Shall we?", yes_no()),
            vec![quick(
                "0",
                "Shall we?",
                json!([{ "identifier": "k=y", "title": "Yes" }, { "identifier": "k=n", "title": "No" }]),
            )],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);

    let degradations = |capabilities: &str, options: usize| {
        composed(ask("?", choices(options)), &context_of(capabilities)).degradations
    };
    assert_eq!(degradations(ALL, 2), [""; 0]);
    assert_eq!(degradations(ALL, 6), ["quick replies → list: Apple Messages for Business shows at most 5"]);
    assert_eq!(degradations(ALL, 1), ["quick replies → list: quick replies are two to five"]);
    assert_eq!(degradations("LIST", 2), ["quick replies → list: Apple Messages for Business shows this guest none"]);
    assert_eq!(
        degradations("", 2),
        ["quick replies → numbered text: Apple Messages for Business shows this guest none"]
    );
}

#[test]
fn a_question_too_long_for_a_balloon_is_sent_before() {
    let question = "Why? ".repeat(200);
    let bodies = sent(ask(&question, choices(2)), &context_of(ALL));
    assert_eq!(bodies[0]["body"], question.trim());
    let title = bodies[1]["interactiveData"]["data"]["quick-reply"]["summaryText"].as_str().unwrap();
    assert!(title.ends_with('…') && title.chars().count() <= 512);
}

#[test]
fn lists() {
    let list = |multiple| {
        vec![Content::List {
            title: "Fruit".to_owned(),
            items: vec![choice("Apple", "1"), choice("Orange", "2")],
            multiple,
        }]
    };
    let items = || json!([item("1", "Apple", 0), item("2", "Orange", 1)]);
    let two = || json!([{ "identifier": "1", "title": "Apple" }, { "identifier": "2", "title": "Orange" }]);
    let rows = vec![
        row("choose one", list(false), vec![picker("0", "Fruit", false, items())]),
        row("choose several", list(true), vec![picker("0", "Fruit", true, items())]),
        row_on("on a device with quick replies alone", "QUICK", list(false), vec![quick("0", "Fruit", two())]),
        row_on("several, on a device that lets choose one", "QUICK", list(true), vec![quick("0", "Fruit", two())]),
        row_on("on a device with nothing", "", list(false), vec![text("Fruit\n1. Apple\n2. Orange")]),
        row(
            "an empty list",
            vec![Content::List { title: "Fruit".to_owned(), items: vec![], multiple: false }],
            vec![text("Fruit")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}
