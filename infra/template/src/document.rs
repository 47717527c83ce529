//! The template as a document: its sections and resources, intrinsic functions not yet evaluated.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::{Problem, TemplateError};
use crate::stack::Stack;
use crate::{Context, NESTED, TEMPLATE, yaml};

/// A parsed template. Nothing in it is evaluated; [`Template::stack`] does that for a [`Context`].
#[derive(Clone, Debug)]
pub struct Template {
    pub(crate) parameters: Map<String, Value>,
    pub(crate) mappings: Map<String, Value>,
    pub(crate) conditions: Map<String, Value>,
    pub(crate) rules: Map<String, Value>,
    resources: BTreeMap<String, Resource>,
    nested: BTreeMap<String, Self>,
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
            rules: section("Rules"),
            resources,
            nested: BTreeMap::new(),
        })
    }

    /// The template that is deployed, with its nested ones, as they were when this crate was compiled.
    ///
    /// # Errors
    ///
    /// As [`Template::parse`].
    pub fn deployed() -> Result<Self, TemplateError> {
        let nested = NESTED.iter().map(|(path, text)| Ok((*path, Self::parse(text)?)));
        let nested = nested.collect::<Result<Vec<_>, TemplateError>>()?;
        Ok(nested.into_iter().fold(Self::parse(TEMPLATE)?, |root, (path, nested)| root.with_nested(path, nested)))
    }

    /// The same with a template that its stacks may name by this path. A nested stack whose template is not given here is
    /// known by its parameters alone.
    #[must_use]
    pub fn with_nested(mut self, path: &str, nested: Self) -> Self {
        self.nested.insert(path.to_owned(), nested);
        self
    }

    /// The nested templates, by path.
    pub fn nested(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.nested.iter().map(|(path, nested)| (path.as_str(), nested))
    }

    /// A nested template by its path.
    pub fn nested_at(&self, path: &str) -> Option<&Self> {
        self.nested.get(path)
    }

    /// Evaluates the template: what would exist after a deployment with these parameters.
    ///
    /// # Errors
    ///
    /// When a parameter is missing or not allowed, or a resource refers to what does not exist; the error names it.
    pub fn stack(&self, context: &Context) -> Result<Stack, TemplateError> {
        Stack::of(self, context)
    }

    /// How many resources CloudFormation sees of it: what it names, and what SAM makes beside a function (a schedule is two,
    /// the rest of its events and its settings of asynchronous calls one each). Those of nested stacks are not among them.
    pub fn resource_count(&self) -> usize {
        let beside = |resource: &Resource| {
            let events = resource.properties["Events"].as_object().into_iter().flatten();
            let events = events.map(|(_, event)| match event["Type"].as_str() {
                Some("ScheduleV2") => 2,
                _ => 1,
            });
            events.sum::<usize>() + usize::from(!resource.properties["EventInvokeConfig"].is_null())
        };
        let functions = self.resources.values().filter(|resource| resource.kind == "AWS::Serverless::Function");
        self.resources.len() + functions.map(beside).sum::<usize>()
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

    /// The conditions' names and expressions.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.conditions.iter().map(|(name, expression)| (name.as_str(), expression))
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
