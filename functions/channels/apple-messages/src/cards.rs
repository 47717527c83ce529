//! Cards. Apple has none: what leads somewhere is a rich link, what is to be answered is a list picker.

use contract::{Card, CardAction, Choice, Draft, Unsupported};
use serde_json::Value;

use crate::{
    device::Device,
    interactive::Pictures,
    links,
    pickers::{self, Identifiers, ListPicker, Section},
    settings::Settings,
    step::Step,
    texts,
};

/// A card's buttons, sorted by what Apple makes of them.
struct Buttons<'a> {
    answers: Vec<Choice>,
    links: Vec<(&'a str, &'a str)>,
    /// What nothing can be made of: telephone numbers, and addresses that are none.
    words: Vec<String>,
}

impl<'a> Buttons<'a> {
    fn of(card: &'a Card) -> Self {
        let mut buttons = Self { answers: Vec::new(), links: Vec::new(), words: Vec::new() };
        for action in card.default_action.iter().chain(&card.actions) {
            match action {
                CardAction::Postback { text, payload } => {
                    let answer = Choice { text: text.clone(), payload: payload.clone(), image_url: None };
                    if !pickers::label(&answer).is_empty() && !buttons.answers.contains(&answer) {
                        buttons.answers.push(answer);
                    }
                }
                CardAction::Link { text, url } if links::is_address(url) => {
                    if !buttons.links.iter().any(|(_, known)| known == url) {
                        buttons.links.push((text, url));
                    }
                }
                CardAction::Link { text, url } => buttons.words.push(format!("{}: {url}", text.trim())),
                CardAction::Call { text, phone_number } => {
                    buttons.words.push(format!("📞 {}: {phone_number}", text.trim()));
                }
            }
        }
        if let Some(video) = card.video_url.as_deref().filter(|url| links::is_address(url)) {
            buttons.links.push(("▶", video));
        }
        buttons
    }

    fn items(&self, identifiers: &mut Identifiers, subtitle: Option<&str>, image: Option<String>) -> Vec<Value> {
        let item = |(order, answer): (usize, &Choice)| {
            pickers::item(identifiers.of(answer), pickers::label(answer), subtitle, image.clone(), order)
        };
        self.answers.iter().enumerate().map(item).collect()
    }

    /// The links from this one on, and what is said in words. `card`: whose they are, where that is not plain.
    fn beside(&self, from: usize, card: Option<&Card>, draft: &Draft<'_, Settings>) -> Vec<Step> {
        let card = card.map(|card| card.title.trim()).filter(|title| !title.is_empty());
        let link = |(words, url): &(&str, &str)| {
            let title = card.map_or_else(|| (*words).to_owned(), |card| format!("{card} – {words}"));
            links::rich_link(url, Some(&title), None)
        };
        let mut steps: Vec<Step> = self.links.iter().skip(from).map(link).collect();
        if !self.words.is_empty() {
            steps.extend(texts::messages(&draft.named(&self.words.join("\n"))));
        }
        steps
    }
}

/// One card: a list picker where it asks, a rich link where it leads.
pub(crate) fn card(card: &Card, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    let buttons = Buttons::of(card);
    if buttons.answers.is_empty() {
        draft.note("card → rich link: there are no cards");
        return leading(card, &buttons, draft);
    }
    has_list_pickers(draft)?;
    draft.note("card → list picker: there are no cards");
    let mut pictures = Pictures::default();
    let image = pictures.add(card.image_url.as_deref());
    let items = buttons.items(&mut Identifiers::default(), None, None);
    let sections = vec![Section { title: String::new(), items }];
    let subtitle = card.description.as_deref();
    let picker = ListPicker { question: &card.title, subtitle, image, sections, pictures, multiple: false };
    let mut steps = picker.messages(draft);
    steps.extend(buttons.beside(0, None, draft));
    Ok(steps)
}

/// Cards in a row: a list picker with a section for each that asks.
pub(crate) fn carousel(cards: &[Card], draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    let all: Vec<(&Card, Buttons<'_>)> = cards.iter().map(|card| (card, Buttons::of(card))).collect();
    if all.iter().all(|(_, buttons)| buttons.answers.is_empty()) {
        return Err("none of them asks anything".into());
    }
    has_list_pickers(draft)?;
    draft.note("carousel → list picker: there are no cards");
    let (mut identifiers, mut pictures) = (Identifiers::default(), Pictures::default());
    let mut sections = Vec::new();
    for (card, buttons) in all.iter().filter(|(_, buttons)| !buttons.answers.is_empty()) {
        let image = pictures.add(card.image_url.as_deref());
        let items = buttons.items(&mut identifiers, card.description.as_deref(), image);
        sections.push(Section { title: card.title.clone(), items });
    }
    let titles: Vec<&str> = sections.iter().map(|section| section.title.trim()).filter(|t| !t.is_empty()).collect();
    let question = titles.join(" · ");
    let picker = ListPicker { question: &question, sections, pictures, ..ListPicker::default() };
    let mut steps = picker.messages(draft);
    for (card, buttons) in &all {
        if buttons.answers.is_empty() {
            steps.extend(leading(card, buttons, draft)?);
        } else {
            steps.extend(buttons.beside(0, Some(card), draft));
        }
    }
    Ok(steps)
}

fn has_list_pickers(draft: &Draft<'_, Settings>) -> Result<(), Unsupported> {
    if Device::of(draft.reply()).list { Ok(()) } else { Err("the guest's device has no list pickers".into()) }
}

/// A card that asks nothing: its words, and a rich link with its picture.
fn leading(card: &Card, buttons: &Buttons<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    let (words, url) = buttons.links.first().ok_or("it neither asks nor leads anywhere")?;
    let mut steps = match card.description.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(description) => texts::messages(&draft.named(description)),
        None => Vec::new(),
    };
    let title = if card.title.trim().is_empty() { *words } else { card.title.as_str() };
    steps.push(links::rich_link(url, Some(title), card.image_url.as_deref()));
    steps.extend(buttons.beside(1, None, draft));
    Ok(steps)
}
