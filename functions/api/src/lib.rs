//! The REST API, `/api/v1`: a file per resource, each a Lambda function of its own.
//!
//! A resource's file holds what it takes and shows, what it does beyond the others ([`crud`]), and its routes at the end.
//! What handlers' doc comments and attributes say is the API's description: [`describe`] has the words for it, [`openapi`]
//! collects it. Errors are problem details ([`problem`]) that name the field at fault. Records are shown from their closed
//! form ([`aws::store::Configuration::get_closed`]), so that the code that shows them never holds a secret.

mod audit;
pub mod auth;
mod backup;
mod connector_settings;
mod connectors;
mod conversation_id;
mod conversations;
mod crud;
mod dead_letters;
mod deliveries;
mod describe;
mod dry_run;
mod extract;
mod first_administrator;
mod function;
mod health;
mod idempotency;
mod merge;
mod messages;
pub mod openapi;
mod page;
mod problem;
mod reference;
mod registrations;
mod settings;
mod storages;
mod switch;
mod tenant_login;
mod tenants;
mod user_id;
mod users;
mod validation;

use aws::lambda::Function;
use axum::Extension;

use self::reference::Describe;

pub use auth::{FirstAdministrator, FirstAdministratorError, has_first_administrator, set_first_administrator};
pub use tenants::register as register_tenant;

type Make = fn() -> Function;

/// Each function by its name, and how it is made: at its start a function makes its own routes, and no other's.
const FUNCTIONS: [(&str, Make); 17] = [
    ("api-auth", auth),
    ("api-users", users),
    ("api-tenants", tenants),
    ("api-storages", storages),
    ("api-settings", settings),
    ("api-connectors", connectors),
    ("api-registrations", registrations),
    ("api-messages", messages),
    ("api-switch", switch),
    ("api-conversations", conversations),
    ("api-deliveries", deliveries),
    ("api-dead-letters", dead_letters),
    ("api-audit", audit),
    ("api-backup", backup),
    ("api-first-administrator", first_administrator),
    ("api-health", health),
    ("api-openapi", reference),
];

/// All functions of the API.
pub fn functions() -> Vec<Function> {
    FUNCTIONS.iter().map(|(_, make)| make()).collect()
}

/// A function by its name.
pub fn function_named(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, make)| make())
}

/// `/api/v1/auth`.
pub fn auth() -> Function {
    function::function("api-auth", auth::router())
}

/// `/api/v1/tenants`.
pub fn tenants() -> Function {
    function::function("api-tenants", tenants::router())
}

/// `/api/v1/storages`.
pub fn storages() -> Function {
    function::function("api-storages", storages::router())
}

/// `/api/v1/settings`.
pub fn settings() -> Function {
    function::function("api-settings", settings::router())
}

/// `/api/v1/connectors`.
pub fn connectors() -> Function {
    function::function("api-connectors", connectors::router())
}

/// `/api/v1/health`.
pub fn health() -> Function {
    function::function("api-health", health::router())
}

/// `/api/v1/openapi` and `/api/v1/openapi-ui`.
pub fn reference() -> Function {
    function::function("api-openapi", reference::router().layer(Extension(Describe(openapi::document))))
}

/// `/api/v1/messages`.
pub fn messages() -> Function {
    function::function("api-messages", messages::router())
}

/// `/api/v1/users/{id}/switch`.
pub fn switch() -> Function {
    function::function("api-switch", switch::router())
}

/// `/api/v1/conversations`.
pub fn conversations() -> Function {
    function::function("api-conversations", conversations::router())
}

/// `/api/v1/deliveries`.
pub fn deliveries() -> Function {
    function::function("api-deliveries", deliveries::router())
}

/// `/api/v1/dead-letters`.
pub fn dead_letters() -> Function {
    function::function("api-dead-letters", dead_letters::router())
}

/// `/api/v1/users`.
pub fn users() -> Function {
    function::function("api-users", users::router())
}

/// `/api/v1/registrations`.
pub fn registrations() -> Function {
    function::function("api-registrations", registrations::router())
}

/// `/api/v1/audit`.
pub fn audit() -> Function {
    function::function("api-audit", audit::list::router())
}

/// `/api/v1/backup` and `/api/v1/restore`.
pub fn backup() -> Function {
    function::function("api-backup", backup::router())
}

/// The custom resource that gives a deployment its first administrator.
pub fn first_administrator() -> Function {
    first_administrator::function()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_the_names_they_have() {
        for (name, make) in FUNCTIONS {
            assert_eq!(make().name, name);
            assert_eq!(function_named(name).map(|function| function.name), Some(name));
        }
        assert!(function_named("api-fax").is_none());
    }
}
