//! The template as a document: its sections and resources, intrinsic functions not yet evaluated.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::{Problem, TemplateError};
use crate::stack::Stack;
use crate::{Context, yaml};

/// A parsed template. Nothing in it is evaluated; [`Template::stack`] does that for a [`Context`].
#[derive(Clone, Debug)]
pub struct Template {
    pub(crate) parameters: Map<String, Value>,
    pub(crate) mappings: Map<String, Value>,
    pub(crate) conditions: Map<String, Value>,
    resources: BTreeMap<String, Resource>,
}

/// A resource as it is written, with SAM's `Globals` merged into functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// `AWS::SQS::Queue` and so on.
    pub kind: String,
    /// The condition under which it is created.
    pub condition: Option<String>,
    /// `Properties`, with long function names (`{"Ref": "X"}`).
    pub properties: Value,
    /// The other attributes beside `Properties`: `DeletionPolicy`, `Metadata` …
    pub attributes: Map<String, Value>,
}

impl Template {
    /// Parses a template's text.
    ///
    /// # Errors
    ///
    /// When it is not YAML, or a resource is not a mapping with a `Type`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let document = yaml::to_json(serde_norway::from_str(text)?);
        let section = |name: &str| document[name].as_object().cloned().unwrap_or_default();
        let globals = &document["Globals"]["Function"];
        let mut resources = BTreeMap::new();
        for (logical_id, written) in section("Resources") {
            let kind = written["Type"].as_str().ok_or_else(|| Problem::Missing("Type").at(&*logical_id))?.to_owned();
            let mut properties = written["Properties"].clone();
            if kind == "AWS::Serverless::Function" {
                properties = merged(globals, &properties);
            }
            let attributes = written.as_object().into_iter().flatten();
            let attributes =
                attributes.filter(|(name, _)| !matches!(name.as_str(), "Type" | "Properties" | "Condition"));
            resources.insert(
                logical_id,
                Resource {
                    kind,
                    condition: written["Condition"].as_str().map(str::to_owned),
                    properties,
                    attributes: attributes.map(|(name, value)| (name.clone(), value.clone())).collect(),
                },
            );
        }
        Ok(Self {
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            conditions: section("Conditions"),
            resources,
        })
    }

    /// Evaluates the template: what would exist after a deployment with these parameters.
    ///
    /// # Errors
    ///
    /// When a parameter is missing or not allowed, or a resource refers to what does not exist; the error names it.
    pub fn stack(&self, context: &Context) -> Result<Stack, TemplateError> {
        Stack::of(self, context)
    }

    /// All resources, created or not, by logical id.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.resources.iter().map(|(logical_id, resource)| (logical_id.as_str(), resource))
    }

    /// The resources of a type.
    pub fn resources_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Resource)> {
        self.resources().filter(move |(_, resource)| resource.kind == kind)
    }

    /// One resource.
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.resources.get(logical_id)
    }

    /// What a parameter may be: of a list, what it may have in it. None where everything is allowed.
    pub fn allowed_values(&self, parameter: &str) -> Vec<&str> {
        let declaration = self.parameters.get(parameter);
        let allowed = declaration.and_then(|declaration| declaration["AllowedValues"].as_array());
        allowed.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The parameters' names and declarations.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.parameters.iter().map(|(name, declaration)| (name.as_str(), declaration))
    }
}

/// SAM's merge of globals into a function: maps are joined, lists are appended, anything else is replaced.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
fn merged(global: &Value, own: &Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) if !is_function(global) && !is_function(own) => {
            let mut joined = global.clone();
            for (key, value) in own {
                let value = joined.get(key).map_or_else(|| value.clone(), |global| merged(global, value));
                joined.insert(key.clone(), value);
            }
            joined.into()
        }
        (Value::Array(global), Value::Array(own)) => global.iter().chain(own).cloned().collect(),
        (global, Value::Null) => global.clone(),
        (_, own) => own.clone(),
    }
}

/// Whether a mapping is an intrinsic function and not a mapping of its own.
pub(crate) fn is_function(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key == "Condition" || key.starts_with("Fn::"))
}
