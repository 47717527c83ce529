//! Whatever an agent or a canned response says, LINE takes it.

use conformance::{any_content, any_words};
use contract::{Channel, Choice, Content, Outbound, SendContext, parse_settings};
use line::{Line, simulator::rules};
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::Value;

use crate::fixture::{GUEST, context, message, rendered, requests, settings};

fn bodies(message: &Outbound, context: &SendContext) -> Vec<Value> {
    let requests = requests(&rendered(message, context).steps);
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_within_the_limits(contents in vec(any_content(), 1..4), name in of(any_words())) {
        let context = SendContext { agent_name: name, ..crate::fixture::context_aged(1) };
        let message = message(contents);
        let replied = bodies(&message, &context);
        let pushed = bodies(&message, &SendContext { reply: None, ..context });
        prop_assert_eq!(replied.len(), pushed.len());
        for (body, push) in replied.iter().zip(&pushed) {
            prop_assert_eq!(&body["messages"], &push["messages"], "reply and push say the same");
            let faults = rules::faults(&body["messages"]);
            prop_assert!(faults.is_empty(), "{faults:?}");
            prop_assert!(body.to_string().len() < 2_000_000);
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in any_words()) {
        let sent: String = bodies(&message(vec![Content::text(&text)]), &context())
            .iter()
            .flat_map(|body| body["messages"].as_array().unwrap().clone())
            .map(|message| message["text"].as_str().unwrap().to_owned())
            .collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&sent), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Line.parse(&crate::fixture::signed(body), &settings);
    }

    #[test]
    fn any_option_is_still_there_to_tap(options in vec(("[a-z]{1,10}", "[a-z]{1,200}"), 1..80)) {
        let content = Content::QuickReplies {
            text: "Which?".to_owned(),
            options: options
                .iter()
                .map(|(text, payload)| Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                .collect(),
        };
        let sent = serde_json::to_string(&bodies(&message(vec![content]), &context())).unwrap();
        for (_, payload) in &options {
            let tap = format!("\"data\":\"{payload}\"");
            prop_assert!(sent.contains(&tap));
        }
    }
}

#[test]
fn the_guest_is_named() {
    let bodies = bodies(&message(vec![Content::text("hi")]), &context());
    assert_eq!(bodies[0]["to"], GUEST);
}
