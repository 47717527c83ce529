//! Questions: quick replies, lists, dates, forms.

use conformance::{OutboundRow, outbound_table};
use contract::{Attachment, Card, Choice, Content, DatePicker, FormField, MediaKind, SendContext, Sticker, TimeSlot};
use jiff::Timestamp;
use line::Line;
use serde_json::json;

use crate::{
    fixture::{context, message, now, rendered, settings},
    outbound::{bubble, choice, row, tap, text},
};

#[test]
fn questions() {
    let options = vec![
        choice("Yes", "k=y"),
        Choice { image_url: Some("https://x.example/i.png".to_owned()), ..choice("No", "k=n") },
    ];
    let items = json!({ "items": [
        { "type": "action", "action": tap("Yes", "k=y") },
        { "type": "action", "action": tap("No", "k=n"), "imageUrl": "https://x.example/i.png" },
    ] });
    let option = |n: u8| choice(&format!("Option {n}"), &format!("{n}"));
    let long = "x".repeat(301);
    let slot = |at: &str| TimeSlot { at: at.parse().unwrap(), duration_s: 1_800 };
    let at = |at: &str| Some(at.parse::<Timestamp>().unwrap());
    let rows = vec![
        row(
            "quick replies",
            vec![Content::QuickReplies { text: "Shall we?".to_owned(), options: options.clone() }],
            json!([{ "type": "text", "text": "Shall we?", "quickReply": items }]),
        ),
        row(
            "quick replies hang below the last message, else they are not seen",
            vec![Content::QuickReplies { text: String::new(), options }, Content::text("Take your time.")],
            json!([text("👇"), { "type": "text", "text": "Take your time.", "quickReply": items }]),
        ),
        row(
            "a long option and a payload that LINE cannot carry",
            vec![Content::QuickReplies {
                text: "Which?".to_owned(),
                options: vec![choice("A very long option indeed", "a"), choice("B", &long)],
            }],
            json!([{ "type": "text", "text": "Which?", "quickReply": { "items": [
                { "type": "action", "action": {
                    "type": "postback", "label": "A very long option…", "data": "a",
                    "displayText": "A very long option indeed",
                } },
                { "type": "action", "action": { "type": "message", "label": "B", "text": "B" } },
            ] } }]),
        ),
        row(
            "fourteen options become buttons",
            vec![Content::QuickReplies { text: "Which?".to_owned(), options: (1..=14).map(option).collect() }],
            json!([{ "type": "flex", "altText": "Which?", "contents": { "type": "carousel", "contents": [
                bubble("Which?", 1..=10), bubble("…", 11..=14),
            ] } }]),
        ),
        row(
            "a list",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Option 1", "1"), choice("Option 2", "2")],
                multiple: true,
            }],
            json!([{ "type": "flex", "altText": "Which?", "contents": bubble("Which?", 1..=2) }]),
        ),
        OutboundRow {
            context: SendContext { agent_name: Some("Ann".to_owned()), ..context() },
            ..row(
                "the agent's name before a list, once",
                vec![
                    Content::List { title: String::new(), items: vec![choice("Option 1", "1")], multiple: false },
                    Content::text("Please choose."),
                ],
                json!([
                    { "type": "flex", "altText": "Ann: 👇", "contents": bubble("Ann: 👇", 1..=1) },
                    text("Please choose."),
                ]),
            )
        },
        row(
            "a date",
            vec![Content::DatePicker(DatePicker {
                title: "When?".to_owned(),
                subtitle: Some("We are open every day.".to_owned()),
                earliest: at("2026-07-01T09:00:00Z"),
                latest: at("2026-07-31T09:00:00Z"),
                ..DatePicker::default()
            })],
            json!([{ "type": "template", "altText": "When?", "template": {
                "type": "buttons", "title": "When?", "text": "We are open every day.",
                "actions": [{
                    "type": "datetimepicker", "label": "📅", "data": "um:date", "mode": "date",
                    "min": "2026-07-01", "max": "2026-07-31",
                }],
            } }]),
        ),
        row(
            "one of some times",
            vec![Content::DatePicker(DatePicker {
                title: "When?".to_owned(),
                times: vec![slot("2026-07-01T09:00:00Z"), slot("2026-07-01T09:30:00Z")],
                ..DatePicker::default()
            })],
            json!([{ "type": "text", "text": "When?", "quickReply": { "items": [
                { "type": "action", "action": tap("2026-07-01 09:00Z", "2026-07-01T09:00:00Z") },
                { "type": "action", "action": tap("2026-07-01 09:30Z", "2026-07-01T09:30:00Z") },
            ] } }]),
        ),
        row(
            "a form, which LINE does not have",
            vec![Content::Form {
                title: "About you".to_owned(),
                fields: vec![
                    FormField { id: "n".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false },
                    FormField {
                        id: "c".to_owned(),
                        label: "Colour".to_owned(),
                        options: vec![choice("red", "r"), choice("blue", "b")],
                        multiple: true,
                    },
                ],
            }],
            json!([text("About you\n1. Name\n2. Colour (red / blue)")]),
        ),
        row(
            "quick replies of two questions hang together while they are few",
            vec![
                Content::QuickReplies { text: "Tea?".to_owned(), options: vec![choice("Yes", "t=y")] },
                Content::QuickReplies { text: "Milk?".to_owned(), options: vec![choice("Yes", "m=y")] },
            ],
            json!([text("Tea?"), { "type": "text", "text": "Milk?", "quickReply": { "items": [
                { "type": "action", "action": tap("Yes", "t=y") }, { "type": "action", "action": tap("Yes", "m=y") },
            ] } }]),
        ),
        row(
            "those of the question that does not fit any more become buttons",
            vec![
                Content::QuickReplies { text: "Tea?".to_owned(), options: (1..=12).map(option).collect() },
                Content::QuickReplies { text: "Milk?".to_owned(), options: (1..=2).map(option).collect() },
                Content::QuickReplies { text: "Sugar?".to_owned(), options: vec![choice("Yes", "s=y")] },
            ],
            json!([
                text("Tea?"),
                { "type": "flex", "altText": "Milk?", "contents": bubble("Milk?", 1..=2) },
                { "type": "text", "text": "Sugar?", "quickReply": { "items": (1..=12)
                    .map(|n| tap(&format!("Option {n}"), &format!("{n}")))
                    .chain([tap("Yes", "s=y")])
                    .map(|action| json!({ "type": "action", "action": action }))
                    .collect::<Vec<_>>() } },
            ]),
        ),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn what_is_shown_in_another_form_is_told() {
    let options = |count: usize| vec![choice("Yes", "y"); count];
    let ask = |options| Content::QuickReplies { text: "Which?".to_owned(), options };
    let sticker = |image_url: Option<&str>| {
        let image_url = image_url.map(str::to_owned);
        Content::Sticker(Sticker { package_id: None, sticker_id: "1".to_owned(), text: None, image_url })
    };
    let file = |kind, url: &str| Content::Attachment(Attachment::at_url(kind, url));
    let slot = TimeSlot { at: now(), duration_s: 1_800 };
    for (content, expected) in [
        (Content::text("hello"), vec![]),
        (ask(options(13)), vec![]),
        (Content::List { title: "Which?".to_owned(), items: options(200), multiple: false }, vec![]),
        (Content::DatePicker(DatePicker::default()), vec![]),
        (Content::Card(Card { title: "Lamp".to_owned(), ..Card::default() }), vec![]),
        (file(MediaKind::File, "https://x.example/a.pdf"), vec!["file → link: LINE has no message for files"]),
        (
            file(MediaKind::Video, "https://x.example/a.mp4"),
            vec!["video → link: LINE needs a preview picture beside it"],
        ),
        (file(MediaKind::Image, "ftp://x.example/a.png"), vec!["image → link: LINE cannot fetch it from its address"]),
        (sticker(None), vec!["sticker → text: LINE needs a package id"]),
        (sticker(Some("https://x.example/s.png")), vec!["sticker → picture: LINE needs a package id"]),
        (ask(options(14)), vec!["quick replies → list: LINE shows at most 13"]),
        (
            ask(vec![choice("A very long option indeed", "a")]),
            vec!["label shortened: LINE shows at most 20 characters"],
        ),
        (
            ask(vec![choice("A", &"x".repeat(301))]),
            vec!["answer → text: LINE's buttons carry at most 300 characters, so the guest's tap comes back as a text"],
        ),
        (
            Content::List { title: "Which?".to_owned(), items: options(2), multiple: true },
            vec!["list → list of one choice: LINE lets the guest choose one item at a time"],
        ),
        (
            Content::DatePicker(DatePicker { times: vec![slot], ..DatePicker::default() }),
            vec!["date picker → quick replies: LINE has none"],
        ),
        (
            Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() },
            vec!["edit → new message: messages of LINE cannot be changed"],
        ),
        (Content::Card(Card::default()), vec!["card → picture, words and options: nothing is on it that LINE shows"]),
    ] {
        assert_eq!(rendered(&message(vec![content.clone()]), &context()).degradations, expected, "{content:?}");
    }
    let two = rendered(&message(vec![ask(options(13)), ask(options(1))]), &context());
    assert_eq!(
        two.degradations,
        ["quick replies → list: LINE shows at most 13 below a message, of all questions together"]
    );
}
