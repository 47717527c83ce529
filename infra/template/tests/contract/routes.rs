//! HTTP routes: unique, on the one API, which may call their functions, and answered before API Gateway gives up.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::expression::{each, mentions, reference};
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
    for kind in ["AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration"] {
        for (id, resource) in subject.resources_of(kind) {
            if reference(&resource.properties["ApiId"]) != Some("HttpApi") {
                faults.push(format!("{id} is not on HttpApi"));
            }
            if kind.ends_with("Integration") && resource.properties["PayloadFormatVersion"] != "2.0" {
                faults.push(format!("{id} should send events of format 2.0, which the functions read"));
            }
        }
    }
    for function in subject.functions().iter().filter(|function| !function.routes.is_empty()) {
        let id = &*function.logical_id;
        let may_call = subject.resources_of("AWS::Lambda::Permission").any(|(_, permission)| {
            let of = &permission.properties;
            reference(&of["FunctionName"]) == Some(id)
                && of["Principal"] == "apigateway.amazonaws.com"
                && of["Action"] == "lambda:InvokeFunction"
                && mentions(&of["SourceArn"]).iter().any(|name| name == "HttpApi")
        });
        if !may_call {
            faults.push(format!("{id} has routes, but HttpApi may not call it"));
        }
    }
    // What a stage says of a route is refused as long as there is no such route.
    for (id, stage) in subject.resources_of("AWS::ApiGatewayV2::Stage") {
        let first = each(&stage.attributes.get("DependsOn").cloned().unwrap_or_default())
            .into_iter()
            .filter_map(|id| subject.property(id.as_str()?, "RouteKey").as_str().map(str::to_owned))
            .collect::<Vec<_>>();
        for (key, _) in stage.properties["RouteSettings"].as_object().into_iter().flatten() {
            if !first.contains(key) {
                faults.push(format!("{id} says something of {key}, and should depend on that route"));
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
            ("POST /openmessaging/{tenantId}", "POST /line/{tenant}", "leads to"),
            ("PUT /api/v1/storages/{id}", "ANY /api/v1/storages/{id}", "leads to"),
            ("GET /api/v1/health\"", "GET /api/v1/health/\"", "not end with one"),
            (
                "ApiHealthRead: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref HttpApi, ",
                "ApiHealthRead: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Key, ",
                "ApiHealthRead is not on HttpApi",
            ),
            ("PayloadFormatVersion: \"2.0\"", "PayloadFormatVersion: \"1.0\"", "LineWebhookIntegration should send"),
            (
                "      FunctionName: !Ref LineWebhook\n      Principal",
                "      FunctionName: !Ref LineDeliver\n      Principal",
                "LineWebhook has routes, but HttpApi may not call it",
            ),
            (":${HttpApi}/*", ":*/*", "ApiAuth has routes, but HttpApi may not call it"),
            ("    DependsOn: ApiAuthLogin\n", "", "HttpApiStage says something of POST /api/v1/auth/login"),
        ],
    );
}

#[test]
fn slow_http_functions_are_noticed() {
    assert_noticed(timeout_faults, &[("Timeout: 29", "Timeout: 30", "ApiTenants may run 30s")]);
}
