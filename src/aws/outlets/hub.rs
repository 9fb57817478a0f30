//! Findings for Security Hub, in the account and Region of the function that they are about.

use std::collections::BTreeMap;

use aws_sdk_securityhub::error::ProvideErrorMetadata;
use aws_sdk_securityhub::types::{
    AwsSecurityFinding, Compliance, ComplianceStatus, FindingProviderFields, FindingProviderSeverity, Partition,
    Recommendation, RecordState, Remediation, Resource, SeverityLabel,
};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::{Refused, failed};
use crate::aws::failure::{explain, reason};
use crate::aws::members::Members;
use crate::history::Transition;
use crate::report::asff;
use crate::snapshot::{Place, Reason};

/// The most findings of one `BatchImportFindings`.
const MOST: usize = 100;
/// Calls under way at a time.
const AT_ONCE: usize = 4;
/// Security Hub is off there.
const OFF: &str = "InvalidAccessException";
/// What the answer says of findings that Security Hub could not take just then.
const FOR_NOW: [&str; 3] = ["InternalError", "InternalException", "ThrottlingException"];

pub(super) async fn import(members: &Members, transitions: &[&Transition]) -> Result<(), Refused> {
    let mut places: BTreeMap<Place, Vec<&Transition>> = BTreeMap::new();
    for transition in transitions {
        let place = Place::of(&transition.finding.function);
        places.entry(place).or_default().push(transition);
    }
    // One account or Region in which Security Hub is off must not keep the others from it.
    let batches = places.iter().flat_map(|(place, transitions)| {
        let batches = transitions.chunks(MOST);
        batches.map(|batch| import_batch(members, place, batch))
    });
    let imported: Vec<_> = stream::iter(batches).buffered(AT_ONCE).collect().await;
    let (mut for_now, mut for_good) = (None, None);
    for refused in imported.into_iter().filter_map(Result::err) {
        match refused {
            Refused::ForNow(error) => for_now = for_now.or(Some(error)),
            Refused::ForGood(error) => for_good = for_good.or(Some(error)),
        }
    }
    match (for_now, for_good) {
        (Some(error), _) => Err(Refused::ForNow(error)),
        (None, Some(error)) => Err(Refused::ForGood(error)),
        (None, None) => Ok(()),
    }
}

async fn import_batch(members: &Members, place: &Place, batch: &[&Transition]) -> Result<(), Refused> {
    let what = || format!("import into Security Hub of {place}");
    let findings = batch.iter().map(|transition| finding(&asff(transition))).collect();
    // Security Hub takes findings of an account from that account only.
    let clients = members.clients(&place.account).await;
    let clients = clients.map_err(|why| match why {
        Reason::AccessDenied { .. } => Refused::ForGood(failed(what(), &why.to_string())),
        _ => Refused::ForNow(failed(what(), &why.to_string())),
    })?;
    let client = clients.security_hub(&place.region);
    let call = client.batch_import_findings().set_findings(Some(findings));
    let answer = match Box::pin(call.send()).await {
        Ok(answer) => answer,
        Err(error) => {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            let is_off = code == Some(OFF);
            let refused = failed(what(), &explain(&error));
            return Err(match reason("securityhub:BatchImportFindings", &error) {
                Reason::AccessDenied { .. } | Reason::NotFound => Refused::ForGood(refused),
                _ if is_off => Refused::ForGood(refused),
                _ => Refused::ForNow(refused),
            });
        }
    };
    // Single findings can fail in an answer that is none of failure.
    let Some(first) = answer.failed_findings().first() else {
        return Ok(());
    };
    let (code, message) = (
        first.error_code().unwrap_or_default(),
        first.error_message().unwrap_or_default(),
    );
    let count = answer.failed_findings().len();
    let refused = failed(
        what(),
        &format!("{count} of {} findings: `{code}`: {message}", batch.len()),
    );
    let is_for_now = |code: Option<&str>| code.is_some_and(|code| FOR_NOW.contains(&code));
    Err(
        if answer
            .failed_findings()
            .iter()
            .any(|failed| is_for_now(failed.error_code()))
        {
            Refused::ForNow(refused)
        } else {
            Refused::ForGood(refused)
        },
    )
}

/// The finding in the SDK's own type, which reads no JSON.
fn finding(asff: &Value) -> AwsSecurityFinding {
    let text = |pointer: &str| asff.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let texts = |pointer: &str| {
        let items = asff.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let severity = FindingProviderSeverity::builder()
        .label(SeverityLabel::from(text("/FindingProviderFields/Severity/Label")))
        .original(text("/FindingProviderFields/Severity/Original"));
    let provider = FindingProviderFields::builder()
        .severity(severity.build())
        .set_types(Some(texts("/FindingProviderFields/Types")));
    let advice = Recommendation::builder()
        .text(text("/Remediation/Recommendation/Text"))
        .url(text("/Remediation/Recommendation/Url"));
    let resource = Resource::builder()
        .r#type(text("/Resources/0/Type"))
        .id(text("/Resources/0/Id"))
        .partition(Partition::from(text("/Resources/0/Partition")))
        .region(text("/Resources/0/Region"));
    let status = ComplianceStatus::from(text("/Compliance/Status"));
    let mut finding = AwsSecurityFinding::builder()
        .schema_version(text("/SchemaVersion"))
        .id(text("/Id"))
        .product_arn(text("/ProductArn"))
        .generator_id(text("/GeneratorId"))
        .aws_account_id(text("/AwsAccountId"))
        .region(text("/Region"))
        .created_at(text("/CreatedAt"))
        .updated_at(text("/UpdatedAt"))
        .first_observed_at(text("/FirstObservedAt"))
        .last_observed_at(text("/LastObservedAt"))
        .title(text("/Title"))
        .description(text("/Description"))
        .finding_provider_fields(provider.build())
        .remediation(Remediation::builder().recommendation(advice.build()).build())
        .resources(resource.build())
        .compliance(Compliance::builder().status(status).build())
        .record_state(RecordState::from(text("/RecordState")));
    let fields = asff.pointer("/ProductFields").and_then(Value::as_object);
    for (name, value) in fields.into_iter().flatten() {
        finding = finding.product_fields(name, value.as_str().unwrap_or_default());
    }
    finding.build()
}
