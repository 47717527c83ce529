//! The first administrator, set while the stack is deployed: a custom resource, whose password is a parameter of the
//! template. A password that is easy to guess fails the deployment, with its reason.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{
    Context,
    lambda::{Function, ResourceHandler},
};
use serde_json::Value;

use crate::auth::{FirstAdministratorError, has_first_administrator, set_first_administrator};

struct FirstAdministrator;

#[async_trait]
impl ResourceHandler for FirstAdministrator {
    fn physical_id(&self) -> &str {
        "first-administrator"
    }

    async fn apply(&self, context: &Arc<Context>, properties: &Value) -> Result<(), String> {
        let password = properties["Password"].as_str().unwrap_or_default();
        if password.is_empty() {
            // A deployment that has one goes on without; who forgot it is told.
            return match has_first_administrator(context).await {
                Ok(true) => Ok(()),
                Ok(false) => {
                    Err("The deployment has no administrator: give the parameter AdministratorPassword.".to_owned())
                }
                Err(error) => Err(error.to_string()),
            };
        }
        match set_first_administrator(context, password).await {
            Ok(outcome) => {
                tracing::info!(?outcome, "the first administrator");
                Ok(())
            }
            Err(FirstAdministratorError::Weak(weakness)) => {
                Err(format!("The parameter AdministratorPassword {weakness}"))
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The function of the custom resource.
pub fn function() -> Function {
    Function::resource("api-first-administrator", FirstAdministrator)
}
