//! Sessions: an opaque token with its user, kept under the token's hash. They hold on every function, until they expire
//! or are ended.

use std::time::Duration;

use aws::{
    Context,
    store::{ItemExt, StoreError, number, text},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::Secret;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::users::{self, User};

/// How long a token is good. It does not get longer by use.
pub const LIFE: Duration = Duration::from_secs(12 * 3600);
/// Bytes of a token.
const TOKEN_BYTES: usize = 32;

/// A session, by its token's hash.
#[derive(Clone, Debug)]
pub struct Session {
    hash: String,
}

/// A token as it is handed out, once.
pub struct Grant {
    /// The token.
    pub token: Secret,
    /// When it expires.
    pub expires_at: Timestamp,
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn key(hash: &str) -> String {
    format!("SESSION#{hash}")
}

/// Begins a session.
pub async fn begin(context: &Context, user: &User) -> Result<Grant, StoreError> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Aws(format!("randomness: {error}")))?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let now = context.now();
    let expires_at = now.checked_add(LIFE).unwrap_or(Timestamp::MAX);
    let expires_at = Timestamp::from_second(expires_at.as_second()).unwrap_or(expires_at);
    let (client, table) = context.configuration.raw();
    client
        .put_item()
        .table_name(table)
        .item("pk", text(key(&hash(&token))))
        .item("sk", text("SESSION"))
        .item("user", text(&user.name))
        .item("epoch", number(user.epoch))
        .item("createdAt", text(now.to_string()))
        .item("expiresAt", number(expires_at.as_second()))
        .send()
        .await
        .map_err(StoreError::aws)?;
    Ok(Grant { token: Secret::new(token), expires_at })
}

/// The session of a token and its user, unless it is over.
pub async fn find(context: &Context, token: &str) -> Result<Option<(Session, User)>, StoreError> {
    // What cannot be a token costs no read.
    if token.len() != TOKEN_BYTES.div_ceil(3) * 4 - 1 {
        return Ok(None);
    }
    let session = Session { hash: hash(token) };
    let (client, table) = context.configuration.raw();
    let answer = client
        .get_item()
        .table_name(table)
        .key("pk", text(key(&session.hash)))
        .key("sk", text("SESSION"))
        .consistent_read(true)
        .send()
        .await
        .map_err(StoreError::aws)?;
    let Some(item) = answer.item.filter(|item| !item.expired(context.now())) else { return Ok(None) };
    let Some(user) = users::find(context, item.text("user").unwrap_or_default()).await? else { return Ok(None) };
    Ok((item.number("epoch").map(i64::unsigned_abs) == Some(user.epoch)).then_some((session, user)))
}

/// Ends a session. Ending one that is over is no error.
pub async fn end(context: &Context, session: &Session) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    client
        .delete_item()
        .table_name(table)
        .key("pk", text(key(&session.hash)))
        .key("sk", text("SESSION"))
        .send()
        .await
        .map_err(StoreError::aws)?;
    Ok(())
}

/// Lets a session live on after its user's password was changed with it.
pub async fn renew(context: &Context, session: &Session, epoch: u64) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    client
        .update_item()
        .table_name(table)
        .key("pk", text(key(&session.hash)))
        .key("sk", text("SESSION"))
        .update_expression("SET epoch = :epoch")
        // Not one that was ended meanwhile.
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_values(":epoch", number(epoch))
        .send()
        .await
        .map(|_| ())
        .map_err(StoreError::aws)
}
