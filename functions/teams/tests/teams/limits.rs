//! Texts of any writing stay within the limit, whole.

use proptest::prelude::*;
use serde_json::Value;
use shared::{Channel, Choice, Content, descriptor::TextUnit, parse_settings};
use teams::{Teams, simulator::rules};
use unicode_segmentation::UnicodeSegmentation;

use crate::fixture::{CHAT, context, message, settings};

fn activities(contents: Vec<Content>) -> Vec<Value> {
    let rendering = Teams.render(&message(contents), &parse_settings(&settings()).unwrap(), &context());
    rendering.calls.iter().map(|call| serde_json::from_slice(&call.request.body).unwrap()).collect()
}

fn writing() -> impl Strategy<Value = String> {
    let grapheme = prop_oneof![
        4 => "[a-z ]",
        1 => Just("\n".to_owned()),
        3 => "[\u{4e00}-\u{4e80}\u{3042}-\u{3090}\u{ac00}-\u{ac80}]",
        2 => "[\u{0627}-\u{064a}][\u{064b}-\u{0652}]?",
        2 => prop_oneof![Just("👍🏽"), Just("👨‍👩‍👧‍👦"), Just("🏳️‍🌈"), Just("🇯🇵"), Just("𠮷")].prop_map(str::to_owned),
        2 => "e[\u{0300}-\u{0308}]{1,3}",
        1 => Just("\"\\<at>&*_".to_owned()),
    ];
    (proptest::collection::vec(grapheme, 1..200), 1..150_usize)
        .prop_map(|(parts, times)| parts.concat().repeat(times).chars().take(30_000).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_split_within_the_limit_and_loses_nothing(text in writing()) {
        let sent = activities(vec![Content::text(text.clone())]);
        let parts: Vec<&str> = sent.iter().map(|activity| activity["text"].as_str().unwrap()).collect();
        if !text.trim().is_empty() {
            // A part of nothing but white space is not sent: Teams refuses it.
            let joined = parts.concat();
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(bare(&joined), bare(&text));
        }
        let limit = shared::Connector::descriptor(&Teams).text_limit;
        let boundaries: std::collections::BTreeSet<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        let mut at = 0;
        for (activity, part) in sent.iter().zip(&parts) {
            prop_assert!(limit.unit.measure(part) <= limit.max);
            prop_assert_eq!(rules::fault(activity, CHAT), None);
            let Some(found) = text[at..].find(part) else { return Err(TestCaseError::fail("a part is not in the text")) };
            prop_assert!(boundaries.contains(&(at + found)), "a grapheme is cut");
            at += found + part.len();
        }
    }

    #[test]
    fn any_question_fits(text in writing(), options in proptest::collection::vec((".{0,400}", ".{0,3000}"), 0..60)) {
        let options = options.into_iter().map(|(text, payload)| Choice { text, payload, image_url: None }).collect();
        for activity in activities(vec![Content::QuickReplies { text, options }]) {
            prop_assert_eq!(rules::fault(&activity, CHAT), None);
            prop_assert!(TextUnit::Utf16.measure(&activity.to_string()) <= 28_000);
        }
    }
}
