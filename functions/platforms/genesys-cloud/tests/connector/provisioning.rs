//! Registering the integration: what is asked of Genesys Cloud, and what is written back to the tenant.

use conformance::Answer;
use contract::{Connector, Place, ProvisionStatus, SendErrorKind, http::Response};
use futures::executor::block_on;
use genesys_cloud::GenesysCloud;
use serde_json::{Value, json};

use crate::fixture::{Bench, INTEGRATION, TOKEN, lines, ok, refused, settings, settings_with};

const WEBHOOK: &str = "https://um.example/openmessaging/tenant-1";
const LIST: &str = "/api/v2/conversations/messaging/integrations/open";
const CONTENTS: &str = "/api/v2/conversations/messaging/supportedcontent";
const SETTINGS: &str = "/api/v2/conversations/messaging/settings";

fn place() -> Place {
    Place { webhook_url: WEBHOOK.into(), tenant_name: "Acme LINE".into() }
}

fn ours(create_status: &str) -> Value {
    json!({
        "id": INTEGRATION, "name": "UM acme", "createStatus": create_status, "outboundNotificationWebhookUrl": WEBHOOK,
        "supportedContent": { "id": "s1" }, "messagingSetting": { "id": "m1" },
    })
}

fn nothing() -> Answer {
    ok(json!({ "entities": [], "pageCount": 0 }))
}

fn creation() -> String {
    let body = json!({
        "name": "UM acme", "outboundNotificationWebhookUrl": WEBHOOK,
        "outboundNotificationWebhookSignatureSecretToken": TOKEN,
        "supportedContent": { "id": "s1" }, "messagingSetting": { "id": "m1" },
    });
    format!("POST {LIST} {}", body)
}

fn change() -> String {
    let body = json!({
        "name": "UM acme", "outboundNotificationWebhookUrl": WEBHOOK,
        "outboundNotificationWebhookSignatureSecretToken": TOKEN,
    });
    format!("PATCH {LIST}/{INTEGRATION} {}", body)
}

fn page(path: &str, number: u32) -> String {
    format!("GET {path}?pageSize=100&pageNumber={number}")
}

struct Row {
    label: &'static str,
    settings: Value,
    answers: Vec<Answer>,
    requests: Vec<String>,
    result: Result<(Value, ProvisionStatus), SendErrorKind>,
}

/// Bodies with their keys in order, so that they can be compared.
fn in_order(line: &str) -> String {
    let mut words = line.splitn(3, ' ');
    let (method, url, body) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
    let body = serde_json::from_str::<Value>(body).map(|body| body.to_string()).unwrap_or_default();
    format!("{method} {url} {body}").trim_end().to_owned()
}

