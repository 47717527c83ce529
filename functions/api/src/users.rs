//! `/api/v1/users`: who may use the API.

use std::borrow::Cow;

use aws::{
    Context,
    store::{Order, StoreError},
    tenant::Versioned,
};
use contract::Secret;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    auth::{
        Caller, Role,
        password::{self, hash},
        users::{self as store, Outcome, User},
    },
    crud::{self, Change, Collection, Delete, Edit, List, RecordPage, Resource, Save, Store},
    describe::Routes,
    extract::object,
    page,
    problem::{Problem, ProblemKind},
    validation,
};

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
    let words: Vec<&str> = [Role::Viewer, Role::Operator, Role::Administrator].into_iter().map(Role::as_str).collect();
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

/// Which users to list.
#[derive(Debug, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct UserFilter {
    /// Only users of this role.
    #[param(required = false, schema_with = role_words)]
    pub role: Option<Role>,
}

fn role_words() -> utoipa::openapi::schema::Object {
    page::words(&["viewer", "operator", "administrator"])
}

impl crud::Filter<User> for UserFilter {
    fn fits(&self, user: &User) -> bool {
        self.role.is_none_or(|role| user.role == role)
    }
}

/// The users of the configuration table. Their names are their ids.
pub struct UserStore;

fn versioned(user: User) -> Versioned<User> {
    Versioned { version: user.version, value: user, secrets: Vec::new() }
}

impl Store for UserStore {
    type Record = User;

    fn id(user: &User) -> &str {
        &user.name
    }

    fn is_id(_: &str) -> bool {
        true
    }

    async fn find(context: &Context, name: &str) -> Result<Option<Versioned<User>>, StoreError> {
        Ok(store::find(context, name).await?.map(versioned))
    }

    async fn put(
        context: &Context,
        user: &User,
        before: Option<&Versioned<User>>,
        _: &[String],
    ) -> Result<(), Problem> {
        let Some(Versioned { value: before, .. }) = before else {
            return Ok(store::create(context, &user.name, user.role, &user.hash).await?);
        };
        let role = Some(user.role).filter(|role| *role != before.role);
        let hash = Some(user.hash.as_str()).filter(|hash| *hash != before.hash);
        unless_last(store::change(context, before, role, hash).await?)
    }
}

impl Collection for UserStore {
    fn name(user: &User) -> &str {
        &user.name
    }

    fn is_cursor(name: &str) -> bool {
        (1..=256).contains(&name.len())
    }

    async fn list(
        context: &Context,
        limit: u32,
        after: Option<&str>,
        order: Order,
    ) -> Result<RecordPage<User>, StoreError> {
        let (found, next) = store::list(context, limit, after, order).await?;
        Ok((found.into_iter().map(versioned).collect(), next))
    }

    async fn find_by_name(context: &Context, name: &str) -> Result<Option<Versioned<User>>, StoreError> {
        Self::find(context, name).await
    }

    async fn delete(context: &Context, found: &Versioned<User>) -> Result<(), Problem> {
        unless_last(store::delete(context, &found.value).await?)
    }
}

fn unless_last(outcome: Outcome) -> Result<(), Problem> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::LastAdministrator => {
            Err(Problem::new(ProblemKind::InUse, "It is the last administrator: make another one first."))
        }
    }
}

/// Who may use the API.
pub struct Users;

impl Resource for Users {
    type Store = UserStore;
    type Out = UserOut;
    const PATH: &'static str = "/api/v1/users";
    const KIND: &'static str = "user";
    const ID: &'static str = "name";
    const LOGS_IDS: bool = false;

    fn out(found: Versioned<User>, _: &str, _: Vec<String>) -> UserOut {
        let User { name, role, created_at, updated_at, version, .. } = found.value;
        UserOut { name, role, created_at, updated_at, version }
    }

