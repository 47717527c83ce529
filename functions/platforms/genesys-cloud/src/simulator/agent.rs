//! An agent: what an agent does becomes a webhook.

use contract::{Attachment, Location, Presence, Sticker};
use serde_json::Map;
use simulation::{Scene, prelude::*};

use super::{State, organization::converse, structured, webhooks};

/// An agent of a tenant's, who writes to a guest through the tenant's integration.
struct Agent<'a> {
    state: &'a mut State,
    integration: String,
    name: String,
    guest: &'a str,
}

/// Finds a tenant's integration, and remembers where its webhooks go.
fn integration(state: &mut State, link: &Link) -> Result<(String, String), String> {
    let setting = |name: &str| link.settings.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let token = setting("webhookToken").ok_or("The tenant has no webhook token.")?;
    let name = setting("integrationName").unwrap_or_default();
    let organization = &mut state.memory;
    let by_webhook = || {
        let url = link.webhook_url.as_str();
        organization.integrations.iter().find(|(_, found)| found.text("outboundNotificationWebhookUrl") == Some(url))
    };
    let integration = match setting("integrationId") {
        Some(id) => id.to_owned(),
        None => by_webhook().map(|(id, _)| id.clone()).ok_or("The tenant has no integration yet: save it.")?,
    };
    let found = organization.integration(&integration).map_err(|refusal| refusal.message)?;
    for (field, value) in [
        ("name", name),
        ("outboundNotificationWebhookUrl", link.webhook_url.as_str()),
        ("outboundNotificationWebhookSignatureSecretToken", token),
    ] {
        found.fields.insert(field.to_owned(), value.into());
    }
    Ok((integration, name.to_owned()))
}

/// Does what the agent does.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Post, String> {
    let (integration, name) = integration(state, link)?;
    let mut agent = Agent { state, integration, name, guest };
    let content = match action {
        Action::Text { text } => Content::Text { text },
        Action::File { name, mime, base64 } => {
            Content::Attachment(agent.upload(File::new(name, mime, decode(&base64)?)))
        }
        Action::Sticker { package_id, sticker_id } => {
            let package_id = (!package_id.is_empty()).then_some(package_id);
            Content::Sticker(Sticker { package_id, sticker_id, text: None, image_url: None })
        }
        Action::Location { title, latitude, longitude } => {
            Content::Location(Location { title: Some(title), address: None, latitude, longitude })
        }
        Action::Rich { content } => content,
        Action::Typing => {
            return Ok(agent.event(json!({ "eventType": "Typing", "typing": { "type": "On", "duration": 5_000 } })));
        }
        Action::Read => return agent.read(),
        Action::Disconnect => return agent.disconnect(),
        Action::Tap { .. } | Action::Unsend | Action::Follow | Action::Block => {
            return Err("An agent cannot do that.".to_owned());
        }
    };
    agent.say(content)
}

impl Agent<'_> {
    fn upload(&mut self, file: File) -> Attachment {
        let id = self.state.ids.hex();
        let url = format!("{}/api/v2/downloads/{id}", self.state.origin());
        let attachment = file.attachment(file.kind(), url);
        self.state.files.insert(id, file);
        attachment
    }

    fn say(&mut self, content: Content) -> Result<Post, String> {
        let body = structured::write(&content, &mut self.state.ids)?;
        let conversation = converse(self.state, &self.integration, self.guest, &Map::new());
        let id = self.state.ids.hex();
        let mut payload = webhooks::envelope(self.state.now(), &self.integration, &self.name, self.guest, &id);
        payload["conversationId"] = conversation.as_str().into();
        payload["originatingEntity"] = "Human".into();
        payload["metadata"] = json!({});
        for (name, value) in body.as_object().into_iter().flatten() {
            payload[name] = value.clone();
        }
        let detail = json!({ "conversationId": conversation });
        self.state.show_with(self.guest, &id, Actor::Here, content, detail);
        Ok(Post::json(payload).failing(id))
    }

    fn event(&mut self, event: Value) -> Post {
        Post::json(webhooks::event(self.state, &self.integration, &self.name, self.guest, event))
    }

    /// Reads the guest's last message.
    fn read(&mut self) -> Result<Post, String> {
        let theirs = |scene: &Scene| scene.actor == Actor::There && scene.guest == self.guest;
        let past = self.state.stage().past();
        let last = past.into_iter().rev().find(theirs).ok_or("There is nothing to read.")?;
        let now = self.state.now();
        Ok(Post::json(webhooks::receipt(now, &self.integration, self.guest, &last.id, &last.id, "Read")))
    }

    /// Ends the conversation. Whoever asks is told; and the webhook is, as it is known from web messaging.
    fn disconnect(&mut self) -> Result<Post, String> {
        let open = self.state.memory.open_conversation(&self.integration, self.guest);
        let conversation = open.ok_or("There is no open conversation with this guest.")?;
        let now = self.state.now();
        self.state.memory.disconnect(&conversation, now).map_err(|refusal| refusal.message)?;
        let id = self.state.ids.text();
        let over = Content::Presence { presence: Presence::Disconnect };
        self.state.show_with(self.guest, &id, Actor::Here, over, json!({ "conversationId": conversation }));
        let mut post = self.event(json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } }));
        post.json["conversationId"] = conversation.into();
        Ok(post)
    }
}
