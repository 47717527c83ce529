//! The functions themselves, with the services behind them and the simulator in Slack's place: a workspace installs the app
//! through the pages, its people write, and it removes the app again.

use std::{collections::BTreeMap, sync::Arc};

use ::slack::simulator::{CHANNEL, SlackSimulator, WORKSPACE};
use aws::{
    Config, Context,
    lambda::Function,
    queue::Task,
    store::{Conversation, ConversationState, Direction, LedgerKey},
    tenant::{ApiAuthentication, Commander, CxPlatformConfig, Messaging, Settings, Tenant},
};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse};
use contract::{Clock, Content, ConversationId, Inbound, ProvisionStatus, TenantId, TokenCache};
use jiff::Timestamp;
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};
use serde_json::{Value, json};
use simulation::{Action, Link, Simulator};

use crate::function;

const TENANT: &str = "tenant-1";
const QUEUE: &str = "inbound-genesys-cloud.fifo";

struct World {
    aws: Arc<Aws>,
    context: Arc<Context>,
    slack: SlackSimulator,
    link: Link,
    root: String,
    http: reqwest::Client,
}

async fn serve(listener: Option<tokio::net::TcpListener>, router: Router) -> String {
    let listener = match listener {
        Some(listener) => listener,
        None => tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(),
    };
    let root = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    root
}

/// API Gateway, in short: the template's routes.
async fn gateway(State(context): State<Arc<Context>>, request: axum::extract::Request) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let function: Function = match (parts.method.as_str(), path) {
        ("GET", "/slack/register" | "/slack/oauth/callback") => function("slack-register"),
        ("GET", path) if path.ends_with("/manifest") => function("slack-manifest"),
        ("POST", _) => function("slack-webhook"),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let headers: BTreeMap<&str, &str> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers, "body": String::from_utf8(body.to_vec()).unwrap(), "isBase64Encoded": false,
        "requestContext": { "http": { "method": parts.method.as_str(), "path": path, "sourceIp": "127.0.0.1" } },
    });
    let answer = function.invoke(&context, event).await.unwrap();
    let mut response = answer["body"].as_str().unwrap_or_default().to_owned().into_response();
    *response.status_mut() =
        StatusCode::from_u16(u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap()).unwrap();
    for (name, value) in answer["headers"].as_object().unwrap() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().insert(name, value.as_str().unwrap().parse().unwrap());
    }
    response
}

