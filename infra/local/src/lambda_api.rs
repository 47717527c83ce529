//! Lambda's Invoke API, as `cargo lambda invoke` speaks it.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::stack::Deployed;

/// The function's name in an Invoke path, if it is one.
pub fn function_of(path: &str) -> Option<&str> {
    path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")
}

/// Invokes a function.
pub async fn invoke(deployed: &Deployed, name: &str, body: &Bytes) -> Response {
    let Some(running) = deployed.function(name) else {
        let names: Vec<&str> = deployed.functions().map(|running| running.described.name.as_str()).collect();
        let message = format!("Function not found: {name}. There are: {}", names.join(", "));
        return failure(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    };
    let event: Value = match serde_json::from_slice(body) {
        Ok(event) => event,
        Err(error) => {
            let message = format!("Could not parse request body into json: {error}");
            return failure(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &message);
        }
    };
    match running.invoke(event).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(message) => {
            let body = json!({ "errorType": "Unhandled", "errorMessage": message });
            ([("x-amz-function-error", "Unhandled")], axum::Json(body)).into_response()
        }
    }
}

fn failure(status: StatusCode, kind: &'static str, message: &str) -> Response {
    (status, [("x-amzn-errortype", kind)], axum::Json(json!({ "Type": "User", "Message": message }))).into_response()
}
