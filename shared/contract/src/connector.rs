//! The contract of a connector. A connector knows its network and this message model, and nothing else: it is handed what
//! it needs, and the engine ([`engine`]) decides what becomes of a message.
//!
//! Pure: `verify`, `parse`, `render`. On the wire: `send`, `fetch`, `profile`, `self_test`, `provision`.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Attachment, Clock, Content, Deployment, Guest, GuestId, Inbound, Outbound, Page, Parsed, Profile, Rejection,
    SendError, TenantId, Unsubscription, WebhookRequest,
    descriptor::{Capabilities, Descriptor},
    http::{Request, Transport},
    render::{Draft, Part, Rendering, Unsupported},
    tokens::TokenCache,
};

/// What a connector's calls to its network are made with.
pub struct Io<'a, S> {
    /// The tenant they are for.
    pub tenant: &'a TenantId,
    /// The tenant's settings for this connector.
    pub settings: &'a S,
    /// The way out.
    pub http: &'a dyn Transport,
    /// Access tokens, kept until they expire, per tenant.
    pub tokens: &'a dyn TokenCache,
    /// The time.
    pub clock: &'a Clock,
}

impl<S> Io<'_, S> {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A request made ready by `render`, to be given to `send`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The request, without what only `send` knows (an access token).
    pub request: Request,
    /// What to try when the first form is refused: LINE's push after a reply token that is used up.
    pub fallback: Option<Request>,
    /// Worth nothing when it fails or comes late (typing, read marks): tried once, failure counted and forgotten.
    pub best_effort: bool,
}

impl Call {
    /// A call that must succeed.
    pub fn new(request: Request) -> Self {
        Self { request, fallback: None, best_effort: false }
    }

    /// A call that may fail.
    pub fn best_effort(request: Request) -> Self {
        Self { request, fallback: None, best_effort: true }
    }

    /// With another form, should this one be refused.
    pub fn or(mut self, fallback: Request) -> Self {
        self.fallback = Some(fallback);
        self
    }
}

/// What an outside system said when it took a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sent {
    /// Its ids of the messages it made of it.
    pub message_ids: Vec<String>,
    /// Its id of the conversation, for a CX platform.
    pub conversation_id: Option<String>,
    /// It had taken this very call before (an idempotency key said so).
    pub already: bool,
    /// What the channel must not use again: the reply context is spent.
    pub context_spent: bool,
    /// The network will report what became of this very message, although it does not of others.
    pub awaits_receipt: bool,
}

/// What a channel may need to know to render, beside the message and the settings.
#[derive(Clone, Debug, Default)]
pub struct SendContext {
    /// The newest [`Inbound::reply_context`] of the conversation, unless it is spent, and when it came.
    pub reply: Option<(Value, Timestamp)>,
    /// The name to put before the text when the tenant asks for it (`prefixAgentName`), else none.
    pub agent_name: Option<String>,
    /// Now, for what expires.
    pub now: Timestamp,
    /// How many times this message was tried before.
    pub earlier_attempts: u32,
}

/// What a CX platform may need to know to render, beside the message and the settings.
#[derive(Clone, Debug, Default)]
pub struct InboundContext {
    /// The channel's display name: participant data `media`.
    pub media: String,
    /// Who writes, as far as event and profile tell.
    pub profile: Profile,
    /// The tenant's own participant data.
    pub custom_data: std::collections::BTreeMap<String, String>,
    /// The platform's id of the open conversation, if one is open and known.
    pub platform_conversation_id: Option<String>,
    /// Whether the channel reports delivery ([`crate::descriptor::Capabilities::delivered_receipts`]). Where it does not,
    /// `Sent` is a receipt's last word.
    pub reports_delivery: bool,
    /// Now.
    pub now: Timestamp,
}

/// A file's bytes, fetched from a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Bytes,
    /// Its MIME type as the network says.
    pub mime: Option<String>,
    /// Its name as the network says.
    pub name: Option<String>,
}

/// The public keys a network signs its webhooks with, in the connector's own format: a JSON Web Key Set, as a rule. None
/// by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishedKeys(pub Value);

/// Where a connector is reached, for what it registers with its network.
#[derive(Clone, Debug)]
pub struct Place {
    /// The tenant's webhook for this connector, absolute.
    pub webhook_url: String,
    /// The tenant's name.
    pub tenant_name: String,
}

/// What `provision` did. Written back to the tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provisioned {
    /// Settings that changed: the id of what was created. Merged into the tenant's settings.
    pub settings: serde_json::Map<String, Value>,
    /// How it stands.
    pub status: ProvisionStatus,
}

