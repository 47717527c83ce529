//! What LINE posts, and what becomes of it.

use conformance::{InboundRow, inbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Channel, Content, Guest, Inbound, Location, MediaKind, Presence, Sticker,
    parse_settings,
};
use line::Line;
use serde_json::{Value, json};

use crate::fixture::{BOT, GUEST, event, now, posted, request, said, said_in_group, settings, signature, signed};

const EVENT: &str = "01FZ74A0TDDPYRVKNK77XKC3ZR";
pub const MESSAGE: &str = "444573844083572737";

fn answerable() -> Option<Value> {
    Some(json!({ "replyToken": "38ef843bde154d9b91c21320ffd17a0f" }))
}

fn quotable() -> Option<Value> {
    Some(json!({ "replyToken": "38ef843bde154d9b91c21320ffd17a0f", "quoteToken": "q3Plxr4AgKd" }))
}

/// An event of the guest's that is no message.
pub fn happened(content: Content) -> Inbound {
    Inbound {
        event_id: EVENT.into(),
        message_id: None,
        at: now(),
        guest: Guest::person(GUEST),
        content,
        reply_context: answerable(),
        only_while_open: false,
    }
}

pub fn told(content: Content) -> Inbound {
    Inbound { message_id: Some(MESSAGE.to_owned()), reply_context: quotable(), ..happened(content) }
}

pub fn note(text: &str) -> Content {
    Content::Note { text: text.to_owned() }
}

pub fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

fn kept(kind: MediaKind) -> Attachment {
    Attachment::on_network(kind, format!("{{\"id\":\"{MESSAGE}\",\"kind\":\"{}\"}}", kind.word()))
}

pub fn row(label: &'static str, event: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: posted(json!([event])), status: 200, events }
}

pub fn text(text: &str) -> Value {
    json!({ "id": MESSAGE, "type": "text", "quoteToken": "q3Plxr4AgKd", "text": text })
}

