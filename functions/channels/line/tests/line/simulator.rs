//! A chat with the simulator.

use contract::{
    AnyChannel, AnyConnector, Attachment, Card, CardAction, Choice, Content, Guest, Io, MediaKind, MemoryTokens,
    Outbound, Presence, ReceiptStatus, SendContext, SendErrorKind, Sent,
};
use line::{
    Line,
    simulator::{LineNetwork, arrived},
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Simulator, testing};

use crate::fixture::GUEST;

type Chat = testing::Chat<Line, LineNetwork>;

async fn open() -> Chat {
    let mut chat = Chat::open(Line, LineNetwork).await;
    GUEST.clone_into(&mut chat.guest);
    chat
}

async fn say(chat: &Chat, id: &str, content: Content, context: &SendContext) -> Vec<Result<Sent, SendErrorKind>> {
    chat.send(&chat.message(id, vec![content]), context).await
}

#[tokio::test]
async fn a_chat() {
    let chat = open().await;
    let event = chat.act(Action::Text { text: "hello 👋🏽".to_owned() }).await;
    assert_eq!(event.content, Content::text("hello 👋🏽"));
    assert_eq!(event.guest, Guest::person(GUEST));

    let options = vec![Choice { text: "Yes".to_owned(), payload: "k=y".to_owned(), image_url: None }];
    let question = Content::QuickReplies { text: "Shall we?".to_owned(), options };
    let answers = say(&chat, "m-1", question.clone(), &chat.answering(&event)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(answers[0].as_ref().unwrap().context_spent);
    assert_eq!(
        chat.screen(),
        [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, question)],
        "the guest sees both"
    );
    let scenes = chat.scenes();
    assert_eq!(scenes[0].status, Some(ReceiptStatus::Read), "who answers has read");
    assert_eq!(scenes[1].detail["via"], "reply");

    // The reply token is used up: the next goes by push, once, however often it is sent.
    for already in [false, true] {
        let again = say(&chat, "m-2", Content::text("again"), &chat.answering(&event)).await;
        assert_eq!(again[0].as_ref().unwrap().already, already);
    }
    let scenes = chat.scenes();
    assert_eq!(scenes.len(), 3);
    assert_eq!(scenes[2].detail["via"], "push");

    let tap = Action::Tap { message: scenes[1].id.clone(), text: "Yes".to_owned(), payload: "k=y".to_owned() };
    let tapped = chat.act(tap).await;
    assert!(matches!(tapped.content, Content::Answer(answer) if answer.payload == "k=y"));

    let taken_back = chat.act(Action::Unsend).await;
    assert!(matches!(taken_back.content, Content::Note { .. }));
    assert!(taken_back.reply_context.is_none());
    let blocked = chat.act(Action::Block).await;
    assert_eq!(blocked.content, Content::Presence { presence: Presence::Unsubscribed });
    let seen = chat.screen().len();
    assert!(say(&chat, "m-3", Content::text("hello?"), &chat.context()).await[0].is_ok(), "LINE does not tell");
    assert_eq!(chat.screen().len(), seen, "who blocked us sees nothing");
    let person = Guest::person(GUEST);
    assert_eq!(AnyChannel::profile(&Line, &chat.io(), &person).await, Ok(None));
    let back = chat.act(Action::Follow).await;
    assert_eq!(back.content, Content::Presence { presence: Presence::Subscribed });
    let profile = AnyChannel::profile(&Line, &chat.io(), &person).await.unwrap().unwrap();
    assert_eq!(profile.nickname.as_deref(), Some("Guest 4af4"));

    for action in [Action::Typing, Action::Read] {
        chat.refused(action).await;
    }
}

#[tokio::test]
async fn files_of_the_guests() {
    let chat = open().await;
    let send = |name: &str, mime: &str| Action::File {
        name: name.to_owned(),
        mime: mime.to_owned(),
        base64: "aGVsbG8=".to_owned(),
    };
    for (name, mime, kind, first) in [
        ("a.jpg", "image/jpeg", MediaKind::Image, true),
        ("a.pdf", "application/pdf", MediaKind::File, true),
        ("a.mp4", "video/mp4", MediaKind::Video, false),
        ("a.m4a", "audio/mp4", MediaKind::Audio, false),
    ] {
        let event = chat.act(send(name, mime)).await;
        let Content::Attachment(file) = event.content else { panic!("{name}: no file") };
        assert_eq!(file.kind, kind);
        let fetch = async || AnyChannel::fetch(&Line, &chat.io(), &file).await;
        if !first {
            assert_eq!(fetch().await.unwrap_err().kind, SendErrorKind::Unavailable, "{name}: not ready");
        }
        let fetched = fetch().await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let gone = Attachment::on_network(MediaKind::Image, "{\"id\":\"1\",\"kind\":\"image\"}");
    let error = AnyChannel::fetch(&Line, &chat.io(), &gone).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::MediaUnavailable);
}

