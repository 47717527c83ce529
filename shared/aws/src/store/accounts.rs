//! Which tenant has an account of a network, where the network posts every tenant's events to one address and names only
//! the account.

use contract::TenantId;

use super::{Configuration, ItemExt, StoreError, text};

const ACCOUNT: &str = "ACCOUNT";

fn key(connector: &str, account: &str) -> String {
    format!("{ACCOUNT}#{connector}#{account}")
}

impl Configuration {
    /// Who has claimed an account. A claim outlives its use: the caller checks that the tenant still has the account.
    pub async fn account_holder(&self, connector: &str, account: &str) -> Result<Option<TenantId>, StoreError> {
        let item = self.item(&key(connector, account), ACCOUNT).await?;
        Ok(item.and_then(|item| item.text("id").map(TenantId::from)))
    }

    /// Claims an account for a tenant: one that nobody has, or `from` this holder. Returns who else has it.
    pub async fn claim_account(
        &self,
        connector: &str,
        account: &str,
        tenant: &TenantId,
        from: Option<&TenantId>,
    ) -> Result<Option<TenantId>, StoreError> {
        let (client, table) = self.raw();
        let claimed = client
            .put_item()
            .table_name(table)
            .item("pk", text(key(connector, account)))
            .item("sk", text(ACCOUNT))
            .item("id", text(tenant.as_str()))
            .condition_expression("attribute_not_exists(pk) OR id = :id OR id = :from")
            .expression_attribute_values(":id", text(tenant.as_str()))
            .expression_attribute_values(":from", text(from.unwrap_or(tenant).as_str()))
            .send()
            .await;
        match claimed {
            Ok(_) => Ok(None),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                match self.account_holder(connector, account).await? {
                    Some(holder) => Ok(Some(holder)),
                    None => Err(StoreError::Conflict),
                }
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// Gives an account up. One that another tenant has by now stays with it.
    pub async fn release_account(&self, connector: &str, account: &str, tenant: &TenantId) -> Result<(), StoreError> {
        let (client, table) = self.raw();
        let released = client
            .delete_item()
            .table_name(table)
            .key("pk", text(key(connector, account)))
            .key("sk", text(ACCOUNT))
            .condition_expression("id = :id")
            .expression_attribute_values(":id", text(tenant.as_str()))
            .send()
            .await;
        match released {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::aws(error))
            }
            _ => Ok(()),
        }
    }
}
