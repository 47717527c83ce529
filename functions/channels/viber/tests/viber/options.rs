//! Questions with options, dates, forms.

use conformance::outbound_table;
use contract::{Choice, Content, DatePicker, FormField, TimeSlot};
use serde_json::{Value, json};
use viber::Viber;

use crate::fixture::{choice, now, row, settings, text};

fn ask(text: &str, options: Vec<Choice>) -> Vec<Content> {
    vec![Content::QuickReplies { text: text.to_owned(), options }]
}

fn key(columns: u32, text: &str) -> Value {
    json!({ "Columns": columns, "Rows": 1, "ActionType": "reply", "ActionBody": text, "Text": text })
}

fn asked(text: &str, buttons: Vec<Value>, tracking: &str) -> (u32, Value) {
    let keyboard = json!({ "Type": "keyboard", "DefaultHeight": false, "Buttons": buttons });
    (1, json!({ "type": "text", "text": text, "keyboard": keyboard, "tracking_data": tracking }))
}

fn marked(rows: u32, text: &str, payload: &str) -> Value {
    json!({
        "Columns": 6, "Rows": rows, "ActionType": "reply", "ActionBody": json!({ "um": [text, payload] }).to_string(),
        "Text": text, "Silent": true,
    })
}

fn headline(rows: u32, html: &str) -> Value {
    json!({
        "Columns": 6, "Rows": rows, "ActionType": "none", "ActionBody": "none", "Text": html, "TextHAlign": "left",
        "TextVAlign": "middle",
    })
}

fn grid(height: u32, buttons: Vec<Value>, alt_text: &str) -> (u32, Value) {
    (
        7,
        json!({
            "type": "rich_media",
            "alt_text": alt_text,
            "rich_media": {
                "Type": "rich_media", "ButtonsGroupColumns": 6, "ButtonsGroupRows": height, "BgColor": "#FFFFFF",
                "Buttons": buttons,
            },
        }),
    )
}

