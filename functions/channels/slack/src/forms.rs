//! Forms: inputs in a message, and a button that sends them.
//! <https://docs.slack.dev/reference/block-kit/blocks/input-block>

use contract::{Choice, FormField};
use serde_json::{Value, json};

use crate::{
    action_ids::{FIELD, INPUT},
    blocks::{Composer, section},
    limits,
    options::has_words,
};

/// Fields that fit into one message; what the inputs hold is told per message.
const FIELDS: usize = 20;

impl Composer {
    /// Questions with fields.
    pub(crate) fn form(&mut self, title: &str, fields: &[FormField]) {
        if fields.is_empty() {
            return self.text(title);
        }
        let blocks: Option<Vec<Value>> = match fields.len() {
            0..=FIELDS => fields.iter().enumerate().map(|(number, field)| self.input(number, field)).collect(),
            _ => None,
        };
        let blocks =
            blocks.filter(|blocks| blocks.iter().map(limits::weight).sum::<usize>() < limits::BLOCKS_WEIGHT - 4_000);
        let Some(inputs) = blocks else {
            self.note("form → text: it is too big for a message of Slack's");
            return self.form_in_words(title, fields);
        };
        let mut all = Vec::with_capacity(inputs.len() + 2);
        if !title.trim().is_empty() {
            let shown = self.spill(title);
            all.push(section(&limits::clip(&shown, 1_000)));
        }
        all.extend(inputs);
        all.push(self.submit());
        self.blocks(title, all);
    }

    fn input(&mut self, number: usize, field: &FormField) -> Option<Value> {
        let options: Vec<&Choice> = field.options.iter().filter(|option| has_words(option)).collect();
        let sound = options.len() <= limits::OPTIONS
            && options.iter().all(|option| limits::length(&option.payload) <= limits::OPTION_VALUE)
            && limits::length(&field.label) <= limits::INPUT_LABEL
            && field.id.len() <= 200;
        if !sound {
            return None;
        }
        let element = match (options.is_empty(), field.multiple) {
            (true, _) => json!({ "type": "plain_text_input", "action_id": self.action_id(INPUT) }),
            (false, true) => self.ticks(&options),
            (false, false) => {
                let id = self.action_id(INPUT);
                let options: Vec<Value> = options.iter().map(|option| self.option(option)).collect();
                json!({ "type": "static_select", "action_id": id, "options": options })
            }
        };
        let (label, block_id) = (self.input_label(&field.label), format!("{FIELD}{number:03}_{}", field.id));
        Some(json!({ "type": "input", "block_id": block_id, "optional": true, "label": label, "element": element }))
    }

    fn form_in_words(&mut self, title: &str, fields: &[FormField]) {
        let mut lines: Vec<String> = Vec::with_capacity(fields.len() + 1);
        if !title.trim().is_empty() {
            lines.push(title.to_owned());
        }
        for (number, field) in fields.iter().enumerate() {
            let options: Vec<&str> = field.options.iter().map(|option| option.text.as_str()).collect();
            let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" / ")) };
            lines.push(format!("{}. {}{options}", number + 1, field.label));
        }
        self.text(&lines.join("\n"));
    }
}
