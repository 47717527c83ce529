//! What guests write, the exact requests it makes, and what the answers mean.

use std::collections::BTreeMap;

use conformance::{Answer, PlatformDeliveryRow, platform_delivery_table};
use contract::{
    Answer as GuestAnswer, AnswerKind, Attachment, Content, CxPlatform, FailureReason, Guest, Inbound, InboundContext,
    Location, MediaKind, Presence, Profile, Receipt, ReceiptStatus, SendErrorKind, Sticker,
    http::{Request, Response},
};
use genesys_cloud::GenesysCloud;
use serde_json::{Value, json};

use crate::fixture::{
    API, CONVERSATION, INTEGRATION, TOKEN_NAME, asking_for_a_token, authorized, context, granted, inbound, now, ok,
    refused, settings, typed,
};

fn url(what: &str) -> String {
    format!("{API}/api/v2/conversations/messages/{INTEGRATION}/inbound/open/{what}")
}

fn from() -> Value {
    json!({ "id": "U1", "idType": "Opaque" })
}

fn channel(part: usize) -> Value {
    let message_id = if part == 0 { "event-1".to_owned() } else { format!("event-1-{}", part + 1) };
    json!({
        "from": from(), "to": { "id": INTEGRATION }, "messageId": message_id,
        "time": format!("2026-01-01T00:00:00.{}Z", 250 + part), "metadata": { "customAttributes": { "media": "LINE" } },
    })
}

fn post(body: Value) -> Request {
    authorized(Request::post_json(url("message?prefetchConversationId=true"), &body))
}

fn post_text(part: usize, text: &str) -> Request {
    post(json!({ "channel": channel(part), "text": text }))
}

fn taken(id: &str) -> Answer {
    ok(json!({ "id": id, "channel": {}, "type": "Text", "conversationId": CONVERSATION }))
}

fn row(label: &'static str, content: Content, requests: Vec<Request>) -> PlatformDeliveryRow {
    let ids: Vec<String> = (1..=requests.len()).map(|n| format!("g{n}")).collect();
    PlatformDeliveryRow {
        label,
        message: inbound(content),
        context: context(),
        token: Some((TOKEN_NAME.to_owned(), "token-1")),
        answers: ids.iter().map(|id| taken(id)).collect(),
        result: Ok((ids.clone(), (!ids.is_empty()).then(|| CONVERSATION.to_owned()))),
        requests,
    }
}

fn file(media: &str, more: Value) -> Value {
    let mut attachment = json!({ "mediaType": media, "url": "https://a.example/f" });
    for (name, value) in more.as_object().unwrap() {
        attachment[name] = value.clone();
    }
    json!([{ "contentType": "Attachment", "attachment": attachment }])
}

fn run(rows: Vec<PlatformDeliveryRow>) {
    platform_delivery_table(&GenesysCloud::default(), &settings(), now(), rows);
}

