//! A call to the provider's API.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::http::Response;
use http::{HeaderMap, Method, header};
use serde_json::Value;
use url::form_urlencoded;

/// One request to the provider, whole.
#[derive(Clone, Debug)]
pub struct ProviderCall {
    /// Its method.
    pub method: Method,
    /// Its path without slashes at the ends, percent-encoded as it came.
    pub path: String,
    /// Its query without the question mark, as it came.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty while [`crate::Network::spared`] is asked.
    pub body: Bytes,
    /// What the webhook answered to [`crate::Network::handshake`], where one was made: the error says why it failed.
    pub handshake: Option<Result<Response, String>>,
}

impl ProviderCall {
    /// Its method, for a match.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// Its path, for a match.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path's segments.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').collect()
    }

    /// A header's text; none if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer …`.
    pub fn bearer(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
    }

    /// User name and password of `Authorization: Basic …`.
    pub fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header(header::AUTHORIZATION.as_str())?.strip_prefix("Basic ")?;
        let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (user, password) = pair.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// Whether user name and password are those in these settings.
    pub fn basic_is(&self, settings: &Value, user: &str, password: &str) -> bool {
        let given = self.basic();
        given.is_some_and(|given| settings[user] == given.0.as_str() && settings[password] == given.1.as_str())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        self.try_json().unwrap_or_default()
    }

    /// The body as JSON, with what is wrong with it.
    pub fn try_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// Whether the content type begins so.
    pub fn content_type_is(&self, begin: &str) -> bool {
        self.header(header::CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with(begin))
    }

    /// A field of the query; empty when it is missing.
    pub fn query(&self, name: &str) -> String {
        field(self.query.as_bytes(), name)
    }

    /// A field of a form; empty when it is missing.
    pub fn form(&self, name: &str) -> String {
        field(&self.body, name)
    }
}

fn field(encoded: &[u8], name: &str) -> String {
    let mut fields = form_urlencoded::parse(encoded);
    fields.find_map(|(key, value)| (key == name).then(|| value.into_owned())).unwrap_or_default()
}
