//! A resource's routes as a Lambda function: API Gateway's request goes through the router and its response back.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use aws::{
    Context,
    lambda::{Function, HttpHandler},
};
use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use contract::{WebhookRequest, WebhookResponse};
use http::{HeaderValue, Method, Uri, header};
use tower::ServiceExt;

use crate::{
    audit,
    describe::Routes,
    extract::SourceAddress,
    idempotency,
    problem::{Problem, ProblemKind},
};

/// Makes a function of a resource's routes.
pub fn function(name: &'static str, routes: Routes) -> Function {
    let (router, _) = routes.split_for_parts();
    let router = router
        .fallback(async || Problem::not_found("address"))
        .method_not_allowed_fallback(async |method: Method| {
            Problem::new(ProblemKind::MethodNotAllowed, format!("This address does not take {method}."))
        })
        .layer(middleware::from_fn(audit::layer))
        .layer(middleware::from_fn(idempotency::layer))
        .layer(middleware::from_fn(finish));
    Function::http(name, Api { router })
}

struct Api {
    router: Router<Arc<Context>>,
}

#[async_trait]
impl HttpHandler for Api {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        let response = match into_http(request) {
            Ok(mut request) => {
                // For the layers; handlers have it as their state.
                request.extensions_mut().insert(context.clone());
                match self.router.clone().with_state(context.clone()).oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            }
            Err(problem) => problem.into_response(),
        };
        let (parts, body) = response.into_parts();
        // Bodies are made in memory, so that reading them cannot fail.
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        WebhookResponse { status: parts.status, headers: parts.headers, body }
    }
}

fn into_http(request: WebhookRequest) -> Result<Request, Problem> {
    let uri =
        if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
    let uri: Uri = uri.parse().map_err(|_| Problem::new(ProblemKind::Malformed, "The address cannot be read."))?;
    let source = SourceAddress(request.source_ip().to_owned());
    let mut made = Request::new(Body::from(request.body));
    *made.method_mut() = request.method;
    *made.uri_mut() = uri;
    *made.headers_mut() = request.headers;
    made.extensions_mut().insert(source);
    Ok(made)
}

/// Logs the request without anything of its content, and sees to the headers every answer has.
async fn finish(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = response.status().as_u16(), took_ms, "request");
    response
}
