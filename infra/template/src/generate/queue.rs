//! A connector's queue with its dead letters and alarms.

use super::{Described, Room, alarms, camel};

/// How many times a consumer's timeout a message is hidden that was handed out:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const VISIBILITY: u32 = 6;

/// The queue that a room's function takes, and its dead letters.
pub(super) fn queue(room: &Room, deliver: &Described) -> String {
    let (id, name) = (camel(&room.queue()), room.queue());
    let visibility = deliver.timeout * VISIBILITY;
    let common = format!(
        "      FifoQueue: true
      ContentBasedDeduplication: false
      DeduplicationScope: messageGroup
      FifoThroughputLimit: perMessageGroupId
      MessageRetentionPeriod: 1209600
      VisibilityTimeout: {visibility}
      SqsManagedSseEnabled: true
"
    );
    let mut text = format!(
        r#"  # The function counts attempts by message and moves the one that failed for good into the dead letters; SQS's own count
  # is the net below: a message behind a failing one is received again each time with it.
  {id}Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub um-${{Environment}}-{name}.fifo
{common}      RedrivePolicy: {{deadLetterTargetArn: !GetAtt {id}DeadLetters.Arn, maxReceiveCount: 1000}}

  {id}DeadLetters:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub um-${{Environment}}-{name}-dead-letters.fifo
{common}
  {id}TlsOnly:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref {id}Queue, !Ref {id}DeadLetters]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: TlsOnly
            Effect: Deny
            Principal: "*"
            Action: sqs:*
            Resource: [!GetAtt {id}Queue.Arn, !GetAtt {id}DeadLetters.Arn]
            Condition: {{Bool: {{aws:SecureTransport: false}}}}

"#
    );
    text.push_str(&alarms::of_queue(&name, &id));
    text
}
