//! The connector against the simulator, at its real wire format.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, body::Body, extract::State, http::HeaderMap, routing::post};
use contract::{
    Answer, AnswerKind, Card, CardAction, Choice, Clock, Connector, Content, CxPlatform, Inbound, InboundContext, Io,
    MemoryTokens, Outbound, Place, PlatformState, Presence, ProvisionStatus, Receipt, ReceiptStatus, SendError,
    SendErrorKind, Sent, TenantId,
    http::{Request, Response, Transport},
};
use genesys_cloud::{GenesysCloud, GenesysCloudSimulator, Settings};
use serde_json::{Value, json};
use simulation::{Action, Actor, Faults, Link, Simulator};
use tower::ServiceExt;

use crate::fixture::{inbound, posted, typed};

/// Hands requests to the simulator without a socket.
struct ToSimulator(GenesysCloudSimulator);

#[async_trait]
impl Transport for ToSimulator {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let url: url::Url = request.url.parse().unwrap();
        let uri = url.as_str().replace(&url.origin().ascii_serialization(), "");
        let mut built =
            http::Request::builder().method(request.method).uri(uri).body(Body::from(request.body)).unwrap();
        *built.headers_mut() = request.headers;
        let answer = self.0.router().oneshot(built).await.unwrap();
        let (head, body) = answer.into_parts();
        let body =
            axum::body::to_bytes(body, usize::MAX).await.map_err(|_| SendError::new(SendErrorKind::Connection))?;
        Ok(Response { status: head.status, headers: head.headers, body })
    }
}

/// A tenant joined to a simulator; its webhook is a real server.
struct Stand {
    simulator: GenesysCloudSimulator,
    http: ToSimulator,
    settings: Value,
    tenant: TenantId,
    tokens: MemoryTokens,
    clock: Clock,
    webhook: Arc<Webhook>,
    url: String,
}

#[derive(Default)]
struct Webhook {
    /// The statuses of the next answers; 200 when there are none left.
    statuses: Mutex<Vec<u16>>,
    got: Mutex<Vec<Result<Outbound, String>>>,
    settings: Mutex<Option<Settings>>,
}

async fn take(State(webhook): State<Arc<Webhook>>, headers: HeaderMap, body: bytes::Bytes) -> http::StatusCode {
    let status = webhook.statuses.lock().unwrap().pop().unwrap_or(200);
    let request = contract::WebhookRequest { headers, ..posted(body, None) };
    let settings = webhook.settings.lock().unwrap().clone().unwrap();
    let platform = GenesysCloud::default();
    let parsed = platform
        .verify(&request, &settings, jiff::Timestamp::now())
        .and_then(|()| platform.parse(&request, &settings))
        .map_err(|rejection| rejection.to_string());
    let events = match parsed {
        Ok(parsed) => parsed.events.into_iter().map(Ok).collect(),
        Err(rejection) => vec![Err(rejection)],
    };
    webhook.got.lock().unwrap().extend(events);
    http::StatusCode::from_u16(status).unwrap()
}

