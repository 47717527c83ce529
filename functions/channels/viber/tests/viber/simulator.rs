//! A chat with the simulator, over real HTTP where Viber calls us.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response as HttpResponse},
    routing::post,
};
use contract::{
    Answer, AnswerKind, AnyChannel, AnyConnector, Card, CardAction, Channel, Clock, Connector, Content, Guest, Inbound,
    Io, MediaKind, MemoryTokens, Outbound, Place, Presence, ProvisionStatus, ReceiptStatus, SendContext, SendError,
    SendErrorKind, Sent, TenantId, WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings,
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use tower::ServiceExt;
use viber::{Viber, simulator::ViberSimulator};

use crate::fixture::choice;

/// Hands requests to the simulator's router.
struct ToSimulator(Router);

#[async_trait]
impl Transport for ToSimulator {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let mut call = http::Request::builder().method(request.method).uri(request.url);
        *call.headers_mut().unwrap() = request.headers;
        let answer = self.0.clone().oneshot(call.body(Body::from(request.body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| SendErrorKind::Connection)?;
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }
}

/// The simulator, a tenant's webhook on a port of its own, and the tenant's way to the simulator.
struct Chat {
    viber: ViberSimulator,
    link: Link,
    http: ToSimulator,
    tokens: MemoryTokens,
    heard: Arc<Mutex<Vec<Inbound>>>,
    guest: String,
}

#[derive(Clone)]
struct Webhook {
    settings: Value,
    heard: Arc<Mutex<Vec<Inbound>>>,
    /// How many requests are failed first.
    failures: Arc<Mutex<u32>>,
}

async fn hear(State(webhook): State<Webhook>, request: axum::extract::Request) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let request = WebhookRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: String::new(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
    };
    {
        let mut failures = webhook.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return http::StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    let settings = parse_settings(&webhook.settings).unwrap();
    if let Err(rejection) = Viber.verify(&request, &settings, jiff::Timestamp::now()) {
        return rejection.status().into_response();
    }
    let parsed = Viber.parse(&request, &settings).unwrap();
    webhook.heard.lock().unwrap().extend(parsed.events);
    match parsed.answer {
        Some(answer) => (answer.status, answer.headers, answer.body).into_response(),
        None => http::StatusCode::OK.into_response(),
    }
}

impl Chat {
    async fn open(failures: u32) -> Self {
        let viber = ViberSimulator::new();
        let heard = Arc::<Mutex<Vec<Inbound>>>::default();
        let failures = Arc::new(Mutex::new(failures));
        let webhook = Webhook { settings: viber.demo_settings(), heard: heard.clone(), failures };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/viber/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/viber/tenant-1", post(hear)).with_state(webhook);
        tokio::spawn(async move { axum::serve(listener, router).await });
        viber.mounted("http://127.0.0.1:9101/");
        let link = Link { webhook_url, settings: viber.demo_settings() };
        let (http, guest) = (ToSimulator(viber.router()), viber.guest_id(1));
        Self { viber, link, http, tokens: MemoryTokens::default(), heard, guest }
    }

    async fn act(&self, action: Action) -> Inbound {
        self.viber.act(&self.link, &self.guest, action).await.unwrap();
        self.heard.lock().unwrap().pop().expect("the webhook heard it")
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> T {
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let settings = &self.link.settings;
        run(&Io { tenant: &tenant, settings, http: &self.http, tokens: &self.tokens, clock: &clock }).await
    }

    async fn say(&self, content: Content) -> Result<Vec<Sent>, SendErrorKind> {
        let settings = parse_settings(&self.link.settings).unwrap();
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let io = Io { tenant: &tenant, settings: &settings, http: &self.http, tokens: &self.tokens, clock: &clock };
        let message = Outbound {
            message_id: "m-1".into(),
            at: clock.now(),
            to: self.guest.as_str().into(),
            platform_conversation_id: None,
            agent_name: None,
            contents: vec![content],
        };
        let context = SendContext { now: clock.now(), ..SendContext::default() };
        let mut sent = Vec::new();
        for call in &compose::compose(&Viber, &message, &settings, &context).steps {
            sent.push(Viber.send(&io, call).await.map_err(|error| error.kind)?);
        }
        Ok(sent)
    }

    /// Says something that makes one message; its token.
    async fn said(&self, content: Content) -> String {
        let sent = self.say(content).await.unwrap();
        assert_eq!(sent.len(), 1);
        sent[0].message_ids[0].clone()
    }

    /// What was heard of a message, once there is so much of it.
    async fn receipts(&self, token: &str, count: usize) -> Vec<ReceiptStatus> {
        for _ in 0..200 {
            let receipts: Vec<ReceiptStatus> = self
                .heard
                .lock()
                .unwrap()
                .iter()
                .filter_map(|event| match &event.content {
                    Content::Receipt(receipt) if receipt.message_id == token => Some(receipt.status),
                    _ => None,
                })
                .collect();
            if receipts.len() >= count {
                return receipts;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not so much is heard of {token}");
    }

    /// What the guest sees, as who and what.
    fn screen(&self) -> Vec<(Actor, Content)> {
        self.viber.stage().past().into_iter().map(|scene| (scene.actor, scene.content)).collect()
    }
}

#[tokio::test]
async fn a_chat() {
    let chat = Chat::open(0).await;
    let event = chat.act(Action::Text { text: "hello 👋🏽".to_owned() }).await;
    assert_eq!(event.content, Content::text("hello 👋🏽"));
    assert_eq!(event.guest.id.as_str(), chat.guest);
    assert_eq!(event.guest.profile.attributes["country"], "GB");

    let options = vec![choice("Yes", "k=y"), choice("No", "k=n")];
    let token = chat.said(Content::QuickReplies { text: "Shall we?".to_owned(), options }).await;
    assert_eq!(token.len(), 19, "{token}");
    assert_eq!(chat.receipts(&token, 1).await, [ReceiptStatus::Delivered]);
    let shown =
        Content::QuickReplies { text: "Shall we?".to_owned(), options: vec![choice("Yes", "Yes"), choice("No", "No")] };
    assert_eq!(chat.screen(), [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, shown)]);

    let tap = Action::Tap { message: token.clone(), text: "Yes".to_owned(), payload: "Yes".to_owned() };
    let tapped = chat.act(tap).await;
    let yes = |kind, text: &str, payload: &str| {
        Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
    };
    assert_eq!(tapped.content, yes(AnswerKind::QuickReply, "Yes", "k=y"));
    assert_eq!(chat.receipts(&token, 2).await, [ReceiptStatus::Delivered, ReceiptStatus::Read], "who answers has seen");
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
    chat.receipts(&token, 1).await;
    let seen = chat.act(Action::Read).await;
    assert!(
        matches!(seen.content, Content::Receipt(receipt) if receipt.status == ReceiptStatus::Read && receipt.message_id == token)
    );
    for action in [Action::Typing, Action::Unsend, Action::Disconnect] {
        assert!(chat.viber.act(&chat.link, &chat.guest, action).await.is_err());
    }
}

#[tokio::test]
async fn who_unsubscribes_is_left_alone_and_who_comes_back_is_welcomed() {
    let chat = Chat::open(0).await;
    let gone = chat.act(Action::Block).await;
    assert_eq!(gone.content, Content::Presence { presence: Presence::Unsubscribed });
    assert_eq!(chat.say(Content::text("hello?")).await, Err(SendErrorKind::RecipientOptedOut));
    let person = Guest::person(chat.guest.as_str());
    assert_eq!(chat.with(async |io| AnyChannel::profile(&Viber, io, &person).await).await, Ok(None));
    let back = chat.act(Action::Follow).await;
    assert_eq!(back.content, Content::Presence { presence: Presence::Subscribed });
    let opened = chat.heard.lock().unwrap().pop().unwrap();
    assert_eq!(opened.content, Content::Presence { presence: Presence::Join });
    assert_eq!(chat.screen(), [(Actor::There, Content::text("Welcome! Write to us here."))]);
    assert!(chat.say(Content::text("hello again")).await.is_ok());

    let profile = async || chat.with(async |io| AnyChannel::profile(&Viber, io, &person).await).await;
    for _ in 0..2 {
        let found = profile().await.unwrap().unwrap();
        assert_eq!(
            (found.attributes["deviceOS"].as_str(), found.attributes["deviceType"].as_str()),
            ("iOS 17.4", "iPhone15,2")
        );
    }
    assert_eq!(profile().await.unwrap_err().kind, SendErrorKind::RateLimited, "twice in twelve hours");
}

#[tokio::test]
async fn files_of_the_guests() {
    let chat = Chat::open(0).await;
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
        let fetched = chat.with(async |io| AnyChannel::fetch(&Viber, io, &file).await).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let sticker = Action::Sticker { package_id: String::new(), sticker_id: "46105".to_owned() };
    assert!(matches!(chat.act(sticker).await.content, Content::Sticker(sticker) if sticker.sticker_id == "46105"));
    let place = Action::Location { title: "Home".to_owned(), latitude: 1.5, longitude: 2.5 };
    assert!(matches!(chat.act(place).await.content, Content::Location(place) if place.latitude == 1.5));
}

#[tokio::test]
async fn the_webhook() {
    let chat = Chat::open(0).await;
    let place = |webhook_url: &str| Place { webhook_url: webhook_url.to_owned(), tenant_name: "Demo".to_owned() };
    let provision = async |place: Place| chat.with(async |io| AnyConnector::provision(&Viber, io, &place).await).await;
    let test = async || chat.with(async |io| AnyConnector::self_test(&Viber, io).await).await.unwrap();
    assert!(test().await.warnings[0].contains("No webhook"));
    assert_eq!(provision(place(&chat.link.webhook_url)).await.unwrap().status, ProvisionStatus::Ready);
    assert_eq!(test().await.warnings, Vec::<String>::new());
    assert!(chat.heard.lock().unwrap().is_empty(), "the handshake is nobody's event");
    let wrong = chat.link.webhook_url.replace("tenant-1", "tenant-2");
    assert!(provision(place(&wrong)).await.unwrap_err().sentence.contains("invalidUrl"), "404 there");
    let token = chat.said(Content::text("before any guest wrote")).await;
    assert_eq!(chat.receipts(&token, 1).await, [ReceiptStatus::Delivered]);
    chat.with(async |io| AnyConnector::deprovision(&Viber, io).await).await.unwrap();
    assert_eq!(chat.say(Content::text("hello?")).await, Err(SendErrorKind::Forbidden));

    let mut wrong = chat.link.settings.clone();
    wrong["authToken"] = "wrong".into();
    let (tenant, clock, tokens) = (TenantId::from("tenant-2"), Clock::System, MemoryTokens::default());
    let io = Io { tenant: &tenant, settings: &wrong, http: &chat.http, tokens: &tokens, clock: &clock };
    assert_eq!(AnyConnector::self_test(&Viber, &io).await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn callbacks_are_tried_again() {
    let chat = Chat::open(2).await;
    let event = chat.act(Action::Text { text: "hello".to_owned() }).await;
    assert_eq!(event.content, Content::text("hello"));
    let chat = Chat::open(100).await;
    let failed = chat.viber.act(&chat.link, &chat.guest, Action::Text { text: "hello".to_owned() }).await;
    assert_eq!(failed, Err("The webhook answered 503.".to_owned()));
    assert_eq!(chat.viber.stage().past()[0].status, Some(ReceiptStatus::Failed));
}

#[tokio::test]
async fn viber_refuses_what_viber_refuses() {
    let chat = Chat::open(0).await;
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
    assert_eq!(chat.receipts(&token, 1).await, [ReceiptStatus::Failed]);

    for _ in 0..99 {
        chat.said(Content::text("still there?")).await;
    }
    assert_eq!(chat.say(Content::text("hello?")).await, Err(SendErrorKind::RateLimited), "a hundred without an answer");
    chat.act(Action::Text { text: "yes!".to_owned() }).await;
    assert!(chat.say(Content::text("good")).await.is_ok());
}

#[tokio::test]
async fn faults() {
    let chat = Chat::open(0).await;
    for (faults, expected) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        chat.viber.stage().set_faults(faults);
        assert_eq!(chat.say(Content::text("hello")).await, Err(expected), "{faults:?}");
    }
    chat.viber.stage().set_faults(Faults::default());
    assert!(chat.say(Content::text("hello")).await.is_ok());
}
