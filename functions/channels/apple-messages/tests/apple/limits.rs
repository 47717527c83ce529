//! Whatever an agent or a canned response says, Apple takes it; whatever is posted, nothing breaks.

use apple_messages::{AppleMessages, simulator::rules};
use conformance::{any_content, any_words};
use contract::{Channel, Choice, Content, SendContext, text};
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::fixture::{BUSINESS, GUEST, context, context_of, posted, sent, signed, typed};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_as_apple_wants_it(
        contents in vec(any_content(), 1..4),
        name in of(any_words()),
        capabilities in "(QUICK,)?(LIST,)?(TIME,)?(FORM)?",
    ) {
        let context = SendContext { agent_name: name, ..context_of(&capabilities) };
        for message in sent(contents, &context) {
            let faults = rules::faults(&message);
            prop_assert!(faults.is_empty(), "{faults:?}: {message:#}");
            prop_assert_eq!(&message["sourceId"], BUSINESS);
            prop_assert_eq!(&message["destinationId"], GUEST);
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in any_words()) {
        let parts = sent(vec![Content::text(&text)], &context());
        let texts: Vec<&str> = parts.iter().filter_map(|part| part["body"].as_str()).collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&texts.concat()), squeezed(&text));
        for part in texts {
            prop_assert!(part.encode_utf16().count() <= 3_000);
        }
    }

    #[test]
    fn parts_are_whole_graphemes(text in "[^h]{0,40}", times in 0..400_usize) {
        let whole = text.repeat(times);
        let limit = apple_messages::DESCRIPTOR.text_limit;
        let parts = text::split(&whole, limit);
        prop_assert_eq!(parts.concat(), &*whole);
        prop_assert!(parts.iter().all(|part| part.encode_utf16().count() <= limit.max));
        let cuts: Vec<usize> = parts.iter().scan(0, |at, part| { *at += part.len(); Some(*at) }).collect();
        let bounds: std::collections::BTreeSet<usize> =
            whole.grapheme_indices(true).map(|(at, _)| at).chain([whole.len()]).collect();
        let longest = whole.graphemes(true).map(|g| g.encode_utf16().count()).max().unwrap_or_default();
        prop_assert!(longest > limit.max || cuts.iter().all(|cut| bounds.contains(cut)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let _ = AppleMessages.parse(&signed(body.clone()), &typed());
        let _ = AppleMessages.parse(&signed([vec![0x1f, 0x8b], body].concat()), &typed());
    }

    #[test]
    fn any_answer_is_read(kind in "quick-reply|listPicker|event|dynamic|authenticate|payment", value in "[a-z0-9{}:,\\[\\]\"]{0,60}") {
        let data: Value = serde_json::from_str(&value).unwrap_or_else(|_| json!({ "items": [value], "selections": [value] }));
        let message = posted("interactive", json!({ "interactiveData": { "data": { kind: data } } }));
        let events = AppleMessages.parse(&signed(message.to_string()), &typed()).unwrap().events;
        prop_assert_eq!(events.len(), 1);
    }

    #[test]
    fn any_option_is_still_there_to_tap(options in vec(("[a-z]{1,10}", "[a-z=]{1,200}"), 1..40)) {
        let content = Content::QuickReplies {
            text: "Which?".to_owned(),
            options: options
                .iter()
                .map(|(text, payload)| Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                .collect(),
        };
        let sent = sent(vec![content], &context())[0].to_string();
        for (_, payload) in &options {
            let tap = format!("\"identifier\":\"{payload}");
            prop_assert!(sent.contains(&tap));
        }
    }
}
