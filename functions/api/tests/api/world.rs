//! A deployment of its own for each test.

use std::{collections::BTreeMap, sync::Arc};

use aws::{Config, Context, lambda::Function};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use contract::{Clock, descriptor::endpoint_variable};
use genesys_cloud::GenesysCloudSimulator;
use http::Method;
use jiff::Timestamp;
use line::simulator::LineSimulator;
use local_aws::{Aws, Options};
use serde_json::{Value, json};
use simulation::Simulator;
use tokio::net::TcpListener;

/// The administrator's password.
pub const PASSWORD: &str = "correct horse battery staple";

pub struct World {
    pub context: Arc<Context>,
    pub clock: Clock,
    pub genesys_cloud: GenesysCloudSimulator,
    pub line: LineSimulator,
    /// The other networks, by their connectors' ids.
    pub networks: BTreeMap<&'static str, Arc<dyn Simulator>>,
    functions: Vec<Function>,
    /// The administrator's token.
    pub token: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Pointers (or parameters) and details of the faults of a problem document.
    pub fn faults(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|fault| {
                (
                    text(if fault["pointer"].is_string() { &fault["pointer"] } else { &fault["parameter"] }),
                    text(&fault["detail"]),
                )
            })
            .collect()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        if status >= 400 && !self.text.is_empty() && !self.text.contains("\"checks\"") {
            assert_eq!(self.headers["content-type"], "application/problem+json");
            let problem = self.json();
            assert_eq!(problem["status"], status);
            for name in ["type", "title", "detail"] {
                assert!(problem[name].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
            }
        }
        self
    }
}

/// A request, to be sent with [`World::send`].
pub struct Call {
    method: Method,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    address: String,
}

impl Call {
    pub fn new(method: Method, path: &str) -> Self {
        let headers = BTreeMap::from([("host".to_owned(), "um.example".to_owned())]);
        Self { method, path: path.to_owned(), headers, body: None, address: "192.0.2.1".to_owned() }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    pub fn put(path: &str, body: &Value) -> Self {
        Self::new(Method::PUT, path).json(body)
    }

    pub fn patch(path: &str, body: &Value) -> Self {
        Self::new(Method::PATCH, path).json(body)
    }

    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string()).header("content-type", "application/json")
    }

    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn from(mut self, address: &str) -> Self {
        self.address = address.to_owned();
        self
    }
}

async fn serve(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

fn table(name: &str, keys: &[&str], indexes: &[(&str, &str, &str)]) -> Value {
    let key = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let attributes: Vec<Value> = keys.iter().map(|key| json!({"AttributeName": key, "AttributeType": "S"})).collect();
    let indexes: Vec<Value> = indexes
        .iter()
        .map(|(name, hash, range)| {
            json!({"IndexName": name, "KeySchema": key(hash, range), "Projection": {"ProjectionType": "ALL"}})
        })
        .collect();
    json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
        "KeySchema": key("pk", "sk"), "GlobalSecondaryIndexes": indexes})
}

impl World {
    /// A deployment with an administrator who is logged in.
    pub async fn new() -> Self {
        let mut world = Self::without_administrator().await;
        api::set_first_administrator(&world.context, PASSWORD).await.unwrap();
        world.token = world.login("admin", PASSWORD).await;
        world
    }

