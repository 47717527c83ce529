//! Lists, a page at a time: the body is an array, the way to the next page is in the headers.

use aws::{
    Context,
    store::{Document, Order, StoreError},
    tenant::Versioned,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::TenantId;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::openapi::{
    ObjectBuilder,
    schema::{Object, Type},
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
    token(cursor, |text| {
        // The store refuses names that cannot be.
        text.rsplit_once('\n')
            .is_some_and(|(name, id)| (1..=NAME_MAX).contains(&name.len()) && TenantId::parse(id).is_some())
    })
}

/// As [`decode`], where the store has cursors of another form.
pub fn token(cursor: Option<&str>, fits: impl Fn(&str) -> bool) -> Result<Option<String>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let text = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| fits(text)).map(Some).ok_or_else(|| Problem::parameter("cursor", "is not one of this list"))
}

/// All documents of a kind, their secrets closed: for orders that the store has no index for. A deployment has some
/// thousands of a kind at most, which are read in a second.
pub async fn all<D: Document>(context: &Context) -> Result<Vec<Versioned<D>>, StoreError> {
    let (mut documents, mut after) = (Vec::new(), None);
    loop {
        let (found, next) = context.configuration.list_closed::<D>(1000, after.as_deref()).await?;
        documents.extend(found);
        after = next;
        if after.is_none() {
            return Ok(documents);
        }
    }
}

/// The order of a list: a field, from the first to the last, or with a minus from the last to the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub field: String,
    /// In which direction.
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

/// The schema of `sort` for what has names.
pub fn by_name_alone() -> Object {
    words(&["name", "-name"])
}

/// The schema of `sort` for documents.
pub fn by_name_and_time() -> Object {
    words(&["name", "-name", "createdAt", "-createdAt", "updatedAt", "-updatedAt"])
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
