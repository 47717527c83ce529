//! Whatever is asked, Teams takes it.

use proptest::prelude::*;
use serde_json::Value;
use shared::{Channel, Choice, Content, descriptor::TextUnit, parse_settings, testing::any_script};
use teams::{Teams, simulator::rules};

use crate::fixture::{CHAT, context, message, settings};

fn activities(contents: Vec<Content>) -> Vec<Value> {
    let rendering = Teams.render(&message(contents), &parse_settings(&settings()).unwrap(), &context());
    rendering.calls.iter().map(|call| serde_json::from_slice(&call.request.body).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_question_fits(text in any_script(), options in proptest::collection::vec((".{0,400}", ".{0,3000}"), 0..60)) {
        let options = options.into_iter().map(|(text, payload)| Choice { text, payload, image_url: None }).collect();
        for activity in activities(vec![Content::QuickReplies { text, options }]) {
            prop_assert_eq!(rules::fault(&activity, CHAT), None);
            prop_assert!(TextUnit::Utf16.measure(&activity.to_string()) <= 28_000);
        }
    }
}
