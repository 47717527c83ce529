//! What the agent says, and what Teams is told.

use conformance::{Answer as Answered, OutboundRow};
use contract::{
    Answer, AnswerKind, Attachment, Content, Location, MediaKind, Outbound, Presence, Receipt, ReceiptStatus,
    SendContext, SendErrorKind, Sticker,
    http::{Request, Response},
    parse_settings,
};
use serde_json::{Value, json};
use teams::Teams;

use crate::fixture::{
    APP_TENANT, BOT, GROUP, GUEST, SERVICE, THREAD, accepted, activities, attached, context, context_of, message,
    named, post, row, run, settings, text, token_issued, token_request,
};

/// The same in another conversation.
fn elsewhere(to: &'static str, encoded: &str, row: OutboundRow) -> OutboundRow {
    let url = format!("{SERVICE}v3/conversations/{encoded}/activities");
    let mut row = OutboundRow { context: context_of(to), ..row };
    row.message.to = to.into();
    for request in row.requests.iter_mut().skip(1) {
        request.url.clone_from(&url);
    }
    row
}

fn activity_at(id: &str) -> String {
    format!("{}/{id}", activities())
}

fn replaced(id: &str, by: &Value) -> Request {
    Request::new(http::Method::PUT, activity_at(id)).json(by).bearer("t-1")
}

#[test]
fn messages_are_changed_and_taken_back() {
    let edit = |id: &str| vec![Content::Edited { message_id: id.to_owned(), text: "new".to_owned() }];
    let native = |json: Value| vec![Content::Native { connector: Some("teams".to_owned()), json }];
    let gone = || Ok(Response::new(404).json(&json!({ "error": { "code": "ActivityNotFoundInConversation" } })));
    let taken_back = || Request::new(http::Method::DELETE, activity_at("1-7")).bearer("t-1");
    let with = |label, contents, answers: Vec<Answered>, requests: Vec<Request>, ids: &[&str]| OutboundRow {
        label,
        message: message(contents),
        context: context(),
        answers: [vec![token_issued()], answers].concat(),
        requests: [vec![token_request()], requests].concat(),
        result: Ok(ids.iter().map(|id| (*id).to_owned()).collect()),
    };
    let card = json!({ "type": "messageUpdate", "id": "1-7", "text": "Done.", "from": { "id": "x" } });
    run(vec![
        with("an edit", edit("1-7"), vec![Ok(accepted("1-7"))], vec![replaced("1-7", &text("new"))], &["1-7"]),
        with(
            "an edit of what is gone",
            edit("1-7"),
            vec![gone(), Ok(accepted("2"))],
            vec![replaced("1-7", &text("new")), post(text("✏️ new"))],
            &["2"],
        ),
        with("an edit of nobody knows what", edit(" "), vec![Ok(accepted("2"))], vec![post(text("✏️ new"))], &["2"]),
        with(
            "an edit that does not fit into one message",
            vec![Content::Edited { message_id: "1-7".to_owned(), text: "a".repeat(12_000) }],
            vec![Ok(accepted("2")), Ok(accepted("3"))],
            vec![post(text(&format!("✏️ {}", "a".repeat(11_997)))), post(text("aaa"))],
            &["2", "3"],
        ),
        OutboundRow {
            result: Err(SendErrorKind::Unavailable),
            ..with(
                "an edit is tried again",
                edit("1-7"),
                vec![Ok(Response::new(503))],
                vec![replaced("1-7", &text("new"))],
                &[],
            )
        },
        OutboundRow {
            result: Err(SendErrorKind::UnknownRecipient),
            ..with(
                "the author's own of what is gone",
                native(card.clone()),
                vec![gone()],
                vec![replaced("1-7", &json!({ "type": "message", "text": "Done." }))],
                &[],
            )
        },
        with(
            "the author's own",
            native(card),
            vec![Ok(accepted("1-7"))],
            vec![replaced("1-7", &json!({ "type": "message", "text": "Done." }))],
            &["1-7"],
        ),
        with(
            "taken back",
            native(json!({ "type": "messageDelete", "id": "1-7" })),
            vec![Ok(Response::new(200))],
            vec![taken_back()],
            &[],
        ),
        with(
            "taken back twice",
            native(json!({ "type": "messageDelete", "id": "1-7" })),
            vec![gone()],
            vec![taken_back()],
            &[],
        ),
    ]);
}

fn file(kind: MediaKind, name: &str, mime: &str, size: u64) -> Attachment {
    Attachment {
        name: Some(name.to_owned()),
        mime: Some(mime.to_owned()),
        size: Some(size),
        ..Attachment::at_url(kind, format!("https://files.example.com/{name}"))
    }
}

fn shown(mime: &str, url: &str, name: &str) -> Value {
    attached(json!([{ "contentType": mime, "contentUrl": url, "name": name }]))
}

fn link(name: &str) -> Value {
    text(&format!("📎 {name}\nhttps://files.example.com/{name}"))
}

