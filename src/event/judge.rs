//! What does one CloudTrail record change, or why does it change nothing?

use std::sync::Arc;

use super::call::{self, Call};
use super::canary;
use super::error::shown;
use super::lambda::{self, LAMBDA};
use super::record::{Record, label};
use super::{Awaited, Cause, Change, Ignored, Intake, Subject};
use crate::snapshot::{Facet, FacetSet};

/// The verdict on a record.
pub(super) fn judge(record: &Record<'_>) -> Intake {
    if let Some(echo) = canary::echo(record) {
        return echo;
    }
    let cause = Arc::new(record.cause());
    let changes = match unchanged(record) {
        Some(reason) => Err(reason),
        None => match call::call_named(record.event_source, record.event_name) {
            Some(call) => listed(call, record, &cause),
            None => unlisted(record, &cause),
        },
    };
    match changes.and_then(|changes| own(changes, record)) {
        Ok(changes) => Intake::Changes(changes),
        Err(reason) => Intake::Ignored { reason, cause },
    }
}

/// Why nothing can have changed, whatever the call was.
fn unchanged(record: &Record<'_>) -> Option<Ignored> {
    if record.is_misdelivered() {
        return Some(Ignored::AccountMismatch);
    }
    // A dry run that would have succeeded is an error record, too.
    record.error_code().map(|code| match code.as_str() {
        "Client.DryRunOperation" | "DryRunOperation" => Ignored::DryRun,
        _ => Ignored::FailedCall { code: shown(&code) },
    })
}

/// A row of the table decides, also against `readOnly` and `managementEvent`: AWS documents `LambdaESMDisabled` as a data event and sends it as another.
fn listed(call: &Call, record: &Record<'_>, cause: &Arc<Cause>) -> Result<Vec<Change>, Ignored> {
    if let Some(reason) = call.moot.and_then(|moot| moot(record)) {
        return Err(reason);
    }
    let subjects = call.subjects(record).into_iter();
    Ok(subjects.map(|subject| change(call, record, subject, cause)).collect())
}

fn change(call: &Call, record: &Record<'_>, subject: Subject, cause: &Arc<Cause>) -> Change {
    let version = is_version(&subject);
    let changed = call.of_version.filter(|_| version).unwrap_or(call.facets);
    let parameters_omitted = record.parameters_omitted();
    Change {
        deleted: call.deletes && !version && subject != Subject::Unknown,
        account: record.account.clone(),
        region: record.region.clone(),
        facets: if parameters_omitted {
            widened(changed)
        } else {
            changed.iter().copied().collect()
        },
        parameters_omitted,
        awaited: awaited(call, record, version),
        cause: Arc::clone(cause),
        subject,
    }
}

/// What is deleted of a function may be one version of it.
fn awaited(call: &Call, record: &Record<'_>, is_version: bool) -> Option<Awaited> {
    if record.parameters_omitted() || (call.deletes && is_version) {
        return None;
    }
    call.shows.and_then(|shows| shows(record)).map(Awaited::next)
}

/// All facets of the scopes that some of them belong to: a call that hides its parameters is not taken at its name.
fn widened(facets: &[Facet]) -> FacetSet {
    let all = facets.iter().flat_map(|facet| Facet::of(facet.scope()));
    all.filter(|facet| *facet != Facet::Omissions).collect()
}

fn is_version(subject: &Subject) -> bool {
    matches!(subject, Subject::Function { qualifier: Some(_), .. })
}

/// A call without a row: of Lambda's, everything that is not a read counts.
fn unlisted(record: &Record<'_>, cause: &Arc<Cause>) -> Result<Vec<Change>, Ignored> {
    if record.is_data_event() || (is_lambda(record) && record.event_name.starts_with("Invoke")) {
        return Err(Ignored::DataEvent);
    }
    if is_read(record) {
        return Err(Ignored::ReadOnly);
    }
    if !is_lambda(record) {
        return Err(Ignored::Unrelated { call: label(record) });
    }
    let named = lambda::mentioned(record).filter(|subjects| !subjects.is_empty());
    let call = LAMBDA.call("", lambda::ALL, call::Find::First(&[]));
    let subjects = named.unwrap_or_else(|| vec![Subject::Unknown]).into_iter();
    Ok(subjects.map(|subject| change(&call, record, subject, cause)).collect())
}

fn is_lambda(record: &Record<'_>) -> bool {
    call::global(record.event_source) == LAMBDA.event_source
}

fn is_read(record: &Record<'_>) -> bool {
    const READS: [&str; 3] = ["Get", "List", "Describe"];
    let named_so = || READS.iter().any(|prefix| record.event_name.starts_with(prefix));
    record.read_only().unwrap_or_else(named_so)
}

