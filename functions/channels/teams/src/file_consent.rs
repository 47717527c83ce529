//! Files that an agent sends: <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4>.
//!
//! A bot may put a file into a guest's OneDrive once the guest has agreed. So an agent's file begins as a card that asks;
//! when the guest accepts, Teams names a place to upload to, and the card is replaced by one that opens the file. What is
//! to be uploaded then travels in the card. It comes back from the guest's own device: it is sealed with a key of the bot's,
//! so that nobody has us fetch anything else.

use std::time::Duration;

use contract::{
    Attachment, Content, Draft, Io, Secret, SendError, SendErrorKind, Unsupported, descriptor::TextUnit, http::Request,
};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, Method};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use crate::{
    address::{Destination, reply_context},
    limits::{self, FILE_BYTES},
    render::texts,
    send::{Action, Step, send},
    settings::Settings,
    wire::{FILE_CONSENT, FILE_INFO, message_with, text},
};

const CONTENT_RANGE: HeaderName = HeaderName::from_static("content-range");
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is offered to a guest, in the card that asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Offer {
    url: String,
    name: String,
    size: u64,
    seal: String,
}

impl Offer {
    fn sealed(mut self, secret: &Secret) -> Self {
        self.seal = Self::mac(&self, secret).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
        self
    }

    fn is_ours(&self, secret: &Secret) -> bool {
        let seal = hex::decode(&self.seal).unwrap_or_default();
        Self::mac(self, secret).is_some_and(|mac| mac.verify_slice(&seal).is_ok())
    }

    fn mac(&self, secret: &Secret) -> Option<Hmac<Sha256>> {
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
        let Self { url, name, size, .. } = self;
        Some(mac.chain_update(format!("teams file\n{}\n{url}\n{}\n{name}\n{size}", url.len(), name.len())))
    }
}

/// The card that asks whether the guest wants the file, its caption on it.
pub(crate) fn ask(file: &Attachment, draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    let url = file.url().ok_or("it has no address to upload it from")?;
    let size = file.size.filter(|size| *size > 0).ok_or("Teams asks for its size, which is not known")?;
    let mut actions = Vec::new();
    let mut caption = file.caption.as_deref().map(|caption| draft.named(caption)).unwrap_or_default();
    if TextUnit::Utf16.measure(&caption) > limits::CAPTION {
        // It fitted before the agent's name stood before it.
        actions.extend(texts(&caption));
        caption.clear();
    }
    let name = file_name(file);
    let offer = Offer { url: url.to_owned(), name: name.clone(), size, seal: String::new() };
    let context = json!({ "file": offer.sealed(&draft.settings.client_secret) });
    actions.push(Action::Post(message_with(&[json!({
        "contentType": FILE_CONSENT,
        "name": name,
        "content": {
            "description": caption,
            "sizeInBytes": size,
            "acceptContext": context,
            "declineContext": context,
        },
    })])));
    Ok(actions)
}

/// A file's name, or what it is.
pub(crate) fn file_name(file: &Attachment) -> String {
    let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    limits::clip(name.unwrap_or(file.kind.word()), 200)
}

/// A file to be put where the guest agreed to have it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Upload {
    offer: Offer,
    upload_url: String,
    content_url: String,
    unique_id: String,
    file_type: String,
    name: String,
    service_url: String,
    conversation: String,
    /// The card that asked.
    card: Option<String>,
}

/// The guest's decision. An acceptance is the channel's own business first: see [`upload_accepted`].
pub(crate) fn decision(activity: &Value, settings: &Settings) -> Result<Content, &'static str> {
    let value = &activity["value"];
    let offer: Offer = serde_json::from_value(value["context"]["file"].clone()).map_err(|_| "foreignConsent")?;
    if !offer.is_ours(&settings.client_secret) {
        return Err("foreignConsent");
    }
    if value["action"] != "accept" {
        return Ok(Content::Note { text: format!("The guest did not accept the file “{}”.", offer.name) });
    }
    let info = &value["uploadInfo"];
    let field = |name: &str| text(info, name).map(str::to_owned);
    let upload = Upload {
        upload_url: field("uploadUrl").ok_or("noUploadUrl")?,
        content_url: field("contentUrl").unwrap_or_default(),
        unique_id: field("uniqueId").unwrap_or_default(),
        file_type: field("fileType").unwrap_or_default(),
        name: field("name").unwrap_or_else(|| offer.name.clone()),
        service_url: text(activity, "serviceUrl").unwrap_or_default().to_owned(),
        conversation: text(&activity["conversation"], "id").unwrap_or_default().to_owned(),
        card: text(activity, "replyToId").map(str::to_owned),
        offer,
    };
    let json = json!({ "upload": upload });
    Ok(Content::Native { connector: Some(crate::DESCRIPTOR.id.to_owned()), json })
}

