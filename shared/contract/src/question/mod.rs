//! Questions and their answers: what an agent's message asks is kept with the conversation, and what the guest taps or
//! types is joined to it, so that the platform gets the payload of the option that is meant. Pure.

mod typed;

use std::time::Duration;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{Answer, AnswerKind, Choice, Content, Outbound};

/// How long words and numbers are taken for an answer: who writes "2" the week after means something else.
const TYPED_WITHIN: Duration = Duration::from_secs(86_400);
/// What the agent says after a question as soon as this still belongs to it ("Please answer with a number."). Later words
/// of the agent's are another matter: a number is then no longer taken for an option's, for it may be what was asked.
const SAME_BREATH: Duration = Duration::from_secs(60);
/// Words that a network may have cut off are recognised by their beginning when it is at least this long, in characters.
const BEGINNING: usize = 60;

/// The last options the guest was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The platform's id of the message; empty when the platform does not know of it.
    pub message_id: String,
    /// What an answer to it is.
    pub kind: AnswerKind,
    /// The options.
    pub choices: Vec<Choice>,
    /// Those that were shown as numbered text, the first as number 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbered: Vec<Choice>,
    /// Whether several may be chosen.
    #[serde(default)]
    pub multiple: bool,
    /// The first day and the last that may be chosen, when any day between may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
    /// When it was asked.
    #[serde(default)]
    pub asked_at: Timestamp,
    /// Whether the guest has answered it.
    #[serde(skip)]
    pub answered: bool,
    /// When the newest of the agent's messages went out: this one, or one after it.
    #[serde(skip)]
    pub last_said_at: Timestamp,
}

/// Days to choose from, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// The first.
    pub first: Option<Date>,
    /// The last.
    pub last: Option<Date>,
}

impl Question {
    /// The platform's id of the message, if it has one.
    pub fn known_as(&self) -> Option<String> {
        (!self.message_id.is_empty()).then(|| self.message_id.clone())
    }
}

/// What a message asks; none when it asks nothing. `known`: whether the platform knows of the message (it does not of one
/// that the API sent). `numbered`: the options that its rendering shows as numbered text.
pub fn asked(message: &Outbound, known: bool, numbered: &[Choice], now: Timestamp) -> Option<Question> {
    let asks = |content: &&Content| !content.choices().is_empty() || matches!(content, Content::DatePicker(_));
    let last = message.contents.iter().rev().find(asks)?;
    let kind = last.answer_kind();
    let of_this_kind = message.contents.iter().filter(asks).filter(|content| content.answer_kind() == kind);
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    Some(Question {
        message_id: if known { message.message_id.as_str().to_owned() } else { String::new() },
        kind,
        choices: of_this_kind.flat_map(Content::choices).collect(),
        numbered: numbered.to_vec(),
        multiple: matches!(last, Content::List { multiple: true, .. }),
        days: match last {
            Content::DatePicker(picker) if picker.times.is_empty() => {
                Some(Days { first: picker.earliest.map(day), last: picker.latest.map(day) })
            }
            _ => None,
        },
        asked_at: now,
        answered: false,
        last_said_at: now,
    })
}

/// Joins what the guest says to the question it answers. A tap is recognised by its payload, and stays so: some networks'
/// buttons can be tapped again. Words and numbers count once, within a day; what may mean two things stays a text.
pub fn recognise(content: &mut Content, question: &mut Question, now: Timestamp) {
    match content {
        Content::Answer(answer) => {
            let known = question.join(answer);
            question.answered |= known;
        }
        Content::Text { text } => {
            let age = Duration::try_from(now.duration_since(question.asked_at)).unwrap_or_default();
            if question.answered || age > TYPED_WITHIN {
                return;
            }
            if let Some((text, payload)) = question.meant_by(text) {
                let (kind, question_id) = (question.kind, question.known_as());
                *content = Content::Answer(Answer { kind, text, payload, question_id });
                question.answered = true;
            }
        }
        _ => {}
    }
}

impl Question {
    /// Fills in what a tap does not tell. Whether it is an answer to this question.
    fn join(&self, answer: &mut Answer) -> bool {
        let by_payload = self.choices.iter().find(|choice| choice.payload == answer.payload);
        // A payload that is too long for a network's buttons is replaced by the words beside it.
        let found = by_payload.or_else(|| only(&self.choices, |choice| stands_for(&answer.payload, choice)));
        if let Some(choice) = found {
            if answer.text.is_empty() || by_payload.is_none() {
                answer.text.clone_from(&choice.text);
            }
            answer.payload.clone_from(&choice.payload);
            answer.kind = self.kind;
        } else if self.kind != AnswerKind::DatePicker || answer.kind != self.kind {
            return false;
        }
        answer.question_id = answer.question_id.take().or_else(|| self.known_as());
        true
    }

