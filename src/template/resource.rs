//! What a template makes, in one form for CloudFormation, SAM and Terraform: kinds and properties as CloudFormation writes them.

use super::value::{Value, Why};

/// A resource that is going to be deployed.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// Its name in the template: a logical id, or an address of Terraform.
    pub(super) id: String,
    /// Such as `AWS::Lambda::Function`.
    pub(super) kind: String,
    pub(super) line: usize,
    /// What AWS will call it.
    pub(super) name: Value,
    pub(super) arn: Value,
    pub(super) properties: Value,
    /// Why it may not be made at all.
    pub(super) doubt: Option<Why>,
}

impl Resource {
    pub(super) fn get(&self, name: &str) -> &Value {
        self.properties.get(name)
    }
}

/// All that a template makes.
#[derive(Debug, Clone, Default)]
pub(super) struct Stack {
    pub(super) resources: Vec<Resource>,
    /// What is not understood, and may change the rest.
    pub(super) notes: Vec<Note>,
    /// Why roles and functions may be granted more than is seen here.
    pub(super) more: Option<Why>,
    /// Values that nobody may read in an output.
    pub(super) sensitive: Vec<String>,
}

impl Stack {
    pub(super) fn note(&mut self, line: usize, text: impl Into<String>) {
        self.notes.push(Note {
            line,
            text: text.into(),
        });
    }

    pub(super) fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Resource> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }
}

/// Something of a template that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// From 1.
    pub line: usize,
    /// What, and what follows from that.
    pub text: String,
}