    fn changed_fields(before: Option<&User>, after: &User) -> Vec<String> {
        let mut fields = Vec::new();
        fields.extend(before.is_none().then_some("/name"));
        fields.extend(before.is_none_or(|before| before.hash != after.hash).then_some("/password"));
        fields.extend(before.is_none_or(|before| before.role != after.role).then_some("/role"));
        fields.into_iter().map(str::to_owned).collect()
    }
}

impl List for Users {
    type Filter = UserFilter;
    const SORTS: &'static [&'static str] = &["name"];
    const LIST_TEXT: &'static str = "By name, a page at a time: the header `Link` leads to the next page. With a filter a \
        page may hold fewer than `limit`\nalthough there is a next one.";

    fn times(user: &User) -> (Timestamp, Timestamp) {
        (user.created_at, user.updated_at)
    }
}

impl Delete for Users {
    const DELETE_TEXT: &'static str = "Its sessions are over. The last administrator cannot be deleted.";
}

/// What is to become of a user.
pub struct UserRequest {
    name: String,
    role: Option<Role>,
    /// The hash of the new password.
    hash: Option<String>,
}

impl Save for Users {
    type Request = UserRequest;

    async fn draft(context: &Context, request: &UserRequest, stored: Option<&User>) -> Result<User, Problem> {
        let UserRequest { name, role, hash } = request;
        let now = context.now();
        let mut user = stored.cloned().unwrap_or_else(|| User {
            name: name.clone(),
            role: Role::Viewer,
            epoch: 0,
            hash: String::new(),
            version: 0,
            created_at: now,
            updated_at: now,
            initial_hash: None,
        });
        user.role = role.unwrap_or(user.role);
        user.hash = hash.clone().unwrap_or(user.hash);
        Ok(user)
    }
}

impl Edit for Users {
    type In = UserIn;
    type Patch = UserPatch;
    const REPLACE: bool = false;
    const CHANGE_TEXT: &'static str = "Its role, its password, or both; takes a JSON merge patch (RFC 7396). The last \
        administrator stays one. With\n`If-Match`, only the version that it names is changed.";

    async fn read(
        context: &Context,
        caller: &Caller,
        id: Option<&str>,
        change: Change,
    ) -> Result<UserRequest, Problem> {
        match (change, id) {
            (Change::Patch(patch), Some(name)) => read_change(caller, name, patch).await,
            (Change::Create(document) | Change::Replace(document) | Change::Patch(document), _) => {
                let UserIn { name, password, role } = validation::valid::<UserIn, _>(document)?;
                check(&password, &name)?;
                // Before the password is hashed, which takes long.
                if store::find(context, &name).await?.is_some() {
                    return Err(StoreError::NameTaken.into());
                }
                let hash = Some(hash(password.expose()).await?);
                Ok(UserRequest { name, role: Some(role), hash })
            }
        }
    }
}

async fn read_change(caller: &Caller, name: &str, patch: Value) -> Result<UserRequest, Problem> {
    let mut patch = object(patch)?;
    for name in SHOWN_ONLY {
        patch.remove(name);
    }
    // Sent back as it was shown.
    if let Some(given) = patch.remove("name")
        && !given.as_str().is_some_and(|given| store::same(given, name))
    {
        return Err(Problem::field("/name", "cannot be changed"));
    }
    let UserChange { password, role } = validation::valid::<UserPatch, _>(Value::Object(patch))?;
    let mut new_hash = None;
    if let Some(password) = &password {
        if store::same(&caller.user.name, name) {
            return Err(Problem::field("/password", "is your own: change it with POST /api/v1/auth/password"));
        }
        check(password, name)?;
        new_hash = Some(hash(password.expose()).await?);
    }
    Ok(UserRequest { name: name.to_owned(), role, hash: new_hash })
}

fn check(password: &Secret, name: &str) -> Result<(), Problem> {
    match password::weakness(password.expose(), &[name]) {
        Some(weakness) => Err(Problem::field("/password", weakness)),
        None => Ok(()),
    }
}

pub fn router() -> Routes {
    crud::routes::<Users>()
}
