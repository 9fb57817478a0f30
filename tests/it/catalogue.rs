//! What holds for all controls at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use lambda_vigil::arn::FunctionArn;
use lambda_vigil::assess::{ACCEPTED_BY, assess};
use lambda_vigil::controls::{self, Context, Judged, Layer};
use lambda_vigil::memory::Account;
use lambda_vigil::snapshot::{Facet, Reason, ScopeKind, Snapshot};

use crate::recorded::{cases, now, root, settings, snapshot};

fn judged(snapshot: &Snapshot, control: &controls::Control) -> Judged {
    (control.evaluate)(&Context::new(snapshot, &settings(), now()))
}

fn all_functions(cases: &BTreeMap<String, Account>) -> Vec<(String, FunctionArn, Snapshot)> {
    let mut all = Vec::new();
    for (name, account) in cases {
        for function in account.functions() {
            all.push((name.clone(), function.clone(), snapshot(account, function)));
        }
    }
    all
}

/// An id never changes once it is out: users' settings, suppressions and filters name it.
#[test]
fn the_controls_are_those_of_the_catalogue() {
    let listed = std::fs::read_to_string(root().join("tests/controls.txt")).unwrap();
    let listed: Vec<&str> = listed.lines().collect();
    let known: Vec<&str> = controls::ALL.iter().map(|control| control.id).collect();
    assert_eq!(known, listed);
}

#[test]
fn ids_are_sorted_unique_and_name_their_files() {
    let ids: Vec<&str> = controls::ALL.iter().map(|control| control.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    let files: BTreeSet<String> = files(&root().join("src/controls"));
    let expected: BTreeSet<String> = ids.iter().map(|id| id.replace('-', "_")).collect();
    assert_eq!(files, expected, "one file per control, named by its id");
}

/// The controls about functions; those about the monitor itself have a file of tests of their own.
fn of_functions() -> impl Iterator<Item = &'static controls::Control> {
    controls::ALL.iter().copied().filter(|control| !control.is_own())
}

