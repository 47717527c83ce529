//! Questions: as the guest's device can show them.

use apple_messages::AppleMessages;
use conformance::{OutboundRow, outbound_table};
use contract::{
    Card, CardAction, Choice, Content, DatePicker, FormField, Location, TimeSlot,
    http::{Request, Response},
};
use serde_json::{Value, json};

use crate::fixture::{
    ALL, BID, context_of, interactive, item, link, message, now, picker, plain, post, request_id, row, row_on,
    settings, taken, text, typed,
};

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn choices(count: usize) -> Vec<Choice> {
    (1..=count).map(|n| choice(&format!("Option {n}"), &format!("o={n}"))).collect()
}

fn ask(text: &str, options: Vec<Choice>) -> Vec<Content> {
    vec![Content::QuickReplies { text: text.to_owned(), options }]
}

fn quick(place: &str, words: &str, items: Value) -> Value {
    interactive(place, json!({ "quick-reply": { "summaryText": words, "items": items } }), None)
}

fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

fn opens(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
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
        compose::compose(&AppleMessages, &message(ask("?", choices(options))), &typed(), &context_of(capabilities))
            .degradations
    };
    assert_eq!(degradations(ALL, 2), [""; 0]);
    assert_eq!(degradations(ALL, 6), ["quick replies → list picker: quick replies are two to five"]);
    assert_eq!(degradations("", 2), ["quick replies → numbered text: the guest's device has no list pickers"]);
}

