//! What calls a function: its queue, a schedule, routes of the HTTP API.

use std::fmt::Write as _;

use super::nested::Writer;
use super::{Purpose, Side, camel};
use crate::Route;

impl Writer<'_> {
    pub(super) fn source(&self) -> String {
        let (id, queue) = (&self.id, camel(&self.room.queue()));
        let direction = match self.room.side {
            Side::Channel => "Outbound",
            Side::Platform => "Inbound",
        };
        format!(
            r#"  {id}{direction}:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref {id}
      EventSourceArn: !GetAtt {queue}Queue.Arn
      # One conversation's slow platform must not hold up another that shares its batch.
      BatchSize: 1
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: {{MaximumConcurrency: !Ref DeliveryConcurrency}}

"#
        )
    }

    pub(super) fn schedule(&self, expression: &str) -> String {
        let Self { function, id, .. } = self;
        let name = &function.name;
        format!(
            r#"  # A run that fails is made good by the next.
  {id}EventInvokeConfig:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {{FunctionName: !Ref {id}, Qualifier: $LATEST, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}}

  {id}Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: !Sub um-${{Environment}}-{name}
      ScheduleExpression: {expression}
      FlexibleTimeWindow: {{Mode: "OFF"}}
      Target:
        Arn: !GetAtt {id}.Arn
        RoleArn: !GetAtt {id}ScheduleRole.Arn
        RetryPolicy: {{MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}}

  {id}ScheduleRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: {{Service: scheduler.amazonaws.com}}, Action: sts:AssumeRole}}]}}
      Policies:
        - PolicyName: {name}-schedule
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{{Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt {id}.Arn}}]

"#
        )
    }

    pub(super) fn routes(&self) -> String {
        let Self { function, id, .. } = self;
        let own;
        let routes: &[Route] = match (function.purpose, function.routes.as_slice()) {
            (Purpose::Webhook, []) => {
                own = [Route { method: "POST".to_owned(), path: format!("{}/{{tenantId}}", self.room.path) }];
                &own
            }
            (_, routes) => routes,
        };
        if routes.is_empty() {
            return String::new();
        }
        let mut text = format!(
            r#"  {id}Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ApiId: !Ref HttpApi, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt {id}.Arn, PayloadFormatVersion: "2.0"}}

  {id}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref {id}
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{HttpApi}}/*"

"#
        );
        for Route { method, path } in routes {
            let _ = write!(
                text,
                r#"  {id}{}:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref HttpApi, RouteKey: "{method} {path}", Target: !Sub "integrations/${{{id}Integration}}"}}

"#,
                camel(&format!("{method} {path}"))
            );
        }
        text
    }
}
