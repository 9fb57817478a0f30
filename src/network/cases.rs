//! Networks as people build them, with every path written out.

mod acls;
mod endpoints;
mod gateways;
mod groups;
mod nat;
mod routes;
mod world;

use std::fmt::Write;

use super::Answer;
use world::World;

/// A question and its answer: subnet, service, answer in words.
type Path = (&'static str, &'static str, &'static str);

struct Case {
    name: &'static str,
    build: fn(&mut World),
    paths: &'static [Path],
}

/// Every case. The world before one changes it: `a` and `b` are private subnets in two zones, `p` is public, with an internet
/// gateway; a function in `sg-fn`, which may go everywhere.
fn cases() -> Vec<&'static Case> {
    let tables = [
        endpoints::CASES,
        nat::CASES,
        acls::CASES,
        gateways::CASES,
        groups::CASES,
        routes::CASES,
    ];
    tables.into_iter().flatten().collect()
}

#[test]
fn every_path_is_as_written() {
    let cases = cases();
    assert!(cases.len() >= 25);
    let mut wrong = String::new();
    for case in cases {
        let mut world = World::default();
        (case.build)(&mut world);
        for (subnet, service, expected) in case.paths {
            let answer = world.ask(subnet, service).to_string();
            if answer != *expected {
                let _ = write!(
                    wrong,
                    "{}: {subnet} to {service}:\n    {answer}\n    {expected}\n",
                    case.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn names_of_cases_are_unique() {
    let cases = cases();
    let names: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
}

proptest::proptest! {
    /// Whatever is built on whatever: an answer comes, always the same one, and a wider group never shuts a way.
    #[test]
    fn a_wider_group_never_shuts_a_way(picked in proptest::collection::vec(0..cases().len(), 0..5)) {
        let cases = cases();
        let mut world = World::default();
        for index in &picked {
            (cases[*index].build)(&mut world);
        }
        for subnet in ["subnet-a", "subnet-b", "subnet-p"] {
            for service in ["s3", "sqs", "kms", "secretsmanager", "iam"] {
                let before = world.ask(subnet, service);
                proptest::prop_assert_eq!(&before, &world.ask(subnet, service));
                let mut wider = world.clone();
                wider.open("sg-fn", &["all 0.0.0.0/0", "all ::/0"]);
                let after = wider.ask(subnet, service);
                if matches!(before, Answer::Way(_)) {
                    proptest::prop_assert!(matches!(after, Answer::Way(_)), "{} to {}: {}", subnet, service, after);
                }
            }
        }
    }
}
