//! Whether who was written for one description of the API understands another.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// In which direction a body goes.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    ByCaller,
    ByUs,
}

/// What a caller who knows `before` would stumble over.
pub fn breaks(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, item) in entries(&before["paths"]) {
        for (method, operation) in entries(item) {
            let at = format!("{} {path}", method.to_uppercase());
            match after["paths"].get(path).and_then(|item| item.get(method)) {
                None => found.push(format!("{at} is gone")),
                Some(now) => of_operation(&at, operation, now, (before, after), &mut found),
            }
        }
    }
    found
}

fn of_operation(at: &str, before: &Value, after: &Value, documents: (&Value, &Value), found: &mut Vec<String>) {
    let known = |parameter: &Value, among: &Value| {
        array(&among["parameters"])
            .iter()
            .find(|other| other["name"] == parameter["name"] && other["in"] == parameter["in"])
            .cloned()
    };
    for parameter in array(&before["parameters"]) {
        match known(parameter, after) {
            None => found.push(format!("{at}: the parameter {} is gone", parameter["name"])),
            Some(now) => narrower(
                &format!("{at}: the parameter {}", parameter["name"]),
                &without_null(&parameter["schema"]),
                &without_null(&now["schema"]),
                Sent::ByCaller,
                documents,
                &mut BTreeSet::new(),
                found,
            ),
        }
    }
    for parameter in array(&after["parameters"]).iter().filter(|parameter| parameter["required"] == true) {
        if known(parameter, before).is_none_or(|before| before["required"] != true) {
            found.push(format!("{at}: the parameter {} is required now", parameter["name"]));
        }
    }
    if after["requestBody"]["required"] == true && before["requestBody"]["required"] != true {
        found.push(format!("{at}: a body is required now"));
    }
    let contents = |at: &str, before: &Value, after: &Value, sent: Sent, found: &mut Vec<String>| {
        for (media_type, content) in entries(&before["content"]) {
            match after["content"].get(media_type) {
                None => found.push(format!("{at}: {media_type} is gone")),
                Some(now) => {
                    let (before, after) = (&content["schema"], &now["schema"]);
                    narrower(at, before, after, sent, documents, &mut BTreeSet::new(), found);
                }
            }
        }
    };
    contents(&format!("{at}, request"), &before["requestBody"], &after["requestBody"], Sent::ByCaller, found);
    for (status, response) in entries(&before["responses"]) {
        let now = &after["responses"][status];
        // A caller can live without an error that does not come any more.
        if now.is_null() && status.starts_with('2') {
            found.push(format!("{at}: {status} is gone"));
        } else if !now.is_null() {
            contents(&format!("{at}, {status}"), response, now, Sent::ByUs, found);
        }
        for (header, _) in entries(&response["headers"]).filter(|_| !now.is_null()) {
            if now["headers"].get(header).is_none() {
                found.push(format!("{at}, {status}: the header {header} is gone"));
            }
        }
    }
}

/// A parameter is text: what is not sent is nothing.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
    }
    schema
}

/// What of a schema a caller cannot send any more, or does not get any more.
fn narrower(
    at: &str,
    before: &Value,
    after: &Value,
    sent: Sent,
    documents: (&Value, &Value),
    seen: &mut BTreeSet<(String, String)>,
    found: &mut Vec<String>,
) {
    let names = (text(&before["$ref"]), text(&after["$ref"]));
    if !names.0.is_empty() && !seen.insert(names) {
        return;
    }
    let (before, after) = (resolved(before, documents.0), resolved(after, documents.1));
    let (had, has) = (types(before), types(after));
    // More may be taken, and less be given.
    let lost: Vec<_> = match sent {
        Sent::ByCaller => had.difference(&has).collect(),
        Sent::ByUs => has.difference(&had).collect(),
    };
    if !had.is_empty() && !has.is_empty() && !lost.is_empty() {
        found.push(format!("{at}: was {had:?}, is {has:?}"));
        return;
    }
    if sent == Sent::ByCaller {
        let (known, knows) = (values(before), values(after));
        if !knows.is_empty() && (known.is_empty() || !known.is_subset(&knows)) {
            found.push(format!("{at}: takes only {knows:?}"));
        }
        let (was, now) = (required(before), required(after));
        for name in now.difference(&was) {
            found.push(format!("{at}: the field {name} is required now"));
        }
    } else {
        for name in required(before).difference(&required(after)) {
            found.push(format!("{at}: the field {name} may be missing now"));
        }
    }
    for (name, property) in entries(&before["properties"]) {
        match after["properties"].get(name) {
            Some(now) => narrower(&format!("{at}, {name}"), property, now, sent, documents, seen, found),
            None if sent == Sent::ByCaller && after["additionalProperties"] != false => {}
            None => found.push(format!("{at}: the field {name} is gone")),
        }
    }
    if before["items"].is_object() && after["items"].is_object() {
        narrower(&format!("{at}, entries"), &before["items"], &after["items"], sent, documents, seen, found);
    }
    for keyword in ["anyOf", "oneOf"] {
        let (was, now) = (array(&before[keyword]), array(&after[keyword]));
        // Forms are told apart by their place: they are listed in the order of the code.
        for (form, (before, after)) in was.iter().zip(now).enumerate() {
            narrower(&format!("{at}, form {}", form + 1), before, after, sent, documents, seen, found);
        }
        if sent == Sent::ByCaller && now.len() < was.len() {
            found.push(format!("{at}: takes fewer forms"));
        }
    }
}

