//! A template evaluated: what exists after it is deployed with given parameters.

use crate::Context;
use crate::alarm::Alarm;
use crate::document::Template;
use crate::error::{Problem, TemplateError};
use crate::evaluate::Scope;
use crate::function::Function;
use crate::resource::{Bucket, Key, Nested, Queue, Table};
use crate::wiring::Wiring;

/// The resources of a deployment, those of nested stacks among them, each kind sorted by logical id. What its condition
/// rules out is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// Lambda functions.
    pub functions: Vec<Function>,
    /// SQS queues, dead-letter queues among them.
    pub queues: Vec<Queue>,
    /// DynamoDB tables.
    pub tables: Vec<Table>,
    /// S3 buckets.
    pub buckets: Vec<Bucket>,
    /// KMS keys.
    pub keys: Vec<Key>,
    /// CloudWatch alarms, by name: those of functions have the same logical id in every nested stack.
    pub alarms: Vec<Alarm>,
    /// Nested stacks.
    pub nested: Vec<Nested>,
}

impl Stack {
    pub(crate) fn of(template: &Template, context: &Context) -> Result<Self, TemplateError> {
        let (mut stack, mut wiring) = (Self::default(), Wiring::default());
        stack.add(template, context, &mut wiring)?;
        stack.functions.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        stack.queues.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        stack.alarms.sort_by(|a, b| a.name.cmp(&b.name));
        for function in &stack.functions {
            if let Some(lost) = function.queues.iter().find(|source| stack.queue(&source.queue).is_none()) {
                return Err(Problem::Unknown(lost.queue.clone()).at(&*function.logical_id));
            }
        }
        wiring.connect(&mut stack, context)?;
        Ok(stack)
    }

    /// Adds a template's resources and those of the stacks nested in it.
    fn add(&mut self, template: &Template, context: &Context, wiring: &mut Wiring) -> Result<(), TemplateError> {
        let scope = Scope::new(template, context)?;
        let mut aliases = Vec::new();
        for (logical_id, resource) in template.resources() {
            let at = |problem: Problem| problem.at(logical_id);
            if !scope.creates(resource).map_err(at)? {
                continue;
            }
            match resource.kind.as_str() {
                "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                    self.functions.push(Function::of(&scope, logical_id, resource).map_err(at)?);
                }
                "AWS::SQS::Queue" => self.queues.push(Queue::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::DynamoDB::Table" => self.tables.push(Table::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::S3::Bucket" => self.buckets.push(Bucket::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::KMS::Key" => self.keys.push(Key::of(&scope, logical_id).map_err(at)?),
                "AWS::KMS::Alias" => {
                    let name = scope.text(&resource.properties["AliasName"], "AliasName").map_err(at)?;
                    let key = scope.text(&resource.properties["TargetKeyId"], "TargetKeyId").map_err(at)?;
                    aliases.push((name, key));
                }
                "AWS::CloudWatch::Alarm" => self.alarms.push(Alarm::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::CloudFormation::Stack" => {
                    let nested = Nested::of(&scope, logical_id, resource).map_err(at)?;
                    if let Some(template) = template.nested_at(&nested.template) {
                        self.add(template, &context.nested(nested.parameters.clone()), wiring)?;
                    }
                    self.nested.push(nested);
                }
                _ => wiring.note(&scope, logical_id, resource).map_err(at)?,
            }
        }
        for key in &mut self.keys {
            let own = aliases.iter().filter(|(_, target)| [&key.id, &key.arn].contains(&target));
            key.aliases.extend(own.map(|(alias, _)| alias.clone()));
        }
        Ok(())
    }

    /// The function with this name (`line-webhook`).
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The queue with this logical id.
    pub fn queue(&self, logical_id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.logical_id == logical_id)
    }

    /// The table with this logical id.
    pub fn table(&self, logical_id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.logical_id == logical_id)
    }

    /// The bucket with this logical id.
    pub fn bucket(&self, logical_id: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.logical_id == logical_id)
    }
}