#[test]
fn saving_a_tenant() {
    let pending =
        || ProvisionStatus::Pending { detail: "Genesys Cloud is creating the integration (Initiated).".into() };
    let unnamed = || settings_with(json!({ "integrationId": null }));
    let managed = || settings_with(json!({ "integrationManaged": true }));
    let written = json!({ "integrationId": INTEGRATION, "integrationManaged": true });
    let all = json!([{ "type": "*/*" }]);
    let content =
        json!({ "name": "Universal Messaging", "mediaTypes": { "allow": { "inbound": all, "outbound": all } } });
    let on = json!({ "inbound": "Enabled", "outbound": "Enabled" });
    let setting = json!({ "name": "Universal Messaging", "event": { "typing": { "on": on } } });
    let profile = |id: &str| {
        ok(json!({ "entities": [{ "id": "x", "name": "Other" }, { "id": id, "name": "Universal Messaging" }] }))
    };
    let failed = json!({ "id": INTEGRATION, "createStatus": "Error", "createError": { "message": "URL not reachable", "code": "x.y" } });
    let rows = vec![
        Row {
            label: "the first integration of an organization",
            settings: unnamed(),
            answers: vec![
                nothing(),
                nothing(),
                ok(json!({ "id": "s1" })),
                nothing(),
                ok(json!({ "id": "m1" })),
                ok(ours("Initiated")),
            ],
            requests: vec![
                page(LIST, 1),
                page(CONTENTS, 1),
                format!("POST {CONTENTS} {content}"),
                page(SETTINGS, 1),
                format!("POST {SETTINGS} {setting}"),
                creation(),
            ],
            result: Ok((written.clone(), pending())),
        },
        Row {
            label: "another one: the profiles are there",
            settings: unnamed(),
            answers: vec![nothing(), profile("s1"), profile("m1"), ok(ours("Completed"))],
            requests: vec![page(LIST, 1), page(CONTENTS, 1), page(SETTINGS, 1), creation()],
            result: Ok((written.clone(), ProvisionStatus::Ready)),
        },
        Row {
            label: "an earlier save was interrupted: what it created is adopted, also from the second page",
            settings: unnamed(),
            answers: vec![
                ok(json!({ "entities": [
                    { "id": "x1", "name": "UM acme", "outboundNotificationWebhookUrl": "https://um.example/openmessaging/tenant-2" },
                    { "id": "x2", "name": "Other", "outboundNotificationWebhookUrl": WEBHOOK },
                ], "pageCount": 2 })),
                ok(json!({ "entities": [ours("Initiated")], "pageCount": 2 })),
                ok(ours("Initiated")),
            ],
            requests: vec![page(LIST, 1), page(LIST, 2), change()],
            result: Ok((written.clone(), pending())),
        },
        Row {
            label: "saved again: ours is brought up to date",
            settings: managed(),
            answers: vec![ok(ours("Completed")), ok(ours("Completed"))],
            requests: vec![format!("GET {LIST}/{INTEGRATION}"), change()],
            result: Ok((written.clone(), ProvisionStatus::Ready)),
        },
        Row {
            label: "saved again after the deployment moved to another domain",
            settings: managed(),
            answers: vec![
                ok(
                    json!({ "id": INTEGRATION, "outboundNotificationWebhookUrl": "https://old.example/stage/openmessaging/tenant-1",
                    "supportedContent": { "id": "s1" }, "messagingSetting": { "id": "m1" } }),
                ),
                ok(ours("Completed")),
            ],
            requests: vec![format!("GET {LIST}/{INTEGRATION}"), change()],
            result: Ok((written.clone(), ProvisionStatus::Ready)),
        },
        Row {
            label: "saved again after it was deleted over there",
            settings: managed(),
            answers: vec![
                refused(404, "not.found", ""),
                nothing(),
                profile("s1"),
                profile("m1"),
                ok(ours("Initiated")),
            ],
            requests: vec![
                format!("GET {LIST}/{INTEGRATION}"),
                page(LIST, 1),
                page(CONTENTS, 1),
                page(SETTINGS, 1),
                creation(),
            ],
            result: Ok((written.clone(), pending())),
        },
        Row {
            label: "the administrator put another integration in the place of ours",
            settings: managed(),
            answers: vec![ok(
                json!({ "id": INTEGRATION, "outboundNotificationWebhookUrl": "https://theirs.example/hook" }),
            )],
            requests: vec![format!("GET {LIST}/{INTEGRATION}")],
            result: Ok((json!({ "integrationManaged": false }), ProvisionStatus::NotNeeded)),
        },
        Row {
            label: "an integration of the administrator's is left alone",
            settings: settings(),
            answers: vec![],
            requests: vec![],
            result: Ok((json!({}), ProvisionStatus::NotNeeded)),
        },
        Row {
            label: "creation failed",
            settings: unnamed(),
            answers: vec![nothing(), profile("s1"), profile("m1"), ok(failed)],
            requests: vec![page(LIST, 1), page(CONTENTS, 1), page(SETTINGS, 1), creation()],
            result: Ok((
                written,
                ProvisionStatus::Failed {
                    detail: "Genesys Cloud could not create the integration: URL not reachable (x.y)".into(),
                },
            )),
        },
        Row {
            label: "no permission",
            settings: unnamed(),
            answers: vec![Ok(Response::new(403))],
            requests: vec![page(LIST, 1)],
            result: Err(SendErrorKind::Forbidden),
        },
        Row {
            label: "refused",
            settings: unnamed(),
            answers: vec![
                nothing(),
                profile("s1"),
                profile("m1"),
                refused(400, "bad.request", "The URL must be https"),
            ],
            requests: vec![page(LIST, 1), page(CONTENTS, 1), page(SETTINGS, 1), creation()],
            result: Err(SendErrorKind::InvalidMessage),
        },
        Row {
            label: "down",
            settings: managed(),
            answers: vec![Ok(Response::new(503))],
            requests: vec![format!("GET {LIST}/{INTEGRATION}")],
            result: Err(SendErrorKind::Unavailable),
        },
    ];
    for row in rows {
        let bench = Bench::new(&row.settings, row.answers);
        let result = block_on(GenesysCloud::default().provision(&bench.io(), &place()));
        let result = result.map(|done| (Value::Object(done.settings), done.status)).map_err(|error| error.kind);
        assert_eq!(result, row.result, "{}", row.label);
        let made: Vec<String> = lines(bench.script.finish()).iter().map(|line| in_order(line)).collect();
        assert_eq!(made, row.requests, "{}", row.label);
    }
}

