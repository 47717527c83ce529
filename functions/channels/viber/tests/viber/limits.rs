//! Whatever an agent or a canned response says, Viber takes it, and the guest's telephone shows it.

use conformance::{any_content, any_words};
use contract::{Channel, Choice, Content, Outbound, SendContext, parse_settings};
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::Value;
use viber::{Viber, simulator::rules};

use crate::fixture::{context, message, said, settings, signed};

/// All requests, those in words too.
fn bodies(message: &Outbound, context: &SendContext) -> Vec<Value> {
    let settings = parse_settings(&settings()).unwrap();
    let rendering = compose::compose(&Viber, message, &settings, context);
    let bodies = rendering.steps.iter().flat_map(|step| [Some(step.body.clone()), step.worded()]);
    let bodies: Vec<Value> = bodies.flatten().collect();
    for body in &bodies {
        let bytes = body.to_string().len();
        assert!(bytes <= 30_000, "{bytes} bytes");
    }
    bodies
}

fn texts(bodies: &[Value]) -> String {
    bodies.iter().map(|body| body["text"].as_str().unwrap()).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_within_the_limits(contents in vec(any_content(), 1..4), name in of(any_words())) {
        let context = SendContext { agent_name: name, ..context() };
        for body in bodies(&message(contents.clone()), &context) {
            let faults = [rules::faults(&body), rules::client_faults(&body)].concat();
            prop_assert!(faults.is_empty(), "{faults:?}");
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in any_words()) {
        prop_assert_eq!(squeezed(&texts(&bodies(&message(vec![Content::text(&text)]), &context()))), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Viber.parse(&signed(body), &settings);
    }

    /// Whatever the guest taps comes back as the answer it means.
    #[test]
    fn any_option_comes_back_with_its_payload(
        options in vec(("[a-zé日👍 <&\"]{1,10}", "[a-z=\"\\\\é日]{1,200}"), 1..80),
        list in any::<bool>(),
    ) {
        let options: Vec<Choice> = options
            .into_iter()
            .filter(|(text, _)| !text.trim().is_empty())
            .map(|(text, payload)| Choice { text, payload, image_url: None })
            .collect();
        let content = match list {
            true => Content::List { title: "Which?".to_owned(), items: options.clone(), multiple: false },
            false => Content::QuickReplies { text: "Which?".to_owned(), options: options.clone() },
        };
        let settings = parse_settings(&settings()).unwrap();
        let rendering = compose::compose(&Viber, &message(vec![content]), &settings, &context());
        let mut answers = Vec::new();
        for step in &rendering.steps {
            let body = &step.body;
            let buttons = [&body["keyboard"]["Buttons"], &body["rich_media"]["Buttons"]];
            for button in buttons.into_iter().filter_map(Value::as_array).flatten() {
                if button["ActionType"] != "reply" {
                    continue;
                }
                let tap = serde_json::json!({
                    "type": "text", "text": button["ActionBody"], "tracking_data": body["tracking_data"],
                });
                let parsed = Viber.parse(&signed(said(tap).to_string()), &settings).unwrap();
                let Content::Answer(answer) = &parsed.events[0].content else { panic!("no answer: {button}") };
                answers.push((answer.text.clone(), answer.payload.clone()));
            }
        }
        let expected: Vec<(String, String)> =
            options.into_iter().map(|option| (option.text.trim().to_owned(), option.payload)).collect();
        prop_assert_eq!(answers, expected);
    }
}
