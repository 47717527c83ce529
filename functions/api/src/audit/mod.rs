//! The audit trail: who changed what, and when.

pub mod list;
mod store;
mod trail;

pub use self::{
    store::{AuditAction, AuditEntry, AuditedChange, write},
    trail::{Trail, differing, layer},
};
