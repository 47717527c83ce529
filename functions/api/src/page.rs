//! Lists, a page at a time: the body is an array, the way to the next page is in the headers.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use shared::{
    Context, TenantId,
    store::{Document, StoreError},
    tenant::Versioned,
};

use crate::{extract::in_range, problem::Problem};

/// The cursor of the next page, for those who would rather not read `Link`.
pub const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
/// Entries of a page, unless the caller says otherwise.
const DEFAULT: u32 = 100;
/// Most entries of a page.
const MAX: u32 = 200;
/// Most pages of the store that are read for one of ours, when filters leave nothing of them.
pub const EMPTY_MAX: u32 = 20;

/// Longest name that is looked for, in bytes: 120 characters have fewer, and DynamoDB refuses keys of more than 1024.
pub const NAME_MAX: usize = 480;

/// Where a list goes on. What it holds is the store's; callers pass it back as it is.
pub fn decode(cursor: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let text = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| {
        // The store refuses names that cannot be.
        text.rsplit_once('\n')
            .is_some_and(|(name, id)| (1..=NAME_MAX).contains(&name.len()) && TenantId::parse(id).is_some())
    })
    .map(Some)
    .ok_or_else(|| Problem::parameter("cursor", "is not one of this list"))
}

/// The document of a name, its secrets closed.
pub async fn by_name<D: Document>(context: &Context, name: &str) -> Result<Option<Versioned<D>>, StoreError> {
    if name.len() > NAME_MAX {
        return Ok(None);
    }
    match context.configuration.id_by_name::<D>(name).await? {
        Some(id) => context.configuration.get_closed::<D>(&id).await,
        None => Ok(None),
    }
}

/// How many entries are wanted.
pub fn limit(limit: Option<u32>) -> Result<u32, Problem> {
    in_range("limit", limit.unwrap_or(DEFAULT), 1..=MAX)
}

/// A page. `query` is what the next page is asked for with, without its cursor.
pub fn page<T: Serialize>(path: &str, query: &[(&str, String)], entries: Vec<T>, next: Option<String>) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(next) = next {
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(next);
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        link.extend_pairs(query.iter().map(|(name, value)| (*name, value.as_str()))).append_pair("cursor", &cursor);
        let link = format!("<{path}?{}>; rel=\"next\"", link.finish());
        for (name, value) in [(header::LINK, link), (NEXT_CURSOR, cursor)] {
            // Both are ASCII by their encoding.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
    (headers, Json(entries)).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cursors_come_back() {
        let response =
            page("/x", &[("limit", "2".to_owned()), ("name", "a&b".to_owned())], vec![1, 2], Some("é\n1-2".to_owned()));
        let cursor = response.headers()[&NEXT_CURSOR].to_str().unwrap();
        assert_eq!(decode(Some(cursor)).unwrap().as_deref(), Some("é\n1-2"));
        assert_eq!(
            response.headers()["link"].to_str().unwrap(),
            format!("</x?limit=2&name=a%26b&cursor={cursor}>; rel=\"next\"")
        );
        for bad in ["!", "YQ", &BASE64_URL_SAFE_NO_PAD.encode("\nid"), &BASE64_URL_SAFE_NO_PAD.encode("name\n#")] {
            assert!(decode(Some(bad)).is_err(), "{bad}");
        }
        assert_eq!(decode(None).unwrap(), None);
    }
}
