//! What every function of Universal Messaging shares: the message model, the contract of a connector, and the engine that
//! carries messages between them. It knows no connector.

pub mod client;
mod clock;
pub mod config;
mod connector;
mod context;
pub mod descriptor;
pub mod engine;
mod error;
pub mod guard;
pub mod http;
mod ids;
pub mod lambda;
pub mod media;
mod message;
pub mod metrics;
pub mod page;
pub mod parameters;
pub mod queue;
pub mod recorder;
mod registration;
mod root;
mod secret;
pub mod storage;
pub mod store;
pub mod telemetry;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
mod tokens;
pub mod vault;
mod webhook;

pub use clock::Clock;
pub use config::Config;
pub use connector::{
    AnyChannel, AnyConnector, Call, Channel, Connector, CxPlatform, Fetched, InboundContext, InvalidSettings, Io,
    Place, PlatformState, ProvisionStatus, Provisioned, PublishedKeys, Rendering, SelfTest, SendContext, Sent,
    parse_settings,
};
pub use context::{ACCOUNT_TAKEN, Context, KnownTenant};
pub use error::{SendError, SendErrorKind};
pub use ids::{ConversationId, EventId, GuestId, StorageId, TenantId, TraceId, stable_uuid};
pub use message::{
    Answer, AnswerKind, Attachment, AttachmentSource, Card, CardAction, Choice, Content, DatePicker, FailureReason,
    FormField, Guest, Inbound, Location, MediaKind, Outbound, Presence, Profile, Receipt, ReceiptStatus, Sticker,
    TimeSlot,
};
pub use registration::{Registration, RegistrationState};
pub use secret::Secret;
pub use tokens::{MemoryTokens, TokenCache};
pub use webhook::{Parsed, Rejection, WebhookRequest, WebhookResponse};
