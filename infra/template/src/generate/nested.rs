//! A room's nested template, in plain CloudFormation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::shared::{SHARED, uses};
use super::{Described, Grant, Purpose, Room, Setting, Side, alarms, camel, queue};

pub(super) fn template(room: &Room, rooms: &[Room]) -> String {
    let settings = settings(room, rooms);
    let mut resources = String::new();
    for function in &room.functions {
        resources.push_str(&Writer { room, function, id: camel(&function.name) }.function(&settings));
    }
    if let Some(deliver) = room.functions.iter().find(|function| function.purpose == Purpose::Deliver) {
        resources.push_str(&queue::queue(room, deliver));
    }
    let conditions = conditions(&resources, &settings);
    let parameters = parameters(&format!("{conditions}{resources}"), &settings);
    let name = &room.name;
    format!(
        "AWSTemplateFormatVersion: \"2010-09-09\"\n\
         Description: Universal Messaging - {name}.\n\n\
         # Generated from what the room says of its functions: cargo run -p registry --example infra\n\
         # A parameter is named after what stands for it in ../template.yaml.\n\n\
         Parameters:\n{parameters}\nConditions:\n{conditions}\nResources:\n{}\n",
        resources.trim_end()
    )
}

/// The settings of a room's functions, each with the room it belongs to. A platform fetches files from whatever channel
/// a message came from, and so is told all channels' settings.
pub(super) fn settings<'a>(room: &'a Room, rooms: &'a [Room]) -> Vec<(&'a Setting, &'a Room)> {
    let of = |room: &'a Room| {
        let all = room.functions.iter().flat_map(|function| &function.settings);
        all.map(move |setting| (setting, room))
    };
    let mut all: BTreeMap<&Setting, &Room> = of(room).collect();
    if room.side == Side::Platform {
        all.extend(Room::channels(rooms).flat_map(of));
    }
    all.into_iter().collect()
}

/// The condition that a secret is given.
fn has(setting: &Setting) -> String {
    format!("Has{}", setting.parameter)
}

