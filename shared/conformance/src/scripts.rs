//! Whatever is written, in whatever script: a text is split into parts that the network takes, nothing is lost, and nothing
//! that a reader sees as one is cut in two.

use std::collections::HashSet;

use contract::Connector;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use unicode_segmentation::UnicodeSegmentation;

use super::{ChannelFixture, suite::rendered};

/// The longest text, in scalar values.
const LONGEST: usize = 30_000;
/// Few and long: what goes wrong goes wrong at the edges of parts, of which each of these has many.
const CASES: u32 = 100;

/// Texts of CJK, emojis with modifiers, joiners and flags, right-to-left scripts, combining marks, of what networks take
/// for markup, and of any characters at all.
pub fn any_script() -> BoxedStrategy<String> {
    let unit = prop_oneof![
        4 => "[\u{4e00}-\u{9fff}\u{3041}-\u{30fe}\u{ac00}-\u{d7a3}]{1,40}",
        2 => "[\u{20000}-\u{2a6df}]{1,10}",
        3 => prop_oneof![
            Just("👍🏽"), Just("👨‍👩‍👧‍👦"), Just("🏳️‍🌈"), Just("🇯🇵"), Just("🇯🇵🇨🇭🇺🇳"), Just("1️⃣"), Just("🏴󠁧󠁢󠁷󠁬󠁳󠁿"), Just("❤️"), Just("🧑🏿‍🤝‍🧑🏻"),
        ]
        .prop_map(str::to_owned),
        2 => "[\u{627}-\u{64a}][\u{64b}-\u{652}]{0,2}",
        1 => "[\u{5d0}-\u{5ea}][\u{5b0}-\u{5bc}]{0,2}",
        2 => "[a-zé][\u{300}-\u{36f}]{1,12}",
        1 => prop_oneof![Just("नमस्ते"), Just("க்ஷி"), Just("ก็"), Just("\u{1112}\u{1161}\u{11ab}"), Just("\u{202e}abc\u{202c}")]
            .prop_map(str::to_owned),
        3 => "[a-z]{1,12}",
        3 => prop_oneof![Just(" "), Just("\n"), Just("\r\n"), Just("\t"), Just("\u{3000}")].prop_map(str::to_owned),
        1 => "[&<>\"\\\\*_`~|@#{}\\[\\]]{1,6}",
    ];
    let mixed = (vec(unit.clone(), 1..300), 1..40_usize).prop_map(|(units, times)| units.concat().repeat(times));
    let monotonous =
        (unit, 1..LONGEST).prop_map(|(unit, times)| unit.repeat(times.min(LONGEST / unit.len().max(1) + 1)));
    let anything = vec(any::<char>(), 0..LONGEST / 2).prop_map(String::from_iter);
    prop_oneof![6 => mixed, 3 => monotonous, 1 => anything]
        .prop_map(|text| text.chars().take(LONGEST).collect())
        .boxed()
}

/// Runs the property over a channel. White space that would be a message of its own is no loss: networks refuse it.
pub(super) fn any_text_arrives_whole<F: ChannelFixture>(fixture: &F) {
    let limit = fixture.channel().descriptor().text_limit;
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let outcome = TestRunner::new(config).run(&any_script(), |text| {
        let boundaries: HashSet<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
        let mut end = 0;
        for request in rendered(fixture, &text) {
            prop_assert_eq!(fixture.fault(&request), None);
            for part in fixture.texts_of(&request) {
                let size = limit.unit.measure(&part);
                prop_assert!(size <= limit.max, "a part of {}, and {} is the limit", size, limit.max);
                let Some(skipped) = text[end..].find(&part) else {
                    return Err(TestCaseError::fail(format!("not in the text after byte {end}: {part:?}")));
                };
                prop_assert!(text[end..end + skipped].trim().is_empty(), "lost: {:?}", &text[end..end + skipped]);
                prop_assert!(boundaries.contains(&(end + skipped)), "cut before byte {}", end + skipped);
                end += skipped + part.len();
                prop_assert!(boundaries.contains(&end), "cut at byte {}", end);
            }
        }
        prop_assert!(text[end..].trim().is_empty(), "lost: {:?}", &text[end..]);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
