//! From an agent's message to calls of the Bot API.

use contract::{Call, Content, Outbound, Rendering, SendContext, http::Request};
use serde_json::{Value, json};

use crate::{
    address, api,
    messages::{Composer, Part},
};

/// One call for each thing said, in order; typing last, since a message ends it.
pub(crate) fn render(message: &Outbound, context: &SendContext) -> Rendering<Call> {
    let chat = Chat::of(message, context);
    let mut composer = Composer::new(context.agent_name.as_deref());
    composer.say(&message.contents);
    let (parts, degradations, numbered) = composer.finish();
    let mut calls: Vec<Call> = parts.into_iter().enumerate().map(|(index, part)| chat.call(part, index == 0)).collect();
    if message.contents.iter().any(|content| matches!(content, Content::Typing { on: true, .. })) {
        let mut typing = json!({ "action": "typing" });
        chat.put_into(&mut typing);
        calls.push(Call::best_effort(api::request("sendChatAction", &typing)));
    }
    Rendering { steps: calls, degradations, numbered, ..Rendering::default() }
}

/// Where a message goes.
struct Chat {
    id: Value,
    topic: Option<i64>,
    /// In a group: the message that is answered.
    answers: Option<i64>,
}

impl Chat {
    fn of(message: &Outbound, context: &SendContext) -> Self {
        let (id, topic) = address::target(&message.to);
        let told = context.reply.as_ref().map(|(context, _)| context);
        let number = |name: &str| told.and_then(|told| told[name].as_i64());
        let answers = number("messageId").filter(|_| address::is_of_group(&message.to));
        Self { id: number("chatId").map_or(id, |moved| json!(moved)), topic, answers }
    }

    fn put_into(&self, body: &mut Value) {
        body["chat_id"] = self.id.clone();
        if let Some(topic) = self.topic {
            body["message_thread_id"] = topic.into();
        }
    }

    fn call(&self, part: Part, is_first: bool) -> Call {
        let request = |method: &str, mut body: Value| -> Request {
            self.put_into(&mut body);
            if let Some(id) = self.answers
                && is_first
                && (method.starts_with("send") || method == "copyMessage")
                && body.get("reply_parameters").is_none()
            {
                body["reply_parameters"] = json!({ "message_id": id, "allow_sending_without_reply": true });
            }
            api::request(method, &body)
        };
        let call = Call::new(request(&part.method, part.body));
        match part.instead {
            Some((method, body)) => call.or(request(&method, body)),
            None => call,
        }
    }
}
