//! What Genesys Cloud posts, as it really does, and what becomes of it.

use conformance::{PlatformWebhookRow, platform_webhook_table};
use contract::{
    Attachment, Card, CardAction, Choice, Content, CxPlatform, DatePicker, FailureReason, Location, MediaKind,
    Outbound, Presence, Receipt, ReceiptStatus, SendErrorKind, Sticker, TimeSlot,
};
use genesys_cloud::GenesysCloud;
use serde_json::{Value, json};

use crate::fixture::{
    CONVERSATION, INTEGRATION, base64_signature, hex_signature, now, posted, settings, signed, typed,
};

const ID: &str = "c327c2078ca056db130c55ce648d9fa2";

/// What every payload begins with.
pub fn head(id: &str) -> Value {
    json!({
        "id": id,
        "channel": {
            "id": INTEGRATION, "platform": "Open", "type": "Private", "messageId": id,
            "to": { "id": "abcdef12345@socialmedia", "idType": "Opaque" },
            "from": { "nickName": "Open Messaging Integration", "id": INTEGRATION, "idType": "Opaque" },
            "time": "2021-02-01T15:04:05.123Z",
        },
        "conversationId": CONVERSATION, "direction": "Outbound", "originatingEntity": "Human",
    })
}

fn payload(fields: Value) -> Value {
    let mut payload = head(ID);
    for (name, value) in fields.as_object().unwrap() {
        payload[name] = value.clone();
    }
    payload
}

fn structured(text: Option<&str>, content: Value) -> Value {
    payload(json!({ "type": "Structured", "text": text, "content": content }))
}

fn outbound(contents: Vec<Content>) -> Outbound {
    Outbound {
        message_id: ID.into(),
        at: "2021-02-01T15:04:05.123Z".parse().unwrap(),
        to: "abcdef12345@socialmedia".into(),
        platform_conversation_id: Some(CONVERSATION.into()),
        agent_name: None,
        contents,
    }
}

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.into(), payload: payload.into(), image_url: None }
}

fn postback(text: &str) -> CardAction {
    CardAction::Postback { text: text.into(), payload: text.into() }
}

fn link(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.into(), url: url.into() }
}

fn row(label: &'static str, payload: Value, contents: Vec<Content>) -> PlatformWebhookRow {
    let events = if contents.is_empty() { Vec::new() } else { vec![outbound(contents)] };
    PlatformWebhookRow { label, request: signed(&payload), status: 200, events, ignored: Vec::new() }
}

fn ignored(label: &'static str, payload: Value, reasons: &[&'static str]) -> PlatformWebhookRow {
    PlatformWebhookRow { ignored: reasons.to_vec(), ..row(label, payload, Vec::new()) }
}

fn refused(label: &'static str, payload: Value, status: u16) -> PlatformWebhookRow {
    PlatformWebhookRow { status, ..row(label, payload, Vec::new()) }
}

fn run(rows: Vec<PlatformWebhookRow>) {
    platform_webhook_table(&GenesysCloud::default(), &settings(), now(), rows);
}

