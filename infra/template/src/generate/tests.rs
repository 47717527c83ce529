#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Context, Template};

fn function(name: &str, purpose: Purpose) -> Described {
    Described {
        name: name.to_owned(),
        binary: name.to_owned(),
        description: None,
        purpose,
        routes: Vec::new(),
        timeout: 20,
        memory: 128,
        grants: Vec::new(),
        settings: Vec::new(),
        schedule: None,
    }
}

fn room(id: &str, side: Side, functions: Vec<Described>) -> Room {
    Room { id: id.to_owned(), name: "Fax".to_owned(), side, path: format!("/{id}"), functions }
}

fn parameters(text: &str) -> Vec<String> {
    Template::parse(text).unwrap().parameters().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn words_of_logical_ids() {
    for (text, expected) in [
        ("apple-messages", "AppleMessages"),
        ("s3", "S3"),
        ("POST /amb/{tenantId}", "PostAmbTenantId"),
        ("GET /a/{file+}", "GetAFile"),
        ("", ""),
    ] {
        assert_eq!(camel(text), expected, "{text}");
    }
}

#[test]
fn a_stack_asks_for_what_it_uses() {
    let fax = room("fax", Side::Channel, vec![function("fax-page", Purpose::Page)]);
    let asked = parameters(&nested(&fax, &[]));
    assert!(["ReadConfiguration", "ApiRoot"].iter().all(|name| asked.iter().any(|it| it == name)), "{asked:?}");
    for name in ["KeepTokens", "ProviderTimeoutSeconds", "ClaimCheckBucket", "DeliveryConcurrency"] {
        assert!(!asked.iter().any(|it| it == name), "{name} in {asked:?}");
    }
    let mut page = function("fax-page", Purpose::Page);
    page.grants = vec![Grant::Tokens, Grant::OutgoingRequests];
    let asked = parameters(&nested(&room("fax", Side::Channel, vec![page]), &[]));
    assert!(["KeepTokens", "ProviderTimeoutSeconds"].iter().all(|name| asked.iter().any(|it| it == name)));
}

#[test]
fn functions_of_one_binary_are_told_apart_by_their_handler() {
    let mut both = [function("fax-webhook", Purpose::Webhook), function("fax-deliver", Purpose::Deliver)];
    both[0].binary = "channels".to_owned();
    let fax = room("fax", Side::Channel, both.to_vec());
    let template = Template::parse(&nested(&fax, &[])).unwrap();
    let given = template.parameters().map(|(name, _)| (name.to_owned(), "0".to_owned()));
    let stack =
        template.stack(&given.fold(Context::aws("eu-west-1", "1"), |to, (name, value)| to.with_parameter(name, value)));
    let stack = stack.unwrap();
    let webhook = stack.function("fax-webhook").unwrap();
    assert_eq!((&*webhook.binary, &*webhook.routes[0].path), ("channels", "/fax/{tenantId}"));
    assert_eq!(stack.function("fax-deliver").unwrap().binary, "fax-deliver");
    assert_eq!(template.resource("FaxWebhook").unwrap().properties["Handler"], "fax-webhook");
    assert_eq!(template.resource("FaxDeliver").unwrap().properties["Handler"], "bootstrap");
}

#[test]
fn platforms_are_told_the_settings_of_all_channels() {
    let secret = Setting { variable: "UM_FAX_PIN".to_owned(), parameter: "FaxPin".to_owned(), secret: true };
    let mut webhook = function("fax-webhook", Purpose::Webhook);
    webhook.settings.push(secret);
    let rooms = [
        room("fax", Side::Channel, vec![webhook, function("fax-deliver", Purpose::Deliver)]),
        room(
            "desk",
            Side::Platform,
            vec![function("desk-webhook", Purpose::Webhook), function("desk-deliver", Purpose::Deliver)],
        ),
    ];
    for (room, told, not) in [(0, "FaxWebhook", "FaxDeliver"), (1, "DeskDeliver", "DeskWebhook")] {
        let template = Template::parse(&nested(&rooms[room], &rooms)).unwrap();
        let variable =
            |id: &str| template.resource(id).unwrap().properties["Environment"]["Variables"].get("UM_FAX_PIN").cloned();
        assert_eq!(variable(told).unwrap()["Fn::If"][1]["Fn::Sub"], "ssm:${FaxPin}", "{told}");
        assert_eq!(variable(not), None, "{not}");
        let role = template.resource(&format!("{told}Role")).unwrap().properties.to_string();
        assert!(role.contains("parameter${FaxPin}"), "{role}");
    }
}

#[test]
fn a_root_without_markers_is_refused() {
    let all: String = [
        "ids",
        "rules",
        "conditions",
        "deployed",
        "stacks",
        "inbound queues",
        "outbound queues",
        "all queues",
        "dead letters",
    ]
    .iter()
    .map(|name| format!("# before {name}\n  # generated: {name}\nstale\n  # end: {name}\n"))
    .collect();
    let rooms = [room("fax", Side::Channel, vec![]), room("desk", Side::Platform, vec![])];
    let once = root(&all, &rooms).unwrap();
    assert!(once.contains("# before rules\n  # generated: rules\n  NamesAChannel:\n"), "{once}");
    assert!(!once.contains("stale"));
    assert_eq!(root(&once, &rooms).unwrap(), once, "written again, it stays");
    for broken in [all.replace("# end: rules\n", ""), all.replace("# generated: rules\n", "")] {
        let error = root(&broken, &rooms).unwrap_err();
        assert_eq!(error.to_string(), "the root has no `# generated: rules` … `# end: rules`");
    }
}
