//! What can be chosen or filled in: options, lists, cards, dates, forms, and the numbered text that they end as.

use contract::{
    Attachment, Card, CardAction, Choice, DatePicker, FormField, MediaKind, Part, Unsupported, descriptor::Lists,
};

use crate::{Renderer, ladder::Ladder, words};

impl<R: Renderer> Ladder<'_, R> {
    /// A question and what may be tapped: options, else a list, else numbered text.
    pub(crate) fn options(&mut self, text: &str, options: &[Choice]) {
        let options = worded(options);
        if options.is_empty() {
            return self.text(text);
        }
        let Err(reason) = self.as_options(text, &options) else { return };
        match self.as_list(text, &options, false) {
            Ok(()) => self.note("quick replies", "list", &reason),
            Err(_) => self.numbered("quick replies", text, &options, &reason),
        }
    }

    /// A list: as such, else options, else numbered text.
    pub(crate) fn list(&mut self, title: &str, items: &[Choice], multiple: bool) {
        let items = worded(items);
        if items.is_empty() {
            return self.text(title);
        }
        let Err(reason) = self.as_list(title, &items, multiple) else { return };
        // Of a list from which several may be chosen, one is chosen at a time.
        if multiple && self.as_list(title, &items, false).is_ok() {
            return self.note("list", "list of one choice", &reason);
        }
        match self.as_options(title, &items) {
            Ok(()) => self.note("list", "quick replies", &reason),
            Err(_) => self.numbered("list", title, &items, &reason),
        }
    }

    fn as_options(&mut self, text: &str, options: &[Choice]) -> Result<(), Unsupported> {
        let network = self.renderer.network();
        let Some(declared) = self.renderer.capabilities().options else { return Err(self.has_none()) };
        if options.len() > declared.most {
            return Err(format!("{network} shows at most {}", declared.most).into());
        }
        self.part(&Part::Options { text, options })?;
        if options.iter().any(|option| declared.label.unit.measure(option.text.trim()) > declared.label.max) {
            self.renderer.note(format!("label shortened: {network} shows at most {} characters", declared.label.max));
        }
        Ok(())
    }

    fn as_list(&mut self, title: &str, items: &[Choice], multiple: bool) -> Result<(), Unsupported> {
        let network = self.renderer.network();
        match self.renderer.capabilities().list {
            None => Err(self.has_none()),
            Some(Lists { multiple: false, .. }) if multiple => {
                Err(format!("{network} lets the guest choose one item at a time").into())
            }
            Some(Lists { most, .. }) if items.len() > most => Err(format!("{network} shows at most {most}").into()),
            Some(_) => self.part(&Part::List { title, items, multiple }),
        }
    }

    /// Options in words, each with its number; the numbers go on through the whole message.
    fn numbered(&mut self, what: &str, text: &str, options: &[Choice], reason: &Unsupported) {
        self.note(what, "numbered text", reason);
        let mut lines: Vec<String> = Some(text.trim().to_owned()).into_iter().filter(|line| !line.is_empty()).collect();
        lines.extend(options.iter().map(|option| format!("{}. {}", self.renderer.number(option), option.text)));
        self.text(&lines.join("\n"));
    }

    /// Cards in a row: as such, as many as fit beside each other, else one by one.
    pub(crate) fn carousel(&mut self, cards: &[Card]) {
        let capabilities = self.renderer.capabilities();
        let (support, most) = (capabilities.carousel, capabilities.carousel_most.max(1));
        for some in cards.chunks(most) {
            if let Err(reason) = self.part_if(support, &Part::Carousel(some)) {
                self.note("carousel", "cards", &reason);
                some.iter().for_each(|card| self.card(card));
            }
        }
    }

    /// A card: as such, else its picture, its words and its options.
    pub(crate) fn card(&mut self, card: &Card) {
        let support = self.renderer.capabilities().card;
        let Err(reason) = self.part_if(support, &Part::Card(card)) else { return };
        self.note("card", "picture, words and options", &reason);
        if let Some(url) = card.image_url.as_deref().filter(|_| self.renderer.capabilities().image.is_some()) {
            // A picture that cannot be shown is not worth a link beside the words.
            let _ = self.media(&Attachment::at_url(MediaKind::Image, url));
        }
        let options: Vec<Choice> = card
            .actions
            .iter()
            .filter_map(|action| match action {
                CardAction::Postback { text, payload } => {
                    Some(Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                }
                CardAction::Link { .. } | CardAction::Call { .. } => None,
            })
            .collect();
        self.options(&words::card_words(card), &options);
    }

    /// A day or a time: as such; times as options, days in words.
    pub(crate) fn date(&mut self, picker: &DatePicker) {
        let dates = self.renderer.capabilities().date;
        let support = if picker.times.is_empty() { dates.days } else { dates.times };
        let Err(reason) = self.part_if(support, &Part::Date(picker)) else { return };
        let words = words::picker_words(picker);
        if picker.times.is_empty() {
            self.note("date picker", "text", &reason);
            return self.text(format!("{words}\n{}", words::day_range(picker)).trim_start());
        }
        self.note("date picker", "quick replies", &reason);
        let option =
            |slot: &contract::TimeSlot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None };
        let options: Vec<Choice> = picker.times.iter().map(option).collect();
        self.options(&words, &options);
    }

    /// Questions with fields: as such, else in words.
    pub(crate) fn form(&mut self, title: &str, fields: &[FormField]) {
        if fields.is_empty() {
            return self.text(title);
        }
        let support = self.renderer.capabilities().form;
        if let Err(reason) = self.part_if(support, &Part::Form { title, fields }) {
            self.note("form", "text", &reason);
            self.text(&words::form_words(title, fields));
        }
    }
}

/// The options that have something to read: the text, else the payload.
fn worded(options: &[Choice]) -> Vec<Choice> {
    let worded = options.iter().map(|option| {
        let text = if option.text.trim().is_empty() { &option.payload } else { &option.text };
        let payload = if option.payload.trim().is_empty() { text } else { &option.payload };
        Choice { text: text.clone(), payload: payload.clone(), image_url: option.image_url.clone() }
    });
    worded.filter(|option| !option.text.trim().is_empty()).collect()
}
