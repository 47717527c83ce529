//! A chat with the simulator.

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{
    Answer, AnswerKind, AnyChannel, AnyConnector, Attachment, Card, CardAction, Choice, Content, Guest, Inbound, Io,
    MediaKind, Outbound, Presence, ProvisionStatus, SendErrorKind, Sent,
    http::{Request, Transport},
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Simulator, testing};
use telegram::{Telegram, simulator::TelegramNetwork};

use crate::buttons::choice;

type Chat = testing::Chat<Telegram, TelegramNetwork>;

async fn open() -> Chat {
    Chat::open(Telegram, TelegramNetwork).await
}

async fn say_to(chat: &Chat, guest: &str, contents: Vec<Content>) -> Vec<Result<Sent, SendErrorKind>> {
    chat.send(&Outbound { to: guest.into(), ..chat.message("m-1", contents) }, &chat.context()).await
}

async fn write_to(chat: &Chat, group: &str, words: &str) -> Option<Inbound> {
    chat.act_as(group, text(words)).await.unwrap().pop()
}

fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

fn ask(options: Vec<Choice>) -> Content {
    Content::QuickReplies { text: "Call?".to_owned(), options }
}

fn text(text: &str) -> Action {
    Action::Text { text: text.to_owned() }
}

#[tokio::test]
async fn a_chat() {
    let chat = open().await;
    let event = chat.act(text("hello 👋🏽")).await;
    assert_eq!(event.content, Content::text("hello 👋🏽"));
    let profile = event.guest.profile.clone();
    assert_eq!(event.guest, Guest { profile, ..Guest::person(chat.guest.as_str()) });
    assert_eq!(event.guest.profile.nickname.as_deref(), Some("Guest 1"));

    let question = ask(vec![choice("Yes", "call=yes"), choice("No", "call=no")]);
    assert_eq!(chat.said(question.clone()).await, chat.newest());
    assert_eq!(chat.screen(), [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, question)]);

    let event = chat.act(chat.tap("Yes", "call=yes")).await;
    assert_eq!(event.content, answer(AnswerKind::QuickReply, "Yes", "call=yes"));
    assert_eq!(chat.simulator.state().memory.acknowledged.len(), 1, "the clock on the button is gone");

    chat.said(ask(vec![choice("Yes", &"y".repeat(65)), choice("No", "n")])).await;
    let event = chat.act(chat.tap("Yes", "Yes")).await;
    assert_eq!(event.content, Content::text("Yes"));
    assert_eq!(chat.screen().last().unwrap(), &(Actor::Here, Content::text("Yes")));
}

#[tokio::test]
async fn typing_shows_and_blocking_ends() {
    let chat = open().await;
    let mut live = chat.simulator.stage().watch();
    chat.say(Content::Typing { on: true, duration_ms: None }).await.unwrap();
    assert!(matches!(live.try_recv().unwrap().content, Content::Typing { on: true, .. }));

    let gone = chat.act(Action::Block).await;
    assert_eq!(gone.content, Content::Presence { presence: Presence::Unsubscribed });
    assert_eq!(chat.say(Content::text("hi")).await, Err(SendErrorKind::RecipientOptedOut));
    let back = chat.act(Action::Follow).await;
    assert_eq!(back.content, Content::Presence { presence: Presence::Subscribed });
    assert!(chat.say(Content::text("hi")).await.is_ok());
}

#[tokio::test]
async fn files_both_ways() {
    let chat = open().await;
    for (name, mime, kind, kept_name) in [
        ("a.jpg", "image/jpeg", MediaKind::Image, None),
        ("a.pdf", "application/pdf", MediaKind::File, Some("a.pdf")),
        ("a.mp4", "video/mp4", MediaKind::Video, Some("a.mp4")),
        ("a.mp3", "audio/mpeg", MediaKind::Audio, Some("a.mp3")),
    ] {
        let base64 = STANDARD.encode("hello");
        let event = chat.act(Action::File { name: name.to_owned(), mime: mime.to_owned(), base64 }).await;
        let Content::Attachment(file) = event.content else { panic!("{name}: no file") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, kept_name));
        let fetched = AnyChannel::fetch(&Telegram, &chat.io(), &file).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let large = STANDARD.encode(vec![7; (20 << 20) + 1]);
    let large = Action::File { name: "a.zip".to_owned(), mime: "application/zip".to_owned(), base64: large };
    let Content::Attachment(mut file) = chat.act(large).await.content else { panic!("no file") };
    let fetch = async |file: &Attachment| AnyChannel::fetch(&Telegram, &chat.io(), file).await;
    assert_eq!(fetch(&file).await.unwrap_err().kind, SendErrorKind::TooLarge, "known before");
    let contract::AttachmentSource::Network { reference } = &mut file.source else { panic!("no reference") };
    *reference = reference.split(",\"size\"").next().unwrap().to_owned() + "}";
    assert_eq!(fetch(&file).await.unwrap_err().kind, SendErrorKind::TooLarge, "told by Telegram");

    let document = Attachment {
        name: Some("契約書 \"1\".docx".to_owned()),
        mime: Some("application/msword".to_owned()),
        caption: Some("42".to_owned()),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/1")
    };
    chat.serve("https://files.example.com/1", "our bytes", None);
    chat.said(Content::Attachment(document)).await;
    let Some((_, Content::Attachment(shown))) = chat.screen().pop() else { panic!("nothing shown") };
    let look = chat.http.send(Request::get(shown.url().unwrap())).await.unwrap();
    assert_eq!(
        (look.body.as_ref(), look.header_str("content-type")),
        (b"our bytes".as_slice(), Some("application/msword"))
    );
}

