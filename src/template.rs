//! What would a template deploy? CloudFormation, SAM and Terraform come to one recorded account, which is judged like any other.
//!
//! What is not known before deployment is never guessed: a policy with a gap says all that the gap could be, with an element that no
//! question is decided by; a member of a configuration takes back what rests on it; everything else is a facet without a value.
//! Names that AWS makes up are stood in for, since whose they are is known.

mod cloudformation;
mod conditions;
mod deploy;
mod error;
mod evaluate;
mod given;
mod json;
mod names;
mod node;
mod open;
mod policy;
mod resource;
mod sam;
mod sites;
mod terraform;
mod value;
mod yaml;

use std::collections::BTreeMap;

use crate::arn::{AccountId, FunctionArn, Region};
use crate::assess::Assessment;
use crate::finding::Finding;
use deploy::Deployed;
use given::Given;
use open::Opens;
use resource::Stack;
use sites::Sites;

pub use error::TemplateError;
pub use given::Asked;
pub use resource::Note;

/// CloudFormation takes one megabyte ("AWS CloudFormation quotas").
const LONGEST_TEMPLATE: usize = 1024 * 1024;
/// Plans hold whole states.
const LONGEST_PLAN: usize = 256 * 1024 * 1024;
/// Words that are shorter say too much else to be taken out of a text.
const SHORTEST_SECRET: usize = 4;

/// The kind of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// CloudFormation.
    CloudFormation,
    /// CloudFormation with the transform of SAM.
    Sam,
    /// A plan of Terraform as JSON.
    Terraform,
}

impl Form {
    /// What it is called in front of people.
    pub fn label(self) -> &'static str {
        match self {
            Self::CloudFormation => "CloudFormation template",
            Self::Sam => "SAM template",
            Self::Terraform => "Terraform plan",
        }
    }
}

/// What a template would deploy.
#[derive(Debug)]
pub struct Deployment {
    /// The kind of the template.
    pub form: Form,
    /// The account that it is judged for.
    pub account: AccountId,
    /// Whether somebody, or the template, says which account that is; else it is a made-up one.
    pub is_account_known: bool,
    /// The Region that it is judged for.
    pub region: Region,
    /// The whole as a recorded account, in the form of `vigil schema snapshot`.
    pub recorded: serde_json::Value,
    /// What is not understood.
    pub notes: Vec<Note>,
    functions: BTreeMap<FunctionArn, Sites>,
    open: BTreeMap<FunctionArn, Opens>,
    sensitive: Vec<String>,
}

/// Reads a template, whatever its form.
pub fn read(text: &str, asked: &Asked) -> Result<Deployment, TemplateError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(plan) = terraform::plan_of(text, LONGEST_PLAN)? {
        let found = plan.place();
        let is_known = asked.account.is_some() || found.0.is_some();
        let given = placed(asked, found)?;
        let stack = terraform::read(&plan, &given);
        return Ok(Deployment::of((Form::Terraform, is_known), stack, &given));
    }
    if text.len() > LONGEST_TEMPLATE {
        return Err(TemplateError::TooLarge {
            bytes: text.len(),
            most: LONGEST_TEMPLATE,
            hint: "CloudFormation takes no larger template",
        });
    }
    let root = if text.trim_start().starts_with('{') {
        json::read(text)?
    } else {
        yaml::read(text)?
    };
    if !cloudformation::is_template(&root) {
        return Err(TemplateError::Unknown);
    }
    let form = if cloudformation::is_sam(&root) {
        Form::Sam
    } else {
        Form::CloudFormation
    };
    let given = placed(asked, (None, None))?;
    let stack = cloudformation::read(&root, &given)?;
    Ok(Deployment::of((form, asked.account.is_some()), stack, &given))
}

fn placed(asked: &Asked, found: (Option<AccountId>, Option<Region>)) -> Result<Given, TemplateError> {
    Given::of(asked, found).map_err(|error| TemplateError::Name {
        line: 1,
        detail: error.to_string(),
    })
}

impl Deployment {
    fn of((form, is_account_known): (Form, bool), stack: Stack, given: &Given) -> Self {
        let Deployed {
            recorded,
            functions,
            open,
        } = deploy::deploy(&stack, given);
        let mut notes = stack.notes;
        notes.sort();
        let mut sensitive = stack.sensitive;
        sensitive.retain(|word| word.len() >= SHORTEST_SECRET);
        // What holds another one goes first.
        sensitive.sort_by_key(|word| std::cmp::Reverse(word.len()));
        sensitive.dedup();
        Self {
            form,
            account: given.account.clone(),
            is_account_known,
            region: given.region.clone(),
            recorded: recorded.document(),
            notes,
            functions,
            open,
            sensitive,
        }
    }

    /// Takes back what rests on what is not known before deployment, and says so.
    pub fn settle(&self, assessment: &mut Assessment) {
        if let Some(opens) = self.open.get(&assessment.function) {
            open::settle(assessment, opens);
        }
    }

    /// The name of a function in the template; nothing where it is made elsewhere.
    pub fn id(&self, function: &FunctionArn) -> Option<&str> {
        self.functions
            .get(function)
            .map(|sites| sites.id.as_str())
            .filter(|id| !id.is_empty())
    }

    /// The line on which a function stands, from 1.
    pub fn line(&self, function: &FunctionArn) -> usize {
        self.functions.get(function).map_or(1, |sites| sites.line.max(1))
    }

    /// The line on which what a finding is about stands, from 1.
    pub fn line_of(&self, finding: &Finding) -> usize {
        self.functions
            .get(&finding.function)
            .map_or(1, |sites| sites.line_of(finding))
    }

    /// A text without what the template calls secret.
    pub fn veiled(&self, text: &str) -> String {
        let hide = |text: String, word: &String| {
            if text.contains(word) {
                text.replace(word, "(sensitive)")
            } else {
                text
            }
        };
        self.sensitive.iter().fold(text.to_owned(), hide)
    }
}
