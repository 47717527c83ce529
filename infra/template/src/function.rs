//! A Lambda function: its binary, its limits, what calls it, and what is in its environment.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::document::Resource;
use crate::error::Problem;
use crate::evaluate::{Scope, scalar};

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// `LineWebhook`.
    pub logical_id: String,
    /// Its own name (`line-webhook`): the handler, where several functions share a binary, else the binary's.
    pub name: String,
    /// The binary: the last part of `CodeUri` or `Code`.
    pub binary: String,
    /// The name it is deployed by (`um-dev-line-webhook`).
    pub function_name: String,
    /// How long one run may take.
    pub timeout: Duration,
    /// Memory in MiB.
    pub memory: u32,
    /// HTTP routes that lead to it.
    pub routes: Vec<Route>,
    /// Queues it consumes.
    pub queues: Vec<QueueSource>,
    /// When it runs by itself.
    pub schedules: Vec<Schedule>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// `GET`, `POST` … or `ANY`.
    pub method: String,
    /// `/line/{tenantId}`; `{name+}` takes the rest of the path.
    pub path: String,
}

/// A queue that calls a function with batches of its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    /// Logical id of the queue.
    pub queue: String,
    /// Messages a batch at most.
    pub batch_size: u32,
    /// Whether the function's answer names the messages that failed (`ReportBatchItemFailures`).
    pub report_batch_item_failures: bool,
    /// How many batches may be worked on at once.
    pub maximum_concurrency: Option<u32>,
}

/// A timer that calls a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The event's name in the template.
    pub name: String,
    /// Time between two runs.
    pub rate: Duration,
    /// What the function is called with; `null` when nothing is given.
    pub input: Option<String>,
}

impl Function {
    pub(crate) fn of(scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<Self, Problem> {
        let properties = &resource.properties;
        let binary = binary(scope, properties)?;
        let mut function = Self {
            logical_id: logical_id.to_owned(),
            name: match properties.get("Handler").map(|handler| scope.text(handler, "Handler")).transpose()? {
                Some(handler) if handler != "bootstrap" => handler,
                _ => binary.clone(),
            },
            binary,
            function_name: scope.attribute(logical_id, None)?,
            timeout: Duration::from_secs(number(scope, properties, "Timeout", 3)?.into()),
            memory: number(scope, properties, "MemorySize", 128)?,
            routes: Vec::new(),
            queues: Vec::new(),
            schedules: Vec::new(),
            environment: BTreeMap::new(),
        };
        for (name, written) in properties["Environment"]["Variables"].as_object().into_iter().flatten() {
            if let Some(value) = scope.value(written)? {
                let value = scalar(&value).ok_or_else(|| Problem::expected(name, "a text"))?;
                function.environment.insert(name.clone(), value);
            }
        }
        for (name, event) in properties["Events"].as_object().into_iter().flatten() {
            let of = &event["Properties"];
            match event["Type"].as_str() {
                Some("HttpApi") => function.routes.push(Route {
                    method: scope.text(&of["Method"], "Method")?.to_ascii_uppercase(),
                    path: scope.text(&of["Path"], "Path")?,
                }),
                Some("SQS") => function.queues.push(QueueSource::of(scope, of)?),
                Some("ScheduleV2" | "Schedule") => function.schedules.push(Schedule {
                    name: name.clone(),
                    rate: rate(
                        &scope.text(of.get("ScheduleExpression").unwrap_or(&of["Schedule"]), "ScheduleExpression")?,
                    )?,
                    input: of.get("Input").map(|input| scope.text(input, "Input")).transpose()?,
                }),
                other => return Err(Problem::Unsupported(format!("an event of type {}", other.unwrap_or("none")))),
            }
        }
        function.routes.sort();
        Ok(function)
    }
}

impl QueueSource {
    fn of(scope: &Scope<'_>, properties: &Value) -> Result<Self, Problem> {
        let queue = match properties["Queue"]["Fn::GetAtt"].as_array().map(Vec::as_slice) {
            Some([Value::String(queue), Value::String(attribute)]) if attribute == "Arn" => queue.clone(),
            _ => return Err(Problem::expected("Queue", "the Arn of a queue of this template")),
        };
        Self::named(scope, properties, queue)
    }

    /// The source with these properties, which SAM's event and an `AWS::Lambda::EventSourceMapping` have in common.
    pub(crate) fn named(scope: &Scope<'_>, properties: &Value, queue: String) -> Result<Self, Problem> {
        let answers = properties["FunctionResponseTypes"].as_array();
        Ok(Self {
            queue,
            batch_size: number(scope, properties, "BatchSize", 10)?,
            report_batch_item_failures: answers
                .is_some_and(|all| all.iter().any(|one| one == "ReportBatchItemFailures")),
            maximum_concurrency: match properties["ScalingConfig"].get("MaximumConcurrency") {
                Some(_) => Some(number(scope, &properties["ScalingConfig"], "MaximumConcurrency", 0)?),
                None => None,
            },
        })
    }
}

/// `rate(1 minute)`, `rate(5 minutes)`, hours, days; singular for 1 alone.
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
///
/// # Errors
///
/// For anything else, `cron(…)` among it.
pub fn rate(expression: &str) -> Result<Duration, Problem> {
    let wrong = || Problem::Schedule(expression.to_owned());
    let inner = expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(wrong)?;
    let (count, unit) = inner.split_once(' ').ok_or_else(wrong)?;
    let count = count.parse::<u64>().ok().filter(|count| (1..=100_000).contains(count)).ok_or_else(wrong)?;
    let singular = match (count, unit.strip_suffix('s')) {
        (1, None) => unit,
        (1, Some(_)) | (_, None) => return Err(wrong()),
        (_, Some(singular)) => singular,
    };
    let seconds = match singular {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(count * seconds))
}

fn binary(scope: &Scope<'_>, properties: &Value) -> Result<String, Problem> {
    let folder = properties.get("CodeUri").or_else(|| properties.get("Code")).ok_or(Problem::Missing("CodeUri"))?;
    let folder = scope.text(folder, "CodeUri")?;
    let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if name.is_empty() || name.starts_with('.') {
        return Err(Problem::expected("CodeUri", "a folder named after the function's binary"));
    }
    Ok(name.to_owned())
}

/// A whole number, as number or as text.
pub(crate) fn number(scope: &Scope<'_>, of: &Value, property: &str, default: u32) -> Result<u32, Problem> {
    match of.get(property) {
        None => Ok(default),
        Some(written) => {
            let number = scope.text(written, property)?.parse();
            number.map_err(|_| Problem::expected(property, "a whole number"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (expression, seconds) in [
            ("rate(1 minute)", Some(60)),
            ("rate(5 minutes)", Some(300)),
            ("rate(1 hour)", Some(3_600)),
            ("rate(2 days)", Some(172_800)),
            ("rate(1 minutes)", None),
            ("rate(5 minute)", None),
            ("rate(5 minuts)", None),
            ("rate(0 minutes)", None),
            ("rate(-1 minutes)", None),
            ("rate(5minutes)", None),
            ("rate(5 seconds)", None),
            ("cron(0 12 * * ? *)", None),
            ("", None),
        ] {
            assert_eq!(rate(expression).ok().map(|rate| rate.as_secs()), seconds, "{expression}");
        }
    }
}
