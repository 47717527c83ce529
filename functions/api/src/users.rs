//! `/api/v1/users`: who may use the API.

use std::{borrow::Cow, sync::Arc};

use aws::{Context, store::StoreError};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use contract::Secret;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    audit::{Action, Change},
    auth::{
        Administrator, Caller, Role,
        password::{self, hash},
        users::{self as store, Outcome, User},
    },
    extract::{Id, IfMatch, JsonBody, Query, etag, object, typed},
    function::Routes,
    openapi,
    page::{self, Sort},
    problem::{Fault, Kind, Problem},
    validation,
};

const PATH: &str = "/api/v1/users";
/// How often a change is made again over somebody else's.
const TRIES: u32 = 3;
/// What an answer shows beyond what is written.
const SHOWN_ONLY: [&str; 3] = ["createdAt", "updatedAt", "version"];

/// A user, as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserIn {
    /// Its name, unique whatever the case; it cannot be changed.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$"))]
    name: String,
    /// Its password, until it chooses another. It must score 3 of 4 with zxcvbn.
    password: Secret,
    /// What it may do.
    #[schemars(schema_with = "described_role")]
    role: Role,
}

/// A change of a user.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserChange {
    /// Another password; all sessions of the user are over. One's own is changed with `POST /api/v1/auth/password`.
    #[serde(default)]
    password: Option<Secret>,
    /// What it may do from now on.
    #[serde(default)]
    #[schemars(schema_with = "described_role")]
    role: Option<Role>,
}

/// A merge patch of a user.
pub struct UserPatch;

impl JsonSchema for UserPatch {
    fn schema_name() -> Cow<'static, str> {
        "UserPatch".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = UserChange::json_schema(generator);
        // Nothing of a user can be removed.
        if let Some(password) = schema.pointer_mut("/properties/password/type") {
            *password = json!("string");
        }
        schema.insert("description".to_owned(), "A JSON merge patch (RFC 7396) of a user.".into());
        schema
    }
}

fn described_role(generator: &mut SchemaGenerator) -> Schema {
    let _ = generator;
    let words: Vec<&str> = [Role::Viewer, Role::Operator, Role::Administrator].into_iter().map(Role::word).collect();
    schemars::json_schema!({
        "type": "string", "enum": words,
        "description": "What it may do: look (`viewer`), look and send failed messages again (`operator`), everything \
            (`administrator`).",
    })
}

/// A user, as it is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "User")]
pub struct UserOut {
    /// Its name.
    name: String,
    /// What it may do.
    #[schemars(schema_with = "described_role")]
    role: Role,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// When it was last changed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    updated_at: Timestamp,
    /// Counts its changes; also the `ETag`.
    version: u64,
}

crate::openapi::documented!(UserIn, UserPatch, UserOut);

impl UserOut {
    fn new(user: User) -> Self {
        let User { name, role, created_at, updated_at, version, .. } = user;
        Self { name, role, created_at, updated_at, version }
    }
}

/// Which users to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Only users of this role.
    #[param(required = false, schema_with = role_words)]
    pub role: Option<Role>,
    /// In which order: by name from the first to the last (`name`, unless it says otherwise), or from the last (`-name`).
    #[param(required = false, schema_with = page::by_name_alone)]
    pub sort: Option<String>,
    /// Most users in the answer.
    #[param(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// Where to go on: `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

fn role_words() -> utoipa::openapi::schema::Object {
    page::words(&["viewer", "operator", "administrator"])
}

/// List users
///
/// By name, a page at a time: the header `Link` leads to the next page. With a filter a page may hold fewer than `limit`
/// although there is a next one.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", operation_id = "listUsers", params(Filter),
    responses(
        (status = 200, description = "The users.", body = Vec<UserOut>, headers(
            ("Link" = String, description = "The next page, if there is one."),
            ("X-Next-Cursor" = String, description = "The cursor of the next page, if there is one."),
        )),
        openapi::ListProblems,
    ),
)]
async fn list(
    State(context): State<Arc<Context>>,
    _: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let limit = page::limit(filter.limit)?;
    let Sort { order, .. } = Sort::read(filter.sort.as_deref(), "name", &["name"])?;
    let mut after = page::token(filter.cursor.as_deref(), |name| (1..=256).contains(&name.len()))?;
    let mut shown = Vec::new();
    for _ in 0..page::EMPTY_MAX {
        let (found, next) = store::list(&context, limit, after.as_deref(), order).await?;
        let fitting = found.into_iter().filter(|user| filter.role.is_none_or(|role| user.role == role));
        shown = fitting.map(UserOut::new).collect();
        after = next;
        if !shown.is_empty() || after.is_none() {
            break;
        }
    }
    let mut query = vec![("limit", limit.to_string())];
    query.extend(filter.role.map(|role| ("role", role.word().to_owned())));
    query.extend(filter.sort.map(|sort| ("sort", sort)));
    Ok(page::page(PATH, &query, shown, after))
}