/// Uploads what a guest accepted, and replaces the card that asked. Says what the agent is told; a failure for good is told
/// too. May be called again: what was uploaded is noted.
pub(crate) async fn upload_accepted(io: &Io<'_, Settings>, native: &Value) -> Result<Content, SendError> {
    let Ok(upload) = serde_json::from_value::<Upload>(native["upload"].clone()) else {
        return Err(SendErrorKind::Unsupported.into());
    };
    let name = &upload.offer.name;
    let outcome = async {
        let key = format!("teams/uploaded/{}", upload.unique_id);
        if io.tokens.get(io.tenant, &key).await.is_none() {
            put(io, &upload).await?;
            let until = io.now().checked_add(SignedDuration::from_hours(24)).unwrap_or(jiff::Timestamp::MAX);
            io.tokens.put(io.tenant, &key, &Secret::new("uploaded"), until).await;
        }
        show(io, &upload).await
    };
    match outcome.await {
        Ok(()) => Ok(Content::Note { text: format!("The guest accepted the file “{name}”.") }),
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            tracing::warn!(kind = ?error.kind, code = error.code, "a file could not be handed over");
            let text =
                format!("The guest accepted the file “{name}”, but it could not be handed over. {}", error.sentence);
            Ok(Content::Note { text })
        }
    }
}

async fn put(io: &Io<'_, Settings>, upload: &Upload) -> Result<(), SendError> {
    if !is_drive(&upload.upload_url) && !io.http.stands_in() {
        return Err(SendError::new(SendErrorKind::Forbidden)
            .coded("uploadUrl")
            .saying("It is no address of OneDrive's."));
    }
    let bytes = io.http.download(&upload.offer.url, FILE_BYTES).await?.bytes;
    let last = bytes.len().checked_sub(1).ok_or(SendError::new(SendErrorKind::MediaUnavailable))?;
    let mut request = Request::new(Method::PUT, &upload.upload_url)
        .header(http::header::CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_RANGE, &format!("bytes 0-{last}/{}", bytes.len()))
        .timeout(TIMEOUT);
    request.body = bytes;
    let response = io.http.send(request).await?;
    match response.error(io.now()) {
        None => Ok(()),
        Some(error) if matches!(response.status.as_u16(), 401 | 403 | 404 | 409 | 410) => {
            Err(SendError { kind: SendErrorKind::Expired, ..error }.saying("OneDrive no longer takes it."))
        }
        Some(error) => Err(error),
    }
}

/// Puts the card that opens the file in the place of the one that asked, or below when that is gone.
async fn show(io: &Io<'_, Settings>, upload: &Upload) -> Result<(), SendError> {
    let card = message_with(&[json!({
        "contentType": FILE_INFO,
        "name": upload.name,
        "contentUrl": upload.content_url,
        "content": { "uniqueId": upload.unique_id, "fileType": upload.file_type },
    })]);
    let action = match &upload.card {
        Some(asked) => Action::Replace { message_id: asked.clone(), activity: card.clone(), otherwise: Some(card) },
        None => Action::Post(card),
    };
    let context = reply_context(&upload.service_url, &upload.conversation);
    let to = Destination::of(Some(&context), &upload.conversation);
    send(io, &Step { to, action }).await.map(|_| ())
}

/// Whether it is OneDrive or SharePoint, of which each organisation has a name of its own.
fn is_drive(url: &str) -> bool {
    const DRIVES: [&str; 5] = [".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn", ".svc.ms"];
    Url::parse(url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https" && url.port().is_none() && DRIVES.iter().any(|drive| host.ends_with(drive))
    })
}
