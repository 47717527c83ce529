//! What Apple posts, and what becomes of it.

use std::{collections::BTreeMap, io::Write};

use apple_messages::AppleMessages;
use conformance::{InboundRow, inbound_table};
use contract::{Answer, AnswerKind, Attachment, Content, Guest, Inbound, MediaKind, Presence, Profile, WebhookRequest};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::fixture::{ALL, BID, BUSINESS, EVENT, GUEST, apples_token, now, posted, request, settings, signed};

fn guest(more: &[(&str, &str)]) -> Guest {
    let told = [("capabilities", ALL), ("locale", "en_US")];
    let attributes: BTreeMap<String, String> =
        told.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let profile = Profile { nickname: Some("Apple user …kdOwxr3y".to_owned()), attributes, ..Profile::default() };
    Guest { profile, ..Guest::person(GUEST) }
}

fn part(part: usize, content: Content) -> Inbound {
    Inbound {
        event_id: if part == 0 { EVENT.to_owned() } else { format!("{EVENT}/{part}") }.into(),
        message_id: Some(EVENT.to_owned()),
        at: Inbound::UNTOLD,
        guest: guest(&[]),
        reply_context: content.is_message().then(|| json!({ "capabilities": ALL })),
        content,
        only_while_open: false,
    }
}

fn told(content: Content) -> Vec<Inbound> {
    vec![part(0, content)]
}

fn row(label: &'static str, message: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: signed(message.to_string()), status: 200, events }
}

fn text_message(text: &str) -> Value {
    posted("text", json!({ "body": text }))
}

fn answered(data: Value) -> Value {
    posted("interactive", json!({ "interactiveData": { "bid": BID, "data": data, "sessionIdentifier": "s-1" } }))
}

fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

fn file(name: &str, mime: &str) -> Value {
    json!({
        "name": name, "mimeType": mime, "size": 1_234, "key": format!("00{}", "ab".repeat(32)),
        "url": "https://p26-content.icloud.com/M1", "owner": "M1.C01", "signature": "81DAE4B5",
    })
}

fn kept(name: &str, mime: &str, kind: MediaKind) -> Content {
    let reference = format!(
        "{{\"url\":\"https://p26-content.icloud.com/M1\",\"owner\":\"M1.C01\",\"key\":\"00{}\",\"signature\":\"81DAE4B5\"}}",
        "ab".repeat(32)
    );
    Content::Attachment(Attachment {
        name: Some(name.to_owned()),
        mime: Some(mime.to_owned()),
        size: Some(1_234),
        ..Attachment::on_network(kind, reference)
    })
}

fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn messages() {
    let note = |text: &str| Content::Note { text: text.to_owned() };
    let rows = vec![
        row("a text", text_message("Hello, world"), told(Content::text("Hello, world"))),
        row("emoji and CJK", text_message("こんにちは 👨‍👩‍👧‍👦"), told(Content::text("こんにちは 👨‍👩‍👧‍👦"))),
        row("a tapback comes as words", text_message("Liked “Our hours”"), told(Content::text("Liked “Our hours”"))),
        row(
            "a text through an entry point, with intent and group",
            posted("text", json!({ "body": "Hi", "intent": "billing", "group": "vip", "locale": "ja_JP" })),
            vec![Inbound {
                guest: guest(&[("intent", "billing"), ("group", "vip"), ("locale", "ja_JP")]),
                ..part(0, Content::text("Hi"))
            }],
        ),
        row("an empty text", text_message(" \n"), vec![]),
        row(
            "a picture",
            posted("text", json!({ "body": "\u{FFFC}", "attachments": [file("IMG_1.heic", "image/heic")] })),
            told(kept("IMG_1.heic", "image/heic", MediaKind::Image)),
        ),
        row(
            "a picture within words",
            posted("text", json!({ "body": "before \u{FFFC} after", "attachments": [file("a.jpeg", "image/jpeg")] })),
            vec![
                part(0, Content::text("before")),
                part(1, kept("a.jpeg", "image/jpeg", MediaKind::Image)),
                part(2, Content::text("after")),
            ],
        ),
        row(
            "two files and one mark: none is lost",
            posted(
                "text",
                json!({ "body": "\u{FFFC}", "attachments": [file("a.caf", "audio/x-caf"), file("b.mov", "video/quicktime")] }),
            ),
            vec![
                part(0, kept("a.caf", "audio/x-caf", MediaKind::Audio)),
                part(1, kept("b.mov", "video/quicktime", MediaKind::Video)),
            ],
        ),
        row(
            "a place is a file",
            posted("text", json!({ "body": "\u{FFFC}", "attachments": [file("CL.loc.vcf", "text/vcard")] })),
            told(kept("CL.loc.vcf", "text/vcard", MediaKind::File)),
        ),
        row("no files at all", posted("text", json!({ "body": "x", "attachments": [] })), told(Content::text("x"))),
        row("typing", posted("typing_start", json!({})), told(Content::Typing { on: true, duration_ms: None })),
        row("no longer", posted("typing_end", json!({})), told(Content::Typing { on: false, duration_ms: None })),
        row(
            "the conversation is deleted: the agent is told, and nothing more is sent",
            posted("close", json!({})),
            vec![
                Inbound {
                    reply_context: Some(json!({ "closed": true })),
                    ..part(
                        0,
                        note(
                            "The guest deleted or blocked the conversation. Nothing can be sent until they write again.",
                        ),
                    )
                },
                part(1, Content::Presence { presence: Presence::Disconnect }),
            ],
        ),
        row("an unknown type", posted("hologram", json!({})), vec![]),
        row("an interactive message without anything", posted("interactive", json!({})), vec![]),
    ];
    inbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn answers() {
    use AnswerKind::*;
    let slot =
        |identifier: &str, start: &str| json!({ "identifier": identifier, "startTime": start, "duration": 3_600 });
    let items = json!([{ "identifier": "k=y", "title": "Yes" }, { "identifier": "k=n", "title": "No" }]);
    let page = |identifier: &str, title: &str, items: Value| json!({ "pageIdentifier": identifier, "title": title, "items": items });
    let rows = vec![
        row(
            "a quick reply, by its identifier",
            answered(json!({ "quick-reply": { "items": items, "selectedIndex": 1, "selectedIdentifier": "k=n" } })),
            told(answer(QuickReply, "No", "k=n")),
        ),
        row(
            "a quick reply, by its place",
            answered(json!({ "quick-reply": { "items": items, "selectedIndex": 0 } })),
            told(answer(QuickReply, "Yes", "k=y")),
        ),
        row(
            "a quick reply without the options: the engine knows the words",
            answered(json!({ "quick-reply": { "selectedIdentifier": "k=y\u{200B}" } })),
            told(answer(QuickReply, "", "k=y")),
        ),
        row(
            "a quick reply that nobody understands says what its balloon says",
            answered(json!({ "quick-reply": { "selectedIndex": 9 }, "replyMessage": { "title": "Later" } })),
            told(Content::text("Later")),
        ),
        row(
            "an item of a list",
            answered(json!({ "listPicker": { "sections": [{ "title": "Fruit", "items": [
                { "identifier": "1", "title": "Apple", "order": 0 },
            ] }] }, "replyMessage": { "title": "Thanks" } })),
            told(answer(QuickReply, "Apple", "1")),
        ),
        row(
            "items of several sections",
            answered(json!({ "listPicker": { "sections": [
                { "title": "Fruit", "items": [{ "identifier": "1", "title": "Apple" }] },
                { "title": "Veggies", "items": [{ "identifier": "3", "title": "Lettuce" }] },
            ] } })),
            told(answer(QuickReply, "Apple, Lettuce", "1, 3")),
        ),
        row(
            "a time of our own picker",
            answered(json!({ "event": { "timeslots": [slot("2026-07-10T17:00:00Z", "2026-07-10T17:00+0000")] } })),
            told(answer(DatePicker, "2026-07-10 17:00Z", "2026-07-10T17:00:00Z")),
        ),
        row(
            "a time of the tenant's picker, which has a zone",
            answered(json!({ "event": { "timezoneOffset": 540, "timeslots": [slot("0", "2026-07-10T17:00+0000")] } })),
            told(answer(DatePicker, "2026-07-11 02:00 +09:00", "2026-07-10T17:00:00Z")),
        ),
        row(
            "a time that is none",
            answered(json!({ "event": { "timeslots": [slot("soon", "soon")] } })),
            told(answer(DatePicker, "soon", "soon")),
        ),
        row(
            "a form",
            answered(json!({ "dynamic": { "template": "messageForms", "selections": [
                page("name", "Your name", json!([{ "title": "Ada", "value": "Ada" }])),
                page("size", "Size", json!([{ "title": "Small", "value": "s" }, { "title": "Large", "value": "l" }])),
            ] } })),
            told(answer(QuickReply, "Your name: Ada\nSize: Small, Large", r#"{"name":"Ada","size":"s, l"}"#)),
        ),
        row(
            "a day of our own form",
            answered(json!({ "dynamic": { "selections": [
                page("um:date", "When?", json!([{ "title": "2026-07-10", "value": "2026-07-10" }])),
            ] } })),
            told(answer(DatePicker, "2026-07-10", "2026-07-10")),
        ),
        row(
            "signed in: the token goes no further",
            answered(json!({ "authenticate": { "status": "authenticated", "token": "s3cr3t" } })),
            told(answer(Button, "The guest signed in.", "authenticated")),
        ),
        row(
            "not signed in",
            answered(json!({ "authenticate": { "status": "failed" } })),
            told(answer(Button, "The guest did not sign in (failed).", "failed")),
        ),
        row(
            "paid",
            answered(json!({ "payment": { "paymentToken": {} }, "replyMessage": { "title": "Paid $1.50" } })),
            told(answer(Button, "Paid $1.50", "payment")),
        ),
        row(
            "an iMessage app",
            posted(
                "interactive",
                json!({ "interactiveData": {
                "bid": "com.apple.messages.MSMessageExtensionBalloonPlugin:ABCDE:com.example.Delivery",
                "appName": "Delivery", "appId": 1, "URL": "?day=monday",
                "receivedMessage": { "title": "On Monday", "subtitle": "Before noon" },
            } }),
            ),
            told(answer(Button, "On Monday\nBefore noon", "?day=monday")),
        ),
        row(
            "something new",
            answered(json!({ "hologram": {} })),
            told(Content::Note { text: "The guest answered in a way that cannot be shown here.".to_owned() }),
        ),
        row(
            "a big answer, which lies elsewhere",
            posted(
                "interactive",
                json!({ "interactiveDataRef": {
                "bid": BID, "url": "https://p26-content.icloud.com/M1", "owner": "M1.C01", "size": 9, "title": "Fruit",
                "key": "00ff", "signature": "81DAE4B5", "signature-base64": "gdrktQ==",
            } }),
            ),
            told(Content::Native {
                connector: Some("apple-messages".to_owned()),
                json: json!({ "interactiveDataRef": {
                "bid": BID, "url": "https://p26-content.icloud.com/M1", "owner": "M1.C01",
                "key": "00ff", "signature": "81DAE4B5", "signature-base64": "gdrktQ==",
            } }),
            }),
        ),
    ];
    inbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn refused_requests() {
    let body = text_message("Hello").to_string();
    let bearer = format!("Bearer {}", apples_token());
    let headers = [
        ("authorization", bearer.as_str()),
        ("id", EVENT),
        ("source-id", GUEST),
        ("destination-id", BUSINESS),
        ("capability-list", ALL),
    ];
    let without = |name: &str| -> WebhookRequest {
        let rest: Vec<_> = headers.iter().copied().filter(|(header, _)| *header != name).collect();
        request(body.clone(), &rest)
    };
    let with = |name: &'static str, value: &'static str| -> WebhookRequest {
        let all = headers.iter().map(|(header, old)| if *header == name { (name, value) } else { (*header, *old) });
        request(body.clone(), &all.collect::<Vec<_>>())
    };
    let row = |label, request, status, events| InboundRow { label, request, status, events };
    let basic = Inbound {
        reply_context: Some(json!({ "capabilities": "" })),
        guest: Guest {
            profile: Profile { attributes: [("locale".to_owned(), "en_US".to_owned())].into(), ..guest(&[]).profile },
            ..guest(&[])
        },
        ..part(0, Content::text("Hello"))
    };
    let bomb = gzip(&"a".repeat(11 << 20));
    let rows = vec![
        row("gzip", signed(gzip(&body)), 200, told(Content::text("Hello"))),
        row("gzip that is cut off", signed(&gzip(&body)[..20]), 400, vec![]),
        row("gzip that swells to eleven megabytes", signed(bomb), 400, vec![]),
        row("a device that shows text only", without("capability-list"), 200, vec![basic]),
        row("no token", without("authorization"), 401, vec![]),
        row("a bad token", with("authorization", "Bearer x"), 403, vec![]),
        row("no id", without("id"), 400, vec![]),
        row("no guest", without("source-id"), 400, vec![]),
        row("no business", without("destination-id"), 400, vec![]),
        row("another business", with("destination-id", "another-business"), 404, vec![]),
        row(
            "a body for another business",
            signed(posted("text", json!({ "body": "x", "destinationId": "another" })).to_string()),
            404,
            vec![],
        ),
        row("no JSON", signed("hello"), 400, vec![]),
        row("no type", signed("{\"v\":1,\"id\":\"1\"}"), 400, vec![]),
    ];
    inbound_table(&AppleMessages, &settings(), now(), rows);
}
