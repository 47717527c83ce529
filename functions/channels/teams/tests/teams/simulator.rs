//! A chat with the simulator.

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{
    AnyChannel, Attachment, Card, CardAction, Choice, Content, DatePicker, FormField, Inbound, MediaKind, Presence,
    SendErrorKind,
    http::{Request, Transport},
};
use serde_json::json;
use simulation::{Action, Actor, testing};
use teams::{Teams, simulator::TeamsNetwork};

type Chat = testing::Chat<Teams, TeamsNetwork>;

async fn open() -> Chat {
    Chat::open(Teams, TeamsNetwork::default()).await
}

/// What stands on the guest's screen with this id.
fn screen(chat: &Chat, id: &str) -> Content {
    let found = chat.scenes().into_iter().find(|scene| scene.id == id && scene.guest == chat.guest);
    found.expect("on the screen").content
}

async fn tap(chat: &Chat, message: &str, text: &str, payload: &str) -> Inbound {
    let (message, text, payload) = (message.to_owned(), text.to_owned(), payload.to_owned());
    chat.act(Action::Tap { message, text, payload }).await
}

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn answered(event: &Inbound) -> (&str, &str) {
    match &event.content {
        Content::Answer(answer) => (&answer.text, &answer.payload),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn words_both_ways() {
    let chat = open().await;
    chat.answer_with([503; 2]);
    let event = chat.act(Action::Text { text: "こんにちは 👋🏽".to_owned() }).await;
    assert_eq!(event.content, Content::text("こんにちは 👋🏽"), "sent again until it is taken");
    assert_eq!(chat.requests().len(), 3);
    let id = chat.said(Content::text("hello *you*")).await;
    assert_eq!(screen(&chat, &id), Content::text("hello *you*"));
    assert!(chat.say(Content::Typing { on: true, duration_ms: None }).await.is_ok());
    let (guest, context) = (event.guest, event.reply_context);
    let profile = AnyChannel::profile_in(&Teams, &chat.io(), &guest, context.as_ref()).await;
    let profile = profile.unwrap().unwrap();
    assert_eq!((profile.nickname, profile.first_name.as_deref()), (guest.profile.nickname, Some("Guest")));
    assert!(profile.email.unwrap().ends_with("@contoso.example"));
}

#[tokio::test]
async fn a_chat_is_opened_by_the_first_word() {
    let chat = open().await;
    let id = chat.said(Content::text("hello")).await;
    assert_eq!(screen(&chat, &id), Content::text("hello"));
}

#[tokio::test]
async fn a_thread_in_a_channel() {
    let mut chat = open().await;
    chat.guest = "19:support@thread.tacv2;messageid=1767225500000".to_owned();
    let event = chat.act(Action::Text { text: "@Demo help".to_owned() }).await;
    assert_eq!(event.content, Content::text("help"));
    assert!(event.guest.writer_id.is_some());
    let heard = chat.act_as(&chat.guest, Action::Text { text: "among us".to_owned() }).await;
    assert_eq!(heard, Ok(Vec::new()), "talk that does not call us");
    let (guest, context) = (event.guest, event.reply_context);
    let profile = AnyChannel::profile_in(&Teams, &chat.io(), &guest, context.as_ref()).await;
    let attributes = guest.profile.or(&profile.unwrap().unwrap()).attributes;
    assert_eq!(attributes["teamsTeamName"], "Demo team");
    assert_eq!(attributes["teamsChannelName"], "Support");
    let id = chat.said(Content::text("hello")).await;
    assert_eq!(screen(&chat, &id), Content::text("hello"));
}

#[tokio::test]
async fn questions_are_shown_and_answered() {
    let chat = open().await;
    let question = Content::QuickReplies {
        text: "Sure?\nReally?".to_owned(),
        options: vec![choice("Yes", "call=yes"), choice("No", "call=no")],
    };
    let id = chat.said(question.clone()).await;
    assert_eq!(screen(&chat, &id), question);
    assert_eq!(answered(&tap(&chat, &id, "No", "call=no").await), ("No", "call=no"));

    let card = Content::Card(Card {
        title: "Shirt".to_owned(),
        description: Some("Cotton".to_owned()),
        image_url: Some("https://x.example/p.png".to_owned()),
        actions: vec![
            CardAction::Postback { text: "Buy".to_owned(), payload: "buy".to_owned() },
            CardAction::Link { text: "More".to_owned(), url: "https://x.example/".to_owned() },
            CardAction::Call { text: "Call".to_owned(), phone_number: "+8131234".to_owned() },
        ],
        ..Card::default()
    });
    let id = chat.said(card.clone()).await;
    assert_eq!(screen(&chat, &id), card);
    assert_eq!(answered(&tap(&chat, &id, "Buy", "buy").await), ("Buy", "buy"));

    let named = |name: &str| Card {
        title: name.to_owned(),
        actions: vec![CardAction::Postback { text: "Take".to_owned(), payload: name.to_owned() }],
        ..Card::default()
    };
    let row = Content::Carousel { cards: vec![named("A"), named("B")] };
    let id = chat.said(row.clone()).await;
    assert_eq!(screen(&chat, &id), row);
    assert_eq!(answered(&tap(&chat, &id, "Take", "B").await), ("Take", "B"));

    let day = Content::DatePicker(DatePicker {
        title: "When?".to_owned(),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        ..DatePicker::default()
    });
    let id = chat.said(day.clone()).await;
    assert_eq!(screen(&chat, &id), day);
    assert_eq!(answered(&tap(&chat, &id, "", "2026-07-04T10:00:00Z").await), ("2026-07-04", "2026-07-04"));

    let list = Content::List {
        title: "Colours".to_owned(),
        items: vec![choice("Red", "r"), choice("Blue", "b")],
        multiple: true,
    };
    let id = chat.said(list.clone()).await;
    assert_eq!(screen(&chat, &id), list);
    assert_eq!(answered(&tap(&chat, &id, "", "r,b").await), ("Red, Blue", "r,b"));

    let field = FormField { id: "n".to_owned(), label: "Name".to_owned(), options: Vec::new(), multiple: false };
    let form = Content::Form { title: "Order".to_owned(), fields: vec![field] };
    let id = chat.said(form.clone()).await;
    assert_eq!(screen(&chat, &id), form);
    assert_eq!(answered(&tap(&chat, &id, "", r#"{"n":"Ann"}"#).await), ("Name: Ann", r#"{"n":"Ann"}"#));

    let execute = json!({ "type": "AdaptiveCard", "body": [], "actions": [
        { "type": "Action.Execute", "title": "Go", "verb": "go", "data": { "payload": "p" } },
    ] });
    let id = chat.said(Content::Native { connector: None, json: execute }).await;
    assert_eq!(answered(&tap(&chat, &id, "Go", "p").await), ("p", "p"));
}

#[tokio::test]
async fn guests_send_files() {
    let chat = open().await;
    for (name, mime, kind) in [("p.png", "image/png", MediaKind::Image), ("a.pdf", "application/pdf", MediaKind::File)]
    {
        let base64 = STANDARD.encode(name);
        let event = chat.act(Action::File { name: name.to_owned(), mime: mime.to_owned(), base64 }).await;
        let Content::Attachment(file) = event.content else { panic!("{name}") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, Some(name)));
        let fetched = AnyChannel::fetch(&Teams, &chat.io(), &file).await.unwrap();
        assert_eq!((&fetched.bytes[..], fetched.mime.as_deref()), (name.as_bytes(), Some(mime)));
    }
}

#[tokio::test]
async fn agents_send_files_when_the_guest_agrees() {
    let chat = open().await;
    chat.act(Action::Text { text: "hello".to_owned() }).await;
    chat.serve("https://files.example.com/offer.pdf", "an offer", None);
    let file = Attachment {
        name: Some("offer.pdf".to_owned()),
        size: Some(8),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/offer.pdf")
    };
    let id = chat.said(Content::Attachment(file.clone())).await;
    assert!(matches!(screen(&chat, &id), Content::Card(card) if card.title == "offer.pdf"));
    let declined = tap(&chat, &id, "Decline", "decline").await;
    assert!(matches!(declined.content, Content::Note { text } if text.contains("did not accept")));

    let accepted = tap(&chat, &id, "Allow", "accept").await;
    let Content::Native { json: task, .. } = accepted.content else { panic!("the channel's own business") };
    let told = AnyChannel::resolve(&Teams, &chat.io(), &task).await.unwrap();
    assert_eq!(told, Content::Note { text: "The guest accepted the file “offer.pdf”.".to_owned() });
    let Content::Attachment(shown) = screen(&chat, &id) else { panic!("the card that asked is replaced") };
    let url = shown.url().unwrap();
    let bytes = chat.http.send(Request::get(url)).await.unwrap().body;
    assert_eq!(&bytes[..], b"an offer");
    let again = AnyChannel::resolve(&Teams, &chat.io(), &task).await;
    assert_eq!(again, Ok(told), "once more does no harm");
}

#[tokio::test]
async fn what_else_guests_do() {
    let chat = open().await;
    assert_eq!(chat.act(Action::Typing).await.content, Content::Typing { on: true, duration_ms: None });
    chat.act(Action::Text { text: "oops".to_owned() }).await;
    assert!(matches!(chat.act(Action::Unsend).await.content, Content::Note { text } if text.contains("took back")));
    for action in [Action::Unsend, Action::Read, Action::Disconnect] {
        chat.refused(action).await;
    }

    let blocked = chat.act(Action::Block).await.content;
    assert_eq!(blocked, Content::Presence { presence: Presence::Unsubscribed });
    assert_eq!(chat.say(Content::text("hello")).await, Err(SendErrorKind::RecipientOptedOut));
    let back = chat.act(Action::Follow).await.content;
    assert_eq!(back, Content::Presence { presence: Presence::Subscribed });
    assert!(chat.say(Content::text("hello")).await.is_ok());
}

#[tokio::test]
async fn faults_and_wrong_credentials() {
    let chat = open().await;
    chat.act(Action::Text { text: "hello".to_owned() }).await;
    assert!(chat.say(Content::text("one")).await.is_ok());
    chat.faults_strike(&chat.message("m-2", vec![Content::text("two")]), &chat.in_turn()).await;
    let shown = chat.scenes().into_iter().filter(|scene| scene.actor == Actor::There).count();
    assert!((1..=2).contains(&shown), "a break after the work is done shows it all the same: {shown}");

    let mut other = open().await;
    other.settings["clientSecret"] = "wrong".into();
    assert_eq!(other.say(Content::text("x")).await, Err(SendErrorKind::Unauthorized));
}
