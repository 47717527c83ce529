//! A chat with the simulator.

use contract::{
    AnyChannel, AnyConnector, Attachment, Card, CardAction, Choice, Content, Guest, MediaKind, Outbound, Presence,
    Secret, SendContext, SendErrorKind, Sent, TokenCache,
};
use serde_json::{Value, json};
use simulation::{Action, Actor, testing};
use slack::{
    Slack,
    simulator::{CHANNEL, SlackNetwork, TOKEN, WORKSPACE},
};

type Chat = testing::Chat<Slack, SlackNetwork>;

async fn open() -> Chat {
    let chat = Chat::open(Slack, SlackNetwork).await;
    let (tenant, name) = (testing::TENANT.into(), format!("slack/{WORKSPACE}"));
    chat.tokens.put(&tenant, &name, &Secret::new(TOKEN), jiff::Timestamp::MAX).await;
    chat
}

async fn say(chat: &Chat, to: &str, content: Content, context: &SendContext) -> Vec<Result<Sent, SendErrorKind>> {
    chat.send(&Outbound { to: to.into(), ..chat.message("m-1", vec![content]) }, context).await
}

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

#[tokio::test]
async fn a_chat() {
    let chat = open().await;
    let hello = chat.act(Action::Text { text: "a <b> & 안녕 👋".to_owned() }).await;
    assert_eq!(hello.content, Content::text("a <b> & 안녕 👋"));
    assert_eq!(hello.guest.id.as_str(), chat.guest);
    let context = chat.answering(&hello);

    let question =
        Content::QuickReplies { text: "A & B?".to_owned(), options: vec![choice("Yes", "k=y"), choice("No", "k=n")] };
    let sent = say(&chat, &chat.guest, question.clone(), &context).await[0].clone().unwrap();
    assert_eq!(chat.screen()[1], (Actor::There, question));
    let tap =
        || Action::Tap { message: sent.message_ids[0].clone(), text: "Yes".to_owned(), payload: "k=y".to_owned() };
    let tapped = chat.act(tap()).await;
    assert!(matches!(&tapped.content, Content::Answer(answer) if answer.payload == "k=y" && answer.text == "Yes"));
    assert_eq!(chat.act(tap()).await.event_id, tapped.event_id, "one tap counts");
    let context = chat.answering(&tapped);
    let outcome = say(&chat, &chat.guest, Content::text("Fine."), &context).await;
    assert!(outcome[1].clone().unwrap().context_spent, "the buttons are gone");
    assert_eq!(chat.screen()[1].1, Content::text("A & B?\n✅ Yes"));

    let taken_back = chat.act(Action::Unsend).await;
    assert!(matches!(taken_back.content, Content::Note { .. }));
    let person = Guest::person(chat.guest.as_str());
    let profile = AnyChannel::profile(&Slack, &chat.io(), &person).await.unwrap().unwrap();
    assert_eq!(profile.nickname.as_deref(), Some("Guest 1"));
    assert_eq!(profile.attributes["workspaceName"], "Demo workspace");

    let removed = chat.act_as(&chat.guest, Action::Block).await.unwrap();
    assert!(removed.iter().all(|event| event.content == Content::Presence { presence: Presence::Unsubscribed }));
    assert_eq!(removed.len(), 2);
    assert_eq!(
        say(&chat, &chat.guest, Content::text("hello?"), &chat.context()).await,
        [Err(SendErrorKind::Unauthorized)]
    );
    for action in [Action::Typing, Action::Read, Action::Disconnect] {
        chat.refused(action).await;
    }
}

#[tokio::test]
async fn files_both_ways() {
    let chat = open().await;
    for (name, mime, kind) in [("a.jpg", "image/jpeg", MediaKind::Image), ("a.pdf", "application/pdf", MediaKind::File)]
    {
        let file = Action::File { name: name.to_owned(), mime: mime.to_owned(), base64: "aGVsbG8=".to_owned() };
        let Content::Attachment(file) = chat.act(file).await.content else { panic!("{name}: no file") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, Some(name)));
        let fetched = AnyChannel::fetch(&Slack, &chat.io(), &file).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    chat.serve("https://x.example/b.pdf", "%PDF-1.7 hello", Some("application/pdf"));
    let file =
        Attachment { name: Some("b.pdf".to_owned()), ..Attachment::at_url(MediaKind::File, "https://x.example/b.pdf") };
    let sent = say(&chat, &chat.guest, Content::Attachment(file), &chat.context()).await;
    assert!(sent[0].is_ok(), "{sent:?}");
    let (_, Content::Attachment(shown)) = chat.screen().pop().unwrap() else { panic!("no file is shown") };
    assert_eq!((shown.name.as_deref(), shown.mime.as_deref()), (Some("b.pdf"), Some("application/pdf")));
}