#[tokio::test]
async fn cards_albums_places_and_stickers_are_seen_as_they_were_meant() {
    let chat = open().await;
    let card = Card {
        title: "Lamp".to_owned(),
        description: Some("Bright.".to_owned()),
        image_url: Some("https://x.example/a.jpg".to_owned()),
        actions: vec![
            CardAction::Postback { text: "Buy".to_owned(), payload: "1".to_owned() },
            CardAction::Link { text: "More".to_owned(), url: "https://x.example".to_owned() },
        ],
        ..Card::default()
    };
    let plain = Card { image_url: None, ..card.clone() };
    let picture =
        |n: u32| Content::Attachment(Attachment::at_url(MediaKind::Image, format!("https://x.example/{n}.jpg")));
    let place = contract::Location {
        title: Some("Acme".to_owned()),
        address: Some("Tokyo".to_owned()),
        latitude: 35.0,
        longitude: 139.0,
    };
    let contents = vec![
        Content::Card(card),
        Content::Card(plain),
        picture(1),
        picture(2),
        Content::Location(place),
        Content::text("bye"),
    ];
    let outcome = say_to(&chat, &chat.guest, contents.clone()).await;
    assert!(outcome.iter().all(Result::is_ok), "{outcome:?}");
    let ids: Vec<String> = outcome.into_iter().flat_map(|sent| sent.unwrap().message_ids).collect();
    let past = chat.scenes();
    assert_eq!(past.iter().map(|scene| scene.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(past.into_iter().map(|scene| scene.content).collect::<Vec<_>>(), contents);

    let picker = contract::DatePicker {
        title: "When?".to_owned(),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        latest: Some("2026-07-03T00:00:00Z".parse().unwrap()),
        ..contract::DatePicker::default()
    };
    chat.said(Content::DatePicker(picker)).await;
    let chosen = chat.act(chat.tap("2026-07-02", "um:date:2026-07-02")).await;
    assert_eq!(chosen.content, answer(AnswerKind::DatePicker, "2026-07-02", "2026-07-02"));

    let sticker = Action::Sticker { package_id: "Cats".to_owned(), sticker_id: "CAACAgIAAxkBAAEB".to_owned() };
    let Content::Sticker(sticker) = chat.act(sticker).await.content else { panic!("no sticker") };
    assert!(chat.say(Content::Sticker(sticker)).await.is_ok(), "and back again");
    let place = Action::Location { title: "Acme".to_owned(), latitude: 35.0, longitude: 139.0 };
    let Content::Location(place) = chat.act(place).await.content else { panic!("no place") };
    assert_eq!(place.title.as_deref(), Some("Acme"));
}

#[tokio::test]
async fn the_webhook_is_registered_and_taken_back() {
    let chat = open().await;
    let token = chat.link.settings["apiToken"].as_str().unwrap();
    let place = chat.place();
    let registered = || chat.simulator.state().memory.webhook_of(token);
    let look = async || AnyConnector::self_test(&Telegram, &chat.io()).await.unwrap();
    assert!(look().await.warnings[0].contains("No webhook"));
    for _ in 0..2 {
        let done = AnyConnector::provision(&Telegram, &chat.io(), &place).await.unwrap();
        assert_eq!(done.status, ProvisionStatus::Ready);
    }
    assert_eq!(registered(), Some(format!("{}?bot=demo_bot", place.webhook_url)));
    assert_eq!(look().await, contract::SelfTest { found: "@demo_bot (Demo bot)".to_owned(), warnings: vec![] });
    assert_eq!(chat.act(text("hello")).await.content, Content::text("hello"));
    AnyConnector::deprovision(&Telegram, &chat.io()).await.unwrap();
    assert_eq!(registered(), None);

    let settings = json!({ "apiToken": "7000000000:another" });
    let other = AnyConnector::provision(&Telegram, &Io { settings: &settings, ..chat.io() }, &place).await;
    assert_eq!(other.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn telegram_tries_again_and_keeps_the_updates_number() {
    let chat = open().await;
    chat.answer_with([503; 2]);
    let events = chat.act_as(&chat.guest, text("hello")).await.unwrap();
    assert!(events[0].event_id.as_str().bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(events.len(), 1, "taken once");
    let requests = chat.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.windows(2).all(|pair| pair[0].body == pair[1].body), "the same each time");
}

/// HMAC-SHA256 of `webhook of tenant tenant-1` with the demo's API token, reckoned elsewhere: simulator and room derive
/// the secret token with the same function.
#[tokio::test]
async fn the_secret_token_is_the_tenants() {
    let chat = open().await;
    chat.act(text("hello")).await;
    let requests = chat.requests();
    let known = "0e57d65cafc9b7fb42e9fb7c26c6524f47d367d3aaaeaace611bfd5906bcd500";
    assert_eq!(requests[0].header("x-telegram-bot-api-secret-token"), Some(known));
    AnyConnector::provision(&Telegram, &chat.io(), &chat.place()).await.unwrap();
    chat.act(text("hello")).await;
    assert_eq!(chat.requests()[0].header("x-telegram-bot-api-secret-token"), Some(known), "registered so");
}

#[tokio::test]
async fn groups_are_heard_when_they_call_and_move() {
    let chat = open().await;
    let group = "-1001234567890";
    assert_eq!(write_to(&chat, group, "lunch?").await, None);
    let event = write_to(&chat, group, "@demo_bot lunch?").await.unwrap();
    assert_eq!((event.guest.id.as_str(), &event.content), (group, &Content::text("lunch?")));
    let event = write_to(&chat, "-1001234567890/7", "/help@demo_bot").await.unwrap();
    assert_eq!((event.guest.id.as_str(), &event.content), ("-1001234567890/7", &Content::text("/help")));
    assert!(say_to(&chat, "-1001234567890/7", vec![Content::text("in the topic")]).await[0].is_ok());
    assert_eq!(chat.scenes().last().unwrap().guest, "-1001234567890/7");

    chat.simulator.state().memory.moved.insert(-5, -1_009_876_543_210);
    assert!(say_to(&chat, "-5", vec![Content::text("still there?")]).await[0].is_ok());
    assert_eq!(chat.scenes().last().unwrap().guest, "-1009876543210");
}

#[tokio::test]
async fn refusals() {
    let chat = open().await;
    let native = |json: Value| Content::Native { connector: None, json };
    for (label, json) in [
        ("an empty text", json!({ "text": "" })),
        ("a text too long", json!({ "text": "a".repeat(4_097), "method": "sendMessage" })),
        ("no picture", json!({ "photo": "x" })),
        (
            "a button that carries too much",
            json!({ "text": "?", "reply_markup": { "inline_keyboard": [[
            { "text": "a", "callback_data": "b".repeat(65) },
        ]] } }),
        ),
        ("a poll with one option", json!({ "question": "?", "options": [{ "text": "A" }] })),
    ] {
        let error = chat.say(native(json)).await.expect_err(label);
        assert!(
            [SendErrorKind::InvalidMessage, SendErrorKind::TooLarge, SendErrorKind::MediaUnavailable].contains(&error)
        );
    }
    assert_eq!(chat.screen(), []);
    let html = json!({ "text": "<b>hi", "parse_mode": "HTML" });
    assert!(chat.say(native(html)).await.is_ok(), "as plain text");
    assert_eq!(chat.screen(), [(Actor::There, Content::text("<b>hi"))]);
    assert_eq!(say_to(&chat, "nobody", vec![Content::text("hi")]).await, [Err(SendErrorKind::UnknownRecipient)]);
    for action in [Action::Unsend, Action::Typing, Action::Read, Action::Disconnect] {
        chat.refused(action).await;
    }
}

#[tokio::test]
async fn faults() {
    let chat = open().await;
    chat.faults_strike(&chat.message("m-1", vec![Content::text("hello")]), &chat.context()).await;
    assert!(chat.say(Content::text("hello")).await.is_ok());
}
