//! Apple's own JSON, written by the tenant (canned responses, the IVR) and passed through. Its author writes what matters:
//! `{"data": {"listPicker": …}}`, `{"richLinkData": …}`, an iMessage app's `{"bid": …, "URL": …}`; what only we know and
//! what is always the same is added: ids, `bid`, `version`, the request's identifier, a balloon's title.

use contract::Unsupported;
use serde_json::{Map, Value, json};

use crate::{
    files,
    interactive::PLACEHOLDER,
    links,
    step::{Endpoint, File, Message, Step},
    wire,
};

const KINDS: [&str; 7] = ["quick-reply", "listPicker", "event", "dynamic", "authenticate", "payment", "paymentRequest"];

/// Native messages, or why they are none.
pub(crate) fn messages(json: &Value) -> Result<Vec<Step>, Unsupported> {
    let messages = match json {
        Value::Array(messages) => messages.as_slice(),
        Value::Object(fields) => match fields.get("messages") {
            Some(Value::Array(messages)) => messages.as_slice(),
            _ => std::slice::from_ref(json),
        },
        _ => &[],
    };
    let steps: Option<Vec<Step>> = messages.iter().map(|json| message(json).map(Step::Message)).collect();
    steps.filter(|steps| !steps.is_empty()).ok_or_else(|| "it is not a message of Apple's".into())
}

fn message(json: &Value) -> Option<Message> {
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
        return Some(Message::new(json!({ "type": "text", "body": body })));
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

fn rich_link(mut link: Value) -> Option<Message> {
    let url = link["url"].as_str()?.to_owned();
    if link["title"].as_str().is_none_or(|title| title.trim().is_empty()) {
        link["title"] = links::host(&url)?.into();
    }
    let assets = link.as_object_mut()?.entry("assets").or_insert_with(|| json!({})).as_object_mut()?;
    let mut files = Vec::new();
    if let Some(url) = assets.get("image").and_then(address) {
        assets.remove("image");
        files.push(File::LinkPicture { url });
    } else if assets.get("image").is_none_or(Value::is_null) {
        assets.insert("image".to_owned(), files::plain_picture());
    }
    Some(Message { files, ..Message::new(json!({ "type": "richLink", "richLinkData": link })) })
}

/// The address of a picture that is not in the message yet.
fn address(image: &Value) -> Option<String> {
    image["url"].as_str().filter(|_| image["data"].is_null()).map(str::to_owned)
}

fn interactive(mut fields: Map<String, Value>) -> Option<Message> {
    let bid = fields.entry("bid").or_insert_with(|| wire::EXTENSION.into());
    if bid != wire::EXTENSION {
        return Some(app(fields));
    }
    let data = fields.get_mut("data")?.as_object_mut()?;
    if let Some(request) = data.remove("paymentRequest") {
        let payment = data.entry("payment").or_insert_with(|| json!({})).as_object_mut()?;
        payment.insert("paymentRequest".to_owned(), request);
    }
    data.entry("version").or_insert_with(|| "1.0".into());
    if data.contains_key("payment") || data.contains_key("event") {
        data.entry("mspVersion").or_insert_with(|| "1.0".into());
    }
    let endpoint = if data.contains_key("authenticate") { Endpoint::Authenticate } else { Endpoint::Message };
    let quick = data.contains_key("quick-reply");
    let mut files = Vec::new();
    for (index, image) in data.get_mut("images").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        if let Some(url) = address(image) {
            image.as_object_mut()?.remove("url");
            files.push(File::Picture { index, url });
        }
    }
    let title = first_title(&Value::Object(data.clone())).unwrap_or_else(|| PLACEHOLDER.to_owned());
    if !quick && !fields.get("receivedMessage").is_some_and(Value::is_object) {
        fields.insert("receivedMessage".to_owned(), json!({ "title": title, "style": "icon" }));
    }
    let content = json!({ "type": "interactive", "interactiveData": fields });
    Some(Message { endpoint, files, ..Message::new(content) })
}

/// An iMessage app's message: no `data`, which Apple would refuse, and its id as a number.
fn app(mut fields: Map<String, Value>) -> Message {
    fields.remove("data");
    if let Some(id) = fields.get("appId").and_then(Value::as_str).and_then(|id| id.trim().parse::<u64>().ok()) {
        fields.insert("appId".to_owned(), id.into());
    }
    if !fields.get("receivedMessage").is_some_and(Value::is_object) {
        let title = fields.get("appName").and_then(Value::as_str).unwrap_or(PLACEHOLDER).to_owned();
        fields.insert("receivedMessage".to_owned(), json!({ "title": title }));
    }
    Message::new(json!({ "type": "interactive", "interactiveData": fields }))
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