    /// Text and payload of the option (or the options, or the day) that is meant.
    fn meant_by(&self, text: &str) -> Option<(String, String)> {
        let said = typed::said(text);
        if said.is_empty() {
            return None;
        }
        if let Some(choice) = self.option(&said) {
            return Some((choice.text.clone(), choice.payload.clone()));
        }
        if self.multiple {
            return self.several(&said);
        }
        let day = typed::day(&said).filter(|day| self.days.is_some_and(|days| days.hold(*day)))?;
        Some((day.to_string(), day.to_string()))
    }

    fn option(&self, said: &str) -> Option<&Choice> {
        let later = Duration::try_from(self.last_said_at.duration_since(self.asked_at)).unwrap_or_default();
        let known = if later <= SAME_BREATH { self.numbered.as_slice() } else { &[] };
        let numbered = |number: usize| known.get(number.checked_sub(1)?);
        only(&self.choices, |choice| self.reads(said, choice))
            .or_else(|| typed::number(said).and_then(numbered))
            .or_else(|| {
                let (number, rest) = typed::numbered(said)?;
                numbered(number).filter(|choice| self.reads(rest, choice))
            })
            .or_else(|| only(&self.choices, |choice| stands_for(said, choice)))
    }

    /// Whether this is what stands on the option.
    fn reads(&self, said: &str, choice: &Choice) -> bool {
        let shown = typed::said(&choice.text);
        // Of a time, the zone is seldom typed.
        shown == said || (self.kind == AnswerKind::DatePicker && shown.strip_suffix('z') == Some(said))
    }

    /// Several options, by their words or their numbers: `1, 3`. Joined as networks with lists of their own do.
    fn several(&self, said: &str) -> Option<(String, String)> {
        let among = |apart: &dyn Fn(char) -> bool| -> Option<Vec<&Choice>> {
            let parts = said.split(apart).map(str::trim).filter(|part| !part.is_empty());
            let mut chosen: Vec<&Choice> = Vec::new();
            for choice in parts.map(|part| self.option(part)) {
                let choice = choice?;
                if !chosen.contains(&choice) {
                    chosen.push(choice);
                }
            }
            (!chosen.is_empty()).then_some(chosen)
        };
        let chosen = among(&|c| matches!(c, ',' | '、' | ';' | '+' | '&' | '/' | '،'))
            .or_else(|| among(&|c: char| c == ' ' || matches!(c, ',' | '.')))?;
        let joined = |part: fn(&Choice) -> &str, apart| chosen.iter().map(|c| part(c)).collect::<Vec<_>>().join(apart);
        Some((joined(|choice| &choice.text, ", "), joined(|choice| &choice.payload, ",")))
    }
}

impl Days {
    fn hold(&self, day: Date) -> bool {
        self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last)
    }
}

/// The one that fits; none when several do that would be answered differently.
fn only(choices: &[Choice], fits: impl Fn(&Choice) -> bool) -> Option<&Choice> {
    let mut fitting = choices.iter().filter(|choice| fits(choice));
    let first = fitting.next()?;
    fitting.all(|other| other.payload == first.payload).then_some(first)
}

