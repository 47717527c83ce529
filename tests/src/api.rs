//! The platform as an administrator and the networks see it: over HTTP.

use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{genesys, line};

/// The administrator's password in all tests.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// A tenant and what is needed to play its networks.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// LINE signs with it.
    pub channel_secret: String,
    /// Genesys Cloud signs with it.
    pub webhook_token: String,
    /// The Open Messaging integration.
    pub integration: String,
    /// As the API showed it.
    pub shown: Value,
}

/// The REST API and the webhooks of a platform.
#[derive(Clone)]
pub struct Api {
    root: String,
    http: Client,
    bearer: String,
}

/// The JSON of a LINE tenant on Genesys Cloud, whose integration is there already.
pub fn tenant_document(name: &str) -> Value {
    json!({
        "name": name,
        "enabled": true,
        "messaging": {
            "connector": "line",
            "prefixAgentName": false,
            "settings": { "channelId": "2001234567", "channelSecret": format!("channel-secret-of-{name}"), "botBasicId": "@acme" },
        },
        "cxPlatform": {
            "connector": "genesys-cloud",
            "customData": { "vip": "yes" },
            "settings": {
                "region": "mypurecloud.jp",
                "clientId": "oauth-client",
                "clientSecret": format!("client-secret-of-{name}"),
                "integrationName": format!("UM {name}"),
                "integrationId": "5f7d7ad1-0000-4000-8000-5ba1cbe1a0de",
                "webhookToken": format!("webhook-token-of-{name}"),
            },
        },
    })
}

impl Api {
    /// Logs in as the administrator.
    pub async fn log_in(root: &str) -> Self {
        let http = Client::builder().no_proxy().build().unwrap();
        let mut api = Self { root: root.to_owned(), http, bearer: String::new() };
        let credentials = json!({ "user": "admin", "password": ADMIN_PASSWORD });
        let (status, body) = api.call(Method::POST, "/api/v1/auth/login", Some(&credentials)).await;
        assert_eq!((status, &body["type"]), (StatusCode::OK, &json!("Bearer")), "{body}");
        api.bearer = body["token"].as_str().unwrap().to_owned();
        api
    }

    /// The token in use.
    pub fn bearer(&self) -> &str {
        &self.bearer
    }

    /// Where the platform is reached.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Calls the REST API; gives status and JSON (null when there is none).
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.root)).bearer_auth(&self.bearer);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    /// Creates a tenant from this document.
    pub async fn create_tenant(&self, document: &Value) -> Tenant {
        let (status, shown) = self.call(Method::POST, "/api/v1/tenants", Some(document)).await;
        assert_eq!(status, StatusCode::CREATED, "{shown}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Tenant {
            id: text(&shown["id"]),
            channel_secret: text(&document["messaging"]["settings"]["channelSecret"]),
            webhook_token: text(&document["cxPlatform"]["settings"]["webhookToken"]),
            integration: text(&shown["cxPlatform"]["settings"]["integrationId"]),
            shown,
        }
    }

    /// Creates the usual tenant.
    pub async fn tenant(&self, name: &str) -> Tenant {
        self.create_tenant(&tenant_document(name)).await
    }

    /// Sends a request as it is, to an address of the platform's or another one.
    pub async fn send(&self, method: Method, url: &str, headers: HeaderMap, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let response = self.http.request(method, url).headers(headers).body(body).send().await.unwrap();
        let status = response.status();
        (status, response.bytes().await.unwrap().to_vec())
    }

    /// Posts bytes with headers; an error is one of the connection.
    pub async fn try_post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> reqwest::Result<(StatusCode, Vec<u8>)> {
        let response = self.http.post(format!("{}{path}", self.root)).headers(headers).body(body).send().await?;
        let status = response.status();
        Ok((status, response.bytes().await?.to_vec()))
    }

    /// Posts bytes with headers.
    pub async fn post(&self, path: &str, headers: HeaderMap, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        self.try_post(path, headers, body).await.unwrap()
    }

    /// Fetches an address.
    pub async fn get(&self, url: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let response = self.http.get(url).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.bytes().await.unwrap().to_vec())
    }

    /// Posts events as LINE does; an error is one of the connection.
    pub async fn try_line(&self, tenant: &Tenant, events: &[Value]) -> reqwest::Result<StatusCode> {
        let body = line::body(events);
        let headers = line_headers(&line::sign(&tenant.channel_secret, &body));
        Ok(self.try_post(&format!("/line/{}", tenant.id), headers, body).await?.0)
    }

    /// Posts events as LINE does; they must be taken.
    pub async fn line(&self, tenant: &Tenant, events: &[Value]) {
        let status = self.try_line(tenant, events).await.unwrap();
        assert_eq!(status, StatusCode::OK);
    }

    /// Posts a message as Genesys Cloud does; an error is one of the connection.
    pub async fn try_genesys(&self, tenant: &Tenant, message: &Value) -> reqwest::Result<StatusCode> {
        let body = message.to_string().into_bytes();
        let headers = genesys_headers(&genesys::sign(&tenant.webhook_token, &body));
        Ok(self.try_post(&format!("/openmessaging/{}", tenant.id), headers, body).await?.0)
    }

    /// Posts a message as Genesys Cloud does; it must be taken. Gives its id.
    pub async fn genesys(&self, tenant: &Tenant, message: &Value) -> String {
        let status = self.try_genesys(tenant, message).await.unwrap();
        assert_eq!(status, StatusCode::OK);
        message["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Invokes a function as `cargo lambda invoke` does.
    pub async fn invoke(&self, function: &str, event: &Value) -> Value {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let (status, answer) = self.post(&path, HeaderMap::new(), event.to_string().into_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        assert!(status.is_success() && answer["errorMessage"].is_null(), "{function}: {status} {answer}");
        answer
    }
}

/// What LINE sends beside its body.
pub(crate) fn line_headers(signature: &str) -> HeaderMap {
    headers(&[
        ("content-type", "application/json"),
        ("user-agent", "LineBotWebhook/2.0"),
        ("x-line-signature", signature),
    ])
}

/// What Genesys Cloud sends beside its body.
pub(crate) fn genesys_headers(signature: &str) -> HeaderMap {
    headers(&[("content-type", "application/json"), ("x-hub-signature-256", signature)])
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}