/// How what was registered with the network stands. Shown with the tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ProvisionStatus {
    /// Nothing needs registering, or it is the administrator's to do.
    #[default]
    NotNeeded,
    /// The network is still at it; asked again every minute.
    Pending {
        /// What it waits for.
        detail: String,
    },
    /// In place.
    Ready,
    /// It did not work; saving the tenant again tries again.
    Failed {
        /// What the network says, in words.
        detail: String,
    },
}

/// What a look at the credentials showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SelfTest {
    /// What was found, for the administrator: `@acme (Acme), 412 of 1000 messages used`.
    pub found: String,
    /// What works but may surprise.
    pub warnings: Vec<String>,
}

/// What every connector with settings and a webhook offers.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// A tenant's configuration of it. Unknown fields are refused (`deny_unknown_fields`), secret fields are
    /// [`crate::Secret`].
    type Settings: DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// What it is and can do.
    fn descriptor(&self) -> &'static Descriptor;

    /// How a function of it is deployed, where the defaults of the function's purpose do not fit.
    fn deployment(&self, deployment: Deployment) -> Deployment {
        deployment
    }

    /// Checks what the schema cannot say. Returns a JSON pointer and a sentence per fault.
    fn check(&self, _settings: &Self::Settings) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Checks a webhook's signature or token over the raw bytes, in constant time, with its time window.
    fn verify(&self, request: &WebhookRequest, settings: &Self::Settings, now: Timestamp) -> Result<(), Rejection>;

    /// As [`Connector::verify`], for a network that signs with keys which it publishes; this is what the engine calls.
    /// [`Rejection::UnknownKey`] makes the engine fetch them anew and ask again, at most once an hour: say it only of a
    /// request that is well in all that can be seen without the key. Pure.
    fn verify_with(
        &self,
        request: &WebhookRequest,
        settings: &Self::Settings,
        _keys: &PublishedKeys,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        self.verify(request, settings, now)
    }

    /// Fetches the keys that the network publishes, for [`Connector::verify_with`]. The engine keeps them for a day, and
    /// for as long as it takes when they cannot be fetched again. Not called for a network that signs with a secret.
    async fn published_keys(&self, _http: &dyn Transport) -> Result<PublishedKeys, SendError> {
        Ok(PublishedKeys::default())
    }

    /// The status the network expects for a request that is refused.
    fn refusal_status(&self, rejection: Rejection) -> StatusCode {
        rejection.status()
    }

    /// Where a tenant's webhook is, below the deployment's root: `/line/<tenant>`. The same for all tenants where the
    /// network knows one address only.
    fn webhook_path(&self, tenant: &TenantId) -> String {
        format!("{}/{tenant}", self.descriptor().path)
    }

    /// The account that a request is for, where the network posts every tenant's events to one address. Asked before
    /// anything is verified. `None`: the tenant's id stands in the path. An error refuses the request.
    fn account_of(&self, _request: &WebhookRequest) -> Result<Option<String>, Rejection> {
        Ok(None)
    }

    /// The account of a tenant's settings, as [`Connector::account_of`] names it in a request. Requests find the tenant by
    /// it once [`aws::Context::claim_account`] was called, as saving a tenant does.
    fn account(&self, _settings: &Self::Settings) -> Option<String> {
        None
    }

    /// Settings that are the deployment's own and no tenant's: each with the environment variable it comes from. They are
    /// laid over a tenant's settings before the connector sees them ([`aws::Context::settings_for`]). In
    /// [`Connector::Settings`] they are optional and left out of the schema; a tenant that brings them is refused.
    fn deployment_settings(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Tries the credentials, changing nothing.
    async fn self_test(&self, io: &Io<'_, Self::Settings>) -> Result<SelfTest, SendError>;

    /// Registers with the network what it needs to reach us; called when a tenant is saved. Must be repeatable.
    async fn provision(&self, _io: &Io<'_, Self::Settings>, _place: &Place) -> Result<Provisioned, SendError> {
        Ok(Provisioned::default())
    }

    /// Asks how a [`ProvisionStatus::Pending`] registration stands.
    async fn provision_status(&self, _io: &Io<'_, Self::Settings>) -> Result<ProvisionStatus, SendError> {
        Ok(ProvisionStatus::NotNeeded)
    }

    /// Takes back what `provision` registered; called when a tenant is deleted.
    async fn deprovision(&self, _io: &Io<'_, Self::Settings>) -> Result<(), SendError> {
        Ok(())
    }
}

/// A social messaging network.
#[async_trait]
pub trait Channel: Connector {
    /// What the channel can do next; a plain one says `type Step = Request`.
    type Step: Clone + Debug + PartialEq + Send + Sync + 'static;

    /// Reads a verified webhook's request. Pure.
    fn parse(&self, request: &WebhookRequest, settings: &Self::Settings) -> Result<Parsed<Inbound>, Rejection>;

    /// What the network shows this guest: the descriptor's capabilities, unless the guest's device or address takes less.
    fn capabilities(&self, _draft: &Draft<'_, Self::Settings>) -> Capabilities {
        self.descriptor().capabilities
    }

    /// Shows one part as the network's own messages. Asked only for what [`Channel::capabilities`] declare. Texts must not
    /// be refused. Pure.
    fn render(&self, part: &Part<'_>, draft: &Draft<'_, Self::Settings>) -> Result<Vec<Self::Step>, Unsupported>;

    /// Joins the steps of a whole message: what stands below the last of them, what goes into one request. Pure.
    fn assemble(&self, steps: Vec<Self::Step>, _draft: &Draft<'_, Self::Settings>) -> Vec<Self::Step> {
        steps
    }

    /// Whether a step is worth nothing when it fails or comes late (typing, read marks): tried once, failure counted.
    fn is_best_effort(&self, _step: &Self::Step) -> bool {
        false
    }

    /// Takes one step, and says what the answer means. May try twice within it (a stale access token, another form).
    async fn send(&self, io: &Io<'_, Self::Settings>, step: &Self::Step) -> Result<Sent, SendError>;

    /// Fetches a file the network holds ([`crate::AttachmentSource::Network`]).
    async fn fetch(&self, io: &Io<'_, Self::Settings>, attachment: &Attachment) -> Result<Fetched, SendError>;

    /// Reads a guest's message of which the webhook got only where it lies: an inbound [`Content::Native`] of this
    /// channel's, asked before anything else is done with it. Whatever it comes to is delivered in its place.
    async fn resolve(&self, _io: &Io<'_, Self::Settings>, _native: &Value) -> Result<Content, SendError> {
        Err(crate::SendErrorKind::Unsupported.into())
    }

    /// Looks up who writes. `None` when the network does not say. Kept with the conversation for a day.
    async fn profile(&self, _io: &Io<'_, Self::Settings>, _guest: &Guest) -> Result<Option<Profile>, SendError> {
        Ok(None)
    }

    /// The guest that somebody outside means: an id of the network's, or a telephone number (E.164, `+819012345678`) where
    /// the network can address one. A number may be replaced by what stands for it, so that it is not kept. Pure.
    fn guest(&self, user: &str) -> GuestId {
        user.into()
    }

    /// A link by which anybody begins a conversation with this account; shown as a QR code.
    fn invitation(&self, _settings: &Self::Settings) -> Option<String> {
        None
    }

    /// What it does when its network says that somebody can no longer be written to; nothing by default.
    fn unsubscription(&self) -> Option<&'static dyn Unsubscription> {
        None
    }

    /// Its public pages, a function each.
    fn pages(&self) -> &'static [&'static dyn Page] {
        &[]
    }

    /// Hands a guest over to another bot of the same account; to the tenant's usual one without a `destination`.
    /// [`crate::SendErrorKind::Unsupported`] where the network or the tenant cannot.
    async fn switch(
        &self,
        _io: &Io<'_, Self::Settings>,
        _guest: &GuestId,
        _destination: Option<&str>,
    ) -> Result<(), SendError> {
        Err(SendError::new(crate::SendErrorKind::Unsupported)
            .saying("This channel cannot switch a guest to another bot."))
    }

    /// As [`Channel::profile`], for a network that can only be asked where the guest wrote; this is what the engine calls.
    /// `context` is the conversation's newest [`Inbound::reply_context`].
    async fn profile_in(
        &self,
        io: &Io<'_, Self::Settings>,
        guest: &Guest,
        _context: Option<&Value>,
    ) -> Result<Option<Profile>, SendError> {
        self.profile(io, guest).await
    }
}

/// Whether the platform still holds a conversation open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformState {
    /// It is open.
    Open,
    /// It is over, or unknown to the platform.
    Closed,
}

