//! The functions themselves, on local AWS services: one address for all tenants, the deployment's credentials, the landing
//! page.

use std::sync::Arc;

use ::apple_messages::AppleMessages;
use aws::{
    Config, Context,
    tenant::{ApiAuthentication, Commander, CxPlatformConfig, Messaging, Settings, Tenant},
};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use contract::{Clock, ProvisionStatus, Registration, RegistrationState, SendErrorKind, TenantId};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::function;

const MSP: &str = "653abce3-dead-beef-7fe3-247634adce53";
const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const BUSINESS: &str = "f6cc3a60-3e4b-11e9-b210-d663bd873d93";
const GUEST: &str = "urn:mbid:AQAAY45PVG4jgniq6rWSYuu9d7Ga6K22bxp0iUmPkdOwxr3y";

/// A token made by hand.
fn jwt(claims: &Value, secret: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(r#"{"typ":"JWT","alg":"HS256"}"#), part(&claims.to_string()));
    let mac = Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(secret).unwrap()).unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.chain_update(&message).finalize().into_bytes());
    format!("{message}.{signature}")
}

/// A deployment with nothing in it.
struct Deployment {
    aws: Aws,
    context: Arc<Context>,
}

impl Deployment {
    async fn new() -> Self {
        let aws = Aws::open(Options::default()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let router = aws.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
        let text = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
        let table = json!({
            "TableName": "configuration", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [text("pk"), text("sk"), text("kind"), text("name")],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": "byKind", "KeySchema": [key("kind", "HASH"), key("name", "RANGE")],
                "Projection": { "ProjectionType": "ALL" },
            }],
        });
        aws.create_table(table).await.unwrap();
        let fifo = [("FifoQueue".to_owned(), "true".to_owned())].into();
        aws.sqs().create_queue("inbound-genesys-cloud.fifo", &fifo).await.unwrap();
        let variables = [
            ("UM_CONFIGURATION_TABLE", "configuration".to_owned()),
            ("UM_QUEUE_PREFIX", format!("{root}/000000000000/")),
            ("UM_AMB_MSP_ID", MSP.to_owned()),
            ("UM_AMB_MSP_SECRET", SECRET.to_owned()),
        ];
        let config = Config::from_variables(variables.map(|(name, value)| (name.to_owned(), value))).unwrap();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None))
            .endpoint_url(&root)
            .load()
            .await;
        Self { aws, context: Arc::new(Context::new(config, sdk, Clock::System)) }
    }

    async fn save(&self, tenant: &Tenant) -> Result<(), SendErrorKind> {
        let found = self.context.configuration.tenant(&tenant.id).await.unwrap();
        let version = found.map_or(0, |found| found.version);
        self.context.configuration.put(tenant, version, &[], None).await.unwrap();
        self.context.claim_account(&AppleMessages, tenant).await.map_err(|error| error.kind)
    }

    /// Posts a text as Apple would; the status, and to whom the message was queued.
    async fn post(&self, business: &str, secret: &str) -> (u64, Vec<String>) {
        let now = Timestamp::now();
        let id = format!("event-{}", now.as_nanosecond());
        let token = jwt(&json!({ "aud": MSP, "iat": now.as_second() }), secret);
        let body = json!({
            "v": 1, "id": id, "type": "text", "body": "hello", "sourceId": GUEST, "destinationId": business,
            "locale": "en_US",
        });
        let headers = json!({
            "authorization": format!("Bearer {token}"), "id": id, "source-id": GUEST, "destination-id": business,
            "capability-list": "QUICK,LIST,TIME,AUTH,AUTH2,FORM",
        });
        let answer =
            self.call(function("apple-messages-webhook"), "POST", "/amb/message", "", headers, &body.to_string()).await;
        let queued = self.aws.sqs().browse("inbound-genesys-cloud.fifo", 100).unwrap();
        let tasks: Vec<Value> =
            queued.iter().map(|(message, _)| serde_json::from_str(&message.body).unwrap()).collect();
        let tenants = tasks.iter().filter(|task| task["message"]["eventId"] == id.as_str()).map(|task| {
            assert_eq!(task["message"]["guest"]["id"], GUEST);
            let at: Timestamp = task["message"]["at"].as_str().unwrap().parse().unwrap();
            assert!(at >= now, "the time is when it came");
            task["tenant"].as_str().unwrap().to_owned()
        });
        (answer["statusCode"].as_u64().unwrap(), tenants.collect())
    }

    async fn call(
        &self,
        function: aws::lambda::Function,
        method: &str,
        path: &str,
        query: &str,
        headers: Value,
        body: &str,
    ) -> Value {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
            "requestContext": { "http": { "method": method, "path": path, "sourceIp": "203.0.113.7" } },
            "body": BASE64_STANDARD.encode(body), "isBase64Encoded": true,
        });
        function.invoke(&self.context, event).await.unwrap()
    }
}

fn tenant(id: &str, business: &str) -> Tenant {
    let now = Timestamp::now();
    Tenant {
        id: TenantId::from(id),
        name: id.to_owned(),
        subscription_id: None,
        enabled: true,
        api_authentication: ApiAuthentication::None,
        messaging: Messaging {
            connector: "apple-messages".to_owned(),
            prefix_agent_name: false,
            storage_id: None,
            settings: Settings(json!({ "businessId": business })),
        },
        cx_platform: CxPlatformConfig {
            connector: "genesys-cloud".to_owned(),
            storage_id: None,
            default_agent_name: None,
            custom_data: Default::default(),
            settings: Settings(json!({})),
        },
        commander: Commander::default(),
        messaging_status: ProvisionStatus::NotNeeded,
        cx_platform_status: ProvisionStatus::NotNeeded,
        created_at: now,
        updated_at: now,
    }
}