#[tokio::test]
async fn cards_dates_and_stickers_are_seen_as_they_were_meant() {
    let chat = open().await;
    let card = |title: &str, buttons: usize| Card {
        title: title.to_owned(),
        description: Some("Bright.".to_owned()),
        image_url: Some("https://x.example/a.jpg".to_owned()),
        actions: (0..buttons)
            .map(|n| CardAction::Postback { text: format!("Button {n}"), payload: format!("{n}") })
            .collect(),
        ..Card::default()
    };
    let picker = contract::DatePicker {
        title: "When?".to_owned(),
        subtitle: Some("Any day.".to_owned()),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        ..contract::DatePicker::default()
    };
    let contents = [
        Content::Card(card("Lamp", 2)),
        Content::Card(card("Lamp", 6)),
        Content::Carousel { cards: vec![card("Lamp", 1), card("Desk", 1)] },
        Content::Carousel { cards: vec![card("Lamp", 1), card("Desk", 2)] },
        Content::DatePicker(picker),
        Content::Native { connector: Some("line".to_owned()), json: json!({ "type": "coupon", "couponId": "c-1" }) },
        Content::Location(contract::Location {
            title: Some("Acme".to_owned()),
            address: Some("Tokyo".to_owned()),
            latitude: 35.0,
            longitude: 139.0,
        }),
    ];
    for (number, content) in contents.iter().enumerate() {
        let outcome = say(&chat, &format!("m-{number}"), content.clone(), &chat.context()).await;
        assert!(outcome[0].is_ok(), "{content:?}: {outcome:?}");
    }
    let screen: Vec<Content> = chat.screen().into_iter().map(|(_, content)| content).collect();
    assert_eq!(screen, contents);
    let picker = chat.scenes()[4].id.clone();
    let chosen = chat
        .act(Action::Tap { message: picker, text: "2026-07-03".to_owned(), payload: "2026-07-03T00:00:00Z".to_owned() })
        .await;
    let Content::Answer(answer) = chosen.content else { panic!("no answer") };
    assert_eq!((answer.kind, answer.payload.as_str()), (contract::AnswerKind::DatePicker, "2026-07-03"));
}

#[tokio::test]
async fn line_tries_again_and_keeps_the_events_id() {
    let chat = open().await;
    chat.answer_with([503; 2]);
    let events = chat.act_as(GUEST, Action::Text { text: "hello".to_owned() }).await.unwrap();
    assert_eq!(events.len(), 1, "taken once");
    let again = chat.requests().into_iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["events"][0]["webhookEventId"], events[0].event_id.as_str());
        body["events"][0]["deliveryContext"]["isRedelivery"].clone()
    });
    assert_eq!(again.collect::<Vec<_>>(), [false, true, true]);
    chat.answer_with([503; 5]);
    assert_eq!(chat.refused(Action::Follow).await, "The webhook answered 503.");
    assert_eq!(chat.requests().len(), 4, "then LINE gives up");
}

#[tokio::test]
async fn groups_are_heard_when_they_call() {
    let chat = open().await;
    let group = "Ca56f94637cc4347f90a25382909b24b9";
    let write = async |text: &str| chat.act_as(group, Action::Text { text: text.to_owned() }).await.unwrap();
    assert_eq!(write("lunch?").await, []);
    let heard = write("@demo lunch?").await;
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].guest.id.as_str(), &heard[0].content), (group, &Content::text("lunch?")));
}

#[tokio::test]
async fn refusals() {
    let chat = open().await;
    let native = |json: Value| Content::Native { connector: None, json };
    let mut number = 0;
    for (label, json) in [
        ("an unknown type", json!({ "type": "hologram" })),
        ("an empty text", json!({ "type": "text", "text": "" })),
        ("a text too long", json!({ "type": "text", "text": "a".repeat(5_001) })),
        ("an empty bubble's box", json!({ "type": "bubble", "body": { "type": "box", "layout": "vertical" } })),
        ("no picture", json!({ "type": "image", "originalContentUrl": "https://x.example/a.jpg" })),
        ("a template without buttons", json!({ "type": "template", "template": { "type": "buttons", "text": "t" } })),
    ] {
        number += 1;
        let outcome = say(&chat, &format!("m-{number}"), native(json), &chat.context()).await;
        assert_eq!(outcome, [Err(SendErrorKind::InvalidMessage)], "{label}");
    }
    assert_eq!(chat.screen(), []);

    chat.simulator.state().memory.quota = Some(1);
    assert!(say(&chat, "q-1", Content::text("one"), &chat.context()).await[0].is_ok());
    assert_eq!(say(&chat, "q-2", Content::text("two"), &chat.context()).await, [Err(SendErrorKind::QuotaExhausted)]);
    let test = AnyConnector::self_test(&Line, &chat.io()).await.unwrap();
    assert_eq!(test.found, "@demo (Demo account), 1 of 1 messages used");

    let mut wrong = chat.link.settings.clone();
    wrong["channelSecret"] = "wrong".into();
    let tokens = MemoryTokens::new(chat.clock.clone());
    let io = Io { settings: &wrong, tokens: &tokens, ..chat.io() };
    assert_eq!(AnyConnector::self_test(&Line, &io).await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_notification_message_arrives() {
    let chat = open().await;
    let to = AnyChannel::guest(&Line, "+819012345678");
    let message = Outbound { to, ..chat.message("m-1", vec![Content::text("Your parcel is on its way.")]) };
    let sent = chat.send(&message, &chat.context()).await;
    assert!(sent[0].is_ok(), "{sent:?}");
    let scene = chat.scenes().pop().unwrap();
    assert_eq!(scene.guest, chat.simulator.guest_id(1), "whoever has the number");
    arrived(&chat.simulator, &chat.link, scene.detail["deliveryTag"].as_str().unwrap()).await.unwrap();
    let events = chat.events();
    let Content::Receipt(receipt) = &events[0].content else { panic!("no receipt: {events:?}") };
    assert_eq!(receipt.status, ReceiptStatus::Delivered);
}

#[tokio::test]
async fn faults() {
    let chat = open().await;
    assert!(say(&chat, "f-0", Content::text("warm"), &chat.context()).await[0].is_ok());
    chat.faults_strike(&chat.message("f-1", vec![Content::text("hello")]), &chat.context()).await;
    assert!(say(&chat, "f-1", Content::text("hello"), &chat.context()).await[0].is_ok());
    assert_eq!(chat.screen().len(), 2, "said once, although a broken connection may have carried it");
}
