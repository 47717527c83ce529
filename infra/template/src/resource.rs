//! What keeps state: queues, tables, buckets, keys; and nested stacks.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::Resource;
use crate::error::Problem;
use crate::evaluate::{Scope, scalar};
use crate::function::number;

/// An SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// `OutboundLineQueue`.
    pub logical_id: String,
    /// `um-dev-outbound-line.fifo`.
    pub name: String,
    /// Its URL, from the context.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// The attributes of a `CreateQueue` request; `RedrivePolicy` is JSON with the dead-letter queue's ARN.
    pub attributes: BTreeMap<String, String>,
}

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// `ConfigurationTable`.
    pub logical_id: String,
    /// `um-dev-configuration`.
    pub name: String,
    /// The `CreateTable` request: key schema, attributes, indexes and billing; no encryption, no backups.
    pub create: Value,
    /// The attribute with the time of expiry in seconds since 1970, when TTL is on.
    pub ttl_attribute: Option<String>,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// `AttachmentsBucket`.
    pub logical_id: String,
    /// Its name, unique in the world.
    pub name: String,
    /// Days after which its objects are deleted, when all are.
    pub expiration_days: Option<u32>,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `Key`.
    pub logical_id: String,
    /// What `!Ref` of it is here, and so what functions get.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// `alias/um-dev`.
    pub aliases: Vec<String>,
}

/// A nested stack. Its template is not read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nested {
    /// `LineWebhookAlarms`.
    pub logical_id: String,
    /// Path of its template, relative to the outer one.
    pub template: String,
    /// The parameters it is given.
    pub parameters: BTreeMap<String, String>,
}

impl Queue {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<Self, Problem> {
        let mut attributes = BTreeMap::new();
        for (name, written) in resource.properties.as_object().into_iter().flatten() {
            let Some(value) = scope.value(written)? else { continue };
            let text = match (name.as_str(), value) {
                ("QueueName" | "Tags", _) => continue,
                ("RedrivePolicy" | "RedriveAllowPolicy", policy @ Value::Object(_)) => policy.to_string(),
                (_, value) => scalar(&value).ok_or_else(|| Problem::expected(name, "a text"))?,
            };
            attributes.insert(name.clone(), text);
        }
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name: scope.attribute(logical_id, Some("QueueName"))?,
            url: scope.attribute(logical_id, None)?,
            arn: scope.attribute(logical_id, Some("Arn"))?,
            attributes,
        })
    }
}

impl Table {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<Self, Problem> {
        /// What `CreateTable` and CloudFormation call by the same name and shape.
        const SHARED: [&str; 6] = [
            "AttributeDefinitions",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "LocalSecondaryIndexes",
            "ProvisionedThroughput",
        ];
        let name = scope.attribute(logical_id, None)?;
        let mut create = Map::from_iter([("TableName".to_owned(), Value::from(name.clone()))]);
        for property in SHARED {
            if let Some(value) =
                resource.properties.get(property).map(|value| scope.value(value)).transpose()?.flatten()
            {
                create.insert(property.to_owned(), value);
            }
        }
        for required in ["AttributeDefinitions", "KeySchema"] {
            if !create.contains_key(required) {
                return Err(Problem::Missing(required));
            }
        }
        let ttl = scope.value(&resource.properties["TimeToLiveSpecification"])?.unwrap_or_default();
        let ttl_attribute = (scalar(&ttl["Enabled"]).as_deref() == Some("true")).then(|| scalar(&ttl["AttributeName"]));
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name,
            create: create.into(),
            ttl_attribute: ttl_attribute.flatten(),
        })
    }
}

impl Bucket {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<Self, Problem> {
        let rules = resource.properties["LifecycleConfiguration"]["Rules"].as_array().into_iter().flatten();
        let whole = rules.filter(|rule| {
            rule["Status"] == "Enabled" && rule.get("ExpirationInDays").is_some() && rule.get("Prefix").is_none()
        });
        let days = whole.map(|rule| number(scope, rule, "ExpirationInDays", 0)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name: scope.attribute(logical_id, None)?,
            expiration_days: days.into_iter().min(),
        })
    }
}

impl Key {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str) -> Result<Self, Problem> {
        Ok(Self {
            logical_id: logical_id.to_owned(),
            id: scope.attribute(logical_id, None)?,
            arn: scope.attribute(logical_id, Some("Arn"))?,
            aliases: Vec::new(),
        })
    }
}

impl Nested {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<Self, Problem> {
        let template = resource.properties.get("TemplateURL").ok_or(Problem::Missing("TemplateURL"))?;
        let mut parameters = BTreeMap::new();
        for (name, written) in resource.properties["Parameters"].as_object().into_iter().flatten() {
            parameters.insert(name.clone(), scope.text(written, name)?);
        }
        Ok(Self { logical_id: logical_id.to_owned(), template: scope.text(template, "TemplateURL")?, parameters })
    }
}
