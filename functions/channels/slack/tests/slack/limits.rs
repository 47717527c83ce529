//! Whatever an agent or a canned response says, Slack takes it.

use conformance::{any_words, any_words_or_question};
use contract::{Channel, Choice, Content, Outbound, SendContext, parse_settings};
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::Value;
use slack::{Slack, simulator::rules};

use crate::fixture::{attempted, context, message, settings, signed};

/// The bodies of all messages that may be sent.
fn bodies(message: &Outbound, context: &SendContext) -> Vec<Value> {
    let requests = attempted(message, context).into_iter();
    let messages = requests.filter(|request| request.url == "https://slack.com/api/chat.postMessage");
    messages.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

fn read_back(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_within_the_limits(contents in vec(any_words_or_question(), 1..4), name in of(any_words())) {
        let context = SendContext { agent_name: name, ..context() };
        for body in bodies(&message(contents.clone()), &context) {
            let faults = rules::faults(&body);
            prop_assert!(faults.is_empty(), "{faults:?}");
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in any_words()) {
        let sent: String = bodies(&message(vec![Content::text(&text)]), &context())
            .iter()
            .map(|body| read_back(body["text"].as_str().unwrap()))
            .collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&sent), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Slack.parse(&signed(body), &settings);
    }

    #[test]
    fn any_words_are_read(text in any_words(), user in any_words()) {
        let settings = parse_settings(&settings()).unwrap();
        let event = crate::fixture::direct(serde_json::json!({ "text": text, "user": user, "ts": user, "thread_ts": text }));
        let _ = Slack.parse(&crate::fixture::posted(event), &settings);
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
            let tap = format!("\"value\":\"{payload}\"");
            prop_assert!(sent.contains(&tap));
        }
    }
}
