//! A provider played by a test: it keeps every request, and does to it what the test says.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// Its method.
    pub method: Method,
    /// Its path, without the query.
    pub path: String,
    /// Its query, without the question mark.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What was answered; none while nothing was, and when the connection was broken.
    pub status: Option<u16>,
    /// Whether the provider took it: it is as good as said, even if the answer was lost.
    pub taken: bool,
}

impl Received {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What is done to a request.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// What the provider does on a good day.
    Take,
    /// The same, later.
    TakeAfter(Duration),
    /// The same, but the answer is lost on the way.
    TakeAndDrop,
    /// An answer instead: status, `Retry-After`, body. It is not taken.
    Answer(u16, Option<u32>, Value),
    /// No answer; after this long the connection breaks. It is not taken.
    Hang(Duration),
    /// The connection breaks at once. It is not taken.
    Drop,
}

impl Behaviour {
    /// A status with an empty object.
    pub fn status(status: u16) -> Self {
        Self::Answer(status, None, Value::Object(serde_json::Map::new()))
    }
}

type Script = Arc<dyn Fn(&Received) -> Behaviour + Send + Sync>;
type Custom = Arc<dyn Fn(&Received) -> Response<Body> + Send + Sync>;

/// A provider. When it is dropped its port closes.
pub struct Provider {
    origin: String,
    inner: Arc<Inner>,
    server: tokio::task::JoinHandle<()>,
}

struct Inner {
    received: Mutex<Vec<Received>>,
    script: Mutex<Script>,
    custom: Custom,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Provider {
    /// Starts one; `custom` is what it answers on a good day.
    pub async fn start(custom: impl Fn(&Received) -> Response<Body> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            received: Mutex::default(),
            script: Mutex::new(Arc::new(|_| Behaviour::Take)),
            custom: Arc::new(custom),
        });
        let serving = inner.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let inner = serving.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(inner.clone(), request));
                    // A broken connection is what some tests want.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { origin, inner, server }
    }

    /// Where it is reached.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// From now on does this to requests.
    pub fn script(&self, script: impl Fn(&Received) -> Behaviour + Send + Sync + 'static) {
        *self.inner.script.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
    }

    /// From now on has good days only.
    pub fn heal(&self) {
        self.script(|_| Behaviour::Take);
    }

    /// All requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.inner.received().clone()
    }

    /// The requests so far to paths that end so.
    pub fn received_at(&self, end: &str) -> Vec<Received> {
        self.inner.received().iter().filter(|request| request.path.ends_with(end)).cloned().collect()
    }

    /// Of those, the ones it took.
    pub fn taken_at(&self, end: &str) -> Vec<Received> {
        let mut received = self.received_at(end);
        received.retain(|request| request.taken);
        received
    }
}

impl Inner {
    fn received(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection breaks.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken on purpose")
    }
}

impl std::error::Error for Broken {}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(|_| Broken)?;
    let received = Received {
        at: Instant::now(),
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        status: None,
        taken: false,
    };
    let script = inner.script.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let behaviour = script(&received);
    let place = {
        let mut all = inner.received();
        all.push(received.clone());
        all.len() - 1
    };
    let take = |lost: bool| {
        let response = (inner.custom)(&received);
        let noted = &mut inner.received()[place];
        noted.taken = response.status().is_success();
        noted.status = (!lost).then_some(response.status().as_u16());
        response
    };
    match behaviour {
        Behaviour::Take => Ok(take(false)),
        Behaviour::TakeAfter(wait) => {
            tokio::time::sleep(wait).await;
            Ok(take(false))
        }
        Behaviour::TakeAndDrop => {
            take(true);
            Err(Broken)
        }
        Behaviour::Answer(status, retry_after, body) => {
            inner.received()[place].status = Some(status);
            let mut response = json(status, &body);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
        Behaviour::Hang(wait) => {
            tokio::time::sleep(wait).await;
            Err(Broken)
        }
        Behaviour::Drop => Err(Broken),
    }
}

/// An answer of JSON.
pub fn json(status: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let mime = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, mime);
    response
}

/// A file.
pub fn file(mime: &str, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(http::header::CONTENT_TYPE, mime.parse().unwrap());
    response
}
