//! Quick replies, lists, dates and forms.

use conformance::OutboundRow;
use contract::{Choice, Content, DatePicker, FormField, TimeSlot};
use serde_json::{Value, json};

use crate::fixture::{attached, card, context, line, named, rendered, row, run, sent, submit, text, title};

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn send(data: Value) -> Value {
    json!({ "type": "Action.Submit", "title": "✓", "data": data })
}

#[test]
fn questions() {
    let icon = Choice { image_url: Some("https://x.example/i.png".to_owned()), ..choice("Yes", "y") };
    let mut with_icon = submit("quickReply", "Yes", "y");
    with_icon["iconUrl"] = "https://x.example/i.png".into();
    let seven: Vec<Choice> = (1..=7).map(|at| choice(&at.to_string(), &at.to_string())).collect();
    let button = |at: usize| submit("quickReply", &at.to_string(), &at.to_string());
    let sets = json!([
        line("Pick"),
        { "type": "ActionSet", "actions": (1..=6).map(button).collect::<Vec<_>>() },
        { "type": "ActionSet", "actions": [button(7)] },
    ]);
    let at = |text: &str| text.parse().unwrap();
    let picker =
        DatePicker { title: "When?".to_owned(), subtitle: Some("In July".to_owned()), ..DatePicker::default() };
    let input = |more: Value| {
        let mut input = json!({ "type": "Input.Date", "id": "date", "isRequired": true, "errorMessage": "📅" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let slot = |text: &str| TimeSlot { at: at(text), duration_s: 1_800 };
    let field = |id: &str, label: &str, options: Vec<Choice>| FormField {
        id: id.to_owned(),
        label: label.to_owned(),
        options,
        multiple: false,
    };
    let choices = |id: &str, label: Option<&str>, multiple: bool, all: Value| {
        let mut set = json!({
            "type": "Input.ChoiceSet", "id": id, "style": "expanded", "isMultiSelect": multiple, "choices": all,
        });
        if let Some(label) = label {
            set["label"] = label.into();
        }
        set
    };
    let colours = || vec![choice("Red", "r"), choice("Blue", "b")];
    let colour_choices = || json!([{ "title": "Red", "value": "r" }, { "title": "Blue", "value": "b" }]);
    let clipped = format!("{}…", "p".repeat(299));
    let options = |text: &str, options: Vec<Choice>| vec![Content::QuickReplies { text: text.to_owned(), options }];
    run(vec![
        row(
            "quick replies",
            options("Sure?", vec![icon, choice("No", "n")]),
            vec![attached(json!([card(json!([line("Sure?")]), json!([with_icon, submit("quickReply", "No", "n")]))]))],
        ),
        row(
            "quick replies without a question",
            options("", vec![choice("Go", "g")]),
            vec![attached(json!([card(json!([line("…")]), json!([submit("quickReply", "Go", "g")]))]))],
        ),
        OutboundRow {
            context: named("Bo"),
            ..row(
                "the agent's name, once",
                [options("Sure?", vec![choice("Go", "g")]), vec![Content::text("Well?")]].concat(),
                vec![
                    attached(json!([card(json!([line("Bo: Sure?")]), json!([submit("quickReply", "Go", "g")]))])),
                    text("Well?"),
                ],
            )
        },
        row("more than are shown side by side", options("Pick", seven), vec![attached(json!([card(sets, json!([]))]))]),
        row(
            "a button without words shows what it carries",
            options("Sure?", vec![choice("", &"p".repeat(400))]),
            vec![attached(json!([card(
                json!([line("Sure?")]),
                json!([{
                    "type": "Action.Submit", "title": clipped, "data": {
                        "um": "quickReply", "text": clipped, "payload": "p".repeat(400),
                        "msteams": { "type": "messageBack", "displayText": clipped, "text": clipped },
                    },
                }])
            )]))],
        ),
        row("no options", options("Sure?", vec![choice("", "")]), vec![text("Sure?")]),
        row(
            "a payload that is too long",
            options("Sure?", vec![choice("Yes", &"p".repeat(2_001))]),
            vec![attached(json!([card(json!([line("Sure?")]), json!([submit("quickReply", "Yes", "Yes")]))]))],
        ),
        row(
            "a list of one",
            vec![Content::List { title: "Colour".to_owned(), items: colours(), multiple: false }],
            vec![attached(json!([card(
                json!([line("Colour")]),
                json!([submit("quickReply", "Red", "r"), submit("quickReply", "Blue", "b")])
            )]))],
        ),
        row(
            "a list of several",
            vec![Content::List { title: "Colours".to_owned(), items: colours(), multiple: true }],
            vec![attached(json!([card(
                json!([title("Colours"), choices("items", None, true, colour_choices())]),
                json!([send(json!({ "um": "list", "words": { "r": "Red", "b": "Blue" } }))])
            )]))],
        ),
        row(
            "any date",
            vec![Content::DatePicker(picker.clone())],
            vec![attached(json!([card(
                json!([title("When?"), line("In July"), input(json!({}))]),
                json!([send(json!({ "um": "date" }))])
            )]))],
        ),
        row(
            "a date between two",
            vec![Content::DatePicker(DatePicker {
                earliest: Some(at("2026-07-01T12:00:00Z")),
                latest: Some(at("2026-07-31T00:00:00Z")),
                ..picker.clone()
            })],
            vec![attached(json!([card(
                json!([title("When?"), line("In July"), input(json!({ "min": "2026-07-01", "max": "2026-07-31" }))]),
                json!([send(json!({ "um": "date" }))])
            )]))],
        ),
        row(
            "one of some times",
            vec![Content::DatePicker(DatePicker {
                times: vec![slot("2026-07-01T10:00:00Z"), slot("2026-07-01T11:30:00Z")],
                ..picker
            })],
            vec![attached(json!([card(
                json!([title("When?"), line("In July")]),
                json!([
                    submit("date", "2026-07-01 10:00Z", "2026-07-01T10:00:00Z"),
                    submit("date", "2026-07-01 11:30Z", "2026-07-01T11:30:00Z"),
                ])
            )]))],
        ),
        row(
            "a form",
            vec![Content::Form {
                title: "Order".to_owned(),
                fields: vec![field("um", "Name", vec![]), field("c", "Colour", colours())],
            }],
            vec![attached(json!([card(
                json!([
                    title("Order"),
                    { "type": "Input.Text", "id": "field:um", "label": "Name" },
                    choices("field:c", Some("Colour"), false, colour_choices()),
                ]),
                json!([send(json!({ "um": "form", "labels": { "um": "Name", "c": "Colour" }, "order": ["um", "c"] }))])
            )]))],
        ),
        row(
            "a form that does not fit",
            vec![Content::Form {
                title: "Order".to_owned(),
                fields: vec![field(
                    "c",
                    "Colour",
                    (0..400).map(|at| choice("Red", &format!("{at}{}", "r".repeat(60)))).collect(),
                )],
            }],
            vec![text(&format!("Order\n1. Colour ({})", ["Red"; 400].join(" / ")))],
        ),
    ]);
}

#[test]
fn what_one_card_cannot_hold() {
    let numbered = |count: usize, payload: usize| -> Vec<Choice> {
        (0..count).map(|at| choice(&at.to_string(), &format!("{at}{}", "p".repeat(payload)))).collect()
    };
    let question = |options| Content::QuickReplies { text: "Pick".to_owned(), options };
    let list = |items| Content::List { title: "Pick".to_owned(), items, multiple: true };
    for (label, content, expected, degradations) in [
        ("24 buttons", question(numbered(24, 1)), 1, vec![]),
        ("25 buttons", question(numbered(25, 1)), 2, vec![]),
        ("heavy buttons", question(numbered(12, 1_900)), 2, vec![]),
        ("a list", list(numbered(40, 1)), 1, vec![]),
        (
            "a heavy list",
            list(numbered(40, 200)),
            2,
            vec!["list → list of one choice: it is too big for a card of Teams's"],
        ),
        (
            "a long label",
            question(vec![choice(&"l".repeat(301), "p")]),
            1,
            vec!["label shortened: Teams shows at most 300 characters"],
        ),
    ] {
        let cards = sent(vec![content.clone()], &context());
        assert_eq!(cards.len(), expected, "{label}");
        for card in cards.iter().skip(1) {
            assert_eq!(
                card["attachments"][0]["content"]["body"][0],
                line("…"),
                "{label}: the question is not repeated"
            );
        }
        assert_eq!(rendered(vec![content], &context()).degradations, degradations, "{label}");
    }
}
