//! A chat with the simulator.

use std::time::Duration;

use contract::{
    Answer, AnswerKind, AnyChannel, AnyConnector, Card, CardAction, Content, Guest, Inbound, Io, MediaKind,
    MemoryTokens, Place, Presence, ProvisionStatus, ReceiptStatus, SendErrorKind,
};
use serde_json::json;
use simulation::{Action, Actor, testing};
use viber::{Viber, simulator::ViberNetwork};

use crate::fixture::choice;

type Chat = testing::Chat<Viber, ViberNetwork>;

async fn open() -> Chat {
    Chat::open(Viber, ViberNetwork).await
}

/// What these events say of a message.
fn receipts(events: &[Inbound], token: &str) -> Vec<ReceiptStatus> {
    let status = |event: &Inbound| match &event.content {
        Content::Receipt(receipt) if receipt.message_id == token => Some(receipt.status),
        _ => None,
    };
    events.iter().filter_map(status).collect()
}

#[tokio::test]
async fn a_chat() {
    let chat = open().await;
    let event = chat.act(Action::Text { text: "hello 👋🏽".to_owned() }).await;
    assert_eq!(event.content, Content::text("hello 👋🏽"));
    assert_eq!(event.guest.id.as_str(), chat.guest);
    assert_eq!(event.guest.profile.attributes["country"], "GB");

    let options = vec![choice("Yes", "k=y"), choice("No", "k=n")];
    let token = chat.said(Content::QuickReplies { text: "Shall we?".to_owned(), options }).await;
    assert_eq!(token.len(), 19, "{token}");
    assert_eq!(receipts(&chat.flush().await, &token), [ReceiptStatus::Delivered]);
    let shown =
        Content::QuickReplies { text: "Shall we?".to_owned(), options: vec![choice("Yes", "Yes"), choice("No", "No")] };
    assert_eq!(chat.screen(), [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, shown)]);

    let tap = Action::Tap { message: token.clone(), text: "Yes".to_owned(), payload: "Yes".to_owned() };
    let mut events = chat.act_as(&chat.guest, tap).await.unwrap();
    assert_eq!(receipts(&events, &token), [ReceiptStatus::Read], "who answers has seen");
    let yes = |kind, text: &str, payload: &str| {
        Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
    };
    assert_eq!(events.pop().unwrap().content, yes(AnswerKind::QuickReply, "Yes", "k=y"));
    assert_eq!(chat.screen().last().unwrap(), &(Actor::Here, Content::text("Yes")), "the guest sees the choice");

    let card = Card {
        title: "Lamp".to_owned(),
        description: Some("Bright.".to_owned()),
        image_url: Some("https://x.example/a.jpg".to_owned()),
        actions: vec![CardAction::Postback { text: "Buy".to_owned(), payload: "buy=lamp".to_owned() }],
        ..Card::default()
    };
    let token = chat.said(Content::Card(card)).await;
    chat.said(Content::text("Take your time.")).await;
    let before = chat.screen().len();
    let tap = Action::Tap { message: token.clone(), text: "Buy".to_owned(), payload: String::new() };
    assert_eq!(chat.act(tap).await.content, yes(AnswerKind::Button, "Buy", "buy=lamp"), "long after");
    assert_eq!(chat.screen().len(), before, "a silent tap");
    let Content::Card(seen) = &chat.screen()[before - 2].1 else { panic!("no card") };
    assert_eq!((seen.title.as_str(), seen.description.as_deref()), ("Lamp", Some("Bright.")));

    let token = chat.said(Content::text("Still there?")).await;
    assert_eq!(receipts(&chat.flush().await, &token), [ReceiptStatus::Delivered]);
    let seen = chat.act(Action::Read).await;
    assert_eq!(receipts(&[seen], &token), [ReceiptStatus::Read]);
    for action in [Action::Typing, Action::Unsend, Action::Disconnect] {
        chat.refused(action).await;
    }
}

#[tokio::test]
async fn who_unsubscribes_is_left_alone_and_who_comes_back_is_welcomed() {
    let chat = open().await;
    let gone = chat.act(Action::Block).await;
    assert_eq!(gone.content, Content::Presence { presence: Presence::Unsubscribed });
    assert_eq!(chat.say(Content::text("hello?")).await, Err(SendErrorKind::RecipientOptedOut));
    let person = Guest::person(chat.guest.as_str());
    assert_eq!(AnyChannel::profile(&Viber, &chat.io(), &person).await, Ok(None));
    let back = chat.act_as(&chat.guest, Action::Follow).await.unwrap();
    let presence = |presence| Content::Presence { presence };
    assert_eq!(
        back.into_iter().map(|event| event.content).collect::<Vec<_>>(),
        [presence(Presence::Join), presence(Presence::Subscribed)]
    );
    assert_eq!(chat.screen(), [(Actor::There, Content::text("Welcome! Write to us here."))]);
    assert!(chat.say(Content::text("hello again")).await.is_ok());

    let profile = async || AnyChannel::profile(&Viber, &chat.io(), &person).await;
    for _ in 0..2 {
        let found = profile().await.unwrap().unwrap();
        assert_eq!(
            (found.attributes["deviceOS"].as_str(), found.attributes["deviceType"].as_str()),
            ("iOS 17.4", "iPhone15,2")
        );
    }
    assert_eq!(profile().await.unwrap_err().kind, SendErrorKind::RateLimited, "twice in twelve hours");
    chat.clock.advance(Duration::from_secs(12 * 3_600));
    assert!(profile().await.is_ok(), "and again half a day later");
}

