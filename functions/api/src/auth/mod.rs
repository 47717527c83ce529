//! `/api/v1/auth`: log in, log out, change one's password.

mod caller;
pub(crate) mod password;
mod sessions;
pub(crate) mod throttle;
pub(crate) mod users;

use std::sync::Arc;

use aws::Context;
use axum::{Extension, Json, extract::State};
use contract::Secret;
use http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::{
    caller::{Administrator, Caller, Operator},
    users::{FirstAdministrator, FirstAdministratorError, Role, has_first_administrator, set_first_administrator},
};
use self::{
    password::HashError,
    throttle::{Attempt, Counter, Verdict},
};
use crate::{
    audit::{AuditAction, AuditedChange},
    describe::{self, Routes},
    extract::{SourceAddress, Typed},
    problem::{Problem, ProblemKind},
};

/// Who logs in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credentials {
    /// The user's name, such as `admin`.
    #[schemars(length(min = 1, max = 256))]
    user: String,
    /// The user's password.
    password: Secret,
}

/// A token for all further requests.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Token")]
pub struct LoginToken {
    /// How to send it: `Authorization: Bearer <token>`.
    #[serde(rename = "type")]
    #[schemars(extend("const" = "Bearer"))]
    kind: &'static str,
    /// The token. It is shown only here.
    token: String,
    /// When it expires; using it does not prolong it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires_at: Timestamp,
    /// What the user may do.
    role: Role,
}

/// A change of one's own password.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    current: Secret,
    /// The password to be. It must score 3 of 4 with zxcvbn.
    new: Secret,
}

crate::describe::documented!(Credentials, LoginToken, PasswordChange);

/// Log in
///
/// Gives a token for all further requests. After five wrong passwords, from one address or for one user, every further
/// attempt has to wait twice as long as the one before: `429` with `Retry-After`.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", operation_id = "login", security(),
    request_body = Credentials,
    responses((status = 200, description = "Logged in.", body = LoginToken), describe::LoginProblems),
)]
async fn login(
    State(context): State<Arc<Context>>,
    Extension(SourceAddress(address)): Extension<SourceAddress>,
    Typed(Credentials { user: name, password }): Typed<Credentials>,
) -> Result<Json<LoginToken>, Problem> {
    let by_address = admit(&context, Counter::of_address(&address)).await?;
    let by_user = match admit(&context, Counter::of_user(&name)).await {
        Ok(attempt) => attempt,
        Err(problem) => {
            by_address.uncount(&context).await?;
            return Err(problem);
        }
    };
    // As much work for a user that does not exist.
    let user = users::find(&context, &name).await?;
    let hash = user.as_ref().map(|user| user.hash.as_str());
    let password = password.expose();
    let matches = password.len() <= password::MAX && password::matches(password, hash).await?;
    let Some(mut user) = user.filter(|_| matches) else {
        by_address.failed(&context).await?;
        by_user.failed(&context).await?;
        tracing::warn!("a login failed");
        return Err(Problem::new(ProblemKind::LoginFailed, "The user or the password is wrong.").challenged());
    };
    by_address.uncount(&context).await?;
    by_user.forget(&context).await?;
    if password::is_outdated(&user.hash) {
        let hash = password::hash(password).await?;
        user.epoch = users::change_password(&context, &user, &hash).await?;
    }
    let grant = sessions::begin(&context, &user).await?;
    Ok(Json(LoginToken {
        kind: "Bearer",
        token: grant.token.expose().to_owned(),
        expires_at: grant.expires_at,
        role: user.role,
    }))
}

/// Log out
///
/// The token is not good any more, on any function.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth", operation_id = "logout",
    responses((status = 204, description = "Logged out."), describe::ReadProblems),
)]
async fn logout(State(context): State<Arc<Context>>, caller: Caller) -> Result<StatusCode, Problem> {
    sessions::end(&context, &caller.session).await?;
    caller.trail.nothing();
    Ok(StatusCode::NO_CONTENT)
}

/// Change one's password
///
/// All other sessions of the user are over; the one of this request goes on.
#[utoipa::path(
    post, path = "/api/v1/auth/password", tag = "auth", operation_id = "changePassword",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed."), describe::ThrottledWriteProblems),
)]
async fn change_password(
    State(context): State<Arc<Context>>,
    caller: Caller,
    Typed(PasswordChange { current, new }): Typed<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let user = &caller.user;
    // Who found a token lying about must not find out the password with it.
    let attempt = admit(&context, Counter::of_user(&user.name)).await?;
    if current.expose().len() > password::MAX || !password::matches(current.expose(), Some(&user.hash)).await? {
        attempt.failed(&context).await?;
        return Err(Problem::field("/current", "is not your password"));
    }
    attempt.forget(&context).await?;
    if current.matches(new.expose()) {
        return Err(Problem::field("/new", "is the password you have"));
    }
    if let Some(weakness) = password::weakness(new.expose(), &[&user.name]) {
        return Err(Problem::field("/new", weakness));
    }
    let hash = password::hash(new.expose()).await?;
    let epoch = users::change_password(&context, user, &hash).await?;
    sessions::renew(&context, &caller.session, epoch).await?;
    tracing::info!("a password was changed");
    caller.trail.note(AuditedChange {
        action: AuditAction::Changed,
        resource: "users",
        id: user.name.clone(),
        name: None,
        fields: vec!["/password".to_owned()],
    });
    Ok(StatusCode::NO_CONTENT)
}

async fn admit(context: &Context, counter: Counter) -> Result<Attempt, Problem> {
    match throttle::admit(context, counter).await? {
        Verdict::Go(attempt) => Ok(attempt),
        Verdict::Wait(wait) => Err(Problem::new(
            ProblemKind::TooManyRequests,
            "Too many attempts with a wrong password. Wait as long as Retry-After says.",
        )
        .retry_after(wait)),
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        tracing::error!(%error, "a password cannot be hashed or verified");
        Self::new(ProblemKind::Internal, "The password cannot be looked at.")
    }
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(login)).routes(routes!(logout)).routes(routes!(change_password))
}
