//! What operations are described with: the names of their bodies, and the errors that each sort of operation has.
//!
//! OpenAPI 3.1 takes JSON Schema as it is, so that `schemars` alone describes a type; `utoipa` knows its name only.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use aws::Context;
use serde_json::Value;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder, schema::Schema},
};
use utoipa_axum::router::OpenApiRouter;

use crate::problem::{MEDIA_TYPE, ProblemDocument};

/// A resource's routes with their descriptions.
pub type Routes = OpenApiRouter<Arc<Context>>;

/// Lets handlers name types whose JSON Schema `schemars` makes.
macro_rules! documented {
    ($($type:ty),* $(,)?) => {
        $(
            impl utoipa::PartialSchema for $type {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    utoipa::openapi::schema::empty().into()
                }
            }

            impl utoipa::ToSchema for $type {
                fn name() -> std::borrow::Cow<'static, str> {
                    <$type as schemars::JsonSchema>::schema_name()
                }
            }
        )*
    };
}
pub(crate) use documented;

impl PartialSchema for ProblemDocument<'_> {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::schema::empty().into()
    }
}

impl ToSchema for ProblemDocument<'_> {
    fn name() -> Cow<'static, str> {
        "Problem".into()
    }
}

/// The errors of one sort of operation.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: [$($status:literal),*];)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    [$($status),*].into_iter().map(|status| (status.to_string(), problem(status).into())).collect()
                }
            }
        )*
    };
}

problems! {
    /// Of what is open to anybody.
    OpenProblems: [500];
    /// Of what is open to anybody, and is one of several.
    OpenOneProblems: [404, 500];
    /// Of what lists.
    ListProblems: [400, 401, 500, 503];
    /// Of what reads without naming anything.
    ReadProblems: [401, 500, 503];
    /// Of what reads one of several.
    ReadOneProblems: [401, 404, 500, 503];
    /// Of what makes something.
    CreateProblems: [400, 401, 403, 409, 413, 415, 422, 500, 503];
    /// Of what changes something that is there.
    UpdateProblems: [400, 401, 403, 404, 409, 412, 413, 415, 422, 500, 503];
    /// Of what replaces the only one there is.
    ReplaceProblems: [400, 401, 403, 409, 412, 413, 415, 422, 500, 503];
    /// Of what deletes.
    DeleteProblems: [401, 403, 404, 409, 412, 500, 503];
    /// Of logging in.
    LoginProblems: [400, 401, 413, 415, 422, 429, 500, 503];
    /// Of what reads one of several in one of several forms.
    FilteredReadOneProblems: [400, 401, 404, 500, 503];
    /// Of what a tenant reads, one of several.
    ThrottledReadOneProblems: [401, 404, 429, 500, 503];
    /// Of what a tenant sends.
    TenantWriteProblems: [400, 401, 403, 413, 415, 422, 429, 500, 503];
    /// Of what a tenant does with one of several.
    TenantActionProblems: [400, 401, 403, 404, 413, 415, 422, 429, 500, 503];
    /// Of what does something with one of several.
    ActionProblems: [401, 403, 404, 409, 500, 503];
    /// Of what takes a body, and a password in it.
    ThrottledWriteProblems: [400, 401, 413, 415, 422, 429, 500, 503];
}

fn problem(status: u16) -> Response {
    let description = match status {
        400 => "The request cannot be read: malformed JSON, or a parameter that is not valid.",
        401 => "Not logged in, or the login failed.",
        403 => "The caller's role does not allow it.",
        404 => "There is no such thing.",
        409 => {
            "The name or the account is taken, something still needs it, or somebody else changed it at the same time."
        }
        412 => "It is not the version that `If-Match` names.",
        413 => "The body is longer than 256 KiB.",
        415 => "The body is not JSON.",
        422 => "The content is not valid; `errors` names the fields.",
        429 => "Too many requests; wait as long as `Retry-After` says.",
        500 => "A fault of ours.",
        _ => "A service behind is not available at the moment.",
    };
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
    let text = || HeaderBuilder::new().schema(Some(String::schema())).build();
    match status {
        401 => response = response.header("WWW-Authenticate", text()),
        429 => response = response.header("Retry-After", text()),
        _ => {}
    }
    response.build()
}

/// A problem's answer, as the document has it.
pub(crate) fn problem_response(status: u16) -> Value {
    serde_json::to_value(problem(status)).unwrap_or_default()
}
