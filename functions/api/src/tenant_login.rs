//! Who may send for a tenant: its own API authentication (HTTP Basic, or none), as an IVR engine gives it. Not a user of
//! the API: it reaches nothing but its own messages.

use std::sync::Arc;

use aws::{
    Context, KnownTenant,
    tenant::{ApiAuthentication, Tenant},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{Secret, TenantId};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    auth::throttle::{self, Counter, Verdict},
    page::NAME_MAX,
    problem::{Problem, ProblemKind},
};

/// Which tenant is meant: by its id, or by its name.
#[derive(Clone, Copy, Debug)]
pub enum TenantRef<'a> {
    /// The tenant's id.
    Id(&'a str),
    /// The tenant's name, in whatever case.
    Name(&'a str),
}

/// The tenant, if the request has its credentials. A tenant that does not exist is answered like a wrong password. After
/// five wrong passwords from one address, every further attempt has to wait.
pub async fn admit(
    context: &Context,
    headers: &HeaderMap,
    address: &str,
    which: TenantRef<'_>,
) -> Result<Arc<KnownTenant>, Problem> {
    let found = find(context, which).await?;
    let counter = Counter::of_tenant(found.as_ref().map(|known| known.tenant.id.as_str()), address);
    let open = found.as_ref().is_some_and(|known| known.tenant.api_authentication == ApiAuthentication::None);
    if !open && let Some(wait) = throttle::waiting(context, &counter).await? {
        return Err(too_many(wait));
    }
    let given = basic(headers);
    if let Some(known) = found {
        if fits(&known.tenant, given.as_ref()) {
            return Ok(known);
        }
        // What is cached may be older than a change of the password.
        if let Some(fresh) = context.tenant_if_changed(&known).await?.filter(|it| fits(&it.tenant, given.as_ref())) {
            return Ok(fresh);
        }
    }
    if given.is_some() {
        tracing::warn!("a tenant's API authentication failed");
        if let Verdict::Wait(wait) = throttle::admit(context, counter).await? {
            return Err(too_many(wait));
        }
    }
    Err(Problem::new(
        ProblemKind::Unauthorized,
        "There is no such tenant, or these are not the credentials of its API authentication: Authorization: Basic ….",
    )
    .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Universal Messaging\", charset=\"UTF-8\"")))
}

/// As [`admit`], for what a tenant that is switched off may not do.
pub async fn admit_active(
    context: &Context,
    headers: &HeaderMap,
    address: &str,
    which: TenantRef<'_>,
) -> Result<Arc<KnownTenant>, Problem> {
    let known = admit(context, headers, address, which).await?;
    if !known.tenant.enabled {
        return Err(Problem::new(ProblemKind::Forbidden, "The tenant is switched off."));
    }
    Ok(known)
}

async fn find(context: &Context, which: TenantRef<'_>) -> Result<Option<Arc<KnownTenant>>, Problem> {
    let id = match which {
        TenantRef::Id(text) => TenantId::parse(text),
        TenantRef::Name(name) if name.len() > NAME_MAX => None,
        TenantRef::Name(name) => context.configuration.id_by_name::<Tenant>(name).await?.map(TenantId::from),
    };
    match id {
        Some(id) => Ok(context.tenant(&id).await?),
        None => Ok(None),
    }
}

fn too_many(wait: std::time::Duration) -> Problem {
    Problem::new(
        ProblemKind::TooManyRequests,
        "Too many attempts with wrong credentials. Wait as long as Retry-After says.",
    )
    .retry_after(wait)
}

struct Basic {
    user: Secret,
    password: Secret,
}

/// `Authorization: Basic base64(user:password)` (RFC 7617); the scheme in any case.
fn basic(headers: &HeaderMap) -> Option<Basic> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    Some(Basic { user: Secret::new(user), password: Secret::new(password) })
}

/// In constant time.
fn fits(tenant: &Tenant, given: Option<&Basic>) -> bool {
    match (&tenant.api_authentication, given) {
        (ApiAuthentication::None, _) => true,
        (ApiAuthentication::Basic { user, password }, Some(given)) => {
            given.user.matches(user) & given.password.matches(password)
        }
        (ApiAuthentication::Basic { .. }, None) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn credentials_are_read() {
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        for (value, expected) in [
            (format!("Basic {}", encoded("ivr:pa:ss")), Some(("ivr", "pa:ss"))),
            (format!("basic  {} ", encoded("ivr:")), Some(("ivr", ""))),
            (format!("BASIC {}", encoded("é:ü")), Some(("é", "ü"))),
            (format!("Basic {}", encoded("ivr")), None),
            (format!("Bearer {}", encoded("ivr:x")), None),
            ("Basic ?".to_owned(), None),
            ("Basic".to_owned(), None),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            let given = basic(&headers);
            let given = given.as_ref().map(|given| (given.user.expose(), given.password.expose()));
            assert_eq!(given, expected, "{value}");
        }
    }
}
