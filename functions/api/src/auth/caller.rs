//! Who calls: every handler that asks for a [`Caller`] is for those who are logged in, and one that asks for an
//! [`Administrator`] for administrators only. What a handler does not ask for, it cannot forget to check.

use std::sync::Arc;

use aws::Context;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::{header, request::Parts};

use super::{
    sessions::{self, Session},
    users::{Role, User},
};
use crate::{
    audit::Trail,
    problem::{Problem, ProblemKind},
};

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Caller {
    /// The user, with the role that is checked.
    pub user: User,
    /// The session of the token.
    pub session: Session,
    /// Where it is noted what they change.
    pub trail: Trail,
}

/// An administrator who is logged in.
#[derive(Clone)]
pub struct Administrator(pub Caller);

/// An operator (or an administrator) who is logged in.
#[derive(Clone)]
pub struct Operator(pub Caller);

impl FromRequestParts<Arc<Context>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or_else(|| {
            Problem::unauthorized("Log in with POST /api/v1/auth/login, and send its token: Authorization: Bearer ….")
        })?;
        match sessions::find(context, token).await? {
            Some((session, user)) => {
                let trail = parts.extensions.get::<Trail>().cloned().unwrap_or_default();
                trail.by(&user.name);
                Ok(Self { user, session, trail })
            }
            None => Err(Problem::unauthorized("The token is not valid, or not any more. Log in again.")),
        }
    }
}

/// For what answers anybody, and tells more to those who are logged in. When that cannot be found out, nobody is.
impl OptionalFromRequestParts<Arc<Context>> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Option<Self>, Self::Rejection> {
        Ok(<Self as FromRequestParts<Arc<Context>>>::from_request_parts(parts, context).await.ok())
    }
}

impl FromRequestParts<Arc<Context>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, Problem> {
        let caller = <Caller as FromRequestParts<Arc<Context>>>::from_request_parts(parts, context).await?;
        if caller.user.role < Role::Administrator {
            return Err(Problem::new(ProblemKind::Forbidden, "Only administrators may do this."));
        }
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<Context>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, Problem> {
        let caller = <Caller as FromRequestParts<Arc<Context>>>::from_request_parts(parts, context).await?;
        if caller.user.role < Role::Operator {
            return Err(Problem::new(ProblemKind::Forbidden, "Only operators and administrators may do this."));
        }
        Ok(Self(caller))
    }
}

/// The token of `Authorization: Bearer …`; the scheme in any case.
fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_scheme_is_written_in_any_case() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("BEARER  abc ", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            let (parts, ()) = http::Request::builder().header("authorization", value).body(()).unwrap().into_parts();
            assert_eq!(bearer(&parts), token, "{value}");
        }
    }
}
