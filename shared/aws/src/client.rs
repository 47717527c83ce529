//! The way out: one HTTP client for every provider.
//!
//! Time limits, size limits, the endpoint override and the deployment's proxy are applied here. Files named by strangers
//! are fetched with [`HttpClient::download`], which refuses addresses inside (see [`crate::guard`]).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::BytesMut;
use contract::{
    Fetched, SendError, SendErrorKind,
    http::{Request, Response, Transport},
};
use url::Url;

use crate::{
    config::Config,
    guard::{self, PublicResolver},
};

/// The longest answer read by default, in bytes.
const MAX_RESPONSE: u64 = 1 << 20;
/// Redirects followed when a file is fetched.
const MAX_REDIRECTS: usize = 5;

/// The way out.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    /// The clients for the proxy in force: rebuilt when the settings change it.
    clients: Mutex<(Option<String>, Option<Clients>)>,
}

#[derive(Clone)]
struct Clients {
    /// For providers' APIs: hosts that we name ourselves.
    trusted: reqwest::Client,
    /// For URLs that strangers name: connects to public addresses only.
    public: reqwest::Client,
}

impl HttpClient {
    /// A client; nothing is built until the first request.
    pub fn new(config: &Config) -> Self {
        Self { inner: Arc::new(Inner { config: config.clone(), clients: Mutex::new((None, None)) }) }
    }

    /// Puts the deployment's outbound proxy in force.
    pub fn use_proxy(&self, proxy: Option<&str>) {
        let mut clients = self.inner.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.0.as_deref() != proxy {
            *clients = (proxy.map(str::to_owned), None);
        }
    }

    /// The deployment's outbound proxy, user, password and all: for what has a client of its own.
    pub fn proxy(&self) -> Option<String> {
        self.inner.clients.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The way to one connector's provider, or to what stands in for it.
    pub fn for_connector(&self, connector: &str) -> ConnectorTransport {
        ConnectorTransport { client: self.clone(), endpoint: self.inner.config.endpoint(connector).cloned() }
    }

    fn clients(&self) -> Result<Clients, SendError> {
        let mut clients = self.inner.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = &clients.1 {
            return Ok(built.clone());
        }
        let base = || {
            let mut builder = reqwest::Client::builder()
                .user_agent(concat!("UniversalMessaging/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(5))
                .pool_idle_timeout(Duration::from_secs(50))
                .redirect(reqwest::redirect::Policy::none());
            if let Some(proxy) = &clients.0 {
                match reqwest::Proxy::all(proxy) {
                    Ok(proxy) => builder = builder.proxy(proxy),
                    Err(_) => return Err(unusable("The outbound proxy in the settings is not a URL.")),
                }
            }
            Ok(builder)
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|_| unusable("The HTTP client could not be set up."))
        };
        let built =
            Clients { trusted: build(base()?)?, public: build(base()?.dns_resolver(Arc::new(PublicResolver)))? };
        clients.1 = Some(built.clone());
        Ok(built)
    }

    async fn execute(&self, client: &reqwest::Client, request: Request) -> Result<Response, SendError> {
        let limit = request.max_response.unwrap_or(MAX_RESPONSE);
        let timeout = request.timeout.unwrap_or(self.inner.config.http_timeout);
        let mut response = client
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .timeout(timeout)
            .send()
            .await
            .map_err(transport_error)?;
        let too_large = || SendError::new(SendErrorKind::TooLarge).coded("response");
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: response.status(), headers: response.headers().clone(), body: body.freeze() })
    }

    /// Fetches a file from a URL that a stranger named: https only, public addresses only, redirects checked again, at
    /// most `max_bytes`. A connector's override exempts its origin from the first two.
    pub async fn download(
        &self,
        connector: &str,
        url: &str,
        authorization: Option<&str>,
        max_bytes: u64,
    ) -> Result<Fetched, SendError> {
        let endpoint = self.inner.config.endpoint(connector).cloned();
        let stands_in = |at: &mut Url| {
            endpoint.as_ref().is_some_and(|endpoint| {
                guard::replace_origin(at, endpoint);
                true
            })
        };
        self.fetch_file(url, authorization, max_bytes, stands_in).await
    }

    /// The same for a file that may be anywhere: an origin that some override names is exempt, none is replaced.
    async fn download_from_anywhere(&self, url: &str, max_bytes: u64) -> Result<Fetched, SendError> {
        let endpoints = &self.inner.config.endpoints;
        let named = |at: &mut Url| endpoints.values().any(|endpoint| endpoint.origin() == at.origin());
        self.fetch_file(url, None, max_bytes, named).await
    }

