//! The connector against the simulator, at its real wire format.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{
    Answer, AnswerKind, AnyConnector, Card, CardAction, Choice, Connector, Content, CxPlatform, Inbound,
    InboundContext, PlatformState, Presence, ProvisionStatus, Receipt, ReceiptStatus, SendError, SendErrorKind, Sent,
    WebhookRequest,
    http::{Request, Transport},
};
use genesys_cloud::{GenesysCloud, GenesysCloudNetwork};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use simulation::{Action, Actor, Faults, Simulator, testing};

use crate::fixture::{inbound, posted, typed};

type Chat = testing::PlatformChat<GenesysCloud, GenesysCloudNetwork>;

/// A tenant that was just registered.
async fn open() -> Chat {
    let mut chat = Chat::open(GenesysCloud::default(), GenesysCloudNetwork).await;
    "U1".clone_into(&mut chat.guest);
    let mut settings = chat.settings.clone();
    settings["integrationId"] = Value::Null;
    settings["integrationManaged"] = Value::Null;
    chat.set_settings(settings.clone());
    let done = AnyConnector::provision(&*chat.connector, &chat.io(), &chat.place()).await.unwrap();
    assert!(matches!(done.status, ProvisionStatus::Pending { .. }), "{:?}", done.status);
    for (name, value) in done.settings {
        settings[name] = value;
    }
    chat.set_settings(settings);
    chat
}

async fn send(chat: &Chat, message: Inbound) -> Result<Vec<Sent>, SendError> {
    chat.send(&message, &context()).await
}

fn context() -> InboundContext {
    InboundContext {
        media: "LINE".into(),
        custom_data: [("vip".to_owned(), "yes".to_owned())].into(),
        ..InboundContext::default()
    }
}

fn named(id: &str, content: Content) -> Inbound {
    Inbound { event_id: id.into(), ..inbound(content) }
}

#[tokio::test]
async fn an_integration_comes_and_goes() {
    let mut chat = open().await;
    let status = async |chat: &Chat| AnyConnector::provision_status(&*chat.connector, &chat.io()).await.unwrap();
    let provision =
        async |chat: &Chat| AnyConnector::provision(&*chat.connector, &chat.io(), &chat.place()).await.unwrap();
    assert!(matches!(status(&chat).await, ProvisionStatus::Pending { .. }));
    assert_eq!(status(&chat).await, ProvisionStatus::Ready);
    let test = AnyConnector::self_test(&*chat.connector, &chat.io()).await.unwrap();
    assert_eq!(test.warnings, [] as [&str; 0]);

    let id = chat.settings["integrationId"].clone();
    let again = provision(&chat).await;
    assert_eq!((again.settings["integrationId"].clone(), again.status), (id.clone(), ProvisionStatus::Ready));
    chat.settings["integrationId"] = Value::Null;
    let adopted = provision(&chat).await;
    assert_eq!(adopted.settings["integrationId"], id, "no second one is created");

    chat.settings["integrationId"] = id;
    AnyConnector::deprovision(&*chat.connector, &chat.io()).await.unwrap();
    let error = send(&chat, inbound(Content::text("hello"))).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Forbidden);
}

#[tokio::test]
async fn a_guest_writes() {
    let chat = open().await;
    let sent = send(&chat, named("e1", Content::text("hello"))).await.unwrap().remove(0);
    let (id, conversation) = (sent.message_ids[0].clone(), sent.conversation_id.unwrap());
    let told = &chat.flush().await[0];
    let published = Receipt { message_id: id.clone(), status: ReceiptStatus::Delivered, reason: None };
    assert_eq!((told.to.as_str(), &told.contents[..]), ("U1", &[Content::Receipt(published)][..]));

    let scene = chat.scenes().remove(0);
    assert_eq!((scene.actor, scene.guest.as_str(), scene.content), (Actor::There, "U1", Content::text("hello")));
    assert_eq!(scene.detail["customAttributes"], json!({ "media": "LINE", "vip": "yes" }));
    assert_eq!(scene.detail["conversationId"], conversation.as_str());

    let again = send(&chat, named("e1", Content::text("hello"))).await.unwrap().remove(0);
    assert_eq!(again.message_ids, [id], "the same message is the same");
    assert_eq!(chat.scenes().len(), 1, "and is shown once");
    let more = send(&chat, named("e2", Content::text("more"))).await.unwrap().remove(0);
    assert_eq!(more.conversation_id.as_deref(), Some(conversation.as_str()), "one conversation");

    let state = async |chat: &Chat| {
        let settings = typed(&chat.settings);
        chat.connector.conversation_state(&chat.typed_io(&settings), &conversation).await.unwrap()
    };
    assert_eq!(state(&chat).await, PlatformState::Open);
    let over = chat.act(Action::Disconnect).await.unwrap();
    assert_eq!(over[0].contents, [Content::Presence { presence: Presence::Disconnect }]);
    assert_eq!(state(&chat).await, PlatformState::Closed);
    chat.act(Action::Disconnect).await.unwrap_err();
    let next = send(&chat, named("e3", Content::text("again"))).await.unwrap().remove(0);
    assert_ne!(next.conversation_id.as_deref(), Some(conversation.as_str()), "a new conversation");
}

