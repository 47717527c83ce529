//! What Viber posts, and what becomes of it.

use conformance::{InboundRow, inbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Channel, Content, FailureReason, Guest, Inbound, Location, MediaKind, Presence,
    Profile, Receipt, ReceiptStatus, SendErrorKind, Sticker, parse_settings,
};
use serde_json::{Value, json};
use viber::Viber;

use crate::fixture::{GUEST, MESSAGE, event, now, request, said, settings, signed, user};

const FILE: &str = "https://dl-media.viber.com/5/media/2/short/any/sig/image/0x0/a1b2/1.jpg";

fn john() -> Guest {
    let attributes = [("country", "UK"), ("locale", "en")];
    Guest {
        profile: Profile {
            nickname: Some("John McClane".to_owned()),
            image_url: Some("https://avatar.example.com/1".to_owned()),
            attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            ..Profile::default()
        },
        ..Guest::person(GUEST)
    }
}

fn happened(event: &str, guest: Guest, content: Content) -> Inbound {
    Inbound {
        event_id: format!("{event}/{MESSAGE}").into(),
        message_id: None,
        at: now(),
        guest,
        content,
        reply_context: None,
        only_while_open: false,
    }
}

fn told(content: Content) -> Inbound {
    Inbound { message_id: Some(MESSAGE.to_owned()), ..happened("message", john(), content) }
}

fn receipt(event: &str, status: ReceiptStatus, sentence: Option<&str>) -> Inbound {
    let reason =
        sentence.map(|sentence| FailureReason { kind: SendErrorKind::InvalidMessage, sentence: sentence.to_owned() });
    let content = Content::Receipt(Receipt { message_id: MESSAGE.to_owned(), status, reason });
    Inbound { message_id: Some(MESSAGE.to_owned()), ..happened(event, Guest::person(GUEST), content) }
}

fn note(text: &str) -> Content {
    Content::Note { text: text.to_owned() }
}

fn presence(presence: Presence) -> Content {
    Content::Presence { presence }
}

fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

fn file(kind: MediaKind) -> Attachment {
    Attachment::on_network(kind, FILE)
}

fn row(label: &'static str, event: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: signed(event.to_string()), status: 200, events }
}

fn without(mut event: Value, field: &str) -> Value {
    event.as_object_mut().unwrap().remove(field);
    event
}

