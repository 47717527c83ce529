//! From an agent's message to Viber's requests.

use contract::{Call, Outbound, Rendering, SendContext, http::Request};
use serde_json::{Value, json};

use crate::{api, limits, messages::Composer, settings::Settings};

/// One request to a message. Viber has neither typing nor read marks of ours, and no key that would make a repetition
/// harmless.
pub(crate) fn render(message: &Outbound, settings: &Settings, context: &SendContext) -> Rendering<Call> {
    let mut composer = Composer::default();
    for content in &message.contents {
        composer.add(content);
    }
    let (messages, degradations) = composer.finish();
    let sender = sender(settings, context.agent_name.as_deref());
    let addressed = |mut body: Value| {
        body["receiver"] = message.to.as_str().into();
        if !body["sender"].is_object() {
            body["sender"] = sender.clone();
        }
        if !body["min_api_version"].is_u64() {
            body["min_api_version"] = min_api_version(&body).into();
        }
        Request::post_json(api::SEND_MESSAGE, &body)
    };
    let calls = messages
        .into_iter()
        .map(|message| {
            let in_words = message.in_words.map(|text| json!({ "type": "text", "text": text }));
            let in_words = in_words.map(|mut body| {
                // The options below stay.
                for field in ["keyboard", "tracking_data"] {
                    if let Some(value) = message.body.get(field) {
                        body[field] = value.clone();
                    }
                }
                addressed(body)
            });
            let call = Call::new(addressed(message.body));
            match in_words {
                Some(in_words) => call.or(in_words),
                None => call,
            }
        })
        .collect();
    Rendering { steps: calls, degradations, ..Rendering::default() }
}

/// Who a message is from: the agent, if the tenant wants it shown, else the bot.
pub(crate) fn sender(settings: &Settings, agent_name: Option<&str>) -> Value {
    let name = agent_name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(settings.bot_name.trim());
    let mut sender = json!({ "name": limits::clip(name, limits::SENDER_NAME) });
    if let Some(url) = settings.avatar() {
        sender["avatar"] = url.into();
    }
    sender
}

/// What a telephone must know to show a message. One that does not shows `alt_text`, or nothing.
fn min_api_version(body: &Value) -> u32 {
    let of_keyboard = |keyboard: &Value| {
        let buttons = keyboard["Buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of_button = |button: &Value| {
            let asks = matches!(button["ActionType"].as_str(), Some("location-picker" | "share-phone"));
            match () {
                () if button.get("Frame").is_some() || button.get("Map").is_some() => 6,
                () if asks || button.get("InternalBrowser").is_some() => 3,
                () => 1,
            }
        };
        let field = if keyboard.get("InputFieldState").is_some() { 4 } else { 1 };
        buttons.iter().map(of_button).fold(field, u32::max)
    };
    let rich = if body["type"] == "rich_media" { 7 } else { 1 };
    of_keyboard(&body["keyboard"]).max(rich)
}
