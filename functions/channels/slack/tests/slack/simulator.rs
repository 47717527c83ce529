//! A chat with the simulator, over real HTTP where Slack calls us.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{Router, body::Body, extract::State, http::StatusCode, routing::post};
use contract::{
    AnyChannel, AnyConnector, Attachment, Card, CardAction, Channel, Choice, Clock, Connector, Content, Fetched, Guest,
    Inbound, Io, MediaKind, MemoryTokens, Outbound, Presence, Secret, SendContext, SendError, SendErrorKind, Sent,
    TenantId, TokenCache, WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings,
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use slack::{
    Slack,
    simulator::{CHANNEL, SlackSimulator, TOKEN, WORKSPACE},
};
use tower::ServiceExt;

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

    async fn download(&self, _: &str, _: u64) -> Result<Fetched, SendError> {
        Ok(Fetched { bytes: "%PDF-1.7 hello".into(), mime: Some("application/pdf".to_owned()), name: None })
    }
}

struct Chat {
    slack: SlackSimulator,
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
    if let Err(rejection) = Slack.verify(&request, &settings, jiff::Timestamp::now()) {
        return rejection.status();
    }
    webhook.heard.lock().unwrap().extend(Slack.parse(&request, &settings).unwrap().events);
    StatusCode::OK
}