#[tokio::test]
async fn an_agent_answers() {
    let chat = open().await;
    let came = chat.act(Action::Text { text: "Hello".into() }).await.unwrap().remove(0);
    assert_eq!(came.contents, [Content::text("Hello")]);
    assert!(came.agent_name.is_none() && came.platform_conversation_id.is_some());

    let id = came.message_id.to_string();
    let receipt = Receipt { message_id: id.clone(), status: ReceiptStatus::Delivered, reason: None };
    send(&chat, named("e1", Content::Receipt(receipt))).await.unwrap();
    let scene = chat.scenes().remove(0);
    assert_eq!((scene.actor, scene.id, scene.status), (Actor::Here, id, Some(ReceiptStatus::Delivered)));

    let choice = |text: &str| Choice { text: text.into(), payload: text.to_lowercase(), image_url: None };
    let card = Card {
        title: "Shoe".into(),
        image_url: Some("https://a.example/shoe.png".into()),
        actions: vec![
            CardAction::Postback { text: "Buy".into(), payload: "sku-1".into() },
            CardAction::Link { text: "Look".into(), url: "https://a.example/".into() },
        ],
        ..Card::default()
    };
    let picker = json!({ "type": "datePicker", "title": "When?", "times": [{ "at": "2026-05-30T12:00:00Z", "durationS": 900 }] });
    for content in [
        Content::QuickReplies { text: "Sure?".into(), options: vec![choice("Yes"), choice("No")] },
        Content::Carousel { cards: vec![card.clone(), card.clone()] },
        Content::Card(card),
        serde_json::from_value(picker).unwrap(),
        Content::Native { connector: None, json: json!({ "type": "flex", "contents": {} }) },
        Content::Location(contract::Location {
            title: Some("HQ".into()),
            address: None,
            latitude: 1.5,
            longitude: 2.5,
        }),
    ] {
        let came = chat.act(Action::Rich { content: content.clone() }).await.unwrap();
        assert_eq!(came[0].contents, [content], "there and back");
    }
    let came = chat.act(Action::Typing).await.unwrap();
    assert_eq!(came[0].contents, [Content::Typing { on: true, duration_ms: Some(5_000) }]);

    let file = Action::File { name: "a.png".into(), mime: "image/png".into(), base64: "AAEC".into() };
    let came = chat.act(file).await.unwrap();
    let Content::Attachment(file) = &came[0].contents[0] else { panic!("no file") };
    assert_eq!((file.name.as_deref(), file.mime.as_deref(), file.size), (Some("a.png"), Some("image/png"), Some(3)));
    assert!(file.url().unwrap().starts_with("http://simulator.example/api/v2/downloads/"));
    let fetched = chat.http.send(Request::get(file.url().unwrap())).await.unwrap();
    assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (200, &[0, 1, 2][..]));
}

#[tokio::test]
async fn answers_come_back() {
    let chat = open().await;
    let answer = Answer {
        kind: AnswerKind::QuickReply,
        text: "Yes".into(),
        payload: "y".into(),
        question_id: Some("q1".into()),
    };
    let sent = send(&chat, named("e1", Content::Answer(answer.clone()))).await.unwrap().remove(0);
    assert_eq!(sent.message_ids.len(), 1);
    assert_eq!(chat.scenes()[0].content, Content::Answer(answer));
    let came = chat.act(Action::Read).await.unwrap();
    let Content::Receipt(receipt) = &came[0].contents[0] else { panic!("no receipt") };
    assert_eq!((receipt.status, &receipt.message_id), (ReceiptStatus::Read, &sent.message_ids[0]));
    let mut watch = chat.simulator.stage().watch();
    send(&chat, named("e2", Content::Typing { on: true, duration_ms: Some(3_000) })).await.unwrap();
    assert_eq!(watch.recv().await.unwrap().content, Content::Typing { on: true, duration_ms: Some(3_000) });
}

#[tokio::test]
async fn webhooks_are_tried_again() {
    let chat = open().await;
    chat.answer_with([429, 500, 503]);
    let began = chat.now();
    assert_eq!(chat.act(Action::Text { text: "Hello".into() }).await.unwrap().len(), 1);
    assert_eq!(chat.now().duration_since(began).as_secs(), 15, "5 s between them");
    let came = chat.requests();
    assert_eq!(came.len(), 4);
    let same =
        |pair: &[WebhookRequest]| matches!(pair, [one, two] if one.body == two.body && one.headers == two.headers);
    assert!(came.windows(2).all(same), "the same each time");

    chat.answer_with([403]);
    chat.act(Action::Text { text: "Hello".into() }).await.unwrap_err();
    assert_eq!(chat.requests().len(), 1, "refused for good");
    let scene = chat.scenes().pop().unwrap();
    assert_eq!((scene.status, scene.reason.is_some()), (Some(ReceiptStatus::Failed), true));
    chat.answer_with([500; 7]);
    chat.act(Action::Text { text: "Hello".into() }).await.unwrap_err();
    assert_eq!(chat.requests().len(), 6, "six times in all");
}

