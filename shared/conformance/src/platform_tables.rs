//! The two tables every CX platform is tested with.

use contract::{
    Clock, CxPlatform, Inbound, InboundContext, Io, MemoryTokens, Outbound, Secret, SendErrorKind, TenantId,
    WebhookRequest, http::Request,
};
use futures::executor::block_on;
use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Script, tables::describe};
use crate::rows::each;

/// What the platform posts, and what becomes of it.
pub struct PlatformWebhookRow {
    /// What the row shows.
    pub label: &'static str,
    /// The request as the platform sends it.
    pub request: WebhookRequest,
    /// The status we answer.
    pub status: u16,
    /// The normalised events.
    pub events: Vec<Outbound>,
    /// What is left out, and why.
    pub ignored: Vec<&'static str>,
}

/// Runs the webhook table of a platform at a fixed time.
pub fn platform_webhook_table<P: CxPlatform>(
    platform: &P,
    settings: &Value,
    now: Timestamp,
    rows: Vec<PlatformWebhookRow>,
) {
    let settings: P::Settings = contract::parse_settings(settings).expect("the fixture's settings");
    each(
        rows,
        |row| row.label,
        |row| {
            let outcome =
                platform.verify(&row.request, &settings, now).and_then(|()| platform.parse(&row.request, &settings));
            match outcome {
                Ok(parsed) => {
                    let status = parsed.answer.map_or(200, |answer| answer.status.as_u16());
                    assert_eq!(status, row.status, "{}: status", row.label);
                    assert_eq!(parsed.events, row.events, "{}: events", row.label);
                    assert_eq!(parsed.ignored, row.ignored, "{}: ignored", row.label);
                }
                Err(rejection) => {
                    assert_eq!(rejection.status().as_u16(), row.status, "{}: {rejection}", row.label);
                    assert!(row.events.is_empty(), "{}: rejected ({rejection}) but events expected", row.label);
                }
            }
        },
    );
}

/// A guest's message, the platform's canned answers, the exact requests, the result.
pub struct PlatformDeliveryRow {
    /// What the row shows.
    pub label: &'static str,
    /// The message.
    pub message: Inbound,
    /// What is known when it is rendered.
    pub context: InboundContext,
    /// An access token that is kept already: its name and itself.
    pub token: Option<(String, &'static str)>,
    /// What the platform answers, in order.
    pub answers: Vec<Answer>,
    /// The requests that must be made, in order.
    pub requests: Vec<Request>,
    /// The platform's message ids and its conversation's, or the error of the first call that failed.
    pub result: Result<(Vec<String>, Option<String>), SendErrorKind>,
}

/// Runs the delivery table of a platform at a fixed time.
pub fn platform_delivery_table<P: CxPlatform>(
    platform: &P,
    settings: &Value,
    now: Timestamp,
    rows: Vec<PlatformDeliveryRow>,
) {
    let settings: P::Settings = contract::parse_settings(settings).expect("the fixture's settings");
    each(
        rows,
        |row| row.label,
        |row| {
            let tenant = TenantId::from("tenant-1");
            let (clock, script) = (Clock::fixed(now), Script::new(row.answers));
            let tokens = MemoryTokens::new(clock.clone());
            if let Some((name, token)) = &row.token {
                let later = now + jiff::SignedDuration::from_hours(1);
                block_on(contract::TokenCache::put(&tokens, &tenant, name, &Secret::new(*token), later));
            }
            let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
            let rendering = platform.render(&row.message, &settings, &row.context);
            let mut result = Ok((Vec::new(), None));
            for call in &rendering.steps {
                match block_on(platform.send(&io, call)) {
                    Ok(sent) => {
                        let (ids, conversation) = result.as_mut().expect("not failed yet");
                        ids.extend(sent.message_ids);
                        *conversation = sent.conversation_id.or(conversation.take());
                    }
                    Err(_) if call.best_effort => {}
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