#[test]
fn quick_replies() {
    let many: Vec<Choice> = (0..13).map(|n| choice(&format!("Option number {n}"), &format!("{n}"))).collect();
    let many_tracked: Value =
        many.iter().map(|option| (option.text.clone(), Value::from(option.payload.clone()))).collect();
    let mut many_keys: Vec<Value> = many.iter().map(|option| key(3, &option.text)).collect();
    many_keys[12]["Columns"] = 6.into();
    let pictured = Choice { image_url: Some("https://x.example/y.png".to_owned()), ..choice("Yes", "y") };
    let rows = vec![
        row(
            "two short ones, side by side",
            ask("Shall we call?", vec![choice("Yes", "call=yes"), choice("No", "call=no")]),
            vec![asked(
                "Shall we call?",
                vec![key(3, "Yes"), key(3, "No")],
                r#"{"um":{"No":"call=no","Yes":"call=yes"}}"#,
            )],
        ),
        row(
            "three: the last is alone",
            ask("?", vec![choice("a", "1"), choice("b", "2"), choice("c", "3")]),
            vec![asked("?", vec![key(3, "a"), key(3, "b"), key(6, "c")], r#"{"um":{"a":"1","b":"2","c":"3"}}"#)],
        ),
        row(
            "long ones, one to a row; markup is words",
            ask("?", vec![choice("Bed & <b>Breakfast</b>", "1"), choice("b", "2")]),
            vec![asked(
                "?",
                vec![
                    json!({
                        "Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "Bed & <b>Breakfast</b>",
                        "Text": "Bed &amp; &lt;b&gt;Breakfast&lt;/b&gt;",
                    }),
                    key(6, "b"),
                ],
                r#"{"um":{"Bed & <b>Breakfast</b>":"1","b":"2"}}"#,
            )],
        ),
        row(
            "thirteen, side by side",
            ask("?", many),
            vec![asked("?", many_keys, &json!({ "um": many_tracked }).to_string())],
        ),
        row(
            "a picture on each",
            ask("?", vec![pictured]),
            vec![asked(
                "?",
                vec![json!({
                    "Columns": 6, "Rows": 2, "ActionType": "reply", "ActionBody": "Yes", "Text": "Yes",
                    "Image": "https://x.example/y.png", "TextVAlign": "bottom",
                })],
                r#"{"um":{"Yes":"y"}}"#,
            )],
        ),
        row(
            "without a question",
            ask("", vec![choice("Yes", "y")]),
            vec![asked("👇", vec![key(6, "Yes")], r#"{"um":{"Yes":"y"}}"#)],
        ),
        row(
            "without a payload, without a text, without either",
            ask("?", vec![choice("Yes", " "), choice("", "no"), choice(" ", "")]),
            vec![asked("?", vec![key(3, "Yes"), key(3, "no")], r#"{"um":{"Yes":"Yes","no":"no"}}"#)],
        ),
        row("no options", ask("Well?", vec![]), vec![text("Well?")]),
        row(
            "two that read the same carry their payloads themselves",
            ask("?", vec![choice("Monday", "m1"), choice("Monday", "m2")]),
            vec![{
                let half = |payload| {
                    let mut button = marked(1, "Monday", payload);
                    button["Columns"] = 3.into();
                    button
                };
                let keyboard =
                    json!({ "Type": "keyboard", "DefaultHeight": false, "Buttons": [half("m1"), half("m2")] });
                (1, json!({ "type": "text", "text": "?", "keyboard": keyboard }))
            }],
        ),
        row(
            "the options hang on the last message",
            [ask("Shall we?", vec![choice("Yes", "y")]), vec![Content::text("Take your time.")]].concat(),
            vec![text("Shall we?"), asked("Take your time.", vec![key(6, "Yes")], r#"{"um":{"Yes":"y"}}"#)],
        ),
        row(
            "a native message keeps its own keyboard",
            [
                ask("Shall we?", vec![choice("Yes", "y")]),
                vec![Content::Native {
                    connector: None,
                    json: json!({ "type": "text", "text": "x", "keyboard": { "Type": "keyboard", "Buttons": [] } }),
                }],
            ]
            .concat(),
            vec![
                text("Shall we?"),
                (1, json!({ "type": "text", "text": "x", "keyboard": { "Type": "keyboard", "Buttons": [] } })),
                asked("👇", vec![key(6, "Yes")], r#"{"um":{"Yes":"y"}}"#),
            ],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn lists() {
    let seven: Vec<Choice> = (1..=7).map(|n| choice(&format!("Item {n}"), &format!("i{n}"))).collect();
    let of = |from: usize, to: usize| (from..=to).map(|n| marked(1, &format!("Item {n}"), &format!("i{n}")));
    let rows = vec![
        row(
            "a list",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Lamp", "l"), choice("Desk", "d")],
                multiple: false,
            }],
            vec![grid(
                3,
                vec![headline(1, "<b>Which?</b>"), marked(1, "Lamp", "l"), marked(1, "Desk", "d")],
                "Which?\nLamp\nDesk",
            )],
        ),
        row(
            "seven items: two cards, the second as high as the first",
            vec![Content::List { title: "Which?".to_owned(), items: seven, multiple: true }],
            vec![grid(
                7,
                [headline(1, "<b>Which?</b>")]
                    .into_iter()
                    .chain(of(1, 6))
                    .chain([headline(6, "<b>…</b>")])
                    .chain(of(7, 7))
                    .collect(),
                "Which?\nItem 1\nItem 2\nItem 3\nItem 4\nItem 5\nItem 6\n\n…\nItem 7",
            )],
        ),
        row(
            "an empty list",
            vec![Content::List { title: "Which?".to_owned(), items: vec![], multiple: false }],
            vec![text("Which?")],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn dates_and_forms() {
    let picker =
        DatePicker { title: "When?".to_owned(), subtitle: Some("Any day.".to_owned()), ..DatePicker::default() };
    let slot = |at: &str| TimeSlot { at: at.parse().unwrap(), duration_s: 3_600 };
    let rows = vec![
        row(
            "times are quick replies",
            vec![Content::DatePicker(DatePicker {
                times: vec![slot("2026-07-01T10:00:00Z"), slot("2026-07-01T11:30:00Z")],
                ..picker.clone()
            })],
            vec![asked(
                "When?\nAny day.",
                vec![key(6, "2026-07-01 10:00Z"), key(6, "2026-07-01 11:30Z")],
                r#"{"um":{"2026-07-01 10:00Z":"2026-07-01T10:00:00Z","2026-07-01 11:30Z":"2026-07-01T11:30:00Z"}}"#,
            )],
        ),
        row(
            "any day is words",
            vec![Content::DatePicker(picker.clone())],
            vec![text("When?\nAny day.\n📅 YYYY-MM-DD")],
        ),
        row(
            "days between two",
            vec![Content::DatePicker(DatePicker {
                subtitle: None,
                earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
                latest: Some("2026-07-31T00:00:00Z".parse().unwrap()),
                ..picker
            })],
            vec![text("When?\n📅 2026-07-01 … 2026-07-31")],
        ),
        row(
            "a form",
            vec![Content::Form {
                title: "Your order".to_owned(),
                fields: vec![
                    FormField { id: "n".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false },
                    FormField {
                        id: "c".to_owned(),
                        label: "Colour".to_owned(),
                        options: vec![choice("Red", "r"), choice("Blue", "b")],
                        multiple: false,
                    },
                ],
            }],
            vec![text("Your order\n1. Name\n2. Colour (Red / Blue)")],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}
