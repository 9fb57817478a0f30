//! Why a template cannot be used, where, and what to do.

/// A template that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Longer than anything that can be deployed.
    #[error("it has {bytes} bytes, more than the {most} that are read: {hint}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The bound.
        most: usize,
        /// What to do.
        hint: &'static str,
    },
    /// The text is neither JSON nor YAML.
    #[error("line {line}: {detail}; correct it, as a deployment would be refused for it as well")]
    Syntax {
        /// From 1.
        line: usize,
        /// What the parser met.
        detail: String,
    },
    /// A part has a form that templates do not have.
    #[error("line {line}: `{path}` must be {expected}")]
    Shape {
        /// From 1.
        line: usize,
        /// The place in the document.
        path: String,
        /// What has to stand there.
        expected: &'static str,
    },
    /// A plan that is not one.
    #[error(
        "the plan is not understood: {detail}; make it by `terraform plan -out PLAN` and `terraform show -json PLAN`"
    )]
    Plan {
        /// What is wrong.
        detail: String,
    },
    /// The text is a document of another kind.
    #[error(
        "it is neither a CloudFormation or SAM template (it has no `Resources`) nor a Terraform plan (no `planned_values`); \
         a plan is made by `terraform plan -out PLAN` and `terraform show -json PLAN`"
    )]
    Unknown,
    /// Its functions and references make more text than any template that can be deployed.
    #[error("its references and functions make more than {most} bytes of text: no stack is that large")]
    TooMuch {
        /// The bound.
        most: usize,
    },
    /// A value that was given for a parameter.
    #[error("`{name}` is no parameter of the template; it has {known}")]
    NoSuchParameter {
        /// The name that was given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A name that AWS does not take.
    #[error("line {line}: {detail}")]
    Name {
        /// From 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
}
