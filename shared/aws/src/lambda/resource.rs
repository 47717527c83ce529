//! Custom resources: what CloudFormation cannot make by itself, made by a function while a stack is deployed.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html>
//!
//! CloudFormation waits until the outcome is put to an address that it sends along, for an hour unless the template says
//! less (`ServiceTimeout`). So an outcome is put whatever happens: when the handler fails, panics, or takes too long, and
//! for events of a kind that nobody knows.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use contract::http::{Request, Transport};
use futures::FutureExt;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::InvokeError;
use crate::Context;

/// The name under which the address may be overridden: `UM_ENDPOINT_CLOUDFORMATION`.
const SERVICE: &str = "cloudformation";
/// How long the handler may take; the outcome still has to be put before the function's own time is up.
const PATIENCE: Duration = Duration::from_secs(25);
/// How often the outcome is put: nobody else would.
const TRIES: u32 = 3;
/// Longest reason, in characters: an outcome may have 4096 bytes.
const REASON_MAX: usize = 800;

/// Makes one kind of resource.
#[async_trait]
pub trait ResourceHandler: Send + Sync {
    /// The resource's id outside. Always the same: another one would make CloudFormation delete the one before.
    fn physical_id(&self) -> &str;
    /// Makes it, or changes it, to what these properties say; may be asked for several times. The sentence of a failure is
    /// shown to who deploys, and ends the deployment.
    async fn apply(&self, context: &Arc<Context>, properties: &Value) -> Result<(), String>;
    /// Takes it away with its stack. Nothing to do for what goes with its table.
    async fn delete(&self, _: &Arc<Context>, _: &Value) -> Result<(), String> {
        Ok(())
    }
}

/// What CloudFormation asks for. Does not print itself: properties may be secret, the address lets anybody answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Value,
}

pub(super) async fn invoke(
    handler: &dyn ResourceHandler,
    context: &Arc<Context>,
    event: Value,
) -> Result<Value, InvokeError> {
    let event: Event =
        serde_json::from_value(event).map_err(|error| InvokeError::Event(contract::json_fault(&error)))?;
    let outcome = outcome(handler, context, &event).await;
    match &outcome {
        Ok(()) => tracing::info!(request = event.request_type, resource = event.logical_resource_id, "done"),
        Err(reason) => {
            tracing::error!(request = event.request_type, resource = event.logical_resource_id, reason, "failed");
        }
    }
    let body = json!({
        "Status": if outcome.is_ok() { "SUCCESS" } else { "FAILED" },
        "Reason": outcome.err().unwrap_or_default().chars().take(REASON_MAX).collect::<String>(),
        "PhysicalResourceId": event.physical_resource_id.as_deref().unwrap_or(handler.physical_id()),
        "StackId": event.stack_id,
        "RequestId": event.request_id,
        "LogicalResourceId": event.logical_resource_id,
        "NoEcho": true,
    });
    put(context, &event.response_url, &body).await?;
    Ok(json!({ "put": body["Status"] }))
}

async fn outcome(handler: &dyn ResourceHandler, context: &Arc<Context>, event: &Event) -> Result<(), String> {
    let properties = &event.resource_properties;
    let work = async {
        match event.request_type.as_str() {
            "Create" | "Update" => handler.apply(context, properties).await,
            "Delete" => handler.delete(context, properties).await,
            other => Err(format!("CloudFormation asks for {other:?}, which nobody knows")),
        }
    };
    match tokio::time::timeout(PATIENCE, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err("The function broke; its log says where.".to_owned()),
        Err(_) => Err(format!("It took longer than {} s.", PATIENCE.as_secs())),
    }
}

/// Puts the outcome. The address is signed for a request without a content type.
async fn put(context: &Context, url: &str, body: &Value) -> Result<(), InvokeError> {
    let http = context.http.for_connector(SERVICE);
    let mut last = None;
    for _ in 0..TRIES {
        let request = Request::new(Method::PUT, url).body(body.to_string());
        match http.send(request).await {
            Ok(response) => match response.error(context.now()) {
                None => return Ok(()),
                Some(error) => last = Some(error),
            },
            Err(error) => last = Some(error),
        }
    }
    tracing::error!(error = ?last.as_ref().map(|error| error.kind), "the outcome cannot be put");
    // Lambda tries again, twice.
    Err(InvokeError::Unanswered)
}
