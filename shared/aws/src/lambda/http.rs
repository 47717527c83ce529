//! HTTP API events (payload format 2.0) to requests and back.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::{panic::AssertUnwindSafe, sync::Arc};

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use contract::{SOURCE_IP, WebhookRequest, WebhookResponse};
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{HttpHandler, InvokeError};
use crate::Context;

pub(super) async fn invoke(
    handler: &dyn HttpHandler,
    context: &Arc<Context>,
    event: Value,
) -> Result<Value, InvokeError> {
    let request = request(event)?;
    let answer = AssertUnwindSafe(handler.handle(context, request)).catch_unwind().await;
    let answer = answer.unwrap_or_else(|_| {
        tracing::error!("the handler panicked");
        WebhookResponse::empty(StatusCode::INTERNAL_SERVER_ERROR)
    });
    Ok(response(&answer))
}

fn request(event: Value) -> Result<WebhookRequest, InvokeError> {
    let event: ApiGatewayV2httpRequest =
        serde_json::from_value(event).map_err(|error| InvokeError::Event(contract::json_fault(&error)))?;
    let mut headers = event.headers;
    headers.remove(SOURCE_IP);
    if let Some(address) = event.request_context.http.source_ip.as_deref()
        && let Ok(value) = HeaderValue::from_str(address)
    {
        headers.insert(HeaderName::from_static(SOURCE_IP), value);
    }
    if let Some(cookies) = event.cookies
        && let Ok(value) = HeaderValue::from_str(&cookies.join("; "))
    {
        headers.insert(http::header::COOKIE, value);
    }
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        BASE64_STANDARD.decode(body).map_err(|_| InvokeError::Event("the body is not base64".to_owned()))?.into()
    } else {
        Bytes::from(body)
    };
    Ok(WebhookRequest {
        method: Method::from_bytes(event.request_context.http.method.as_str().as_bytes()).unwrap_or(Method::GET),
        path: event.raw_path.or(event.request_context.http.path).unwrap_or_else(|| "/".to_owned()),
        query: event.raw_query_string.unwrap_or_default(),
        headers,
        body,
    })
}

fn response(answer: &WebhookResponse) -> Value {
    let headers: Map<String, Value> = header_text(&answer.headers);
    let (body, base64) = match std::str::from_utf8(&answer.body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(&answer.body), true),
    };
    json!({ "statusCode": answer.status.as_u16(), "headers": headers, "body": body, "isBase64Encoded": base64 })
}

fn header_text(headers: &HeaderMap) -> Map<String, Value> {
    headers
        .keys()
        .map(|name| {
            let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (name.to_string(), Value::from(values.join(", ")))
        })
        .collect()
}