#[test]
fn texts_and_files() {
    let image = json!({
        "contentType": "Attachment",
        "attachment": {
            "id": "8b36304e-ad42-4e7d-ac35-978a019514eb", "mediaType": "Image", "mime": "image/jpeg",
            "url": "https://api-downloads.usw2.pure.cloud/api/v2/downloads/pce1234456", "filename": "image.jpg",
            "contentSizeBytes": 10240,
        },
    });
    let picture = Content::Attachment(Attachment {
        mime: Some("image/jpeg".into()),
        name: Some("image.jpg".into()),
        size: Some(10240),
        ..Attachment::at_url(MediaKind::Image, "https://api-downloads.usw2.pure.cloud/api/v2/downloads/pce1234456")
    });
    let file = |media: &str, mime: &str| json!({ "contentType": "Attachment", "attachment": { "mediaType": media, "mime": mime, "url": "https://a.example/f" } });
    let attached = |kind, mime: &str| {
        let attachment = Attachment::at_url(kind, "https://a.example/f");
        Content::Attachment(Attachment { mime: Some(mime.into()), ..attachment })
    };
    let canned = |text: &str, content| {
        row("a canned response's JSON", payload(json!({ "type": "Text", "text": text })), vec![content])
    };
    run(vec![
        row(
            "a text",
            payload(
                json!({ "type": "Text", "text": "Hello World", "content": [], "reasons": [], "relatedMessages": [] }),
            ),
            vec![Content::text("Hello World")],
        ),
        row("types in any case", payload(json!({ "type": "TEXT", "text": "Hi" })), vec![Content::text("Hi")]),
        row(
            "a text with null fields",
            payload(json!({ "type": "Text", "text": "Hi", "content": null, "reasons": null, "events": null })),
            vec![Content::text("Hi")],
        ),
        row("a picture", payload(json!({ "type": "Text", "content": [image] })), vec![picture.clone()]),
        row(
            "a text before its pictures",
            payload(json!({ "type": "Text", "text": "Look", "content": [image, image] })),
            vec![Content::text("Look"), picture.clone(), picture.clone()],
        ),
        row(
            "film, sound, file, and what only its MIME type tells",
            payload(json!({ "type": "Text", "content": [
                file("Video", "video/mp4"), file("Audio", "audio/mpeg"), file("File", "application/pdf"), file("", "image/png"),
            ] })),
            vec![
                attached(MediaKind::Video, "video/mp4"),
                attached(MediaKind::Audio, "audio/mpeg"),
                attached(MediaKind::File, "application/pdf"),
                attached(MediaKind::Image, "image/png"),
            ],
        ),
        row(
            "a link",
            payload(json!({ "type": "Text", "content": [
                { "contentType": "Attachment", "attachment": { "mediaType": "Link", "url": "https://a.example/", "text": "Our site" } },
            ] })),
            vec![Content::text("Our site\nhttps://a.example/")],
        ),
        PlatformWebhookRow {
            ignored: vec!["empty content", "unknown content type", "content that cannot be read"],
            ..row(
                "what cannot be shown does not stop the rest",
                payload(json!({ "type": "Text", "text": "Hi", "content": [
                    { "contentType": "Attachment", "attachment": { "mediaType": "Image" } }, { "contentType": "Hologram" }, 42,
                ] })),
                vec![Content::text("Hi")],
            )
        },
        row(
            "braces in a sentence",
            payload(json!({ "type": "Text", "text": "{see above}" })),
            vec![Content::text("{see above}")],
        ),
        canned(
            r#"{"type":"sticker","title":"Hug","stickerId":40130}"#,
            Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "40130".into(),
                text: Some("Hug".into()),
                image_url: None,
            }),
        ),
        canned(
            r#"{"type":"location","title":"HQ","address":"1 Main St","latitude":37.5,"longitude":-122.25}"#,
            Content::Location(Location {
                title: Some("HQ".into()),
                address: Some("1 Main St".into()),
                latitude: 37.5,
                longitude: -122.25,
            }),
        ),
        canned(
            r#"{"genesys_prompt":"Sure?","genesys_quick_replies":[{"text":"Yes","payload":"y"}]}"#,
            Content::QuickReplies { text: "Sure?".into(), options: vec![choice("Yes", "y")] },
        ),
        canned(
            r#"{"type":"flex","altText":"t","contents":{}}"#,
            Content::Native { connector: None, json: json!({ "type": "flex", "altText": "t", "contents": {} }) },
        ),
        ignored("nothing at all", payload(json!({ "type": "Text", "text": " ", "content": [] })), &["empty message"]),
    ]);
}

