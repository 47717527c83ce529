//! For tests of connectors: a scripted transport, the two tables, the common suite. Behind the feature `testing`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contents;
mod platform_suite;
mod platform_tables;
mod rows;
mod script;
mod scripts;
mod suite;
mod tables;
mod typed;

pub use contents::{any_attachment, any_content, any_url, any_words, any_words_or_question};
pub use platform_suite::{PlatformFixture, platform_suite};
pub use platform_tables::{PlatformDeliveryRow, PlatformWebhookRow, platform_delivery_table, platform_webhook_table};
pub use script::{Answer, Recording, Script};
pub use scripts::any_script;
pub use suite::{ChannelFixture, channel_suite};
pub use tables::{
    InboundRow, OutboundRow, inbound_table, inbound_table_with, outbound_table, outbound_table_with_tokens,
};
pub use typed::{
    TypedRow, ask, choice, half_a_year, long_payload, two_cards, two_times, typed_table, words_in_place_of_taps,
    yes_at_length, yes_or_no,
};