#[test]
fn words() {
    let answer =
        Answer { kind: AnswerKind::QuickReply, text: "Yes".to_owned(), payload: "y".to_owned(), question_id: None };
    run(vec![
        row(
            "a text",
            vec![Content::text("こんにちは *not bold*\n\nsecond")],
            vec![text("こんにちは *not bold*\n\nsecond")],
        ),
        OutboundRow {
            context: named("Bo"),
            ..row(
                "the agent's name, once",
                vec![Content::text("hello"), Content::text("again")],
                vec![text("Bo: hello"), text("again")],
            )
        },
        row("an answer", vec![Content::Answer(answer)], vec![text("Yes")]),
        row("white space", vec![Content::text(" \n ")], vec![]),
        row(
            "what is no message",
            vec![
                Content::Note { text: "x".to_owned() },
                Content::Presence { presence: Presence::Disconnect },
                Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None }),
                Content::Typing { on: false, duration_ms: None },
            ],
            vec![],
        ),
        row("a long text", vec![Content::text("a".repeat(12_001))], vec![text(&"a".repeat(12_000)), text("a")]),
        elsewhere(
            GROUP,
            "19%3Agroup%40thread.v2",
            row("in a group", vec![Content::text("hello")], vec![text("hello")]),
        ),
        elsewhere(
            THREAD,
            "19%3Achannel%40thread.tacv2%3Bmessageid%3D1767225500000",
            row("in a thread", vec![Content::text("hello")], vec![text("hello")]),
        ),
    ]);
}

#[test]
fn indications() {
    let typing = || Request::post_json(activities(), &json!({ "type": "typing" })).bearer("t-1");
    let types = || vec![Content::Typing { on: true, duration_ms: Some(2_000) }];
    run(vec![
        OutboundRow {
            answers: vec![token_issued(), Ok(Response::new(202))],
            requests: vec![token_request(), typing()],
            ..row("typing", types(), vec![])
        },
        OutboundRow {
            answers: vec![token_issued(), Ok(Response::new(500))],
            requests: vec![token_request(), typing()],
            ..row("typing may fail", types(), vec![])
        },
        OutboundRow {
            context: SendContext { reply: None, ..context() },
            ..row("typing opens no chat", types(), vec![])
        },
    ]);
}

#[test]
fn a_chat_that_was_never_opened() {
    let global = "https://smba.trafficmanager.net/teams";
    let opening = |person: &str| {
        let body = json!({
            "bot": { "id": format!("28:{BOT}") },
            "members": [{ "id": person }],
            "isGroup": false,
            "tenantId": APP_TENANT,
            "channelData": { "tenant": { "id": APP_TENANT } },
        });
        Request::post_json(format!("{global}/v3/conversations"), &body).bearer("t-1")
    };
    let opened = |label, person: &'static str| {
        let url = format!("{global}/v3/conversations/a%3A1new/activities");
        let mut row = OutboundRow {
            context: SendContext { reply: None, ..context() },
            answers: vec![token_issued(), Ok(accepted("a:1new")), Ok(accepted("1"))],
            requests: vec![token_request(), opening(person), Request::post_json(url, &text("hello")).bearer("t-1")],
            ..row(label, vec![Content::text("hello")], vec![text("hello")])
        };
        row.message.to = person.into();
        row
    };
    let mut group =
        elsewhere(GROUP, "19%3Agroup%40thread.v2", row("a group", vec![Content::text("a")], vec![text("a")]));
    group.context.reply = None;
    group.requests[1].url = format!("{global}/v3/conversations/19%3Agroup%40thread.v2/activities");
    run(vec![
        opened("a person of the Bot Framework's", GUEST),
        opened("a person of Microsoft Entra's", "88888888-7777-4888-9999-aaaaaaaaaaaa"),
        group,
        OutboundRow {
            answers: vec![token_issued(), Ok(accepted("a:1new")), Ok(accepted("1-7"))],
            requests: vec![
                token_request(),
                opening(GUEST),
                Request::new(http::Method::PUT, format!("{global}/v3/conversations/a%3A1new/activities/1-7"))
                    .json(&text("new"))
                    .bearer("t-1"),
            ],
            result: Ok(vec!["1-7".to_owned()]),
            message: message(vec![Content::Edited { message_id: "1-7".to_owned(), text: "new".to_owned() }]),
            ..opened("an edit where the conversation's id is not kept", GUEST)
        },
        OutboundRow {
            answers: vec![token_issued(), Ok(Response::new(201).json(&json!({})))],
            requests: vec![token_request(), opening(GUEST)],
            result: Err(SendErrorKind::Garbled),
            ..opened("no conversation comes of it", GUEST)
        },
    ]);
}

