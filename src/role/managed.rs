//! Which policies of AWS's does the engine not classify to the end, and why? The list is committed.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Holder, breadth, reads};
use crate::facts::data_access::Yields;
use crate::facts::managed_policies;
use crate::policy::{Answer, Policy, RoleGrants};

const ROLE: &str = "arn:aws:iam::123456789012:role/app";

/// What is not decided of one policy: each reason with its questions.
fn undecided(arn: &str, document: &str) -> Vec<String> {
    let policy = match Policy::parse(document) {
        Ok(policy) => policy,
        Err(error) => return vec![format!("parse: {error}")],
    };
    let grants = RoleGrants::new(vec![(arn.to_owned(), policy)], None, "123456789012".into()).held_by(ROLE);
    let holder = Holder {
        grants: &grants,
        role: ROLE,
        account: "123456789012",
        partition: "aws",
        functions: Vec::new(),
        policies: Vec::new(),
        is_bounded: false,
    };
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |question: &str, reason: &str| open.entry(reason.to_owned()).or_default().push(question.to_owned());
    if let Answer::CannotTell(reason) = grants.allows_everything() {
        note("admin", &reason);
    }
    for (set, reason) in holder.ways().undecided {
        note(set.id, &reason);
    }
    for yields in [Yields::Data, Yields::Secret] {
        for read in reads::beyond_named(&grants, yields) {
            read.proof.reason.iter().for_each(|reason| note(read.action, reason));
        }
    }
    for grant in grants.allowing() {
        let (found, reasons) = breadth::wildcards(&grant);
        let is_open = found.is_empty();
        reasons
            .iter()
            .filter(|_| is_open)
            .for_each(|reason| note("breadth", reason));
    }
    open.into_iter()
        .map(|(reason, questions)| format!("{reason}: {}", breadth::listed(questions.iter().map(String::as_str))))
        .collect()
}

#[test]
fn what_is_not_decided_of_policies_of_aws_is_listed() {
    let (mut list, mut count, mut total) = (String::new(), 0, 0);
    for policy in managed_policies::all() {
        total += 1;
        let open = undecided(&policy.arn(), &policy.document());
        if !open.is_empty() {
            count += 1;
            let _ = writeln!(list, "{}{}", policy.path, policy.name);
            for one in &open {
                let _ = writeln!(list, "    {one}");
            }
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/policies");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let heading = format!("{count} of {total} policies have an answer withheld.");
    settings.bind(|| insta::assert_snapshot!("managed_undecided", format!("{heading}\n\n{list}")));
    assert_eq!(
        list.matches("budget").count(),
        0,
        "every policy of AWS's is decided within the budget"
    );
}
