//! What is checked: the real templates, or some that were broken on purpose.

use infra_template::{Context, Function, NESTED, Resource, Stack, TEMPLATE, Template};

/// A template, its nested ones in it, with what it comes to when everything optional is switched on.
pub(crate) struct Subject {
    pub(crate) template: Template,
    pub(crate) stack: Stack,
}

impl Subject {
    pub(crate) fn real() -> Self {
        Self::of(&|text| text.to_owned())
    }

    /// The real templates with a piece of their text replaced, everywhere it occurs.
    pub(crate) fn broken(piece: &str, replacement: &str) -> Self {
        let mut all = NESTED.iter().map(|(_, text)| text).chain([&TEMPLATE]);
        assert!(all.any(|text| text.contains(piece)), "the templates have no longer the piece to break: {piece}");
        Self::of(&|text| text.replace(piece, replacement))
    }

    fn of(made: &dyn Fn(&str) -> String) -> Self {
        let read = |text: &str| Template::parse(&made(text)).expect("the template can be read");
        let nested = NESTED.iter().map(|(path, text)| (*path, read(text)));
        Self::evaluated(nested.fold(read(TEMPLATE), |root, (path, nested)| root.with_nested(path, nested)))
    }

    pub(crate) fn evaluated(template: Template) -> Self {
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

    /// The connectors' templates, by path.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = (&str, &Template)> {
        self.template.nested().filter(|(path, _)| path.starts_with("connectors/"))
    }

    /// The resources of the root and of the connectors' templates. Their logical ids differ, and a parameter is called
    /// after what stands for it in the root, so that references can be followed through all of them: see `stacks`.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.template.resources().chain(self.rooms().flat_map(|(_, template)| template.resources()))
    }

    pub(crate) fn resources_of<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = (&'s str, &'s Resource)> {
        self.resources().filter(move |(_, resource)| resource.kind == kind)
    }

    /// Functions as they are written.
    pub(crate) fn written_functions(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.resources_of("AWS::Serverless::Function").chain(self.resources_of("AWS::Lambda::Function"))
    }

    pub(crate) fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.template
            .resource(logical_id)
            .or_else(|| self.rooms().find_map(|(_, template)| template.resource(logical_id)))
    }

    /// A property of a resource as it is written; `null` when there is none.
    pub(crate) fn property(&self, logical_id: &str, property: &str) -> &serde_json::Value {
        static NULL: serde_json::Value = serde_json::Value::Null;
        self.resource(logical_id).map_or(&NULL, |resource| &resource.properties[property])
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
