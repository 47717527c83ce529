//! CloudFormation's intrinsic functions, as far as the template uses them.
//!
//! Numbers and booleans are texts to CloudFormation, so comparisons and joins are made on texts. Only the branch of an
//! `Fn::If` that holds is evaluated: the other may name resources that do not exist.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Context;
use crate::document::{Resource, Template, is_function};
use crate::error::{Problem, TemplateError};

/// A template with the values its expressions are evaluated with.
pub(crate) struct Scope<'a> {
    template: &'a Template,
    pub(crate) context: &'a Context,
    parameters: BTreeMap<String, Value>,
    /// What is being evaluated now, to notice circles.
    open: RefCell<Vec<String>>,
}

type Outcome<T> = Result<T, Problem>;

impl<'a> Scope<'a> {
    pub(crate) fn new(template: &'a Template, context: &'a Context) -> Result<Self, TemplateError> {
        let mut parameters = BTreeMap::new();
        for (name, declaration) in &template.parameters {
            let value = parameter(name, declaration, context).map_err(|problem| problem.at("Parameters"))?;
            parameters.insert(name.clone(), value);
        }
        if let Some(name) = context.parameters.keys().find(|name| !parameters.contains_key(*name)) {
            return Err(Problem::Parameter(format!("`{name}` is given but not declared")).at("Parameters"));
        }
        let scope = Self { template, context, parameters, open: RefCell::default() };
        for (name, rule) in &template.rules {
            scope.assert(rule).map_err(|problem| problem.at(format!("Rules.{name}")))?;
        }
        Ok(scope)
    }

    /// What the parameters must fulfil together:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>
    fn assert(&self, rule: &Value) -> Outcome<()> {
        if rule.get("RuleCondition").is_some() {
            return Err(Problem::Unsupported("RuleCondition".to_owned()));
        }
        for assertion in rule["Assertions"].as_array().ok_or(Problem::Missing("Assertions"))? {
            if !self.truth(&assertion["Assert"])? {
                let words = assertion["AssertDescription"].as_str().unwrap_or("an assertion does not hold");
                return Err(Problem::Parameter(words.to_owned()));
            }
        }
        Ok(())
    }

    /// Whether a resource is created.
    pub(crate) fn creates(&self, resource: &Resource) -> Outcome<bool> {
        resource.condition.as_deref().map_or(Ok(true), |name| self.condition(name))
    }

    fn condition(&self, name: &str) -> Outcome<bool> {
        let expression = self.template.conditions.get(name).ok_or_else(|| Problem::Unknown(name.to_owned()))?;
        self.within(&format!("Conditions.{name}"), || self.truth(expression))
    }

    fn truth(&self, expression: &Value) -> Outcome<bool> {
        let (function, argument) = call(expression)
            .ok_or_else(|| Problem::expected("a condition", "Fn::Equals, And, Or, Not or another condition"))?;
        let operands = || argument.as_array().ok_or_else(|| Problem::expected(function, "a list"));
        match function {
            "Condition" => self.condition(text(argument, function)?),
            "Fn::Equals" => match operands()?.as_slice() {
                [left, right] => Ok(self.text(left, function)? == self.text(right, function)?),
                _ => Err(Problem::expected(function, "two values")),
            },
            "Fn::Not" => match operands()?.as_slice() {
                [inner] => Ok(!self.truth(inner)?),
                _ => Err(Problem::expected(function, "one condition")),
            },
            "Fn::And" => operands()?.iter().try_fold(true, |all, inner| Ok(self.truth(inner)? && all)),
            "Fn::EachMemberIn" => match operands()?.as_slice() {
                [members, all] => {
                    let (members, all) = (self.value(members)?, self.value(all)?);
                    let lists = members.as_ref().and_then(Value::as_array).zip(all.as_ref().and_then(Value::as_array));
                    let (members, all) = lists.ok_or_else(|| Problem::expected(function, "two lists"))?;
                    Ok(members.iter().all(|member| all.contains(member)))
                }
                _ => Err(Problem::expected(function, "two lists")),
            },
            "Fn::Or" => operands()?.iter().try_fold(false, |any, inner| Ok(self.truth(inner)? || any)),
            other => Err(Problem::Unsupported(other.to_owned())),
        }
    }