/// Leaves out functions of other accounts: their owner's account receives its own record of the same call, and a record must not steer reads elsewhere.
fn own(changes: Vec<Change>, record: &Record<'_>) -> Result<Vec<Change>, Ignored> {
    let ours = |change: &Change| match &change.subject {
        Subject::Function { arn, .. } => arn.account() == &record.account,
        _ => true,
    };
    let (ours, foreign): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(ours);
    if ours.is_empty() && !foreign.is_empty() {
        return Err(Ignored::ForeignFunction);
    }
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::tests::{changes, detail, ignored};
    use crate::snapshot::ScopeKind;

    fn add_permission() -> Value {
        detail(
            "lambda.amazonaws.com",
            "AddPermission20150331v2",
            json!({"functionName": "orders-worker"}),
            json!(null),
        )
    }

    fn with(mut record: Value, name: &str, value: Value) -> Value {
        record[name] = value;
        record
    }

    #[test]
    fn what_failed_or_only_tried_is_ignored() {
        let denied = Ignored::FailedCall {
            code: "AccessDenied".into(),
        };
        let failed = |code: &str| ignored(&with(add_permission(), "errorCode", json!(code)));
        assert_eq!(failed("AccessDenied"), denied);
        assert_eq!(failed("Client.DryRunOperation"), Ignored::DryRun);
        let request = |dry: bool| json!({"functionName": "f", "dryRun": dry});
        let code = |dry: bool| {
            detail(
                "lambda.amazonaws.com",
                "UpdateFunctionCode20150331v2",
                request(dry),
                json!(null),
            )
        };
        assert_eq!(ignored(&code(true)), Ignored::DryRun);
        assert_eq!(changes(&code(false)).len(), 1);
    }

    #[test]
    fn what_changes_no_posture_is_ignored() {
        let call = |service: &str, name: &str, read_only: Value| {
            let record = detail(
                &format!("{service}.amazonaws.com"),
                name,
                json!({"functionName": "f"}),
                json!(null),
            );
            ignored(&with(record, "readOnly", read_only))
        };
        assert_eq!(call("lambda", "Invoke", json!(false)), Ignored::DataEvent);
        assert_eq!(call("lambda", "GetFunction20150331v2", json!(null)), Ignored::ReadOnly);
        assert_eq!(call("lambda", "LookUpSomething", json!(true)), Ignored::ReadOnly);
        assert_eq!(call("kms", "Decrypt", json!(true)), Ignored::ReadOnly);
        let unrelated = Ignored::Unrelated {
            call: "s3.amazonaws.com PutBucketAcl".into(),
        };
        assert_eq!(call("s3", "PutBucketAcl", json!(false)), unrelated);
        let record = detail("lambda.amazonaws.com", "SendSomething", json!(null), json!(null));
        assert_eq!(
            ignored(&with(record, "managementEvent", json!(false))),
            Ignored::DataEvent
        );
    }

    #[test]
    fn an_empty_error_code_is_none() {
        for empty in [json!(null), json!("")] {
            assert_eq!(changes(&with(add_permission(), "errorCode", empty)).len(), 1);
        }
    }

    #[test]
    fn omitted_parameters_are_marked_and_widen_the_reading() {
        let all: FacetSet = Facet::of(ScopeKind::Role).collect();
        for request in [
            json!({"omitted": true, "originalSize": 131_072, "reason": "requestParameters too large"}),
            json!("requestParameters too large"),
        ] {
            let changes = changes(&detail("iam.amazonaws.com", "PutRolePolicy", request, json!(null)));
            assert_eq!(changes[0].subject, Subject::Unknown);
            assert!(changes[0].parameters_omitted);
            assert_eq!(changes[0].facets, all);
        }
        let partly = json!({"roleName": "r", "policyName": "p", "policyDocument": {"omitted": true}});
        let changes = changes(&detail("iam.amazonaws.com", "PutRolePolicy", partly, json!(null)));
        assert_eq!(changes[0].subject, Subject::Role("r".into()));
        assert!(changes[0].parameters_omitted);
    }

    #[test]
    fn an_omitted_request_leaves_the_answer() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders-worker";
        let record = detail(
            "lambda.amazonaws.com",
            "CreateFunction20150331",
            json!({"omitted": true}),
            json!({"functionArn": arn}),
        );
        assert!(
            matches!(&changes(&record)[0].subject, Subject::Function { arn: found, .. } if found.to_string() == arn)
        );
    }

    #[test]
    fn functions_of_other_accounts_are_their_owners_business() {
        let arn = "arn:aws:lambda:eu-west-1:444455556666:function:orders-worker";
        let record = detail(
            "lambda.amazonaws.com",
            "AddPermission20150331v2",
            json!({"functionName": arn}),
            json!(null),
        );
        assert_eq!(ignored(&record), Ignored::ForeignFunction);
    }
}