#[test]
fn structured_messages() {
    let reply = |text: &str, payload: &str| json!({ "contentType": "QuickReply", "quickReply": { "text": text, "payload": payload, "action": "Message" } });
    let card = json!({
        "title": "Card 1", "description": "Description 1", "image": "https://www.acme.com/image1.png",
        "defaultAction": { "type": "Link", "url": "https://www.acme.com/" },
        "actions": [
            { "type": "Postback", "text": "Option1", "payload": "Option1" },
            { "type": "Link", "text": "Option3", "url": "https://www.acme.com/option3" },
            { "type": "Link", "text": "nowhere" },
        ],
    });
    let shown = Card {
        title: "Card 1".into(),
        description: Some("Description 1".into()),
        image_url: Some("https://www.acme.com/image1.png".into()),
        video_url: None,
        default_action: Some(link("https://www.acme.com/", "https://www.acme.com/")),
        actions: vec![postback("Option1"), link("Option3", "https://www.acme.com/option3")],
    };
    let film = json!({ "title": "Card 3", "video": "https://www.acme.com/video3.mp4", "actions": [] });
    let film_shown =
        Card { title: "Card 3".into(), video_url: Some("https://www.acme.com/video3.mp4".into()), ..Card::default() };
    let picker = json!({
        "title": "When would you be available?", "subtitle": "Pick a date and time",
        "dateMinimum": "2025-05-01", "dateMaximum": "2025-07-01T00:00:00Z",
        "availableTimes": [
            { "duration": 1800, "dateTime": "2025-05-30T12:00:00.000Z" }, { "duration": 900, "dateTime": "2025-06-30T13:00:00+0000" },
            { "duration": 900, "dateTime": "tomorrow" },
        ],
        "location": { "latitude": 35.5, "longitude": 139.5, "text": "Tokyo" },
    });
    let picker_shown = DatePicker {
        title: "When would you be available?".into(),
        subtitle: Some("Pick a date and time".into()),
        image_url: None,
        earliest: Some("2025-05-01T00:00:00Z".parse().unwrap()),
        latest: Some("2025-07-01T00:00:00Z".parse().unwrap()),
        times: vec![
            TimeSlot { at: "2025-05-30T12:00:00Z".parse().unwrap(), duration_s: 1800 },
            TimeSlot { at: "2025-06-30T13:00:00Z".parse().unwrap(), duration_s: 900 },
        ],
        location: Some(Location { title: Some("Tokyo".into()), address: None, latitude: 35.5, longitude: 139.5 }),
    };
    run(vec![
        row(
            "quick replies, one element each",
            structured(Some("Do you want to proceed?"), json!([reply("Yes", "Yes"), reply("No", "n")])),
            vec![Content::QuickReplies {
                text: "Do you want to proceed?".into(),
                options: vec![choice("Yes", "Yes"), choice("No", "n")],
            }],
        ),
        row(
            "quick replies after a picture that comes with them",
            structured(
                Some("This one?"),
                json!([
                    reply("Yes", ""), { "contentType": "Attachment", "attachment": { "mediaType": "Image", "url": "https://a.example/1" } },
                ]),
            ),
            vec![
                Content::Attachment(Attachment::at_url(MediaKind::Image, "https://a.example/1")),
                Content::QuickReplies { text: "This one?".into(), options: vec![choice("Yes", "Yes")] },
            ],
        ),
        row(
            "quick replies, second version",
            structured(
                Some("Hello"),
                json!([{ "contentType": "QuickReplyV2", "quickReplyV2": {
                "title": "Which?", "actions": [{ "text": "A", "payload": "a", "action": "Message", "image": "https://a.example/a.png" }],
            } }]),
            ),
            vec![
                Content::text("Hello"),
                Content::QuickReplies {
                    text: "Which?".into(),
                    options: vec![Choice { image_url: Some("https://a.example/a.png".into()), ..choice("A", "a") }],
                },
            ],
        ),
        row(
            "quick replies, second version, without a title",
            structured(
                Some("Which?"),
                json!([{ "contentType": "QuickReplyV2", "quickReplyV2": { "actions": [{ "text": "A" }] } }]),
            ),
            vec![Content::QuickReplies { text: "Which?".into(), options: vec![choice("A", "A")] }],
        ),
        row(
            "a card",
            structured(None, json!([{ "contentType": "Card", "card": card }])),
            vec![Content::Card(shown.clone())],
        ),
        row(
            "a card whose title the text repeats",
            structured(Some("Card 1"), json!([{ "contentType": "Card", "card": card }])),
            vec![Content::Card(shown.clone())],
        ),
        row(
            "a carousel after its text",
            structured(Some("Choose"), json!([{ "contentType": "Carousel", "carousel": { "cards": [card, film] } }])),
            vec![Content::text("Choose"), Content::Carousel { cards: vec![shown.clone(), film_shown] }],
        ),
        row(
            "a carousel of one",
            structured(None, json!([{ "contentType": "Carousel", "carousel": { "cards": [card] } }])),
            vec![Content::Card(shown)],
        ),
        row(
            "a date picker",
            structured(None, json!([{ "contentType": "DatePicker", "datePicker": picker }])),
            vec![Content::DatePicker(picker_shown)],
        ),
        row(
            "a place",
            structured(
                None,
                json!([{ "contentType": "Location", "location": { "latitude": 1.5, "longitude": 2.5, "address": "There" } }]),
            ),
            vec![Content::Location(Location {
                title: None,
                address: Some("There".into()),
                latitude: 1.5,
                longitude: 2.5,
            })],
        ),
        row(
            "a text among the content",
            structured(None, json!([{ "contentType": "Text", "text": { "type": "Text", "body": "Hi" } }])),
            vec![Content::text("Hi")],
        ),
        PlatformWebhookRow {
            ignored: vec!["unknown content type"],
            ..row(
                "what we cannot show, by its text",
                structured(Some("Pay 5"), json!([{ "contentType": "PaymentRequest" }])),
                vec![Content::text("Pay 5")],
            )
        },
        ignored(
            "what we cannot show at all",
            structured(None, json!([{ "contentType": "PaymentRequest" }])),
            &["unknown content type", "empty message"],
        ),
    ]);
}

