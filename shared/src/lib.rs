//! What every function of Universal Messaging shares: the message model, the contract of a connector, and the engine that
//! carries messages between them. It knows no connector.

mod clock;
mod connector;
pub mod descriptor;
mod error;
pub mod http;
mod ids;
mod message;
mod secret;
#[cfg(feature = "simulator")]
pub mod simulator;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
mod tokens;
mod webhook;

pub use clock::Clock;
pub use connector::{
    AnyChannel, AnyConnector, Call, Channel, Connector, CxPlatform, Fetched, InboundContext, InvalidSettings, Io,
    Place, PlatformState, ProvisionStatus, Provisioned, Rendering, SelfTest, SendContext, Sent, parse_settings,
};
pub use error::{SendError, SendErrorKind};
pub use ids::{ConversationId, EventId, GuestId, StorageId, TenantId, TraceId, stable_uuid};
pub use message::{
    Answer, AnswerKind, Attachment, AttachmentSource, Card, CardAction, Choice, Content, DatePicker, FailureReason,
    FormField, Guest, Inbound, Location, MediaKind, Outbound, Presence, Profile, Receipt, ReceiptStatus, Sticker,
    TimeSlot,
};
pub use secret::Secret;
pub use tokens::{MemoryTokens, TokenCache};
pub use webhook::{Parsed, Rejection, WebhookRequest, WebhookResponse};
