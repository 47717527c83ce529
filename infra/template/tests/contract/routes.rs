//! HTTP routes: unique, on the one API, and answered before API Gateway gives up.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::expression::reference;
use crate::subject::{Subject, assert_none, assert_noticed};

/// API Gateway ends an integration after 30 s:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const GATEWAY_TIMEOUT: Duration = Duration::from_secs(30);

/// A route without the names of its parameters: `/a/{x}` and `/a/{y}` are the same.
fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

fn route_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeMap::<String, Vec<(&str, &str)>>::new();
    for function in subject.functions() {
        for route in &function.routes {
            let others = seen.entry(shape(&route.path)).or_default();
            for (method, other) in others.iter() {
                if *method == route.method || *method == "ANY" || route.method == "ANY" {
                    let (id, method, path) = (&function.logical_id, &route.method, &route.path);
                    faults.push(format!("{method} {path} leads to {other} and to {id}"));
                }
            }
            others.push((&route.method, &function.logical_id));
            if !route.path.starts_with('/') || (route.path.len() > 1 && route.path.ends_with('/')) {
                faults.push(format!(
                    "{}: {} should start with a slash and not end with one",
                    function.logical_id, route.path
                ));
            }
        }
    }
    for (id, resource) in subject.template.resources_of("AWS::Serverless::Function") {
        for (name, event) in resource.properties["Events"].as_object().into_iter().flatten() {
            if event["Type"] == "HttpApi" && reference(&event["Properties"]["ApiId"]) != Some("HttpApi") {
                faults.push(format!("{id}.{name} is not on HttpApi: SAM would create a second API for it"));
            }
        }
    }
    faults
}

fn timeout_faults(subject: &Subject) -> Vec<String> {
    let slow = subject.functions().iter().filter(|it| !it.routes.is_empty() && it.timeout >= GATEWAY_TIMEOUT);
    slow.map(|it| format!("{} may run {:?}, but its caller is answered after 30 s", it.logical_id, it.timeout))
        .collect()
}

#[test]
fn routes_are_unique() {
    assert_none("routes", &route_faults(&Subject::real()));
}

#[test]
fn http_functions_end_before_the_gateway_gives_up() {
    assert_none("timeouts", &timeout_faults(&Subject::real()));
}

#[test]
fn broken_routes_are_noticed() {
    assert_noticed(
        route_faults,
        &[
            ("Path: \"/openmessaging/{tenantId}\"", "Path: \"/line/{tenant}\"", "leads to"),
            (
                "Method: PUT, Path: \"/api/v1/storages/{id}\"",
                "Method: ANY, Path: \"/api/v1/storages/{id}\"",
                "leads to",
            ),
            ("Path: /api/v1/health", "Path: /api/v1/health/", "not end with one"),
            (
                "{ApiId: !Ref HttpApi, Method: GET, Path: /api/v1/health}",
                "{Method: GET, Path: /api/v1/health}",
                "ApiHealth.Read is not on HttpApi",
            ),
        ],
    );
}

#[test]
fn slow_http_functions_are_noticed() {
    assert_noticed(timeout_faults, &[("Timeout: 29", "Timeout: 30", "ApiTenants may run 30s")]);
}
