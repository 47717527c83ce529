//! JSON merge patches (RFC 7396).

use std::{borrow::Cow, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

/// A merge patch of a `TenantIn`, which is described as `TenantPatch`: nothing of it is required.
pub struct MergePatch<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for MergePatch<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Patch", T::schema_name().trim_end_matches("In")).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let mut value = settings.into_generator().into_root_schema_for::<T>().to_value();
        nothing_required(&mut value);
        if let Value::Object(fields) = &mut value {
            let kind = T::schema_name().trim_end_matches("In").to_lowercase();
            let text = "what is left out stays as it is, `null` removes.";
            fields.remove("$schema");
            fields.remove("title");
            fields
                .insert("description".to_owned(), format!("A JSON merge patch (RFC 7396) of a {kind}: {text}").into());
        }
        Schema::try_from(value).unwrap_or_default()
    }
}

fn nothing_required(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("required");
            fields.values_mut().for_each(nothing_required);
        }
        Value::Array(items) => items.iter_mut().for_each(nothing_required),
        _ => {}
    }
}

/// Applies a patch: objects are merged, `null` removes, everything else replaces.
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Takes out the fields that are `null`, in objects within objects: in what this API takes, they are as good as missing.
pub fn without_nulls(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(without_nulls);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn merges_as_the_rfc_says() {
        for (mut target, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            merge(&mut target, patch);
            assert_eq!(target, expected);
        }
    }

    #[test]
    fn nulls_are_taken_out_of_objects() {
        let mut value = json!({"a": null, "b": {"c": null, "d": [null]}});
        without_nulls(&mut value);
        assert_eq!(value, json!({"b": {"d": [null]}}));
    }
}
