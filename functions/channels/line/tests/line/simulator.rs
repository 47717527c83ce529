//! A chat with the simulator, over real HTTP where LINE calls us.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{Router, body::Body, extract::State, http::StatusCode, routing::post};
use contract::{
    AnyChannel, AnyConnector, Attachment, Card, CardAction, Channel, Choice, Clock, Connector, Content, Guest, Inbound,
    Io, MediaKind, MemoryTokens, Outbound, Presence, SendContext, SendError, SendErrorKind, Sent, TenantId,
    WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings,
};
use line::{Line, simulator::LineSimulator};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use tower::ServiceExt;

use crate::fixture::GUEST;

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
    line: LineSimulator,
    link: Link,
    http: ToSimulator,
    tokens: MemoryTokens,
    heard: Arc<Mutex<Vec<Inbound>>>,
}

#[derive(Clone)]
struct Webhook {
    settings: Value,
    heard: Arc<Mutex<Vec<Inbound>>>,
    /// How many requests are failed first.
    failures: Arc<Mutex<u32>>,
}

async fn hear(State(webhook): State<Webhook>, request: axum::extract::Request) -> StatusCode {
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
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    let settings = parse_settings(&webhook.settings).unwrap();
    if let Err(rejection) = Line.verify(&request, &settings, jiff::Timestamp::now()) {
        return rejection.status();
    }
    webhook.heard.lock().unwrap().extend(Line.parse(&request, &settings).unwrap().events);
    StatusCode::OK
}

impl Chat {
    async fn open(failures: u32) -> Self {
        let line = LineSimulator::new();
        let heard = Arc::<Mutex<Vec<Inbound>>>::default();
        let webhook =
            Webhook { settings: line.demo_settings(), heard: heard.clone(), failures: Arc::new(Mutex::new(failures)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/line/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/line/tenant-1", post(hear)).with_state(webhook);
        tokio::spawn(async move { axum::serve(listener, router).await });
        line.mounted("http://127.0.0.1:9101/");
        let link = Link { webhook_url, settings: line.demo_settings() };
        let http = ToSimulator(line.router());
        Self { line, link, http, tokens: MemoryTokens::default(), heard }
    }

    async fn act(&self, action: Action) -> Inbound {
        self.line.act(&self.link, GUEST, action).await.unwrap();
        self.heard.lock().unwrap().pop().expect("the webhook heard it")
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> T {
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let io = Io {
            tenant: &tenant,
            settings: &self.link.settings,
            http: &self.http,
            tokens: &self.tokens,
            clock: &clock,
        };
        run(&io).await
    }

    async fn say(&self, message_id: &str, content: Content, context: &SendContext) -> Vec<Result<Sent, SendErrorKind>> {
        let settings = parse_settings(&self.link.settings).unwrap();
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let io = Io { tenant: &tenant, settings: &settings, http: &self.http, tokens: &self.tokens, clock: &clock };
        let message = Outbound {
            message_id: message_id.into(),
            at: clock.now(),
            to: GUEST.into(),
            platform_conversation_id: None,
            agent_name: None,
            contents: vec![content],
        };
        let mut outcomes = Vec::new();
        for call in &compose::compose(&Line, &message, &settings, context).steps {
            outcomes.push(Line.send(&io, call).await.map_err(|error| error.kind));
        }
        outcomes
    }

    /// What the guest sees, as who and what.
    fn screen(&self) -> Vec<(Actor, Content)> {
        self.line.stage().past().into_iter().map(|scene| (scene.actor, scene.content)).collect()
    }
}

fn now() -> SendContext {
    SendContext { now: jiff::Timestamp::now(), ..SendContext::default() }
}

fn answering(event: &Inbound) -> SendContext {
    SendContext { reply: Some((event.reply_context.clone().unwrap(), event.at)), ..now() }
}

#[tokio::test]
async fn a_chat() {
    let chat = Chat::open(0).await;
    let event = chat.act(Action::Text { text: "hello 👋🏽".to_owned() }).await;
    assert_eq!(event.content, Content::text("hello 👋🏽"));
    assert_eq!(event.guest, Guest::person(GUEST));

    let options = vec![Choice { text: "Yes".to_owned(), payload: "k=y".to_owned(), image_url: None }];
    let question = Content::QuickReplies { text: "Shall we?".to_owned(), options };
    let answers = chat.say("m-1", question.clone(), &answering(&event)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(answers[0].as_ref().unwrap().context_spent);
    assert_eq!(
        chat.screen(),
        [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, question)],
        "the guest sees both"
    );
    let scenes = chat.line.stage().past();
    assert_eq!(scenes[0].status, Some(contract::ReceiptStatus::Read), "who answers has read");
    assert_eq!(scenes[1].detail["via"], "reply");

    // The reply token is used up: the next goes by push, once, however often it is sent.
    for already in [false, true] {
        let again = chat.say("m-2", Content::text("again"), &answering(&event)).await;
        assert_eq!(again[0].as_ref().unwrap().already, already);
    }
    let scenes = chat.line.stage().past();
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
    assert!(chat.say("m-3", Content::text("hello?"), &now()).await[0].is_ok(), "LINE does not tell");
    assert_eq!(chat.screen().len(), seen, "who blocked us sees nothing");
    let person = Guest::person(GUEST);
    assert_eq!(chat.with(async |io| AnyChannel::profile(&Line, io, &person).await).await, Ok(None));
    let back = chat.act(Action::Follow).await;
    assert_eq!(back.content, Content::Presence { presence: Presence::Subscribed });
    let profile = chat.with(async |io| AnyChannel::profile(&Line, io, &person).await).await.unwrap().unwrap();
    assert_eq!(profile.nickname.as_deref(), Some("Guest 4af4"));

    assert!(chat.line.act(&chat.link, GUEST, Action::Typing).await.is_err());
    assert!(chat.line.act(&chat.link, GUEST, Action::Read).await.is_err());
}

#[tokio::test]
async fn files_of_the_guests() {
    let chat = Chat::open(0).await;
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
        let fetch = async || chat.with(async |io| AnyChannel::fetch(&Line, io, &file).await).await;
        if !first {
            assert_eq!(fetch().await.unwrap_err().kind, SendErrorKind::Unavailable, "{name}: not ready");
        }
        let fetched = fetch().await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let gone = Attachment::on_network(MediaKind::Image, "{\"id\":\"1\",\"kind\":\"image\"}");
    let error = chat.with(async |io| AnyChannel::fetch(&Line, io, &gone).await).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::MediaUnavailable);
}

#[tokio::test]
async fn cards_dates_and_stickers_are_seen_as_they_were_meant() {
    let chat = Chat::open(0).await;
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
        let outcome = chat.say(&format!("m-{number}"), content.clone(), &now()).await;
        assert!(outcome[0].is_ok(), "{content:?}: {outcome:?}");
    }
    let screen: Vec<Content> = chat.screen().into_iter().map(|(_, content)| content).collect();
    assert_eq!(screen, contents);
    let picker = chat.line.stage().past()[4].id.clone();
    let chosen = chat
        .act(Action::Tap { message: picker, text: "2026-07-03".to_owned(), payload: "2026-07-03T00:00:00Z".to_owned() })
        .await;
    let Content::Answer(answer) = chosen.content else { panic!("no answer") };
    assert_eq!((answer.kind, answer.payload.as_str()), (contract::AnswerKind::DatePicker, "2026-07-03"));
}

#[tokio::test]
async fn line_tries_again_and_keeps_the_events_id() {
    let chat = Chat::open(2).await;
    let event = chat.act(Action::Text { text: "hello".to_owned() }).await;
    assert_eq!(event.event_id.as_str().len(), 26);
    assert!(chat.heard.lock().unwrap().is_empty(), "heard once");
}

#[tokio::test]
async fn groups_are_heard_when_they_call() {
    let chat = Chat::open(0).await;
    let group = "Ca56f94637cc4347f90a25382909b24b9";
    for text in ["lunch?", "@demo lunch?"] {
        chat.line.act(&chat.link, group, Action::Text { text: text.to_owned() }).await.unwrap();
    }
    let heard = chat.heard.lock().unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].guest.id.as_str(), &heard[0].content), (group, &Content::text("lunch?")));
}