pub fn with(mut event: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[test]
fn messages() {
    let media = |kind: &str, fields: Value| {
        let message = json!({
            "id": MESSAGE, "type": kind, "quoteToken": "q3Plxr4AgKd", "contentProvider": { "type": "line" },
        });
        said(with(message, fields))
    };
    let rows = vec![
        row("a text", said(text("Hello, world")), vec![told(Content::text("Hello, world"))]),
        row(
            "a text with LINE emojis, which stand in it by their words, and one that names somebody",
            said(with(
                text("@All @example Good Morning!! (love)"),
                json!({
                    "emojis": [
                        { "index": 29, "length": 6, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001" },
                    ],
                    "mention": { "mentionees": [
                        { "index": 0, "length": 4, "type": "all" },
                        { "index": 5, "length": 8, "userId": "U49585cd0d5", "type": "user", "isSelf": false },
                    ] },
                }),
            )),
            vec![told(Content::text("@All @example Good Morning!! (love)"))],
        ),
        row(
            "a text that quotes, and can be marked as read",
            said(with(text("\u{1F44D} \"yes\"\n"), json!({ "quotedMessageId": "4681", "markAsReadToken": "m-1" }))),
            vec![Inbound {
                reply_context: Some(json!({
                    "replyToken": "38ef843bde154d9b91c21320ffd17a0f",
                    "markAsReadToken": "m-1",
                    "quoteToken": "q3Plxr4AgKd",
                })),
                ..told(Content::text("\u{1F44D} \"yes\"\n"))
            }],
        ),
        row("a picture", media("image", json!({})), vec![told(Content::Attachment(kept(MediaKind::Image)))]),
        row(
            "the second picture of three",
            media(
                "image",
                json!({ "imageSet": { "id": "E005D41A7288F41B65593ED38FF6E9834B", "index": 2, "total": 3 } }),
            ),
            vec![told(Content::Attachment(Attachment {
                name: Some("image-2-of-3.jpg".to_owned()),
                ..kept(MediaKind::Image)
            }))],
        ),
        row(
            "a picture of a set from an old telephone, which does not count",
            media("image", json!({ "imageSet": { "id": "E005D41A7288F41B65593ED38FF6E9834B" } })),
            vec![told(Content::Attachment(kept(MediaKind::Image)))],
        ),
        row(
            "a picture from a LIFF app, which lies elsewhere",
            media(
                "image",
                json!({ "contentProvider": {
                    "type": "external",
                    "originalContentUrl": "https://example.com/original.jpg",
                    "previewImageUrl": "https://example.com/preview.jpg",
                } }),
            ),
            vec![told(Content::Attachment(Attachment {
                preview_url: Some("https://example.com/preview.jpg".to_owned()),
                ..Attachment::at_url(MediaKind::Image, "https://example.com/original.jpg")
            }))],
        ),
        row(
            "a film",
            media("video", json!({ "duration": 60_000 })),
            vec![told(Content::Attachment(Attachment { duration_ms: Some(60_000), ..kept(MediaKind::Video) }))],
        ),
        row(
            "a voice message",
            media("audio", json!({ "duration": 1_500 })),
            vec![told(Content::Attachment(Attachment { duration_ms: Some(1_500), ..kept(MediaKind::Audio) }))],
        ),
        row(
            "a file",
            media("file", json!({ "fileName": "契約書.pdf", "fileSize": 2_138 })),
            vec![told(Content::Attachment(Attachment {
                name: Some("契約書.pdf".to_owned()),
                size: Some(2_138),
                ..kept(MediaKind::File)
            }))],
        ),
        row(
            "a place",
            media(
                "location",
                json!({
                    "title": "my location",
                    "address": "1-3 Kioicho, Chiyoda-ku, Tokyo, 102-8282, Japan",
                    "latitude": 35.67966,
                    "longitude": 139.73669,
                }),
            ),
            vec![told(Content::Location(Location {
                title: Some("my location".to_owned()),
                address: Some("1-3 Kioicho, Chiyoda-ku, Tokyo, 102-8282, Japan".to_owned()),
                latitude: 35.67966,
                longitude: 139.73669,
            }))],
        ),
        row(
            "a place of which only the degrees are known",
            media("location", json!({ "latitude": -33, "longitude": 151.2 })),
            vec![told(Content::Location(Location { title: None, address: None, latitude: -33.0, longitude: 151.2 }))],
        ),
        row(
            "a sticker",
            media(
                "sticker",
                json!({
                    "packageId": "446", "stickerId": "1988", "stickerResourceType": "ANIMATION",
                    "keywords": ["cony", "sally", "Staring"],
                }),
            ),
            vec![told(Content::Sticker(Sticker {
                package_id: Some("446".to_owned()),
                sticker_id: "1988".to_owned(),
                text: Some("cony, sally, Staring".to_owned()),
                image_url: Some(
                    "https://stickershop.line-scdn.net/stickershop/v1/sticker/1988/android/sticker.png".to_owned(),
                ),
            }))],
        ),
        row(
            "a sticker with the guest's own words on it",
            media(
                "sticker",
                json!({
                    "packageId": "12287", "stickerId": "738839", "stickerResourceType": "MESSAGE",
                    "keywords": ["hello"], "text": "Let's\nhang out",
                }),
            ),
            vec![told(Content::Sticker(Sticker {
                package_id: Some("12287".to_owned()),
                sticker_id: "738839".to_owned(),
                text: Some("Let's\nhang out".to_owned()),
                image_url: Some(
                    "https://stickershop.line-scdn.net/stickershop/v1/sticker/738839/android/sticker.png".to_owned(),
                ),
            }))],
        ),
        row(
            "a message of a kind that LINE may invent: the agent learns that there was one",
            media("hologram", json!({ "beam": true })),
            vec![told(note("The guest sent a message of a kind that cannot be shown here (hologram)."))],
        ),
    ];
    inbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn events() {
    let silent = |event: Value| with(event, json!({ "replyToken": null }));
    let unanswerable = |content| Inbound { reply_context: None, ..happened(content) };
    let rows = vec![
        row(
            "a button",
            event("postback", json!({ "postback": { "data": "storeId=12345" } })),
            vec![happened(answer(AnswerKind::QuickReply, "", "storeId=12345"))],
        ),
        row(
            "a date from a picker of ours",
            event("postback", json!({ "postback": { "data": "um:date", "params": { "date": "2026-07-01" } } })),
            vec![happened(answer(AnswerKind::DatePicker, "2026-07-01", "2026-07-01"))],
        ),
        row(
            "a date and time from a picker of the tenant's",
            event(
                "postback",
                json!({ "postback": { "data": "storeId=12345", "params": { "datetime": "2017-12-25T01:00" } } }),
            ),
            vec![happened(answer(
                AnswerKind::DatePicker,
                "2017-12-25 01:00",
                "storeId=12345&datetime=2017-12-25T01:00",
            ))],
        ),
        row(
            "a time",
            event("postback", json!({ "postback": { "data": "when", "params": { "time": "10:00" } } })),
            vec![happened(answer(AnswerKind::DatePicker, "10:00", "when&time=10:00"))],
        ),
        row(
            "another page of the rich menu",
            event(
                "postback",
                json!({ "postback": {
                    "data": "richmenu-changed-to-b",
                    "params": { "newRichMenuAliasId": "richmenu-alias-b", "status": "SUCCESS" },
                } }),
            ),
            vec![],
        ),
        row(
            "a new friend",
            event("follow", json!({ "follow": { "isUnblocked": false } })),
            vec![happened(Content::Presence { presence: Presence::Subscribed })],
        ),
        row(
            "a block",
            silent(event("unfollow", json!({}))),
            vec![unanswerable(Content::Presence { presence: Presence::Unsubscribed })],
        ),
        row(
            "a message taken back",
            silent(event("unsend", json!({ "unsend": { "messageId": "325708" } }))),
            vec![unanswerable(note("The guest took back a message."))],
        ),
        row(
            "a film watched to its end",
            event("videoPlayComplete", json!({ "videoPlayComplete": { "trackingId": "track-id" } })),
            vec![happened(note("The guest watched the video “track-id” to its end."))],
        ),
        row(
            "a beacon",
            event("beacon", json!({ "beacon": { "hwid": "d41d8cd98f", "type": "enter", "dm": "abcdef" } })),
            vec![happened(note("The guest came near the beacon d41d8cd98f."))],
        ),
        row(
            "an account linked",
            event("accountLink", json!({ "link": { "result": "ok", "nonce": "secret-nonce" } })),
            vec![happened(note("The guest linked their LINE account with your service."))],
        ),
        row(
            "an account not linked",
            silent(event("accountLink", json!({ "link": { "result": "failed", "nonce": "secret-nonce" } }))),
            vec![unanswerable(note("The guest tried to link their LINE account with your service, without success."))],
        ),
        row(
            "a membership",
            event("membership", json!({ "membership": { "type": "joined", "membershipId": 3189 } })),
            vec![happened(note("The guest took out a membership."))],
        ),
        row(
            "the module channel is attached",
            with(
                silent(event("module", json!({ "module": { "type": "attached", "botId": BOT, "scopes": [] } }))),
                json!({ "source": null }),
            ),
            vec![],
        ),
        row(
            "the chat is ours",
            silent(event("activated", json!({ "chatControl": { "expireAt": 1_462_629_479_859_i64 } }))),
            vec![],
        ),
        row("the chat is another's", silent(event("deactivated", json!({}))), vec![]),
        row("the account is suspended", silent(event("botSuspended", json!({ "source": null }))), vec![]),
        row("the account is back", silent(event("botResumed", json!({ "source": null }))), vec![]),
        row(
            "a notification message arrived",
            silent(event("delivery", json!({ "source": null, "delivery": { "data": "15034552939884E28681A7D6" } }))),
            vec![],
        ),
        row("an event of a type that LINE may invent", event("earthquake", json!({ "earthquake": 7 })), vec![]),
        row(
            "a message in a chat that another channel answers",
            with(said(text("hi")), json!({ "mode": "standby", "replyToken": null })),
            vec![],
        ),
        row("a message from nobody", with(said(text("hi")), json!({ "source": null })), vec![]),
        row(
            "a message from a user who did not agree to be known",
            with(said(text("hi")), json!({ "source": { "type": "user" } })),
            vec![],
        ),
    ];
    inbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn bodies() {
    let good = said(text("good"));
    let row = |label, request, status, events| InboundRow { label, request, status, events };
    let rows = vec![
        row("LINE checks the address", posted(json!([])), 200, vec![]),
        row(
            "bad events among good ones",
            posted(json!([
                "no event", 7, null, [], {}, { "type": 7 }, { "type": "message" },
                good,
                event("message", json!({ "message": { "type": "text", "id": MESSAGE } })),
                event("message", json!({ "message": "hi" })),
                event("postback", json!({})),
                with(said(text("when?")), json!({ "timestamp": "yesterday" })),
                with(said(text("when?")), json!({ "timestamp": i64::MAX })),
                event("message", json!({ "message": { "type": "location", "id": MESSAGE, "latitude": 1 } })),
                event("message", json!({ "message": { "type": "text", "id": MESSAGE, "text": "" } })),
            ])),
            200,
            vec![told(Content::text("good"))],
        ),
        row(
            "two events",
            posted(json!([good, good])),
            200,
            vec![told(Content::text("good")), told(Content::text("good"))],
        ),
        row("no signature", request(json!({ "events": [good] }).to_string(), None), 401, vec![]),
        row("another's signature", request("{}", Some(&signature("another secret", b"{}"))), 401, vec![]),
        row("no JSON", signed("hello"), 400, vec![]),
        row("no events", signed("{\"destination\":\"U1\"}"), 400, vec![]),
        row("events of another shape", signed("{\"events\":{\"type\":\"message\"}}"), 400, vec![]),
        row("nothing", signed(""), 400, vec![]),
    ];
    inbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn reasons_are_told() {
    let settings = parse_settings(&settings()).unwrap();
    let standby = with(said(text("hi")), json!({ "mode": "standby" }));
    let posted = posted(json!([standby, said_in_group(text("lunch?")), { "type": 7 }, event("earthquake", json!({}))]));
    let parsed = Line.parse(&posted, &settings).unwrap();
    assert_eq!(parsed.ignored, ["standby", "notMentioned", "malformed", "unknownEvent"]);
}

#[test]
fn a_deep_event_does_not_take_its_neighbours_with_it() {
    let settings = parse_settings(&settings()).unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let good = said(text("good")).to_string();
    let body = format!("{{\"events\":[{{\"type\":\"message\",\"message\":{deep}}},{good},{deep}]}}");
    let parsed = Line.parse(&signed(body), &settings).unwrap();
    assert_eq!(parsed.events, [told(Content::text("good"))]);
    assert_eq!(parsed.ignored, ["malformed", "malformed"]);
}
