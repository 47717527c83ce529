//! Telephone numbers: notification messages, their delivery events, and switching.

use conformance::{Answer, InboundRow, OutboundRow, Script, inbound_table, outbound_table};
use contract::{
    AnyChannel, Attachment, Channel, Clock, Content, Guest, GuestId, Inbound, Io, MediaKind, MemoryTokens, Outbound,
    Receipt, ReceiptStatus, SendContext, SendError, SendErrorKind, TenantId,
    http::{Request, Response},
    parse_settings, stable_uuid,
};
use futures::executor::block_on;
use http::HeaderName;
use line::Line;
use serde_json::{Value, json};

use crate::fixture::{GUEST, context, event, message, now, posted, refused, settings, token_issued, token_request};

const NUMBER: &str = "+818000001234";
/// As LINE's documentation has it.
const HASH: &str = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c";

fn tag(index: usize) -> String {
    let id = stable_uuid(&["line", "platform-1", HASH, &index.to_string()]).simple().to_string();
    format!("{HASH}-{id}")
}

fn to_number(contents: Vec<Content>) -> Outbound {
    Outbound { to: HASH.into(), ..message(contents) }
}

fn push(index: usize, messages: Value) -> Request {
    Request::post_json("https://api.line.me/bot/pnp/push", &json!({ "to": HASH, "messages": messages }))
        .header(HeaderName::from_static("x-line-delivery-tag"), &tag(index))
        .bearer("t-1")
}

fn taken(status: u16) -> Answer {
    Ok(Response::new(status).json(&json!({})))
}

fn row(
    label: &'static str,
    contents: Vec<Content>,
    answers: Vec<Answer>,
    requests: Vec<Request>,
    result: Result<Vec<String>, SendErrorKind>,
) -> OutboundRow {
    OutboundRow {
        label,
        message: to_number(contents),
        context: SendContext { reply: Some((json!({ "markAsReadToken": "m-1" }), now())), ..context() },
        answers: [vec![token_issued()], answers].concat(),
        requests: [vec![token_request()], requests].concat(),
        result,
    }
}

