//! A chat with the simulator, over real HTTP where Apple calls us.

use std::sync::{Arc, Mutex};

use apple_messages::{
    AppleMessages,
    simulator::{AppleMessagesSimulator, MSP_ID, MSP_SECRET},
};
use async_trait::async_trait;
use axum::{Router, body::Body, extract::State, http::StatusCode, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{
    Answer, AnswerKind, AnyChannel, AnyConnector, Attachment, Channel, Choice, Clock, Connector, Content, DatePicker,
    Fetched, Inbound, Io, MediaKind, MemoryTokens, Outbound, Presence, SendContext, SendError, SendErrorKind, TenantId,
    TimeSlot, WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings,
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use tower::ServiceExt;

/// Hands requests to the simulator's router; agents' files come from nowhere.
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

    async fn download(&self, url: &str, _: u64) -> Result<Fetched, SendError> {
        let bytes = if url.ends_with("big.png") { [PNG, &[0; 12_000]].concat() } else { b"%PDF-1.7 a file".to_vec() };
        Ok(Fetched { bytes: bytes.into(), mime: None, name: None })
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[derive(Clone)]
struct Webhook {
    settings: Value,
    heard: Arc<Mutex<Vec<Inbound>>>,
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
    let settings = parse_settings(&webhook.settings).unwrap();
    let account = AppleMessages.account_of(&request).unwrap();
    if account != Connector::account(&AppleMessages, &settings) {
        return StatusCode::NOT_FOUND;
    }
    if let Err(rejection) = AppleMessages.verify(&request, &settings, jiff::Timestamp::now()) {
        return AppleMessages.refusal_status(rejection);
    }
    webhook.heard.lock().unwrap().extend(AppleMessages.parse(&request, &settings).unwrap().events);
    StatusCode::OK
}

/// The simulator, the deployment's webhook on a port of its own, and the tenant's way to the simulator.
struct Chat {
    apple: AppleMessagesSimulator,
    guest: String,
    link: Link,
    settings: Value,
    http: ToSimulator,
    tokens: MemoryTokens,
    heard: Arc<Mutex<Vec<Inbound>>>,
}

impl Chat {
    async fn open() -> Self {
        let apple = AppleMessagesSimulator::new();
        let mut settings = apple.demo_settings();
        for (name, variable) in Connector::deployment_settings(&AppleMessages) {
            let (_, value) = apple.variables().into_iter().find(|(name, _)| name == variable).unwrap();
            settings[name] = value.into();
        }
        let heard = Arc::<Mutex<Vec<Inbound>>>::default();
        let webhook = Webhook { settings: settings.clone(), heard: heard.clone() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/amb/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/amb/message", post(hear)).with_state(webhook);
        tokio::spawn(async move { axum::serve(listener, router).await });
        apple.mounted("http://127.0.0.1:9101/");
        let link = Link { webhook_url, settings: apple.demo_settings() };
        let (guest, http) = (apple.guest_id(1), ToSimulator(apple.router()));
        Self { apple, guest, link, settings, http, tokens: MemoryTokens::default(), heard }
    }

    async fn act(&self, action: Action) -> Vec<Inbound> {
        self.apple.act(&self.link, &self.guest, action).await.unwrap();
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> T {
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let io =
            Io { tenant: &tenant, settings: &self.settings, http: &self.http, tokens: &self.tokens, clock: &clock };
        run(&io).await
    }

    async fn say(&self, id: &str, content: Content, context: &SendContext) -> Vec<Result<(), SendErrorKind>> {
        let settings = parse_settings(&self.settings).unwrap();
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let io = Io { tenant: &tenant, settings: &settings, http: &self.http, tokens: &self.tokens, clock: &clock };
        let message = Outbound {
            message_id: id.into(),
            at: clock.now(),
            to: self.guest.as_str().into(),
            platform_conversation_id: None,
            agent_name: None,
            contents: vec![content],
        };
        let mut outcomes = Vec::new();
        for call in &compose::compose(&AppleMessages, &message, &settings, context).steps {
            outcomes.push(AppleMessages.send(&io, call).await.map(|_| ()).map_err(|error| error.kind));
        }
        outcomes
    }

    /// What the guest sees, as who and what.
    fn screen(&self) -> Vec<(Actor, Content)> {
        self.apple.stage().past().into_iter().map(|scene| (scene.actor, scene.content)).collect()
    }

    fn newest(&self) -> String {
        self.apple.stage().past().last().unwrap().id.clone()
    }
}

fn answering(event: &Inbound) -> SendContext {
    let now = jiff::Timestamp::now();
    SendContext { now, reply: event.reply_context.clone().map(|reply| (reply, now)), ..SendContext::default() }
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
    let chat = Chat::open().await;
    let heard = chat.act(Action::Text { text: "hello 👋🏽".to_owned() }).await;
    assert_eq!(heard[0].content, Content::text("hello 👋🏽"));
    assert_eq!(heard[0].guest.id.as_str(), chat.guest);
    let context = answering(&heard[0]);

    let options = vec![choice("Yes", "k=y", None), choice("No", "k=n", None)];
    let question = Content::QuickReplies { text: "Shall we?".to_owned(), options };
    // The same message sent again is shown once.
    for _ in 0..2 {
        assert_eq!(chat.say("m-1", question.clone(), &context).await, [Ok(())]);
    }
    assert_eq!(chat.screen(), [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, question)]);
    let tapped = chat.act(tap(chat.newest(), "No", "k=n")).await;
    assert_eq!(tapped[0].content, answer(AnswerKind::QuickReply, "No", "k=n"));

    let at = "2026-07-10T17:00:00Z".parse().unwrap();
    let times =
        DatePicker { title: "When?".to_owned(), times: vec![TimeSlot { at, duration_s: 60 }], ..DatePicker::default() };
    assert_eq!(chat.say("m-2", Content::DatePicker(times.clone()), &context).await, [Ok(())]);
    assert_eq!(chat.screen().last().unwrap().1, Content::DatePicker(times));
    let chosen = chat.act(tap(chat.newest(), "", "2026-07-10T17:00:00Z")).await;
    assert_eq!(chosen[0].content, answer(AnswerKind::DatePicker, "2026-07-10 17:00Z", "2026-07-10T17:00:00Z"));

    let day = Content::DatePicker(DatePicker { title: "Which day?".to_owned(), ..DatePicker::default() });
    assert_eq!(chat.say("m-3", day.clone(), &context).await, [Ok(())]);
    assert_eq!(chat.screen().last().unwrap().1, day);
    let chosen = chat.act(tap(chat.newest(), "", "2026-07-10T00:00:00Z")).await;
    assert_eq!(chosen[0].content, answer(AnswerKind::DatePicker, "2026-07-10", "2026-07-10"));

    let typing = chat.act(Action::Typing).await;
    assert_eq!(typing[0].content, Content::Typing { on: true, duration_ms: None });
    assert_eq!(chat.say("m-4", Content::Typing { on: true, duration_ms: None }, &context).await, [Ok(())]);
    for action in [Action::Read, Action::Unsend, Action::Follow, Action::Disconnect] {
        assert!(chat.apple.act(&chat.link, &chat.guest, action).await.is_err());
    }
}

#[tokio::test]
async fn a_guest_leaves_and_comes_back() {
    let chat = Chat::open().await;
    let hello = chat.act(Action::Text { text: "hello".to_owned() }).await;
    let closed = chat.act(Action::Block).await;
    assert!(matches!(closed[0].content, Content::Note { .. }));
    assert_eq!(closed[1].content, Content::Presence { presence: Presence::Disconnect });
    let gone = [Err(SendErrorKind::RecipientOptedOut)];
    assert_eq!(chat.say("m-1", Content::text("wait!"), &answering(&closed[0])).await, gone, "not even sent");
    assert_eq!(chat.say("m-2", Content::text("wait!"), &answering(&hello[0])).await, gone, "Apple refuses it too");
    let back = chat.act(Action::Text { text: "sorry".to_owned() }).await;
    assert_eq!(chat.say("m-3", Content::text("welcome"), &answering(&back[0])).await, [Ok(())]);
}

#[tokio::test]
async fn files_both_ways() {
    let chat = Chat::open().await;
    for (name, mime, kind) in [
        ("a.heic", "image/heic", MediaKind::Image),
        ("a.caf", "audio/x-caf", MediaKind::Audio),
        ("a.pdf", "application/pdf", MediaKind::File),
    ] {
        let action = Action::File { name: name.to_owned(), mime: mime.to_owned(), base64: "aGVsbG8=".to_owned() };
        let heard = chat.act(action).await;
        let Content::Attachment(file) = &heard[0].content else { panic!("{name}: no file") };
        assert_eq!((file.kind, file.size), (kind, Some(5)));
        let fetched = chat.with(async |io| AnyChannel::fetch(&AppleMessages, io, file).await).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let file = Attachment {
        name: Some("offer.pdf".to_owned()),
        mime: Some("application/pdf".to_owned()),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/1")
    };
    let context = SendContext::default();
    assert_eq!(chat.say("m-1", Content::Attachment(file), &context).await, [Ok(())]);
    let (_, Content::Attachment(seen)) = chat.screen().pop().unwrap() else { panic!("no file is seen") };
    assert_eq!(seen.name.as_deref(), Some("offer.pdf"));
    let url = seen.url().unwrap().strip_prefix("http://127.0.0.1:9101").unwrap().to_owned();
    let content = chat.http.send(Request::get(url)).await.unwrap();
    assert_eq!(content.body.as_ref(), b"%PDF-1.7 a file");
}

/// A picker with a picture comes back whole, so that its answer is too big for a message.
#[tokio::test]
async fn big_answers_lie_elsewhere() {
    let chat = Chat::open().await;
    let hello = chat.act(Action::Text { text: "a long text, so that it comes as gzip ".repeat(50) }).await;
    assert!(matches!(&hello[0].content, Content::Text { text } if text.len() > 1_000));
    let items = vec![choice("Apple", "1", Some("https://files.example.com/big.png")), choice("Orange", "2", None)];
    let list = Content::List { title: "Fruit".to_owned(), items, multiple: false };
    assert_eq!(chat.say("m-1", list, &answering(&hello[0])).await, [Ok(())]);
    let tapped = chat.act(tap(chat.newest(), "Apple", "1")).await;
    let Content::Native { connector, json } = &tapped[0].content else { panic!("not a reference: {tapped:?}") };
    assert_eq!(connector.as_deref(), Some("apple-messages"));
    let resolved = chat.with(async |io| AnyChannel::resolve(&AppleMessages, io, json).await).await;
    assert_eq!(resolved, Ok(answer(AnswerKind::QuickReply, "Apple", "1")));
}

#[tokio::test]
async fn refusals() {
    let chat = Chat::open().await;
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
        let outcome = chat.say(&format!("m-{number}"), native(json), &context).await;
        assert_eq!(outcome, [Err(SendErrorKind::InvalidMessage)], "{label}");
    }
    let login = json!({ "data": { "authenticate": { "oauth2": { "clientId": "c" } } }, "receivedMessage": { "title": "Sign in" } });
    assert_eq!(chat.say("login", native(login), &context).await, [Ok(())]);
    let signed_in = chat.act(tap(chat.newest(), "Sign in", "")).await;
    assert_eq!(signed_in[0].content, answer(AnswerKind::Button, "The guest signed in.", "authenticated"));

    let test = chat.with(async |io| AnyConnector::self_test(&AppleMessages, io).await).await.unwrap();
    assert!(test.found.contains("de300000"));
    let mut wrong = chat.settings.clone();
    wrong["mspSecret"] = BASE64_STANDARD.encode("another secret, not Apple's").into();
    assert_ne!(wrong["mspSecret"], MSP_SECRET);
    assert_eq!(wrong["mspId"], MSP_ID);
    let (tenant, clock, tokens) = (TenantId::from("tenant-2"), Clock::System, MemoryTokens::default());
    let io = Io { tenant: &tenant, settings: &wrong, http: &chat.http, tokens: &tokens, clock: &clock };
    assert_eq!(AnyConnector::self_test(&AppleMessages, &io).await.unwrap_err().kind, SendErrorKind::Forbidden);
}

#[tokio::test]
async fn faults() {
    let chat = Chat::open().await;
    let context = SendContext::default();
    for (faults, expected) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        chat.apple.stage().set_faults(faults);
        assert_eq!(chat.say("f-1", Content::text("hello"), &context).await, [Err(expected)], "{faults:?}");
    }
    chat.apple.stage().set_faults(Faults::default());
    // One of those broke after it was heard: the same id, shown once.
    assert_eq!(chat.say("f-1", Content::text("hello"), &context).await, [Ok(())]);
    assert!(chat.screen().len() <= 1);
    let nowhere = Link { webhook_url: "nowhere".to_owned(), ..chat.link.clone() };
    assert!(chat.apple.act(&nowhere, &chat.guest, Action::Typing).await.is_err());
}
