//! `/api/v1/conversations`: who talks with a tenant's agents, and what became of their messages.

use std::sync::Arc;

use aws::{
    Context,
    store::{Conversation, ConversationState, Order},
};
use axum::{Json, extract::State, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::{ConversationId, TenantId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Caller,
    conversation_id,
    deliveries::DeliveryOut,
    describe::{self, Routes},
    extract::{Id, Query},
    page::{self, Sort},
    problem::Problem,
};

const PATH: &str = "/api/v1/conversations";
/// Most deliveries that are read of one conversation.
const DELIVERIES_MAX: usize = 500;

/// Which conversations to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct ConversationFilter {
    /// The tenant's id.
    #[param(required = true)]
    pub tenant_id: String,
    /// Only those that are `open` or `closed`.
    #[param(inline)]
    pub state: Option<StateFilter>,
    /// Only those whose last message is not older.
    #[param(value_type = Option<String>, format = "date-time")]
    pub from: Option<Timestamp>,
    /// Only those whose last message is not younger.
    #[param(value_type = Option<String>, format = "date-time")]
    pub to: Option<Timestamp>,
    /// In which order: the one with the newest message first (`-lastActivityAt`, unless it says otherwise), or the one with
    /// the oldest (`lastActivityAt`).
    #[param(required = false, schema_with = by_activity)]
    pub sort: Option<String>,
    /// Most conversations in the answer.
    #[param(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// Where to go on: `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

fn by_activity() -> utoipa::openapi::schema::Object {
    page::words(&["lastActivityAt", "-lastActivityAt"])
}

/// The states to list.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum StateFilter {
    /// An agent or a flow has it.
    Open,
    /// The platform or an idle limit closed it.
    Closed,
}

impl From<StateFilter> for ConversationState {
    fn from(wanted: StateFilter) -> Self {
        match wanted {
            StateFilter::Open => Self::Open,
            StateFilter::Closed => Self::Closed,
        }
    }
}

/// A guest who talks, or talked, with a tenant's agents.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Conversation")]
pub struct ConversationOut {
    /// Its id.
    id: String,
    /// The tenant's id.
    tenant_id: String,
    /// The channel's id: `line`.
    channel: String,
    /// The platform's id: `genesys-cloud`.
    platform: String,
    /// The guest's id with the channel's network; a group's or a thread's where that is the conversation.
    guest_id: String,
    /// The guest's name, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    /// `open` until the platform or an idle limit closes it.
    #[schemars(with = "String", extend("enum" = ["open", "closed"]))]
    state: ConversationState,
    /// When it was opened last.
    #[schemars(with = "String", extend("format" = "date-time"))]
    opened_at: Timestamp,
    /// The last message, either way.
    #[schemars(with = "String", extend("format" = "date-time"))]
    last_activity_at: Timestamp,
    /// The platform's id of it, while it is open and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_conversation_id: Option<String>,
    /// Its messages of the last three days, the newest first, at most 500. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<DeliveryOut>>")]
    deliveries: Option<Vec<DeliveryOut>>,
}

crate::describe::documented!(ConversationOut);

impl From<Conversation> for ConversationOut {
    fn from(it: Conversation) -> Self {
        Self {
            id: conversation_id::show(&it.tenant, &it.id),
            tenant_id: it.tenant.to_string(),
            channel: it.channel,
            platform: it.platform,
            guest_id: it.guest.to_string(),
            nickname: it.profile.and_then(|(profile, _)| profile.nickname),
            state: it.state,
            opened_at: it.opened_at,
            last_activity_at: it.last_activity_at,
            platform_conversation_id: it.platform_conversation_id,
            deliveries: None,
        }
    }
}

/// Where each state's list goes on: after this conversation. A state that is not in it goes on from its beginning.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<(ConversationId, Timestamp)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<(ConversationId, Timestamp)>,
}

impl Cursor {
    fn decode(cursor: Option<&str>) -> Result<Self, Problem> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(Self::default()) };
        let read = || {
            let cursor: Self = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
            // The store refuses keys that cannot be.
            let plausible = [&cursor.open, &cursor.closed]
                .into_iter()
                .flatten()
                .all(|(id, _)| conversation_id::is_hash(id.as_str()));
            plausible.then_some(cursor)
        };
        read().ok_or_else(|| Problem::parameter("cursor", "is not one of this list"))
    }

    fn place(&mut self, state: ConversationState) -> &mut Option<(ConversationId, Timestamp)> {
        match state {
            ConversationState::Open => &mut self.open,
            ConversationState::Closed => &mut self.closed,
        }
    }
}