#[test]
fn messages() {
    let tracked = |text: &str, data: &str| said(json!({ "type": "text", "text": text, "tracking_data": data }));
    let options = r#"{"um":{"No":"call=no","Yes":"call=yes"}}"#;
    let rows = vec![
        row("a text", said(json!({ "type": "text", "text": "Hi 👋🏽" })), vec![told(Content::text("Hi 👋🏽"))]),
        row(
            "a text with somebody else's tracking data",
            tracked("a message to the service", "tracking data"),
            vec![told(Content::text("a message to the service"))],
        ),
        row(
            "a tap on a quick reply",
            tracked("Yes", options),
            vec![told(answer(AnswerKind::QuickReply, "Yes", "call=yes"))],
        ),
        row("the same, typed", tracked(" No ", options), vec![told(answer(AnswerKind::QuickReply, "No", "call=no"))]),
        row("something else, typed", tracked("Perhaps", options), vec![told(Content::text("Perhaps"))]),
        row(
            "a tap on a card's button, whatever was said since",
            tracked(r#"{"um":["Buy \"it\"","buy=lamp"]}"#, options),
            vec![told(answer(AnswerKind::Button, "Buy \"it\"", "buy=lamp"))],
        ),
        row(
            "a text that begins like a button's",
            said(json!({ "type": "text", "text": "{\"um\":[1]}" })),
            vec![told(Content::text("{\"um\":[1]}"))],
        ),
        row(
            "a picture with a caption",
            said(
                json!({ "type": "picture", "text": "our house", "media": FILE, "thumbnail": FILE, "file_name": "a.jpg" }),
            ),
            vec![told(Content::Attachment(Attachment {
                name: Some("a.jpg".to_owned()),
                caption: Some("our house".to_owned()),
                ..file(MediaKind::Image)
            }))],
        ),
        row(
            "a picture without one",
            said(json!({ "type": "picture", "text": "", "media": FILE })),
            vec![told(Content::Attachment(file(MediaKind::Image)))],
        ),
        row(
            "a film",
            said(json!({ "type": "video", "media": FILE, "thumbnail": FILE, "file_size": 10_000, "duration": 12 })),
            vec![told(Content::Attachment(Attachment {
                size: Some(10_000),
                duration_ms: Some(12_000),
                ..file(MediaKind::Video)
            }))],
        ),
        row(
            "a file",
            said(json!({ "type": "file", "media": FILE, "file_name": "契約書.pdf", "file_size": 10_000 })),
            vec![told(Content::Attachment(Attachment {
                name: Some("契約書.pdf".to_owned()),
                size: Some(10_000),
                ..file(MediaKind::File)
            }))],
        ),
        row(
            "a sound, which is a file to Viber",
            said(json!({ "type": "file", "media": FILE, "file_name": "voice.M4A", "file_size": 10_000 })),
            vec![told(Content::Attachment(Attachment {
                name: Some("voice.M4A".to_owned()),
                size: Some(10_000),
                ..file(MediaKind::Audio)
            }))],
        ),
        row(
            "a sticker",
            said(json!({ "type": "sticker", "sticker_id": 46_105 })),
            vec![told(Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "46105".to_owned(),
                text: None,
                image_url: Some("https://viber.github.io/docs/img/stickers/46105.png".to_owned()),
            }))],
        ),
        row(
            "a place",
            said(json!({ "type": "location", "location": { "lat": 50.76891, "lon": 6.11499 } })),
            vec![told(Content::Location(Location {
                title: None,
                address: None,
                latitude: 50.76891,
                longitude: 6.11499,
            }))],
        ),
        row(
            "a contact, or the guest's own number",
            said(json!({ "type": "contact", "contact": { "name": "Ann", "phone_number": "+972511123123" } })),
            vec![told(Content::text("👤 Ann\n+972511123123"))],
        ),
        row(
            "a number without a name",
            said(
                json!({ "type": "contact", "contact": { "phone_number": "+972511123123", "avatar": "https://x.example" } }),
            ),
            vec![told(Content::text("👤 +972511123123"))],
        ),
        row(
            "a link",
            said(json!({ "type": "url", "media": "https://www.example.com/a" })),
            vec![told(Content::text("https://www.example.com/a"))],
        ),
        row(
            "a link with words",
            said(json!({ "type": "url", "text": "look", "media": "https://www.example.com/a" })),
            vec![told(Content::text("look\nhttps://www.example.com/a"))],
        ),
        row(
            "a link that stands in its words",
            said(
                json!({ "type": "url", "text": "see https://www.example.com/a", "media": "https://www.example.com/a" }),
            ),
            vec![told(Content::text("see https://www.example.com/a"))],
        ),
        row(
            "a kind of message that is new",
            said(json!({ "type": "hologram", "hologram": {} })),
            vec![told(note("The guest sent a message of a kind that cannot be shown here (hologram)."))],
        ),
        row(
            "somebody who tells little",
            event(
                "message",
                json!({ "sender": { "id": GUEST, "name": "", "avatar": null }, "message": { "type": "text", "text": "hi" } }),
            ),
            vec![Inbound { guest: Guest::person(GUEST), ..told(Content::text("hi")) }],
        ),
    ];
    inbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn events() {
    let of_user = |kind: &str| event(kind, json!({ "user": user() }));
    let of_id = |kind: &str| event(kind, json!({ "user_id": GUEST }));
    let rows = vec![
        row(
            "a chat is opened",
            event("conversation_started", json!({ "type": "open", "user": user(), "subscribed": false })),
            vec![happened("conversation_started", john(), presence(Presence::Join))],
        ),
        row(
            "a chat is opened by a link",
            event("conversation_started", json!({ "type": "open", "context": "spring sale", "user": user() })),
            vec![
                happened("conversation_started", john(), presence(Presence::Join)),
                Inbound {
                    event_id: format!("conversation_started/{MESSAGE}/context").into(),
                    ..happened("", john(), note("The guest came by the link “spring sale”."))
                },
            ],
        ),
        row(
            "somebody subscribes",
            of_user("subscribed"),
            vec![happened("subscribed", john(), presence(Presence::Subscribed))],
        ),
        row(
            "somebody unsubscribes",
            of_id("unsubscribed"),
            vec![happened("unsubscribed", Guest::person(GUEST), presence(Presence::Unsubscribed))],
        ),
        row("delivered", of_id("delivered"), vec![receipt("delivered", ReceiptStatus::Delivered, None)]),
        row("seen", of_id("seen"), vec![receipt("seen", ReceiptStatus::Read, None)]),
        row(
            "failed",
            event("failed", json!({ "user_id": GUEST, "desc": "failure description" })),
            vec![receipt(
                "failed",
                ReceiptStatus::Failed,
                Some("The guest's Viber could not show this message: failure description."),
            )],
        ),
        row(
            "failed without a word",
            event("failed", json!({ "user_id": GUEST, "message_token": MESSAGE })),
            vec![receipt("failed", ReceiptStatus::Failed, Some("The guest's Viber could not show this message."))],
        ),
        row("the handshake", without(event("webhook", json!({})), "chat_hostname"), vec![]),
        row(
            "a change of the telephone's",
            event("client_status", json!({ "user": user(), "status": { "code": 0 } })),
            vec![],
        ),
        row("an event that is new", event("something_new", json!({ "user": user() })), vec![]),
        row("a message of nobody", without(said(json!({ "type": "text", "text": "hi" })), "sender"), vec![]),
        row("a message of nothing", without(said(json!({})), "message"), vec![]),
        row("a text without words", said(json!({ "type": "text", "text": "" })), vec![]),
        row("a picture that is nowhere", said(json!({ "type": "picture" })), vec![]),
        row("a sticker without a number", said(json!({ "type": "sticker" })), vec![]),
        row("a place nowhere", said(json!({ "type": "location" })), vec![]),
        row("a contact without anything", said(json!({ "type": "contact", "contact": {} })), vec![]),
        row("a receipt for nobody", event("seen", json!({})), vec![]),
        row("an event without a number", without(of_id("seen"), "message_token"), vec![]),
        row("an event without a time", without(of_user("subscribed"), "timestamp"), vec![]),
        row("an event out of time", event("seen", json!({ "user_id": GUEST, "timestamp": i64::MAX })), vec![]),
        row("a number that is none", event("seen", json!({ "user_id": GUEST, "message_token": 1.5 })), vec![]),
    ];
    inbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn refusals() {
    let row = |label, request, status| InboundRow { label, request, status, events: vec![] };
    let body = said(json!({ "type": "text", "text": "hi" })).to_string();
    let rows = vec![
        row("no signature", request(body.clone(), None), 401),
        row("another's signature", request(body.clone(), Some(&crate::fixture::signature("x", body.as_bytes()))), 401),
        row("no JSON", signed("hello"), 400),
        row("no event", signed("{\"a\":1}"), 400),
        row("an event that is no name", signed("{\"event\":1}"), 400),
        row("a list", signed("[]"), 400),
    ];
    inbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn numbers_keep_all_their_digits() {
    let settings = parse_settings(&settings()).unwrap();
    for token in
        ["1", "9007199254740993", "4912661846655238145", "18446744073709551615", "123456789012345678901234567890"]
    {
        let body = format!(
            "{{\"event\":\"seen\",\"timestamp\":1767225600000,\"message_token\":{token},\"user_id\":\"{GUEST}\"}}"
        );
        let parsed = Viber.parse(&signed(body), &settings).unwrap();
        let Content::Receipt(receipt) = &parsed.events[0].content else { panic!("no receipt") };
        assert_eq!(receipt.message_id, token);
    }
}

#[test]
fn what_is_left_out_has_a_reason() {
    let settings = parse_settings(&settings()).unwrap();
    for (event, reason) in [
        (event("webhook", json!({})), "webhook"),
        (event("client_status", json!({})), "clientStatus"),
        (event("something_new", json!({})), "unknownEvent"),
        (said(json!({ "type": "text", "text": "" })), "emptyText"),
        (event("message", json!({ "sender": "somebody" })), "malformed"),
    ] {
        let parsed = Viber.parse(&signed(event.to_string()), &settings).unwrap();
        assert_eq!((parsed.events.len(), parsed.ignored.as_slice()), (0, [reason].as_slice()), "{event}");
        assert_eq!(parsed.answer, None);
    }
}

#[test]
fn who_opens_a_chat_is_welcomed() {
    let mut settings = settings();
    let opened = signed(event("conversation_started", json!({ "type": "open", "user": user() })).to_string());
    let answer = |settings: &Value| Viber.parse(&opened, &parse_settings(settings).unwrap()).unwrap().answer;
    assert_eq!(answer(&settings), None);
    settings["welcomeMessage"] = " ".into();
    assert_eq!(answer(&settings), None);
    settings["welcomeMessage"] = "Welcome! 👋".into();
    let welcome = answer(&settings).expect("a welcome");
    assert_eq!(
        (welcome.status.as_u16(), &welcome.headers["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    assert_eq!(
        serde_json::from_slice::<Value>(&welcome.body).unwrap(),
        json!({
            "type": "text", "text": "Welcome! 👋", "min_api_version": 1,
            "sender": { "name": "Acme", "avatar": "https://www.example.com/acme.png" },
        })
    );
    let others = signed(event("subscribed", json!({ "user": user() })).to_string());
    assert_eq!(Viber.parse(&others, &parse_settings(&settings).unwrap()).unwrap().answer, None);
    let broken = signed(event("conversation_started", json!({})).to_string());
    assert_eq!(Viber.parse(&broken, &parse_settings(&settings).unwrap()).unwrap().answer, None, "nobody is there");
}
