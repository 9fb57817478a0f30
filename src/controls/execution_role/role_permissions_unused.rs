//! Which services may the role use, and has not for long? By IAM's own record; a role that is younger than that is left
//! alone. Only the sweep reads it: what nobody used changes without a call.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::limited;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::facts::actions;
use crate::finding::{Evidence, Severity};
use crate::policy::RoleGrants;
use crate::role::breadth::listed;
use crate::settings::day_of;
use crate::snapshot::{Facet, ServiceLastAccessed};

pub(crate) static CONTROL: Control = Control {
    id: "role-permissions-unused",
    title: "The execution role does not use what it may use",
    layer: Layer::ExecutionRole,
    severity: Severity::Low,
    reads: &[
        Facet::Configuration,
        Facet::RolePolicies,
        Facet::RoleBoundary,
        Facet::RoleServiceUse,
    ],
    risk: "Permissions that nothing needs serve only whoever takes over the function.",
    remediation: "# what the role used, and when:\n\
                  aws iam generate-service-last-accessed-details --arn {role_arn}\n\
                  # then take these services out of its policies: {services}",
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#remove-credentials",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let role = &context.snapshot.configuration()?.role;
    let usage = context.snapshot.role_service_use()?;
    let Some(grants) = limited(context)? else {
        return Ok(Verdict::default());
    };
    let days = context.decisions.unused_after_days();
    let since = context
        .today
        .saturating_sub(SignedDuration::from_hours(24 * i64::from(days)));
    if usage.create_date.is_none_or(|made| day_of(made) > since) {
        return Ok(Verdict::default());
    }
    let unused: Vec<&str> = usage
        .services_last_accessed
        .iter()
        .filter(|service| is_unused(service, since) && is_allowed(service, grants))
        .map(|service| service.service_namespace.as_str())
        .collect();
    Ok(Verdict::of((!unused.is_empty()).then(|| {
        let services = listed(unused.iter().copied());
        let detail = format!("allowed and not used for {days} days: {services}");
        Evidence::new("services", detail)
            .fill("role_arn", role)
            .fill("services", services)
    })))
}

fn is_unused(service: &ServiceLastAccessed, since: Date) -> bool {
    service.last_authenticated.is_none_or(|last| day_of(last) < since)
}

/// Whether the policies still allow anything of it: they may have changed since IAM was asked.
fn is_allowed(service: &ServiceLastAccessed, grants: &RoleGrants) -> bool {
    let of_service = actions::of_service(&service.service_namespace);
    let mut names = of_service.iter().map(ToString::to_string);
    let is_mentioned = grants.mentions_service(&service.service_namespace);
    of_service.is_empty() || (is_mentioned && names.any(|action| grants.mentions(&action)))
}
