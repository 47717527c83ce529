//! A chat with the simulator.

use apple_messages::{
    AppleMessages,
    simulator::{AppleMessagesNetwork, MSP_ID, MSP_SECRET},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{
    Answer, AnswerKind, AnyChannel, AnyConnector, Attachment, Choice, Content, DatePicker, Inbound, Io, MediaKind,
    MemoryTokens, Presence, SendContext, SendErrorKind, TimeSlot,
    http::{Request, Transport},
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Link, Simulator, testing};

type Chat = testing::Chat<AppleMessages, AppleMessagesNetwork>;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

async fn open() -> Chat {
    Chat::open(AppleMessages, AppleMessagesNetwork).await
}

async fn say(chat: &Chat, id: &str, content: Content, context: &SendContext) -> Vec<Result<(), SendErrorKind>> {
    let outcomes = chat.send(&chat.message(id, vec![content]), context).await;
    outcomes.into_iter().map(|outcome| outcome.map(|_| ())).collect()
}

async fn act(chat: &Chat, action: Action) -> Vec<Inbound> {
    chat.act_as(&chat.guest, action).await.unwrap()
}

fn tap(message: String, text: &str, payload: &str) -> Action {
    Action::Tap { message, text: text.to_owned(), payload: payload.to_owned() }
}

fn choice(text: &str, payload: &str, image: Option<&str>) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: image.map(str::to_owned) }
}

fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

#[tokio::test]
async fn a_chat() {
    let chat = open().await;
    let heard = act(&chat, Action::Text { text: "hello 👋🏽".to_owned() }).await;
    assert_eq!(heard[0].content, Content::text("hello 👋🏽"));
    assert_eq!(heard[0].guest.id.as_str(), chat.guest);
    let context = chat.answering(&heard[0]);

    let options = vec![choice("Yes", "k=y", None), choice("No", "k=n", None)];
    let question = Content::QuickReplies { text: "Shall we?".to_owned(), options };
    // The same message sent again is shown once.
    for _ in 0..2 {
        assert_eq!(say(&chat, "m-1", question.clone(), &context).await, [Ok(())]);
    }
    assert_eq!(chat.screen(), [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, question)]);
    let tapped = act(&chat, tap(chat.newest(), "No", "k=n")).await;
    assert_eq!(tapped[0].content, answer(AnswerKind::QuickReply, "No", "k=n"));

    let at = "2026-07-10T17:00:00Z".parse().unwrap();
    let times =
        DatePicker { title: "When?".to_owned(), times: vec![TimeSlot { at, duration_s: 60 }], ..DatePicker::default() };
    assert_eq!(say(&chat, "m-2", Content::DatePicker(times.clone()), &context).await, [Ok(())]);
    assert_eq!(chat.screen().last().unwrap().1, Content::DatePicker(times));
    let chosen = act(&chat, tap(chat.newest(), "", "2026-07-10T17:00:00Z")).await;
    assert_eq!(chosen[0].content, answer(AnswerKind::DatePicker, "2026-07-10 17:00Z", "2026-07-10T17:00:00Z"));

    let day = Content::DatePicker(DatePicker { title: "Which day?".to_owned(), ..DatePicker::default() });
    assert_eq!(say(&chat, "m-3", day.clone(), &context).await, [Ok(())]);
    assert_eq!(chat.screen().last().unwrap().1, day);
    let chosen = act(&chat, tap(chat.newest(), "", "2026-07-10T00:00:00Z")).await;
    assert_eq!(chosen[0].content, answer(AnswerKind::DatePicker, "2026-07-10", "2026-07-10"));

    let typing = act(&chat, Action::Typing).await;
    assert_eq!(typing[0].content, Content::Typing { on: true, duration_ms: None });
    assert_eq!(say(&chat, "m-4", Content::Typing { on: true, duration_ms: None }, &context).await, [Ok(())]);
    for action in [Action::Read, Action::Unsend, Action::Follow, Action::Disconnect] {
        chat.refused(action).await;
    }
}

#[tokio::test]
async fn a_guest_leaves_and_comes_back() {
    let chat = open().await;
    let hello = act(&chat, Action::Text { text: "hello".to_owned() }).await;
    let closed = act(&chat, Action::Block).await;
    assert!(matches!(closed[0].content, Content::Note { .. }));
    assert_eq!(closed[1].content, Content::Presence { presence: Presence::Disconnect });
    let gone = [Err(SendErrorKind::RecipientOptedOut)];
    assert_eq!(say(&chat, "m-1", Content::text("wait!"), &chat.answering(&closed[0])).await, gone, "not even sent");
    assert_eq!(
        say(&chat, "m-2", Content::text("wait!"), &chat.answering(&hello[0])).await,
        gone,
        "Apple refuses it too"
    );
    let back = act(&chat, Action::Text { text: "sorry".to_owned() }).await;
    assert_eq!(say(&chat, "m-3", Content::text("welcome"), &chat.answering(&back[0])).await, [Ok(())]);
}

