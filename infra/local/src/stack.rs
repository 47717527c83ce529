//! Makes of the template what it is here: tables, queues, buckets and a key in [`local_aws`], a context for each function.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;
use aws::{Config, Context, lambda::Function};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use contract::Clock;
use infra_template::{Stack, Template};
use local_aws::{ACCESS_KEY, Aws, SECRET_KEY};
use serde_json::Value;

/// A function of the template, ready to be called.
pub struct Running {
    /// As the template describes it.
    pub described: infra_template::Function,
    /// What it does.
    pub function: Function,
    /// What it works with.
    pub context: Arc<Context>,
}

/// The template, deployed.
pub struct Deployed {
    /// Where everything is reached.
    pub root: String,
    /// The template's resources.
    pub stack: Stack,
    functions: BTreeMap<String, Running>,
}

/// Every function there is, by name.
fn functions() -> Vec<Function> {
    [registry::functions(), api::functions()].concat()
}

impl Deployed {
    /// Deploys the template to the AWS services; `variables` are laid over each function's own.
    pub async fn new(root: &str, aws: &Aws, variables: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let key = aws.create_kms_key("alias/um-local")?;
        let template = Template::deployed()?;
        let place = infra_template::Context::local(root)
            .with_parameter("Connectors", template.allowed_values("Connectors").join(","))
            .with_parameter("Environment", "dev")
            .with_parameter("ApiRoot", root)
            .with_parameter("TenantCacheSeconds", "2")
            .with_attributes(move |_, kind, attribute| {
                (kind == "AWS::KMS::Key" && attribute.is_none()).then(|| key.clone())
            });
        let mut stack = template.stack(&place)?;
        // What begins with AWS's own address of queues begins with ours here, in those functions that have it.
        let queues = place.queue_url("um-dev-");
        for function in &mut stack.functions {
            function.environment.entry("UM_QUEUE_PREFIX".to_owned()).and_modify(|prefix| prefix.clone_from(&queues));
        }
        for table in &stack.tables {
            aws.create_table(table.create.clone()).await.with_context(|| format!("table {}", table.name))?;
            if let Some(attribute) = &table.ttl_attribute {
                aws.enable_ttl(&table.name, attribute).await?;
            }
        }
        for bucket in &stack.buckets {
            aws.create_bucket(&bucket.name).await?;
        }
        // A dead-letter queue must exist before the queue that names it.
        let (sources, dead_letters): (Vec<_>, Vec<_>) =
            stack.queues.iter().partition(|queue| queue.attributes.contains_key("RedrivePolicy"));
        for queue in dead_letters.into_iter().chain(sources) {
            aws.sqs()
                .ensure_queue(&queue.name, &queue.attributes)
                .await
                .map_err(|error| anyhow::anyhow!("queue {}: {error}", queue.name))?;
        }
        let sdk = sdk_config(root).await;
        let mut known: BTreeMap<&str, Function> =
            functions().into_iter().map(|function| (function.name, function)).collect();
        let mut running = BTreeMap::new();
        for described in &stack.functions {
            let function = known
                .remove(described.name.as_str())
                .with_context(|| format!("the template names {}, which no room has", described.name))?;
            let environment = described.environment.clone().into_iter().chain(variables.clone());
            let config = Config::from_variables(environment)?;
            let context = Arc::new(Context::new(config, sdk.clone(), Clock::System));
            running.insert(described.name.clone(), Running { described: described.clone(), function, context });
        }
        Ok(Self { root: root.to_owned(), stack, functions: running })
    }

    /// The functions.
    pub fn functions(&self) -> impl Iterator<Item = &Running> {
        self.functions.values()
    }

    /// A function by its name.
    pub fn function(&self, name: &str) -> Option<&Running> {
        self.functions.get(name)
    }

    /// What a function works with.
    pub fn context(&self, name: &str) -> Option<&Arc<Context>> {
        self.functions.get(name).map(|running| &running.context)
    }
}

impl Running {
    /// Calls it with an event, within its time limit.
    pub async fn invoke(&self, event: Value) -> Result<Value, String> {
        let call = self.function.invoke(&self.context, event);
        match tokio::time::timeout(self.described.timeout, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("Task timed out after {} seconds", self.described.timeout.as_secs())),
        }
    }
}

async fn sdk_config(root: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None))
        .endpoint_url(root)
        .load()
        .await
}