#[tokio::test]
async fn it_is_as_strict_as_the_real_one() {
    let chat = open().await;
    let platform = GenesysCloud::default();
    let rendering =
        platform.render(&inbound(Content::text("hello")), &typed(&chat.settings), &InboundContext::default());
    let good: Value = serde_json::from_slice(&rendering.steps[0].request.body).unwrap();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        let mut call = rendering.steps[0].clone();
        call.request = call.request.json(&body);
        call
    };
    let element =
        json!({ "contentType": "Attachment", "attachment": { "mediaType": "Image", "url": "https://a.example/" } });
    for (label, call) in [
        ("custom attributes in the wrong place", broken(&|body| body["metadata"] = json!({ "customAttributes": {} }))),
        ("no message id", broken(&|body| body["channel"]["messageId"] = Value::Null)),
        ("no guest", broken(&|body| body["channel"]["from"] = json!({}))),
        ("no time", broken(&|body| body["channel"]["time"] = "now".into())),
        ("too long", broken(&|body| body["text"] = "a".repeat(2_001).into())),
        ("nothing said", broken(&|body| body["text"] = Value::Null)),
        ("two files", broken(&|body| body["content"] = json!([element, element]))),
        (
            "a file without a URL",
            broken(&|body| {
                body["content"] = json!([{ "contentType": "Attachment", "attachment": { "mediaType": "Image" } }])
            }),
        ),
        (
            "too much participant data",
            broken(&|body| body["channel"]["metadata"] = json!({ "customAttributes": { "a": "x".repeat(2_100) } })),
        ),
        (
            "participant data that is no text",
            broken(&|body| body["channel"]["metadata"] = json!({ "customAttributes": { "a": 1 } })),
        ),
    ] {
        let error = chat.call(&call).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::InvalidMessage, "{label}");
    }
    assert_eq!(chat.scenes().len(), 0);

    let revoke = |chat: &Chat| chat.simulator.state().memory.tokens.clear();
    revoke(&chat);
    send(&chat, named("e9", Content::text("hello"))).await.expect("a revoked token is renewed");
    let mut wrong = open().await;
    revoke(&wrong);
    wrong.settings["clientSecret"] = "wrong".into();
    assert_eq!(send(&wrong, named("e9", Content::text("hello"))).await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn faults_strike() {
    let chat = open().await;
    for (faults, kind) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        chat.set_faults(faults);
        let error = send(&chat, named("e1", Content::text("hello"))).await.unwrap_err();
        assert_eq!(error.kind, kind);
        if kind == SendErrorKind::RateLimited {
            assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
        }
    }
    chat.set_faults(Faults::default());
    send(&chat, named("e1", Content::text("hello"))).await.unwrap();
    assert_eq!(chat.scenes().len(), 1, "taken once, whatever was lost on the way back");
}

#[tokio::test]
async fn the_demo_needs_no_registering() {
    let chat = Chat::open(GenesysCloud::default(), GenesysCloudNetwork).await;
    send(&chat, named("e1", Content::text("hello"))).await.unwrap();
    let came = chat.act(Action::Text { text: "Hello".into() }).await.unwrap();
    assert_eq!(came[0].contents, [Content::text("Hello")]);
    let done = AnyConnector::provision(&*chat.connector, &chat.io(), &chat.place()).await.unwrap();
    assert_eq!(done.status, ProvisionStatus::Ready);
    assert_eq!(done.settings["integrationId"], chat.settings["integrationId"]);
}

/// Reckoned elsewhere: simulator and connector sign with the same function.
#[tokio::test]
async fn webhooks_are_signed_as_genesys_cloud_signs() {
    let chat = Chat::open(GenesysCloud::default(), GenesysCloudNetwork).await;
    let body = r#"{"type":"Text","text":"こんにちは"}"#;
    let known = "sha256=5md0Ja4Eq/k3h7AXI92n53wYHiNAub2RgxcwtticPxQ=";
    let settings = typed(&chat.settings);
    assert_eq!(chat.connector.verify(&posted(body, Some(known)), &settings, chat.now()), Ok(()));

    chat.act(Action::Text { text: "Hello".into() }).await.unwrap();
    let request = &chat.requests()[0];
    let mac = Hmac::<Sha256>::new_from_slice(b"demo-webhook-signature-token").unwrap();
    let signature = STANDARD.encode(mac.chain_update(&request.body).finalize().into_bytes());
    assert_eq!(request.header("x-hub-signature-256"), Some(format!("sha256={signature}").as_str()));
}