#[tokio::test]
async fn files_both_ways() {
    let chat = open().await;
    for (name, mime, kind) in [
        ("a.heic", "image/heic", MediaKind::Image),
        ("a.caf", "audio/x-caf", MediaKind::Audio),
        ("a.pdf", "application/pdf", MediaKind::File),
    ] {
        let action = Action::File { name: name.to_owned(), mime: mime.to_owned(), base64: "aGVsbG8=".to_owned() };
        let heard = act(&chat, action).await;
        let Content::Attachment(file) = &heard[0].content else { panic!("{name}: no file") };
        assert_eq!((file.kind, file.size), (kind, Some(5)));
        let fetched = AnyChannel::fetch(&AppleMessages, &chat.io(), file).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let file = Attachment {
        name: Some("offer.pdf".to_owned()),
        mime: Some("application/pdf".to_owned()),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/1")
    };
    chat.serve("https://files.example.com/1", "%PDF-1.7 a file", None);
    let context = SendContext::default();
    assert_eq!(say(&chat, "m-1", Content::Attachment(file), &context).await, [Ok(())]);
    let (_, Content::Attachment(seen)) = chat.screen().pop().unwrap() else { panic!("no file is seen") };
    assert_eq!(seen.name.as_deref(), Some("offer.pdf"));
    let content = chat.http.send(Request::get(seen.url().unwrap())).await.unwrap();
    assert_eq!(content.body.as_ref(), b"%PDF-1.7 a file");
}

/// A picker with a picture comes back whole, so that its answer is too big for a message.
#[tokio::test]
async fn big_answers_lie_elsewhere() {
    let chat = open().await;
    let hello = act(&chat, Action::Text { text: "a long text, so that it comes as gzip ".repeat(50) }).await;
    assert!(matches!(&hello[0].content, Content::Text { text } if text.len() > 1_000));
    chat.serve("https://files.example.com/big.png", [PNG, &[0; 12_000]].concat(), None);
    let items = vec![choice("Apple", "1", Some("https://files.example.com/big.png")), choice("Orange", "2", None)];
    let list = Content::List { title: "Fruit".to_owned(), items, multiple: false };
    assert_eq!(say(&chat, "m-1", list, &chat.answering(&hello[0])).await, [Ok(())]);
    let tapped = act(&chat, tap(chat.newest(), "Apple", "1")).await;
    let Content::Native { connector, json } = &tapped[0].content else { panic!("not a reference: {tapped:?}") };
    assert_eq!(connector.as_deref(), Some("apple-messages"));
    let resolved = AnyChannel::resolve(&AppleMessages, &chat.io(), json).await;
    assert_eq!(resolved, Ok(answer(AnswerKind::QuickReply, "Apple", "1")));
}

#[tokio::test]
async fn refusals() {
    let chat = open().await;
    let native = |json: Value| Content::Native { connector: None, json };
    let context = SendContext::default();
    for (number, (label, json)) in [
        ("a payment without a session", json!({ "data": { "paymentRequest": { "merchantName": "Acme" } } })),
        ("one quick reply", json!({ "data": { "quick-reply": { "summaryText": "?", "items": [{ "identifier": "1", "title": "A" }] } } })),
        ("no time slots", json!({ "data": { "event": { "identifier": "1", "title": "When?", "timeslots": [] } } })),
        ("an app without a number", json!({ "bid": "com.apple.messages.X:1:2", "appName": "X" })),
        ("signing in nowhere", json!({ "data": { "authenticate": { "oauth2": {} } } })),
    ]
    .into_iter()
    .enumerate()
    {
        let outcome = say(&chat, &format!("m-{number}"), native(json), &context).await;
        assert_eq!(outcome, [Err(SendErrorKind::InvalidMessage)], "{label}");
    }
    let login = json!({ "data": { "authenticate": { "oauth2": { "clientId": "c" } } }, "receivedMessage": { "title": "Sign in" } });
    assert_eq!(say(&chat, "login", native(login), &context).await, [Ok(())]);
    let signed_in = act(&chat, tap(chat.newest(), "Sign in", "")).await;
    assert_eq!(signed_in[0].content, answer(AnswerKind::Button, "The guest signed in.", "authenticated"));

    let test = AnyConnector::self_test(&AppleMessages, &chat.io()).await.unwrap();
    assert!(test.found.contains("de300000"));
    let mut wrong = chat.settings.clone();
    wrong["mspSecret"] = BASE64_STANDARD.encode("another secret, not Apple's").into();
    assert_ne!(wrong["mspSecret"], MSP_SECRET);
    assert_eq!(wrong["mspId"], MSP_ID);
    let tokens = MemoryTokens::new(chat.clock.clone());
    let io = Io { settings: &wrong, tokens: &tokens, ..chat.io() };
    assert_eq!(AnyConnector::self_test(&AppleMessages, &io).await.unwrap_err().kind, SendErrorKind::Forbidden);
}

#[tokio::test]
async fn faults() {
    let chat = open().await;
    let context = SendContext::default();
    chat.faults_strike(&chat.message("f-1", vec![Content::text("hello")]), &context).await;
    // One of those broke after it was heard: the same id, shown once.
    assert_eq!(say(&chat, "f-1", Content::text("hello"), &context).await, [Ok(())]);
    assert!(chat.screen().len() <= 1);
    let nowhere = Link { webhook_url: "nowhere".to_owned(), ..chat.link.clone() };
    assert!(chat.simulator.act(&nowhere, &chat.guest, Action::Typing).await.is_err());
}

#[tokio::test]
async fn what_is_not_taken_at_once_is_not_delivered() {
    let chat = open().await;
    chat.answer_with([503]);
    let hello = || Action::Text { text: "hello".to_owned() };
    assert_eq!(chat.refused(hello()).await, "Not Delivered: the webhook answered 503.");
    assert_eq!(chat.requests().len(), 1);
    assert_eq!(act(&chat, hello()).await.len(), 1);
}
