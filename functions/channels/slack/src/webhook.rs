//! The door: is it Slack's, and what does it say?

use contract::{Inbound, Parsed, Rejection, WebhookRequest, WebhookResponse};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::value::RawValue;
use sha2::Sha256;

use crate::{
    answers, events,
    settings::Settings,
    wire::{self, Interaction, Kind, Message, Outer},
};

/// Where Slack puts its signature, and the time that is signed with it.
pub(crate) const SIGNATURE: &str = "x-slack-signature";
pub(crate) const TIMESTAMP: &str = "x-slack-request-timestamp";
/// How far Slack's clock and ours may differ, in seconds.
const WINDOW_S: i64 = 300;

/// `v0=` + hex(HMAC-SHA256(signing secret, `v0:{timestamp}:{body}`)), at most five minutes old.
/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
pub(crate) fn verify(request: &WebhookRequest, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
    let given = request.header(SIGNATURE).ok_or(Rejection::Unsigned)?;
    let timestamp = request.header(TIMESTAMP).ok_or(Rejection::Unsigned)?;
    let given = given.strip_prefix("v0=").and_then(|given| hex::decode(given).ok()).ok_or(Rejection::BadSignature)?;
    let at: i64 = timestamp.parse().map_err(|_| Rejection::BadSignature)?;
    let secret = settings.signing_secret.expose().as_bytes();
    // An empty key would be everybody's.
    let good = !secret.is_empty()
        && Hmac::<Sha256>::new_from_slice(secret).is_ok_and(|mac| {
            let mac = mac.chain_update(b"v0:").chain_update(timestamp).chain_update(b":").chain_update(&request.body);
            mac.verify_slice(&given).is_ok()
        });
    if !good {
        return Err(Rejection::BadSignature);
    }
    if now.as_second().abs_diff(at) > WINDOW_S.unsigned_abs() {
        return Err(Rejection::Stale);
    }
    Ok(())
}

/// Events are JSON, interactions (and slash commands) a form.
pub(crate) fn parse(request: &WebhookRequest) -> Result<Parsed<Inbound>, Rejection> {
    match request.body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => event(&request.body),
        Some(b'[' | b'"') | None => Err(Rejection::Malformed),
        Some(_) => interaction(&request.body),
    }
}

fn event(body: &[u8]) -> Result<Parsed<Inbound>, Rejection> {
    let outer: Outer<'_> = serde_json::from_slice(body).map_err(|_| Rejection::Malformed)?;
    match wire::text(&outer.kind) {
        "event_callback" => {}
        // <https://docs.slack.dev/reference/events/url_verification>
        "url_verification" => {
            let challenge = wire::text(&outer.challenge).to_owned();
            let answer = WebhookResponse::with_body(StatusCode::OK, "text/plain; charset=utf-8", challenge);
            return Ok(Parsed { ignored: vec!["urlVerification"], answer: Some(answer), ..Parsed::default() });
        }
        // More than 30,000 events of a workspace within an hour: what Slack did not send is lost.
        "app_rate_limited" => return Ok(Parsed::ignored("appRateLimited")),
        _ => return Ok(Parsed::ignored("unknownEvent")),
    }
    let raw = outer.event.ok_or(Rejection::Malformed)?;
    Ok(match inner(&outer, raw) {
        Ok(events) => Parsed::events(events),
        Err(reason) => Parsed::ignored(reason),
    })
}

fn inner(outer: &Outer<'_>, raw: &RawValue) -> Result<Vec<Inbound>, &'static str> {
    let kind: Kind<'_> = serde_json::from_str(raw.get()).map_err(|_| events::MALFORMED)?;
    match kind.kind.as_str() {
        name @ ("message" | "app_mention") => {
            let message: Message<'_> = serde_json::from_str(raw.get()).map_err(|_| events::MALFORMED)?;
            events::message(outer, &message, name == "app_mention")
        }
        "app_uninstalled" => events::removed(outer),
        "tokens_revoked" if events::revokes_ours(raw) => events::removed(outer),
        "tokens_revoked" => Err("userTokensRevoked"),
        "app_home_opened" => Err("appHomeOpened"),
        "member_joined_channel" | "member_left_channel" => Err("membership"),
        _ => Err("unknownEvent"),
    }
}

fn interaction(body: &[u8]) -> Result<Parsed<Inbound>, Rejection> {
    let mut fields = url::form_urlencoded::parse(body);
    let Some((_, payload)) = fields.find(|(name, _)| name == "payload") else {
        let is_command = url::form_urlencoded::parse(body).any(|(name, _)| name == "command");
        return if is_command { Ok(Parsed::ignored("slashCommand")) } else { Err(Rejection::Malformed) };
    };
    let interaction: Interaction = serde_json::from_str(&payload).map_err(|_| Rejection::Malformed)?;
    Ok(match answers::read(&interaction) {
        Ok(inbound) => Parsed::events(vec![inbound]),
        Err(reason) => Parsed::ignored(reason),
    })
}
