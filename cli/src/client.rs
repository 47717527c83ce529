//! The REST API over HTTP: logs in when it has to, tells answers from failures.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    arguments::General,
    configuration::{Configuration, Hidden},
    failure::Failure,
    log::{Level, Log},
    prompt, session,
    show::remark,
};

/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Where the cursor of a list's next page is.
const NEXT_CURSOR: &str = "x-next-cursor";

/// A deployment's API, as one user.
pub struct Client {
    http: reqwest::Client,
    pub configuration: Configuration,
    log: Log,
    quiet: bool,
    token: Option<Token>,
}

struct Token {
    text: Hidden,
    from: Source,
}

/// Where a token is from, and so what is to be done when it is refused, and in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It was given.
    Given,
    /// `um login` kept it.
    Kept,
    /// Of this very run.
    Own,
}

/// What was answered.
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    next: Option<String>,
}

/// A request to be sent.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, Zeroizing<String>)>,
    body: Option<Vec<u8>>,
}

impl Call {
    pub fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), query: Vec::new(), headers: Vec::new(), body: None }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string().into_bytes())
    }

    /// With a body of JSON.
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("content-type", "application/json")
    }

    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, Zeroizing::new(value.to_owned())));
        self
    }
}

/// A segment of a path: whatever was given stays one.
pub fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