#[test]
fn pictures_and_files() {
    use MediaKind::*;
    let picture = file(Image, "p.png", "image/png", 900_000);
    let big = Attachment {
        preview_url: Some("https://files.example.com/preview.jpg".to_owned()),
        ..file(Image, "big.png", "image/png", 3_000_000)
    };
    let group = |row| elsewhere(GROUP, "19%3Agroup%40thread.v2", row);
    run(vec![
        row(
            "a picture",
            vec![Content::Attachment(picture.clone())],
            vec![shown("image/png", "https://files.example.com/p.png", "p.png")],
        ),
        row(
            "a picture with words",
            vec![Content::Attachment(Attachment { caption: Some("look".to_owned()), ..picture.clone() })],
            vec![text("look"), shown("image/png", "https://files.example.com/p.png", "p.png")],
        ),
        row(
            "a big picture's preview",
            vec![Content::Attachment(big)],
            vec![shown("image/jpeg", "https://files.example.com/preview.jpg", "big.png")],
        ),
        group(row(
            "a picture in a group",
            vec![Content::Attachment(picture)],
            vec![shown("image/png", "https://files.example.com/p.png", "p.png")],
        )),
        group(row(
            "a file in a group",
            vec![Content::Attachment(file(File, "a.pdf", "application/pdf", 7))],
            vec![link("a.pdf")],
        )),
        group(row(
            "a film in a group, with words",
            vec![Content::Attachment(Attachment {
                caption: Some("see".to_owned()),
                ..file(Video, "a.mp4", "video/mp4", 7)
            })],
            vec![text("see"), link("a.mp4")],
        )),
        row(
            "a file that is too big to be handed over",
            vec![Content::Attachment(file(File, "a.iso", "application/octet-stream", 60 << 20))],
            vec![link("a.iso")],
        ),
        row(
            "a file that nobody has",
            vec![Content::Attachment(Attachment {
                name: Some("a.pdf".to_owned()),
                ..Attachment::on_network(File, "x")
            })],
            vec![text("📎 a.pdf")],
        ),
    ]);
}

#[test]
fn locations_and_stickers() {
    let place = |name: Option<&str>, address: Option<&str>| {
        Content::Location(Location {
            title: name.map(str::to_owned),
            address: address.map(str::to_owned),
            latitude: 35.65,
            longitude: 139.74,
        })
    };
    const MAP: &str = "https://www.google.com/maps/search/?api=1&query=35.65,139.74";
    let sticker = |text: Option<&str>, url: Option<&str>| {
        Content::Sticker(Sticker {
            package_id: None,
            sticker_id: "1".to_owned(),
            text: text.map(str::to_owned),
            image_url: url.map(str::to_owned),
        })
    };
    run(vec![
        row(
            "a place",
            vec![place(Some("Tower"), Some("Shiba Park"))],
            vec![text(&format!("📍 Tower\nShiba Park\n{MAP}"))],
        ),
        row("a place without a name", vec![place(None, None)], vec![text(&format!("📍 {MAP}"))]),
        row(
            "a sticker with a picture",
            vec![sticker(None, Some("https://x.example/s.png"))],
            vec![attached(json!([{ "contentType": "image/png", "contentUrl": "https://x.example/s.png" }]))],
        ),
        row("a sticker in words", vec![sticker(Some("hooray"), None)], vec![text("hooray")]),
        row("a sticker without words", vec![sticker(None, None)], vec![text("🙂")]),
    ]);
}

#[test]
fn what_is_shown_in_another_form_is_noted() {
    let place = Content::Location(Location { title: None, address: None, latitude: 1.0, longitude: 2.0 });
    let film = Content::Attachment(file(MediaKind::Video, "a.mp4", "video/mp4", 7));
    let unknown = Content::Attachment(Attachment { size: None, ..file(MediaKind::File, "a", "application/pdf", 7) });
    let tiff = Content::Attachment(file(MediaKind::Image, "a.tiff", "image/tiff", 7));
    let edit = Content::Edited { message_id: "1-7".to_owned(), text: "a".repeat(12_000) };
    for (label, content, to, expected) in [
        ("a text", Content::text("x"), GUEST, None),
        ("a place", place, GUEST, Some("location → text with a link to a map: Teams has none")),
        ("a film", film.clone(), GUEST, Some("video → file: Teams has no message for films")),
        ("a film in a group", film, GROUP, Some("video → link: Teams has no message for films")),
        ("a file of no known size", unknown, GUEST, Some("file → link: Teams asks for its size, which is not known")),
        ("a picture of another type", tiff, GUEST, Some("image → file: Teams shows only PNG, JPEG, JPG, GIF")),
        ("an edit", edit, GUEST, Some("edit → new message: the new text does not fit into one message")),
    ] {
        let message = Outbound { to: to.into(), ..message(vec![content]) };
        let rendering = compose::compose(&Teams, &message, &parse_settings(&settings()).unwrap(), &context());
        assert_eq!(rendering.degradations, expected.into_iter().collect::<Vec<_>>(), "{label}");
        assert!(!rendering.steps.is_empty() && rendering.refused.is_none(), "{label}");
    }
}