#[tokio::test]
async fn refusals() {
    let chat = Chat::open(0).await;
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
        let outcome = chat.say(&format!("m-{number}"), native(json), &now()).await;
        assert_eq!(outcome, [Err(SendErrorKind::InvalidMessage)], "{label}");
    }
    assert_eq!(chat.screen(), []);

    chat.line.set_quota(Some(1));
    assert!(chat.say("q-1", Content::text("one"), &now()).await[0].is_ok());
    assert_eq!(chat.say("q-2", Content::text("two"), &now()).await, [Err(SendErrorKind::QuotaExhausted)]);
    let test = chat.with(async |io| AnyConnector::self_test(&Line, io).await).await.unwrap();
    assert_eq!(test.found, "@demo (Demo account), 1 of 1 messages used");

    let mut wrong = chat.link.settings.clone();
    wrong["channelSecret"] = "wrong".into();
    let (tenant, clock, tokens) = (TenantId::from("tenant-2"), Clock::System, MemoryTokens::default());
    let io = Io { tenant: &tenant, settings: &wrong, http: &chat.http, tokens: &tokens, clock: &clock };
    assert_eq!(AnyConnector::self_test(&Line, &io).await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn faults() {
    let chat = Chat::open(0).await;
    assert!(chat.say("f-0", Content::text("warm"), &now()).await[0].is_ok());
    for (faults, expected) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        chat.line.stage().set_faults(faults);
        assert_eq!(chat.say("f-1", Content::text("hello"), &now()).await, [Err(expected)], "{faults:?}");
    }
    chat.line.stage().set_faults(Faults::default());
    assert!(chat.say("f-1", Content::text("hello"), &now()).await[0].is_ok());
    assert_eq!(chat.screen().len(), 2, "said once, although a broken connection may have carried it");
}
