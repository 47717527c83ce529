//! What calls functions where SAM's events do not say it: routes with their integrations, event source mappings, schedules.
//!
//! They are noted while the stacks are read and connected at the end, by ARN, as AWS does: a route and its integration may
//! stand before their function.

use std::collections::BTreeMap;

use crate::Context;
use crate::document::Resource;
use crate::error::{Problem, TemplateError};
use crate::evaluate::Scope;
use crate::function::{QueueSource, Route, Schedule, rate};
use crate::stack::Stack;

/// Calls whose function is not yet looked up.
#[derive(Debug, Default)]
pub(crate) struct Wiring {
    /// Integration → ARN of its function.
    integrations: BTreeMap<String, String>,
    /// Logical id, route, integration.
    routes: Vec<(String, Route, String)>,
    /// Logical id, function, source with the queue's ARN for its logical id.
    sources: Vec<(String, String, QueueSource)>,
    /// Logical id, ARN of the function, schedule.
    schedules: Vec<(String, String, Schedule)>,
}

impl Wiring {
    /// Notes a resource that makes something call a function; any other is none of ours.
    pub(crate) fn note(&mut self, scope: &Scope<'_>, logical_id: &str, resource: &Resource) -> Result<(), Problem> {
        let of = &resource.properties;
        let id = logical_id.to_owned();
        match resource.kind.as_str() {
            "AWS::ApiGatewayV2::Integration" => {
                self.integrations.insert(id, scope.text(&of["IntegrationUri"], "IntegrationUri")?);
            }
            "AWS::ApiGatewayV2::Route" => {
                let key = scope.text(&of["RouteKey"], "RouteKey")?;
                let (method, path) =
                    key.split_once(' ').ok_or_else(|| Problem::expected("RouteKey", "a method and a path"))?;
                let target = scope.text(&of["Target"], "Target")?;
                let target = target
                    .strip_prefix("integrations/")
                    .ok_or_else(|| Problem::expected("Target", "integrations/ and an integration"))?;
                let route = Route { method: method.to_ascii_uppercase(), path: path.to_owned() };
                self.routes.push((id, route, target.to_owned()));
            }
            "AWS::Lambda::EventSourceMapping" => {
                let queue = scope.text(&of["EventSourceArn"], "EventSourceArn")?;
                let function = scope.text(&of["FunctionName"], "FunctionName")?;
                self.sources.push((id, function, QueueSource::named(scope, of, queue)?));
            }
            "AWS::Scheduler::Schedule" => {
                let target = &of["Target"];
                let schedule = Schedule {
                    name: id.clone(),
                    rate: rate(&scope.text(&of["ScheduleExpression"], "ScheduleExpression")?)?,
                    input: target.get("Input").map(|input| scope.text(input, "Input")).transpose()?,
                };
                self.schedules.push((id, scope.text(&target["Arn"], "Target.Arn")?, schedule));
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives each function what calls it.
    pub(crate) fn connect(self, stack: &mut Stack, context: &Context) -> Result<(), TemplateError> {
        let arn = |name: &str| context.arn("lambda", &format!("function:{name}"));
        let functions = stack.functions.iter().enumerate();
        let functions: BTreeMap<String, usize> =
            functions.map(|(index, function)| (arn(&function.function_name), index)).collect();
        let find =
            |at: &str, arn: &str| functions.get(arn).copied().ok_or_else(|| Problem::Unknown(arn.to_owned()).at(at));
        for (id, route, integration) in self.routes {
            let target = self.integrations.get(&integration);
            let target = target.ok_or_else(|| Problem::Unknown(integration.clone()).at(&*id))?;
            stack.functions[find(&id, target)?].routes.push(route);
        }
        for (id, function, source) in self.sources {
            let queue = stack.queues.iter().find(|queue| queue.arn == source.queue);
            let queue = queue.ok_or_else(|| Problem::Unknown(source.queue.clone()).at(&*id))?.logical_id.clone();
            stack.functions[find(&id, &arn(&function))?].queues.push(QueueSource { queue, ..source });
        }
        for (id, function, schedule) in self.schedules {
            stack.functions[find(&id, &function)?].schedules.push(schedule);
        }
        for function in &mut stack.functions {
            function.routes.sort();
        }
        Ok(())
    }
}
