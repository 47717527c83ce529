//! What a template does not know of itself: parameters, account, region, addresses.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The name of a resource → its address, as [`Context::queue_url`] answers it.
type Address = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// `(logical id, resource type, attribute)` → its value; the attribute is `None` for a `!Ref`.
type Attributes = Arc<dyn Fn(&str, &str, Option<&str>) -> Option<String> + Send + Sync>;

/// Where a template is evaluated. [`Context::local`] is the local environment's.
#[derive(Clone)]
pub struct Context {
    /// Values of parameters; what is not given takes its default.
    pub parameters: BTreeMap<String, String>,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`, twelve digits.
    pub account: String,
    /// `AWS::StackName`.
    pub stack_name: String,
    /// Address of the HTTP API: what its `ApiEndpoint` is, no slash at the end.
    pub api_root: String,
    queue_url: Address,
    attributes: Attributes,
}

impl Context {
    /// A deployment in an AWS account, as far as it can be foreseen: the API has an invented id.
    pub fn aws(region: impl Into<String>, account: impl Into<String>) -> Self {
        let (region, account) = (region.into(), account.into());
        let (queue_region, queue_account) = (region.clone(), account.clone());
        Self {
            parameters: BTreeMap::new(),
            stack_name: "um".to_owned(),
            api_root: format!("https://api0000000.execute-api.{region}.amazonaws.com"),
            queue_url: Arc::new(move |name| format!("https://sqs.{queue_region}.amazonaws.com/{queue_account}/{name}")),
            attributes: Arc::new(|_, _, _| None),
            region,
            account,
        }
    }

    /// Everything at one address, as the local environment has it: account 000000000000, queues below it.
    pub fn local(root: impl Into<String>) -> Self {
        let root = root.into();
        let queues = root.clone();
        Self { api_root: root, ..Self::aws("us-east-1", "000000000000") }
            .with_queue_url(move |name| format!("{queues}/000000000000/{name}"))
    }

    /// The same with a parameter set.
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// The same with queues elsewhere: queue name → URL.
    pub fn with_queue_url(mut self, url: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.queue_url = Arc::new(url);
        self
    }

    /// The same with answers to `!Ref` and `!GetAtt` that come before this crate's own: logical id, resource type and
    /// attribute (`None` for a `!Ref`) → value.
    pub fn with_attributes(
        mut self,
        attributes: impl Fn(&str, &str, Option<&str>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.attributes = Arc::new(attributes);
        self
    }

    /// Where a nested stack is evaluated: here, with its own parameters.
    pub(crate) fn nested(&self, parameters: BTreeMap<String, String>) -> Self {
        Self { parameters, ..self.clone() }
    }

    /// The URL of a queue.
    pub fn queue_url(&self, name: &str) -> String {
        (self.queue_url)(name)
    }

    pub(crate) fn attribute(&self, logical_id: &str, kind: &str, attribute: Option<&str>) -> Option<String> {
        (self.attributes)(logical_id, kind, attribute)
    }

    /// The ARN of something in this account and region.
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("parameters", &self.parameters)
            .field("region", &self.region)
            .field("account", &self.account)
            .field("api_root", &self.api_root)
            .finish_non_exhaustive()
    }
}
