//! The agent's desk: what an agent does becomes a webhook.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{Attachment, Content, Location, MediaKind, Presence, ReceiptStatus, Sticker};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use simulation::{Action, Actor, Link, Scene};
use uuid::Uuid;

use super::{Inner, organization::File, structured, webhooks};
use crate::DESCRIPTOR;

/// The integration that a tenant's agents write through.
struct Desk {
    integration: String,
    name: String,
    token: String,
}

/// Sits down at a tenant's desk, and remembers where its webhooks go.
fn sit_down(inner: &Inner, link: &Link) -> Result<Desk, String> {
    let setting = |name: &str| link.settings.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let token = setting("webhookToken").ok_or("The tenant has no webhook token.")?.to_owned();
    let name = setting("integrationName").unwrap_or_default().to_owned();
    let mut organization = inner.organization();
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
        ("name", name.as_str()),
        ("outboundNotificationWebhookUrl", link.webhook_url.as_str()),
        ("outboundNotificationWebhookSignatureSecretToken", token.as_str()),
    ] {
        found.fields.insert(field.to_owned(), value.into());
    }
    Ok(Desk { integration, name, token })
}

/// Does what the agent does.
pub(super) async fn act(inner: &Arc<Inner>, link: &Link, guest: &str, action: Action) -> Result<(), String> {
    let desk = sit_down(inner, link)?;
    let content = match action {
        Action::Text { text } => Content::Text { text },
        Action::File { name, mime, base64 } => Content::Attachment(upload(inner, name, mime, &base64)?),
        Action::Sticker { package_id, sticker_id } => {
            let package_id = (!package_id.is_empty()).then_some(package_id);
            Content::Sticker(Sticker { package_id, sticker_id, text: None, image_url: None })
        }
        Action::Location { title, latitude, longitude } => {
            Content::Location(Location { title: Some(title), address: None, latitude, longitude })
        }
        Action::Rich { content } => content,
        Action::Typing => return typing(inner, link, &desk, guest).await,
        Action::Read => return read(inner, link, &desk, guest).await,
        Action::Disconnect => return disconnect(inner, link, &desk, guest).await,
        Action::Tap { .. } | Action::Unsend | Action::Follow | Action::Block => {
            return Err("An agent cannot do that.".to_owned());
        }
    };
    say(inner, link, &desk, guest, content).await
}

fn upload(inner: &Inner, name: String, mime: String, base64: &str) -> Result<Attachment, String> {
    let bytes = STANDARD.decode(base64).map_err(|_| "The file is not base64.")?;
    let id = Uuid::new_v4().simple().to_string();
    let url = format!("{}/api/v2/downloads/{id}", inner.origin());
    let attachment = Attachment {
        mime: Some(mime.clone()),
        name: Some(name.clone()),
        size: Some(bytes.len() as u64),
        ..Attachment::at_url(MediaKind::of_mime(&mime), url)
    };
    inner.organization().files.insert(id, File { mime, name, bytes: bytes.into() });
    Ok(attachment)
}

async fn say(inner: &Inner, link: &Link, desk: &Desk, guest: &str, content: Content) -> Result<(), String> {
    let body = structured::write(&content)?;
    let conversation = inner.organization().converse(&desk.integration, guest, &Map::new());
    let id = Uuid::new_v4().simple().to_string();
    let mut payload = webhooks::envelope(&desk.integration, &desk.name, guest, &id);
    payload["conversationId"] = conversation.clone().into();
    payload["originatingEntity"] = "Human".into();
    payload["metadata"] = json!({});
    for (name, value) in body.as_object().into_iter().flatten() {
        payload[name] = value.clone();
    }
    show(inner, guest, &id, content, json!({ "conversationId": conversation }));
    let outcome = webhooks::deliver(inner, &link.webhook_url, &desk.token, &payload).await;
    if let Err(reason) = &outcome {
        inner.stage.mark(&id, ReceiptStatus::Failed, Some(reason.clone()));
    }
    outcome
}

fn show(inner: &Inner, guest: &str, id: &str, content: Content, detail: Value) {
    inner.stage.show(Scene {
        connector: DESCRIPTOR.id.to_owned(),
        guest: guest.to_owned(),
        id: id.to_owned(),
        actor: Actor::Here,
        content,
        at: Timestamp::now(),
        status: None,
        reason: None,
        detail,
    });
}

async fn typing(inner: &Inner, link: &Link, desk: &Desk, guest: &str) -> Result<(), String> {
    let event = json!({ "eventType": "Typing", "typing": { "type": "On", "duration": 5_000 } });
    let payload = webhooks::event(&desk.integration, &desk.name, guest, event);
    webhooks::deliver(inner, &link.webhook_url, &desk.token, &payload).await
}

/// Reads the guest's last message.
async fn read(inner: &Inner, link: &Link, desk: &Desk, guest: &str) -> Result<(), String> {
    let theirs = |scene: &Scene| scene.actor == Actor::There && scene.guest == guest;
    let last = inner.stage.past().into_iter().rev().find(theirs).ok_or("There is nothing to read.")?;
    let payload = webhooks::receipt(&desk.integration, guest, &last.id, &last.id, "Read");
    webhooks::deliver(inner, &link.webhook_url, &desk.token, &payload).await
}

/// Ends the conversation. Whoever asks is told; and the webhook is, as it is known from web messaging.
async fn disconnect(inner: &Inner, link: &Link, desk: &Desk, guest: &str) -> Result<(), String> {
    let conversation = {
        let mut organization = inner.organization();
        let open = organization.open_conversation(&desk.integration, guest);
        let open = open.ok_or("There is no open conversation with this guest.")?;
        organization.disconnect(&open).map_err(|refusal| refusal.message)?;
        open
    };
    show(
        inner,
        guest,
        &Uuid::new_v4().to_string(),
        Content::Presence { presence: Presence::Disconnect },
        json!({ "conversationId": conversation }),
    );
    let event = json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } });
    let mut payload = webhooks::event(&desk.integration, &desk.name, guest, event);
    payload["conversationId"] = conversation.into();
    webhooks::deliver(inner, &link.webhook_url, &desk.token, &payload).await
}
