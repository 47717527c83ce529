//! Resources whose records are made, read, changed and deleted: what is the same for all of them, once.
//!
//! A resource says what its records are and how they are shown ([`Resource`]), and what it takes and does beyond that
//! ([`List`], [`Delete`], [`Save`], [`Edit`]). [`Crud`] does the rest: pages and their order, `ETag` and `If-Match`, a
//! change made again over somebody else's, `dryRun`, the audit trail; [`routes`] and [`readable_routes`] have the
//! handlers with their descriptions.

mod handlers;
mod requests;
mod resource;
mod routes;
mod store;

pub use self::{
    requests::{Crud, answer},
    resource::{Change, Delete, Edit, Filter, List, Resource, Save, SavedOrDryRun, audit_entry},
    routes::{readable_routes, routes},
    store::{Collection, Documents, RecordPage, Store},
};