#[test]
fn messages_to_a_number() {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let hello = || vec![Content::text("hello")];
    let template =
        json!({ "templateKey": "shipped_ja", "body": { "emphasizedItem": { "itemKey": "d", "content": "x" } } });
    let templated = |index| {
        Request::post_json(
            "https://api.line.me/v2/bot/message/pnp/templated/push",
            &json!({ "to": HASH, "templateKey": "shipped_ja", "body": template["body"] }),
        )
        .header(HeaderName::from_static("x-line-delivery-tag"), &tag(index))
        .bearer("t-1")
    };
    let six: Vec<Content> = (0..6).map(|number| Content::text(number.to_string())).collect();
    let texts = |numbers: std::ops::Range<u32>| numbers.map(|number| text(&number.to_string())).collect::<Vec<_>>();
    let rows = vec![
        row("a text", hello(), vec![taken(200)], vec![push(0, json!([text("hello")]))], Ok(vec![tag(0)])),
        OutboundRow {
            message: Outbound { to: NUMBER.into(), ..message(hello()) },
            ..row(
                "by the number itself",
                hello(),
                vec![taken(200)],
                vec![push(0, json!([text("hello")]))],
                Ok(vec![tag(0)]),
            )
        },
        row(
            "no pictures",
            vec![Content::Attachment(Attachment::at_url(MediaKind::Image, "https://files.example.com/a.png"))],
            vec![taken(200)],
            vec![push(0, json!([text("📎 image\nhttps://files.example.com/a.png")]))],
            Ok(vec![tag(0)]),
        ),
        row(
            "six messages",
            six,
            vec![taken(200), taken(200)],
            vec![push(0, texts(0..5).into()), push(1, texts(5..6).into())],
            Ok(vec![tag(0), tag(1)]),
        ),
        row(
            "LINE's own form",
            vec![Content::Native { connector: None, json: template.clone() }],
            vec![taken(202)],
            vec![templated(0)],
            Ok(vec![tag(0)]),
        ),
        row(
            "LINE's own form before a text, which goes first",
            vec![Content::Native { connector: None, json: template.clone() }, Content::text("hello")],
            vec![taken(200), taken(202)],
            vec![push(0, json!([text("hello")])), templated(1)],
            Ok(vec![tag(0), tag(1)]),
        ),
        row(
            "no typing and no read marks",
            vec![
                Content::Typing { on: true, duration_ms: None },
                Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None }),
                Content::text("hello"),
            ],
            vec![taken(200)],
            vec![push(0, json!([text("hello")]))],
            Ok(vec![tag(0)]),
        ),
        row(
            "nobody there",
            hello(),
            vec![refused(422, "Failed to send messages")],
            vec![push(0, json!([text("hello")]))],
            Err(SendErrorKind::UnknownRecipient),
        ),
        row(
            "not bought",
            hello(),
            vec![refused(403, "Forbidden")],
            vec![push(0, json!([text("hello")]))],
            Err(SendErrorKind::Forbidden),
        ),
        row(
            "LINE is down",
            hello(),
            vec![refused(500, "Internal server error")],
            vec![push(0, json!([text("hello")]))],
            Err(SendErrorKind::Unavailable),
        ),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn delivery_events() {
    let arrived =
        |data: &str| event("delivery", json!({ "source": null, "replyToken": null, "delivery": { "data": data } }));
    let told = Inbound {
        event_id: "01FZ74A0TDDPYRVKNK77XKC3ZR".into(),
        message_id: None,
        at: now(),
        guest: Guest::person(HASH),
        content: Content::Receipt(Receipt { message_id: tag(0), status: ReceiptStatus::Delivered, reason: None }),
        reply_context: None,
        only_while_open: false,
    };
    let row =
        |label, data: &str, events| InboundRow { label, request: posted(json!([arrived(data)])), status: 200, events };
    let rows = vec![
        row("ours", &tag(0), vec![told]),
        row("another system's", "15034552939884E28681A7D6", vec![]),
        row("a number alone", HASH, vec![]),
    ];
    inbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn guests_and_invitations() {
    assert_eq!(Channel::guest(&Line, NUMBER), GuestId::from(HASH));
    assert_eq!(Channel::guest(&Line, GUEST), GuestId::from(GUEST));
    assert_eq!(AnyChannel::invitation(&Line, &settings()).as_deref(), Some("https://line.me/R/ti/p/%40acme"));
    let mut odd = settings();
    odd["botBasicId"] = "@a/../b".into();
    assert_eq!(AnyChannel::invitation(&Line, &odd), None);
}

fn switch(
    settings: Value,
    answers: Vec<Answer>,
    guest: &str,
    to: Option<&str>,
) -> (Result<(), SendError>, Vec<Request>) {
    let settings = parse_settings(&settings).unwrap();
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let tokens = MemoryTokens::new(clock.clone());
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(Channel::switch(&Line, &io, &guest.into(), to));
    (outcome, script.finish())
}

#[test]
fn switching() {
    let mut with = settings();
    with["switcherDestinationId"] = "D1".into();
    with["switcherServiceCode"] = "S1".into();
    let mut renamed = with.clone();
    renamed["switcherUrl"] = "https://partner.line.example/switch".into();
    renamed["switcherUserField"] = "user".into();
    renamed["switcherDestinationField"] = "destination".into();
    const URL: &str = "https://api.line.me/switcher/v1/switch";
    for (label, settings, guest, to, url, body) in [
        ("by id", &with, GUEST, None, URL, json!({ "userId": GUEST, "destinationId": "D1", "serviceCode": "S1" })),
        ("by number", &with, NUMBER, None, URL, json!({ "userId": HASH, "destinationId": "D1", "serviceCode": "S1" })),
        ("elsewhere", &settings(), GUEST, Some("D2"), URL, json!({ "userId": GUEST, "destinationId": "D2" })),
        (
            "in other words",
            &renamed,
            GUEST,
            None,
            "https://partner.line.example/switch",
            json!({ "user": GUEST, "destination": "D1", "serviceCode": "S1" }),
        ),
    ] {
        let (outcome, requests) = switch(settings.clone(), vec![token_issued(), taken(200)], guest, to);
        assert_eq!(outcome, Ok(()), "{label}");
        assert_eq!(requests, [token_request(), Request::post_json(url, &body).bearer("t-1")], "{label}");
    }
    for (status, kind) in [
        (404, SendErrorKind::UnknownRecipient),
        (422, SendErrorKind::UnknownRecipient),
        (403, SendErrorKind::Forbidden),
        (503, SendErrorKind::Unavailable),
    ] {
        let (outcome, _) = switch(with.clone(), vec![token_issued(), refused(status, "no")], GUEST, None);
        assert_eq!(outcome.unwrap_err().kind, kind, "{status}");
    }
    let (outcome, requests) = switch(settings(), vec![], GUEST, None);
    assert_eq!((outcome.unwrap_err().kind, requests.len()), (SendErrorKind::Unsupported, 0));
}
