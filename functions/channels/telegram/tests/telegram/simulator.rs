//! A chat with the simulator, over real HTTP where Telegram calls us.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response as Reply},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{
    Answer, AnswerKind, AnyChannel, AnyConnector, Attachment, Card, CardAction, Channel, Choice, Clock, Connector,
    Content, Guest, Inbound, Io, MediaKind, MemoryTokens, Outbound, Place, Presence, ProvisionStatus, SendContext,
    SendError, SendErrorKind, Sent, TenantId, WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings,
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use telegram::{Telegram, simulator::TelegramSimulator};
use tower::ServiceExt;

use crate::buttons::choice;

/// Hands requests to the simulator's router, and those for our own files to us.
struct ToSimulator(Router);

#[async_trait]
impl Transport for ToSimulator {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let router = match request.url.contains("files.example.com") {
            true => Router::new().fallback(get(|| async { "our bytes" })),
            false => self.0.clone(),
        };
        let mut call = http::Request::builder().method(request.method).uri(request.url);
        *call.headers_mut().unwrap() = request.headers;
        let answer = router.oneshot(call.body(Body::from(request.body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| SendErrorKind::Connection)?;
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }
}

/// The simulator, a tenant's webhook on a port of its own, and the tenant's way to the simulator.
struct Chat {
    telegram: TelegramSimulator,
    link: Link,
    http: ToSimulator,
    guest: String,
    heard: Arc<Mutex<Vec<Inbound>>>,
}

#[derive(Clone)]
struct Webhook {
    settings: Value,
    heard: Arc<Mutex<Vec<Inbound>>>,
    /// How many requests are failed first.
    failures: Arc<Mutex<u32>>,
}

async fn hear(State(webhook): State<Webhook>, request: axum::extract::Request) -> Reply {
    let (parts, body) = request.into_parts();
    let request = WebhookRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
    };
    {
        let mut failures = webhook.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    let settings = parse_settings(&webhook.settings).unwrap();
    if let Err(rejection) = Telegram.verify(&request, &settings, jiff::Timestamp::now()) {
        return rejection.status().into_response();
    }
    let parsed = Telegram.parse(&request, &settings).unwrap();
    webhook.heard.lock().unwrap().extend(parsed.events);
    match parsed.answer {
        Some(answer) => (answer.status, answer.headers, answer.body).into_response(),
        None => StatusCode::OK.into_response(),
    }
}

impl Chat {
    async fn open(failures: u32) -> Self {
        let telegram = TelegramSimulator::new();
        let settings = telegram.demo_settings();
        let heard = Arc::<Mutex<Vec<Inbound>>>::default();
        let webhook =
            Webhook { settings: settings.clone(), heard: heard.clone(), failures: Arc::new(Mutex::new(failures)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/telegram/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/telegram/tenant-1", post(hear)).with_state(webhook);
        tokio::spawn(async move { axum::serve(listener, router).await });
        telegram.mounted("http://127.0.0.1:9101/");
        let http = ToSimulator(telegram.router());
        let guest = telegram.guest_id(1);
        Self { telegram, link: Link { webhook_url, settings }, http, guest, heard }
    }

    async fn act_as(&self, guest: &str, action: Action) -> Option<Inbound> {
        self.telegram.act(&self.link, guest, action).await.unwrap();
        self.heard.lock().unwrap().pop()
    }

    async fn act(&self, action: Action) -> Inbound {
        self.act_as(&self.guest, action).await.expect("the webhook heard it")
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> T {
        let (tenant, clock, tokens) = (TenantId::from("tenant-1"), Clock::System, MemoryTokens::default());
        let settings = &self.link.settings;
        run(&Io { tenant: &tenant, settings, http: &self.http, tokens: &tokens, clock: &clock }).await
    }

    async fn say_to(&self, guest: &str, contents: Vec<Content>) -> Vec<Result<Sent, SendErrorKind>> {
        let settings = parse_settings(&self.link.settings).unwrap();
        let (tenant, clock, tokens) = (TenantId::from("tenant-1"), Clock::System, MemoryTokens::default());
        let io = Io { tenant: &tenant, settings: &settings, http: &self.http, tokens: &tokens, clock: &clock };
        let message = Outbound {
            message_id: "m-1".into(),
            at: clock.now(),
            to: guest.into(),
            platform_conversation_id: None,
            agent_name: None,
            contents,
        };
        let context = SendContext { now: clock.now(), ..SendContext::default() };
        let mut outcomes = Vec::new();
        for call in &compose::compose(&Telegram, &message, &settings, &context).steps {
            outcomes.push(Telegram.send(&io, call).await.map_err(|error| error.kind));
        }
        outcomes
    }

    async fn say(&self, content: Content) -> Vec<Result<Sent, SendErrorKind>> {
        self.say_to(&self.guest, vec![content]).await
    }

    /// What the guest sees, as who and what.
    fn screen(&self) -> Vec<(Actor, Content)> {
        self.telegram.stage().past().into_iter().map(|scene| (scene.actor, scene.content)).collect()
    }

    /// The stage's id of the newest message.
    fn newest(&self) -> String {
        self.telegram.stage().past().last().unwrap().id.clone()
    }

    fn tap(&self, text: &str, payload: &str) -> Action {
        Action::Tap { message: self.newest(), text: text.to_owned(), payload: payload.to_owned() }
    }
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
    let chat = Chat::open(0).await;
    let event = chat.act(text("hello 👋🏽")).await;
    assert_eq!(event.content, Content::text("hello 👋🏽"));
    let profile = event.guest.profile.clone();
    assert_eq!(event.guest, Guest { profile, ..Guest::person(chat.guest.as_str()) });
    assert_eq!(event.guest.profile.nickname.as_deref(), Some("Guest 1"));

    let question = ask(vec![choice("Yes", "call=yes"), choice("No", "call=no")]);
    let sent = chat.say(question.clone()).await;
    assert_eq!(sent[0].as_ref().unwrap().message_ids, [chat.newest()]);
    assert_eq!(chat.screen(), [(Actor::Here, Content::text("hello 👋🏽")), (Actor::There, question)]);

    let event = chat.act(chat.tap("Yes", "call=yes")).await;
    assert_eq!(event.content, answer(AnswerKind::QuickReply, "Yes", "call=yes"));
    assert_eq!(chat.telegram.acknowledged().len(), 1, "the clock on the button is gone");

    chat.say(ask(vec![choice("Yes", &"y".repeat(65)), choice("No", "n")])).await;
    let event = chat.act(chat.tap("Yes", "Yes")).await;
    assert_eq!(event.content, Content::text("Yes"));
    assert_eq!(chat.screen().last().unwrap(), &(Actor::Here, Content::text("Yes")));
}

#[tokio::test]
async fn typing_shows_and_blocking_ends() {
    let chat = Chat::open(0).await;
    let mut live = chat.telegram.stage().watch();
    chat.say(Content::Typing { on: true, duration_ms: None }).await;
    assert!(matches!(live.try_recv().unwrap().content, Content::Typing { on: true, .. }));

    let gone = chat.act(Action::Block).await;
    assert_eq!(gone.content, Content::Presence { presence: Presence::Unsubscribed });
    assert_eq!(chat.say(Content::text("hi")).await, [Err(SendErrorKind::RecipientOptedOut)]);
    let back = chat.act(Action::Follow).await;
    assert_eq!(back.content, Content::Presence { presence: Presence::Subscribed });
    assert!(chat.say(Content::text("hi")).await[0].is_ok());
}

#[tokio::test]
async fn files_both_ways() {
    let chat = Chat::open(0).await;
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
        let fetched = chat.with(async |io| AnyChannel::fetch(&Telegram, io, &file).await).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let large = STANDARD.encode(vec![7; (20 << 20) + 1]);
    let large = Action::File { name: "a.zip".to_owned(), mime: "application/zip".to_owned(), base64: large };
    let Content::Attachment(mut file) = chat.act(large).await.content else { panic!("no file") };
    let fetch = async |file: &Attachment| chat.with(async |io| AnyChannel::fetch(&Telegram, io, file).await).await;
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
    assert!(chat.say(Content::Attachment(document)).await[0].is_ok());
    let Some((_, Content::Attachment(shown))) = chat.screen().pop() else { panic!("nothing shown") };
    let id = shown.url().unwrap().rsplit('/').next().unwrap().to_owned();
    let look = chat.http.send(Request::get(format!("http://127.0.0.1:9101/_content/{id}"))).await.unwrap();
    assert_eq!(
        (look.body.as_ref(), look.header_str("content-type")),
        (b"our bytes".as_slice(), Some("application/msword"))
    );
}

#[tokio::test]
async fn cards_albums_places_and_stickers_are_seen_as_they_were_meant() {
    let chat = Chat::open(0).await;
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
    let outcome = chat.say_to(&chat.guest, contents.clone()).await;
    assert!(outcome.iter().all(Result::is_ok), "{outcome:?}");
    let ids: Vec<String> = outcome.into_iter().flat_map(|sent| sent.unwrap().message_ids).collect();
    let past = chat.telegram.stage().past();
    assert_eq!(past.iter().map(|scene| scene.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(past.into_iter().map(|scene| scene.content).collect::<Vec<_>>(), contents);

    let picker = contract::DatePicker {
        title: "When?".to_owned(),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        latest: Some("2026-07-03T00:00:00Z".parse().unwrap()),
        ..contract::DatePicker::default()
    };
    chat.say(Content::DatePicker(picker)).await;
    let chosen = chat.act(chat.tap("2026-07-02", "um:date:2026-07-02")).await;
    assert_eq!(chosen.content, answer(AnswerKind::DatePicker, "2026-07-02", "2026-07-02"));

    let sticker = Action::Sticker { package_id: "Cats".to_owned(), sticker_id: "CAACAgIAAxkBAAEB".to_owned() };
    let Content::Sticker(sticker) = chat.act(sticker).await.content else { panic!("no sticker") };
    assert!(chat.say(Content::Sticker(sticker)).await[0].is_ok(), "and back again");
    let place = Action::Location { title: "Acme".to_owned(), latitude: 35.0, longitude: 139.0 };
    let Content::Location(place) = chat.act(place).await.content else { panic!("no place") };
    assert_eq!(place.title.as_deref(), Some("Acme"));
}

#[tokio::test]
async fn the_webhook_is_registered_and_taken_back() {
    let chat = Chat::open(0).await;
    let token = chat.link.settings["apiToken"].as_str().unwrap();
    let place = Place { webhook_url: chat.link.webhook_url.clone(), tenant_name: "Acme".to_owned() };
    let look = async || chat.with(async |io| AnyConnector::self_test(&Telegram, io).await).await.unwrap();
    assert!(look().await.warnings[0].contains("No webhook"));
    for _ in 0..2 {
        let done = chat.with(async |io| AnyConnector::provision(&Telegram, io, &place).await).await.unwrap();
        assert_eq!(done.status, ProvisionStatus::Ready);
    }
    assert_eq!(chat.telegram.webhook_of(token), Some(format!("{}?bot=demo_bot", place.webhook_url)));
    assert_eq!(look().await, contract::SelfTest { found: "@demo_bot (Demo bot)".to_owned(), warnings: vec![] });
    assert_eq!(chat.act(text("hello")).await.content, Content::text("hello"));
    chat.with(async |io| AnyConnector::deprovision(&Telegram, io).await).await.unwrap();
    assert_eq!(chat.telegram.webhook_of(token), None);

    let other = chat.with(async |io| {
        let settings = json!({ "apiToken": "7000000000:another" });
        AnyConnector::provision(&Telegram, &Io { settings: &settings, ..*io }, &place).await
    });
    assert_eq!(other.await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn telegram_tries_again_and_keeps_the_updates_number() {
    let chat = Chat::open(2).await;
    let event = chat.act(text("hello")).await;
    assert!(event.event_id.as_str().bytes().all(|b| b.is_ascii_digit()));
    assert!(chat.heard.lock().unwrap().is_empty(), "heard once");
}

#[tokio::test]
async fn groups_are_heard_when_they_call_and_move() {
    let chat = Chat::open(0).await;
    let group = "-1001234567890";
    assert_eq!(chat.act_as(group, text("lunch?")).await, None);
    let event = chat.act_as(group, text("@demo_bot lunch?")).await.unwrap();
    assert_eq!((event.guest.id.as_str(), &event.content), (group, &Content::text("lunch?")));
    let event = chat.act_as("-1001234567890/7", text("/help@demo_bot")).await.unwrap();
    assert_eq!((event.guest.id.as_str(), &event.content), ("-1001234567890/7", &Content::text("/help")));
    assert!(chat.say_to("-1001234567890/7", vec![Content::text("in the topic")]).await[0].is_ok());
    assert_eq!(chat.telegram.stage().past().last().unwrap().guest, "-1001234567890/7");

    chat.telegram.migrate(-5, -1_009_876_543_210);
    assert!(chat.say_to("-5", vec![Content::text("still there?")]).await[0].is_ok());
    assert_eq!(chat.telegram.stage().past().last().unwrap().guest, "-1009876543210");
}

#[tokio::test]
async fn refusals() {
    let chat = Chat::open(0).await;
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
        let outcome = chat.say(native(json)).await;
        let error = outcome[0].as_ref().expect_err(label);
        assert!(
            [SendErrorKind::InvalidMessage, SendErrorKind::TooLarge, SendErrorKind::MediaUnavailable].contains(error)
        );
    }
    assert_eq!(chat.screen(), []);
    let html = json!({ "text": "<b>hi", "parse_mode": "HTML" });
    assert!(chat.say(native(html)).await[0].is_ok(), "as plain text");
    assert_eq!(chat.screen(), [(Actor::There, Content::text("<b>hi"))]);
    assert_eq!(chat.say_to("nobody", vec![Content::text("hi")]).await, [Err(SendErrorKind::UnknownRecipient)]);
    for action in [Action::Unsend, Action::Typing, Action::Read, Action::Disconnect] {
        assert!(chat.telegram.act(&chat.link, &chat.guest, action).await.is_err());
    }
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
        chat.telegram.stage().set_faults(faults);
        assert_eq!(chat.say(Content::text("hello")).await, [Err(expected)], "{faults:?}");
    }
}