/// Whether these are an option's words, perhaps cut off by a network that shows only so many.
fn stands_for(words: &str, choice: &Choice) -> bool {
    let (said, shown) = (typed::said(words), typed::said(&choice.text));
    let cut = words.trim_end().ends_with('…') || said.chars().count() >= BEGINNING;
    !said.is_empty() && (said == shown || (cut && shown.starts_with(&said)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Card, CardAction, DatePicker, TimeSlot};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_783_000_000 + second).unwrap()
    }

    fn choice(text: &str, payload: &str) -> Choice {
        Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
    }

    fn postback(text: &str, payload: &str) -> CardAction {
        CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
    }

    fn message(contents: Vec<Content>) -> Outbound {
        Outbound {
            message_id: "platform-1".into(),
            at: at(0),
            to: "guest-1".into(),
            platform_conversation_id: None,
            agent_name: None,
            contents,
        }
    }

    /// A question as it is kept, shown with numbers or as the network shows it itself.
    fn question(contents: Vec<Content>, degraded: bool) -> Question {
        let message = message(contents);
        let numbered = message.contents.iter().flat_map(Content::choices).collect::<Vec<_>>();
        asked(&message, true, if degraded { &numbered } else { &[] }, at(0)).unwrap()
    }

    /// The payload that a text is taken for.
    fn payload(question: &Question, text: &str, now: Timestamp) -> Option<String> {
        let (mut question, mut content) = (question.clone(), Content::text(text));
        recognise(&mut content, &mut question, now);
        match content {
            Content::Answer(answer) => {
                assert_eq!(answer.question_id.as_deref(), Some("platform-1"));
                assert_eq!(answer.kind, question.kind);
                assert!(question.answered);
                Some(answer.payload)
            }
            Content::Text { text: same } => {
                assert_eq!(same, text);
                assert!(!question.answered);
                None
            }
            other => panic!("{other:?}"),
        }
    }

    fn tea() -> Vec<Content> {
        let options =
            vec![choice("Yes", "y-1"), choice("No, thanks", "n-1"), choice("はい", "h-1"), choice("2", "two")];
        vec![Content::QuickReplies { text: "Tea?".to_owned(), options }]
    }

    #[test]
    fn typed_answers_to_numbered_text() {
        let question = question(tea(), true);
        for (text, expected) in [
            ("1", Some("y-1")),
            ("1.", Some("y-1")),
            ("1)", Some("y-1")),
            ("(1)", Some("y-1")),
            ("１", Some("y-1")),
            ("①", Some("y-1")),
            ("1️⃣", Some("y-1")),
            (" 1 \n", Some("y-1")),
            ("١", Some("y-1")),
            ("1番", Some("y-1")),
            ("1. Yes", Some("y-1")),
            ("1 yes", Some("y-1")),
            ("Yes", Some("y-1")),
            ("yes ", Some("y-1")),
            ("YES!", Some("y-1")),
            ("Ｙｅｓ", Some("y-1")),
            ("no, thanks", Some("n-1")),
            ("No,  thanks.", Some("n-1")),
            ("はい。", Some("h-1")),
            // What stands on an option goes before its number.
            ("2", Some("two")),
            ("4", Some("two")),
            ("3", Some("h-1")),
            ("0", None),
            ("5", None),
            ("1. No, thanks", None),
            ("yes please", None),
            ("no", None),
            ("1 2", None),
            ("1 o'clock", None),
            ("", None),
            ("…", None),
        ] {
            assert_eq!(payload(&question, text, at(60)).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_mean_nothing_where_none_were_shown() {
        let question = question(tea(), false);
        for (text, expected) in
            [("1", None), ("1. Yes", None), ("2", Some("two")), ("yes", Some("y-1")), ("4", None), ("Maybe", None)]
        {
            assert_eq!(payload(&question, text, at(60)).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn other_questions() {
        let card = |title: &str, buttons: &[(&str, &str)]| Card {
            title: title.to_owned(),
            actions: buttons.iter().map(|(text, payload)| postback(text, payload)).collect(),
            ..Card::default()
        };
        let cards = vec![
            card("Red", &[("Buy", "buy-red"), ("More", "more")]),
            card("Blue", &[("Buy", "buy-blue"), ("More", "more")]),
        ];
        let carousel = || vec![Content::Carousel { cards: cards.clone() }];
        let two_cards = || cards.iter().cloned().map(Content::Card).collect::<Vec<_>>();
        let list = |multiple| {
            let items = vec![choice("Tea", "t"), choice("Coffee", "c"), choice("Milk", "m")];
            vec![Content::List { title: "What?".to_owned(), items, multiple }]
        };
        let slot = |time: &str| TimeSlot { at: time.parse().unwrap(), duration_s: 60 };
        let times = || {
            let times = vec![slot("2026-07-01T10:00:00Z"), slot("2026-07-01T11:30:00Z")];
            vec![Content::DatePicker(DatePicker { times, ..DatePicker::default() })]
        };
        let days = || {
            let (earliest, latest) = ("2026-07-01T00:00:00Z".parse().ok(), "2026-07-31T00:00:00Z".parse().ok());
            vec![Content::DatePicker(DatePicker { earliest, latest, ..DatePicker::default() })]
        };
        for (label, contents, degraded, text, expected) in [
            ("a card's button", vec![Content::Card(cards[0].clone())], true, "1", Some("buy-red")),
            ("its words", vec![Content::Card(cards[0].clone())], false, "buy", Some("buy-red")),
            ("cards in a row", carousel(), true, "3", Some("buy-blue")),
            ("words on two buttons that differ", carousel(), true, "Buy", None),
            ("words on two buttons that do the same", carousel(), true, "more", Some("more")),
            ("cards below each other", two_cards(), true, "3", Some("buy-blue")),
            ("a list", list(false), true, "2", Some("c")),
            ("one of several", list(true), true, "2", Some("c")),
            ("several", list(true), true, "1, 3", Some("t,m")),
            ("several, apart by spaces", list(true), true, "1 3", Some("t,m")),
            ("several, in words", list(true), false, "tea、milk", Some("t,m")),
            ("several, one twice", list(true), true, "3,3, Milk", Some("m")),
            ("several and one that is none", list(true), true, "1, 9", None),
            ("several where one may be chosen", list(false), true, "1, 3", None),
            ("a time's number", times(), true, "2", Some("2026-07-01T11:30:00Z")),
            ("a time", times(), false, "2026-07-01 11:30Z", Some("2026-07-01T11:30:00Z")),
            ("a time without its zone", times(), false, "2026-07-01 11:30", Some("2026-07-01T11:30:00Z")),
            ("a time that is not offered", times(), true, "2026-07-01 12:30", None),
            ("a day where times are offered", times(), true, "2026-07-01", None),
            ("a day", days(), false, "2026-07-15", Some("2026-07-15")),
            ("a day in Japanese", days(), false, "２０２６年７月１５日", Some("2026-07-15")),
            ("a day too late", days(), false, "2026-08-01", None),
            ("a day too early", days(), false, "2026-06-30", None),
            ("a number where a day is asked", days(), false, "1", None),
        ] {
            let question = question(contents, degraded);
            assert_eq!(payload(&question, text, at(60)).as_deref(), expected, "{label}");
        }
    }

    #[test]
    fn words_count_once_and_within_a_day() {
        let mut question = question(tea(), true);
        assert_eq!(payload(&question, "1", at(86_400)).as_deref(), Some("y-1"));
        assert_eq!(payload(&question, "1", at(86_401)), None);
        recognise(&mut Content::text("hello"), &mut question, at(1));
        assert!(!question.answered, "something else is no answer");
        recognise(&mut Content::text("1"), &mut question, at(2));
        assert!(question.answered);
        let mut again = Content::text("1");
        recognise(&mut again, &mut question, at(3));
        assert_eq!(again, Content::text("1"));
    }

    #[test]
    fn numbers_count_until_the_agent_says_something_else() {
        for (seconds, text, expected) in [
            (60, "1", Some("y-1")),
            (61, "1", None),
            (61, "1. Yes", None),
            (61, "Yes", Some("y-1")),
            (-60, "1", Some("y-1")),
        ] {
            let question = Question { last_said_at: at(seconds), ..question(tea(), true) };
            assert_eq!(payload(&question, text, at(90)).as_deref(), expected, "{text} after {seconds} s");
        }
    }

    #[test]
    fn taps() {
        let long = "x".repeat(90);
        let mut contents = tea();
        if let Content::QuickReplies { options, .. } = &mut contents[0] {
            options.push(choice(&long, "long"));
            options.push(choice("A tower", &"p".repeat(3_000)));
        }
        let question = question(contents, false);
        let tap = |text: &str, payload: &str| Answer {
            kind: AnswerKind::Button,
            text: text.to_owned(),
            payload: payload.to_owned(),
            question_id: None,
        };
        let tower = "p".repeat(3_000);
        for (label, answer, text, payload, known) in [
            ("a payload", tap("", "y-1"), "Yes", "y-1", true),
            ("its own words stay", tap("Yes!", "y-1"), "Yes!", "y-1", true),
            ("words for a payload that is too long", tap("A tower", "A tower"), "A tower", tower.as_str(), true),
            ("words cut off", tap(&long[..70], &long[..70]), long.as_str(), "long", true),
            ("words cut off with an ellipsis", tap("", "A tow…"), "A tower", tower.as_str(), true),
            ("a button of some other time", tap("Old", "menu=old"), "Old", "menu=old", false),
        ] {
            let (mut question, mut content) = (question.clone(), Content::Answer(answer));
            recognise(&mut content, &mut question, at(100_000));
            let Content::Answer(answer) = content else { panic!("{label}") };
            assert_eq!((answer.text.as_str(), answer.payload.as_str()), (text, payload), "{label}");
            assert_eq!(answer.question_id.is_some(), known, "{label}");
            assert_eq!(question.answered, known, "{label}");
            // Taps count as often as they are made.
            let mut again = Content::Answer(tap("", "y-1"));
            recognise(&mut again, &mut question, at(100_001));
            assert!(matches!(again, Content::Answer(Answer { question_id: Some(_), .. })), "{label}");
        }
    }

    #[test]
    fn what_asks() {
        let ask = |contents, known| asked(&message(contents), known, &[], at(0));
        assert_eq!(ask(vec![Content::text("Tea?")], true), None);
        assert_eq!(ask(tea(), false).unwrap().known_as(), None, "the platform does not know of it");
        let mut both = tea();
        both.push(Content::text("Take your time."));
        assert_eq!(ask(both, true).unwrap().choices.len(), 4);
    }
}