impl Stand {
    async fn new() -> Self {
        let simulator = GenesysCloudSimulator::with_retry_delay(Duration::from_millis(1));
        simulator.mounted("http://simulator.test/");
        let webhook = Arc::new(Webhook::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/openmessaging/tenant-1", listener.local_addr().unwrap());
        let router = Router::new().route("/openmessaging/tenant-1", post(take)).with_state(webhook.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut settings = simulator.demo_settings();
        settings["integrationId"] = Value::Null;
        settings["integrationManaged"] = Value::Null;
        let clock = Clock::System;
        let http = ToSimulator(simulator.clone());
        let tokens = MemoryTokens::new(clock.clone());
        let mut stand = Self { simulator, http, settings, tenant: "tenant-1".into(), tokens, clock, webhook, url };
        let done = stand.with(async |platform, io| platform.provision(&io, &stand.place()).await).await.unwrap();
        assert!(matches!(done.status, ProvisionStatus::Pending { .. }), "{:?}", done.status);
        for (name, value) in done.settings {
            stand.settings[name] = value;
        }
        *stand.webhook.settings.lock().unwrap() = Some(typed(&stand.settings));
        stand
    }

    fn place(&self) -> Place {
        Place { webhook_url: self.url.clone(), tenant_name: "Demo".into() }
    }

    async fn with<T>(&self, act: impl AsyncFnOnce(GenesysCloud, Io<'_, Settings>) -> T) -> T {
        let settings = typed(&self.settings);
        let io = Io {
            tenant: &self.tenant,
            settings: &settings,
            http: &self.http,
            tokens: &self.tokens,
            clock: &self.clock,
        };
        act(GenesysCloud::default(), io).await
    }

    async fn send(&self, message: Inbound) -> Result<Vec<Sent>, SendError> {
        let context = InboundContext {
            media: "LINE".into(),
            custom_data: [("vip".to_owned(), "yes".to_owned())].into(),
            ..InboundContext::default()
        };
        self.with(async |platform, io| {
            let mut all = Vec::new();
            for call in platform.render(&message, io.settings, &context).steps {
                all.push(platform.send(&io, &call).await?);
            }
            Ok(all)
        })
        .await
    }

    async fn act(&self, action: Action) -> Result<(), String> {
        let link = Link { webhook_url: self.url.clone(), settings: self.settings.clone() };
        self.simulator.act(&link, "U1", action).await
    }

    /// What has come to the webhook since it was last asked; at least one thing.
    async fn webhooks(&self) -> Vec<Outbound> {
        for _ in 0..500 {
            let got = std::mem::take(&mut *self.webhook.got.lock().unwrap());
            if !got.is_empty() {
                return got.into_iter().map(Result::unwrap).collect();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("no webhook came");
    }
}

fn named(id: &str, content: Content) -> Inbound {
    Inbound { event_id: id.into(), ..inbound(content) }
}

#[tokio::test]
async fn an_integration_comes_and_goes() {
    let mut stand = Stand::new().await;
    let status =
        async |stand: &Stand| stand.with(async |platform, io| platform.provision_status(&io).await).await.unwrap();
    assert!(matches!(status(&stand).await, ProvisionStatus::Pending { .. }));
    assert_eq!(status(&stand).await, ProvisionStatus::Ready);
    let test = stand.with(async |platform, io| platform.self_test(&io).await).await.unwrap();
    assert_eq!(test.warnings, [] as [&str; 0]);

    let id = stand.settings["integrationId"].clone();
    let again = stand.with(async |platform, io| platform.provision(&io, &stand.place()).await).await.unwrap();
    assert_eq!((again.settings["integrationId"].clone(), again.status), (id.clone(), ProvisionStatus::Ready));
    stand.settings["integrationId"] = Value::Null;
    let adopted = stand.with(async |platform, io| platform.provision(&io, &stand.place()).await).await.unwrap();
    assert_eq!(adopted.settings["integrationId"], id, "no second one is created");

    stand.settings["integrationId"] = id;
    stand.with(async |platform, io| platform.deprovision(&io).await).await.unwrap();
    let error = stand.send(inbound(Content::text("hello"))).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Forbidden);
}

#[tokio::test]
async fn a_guest_writes() {
    let stand = Stand::new().await;
    let sent = stand.send(named("e1", Content::text("hello"))).await.unwrap().remove(0);
    let (id, conversation) = (sent.message_ids[0].clone(), sent.conversation_id.unwrap());
    let told = &stand.webhooks().await[0];
    let published = Receipt { message_id: id.clone(), status: ReceiptStatus::Delivered, reason: None };
    assert_eq!((told.to.as_str(), &told.contents[..]), ("U1", &[Content::Receipt(published)][..]));

    let scene = stand.simulator.stage().past().remove(0);
    assert_eq!((scene.actor, scene.guest.as_str(), scene.content), (Actor::There, "U1", Content::text("hello")));
    assert_eq!(scene.detail["customAttributes"], json!({ "media": "LINE", "vip": "yes" }));
    assert_eq!(scene.detail["conversationId"], conversation.as_str());

    let again = stand.send(named("e1", Content::text("hello"))).await.unwrap().remove(0);
    assert_eq!(again.message_ids, [id], "the same message is the same");
    assert_eq!(stand.simulator.stage().past().len(), 1, "and is shown once");
    let more = stand.send(named("e2", Content::text("more"))).await.unwrap().remove(0);
    assert_eq!(more.conversation_id.as_deref(), Some(conversation.as_str()), "one conversation");

    let state = async |stand: &Stand| {
        stand.with(async |platform, io| platform.conversation_state(&io, &conversation).await).await.unwrap()
    };
    assert_eq!(state(&stand).await, PlatformState::Open);
    stand.webhooks().await;
    stand.act(Action::Disconnect).await.unwrap();
    assert_eq!(stand.webhooks().await[0].contents, [Content::Presence { presence: Presence::Disconnect }]);
    assert_eq!(state(&stand).await, PlatformState::Closed);
    stand.act(Action::Disconnect).await.unwrap_err();
    let next = stand.send(named("e3", Content::text("again"))).await.unwrap().remove(0);
    assert_ne!(next.conversation_id.as_deref(), Some(conversation.as_str()), "a new conversation");
}

#[tokio::test]
async fn an_agent_answers() {
    let stand = Stand::new().await;
    stand.act(Action::Text { text: "Hello".into() }).await.unwrap();
    let came = stand.webhooks().await.remove(0);
    assert_eq!(came.contents, [Content::text("Hello")]);
    assert!(came.agent_name.is_none() && came.platform_conversation_id.is_some());

    let id = came.message_id.to_string();
    let receipt = Receipt { message_id: id.clone(), status: ReceiptStatus::Delivered, reason: None };
    stand.send(named("e1", Content::Receipt(receipt))).await.unwrap();
    let scene = stand.simulator.stage().past().remove(0);
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
        stand.act(Action::Rich { content: content.clone() }).await.unwrap();
        assert_eq!(stand.webhooks().await[0].contents, [content], "there and back");
    }
    stand.act(Action::Typing).await.unwrap();
    assert_eq!(stand.webhooks().await[0].contents, [Content::Typing { on: true, duration_ms: Some(5_000) }]);

    stand.act(Action::File { name: "a.png".into(), mime: "image/png".into(), base64: "AAEC".into() }).await.unwrap();
    let Content::Attachment(file) = &stand.webhooks().await[0].contents[0] else { panic!("no file") };
    assert_eq!((file.name.as_deref(), file.mime.as_deref(), file.size), (Some("a.png"), Some("image/png"), Some(3)));
    assert!(file.url().unwrap().starts_with("http://simulator.test/api/v2/downloads/"));
    let fetched = stand.http.send(Request::get(file.url().unwrap())).await.unwrap();
    assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (200, &[0, 1, 2][..]));
}

#[tokio::test]
async fn answers_come_back() {
    let stand = Stand::new().await;
    let answer = Answer {
        kind: AnswerKind::QuickReply,
        text: "Yes".into(),
        payload: "y".into(),
        question_id: Some("q1".into()),
    };
    let sent = stand.send(named("e1", Content::Answer(answer.clone()))).await.unwrap().remove(0);
    assert_eq!(sent.message_ids.len(), 1);
    assert_eq!(stand.simulator.stage().past()[0].content, Content::Answer(answer));
    stand.webhooks().await;
    stand.act(Action::Read).await.unwrap();
    let Content::Receipt(receipt) = &stand.webhooks().await[0].contents[0] else { panic!("no receipt") };
    assert_eq!((receipt.status, &receipt.message_id), (ReceiptStatus::Read, &sent.message_ids[0]));
    let mut watch = stand.simulator.stage().watch();
    stand.send(named("e2", Content::Typing { on: true, duration_ms: Some(3_000) })).await.unwrap();
    assert_eq!(watch.recv().await.unwrap().content, Content::Typing { on: true, duration_ms: Some(3_000) });
}

#[tokio::test]
async fn webhooks_are_tried_again() {
    let stand = Stand::new().await;
    *stand.webhook.statuses.lock().unwrap() = vec![429, 500, 503];
    stand.act(Action::Text { text: "Hello".into() }).await.unwrap();
    let came = stand.webhooks().await;
    assert_eq!(came.len(), 4);
    assert!(came.windows(2).all(|pair| pair[0] == pair[1]), "the same each time");

    *stand.webhook.statuses.lock().unwrap() = vec![403];
    stand.act(Action::Text { text: "Hello".into() }).await.unwrap_err();
    let scene = stand.simulator.stage().past().pop().unwrap();
    assert_eq!((scene.status, scene.reason.is_some()), (Some(ReceiptStatus::Failed), true));
    *stand.webhook.statuses.lock().unwrap() = vec![500; 7];
    stand.act(Action::Text { text: "Hello".into() }).await.unwrap_err();
    assert_eq!(stand.webhook.statuses.lock().unwrap().len(), 1, "six times in all");
}

#[tokio::test]
async fn it_is_as_strict_as_the_real_one() {
    let stand = Stand::new().await;
    let platform = GenesysCloud::default();
    let rendering =
        platform.render(&inbound(Content::text("hello")), &typed(&stand.settings), &InboundContext::default());
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
        let error = stand.with(async |platform, io| platform.send(&io, &call).await).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::InvalidMessage, "{label}");
    }
    assert_eq!(stand.simulator.stage().past().len(), 0);