/// A contact-centre platform.
#[async_trait]
pub trait CxPlatform: Connector {
    /// Reads a verified webhook's request. Pure.
    fn parse(&self, request: &WebhookRequest, settings: &Self::Settings) -> Result<Parsed<Outbound>, Rejection>;

    /// Turns a guest's message into calls. Attachments are at URLs the platform can fetch by now. Pure.
    fn render(&self, message: &Inbound, settings: &Self::Settings, context: &InboundContext) -> Rendering<Call>;

    /// Makes one call, and says what the answer means.
    async fn send(&self, io: &Io<'_, Self::Settings>, call: &Call) -> Result<Sent, SendError>;

    /// Asks whether a conversation is still open.
    async fn conversation_state(
        &self,
        io: &Io<'_, Self::Settings>,
        platform_conversation_id: &str,
    ) -> Result<PlatformState, SendError>;

    /// How long a conversation may rest before [`CxPlatform::conversation_state`] is asked.
    fn watch_interval(&self) -> Duration {
        Duration::from_secs(120)
    }
}

/// Settings that do not parse, with the field's JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct InvalidSettings {
    /// Where, within the settings: `/channelId`.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// A connector whose settings' type is not known: for what handles any connector. Implemented for every [`Connector`].
#[async_trait]
pub trait AnyConnector: Send + Sync {
    /// See [`Connector::descriptor`].
    fn descriptor(&self) -> &'static Descriptor;
    /// The JSON Schema of the settings.
    fn settings_schema(&self) -> Schema;
    /// Parses and checks settings; every fault that is found.
    fn check(&self, settings: &Value) -> Vec<InvalidSettings>;
    /// See [`Connector::webhook_path`].
    fn webhook_path(&self, tenant: &TenantId) -> String;
    /// See [`Connector::account`]; `None` also for settings that do not parse.
    fn account(&self, settings: &Value) -> Option<String>;
    /// See [`Connector::deployment_settings`].
    fn deployment_settings(&self) -> &'static [(&'static str, &'static str)];
    /// See [`Connector::self_test`].
    async fn self_test(&self, io: &Io<'_, Value>) -> Result<SelfTest, SendError>;
    /// See [`Connector::provision`].
    async fn provision(&self, io: &Io<'_, Value>, place: &Place) -> Result<Provisioned, SendError>;
    /// See [`Connector::provision_status`].
    async fn provision_status(&self, io: &Io<'_, Value>) -> Result<ProvisionStatus, SendError>;
    /// See [`Connector::deprovision`].
    async fn deprovision(&self, io: &Io<'_, Value>) -> Result<(), SendError>;
}

/// A channel whose settings' type is not known: for the CX platforms' deliver functions, which fetch files and profiles
/// from whatever channel a message came from. Implemented for every [`Channel`].
#[async_trait]
pub trait AnyChannel: AnyConnector {
    /// See [`Channel::fetch`].
    async fn fetch(&self, io: &Io<'_, Value>, attachment: &Attachment) -> Result<Fetched, SendError>;
    /// See [`Channel::resolve`].
    async fn resolve(&self, io: &Io<'_, Value>, native: &Value) -> Result<Content, SendError>;
    /// See [`Channel::profile`].
    async fn profile(&self, io: &Io<'_, Value>, guest: &Guest) -> Result<Option<Profile>, SendError>;
    /// See [`Channel::guest`].
    fn guest(&self, user: &str) -> GuestId;
    /// See [`Channel::invitation`].
    fn invitation(&self, settings: &Value) -> Option<String>;
    /// See [`Channel::pages`].
    fn pages(&self) -> &'static [&'static dyn Page];
    /// See [`Channel::switch`].
    async fn switch(&self, io: &Io<'_, Value>, guest: &GuestId, destination: Option<&str>) -> Result<(), SendError>;
    /// See [`Channel::profile_in`].
    async fn profile_in(
        &self,
        io: &Io<'_, Value>,
        guest: &Guest,
        context: Option<&Value>,
    ) -> Result<Option<Profile>, SendError>;
}

/// Parses settings, naming the field at fault.
pub fn parse_settings<S: DeserializeOwned>(settings: &Value) -> Result<S, InvalidSettings> {
    serde_path_to_error::deserialize(settings).map_err(|error| {
        let pointer: String = error
            .path()
            .iter()
            .map(|segment| match segment {
                serde_path_to_error::Segment::Seq { index } => format!("/{index}"),
                serde_path_to_error::Segment::Map { key } => format!("/{key}"),
                serde_path_to_error::Segment::Enum { variant } => format!("/{variant}"),
                serde_path_to_error::Segment::Unknown => String::new(),
            })
            .collect();
        InvalidSettings { pointer, message: error.inner().to_string() }
    })
}

fn typed<S: DeserializeOwned>(settings: &Value) -> Result<S, SendError> {
    parse_settings(settings).map_err(|fault| {
        SendError::new(crate::SendErrorKind::TenantGone)
            .coded("settings")
            .saying(format!("The tenant's settings are not valid at {}.", fault.pointer))
    })
}

macro_rules! with_settings {
    ($io:ident, $typed:ident => $body:expr) => {{
        let settings = typed::<C::Settings>($io.settings)?;
        let $typed =
            Io { tenant: $io.tenant, settings: &settings, http: $io.http, tokens: $io.tokens, clock: $io.clock };
        $body
    }};
}

#[async_trait]
impl<C: Connector> AnyConnector for C {
    fn descriptor(&self) -> &'static Descriptor {
        Connector::descriptor(self)
    }

    fn settings_schema(&self) -> Schema {
        schemars::schema_for!(C::Settings)
    }

    fn check(&self, settings: &Value) -> Vec<InvalidSettings> {
        let not_theirs = Connector::deployment_settings(self).iter().filter(|(name, _)| settings.get(name).is_some());
        let not_theirs: Vec<InvalidSettings> = not_theirs
            .map(|(name, variable)| InvalidSettings {
                pointer: format!("/{name}"),
                message: format!("This is the deployment's ({variable}), not a tenant's."),
            })
            .collect();
        if !not_theirs.is_empty() {
            return not_theirs;
        }
        match parse_settings::<C::Settings>(settings) {
            Err(fault) => vec![fault],
            Ok(settings) => Connector::check(self, &settings)
                .into_iter()
                .map(|(pointer, message)| InvalidSettings { pointer: pointer.to_owned(), message })
                .collect(),
        }
    }

    fn webhook_path(&self, tenant: &TenantId) -> String {
        Connector::webhook_path(self, tenant)
    }

    fn account(&self, settings: &Value) -> Option<String> {
        Connector::account(self, &parse_settings(settings).ok()?)
    }

    fn deployment_settings(&self) -> &'static [(&'static str, &'static str)] {
        Connector::deployment_settings(self)
    }

    async fn self_test(&self, io: &Io<'_, Value>) -> Result<SelfTest, SendError> {
        with_settings!(io, io => Connector::self_test(self, &io).await)
    }

    async fn provision(&self, io: &Io<'_, Value>, place: &Place) -> Result<Provisioned, SendError> {
        with_settings!(io, io => Connector::provision(self, &io, place).await)
    }

    async fn provision_status(&self, io: &Io<'_, Value>) -> Result<ProvisionStatus, SendError> {
        with_settings!(io, io => Connector::provision_status(self, &io).await)
    }

    async fn deprovision(&self, io: &Io<'_, Value>) -> Result<(), SendError> {
        with_settings!(io, io => Connector::deprovision(self, &io).await)
    }
}

#[async_trait]
impl<C: Channel> AnyChannel for C {
    async fn fetch(&self, io: &Io<'_, Value>, attachment: &Attachment) -> Result<Fetched, SendError> {
        with_settings!(io, io => Channel::fetch(self, &io, attachment).await)
    }

    async fn resolve(&self, io: &Io<'_, Value>, native: &Value) -> Result<Content, SendError> {
        with_settings!(io, io => Channel::resolve(self, &io, native).await)
    }

    async fn profile(&self, io: &Io<'_, Value>, guest: &Guest) -> Result<Option<Profile>, SendError> {
        with_settings!(io, io => Channel::profile(self, &io, guest).await)
    }

    fn guest(&self, user: &str) -> GuestId {
        Channel::guest(self, user)
    }

    fn invitation(&self, settings: &Value) -> Option<String> {
        Channel::invitation(self, &parse_settings(settings).ok()?)
    }

    fn pages(&self) -> &'static [&'static dyn Page] {
        Channel::pages(self)
    }

    async fn switch(&self, io: &Io<'_, Value>, guest: &GuestId, destination: Option<&str>) -> Result<(), SendError> {
        with_settings!(io, io => Channel::switch(self, &io, guest, destination).await)
    }

    async fn profile_in(
        &self,
        io: &Io<'_, Value>,
        guest: &Guest,
        context: Option<&Value>,
    ) -> Result<Option<Profile>, SendError> {
        with_settings!(io, io => Channel::profile_in(self, &io, guest, context).await)
    }
}
