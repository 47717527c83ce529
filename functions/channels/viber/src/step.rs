//! What is sent: one message of Viber's at a time.
//! <https://developers.viber.com/docs/api/rest-bot-api/#message-types>

use contract::{Choice, Draft};
use serde_json::{Value, json};

use crate::{
    keyboard::{self, Keyboard},
    limits, render,
    settings::Settings,
};

/// Shown in the place of a question without words: a text message must not be empty.
pub(crate) const PLACEHOLDER: &str = "👇";

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its fields; once assembled, with receiver, sender, version and keyboard.
    pub body: Value,
    /// What it says in words, for a telephone that cannot show it.
    pub in_words: Option<String>,
    /// Options that belong below it. A keyboard stays only until the next message: [`assemble`] hangs it on the last.
    pub(crate) options: Vec<Choice>,
}

impl Step {
    /// A message that every telephone shows.
    pub(crate) fn new(body: Value) -> Self {
        Self { body, in_words: None, options: Vec::new() }
    }

    /// The same message in words, with the same keyboard, if it has such words.
    pub fn worded(&self) -> Option<Value> {
        let mut body = json!({ "type": "text", "text": self.in_words.as_deref()? });
        for field in ["keyboard", "tracking_data", "receiver", "sender"] {
            if let Some(value) = self.body.get(field) {
                body[field] = value.clone();
            }
        }
        body["min_api_version"] = min_api_version(&body).into();
        Some(body)
    }
}

/// The steps of a whole message: the keyboard on the last, and on each who it is for and from.
pub(crate) fn assemble(mut steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
    let gathered = |steps: &[Step]| steps.iter().flat_map(|step| step.options.clone()).collect::<Vec<Choice>>();
    let mut options = gathered(&steps);
    // Several questions in one message: the first become buttons, which stay, until the others fit on one keyboard.
    while !options.is_empty() && Keyboard::of(&options).is_none() {
        let Some(at) = steps.iter().position(|step| !step.options.is_empty()) else { break };
        let question = std::mem::take(&mut steps[at].options);
        draft.note("quick replies → buttons: Viber's keyboard does not hold all options of the message");
        let buttons = render::buttons("", &question, draft);
        steps.splice(at + 1..at + 1, buttons);
        options = gathered(&steps);
    }
    if let Some(keyboard) = Keyboard::of(&options).filter(|_| !options.is_empty()) {
        if keyboard.mute > 0 {
            draft.note(keyboard::MUTE);
        }
        hang(&mut steps, keyboard);
    }
    let sender = sender(draft.settings, draft.context.agent_name.as_deref());
    for step in &mut steps {
        step.options.clear();
        step.body["receiver"] = draft.to.as_str().into();
        if !step.body["sender"].is_object() {
            step.body["sender"] = sender.clone();
        }
        if !step.body["min_api_version"].is_u64() {
            step.body["min_api_version"] = min_api_version(&step.body).into();
        }
    }
    steps
}

fn hang(steps: &mut Vec<Step>, keyboard: Keyboard) {
    let with_keyboard = |mut body: Value| {
        body["keyboard"] = keyboard.keys.clone();
        if let Some(tracking) = &keyboard.tracking {
            body["tracking_data"] = tracking.as_str().into();
        }
        body
    };
    if let Some(last) = steps.last_mut() {
        // A native message may bring its own, and a long text may leave no room.
        let taken = ["keyboard", "tracking_data"].iter().any(|field| last.body.get(field).is_some());
        let body = with_keyboard(last.body.clone());
        if !taken && limits::weight(&body) + limits::ENVELOPE_BYTES <= limits::REQUEST_BYTES {
            last.body = body;
            return;
        }
    }
    steps.push(Step::new(with_keyboard(json!({ "type": "text", "text": PLACEHOLDER }))));
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