#[tokio::test]
async fn files_of_the_guests() {
    let chat = open().await;
    for (name, mime, kind) in [
        ("a.jpg", "image/jpeg", MediaKind::Image),
        ("a.mp4", "video/mp4", MediaKind::Video),
        ("a.pdf", "application/pdf", MediaKind::File),
        ("a.m4a", "audio/mp4", MediaKind::Audio),
    ] {
        let action = Action::File { name: name.to_owned(), mime: mime.to_owned(), base64: "aGVsbG8=".to_owned() };
        let event = chat.act(action).await;
        let Content::Attachment(file) = event.content else { panic!("{name}: no file") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, Some(name)));
        let fetched = AnyChannel::fetch(&Viber, &chat.io(), &file).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
        chat.clock.advance(Duration::from_secs(3_600));
        let gone = AnyChannel::fetch(&Viber, &chat.io(), &file).await.unwrap_err();
        assert_eq!(gone.kind, SendErrorKind::MediaUnavailable, "kept for an hour");
    }
    let sticker = Action::Sticker { package_id: String::new(), sticker_id: "46105".to_owned() };
    assert!(matches!(chat.act(sticker).await.content, Content::Sticker(sticker) if sticker.sticker_id == "46105"));
    let place = Action::Location { title: "Home".to_owned(), latitude: 1.5, longitude: 2.5 };
    assert!(matches!(chat.act(place).await.content, Content::Location(place) if place.latitude == 1.5));
}

#[tokio::test]
async fn the_webhook() {
    let chat = open().await;
    let provision = async |place: Place| AnyConnector::provision(&Viber, &chat.io(), &place).await;
    let test = async || AnyConnector::self_test(&Viber, &chat.io()).await.unwrap();
    assert!(test().await.warnings[0].contains("No webhook"));
    assert_eq!(provision(chat.place()).await.unwrap().status, ProvisionStatus::Ready);
    assert_eq!(test().await.warnings, Vec::<String>::new());
    assert_eq!(chat.requests().len(), 1, "the handshake");
    assert_eq!(chat.events(), [], "the handshake is nobody's event");
    let wrong = Place { webhook_url: chat.link.webhook_url.replace("tenant-1", "tenant-2"), ..chat.place() };
    assert!(provision(wrong).await.unwrap_err().sentence.contains("invalidUrl"), "404 there");
    let token = chat.said(Content::text("before any guest wrote")).await;
    assert_eq!(receipts(&chat.flush().await, &token), [ReceiptStatus::Delivered]);
    AnyConnector::deprovision(&Viber, &chat.io()).await.unwrap();
    assert_eq!(chat.say(Content::text("hello?")).await, Err(SendErrorKind::Forbidden));

    let mut wrong = chat.link.settings.clone();
    wrong["authToken"] = "wrong".into();
    let tokens = MemoryTokens::new(chat.clock.clone());
    let io = Io { settings: &wrong, tokens: &tokens, ..chat.io() };
    assert_eq!(AnyConnector::self_test(&Viber, &io).await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn callbacks_are_tried_again() {
    let chat = open().await;
    let hello = || Action::Text { text: "hello".to_owned() };
    chat.answer_with([503; 2]);
    assert_eq!(chat.act(hello()).await.content, Content::text("hello"));
    let requests = chat.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.windows(2).all(|pair| pair[0].body == pair[1].body), "the same each time");
    chat.answer_with([503; 100]);
    assert_eq!(chat.refused(hello()).await, "The webhook answered 503.");
    assert_eq!(chat.requests().len(), 4, "then Viber gives up");
    assert_eq!(chat.scenes()[1].status, Some(ReceiptStatus::Failed));
}

#[tokio::test]
async fn viber_refuses_what_viber_refuses() {
    let chat = open().await;
    chat.act(Action::Text { text: "hello".to_owned() }).await;
    let native = |json| Content::Native { connector: Some("viber".to_owned()), json };
    let long = "a".repeat(31_000);
    for (label, json, kind) in [
        ("no such type", json!({ "type": "hologram" }), SendErrorKind::InvalidMessage),
        ("an empty text", json!({ "type": "text", "text": "" }), SendErrorKind::InvalidMessage),
        ("a text too long", json!({ "type": "text", "text": "a".repeat(7_001) }), SendErrorKind::InvalidMessage),
        (
            "no picture",
            json!({ "type": "picture", "text": "", "media": "https://x.example/a" }),
            SendErrorKind::InvalidMessage,
        ),
        (
            "a film of no size",
            json!({ "type": "video", "media": "https://x.example/a.mp4" }),
            SendErrorKind::InvalidMessage,
        ),
        ("a sticker by name", json!({ "type": "sticker", "sticker_id": "hug" }), SendErrorKind::InvalidMessage),
        ("too large", json!({ "type": "text", "text": "a", "tracking_data": long }), SendErrorKind::TooLarge),
    ] {
        assert_eq!(chat.say(native(json)).await, Err(kind), "{label}");
    }
    // What only a telephone finds is taken, and fails later.
    let keys = json!({ "Type": "keyboard", "Buttons": [{ "ActionBody": "", "Text": "x" }] });
    let token = chat.said(native(json!({ "type": "text", "text": "x", "keyboard": keys }))).await;
    assert_eq!(receipts(&chat.flush().await, &token), [ReceiptStatus::Failed]);

    for _ in 0..99 {
        chat.said(Content::text("still there?")).await;
    }
    assert_eq!(chat.say(Content::text("hello?")).await, Err(SendErrorKind::RateLimited), "a hundred without an answer");
    chat.act(Action::Text { text: "yes!".to_owned() }).await;
    assert!(chat.say(Content::text("good")).await.is_ok());
}

#[tokio::test]
async fn faults() {
    let chat = open().await;
    chat.faults_strike(&chat.message("f-1", vec![Content::text("hello")]), &chat.context()).await;
    assert!(chat.say(Content::text("hello")).await.is_ok());
}