/// List conversations
///
/// A tenant's, the one with the newest message first unless `sort` says otherwise, a page at a time: the header `Link` leads to the next page.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", operation_id = "listConversations", params(ConversationFilter),
    responses(
        (status = 200, description = "The conversations.", body = Vec<ConversationOut>, headers(
            ("Link" = String, description = "The next page, if there is one."),
            ("X-Next-Cursor" = String, description = "The cursor of the next page, if there is one."),
        )),
        describe::ListProblems,
    ),
)]
async fn list(
    State(context): State<Arc<Context>>,
    _: Caller,
    Query(filter): Query<ConversationFilter>,
) -> Result<Response, Problem> {
    let limit = page::limit(filter.limit)?;
    let Sort { order, .. } = Sort::read(filter.sort.as_deref(), "-lastActivityAt", &["lastActivityAt"])?;
    let mut cursor = Cursor::decode(filter.cursor.as_deref())?;
    if filter.tenant_id.is_empty() {
        return Err(Problem::parameter("tenantId", "is required"));
    }
    let tenant =
        TenantId::parse(&filter.tenant_id).ok_or_else(|| Problem::parameter("tenantId", "is not a tenant's id"))?;
    let between = (filter.from.unwrap_or(Timestamp::UNIX_EPOCH), filter.to.unwrap_or_else(far));
    if between.0 > between.1 {
        return Err(Problem::parameter("from", "must not be after to"));
    }
    let wanted = filter.state.map(ConversationState::from);
    let states = match wanted {
        Some(state) => vec![state],
        None => vec![ConversationState::Open, ConversationState::Closed],
    };
    let mut found = Vec::new();
    for state in states {
        let after = cursor.place(state).clone();
        let after = after.as_ref().map(|(id, at)| (id, *at));
        // One more than the page holds tells whether there is another.
        found.extend(context.conversations.of_tenant(&tenant, state, between, order, limit + 1, after).await?);
    }
    // Stable: those of one moment stay in the order in which the store goes on after them.
    match order {
        Order::Ascending => found.sort_by_key(|conversation| conversation.last_activity_at),
        Order::Descending => found.sort_by_key(|conversation| std::cmp::Reverse(conversation.last_activity_at)),
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    for conversation in &found {
        *cursor.place(conversation.state) = Some((conversation.id.clone(), conversation.last_activity_at));
    }
    let mut query = vec![("tenantId", filter.tenant_id.clone()), ("limit", limit.to_string())];
    query.extend(wanted.map(|state| ("state", state.word().to_owned())));
    query.extend(filter.from.map(|from| ("from", from.to_string())));
    query.extend(filter.to.map(|to| ("to", to.to_string())));
    query.extend(filter.sort.map(|sort| ("sort", sort)));
    let next = more.then(|| serde_json::to_string(&cursor).unwrap_or_default());
    Ok(page::page(PATH, &query, found.into_iter().map(ConversationOut::from).collect(), next))
}

/// The end of the year 9999: later years have five digits, and would sort before.
fn far() -> Timestamp {
    Timestamp::from_second(253_402_214_400).unwrap_or(Timestamp::MAX)
}

/// Read a conversation
///
/// With its messages of the last three days and what became of them.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "getConversation",
    params(("id" = String, Path, description = "The conversation's id.")),
    responses((status = 200, description = "The conversation.", body = ConversationOut), describe::ReadOneProblems),
)]
async fn read(
    State(context): State<Arc<Context>>,
    _: Caller,
    Id(id): Id<String>,
) -> Result<Json<ConversationOut>, Problem> {
    let missing = || Problem::not_found("conversation");
    let (tenant, id) = conversation_id::read(&id).ok_or_else(missing)?;
    let found = context.conversations.get(&tenant, &id).await?;
    let mut deliveries = context.conversations.deliveries(&tenant, &id, DELIVERIES_MAX).await?;
    deliveries.truncate(DELIVERIES_MAX);
    let mut shown = ConversationOut::from(found.ok_or_else(missing)?);
    shown.deliveries = Some(deliveries.into_iter().map(DeliveryOut::listed).collect());
    Ok(Json(shown))
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_future_sorts_last() {
        let far = format!("{:.3}", far());
        assert!(far.starts_with("9999-") && far > format!("{:.3}", Timestamp::now()), "{far}");
    }
}
