//! Moves files into the tenant's storage, where the other side can fetch them.

use std::time::Duration;

use aws::{
    Context,
    queue::Envelope,
    storage::{self, Side, Storages},
    store::Upload,
    tenant::Tenant,
};
use contract::{Attachment, AttachmentSource, Fetched, MediaKind, SendError, descriptor::AttachmentPolicy};

/// The biggest file that is moved, in bytes: it passes through a function's memory.
pub(super) const FILE_MAX: u64 = 50 << 20;
/// How long links live. A guest's telephone fetches a picture when the chat is opened, perhaps weeks later; a platform
/// fetches at once, and agents look at its copy.
const GUEST_LINK: Duration = Duration::from_secs(30 * 86_400);
const PLATFORM_LINK: Duration = Duration::from_secs(7 * 86_400);

/// A conversation's way into its storage.
pub(super) struct Mover<'a> {
    context: &'a Context,
    envelope: (&'a contract::TenantId, &'a contract::ConversationId),
    storage: Box<dyn storage::Storage>,
    record: Option<contract::StorageId>,
    link: Duration,
}

impl<'a> Mover<'a> {
    /// Opens the storage for one side's files.
    pub async fn open<T>(
        context: &'a Context,
        storages: &dyn Storages,
        tenant: &Tenant,
        envelope: &'a Envelope<T>,
        side: Side,
    ) -> Result<Self, SendError> {
        let record = storage::record_for(context, tenant, side).await?;
        Ok(Self {
            context,
            envelope: (&envelope.tenant, &envelope.conversation),
            storage: storages.open(context, record.as_ref()).await?,
            record: record.map(|record| record.id),
            link: if side == Side::Messaging { GUEST_LINK } else { PLATFORM_LINK },
        })
    }

    /// Puts a fetched file into the storage; gives the attachment with its new URL and what was learnt from the bytes.
    pub async fn store(
        &self,
        attachment: &Attachment,
        fetched: Fetched,
        policy: AttachmentPolicy,
    ) -> Result<Attachment, SendError> {
        let declared = fetched.mime.as_deref().or(attachment.mime.as_deref());
        let name = attachment.name.as_deref().or(fetched.name.as_deref());
        let (mime, kind, _) = media::sniff(&fetched.bytes, declared, name);
        let name = media::file_name(name, &mime);
        let preview = match (policy, kind) {
            (AttachmentPolicy::Copy { preview_bytes: 0 } | AttachmentPolicy::PassThrough, _) => None,
            (AttachmentPolicy::Copy { preview_bytes }, MediaKind::Image) if fetched.bytes.len() > preview_bytes => {
                media::preview(&fetched.bytes, &mime, preview_bytes)
            }
            (AttachmentPolicy::Copy { .. }, MediaKind::Video) => Some(media::video_poster().to_vec()),
            _ => None,
        };
        let duration_ms = match kind {
            MediaKind::Audio | MediaKind::Video => media::duration_ms(&fetched.bytes, &mime),
            MediaKind::Image | MediaKind::File => None,
        };
        let size = fetched.bytes.len() as u64;
        let file = Fetched { bytes: fetched.bytes, mime: Some(mime.clone()), name: Some(name.clone()) };
        let url = self.put(&name, file).await?;
        let preview_url = match preview {
            Some(bytes) => {
                let name = "preview.jpg";
                let file =
                    Fetched { bytes: bytes.into(), mime: Some("image/jpeg".to_owned()), name: Some(name.to_owned()) };
                Some(self.put(name, file).await?)
            }
            None => attachment.preview_url.clone(),
        };
        Ok(Attachment {
            kind,
            source: AttachmentSource::Url { url },
            mime: Some(mime),
            name: Some(name),
            size: Some(size),
            caption: attachment.caption.clone(),
            preview_url,
            duration_ms: duration_ms.or(attachment.duration_ms),
        })
    }

    async fn put(&self, name: &str, file: Fetched) -> Result<String, SendError> {
        let (tenant, conversation) = self.envelope;
        let key = storage::object_key(tenant, self.context.now(), name);
        let upload = Upload {
            tenant: tenant.clone(),
            conversation: conversation.clone(),
            storage: self.record.clone(),
            key: key.clone(),
        };
        self.context.conversations.note_upload(&upload).await?;
        self.storage.put(&key, &file).await?;
        self.storage.url(&key, self.link).await
    }
}
