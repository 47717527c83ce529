//! `Idempotency-Key`: a `POST` that is sent again, because its answer was lost, is done once and answered twice.
//!
//! A layer around all handlers. The first request with a key claims it; its answer, when it succeeded, is kept for a day
//! under the key and sent again to every further request of the same caller with the same key and body. Another body is a
//! mistake of the caller's (422); a request that comes while the first is still under way has to wait (409). What failed is
//! not kept: the key is free again.
//!
//! Requests and answers may hold secrets: of a request only a hash is kept, and both are sealed.
//!
//! Callers are told apart by their credentials. Those who need none cannot be told apart: two of them may well count their
//! requests alike, so that among them another body is another request.
//!
//! Not for `/api/v1/auth`: to log in twice does no harm, and a token must not be had again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws::{
    Context,
    store::{ItemExt, StoreError, number, text},
};
use axum::{
    body::Body,
    extract::{FromRequestParts, MatchedPath, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    auth::Caller,
    describe::problem_response,
    problem::{Fault, Problem, ProblemKind},
};

/// The header of requests.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of answers that were given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in characters.
const KEY_MAX: usize = 255;
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long a request may be under way: no function runs as long. A key whose function died is free then.
const UNDER_WAY_MAX: Duration = Duration::from_secs(60);
/// Longest answer that is kept, in bytes; DynamoDB takes 400 KB, sealed and in base64.
const ANSWER_MAX: usize = 256 * 1024;
/// What is left out: who logs in must have a new token.
const LEFT_OUT: &str = "/api/v1/auth/";

/// Does a request with a key once.
pub async fn layer(request: Request, next: Next) -> Response {
    once(request, next).await.unwrap_or_else(Problem::into_response)
}

async fn once(request: Request, next: Next) -> Result<Response, Problem> {
    let extensions = request.extensions();
    let meant = request.method() == Method::POST
        && extensions.get::<MatchedPath>().is_some_and(|path| !path.as_str().starts_with(LEFT_OUT));
    let (Some(context), Some(key), true) =
        (extensions.get::<Arc<Context>>().cloned(), request.headers().get(HEADER).cloned(), meant)
    else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| Problem::parameter("Idempotency-Key", "must be 1 to 255 visible ASCII characters"))?
        .to_owned();
    // Whoever is not let in is told so by the handler.
    let Some(caller) = caller(&mut parts, &context).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    // Bodies are in memory already, so that reading them cannot fail.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let fingerprint = fingerprint_of(&parts, &body);
    let answer_key = match &caller {
        Requester::Known(caller) => AnswerKey::of(caller, &key),
        Requester::Anybody => AnswerKey::of(&format!("anybody {fingerprint}"), &key),
    };
    match claim(&context, &answer_key, &fingerprint).await? {
        Claim::Taken(claim) => {
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            Ok(settle(&context, &claim, response).await)
        }
        Claim::Answered(answer) => Ok(answer.into_response()),
        Claim::Other => Err(Problem::new(
            ProblemKind::KeyReused,
            "Another request was made with this Idempotency-Key. Make a new key for every new request.",
        )
        .naming(Fault::parameter("Idempotency-Key", "was used for another request"))),
        Claim::UnderWay => Err(Problem::new(
            ProblemKind::UnderWay,
            "The first request with this Idempotency-Key is not answered yet. Wait, and send it again.",
        )
        .retry_after(Duration::from_secs(1))),
    }
}

/// Who asks: each has keys of their own.
enum Requester {
    /// A user's, or those of one tenant's credentials.
    Known(String),
    /// Of somebody who needs no credentials, or has none.
    Anybody,
}

/// Who asks. None for a token that is not good.
async fn caller(parts: &mut Parts, context: &Arc<Context>) -> Option<Requester> {
    let Some(credentials) = parts.headers.get(header::AUTHORIZATION) else { return Some(Requester::Anybody) };
    if credentials.as_bytes().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic ")) {
        return Some(Requester::Known(format!("credentials {}", hex::encode(Sha256::digest(credentials.as_bytes())))));
    }
    let caller = <Caller as FromRequestParts<Arc<Context>>>::from_request_parts(parts, context).await.ok()?;
    Some(Requester::Known(format!("user {}", caller.user.name.to_lowercase())))
}

