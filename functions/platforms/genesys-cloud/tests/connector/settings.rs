//! What an administrator may enter.

use contract::AnyConnector;
use genesys_cloud::GenesysCloud;
use serde_json::{Value, json};

use crate::fixture::{settings, settings_with};

#[test]
fn settings_are_checked() {
    let pointers = |settings: &Value| {
        AnyConnector::check(&GenesysCloud::default(), settings)
            .into_iter()
            .map(|fault| fault.pointer)
            .collect::<Vec<_>>()
    };
    for (label, changes, expected) in [
        ("as they are", json!({}), vec![]),
        ("nulls", json!({ "integrationId": null, "integrationManaged": null, "requestsPerMinute": null }), vec![]),
        ("all of them", json!({ "integrationManaged": true, "requestsPerMinute": 300 }), vec![]),
        ("a region that is none", json!({ "region": "example.com" }), vec!["/region"]),
        ("a region's AWS name", json!({ "region": "ap-northeast-1" }), vec!["/region"]),
        ("a short token", json!({ "webhookToken": "fifteen-chars-x" }), vec!["/webhookToken"]),
        ("a token just long enough", json!({ "webhookToken": "sixteen-chars-xx" }), vec![]),
        (
            "nothing",
            json!({ "clientId": " ", "clientSecret": "", "integrationName": "" }),
            vec!["/clientId", "/clientSecret", "/integrationName"],
        ),
        ("an id that is none", json!({ "integrationId": "a/b" }), vec!["/integrationId"]),
        ("no pace", json!({ "requestsPerMinute": 0 }), vec!["/requestsPerMinute"]),
        ("a wrong type", json!({ "requestsPerMinute": "many" }), vec!["/requestsPerMinute"]),
        ("an unknown field", json!({ "clientSecrets": "x" }), vec!["/clientSecrets"]),
    ] {
        assert_eq!(pointers(&settings_with(changes)), expected, "{label}");
    }
    let mut missing = settings();
    missing.as_object_mut().unwrap().remove("integrationId");
    assert_eq!(pointers(&missing), [] as [&str; 0]);
    missing.as_object_mut().unwrap().remove("clientSecret");
    assert_eq!(pointers(&missing).len(), 1);
}

#[test]
fn the_schema_tells_the_form_what_it_needs() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&GenesysCloud::default())).unwrap();
    assert_eq!(schema["required"], json!(["region", "clientId", "clientSecret", "integrationName", "webhookToken"]));
    assert_eq!(schema["properties"]["integrationManaged"]["readOnly"], true);
    for secret in ["clientSecret", "webhookToken"] {
        assert_eq!(schema["properties"][secret]["writeOnly"], true, "{secret}");
    }
    assert_eq!(schema["properties"]["webhookToken"]["minLength"], 16);
    assert!(schema["properties"]["region"]["examples"].as_array().unwrap().contains(&json!("mypurecloud.jp")));
}

#[test]
fn secrets_do_not_show() {
    let shown = format!("{:?}", crate::fixture::typed(&settings()));
    assert!(!shown.contains("secret-1") && !shown.contains(crate::fixture::TOKEN), "{shown}");
}