#[test]
fn messages() {
    let attachment = |kind| Attachment::at_url(kind, "https://a.example/f");
    let sticker = |text: Option<&str>, image_url: Option<&str>| {
        Content::Sticker(Sticker {
            package_id: Some("446".into()),
            sticker_id: "1988".into(),
            text: text.map(str::to_owned),
            image_url: image_url.map(str::to_owned),
        })
    };
    let long = format!("{} {}", "a".repeat(1_990), "b".repeat(100));
    let place = Location { title: Some("HQ".into()), address: Some("1 Main St".into()), latitude: 1.5, longitude: 2.5 };
    let map = "https://www.google.com/maps/search/?api=1&query=1.5,2.5";
    run(vec![
        row("a text", Content::text("hello"), vec![post_text(0, "hello")]),
        row(
            "a long text in parts",
            Content::text(long.as_str()),
            vec![post_text(0, &format!("{} ", "a".repeat(1_990))), post_text(1, &"b".repeat(100))],
        ),
        row(
            "a picture",
            Content::Attachment(Attachment {
                mime: Some("image/png".into()),
                name: Some("a.png".into()),
                ..attachment(MediaKind::Image)
            }),
            vec![post(
                json!({ "channel": channel(0), "content": file("Image", json!({ "mime": "image/png", "filename": "a.png" })) }),
            )],
        ),
        row(
            "a film",
            Content::Attachment(attachment(MediaKind::Video)),
            vec![post(json!({ "channel": channel(0), "content": file("Video", json!({})) }))],
        ),
        row(
            "sound",
            Content::Attachment(attachment(MediaKind::Audio)),
            vec![post(json!({ "channel": channel(0), "content": file("Audio", json!({})) }))],
        ),
        row(
            "a file with words",
            Content::Attachment(Attachment { caption: Some("my invoice".into()), ..attachment(MediaKind::File) }),
            vec![post(json!({ "channel": channel(0), "text": "my invoice", "content": file("File", json!({})) }))],
        ),
        row(
            "a file with very many words",
            Content::Attachment(Attachment { caption: Some("w".repeat(2_500)), ..attachment(MediaKind::File) }),
            vec![
                post(json!({ "channel": channel(0), "text": "w".repeat(2_000), "content": file("File", json!({})) })),
                post_text(1, &"w".repeat(500)),
            ],
        ),
        row(
            "a file that is nowhere",
            Content::Attachment(Attachment {
                name: Some("a.pdf".into()),
                ..Attachment::on_network(MediaKind::File, "x")
            }),
            vec![post_text(0, "[file] a.pdf")],
        ),
        row("a place", Content::Location(place), vec![post_text(0, &format!("HQ\n1 Main St\n{map}"))]),
        row(
            "a sticker with a picture",
            sticker(Some("Hug"), Some("https://a.example/s.png")),
            vec![post(json!({
                "channel": channel(0),
                "content": [{ "contentType": "Attachment", "attachment": { "mediaType": "Image", "url": "https://a.example/s.png", "mime": "image/png" } }],
            }))],
        ),
        row("a sticker in words", sticker(Some("Hug"), None), vec![post_text(0, "[sticker] Hug")]),
        row("a sticker without words", sticker(None, None), vec![post_text(0, "[sticker] 1988")]),
        row(
            "an edit",
            Content::Edited { message_id: "network-0".into(), text: "hello!".into() },
            vec![post_text(0, "✏️ (edited) hello!")],
        ),
        row(
            "a note",
            Content::Note { text: "The guest took a message back.".into() },
            vec![post_text(0, "ℹ️ The guest took a message back.")],
        ),
        row("native", Content::Native { connector: None, json: json!({ "a": 1 }) }, vec![post_text(0, r#"{"a":1}"#)]),
        row("coming", Content::Presence { presence: Presence::Join }, vec![]),
        row("following", Content::Presence { presence: Presence::Subscribed }, vec![]),
        row("leaving", Content::Presence { presence: Presence::Unsubscribed }, vec![]),
    ]);
}

#[test]
fn answers_typing_receipts() {
    let answer = |kind, text: &str, payload: &str, question: Option<&str>| {
        let question_id = question.map(str::to_owned);
        Content::Answer(GuestAnswer { kind, text: text.into(), payload: payload.into(), question_id })
    };
    let response = |kind: &str, text: &str, payload: &str| {
        let body = json!({
            "channel": channel(0), "originatingMessageId": "q1",
            "buttonResponse": { "type": kind, "text": text, "payload": payload },
        });
        vec![authorized(Request::post_json(url("structured/response"), &body))]
    };
    let receipt = |status, reason: Option<(SendErrorKind, &str)>| {
        let reason = reason.map(|(kind, sentence)| FailureReason { kind, sentence: sentence.into() });
        Content::Receipt(Receipt { message_id: "agent-1".into(), status, reason })
    };
    let reported = |body: Value| {
        let mut whole =
            json!({ "id": "agent-1", "channel": { "to": { "id": "U1" }, "time": "2026-01-01T00:00:00.250Z" } });
        for (name, value) in body.as_object().unwrap() {
            whole[name] = value.clone();
        }
        vec![authorized(Request::post_json(url("receipt"), &whole))]
    };
    let quiet = |row: PlatformDeliveryRow, answer: Answer| PlatformDeliveryRow {
        answers: vec![answer],
        result: Ok((Vec::new(), None)),
        ..row
    };
    let typed_event = |typing: Value| {
        let body = json!({
            "channel": { "from": from(), "time": "2026-01-01T00:00:00.250Z" },
            "events": [{ "eventType": "Typing", "typing": typing }],
        });
        vec![authorized(Request::post_json(url("event"), &body))]
    };
    let typing = |duration_ms| Content::Typing { on: true, duration_ms };
    let delivered = || reported(json!({ "status": "Delivered", "isFinalReceipt": true }));
    run(vec![
        row(
            "a quick reply",
            answer(AnswerKind::QuickReply, "Yes", "y", Some("q1")),
            response("QuickReply", "Yes", "y"),
        ),
        row("a button", answer(AnswerKind::Button, "Buy", "sku-1", Some("q1")), response("Button", "Buy", "sku-1")),
        row(
            "a date",
            answer(AnswerKind::DatePicker, "", "2025-05-30T12:00:00Z", Some("q1")),
            response("DatePicker", "2025-05-30T12:00:00Z", "2025-05-30T12:00:00Z"),
        ),
        row(
            "an answer without payload",
            answer(AnswerKind::QuickReply, "Yes", "", Some("q1")),
            response("QuickReply", "Yes", "Yes"),
        ),
        row(
            "an answer to nothing we know",
            answer(AnswerKind::QuickReply, "Yes", "y", None),
            vec![post_text(0, "Yes")],
        ),
        row("an answer to nothing, wordless", answer(AnswerKind::Button, "", "y", None), vec![post_text(0, "y")]),
        PlatformDeliveryRow {
            answers: vec![ok(json!({}))],
            result: Ok((Vec::new(), None)),
            ..row(
                "an answer that gets no id",
                answer(AnswerKind::Button, "Buy", "b", Some("q1")),
                response("Button", "Buy", "b"),
            )
        },
        PlatformDeliveryRow {
            answers: vec![refused(404, "not.found", "no such message"), taken("g1")],
            requests: [response("QuickReply", "Yes", "y"), vec![post_text(0, "Yes")]].concat(),
            result: Ok((vec!["g1".into()], Some(CONVERSATION.into()))),
            ..row(
                "an answer to a question that was forgotten",
                answer(AnswerKind::QuickReply, "Yes", "y", Some("q1")),
                vec![],
            )
        },
        PlatformDeliveryRow {
            answers: vec![Ok(Response::new(503))],
            result: Err(SendErrorKind::Unavailable),
            ..row(
                "an answer that must wait keeps its form",
                answer(AnswerKind::QuickReply, "Yes", "y", Some("q1")),
                response("QuickReply", "Yes", "y"),
            )
        },
        quiet(
            row("typing", typing(Some(5000)), typed_event(json!({ "type": "On", "duration": 5000 }))),
            Ok(Response::new(202)),
        ),
        quiet(
            row("typing that fails is forgotten", typing(None), typed_event(json!({ "type": "On" }))),
            Ok(Response::new(500)),
        ),
        row("no longer typing", Content::Typing { on: false, duration_ms: None }, vec![]),
        quiet(
            row(
                "sent, the last word",
                receipt(ReceiptStatus::Sent, None),
                reported(json!({ "status": "Sent", "isFinalReceipt": true })),
            ),
            ok(json!({ "id": "agent-1" })),
        ),
        PlatformDeliveryRow {
            context: InboundContext { reports_delivery: true, ..context() },
            ..quiet(
                row(
                    "sent, more to come",
                    receipt(ReceiptStatus::Sent, None),
                    reported(json!({ "status": "Sent", "isFinalReceipt": false })),
                ),
                Ok(Response::new(202)),
            )
        },
        quiet(row("delivered", receipt(ReceiptStatus::Delivered, None), delivered()), Ok(Response::new(200))),
        quiet(row("read becomes delivered", receipt(ReceiptStatus::Read, None), delivered()), Ok(Response::new(200))),
        quiet(
            row(
                "failed, and why",
                receipt(ReceiptStatus::Failed, Some((SendErrorKind::RecipientOptedOut, "The guest blocked us."))),
                reported(json!({
                    "status": "Failed", "isFinalReceipt": true,
                    "reasons": [{ "code": "RecipientOptedOut", "message": "The guest blocked us." }],
                })),
            ),
            Ok(Response::new(200)),
        ),
        PlatformDeliveryRow {
            answers: vec![refused(404, "not.found", "no such message")],
            result: Err(SendErrorKind::InvalidMessage),
            ..row("a receipt of a message that is gone", receipt(ReceiptStatus::Delivered, None), delivered())
        },
    ]);
}

#[test]
fn who_writes() {
    let told = Profile {
        nickname: Some("ann".into()),
        first_name: Some("Ann".into()),
        last_name: Some("Lee".into()),
        image_url: Some("https://a.example/ann.png".into()),
        email: Some("ann@example.com".into()),
        attributes: BTreeMap::from([("locale".into(), "ja".into()), ("media".into(), "forged".into())]),
    };
    let with_profile = |profile: Profile| InboundContext {
        profile,
        custom_data: BTreeMap::from([("vip".into(), "yes".into()), ("locale".into(), "fr".into())]),
        ..context()
    };
    let by = |guest: Guest, content: Content| Inbound { guest, ..inbound(content) };
    let whole = |from: Value, text: &str| {
        let mut channel = channel(0);
        channel["from"] = from;
        channel["metadata"]["customAttributes"] = json!({ "locale": "ja", "media": "LINE", "vip": "yes" });
        vec![post(json!({ "channel": channel, "text": text }))]
    };
    let plain = |from: Value, text: &str| {
        let mut channel = channel(0);
        channel["from"] = from;
        vec![post(json!({ "channel": channel, "text": text }))]
    };
    let base = |label, requests| row(label, Content::text("hello"), requests);
    run(vec![
        PlatformDeliveryRow {
            context: with_profile(told.clone()),
            ..base(
                "a person, with participant data",
                whole(
                    json!({
                        "id": "U1", "idType": "Opaque", "nickname": "ann", "firstName": "Ann", "lastName": "Lee",
                        "image": "https://a.example/ann.png", "email": "ann@example.com",
                    }),
                    "hello",
                ),
            )
        },
        PlatformDeliveryRow {
            message: by(
                Guest {
                    id: "G1".into(),
                    writer_id: Some("U7".into()),
                    profile: Profile { nickname: Some("Annie".into()), ..Profile::default() },
                },
                Content::text("hello"),
            ),
            context: with_profile(told.clone()),
            ..base(
                "a member of a group: the event's own name wins",
                whole(
                    json!({ "id": "G1", "idType": "Opaque", "nickname": "Annie", "image": "https://a.example/ann.png" }),
                    "Annie: hello",
                ),
            )
        },
        PlatformDeliveryRow {
            message: by(Guest::in_group("G1", Some("U7".into())), Content::text("hello")),
            ..base("a member without a name", plain(json!({ "id": "G1", "idType": "Opaque" }), "U7: hello"))
        },
        PlatformDeliveryRow {
            message: by(Guest::in_group("G1", None), Content::text("hello")),
            ..base("nobody in particular", plain(json!({ "id": "G1", "idType": "Opaque" }), "hello"))
        },
        PlatformDeliveryRow {
            message: by(Guest::person("+819012345678"), Content::text("hello")),
            ..base("a telephone", plain(json!({ "id": "+819012345678", "idType": "Phone" }), "hello"))
        },
        PlatformDeliveryRow {
            message: by(Guest::person("ann@example.com"), Content::text("hello")),
            ..base("a mail address", plain(json!({ "id": "ann@example.com", "idType": "Email" }), "hello"))
        },
        PlatformDeliveryRow {
            message: by(
                Guest::in_group("G1", Some("U7".into())),
                Content::Attachment(Attachment::at_url(MediaKind::Image, "https://a.example/f")),
            ),
            ..base("a member's picture", {
                let mut channel = channel(0);
                channel["from"]["id"] = "G1".into();
                vec![post(json!({ "channel": channel, "text": "U7: image", "content": file("Image", json!({})) }))]
            })
        },
    ]);
}

#[test]
fn refusals_and_tokens() {
    let hello = || row("", Content::text("hello"), vec![post_text(0, "hello")]);
    let again = || authorized_with("token-2", post_text(0, "hello"));
    let fails = |label, answer: Answer, kind| PlatformDeliveryRow {
        label,
        answers: vec![answer],
        result: Err(kind),
        ..hello()
    };
    let token_2 = || ok(json!({ "access_token": "token-2", "expires_in": 86_399 }));
    let first = (vec!["g1".to_owned()], Some(CONVERSATION.to_owned()));
    run(vec![
        PlatformDeliveryRow {
            label: "no token yet",
            token: None,
            answers: vec![granted(), taken("g1")],
            requests: vec![asking_for_a_token(), post_text(0, "hello")],
            ..hello()
        },
        PlatformDeliveryRow {
            label: "a token for other credentials is not taken",
            token: Some(("genesys-cloud/mypurecloud.de/client-1".into(), "other")),
            answers: vec![granted(), taken("g1")],
            requests: vec![asking_for_a_token(), post_text(0, "hello")],
            ..hello()
        },
        PlatformDeliveryRow {
            label: "a stale token is renewed",
            answers: vec![Ok(Response::new(401)), token_2(), taken("g1")],
            requests: vec![post_text(0, "hello"), asking_for_a_token(), again()],
            ..hello()
        },
        PlatformDeliveryRow {
            label: "once",
            answers: vec![Ok(Response::new(401)), token_2(), Ok(Response::new(401))],
            requests: vec![post_text(0, "hello"), asking_for_a_token(), again()],
            result: Err(SendErrorKind::Unauthorized),
            ..hello()
        },
        PlatformDeliveryRow {
            label: "wrong credentials",
            token: None,
            answers: vec![Ok(
                Response::new(400).json(&json!({ "error": "invalid_client", "description": "client not found" }))
            )],
            requests: vec![asking_for_a_token()],
            result: Err(SendErrorKind::Unauthorized),
            ..hello()
        },
        PlatformDeliveryRow {
            label: "too many tokens",
            token: None,
            answers: vec![Ok(Response::new(429).header("retry-after", "3"))],
            requests: vec![asking_for_a_token()],
            result: Err(SendErrorKind::RateLimited),
            ..hello()
        },
        PlatformDeliveryRow {
            label: "a login that makes no sense",
            token: None,
            answers: vec![ok(json!({ "token": "?" }))],
            requests: vec![asking_for_a_token()],
            result: Err(SendErrorKind::Garbled),
            ..hello()
        },
        PlatformDeliveryRow {
            label: "a message that is there already",
            answers: vec![refused(400, "bad.request", "Duplicate message id")],
            result: Ok((Vec::new(), None)),
            ..hello()
        },
        fails("bad request", refused(400, "bad.request", "channel.time is required"), SendErrorKind::InvalidMessage),
        fails(
            "no permission",
            refused(403, "missing.permissions", "You are missing [conversation:message:receive]"),
            SendErrorKind::Forbidden,
        ),
        fails("the integration was deleted", refused(404, "not.found", "not found"), SendErrorKind::Forbidden),
        fails("method not allowed", Ok(Response::new(405)), SendErrorKind::InvalidMessage),
        fails("request timeout", Ok(Response::new(408)), SendErrorKind::Timeout),
        fails("a file type", Ok(Response::new(415)), SendErrorKind::MediaNotAllowed),
        fails("too many requests", Ok(Response::new(429).header("retry-after", "12")), SendErrorKind::RateLimited),
        fails("down", Ok(Response::new(503)), SendErrorKind::Unavailable),
        fails("not implemented", Ok(Response::new(501)), SendErrorKind::InvalidMessage),
        fails("no answer", Err(SendErrorKind::Timeout.into()), SendErrorKind::Timeout),
        fails("no JSON", Ok(Response::new(200).body("<html>")), SendErrorKind::Garbled),
        PlatformDeliveryRow {
            label: "the second part fails",
            message: inbound(Content::text("a".repeat(2_001))),
            answers: vec![taken("g1"), Ok(Response::new(500))],
            requests: vec![post_text(0, &"a".repeat(2_000)), post_text(1, "a")],
            result: Err(SendErrorKind::Unavailable),
            ..hello()
        },
        PlatformDeliveryRow { label: "all is well", result: Ok(first), ..hello() },
    ]);
}

fn authorized_with(token: &str, request: Request) -> Request {
    request.bearer(token)
}

#[test]
fn what_was_lost_is_told() {
    let render = |content| {
        let (settings, context) = (typed(&settings()), context());
        GenesysCloud::default().render(&inbound(content), &settings, &context)
    };
    let place = Location { title: None, address: None, latitude: 1.0, longitude: 2.0 };
    assert_eq!(render(Content::text("hello")).degradations, [] as [&str; 0]);
    assert_eq!(
        render(Content::Location(place)).degradations,
        ["location → text with a link to a map: Open Messaging takes texts and files from guests only"]
    );
    assert!(render(Content::Typing { on: true, duration_ms: None }).steps[0].best_effort);
}

#[test]
fn a_strange_integration_id_stays_one_segment() {
    let settings = typed(&crate::fixture::settings_with(json!({ "integrationId": "../../x?y#z" })));
    let rendering = GenesysCloud::default().render(&inbound(Content::text("a")), &settings, &context());
    let url = &rendering.steps[0].request.url;
    assert_eq!(
        *url,
        format!(
            "{API}/api/v2/conversations/messages/..%2F..%2Fx%3Fy%23z/inbound/open/message?prefetchConversationId=true"
        )
    );
}
