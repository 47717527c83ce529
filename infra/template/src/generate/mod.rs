//! Writes what is generated of the infrastructure: a nested stack for every room, and what the root says of each.
//!
//! It takes plain data, so that this crate knows no room: `cargo run -p registry --example infra` binds it to the list
//! of rooms and writes the files, which are committed. A test there fails when they differ from what would be written.

mod alarms;
mod nested;
mod queue;
mod root;
mod shared;
#[cfg(test)]
mod tests;
mod triggers;

pub use root::MarkerError;

use crate::Route;

/// A room: what lies in one nested stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The connector's id: `apple-messages`.
    pub id: String,
    /// What people call it: `Apple Messages for Business`.
    pub name: String,
    /// Which side of a conversation it is.
    pub side: Side,
    /// Where its webhooks begin: `/amb`.
    pub path: String,
    /// Its Lambda functions.
    pub functions: Vec<Described>,
}

/// Which side of a conversation a connector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The guest's: its queue is outbound.
    Channel,
    /// The agent's: its queue is inbound.
    Platform,
}

/// A function as its room describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `line-webhook`.
    pub name: String,
    /// The binary it is in, often of the same name.
    pub binary: String,
    /// What operators read of it. Needed of a page; of others it is made of their purpose.
    pub description: Option<String>,
    /// What it does for its connector.
    pub purpose: Purpose,
    /// Routes that lead to it. A webhook without any takes `POST {path}/{tenantId}`.
    pub routes: Vec<Route>,
    /// How long one run may take, in seconds.
    pub timeout: u32,
    /// Memory in MiB.
    pub memory: u32,
    /// What it may do beyond what its purpose takes.
    pub grants: Vec<Grant>,
    /// Variables whose values the operator gives as parameters of the root.
    pub settings: Vec<Setting>,
    /// When it runs by itself: `rate(1 minute)`.
    pub schedule: Option<String>,
}

/// What a function does for its connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Takes what is posted, and queues it for the other side.
    Webhook,
    /// Takes its connector's queue.
    Deliver,
    /// Asks a platform what it does not tell.
    Watch,
    /// Answers other requests.
    Page,
}

/// What a function may do beyond what its purpose takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Keep access tokens.
    Tokens,
    /// Keep what customers ask for.
    Registrations,
    /// Call the network.
    OutgoingRequests,
}

/// A variable whose value the operator gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// `UM_AMB_MSP_ID`.
    pub variable: String,
    /// The root's parameter; of a secret it names a SecureString in Systems Manager.
    pub parameter: String,
    /// Whether it is a secret.
    pub secret: bool,
}

/// The nested template of a room. The other rooms are needed for what a platform must know of all channels.
pub fn nested(room: &Room, rooms: &[Room]) -> String {
    nested::template(room, rooms)
}

/// Where a room's nested template lies, from the root.
pub fn path(room: &Room) -> String {
    format!("connectors/{}.yaml", room.id)
}

/// The root with everything generated in it written anew for these rooms; what is written by hand stays.
///
/// # Errors
///
/// When a region's markers are not there: it has to be seen where the lines go.
pub fn root(text: &str, rooms: &[Room]) -> Result<String, MarkerError> {
    root::regenerated(text, rooms)
}

/// `apple-messages` → `AppleMessages`, `POST /amb/{tenantId}` → `PostAmbTenantId`.
fn camel(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        // Methods are written large; words inside a name (`tenantId`) keep their capitals.
        let (first, rest) = word.split_at(1);
        let rest = if rest.bytes().all(|b| b.is_ascii_uppercase()) { rest.to_lowercase() } else { rest.to_owned() };
        first.to_uppercase() + &rest
    });
    words.collect()
}

impl Room {
    /// The room's part of logical ids, and the root's condition: `AppleMessages`.
    pub(crate) fn logical_id(&self) -> String {
        camel(&self.id)
    }

    /// `outbound-line`: the queue's name without the deployment's prefix and `.fifo`.
    pub(crate) fn queue(&self) -> String {
        let direction = match self.side {
            Side::Channel => "outbound",
            Side::Platform => "inbound",
        };
        format!("{direction}-{}", self.id)
    }

    fn channels(rooms: &[Self]) -> impl Iterator<Item = &Self> {
        rooms.iter().filter(|room| room.side == Side::Channel)
    }

    fn platforms(rooms: &[Self]) -> impl Iterator<Item = &Self> {
        rooms.iter().filter(|room| room.side == Side::Platform)
    }
}