#[test]
fn notifications() {
    let notification = |template: Value| json!([{ "contentType": "Notification", "template": template }]);
    run(vec![
        row(
            "header, body, footer",
            structured(
                Some("Hi Happy, How can I help you?"),
                notification(json!({
                    "header": { "text": "Hello" },
                    "body": { "text": "Hi {{name}}, How can I help you?", "parameters": [{ "name": "name", "text": "Happy" }] },
                    "footer": { "text": "Goodbye" },
                })),
            ),
            vec![Content::text("Hello\n\nHi Happy, How can I help you?\n\nGoodbye")],
        ),
        row(
            "with answers",
            structured(
                None,
                notification(json!({
                    "body": { "text": "Sure?" }, "buttons": [{ "type": "QuickReply", "text": "Yes", "index": 0, "payload": "y" }],
                })),
            ),
            vec![Content::QuickReplies { text: "Sure?".into(), options: vec![choice("Yes", "y")] }],
        ),
        row(
            "with a picture and all sorts of buttons",
            structured(
                None,
                notification(json!({
                    "header": { "type": "Media", "media": { "mediaType": "Image", "url": "https://a.example/h.png" } },
                    "body": { "text": "Your order {{1}}", "parameters": [{ "name": "1", "text": "42" }] },
                    "buttons": [
                        { "type": "Url", "text": "Track", "url": "https://a.example/{{1}}", "parameters": [{ "name": "1", "text": "42" }] },
                        { "type": "PhoneNumber", "text": "Call", "phoneNumber": "+81312345678" },
                        { "type": "QuickReply", "text": "Thanks" },
                    ],
                })),
            ),
            vec![Content::Card(Card {
                title: "Your order 42".into(),
                image_url: Some("https://a.example/h.png".into()),
                actions: vec![
                    link("Track", "https://a.example/42"),
                    CardAction::Call { text: "Call".into(), phone_number: "+81312345678".into() },
                    postback("Thanks"),
                ],
                ..Card::default()
            })],
        ),
        PlatformWebhookRow {
            ignored: vec!["empty content"],
            ..row(
                "an empty one, by its text",
                structured(Some("Hi"), notification(json!({}))),
                vec![Content::text("Hi")],
            )
        },
    ]);
}

