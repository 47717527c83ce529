//! What Viber posts: one event, signed with the bot's token.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;

use super::{ViberSimulator, memory::Bot};
use crate::verify::SIGNATURE;

/// How long the webhook may take. Viber's own limit is not published.
const PATIENCE: Duration = Duration::from_secs(10);
/// Viber tries "several times for an hour"; nobody here waits so long.
const TRIES: u32 = 4;

impl ViberSimulator {
    /// Posts an event, and again if it fails; gives the answer's body.
    pub(super) async fn call_back(&self, url: &str, token: &str, mut event: Value) -> Result<Vec<u8>, String> {
        if event.get("timestamp").is_none() {
            event["timestamp"] = Timestamp::now().as_millisecond().into();
        }
        event["chat_hostname"] = "SN-CHAT-01_".into();
        let body = with_number(&event);
        let mut failure = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
            }
            let request = self
                .http
                .post(url)
                .header("content-type", "application/json")
                .header(SIGNATURE, sign(token, body.as_bytes()))
                .timeout(PATIENCE)
                .body(body.clone());
            failure = match request.send().await {
                Ok(answer) if answer.status().as_u16() == 200 => {
                    return Ok(answer.bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default());
                }
                Ok(answer) => format!("The webhook answered {}.", answer.status().as_u16()),
                Err(error) if error.is_timeout() => "The webhook did not answer in time.".to_owned(),
                Err(_) => "The webhook could not be reached.".to_owned(),
            };
            // The handshake is tried once.
            if event["event"] == "webhook" {
                break;
            }
        }
        Err(failure)
    }

    /// The same in the background, if the bot wants to hear of it; in the order of the calls for one event alone.
    pub(super) fn call_back_later(&self, token: &str, event: Value, delay: Duration) {
        let bot = self.memory().bots.get(token).cloned().unwrap_or_default();
        let Some(url) = wants(&bot, &event) else { return };
        let (simulator, token) = (self.clone(), token.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            // Nobody waits for it: what cannot be told is not told.
            let _ = simulator.call_back(&url, &token, event).await;
        });
    }
}

/// Where an event goes, if the bot wants to hear of it.
pub(super) fn wants(bot: &Bot, event: &Value) -> Option<String> {
    let kind = event["event"].as_str().unwrap_or_default();
    let always = ["message", "unsubscribed"].contains(&kind);
    let wanted = always || bot.event_types.is_empty() || bot.event_types.iter().any(|wanted| wanted == kind);
    bot.webhook.clone().filter(|url| wanted && !url.is_empty())
}

/// Tokens are held as text here, and written as the numbers that they are.
fn with_number(event: &Value) -> String {
    let mut event = event.clone();
    if let Some(number) = event["message_token"].as_str().and_then(|token| token.parse::<u64>().ok()) {
        event["message_token"] = number.into();
    }
    event.to_string()
}

/// The value of `X-Viber-Content-Signature` for a body.
fn sign(token: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(token.as_bytes())
        .map(|mac| hex::encode(mac.chain_update(body).finalize().into_bytes()))
        .unwrap_or_default()
}
