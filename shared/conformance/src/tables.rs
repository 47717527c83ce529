//! The two tables every connector is tested with.

use contract::{
    Channel, Clock, Inbound, Io, MemoryTokens, Outbound, PublishedKeys, Secret, SendContext, SendErrorKind, TenantId,
    TokenCache, WebhookRequest, http::Request,
};
use futures::executor::block_on;
use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Script};
use crate::rows::each;

/// Inbound: what the network posts, and what becomes of it.
pub struct InboundRow {
    /// What the row shows.
    pub label: &'static str,
    /// The request as the network sends it.
    pub request: WebhookRequest,
    /// The status we answer.
    pub status: u16,
    /// The normalised events.
    pub events: Vec<Inbound>,
}

/// Runs the inbound table of a channel at a fixed time.
pub fn inbound_table<C: Channel>(channel: &C, settings: &Value, now: Timestamp, rows: Vec<InboundRow>) {
    inbound_table_with(channel, settings, &PublishedKeys::default(), now, rows);
}

/// The same for a network that signs with keys which it publishes.
pub fn inbound_table_with<C: Channel>(
    channel: &C,
    settings: &Value,
    keys: &PublishedKeys,
    now: Timestamp,
    rows: Vec<InboundRow>,
) {
    let settings: C::Settings = contract::parse_settings(settings).expect("the fixture's settings");
    each(
        rows,
        |row| row.label,
        |row| {
            let outcome = channel
                .verify_with(&row.request, &settings, keys, now)
                .and_then(|()| channel.parse(&row.request, &settings));
            match outcome {
                Ok(parsed) => {
                    let status = parsed.answer.map_or(200, |answer| answer.status.as_u16());
                    assert_eq!(status, row.status, "{}: status", row.label);
                    assert_eq!(parsed.events, row.events, "{}: events", row.label);
                }
                Err(rejection) => {
                    assert_eq!(channel.refusal_status(rejection).as_u16(), row.status, "{}: {rejection}", row.label);
                    assert!(row.events.is_empty(), "{}: rejected ({rejection}) but events expected", row.label);
                }
            }
        },
    );
}

/// Outbound: a message, the provider's canned answers, the exact requests, the result.
pub struct OutboundRow {
    /// What the row shows.
    pub label: &'static str,
    /// The message.
    pub message: Outbound,
    /// What is known when it is rendered.
    pub context: SendContext,
    /// What the provider answers, in order.
    pub answers: Vec<Answer>,
    /// The requests that must be made, in order.
    pub requests: Vec<Request>,
    /// The network's message ids, or the error of the first call that failed.
    pub result: Result<Vec<String>, SendErrorKind>,
}

/// Runs the outbound table of a channel at a fixed time.
pub fn outbound_table<C: Channel>(channel: &C, settings: &Value, now: Timestamp, rows: Vec<OutboundRow>) {
    outbound_table_with_tokens(channel, settings, now, &[], rows);
}

/// The same for a channel whose tokens come from an installation: these are kept, by name, before each row.
pub fn outbound_table_with_tokens<C: Channel>(
    channel: &C,
    settings: &Value,
    now: Timestamp,
    kept: &[(String, Secret)],
    rows: Vec<OutboundRow>,
) {
    let settings: C::Settings = contract::parse_settings(settings).expect("the fixture's settings");
    each(
        rows,
        |row| row.label,
        |row| {
            let tenant = TenantId::from("tenant-1");
            let (clock, script) = (Clock::fixed(now), Script::new(row.answers));
            let tokens = keeping(&tenant, &clock, kept.to_vec());
            let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
            let rendering = compose::compose(channel, &row.message, &settings, &row.context);
            let mut result = Ok(Vec::new());
            for step in &rendering.steps {
                match block_on(channel.send(&io, step)) {
                    Ok(sent) => result.as_mut().expect("not failed yet").extend(sent.message_ids),
                    Err(_) if channel.is_best_effort(step) => {}
                    Err(error) => {
                        result = Err(error.kind);
                        break;
                    }
                }
            }
            let requests = script.finish();
            for (at, (made, expected)) in requests.iter().zip(&row.requests).enumerate() {
                assert_eq!(describe(made), describe(expected), "{}: request {at}", row.label);
            }
            assert_eq!(requests.len(), row.requests.len(), "{}: number of requests", row.label);
            assert_eq!(result, row.result, "{}: result", row.label);
        },
    );
}

/// A cache that keeps these tokens.
pub(super) fn keeping(tenant: &TenantId, clock: &Clock, kept: Vec<(String, Secret)>) -> MemoryTokens {
    let tokens = MemoryTokens::new(clock.clone());
    for (name, token) in kept {
        block_on(tokens.put(tenant, &name, &token, Timestamp::MAX));
    }
    tokens
}

/// A request in lines, so that a difference can be read.
pub(super) fn describe(request: &Request) -> String {
    let mut headers: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?"))).collect();
    headers.sort();
    let body = match serde_json::from_slice::<Value>(&request.body) {
        Ok(json) => format!("{json:#}"),
        Err(_) => String::from_utf8_lossy(&request.body).into_owned(),
    };
    format!("{} {}\n{}\n\n{body}", request.method, request.url, headers.join("\n"))
}
