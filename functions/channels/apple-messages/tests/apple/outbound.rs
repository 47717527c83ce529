//! What the agent says in words and files, and what Apple is told.

use apple_messages::{Address, AppleMessages, Endpoint, File, Message, Step};
use conformance::{OutboundRow, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Channel, Content, Location, MediaKind, Presence, Receipt, ReceiptStatus,
    SendContext, SendErrorKind, Sticker,
};
use serde_json::json;

use crate::fixture::{
    GUEST, composed, context, context_of, id, link, message, now, post, row, settings, taken, text, typed,
};

#[test]
fn words() {
    let sticker = |words: Option<&str>, url: Option<&str>| {
        Content::Sticker(Sticker {
            package_id: None,
            sticker_id: "1".to_owned(),
            text: words.map(str::to_owned),
            image_url: url.map(str::to_owned),
        })
    };
    let rows = vec![
        row("a text", vec![Content::text("こんにちは 👋🏽")], vec![text("こんにちは 👋🏽")]),
        row("two texts", vec![Content::text("one"), Content::text("two")], vec![text("one"), text("two")]),
        row("white space", vec![Content::text(" \n ")], vec![]),
        OutboundRow {
            context: SendContext { agent_name: Some("Acme".to_owned()), ..context() },
            ..row(
                "the agent's name, once",
                vec![Content::text("hello"), Content::text("again")],
                vec![text("Acme: hello"), text("again")],
            )
        },
        row(
            "an edit",
            vec![Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() }],
            vec![text("✏️ new")],
        ),
        row(
            "an answer",
            vec![Content::Answer(Answer {
                kind: AnswerKind::Button,
                text: "Yes".to_owned(),
                payload: "y".to_owned(),
                question_id: None,
            })],
            vec![text("Yes")],
        ),
        row(
            "an address alone is a rich link",
            vec![Content::text("https://www.example.com/hours")],
            vec![link("https://www.example.com/hours", "example.com")],
        ),
        row(
            "an address on its own line",
            vec![Content::text("Our hours:\nhttps://example.com/hours\nSee you!")],
            vec![text("Our hours:"), link("https://example.com/hours", "example.com"), text("See you!")],
        ),
        row(
            "an address within a sentence",
            vec![Content::text("Look at https://example.com/a, please.")],
            vec![text("Look at https://example.com/a, please."), link("https://example.com/a", "example.com")],
        ),
        row(
            "a place",
            vec![Content::Location(Location {
                title: Some("Acme".to_owned()),
                address: Some("1 Main St".to_owned()),
                latitude: 35.5,
                longitude: 139.25,
            })],
            vec![text("1 Main St"), link("https://maps.apple.com/?ll=35.5%2C139.25&q=Acme", "Acme")],
        ),
        row(
            "a place without a name",
            vec![Content::Location(Location { title: None, address: None, latitude: 1.5, longitude: -2.0 })],
            vec![link("https://maps.apple.com/?ll=1.5%2C-2", "1.5, -2")],
        ),
        row("a sticker in words", vec![sticker(Some("Hug"), None)], vec![text("Hug")]),
        row("a sticker of which nothing is known", vec![sticker(None, None)], vec![text("🙂")]),
        row(
            "what is no message",
            vec![
                Content::Note { text: "for us".to_owned() },
                Content::Presence { presence: Presence::Join },
                Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None }),
            ],
            vec![],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn typing() {
    let typing = |on| Content::Typing { on, duration_ms: Some(5_000) };
    let steps = composed(vec![typing(true), Content::text("one"), typing(false)], &context()).steps;
    let address = |place: &str| Address { id: id(place), guest: GUEST.to_owned() };
    assert_eq!(steps[0], Step::Typing { address: address("typing/0"), on: true });
    assert_eq!(steps[2], Step::Typing { address: address("typing/1"), on: false });
    let best_effort: Vec<bool> = steps.iter().map(|step| AppleMessages.is_best_effort(step)).collect();
    assert_eq!(best_effort, [true, false, true]);
    let row = |label, on: bool, kind: &str| OutboundRow {
        label,
        message: message(vec![typing(on)]),
        context: context(),
        answers: vec![taken()],
        requests: vec![post("typing/0", json!({ "type": kind }))],
        result: Ok(vec![id("typing/0")]),
    };
    let rows = vec![row("typing", true, "typing_start"), row("no longer", false, "typing_end")];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

/// The guest deleted the conversation.
fn left() -> SendContext {
    SendContext { reply: Some((json!({ "closed": true }), now())), ..context() }
}

#[test]
fn who_has_left_gets_nothing() {
    let typing = Content::Typing { on: true, duration_ms: None };
    let row = |label, content, result| OutboundRow {
        label,
        message: message(vec![content]),
        context: left(),
        answers: vec![],
        requests: vec![],
        result,
    };
    let rows = vec![
        row("a text", Content::text("hello?"), Err(SendErrorKind::RecipientOptedOut)),
        row("a file", Content::text("https://example.com"), Err(SendErrorKind::RecipientOptedOut)),
        row("typing", typing, Ok(vec![])),
        // What they write brings a context without the mark.
        OutboundRow {
            context: context_of(""),
            answers: vec![taken()],
            requests: vec![post("0", text("welcome back"))],
            ..row("back again", Content::text("welcome back"), Ok(vec![id("0")]))
        },
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

/// What is to be done, before it is.
#[test]
fn steps() {
    let url = "https://files.example.com/1";
    let step = |content, files| {
        let address = Address { id: id("0"), guest: GUEST.to_owned() };
        Step::Message(Message { address, endpoint: Endpoint::Message, content, files })
    };
    let sticker = Content::Sticker(Sticker {
        package_id: None,
        sticker_id: "1".to_owned(),
        text: Some("Hug".to_owned()),
        image_url: Some(url.to_owned()),
    });
    let file = Attachment { name: Some("a.pdf".to_owned()), ..Attachment::at_url(MediaKind::File, url) };
    let attachment =
        |name: Option<&str>| File::Attachment { url: url.to_owned(), name: name.map(str::to_owned), mime: None };
    let place = || json!({ "type": "text", "body": "\u{FFFC}" });
    for (label, content, context, expected) in [
        ("a text", Content::text("one"), context(), step(text("one"), vec![])),
        ("a file", Content::Attachment(file), context(), step(place(), vec![attachment(Some("a.pdf"))])),
        ("a sticker's picture", sticker, context(), step(place(), vec![attachment(None)])),
        ("to somebody who left", Content::text("one"), left(), Step::Closed),
    ] {
        assert_eq!(composed(vec![content], &context).steps, [expected], "{label}");
    }
}

/// The same message has the same ids, another guest's has others.
#[test]
fn ids_stay_the_same() {
    let ids = |to: &str| -> Vec<String> {
        let message = contract::Outbound { to: to.into(), ..message(vec![Content::text("a"), Content::text("b")]) };
        let steps = compose::compose(&AppleMessages, &message, &typed(), &context()).steps;
        let id = |step: &Step| match step {
            Step::Message(message) => message.address.id.clone(),
            step => panic!("no message: {step:?}"),
        };
        steps.iter().map(id).collect()
    };
    assert_eq!(ids(GUEST), ids(GUEST));
    let mut all = [ids(GUEST), ids("urn:mbid:other")].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4);
}