#[test]
fn a_question_too_long_for_a_balloon_is_sent_before() {
    let question = "Why? ".repeat(200);
    let calls =
        compose::compose(&AppleMessages, &message(ask(&question, choices(2))), &typed(), &context_of(ALL)).steps;
    let bodies: Vec<Value> = calls.iter().map(|call| serde_json::from_slice(&call.request.body).unwrap()).collect();
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
    let rows = vec![
        row("choose one", list(false), vec![picker("0", "Fruit", false, items())]),
        row("choose several", list(true), vec![picker("0", "Fruit", true, items())]),
        row_on("on a device without lists", "QUICK", list(false), vec![text("Fruit\n1. Apple\n2. Orange")]),
        row(
            "an empty list",
            vec![Content::List { title: "Fruit".to_owned(), items: vec![], multiple: false }],
            vec![text("Fruit")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn dates_and_times() {
    let times = || DatePicker {
        title: "When?".to_owned(),
        subtitle: Some("One hour".to_owned()),
        times: vec![
            TimeSlot { at: "2026-07-10T17:00:00Z".parse().unwrap(), duration_s: 1_800 },
            TimeSlot { at: "2026-07-11T09:30:00Z".parse().unwrap(), duration_s: 0 },
        ],
        location: Some(Location { title: Some("Acme".to_owned()), address: None, latitude: 35.5, longitude: 139.25 }),
        ..DatePicker::default()
    };
    let day = || DatePicker {
        title: "Which day?".to_owned(),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        latest: Some("2026-07-31T00:00:00Z".parse().unwrap()),
        ..DatePicker::default()
    };
    let event = json!({ "mspVersion": "1.0", "event": {
        "identifier": "1",
        "title": "When?",
        "location": { "latitude": 35.5, "longitude": 139.25, "radius": 100, "title": "Acme" },
        "timeslots": [
            { "identifier": "2026-07-10T17:00:00Z", "startTime": "2026-07-10T17:00+0000", "duration": 1_800 },
            { "identifier": "2026-07-11T09:30:00Z", "startTime": "2026-07-11T09:30+0000", "duration": 3_600 },
        ],
    } });
    let form = json!({ "dynamic": { "version": "1.2", "template": "messageForms", "data": {
        "startPageIdentifier": "um:date", "showSummary": false, "pages": [{
            "pageIdentifier": "um:date", "type": "datePicker", "title": "Which day?", "subtitle": "", "submitForm": true,
            "options": {
                "dateFormat": "yyyy-MM-dd", "labelText": "📅", "startDate": "2026-07-01", "maximumDate": "2026-07-31",
            },
        }],
    } } });
    let content = |picker| vec![Content::DatePicker(picker)];
    let rows = vec![
        row(
            "times",
            content(times()),
            vec![interactive("0", event, Some(json!({ "title": "When?", "subtitle": "One hour", "style": "icon" })))],
        ),
        row_on(
            "times on a device without time pickers",
            "QUICK,LIST",
            content(times()),
            vec![text("When?\nOne hour\n1. 2026-07-10 17:00Z\n2. 2026-07-11 09:30Z")],
        ),
        row(
            "any day",
            content(day()),
            vec![interactive("0", form, Some(json!({ "title": "Which day?", "style": "icon" })))],
        ),
        row_on(
            "any day on a device without forms",
            "TIME",
            content(day()),
            vec![text("Which day?\n(2026-07-01 – 2026-07-31)")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn forms() {
    let form = || {
        let field = |id: &str, label: &str, options, multiple| FormField {
            id: id.to_owned(),
            label: label.to_owned(),
            options,
            multiple,
        };
        vec![Content::Form {
            title: "About you".to_owned(),
            fields: vec![
                field("name", "Your name", vec![], false),
                field("size", "Size", vec![choice("Small", "s"), choice("Large", "l")], false),
            ],
        }]
    };
    let pages = json!([
        {
            "pageIdentifier": "name", "type": "input", "title": "Your name", "subtitle": "", "submitForm": false,
            "nextPageIdentifier": "size", "options": { "required": true, "inputType": "singleline", "placeholder": "" },
        },
        {
            "pageIdentifier": "size", "type": "select", "title": "Size", "subtitle": "", "submitForm": true,
            "multipleSelection": false, "items": [
                { "identifier": "s", "title": "Small", "value": "s" },
                { "identifier": "l", "title": "Large", "value": "l" },
            ],
        },
    ]);
    let data = json!({ "dynamic": { "version": "1.2", "template": "messageForms", "data": {
        "startPageIdentifier": "name", "showSummary": true, "pages": pages,
    } } });
    let rows = vec![
        row("a form", form(), vec![interactive("0", data, Some(json!({ "title": "About you", "style": "icon" })))]),
        row_on("a form in words", "LIST", form(), vec![text("About you\n1. Your name\n2. Size (Small / Large)")]),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn cards() {
    let card = |title: &str, actions: Vec<CardAction>| Card { title: title.to_owned(), actions, ..Card::default() };
    let lamp = || Card {
        description: Some("Bright.".to_owned()),
        ..card("Lamp", vec![postback("Buy", "buy"), opens("Details", "https://example.com/lamp")])
    };
    let balloon = json!({ "title": "Lamp", "subtitle": "Bright.", "style": "icon" });
    let asked = |items: Value| {
        let sections = json!([{ "title": "Lamp", "order": 0, "multipleSelection": false, "items": items }]);
        json!({ "listPicker": { "multipleSelection": false, "sections": sections } })
    };
    let carousel = json!({ "listPicker": { "multipleSelection": false, "sections": [
        { "title": "Lamp", "order": 0, "multipleSelection": false, "items": [
            { "identifier": "buy", "title": "Buy", "subtitle": "Bright.", "order": 0, "style": "default" },
        ] },
        { "title": "Desk", "order": 1, "multipleSelection": false, "items": [item("buy\u{200B}", "Buy", 0)] },
    ] } });
    let rows = vec![
        row(
            "a card that asks and leads somewhere",
            vec![Content::Card(lamp())],
            vec![
                interactive("0", asked(json!([item("buy", "Buy", 0)])), Some(balloon)),
                link("https://example.com/lamp", "Details"),
            ],
        ),
        row_on(
            "the same in words",
            "",
            vec![Content::Card(lamp())],
            vec![text("Lamp\nBright.\n1. Buy"), link("https://example.com/lamp", "Details")],
        ),
        row(
            "a card that leads somewhere is a rich link",
            vec![Content::Card(card(
                "Lamp",
                vec![opens("Details", "https://example.com/lamp"), opens("Shop", "https://example.com")],
            ))],
            vec![link("https://example.com/lamp", "Lamp"), link("https://example.com", "Shop")],
        ),
        row("a card of words", vec![Content::Card(card("Lamp", vec![]))], vec![text("Lamp")]),
        row(
            "a card with a telephone number",
            vec![Content::Card(card(
                "Lamp",
                vec![CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3".to_owned() }],
            ))],
            vec![text("Lamp"), text("📞 Call: +81 3")],
        ),
        row(
            "cards in a row are one list",
            vec![Content::Carousel {
                cards: vec![
                    lamp(),
                    card("Desk", vec![postback("Buy", "buy")]),
                    card("Shop", vec![opens("Open", "https://example.com")]),
                ],
            }],
            vec![
                interactive("0", carousel, Some(json!({ "title": "Lamp · Desk", "style": "icon" }))),
                link("https://example.com/lamp", "Lamp – Details"),
                link("https://example.com", "Shop"),
            ],
        ),
        row_on(
            "cards in a row in words, numbered through",
            "QUICK",
            vec![Content::Carousel {
                cards: vec![
                    card("Lamp", vec![postback("Buy", "a"), postback("Skip", "b")]),
                    card("Desk", vec![postback("Buy", "c")]),
                ],
            }],
            vec![text("Lamp\n1. Buy\n2. Skip"), text("Desk\n3. Buy")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn pictures_travel_inside_the_message() {
    // The smallest GIF there is.
    let gif: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";
    let url = "https://images.example.com/lamp";
    let found = || Ok(Response::new(200).header("content-type", "image/gif").body(gif));
    let gone = || Ok(Response::new(404));
    let card = Card {
        title: "Lamp".to_owned(),
        image_url: Some(url.to_owned()),
        actions: vec![postback("Buy", "buy")],
        ..Card::default()
    };
    let picture = json!({ "data": "R0lGODlhAQABAAAAADs=", "mimeType": "image/gif" });
    let rich = |image: &Value| {
        json!({ "type": "richLink", "richLinkData": {
            "url": "https://example.com", "title": "Lamp", "assets": { "image": image },
        } })
    };
    let asks = |images: Option<Value>, balloon: Value| {
        let sections = json!([{
            "title": "Lamp", "order": 0, "multipleSelection": false, "items": [item("buy", "Buy", 0)],
        }]);
        let mut data = json!({
            "version": "1.0", "requestIdentifier": request_id("0"),
            "listPicker": { "multipleSelection": false, "sections": sections },
        });
        if let Some(images) = images {
            data["images"] = images;
        }
        json!({ "type": "interactive", "interactiveData": {
            "bid": BID, "data": data, "replyMessage": { "title": "Lamp", "style": "icon" }, "receivedMessage": balloon,
        } })
    };
    let leading = Card { actions: vec![opens("Open", "https://example.com")], ..card.clone() };
    let row = |label, card: &Card, found, sent: Value| OutboundRow {
        answers: vec![found, taken()],
        requests: vec![Request::get(url), post("0", sent)],
        ..row(label, vec![Content::Card(card.clone())], vec![json!({})])
    };
    let rows = vec![
        row("a rich link's", &leading, found(), rich(&picture)),
        row("a rich link's that is gone", &leading, gone(), rich(&plain())),
        row(
            "a picker's",
            &card,
            found(),
            asks(
                Some(json!([{ "identifier": "1", "data": "R0lGODlhAQABAAAAADs=" }])),
                json!({ "title": "Lamp", "style": "large", "imageIdentifier": "1" }),
            ),
        ),
        row(
            "a picker's that is gone: nothing points to it",
            &card,
            gone(),
            asks(Some(json!([])), json!({ "title": "Lamp", "style": "large" })),
        ),
        row(
            "a picker's that is no picture",
            &card,
            Ok(Response::new(200).header("content-type", "text/html").body("<html></html>")),
            asks(Some(json!([])), json!({ "title": "Lamp", "style": "large" })),
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}