impl Chat {
    async fn open(failures: u32) -> Self {
        let slack = SlackSimulator::new();
        let heard = Arc::<Mutex<Vec<Inbound>>>::default();
        let settings = slack.demo_settings();
        let webhook =
            Webhook { settings: settings.clone(), heard: heard.clone(), failures: Arc::new(Mutex::new(failures)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/slack/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/slack/tenant-1/{*rest}", post(hear)).with_state(webhook);
        tokio::spawn(async move { axum::serve(listener, router).await });
        slack.mounted("http://127.0.0.1:9101/");
        let tokens = MemoryTokens::default();
        let kept = Secret::new(TOKEN);
        tokens.put(&"tenant-1".into(), &format!("slack/{WORKSPACE}"), &kept, jiff::Timestamp::MAX).await;
        let guest = slack.guest_id(1);
        Self { link: Link { webhook_url, settings }, http: ToSimulator(slack.router()), slack, tokens, heard, guest }
    }

    async fn act(&self, action: Action) -> Inbound {
        self.slack.act(&self.link, &self.guest, action).await.unwrap();
        self.heard.lock().unwrap().pop().expect("the webhook heard it")
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> T {
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let (settings, http, tokens) = (&self.link.settings, &self.http, &self.tokens);
        run(&Io { tenant: &tenant, settings, http, tokens, clock: &clock }).await
    }

    async fn say(&self, to: &str, content: Content, context: &SendContext) -> Vec<Result<Sent, SendErrorKind>> {
        let settings = parse_settings(&self.link.settings).unwrap();
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let io = Io { tenant: &tenant, settings: &settings, http: &self.http, tokens: &self.tokens, clock: &clock };
        let message = Outbound {
            message_id: "m-1".into(),
            at: clock.now(),
            to: to.into(),
            platform_conversation_id: None,
            agent_name: None,
            contents: vec![content],
        };
        let mut outcomes = Vec::new();
        for call in &compose::compose(&Slack, &message, &settings, context).steps {
            outcomes.push(Slack.send(&io, call).await.map_err(|error| error.kind));
        }
        outcomes
    }

    fn screen(&self) -> Vec<(Actor, Content)> {
        self.slack.stage().past().into_iter().map(|scene| (scene.actor, scene.content)).collect()
    }
}

fn fresh() -> SendContext {
    SendContext { now: jiff::Timestamp::now(), ..SendContext::default() }
}

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

#[tokio::test]
async fn a_chat() {
    let chat = Chat::open(0).await;
    let hello = chat.act(Action::Text { text: "a <b> & 안녕 👋".to_owned() }).await;
    assert_eq!(hello.content, Content::text("a <b> & 안녕 👋"));
    assert_eq!(hello.guest.id.as_str(), chat.guest);
    let context = SendContext { reply: hello.reply_context.map(|reply| (reply, jiff::Timestamp::now())), ..fresh() };

    let question =
        Content::QuickReplies { text: "A & B?".to_owned(), options: vec![choice("Yes", "k=y"), choice("No", "k=n")] };
    let sent = chat.say(&chat.guest, question.clone(), &context).await[0].clone().unwrap();
    assert_eq!(chat.screen()[1], (Actor::There, question));
    let tap =
        || Action::Tap { message: sent.message_ids[0].clone(), text: "Yes".to_owned(), payload: "k=y".to_owned() };
    let tapped = chat.act(tap()).await;
    assert!(matches!(&tapped.content, Content::Answer(answer) if answer.payload == "k=y" && answer.text == "Yes"));
    assert_eq!(chat.act(tap()).await.event_id, tapped.event_id, "one tap counts");
    let context = SendContext { reply: tapped.reply_context.map(|reply| (reply, jiff::Timestamp::now())), ..fresh() };
    let outcome = chat.say(&chat.guest, Content::text("Fine."), &context).await;
    assert!(outcome[1].clone().unwrap().context_spent, "the buttons are gone");
    assert_eq!(chat.screen()[1].1, Content::text("A & B?\n✅ Yes"));

    let taken_back = chat.act(Action::Unsend).await;
    assert!(matches!(taken_back.content, Content::Note { .. }));
    let person = Guest::person(chat.guest.as_str());
    let profile = chat.with(async |io| AnyChannel::profile(&Slack, io, &person).await).await.unwrap().unwrap();
    assert_eq!(profile.nickname.as_deref(), Some("Guest 1"));
    assert_eq!(profile.attributes["workspaceName"], "Demo workspace");

    let removed = {
        chat.slack.act(&chat.link, &chat.guest, Action::Block).await.unwrap();
        chat.heard.lock().unwrap().drain(..).collect::<Vec<_>>()
    };
    assert!(removed.iter().all(|event| event.content == Content::Presence { presence: Presence::Unsubscribed }));
    assert_eq!(removed.len(), 2);
    assert_eq!(chat.say(&chat.guest, Content::text("hello?"), &fresh()).await, [Err(SendErrorKind::Unauthorized)]);
    for action in [Action::Typing, Action::Read, Action::Disconnect] {
        assert!(chat.slack.act(&chat.link, &chat.guest, action).await.is_err());
    }
}

#[tokio::test]
async fn files_both_ways() {
    let chat = Chat::open(0).await;
    for (name, mime, kind) in [("a.jpg", "image/jpeg", MediaKind::Image), ("a.pdf", "application/pdf", MediaKind::File)]
    {
        let file = Action::File { name: name.to_owned(), mime: mime.to_owned(), base64: "aGVsbG8=".to_owned() };
        let Content::Attachment(file) = chat.act(file).await.content else { panic!("{name}: no file") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, Some(name)));
        let fetched = chat.with(async |io| AnyChannel::fetch(&Slack, io, &file).await).await.unwrap();
        assert_eq!((fetched.bytes.as_ref(), fetched.mime.as_deref()), (b"hello".as_slice(), Some(mime)));
    }
    let file =
        Attachment { name: Some("b.pdf".to_owned()), ..Attachment::at_url(MediaKind::File, "https://x.example/b.pdf") };
    let sent = chat.say(&chat.guest, Content::Attachment(file), &fresh()).await;
    assert!(sent[0].is_ok(), "{sent:?}");
    let (_, Content::Attachment(shown)) = chat.screen().pop().unwrap() else { panic!("no file is shown") };
    assert_eq!((shown.name.as_deref(), shown.mime.as_deref()), (Some("b.pdf"), Some("application/pdf")));
}

#[tokio::test]
async fn what_is_seen_is_what_was_meant() {
    let chat = Chat::open(0).await;
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
        let outcome = chat.say(&chat.guest, content.clone(), &fresh()).await;
        assert!(outcome[0].is_ok(), "{content:?}: {outcome:?}");
    }
    let screen: Vec<Content> = chat.screen().into_iter().map(|(_, content)| content).collect();
    assert_eq!(screen, contents);
    let picker = chat.slack.stage().past()[4].id.clone();
    let day = Action::Tap { message: picker, text: String::new(), payload: "2026-07-03T00:00:00Z".to_owned() };
    let Content::Answer(answer) = chat.act(day).await.content else { panic!("no answer") };
    assert_eq!((answer.kind, answer.payload.as_str()), (contract::AnswerKind::DatePicker, "2026-07-03"));
}

#[tokio::test]
async fn a_channel_is_heard_when_it_calls() {
    let chat = Chat::open(0).await;
    let channel = format!("{WORKSPACE}:{CHANNEL}");
    for text in ["lunch?", "@demo lunch?"] {
        chat.slack.act(&chat.link, &channel, Action::Text { text: text.to_owned() }).await.unwrap();
    }
    let heard: Vec<Inbound> = chat.heard.lock().unwrap().drain(..).collect();
    assert_eq!(heard.len(), 2, "as message and as mention");
    assert_eq!((&heard[0].event_id, &heard[0].content), (&heard[1].event_id, &Content::text("lunch?")));
    let thread = heard[0].guest.id.as_str().to_owned();
    assert!(thread.starts_with(&format!("{channel}:")));
    assert!(chat.say(&thread, Content::text("Noodles."), &fresh()).await[0].is_ok());
    let scene = chat.slack.stage().past().pop().unwrap();
    assert_eq!(scene.guest, thread);
}

#[tokio::test]
async fn slack_tries_again_and_keeps_the_events_id() {
    let chat = Chat::open(2).await;
    chat.act(Action::Text { text: "hello".to_owned() }).await;
    assert!(chat.heard.lock().unwrap().is_empty(), "heard once");
}

#[tokio::test]
async fn refusals_and_faults() {
    let chat = Chat::open(0).await;
    let native = |json: Value| Content::Native { connector: None, json };
    for (label, json) in [
        ("an unknown block", json!({ "type": "hologram" })),
        ("a section without words", json!({ "type": "section" })),
        ("a text too long", json!({ "type": "section", "text": { "type": "mrkdwn", "text": "a".repeat(3_001) } })),
    ] {
        let outcome = chat.say(&chat.guest, native(json), &fresh()).await;
        assert_eq!(outcome, [Err(SendErrorKind::InvalidMessage)], "{label}");
    }
    assert_eq!(chat.say("nobody", Content::text("hi"), &fresh()).await, [Err(SendErrorKind::UnknownRecipient)]);
    let test = chat.with(async |io| AnyConnector::self_test(&Slack, io).await).await.unwrap();
    assert_eq!(test.found, format!("App A0DEMO00001, installed in a workspace"));
    for (faults, expected) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        chat.slack.stage().set_faults(faults);
        assert_eq!(chat.say(&chat.guest, Content::text("hello"), &fresh()).await, [Err(expected)], "{faults:?}");
    }
    chat.slack.stage().set_faults(Faults::default());
    let again = SendContext { earlier_attempts: 1, ..fresh() };
    assert!(chat.say(&chat.guest, Content::text("hello"), &again).await[0].is_ok());
    assert_eq!(chat.screen().len(), 1, "said once, although a broken connection may have carried it");
}
