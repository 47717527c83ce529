//! The glue to AWS Lambda. A room says what its functions do ([`Function`]); `main` hands one of them to [`run`]; the local
//! environment calls [`Function::invoke`] in process with the same events.

mod http;
mod queue;
mod resource;

use std::sync::Arc;

use async_trait::async_trait;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

pub use self::{
    queue::{QueueOutcome, QueueRecord},
    resource::ResourceHandler,
};
use crate::Context;
use contract::{Deployment, Purpose, WebhookRequest, WebhookResponse};

/// A Lambda function: its name (that of its folder in `events/` and in the templates), what it does, how it is deployed.
#[derive(Clone)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub handler: Handler,
    /// How it is deployed.
    pub deployment: Deployment,
}

/// What a function does.
#[derive(Clone)]
pub enum Handler {
    /// Answers HTTP requests.
    Http(Arc<dyn HttpHandler>),
    /// Takes messages from a FIFO queue.
    Queue(Arc<dyn QueueHandler>),
    /// Runs every so often.
    Schedule(Arc<dyn ScheduleHandler>),
    /// Makes a resource of the stack.
    Resource(Arc<dyn ResourceHandler>),
}

/// Answers HTTP requests.
#[async_trait]
pub trait HttpHandler: Send + Sync {
    /// Answers one.
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse;
}

/// Takes messages from a FIFO queue, one at a time; the glue keeps the order of each group.
#[async_trait]
pub trait QueueHandler: Send + Sync {
    /// Handles one message.
    async fn handle(&self, context: &Arc<Context>, record: QueueRecord) -> QueueOutcome;
}

/// Runs every so often.
#[async_trait]
pub trait ScheduleHandler: Send + Sync {
    /// Runs once. Returns what it did, for the log.
    async fn handle(&self, context: &Arc<Context>) -> Result<Value, contract::SendError>;
}

/// An error of the function itself: nothing was answered, Lambda tries again where it does.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The event is not of the kind this function takes.
    #[error("the event is not what this function takes: {0}")]
    Event(String),
    /// A scheduled run failed.
    #[error("the scheduled run failed: {0}")]
    Schedule(contract::SendError),
    /// CloudFormation could not be told what became of a resource.
    #[error("the outcome cannot be told to CloudFormation")]
    Unanswered,
}

impl From<InvokeError> for Diagnostic {
    fn from(error: InvokeError) -> Self {
        let error_type = match &error {
            InvokeError::Event(_) => "UnknownEvent".to_owned(),
            InvokeError::Schedule(error) => format!("{:?}", error.kind),
            InvokeError::Unanswered => "Unanswered".to_owned(),
        };
        Self { error_type, error_message: error.to_string() }
    }
}

impl Function {
    /// Deployed like this.
    #[must_use]
    pub fn deployed(self, deployment: Deployment) -> Self {
        Self { deployment, ..self }
    }

    /// Shipped in a binary of another name than its own; `_HANDLER` tells it from the others there.
    #[must_use]
    pub fn binary(mut self, binary: &'static str) -> Self {
        self.deployment.binary = Some(binary);
        self
    }

    fn of(name: &'static str, handler: Handler, purpose: Purpose) -> Self {
        Self { name, handler, deployment: Deployment::of(purpose) }
    }

    /// A function that answers HTTP requests.
    pub fn http(name: &'static str, handler: impl HttpHandler + 'static) -> Self {
        Self::of(name, Handler::Http(Arc::new(handler)), Purpose::Page)
    }

    /// A function that takes messages from a queue.
    pub fn queue(name: &'static str, handler: impl QueueHandler + 'static) -> Self {
        Self::of(name, Handler::Queue(Arc::new(handler)), Purpose::Deliver)
    }

    /// A function that runs every so often.
    pub fn schedule(name: &'static str, handler: impl ScheduleHandler + 'static) -> Self {
        Self::of(name, Handler::Schedule(Arc::new(handler)), Purpose::Watch)
    }

    /// A function that makes a resource of the stack.
    pub fn resource(name: &'static str, handler: impl ResourceHandler + 'static) -> Self {
        Self::of(name, Handler::Resource(Arc::new(handler)), Purpose::Page)
    }

    /// Handles one Lambda event, and gives Lambda's answer.
    pub async fn invoke(&self, context: &Arc<Context>, event: Value) -> Result<Value, InvokeError> {
        match &self.handler {
            Handler::Http(handler) => http::invoke(handler.as_ref(), context, event).await,
            Handler::Queue(handler) => queue::invoke(handler, context, event).await,
            Handler::Resource(handler) => resource::invoke(handler.as_ref(), context, event).await,
            Handler::Schedule(handler) => {
                let did = handler.handle(context).await.map_err(InvokeError::Schedule)?;
                tracing::info!(%did, "scheduled run");
                Ok(json!({ "did": did }))
            }
        }
    }
}

/// Runs that one of a binary's functions which Lambda's handler names: a function's `Handler` in the template, which Lambda
/// hands over as `_HANDLER`.
pub async fn run_one_of(functions: Vec<Function>) -> Result<(), lambda_runtime::Error> {
    run(one_of(functions, std::env::var("_HANDLER").ok().as_deref())?).await
}

/// The handler that was asked for is none of this binary's functions.
#[derive(Debug, thiserror::Error)]
#[error("_HANDLER is {handler:?}; this binary has {names}")]
pub struct UnknownHandler {
    handler: String,
    names: String,
}

fn one_of(functions: Vec<Function>, handler: Option<&str>) -> Result<Function, UnknownHandler> {
    let handler = handler.unwrap_or_default();
    let names = functions.iter().map(|function| function.name).collect::<Vec<_>>().join(", ");
    let found = functions.into_iter().find(|function| function.name == handler);
    found.ok_or_else(|| UnknownHandler { handler: handler.to_owned(), names })
}

/// Runs a function on Lambda, or under `cargo lambda watch`.
pub async fn run(function: Function) -> Result<(), lambda_runtime::Error> {
    crate::telemetry::start();
    let context = Arc::new(Context::from_env().await?);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let (function, context) = (&function, &context);
        async move { function.invoke(context, event.payload).await }
    }))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    #[async_trait]
    impl ScheduleHandler for Nothing {
        async fn handle(&self, _: &Arc<Context>) -> Result<Value, contract::SendError> {
            Ok(Value::Null)
        }
    }

    #[test]
    fn the_handler_says_which_function_it_is() {
        let choose = |handler: Option<&str>| {
            let functions = ["line-webhook", "viber-webhook"].map(|name| Function::schedule(name, Nothing));
            one_of(functions.into(), handler).map(|function| function.name).map_err(|error| error.to_string())
        };
        assert_eq!(choose(Some("viber-webhook")), Ok("viber-webhook"));
        for (handler, said) in [(Some("bootstrap"), "bootstrap"), (Some("line"), "line"), (None, "")] {
            let words = format!("_HANDLER is {said:?}; this binary has line-webhook, viber-webhook");
            assert_eq!(choose(handler), Err(words));
        }
    }
}
