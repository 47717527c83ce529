//! Cards, questions and native JSON.

use conformance::{OutboundRow, outbound_table};
use contract::{Card, CardAction, Choice, Content, DatePicker, FormField, TimeSlot, parse_settings};
use serde_json::{Value, json};
use teams::Teams;

use crate::{
    fixture::{attached, card, context, line, message, now, open, settings, submit, title},
    outbound::{row, text},
};

fn run(rows: Vec<OutboundRow>) {
    outbound_table(&Teams, &settings(), now(), rows);
}

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

fn link(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
}

fn send(data: Value) -> Value {
    json!({ "type": "Action.Submit", "title": "✓", "data": data })
}

/// What a card is sent as.
fn sent(contents: Vec<Content>) -> Vec<Value> {
    let rendering = compose::compose(&Teams, &message(contents), &parse_settings(&settings()).unwrap(), &context());
    rendering.steps.iter().map(|call| serde_json::from_slice(&call.request.body).unwrap()).collect()
}

#[test]
fn cards() {
    let picture =
        || json!({ "type": "Image", "url": "https://x.example/p.png", "size": "Stretch", "altText": "Shirt" });
    let shirt = Card {
        title: "Shirt".to_owned(),
        description: Some("Cotton\n_soft_".to_owned()),
        image_url: Some("https://x.example/p.png".to_owned()),
        default_action: Some(link("Open", "https://x.example/shirt")),
        actions: vec![
            postback("Buy", "buy=1"),
            link("More", "https://x.example/more"),
            CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3-1234".to_owned() },
        ],
        video_url: None,
    };
    let mut soft = line("_soft_");
    soft["spacing"] = "None".into();
    let mut whole = card(
        json!([picture(), title("Shirt"), line("Cotton"), soft]),
        json!([submit("button", "Buy", "buy=1"), open("More", "https://x.example/more"), open("Call", "tel:+8131234")]),
    );
    whole["content"]["selectAction"] = open("Open", "https://x.example/shirt");
    let small = |name: &str| Card { title: name.to_owned(), ..Card::default() };
    let plain = |name: &str| card(json!([title(name)]), json!([]));
    let carousel =
        |cards: Vec<Value>| json!({ "type": "message", "attachmentLayout": "carousel", "attachments": cards });
    let eleven: Vec<Card> = (0..11).map(|at| small(&at.to_string())).collect();
    run(vec![
        row("a card", vec![Content::Card(shirt)], vec![attached(json!([whole]))]),
        row("an empty card", vec![Content::Card(Card::default())], vec![]),
        row(
            "a card whose picture and button Teams cannot open",
            vec![Content::Card(Card {
                image_url: Some("ftp://x".to_owned()),
                actions: vec![link("Go", "app:home")],
                ..small("Card")
            })],
            vec![attached(json!([card(json!([title("Card"), line("Go: app:home")]), json!([]))]))],
        ),
        row(
            "a card with a film",
            vec![Content::Card(Card { video_url: Some("https://x.example/v.mp4".to_owned()), ..small("Film") })],
            vec![attached(json!([card(json!([title("Film")]), json!([open("▶", "https://x.example/v.mp4")]))]))],
        ),
        row(
            "a row of cards",
            vec![Content::Carousel { cards: vec![small("A"), Card::default(), small("B")] }],
            vec![carousel(vec![plain("A"), plain("B")])],
        ),
        row("a row of one", vec![Content::Carousel { cards: vec![small("A")] }], vec![attached(json!([plain("A")]))]),
        row(
            "eleven cards are two rows",
            vec![Content::Carousel { cards: eleven }],
            vec![carousel((0..10).map(|at| plain(&at.to_string())).collect()), attached(json!([plain("10")]))],
        ),
    ]);
    let long = Card { description: Some("word ".repeat(500)), ..small("Long") };
    let parts = sent(vec![Content::Card(long)]);
    assert_eq!(parts[0]["text"].as_str().unwrap(), "word ".repeat(500), "in full before it");
    assert!(parts[1]["attachments"][0]["content"]["body"].to_string().contains('…'));
    let heavy = Card {
        actions: (0..40).map(|at| postback("x", &format!("{at}{}", "p".repeat(1_000)))).collect(),
        ..small("Heavy")
    };
    let parts = sent(vec![Content::Card(heavy)]);
    assert!(parts[0]["text"].as_str().unwrap().starts_with("Heavy\n1. x\n2. x"), "{}", parts[0]);
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
            vec![text("Order\n1. Colour")],
        ),
    ]);
}

#[test]
fn native() {
    let designed = json!({ "type": "AdaptiveCard", "body": [{ "type": "TextBlock", "text": "Hi" }] });
    let hero = json!({ "contentType": "application/vnd.microsoft.card.hero", "content": { "title": "Hi" } });
    let done = || card(json!([{ "type": "TextBlock", "text": "Hi" }]), json!([]));
    let native = |json: Value| vec![Content::Native { connector: Some("teams".to_owned()), json }];
    let refused = || vec![text("(This message cannot be shown here.)")];
    run(vec![
        row(
            "a card of the designer's, with what it leaves out",
            native(designed.clone()),
            vec![attached(json!([done()]))],
        ),
        row(
            "a card with a version of its own",
            native(json!({ "type": "AdaptiveCard", "version": "1.5", "$schema": "s", "body": [] })),
            vec![attached(json!([{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": { "type": "AdaptiveCard", "version": "1.5", "$schema": "s", "body": [] },
            }]))],
        ),
        row("an attachment", native(hero.clone()), vec![attached(json!([hero]))]),
        row(
            "several",
            native(json!([designed, hero])),
            vec![json!({ "type": "message", "attachmentLayout": "carousel", "attachments": [done(), hero] })],
        ),
        row(
            "an activity, without what is ours to say",
            native(json!({
                "type": "message", "text": "**Hi**", "textFormat": "markdown", "from": { "id": "28:other" },
                "conversation": { "id": "19:other" }, "serviceUrl": "https://x.example/", "id": "7",
            })),
            vec![json!({ "type": "message", "text": "**Hi**", "textFormat": "markdown" })],
        ),
        row(
            "an activity without its type",
            native(json!({ "text": "Hi", "suggestedActions": { "actions": [] } })),
            vec![json!({ "type": "message", "text": "Hi", "suggestedActions": { "actions": [] } })],
        ),
        row("an activity that is no message", native(json!({ "type": "event", "text": "x" })), refused()),
        row("nothing", native(json!([])), refused()),
        row("a number", native(json!(7)), refused()),
        row(
            "another channel's",
            vec![Content::Native { connector: Some("line".to_owned()), json: json!({ "type": "flex" }) }],
            refused(),
        ),
        row(
            "nobody's in particular",
            vec![Content::Native { connector: None, json: hero.clone() }],
            vec![attached(json!([hero]))],
        ),
    ]);
}