#[test]
fn receipts_and_events() {
    let receipt = |status: &str, more: Value| {
        let mut receipt = payload(json!({ "type": "Receipt", "status": status, "isFinalReceipt": true }));
        for (name, value) in more.as_object().unwrap() {
            receipt[name] = value.clone();
        }
        receipt
    };
    let told = |id: &str, status, reason: Option<(SendErrorKind, &str)>| {
        let reason = reason.map(|(kind, sentence)| FailureReason { kind, sentence: sentence.into() });
        let content = Content::Receipt(Receipt { message_id: ID.into(), status, reason });
        vec![Outbound { message_id: id.into(), ..outbound(vec![content]) }]
    };
    let of_receipt = |label, payload, events| PlatformWebhookRow { events, ..row(label, payload, Vec::new()) };
    let event = |events: Value| payload(json!({ "type": "Event", "events": events }));
    let happened = |contents| vec![Outbound { message_id: format!("{ID}/event").into(), ..outbound(contents) }];
    let typing = |on, duration_ms| Content::Typing { on, duration_ms };
    let reversed = json!({ "channel": {
        "id": INTEGRATION, "to": { "id": INTEGRATION }, "from": { "id": "abcdef12345@socialmedia" }, "time": "2021-02-01T15:04:05.123Z",
    } });
    run(vec![
        of_receipt(
            "published",
            receipt("Published", json!({})),
            told(&format!("{ID}/published"), ReceiptStatus::Delivered, None),
        ),
        of_receipt(
            "seen the other way round",
            receipt("Published", reversed),
            told(&format!("{ID}/published"), ReceiptStatus::Delivered, None),
        ),
        of_receipt("sent", receipt("Sent", json!({})), told(&format!("{ID}/sent"), ReceiptStatus::Sent, None)),
        of_receipt("read", receipt("Read", json!({})), told(&format!("{ID}/read"), ReceiptStatus::Read, None)),
        of_receipt(
            "failed, with its reasons",
            receipt(
                "Failed",
                json!({ "reasons": [
                { "code": "RateLimited", "message": "you have reached your limit" }, { "code": "GeneralError", "message": "some general error" },
            ] }),
            ),
            told(
                &format!("{ID}/failed"),
                ReceiptStatus::Failed,
                Some((
                    SendErrorKind::RateLimited,
                    "Genesys Cloud could not take the message: you have reached your limit (RateLimited)",
                )),
            ),
        ),
        of_receipt(
            "failed, without",
            receipt("Failed", json!({ "reasons": [] })),
            told(
                &format!("{ID}/failed"),
                ReceiptStatus::Failed,
                Some((SendErrorKind::InvalidMessage, "Genesys Cloud could not take the message (GeneralError).")),
            ),
        ),
        ignored("removed", receipt("Removed", json!({})), &["unknown receipt status"]),
        refused("a receipt of nothing", receipt("Sent", json!({ "id": null })), 400),
        of_receipt(
            "typing",
            event(json!([{ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } }])),
            happened(vec![typing(true, Some(5000))]),
        ),
        of_receipt(
            "typing, without details",
            event(json!([{ "eventType": "Typing" }])),
            happened(vec![typing(true, None)]),
        ),
        of_receipt(
            "no longer typing",
            event(json!([{ "eventType": "Typing", "typing": { "type": "Off" } }])),
            happened(vec![typing(false, None)]),
        ),
        of_receipt(
            "the end of the conversation",
            event(json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }])),
            happened(vec![Content::Presence { presence: Presence::Disconnect }]),
        ),
        ignored(
            "other presence",
            event(json!([{ "eventType": "Presence", "presence": { "type": "Clear" } }])),
            &["unknown event", "no event"],
        ),
        ignored("no event", event(json!([])), &["no event"]),
        ignored("echo", payload(json!({ "type": "Text", "text": "Hello", "direction": "Inbound" })), &["echo"]),
        ignored("our own receipt's echo", receipt("Delivered", json!({ "direction": "Inbound" })), &["echo"]),
        ignored("an unknown type", json!({ "type": "Hologram" }), &["unknown type"]),
        refused("no type", json!({ "id": ID }), 400),
        refused("nobody to write to", json!({ "id": ID, "type": "Text", "text": "Hello" }), 400),
        refused(
            "the integration itself as guest",
            payload(json!({ "type": "Text", "text": "a", "channel": { "id": "x", "to": { "id": "x" } } })),
            400,
        ),
        refused("not an object's field", payload(json!({ "type": 42 })), 400),
    ]);
}

