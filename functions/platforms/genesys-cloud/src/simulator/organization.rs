//! What the simulated organization remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use simulation::Link;
use uuid::Uuid;

use super::{State, routes::Refusal};

/// Clients, integrations and conversations.
#[derive(Default)]
pub struct Organization {
    /// OAuth clients: id and secret. One that is not known is taken in with the secret it first comes with.
    pub(super) clients: HashMap<String, String>,
    /// Access tokens given out so far: those that are taken out are revoked.
    pub tokens: HashSet<String>,
    pub(super) integrations: BTreeMap<String, Integration>,
    deleted: HashSet<String>,
    pub(super) supported_contents: Vec<Value>,
    pub(super) messaging_settings: Vec<Value>,
    /// What was answered to a message, by integration and `channel.messageId`.
    pub(super) accepted: HashMap<(String, String), Value>,
    conversations: HashMap<String, Conversation>,
    /// The open conversation of an integration's guest.
    open: HashMap<(String, String), String>,
}

/// An Open Messaging integration.
#[derive(Default)]
pub(super) struct Integration {
    /// As it is shown.
    pub fields: Map<String, Value>,
    /// How often its creation was asked about.
    pub looks: u32,
}

impl Integration {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    pub(super) fn webhook(&self) -> Option<Link> {
        let webhook_url = self.text("outboundNotificationWebhookUrl")?.to_owned();
        let token = self.text("outboundNotificationWebhookSignatureSecretToken")?;
        Some(Link { webhook_url, settings: json!({ "webhookToken": token }) })
    }
}

pub(super) struct Conversation {
    pub id: String,
    integration: String,
    guest: String,
    attributes: Map<String, Value>,
    started: Timestamp,
    ended: Option<Timestamp>,
}

impl Conversation {
    pub(super) fn show(&self, participant: Uuid) -> Value {
        let state = if self.ended.is_some() { "disconnected" } else { "connected" };
        let mut customer = json!({
            "id": participant, "purpose": "customer", "state": state, "startTime": self.started.to_string(),
            "attributes": self.attributes, "fromAddress": { "addressNormalized": self.guest },
        });
        if let Some(ended) = self.ended {
            customer["endTime"] = ended.to_string().into();
        }
        json!({ "id": self.id, "participants": [customer] })
    }
}

impl Organization {
    /// An integration. One with a proper id that was never heard of is from before this process began: the tenants' store
    /// may outlive the simulator.
    pub(super) fn integration(&mut self, id: &str) -> Result<&mut Integration, Refusal> {
        if self.deleted.contains(id) || (!self.integrations.contains_key(id) && Uuid::parse_str(id).is_err()) {
            return Err(Refusal::not_found());
        }
        Ok(self.integrations.entry(id.to_owned()).or_insert_with(|| {
            let shown = json!({
                "id": id, "status": "Active", "createStatus": "Completed",
                "supportedContent": { "id": "universal" }, "messagingSetting": { "id": "universal" },
            });
            Integration { fields: shown.as_object().cloned().unwrap_or_default(), looks: 2 }
        }))
    }

    pub(super) fn delete_integration(&mut self, id: &str) -> Result<(), Refusal> {
        self.integration(id)?;
        self.integrations.remove(id);
        self.deleted.insert(id.to_owned());
        Ok(())
    }

    /// The open conversation with a guest.
    pub(super) fn open_conversation(&self, integration: &str, guest: &str) -> Option<String> {
        self.open.get(&(integration.to_owned(), guest.to_owned())).cloned()
    }

    pub(super) fn conversation(&self, id: &str) -> Result<&Conversation, Refusal> {
        self.conversations.get(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn disconnect(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        let conversation = self.conversations.get_mut(id).ok_or_else(Refusal::not_found)?;
        conversation.ended.get_or_insert(now);
        self.open.remove(&(conversation.integration.clone(), conversation.guest.clone()));
        Ok(())
    }
}

/// The open conversation with a guest, opened if there is none.
pub(super) fn converse(state: &mut State, integration: &str, guest: &str, attributes: &Map<String, Value>) -> String {
    let (new, now) = (state.ids.text(), state.now());
    let organization = &mut state.memory;
    let id = organization.open.entry((integration.to_owned(), guest.to_owned())).or_insert(new).clone();
    let conversation = organization.conversations.entry(id.clone()).or_insert_with(|| Conversation {
        id: id.clone(),
        integration: integration.to_owned(),
        guest: guest.to_owned(),
        attributes: Map::new(),
        started: now,
        ended: None,
    });
    conversation.attributes.extend(attributes.clone());
    id
}