fn resolved<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn types(schema: &Value) -> BTreeSet<String> {
    match &schema["type"] {
        Value::String(one) => [one.clone()].into(),
        Value::Array(several) => several.iter().map(text).collect(),
        _ => BTreeSet::new(),
    }
}

fn values(schema: &Value) -> BTreeSet<String> {
    array(&schema["enum"]).iter().chain(schema.get("const")).map(Value::to_string).collect()
}

fn required(schema: &Value) -> BTreeSet<String> {
    array(&schema["required"]).iter().map(text).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn sample() -> Value {
    json!({
        "info": {"version": "0.1.0"},
        "paths": {"/things": {
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {"headers": {"Link": {}}, "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}},
                    "404": {"content": {}},
                },
            },
            "post": {
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingIn"}}}},
                "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
            },
        }},
        "components": {"schemas": {
            "Thing": {"type": "object", "required": ["id", "name"], "properties": {
                "id": {"type": "string"}, "name": {"type": "string"}, "size": {"type": ["integer", "null"]}}},
            "ThingIn": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": {"type": "string"}, "kind": {"enum": ["a", "b"]}}},
        }},
    })
}

#[test]
fn what_breaks_is_noticed() {
    let before = sample();
    assert_eq!(breaks(&before, &before), [""; 0]);
    for (pointer, value, expected) in [
        ("/paths", json!({}), "GET /things is gone"),
        ("/paths/~1things/post", Value::Null, "POST /things is gone"),
        ("/paths/~1things/get/parameters", json!([]), "the parameter \"limit\" is gone"),
        ("/paths/~1things/get/parameters/0/required", json!(true), "\"limit\" is required now"),
        ("/paths/~1things/get/parameters/0/schema/type", json!("string"), "was {\"integer\"}"),
        ("/paths/~1things/get/responses", json!({"404": {}}), "200 is gone"),
        ("/paths/~1things/get/responses/200/headers", json!({}), "the header Link is gone"),
        ("/paths/~1things/get/responses/200/content", json!({"text/csv": {}}), "application/json is gone"),
        ("/components/schemas/Thing/properties", json!({"id": {"type": "string"}}), "the field name is gone"),
        ("/components/schemas/Thing/properties/id/type", json!("integer"), "200, entries, id: was {\"string\"}"),
        ("/components/schemas/Thing/properties/name/type", json!(["string", "null"]), "201, name: was"),
        ("/components/schemas/Thing/required", json!(["id"]), "the field name may be missing now"),
        ("/components/schemas/ThingIn/required", json!(["name", "kind"]), "the field kind is required now"),
        ("/components/schemas/ThingIn/properties/kind/enum", json!(["a"]), "takes only {\"\\\"a\\\"\"}"),
        ("/components/schemas/ThingIn/properties", json!({"name": {"type": "string"}}), "the field kind is gone"),
    ] {
        let mut after = before.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = after.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(parent.remove(name)),
            value => drop(parent.insert(name.to_owned(), value)),
        }
        let found = breaks(&before, &after);
        assert!(found.iter().any(|text| text.contains(expected)), "{pointer}: {found:?}");
    }
}

#[test]
fn what_is_added_breaks_nothing() {
    let before = sample();
    for (pointer, value) in [
        ("/paths/~1others", json!({"get": {"responses": {}}})),
        ("/paths/~1things/delete", json!({"responses": {}})),
        ("/paths/~1things/get/parameters/1", json!({"name": "sort", "in": "query", "schema": {"type": "string"}})),
        ("/paths/~1things/get/responses/429", json!({})),
        ("/components/schemas/Thing/properties/colour", json!({"type": "string"})),
        ("/components/schemas/Thing/properties/size/type", json!("integer")),
        ("/components/schemas/ThingIn/properties/colour", json!({"type": "string"})),
        ("/components/schemas/ThingIn/properties/kind/enum", json!(["a", "b", "c"])),
        ("/components/schemas/ThingIn/required", json!([])),
    ] {
        let mut after = before.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match after.pointer_mut(parent).unwrap() {
            Value::Object(fields) => drop(fields.insert(name.replace("~1", "/"), value)),
            Value::Array(items) => items.push(value),
            _ => panic!("{pointer}"),
        }
        assert_eq!(breaks(&before, &after), [""; 0], "{pointer}");
    }
}