    pub async fn without_administrator() -> Self {
        let aws = Aws::open(Options::default()).await.unwrap();
        let endpoint = serve(aws.router()).await;
        aws.create_table(table("configuration", &["pk", "sk", "kind", "name"], &[("byKind", "kind", "name")]))
            .await
            .unwrap();
        aws.create_table(table(
            "conversations",
            &["pk", "sk", "tenantState", "lastActivityAt", "dueShard", "dueAt"],
            &[("byTenant", "tenantState", "lastActivityAt"), ("byDue", "dueShard", "dueAt")],
        ))
        .await
        .unwrap();
        let key = aws.create_kms_key("um").unwrap();
        let fifo = BTreeMap::from([("FifoQueue".to_owned(), "true".to_owned())]);
        for name in ["inbound-genesys-cloud", "outbound-line"] {
            let letters = format!("{name}-dead-letters.fifo");
            aws.sqs().create_queue(&letters, &fifo).await.unwrap();
            let arn = &aws.sqs().attributes(&letters).unwrap()["QueueArn"];
            let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": 1000}).to_string();
            let mut attributes = fifo.clone();
            attributes.insert("RedrivePolicy".to_owned(), redrive);
            aws.sqs().create_queue(&format!("{name}.fifo"), &attributes).await.unwrap();
        }
        for bucket in ["attachments", "claim-checks"] {
            aws.create_bucket(bucket).await.unwrap();
        }
        let (genesys_cloud, line) = (GenesysCloudSimulator::default(), LineSimulator::default());
        let platform = serve(genesys_cloud.router()).await;
        let channel = serve(line.router()).await;
        genesys_cloud.mounted(&platform);
        line.mounted(&channel);
        let mut variables: Vec<(String, String)> = Vec::new();
        let mut networks = BTreeMap::new();
        for network in registry::simulators() {
            if !["line", "genesys-cloud"].contains(&network.connector()) {
                let origin = serve(network.router()).await;
                network.mounted(&origin);
                variables.push((endpoint_variable(network.connector()), origin));
                variables.extend(network.variables());
                networks.insert(network.connector(), network);
            }
        }
        let of_the_world = [
            ("UM_CONFIGURATION_TABLE", "configuration".to_owned()),
            ("UM_CONVERSATIONS_TABLE", "conversations".to_owned()),
            ("UM_ATTACHMENTS_BUCKET", "attachments".to_owned()),
            ("UM_CLAIM_CHECK_BUCKET", "claim-checks".to_owned()),
            ("UM_KMS_KEY_ID", key),
            ("UM_QUEUE_PREFIX", format!("{endpoint}/000000000000/")),
            ("UM_CHANNELS", "line".to_owned()),
            ("UM_PLATFORMS", "genesys-cloud".to_owned()),
            ("UM_DEAD_LETTER_QUEUE_URL", format!("{endpoint}/000000000000/outbound-line-dead-letters.fifo")),
            ("UM_ENDPOINT_GENESYS_CLOUD", platform),
            ("UM_ENDPOINT_LINE", channel),
        ];
        variables.extend(of_the_world.map(|(name, value)| (name.to_owned(), value)));
        let config = Config::from_variables(variables).unwrap();
        let credentials = Credentials::new(local_aws::ACCESS_KEY, local_aws::SECRET_KEY, None, None, "test");
        let sdk = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&endpoint)
            .build();
        let clock = Clock::fixed(Timestamp::now());
        let context = Arc::new(Context::new(config, sdk, clock.clone()));
        Self { context, clock, genesys_cloud, line, networks, functions: api::functions(), token: String::new() }
    }

    /// Sends a request as it is.
    pub async fn send(&self, call: Call) -> Answer {
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let resource = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
        let name = match resource {
            "openapi-ui" => "api-openapi".to_owned(),
            "restore" => "api-backup".to_owned(),
            "users" if path.ends_with("/switch") => "api-switch".to_owned(),
            resource => format!("api-{resource}"),
        };
        let function = self.functions.iter().find(|function| function.name == name).unwrap();
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": call.headers,
            "requestContext": {
                "accountId": "000000000000", "apiId": "api", "stage": "$default", "requestId": "r", "timeEpoch": 0,
                "http": {"method": call.method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": call.address},
            },
            "body": call.body, "isBase64Encoded": false,
        });
        let answer = function.invoke(&self.context, event).await.unwrap();
        let headers = answer["headers"].as_object().unwrap();
        Answer {
            status: answer["statusCode"].as_u64().unwrap().try_into().unwrap(),
            headers: headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
            text: answer["body"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Sends a request as the administrator.
    pub async fn call(&self, call: Call) -> Answer {
        let token = self.token.clone();
        self.send(call.bearer(&token)).await
    }

    pub async fn try_login(&self, user: &str, password: &str, address: &str) -> Answer {
        let body = json!({"user": user, "password": password});
        self.send(Call::post("/api/v1/auth/login", &body).from(address)).await
    }

    pub async fn login(&self, user: &str, password: &str) -> String {
        let answer = self.try_login(user, password, "192.0.2.200").await.expect(200);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Gives the administrator another role, behind the API's back.
    pub async fn demote(&self, role: &str) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let (client, table) = self.context.configuration.raw();
        let update =
            client.update_item().table_name(table).key("pk", S("USER#admin".into())).key("sk", S("USER".into()));
        let update = update.update_expression("SET #role = :role").expression_attribute_names("#role", "role");
        update.expression_attribute_values(":role", S(role.into())).send().await.unwrap();
    }

    /// A tenant whose credentials the simulators know, not yet saved.
    pub fn tenant(&self, name: &str) -> Value {
        let mut platform = self.genesys_cloud.demo_settings();
        let fields = platform.as_object_mut().unwrap();
        fields.remove("integrationId");
        fields.remove("integrationManaged");
        fields.insert("integrationName".to_owned(), name.into());
        json!({
            "name": name,
            "messaging": {"connector": "line", "settings": self.line.demo_settings()},
            "cxPlatform": {"connector": "genesys-cloud", "settings": platform},
        })
    }

    /// As [`World::tenant`], on another channel.
    pub fn tenant_on(&self, channel: &str, name: &str) -> Value {
        let mut tenant = self.tenant(name);
        if let Some(network) = self.networks.get(channel) {
            tenant["messaging"] = json!({"connector": channel, "settings": network.demo_settings()});
        }
        tenant
    }

    /// Saves a tenant, and returns how it is shown.
    pub async fn create(&self, tenant: &Value) -> Value {
        self.call(Call::post("/api/v1/tenants", tenant)).await.expect(201).json()
    }
}