    stand.simulator.revoke_tokens();
    stand.send(named("e9", Content::text("hello"))).await.expect("a revoked token is renewed");
    let mut wrong = Stand::new().await;
    wrong.simulator.revoke_tokens();
    wrong.settings["clientSecret"] = "wrong".into();
    assert_eq!(wrong.send(named("e9", Content::text("hello"))).await.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[tokio::test]
async fn faults_strike() {
    let stand = Stand::new().await;
    for (faults, kind) in [
        (Faults { error: 1.0, ..Faults::default() }, SendErrorKind::Unavailable),
        (Faults { rate_limit: 1.0, ..Faults::default() }, SendErrorKind::RateLimited),
        (Faults { refuse: 1.0, ..Faults::default() }, SendErrorKind::InvalidMessage),
        (Faults { drop: 1.0, ..Faults::default() }, SendErrorKind::Connection),
    ] {
        stand.simulator.stage().set_faults(faults);
        let error = stand.send(named("e1", Content::text("hello"))).await.unwrap_err();
        assert_eq!(error.kind, kind);
        if kind == SendErrorKind::RateLimited {
            assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
        }
    }
    stand.simulator.stage().set_faults(Faults::default());
    stand.send(named("e1", Content::text("hello"))).await.unwrap();
    assert_eq!(stand.simulator.stage().past().len(), 1, "taken once, whatever was lost on the way back");
}

#[tokio::test]
async fn the_demo_needs_no_registering() {
    let mut stand = Stand::new().await;
    stand.settings = stand.simulator.demo_settings();
    *stand.webhook.settings.lock().unwrap() = Some(typed(&stand.settings));
    stand.send(named("e1", Content::text("hello"))).await.unwrap();
    stand.act(Action::Text { text: "Hello".into() }).await.unwrap();
    assert_eq!(stand.webhooks().await[0].contents, [Content::text("Hello")]);
    let done = stand.with(async |platform, io| platform.provision(&io, &stand.place()).await).await.unwrap();
    assert_eq!(done.status, ProvisionStatus::Ready);
    assert_eq!(done.settings["integrationId"], stand.settings["integrationId"]);
}