#[test]
fn the_administrator_reads_what_genesys_cloud_says() {
    let unnamed = settings_with(json!({ "integrationId": null }));
    let bench = Bench::new(&unnamed, [refused(400, "bad.request", "The URL must be https")]);
    let error = block_on(GenesysCloud::default().provision(&bench.io(), &place())).unwrap_err();
    assert_eq!(error.sentence, "Genesys Cloud refused the integration: The URL must be https.");
}

#[test]
fn asking_how_it_stands() {
    let managed = settings_with(json!({ "integrationManaged": true }));
    for (label, settings, answers, expected) in [
        ("at it", &managed, vec![ok(ours("Initiated"))], "pending"),
        ("done", &managed, vec![ok(ours("Completed"))], "ready"),
        ("done, in another case", &managed, vec![ok(ours("completed"))], "ready"),
        ("failed", &managed, vec![ok(ours("Error"))], "failed"),
        ("gone", &managed, vec![refused(404, "not.found", "")], "failed"),
        ("the administrator's", &settings(), vec![], "notNeeded"),
        ("not there", &settings_with(json!({ "integrationId": null })), vec![], "failed"),
    ] {
        let bench = Bench::new(settings, answers);
        let status = block_on(GenesysCloud::default().provision_status(&bench.io())).unwrap();
        assert_eq!(serde_json::to_value(status).unwrap()["state"], expected, "{label}");
        bench.script.finish();
    }
}

#[test]
fn deleting_a_tenant() {
    let managed = settings_with(json!({ "integrationManaged": true }));
    let theirs = json!({ "id": INTEGRATION, "outboundNotificationWebhookUrl": "https://theirs.example/hook" });
    let (get, delete) = (format!("GET {LIST}/{INTEGRATION}"), format!("DELETE {LIST}/{INTEGRATION}"));
    for (label, settings, answers, requests, fine) in [
        ("ours", &managed, vec![ok(ours("Completed")), Ok(Response::new(204))], vec![&get, &delete], true),
        ("gone already", &managed, vec![refused(404, "not.found", "")], vec![&get], true),
        (
            "gone meanwhile",
            &managed,
            vec![ok(ours("Completed")), refused(404, "not.found", "")],
            vec![&get, &delete],
            true,
        ),
        ("no longer ours", &managed, vec![ok(theirs)], vec![&get], true),
        ("the administrator's", &settings(), vec![], vec![], true),
        (
            "never created",
            &settings_with(json!({ "integrationId": null, "integrationManaged": true })),
            vec![],
            vec![],
            true,
        ),
        ("refused", &managed, vec![ok(ours("Completed")), Ok(Response::new(403))], vec![&get, &delete], false),
    ] {
        let bench = Bench::new(settings, answers);
        let outcome = block_on(GenesysCloud::default().deprovision(&bench.io()));
        assert_eq!(outcome.is_ok(), fine, "{label}");
        assert_eq!(lines(bench.script.finish()).iter().collect::<Vec<_>>(), requests, "{label}");
    }
}