/// Create a user
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "createUser", request_body = UserIn,
    responses(
        (status = 201, description = "Created.", body = UserOut, headers(
            ("Location" = String, description = "Its address."),
            ("ETag" = String, description = "Its version."),
        )),
        openapi::CreateProblems,
    ),
)]
async fn create(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    JsonBody(document): JsonBody,
) -> Result<Response, Problem> {
    let UserIn { name, password, role } = read_as(document, &schema::<UserIn>())?;
    check(&password, &name, "/password")?;
    if store::find(&context, &name).await?.is_some() {
        return Err(StoreError::NameTaken.into());
    }
    store::create(&context, &name, role, &hash(password.expose()).await?).await?;
    tracing::info!("a user was created");
    caller.trail.note(change_of(Action::Created, &name, &["/name", "/password", "/role"]));
    let (etag, shown) = shown(&context, &name).await?;
    let location = HeaderValue::from_str(&format!("{PATH}/{name}")).unwrap_or(HeaderValue::from_static(PATH));
    Ok((StatusCode::CREATED, [(header::LOCATION, location), etag], Json(shown)).into_response())
}

/// Read a user
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", operation_id = "getUser",
    params(("id" = String, Path, description = "The user's name.")),
    responses(
        (status = 200, description = "The user.", body = UserOut, headers(("ETag" = String, description = "Its version."))),
        openapi::ReadOneProblems,
    ),
)]
async fn read(State(context): State<Arc<Context>>, _: Caller, Id(name): Id<String>) -> Result<Response, Problem> {
    let (etag, shown) = shown(&context, &name).await?;
    Ok(([etag], Json(shown)).into_response())
}

/// Change a user
///
/// Its role, its password, or both; takes a JSON merge patch (RFC 7396). The last administrator stays one. With
/// `If-Match`, only the version that it names is changed.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "users", operation_id = "changeUser",
    params(
        ("id" = String, Path, description = "The user's name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    request_body(content((UserPatch = "application/merge-patch+json"), (UserPatch = "application/json"))),
    responses(
        (status = 200, description = "Changed.", body = UserOut, headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn change(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(name): Id<String>,
    if_match: IfMatch,
    JsonBody(document): JsonBody,
) -> Result<Response, Problem> {
    let mut document = object(document)?;
    for name in SHOWN_ONLY {
        document.remove(name);
    }
    // Sent back as it was shown.
    if let Some(given) = document.remove("name")
        && !given.as_str().is_some_and(|given| store::same(given, &name))
    {
        return Err(Problem::field("/name", "cannot be changed"));
    }
    let UserChange { password, role } = read_as(Value::Object(document), &schema::<UserPatch>())?;
    let mut new_hash = None;
    if let Some(password) = &password {
        if store::same(&caller.user.name, &name) {
            return Err(Problem::field("/password", "is your own: change it with POST /api/v1/auth/password"));
        }
        check(password, &name, "/password")?;
        new_hash = Some(hash(password.expose()).await?);
    }
    for _ in 0..TRIES {
        let user = store::find(&context, &name).await?.ok_or_else(|| Problem::not_found("user"))?;
        if_match.check(user.version)?;
        match store::change(&context, &user, role, new_hash.as_deref()).await {
            Ok(Outcome::Done) => {
                tracing::info!("a user was changed");
                let mut fields = Vec::new();
                fields.extend(password.is_some().then_some("/password"));
                fields.extend(role.is_some_and(|role| role != user.role).then_some("/role"));
                caller.trail.note(change_of(Action::Changed, &user.name, &fields));
                let (etag, shown) = shown(&context, &name).await?;
                return Ok(([etag], Json(shown)).into_response());
            }
            Ok(Outcome::LastAdministrator) => return Err(last()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Delete a user
///
/// Its sessions are over. The last administrator cannot be deleted.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}", tag = "users", operation_id = "deleteUser",
    params(
        ("id" = String, Path, description = "The user's name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    responses((status = 204, description = "Deleted."), openapi::DeleteProblems),
)]
async fn delete(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(name): Id<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    for _ in 0..TRIES {
        let user = store::find(&context, &name).await?.ok_or_else(|| Problem::not_found("user"))?;
        if_match.check(user.version)?;
        match store::delete(&context, &user).await {
            Ok(Outcome::Done) => {
                tracing::info!("a user was deleted");
                caller.trail.note(change_of(Action::Deleted, &user.name, &[]));
                return Ok(StatusCode::NO_CONTENT);
            }
            Ok(Outcome::LastAdministrator) => return Err(last()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

fn last() -> Problem {
    Problem::new(Kind::InUse, "It is the last administrator: make another one first.")
}

fn change_of(action: Action, name: &str, fields: &[&str]) -> Change {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    Change { action, resource: "users", id: name.to_owned(), name: None, fields }
}

fn check(password: &Secret, name: &str, pointer: &str) -> Result<(), Problem> {
    match password::weakness(password.expose(), &[name]) {
        Some(weakness) => Err(Problem::field(pointer, weakness)),
        None => Ok(()),
    }
}

fn schema<T: JsonSchema>() -> Value {
    serde_json::to_value(schemars::schema_for!(T)).unwrap_or_default()
}

/// A document that fits a schema, or everything that is wrong with it.
fn read_as<T: serde::de::DeserializeOwned>(document: Value, schema: &Value) -> Result<T, Problem> {
    let document = Value::Object(object(document)?);
    let faults: Vec<Fault> = validation::faults(schema, &document, "");
    if faults.is_empty() { typed(&document) } else { Err(Problem::invalid(faults)) }
}

async fn shown(context: &Context, name: &str) -> Result<((header::HeaderName, HeaderValue), UserOut), Problem> {
    let user = store::find(context, name).await?.ok_or_else(|| Problem::not_found("user"))?;
    Ok((etag(user.version), UserOut::new(user)))
}

/// The routes.
pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, delete))
}
