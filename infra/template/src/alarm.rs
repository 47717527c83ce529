//! CloudWatch alarms.

use std::collections::BTreeMap;

use crate::document::Resource;
use crate::error::Problem;
use crate::evaluate::{Scope, scalar};

/// A CloudWatch alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// `LineWebhookErrors`; in a nested template of alarms, `Errors`.
    pub logical_id: String,
    /// `um-dev-line-webhook-errors`.
    pub name: String,
    /// `AWS/Lambda`.
    pub namespace: String,
    /// `Errors`.
    pub metric: String,
    /// `Sum`, `Maximum`, `p99` …
    pub statistic: String,
    /// `FunctionName` → `um-dev-line-webhook`.
    pub dimensions: BTreeMap<String, String>,
    /// What the metric is compared with.
    pub threshold: String,
    /// Topics that are told when it rings.
    pub actions: Vec<String>,
}

impl Alarm {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<Self, Problem> {
        let of = |name: &'static str| scope.text(&resource.properties[name], name);
        let statistic = match resource.properties.get("ExtendedStatistic") {
            Some(_) => "ExtendedStatistic",
            None => "Statistic",
        };
        let mut dimensions = BTreeMap::new();
        for dimension in resource.properties["Dimensions"].as_array().into_iter().flatten() {
            dimensions.insert(scope.text(&dimension["Name"], "Name")?, scope.text(&dimension["Value"], "Value")?);
        }
        let actions = scope.value(&resource.properties["AlarmActions"])?;
        let actions = actions.as_ref().and_then(|actions| actions.as_array()).into_iter().flatten();
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name: of("AlarmName")?,
            namespace: of("Namespace")?,
            metric: of("MetricName")?,
            statistic: of(statistic)?,
            dimensions,
            threshold: of("Threshold")?,
            actions: actions.filter_map(scalar).collect(),
        })
    }
}
