//! Forms: inputs in a message, and a button that submits them.
//! <https://docs.slack.dev/reference/block-kit/blocks/input-block>

use contract::{Choice, FormField, Unsupported};
use serde_json::{Value, json};

use crate::{
    action_ids::{FIELD, INPUT},
    blocks::{Blocks, section},
    limits,
    options::{fits_menu, input_label},
};

/// Fields that fit into one message; Slack tells what the inputs of one message hold.
const FIELDS: usize = 20;
/// The longest id of a field, in bytes: a block's id takes 255 characters.
const FIELD_ID: usize = 200;
/// The longest title, in UTF-16 units.
const TITLE: usize = 1_000;
/// Room for title and button in the weight of a message's blocks, in bytes.
const RESERVED: usize = 4_000;

impl Blocks<'_, '_> {
    /// Questions with fields, if they fit into one message.
    pub(crate) fn form(mut self, title: &str, fields: &[FormField]) -> Result<Vec<Value>, Unsupported> {
        const TOO_BIG: &str = "it is too big for a message of Slack's";
        if fields.len() > FIELDS {
            return Err(TOO_BIG.into());
        }
        let inputs = fields.iter().enumerate().map(|(number, field)| self.input(number, field));
        let inputs: Vec<Value> = inputs.collect::<Option<_>>().ok_or(TOO_BIG)?;
        if inputs.iter().map(limits::weight).sum::<usize>() >= limits::BLOCKS_WEIGHT - RESERVED {
            return Err(TOO_BIG.into());
        }
        let mut shown = Vec::with_capacity(inputs.len() + 2);
        if !title.trim().is_empty() {
            let words = self.overflow_to_text(title);
            shown.push(section(&limits::clip(&words, TITLE)));
        }
        shown.extend(inputs);
        shown.push(self.submit());
        Ok(self.messages(title, shown))
    }

    fn input(&mut self, number: usize, field: &FormField) -> Option<Value> {
        let has_words = |option: &&Choice| !option.text.trim().is_empty() || !option.payload.trim().is_empty();
        let options: Vec<Choice> = field.options.iter().filter(has_words).cloned().collect();
        let fits = options.len() <= limits::OPTIONS
            && options.iter().all(fits_menu)
            && limits::length(&field.label) <= limits::INPUT_LABEL
            && field.id.len() <= FIELD_ID;
        if !fits {
            return None;
        }
        let element = match (options.is_empty(), field.multiple) {
            (true, _) => json!({ "type": "plain_text_input", "action_id": self.action_id(INPUT) }),
            (false, true) => self.multiple_choice(&options),
            (false, false) => self.menu(INPUT, &options),
        };
        let (label, block_id) = (input_label(&field.label), format!("{FIELD}{number:03}_{}", field.id));
        Some(json!({ "type": "input", "block_id": block_id, "optional": true, "label": label, "element": element }))
    }
}