/// The files in the folders of the layers.
fn files(folder: &Path) -> BTreeSet<String> {
    let layers = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let files = layers.flat_map(|layer| std::fs::read_dir(layer).unwrap().map(|entry| entry.unwrap().path()));
    files
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn texts_are_complete() {
    for control in controls::ALL {
        assert!(control.title.len() > 10 && !control.title.ends_with('.'), "{control:?}");
        assert!(
            control.risk.len() > 60 && control.risk.ends_with('.') && !control.risk.contains("  "),
            "{control:?}"
        );
        assert!(control.remediation.contains("aws "), "{control:?}");
        assert!(
            control
                .references
                .iter()
                .any(|reference| reference.starts_with("https://docs.aws.amazon.com/")),
            "{control:?}"
        );
        assert!(
            !control.is_own() || control.layer == Layer::Monitor,
            "{control:?} reads nothing"
        );
    }
}

#[test]
fn each_facet_is_read_by_some_control() {
    let specific = controls::ALL
        .iter()
        .filter(|control| control.reads.len() < Facet::ALL.len());
    let read = specific.flat_map(|control| control.reads.iter().copied());
    let read: BTreeSet<Facet> = read.chain([ACCEPTED_BY]).collect();
    assert_eq!(read, BTreeSet::from(Facet::ALL));
}

#[test]
fn each_control_fires_in_its_case_and_holds_in_the_near_misses() {
    let cases = cases();
    for control in of_functions() {
        let account = cases
            .get(control.id)
            .unwrap_or_else(|| panic!("add tests/cases/{}/account.json", control.id));
        let (mut fired, mut held) = (0, 0);
        for function in account.functions() {
            let assessment = assess(&snapshot(account, function), &settings(), now());
            let (findings, accepted, unjudged) = (assessment.findings, assessment.accepted, assessment.unjudged);
            let fails = findings
                .iter()
                .any(|finding| finding.control == control.id && !accepted.contains_key(&finding.fingerprint));
            let judged = !unjudged.iter().any(|cannot| cannot.control == control.id);
            if function.name().starts_with("fires") {
                assert!(fails, "{} does not fire on {}", control.id, function.name());
                fired += 1;
            } else {
                assert!(function.name().starts_with("near-miss"), "{}", function.name());
                assert!(!fails, "{} fires on {}", control.id, function.name());
                assert!(judged, "{} cannot judge {}: {unjudged:?}", control.id, function.name());
                held += 1;
            }
        }
        assert!(fired > 0 && held > 0, "{}", control.id);
    }
}

/// Without a facet, a control that does not declare it says the same; one that does cannot judge, somewhere.
#[test]
fn controls_read_exactly_what_they_declare() {
    let mut needed: BTreeSet<(&str, Facet)> = BTreeSet::new();
    for (case, function, snapshot) in all_functions(&cases()) {
        let before = all_judged(&snapshot);
        for facet in Facet::ALL {
            let after = all_judged(&blanked(&snapshot, facet));
            for ((control, before), after) in controls::ALL.iter().zip(&before).zip(&after) {
                if !control.reads.contains(&facet) {
                    assert_eq!(
                        before, after,
                        "{} reads {facet:?} undeclared: {case} {function}",
                        control.id
                    );
                }
                if after.as_ref().map_or(true, |verdict| !verdict.unjudged.is_empty()) {
                    needed.insert((control.id, facet));
                }
            }
        }
    }
    for control in of_functions() {
        for facet in control.reads {
            assert!(
                needed.contains(&(control.id, *facet)),
                "{} declares {facet:?} and never reads it",
                control.id
            );
        }
    }
}

/// What each control says, in the order of the list.
fn all_judged(snapshot: &Snapshot) -> Vec<Judged> {
    let settings = settings();
    let context = Context::new(snapshot, &settings, now());
    controls::ALL
        .iter()
        .map(|control| (control.evaluate)(&context))
        .collect()
}

fn blanked(snapshot: &Snapshot, facet: Facet) -> Snapshot {
    let mut blank = snapshot.clone();
    let facts = match facet.scope() {
        ScopeKind::Function => &mut blank.own,
        ScopeKind::Role => Arc::make_mut(&mut blank.role),
        ScopeKind::Vpc => Arc::make_mut(&mut blank.vpc),
        ScopeKind::Place => Arc::make_mut(&mut blank.place),
    };
    facts.insert_unreadable(now(), facet, Reason::Throttled);
    blank
}

/// A declared facet that is not needed once another one settles the question.
const SETTLED_WITHOUT: &[(&str, Facet)] = &[
    ("concurrency-unreserved", Facet::AccountSettings), // a reservation is there
    ("url-auth-none", Facet::ResourcePolicies),         // no URL that asks for no authentication
    ("url-public", Facet::ResourcePolicies),            // no URL, no way in by URL
];

fn is_attached(snapshot: &Snapshot) -> bool {
    snapshot
        .configuration()
        .is_ok_and(|known| known.vpc_config.is_attached())
}

/// Whatever cannot be read: no control that needs it says that it holds.
#[test]
fn an_unread_facet_never_holds() {
    for (case, function, snapshot) in all_functions(&cases()) {
        for facet in Facet::ALL {
            let blank = blanked(&snapshot, facet);
            for control in of_functions().filter(|control| control.reads.contains(&facet)) {
                let holds = |snapshot| {
                    judged(snapshot, control)
                        .is_ok_and(|verdict| verdict.fails.is_empty() && verdict.unjudged.is_empty())
                };
                // Outside a VPC nothing of a network needs to be known.
                let is_network = control.layer == Layer::Network || facet.scope() == ScopeKind::Vpc;
                let outside = is_network && !is_attached(&snapshot) && facet != Facet::Configuration;
                let settled = (outside || SETTLED_WITHOUT.contains(&(control.id, facet))) && holds(&snapshot);
                assert!(
                    !holds(&blank) || settled,
                    "{} holds without {facet:?}: {case} {function}",
                    control.id
                );
            }
        }
    }
}

#[test]
fn every_placeholder_of_a_remediation_is_filled_in() {
    for (case, _, snapshot) in all_functions(&cases()) {
        for finding in assess(&snapshot, &settings(), now()).findings {
            let open = finding.remediation.split('<').skip(1).any(|rest| rest.contains('>'));
            assert!(
                !open && !finding.remediation.is_empty(),
                "{case} {}: {}",
                finding.control,
                finding.remediation
            );
        }
    }
}
