//! Lists, a page at a time: the body is an array, the way to the next page is in the headers.

use aws::store::Order;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::TenantId;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::{
    ObjectBuilder,
    schema::{Object, Type},
};

use crate::{extract::in_range, problem::Problem};

/// The cursor of the next page, for those who would rather not read `Link`.
pub const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
/// Entries of a page, unless the caller says otherwise.
pub const DEFAULT: u32 = 100;
/// Most entries of a page.
pub const MAX: u32 = 200;
/// Most pages of the store that are read for one of ours, when filters leave nothing of them.
pub const EMPTY_MAX: u32 = 20;

/// Longest name that is looked for, in bytes: 120 characters have fewer, and DynamoDB refuses keys of more than 1024.
pub const NAME_MAX: usize = 480;

/// What every list takes: order and page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    /// A field, with a minus in front from the last to the first.
    pub sort: Option<String>,
    /// Most entries of a page.
    pub limit: Option<u32>,
    /// `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

/// Whether a text can be a cursor of the configuration table's documents: a name and an id. The store refuses others.
pub fn is_cursor(text: &str) -> bool {
    text.rsplit_once('\n')
        .is_some_and(|(name, id)| (1..=NAME_MAX).contains(&name.len()) && TenantId::parse(id).is_some())
}

/// Where a list goes on. What a cursor holds is the store's, which says what can be one; callers pass it back as it is.
pub fn token(cursor: Option<&str>, fits: impl Fn(&str) -> bool) -> Result<Option<String>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let text = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| fits(text)).map(Some).ok_or_else(|| Problem::parameter("cursor", "is not one of this list"))
}

/// The order of a list: a field, from the first to the last, or with a minus from the last to the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The field of the entries that is compared.
    pub field: String,
    /// Ascending or descending.
    pub order: Order,
}

impl Sort {
    /// What the caller asks for, else `default`.
    pub fn read(asked: Option<&str>, default: &str, fields: &[&str]) -> Result<Self, Problem> {
        let asked = asked.unwrap_or(default);
        let (field, order) = match asked.strip_prefix('-') {
            Some(field) => (field, Order::Descending),
            None => (asked, Order::Ascending),
        };
        if fields.contains(&field) {
            return Ok(Self { field: field.to_owned(), order });
        }
        let words: Vec<String> = fields.iter().flat_map(|field| [(*field).to_owned(), format!("-{field}")]).collect();
        Err(Problem::parameter("sort", &format!("must be one of: {}", words.join(", "))))
    }

    /// The entries after the cursor, and the next one. `key` is what an entry is sorted by, and its id.
    pub fn page<T>(
        &self,
        entries: impl IntoIterator<Item = T>,
        key: impl Fn(&str, &T) -> (String, String),
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<(Vec<T>, Option<String>), Problem> {
        let after = token(cursor, |text| text.contains('\n'))?;
        let after = after.as_deref().and_then(|text| text.rsplit_once('\n'));
        let after = after.map(|(value, id)| (value.to_owned(), id.to_owned()));
        let descending = self.order == Order::Descending;
        let mut entries: Vec<_> = entries.into_iter().map(|entry| (key(&self.field, &entry), entry)).collect();
        entries
            .retain(|(key, _)| after.as_ref().is_none_or(|after| if descending { key < after } else { key > after }));
        entries.sort_by(|(one, _), (other, _)| if descending { other.cmp(one) } else { one.cmp(other) });
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more).map(|((value, id), _)| format!("{value}\n{id}"));
        Ok((entries.into_iter().map(|(_, entry)| entry).collect(), next))
    }
}

/// A time as text that sorts like it.
pub fn time_key(at: Timestamp) -> String {
    format!("{:020}", at.as_nanosecond().max(0))
}

/// What an entry is sorted by (`createdAt`, else `updatedAt`), and its id.
pub fn dated(field: &str, created_at: Timestamp, updated_at: Timestamp, id: &str) -> (String, String) {
    (time_key(if field == "createdAt" { created_at } else { updated_at }), id.to_owned())
}

/// The schema of a parameter that takes one of these.
pub fn words(words: &[&str]) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).build()
}

/// The schema of `sort` for what is in the order of time.
pub fn by_time() -> Object {
    words(&["at", "-at"])
}

/// How many entries are wanted.
pub fn limit(limit: Option<u32>) -> Result<u32, Problem> {
    in_range("limit", limit.unwrap_or(DEFAULT), 1..=MAX)
}

/// The parameters of a filter that are set, to ask for the next page with.
pub fn parameters(filter: &impl Serialize) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(filter) else { return Vec::new() };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, text(value))).collect()
}

/// A page. `query` is what the next page is asked for with, without its cursor.
pub fn page<T: Serialize>(
    path: &str,
    query: &[(impl AsRef<str>, String)],
    entries: Vec<T>,
    next: Option<String>,
) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(next) = next {
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(next);
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        link.extend_pairs(query.iter().map(|(name, value)| (name.as_ref(), value.as_str())))
            .append_pair("cursor", &cursor);
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
    fn parameters_that_are_set_come_again() {
        let filter = serde_json::json!({"connector": "line", "enabled": false, "name": null});
        let expected =
            [("connector", "line"), ("enabled", "false")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters(&filter), expected);
    }

    #[test]
    fn cursors_come_back() {
        let query = [("limit", "2".to_owned()), ("name", "a&b".to_owned())];
        let response = page("/x", &query, vec![1, 2], Some("é\n1-2".to_owned()));
        let cursor = response.headers()[&NEXT_CURSOR].to_str().unwrap();
        assert_eq!(token(Some(cursor), is_cursor).unwrap().as_deref(), Some("é\n1-2"));
        assert_eq!(
            response.headers()["link"].to_str().unwrap(),
            format!("</x?limit=2&name=a%26b&cursor={cursor}>; rel=\"next\"")
        );
        for bad in ["!", "YQ", &BASE64_URL_SAFE_NO_PAD.encode("\nid"), &BASE64_URL_SAFE_NO_PAD.encode("name\n#")] {
            assert!(token(Some(bad), is_cursor).is_err(), "{bad}");
        }
        assert_eq!(token(None, is_cursor).unwrap(), None);
    }
}
