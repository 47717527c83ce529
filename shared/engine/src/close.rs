//! The end of a conversation.

use aws::{Context, storage, store::Conversation};
use contract::SendError;

/// Closes a conversation: its files are put on the list for purging first, so that an end which is cut short is made again.
/// A conversation that came to life meanwhile stays open. Whether it was closed now.
pub async fn close(context: &Context, conversation: &Conversation) -> Result<bool, SendError> {
    let files = storage::schedule_purge(context, &conversation.tenant, &conversation.id).await?;
    let closed = context.conversations.close(conversation).await?;
    tracing::info!(
        tenant = %conversation.tenant, conversation = %conversation.id, files, closed, "the conversation's end"
    );
    Ok(closed)
}
