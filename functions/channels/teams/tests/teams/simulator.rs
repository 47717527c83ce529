//! A chat with the simulator, over real HTTP where Teams calls us.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{Router, body::Body, extract::State, http::StatusCode, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{
    AnyChannel, Attachment, Card, CardAction, Channel, Choice, Clock, Connector, Content, DatePicker, FormField,
    Inbound, Io, MediaKind, MemoryTokens, Outbound, Presence, PublishedKeys, SendContext, SendError, SendErrorKind,
    Sent, TenantId, WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings,
};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use teams::{Teams, simulator::TeamsSimulator};
use tower::ServiceExt;

/// Hands requests to the simulator's router, whatever host they name.
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

    async fn download(&self, url: &str, _max_bytes: u64) -> Result<contract::Fetched, SendError> {
        assert_eq!(url, "https://files.example.com/offer.pdf");
        Ok(contract::Fetched { bytes: "an offer".into(), mime: None, name: None })
    }

    fn stands_in(&self) -> bool {
        true
    }
}

struct Chat {
    teams: TeamsSimulator,
    link: Link,
    http: ToSimulator,
    tokens: MemoryTokens,
    heard: Arc<Mutex<Vec<Inbound>>>,
    guest: String,
    context: Arc<Mutex<Option<Value>>>,
}

#[derive(Clone)]
struct Webhook {
    settings: Value,
    keys: PublishedKeys,
    heard: Arc<Mutex<Vec<Inbound>>>,
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
    if let Err(rejection) = Teams.verify_with(&request, &settings, &webhook.keys, jiff::Timestamp::now()) {
        return Teams.refusal_status(rejection);
    }
    webhook.heard.lock().unwrap().extend(Teams.parse(&request, &settings).unwrap().events);
    StatusCode::OK
}