#[test]
fn who_signs() {
    let body = payload(json!({ "type": "Text", "text": "Hello" })).to_string();
    let row = |label, signature: Option<String>, status| PlatformWebhookRow {
        label,
        request: posted(body.clone(), signature.as_deref()),
        status,
        events: if status == 200 { vec![outbound(vec![Content::text("Hello")])] } else { Vec::new() },
        ignored: Vec::new(),
    };
    run(vec![
        row("base64", Some(base64_signature(body.as_bytes())), 200),
        row("hex", Some(hex_signature(body.as_bytes())), 401),
        row("none", None, 401),
        row("of another body", Some(base64_signature(b"{}")), 401),
    ]);
}

#[test]
fn ids_without_an_id_and_names() {
    let parse = |payload: Value| {
        let parsed = GenesysCloud::default().parse(&signed(&payload), &typed(&settings())).unwrap();
        parsed.events.into_iter().next().unwrap()
    };
    let mut nameless = payload(json!({ "type": "Text", "text": "Hello", "id": null }));
    assert_eq!(parse(nameless.clone()).message_id.as_str(), ID, "the channel's message id");
    nameless["channel"]["messageId"] = Value::Null;
    let of_the_body = parse(nameless.clone()).message_id;
    assert_eq!((of_the_body.as_str().len(), &of_the_body), (32, &parse(nameless.clone()).message_id));
    nameless["text"] = "Other".into();
    assert_ne!(parse(nameless).message_id, of_the_body);

    let mut named = payload(json!({ "type": "Text", "text": "Hello", "conversationId": null }));
    assert_eq!(parse(named.clone()).platform_conversation_id, None);
    assert_eq!(parse(named.clone()).agent_name, None, "the integration's name is not the agent's");
    named["channel"]["from"] = json!({ "id": "agent-7", "nickname": "Mary" });
    assert_eq!(parse(named.clone()).agent_name.as_deref(), Some("Mary"));
    named["channel"]["from"]["nickname"] = "UM acme".into();
    assert_eq!(parse(named.clone()).agent_name, None, "nor when somebody else bears it");
    named["channel"]["from"]["nickname"] = "Mary".into();
    named["originatingEntity"] = "Bot".into();
    assert_eq!(parse(named).agent_name, None, "a bot is no agent");
}

#[test]
fn the_answer_is_an_empty_object() {
    let parsed =
        GenesysCloud::default().parse(&signed(&payload(json!({ "type": "Text", "text": "a" }))), &typed(&settings()));
    let answer = parsed.unwrap().answer.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"{}"[..]));
    assert_eq!(answer.headers["content-type"], "application/json");
}