impl World {
    async fn new() -> Self {
        let aws = Arc::new(Aws::open(Options::default()).await.unwrap());
        let key = |names: [&str; 2]| json!([{"AttributeName": names[0], "KeyType": "HASH"}, {"AttributeName": names[1], "KeyType": "RANGE"}]);
        for (table, index, by) in
            [("configuration", "byKind", ["kind", "name"]), ("conversations", "byDue", ["dueShard", "dueAt"])]
        {
            let attributes: Vec<Value> = ["pk", "sk", by[0], by[1]]
                .iter()
                .map(|name| json!({"AttributeName": name, "AttributeType": "S"}))
                .collect();
            let index = json!({"IndexName": index, "KeySchema": key(by), "Projection": {"ProjectionType": "ALL"}});
            let request = json!({
                "TableName": table, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
                "KeySchema": key(["pk", "sk"]), "GlobalSecondaryIndexes": [index],
            });
            aws.create_table(request).await.unwrap();
        }
        let kms_key = aws.create_kms_key("um").unwrap();
        let attributes = BTreeMap::from([("FifoQueue".to_owned(), "true".to_owned())]);
        aws.sqs().create_queue(QUEUE, &attributes).await.unwrap();
        let endpoint = serve(None, aws.router()).await;
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .endpoint_url(&endpoint)
            .load()
            .await;
        let slack = SlackSimulator::new();
        let origin = serve(None, slack.router()).await;
        slack.mounted(&origin);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let queues = format!("{endpoint}/000000000000/");
        let variables = [
            ("UM_CONFIGURATION_TABLE", "configuration"),
            ("UM_CONVERSATIONS_TABLE", "conversations"),
            ("UM_KMS_KEY_ID", &kms_key),
            ("UM_API_ROOT", &root),
            ("UM_ENDPOINT_SLACK", &origin),
            ("UM_ENDPOINT_GENESYS_CLOUD", "http://127.0.0.1:9"),
            ("UM_QUEUE_PREFIX", &queues),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let context = Arc::new(Context::new(Config::from_variables(variables).unwrap(), sdk, Clock::System));
        serve(Some(listener), Router::new().fallback(gateway).with_state(context.clone())).await;
        let now = Timestamp::now();
        let tenant = Tenant {
            id: TENANT.into(),
            name: "Acme Slack".to_owned(),
            subscription_id: None,
            enabled: true,
            api_authentication: ApiAuthentication::None,
            messaging: Messaging {
                connector: "slack".to_owned(),
                prefix_agent_name: false,
                storage_id: None,
                settings: Settings(slack.demo_settings()),
            },
            cx_platform: CxPlatformConfig {
                connector: "genesys-cloud".to_owned(),
                storage_id: None,
                default_agent_name: None,
                custom_data: BTreeMap::new(),
                settings: Settings(genesys_cloud::GenesysCloudSimulator::default().demo_settings()),
            },
            commander: Commander::default(),
            messaging_status: ProvisionStatus::NotNeeded,
            cx_platform_status: ProvisionStatus::NotNeeded,
            created_at: now,
            updated_at: now,
        };
        let secrets = ["/messaging/settings/clientSecret".to_owned(), "/messaging/settings/signingSecret".to_owned()];
        context.configuration.put(&tenant, 0, &secrets, None).await.unwrap();
        let link = Link { webhook_url: format!("{root}/slack/{TENANT}"), settings: slack.demo_settings() };
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { aws, context, slack, link, root, http }
    }

    async fn get(&self, path: &str) -> (u16, String, Option<String>) {
        let answer = self.http.get(format!("{}{path}", self.root)).send().await.unwrap();
        let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (answer.status().as_u16(), answer.text().await.unwrap(), location)
    }

    async fn token(&self) -> Option<String> {
        let (tenant, name) = (TenantId::from(TENANT), format!("slack/{WORKSPACE}"));
        self.context
            .configuration
            .token(&tenant, &name, Timestamp::now())
            .await
            .unwrap()
            .map(|(token, _)| token.expose().to_owned())
    }

    /// What is queued for the platform.
    fn events(&self) -> Vec<Inbound> {
        let waiting = self.aws.sqs().browse(QUEUE, 100).unwrap();
        let events = waiting.iter().filter_map(|(message, _)| match serde_json::from_str(&message.body).unwrap() {
            Task::Inbound(envelope) => Some(envelope.message),
            _ => None,
        });
        events.collect()
    }

    /// Hands the first message that is queued to the platform's delivery; what is to be tried again.
    async fn deliver(&self) -> Value {
        let body = self.aws.sqs().browse(QUEUE, 1).unwrap()[0].0.body.clone();
        let record = json!({
            "messageId": "m-1", "receiptHandle": "r-1", "body": body, "messageAttributes": {},
            "attributes": { "MessageGroupId": "g-1", "ApproximateReceiveCount": "1" },
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{QUEUE}"), "awsRegion": "us-east-1",
        });
        let event = json!({ "Records": [record] });
        function("genesys-cloud-deliver").invoke(&self.context, event).await.unwrap()["batchItemFailures"].take()
    }

    /// The texts that are queued, and whether they count only while their conversation is open.
    fn queued(&self) -> Vec<(String, bool)> {
        let texts = self.events().into_iter().filter_map(|event| match event.content {
            Content::Text { text, .. } => Some((text, event.only_while_open)),
            _ => None,
        });
        texts.collect()
    }
}

#[tokio::test]
async fn a_workspace_installs_writes_and_leaves() {
    let world = World::new().await;
    let guest = world.slack.guest_id(1);
    assert_eq!(world.token().await, None);
    world.slack.act(&world.link, &guest, Action::Text { text: "hello".to_owned() }).await.unwrap();
    let kept: Value = serde_json::from_str(&world.token().await.expect("the app is installed first")).unwrap();
    assert!(kept["accessToken"].as_str().unwrap().starts_with("xoxb-"));
    assert_eq!((&kept["teamId"], &kept["teamName"]), (&json!(WORKSPACE), &json!("Demo workspace")));
    assert_eq!(world.queued(), [("hello".to_owned(), false)]);
    let names = world.context.names(&TENANT.into(), "slack/").await;
    assert_eq!(names, [format!("slack/{WORKSPACE}")]);

    world.slack.act(&world.link, &guest, Action::Block).await.unwrap();
    assert_eq!(world.token().await, None, "removed, and forgotten");
    world.slack.act(&world.link, &guest, Action::Follow).await.unwrap();
    assert!(world.token().await.is_some(), "and installed again");
}

#[tokio::test]
async fn a_late_removal_leaves_a_newer_token_alone() {
    let world = World::new().await;
    let newer =
        json!({ "accessToken": "xoxb-9", "installedAt": Timestamp::now().as_second() + 60, "teamId": WORKSPACE });
    let (tenant, name) = (TenantId::from(TENANT), format!("slack/{WORKSPACE}"));
    let token = contract::Secret::new(newer.to_string());
    world
        .context
        .configuration
        .put_token(&tenant, &name, &token, "2100-01-01T00:00:00Z".parse().unwrap())
        .await
        .unwrap();
    world.slack.act(&world.link, "x", Action::Block).await.unwrap();
    assert!(world.token().await.is_some());
}

#[tokio::test]
async fn a_removal_is_heard_of_a_tenant_that_is_switched_off() {
    let world = World::new().await;
    let configuration = &world.context.configuration;
    let mut tenant = configuration.tenant(&TENANT.into()).await.unwrap().unwrap();
    tenant.value.enabled = false;
    configuration.put(&tenant.value, tenant.version, &tenant.secrets, None).await.unwrap();
    let (token, far) = (contract::Secret::new("xoxb-1"), "2100-01-01T00:00:00Z".parse().unwrap());
    configuration.put_token(&TENANT.into(), &format!("slack/{WORKSPACE}"), &token, far).await.unwrap();
    world.slack.act(&world.link, "x", Action::Block).await.unwrap();
    assert_eq!(world.token().await, None);
    assert!(world.queued().is_empty());
}

#[tokio::test]
async fn a_reply_that_does_not_call_the_app_counts_only_in_a_conversation() {
    let world = World::new().await;
    let thread = format!("{WORKSPACE}:{CHANNEL}:1767225000.000100");
    world.slack.act(&world.link, &thread, Action::Text { text: "yes".to_owned() }).await.unwrap();
    assert_eq!(world.queued(), [("yes".to_owned(), true)]);
    let id = ConversationId::of(&TENANT.into(), "slack", &thread.as_str().into());
    let key = LedgerKey {
        tenant: TENANT.into(),
        conversation: id.clone(),
        direction: Direction::Inbound,
        event: world.events().remove(0).event_id,
    };
    let store = &world.context.conversations;
    assert_eq!(world.deliver().await, json!([]), "dropped");
    assert!(store.get(&TENANT.into(), &id).await.unwrap().is_none(), "no conversation is opened");
    assert!(store.delivery(&key.id()).await.unwrap().is_none(), "it leaves no trace");

    let now = Timestamp::now();
    let open = Conversation {
        tenant: TENANT.into(),
        id,
        channel: "slack".to_owned(),
        platform: "genesys-cloud".to_owned(),
        guest: thread.as_str().into(),
        state: ConversationState::Open,
        opened_at: now,
        last_activity_at: now,
        platform_conversation_id: None,
        profile: None,
        reply_context: None,
        question: None,
    };
    store.commit(vec![store.saving(&open, std::time::Duration::from_secs(60), false).unwrap()]).await.unwrap();
    assert_eq!(
        world.deliver().await,
        json!([{ "itemIdentifier": "m-1" }]),
        "attempted: no platform is there to take it"
    );
    assert!(store.delivery(&key.id()).await.unwrap().is_some());
}

#[tokio::test]
async fn pages() {
    let world = World::new().await;
    let (status, page, _) = world.get("/slack/register").await;
    assert_eq!(status, 200);
    assert!(page.contains("Customer Identifier"));
    for unknown in ["nobody", "..%2F", "%3Cscript%3E"] {
        let (status, page, _) = world.get(&format!("/slack/register?customer={unknown}")).await;
        assert_eq!(status, 404, "{unknown}");
        assert!(page.contains("not known") && !page.contains("<script>"));
    }
    let (status, _, location) = world.get("/slack/register?customer=tenant-1").await;
    assert_eq!(status, 302);
    let consent = location.unwrap();
    let query: BTreeMap<String, String> = consent
        .split_once('?')
        .map(|(_, query)| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
        .unwrap();
    assert!(consent.contains("/oauth/v2/authorize?"));
    assert_eq!(query["redirect_uri"], format!("{}/slack/oauth/callback", world.root));
    assert!(query["scope"].contains("chat:write") && query["state"].starts_with("tenant-1."));

    let state = &query["state"];
    for (label, path, expected) in [
        ("no state", "/slack/oauth/callback?code=1".to_owned(), "Please begin again"),
        ("another state", "/slack/oauth/callback?code=1&state=tenant-1.9.x.00".to_owned(), "Please begin again"),
        (
            "another tenant's",
            format!("/slack/oauth/callback?code=1&state={}", state.replace("tenant-1", "tenant-2")),
            "Please begin again",
        ),
        ("cancelled", format!("/slack/oauth/callback?error=access_denied&state={state}"), "cancelled"),
        ("a code that is none", format!("/slack/oauth/callback?code=1&state={state}"), "no longer accepts"),
    ] {
        let (status, page, _) = world.get(&path).await;
        assert_eq!(status, 400, "{label}");
        assert!(page.contains(expected), "{label}: {page}");
    }
    assert_eq!(world.token().await, None);

    let consent = world.http.get(&consent).send().await.unwrap().text().await.unwrap();
    let allow = consent.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().replace("&amp;", "&");
    let answer = world.http.get(&allow).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    assert!(page.contains("Demo workspace is now connected with Acme Slack"), "{page}");
    assert!(world.token().await.is_some());
    let (status, _, _) = world.get(allow.strip_prefix(&world.root).unwrap()).await;
    assert_eq!(status, 400, "a code is good once");

    let (status, manifest, _) = world.get("/slack/tenant-1/manifest").await;
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(status, 200);
    assert_eq!(manifest["display_information"]["name"], "Acme Slack");
    let url = &manifest["settings"]["event_subscriptions"]["request_url"];
    assert_eq!(url, &json!(format!("{}/slack/tenant-1/events", world.root)));
    assert_eq!(world.get("/slack/tenant-2/manifest").await.0, 404);
}
