//! What the root passes to a room's stack, by the name of the parameter. Each is named after what it stands for in the
//! root, so that a nested template reads like a piece of it.

/// A parameter that a nested template may have.
pub(super) struct Shared {
    pub(super) name: &'static str,
    /// CloudFormation's type.
    pub(super) kind: &'static str,
    /// What the root gives; none when it is `!Ref` of the same name.
    expression: Option<&'static str>,
}

impl Shared {
    const fn same(name: &'static str) -> Self {
        Self { name, kind: "String", expression: None }
    }

    const fn number(name: &'static str) -> Self {
        Self { name, kind: "Number", expression: None }
    }

    const fn as_(name: &'static str, expression: &'static str) -> Self {
        Self { name, kind: "String", expression: Some(expression) }
    }

    /// What the root gives for it.
    pub(super) fn given(&self) -> String {
        self.expression.map_or_else(|| format!("!Ref {}", self.name), str::to_owned)
    }
}

/// All of them. A room's stack declares, and is given, those that it uses.
pub(super) const SHARED: &[Shared] = &[
    Shared::same("Environment"),
    Shared::same("LogLevel"),
    Shared::number("LogRetentionDays"),
    Shared::as_("AlarmTopic", r#"!If [HasAlarmEmail, !Ref AlarmTopic, ""]"#),
    Shared::same("FunctionAlarms"),
    Shared::same("HttpApi"),
    Shared::same("ApiRoot"),
    Shared::as_("PublicAddress", "!If [HasApiRoot, !Ref ApiRoot, !GetAtt HttpApi.ApiEndpoint]"),
    Shared::same("TenantCacheSeconds"),
    Shared::same("DeliveryAttempts"),
    Shared::number("DeliveryConcurrency"),
    Shared::number("ReservedWebhookConcurrency"),
    Shared::same("ProviderTimeoutSeconds"),
    Shared::same("ConfigurationTable"),
    Shared::same("ConversationsTable"),
    Shared::same("Key"),
    Shared::same("ClaimCheckBucket"),
    Shared::same("AttachmentsBucket"),
    Shared::same("AttachmentPurgeSeconds"),
    Shared::as_("AttachmentsDomain", r#"!If [HasAttachmentKey, !GetAtt AttachmentsDistribution.DomainName, ""]"#),
    Shared::as_("AttachmentsPublicKey", r#"!If [HasAttachmentKey, !Ref AttachmentsPublicKey, ""]"#),
    Shared::as_("AttachmentPrivateKeyParameter", r#"!If [HasAttachmentKey, !Ref AttachmentPrivateKeyParameter, ""]"#),
    Shared::same("ReadConfiguration"),
    Shared::same("WriteConfiguration"),
    Shared::same("KeepTokens"),
    Shared::same("KeepRegistrations"),
    Shared::same("UseConversations"),
    Shared::same("SendInbound"),
    Shared::same("SendOutbound"),
    Shared::same("ParkClaimChecks"),
    Shared::same("FetchClaimChecks"),
    Shared::same("UseAttachments"),
];

/// Whether a template's text refers to a name.
pub(super) fn uses(text: &str, name: &str) -> bool {
    let ends = |rest: &str| rest.bytes().next().is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let after = |start: &str| {
        let start = format!("{start}{name}");
        text.match_indices(&*start).any(|(at, found)| ends(&text[at + found.len()..]))
    };
    after("!Ref ") || after("${")
}
