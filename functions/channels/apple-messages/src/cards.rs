//! Cards. Apple has none: what leads somewhere is a rich link, what is to be answered is a list picker.

use contract::{Attachment, Card, CardAction, Choice, MediaKind};
use serde_json::Value;

use crate::{
    compose::Composer,
    links,
    pickers::{self, Identifiers, Pictures, Section},
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
                    if !pickers::words(&answer).is_empty() && !buttons.answers.contains(&answer) {
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
        if let Some(film) = card.video_url.as_deref().filter(|url| links::is_address(url)) {
            buttons.links.push(("▶", film));
        }
        buttons
    }
}

impl Composer<'_> {
    /// One card.
    pub(crate) fn card(&mut self, card: &Card) {
        let buttons = Buttons::of(card);
        if buttons.answers.is_empty() {
            self.note("card → rich link: there are no cards");
            return self.leading(card, &buttons);
        }
        if !self.device.list {
            self.note("card → numbered text: the guest's device has no list pickers");
            let words = [Some(card.title.as_str()), card.description.as_deref()];
            let words: Vec<&str> = words.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
            self.ask_in_words(&words.join("\n"), &buttons.answers);
            return self.rest(&buttons, None);
        }
        self.note("card → list picker: there are no cards");
        let (mut identifiers, mut pictures) = (Identifiers::default(), Pictures::default());
        let image = pictures.add(card.image_url.as_deref());
        let items = items(&buttons.answers, &mut identifiers, None, None);
        let section = Section { title: String::new(), items };
        self.list_picker(&card.title, card.description.as_deref(), image, vec![section], false, pictures);
        self.rest(&buttons, None);
    }

    /// Cards in a row: a list picker with a section for each.
    pub(crate) fn carousel(&mut self, cards: &[Card]) {
        let buttons: Vec<Buttons<'_>> = cards.iter().map(Buttons::of).collect();
        let asks = buttons.iter().any(|buttons| !buttons.answers.is_empty());
        if !asks || !self.device.list {
            if !asks {
                self.note("carousel → rich links: there are no cards");
            } else {
                self.note("carousel → numbered text: the guest's device has no list pickers");
            }
            return self.one_by_one(cards, &buttons);
        }
        self.note("carousel → list picker: there are no cards");
        let (mut identifiers, mut pictures) = (Identifiers::default(), Pictures::default());
        let mut sections = Vec::new();
        for (card, buttons) in cards.iter().zip(&buttons).filter(|(_, buttons)| !buttons.answers.is_empty()) {
            let image = pictures.add(card.image_url.as_deref());
            let items = items(&buttons.answers, &mut identifiers, card.description.as_deref(), image);
            sections.push(Section { title: card.title.clone(), items });
        }
        let titles: Vec<&str> = sections.iter().map(|section| section.title.trim()).filter(|t| !t.is_empty()).collect();
        let question = titles.join(" · ");
        self.list_picker(&question, None, None, sections, false, pictures);
        for (card, buttons) in cards.iter().zip(&buttons) {
            if buttons.answers.is_empty() {
                self.leading(card, buttons);
            } else {
                self.rest(buttons, Some(card));
            }
        }
    }

    /// Every card for itself; the options are numbered through all of them.
    fn one_by_one(&mut self, cards: &[Card], buttons: &[Buttons<'_>]) {
        for (card, buttons) in cards.iter().zip(buttons) {
            if buttons.answers.is_empty() {
                self.leading(card, buttons);
                continue;
            }
            let words = [Some(card.title.as_str()), card.description.as_deref()];
            let lines: Vec<&str> = words.into_iter().flatten().map(str::trim).filter(|line| !line.is_empty()).collect();
            self.ask_in_words(&lines.join("\n"), &buttons.answers);
            self.rest(buttons, None);
        }
    }

    /// A card that asks nothing: its words, and a rich link with its picture; without a link, the picture itself.
    fn leading(&mut self, card: &Card, buttons: &Buttons<'_>) {
        let mut rest = buttons.links.iter();
        match rest.next() {
            Some((words, url)) => {
                if let Some(description) = &card.description {
                    self.text(description);
                }
                let title = if card.title.trim().is_empty() { words } else { &card.title.as_str() };
                self.link(url, Some(title), card.image_url.as_deref());
            }
            None => {
                let words = [Some(card.title.as_str()), card.description.as_deref()];
                let words: Vec<&str> = words.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
                self.text(&words.join("\n"));
                if let Some(url) = card.image_url.as_deref().filter(|url| links::is_address(url)) {
                    self.attachment(&Attachment::at_url(MediaKind::Image, url));
                }
            }
        }
        for (words, url) in rest {
            self.link(url, Some(words), None);
        }
        self.text(&buttons.words.join("\n"));
    }

    /// The buttons beside those that can be answered. `card`: whose they are, when that is not plain.
    fn rest(&mut self, buttons: &Buttons<'_>, card: Option<&Card>) {
        for (words, url) in &buttons.links {
            let title = match card {
                Some(card) if !card.title.trim().is_empty() => format!("{} – {words}", card.title.trim()),
                _ => (*words).to_owned(),
            };
            self.link(url, Some(&title), None);
        }
        self.text(&buttons.words.join("\n"));
    }
}

fn items(
    answers: &[Choice],
    identifiers: &mut Identifiers,
    subtitle: Option<&str>,
    image: Option<String>,
) -> Vec<Value> {
    answers
        .iter()
        .enumerate()
        .map(|(order, answer)| {
            pickers::item(identifiers.of(answer), pickers::words(answer), subtitle, image.clone(), order)
        })
        .collect()
}