    /// A value with every function in it evaluated; `None` is `AWS::NoValue`.
    pub(crate) fn value(&self, written: &Value) -> Outcome<Option<Value>> {
        if let Some((function, argument)) = call(written) {
            return self.call(function, argument);
        }
        Ok(Some(match written {
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item)).collect::<Outcome<Vec<_>>>()?;
                items.into_iter().flatten().collect()
            }
            Value::Object(entries) => {
                let mut evaluated = Map::new();
                for (key, value) in entries {
                    if let Some(value) = self.value(value)? {
                        evaluated.insert(key.clone(), value);
                    }
                }
                evaluated.into()
            }
            plain => plain.clone(),
        }))
    }

    /// A value that must be a text (or a number or boolean, which is one to CloudFormation).
    pub(crate) fn text(&self, written: &Value, what: &str) -> Outcome<String> {
        self.value(written)?.as_ref().and_then(scalar).ok_or_else(|| Problem::expected(what, "a text"))
    }

    fn call(&self, function: &str, argument: &Value) -> Outcome<Option<Value>> {
        let list = || argument.as_array().ok_or_else(|| Problem::expected(function, "a list"));
        Ok(Some(match function {
            "Ref" => return self.reference(text(argument, function)?),
            "Fn::GetAtt" => match list()?.as_slice() {
                [resource, attribute] => {
                    Value::String(self.attribute(text(resource, function)?, Some(text(attribute, function)?))?)
                }
                _ => return Err(Problem::expected(function, "a resource and its attribute")),
            },
            "Fn::Sub" => Value::String(self.substituted(argument)?),
            "Fn::If" => match list()?.as_slice() {
                [condition, then, other] => {
                    let holds = self.condition(text(condition, function)?)?;
                    return self.value(if holds { then } else { other });
                }
                _ => return Err(Problem::expected(function, "a condition and two values")),
            },
            "Fn::Join" => match list()?.as_slice() {
                [separator, parts] => {
                    let parts = self.value(parts)?;
                    let parts = parts.as_ref().and_then(Value::as_array);
                    let parts = parts.ok_or_else(|| Problem::expected(function, "a separator and a list"))?;
                    let parts = parts.iter().map(scalar).collect::<Option<Vec<_>>>();
                    let parts = parts.ok_or_else(|| Problem::expected(function, "a list of texts"))?;
                    Value::String(parts.join(text(separator, function)?))
                }
                _ => return Err(Problem::expected(function, "a separator and a list")),
            },
            "Fn::Split" => match list()?.as_slice() {
                [separator, whole] => {
                    self.text(whole, function)?.split(text(separator, function)?).map(Value::from).collect()
                }
                _ => return Err(Problem::expected(function, "a separator and a text")),
            },
            "Fn::Select" => match list()?.as_slice() {
                [index, items] => {
                    let index = self.text(index, function)?.parse::<usize>().ok();
                    let items = self.value(items)?;
                    index
                        .and_then(|index| items.as_ref()?.get(index).cloned())
                        .ok_or_else(|| Problem::expected(function, "an index within a list"))?
                }
                _ => return Err(Problem::expected(function, "an index and a list")),
            },
            "Fn::FindInMap" => {
                let keys = list()?.iter().map(|key| self.text(key, function)).collect::<Outcome<Vec<_>>>()?;
                match keys.as_slice() {
                    [map, top, second] => self
                        .template
                        .mappings
                        .get(map)
                        .and_then(|map| map.get(top)?.get(second).cloned())
                        .ok_or_else(|| Problem::Unknown(format!("{map}.{top}.{second}")))?,
                    _ => return Err(Problem::expected(function, "a map and two keys")),
                }
            }
            other => return Err(Problem::Unsupported(other.to_owned())),
        }))
    }

    fn reference(&self, name: &str) -> Outcome<Option<Value>> {
        let pseudo = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Region" => Some(self.context.region.as_str()),
            "AWS::AccountId" => Some(self.context.account.as_str()),
            "AWS::StackName" => Some(self.context.stack_name.as_str()),
            "AWS::Partition" => Some("aws"),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            _ => None,
        };
        if let Some(value) = pseudo {
            return Ok(Some(Value::from(value)));
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        self.attribute(name, None).map(|value| Some(Value::String(value)))
    }

    /// `${Name}` a reference, `${Name.Attribute}` an attribute, `${!Name}` itself without the mark.
    fn substituted(&self, argument: &Value) -> Outcome<String> {
        const WHAT: &str = "Fn::Sub";
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.as_str(), None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(own)] => (pattern.as_str(), Some(own)),
                _ => return Err(Problem::expected(WHAT, "a text and a map")),
            },
            _ => return Err(Problem::expected(WHAT, "a text")),
        };
        let mut result = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').ok_or_else(|| Problem::expected(WHAT, "closed by }"))?;
            result.push_str(before);
            match (name.strip_prefix('!'), own.and_then(|own| own.get(name)), name.split_once('.')) {
                (Some(literal), ..) => result.push_str(&format!("${{{literal}}}")),
                (_, Some(value), _) => result.push_str(&self.text(value, name)?),
                (_, _, Some((resource, attribute))) => result.push_str(&self.attribute(resource, Some(attribute))?),
                _ => {
                    let value = self.reference(name)?;
                    let value = value.as_ref().and_then(scalar).ok_or_else(|| Problem::expected(name, "a text"))?;
                    result.push_str(&value);
                }
            }
            rest = behind;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// What `!Ref` (attribute `None`) or `!GetAtt` of a resource is: the context's answer, else what is known by name.
    pub(crate) fn attribute(&self, logical_id: &str, attribute: Option<&str>) -> Outcome<String> {
        let resource = self.template.resource(logical_id).ok_or_else(|| Problem::Unknown(logical_id.to_owned()))?;
        if !self.creates(resource)? {
            return Err(Problem::NotCreated(logical_id.to_owned()));
        }
        if let Some(answer) = self.context.attribute(logical_id, &resource.kind, attribute) {
            return Ok(answer);
        }
        let here = self.context;
        let name = |property: &'static str| self.name(logical_id, resource, property);
        let answer = match (resource.kind.as_str(), attribute) {
            ("AWS::SQS::Queue", None | Some("QueueUrl")) => here.queue_url(&name("QueueName")?),
            ("AWS::SQS::Queue", Some("Arn")) => here.arn("sqs", &name("QueueName")?),
            ("AWS::SQS::Queue", Some("QueueName")) => name("QueueName")?,
            ("AWS::DynamoDB::Table", None) => name("TableName")?,
            ("AWS::DynamoDB::Table", Some("Arn")) => here.arn("dynamodb", &format!("table/{}", name("TableName")?)),
            ("AWS::S3::Bucket", None) => name("BucketName")?,
            ("AWS::S3::Bucket", Some("Arn")) => format!("arn:aws:s3:::{}", name("BucketName")?),
            ("AWS::S3::Bucket", Some("RegionalDomainName")) => {
                format!("{}.s3.{}.amazonaws.com", name("BucketName")?, here.region)
            }
            ("AWS::KMS::Key", None | Some("KeyId")) => self.key_id(logical_id),
            ("AWS::KMS::Key", Some("Arn")) => here.arn("kms", &format!("key/{}", self.key_id(logical_id))),
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", None) => name("FunctionName")?,
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", Some("Arn")) => {
                here.arn("lambda", &format!("function:{}", name("FunctionName")?))
            }
            ("AWS::ApiGatewayV2::Api", None) => "api0000000".to_owned(),
            ("AWS::ApiGatewayV2::Api", Some("ApiEndpoint")) => here.api_root.clone(),
            ("AWS::ApiGatewayV2::Integration", None) => logical_id.to_owned(),
            ("AWS::Logs::LogGroup", None) => name("LogGroupName")?,
            ("AWS::Logs::LogGroup", Some("Arn")) => here.arn("logs", &format!("log-group:{}:*", name("LogGroupName")?)),
            ("AWS::SNS::Topic", None) => here.arn("sns", &name("TopicName")?),
            ("AWS::IAM::Role", Some("Arn")) => format!("arn:aws:iam::{}:role/{logical_id}", here.account),
            ("AWS::IAM::ManagedPolicy", None) => format!("arn:aws:iam::{}:policy/{logical_id}", here.account),
            (kind, attribute) => {
                let what = attribute.map_or_else(|| logical_id.to_owned(), |name| format!("{logical_id}.{name}"));
                return Err(Problem::Attribute(format!("{what} of a {kind}")));
            }
        };
        Ok(answer)
    }

    fn name(&self, logical_id: &str, resource: &Resource, property: &'static str) -> Outcome<String> {
        let written = resource.properties.get(property).ok_or(Problem::Missing(property))?;
        self.within(logical_id, || self.text(written, property))
    }

    /// The id of a key before it is made: the same for the same template.
    pub(crate) fn key_id(&self, logical_id: &str) -> String {
        let number = self.template.resources_of("AWS::KMS::Key").position(|(id, _)| id == logical_id);
        format!("00000000-0000-4000-8000-{:012}", number.map_or(0, |number| number + 1))
    }

    fn within<T>(&self, name: &str, evaluate: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        if self.open.borrow().iter().any(|open| open == name) {
            return Err(Problem::Circular(name.to_owned()));
        }
        self.open.borrow_mut().push(name.to_owned());
        let outcome = evaluate();
        self.open.borrow_mut().pop();
        outcome
    }
}

