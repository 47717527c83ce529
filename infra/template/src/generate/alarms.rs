//! The alarms of a function and of a queue.

use super::Described;

/// When an alarm rings: statistic, window, threshold.
const ANY_IN_FIVE_MINUTES: &str = "      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
";
const ANY_NOW: &str = "      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
";
/// The age in seconds at which the oldest waiting message is too old: a guest waits at the other end.
const TOO_OLD: &str = "      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 5
      DatapointsToAlarm: 3
      Threshold: 300
      ComparisonOperator: GreaterThanThreshold
";

/// Three of a function, which an operator may do without.
pub(super) fn of_function(function: &Described, id: &str) -> String {
    let alarm = |end: &str, metric: &str, what: &str, rings: &str| {
        // The alarm's name, its chapter for operators and the end of its logical id are one word.
        let chapter = end.to_uppercase().chars().take(1).chain(end.chars().skip(1)).collect::<String>();
        Alarm {
            id: format!("{id}{chapter}"),
            condition: "    Condition: WatchesFunctions\n",
            name: format!("um-${{Environment}}-{}-{end}", function.name),
            description: format!("{what} See \"{chapter}\" in infra/README.md."),
            metric: format!("Namespace: AWS/Lambda\n      MetricName: {metric}"),
            dimension: format!("{{Name: FunctionName, Value: !Ref {id}}}"),
            rings,
        }
        .written()
    };
    // Four fifths of the timeout, in milliseconds.
    let slow = function.timeout * 800;
    let slow = format!(
        "      ExtendedStatistic: p99
      Period: 300
      EvaluationPeriods: 3
      DatapointsToAlarm: 2
      Threshold: {slow}
      ComparisonOperator: GreaterThanOrEqualToThreshold
"
    );
    let failed = "The function fails as a whole - out of time, out of memory, a fault of ours.";
    let long = "One run in a hundred takes four fifths of the timeout or more.";
    alarm("errors", "Errors", failed, ANY_IN_FIVE_MINUTES)
        + &alarm("throttles", "Throttles", "The account's concurrency is used up.", ANY_IN_FIVE_MINUTES)
        + &alarm("slow", "Duration", long, &slow)
}

/// Two of a queue and its dead letters, which there always are.
pub(super) fn of_queue(name: &str, id: &str) -> String {
    let alarm = |end: &str, of: &str, name: String, metric: &str, description: &str, rings: &str| {
        Alarm {
            id: format!("{id}{end}"),
            condition: "",
            name,
            description: description.to_owned(),
            metric: format!("Namespace: AWS/SQS\n      MetricName: {metric}"),
            dimension: format!("{{Name: QueueName, Value: !GetAtt {id}{of}.QueueName}}"),
            rings,
        }
        .written()
    };
    alarm(
        "Old",
        "Queue",
        format!("um-${{Environment}}-{name}.fifo-old"),
        "ApproximateAgeOfOldestMessage",
        "Messages wait too long for their delivery. See \"Old messages\" in infra/README.md.",
        TOO_OLD,
    ) + &alarm(
        "Dead",
        "DeadLetters",
        format!("um-${{Environment}}-{name}-dead-letters.fifo-filled"),
        "ApproximateNumberOfMessagesVisible",
        "Messages were given up. See \"Dead letters\" in infra/README.md.",
        ANY_NOW,
    )
}

struct Alarm<'a> {
    id: String,
    /// The line of its condition, if any.
    condition: &'a str,
    name: String,
    description: String,
    /// Namespace and name.
    metric: String,
    dimension: String,
    rings: &'a str,
}

impl Alarm<'_> {
    fn written(&self) -> String {
        let Self { id, condition, name, description, metric, dimension, rings } = self;
        format!(
            r#"  {id}:
    Type: AWS::CloudWatch::Alarm
{condition}    Properties:
      AlarmName: !Sub {name}
      AlarmDescription: {description}
      {metric}
      Dimensions: [{dimension}]
{rings}      TreatMissingData: notBreaching
      AlarmActions: !If [Tells, [!Ref AlarmTopic], !Ref AWS::NoValue]
      OKActions: !If [Tells, [!Ref AlarmTopic], !Ref AWS::NoValue]

"#
        )
    }
}
