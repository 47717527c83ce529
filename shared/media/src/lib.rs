//! What a file is, what it may be called, and what a channel wants to have beside it: a preview, a duration, a poster.
//!
//! Pure: bytes in, values out. Files come from strangers, so nothing here believes what is said of a file, panics on what
//! is in it, or takes memory because its header asks for it. The work is the processor's, up to some hundred milliseconds
//! for [`preview`] of a large picture.

mod boxes;
mod mime;
mod name;
mod picture;
mod sniff;
mod sound;

pub use mime::{disposition_inline, extension};
pub use name::file_name;
pub use picture::{preview, video_poster};
pub use sniff::sniff;
pub use sound::duration_ms;

/// What a file is when nothing better is known.
pub const OCTET_STREAM: &str = "application/octet-stream";

/// Runs a parser of somebody else's: should it panic on a damaged file, the file has no answer, and the message it came
/// with goes on without.
fn guarded<T>(parse: impl FnOnce() -> Option<T>) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(parse)).ok().flatten()
}
