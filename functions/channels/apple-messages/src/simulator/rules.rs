//! What Apple refuses: <https://register.apple.com/resources/messages/msp-rest-api/messages-sent>.

use serde_json::Value;

use crate::wire::EXTENSION;

/// What is wrong with a message, each with the place.
pub fn faults(message: &Value) -> Vec<String> {
    let mut rules = Rules::default();
    for name in ["id", "type", "sourceId", "destinationId"] {
        rules.text(message, name, "message");
    }
    rules.demand(message["v"] == 1, "message.v must be 1");
    match message["type"].as_str() {
        Some("text") => {
            rules.text(message, "body", "message");
            rules.attachments(message);
        }
        Some("richLink") => rules.rich_link(&message["richLinkData"]),
        Some("interactive") => rules.interactive(&message["interactiveData"]),
        Some("typing_start" | "typing_end") => {}
        _ => rules.fault("message.type is unknown"),
    }
    rules.faults
}

#[derive(Default)]
struct Rules {
    faults: Vec<String>,
}

impl Rules {
    fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    fn demand(&mut self, holds: bool, fault: &str) {
        if !holds {
            self.fault(fault);
        }
    }

    fn text(&mut self, holder: &Value, name: &str, at: &str) {
        if holder[name].as_str().is_none_or(|text| text.trim().is_empty()) {
            self.fault(format!("{at}.{name} is required"));
        }
    }

    fn attachments(&mut self, message: &Value) {
        let Some(attachments) = message["attachments"].as_array() else { return };
        let marks = message["body"].as_str().unwrap_or_default().matches('\u{FFFC}').count();
        self.demand(marks == attachments.len(), "body must have a mark for every attachment");
        for attachment in attachments {
            for name in ["name", "mimeType", "size", "signature-base64", "url", "owner", "key"] {
                self.text(attachment, name, "attachment");
            }
            let key = attachment["key"].as_str().unwrap_or_default();
            self.demand(key.len() == 66 && key.starts_with("00"), "attachment.key is 00 and 64 digits");
        }
    }

    fn rich_link(&mut self, link: &Value) {
        for name in ["url", "title"] {
            self.text(link, name, "richLinkData");
        }
        for name in ["data", "mimeType"] {
            self.text(&link["assets"]["image"], name, "richLinkData.assets.image");
        }
    }

    fn interactive(&mut self, interactive: &Value) {
        self.text(interactive, "bid", "interactiveData");
        let data = &interactive["data"];
        if interactive["bid"] != EXTENSION {
            self.demand(data.is_null(), "an iMessage app's message has no data");
            self.demand(interactive["appId"].is_number(), "appId is a number");
            return self.text(&interactive["receivedMessage"], "title", "receivedMessage");
        }
        for name in ["version", "requestIdentifier"] {
            self.text(data, name, "interactiveData.data");
        }
        let images: Vec<&Value> = data["images"].as_array().into_iter().flatten().collect();
        for image in &images {
            for name in ["identifier", "data"] {
                self.text(image, name, "images");
            }
        }
        let mut named = Vec::new();
        identifiers(interactive, &mut named);
        for identifier in named {
            let known = images.iter().any(|image| image["identifier"] == *identifier);
            self.demand(known, "imageIdentifier names no image");
        }
        if let Some(reply) = data.get("quick-reply") {
            self.text(reply, "summaryText", "quick-reply");
            return self.items(&reply["items"], "quick-reply.items", 2, 5);
        }
        self.text(&interactive["receivedMessage"], "title", "receivedMessage");
        if let Some(picker) = data.get("listPicker") {
            let sections = picker["sections"].as_array();
            self.demand(sections.is_some_and(|sections| !sections.is_empty()), "listPicker.sections is required");
            for section in sections.into_iter().flatten() {
                self.text(section, "title", "section");
                self.items(&section["items"], "section.items", 1, usize::MAX);
            }
        } else if let Some(event) = data.get("event") {
            self.text(event, "identifier", "event");
            self.text(event, "title", "event");
            let slots = event["timeslots"].as_array();
            self.demand(slots.is_some_and(|slots| !slots.is_empty()), "event.timeslots is required");
            for slot in slots.into_iter().flatten() {
                self.text(slot, "identifier", "timeslot");
                let start = slot["startTime"].as_str().and_then(crate::answers::moment);
                self.demand(start.is_some(), "timeslot.startTime is no time");
                self.demand(slot["duration"].as_u64().is_some_and(|s| s > 0), "timeslot.duration is required");
            }
        } else if let Some(form) = data.get("dynamic") {
            self.form(&form["data"]);
        } else if let Some(login) = data.get("authenticate") {
            for name in ["clientId", "responseType", "state"] {
                self.text(&login["oauth2"], name, "authenticate.oauth2");
            }
        } else if let Some(payment) = data.get("payment") {
            self.demand(payment["merchantSession"].is_object(), "payment.merchantSession is required");
            self.demand(payment["paymentRequest"].is_object(), "payment.paymentRequest is required");
            self.text(&payment["endpoints"], "paymentGatewayUrl", "payment.endpoints");
        } else {
            self.fault("data has nothing to ask");
        }
    }

    fn items(&mut self, items: &Value, at: &str, least: usize, most: usize) {
        let items: Vec<&Value> = items.as_array().into_iter().flatten().collect();
        self.demand((least..=most).contains(&items.len()), &format!("{at}: {} items", items.len()));
        let mut seen = Vec::new();
        for item in items {
            self.text(item, "title", at);
            match item["identifier"].as_str() {
                Some(identifier) if !identifier.is_empty() => {
                    self.demand(!seen.contains(&identifier), "identifiers must differ");
                    seen.push(identifier);
                }
                _ => self.fault(format!("{at}.identifier is required")),
            }
        }
    }

    fn form(&mut self, form: &Value) {
        let pages: Vec<&Value> = form["pages"].as_array().into_iter().flatten().collect();
        let known = |name: &Value| pages.iter().any(|page| page["pageIdentifier"] == *name);
        self.demand(known(&form["startPageIdentifier"]), "startPageIdentifier names no page");
        for page in &pages {
            self.text(page, "pageIdentifier", "page");
            self.text(page, "title", "page");
            let kind = page["type"].as_str().unwrap_or_default();
            self.demand(["select", "input", "datePicker", "picker"].contains(&kind), "page.type is unknown");
            let next = page.get("nextPageIdentifier");
            self.demand(next.is_none_or(known), "nextPageIdentifier names no page");
            self.demand(page["submitForm"] == true || next.is_some(), "a page leads somewhere");
            if kind == "select" {
                self.items(&page["items"], "page.items", 1, usize::MAX);
            }
        }
    }
}

/// Every `imageIdentifier`.
fn identifiers<'v>(json: &'v Value, found: &mut Vec<&'v Value>) {
    match json {
        Value::Object(fields) => {
            found.extend(fields.get("imageIdentifier"));
            fields.values().for_each(|value| identifiers(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| identifiers(item, found)),
        _ => {}
    }
}
