//! Whatever an agent or a canned response says, Teams takes it.

use conformance::{any_content, any_script, any_words};
use contract::{Choice, Content, SendContext, descriptor::TextUnit};
use proptest::{collection::vec, option::of, prelude::*};
use teams::simulator::rules;

use crate::fixture::{CHAT, context, sent};

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_question_fits(text in any_script(), options in vec((".{0,400}", ".{0,3000}"), 0..60)) {
        let options = options.into_iter().map(|(text, payload)| Choice { text, payload, image_url: None }).collect();
        for activity in sent(vec![Content::QuickReplies { text, options }], &context()) {
            prop_assert_eq!(rules::fault(&activity, CHAT), None);
            prop_assert!(TextUnit::Utf16.measure(&activity.to_string()) <= 28_000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_activity_is_within_the_limits(contents in vec(any_content(), 1..4), name in of(any_words())) {
        let context = SendContext { agent_name: name, ..context() };
        for activity in sent(contents, &context) {
            prop_assert_eq!(rules::fault(&activity, CHAT), None, "{}", activity);
        }
    }
}
