//! Documents in files: YAML or JSON, one or several.

use std::{
    fs,
    io::{IsTerminal, Read, stdin},
    path::Path,
};

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// The bytes of a file, or of standard input for `-` or none.
pub fn bytes(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display()))),
        None if stdin().is_terminal() => Err(Failure::usage("no input: name a file, or pipe something in")),
        None => {
            let mut bytes = Vec::new();
            stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::usage(format!("standard input: {error}")))?;
            Ok(bytes)
        }
    }
}

/// The objects of a text: every document of YAML, and the entries of those that are lists. JSON is YAML.
pub fn objects(text: &str) -> Result<Vec<Value>, Failure> {
    let mut objects = Vec::new();
    for document in serde_norway::Deserializer::from_str(text) {
        // The place, and not what is there: it may be a secret.
        let value = Value::deserialize(document).map_err(|error| {
            let place = error.location().map(|at| format!(" at line {}, column {}", at.line(), at.column()));
            Failure::usage(format!("the file is neither YAML nor JSON{}", place.unwrap_or_default()))
        })?;
        match value {
            Value::Null => {}
            Value::Array(items) => objects.extend(items),
            object => objects.push(object),
        }
    }
    match objects.iter().position(|object| !object.is_object()) {
        Some(place) => Err(Failure::usage(format!("document {} of the file is no object", place + 1))),
        None if objects.is_empty() => Err(Failure::usage("there is nothing in the file")),
        None => Ok(objects),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_found() {
        for (text, found) in [
            ("name: a", json!([{"name": "a"}])),
            ("name: a\n---\nname: b\n", json!([{"name": "a"}, {"name": "b"}])),
            ("---\nname: a\n---\n", json!([{"name": "a"}])),
            ("- name: a\n- name: b", json!([{"name": "a"}, {"name": "b"}])),
            ("{\"name\": \"a\", \"n\": 1}", json!([{"name": "a", "n": 1}])),
            ("[{\"name\": \"a\"}]", json!([{"name": "a"}])),
        ] {
            assert_eq!(Value::Array(objects(text).unwrap()), found, "{text}");
        }
        for bad in ["", "text", "- 1", "a: [", "a: *b"] {
            assert_eq!(objects(bad).unwrap_err().code(), 2, "{bad}");
        }
    }
}
