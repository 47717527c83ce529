//! What the simulated organization remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::routes::Refusal;

#[derive(Default)]
pub(super) struct Organization {
    /// OAuth clients: id and secret. One that is not known is taken in with the secret it first comes with.
    pub clients: HashMap<String, String>,
    pub tokens: HashSet<String>,
    pub integrations: BTreeMap<String, Integration>,
    deleted: HashSet<String>,
    pub supported_contents: Vec<Value>,
    pub messaging_settings: Vec<Value>,
    /// What was answered to a message, by integration and `channel.messageId`.
    pub accepted: HashMap<(String, String), Value>,
    conversations: HashMap<String, Conversation>,
    /// The open conversation of an integration's guest.
    open: HashMap<(String, String), String>,
    pub files: HashMap<String, File>,
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

    pub(super) fn webhook(&self) -> Option<(String, String)> {
        let url = self.text("outboundNotificationWebhookUrl")?;
        let token = self.text("outboundNotificationWebhookSignatureSecretToken")?;
        Some((url.to_owned(), token.to_owned()))
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
    pub(super) fn show(&self) -> Value {
        let state = if self.ended.is_some() { "disconnected" } else { "connected" };
        let mut customer = json!({
            "id": Uuid::new_v4(), "purpose": "customer", "state": state, "startTime": self.started.to_string(),
            "attributes": self.attributes, "fromAddress": { "addressNormalized": self.guest },
        });
        if let Some(ended) = self.ended {
            customer["endTime"] = ended.to_string().into();
        }
        json!({ "id": self.id, "participants": [customer] })
    }
}

pub(super) struct File {
    pub mime: String,
    pub name: String,
    pub bytes: Bytes,
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

    /// The open conversation with a guest, opened if there is none.
    pub(super) fn converse(&mut self, integration: &str, guest: &str, attributes: &Map<String, Value>) -> String {
        let key = (integration.to_owned(), guest.to_owned());
        let id = self.open.entry(key).or_insert_with(|| Uuid::new_v4().to_string()).clone();
        let conversation = self.conversations.entry(id.clone()).or_insert_with(|| Conversation {
            id: id.clone(),
            integration: integration.to_owned(),
            guest: guest.to_owned(),
            attributes: Map::new(),
            started: Timestamp::now(),
            ended: None,
        });
        conversation.attributes.extend(attributes.clone());
        id
    }

    /// The open conversation with a guest.
    pub(super) fn open_conversation(&self, integration: &str, guest: &str) -> Option<String> {
        self.open.get(&(integration.to_owned(), guest.to_owned())).cloned()
    }

    pub(super) fn conversation(&self, id: &str) -> Result<&Conversation, Refusal> {
        self.conversations.get(id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn disconnect(&mut self, id: &str) -> Result<(), Refusal> {
        let conversation = self.conversations.get_mut(id).ok_or_else(Refusal::not_found)?;
        conversation.ended.get_or_insert_with(Timestamp::now);
        self.open.remove(&(conversation.integration.clone(), conversation.guest.clone()));
        Ok(())
    }
}
