//! Metrics in CloudWatch's embedded metric format: a line on standard output each, no call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::json;

/// The namespace of every metric.
pub const NAMESPACE: &str = "UniversalMessaging";

/// What is counted. The names are those of the alarms in the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Events a webhook queued.
    Received,
    /// Events deliberately not forwarded.
    Ignored,
    /// Requests with a bad or missing signature, or for an unknown tenant.
    SignatureRejected,
    /// Messages the other side took.
    Delivered,
    /// Attempts that failed and will be made again.
    Retried,
    /// Messages that will never arrive.
    Quarantined,
    /// Events that had been delivered before.
    Duplicate,
    /// Typing, read marks and receipts that were dropped.
    Dropped,
    /// Milliseconds from webhook to delivery.
    DeliveryLatency,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::Ignored => "Ignored",
            Self::SignatureRejected => "SignatureRejected",
            Self::Delivered => "Delivered",
            Self::Retried => "Retried",
            Self::Quarantined => "Quarantined",
            Self::Duplicate => "Duplicate",
            Self::Dropped => "Dropped",
            Self::DeliveryLatency => "DeliveryLatency",
        }
    }

    fn unit(self) -> &'static str {
        if self == Self::DeliveryLatency { "Milliseconds" } else { "Count" }
    }
}

static SILENT: AtomicBool = AtomicBool::new(false);
static ENVIRONMENT: OnceLock<String> = OnceLock::new();
static TOTALS: Mutex<BTreeMap<(String, &'static str), f64>> = Mutex::new(BTreeMap::new());

/// Names the environment that every metric is a dimension of; the first call counts.
pub fn name_environment(environment: &str) {
    let _ = ENVIRONMENT.set(environment.to_owned());
}

/// Prints no metrics from now on, only counts them: for a person at a terminal.
pub fn silence() {
    SILENT.store(true, Ordering::Relaxed);
}

/// What was counted since the process began, by connector and metric: for the local environment.
pub fn totals() -> BTreeMap<(String, &'static str), f64> {
    TOTALS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Counts something of a connector's; `detail` is a closed set's word (a reason, a kind), never text of a message.
pub fn count(metric: Metric, connector: &str, detail: &str) {
    record(metric, connector, detail, 1.0);
}

/// Records a value.
pub fn record(metric: Metric, connector: &str, detail: &str, value: f64) {
    *TOTALS.lock().unwrap_or_else(PoisonError::into_inner).entry((connector.to_owned(), metric.name())).or_default() +=
        value;
    if SILENT.load(Ordering::Relaxed) {
        return;
    }
    let line = json!({
        "_aws": {
            "Timestamp": jiff::Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Environment"], ["Environment", "Connector"]],
                "Metrics": [{ "Name": metric.name(), "Unit": metric.unit() }],
            }],
        },
        "Environment": ENVIRONMENT.get().map_or("dev", String::as_str),
        "Connector": connector,
        "Detail": detail,
        metric.name(): value,
    });
    let mut out = std::io::stdout().lock();
    // Nobody reads these at a terminal, and a closed output takes nothing away from what was counted.
    if !out.is_terminal() {
        let _ = writeln!(out, "{line}");
    }
}
