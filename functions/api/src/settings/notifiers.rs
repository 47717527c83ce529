//! Notifier destinations: where operators are told what goes on.

use std::collections::BTreeSet;

use aws::tenant::{Notifier, NotifierDestination, NotifierTopic, StoredSecret};
use contract::{Secret, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::problem::Fault;

const POINTER: &str = "/notifierDestinations";

/// Where operators are told what goes on, as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NotifierDestinationIn")]
pub struct NotifierIn {
    /// Given by the server; to be sent back, so that what is secret stays.
    #[schemars(length(min = 1, max = 64))]
    id: Option<String>,
    /// The service that tells them.
    #[schemars(with = "String", extend("enum" = ["discord", "genesys-cloud", "pagerduty", "slack"]))]
    connector: Notifier,
    /// What they are told: what is about customers' subscriptions (`subscriptions`), or all the rest (`default`, unless it
    /// says otherwise).
    #[schemars(with = "Option<Topic>")]
    topic: Option<NotifierTopic>,
    /// What people call it.
    #[schemars(length(max = 120))]
    name: Option<String>,
    /// The webhook of Discord, Genesys Cloud or Slack.
    url: Option<Secret>,
    /// The routing key of PagerDuty.
    routing_key: Option<Secret>,
}

/// What operators are told.
#[derive(JsonSchema)]
#[schemars(inline, extend("enum" = ["default", "subscriptions"]))]
struct Topic(#[allow(dead_code)] String);

/// Where operators are told what goes on, as it is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NotifierDestination")]
pub struct NotifierOut {
    /// Given by the server.
    id: String,
    /// The service that tells them.
    #[schemars(with = "String", extend("enum" = ["discord", "genesys-cloud", "pagerduty", "slack"]))]
    connector: Notifier,
    /// What they are told.
    #[schemars(with = "String", extend("enum" = ["default", "subscriptions"]))]
    topic: NotifierTopic,
    /// What people call it.
    name: Option<String>,
    /// The secret fields that are set.
    secrets_set: Vec<String>,
}

impl NotifierOut {
    pub fn new(stored: NotifierDestination) -> Self {
        let NotifierDestination { id, connector, topic, name, url, routing_key } = stored;
        let set = [url.map(|_| "url"), routing_key.map(|_| "routingKey")];
        let secrets_set = set.into_iter().flatten().map(str::to_owned).collect();
        Self { id, connector, topic, name, secrets_set }
    }
}

/// The destinations that are meant, or what is wrong with them.
pub fn checked(
    written: &[NotifierIn],
    stored: &[NotifierDestination],
    faults: &mut Vec<Fault>,
) -> Vec<NotifierDestination> {
    let (mut destinations, mut seen) = (Vec::new(), BTreeSet::new());
    for (place, written) in written.iter().enumerate() {
        let mut fault = |name: &str, detail: &str| faults.push(Fault::at(format!("{POINTER}/{place}/{name}"), detail));
        let before = stored.iter().find(|stored| Some(&stored.id) == written.id.as_ref());
        match &written.id {
            Some(_) if before.is_none() => fault("id", "is no destination's id; a new one is given by the server"),
            Some(id) if !seen.insert(id) => fault("id", "is there twice"),
            _ => {}
        }
        let kept = before.filter(|before| before.connector == written.connector);
        let (mut url, mut routing_key) = (None, None);
        let (name, other, other_set) = match written.connector {
            Notifier::PagerDuty => ("routingKey", "url", written.url.is_some()),
            _ => ("url", "routingKey", written.routing_key.is_some()),
        };
        if other_set {
            fault(other, "is not for this connector");
        }
        match written.connector {
            Notifier::PagerDuty => {
                routing_key = secret(&written.routing_key, kept.and_then(|kept| kept.routing_key.as_ref()));
                if routing_key.is_none() {
                    fault(name, "is required");
                }
            }
            _ => {
                url = secret(&written.url, kept.and_then(|kept| kept.url.as_ref()));
                match &url {
                    None => fault(name, "is required"),
                    Some(url) if !is_webhook(&url.0) => fault(name, "must be an https URL"),
                    Some(_) => {}
                }
            }
        }
        destinations.push(NotifierDestination {
            id: before.map_or_else(|| TenantId::generate().to_string(), |before| before.id.clone()),
            connector: written.connector,
            topic: written.topic.unwrap_or_default(),
            name: written.name.clone(),
            url,
            routing_key,
        });
    }
    destinations
}

/// What is wrong with destinations of a backup.
pub fn faults_of(destinations: &[NotifierDestination]) -> Vec<Fault> {
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for (place, destination) in destinations.iter().enumerate() {
        let at = |name: &str| format!("{POINTER}/{place}/{name}");
        if !seen.insert(&destination.id) {
            faults.push(Fault::at(at("id"), "is there twice"));
        }
        match destination.connector {
            Notifier::PagerDuty if destination.routing_key.is_none() => {
                faults.push(Fault::at(at("routingKey"), "is required"));
            }
            Notifier::PagerDuty => {}
            _ if destination.url.as_ref().is_some_and(|url| is_webhook(&url.0)) => {}
            _ => faults.push(Fault::at(at("url"), "must be an https URL")),
        }
    }
    faults
}

fn secret(written: &Option<Secret>, stored: Option<&StoredSecret>) -> Option<StoredSecret> {
    written.as_ref().map(|secret| StoredSecret(secret.expose().to_owned())).or_else(|| stored.cloned())
}

fn is_webhook(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https");
    url.is_some_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn check(
        written: Value,
        stored: &[NotifierDestination],
    ) -> Result<Vec<NotifierDestination>, Vec<(String, String)>> {
        let written: Vec<NotifierIn> = serde_json::from_value(written).unwrap();
        let mut faults = Vec::new();
        let destinations = checked(&written, stored, &mut faults);
        if faults.is_empty() {
            return Ok(destinations);
        }
        Err(faults.into_iter().map(|fault| (fault.pointer.unwrap(), fault.detail)).collect())
    }

    #[test]
    fn secrets_stay_with_their_destination() {
        let hook = "https://hooks.slack.example/services/T0/B0/canary";
        let made =
            check(json!([{"connector": "slack", "url": hook}, {"connector": "pagerduty", "routingKey": "k"}]), &[]);
        let made = made.unwrap();
        assert_eq!(made[0].topic, NotifierTopic::Default);
        let again = json!([
            {"id": made[1].id, "connector": "pagerduty", "topic": "subscriptions"},
            {"id": made[0].id, "connector": "slack", "name": "Operators"},
        ]);
        let changed = check(again, &made).unwrap();
        assert_eq!(changed[1].url.as_ref().unwrap().0, hook);
        assert_eq!(
            (changed[0].routing_key.clone(), changed[0].topic),
            (made[1].routing_key.clone(), NotifierTopic::Subscriptions)
        );
        // A webhook of Slack's is none of Discord's.
        let other = check(json!([{"id": made[0].id, "connector": "discord"}]), &made).unwrap_err();
        assert_eq!(other, [("/notifierDestinations/0/url".to_owned(), "is required".to_owned())]);
    }

    #[test]
    fn faults_name_their_fields() {
        for (written, pointer, detail) in [
            (json!([{"connector": "slack"}]), "/notifierDestinations/0/url", "is required"),
            (json!([{"connector": "pagerduty"}]), "/notifierDestinations/0/routingKey", "is required"),
            (
                json!([{"connector": "slack", "url": "http://x.example"}]),
                "/notifierDestinations/0/url",
                "must be an https URL",
            ),
            (
                json!([{"connector": "discord", "url": "https://x.example", "routingKey": "k"}]),
                "/notifierDestinations/0/routingKey",
                "is not for this connector",
            ),
            (
                json!([{"id": "x", "connector": "slack", "url": "https://x.example"}]),
                "/notifierDestinations/0/id",
                "is no destination's id; a new one is given by the server",
            ),
        ] {
            assert_eq!(check(written, &[]).unwrap_err(), [(pointer.to_owned(), detail.to_owned())]);
        }
    }
}
