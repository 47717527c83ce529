//! The functions whole, with the services of the local environment behind them and the simulator in front.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use ::teams::simulator::{TeamsSimulator, authority::KEY};
use aws::{Config, Context, lambda::Function, tenant::Tenant};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Clock, Registration, RegistrationState, TenantId};
use jiff::Timestamp;
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};
use serde_json::{Value, json};
use simulation::Simulator;

use crate::function;

const SERVICE: &str = "https://smba.trafficmanager.net/emea/t/";

struct World {
    context: Arc<Context>,
    teams: TeamsSimulator,
    /// What was asked of Microsoft.
    asked: Arc<Mutex<Vec<String>>>,
    /// Whether Microsoft answers nothing.
    down: Arc<AtomicBool>,
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    endpoint
}

impl World {
    async fn new() -> Self {
        let aws = Aws::open(Options::default()).await.unwrap();
        let key = |names: [&str; 2]| json!([{"AttributeName": names[0], "KeyType": "HASH"}, {"AttributeName": names[1], "KeyType": "RANGE"}]);
        let attributes: Vec<Value> = ["pk", "sk", "kind", "name"]
            .iter()
            .map(|name| json!({"AttributeName": name, "AttributeType": "S"}))
            .collect();
        let table = json!({
            "TableName": "configuration", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
            "KeySchema": key(["pk", "sk"]),
            "GlobalSecondaryIndexes": [
                {"IndexName": "byKind", "KeySchema": key(["kind", "name"]), "Projection": {"ProjectionType": "ALL"}}
            ],
        });
        aws.create_table(table).await.unwrap();
        let fifo = [("FifoQueue".to_owned(), "true".to_owned())].into();
        aws.sqs().create_queue("inbound-genesys-cloud.fifo", &fifo).await.unwrap();
        let kms_key = aws.create_kms_key("um").unwrap();
        let endpoint = serve(aws.router()).await;
        let teams = TeamsSimulator::new();
        let (asked, down) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let (heard, off) = (asked.clone(), down.clone());
        let watched = teams.router().layer(from_fn(move |request: Request, next: Next| {
            heard.lock().unwrap().push(request.uri().path().to_owned());
            let off = off.load(Ordering::Relaxed);
            async move { if off { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { next.run(request).await } }
        }));
        let microsoft = serve(watched).await;
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .endpoint_url(&endpoint)
            .load()
            .await;
        let queues = format!("{endpoint}/000000000000/");
        let variables = [
            ("UM_CONFIGURATION_TABLE", "configuration"),
            ("UM_KMS_KEY_ID", &kms_key),
            ("UM_QUEUE_PREFIX", &queues),
            ("UM_ENDPOINT_TEAMS", &microsoft),
            ("UM_API_ROOT", "https://um.example.com"),
        ];
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let context = Arc::new(Context::new(Config::from_variables(variables).unwrap(), sdk, Clock::System));
        let tenant = json!({
            "id": "tenant-1", "name": "Acme Teams", "enabled": true,
            "messaging": { "connector": "teams", "settings": teams.demo_settings() },
            "cxPlatform": { "connector": "genesys-cloud", "settings": {} },
            "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
        });
        let tenant: Tenant = serde_json::from_value(tenant).unwrap();
        let secrets = ["/messaging/settings/clientSecret".to_owned()];
        context.configuration.put(&tenant, 0, &secrets, None).await.unwrap();
        Self { context, teams, asked, down }
    }

    async fn call(&self, function: &Function, method: &str, path: &str, headers: Value, body: &str) -> (u64, Value) {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
            "requestContext": {
                "accountId": "000000000000", "apiId": "local", "domainName": "127.0.0.1", "domainPrefix": "local",
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "t" },
                "requestId": "r", "routeKey": "$default", "stage": "$default",
                "time": "09/Oct/2025:08:53:20 +0000", "timeEpoch": 1_760_000_000_000_u64,
            },
            "body": body, "isBase64Encoded": false,
        });
        let answer = function.invoke(&self.context, event).await.unwrap();
        (answer["statusCode"].as_u64().unwrap(), answer)
    }

    fn token(&self) -> String {
        let bot = self.teams.demo_settings()["botId"].as_str().unwrap().to_owned();
        self.teams.authority().token(&bot, SERVICE, Timestamp::now())
    }

    /// Posts a text as Microsoft would.
    async fn post(&self, webhook: &Function, id: &str, token: &str) -> u64 {
        let body = json!({
            "type": "message", "id": id, "timestamp": Timestamp::now().to_string(), "channelId": "msteams",
            "serviceUrl": SERVICE, "from": { "id": "29:1ann", "name": "Ann" }, "recipient": { "id": "28:bot" },
            "conversation": { "id": "a:1ann", "conversationType": "personal" }, "text": "hello",
        });
        let headers = json!({ "authorization": format!("Bearer {token}") });
        self.call(webhook, "POST", "/teams/tenant-1", headers, &body.to_string()).await.0
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    async fn queued(&self) -> usize {
        let sqs = aws_sdk_sqs::Client::new(&self.context.aws);
        let url = sqs.get_queue_url().queue_name("inbound-genesys-cloud.fifo").send().await.unwrap();
        let received =
            sqs.receive_message().set_queue_url(url.queue_url).max_number_of_messages(10).send().await.unwrap();
        received.messages.unwrap_or_default().len()
    }
}

