//! Where the records of a resource are kept.

use std::marker::PhantomData;

use aws::{
    Context,
    store::{Document, Order, StoreError},
    tenant::Versioned,
};
use contract::TenantId;

use crate::{page, problem::Problem};

/// Keeps records of one kind, each with a version that counts its changes.
pub trait Store: Send + Sync + 'static {
    /// What is kept.
    type Record: Clone + Send + Sync;

    /// The id of a record, as the API's addresses have it.
    fn id(record: &Self::Record) -> &str;

    /// Whether a text can be an id at all; what is none costs no read.
    fn is_id(text: &str) -> bool;

    /// A record with its secrets in the clear, to be changed.
    fn find(
        context: &Context,
        id: &str,
    ) -> impl Future<Output = Result<Option<Versioned<Self::Record>>, StoreError>> + Send;

    /// A record without its secrets, to be shown.
    fn find_redacted(
        context: &Context,
        id: &str,
    ) -> impl Future<Output = Result<Option<Versioned<Self::Record>>, StoreError>> + Send {
        Self::find(context, id)
    }

    /// Saves a record over the version that was read; a new one when `before` is none. `secrets` are the JSON pointers of
    /// its secret fields.
    ///
    /// # Errors
    ///
    /// [`crate::problem::ProblemKind::Conflict`] when there is another version by now: whoever changes a record reads it again
    /// and tries again.
    fn put(
        context: &Context,
        record: &Self::Record,
        before: Option<&Versioned<Self::Record>>,
        secrets: &[String],
    ) -> impl Future<Output = Result<(), Problem>> + Send;
}

/// Some records, and the cursor of those after them, if there are any.
pub type RecordPage<T> = (Vec<Versioned<T>>, Option<String>);

/// A [`Store`] of many records, which are listed by name.
pub trait Collection: Store {
    /// The name of a record, unique in the collection.
    fn name(record: &Self::Record) -> &str;

    /// Whether a text can be a cursor of [`Collection::list`].
    fn is_cursor(text: &str) -> bool;

    /// Records by name without their secrets, a page at a time.
    fn list(
        context: &Context,
        limit: u32,
        after: Option<&str>,
        order: Order,
    ) -> impl Future<Output = Result<RecordPage<Self::Record>, StoreError>> + Send;

    /// The record of a name, in whatever case, without its secrets.
    fn find_by_name(
        context: &Context,
        name: &str,
    ) -> impl Future<Output = Result<Option<Versioned<Self::Record>>, StoreError>> + Send;

    /// Deletes a record of this version.
    ///
    /// # Errors
    ///
    /// As [`Store::put`].
    fn delete(context: &Context, found: &Versioned<Self::Record>) -> impl Future<Output = Result<(), Problem>> + Send;
}

/// Documents of the configuration table.
pub struct Documents<D>(PhantomData<D>);

impl<D: Document + Clone + 'static> Store for Documents<D> {
    type Record = D;

    fn id(record: &D) -> &str {
        record.id()
    }

    fn is_id(text: &str) -> bool {
        // All documents have ids like tenants'.
        TenantId::parse(text).is_some()
    }

    async fn find(context: &Context, id: &str) -> Result<Option<Versioned<D>>, StoreError> {
        context.configuration.get::<D>(id).await
    }

    async fn find_redacted(context: &Context, id: &str) -> Result<Option<Versioned<D>>, StoreError> {
        context.configuration.get_closed::<D>(id).await
    }

    async fn put(
        context: &Context,
        record: &D,
        before: Option<&Versioned<D>>,
        secrets: &[String],
    ) -> Result<(), Problem> {
        let (version, name) = before.map_or((0, None), |before| (before.version, Some(before.value.name())));
        context.configuration.put(record, version, secrets, name).await?;
        Ok(())
    }
}

impl<D: Document + Clone + 'static> Collection for Documents<D> {
    fn name(record: &D) -> &str {
        record.name()
    }

    fn is_cursor(text: &str) -> bool {
        page::is_cursor(text)
    }

    async fn list(
        context: &Context,
        limit: u32,
        after: Option<&str>,
        order: Order,
    ) -> Result<RecordPage<D>, StoreError> {
        context.configuration.list_closed_by_name::<D>(limit, after, order).await
    }

    async fn find_by_name(context: &Context, name: &str) -> Result<Option<Versioned<D>>, StoreError> {
        if name.len() > page::NAME_MAX {
            return Ok(None);
        }
        match context.configuration.id_by_name::<D>(name).await? {
            Some(id) => context.configuration.get_closed::<D>(&id).await,
            None => Ok(None),
        }
    }

    async fn delete(context: &Context, found: &Versioned<D>) -> Result<(), Problem> {
        Ok(context.configuration.delete(found).await?)
    }
}
