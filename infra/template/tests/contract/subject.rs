//! What is checked: the real template, or one that was broken on purpose.

use infra_template::{Context, Function, Stack, TEMPLATE, Template};

/// A template with what it comes to when everything optional is switched on.
pub(crate) struct Subject {
    pub(crate) template: Template,
    pub(crate) stack: Stack,
}

impl Subject {
    pub(crate) fn real() -> Self {
        Self::of(TEMPLATE)
    }

    /// The real template with a piece of its text replaced, everywhere it occurs.
    pub(crate) fn broken(piece: &str, replacement: &str) -> Self {
        assert!(TEMPLATE.contains(piece), "the template has no longer the piece to break: {piece}");
        Self::of(&TEMPLATE.replace(piece, replacement))
    }

    fn of(text: &str) -> Self {
        let template = Template::parse(text).expect("the template can be read");
        let context = Context::aws("ap-northeast-1", "123456789012")
            .with_parameter("Connectors", template.allowed_values("Connectors").join(","))
            .with_parameter("AmbMspKeyParameter", "/um/apple-messages-secret")
            .with_parameter("AttachmentPublicKeyParameter", "/um/public-key")
            .with_parameter("AttachmentPrivateKeyParameter", "/um/private-key")
            .with_parameter("AlarmEmail", "operator@example.com")
            .with_attributes(|_, kind, attribute| match (kind, attribute) {
                ("AWS::CloudFront::Distribution", Some("DomainName")) => Some("d111.cloudfront.net".to_owned()),
                ("AWS::CloudFront::PublicKey", None) => Some("K123".to_owned()),
                _ => None,
            });
        let stack = template.stack(&context).expect("the template can be evaluated");
        Self { template, stack }
    }

    pub(crate) fn functions(&self) -> &[Function] {
        &self.stack.functions
    }

    /// A property of a resource as it is written; `null` when there is none.
    pub(crate) fn property(&self, logical_id: &str, property: &str) -> &serde_json::Value {
        static NULL: serde_json::Value = serde_json::Value::Null;
        self.template.resource(logical_id).map_or(&NULL, |resource| &resource.properties[property])
    }
}

/// Asserts that there is nothing wrong.
pub(crate) fn assert_none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

/// Asserts that a check notices each broken template: (piece, replacement, words of the fault).
pub(crate) fn assert_noticed(faults: impl Fn(&Subject) -> Vec<String>, broken: &[(&str, &str, &str)]) {
    for (piece, replacement, words) in broken {
        let found = faults(&Subject::broken(piece, replacement));
        assert!(
            found.iter().any(|fault| fault.contains(words)),
            "`{piece}` → `{replacement}` should be noticed as `{words}`, but was: {found:#?}"
        );
    }
}
