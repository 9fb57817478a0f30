//! Which request shows that the finding is true? The one that the policy engine has proved, where it has.

use super::fault::Fault;
use super::place::Place;
use crate::controls::Context;
use crate::finding::Evidence;
use crate::policy::{
    self, Caller, Capability, Exposure, ExposureVerdict, Policy, Request, Target, UrlAuth, trust, why_open,
};

/// A request, and why the conditions of the statements let it through.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The way in of which the finding speaks.
    pub(super) exposure: Option<Exposure>,
    /// One sentence per condition.
    pub(super) why_open: Vec<String>,
}

impl Shown {
    /// The request.
    pub(super) fn request(&self) -> Option<&Request> {
        match &self.exposure.as_ref()?.verdict {
            ExposureVerdict::Present { witness } => Some(witness),
            ExposureVerdict::Conditional { witness, .. } => witness.as_ref(),
            ExposureVerdict::CannotTell { .. } => None,
        }
    }
}

/// Controls of what services call: who else is let in is another finding.
const ABOUT_SERVICES: [&str; 3] = [
    "invoke-service-unconfined",
    "invoke-source-account-missing",
    "invoke-source-broad",
];

/// What shows a finding about who may use the function, its layer or its role.
pub(super) fn shown(control: &str, evidence: &Evidence, fault: &Fault, context: &Context<'_>) -> Shown {
    let labels: Vec<&str> = fault
        .statements
        .iter()
        .filter_map(|place| fault.draft.pieces().get(*place))
        .map(|piece| piece.label.as_str())
        .collect();
    let Ok(policy) = Policy::parse(&fault.draft.judged()) else {
        return Shown::default();
    };
    let is_of_it = |exposure: &Exposure| exposure.statements.iter().all(|label| labels.contains(&label.as_str()));
    let is_named = |exposure: &Exposure| evidence.detail.contains(&exposure.caller);
    let mut found: Vec<Exposure> = ways(control, fault, context).into_iter().filter(is_of_it).collect();
    let is_about_services = ABOUT_SERVICES.contains(&control);
    let is_service = |exposure: &Exposure| {
        request_of(exposure).is_some_and(|request| matches!(request.caller, Caller::Service { .. }))
    };
    // The action of the evidence first, then the caller: several ways may lead through one statement.
    found.sort_by_key(|exposure| {
        let action = request_of(exposure).map_or("", |request| request.action.as_str());
        (
            is_about_services && !is_service(exposure),
            !is_named(exposure),
            action.is_empty(),
            !evidence.detail.contains(action),
        )
    });
    let Some(exposure) = found.into_iter().next() else {
        return Shown::default();
    };
    Shown {
        why_open: why_open(&[policy], &exposure),
        exposure: Some(exposure),
    }
}

fn request_of(exposure: &Exposure) -> Option<&Request> {
    match &exposure.verdict {
        ExposureVerdict::Present { witness } => Some(witness),
        ExposureVerdict::Conditional { witness, .. } => witness.as_ref(),
        ExposureVerdict::CannotTell { .. } => None,
    }
}

fn ways(control: &str, fault: &Fault, context: &Context<'_>) -> Vec<Exposure> {
    let Ok(policy) = Policy::parse(&fault.draft.judged()) else {
        return Vec::new();
    };
    let function = &context.snapshot.function;
    let of = |arn: String, capabilities: &[Capability], url: Option<UrlAuth>| -> Vec<Exposure> {
        let target = Target { function_arn: arn, url };
        let all = capabilities.iter();
        all.flat_map(|capability| {
            policy::exposures(std::slice::from_ref(&policy), &target, context.trust(), *capability)
        })
        .collect()
    };
    match &fault.place {
        Place::Function | Place::Qualifier(_) => {
            let qualifier = fault.place.qualifier();
            let capabilities: &[Capability] = match control {
                "modify-external" => &[Capability::Change],
                "read-external" => &[Capability::Read],
                "grant-broader-than-invoke" => &[Capability::Change, Capability::Read],
                "url-public" | "url-grant-latent" => &[Capability::InvokeUrl],
                "grant-dead" => &[Capability::Invoke, Capability::Change, Capability::Read],
                _ => &[Capability::Invoke],
            };
            let url = capabilities
                .contains(&Capability::InvokeUrl)
                .then(|| auth(qualifier, context));
            of(function.with_qualifier(qualifier), capabilities, url)
        }
        Place::Layer(arn) => of(arn.clone(), &[Capability::Read], None),
        Place::Trust => {
            let role = context.snapshot.configuration().map(|known| known.role.clone());
            role.map_or_else(|_| Vec::new(), |role| trust::assumers(&policy, &role, context.trust()))
        }
        Place::Inline(_) | Place::Managed(_) | Place::Boundary(_) | Place::Endpoint(_) => Vec::new(),
    }
}

/// How a URL authenticates; where there is none, how one would that is open to all.
fn auth(qualifier: Option<&str>, context: &Context<'_>) -> UrlAuth {
    let urls = context.snapshot.urls().into_iter().flatten();
    let mut own = urls.filter(|url| url.qualifier.as_deref() == qualifier);
    match own.next() {
        Some(url) if url.auth_type != "NONE" => UrlAuth::AwsIam,
        Some(_) | None => UrlAuth::None,
    }
}