fn conditions(resources: &str, settings: &[(&Setting, &Room)]) -> String {
    let mut text = String::new();
    for (name, expression) in [
        ("Tells", r#"!Not [!Equals [!Ref AlarmTopic, ""]]"#),
        ("WatchesFunctions", r#"!Equals [!Ref FunctionAlarms, "true"]"#),
        ("ReservesWebhooks", "!Not [!Equals [!Ref ReservedWebhookConcurrency, 0]]"),
    ] {
        if resources.contains(name) {
            let _ = writeln!(text, "  {name}: {expression}");
        }
    }
    for (setting, _) in settings.iter().filter(|(setting, _)| setting.secret) {
        let _ = writeln!(text, "  {}: !Not [!Equals [!Ref {}, \"\"]]", has(setting), setting.parameter);
    }
    text
}

fn parameters(text: &str, settings: &[(&Setting, &Room)]) -> String {
    let shared = SHARED.iter().filter(|shared| uses(text, shared.name));
    let shared = shared.map(|shared| format!("  {}: {{Type: {}}}\n", shared.name, shared.kind));
    let own = settings.iter().map(|(setting, _)| format!("  {}: {{Type: String}}\n", setting.parameter));
    shared.chain(own).collect()
}

/// Writes one function's resources.
pub(super) struct Writer<'a> {
    pub(super) room: &'a Room,
    pub(super) function: &'a Described,
    /// `LineWebhook`.
    pub(super) id: String,
}

impl Writer<'_> {
    fn function(&self, settings: &[(&Setting, &Room)]) -> String {
        let Self { function, id, .. } = self;
        let Described { name, binary, timeout, memory, .. } = function;
        let handler = if binary == name { "bootstrap" } else { name };
        let description = self.description();
        let reserved = match function.purpose {
            Purpose::Webhook => {
                "      ReservedConcurrentExecutions: !If [ReservesWebhooks, !Ref ReservedWebhookConcurrency, !Ref AWS::NoValue]\n"
            }
            _ => "",
        };
        let settings = self.told(settings);
        let mut variables = String::new();
        for (name, value) in self.variables() {
            let _ = writeln!(variables, "          {name}: {value}");
        }
        for setting in &settings {
            let (variable, parameter) = (&setting.variable, &setting.parameter);
            let _ = match setting.secret {
                true => writeln!(
                    variables,
                    r#"          {variable}: !If [{}, !Sub "ssm:${{{parameter}}}", ""]"#,
                    has(setting)
                ),
                false => writeln!(variables, "          {variable}: !Ref {parameter}"),
            };
        }
        let mut text = format!(
            r#"  {id}:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub um-${{Environment}}-{name}
      Description: {description}
      Code: ../../target/lambda/{binary}/
      Handler: {handler}
      Runtime: provided.al2023
      Architectures: [arm64]
      Role: !GetAtt {id}Role.Arn
      MemorySize: {memory}
      Timeout: {timeout}
{reserved}      # Lambda would drop what is below this; the function itself decides, by UM_LOG.
      LoggingConfig: {{LogFormat: JSON, ApplicationLogLevel: TRACE, SystemLogLevel: INFO, LogGroup: !Ref {id}Logs}}
      Environment:
        Variables:
{variables}
"#
        );
        text.push_str(&self.role(&settings));
        let _ = write!(
            text,
            r#"  {id}Logs:
    Type: AWS::Logs::LogGroup
    Properties: {{LogGroupName: !Sub "/aws/lambda/um-${{Environment}}-{name}", RetentionInDays: !Ref LogRetentionDays}}

"#
        );
        if function.purpose == Purpose::Deliver {
            text.push_str(&self.source());
        }
        if let Some(schedule) = &function.schedule {
            text.push_str(&self.schedule(schedule));
        }
        text.push_str(&self.routes());
        text.push_str(&alarms::of_function(function, id));
        text
    }

    fn description(&self) -> String {
        let name = &self.room.name;
        let made = || match (self.function.purpose, self.room.side) {
            (Purpose::Webhook, Side::Channel) => {
                format!("Takes the webhook events of {name}, verifies and queues them.")
            }
            (Purpose::Webhook, Side::Platform) => format!("Takes what {name} sends to guests, verifies and queues it."),
            (Purpose::Deliver, Side::Channel) => {
                format!("Delivers agents' messages to {name} and sends the receipts back.")
            }
            (Purpose::Deliver, Side::Platform) => {
                format!("Delivers guests' messages, and channels' receipts, to {name}.")
            }
            (Purpose::Watch, _) => {
                "Follows integrations that are being created, and notices the end of conversations.".to_owned()
            }
            (Purpose::Page, _) => format!("Answers requests about {name}."),
        };
        self.function.description.clone().unwrap_or_else(made)
    }

    fn granted(&self, grant: Grant) -> bool {
        self.function.grants.contains(&grant)
    }

    /// The settings this function is told: its own, and of a platform's delivery those of all channels.
    fn told<'s>(&self, settings: &[(&'s Setting, &Room)]) -> Vec<&'s Setting> {
        let all = self.room.side == Side::Platform && self.function.purpose == Purpose::Deliver;
        let told = settings.iter().map(|(setting, _)| *setting);
        told.filter(|setting| all || self.function.settings.contains(setting)).collect()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let refs = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|(name, target)| (*name, format!("!Ref {target}")));
            pairs.collect::<Vec<_>>()
        };
        let mut all = refs(&[
            ("UM_ENVIRONMENT", "Environment"),
            ("UM_LOG", "LogLevel"),
            ("UM_CONFIGURATION_TABLE", "ConfigurationTable"),
            ("UM_KMS_KEY_ID", "Key"),
            ("UM_TENANT_CACHE_SECONDS", "TenantCacheSeconds"),
        ]);
        let prefix = "!Sub https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/um-${Environment}-";
        let mut calls = self.granted(Grant::OutgoingRequests);
        match self.function.purpose {
            Purpose::Webhook => {
                all.push(("UM_QUEUE_PREFIX", prefix.to_owned()));
                all.extend(refs(&[("UM_CLAIM_CHECK_BUCKET", "ClaimCheckBucket")]));
            }
            Purpose::Deliver => {
                calls = true;
                all.push(("UM_QUEUE_PREFIX", prefix.to_owned()));
                all.extend(refs(&[
                    ("UM_CONVERSATIONS_TABLE", "ConversationsTable"),
                    ("UM_CLAIM_CHECK_BUCKET", "ClaimCheckBucket"),
                    ("UM_ATTACHMENTS_BUCKET", "AttachmentsBucket"),
                    ("UM_ATTACHMENTS_DOMAIN", "AttachmentsDomain"),
                    ("UM_ATTACHMENTS_KEY_PAIR_ID", "AttachmentsPublicKey"),
                    ("UM_ATTACHMENTS_PRIVATE_KEY_SECRET", "AttachmentPrivateKeyParameter"),
                    ("UM_PURGE_DELAY_SECONDS", "AttachmentPurgeSeconds"),
                    ("UM_DELIVERY_ATTEMPTS", "DeliveryAttempts"),
                ]));
                all.push(("UM_DEAD_LETTER_QUEUE_URL", format!("!Ref {}DeadLetters", camel(&self.room.queue()))));
            }
            Purpose::Watch => {
                calls = true;
                all.extend(refs(&[
                    ("UM_CONVERSATIONS_TABLE", "ConversationsTable"),
                    ("UM_PURGE_DELAY_SECONDS", "AttachmentPurgeSeconds"),
                    ("UM_API_ROOT", "PublicAddress"),
                ]));
            }
            // Empty when the parameter is: the request says where it came in.
            Purpose::Page => all.extend(refs(&[("UM_API_ROOT", "ApiRoot")])),
        }
        if calls {
            all.extend(refs(&[("UM_HTTP_TIMEOUT_SECONDS", "ProviderTimeoutSeconds")]));
        }
        all
    }

    /// The root's policies that the function's role takes.
    fn policies(&self) -> Vec<&'static str> {
        let send = match self.room.side {
            Side::Channel => "SendInbound",
            Side::Platform => "SendOutbound",
        };
        let mut all = vec!["ReadConfiguration"];
        match self.function.purpose {
            Purpose::Webhook => all.extend([send, "ParkClaimChecks"]),
            Purpose::Deliver => {
                all.extend(["KeepTokens", "UseConversations"]);
                // The receipt; a platform is told, and tells nobody.
                if self.room.side == Side::Channel {
                    all.push(send);
                }
                all.extend(["ParkClaimChecks", "FetchClaimChecks", "UseAttachments"]);
            }
            Purpose::Watch => all.extend(["WriteConfiguration", "UseConversations"]),
            Purpose::Page => {}
        }
        for (grant, policy) in [(Grant::Tokens, "KeepTokens"), (Grant::Registrations, "KeepRegistrations")] {
            if self.granted(grant) && !all.contains(&policy) {
                all.push(policy);
            }
        }
        all
    }

    fn role(&self, settings: &[&Setting]) -> String {
        let Self { function, id, .. } = self;
        let name = &function.name;
        let policies = self.policies().into_iter().map(|policy| format!("!Ref {policy}")).collect::<Vec<_>>();
        let policies = policies.join(", ");
        let mut text = format!(
            r#"  {id}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}]}}
      ManagedPolicyArns: [{policies}]
      Policies:
        - PolicyName: {name}
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {{Effect: Allow, Action: [logs:CreateLogStream, logs:PutLogEvents], Resource: !GetAtt {id}Logs.Arn}}
"#
        );
        let arn = |service: &str, rest: &str| {
            format!("!Sub \"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}\"")
        };
        if function.purpose == Purpose::Deliver {
            let queue = camel(&self.room.queue());
            let _ = write!(
                text,
                r#"              - Effect: Allow
                Action: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility, sqs:GetQueueAttributes]
                Resource: !GetAtt {queue}Queue.Arn
              - {{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt {queue}DeadLetters.Arn}}
"#
            );
        }
        for setting in settings.iter().filter(|setting| setting.secret) {
            let parameter = arn("ssm", &format!("parameter${{{}}}", setting.parameter));
            let statement = format!("{{Effect: Allow, Action: ssm:GetParameter, Resource: {parameter}}}");
            let _ = writeln!(text, "              - !If [{}, {statement}, !Ref AWS::NoValue]", has(setting));
        }
        text.push('\n');
        text
    }
}
