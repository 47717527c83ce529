//! What the simulated network asks of a tenant's webhook.

use std::time::Duration;

use bytes::Bytes;
use contract::http::Request;
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::Value;

use crate::Link;

/// A request to be made to a webhook, not yet signed: [`crate::Network::request`] makes it ready, anew for each attempt.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// What it is, where [`crate::Network::answered`] must tell its posts apart.
    pub purpose: &'static str,
    /// Its method.
    pub method: Method,
    /// Where it goes; the tenant's webhook when none.
    pub url: Option<String>,
    /// Its body, if that is JSON.
    pub json: Value,
    /// Its body, if that is not JSON.
    pub body: Option<Bytes>,
    /// Headers that are the same for each attempt.
    pub headers: Vec<(HeaderName, String)>,
    /// Whose webhook, where it is not that of the action or of [`crate::State::link`].
    pub link: Option<Link>,
    /// The message on the stage that it carries, and whether that is marked as sent when it is taken. A failure is always
    /// marked.
    pub message: Option<(String, bool)>,
    /// For [`crate::State::post_later`]: how much later.
    pub delay: Duration,
    /// Whether it is tried once only.
    pub once: bool,
    /// Whether what follows it is posted even if it fails.
    pub optional: bool,
    query: Vec<(&'static str, &'static str)>,
}

impl Post {
    /// A JSON body, posted.
    pub fn json(json: Value) -> Self {
        Self { method: Method::POST, json, ..Self::default() }.header(header::CONTENT_TYPE, "application/json")
    }

    /// A form, posted.
    pub fn form(fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let post = Self { method: Method::POST, body: Some(form.finish().into()), ..Self::default() };
        post.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// A page that is fetched.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, ..Self::default() }.to(url)
    }

    /// To this address.
    pub fn to(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// With a header, in place of one with the same name.
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.retain(|(kept, _)| *kept != name);
        self.headers.push((name, value.into()));
        self
    }

    /// With the text of the tenant's setting at this JSON pointer in the query.
    pub fn with_query(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.query.push((name, pointer));
        self
    }

    /// Carries a message of the stage: marked as sent when it is taken, as failed when not.
    pub fn of(mut self, message: impl Into<String>) -> Self {
        self.message = Some((message.into(), true));
        self
    }

    /// Carries a message of the stage: marked as failed when it is not taken, and not at all when it is.
    pub fn failing(mut self, message: impl Into<String>) -> Self {
        self.message = Some((message.into(), false));
        self
    }

    /// For [`crate::Network::answered`] to know it by.
    pub fn named(mut self, purpose: &'static str) -> Self {
        self.purpose = purpose;
        self
    }

    /// To this tenant, whoever acted.
    pub fn over(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    /// This much later.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Tried once only.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// What follows it is posted even if it fails.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The request to this tenant, as far as it is the same for each attempt: to be signed.
    pub fn request(&self, link: &Link) -> Request {
        let mut url = self.url.clone().unwrap_or_else(|| link.webhook_url.clone());
        if !self.query.is_empty() {
            let text = |pointer: &str| link.settings.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(self.query.iter().map(|(name, pointer)| (*name, text(pointer))));
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&query.finish());
        }
        let mut request = Request::new(self.method.clone(), url);
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                request.headers.insert(name, value);
            }
        }
        match &self.body {
            Some(body) => request.body(body.clone()),
            None if self.json.is_null() => request,
            None => request.body(self.json.to_string()),
        }
    }
}
