//! A room and its simulator, joined in one process for the room's tests: no socket, no sleep, the same ids in every run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chat;
mod joined;
mod platform;
mod webhook;

pub use chat::Chat;
pub use joined::{Joined, TENANT, start};
pub use platform::PlatformChat;