/// What makes two requests the same.
fn fingerprint_of(parts: &Parts, body: &Bytes) -> String {
    let mut hash = Sha256::new();
    for part in [parts.uri.path().as_bytes(), parts.uri.query().unwrap_or_default().as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Where a key's answer is kept.
struct AnswerKey {
    hash: String,
}

impl AnswerKey {
    fn of(caller: &str, key: &str) -> Self {
        Self { hash: hex::encode(Sha256::digest(format!("{caller}\n{key}"))) }
    }

    fn pk(&self) -> String {
        format!("ANSWER#{}", self.hash)
    }

    /// What it is sealed for.
    fn scope(&self) -> String {
        format!("answer/{}", self.hash)
    }
}

/// What is kept.
#[derive(Serialize, Deserialize)]
struct KeptRequest {
    request: String,
    /// A [`KeptAnswer`] as JSON, once there is one.
    answer: Option<String>,
}

/// An answer as it was given.
#[derive(Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl IntoResponse for KeptAnswer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

enum Claim {
    /// The key is this request's.
    Taken(TakenKey),
    /// It was answered.
    Answered(KeptAnswer),
    /// Another request has it.
    Other,
    /// The first one is not answered yet.
    UnderWay,
}

/// A key that this request has.
struct TakenKey {
    pk: String,
    scope: String,
    /// Tells this request from one that took the key after this one's time was up.
    token: String,
    fingerprint: String,
    data_key: String,
}

async fn claim(context: &Context, answer_key: &AnswerKey, fingerprint: &str) -> Result<Claim, Problem> {
    let (client, table) = context.configuration.raw();
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| StoreError::Aws(format!("randomness: {error}")))?;
    // Looked for first: sealing costs a call to KMS, and most who come with a used key come again.
    for _ in 0..2 {
        if let Some(found) = find(context, answer_key).await? {
            return Ok(match found {
                KeptRequest { request, .. } if request != fingerprint => Claim::Other,
                KeptRequest { answer: None, .. } => Claim::UnderWay,
                KeptRequest { answer: Some(answer), .. } => Claim::Answered(
                    serde_json::from_str(&answer).map_err(|_| StoreError::Unreadable("an answer".to_owned()))?,
                ),
            });
        }
        let (document, data_key) = seal(context, &answer_key.scope(), fingerprint, None, None).await?;
        let (now, token) = (context.now(), hex::encode(random));
        let written = client
            .put_item()
            .table_name(table)
            .item("pk", text(answer_key.pk()))
            .item("sk", text("ANSWER"))
            .item("claim", text(&token))
            .item("document", text(document))
            .item("dataKey", text(&data_key))
            .item("expiresAt", number(now.as_second() + UNDER_WAY_MAX.as_secs().cast_signed()))
            .condition_expression("attribute_not_exists(pk) OR expiresAt <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .send()
            .await;
        match written {
            Ok(_) => {
                let taken = TakenKey {
                    pk: answer_key.pk(),
                    scope: answer_key.scope(),
                    token,
                    fingerprint: fingerprint.to_owned(),
                    data_key,
                };
                return Ok(Claim::Taken(taken));
            }
            // Somebody was faster.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {}
            Err(error) => return Err(StoreError::aws(error).into()),
        }
    }
    Ok(Claim::UnderWay)
}

async fn seal(
    context: &Context,
    scope: &str,
    fingerprint: &str,
    answer: Option<&str>,
    data_key: Option<&str>,
) -> Result<(String, String), StoreError> {
    let mut document = json!({ "request": fingerprint, "answer": answer });
    let pointers = ["/request".to_owned(), "/answer".to_owned()];
    let key = context.configuration.vault().seal(scope, &mut document, &pointers, data_key).await?;
    Ok((document.to_string(), key.unwrap_or_default()))
}

async fn find(context: &Context, answer_key: &AnswerKey) -> Result<Option<KeptRequest>, StoreError> {
    let (client, table) = context.configuration.raw();
    let answer = client
        .get_item()
        .table_name(table)
        .key("pk", text(answer_key.pk()))
        .key("sk", text("ANSWER"))
        .consistent_read(true)
        .send()
        .await
        .map_err(StoreError::aws)?;
    let Some(item) = answer.item.filter(|item| !item.expired(context.now())) else { return Ok(None) };
    let mut document: Value = item.json("document")?.unwrap_or_default();
    context.configuration.vault().open(&answer_key.scope(), &mut document, item.text("dataKey")).await?;
    serde_json::from_value(document).map(Some).map_err(|_| StoreError::Unreadable("an answer".to_owned()))
}

/// Keeps an answer, or frees the key of a request that failed. Whatever happens to that, the request was answered.
async fn settle(context: &Context, taken: &TakenKey, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kept = match std::str::from_utf8(&body) {
        Ok(text) if parts.status.is_success() && text.len() <= ANSWER_MAX => {
            let headers = parts
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
            let answer =
                KeptAnswer { status: parts.status.as_u16(), headers: headers.collect(), body: text.to_owned() };
            keep(context, taken, &answer).await
        }
        _ => free(context, taken).await,
    };
    if let Err(error) = kept {
        tracing::error!(%error, "the answer to a request with an idempotency key cannot be kept");
    }
    Response::from_parts(parts, Body::from(body))
}

async fn keep(context: &Context, taken: &TakenKey, answer: &KeptAnswer) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let answer = serde_json::to_string(answer).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let (document, data_key) =
        seal(context, &taken.scope, &taken.fingerprint, Some(&answer), Some(&taken.data_key)).await?;
    let written = client
        .put_item()
        .table_name(table)
        .item("pk", text(&taken.pk))
        .item("sk", text("ANSWER"))
        .item("claim", text(&taken.token))
        .item("document", text(document))
        .item("dataKey", text(data_key))
        .item("expiresAt", number(context.now().as_second() + KEPT.as_secs().cast_signed()))
        .condition_expression("claim = :claim")
        .expression_attribute_values(":claim", text(&taken.token))
        .send()
        .await;
    written.map(|_| ()).map_err(StoreError::aws)
}

async fn free(context: &Context, taken: &TakenKey) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let deleted = client
        .delete_item()
        .table_name(table)
        .key("pk", text(&taken.pk))
        .key("sk", text("ANSWER"))
        .condition_expression("claim = :claim")
        .expression_attribute_values(":claim", text(&taken.token))
        .send()
        .await;
    deleted.map(|_| ()).map_err(StoreError::aws)
}

/// Tells of it in the description of every operation it holds for.
pub fn describe(paths: &mut Value) {
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        let Some(operation) = item.get_mut("post").filter(|_| !path.starts_with(LEFT_OUT)) else { continue };
        let parameter = json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes it safe to send the request again: a text of your own, such as a UUID, new for every \
                new request. For a day, the same key with the same request is answered as it was the first time.",
            "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$"},
        });
        match operation.get_mut("parameters").and_then(Value::as_array_mut) {
            Some(parameters) => parameters.push(parameter),
            None => operation["parameters"] = json!([parameter]),
        }
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        for status in [400, 409, 422, 500, 503] {
            responses.entry(status.to_string()).or_insert_with(|| problem_response(status));
        }
        let conflict = responses["409"]["description"].as_str().unwrap_or_default();
        responses["409"]["description"] =
            format!("{conflict} Or the first request with this `Idempotency-Key` is still under way.").into();
        for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
            response["headers"]["Idempotency-Replayed"] = json!({
                "description": "`true` when this was answered before, and nothing was done.",
                "schema": {"type": "string", "const": "true"},
            });
        }
    }
}