impl Chat {
    async fn open(failures: u32) -> Self {
        let teams = TeamsSimulator::new();
        let http = ToSimulator(teams.router());
        let keys = Teams.published_keys(&http).await.unwrap();
        let heard = Arc::<Mutex<Vec<Inbound>>>::default();
        let settings = teams.demo_settings();
        let webhook = Webhook {
            settings: settings.clone(),
            keys,
            heard: heard.clone(),
            failures: Arc::new(Mutex::new(failures)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/teams/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/teams/tenant-1", post(hear)).with_state(webhook);
        tokio::spawn(async move { axum::serve(listener, router).await });
        teams.mounted("http://127.0.0.1:9101/");
        let guest = teams.guest_id(1);
        let link = Link { webhook_url, settings };
        Self { teams, link, http, tokens: MemoryTokens::default(), heard, guest, context: Arc::default() }
    }

    fn with_guest(mut self, guest: &str) -> Self {
        self.guest = guest.to_owned();
        self
    }

    async fn act(&self, action: Action) -> Inbound {
        self.teams.act(&self.link, &self.guest, action).await.unwrap();
        let event = self.heard.lock().unwrap().pop().expect("the webhook heard it");
        assert_eq!(event.guest.id.as_str(), self.guest);
        self.context.lock().unwrap().clone_from(&event.reply_context);
        event
    }

    async fn with<T>(&self, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> T {
        let (tenant, clock) = (TenantId::from("tenant-1"), Clock::System);
        let settings = &self.link.settings;
        let io = Io { tenant: &tenant, settings, http: &self.http, tokens: &self.tokens, clock: &clock };
        run(&io).await
    }

    async fn say(&self, content: Content) -> Vec<Result<Sent, SendErrorKind>> {
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
        let reply = self.context.lock().unwrap().clone().map(|context| (context, clock.now()));
        let context = SendContext { reply, now: clock.now(), ..SendContext::default() };
        let mut outcomes = Vec::new();
        for call in &compose::compose(&Teams, &message, &settings, &context).steps {
            outcomes.push(Teams.send(&io, call).await.map_err(|error| error.kind));
        }
        outcomes
    }

    /// Says something that is taken; its id.
    async fn shown(&self, content: Content) -> String {
        let mut outcomes = self.say(content).await;
        outcomes.pop().unwrap().unwrap().message_ids[0].clone()
    }

    fn screen(&self, id: &str) -> Content {
        let past = self.teams.stage().past();
        past.into_iter().find(|scene| scene.id == id && scene.guest == self.guest).expect("on the screen").content
    }

    async fn tap(&self, message: &str, text: &str, payload: &str) -> Inbound {
        let (message, text, payload) = (message.to_owned(), text.to_owned(), payload.to_owned());
        self.act(Action::Tap { message, text, payload }).await
    }
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
    let chat = Chat::open(2).await;
    let event = chat.act(Action::Text { text: "こんにちは 👋🏽".to_owned() }).await;
    assert_eq!(event.content, Content::text("こんにちは 👋🏽"), "sent again until it is taken");
    let id = chat.shown(Content::text("hello *you*")).await;
    assert_eq!(chat.screen(&id), Content::text("hello *you*"));
    assert!(chat.say(Content::Typing { on: true, duration_ms: None }).await[0].is_ok());
    let (guest, context) = (event.guest, event.reply_context);
    let profile = chat.with(async |io| AnyChannel::profile_in(&Teams, io, &guest, context.as_ref()).await).await;
    let profile = profile.unwrap().unwrap();
    assert_eq!((profile.nickname, profile.first_name.as_deref()), (guest.profile.nickname, Some("Guest")));
    assert!(profile.email.unwrap().ends_with("@contoso.example"));
}

#[tokio::test]
async fn a_chat_is_opened_by_the_first_word() {
    let chat = Chat::open(0).await;
    let id = chat.shown(Content::text("hello")).await;
    assert_eq!(chat.screen(&id), Content::text("hello"));
}

#[tokio::test]
async fn a_thread_in_a_channel() {
    let chat = Chat::open(0).await.with_guest("19:support@thread.tacv2;messageid=1767225500000");
    let event = chat.act(Action::Text { text: "@Demo help".to_owned() }).await;
    assert_eq!(event.content, Content::text("help"));
    assert!(event.guest.writer_id.is_some());
    chat.teams.act(&chat.link, &chat.guest, Action::Text { text: "among us".to_owned() }).await.unwrap();
    assert!(chat.heard.lock().unwrap().is_empty(), "talk that does not call us");
    let (guest, context) = (event.guest, event.reply_context);
    let profile = chat.with(async |io| AnyChannel::profile_in(&Teams, io, &guest, context.as_ref()).await).await;
    let attributes = guest.profile.or(&profile.unwrap().unwrap()).attributes;
    assert_eq!(attributes["teamsTeamName"], "Demo team");
    assert_eq!(attributes["teamsChannelName"], "Support");
    let id = chat.shown(Content::text("hello")).await;
    assert_eq!(chat.screen(&id), Content::text("hello"));
}

#[tokio::test]
async fn questions_are_shown_and_answered() {
    let chat = Chat::open(0).await;
    let question = Content::QuickReplies {
        text: "Sure?\nReally?".to_owned(),
        options: vec![choice("Yes", "call=yes"), choice("No", "call=no")],
    };
    let id = chat.shown(question.clone()).await;
    assert_eq!(chat.screen(&id), question);
    assert_eq!(answered(&chat.tap(&id, "No", "call=no").await), ("No", "call=no"));

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
    let id = chat.shown(card.clone()).await;
    assert_eq!(chat.screen(&id), card);
    assert_eq!(answered(&chat.tap(&id, "Buy", "buy").await), ("Buy", "buy"));

    let named = |name: &str| Card {
        title: name.to_owned(),
        actions: vec![CardAction::Postback { text: "Take".to_owned(), payload: name.to_owned() }],
        ..Card::default()
    };
    let row = Content::Carousel { cards: vec![named("A"), named("B")] };
    let id = chat.shown(row.clone()).await;
    assert_eq!(chat.screen(&id), row);
    assert_eq!(answered(&chat.tap(&id, "Take", "B").await), ("Take", "B"));

    let day = Content::DatePicker(DatePicker {
        title: "When?".to_owned(),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        ..DatePicker::default()
    });
    let id = chat.shown(day.clone()).await;
    assert_eq!(chat.screen(&id), day);
    assert_eq!(answered(&chat.tap(&id, "", "2026-07-04T10:00:00Z").await), ("2026-07-04", "2026-07-04"));

    let list = Content::List {
        title: "Colours".to_owned(),
        items: vec![choice("Red", "r"), choice("Blue", "b")],
        multiple: true,
    };
    let id = chat.shown(list.clone()).await;
    assert_eq!(chat.screen(&id), list);
    assert_eq!(answered(&chat.tap(&id, "", "r,b").await), ("Red, Blue", "r,b"));

    let field = FormField { id: "n".to_owned(), label: "Name".to_owned(), options: Vec::new(), multiple: false };
    let form = Content::Form { title: "Order".to_owned(), fields: vec![field] };
    let id = chat.shown(form.clone()).await;
    assert_eq!(chat.screen(&id), form);
    assert_eq!(answered(&chat.tap(&id, "", r#"{"n":"Ann"}"#).await), ("Name: Ann", r#"{"n":"Ann"}"#));

    let execute = json!({ "type": "AdaptiveCard", "body": [], "actions": [
        { "type": "Action.Execute", "title": "Go", "verb": "go", "data": { "payload": "p" } },
    ] });
    let id = chat.shown(Content::Native { connector: None, json: execute }).await;
    assert_eq!(answered(&chat.tap(&id, "Go", "p").await), ("p", "p"));
}

#[tokio::test]
async fn guests_send_files() {
    let chat = Chat::open(0).await;
    for (name, mime, kind) in [("p.png", "image/png", MediaKind::Image), ("a.pdf", "application/pdf", MediaKind::File)]
    {
        let base64 = STANDARD.encode(name);
        let event = chat.act(Action::File { name: name.to_owned(), mime: mime.to_owned(), base64 }).await;
        let Content::Attachment(file) = event.content else { panic!("{name}") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, Some(name)));
        let fetched = chat.with(async |io| AnyChannel::fetch(&Teams, io, &file).await).await.unwrap();
        assert_eq!((&fetched.bytes[..], fetched.mime.as_deref()), (name.as_bytes(), Some(mime)));
    }
}

#[tokio::test]
async fn agents_send_files_when_the_guest_agrees() {
    let chat = Chat::open(0).await;
    chat.act(Action::Text { text: "hello".to_owned() }).await;
    let file = Attachment {
        name: Some("offer.pdf".to_owned()),
        size: Some(8),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/offer.pdf")
    };
    let id = chat.shown(Content::Attachment(file.clone())).await;
    assert!(matches!(chat.screen(&id), Content::Card(card) if card.title == "offer.pdf"));
    let declined = chat.tap(&id, "Decline", "decline").await;
    assert!(matches!(declined.content, Content::Note { text } if text.contains("did not accept")));

    let accepted = chat.tap(&id, "Allow", "accept").await;
    let Content::Native { json: task, .. } = accepted.content else { panic!("the channel's own business") };
    let told = chat.with(async |io| AnyChannel::resolve(&Teams, io, &task).await).await.unwrap();
    assert_eq!(told, Content::Note { text: "The guest accepted the file “offer.pdf”.".to_owned() });
    let Content::Attachment(shown) = chat.screen(&id) else { panic!("the card that asked is replaced") };
    let url = shown.url().unwrap();
    let bytes = chat.http.send(Request::get(url)).await.unwrap().body;
    assert_eq!(&bytes[..], b"an offer");
    let again = chat.with(async |io| AnyChannel::resolve(&Teams, io, &task).await).await;
    assert_eq!(again, Ok(told), "once more does no harm");
}

#[tokio::test]
async fn what_else_guests_do() {
    let chat = Chat::open(0).await;
    assert_eq!(chat.act(Action::Typing).await.content, Content::Typing { on: true, duration_ms: None });
    chat.act(Action::Text { text: "oops".to_owned() }).await;
    assert!(matches!(chat.act(Action::Unsend).await.content, Content::Note { text } if text.contains("took back")));
    assert!(chat.teams.act(&chat.link, &chat.guest, Action::Unsend).await.is_err());
    assert!(chat.teams.act(&chat.link, &chat.guest, Action::Read).await.is_err());
    assert!(chat.teams.act(&chat.link, &chat.guest, Action::Disconnect).await.is_err());

    let blocked = chat.act(Action::Block).await.content;
    assert_eq!(blocked, Content::Presence { presence: Presence::Unsubscribed });
    assert_eq!(chat.say(Content::text("hello")).await, [Err(SendErrorKind::RecipientOptedOut)]);
    let back = chat.act(Action::Follow).await.content;
    assert_eq!(back, Content::Presence { presence: Presence::Subscribed });
    assert!(chat.say(Content::text("hello")).await[0].is_ok());
}

#[tokio::test]
async fn faults_and_wrong_credentials() {
    let chat = Chat::open(0).await;
    chat.act(Action::Text { text: "hello".to_owned() }).await;
    assert!(chat.say(Content::text("one")).await[0].is_ok());
    for (faults, kind) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        chat.teams.stage().set_faults(faults);
        assert_eq!(chat.say(Content::text("two")).await, [Err(kind)]);
    }
    chat.teams.stage().set_faults(Faults::default());
    let shown = chat.teams.stage().past().into_iter().filter(|scene| scene.actor == Actor::There).count();
    assert!((1..=2).contains(&shown), "a break after the work is done shows it all the same: {shown}");

    let mut other = Chat::open(0).await;
    other.link.settings["clientSecret"] = "wrong".into();
    assert_eq!(other.say(Content::text("x")).await, [Err(SendErrorKind::Unauthorized)]);
}
