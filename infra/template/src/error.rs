//! What can be wrong with a template, and where.

/// A template that cannot be read or evaluated.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The text is not YAML.
    #[error("the template is not YAML: {0}")]
    Yaml(#[from] serde_norway::Error),
    /// A part of the template is wrong.
    #[error("{at}: {problem}")]
    At {
        /// The resource's logical id, or the section (`Parameters`, `Conditions`) and what is wrong in it.
        at: String,
        /// What is wrong there.
        problem: Problem,
    },
}

/// What is wrong with one part of a template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A reference to something that is not there.
    #[error("refers to `{0}`, which is no parameter and no resource")]
    Unknown(String),
    /// A reference to a resource that is not created with these parameters.
    #[error("refers to `{0}`, which is not created: its condition is false")]
    NotCreated(String),
    /// An attribute nobody can answer for.
    #[error("asks for {0}, which is not known before it is deployed")]
    Attribute(String),
    /// A property that must be there.
    #[error("has no {0}")]
    Missing(&'static str),
    /// A value of the wrong kind.
    #[error("{what} must be {expected}")]
    Expected {
        /// The property or the intrinsic function.
        what: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An intrinsic function or a kind of event that is not understood here.
    #[error("uses {0}, which is not understood here")]
    Unsupported(String),
    /// A reference that ends in itself.
    #[error("refers to itself through `{0}`")]
    Circular(String),
    /// A parameter without default that was not given, one that was given and is not declared, or not allowed.
    #[error("{0}")]
    Parameter(String),
    /// A schedule that is no `rate(…)`.
    #[error("`{0}` is no schedule: rate(1 minute), rate(5 minutes), … hours, … days")]
    Schedule(String),
}

impl Problem {
    /// The error of this problem at a place.
    pub(crate) fn at(self, at: impl Into<String>) -> TemplateError {
        TemplateError::At { at: at.into(), problem: self }
    }

    pub(crate) fn expected(what: impl Into<String>, expected: &'static str) -> Self {
        Self::Expected { what: what.into(), expected }
    }
}