    async fn fetch_file(
        &self,
        url: &str,
        authorization: Option<&str>,
        max_bytes: u64,
        is_exempt: impl Fn(&mut Url) -> bool,
    ) -> Result<Fetched, SendError> {
        let unfetchable = |why: &str| SendError::new(SendErrorKind::MediaUnavailable).coded(why.to_owned());
        let clients = self.clients()?;
        let mut at = Url::parse(url).map_err(|_| unfetchable("url"))?;
        let first_host = at.host_str().map(str::to_owned);
        for _ in 0..=MAX_REDIRECTS {
            let exempt = is_exempt(&mut at);
            let client = if exempt {
                &clients.trusted
            } else {
                guard::check_url(&at).map_err(|refusal| unfetchable(refusal.word()))?;
                &clients.public
            };
            let mut request = Request::get(at.as_str()).max_response(max_bytes).timeout(Duration::from_secs(30));
            if let Some(authorization) = authorization
                && (exempt || at.host_str() == first_host.as_deref())
            {
                request = request.header(http::header::AUTHORIZATION, authorization);
            }
            let response = self.execute(client, request).await?;
            if response.status.is_redirection() {
                let target = response.header_str("location").ok_or_else(|| unfetchable("redirect"))?;
                at = at.join(target).map_err(|_| unfetchable("redirect"))?;
                continue;
            }
            return match response.status.as_u16() {
                200..=299 => Ok(Fetched {
                    mime: response
                        .header_str("content-type")
                        .and_then(|mime| mime.split(';').next())
                        .map(str::to_owned),
                    name: response.header_str("content-disposition").and_then(file_name),
                    bytes: response.body,
                }),
                status @ (408 | 425 | 429 | 500 | 502..=599) => {
                    Err(SendError::new(SendErrorKind::Unavailable).coded(status.to_string()))
                }
                status => Err(unfetchable(&status.to_string())),
            };
        }
        Err(unfetchable("redirects"))
    }
}

/// The file name of a `Content-Disposition`, without any path.
fn file_name(disposition: &str) -> Option<String> {
    let value = |key: &str| {
        disposition
            .split(';')
            .map(str::trim)
            .find_map(|part| part.strip_prefix(key))
            .map(|value| value.trim_matches('"'))
    };
    let name = match value("filename*=").and_then(|value| value.split_once("''")) {
        Some((_, encoded)) => {
            url::form_urlencoded::parse(encoded.replace('+', "%2B").as_bytes()).next()?.0.into_owned()
        }
        None => value("filename=")?.to_owned(),
    };
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    (!name.is_empty()).then_some(name)
}

fn unusable(sentence: &str) -> SendError {
    SendError::new(SendErrorKind::Internal).saying(sentence)
}

fn transport_error(error: reqwest::Error) -> SendError {
    if error.is_timeout() {
        SendErrorKind::Timeout.into()
    } else if error.is_builder() {
        SendError::new(SendErrorKind::InvalidMessage).coded("url")
    } else {
        // The chain names host and cause; a URL might hold a token.
        let mut cause: &dyn std::error::Error = &error.without_url();
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        if cause.is::<guard::NotPublic>() {
            return SendError::new(SendErrorKind::MediaUnavailable).coded(guard::Refusal::Address.word());
        }
        SendError::new(SendErrorKind::Connection).coded(cause.to_string())
    }
}

/// Carries one connector's requests.
pub struct ConnectorTransport {
    client: HttpClient,
    endpoint: Option<Url>,
}

#[async_trait]
impl Transport for ConnectorTransport {
    async fn send(&self, mut request: Request) -> Result<Response, SendError> {
        let mut url =
            Url::parse(&request.url).map_err(|_| SendError::new(SendErrorKind::InvalidMessage).coded("url"))?;
        match &self.endpoint {
            Some(endpoint) => guard::replace_origin(&mut url, endpoint),
            None if url.scheme() != "https" => {
                return Err(SendError::new(SendErrorKind::Forbidden).coded("https only"));
            }
            None => {}
        }
        request.url = url.into();
        let clients = self.client.clients()?;
        self.client.execute(&clients.trusted, request).await
    }

    fn stands_in(&self) -> bool {
        self.endpoint.is_some()
    }

    async fn download(&self, url: &str, max_bytes: u64) -> Result<Fetched, SendError> {
        self.client.download_from_anywhere(url, max_bytes).await
    }
}
