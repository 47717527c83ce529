//! Apple's own JSON, written by the tenant (canned responses, the IVR) and passed through. Its author writes what matters:
//! `{"data": {"listPicker": …}}`, `{"richLinkData": …}`, an iMessage app's `{"bid": …, "URL": …}`; what only we know and
//! what is always the same is added: ids, `bid`, `version`, the request's identifier, a balloon's title.

use serde_json::{Map, Value, json};

use crate::{
    compose::{Composer, POINT, Part},
    files, links, wire,
};

const KINDS: [&str; 7] = ["quick-reply", "listPicker", "event", "dynamic", "authenticate", "payment", "paymentRequest"];

impl Composer<'_> {
    /// Adds a native message. What Apple cannot mean is replaced by a word, since the guest should know of it.
    pub(crate) fn native(&mut self, connector: Option<&str>, json: &Value) {
        if connector.is_some_and(|connector| connector != crate::DESCRIPTOR.id) {
            self.note("native → text: it is written for another channel");
            return self.text("(This message cannot be shown here.)");
        }
        let messages = match json {
            Value::Array(messages) => messages.as_slice(),
            Value::Object(fields) => match fields.get("messages") {
                Some(Value::Array(messages)) => messages.as_slice(),
                _ => std::slice::from_ref(json),
            },
            _ => &[],
        };
        let parts: Option<Vec<Part>> = messages.iter().map(part).collect();
        match parts.filter(|parts| !parts.is_empty()) {
            Some(parts) => parts.into_iter().for_each(|part| self.push(part)),
            None => {
                self.note("native → text: it is no message of Apple's");
                self.text("(This message cannot be shown here.)");
            }
        }
    }
}

fn part(json: &Value) -> Option<Part> {
    let fields = json.as_object()?;
    let has = |name: &str| fields.get(name).is_some_and(Value::is_object);
    if has("richLinkData") {
        return rich_link(fields.get("richLinkData")?.clone());
    }
    if has("interactiveData") {
        return interactive(fields.get("interactiveData")?.as_object()?.clone());
    }
    if fields.get("type").is_some_and(|kind| kind == "text") {
        let body = fields.get("body")?.as_str().filter(|body| !body.trim().is_empty())?;
        return Some(Part::new(json!({ "type": "text", "body": body })));
    }
    if has("data") || fields.get("bid").is_some_and(Value::is_string) {
        return interactive(fields.clone());
    }
    if KINDS.iter().any(|kind| has(kind)) {
        let outside = ["receivedMessage", "replyMessage"];
        let (outer, data): (Map<_, _>, Map<_, _>) =
            fields.clone().into_iter().partition(|(name, _)| outside.contains(&name.as_str()));
        let mut fields = outer;
        fields.insert("data".to_owned(), Value::Object(data));
        return interactive(fields);
    }
    if has("assets") || (fields.contains_key("url") && fields.contains_key("title")) {
        return rich_link(json.clone());
    }
    None
}

fn rich_link(mut link: Value) -> Option<Part> {
    let url = link["url"].as_str()?.to_owned();
    if link["title"].as_str().is_none_or(|title| title.trim().is_empty()) {
        link["title"] = links::host(&url)?.into();
    }
    let image = &link["assets"]["image"];
    let files = image["data"].is_null() && image["url"].is_string();
    if image.is_null() {
        link["assets"]["image"] = files::plain_picture();
    }
    let message = json!({ "type": "richLink", "richLinkData": link });
    Some(if files { Part::with_files(message) } else { Part::new(message) })
}

fn interactive(mut fields: Map<String, Value>) -> Option<Part> {
    let bid = fields.entry("bid").or_insert_with(|| wire::EXTENSION.into());
    if bid != wire::EXTENSION {
        return Some(app(fields));
    }
    let data = fields.get_mut("data")?.as_object_mut()?;
    if let Some(request) = data.remove("paymentRequest") {
        let payment = data.entry("payment").or_insert_with(|| json!({}));
        payment["paymentRequest"] = request;
    }
    data.entry("version").or_insert_with(|| "1.0".into());
    if data.contains_key("payment") || data.contains_key("event") {
        data.entry("mspVersion").or_insert_with(|| "1.0".into());
    }
    let endpoint = if data.contains_key("authenticate") { "authenticate" } else { "message" };
    let quick = data.contains_key("quick-reply");
    let pictures = data.get("images").and_then(Value::as_array);
    let files = pictures.is_some_and(|all| all.iter().any(|one| one["data"].is_null() && one["url"].is_string()));
    let title = first_title(&Value::Object(data.clone())).unwrap_or_else(|| POINT.to_owned());
    if !quick && !fields.get("receivedMessage").is_some_and(Value::is_object) {
        fields.insert("receivedMessage".to_owned(), json!({ "title": title, "style": "icon" }));
    }
    let message = json!({ "type": "interactive", "interactiveData": fields });
    Some(Part { message, files, endpoint })
}

/// An iMessage app's message: no `data`, which Apple would refuse, and its id as a number.
fn app(mut fields: Map<String, Value>) -> Part {
    fields.remove("data");
    if let Some(id) = fields.get("appId").and_then(Value::as_str).and_then(|id| id.trim().parse::<u64>().ok()) {
        fields.insert("appId".to_owned(), id.into());
    }
    if !fields.get("receivedMessage").is_some_and(Value::is_object) {
        let title = fields.get("appName").and_then(Value::as_str).unwrap_or(POINT).to_owned();
        fields.insert("receivedMessage".to_owned(), json!({ "title": title }));
    }
    Part::new(json!({ "type": "interactive", "interactiveData": fields }))
}

/// The first title somebody would read in it.
fn first_title(json: &Value) -> Option<String> {
    match json {
        Value::Object(fields) => {
            let own = ["title", "splash", "label", "merchantName"].iter().find_map(|name| fields.get(*name)?.as_str());
            own.filter(|title| !title.trim().is_empty()).map(str::to_owned).or_else(|| {
                let inner =
                    ["event", "listPicker", "dynamic", "payment", "data", "pages", "sections", "paymentRequest"];
                inner.iter().find_map(|name| first_title(fields.get(*name)?))
            })
        }
        Value::Array(parts) => parts.iter().find_map(first_title),
        _ => None,
    }
}
