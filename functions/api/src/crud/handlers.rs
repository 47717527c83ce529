//! The handlers of every resource.

use std::sync::Arc;

use aws::{Context, store::StoreError, tenant::Versioned};
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};

use super::{
    requests::{Crud, answer},
    resource::{Change, Delete, Edit, Filter, List, Record, Resource},
    store::{Collection, RecordPage, Store},
};
use crate::{
    auth::Caller,
    extract::{JsonBody, Query},
    page::{self, Paging, Sort},
    problem::Problem,
};

pub async fn list<R: List>(
    State(context): State<Arc<Context>>,
    _: Caller,
    Query(filter): Query<R::Filter>,
    Query(Paging { sort, limit, cursor }): Query<Paging>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = page::limit(limit)?;
    let mut parameters = vec![("limit".to_owned(), limit.to_string())];
    parameters.extend(sort.iter().map(|sort| ("sort".to_owned(), sort.clone())));
    parameters.extend(page::parameters(&filter));
    let (sort, cursor) = (sort.as_deref(), cursor.as_deref());
    let sort = Sort::read(sort, R::DEFAULT_SORT, R::SORTS)?;
    let fits = |found: &Versioned<Record<R>>| filter.fits(&found.value);
    let (found, next) = if let Some(name) = filter.name() {
        (R::Store::find_by_name(&context, name).await?.into_iter().filter(fits).collect(), None)
    } else if sort.field == "name" {
        by_name::<R>(&context, limit, page::token(cursor, R::Store::is_cursor)?, &sort, fits).await?
    } else {
        let key = |field: &str, found: &Versioned<Record<R>>| {
            let (created_at, updated_at) = R::times(&found.value);
            page::dated(field, created_at, updated_at, R::Store::id(&found.value))
        };
        sort.page(all::<R>(&context).await?.into_iter().filter(fits), key, limit, cursor)?
    };
    let root = context.root(&headers);
    let shown: Vec<R::Out> = found.into_iter().map(|found| R::out(found, &root, Vec::new())).collect();
    Ok(page::page(R::PATH, &parameters, shown, next))
}

/// A page in the store's own order. Filters may leave nothing of one of the store's: the next ones are read then.
async fn by_name<R: List>(
    context: &Context,
    limit: u32,
    mut after: Option<String>,
    sort: &Sort,
    fits: impl Fn(&Versioned<Record<R>>) -> bool,
) -> Result<RecordPage<Record<R>>, StoreError> {
    let mut fitting = Vec::new();
    for _ in 0..page::EMPTY_MAX {
        let (found, next) = R::Store::list(context, limit, after.as_deref(), sort.order).await?;
        fitting.extend(found.into_iter().filter(|found| fits(found)));
        after = next;
        if !fitting.is_empty() || after.is_none() {
            break;
        }
    }
    Ok((fitting, after))
}

/// All records: for orders that the store has no index for. A deployment has some thousands of a kind at most, which are
/// read in a second.
async fn all<R: List>(context: &Context) -> Result<Vec<Versioned<Record<R>>>, StoreError> {
    let (mut records, mut after) = (Vec::new(), None);
    loop {
        let (found, next) = R::Store::list(context, 1000, after.as_deref(), aws::store::Order::Ascending).await?;
        records.extend(found);
        after = next;
        if after.is_none() {
            return Ok(records);
        }
    }
}

pub async fn create<R: Edit>(request: Crud<R>, JsonBody(document): JsonBody) -> Result<Response, Problem> {
    request.create(Change::Create(document)).await
}

pub async fn read<R: Resource<Store: Collection>>(
    State(context): State<Arc<Context>>,
    _: Caller,
    id: Result<Path<String>, axum::extract::rejection::PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.ok().filter(|Path(id)| R::Store::is_id(id)).ok_or_else(R::missing)?;
    answer::<R>(&context, &id, &context.root(&headers), Vec::new()).await
}

pub async fn replace<R: Edit>(request: Crud<R>, JsonBody(document): JsonBody) -> Result<Response, Problem> {
    request.edit(Change::Replace(document)).await
}

pub async fn change<R: Edit>(request: Crud<R>, JsonBody(patch): JsonBody) -> Result<Response, Problem> {
    request.edit(Change::Patch(patch)).await
}

pub async fn delete<R: Delete>(request: Crud<R>) -> Result<StatusCode, Problem> {
    request.delete().await
}