#[tokio::test]
async fn what_is_seen_is_what_was_meant() {
    let chat = open().await;
    let card = |title: &str| Card {
        title: title.to_owned(),
        description: Some("Bright.".to_owned()),
        image_url: Some("https://x.example/a.jpg".to_owned()),
        actions: vec![
            CardAction::Postback { text: "Buy".to_owned(), payload: "buy".to_owned() },
            CardAction::Link { text: "More".to_owned(), url: "https://x.example".to_owned() },
        ],
        ..Card::default()
    };
    let contents = [
        Content::Card(card("Lamp")),
        Content::Carousel { cards: vec![card("Lamp"), card("Desk")] },
        Content::List { title: "Which?".to_owned(), items: vec![choice("A", "a"), choice("B", "b")], multiple: false },
        Content::List { title: "Which?".to_owned(), items: vec![choice("A", "a"), choice("B", "b")], multiple: true },
        Content::DatePicker(contract::DatePicker {
            title: "When?".to_owned(),
            earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
            ..contract::DatePicker::default()
        }),
        Content::Native {
            connector: Some("slack".to_owned()),
            json: json!({ "blocks": [{ "type": "header", "text": { "type": "plain_text", "text": "Hi" } }] }),
        },
    ];
    for content in &contents {
        let outcome = say(&chat, &chat.guest, content.clone(), &chat.context()).await;
        assert!(outcome[0].is_ok(), "{content:?}: {outcome:?}");
    }
    let screen: Vec<Content> = chat.screen().into_iter().map(|(_, content)| content).collect();
    assert_eq!(screen, contents);
    let picker = chat.scenes()[4].id.clone();
    let day = Action::Tap { message: picker, text: String::new(), payload: "2026-07-03T00:00:00Z".to_owned() };
    let Content::Answer(answer) = chat.act(day).await.content else { panic!("no answer") };
    assert_eq!((answer.kind, answer.payload.as_str()), (contract::AnswerKind::DatePicker, "2026-07-03"));
}

#[tokio::test]
async fn a_channel_is_heard_when_it_calls() {
    let chat = open().await;
    let channel = format!("{WORKSPACE}:{CHANNEL}");
    let write = async |text: &str| chat.act_as(&channel, Action::Text { text: text.to_owned() }).await.unwrap();
    assert_eq!(write("lunch?").await, []);
    let heard = write("@demo lunch?").await;
    assert_eq!(heard.len(), 2, "as message and as mention");
    assert_eq!((&heard[0].event_id, &heard[0].content), (&heard[1].event_id, &Content::text("lunch?")));
    let thread = heard[0].guest.id.as_str().to_owned();
    assert!(thread.starts_with(&format!("{channel}:")));
    assert!(say(&chat, &thread, Content::text("Noodles."), &chat.context()).await[0].is_ok());
    let scene = chat.scenes().pop().unwrap();
    assert_eq!(scene.guest, thread);
}

#[tokio::test]
async fn slack_tries_again_and_keeps_the_events_id() {
    let chat = open().await;
    chat.answer_with([503; 2]);
    let events = chat.act_as(&chat.guest, Action::Text { text: "hello".to_owned() }).await.unwrap();
    assert_eq!(events.len(), 1, "taken once");
    let requests = chat.requests();
    assert!(requests.windows(2).all(|pair| pair[0].body == pair[1].body), "the same each time");
    let numbers: Vec<_> = requests.iter().map(|request| request.header("x-slack-retry-num")).collect();
    assert_eq!(numbers, [None, Some("1"), Some("2")]);
}

#[tokio::test]
async fn refusals_and_faults() {
    let chat = open().await;
    let native = |json: Value| Content::Native { connector: None, json };
    for (label, json) in [
        ("an unknown block", json!({ "type": "hologram" })),
        ("a section without words", json!({ "type": "section" })),
        ("a text too long", json!({ "type": "section", "text": { "type": "mrkdwn", "text": "a".repeat(3_001) } })),
    ] {
        let outcome = say(&chat, &chat.guest, native(json), &chat.context()).await;
        assert_eq!(outcome, [Err(SendErrorKind::InvalidMessage)], "{label}");
    }
    assert_eq!(
        say(&chat, "nobody", Content::text("hi"), &chat.context()).await,
        [Err(SendErrorKind::UnknownRecipient)]
    );
    let test = AnyConnector::self_test(&Slack, &chat.io()).await.unwrap();
    assert_eq!(test.found, format!("App A0DEMO00001, installed in a workspace"));
    chat.faults_strike(&chat.message("m-1", vec![Content::text("hello")]), &chat.context()).await;
    let again = SendContext { earlier_attempts: 1, ..chat.context() };
    assert!(say(&chat, &chat.guest, Content::text("hello"), &again).await[0].is_ok());
    assert_eq!(chat.screen().len(), 1, "said once, although a broken connection may have carried it");
}
