//! How many messages a tenant may send: so many a second in the long run, and ten seconds' worth at once.
//!
//! A bucket that leaks (generic cell rate algorithm): one record for each tenant says up to when the allowance is spoken
//! for. Written under a condition, so that it holds on every instance.

use std::time::Duration;

use aws::{
    Context,
    store::{Item, ItemExt, StoreError, number, text},
};
use contract::TenantId;

/// How many seconds' worth may be sent at once.
const BURST_S: i64 = 10;

/// Takes `count` messages out of the tenant's allowance; else says how long to wait.
pub async fn take(context: &Context, tenant: &TenantId, count: u32) -> Result<Result<(), Duration>, StoreError> {
    let now = context.now().as_millisecond();
    let cost = i64::from(count) * 1000 / i64::from(context.config.messages_per_second.max(1));
    let window = (BURST_S * 1000).max(cost);
    // The bucket is empty and begins anew, or it has room.
    if write(context, tenant, "SET spokenFor = :value, expiresAt = :expires", now + cost, now, None).await?.is_ok() {
        return Ok(Ok(()));
    }
    let latest = now + window - cost;
    match write(context, tenant, "SET spokenFor = spokenFor + :value, expiresAt = :expires", cost, now, Some(latest))
        .await?
    {
        Ok(()) => Ok(Ok(())),
        Err(spoken_for) => {
            let wait = u64::try_from(spoken_for.saturating_sub(latest)).unwrap_or(0).max(1);
            Ok(Err(Duration::from_millis(wait)))
        }
    }
}

/// Writes if nothing is spoken for any more, or, with `latest`, if no more is spoken for than that. Else says up to when.
async fn write(
    context: &Context,
    tenant: &TenantId,
    expression: &str,
    value: i64,
    now: i64,
    latest: Option<i64>,
) -> Result<Result<(), i64>, StoreError> {
    use aws_sdk_dynamodb::{
        operation::update_item::UpdateItemError as E, types::ReturnValuesOnConditionCheckFailure::AllOld,
    };
    let (client, table) = context.configuration.raw();
    let condition =
        if latest.is_some() { "spokenFor <= :limit" } else { "attribute_not_exists(pk) OR spokenFor <= :limit" };
    let answer = client
        .update_item()
        .table_name(table)
        .key("pk", text(format!("PACE#{tenant}")))
        .key("sk", text("MESSAGES"))
        .update_expression(expression)
        .condition_expression(condition)
        .expression_attribute_values(":value", number(value))
        .expression_attribute_values(":limit", number(latest.unwrap_or(now)))
        .expression_attribute_values(":expires", number(now / 1000 + 3600))
        .return_values_on_condition_check_failure(AllOld)
        .send()
        .await;
    match answer {
        Ok(_) => Ok(Ok(())),
        Err(error) => match error.as_service_error() {
            Some(E::ConditionalCheckFailedException(failed)) => {
                let old: Item = failed.item.clone().unwrap_or_default();
                Ok(Err(old.number("spokenFor").unwrap_or(now)))
            }
            _ => Err(StoreError::aws(error)),
        },
    }
}