impl Client {
    /// A client that has not logged in yet.
    pub fn new(general: &General) -> Result<Self, Failure> {
        let configuration = Configuration::load(general)?;
        let log = Log::open(general.log.as_deref())?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("um/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(Duration::from_secs(general.timeout))
            // A token goes to the address that was named, and nowhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::failed(format!("no HTTP client: {error}")))?;
        let token = match &configuration.token {
            Some(text) => Some(Token { text: text.clone(), from: Source::Given }),
            None => {
                session::find(&configuration.url, &configuration.user).map(|text| Token { text, from: Source::Kept })
            }
        };
        if configuration.url.starts_with("http://") && !is_loopback(&configuration.url) {
            remark(general.quiet, "the connection is not encrypted: everybody on the way reads the password");
        }
        Ok(Self { http, configuration, log, quiet: general.quiet, token })
    }

    /// Whether a token of `um login` or of the environment is at hand.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Logs in with the password, known or asked for. Returns the token and when it expires.
    pub async fn log_in(&mut self) -> Result<(Hidden, Timestamp), Failure> {
        let (user, url) = (self.configuration.user.clone(), self.configuration.url.clone());
        let password = match &self.configuration.password {
            Some(password) => password.clone(),
            None => prompt::ask(
                &format!("password of {user} at {url}"),
                "log in with `um login`, or set UM_PASSWORD or UM_TOKEN",
            )?,
        };
        let body = Zeroizing::new(json!({ "user": user, "password": *password }).to_string());
        let call = Call::new(Method::POST, "/api/v1/auth/login").body(body.as_bytes().to_vec());
        let answer = self.answer(self.send(&call, None).await?).await?;
        let (Some(token), Some(expires)) = (answer.body["token"].as_str(), answer.body["expiresAt"].as_str()) else {
            return Err(Failure::failed(format!("{url} does not answer as Universal Messaging does")));
        };
        let expires = expires.parse().unwrap_or_else(|_| Timestamp::now());
        let token = Zeroizing::new(token.to_owned());
        self.token = Some(Token { text: token.clone(), from: Source::Own });
        Ok((token, expires))
    }

    /// Sends a request as the user, and reads the answer; a failure when it is none of success.
    pub async fn call(&mut self, call: Call) -> Result<Answer, Failure> {
        let response = self.open(&call).await?;
        self.answer(response).await
    }

    /// Sees to it that there is a token, before anything else is said on the terminal.
    pub async fn authorise(&mut self) -> Result<(), Failure> {
        if self.token.is_none() {
            self.log_in().await?;
        }
        Ok(())
    }

    /// As [`Client::call`], the body yet to be read.
    pub async fn open(&mut self, call: &Call) -> Result<Response, Failure> {
        self.authorise().await?;
        let token = self.token.as_ref().map(|token| token.text.clone());
        let response = self.send(call, token.as_ref()).await?;
        let kept = self.token.as_ref().is_some_and(|token| token.from == Source::Kept);
        if response.status() != StatusCode::UNAUTHORIZED || !kept {
            return Ok(response);
        }
        // It was ended elsewhere, by another password for instance.
        session::forget(&self.configuration.url, &self.configuration.user)?;
        self.token = None;
        self.log_in().await?;
        let token = self.token.as_ref().map(|token| token.text.clone());
        self.send(call, token.as_ref()).await
    }

    /// All entries of a list, page by page.
    pub async fn list(&mut self, call: Call) -> Result<Vec<Value>, Failure> {
        let (mut entries, mut cursor) = (Vec::new(), None);
        loop {
            let mut page = call.clone();
            if let Some(cursor) = cursor {
                page = page.query("cursor", cursor);
            }
            let answer = self.call(page).await?;
            match answer.body {
                Value::Array(found) => entries.extend(found),
                _ => return Err(Failure::failed("the deployment did not answer with a list")),
            }
            cursor = answer.next;
            if cursor.is_none() {
                return Ok(entries);
            }
        }
    }

    /// Sends a request with other credentials than the user's, or none.
    pub async fn call_as(&self, call: Call, credentials: Option<(&str, &str)>) -> Result<Answer, Failure> {
        let mut request = self.request(&call);
        if let Some((user, password)) = credentials {
            request = request.basic_auth(user, Some(password));
        }
        self.answer(self.run(&call, request).await?).await
    }

    /// Ends a session that was begun for this run alone.
    pub async fn close(&mut self) {
        if self.token.as_ref().is_some_and(|token| token.from == Source::Own) {
            let _ = self.end_session().await;
        }
    }

    /// Ends the session.
    pub async fn end_session(&mut self) -> Result<(), Failure> {
        let Some(token) = self.token.take() else { return Ok(()) };
        let response = self.send(&Call::new(Method::POST, "/api/v1/auth/logout"), Some(&token.text)).await?;
        // A session that is over is what was wanted.
        if response.status() == StatusCode::UNAUTHORIZED { Ok(()) } else { self.answer(response).await.map(|_| ()) }
    }

    /// The token is kept for other runs, and not ended with this one.
    pub fn keep(&mut self) {
        if let Some(token) = &mut self.token {
            token.from = Source::Kept;
        }
    }

    async fn send(&self, call: &Call, token: Option<&Hidden>) -> Result<Response, Failure> {
        let mut request = self.request(call);
        if let Some(token) = token {
            request = request.bearer_auth(token.as_str());
        }
        self.run(call, request).await
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let mut url = format!("{}{}", self.configuration.url, call.path);
        if !call.query.is_empty() {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(call.query.iter().map(|(name, value)| (*name, value.as_str())));
            url = format!("{url}?{}", query.finish());
        }
        let mut request = self.http.request(call.method.clone(), url);
        for (name, value) in &call.headers {
            request = request.header(*name, value.as_str());
        }
        match &call.body {
            Some(body) => request.body(body.clone()),
            None => request,
        }
    }

    async fn run(&self, call: &Call, request: reqwest::RequestBuilder) -> Result<Response, Failure> {
        let started = Instant::now();
        let fields = |rest: Value| {
            let mut fields =
                json!({ "method": call.method.as_str(), "path": call.path, "url": self.configuration.url });
            if let (Some(fields), Value::Object(rest)) = (fields.as_object_mut(), rest) {
                fields.extend(rest);
            }
            fields
        };
        let size = call.body.as_ref().map_or(0, Vec::len);
        self.log.write(Level::Debug, "request", fields(json!({ "bytes": size })));
        match request.send().await {
            Ok(response) => {
                let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                let status = response.status().as_u16();
                self.log.write(Level::Info, "answer", fields(json!({ "status": status, "tookMs": took })));
                Ok(response)
            }
            Err(error) => {
                let failure = Failure::from(error.without_url());
                self.log.write(Level::Error, "no answer", fields(json!({ "error": failure.message() })));
                Err(Failure::unreachable(format!("{} does not answer: {}", self.configuration.url, failure.message())))
            }
        }
    }

    /// Reads an answer.
    pub async fn answer(&self, response: Response) -> Result<Answer, Failure> {
        let status = response.status();
        let next = response.headers().get(NEXT_CURSOR).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let location = response.headers().contains_key(header::LOCATION);
        let bytes = response.bytes().await?;
        if status.is_redirection() && location {
            return Err(Failure::failed("the address leads elsewhere: give the one of the deployment itself"));
        }
        if !status.is_success() {
            let failure = Failure::answered(status, &bytes);
            self.log.write(Level::Error, "refused", json!({ "status": status.as_u16(), "detail": failure.message() }));
            return Err(failure);
        }
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes)
                .map_err(|_| Failure::failed("the deployment did not answer with JSON: is the address right?"))?,
        };
        Ok(Answer { status, body, next })
    }

    /// A remark to whoever looks on.
    pub fn remark(&self, text: &str) {
        remark(self.quiet, text);
    }

    /// Whether remarks are unwanted.
    pub fn quiet(&self) -> bool {
        self.quiet
    }
}

/// Whether an address is this machine's own.
fn is_loopback(url: &str) -> bool {
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one() {
        for (text, expected) in [("259bb4e2-f7e5", "259bb4e2-f7e5"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("..é", "..%C3%A9")]
        {
            assert_eq!(segment(text), expected);
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        assert!(
            is_loopback("http://127.0.0.1:9000") && is_loopback("http://localhost") && is_loopback("http://[::1]:1")
        );
        assert!(!is_loopback("http://um.example") && !is_loopback("http://127.example"));
    }
}
