//! `/api/v1/openapi`: the API's description, for programs; `/api/v1/openapi-ui`: the same for people, to browse and to try.
//!
//! The page is Swagger UI, out of this very binary: a browser needs nothing from anywhere else, and its content security
//! policy forbids it.

use std::{borrow::Cow, io::Read, sync::Arc};

use aws::Context;
use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, header};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    describe::{self, Routes},
    extract::Id,
    problem::{Problem, ProblemKind},
};

const PAGE: &str = include_str!("index.html");
const START: &str = include_str!("start.js");
/// What the page fetches out of Swagger UI's own files.
const FILES: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];
/// Swagger UI sets styles on its elements, and has its pictures in its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The files change with a deployment only.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Makes the description of a deployment by its root address: given, since the description has these routes in it, too.
#[derive(Clone, Copy)]
pub struct Describe(pub fn(&str) -> Value);

/// An OpenAPI document.
pub struct Description;

impl JsonSchema for Description {
    fn schema_name() -> Cow<'static, str> {
        "Description".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "An OpenAPI document, version 3.1: https://spec.openapis.org/oas/v3.1.0",
            "required": ["openapi", "info", "servers", "paths", "components"],
            "properties": {
                "openapi": {"const": "3.1.0"},
                "info": {"type": "object", "description": "Title, version and licence."},
                "servers": {"type": "array", "description": "Where this deployment is reached."},
                "paths": {"type": "object", "description": "The operations."},
                "components": {"type": "object", "description": "The shapes of bodies."},
            },
        })
    }
}

crate::describe::documented!(Description);

/// Read the description of the API
///
/// In OpenAPI 3.1. Its `servers` name this deployment.
#[utoipa::path(
    get, path = "/api/v1/openapi", tag = "openapi", operation_id = "getDescription", security(),
    responses((status = 200, description = "The description.", body = Description), describe::OpenProblems),
)]
async fn description(
    State(context): State<Arc<Context>>,
    Extension(Describe(document)): Extension<Describe>,
    headers: HeaderMap,
) -> Response {
    Json(document(&context.root(&headers))).into_response()
}

/// Browse the description
///
/// A page for people, which can try every operation.
#[utoipa::path(
    get, path = "/api/v1/openapi-ui", tag = "openapi", operation_id = "browseDescription", security(),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), describe::OpenProblems),
)]
async fn page(State(_): State<Arc<Context>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, PAGE).into_response()
}

/// Read a file of the page
#[utoipa::path(
    get, path = "/api/v1/openapi-ui/{file}", tag = "openapi", operation_id = "getPageFile", security(),
    params(("file" = String, Path, description = "The file's name.")),
    responses(
        (status = 200, description = "The file.", content((String = "text/css"), (String = "text/javascript"), (String = "image/png"))),
        describe::OpenOneProblems,
    ),
)]
async fn file(State(_): State<Arc<Context>>, headers: HeaderMap, Id(name): Id<String>) -> Result<Response, Problem> {
    let media_type = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/png",
    };
    let typed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, FOR_AN_HOUR),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if name == "start.js" {
        return Ok((typed, START).into_response());
    }
    let found = FILES.contains(&name.as_str()).then(|| embedded(&name)).flatten();
    let (bytes, compressed) = found.ok_or_else(|| Problem::not_found("file"))?;
    if !compressed {
        return Ok((typed, bytes).into_response());
    }
    if takes_gzip(&headers) {
        return Ok((typed, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], bytes).into_response());
    }
    let mut plain = Vec::new();
    let read = GzDecoder::new(bytes.as_ref()).read_to_end(&mut plain);
    read.map_err(|_| Problem::new(ProblemKind::Internal, "The file cannot be read."))?;
    Ok((typed, plain).into_response())
}

/// A file of Swagger UI, and whether it is compressed.
fn embedded(name: &str) -> Option<(Cow<'static, [u8]>, bool)> {
    let config = Arc::new(utoipa_swagger_ui::Config::from("openapi"));
    let file = utoipa_swagger_ui::serve(name, config).ok()??;
    Some((file.bytes, file.gzpipped))
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|offers| offers.split(',')).any(|offer| {
        let (coding, quality) = offer.split_once(';').unwrap_or((offer, ""));
        coding.trim().eq_ignore_ascii_case("gzip") && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(description)).routes(routes!(page)).routes(routes!(file))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (offered, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, offered.parse().unwrap())]);
            assert_eq!(takes_gzip(&headers), takes, "{offered}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_page_has_all_it_needs() {
        for name in FILES {
            assert!(embedded(name).is_some_and(|(bytes, _)| bytes.len() > 100), "{name}");
        }
        for text in [PAGE, START] {
            assert!(!text.contains("//cdn") && !text.contains("http"), "{text}");
        }
        let fetched = PAGE.split(['"']).filter_map(|part| part.strip_prefix("openapi-ui/"));
        let fetched: Vec<&str> = fetched.collect();
        assert_eq!(fetched.len(), FILES.len() + 1);
        assert!(fetched.iter().all(|name| FILES.contains(name) || *name == "start.js"), "{fetched:?}");
    }
}