#[tokio::test]
async fn the_keys_are_fetched_once_and_a_forged_one_does_not_have_them_fetched_again() {
    let world = World::new().await;
    let webhook = function("teams-webhook");
    assert_eq!(world.post(&webhook, "1", &world.token()).await, 200);
    assert_eq!(world.asked(), ["/v1/.well-known/openidconfiguration", "/v1/.well-known/keys"]);
    for id in ["2", "3"] {
        assert_eq!(world.post(&webhook, id, &world.token()).await, 200);
    }
    assert_eq!(world.asked(), [""; 0], "the warm path calls nobody");
    let now = Timestamp::now().as_second();
    let claims = json!({
        "iss": "https://api.botframework.com", "aud": world.teams.demo_settings()["botId"], "exp": now + 60,
        "serviceurl": SERVICE,
    });
    for kid in ["forged", "forged-too", KEY] {
        let token = world.teams.authority().sign(&json!({ "alg": "RS256", "kid": kid }), &claims);
        let token = if kid == KEY { token.replace('.', ".e30") } else { token };
        assert_eq!(world.post(&webhook, "4", &token).await, 403, "{kid}");
    }
    assert_eq!(world.asked(), [""; 0], "within the hour nobody is asked for a key again");
    assert_eq!(world.queued().await, 3);
}

#[tokio::test]
async fn without_any_keys_the_event_is_to_be_sent_again() {
    let world = World::new().await;
    let webhook = function("teams-webhook");
    world.down.store(true, Ordering::Relaxed);
    assert_eq!(world.post(&webhook, "1", "no token").await, 403);
    assert_eq!(world.asked(), [""; 0], "what is no token asks for no key");
    assert_eq!(world.post(&webhook, "1", &world.token()).await, 503);
    assert_eq!(world.post(&webhook, "1", &world.token()).await, 503);
    assert_eq!(world.asked().len(), 1, "not with every event");
    world.down.store(false, Ordering::Relaxed);
    let cold = function("teams-webhook");
    assert_eq!(world.post(&cold, "1", &world.token()).await, 200);
    assert_eq!(world.queued().await, 1);
}

#[tokio::test]
async fn the_app_package() {
    let world = World::new().await;
    let package = function("teams-package");
    let (status, answer) = world.call(&package, "GET", "/teams/tenant-1/package", json!({}), "").await;
    assert_eq!((status, &answer["headers"]["content-type"]), (200, &json!("application/zip")));
    assert_eq!(answer["isBase64Encoded"], true);
    let zip = STANDARD.decode(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(&zip[..4], b"PK\x03\x04");
    let text = String::from_utf8_lossy(&zip);
    assert!(text.contains("\"version\": \"1.0.1\"") && text.contains("um.example.com"));
    assert!(!text.contains("5eed"), "no secret is in it");
    for (method, path, expected) in [
        ("GET", "/teams/nobody/package", 404),
        ("GET", "/teams/a%20b/package", 404),
        ("POST", "/teams/tenant-1/package", 405),
    ] {
        assert_eq!(world.call(&package, method, path, json!({}), "").await.0, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn the_register_page() {
    const TENANT: &str = "00000000-0000-4000-8000-00000000c0a5";
    let world = World::new().await;
    let register = function("teams-register");
    let post = async |email: &str, tenant: &str| {
        let form = format!(
            "organization=Contoso&email={email}&microsoftTenantId={tenant}&botName=Contoso&accentColor=%230A3D62"
        );
        let (status, answer) = world.call(&register, "POST", "/teams/register", json!({}), &form).await;
        (status, answer["body"].as_str().unwrap().to_owned())
    };
    let (status, answer) = world.call(&register, "GET", "/teams/register", json!({}), "").await;
    assert_eq!(status, 200);
    assert!(answer["body"].as_str().unwrap().contains("name=\"microsoftTenantId\""));
    assert_eq!(post("it%40contoso.example", "none").await.0, 422);
    assert_eq!(post("it%40contoso.example", TENANT).await.0, 201);
    let (status, page) = post("it%40contoso.example", &TENANT.to_uppercase()).await;
    assert_eq!(status, 200);
    assert!(page.contains("being connected already"));

    let configuration = &world.context.configuration;
    let (mut listed, _) = configuration.list_closed::<Registration>(10, None).await.unwrap();
    let mut found = listed.pop().expect("an administrator finds it");
    assert!(listed.is_empty());
    assert_eq!((found.value.connector.as_str(), found.value.account.as_str()), ("teams", TENANT));
    assert_eq!(found.value.details["botName"], "Contoso");
    assert_eq!(found.value.state, RegistrationState::Pending);
    found.value.state = RegistrationState::Approved { tenant_id: TenantId::from("tenant-1") };
    configuration.put(&found.value, found.version, &[], None).await.unwrap();
    assert!(post("it%40contoso.example", TENANT).await.1.contains("https://um.example.com/teams/tenant-1/package"));
    assert!(!post("other%40contoso.example", TENANT).await.1.contains("tenant-1"));
    assert_eq!(world.call(&register, "DELETE", "/teams/register", json!({}), "").await.0, 405);
}
