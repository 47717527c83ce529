//! What Slack refuses in a message. <https://docs.slack.dev/reference/block-kit/blocks/>

use std::collections::HashSet;

use contract::descriptor::TextUnit;
use serde_json::Value;

/// The refusal's word, and what it is about.
pub type Fault = (&'static str, String);

/// What is wrong with the body of a `chat.postMessage` or `chat.update`.
pub fn faults(body: &Value) -> Vec<Fault> {
    let mut check = Check { faults: Vec::new() };
    let text = body["text"].as_str().unwrap_or_default();
    let blocks = body["blocks"].as_array();
    let attachments = body["attachments"].as_array();
    let empty = |list: Option<&Vec<Value>>| list.is_none_or(Vec::is_empty);
    if text.trim().is_empty() && empty(blocks) && empty(attachments) {
        check.faults.push(("no_text", "[ERROR] no text".to_owned()));
    }
    if units(text) > 40_000 {
        check.faults.push(("msg_too_long", "[ERROR] too long".to_owned()));
    }
    if body.get("blocks").is_some_and(|blocks| !blocks.is_array()) {
        check.fault("/blocks", "must be an array");
    }
    let blocks = blocks.map(Vec::as_slice).unwrap_or_default();
    if blocks.len() > 50 {
        check.fault("/blocks", "no more than 50 items allowed");
    }
    let weight: usize = blocks.iter().map(|block| block.to_string().chars().count()).sum();
    if blocks.len() > 1 && weight > 13_000 {
        check.faults.push(("msg_blocks_too_long", "[ERROR] blocks too long".to_owned()));
    }
    for (index, block) in blocks.iter().enumerate() {
        check.block(block, &format!("/blocks/{index}"));
    }
    check.faults
}

struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(("invalid_blocks", format!("[ERROR] {what} [json-pointer:{at}]")));
    }

    fn block(&mut self, block: &Value, at: &str) {
        match block["type"].as_str() {
            Some("section") => {
                let fields = block["fields"].as_array();
                if block.get("text").is_none() && fields.is_none() {
                    self.fault(at, "missing required field: text");
                }
                if let Some(text) = block.get("text") {
                    self.words(text, &format!("{at}/text"), 3_000, false);
                }
                for field in fields.into_iter().flatten() {
                    self.words(field, &format!("{at}/fields"), 2_000, false);
                }
                if let Some(element) = block.get("accessory") {
                    self.element(element, &format!("{at}/accessory"));
                }
            }
            Some("actions") => {
                let elements = self.list(block, "elements", at, 25);
                let mut ids = HashSet::new();
                for (index, element) in elements.iter().enumerate() {
                    let at = format!("{at}/elements/{index}");
                    if let Some(id) = element["action_id"].as_str()
                        && !ids.insert(id)
                    {
                        self.fault(&at, "action_id already exists");
                    }
                    if ["multi_static_select", "plain_text_input"].iter().any(|kind| element["type"] == *kind) {
                        self.fault(&at, "element not allowed here");
                    }
                    self.element(element, &at);
                }
            }
            Some("context") => {
                for (index, element) in self.list(block, "elements", at, 10).iter().enumerate() {
                    let at = format!("{at}/elements/{index}");
                    if element["type"] == "image" {
                        self.image(element, &at)
                    } else {
                        self.words(element, &at, 3_000, false)
                    }
                }
            }
            Some("input") => {
                self.words(&block["label"], &format!("{at}/label"), 2_000, true);
                self.element(&block["element"], &format!("{at}/element"));
            }
            Some("image") => self.image(block, at),
            Some("header") => self.words(&block["text"], &format!("{at}/text"), 150, true),
            Some("divider" | "rich_text" | "video" | "file" | "markdown" | "table") => {}
            _ => self.fault(at, "unsupported type"),
        }
        if units(block["block_id"].as_str().unwrap_or_default()) > 255 {
            self.fault(at, "block_id too long");
        }
    }

    fn element(&mut self, element: &Value, at: &str) {
        if units(element["action_id"].as_str().unwrap_or_default()) > 255 {
            self.fault(at, "action_id too long");
        }
        match element["type"].as_str() {
            Some("button") => {
                self.words(&element["text"], &format!("{at}/text"), 75, true);
                if element.get("value").is_some_and(|value| units(value.as_str().unwrap_or_default()) > 2_000) {
                    self.fault(&format!("{at}/value"), "must be less than 2001 characters");
                }
                if let Some(url) = element.get("url") {
                    self.address(url, &format!("{at}/url"));
                }
            }
            Some(kind @ ("static_select" | "multi_static_select" | "checkboxes" | "radio_buttons" | "overflow")) => {
                let most = match kind {
                    "static_select" | "multi_static_select" => 100,
                    "overflow" => 5,
                    _ => 10,
                };
                for (index, option) in self.list(element, "options", at, most).iter().enumerate() {
                    let at = format!("{at}/options/{index}");
                    self.words(&option["text"], &format!("{at}/text"), 75, false);
                    if !(1..=150).contains(&units(option["value"].as_str().unwrap_or_default())) {
                        self.fault(&format!("{at}/value"), "must be between 1 and 150 characters");
                    }
                }
            }
            Some("image") => self.image(element, at),
            Some("datepicker" | "timepicker" | "datetimepicker" | "plain_text_input" | "users_select") => {}
            Some("conversations_select" | "channels_select" | "multi_users_select") => {}
            _ => self.fault(at, "unsupported element"),
        }
    }

    fn image(&mut self, image: &Value, at: &str) {
        if image.get("slack_file").is_none() {
            self.address(&image["image_url"], &format!("{at}/image_url"));
        }
        if !(1..=2_000).contains(&units(image["alt_text"].as_str().unwrap_or_default())) {
            self.fault(&format!("{at}/alt_text"), "must be between 1 and 2000 characters");
        }
    }

    fn words(&mut self, words: &Value, at: &str, most: usize, plain: bool) {
        let text = words["text"].as_str().unwrap_or_default();
        if !["plain_text", "mrkdwn"].iter().any(|kind| words["type"] == *kind)
            || (plain && words["type"] != "plain_text")
        {
            self.fault(at, "must be a text object");
        }
        if text.is_empty() || units(text) > most {
            self.fault(&format!("{at}/text"), &format!("must be between 1 and {most} characters"));
        }
    }

    fn address(&mut self, url: &Value, at: &str) {
        let url = url.as_str().unwrap_or_default();
        if !(url.starts_with("https://") || url.starts_with("http://")) || units(url) > 3_000 {
            self.fault(at, "must be a valid URL");
        }
    }

    fn list<'v>(&mut self, holder: &'v Value, name: &str, at: &str, most: usize) -> &'v [Value] {
        let list = holder[name].as_array().map(Vec::as_slice).unwrap_or_default();
        if list.is_empty() || list.len() > most {
            self.fault(&format!("{at}/{name}"), &format!("between 1 and {most} items allowed"));
        }
        list
    }
}

fn units(text: &str) -> usize {
    TextUnit::Utf16.measure(text)
}