#[tokio::test]
async fn one_address_for_all_tenants() {
    let deployment = Deployment::new().await;
    let other = "0a0b0c0d-3e4b-11e9-b210-d663bd873d93";
    assert_eq!(deployment.save(&tenant("acme", BUSINESS)).await, Ok(()));
    assert_eq!(deployment.save(&tenant("other", &other.to_uppercase())).await, Ok(()));
    for (business, secret, status, tenants) in [
        (BUSINESS, SECRET, 200, vec!["acme"]),
        (other, SECRET, 200, vec!["other"]),
        ("unknown-business", SECRET, 404, vec![]),
        (BUSINESS, "b3RoZXI=", 403, vec![]),
    ] {
        let (answered, queued) = deployment.post(business, secret).await;
        assert_eq!((answered, queued.iter().map(String::as_str).collect()), (status, tenants), "{business}");
    }
}

#[tokio::test]
async fn a_business_belongs_to_one_tenant() {
    let deployment = Deployment::new().await;
    let (acme, mut second) = (tenant("acme", BUSINESS), tenant("second", BUSINESS));
    assert_eq!(deployment.save(&acme).await, Ok(()));
    assert_eq!(deployment.save(&acme).await, Ok(()), "saved again");
    assert_eq!(deployment.save(&second).await, Err(SendErrorKind::Forbidden));
    assert_eq!(deployment.post(BUSINESS, SECRET).await, (200, vec!["acme".to_owned()]));

    // Once the first has another business, is switched off or deleted, the second may have it.
    let moved = tenant("acme", "another-business");
    assert_eq!(deployment.save(&moved).await, Ok(()));
    assert_eq!(deployment.save(&second).await, Ok(()));
    second.enabled = false;
    assert_eq!(deployment.save(&second).await, Ok(()));
    assert_eq!(deployment.save(&acme).await, Ok(()));
    deployment.context.release_account(&AppleMessages, &second).await.unwrap();
    let holder = deployment.context.configuration.account_holder("apple-messages", BUSINESS).await.unwrap();
    assert_eq!(holder, Some(acme.id.clone()), "nobody gives up what is another's");
    deployment.context.release_account(&AppleMessages, &acme).await.unwrap();
    let holder = deployment.context.configuration.account_holder("apple-messages", BUSINESS).await.unwrap();
    assert_eq!(holder, None);
}

/// A claim is believed no longer than the tenant has the account.
#[tokio::test]
async fn an_old_claim_opens_nothing() {
    let deployment = Deployment::new().await;
    deployment.save(&tenant("acme", BUSINESS)).await.unwrap();
    let moved = tenant("acme", "another-business");
    let version = deployment.context.configuration.tenant(&moved.id).await.unwrap().unwrap().version;
    deployment.context.configuration.put(&moved, version, &[], None).await.unwrap();
    assert_eq!(deployment.post(BUSINESS, SECRET).await, (404, vec![]));
}

#[tokio::test]
async fn the_landing_page() {
    let deployment = Deployment::new().await;
    let page = async |method: &str, query: &str, body: &str| -> (u64, String) {
        let register = function("apple-messages-register");
        let answer = deployment.call(register, method, "/amb/register", query, json!({}), body).await;
        assert!(answer["headers"]["content-security-policy"].as_str().unwrap().contains("default-src 'none'"));
        (answer["statusCode"].as_u64().unwrap(), answer["body"].as_str().unwrap().to_owned())
    };
    let (status, html) = page("GET", &format!("id={BUSINESS}&name=Acme%20%26%20Co"), "").await;
    assert_eq!(status, 200);
    assert!(html.contains(BUSINESS) && html.contains("Acme &amp; Co"));

    let (status, html) = page("POST", "", "businessId=&organization=Acme&email=x").await;
    assert_eq!(status, 422);
    assert_eq!(html.matches("role=\"alert\"").count(), 2);
    let form = |organization: &str| {
        format!("businessId={BUSINESS}&organization={organization}&email=a%40acme.example&notes=hi")
    };
    for organization in ["Acme", "Acme+Ltd"] {
        let (status, html) = page("POST", "", &form(organization)).await;
        assert_eq!(status, 200);
        assert!(html.contains("approved"));
    }
    let id = Registration::id_of("apple-messages", BUSINESS);
    let store = &deployment.context.configuration;
    let mut found = store.get::<Registration>(&id).await.unwrap().unwrap();
    assert_eq!((found.value.organization.as_str(), found.version), ("Acme Ltd", 2));
    assert_eq!((found.value.account.as_str(), &found.value.state), (BUSINESS, &RegistrationState::Pending));
    assert_eq!(found.value.details["notes"], "hi");

    // What is approved is not changed from here.
    found.value.state = RegistrationState::Approved { tenant_id: TenantId::from("acme") };
    store.put(&found.value, found.version, &[], None).await.unwrap();
    let (status, html) = page("POST", "", &form("Mallory")).await;
    assert_eq!(status, 200);
    assert!(html.contains("already"));
    assert_eq!(store.get::<Registration>(&id).await.unwrap().unwrap().value.organization, "Acme Ltd");
    assert_eq!(page("POST", "", &"a".repeat(20_000)).await.0, 413);
    let answer = deployment.call(function("apple-messages-register"), "PUT", "/amb/register", "", json!({}), "").await;
    assert_eq!(answer["statusCode"], 405);
}
