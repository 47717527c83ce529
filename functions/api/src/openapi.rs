//! The API's description (OpenAPI 3.1), made from the code: paths, parameters and answers from the handlers' doc comments
//! and attributes, the shapes of bodies from the types' JSON Schemas, which validate them as well.
//!
//! Only collects: what resources say of themselves they say with [`crate::describe`].

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    audit, auth, backup, connectors, conversations, crud::SavedOrDryRun, dead_letters, deliveries, describe::Routes,
    dry_run::DryRunReport, health, idempotency, merge::MergePatch, messages, problem::ProblemDocument, reference,
    registrations, settings, storages, switch, tenants, users,
};

/// All routes, as they are described.
fn routes() -> Routes {
    OpenApiRouter::new()
        .merge(auth::router())
        .merge(tenants::router())
        .merge(storages::router())
        .merge(settings::router())
        .merge(connectors::router())
        .merge(health::router())
        .merge(messages::router())
        .merge(switch::router())
        .merge(conversations::router())
        .merge(deliveries::router())
        .merge(dead_letters::router())
        .merge(users::router())
        .merge(registrations::router())
        .merge(audit::list::router())
        .merge(backup::router())
        .merge(reference::router())
}

/// The description of the whole API, served below `root`.
pub fn document(root: &str) -> Value {
    let mut document = serde_json::to_value(routes().into_openapi()).unwrap_or_default();
    idempotency::describe(&mut document["paths"]);
    document["openapi"] = "3.1.0".into();
    document["info"] = json!({
        "title": "Universal Messaging",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Connects social messaging channels to contact-centre platforms. Log in with \
            `POST /api/v1/auth/login`, and send the token with every other request. Errors are problem details \
            (RFC 9457) that name the field at fault. What is secret is never returned: `secretsSet` names what is set.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    });
    document["servers"] = json!([{ "url": if root.is_empty() { "/" } else { root } }]);
    document["security"] = json!([{ "bearer": [] }]);
    document["tags"] = json!([
        {"name": "auth", "description": "Log in and out."},
        {"name": "tenants", "description": "One company's channel joined to one contact-centre platform."},
        {"name": "storages", "description": "Where attachments are kept for the other side to fetch."},
        {"name": "settings", "description": "What holds for the whole deployment."},
        {"name": "connectors", "description": "The outside systems there are, and the schemas of their settings."},
        {"name": "messages", "description": "For IVRs: write to a guest, with the tenant's API authentication."},
        {"name": "conversations", "description": "Who talks with a tenant's agents."},
        {"name": "deliveries", "description": "What became of one message, and sending it again."},
        {"name": "dead-letters", "description": "Messages that were given up, and moving them back."},
        {"name": "health", "description": "Whether everything behind the API answers."},
        {"name": "users", "description": "Who may use the API."},
        {"name": "registrations", "description": "What customers ask for on channels' public pages."},
        {"name": "audit", "description": "Who changed what."},
        {"name": "backup", "description": "All of the configuration in one document, and back."},
        {"name": "openapi", "description": "This description."},
    ]);
    document["components"] = json!({
        "schemas": schemas(),
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "The token of `login`."},
            "tenant": {"type": "http", "scheme": "basic", "description": "The tenant's API authentication."},
        },
    });
    document
}

/// The JSON Schemas of all bodies, by name.
fn schemas() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = SchemaGenerator::new(settings);
    macro_rules! register {
        ($($type:ty),* $(,)?) => { $( generator.subschema_for::<$type>(); )* };
    }
    register!(
        ProblemDocument<'_>,
        auth::Credentials,
        auth::LoginToken,
        auth::PasswordChange,
        tenants::TenantIn,
        MergePatch<tenants::TenantIn>,
        tenants::TenantOut,
        SavedOrDryRun<tenants::TenantOut>,
        DryRunReport,
        storages::StorageIn,
        MergePatch<storages::StorageIn>,
        storages::StorageOut,
        SavedOrDryRun<storages::StorageOut>,
        settings::SettingsIn,
        settings::SettingsOut,
        connectors::ConnectorOut,
        health::Health,
        messages::MessagesIn,
        messages::MessagesAccepted,
        messages::DeliveryRef,
        switch::SwitchIn,
        switch::Switched,
        conversations::ConversationOut,
        deliveries::DeliveryOut,
        dead_letters::DeadLetter,
        dead_letters::RedriveIn,
        dead_letters::Redriven,
        users::UserIn,
        users::UserPatch,
        users::UserOut,
        registrations::RegistrationOut,
        registrations::Approval,
        registrations::RegistrationRefusal,
        audit::AuditEntry,
        backup::Backup,
        backup::RestoreReport,
        reference::Description,
    );
    Value::Object(generator.take_definitions(true))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;
    use crate::problem::MEDIA_TYPE;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    found.insert(reference.to_owned());
                }
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document("https://um.example");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.contains("#/components/schemas/Problem") && found.len() > 10, "{found:?}");
        for reference in found {
            let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            assert!(target.is_some_and(|schema| schema != &json!({})), "{reference}");
        }
    }

    #[test]
    fn every_operation_is_described() {
        let document = document("");
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let at = format!("{method} {path}");
                assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{at}: no summary");
                assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{at}: same operationId");
                assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}: tags");
                let responses = operation["responses"].as_object().unwrap();
                assert!(responses.keys().any(|status| status.starts_with('2')), "{at}: no success");
                for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
                    let problem = &response["content"][MEDIA_TYPE]["schema"]["$ref"];
                    let health = path.ends_with("/health") && status == "503";
                    assert!(health || problem == "#/components/schemas/Problem", "{at} {status}: {response}");
                }
                let open = operation["security"]
                    .as_array()
                    .is_some_and(|schemes| schemes.contains(&json!({})) || schemes.is_empty());
                assert!(open || responses.contains_key("401"), "{at}: 401");
            }
        }
        assert!(ids.len() > 15, "{ids:?}");
    }

    #[test]
    fn every_property_is_described() {
        for (name, schema) in schemas().as_object().unwrap() {
            for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
                let described = schema["description"].is_string() || schema["$ref"].is_string();
                let described = described || schema["anyOf"].is_array() || schema["const"].is_string();
                assert!(described, "{name}.{property}: {schema}");
            }
        }
    }
}
