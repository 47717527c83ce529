//! What Telegram posts from private chats, and what becomes of it.

use conformance::{InboundRow, inbound_table};
use contract::{
    AnswerKind, Attachment, Channel, Content, Guest, Inbound, Location, MediaKind, Presence, Sticker, parse_settings,
};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{
    BOT_ID, GUEST, NOW_S, SECRET_TOKEN, ann, answer, message, message_event, message_row, note, now, other_event,
    posted, request, row, settings, update, with,
};

pub const FILE: &str = "AgACAgQAAxkBAAIBQ2XXXXXXX";

fn kept(kind: MediaKind, mime: Option<&str>, size: Option<u64>) -> Attachment {
    let size_of = size.map(|size| format!(",\"size\":{size}")).unwrap_or_default();
    Attachment {
        mime: mime.map(str::to_owned),
        size,
        ..Attachment::on_network(kind, format!("{{\"fileId\":\"{FILE}\"{size_of}}}"))
    }
}

fn file(fields: Value) -> Value {
    with(json!({ "file_id": FILE, "file_unique_id": "AQADQ" }), fields)
}

#[test]
fn words() {
    let rows = vec![
        message_row("a text", message(json!({ "text": "hello" })), vec![message_event(Content::text("hello"))]),
        message_row(
            "START, and a deep link",
            message(json!({
                "text": "/start promo42", "entities": [{ "type": "bot_command", "offset": 0, "length": 6 }],
            })),
            vec![message_event(Content::text("/start promo42"))],
        ),
        message_row(
            "formatting is left out, the address behind a link is shown",
            message(json!({
                "text": "👋🏽 see here, or https://x.example now",
                "entities": [
                    { "type": "bold", "offset": 5, "length": 3 },
                    { "type": "text_link", "offset": 9, "length": 4, "url": "https://shop.example/a" },
                    { "type": "url", "offset": 18, "length": 17 },
                    { "type": "text_link", "offset": 18, "length": 17, "url": "https://x.example/" },
                ],
            })),
            vec![message_event(Content::text("👋🏽 see here (https://shop.example/a), or https://x.example now"))],
        ),
        message_row(
            "entities that lie beside the text",
            message(json!({
                "text": "日本",
                "entities": [
                    { "type": "text_link", "offset": 1, "length": 9, "url": "https://x.example" },
                    { "type": "mention", "offset": 18_446_744_073_709_551_615_u64, "length": 2 },
                ],
            })),
            vec![message_event(Content::text("日本"))],
        ),
        message_row(
            "a mention in a private chat stays",
            message(json!({
                "text": "@acme_bot hi", "entities": [{ "type": "mention", "offset": 0, "length": 9 }],
            })),
            vec![message_event(Content::text("@acme_bot hi"))],
        ),
        message_row(
            "a reply",
            message(json!({
                "text": "yes", "reply_to_message": message(json!({ "message_id": 70, "text": "?" })),
                "quote": { "text": "?", "position": 0 },
            })),
            vec![message_event(Content::text("yes"))],
        ),
        message_row(
            "a contact",
            message(json!({ "contact": { "phone_number": "+81 90 0000 0000", "first_name": "Bo", "user_id": 5 } })),
            vec![message_event(Content::text("👤 Bo\n+81 90 0000 0000"))],
        ),
        message_row(
            "a poll",
            message(json!({ "poll": {
                "id": "5", "question": "Which?", "options": [
                    { "text": "A", "voter_count": 0 }, { "text": "B", "voter_count": 0 },
                ], "total_voter_count": 0, "is_closed": false, "is_anonymous": true, "type": "regular",
            } })),
            vec![message_event(Content::text("📊 Which?\n1. A\n2. B"))],
        ),
        message_row(
            "a die",
            message(json!({ "dice": { "emoji": "🎯", "value": 6 } })),
            vec![message_event(Content::text("🎯 6"))],
        ),
        message_row(
            "a game",
            message(json!({ "game": { "title": "Snake", "description": "", "photo": [] } })),
            vec![message_event(Content::text("🎮 Snake"))],
        ),
        message_row(
            "data from a web app",
            message(json!({ "web_app_data": { "data": "{\"size\":3}", "button_text": "Configure" } })),
            vec![message_event(answer(AnswerKind::Button, "Configure", "{\"size\":3}"))],
        ),
        message_row(
            "a payment",
            message(json!({ "successful_payment": {
                "currency": "EUR", "total_amount": 1250, "invoice_payload": "secret", "telegram_payment_charge_id": "1",
            } })),
            vec![message_event(note("The guest paid EUR 1250 (in the currency's smallest unit)."))],
        ),
        message_row(
            "a kind that does not exist yet",
            message(json!({ "smell_note": { "scent": 3 } })),
            vec![message_event(note("The guest sent a message of a kind that cannot be shown here (smell note)."))],
        ),
        message_row("a service message", message(json!({ "pinned_message": { "message_id": 1 } })), vec![]),
        message_row("a message of nothing", message(json!({})), vec![]),
        message_row("an empty text", message(json!({ "text": "" })), vec![]),
        message_row(
            "our own words",
            message(json!({ "text": "hi", "from": { "id": BOT_ID, "is_bot": true, "first_name": "Acme" } })),
            vec![],
        ),
        message_row(
            "a guest with a first name alone",
            message(json!({ "text": "hi", "from": { "id": 42, "is_bot": false, "first_name": "Ann" } })),
            vec![Inbound {
                guest: Guest {
                    profile: contract::Profile {
                        nickname: Some("Ann".to_owned()),
                        first_name: Some("Ann".to_owned()),
                        ..contract::Profile::default()
                    },
                    ..Guest::person(GUEST)
                },
                ..message_event(Content::text("hi"))
            }],
        ),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn files_and_places() {
    let captioned = |file: Attachment| Attachment { caption: Some("our (https://x.example) shop".to_owned()), ..file };
    let caption = json!({
        "caption": "our shop",
        "caption_entities": [{ "type": "text_link", "offset": 0, "length": 3, "url": "https://x.example" }],
    });
    let named = |file: Attachment, name: &str| Attachment { name: Some(name.to_owned()), ..file };
    let timed = |file: Attachment| Attachment { duration_ms: Some(7_000), ..file };
    let photo = json!({ "photo": [
        { "file_id": "small", "file_unique_id": "a", "width": 90, "height": 60, "file_size": 1_200 },
        { "file_id": FILE, "file_unique_id": "b", "width": 1280, "height": 853, "file_size": 150_000 },
        { "file_id": "middle", "file_unique_id": "c", "width": 320, "height": 213, "file_size": 20_000 },
    ] });
    let image = || kept(MediaKind::Image, Some("image/jpeg"), Some(150_000));
    let rows = vec![
        message_row("the largest picture", message(photo.clone()), vec![message_event(Content::Attachment(image()))]),
        message_row(
            "a picture with words",
            message(with(photo.clone(), caption)),
            vec![message_event(Content::Attachment(captioned(image())))],
        ),
        message_row(
            "a picture of an album",
            message(with(photo.clone(), json!({ "media_group_id": "13500000000000000" }))),
            vec![message_event(Content::Attachment(image()))],
        ),
        message_row(
            "a film",
            message(json!({ "video": file(json!({
                "width": 640, "height": 480, "duration": 7, "file_name": "a.mp4", "mime_type": "video/mp4",
                "file_size": 2_000_000,
            })) })),
            vec![message_event(Content::Attachment(timed(named(
                kept(MediaKind::Video, Some("video/mp4"), Some(2_000_000)),
                "a.mp4",
            ))))],
        ),
        message_row(
            "an animation, which has a document beside it",
            message(json!({
                "animation": file(json!({ "width": 320, "height": 240, "duration": 7 })),
                "document": file(json!({ "file_name": "other.mp4" })),
            })),
            vec![message_event(Content::Attachment(timed(kept(MediaKind::Video, Some("video/mp4"), None))))],
        ),
        message_row(
            "a round film",
            message(json!({ "video_note": file(json!({ "length": 240, "duration": 7, "file_size": 9 })) })),
            vec![message_event(Content::Attachment(timed(kept(MediaKind::Video, Some("video/mp4"), Some(9)))))],
        ),
        message_row(
            "a voice message",
            message(json!({ "voice": file(json!({ "duration": 7, "mime_type": "audio/ogg", "file_size": 9 })) })),
            vec![message_event(Content::Attachment(timed(kept(MediaKind::Audio, Some("audio/ogg"), Some(9)))))],
        ),
        message_row(
            "music",
            message(json!({ "audio": file(json!({
                "duration": 7, "mime_type": "audio/mpeg", "file_name": "song.mp3", "title": "Song", "performer": "Bo",
            })) })),
            vec![message_event(Content::Attachment(timed(named(
                kept(MediaKind::Audio, Some("audio/mpeg"), None),
                "song.mp3",
            ))))],
        ),
        message_row(
            "a document",
            message(json!({ "document": file(json!({
                "file_name": "契約書.pdf", "mime_type": "application/pdf", "file_size": 30_000_000,
            })) })),
            vec![message_event(Content::Attachment(named(
                kept(MediaKind::File, Some("application/pdf"), Some(30_000_000)),
                "契約書.pdf",
            )))],
        ),
        message_row(
            "a picture sent as a file",
            message(json!({ "document": file(json!({ "file_name": "a.png", "mime_type": "image/png" })) })),
            vec![message_event(Content::Attachment(named(kept(MediaKind::Image, Some("image/png"), None), "a.png")))],
        ),
        message_row(
            "a sticker",
            message(json!({ "sticker": {
                "file_id": FILE, "file_unique_id": "AgAD", "type": "regular", "width": 512, "height": 512,
                "is_animated": false, "is_video": false, "emoji": "👍", "set_name": "Cats",
            } })),
            vec![message_event(Content::Sticker(Sticker {
                package_id: Some("Cats".to_owned()),
                sticker_id: FILE.to_owned(),
                text: Some("👍".to_owned()),
                image_url: None,
            }))],
        ),
        message_row(
            "a place",
            message(json!({ "location": { "latitude": 35.68, "longitude": 139.76, "horizontal_accuracy": 12.0 } })),
            vec![message_event(Content::Location(Location {
                title: None,
                address: None,
                latitude: 35.68,
                longitude: 139.76,
            }))],
        ),
        message_row(
            "a venue",
            message(json!({
                "location": { "latitude": 35.68, "longitude": 139.76 },
                "venue": {
                    "location": { "latitude": 35.68, "longitude": 139.76 }, "title": "Tokyo Station", "address": "",
                },
            })),
            vec![message_event(Content::Location(Location {
                title: Some("Tokyo Station".to_owned()),
                address: None,
                latitude: 35.68,
                longitude: 139.76,
            }))],
        ),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn edits_reactions_and_standing() {
    let edited = |fields: Value| update("edited_message", message(with(json!({ "edit_date": NOW_S + 60 }), fields)));
    let later = |content: Content| Inbound { at: at(NOW_S + 60), ..message_event(content) };
    let standing = |was: &str, is: &str| {
        let bot = json!({ "id": BOT_ID, "is_bot": true, "first_name": "Acme" });
        let chat = json!({ "id": 42, "type": "private", "first_name": "Ann" });
        update(
            "my_chat_member",
            json!({
                "chat": chat, "from": ann(), "date": NOW_S,
                "old_chat_member": { "user": bot, "status": was }, "new_chat_member": { "user": bot, "status": is },
            }),
        )
    };
    let reaction = |new: Value| {
        update(
            "message_reaction",
            json!({
                "chat": { "id": 42, "type": "private" }, "message_id": 70, "user": ann(), "date": NOW_S,
                "old_reaction": [], "new_reaction": new,
            }),
        )
    };
    let vote = |user: Value, options: Value| {
        update("poll_answer", json!({ "poll_id": "5", "user": user, "option_ids": options }))
    };
    let voted = |text: &str| vec![Inbound { at: Inbound::UNTOLD, ..other_event(note(text)) }];
    let presence = |presence| vec![other_event(Content::Presence { presence })];
    let rows = vec![
        row(
            "an edit",
            edited(json!({ "text": "hello!" })),
            vec![later(Content::Edited { message_id: "77".to_owned(), text: "hello!".to_owned() })],
        ),
        row(
            "an edited caption",
            edited(json!({ "caption": "new", "photo": [] })),
            vec![later(Content::Edited { message_id: "77".to_owned(), text: "new".to_owned() })],
        ),
        row(
            "another picture in the place of the first",
            edited(json!({ "photo": [{ "file_id": FILE, "file_unique_id": "b", "width": 9, "height": 9 }] })),
            vec![later(Content::Attachment(kept(MediaKind::Image, Some("image/jpeg"), None)))],
        ),
        row("somebody who moves", edited(json!({ "location": { "latitude": 1.0, "longitude": 2.0 } })), vec![]),
        row("an edit of nothing that shows", edited(json!({ "dice": { "emoji": "🎲", "value": 1 } })), vec![]),
        row("blocked", standing("member", "kicked"), presence(Presence::Unsubscribed)),
        row("taken back", standing("kicked", "member"), presence(Presence::Subscribed)),
        row(
            "a reaction",
            reaction(json!([{ "type": "emoji", "emoji": "❤️" }])),
            vec![other_event(note("The guest reacted with ❤️."))],
        ),
        row(
            "a reaction with an emoji of the guest's own",
            reaction(json!([{ "type": "custom_emoji", "custom_emoji_id": "5" }])),
            vec![other_event(note("The guest reacted with ⭐."))],
        ),
        row("no reaction any more", reaction(json!([])), vec![other_event(note("The guest took a reaction back."))]),
        row("a vote", vote(ann(), json!([1])), voted("The guest chose option 2 of the poll.")),
        row("votes", vote(ann(), json!([0, 2])), voted("The guest chose options 1, 3 of the poll.")),
        row("a vote taken back", vote(ann(), json!([])), voted("The guest took their vote in the poll back.")),
        row(
            "a channel's vote",
            update("poll_answer", json!({ "poll_id": "5", "voter_chat": { "id": -1 }, "option_ids": [1] })),
            vec![],
        ),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap()
}

#[test]
fn what_is_not_ours_or_not_an_update() {
    let refused = |label, body: &str, status| InboundRow {
        label,
        request: request(body, Some(SECRET_TOKEN)),
        status,
        events: vec![],
    };
    let hello = update("message", message(json!({ "text": "hello" }))).to_string();
    let rows = vec![
        row("a channel's post", update("channel_post", message(json!({ "text": "news" }))), vec![]),
        row("a business message", update("business_message", message(json!({ "text": "psst" }))), vec![]),
        row("an inline query", update("inline_query", json!({ "id": "1", "from": ann(), "query": "x" })), vec![]),
        row("an update of nothing", json!({ "update_id": 9001 }), vec![]),
        refused("an update that is not as documented", r#"{"update_id":1,"message":{"text":5}}"#, 200),
        refused(
            "a time beyond time",
            r#"{"update_id":1,"message":{"message_id":1,"date":9223372036854775807,"chat":{"id":1,"type":"private"},"text":"x"}}"#,
            200,
        ),
        refused("no update", r#"{"message":{"text":"x"}}"#, 400),
        refused("no JSON", "hello", 400),
        InboundRow { label: "no secret token", request: request(hello.clone(), None), status: 401, events: vec![] },
        InboundRow { label: "another's", request: request(hello, Some("0")), status: 401, events: vec![] },
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn what_is_left_out_is_counted() {
    let settings = parse_settings(&settings()).unwrap();
    for (update, reason) in [
        (update("channel_post", json!({})), "channelPost"),
        (update("business_message", json!({})), "businessMessage"),
        (update("shipping_query", json!({})), "unknownUpdate"),
        (update("message", message(json!({ "pinned_message": {} }))), "service"),
        (update("message", message(json!({ "text": "" }))), "emptyText"),
        (json!({ "update_id": 1, "message": 5 }), "malformed"),
    ] {
        let parsed = Telegram.parse(&posted(&update), &settings).unwrap();
        assert_eq!((parsed.events, parsed.ignored), (vec![], vec![reason]), "{update}");
    }
}
