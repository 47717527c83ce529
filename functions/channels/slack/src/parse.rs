//! What a webhook's request holds: events (<https://docs.slack.dev/apis/events-api/>) or an interaction.

use contract::{Inbound, Parsed, Rejection, WebhookRequest, WebhookResponse};
use http::StatusCode;
use serde_json::value::RawValue;

use crate::{
    answers, events,
    wire::{self, Interaction, Kind, Message, Outer},
};

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
        "app_uninstalled" => events::uninstalled(outer),
        "tokens_revoked" if events::revokes_bot_token(raw) => events::uninstalled(outer),
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
