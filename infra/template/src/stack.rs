//! A template evaluated: what exists after it is deployed with given parameters.

use crate::Context;
use crate::document::Template;
use crate::error::{Problem, TemplateError};
use crate::evaluate::Scope;
use crate::function::Function;
use crate::resource::{Bucket, Key, Nested, Queue, Table};

/// The resources of a deployment, each kind sorted by logical id. What its condition rules out is not in it.
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
    /// Nested stacks.
    pub nested: Vec<Nested>,
}

impl Stack {
    pub(crate) fn of(template: &Template, context: &Context) -> Result<Self, TemplateError> {
        let scope = Scope::new(template, context)?;
        let mut stack = Self::default();
        let mut aliases = Vec::new();
        for (logical_id, resource) in template.resources() {
            let at = |problem: Problem| problem.at(logical_id);
            if !scope.creates(resource).map_err(at)? {
                continue;
            }
            match resource.kind.as_str() {
                "AWS::Serverless::Function" => {
                    stack.functions.push(Function::of(&scope, logical_id, resource).map_err(at)?);
                }
                "AWS::SQS::Queue" => stack.queues.push(Queue::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::DynamoDB::Table" => stack.tables.push(Table::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::S3::Bucket" => stack.buckets.push(Bucket::of(&scope, logical_id, resource).map_err(at)?),
                "AWS::KMS::Key" => stack.keys.push(Key::of(&scope, logical_id).map_err(at)?),
                "AWS::KMS::Alias" => {
                    let name = scope.text(&resource.properties["AliasName"], "AliasName").map_err(at)?;
                    let key = scope.text(&resource.properties["TargetKeyId"], "TargetKeyId").map_err(at)?;
                    aliases.push((name, key));
                }
                "AWS::CloudFormation::Stack" => {
                    stack.nested.push(Nested::of(&scope, logical_id, resource).map_err(at)?);
                }
                _ => {}
            }
        }
        for key in &mut stack.keys {
            let own = aliases.iter().filter(|(_, target)| [&key.id, &key.arn].contains(&target));
            key.aliases = own.map(|(alias, _)| alias.clone()).collect();
        }
        for function in &stack.functions {
            if let Some(lost) = function.queues.iter().find(|source| stack.queue(&source.queue).is_none()) {
                return Err(Problem::Unknown(lost.queue.clone()).at(&*function.logical_id));
            }
        }
        Ok(stack)
    }

    /// The function with this binary (`line-webhook`).
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
