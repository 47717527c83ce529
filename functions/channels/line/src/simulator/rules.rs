//! What LINE refuses: <https://developers.line.biz/en/reference/messaging-api/#message-objects>. Written from the
//! reference and not from what we send, so that it catches us.

use contract::descriptor::TextUnit;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// A fault as LINE's error details name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub property: String,
}

/// What a text is counted in.
#[derive(Clone, Copy)]
enum Unit {
    Utf16,
    Graphemes,
}

struct Check {
    faults: Vec<Fault>,
}

/// The faults of a request's `messages`.
pub fn faults(messages: &Value) -> Vec<Fault> {
    let mut check = Check { faults: Vec::new() };
    match messages.as_array() {
        None => check.fault("messages", "May not be empty"),
        Some(list) if !(1..=5).contains(&list.len()) => check.fault("messages", "Size must be between 1 and 5"),
        Some(list) => {
            for (index, message) in list.iter().enumerate() {
                check.message(message, &format!("messages[{index}]"));
            }
        }
    }
    check.faults
}

impl Check {
    fn fault(&mut self, property: &str, message: impl Into<String>) {
        self.faults.push(Fault { message: message.into(), property: property.to_owned() });
    }

    fn message(&mut self, message: &Value, at: &str) {
        match message["type"].as_str() {
            Some("text") => self.text(message, "text", at, 5_000, Unit::Utf16),
            Some("textV2") => self.text(message, "text", at, 5_000, Unit::Utf16),
            Some("sticker") => {
                self.text(message, "packageId", at, 100, Unit::Utf16);
                self.text(message, "stickerId", at, 100, Unit::Utf16);
            }
            Some("image" | "video") => {
                self.url(message, "originalContentUrl", at, 2_000);
                self.url(message, "previewImageUrl", at, 2_000);
            }
            Some("audio") => {
                self.url(message, "originalContentUrl", at, 2_000);
                if message["duration"].as_u64().unwrap_or(0) == 0 {
                    self.fault(&format!("{at}.duration"), "must be greater than 0");
                }
            }
            Some("location") => {
                self.text(message, "title", at, 100, Unit::Utf16);
                self.text(message, "address", at, 100, Unit::Utf16);
                for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
                    if !message[name].as_f64().is_some_and(|degrees| degrees.abs() <= most) {
                        self.fault(&format!("{at}.{name}"), "invalid coordinate");
                    }
                }
            }
            Some("imagemap") => {
                self.text(message, "altText", at, 1_500, Unit::Utf16);
                self.url(message, "baseUrl", at, 2_000);
                self.list(message, "actions", at, 0, 50);
            }
            Some("template") => {
                self.text(message, "altText", at, 1_500, Unit::Utf16);
                self.template(&message["template"], &format!("{at}.template"));
            }
            Some("flex") => {
                self.text(message, "altText", at, 1_500, Unit::Utf16);
                self.container(&message["contents"], &format!("{at}.contents"));
            }
            Some("coupon") => self.text(message, "couponId", at, 100, Unit::Utf16),
            _ => self.fault(&format!("{at}.type"), "must be one of the known message types"),
        }
        if let Some(quick_reply) = message.get("quickReply") {
            let at = format!("{at}.quickReply");
            for (index, item) in self.list(quick_reply, "items", &at, 1, 13).into_iter().flatten().enumerate() {
                self.action(&item["action"], &format!("{at}.items[{index}].action"), Some(20));
            }
        }
    }

    fn template(&mut self, template: &Value, at: &str) {
        match template["type"].as_str() {
            Some("buttons") => {
                self.face(template, at, 160);
                self.actions(template, at, 1, 4);
            }
            Some("confirm") => {
                self.text(template, "text", at, 240, Unit::Graphemes);
                self.actions(template, at, 2, 2);
            }
            Some("carousel") => {
                let columns = self.list(template, "columns", at, 1, 10).cloned().unwrap_or_default();
                for (index, column) in columns.iter().enumerate() {
                    let at = format!("{at}.columns[{index}]");
                    self.face(column, &at, 120);
                    self.actions(column, &at, 1, 3);
                }
                let shape = |column: &Value| {
                    let has = |name| column.get(name).is_some();
                    (has("title"), has("thumbnailImageUrl"), column["actions"].as_array().map(Vec::len))
                };
                if columns.windows(2).any(|pair| shape(&pair[0]) != shape(&pair[1])) {
                    self.fault(&format!("{at}.columns"), "columns must be consistent");
                }
            }
            Some("image_carousel") => {
                self.list(template, "columns", at, 1, 10);
            }
            _ => self.fault(&format!("{at}.type"), "must be one of the known template types"),
        }
    }

    /// Picture, title and text of a buttons template or a column.
    fn face(&mut self, face: &Value, at: &str, text_alone: usize) {
        if face.get("thumbnailImageUrl").is_some() {
            self.url(face, "thumbnailImageUrl", at, 2_000);
        }
        if face.get("title").is_some() {
            self.text(face, "title", at, 40, Unit::Graphemes);
        }
        let beside = face.get("thumbnailImageUrl").is_some() || face.get("title").is_some();
        self.text(face, "text", at, if beside { 60 } else { text_alone }, Unit::Graphemes);
        if let Some(action) = face.get("defaultAction") {
            self.action(action, &format!("{at}.defaultAction"), None);
        }
    }

    fn actions(&mut self, holder: &Value, at: &str, least: usize, most: usize) {
        for (index, action) in self.list(holder, "actions", at, least, most).into_iter().flatten().enumerate() {
            self.action(action, &format!("{at}.actions[{index}]"), Some(20));
        }
    }

    fn action(&mut self, action: &Value, at: &str, label: Option<usize>) {
        if let Some(most) = label {
            self.text(action, "label", at, most, Unit::Graphemes);
        }
        match action["type"].as_str() {
            Some("postback") => {
                self.text(action, "data", at, 300, Unit::Utf16);
                if action.get("displayText").is_some() {
                    self.text(action, "displayText", at, 300, Unit::Graphemes);
                }
            }
            Some("message") => self.text(action, "text", at, 300, Unit::Graphemes),
            Some("uri") => {
                self.text(action, "uri", at, 1_000, Unit::Utf16);
                let uri = action["uri"].as_str().unwrap_or_default();
                if !["http:", "https:", "line:", "tel:"].iter().any(|scheme| uri.starts_with(scheme)) {
                    self.fault(&format!("{at}.uri"), "invalid uri scheme");
                }
            }
            Some("datetimepicker") => {
                self.text(action, "data", at, 300, Unit::Utf16);
                if !["date", "time", "datetime"].contains(&action["mode"].as_str().unwrap_or_default()) {
                    self.fault(&format!("{at}.mode"), "must be one of date, time, datetime");
                }
                if let (Some(min), Some(max)) = (action["min"].as_str(), action["max"].as_str())
                    && min >= max
                {
                    self.fault(&format!("{at}.max"), "must be after min");
                }
            }
            Some("camera" | "cameraRoll" | "location" | "clipboard" | "richmenuswitch") => {}
            _ => self.fault(&format!("{at}.type"), "must be one of the known action types"),
        }
    }

    fn container(&mut self, container: &Value, at: &str) {
        let bytes = serde_json::to_vec(container).map_or(0, |bytes| bytes.len());
        match container["type"].as_str() {
            Some("bubble") => self.bubble(container, at),
            Some("carousel") => {
                if bytes > 50 * 1024 {
                    self.fault(at, "must not be larger than 50 KB");
                }
                let bubbles = self.list(container, "contents", at, 1, 12).cloned().unwrap_or_default();
                for (index, bubble) in bubbles.iter().enumerate() {
                    self.bubble(bubble, &format!("{at}.contents[{index}]"));
                }
            }
            _ => self.fault(&format!("{at}.type"), "must be bubble or carousel"),
        }
    }

    fn bubble(&mut self, bubble: &Value, at: &str) {
        if serde_json::to_vec(bubble).map_or(0, |bytes| bytes.len()) > 30 * 1024 {
            self.fault(at, "must not be larger than 30 KB");
        }
        if bubble["type"] != "bubble" {
            self.fault(&format!("{at}.type"), "must be bubble");
        }
        for block in ["header", "hero", "body", "footer"] {
            if let Some(component) = bubble.get(block) {
                self.component(component, &format!("{at}.{block}"));
            }
        }
    }

    fn component(&mut self, component: &Value, at: &str) {
        if let Some(action) = component.get("action") {
            let label = (component["type"] == "button").then_some(40);
            self.action(action, &format!("{at}.action"), label);
        }
        match component["type"].as_str() {
            Some("box") => {
                if !["vertical", "horizontal", "baseline"].contains(&component["layout"].as_str().unwrap_or_default()) {
                    self.fault(&format!("{at}.layout"), "must be one of vertical, horizontal, baseline");
                }
                let parts = component["contents"].as_array().cloned();
                match parts {
                    None => self.fault(&format!("{at}.contents"), "May not be empty"),
                    Some(parts) => {
                        for (index, part) in parts.iter().enumerate() {
                            self.component(part, &format!("{at}.contents[{index}]"));
                        }
                    }
                }
            }
            Some("text") if component.get("contents").is_some() => {}
            Some("text") => self.text(component, "text", at, usize::MAX, Unit::Utf16),
            Some("image" | "icon") => self.url(component, "url", at, 2_000),
            Some("button") if component.get("action").is_none() => self.fault(&format!("{at}.action"), "is required"),
            Some("button" | "separator" | "spacer" | "filler" | "span" | "video") => {}
            _ => self.fault(&format!("{at}.type"), "must be one of the known component types"),
        }
    }

    fn text(&mut self, holder: &Value, name: &str, at: &str, most: usize, unit: Unit) {
        let at = format!("{at}.{name}");
        match holder[name].as_str() {
            None => self.fault(&at, "May not be empty"),
            Some(text) if text.trim().is_empty() => self.fault(&at, "May not be empty"),
            Some(text) => {
                let length = match unit {
                    Unit::Utf16 => TextUnit::Utf16.measure(text),
                    Unit::Graphemes => text.graphemes(true).count(),
                };
                if length > most {
                    self.fault(&at, format!("Length must be between 0 and {most}"));
                }
            }
        }
    }

    /// LINE takes https alone; here http will do, since everything is on one machine.
    fn url(&mut self, holder: &Value, name: &str, at: &str, most: usize) {
        self.text(holder, name, at, most, Unit::Utf16);
        let url = holder[name].as_str().unwrap_or_default();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            self.fault(&format!("{at}.{name}"), "Must be a valid HTTPS URL");
        }
    }

    fn list<'v>(
        &mut self,
        holder: &'v Value,
        name: &str,
        at: &str,
        least: usize,
        most: usize,
    ) -> Option<&'v Vec<Value>> {
        let list = holder[name].as_array();
        if !list.is_some_and(|list| (least..=most).contains(&list.len())) {
            self.fault(&format!("{at}.{name}"), format!("Size must be between {least} and {most}"));
        }
        list
    }
}
