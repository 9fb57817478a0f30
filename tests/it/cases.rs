//! Each recorded situation, and the findings that follow from it: golden files, to be read in review.

use std::fmt::Write;

use lambda_vigil::assess::{Accepted, assess};

use crate::recorded::{cases, now, root, settings, snapshot};

#[test]
fn every_case_gives_its_golden_findings() {
    for (name, account) in cases() {
        let mut text = String::new();
        for function in account.functions() {
            let assessment = assess(&snapshot(&account, function), &settings(), now());
            let _ = writeln!(text, "{}", function.name());
            for finding in &assessment.findings {
                let evidence = &finding.evidence;
                let on = evidence
                    .qualifier
                    .as_deref()
                    .map_or_else(String::new, |qualifier| format!(":{qualifier}"));
                let accepted = match assessment.accepted.get(&finding.fingerprint) {
                    Some(Accepted::For(reason)) => format!(" (accepted: {reason})"),
                    Some(Accepted::AsBefore) => " (its tags are not read)".to_owned(),
                    None => String::new(),
                };
                let _ = writeln!(
                    text,
                    "  {} {}{on} [{}] {}{accepted}",
                    finding.severity, finding.control, evidence.subject, evidence.detail
                );
                finding.remediation.lines().for_each(|line| {
                    let _ = writeln!(text, "      {line}");
                });
            }
            for cannot in assessment.unjudged.iter().filter(|cannot| !cannot.is_not_due()) {
                let _ = writeln!(text, "  cannot judge {}: {}", cannot.control, cannot.why);
            }
        }
        let folder = root().join("tests/cases").join(&name);
        insta::with_settings!({snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("findings", text);
        });
    }
}
