//! The message model, and the contract of a connector: what a channel or a contact-centre platform implements. Pure: no AWS,
//! no HTTP client, no image code.

mod capabilities;
mod clock;
mod connector;
mod deployment;
pub mod descriptor;
mod error;
pub mod http;
mod ids;
mod message;
mod page;
pub mod question;
mod registration;
mod render;
mod secret;
pub mod text;
mod tokens;
mod unsubscription;
mod webhook;

pub use capabilities::Capabilities;
pub use clock::Clock;
pub use connector::{
    AnyChannel, AnyConnector, Call, Channel, Connector, CxPlatform, Fetched, InboundContext, InvalidSettings, Io,
    Place, PlatformState, ProvisionStatus, Provisioned, PublishedKeys, SelfTest, SendContext, Sent, parse_settings,
};
pub use deployment::{Deployment, Grant, Purpose, Setting};
pub use error::{SendError, SendErrorKind, json_fault};
pub use ids::{ConversationId, EventId, GuestId, StorageId, TenantId, TraceId, stable_uuid};
pub use message::{
    Answer, AnswerKind, Attachment, AttachmentSource, Card, CardAction, Choice, Content, DatePicker, FailureReason,
    FormField, Guest, Inbound, Location, MediaKind, Outbound, Presence, Profile, Receipt, ReceiptStatus, Sticker,
    TimeSlot,
};
pub use page::{Directory, Page, PageTenant};
pub use question::Question;
pub use registration::{Registration, RegistrationState};
pub use render::{Draft, Part, Rendering, Unsupported};
pub use secret::Secret;
pub use tokens::{MemoryTokens, TokenCache};
pub use unsubscription::Unsubscription;
pub use webhook::{Parsed, Rejection, SOURCE_IP, WebhookRequest, WebhookResponse};
