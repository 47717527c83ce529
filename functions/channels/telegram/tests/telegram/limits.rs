//! Whatever an agent or a canned response says, Telegram takes it.

use conformance::{any_content, any_words};
use contract::{Channel, Choice, Content, Outbound, SendContext, parse_settings};
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::{Value, json};
use telegram::{Message, MethodCall, Step, Telegram, simulator::rules};

use crate::fixture::{SECRET_TOKEN, context, in_group, outbound, posted, request, requests_of, settings, update};

/// Method and parameters of every call, and of what is tried in its place, as they are sent.
fn calls(message: &Outbound, context: &SendContext) -> Vec<(String, Value)> {
    let settings = parse_settings(&settings()).unwrap();
    let read = |request: contract::http::Request| {
        let method = request.url.rsplit('/').next().unwrap().to_owned();
        (method, serde_json::from_slice(&request.body).unwrap())
    };
    let steps = compose::compose(&Telegram, message, &settings, context).steps;
    steps.iter().flat_map(forms).flat_map(|step| requests_of(&step)).map(read).collect()
}

/// A step with its call, and the same with what is tried in its place.
fn forms(step: &Step) -> Vec<Step> {
    let Step::Message { chat, reply_to, message } = step else { return vec![step.clone()] };
    let calls = [Some(&message.call), message.fallback.as_ref()].into_iter().flatten();
    let alone = |call: &MethodCall| Step::Message {
        chat: chat.clone(),
        reply_to: *reply_to,
        message: Box::new(Message { call: uploaded(call.clone()), fallback: None }),
    };
    calls.map(alone).collect()
}

/// What is uploaded is a file's id by the time it is checked.
fn uploaded(mut call: MethodCall) -> MethodCall {
    if let Some(upload) = call.upload.take() {
        call.parameters.insert(upload.parameter.to_owned(), "BQACAgQAAxkBAAI-uploaded".into());
    }
    call
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_call_is_within_the_limits(contents in vec(any_content(), 1..4), name in of(any_words())) {
        let context = SendContext { agent_name: name, ..context() };
        for (method, body) in calls(&outbound(contents.clone()), &context) {
            let fault = rules::fault(&method, &body);
            prop_assert!(fault.is_none(), "{method}: {fault:?}: {body}");
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in any_words()) {
        let sent: String = calls(&outbound(vec![Content::text(&text)]), &context())
            .iter()
            .map(|(_, body)| body["text"].as_str().unwrap())
            .collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&sent), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Telegram.parse(&request(body, Some(SECRET_TOKEN)), &settings);
    }

    /// Entities are places in a text; they may say anything.
    #[test]
    fn any_entity_is_read(text in any_words(), offset in 0..50_usize, length in any::<usize>(), end in 0..50_usize) {
        let settings = parse_settings(&settings()).unwrap();
        let entity = |kind: &str, length: usize| {
            json!({ "type": kind, "offset": offset, "length": length, "url": "https://x.example" })
        };
        let entities = ["mention", "bot_command", "text_link", "text_mention"]
            .map(|kind| [entity(kind, length), entity(kind, end)])
            .concat();
        let message = in_group(json!({ "text": text, "entities": entities }));
        prop_assert!(Telegram.parse(&posted(&update("message", message)), &settings).is_ok());
    }

    #[test]
    fn any_option_is_still_there_to_tap(options in vec(("[a-z]{1,10}", "[a-z]{1,64}"), 1..250)) {
        let content = Content::QuickReplies {
            text: "Which?".to_owned(),
            options: options
                .iter()
                .map(|(text, payload)| Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                .collect(),
        };
        let sent = serde_json::to_string(&calls(&outbound(vec![content]), &context())).unwrap();
        for (_, payload) in &options {
            let tap = format!("\"callback_data\":\"{payload}\"");
            prop_assert!(sent.contains(&tap));
        }
    }
}
