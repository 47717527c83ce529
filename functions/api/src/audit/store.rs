//! The audit trail's entries: one partition of the configuration table, in the order of time.

use std::time::Duration;

use aws::{
    Context,
    store::{Item, ItemExt, Order, StoreError, number, text},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The partition key of all entries.
const PARTITION: &str = "AUDIT";
/// How long entries are kept: a year, and the month it takes to notice.
const KEPT: Duration = Duration::from_secs(400 * 86_400);
/// Digits of a time in a key: milliseconds of the next 300,000 years.
const DIGITS: usize = 16;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum AuditAction {
    /// It was made.
    Created,
    /// It was changed.
    Changed,
    /// It was deleted.
    Deleted,
    /// It was approved.
    Approved,
    /// It was refused.
    Refused,
    /// Something was done with it: see the operation.
    Done,
}

impl AuditAction {
    /// As the trail spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Done => "done",
        }
    }
}

/// A change.
#[derive(Clone, Debug)]
pub struct AuditedChange {
    /// What was done.
    pub action: AuditAction,
    /// Of what: `tenants`.
    pub resource: &'static str,
    /// The id of the record.
    pub id: String,
    /// What that is called.
    pub name: Option<String>,
    /// The fields that are not as before, as JSON pointers.
    pub fields: Vec<String>,
}

/// Who changed what, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEntry")]
pub struct AuditEntry {
    /// Given by the server; in the order of time.
    pub id: String,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The name of the user who did it.
    pub user: String,
    /// Where the request came from.
    pub address: String,
    /// The operation: `PATCH /api/v1/tenants/{id}`.
    pub operation: String,
    /// What was done.
    #[schemars(schema_with = "described_action")]
    pub action: AuditAction,
    /// Of what: `tenants`.
    pub resource: String,
    /// To which of them.
    pub resource_id: String,
    /// What that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The fields that are not as before, as JSON pointers; at most 200. What they hold is not kept.
    pub fields: Vec<String>,
}

fn described_action(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let mut schema = generator.subschema_for::<AuditAction>();
    schema.insert("description".to_owned(), "What was done.".into());
    schema
}

impl AuditEntry {
    /// An entry of now.
    pub fn new(now: Timestamp, user: &str, address: &str, operation: &str, change: AuditedChange) -> Self {
        let mut random = [0; 6];
        // Two of one millisecond from one process are told apart by their names; this is for those of several.
        let _ = getrandom::fill(&mut random);
        Self {
            id: format!("{}-{}", first_id(now), hex::encode(random)),
            at: now,
            user: user.to_owned(),
            address: address.to_owned(),
            operation: operation.to_owned(),
            action: change.action,
            resource: change.resource.to_owned(),
            resource_id: change.id,
            name: change.name,
            fields: change.fields,
        }
    }
}

/// Before all ids of this time, and after all of the time before.
fn first_id(at: Timestamp) -> String {
    format!("{:0width$}", at.as_millisecond().max(0), width = DIGITS)
}

/// Whether a text can be an id.
pub fn is_id(text: &str) -> bool {
    text.len() == DIGITS + 13
        && text.bytes().enumerate().all(|(at, byte)| match at {
            DIGITS => byte == b'-',
            at if at < DIGITS => byte.is_ascii_digit(),
            _ => byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase(),
        })
}

/// Writes an entry down.
pub async fn write(context: &Context, entry: &AuditEntry) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let json = serde_json::to_string(entry).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    client
        .put_item()
        .table_name(table)
        .item("pk", text(PARTITION))
        .item("sk", text(&entry.id))
        .item("user", text(&entry.user))
        .item("resource", text(&entry.resource))
        .item("resourceId", text(&entry.resource_id))
        .item("entry", text(json))
        .item("expiresAt", number(entry.at.as_second().saturating_add(KEPT.as_secs().cast_signed())))
        .send()
        .await
        .map(|_| ())
        .map_err(StoreError::aws)
}

/// The conditions of a list of entries.
#[derive(Default)]
pub struct EntryQuery<'a> {
    /// Only entries of this time or later.
    pub from: Option<Timestamp>,
    /// Only entries before this time.
    pub to: Option<Timestamp>,
    /// What attributes have to be, by name.
    pub attributes: Vec<(&'static str, &'a str)>,
}

/// Entries, a page at a time; with filters it may be shorter than asked for, even empty, although there is more.
pub async fn list(
    context: &Context,
    wanted: &EntryQuery<'_>,
    limit: u32,
    after: Option<&str>,
    order: Order,
) -> Result<(Vec<AuditEntry>, Option<String>), StoreError> {
    let (client, table) = context.configuration.raw();
    let (from, to) = (wanted.from.map_or_else(String::new, first_id), wanted.to.map_or("~".to_owned(), first_id));
    // Nothing is before the beginning, and nothing between what is the wrong way round.
    let from = if from.is_empty() { "0".to_owned() } else { from };
    if from >= to {
        return Ok((Vec::new(), None));
    }
    let start = after
        .map(|id| Item::from([("pk".to_owned(), text(PARTITION)), ("sk".to_owned(), text(id))]))
        .filter(|_| after.is_some_and(|id| (from.as_str()..=to.as_str()).contains(&id)));
    let mut query = client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
        .expression_attribute_values(":pk", text(PARTITION))
        .expression_attribute_values(":from", text(&from))
        .expression_attribute_values(":to", text(&to))
        .consistent_read(true)
        .limit(i32::try_from(limit).unwrap_or(100))
        .scan_index_forward(order == Order::Ascending)
        .set_exclusive_start_key(start);
    let mut conditions = Vec::new();
    for (place, (name, value)) in wanted.attributes.iter().enumerate() {
        conditions.push(format!("#a{place} = :a{place}"));
        query = query
            .expression_attribute_names(format!("#a{place}"), *name)
            .expression_attribute_values(format!(":a{place}"), text(*value));
    }
    if !conditions.is_empty() {
        query = query.filter_expression(conditions.join(" AND "));
    }
    let answer = query.send().await.map_err(StoreError::aws)?;
    let next = answer.last_evaluated_key.as_ref().and_then(|key| key.text("sk").map(str::to_owned));
    let (items, now) = (answer.items.unwrap_or_default(), context.now());
    let live = items.iter().filter(|item| !item.expired(now));
    let entries = live.map(|item| item.json("entry")?.ok_or_else(|| StoreError::Unreadable("an entry".to_owned())));
    Ok((entries.collect::<Result<_, _>>()?, next))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_time() {
        let change = || AuditedChange {
            action: AuditAction::Done,
            resource: "x",
            id: String::new(),
            name: None,
            fields: Vec::new(),
        };
        let of = |text: &str| AuditEntry::new(text.parse().unwrap(), "admin", "", "", change()).id;
        let ids = [
            of("1999-12-31T23:59:59Z"),
            of("2026-01-01T00:00:00Z"),
            of("2026-01-01T00:00:00.001Z"),
            of("9999-12-30T00:00:00Z"),
        ];
        assert!(ids.is_sorted() && ids.iter().all(|id| is_id(id)), "{ids:?}");
        assert!(ids.iter().all(|id| id.as_str() < "~" && id.as_str() > "0"));
        for bad in ["", "~", &ids[0][1..], &ids[0].replace('-', "0"), "é000000000000000-0123456789ab"] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
