//! Cards: picture, section and buttons, one card below the other.

use contract::{Card, CardAction};
use serde_json::{Value, json};

use crate::{
    action_ids::{LINK, TAP},
    blocks::{self, Blocks, section},
    limits, mrkdwn,
};

/// The longest title, in UTF-16 units.
const TITLE: usize = 500;

impl Blocks<'_, '_> {
    /// Cards with lines between them.
    pub(crate) fn cards(mut self, cards: &[Card]) -> Vec<Value> {
        let mut blocks = Vec::new();
        for card in cards {
            let shown = self.card(card);
            if !blocks.is_empty() && !shown.is_empty() {
                blocks.push(json!({ "type": "divider" }));
            }
            blocks.extend(shown);
        }
        let headline = cards.iter().map(|card| card.title.as_str()).find(|title| !title.trim().is_empty());
        self.messages(headline.unwrap_or_default(), blocks)
    }

    fn card(&mut self, card: &Card) -> Vec<Value> {
        let mut blocks = Vec::new();
        if let Some(url) = &card.image_url {
            match blocks::image(url, &card.title) {
                Some(image) => blocks.push(image),
                None => self.note("card without its picture: Slack cannot fetch this address"),
            }
        }
        let (buttons, lines) = self.actions_of(card);
        let description = card.description.as_deref().unwrap_or_default().trim();
        let lines = std::iter::once(description).chain(lines.iter().map(String::as_str));
        let body = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        let (title, shown) = (title(card), mrkdwn::escape(&body));
        let together =
            [title.as_str(), &shown].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n");
        let sections = if limits::length(&together) <= limits::SECTION {
            vec![together]
        } else {
            vec![title, self.overflow_to_text(&body)]
        };
        blocks.extend(sections.iter().filter(|words| !words.is_empty()).map(|words| section(words)));
        blocks.extend(blocks::actions(buttons));
        blocks
    }

    /// A card's buttons, and as lines what Slack has no button for.
    fn actions_of(&mut self, card: &Card) -> (Vec<Value>, Vec<String>) {
        let (mut buttons, mut lines) = (Vec::new(), Vec::new());
        if let Some(url) = &card.video_url {
            self.note("card with a video → button: Slack plays none in a card");
            buttons.extend(self.link_button("▶", url));
        }
        for action in &card.actions {
            match action {
                CardAction::Postback { text, payload } if text.trim().is_empty() && payload.is_empty() => {}
                CardAction::Postback { text, payload } => buttons.push(self.button(TAP, text, payload)),
                CardAction::Link { text, url } => match self.link_button(text, url) {
                    Some(button) => buttons.push(button),
                    None => lines.push(format!("{text}: {url}")),
                },
                CardAction::Call { text, phone_number } => lines.push(format!("☎ {text}: {phone_number}")),
            }
        }
        if !lines.is_empty() {
            self.note("button → text: Slack's buttons open web pages alone");
        }
        (buttons, lines)
    }

    fn link_button(&mut self, text: &str, url: &str) -> Option<Value> {
        if !limits::is_web_address(url) {
            return None;
        }
        let label = self.label(if text.trim().is_empty() { url } else { text });
        let id = self.action_id(LINK);
        Some(json!({ "type": "button", "action_id": id, "text": label, "url": url }))
    }
}

/// The title, bold, and a link where the card leads somewhere. Escaped, and within a section.
fn title(card: &Card) -> String {
    let title = mrkdwn::escape(&limits::clip(card.title.trim(), TITLE));
    if title.is_empty() {
        return title;
    }
    let linked = match &card.default_action {
        Some(CardAction::Link { url, .. }) if limits::is_web_address(url) => {
            Some(format!("*<{}|{title}>*", mrkdwn::escape(url).replace('|', "%7C")))
        }
        _ => None,
    };
    linked.filter(|linked| limits::length(linked) <= limits::SECTION).unwrap_or_else(|| format!("*{title}*"))
}
