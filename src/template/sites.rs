//! On which line of the template does what a finding is about stand?

use std::collections::BTreeMap;

use super::resource::Resource;
use crate::finding::Finding;

/// The places of a function and of what belongs to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sites {
    /// Its name in the template; empty where it is somewhere else.
    pub(super) id: String,
    pub(super) line: usize,
    /// Its role's, where the template makes that.
    pub(super) role: Option<usize>,
    subjects: BTreeMap<String, usize>,
}

impl Sites {
    pub(super) fn new(resource: &Resource) -> Self {
        let members = resource.properties.members().unwrap_or_default();
        let subjects = members.iter().map(|member| (member.name.clone(), member.line));
        let mut sites = Self {
            id: resource.id.clone(),
            line: resource.line,
            role: None,
            subjects: subjects.collect(),
        };
        // Controls name it as the API does.
        if let Some(line) = sites.subjects.get("KmsKeyArn").copied() {
            sites.add("KMSKeyArn", line);
        }
        sites
    }

    /// Notes where a subject of findings stands; the first place counts.
    pub(super) fn add(&mut self, subject: &str, line: usize) {
        self.subjects.entry(subject.to_owned()).or_insert(line);
        if self.line == 0 {
            self.line = line;
        }
    }

    /// The line of a finding: of its subject, of a word of that, or of the part of the function that its control looks at.
    pub(super) fn line_of(&self, finding: &Finding) -> usize {
        let of = |name: &str| self.subjects.get(name).copied();
        let subject = finding.evidence.subject.as_str();
        let words = || subject.split([' ', '+']).filter(|word| !word.is_empty());
        let is = |start: &str| finding.control.starts_with(start);
        let part = || match finding.control.as_str() {
            _ if is("role-") => self.role.or_else(|| of("Role")),
            _ if is("env-") => of("Environment"),
            _ if is("url-") => of("url"),
            _ if is("vpc-") || is("security-") => of("VpcConfig"),
            "tracing-inactive" => of("TracingConfig"),
            "layer-foreign" | "layer-shared-publicly" => of("Layers"),
            "concurrency-zero" => of("ReservedConcurrentExecutions"),
            _ => None,
        };
        let found = of(subject).or_else(|| words().rev().find_map(of)).or_else(part);
        found.filter(|line| *line > 0).unwrap_or(self.line.max(1))
    }
}