fn parameter(name: &str, declaration: &Value, context: &Context) -> Outcome<Value> {
    let given = context.parameters.get(name).cloned().or_else(|| scalar(&declaration["Default"]));
    let given = given.ok_or_else(|| Problem::Parameter(format!("`{name}` has no default and is not given")))?;
    // Of a list, each item is looked at: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    let is_list = declaration["Type"] == "CommaDelimitedList";
    let items: Vec<&str> = match is_list {
        true => given.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        false => vec![&given],
    };
    if let Some(allowed) = declaration["AllowedValues"].as_array() {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar).collect();
        if let Some(wrong) = items.iter().find(|item| !allowed.iter().any(|allowed| allowed == *item)) {
            return Err(Problem::Parameter(format!("`{wrong}` is not allowed for `{name}`")));
        }
    }
    Ok(if is_list { items.into_iter().map(Value::from).collect() } else { Value::String(given) })
}

/// An intrinsic function and its argument.
fn call(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object().filter(|map| is_function(map))?;
    map.iter().next().map(|(function, argument)| (function.as_str(), argument))
}

fn text<'v>(value: &'v Value, what: &str) -> Outcome<&'v str> {
    value.as_str().ok_or_else(|| Problem::expected(what, "a text"))
}

/// A text, number or boolean as the text CloudFormation makes of it.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
