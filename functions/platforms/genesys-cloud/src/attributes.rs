//! Participant data: what an agent's screen and a flow learn about the guest beside the message.
//!
//! It travels in `channel.metadata.customAttributes` (text to text), which Genesys Cloud caps at 2 KB.

use std::collections::BTreeMap;

use contract::{
    descriptor::{TextLimit, TextUnit},
    text::truncate,
};

/// What all participant data may take together, in bytes of its JSON: a margin below the platform's 2,048.
pub(crate) const ROOM: usize = 1_900;

/// Values are not cut shorter than this, in bytes, before whole entries go.
const SHORTEST: usize = 64;

/// The participant data of one message. `media` is always there; then come the tenant's own data, then what the channel
/// knows. A name that several use is the channel's: flows route on what the guide says it holds.
///
/// When it is too much, the longest of the channel's values are cut first, then the tenant's; then entries go, the last by
/// name first, the channel's before the tenant's. The outcome depends on nothing but the data.
pub(crate) fn participant_data(
    media: &str,
    custom: &BTreeMap<String, String>,
    channel: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let said = |(name, value): &(&String, &String)| !name.is_empty() && !value.is_empty() && *name != "media";
    let own = |entries: &BTreeMap<String, String>, other: Option<&BTreeMap<String, String>>| {
        entries
            .iter()
            .filter(said)
            .filter(|(name, _)| other.is_none_or(|other| other.get(*name).is_none_or(String::is_empty)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let mut data = Data {
        media: (!media.is_empty()).then(|| media.to_owned()),
        classes: [own(channel, None), own(custom, Some(channel))],
    };
    while let excess @ 1.. = data.size().saturating_sub(ROOM) {
        if !data.cut_longest(excess) && !data.drop_last() {
            break;
        }
    }
    data.all()
}

struct Data {
    media: Option<String>,
    /// The first to be cut first.
    classes: [BTreeMap<String, String>; 2],
}

impl Data {
    fn all(&self) -> BTreeMap<String, String> {
        let media = self.media.iter().map(|media| ("media".to_owned(), media.clone()));
        self.classes.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).chain(media).collect()
    }

    /// How many bytes its JSON takes.
    fn size(&self) -> usize {
        // A text always serialises: its quotes and what JSON escapes count as they are written.
        let written = |text: &str| serde_json::to_string(text).map_or(0, |json| json.len());
        let entry = |name: &str, value: &str| written(name) + written(value) + ":,".len();
        let media = self.media.iter().map(|media| entry("media", media));
        let others = self.classes.iter().flatten().map(|(name, value)| entry(name, value));
        media.chain(others).sum::<usize>() + "{}".len() - ",".len()
    }

    /// Cuts the longest value that may be cut; of equals, the last by name.
    fn cut_longest(&mut self, excess: usize) -> bool {
        for class in &mut self.classes {
            let Some(value) = class.values_mut().max_by_key(|value| value.len()).filter(|v| v.len() > SHORTEST) else {
                continue;
            };
            let max = value.len().saturating_sub(excess).max(SHORTEST);
            *value = truncate(value, TextLimit { max, unit: TextUnit::Bytes });
            return true;
        }
        false
    }

    fn drop_last(&mut self) -> bool {
        self.classes.iter_mut().any(|class| class.pop_last().is_some())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn size(data: &BTreeMap<String, String>) -> usize {
        serde_json::to_vec(data).unwrap().len()
    }

    #[test]
    fn who_wins() {
        let data = participant_data(
            "LINE",
            &map(&[("media", "mine"), ("locale", "fr"), ("vip", "yes"), ("city", "Paris"), ("empty", "")]),
            &map(&[("media", "theirs"), ("locale", "ja"), ("city", "")]),
        );
        assert_eq!(data, map(&[("city", "Paris"), ("locale", "ja"), ("media", "LINE"), ("vip", "yes")]));
    }

    #[test]
    fn the_size_is_that_of_the_json() {
        let data =
            Data { media: Some("LINE".into()), classes: [map(&[("a", "1\n2"), ("é", "\"")]), map(&[("b", "")])] };
        assert_eq!(data.size(), size(&data.all()));
    }

    #[test]
    fn the_channels_longest_value_is_cut_first() {
        let long = "長".repeat(700);
        let data = participant_data("WeChat", &map(&[("note", &"n".repeat(300))]), &map(&[("a", &long), ("b", "x")]));
        assert!(size(&data) <= ROOM && size(&data) > ROOM - 8, "{}", size(&data));
        assert_eq!(data["note"].len(), 300);
        assert_eq!(data["b"], "x");
        assert!(data["a"].ends_with('…') && data["a"].trim_end_matches('…').chars().all(|c| c == '長'));
    }

    #[test]
    fn then_the_tenants_values_then_whole_entries() {
        let custom: BTreeMap<_, _> = (0..100).map(|n| (format!("custom{n:02}"), "🏳️‍🌈".repeat(30))).collect();
        let channel: BTreeMap<_, _> = (0..100).map(|n| (format!("fact{n:02}"), "f".repeat(100))).collect();
        let data = participant_data("Viber", &custom, &channel);
        assert!(size(&data) <= ROOM);
        assert_eq!(data["media"], "Viber");
        assert!(data.contains_key("custom00") && !data.contains_key("fact99"));
        for value in data.values().filter(|value| value.contains('🏳')) {
            assert_eq!(value.trim_end_matches('…').replace("🏳️‍🌈", ""), "", "no grapheme is cut");
        }
        assert_eq!(data, participant_data("Viber", &custom, &channel));
    }

    #[test]
    fn what_json_escapes_counts_as_written() {
        let data = participant_data("LINE", &map(&[("quotes", &"\"\n".repeat(2_000))]), &BTreeMap::new());
        assert!(size(&data) <= ROOM && data.contains_key("quotes"));
    }
}
