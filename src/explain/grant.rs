//! How can a statement of a function's or layer's policy be narrowed? By its conditions, its principals, its actions.

use serde_json::json;

use super::fault::Fault;
use super::keep::keep;
use super::place::Place;
use super::search::{Attempt, Step, Work, drop_one, needed_principals};
use crate::facts::actions;
use crate::policy::{Caller, Tier, confinement};

/// The changes, the smallest first.
pub(super) static STEPS: [Step; 8] = [
    without_everybody,
    to_organization,
    to_source_account,
    to_sources,
    to_own_account,
    fewer_principals,
    fewer_actions,
    drop,
];

/// Controls of what only the owner should do: no organization does it.
const OF_THE_OWNER: [&str; 2] = ["modify-external", "read-external"];
/// What a caller of the open kind may be kept to.
const OPEN: [Tier; 2] = [Tier::Anonymous, Tier::AnyPrincipal];

fn tier(work: &Work<'_>) -> Option<Tier> {
    work.shown.exposure.as_ref().map(|exposure| exposure.tier)
}

/// The service that calls, where a service does.
fn service<'w>(work: &'w Work<'_>) -> Option<&'w str> {
    match &work.shown.request()?.caller {
        Caller::Service { name } => Some(name),
        Caller::Anonymous | Caller::Principal { .. } => None,
    }
}

fn asking(work: &Work<'_>, fault: &Fault, (at, condition): (usize, [&str; 3])) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let [operator, key, value] = condition;
    let members = piece.asking(operator, key, &[value.to_owned()]);
    let how = format!("let {} ask for {key} {value} ({operator})", piece.label);
    Some(work.attempt(fault, fault.draft.with(at, vec![members]), how))
}

/// As [`asking`], of the service that calls: nobody else of the statement's principals says for which resource he calls, or another one
/// than this service does. So they keep the statement as it is, in one of their own.
fn asking_service(work: &Work<'_>, fault: &Fault, (at, condition): (usize, [&str; 3])) -> Option<Attempt> {
    let caller = service(work)?;
    let alone = asking_of(work, fault, (at, condition), &|(kind, name)| {
        kind == "Service" && name == caller
    })?;
    if work.closes_with(&alone) {
        return Some(alone);
    }
    // The finding may be about other services, too.
    asking_of(work, fault, (at, condition), &|(kind, _)| kind == "Service")
}

/// As [`asking`], of some of the principals.
fn asking_of(
    work: &Work<'_>,
    fault: &Fault,
    (at, condition): (usize, [&str; 3]),
    is_asked: &dyn Fn(&(String, String)) -> bool,
) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let all = piece.principals().unwrap_or_default();
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| is_asked(one));
    if own.is_empty() || others.is_empty() {
        return asking(work, fault, (at, condition));
    }
    let [operator, key, value] = condition;
    let confined = piece.saying(piece.held_by(&own));
    let confined = confined.asking(operator, key, &[value.to_owned()]);
    let mut rest = piece.held_by(&others);
    // One document holds one statement of a name, and permissions are taken away by it.
    if let Some(sid) = piece.texts("Sid").and_then(|all| all.into_iter().next()) {
        rest.insert("Sid".to_owned(), json!(free_sid(fault, &sid)));
    }
    let names: Vec<&str> = own.iter().map(|(_, name)| name.as_str()).collect();
    let how = format!(
        "let {} ask {} for {key} {value} ({operator}), and leave its other principals in a statement of their own",
        piece.label,
        names.join(", ")
    );
    Some(work.attempt(fault, fault.draft.with(at, vec![confined, rest]), how))
}

/// Letters that a statement id may have.
const LONGEST_SID: usize = 100;

fn free_sid(fault: &Fault, sid: &str) -> String {
    let names = |name: &str| {
        fault
            .draft
            .pieces()
            .iter()
            .any(|piece| piece.members.get("Sid") == Some(&json!(name)))
    };
    let numbered = (1_usize..).map(|number| {
        let end = format!("-others-{number}");
        let start: String = sid.chars().take(LONGEST_SID - end.len()).collect();
        format!("{start}{end}")
    });
    let mut free = numbered.filter(|name| !names(name));
    free.next().unwrap_or_default()
}

/// Beside principals that are named nobody else need be let in; a condition on all of them would shut services out.
fn without_everybody(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let all = piece.principals()?;
    let named: Vec<(String, String)> = all.iter().filter(|(_, name)| name != "*").cloned().collect();
    if named.is_empty() || named.len() == all.len() {
        return None;
    }
    let how = format!("take * out of the principals of {}", piece.label);
    let attempt = work.attempt(fault, fault.draft.with(at, vec![piece.held_by(&named)]), how);
    Some(attempt.confirm("that nobody but the principals that it names needs it"))
}

/// Whether a statement is for a URL that asks for no authentication: kept to some callers it lets nobody in who has no credentials,
/// and those who have some need no such URL.
fn is_for_anybody(work: &Work<'_>, fault: &Fault, at: usize) -> bool {
    let piece = fault.draft.pieces().get(at);
    let types = piece
        .map(|piece| piece.asked("lambda:FunctionUrlAuthType"))
        .unwrap_or_default();
    let is_of_url = work.trial.control.id.starts_with("url-");
    types.iter().any(|kind| kind == "NONE") || is_of_url && work.shown.exposure.is_some() && is_url_open(work, fault)
}

fn is_url_open(work: &Work<'_>, fault: &Fault) -> bool {
    let urls = work.trial.snapshot.urls().into_iter().flatten();
    let mut own = urls.filter(|url| url.qualifier.as_deref() == fault.place.qualifier());
    own.any(|url| url.auth_type == "NONE")
}

/// Whether services call by a statement, which have neither organization nor account: they are named, or it asks for what only they
/// say, for which resource and account they call.
fn is_for_services(fault: &Fault, at: usize) -> bool {
    let keys = ["aws:SourceArn", "aws:SourceAccount"];
    let Some(piece) = fault.draft.pieces().get(at) else {
        return false;
    };
    let mut principals = piece.principals().into_iter().flatten();
    principals.any(|(kind, _)| kind == "Service") || keys.iter().any(|key| !piece.asked(key).is_empty())
}

fn to_organization(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    if is_for_anybody(work, fault, at) || is_for_services(fault, at) {
        return None;
    }
    let organization = work.trial.settings.organization.as_deref()?;
    let is_open = tier(work).is_some_and(|tier| OPEN.contains(&tier)) && service(work).is_none();
    let is_open = is_open && !OF_THE_OWNER.contains(&work.trial.control.id);
    let condition = ["StringEquals", "aws:PrincipalOrgID", organization];
    let attempt = asking(work, fault, (at, condition)).filter(|_| is_open)?;
    Some(attempt.confirm("that the accounts of your organization are to have it, and nobody else"))
}

fn to_own_account(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let tier = tier(work)?;
    let is_wide = OPEN.contains(&tier) || matches!(tier, Tier::Organization | Tier::Trusted);
    // The owner of a layer needs no grant, and a permission of one cannot ask for an account.
    let is_layer = matches!(fault.place, Place::Layer(_));
    if !is_wide || is_layer || service(work).is_some() || work.trial.control.id == "invoke-account-root" {
        return None;
    }
    if is_for_anybody(work, fault, at) || is_for_services(fault, at) {
        return None;
    }
    let account = work.trial.snapshot.function.account();
    let condition = ["StringEquals", "aws:PrincipalAccount", account.as_str()];
    let attempt = asking(work, fault, (at, condition))?;
    Some(attempt.confirm("that only your own account is to have it"))
}

fn to_source_account(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let (service, account) = (service(work)?, work.trial.snapshot.function.account());
    let demanded = confinement(service, ["aws", "us-east-1", account.as_str()]);
    let condition = ["StringEquals", "aws:SourceAccount", account.as_str()];
    let attempt = asking_service(work, fault, (at, condition)).filter(|_| demanded.source_account)?;
    Some(attempt.confirm("that only resources of your own account are to call"))
}

/// Any resource of the service in the own account and Region, where the service says for which one it calls.
fn to_sources(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let function = &work.trial.snapshot.function;
    let (region, account) = (function.region(), function.account());
    let demanded = confinement(service(work)?, [region.partition(), region.as_str(), account.as_str()]);
    let form = demanded.source_arn?;
    let fields: Vec<&str> = form.splitn(6, ':').take(5).collect();
    // A bucket's ARN names no account.
    let is_of_account = fields.last().is_some_and(|own| *own == account.as_str());
    let any = format!("{}:*", fields.join(":"));
    let condition = ["ArnLike", "aws:SourceArn", any.as_str()];
    let attempt = asking_service(work, fault, (at, condition)).filter(|_| is_of_account)?;
    Some(attempt.confirm(format!(
        "that only resources of your own account in {region} are to call"
    )))
}

fn fewer_principals(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    needed_principals(work, fault, (at, "be let in"))
}

/// Actions that somebody who uses a function needs; to call its URL, both.
const USE: [&str; 2] = ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"];

fn fewer_actions(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let mut all = piece.texts("Action")?;
    let is_about_use = work.trial.control.id.starts_with("invoke-");
    all.retain(|action| !is_about_use || !USE.contains(&action.as_str()));
    let mut kept: Vec<String> = Vec::new();
    let mut passes = |some: &[String]| work.closes(fault, fault.draft.with(at, vec![piece.listing("Action", some)]));
    for action in &all {
        let before = kept.len();
        keep(&mut kept, std::slice::from_ref(action), &mut passes);
        let is_pattern = action.contains(['*', '?']);
        if kept.len() == before && is_pattern && !is_about_use {
            let meant = |name: &&&str| actions::matching(action).any(|one| one.to_string() == ***name);
            let meant: Vec<String> = USE.iter().filter(meant).map(|name| (*name).to_owned()).collect();
            keep(&mut kept, &meant, &mut passes);
        }
    }
    if kept.is_empty() {
        return None;
    }
    let how = format!("let {} allow {} only", piece.label, kept.join(", "));
    let draft = fault.draft.with(at, vec![piece.listing("Action", &kept)]);
    Some(
        work.attempt(fault, draft, how)
            .confirm("that the caller needs no other of its actions"),
    )
}

/// Takes the statement out, and says how one caller can stay.
fn drop(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let attempt = drop_one(work, fault, at)?;
    let label = &fault.draft.pieces().get(at)?.label;
    let function = &work.trial.snapshot.function;
    let place = [
        function.region().partition(),
        function.region().as_str(),
        function.account().as_str(),
    ];
    let form = service(work).and_then(|service| confinement(service, place).source_arn);
    let instead = match (form, tier(work)) {
        _ if is_for_anybody(work, fault, at) => {
            "; for callers with credentials, give the URL the AuthType AWS_IAM and grant them the call instead"
                .to_owned()
        }
        (Some(form), _) => format!("; for one resource of yours, keep it and let it ask for aws:SourceArn {form}"),
        (None, Some(Tier::Trusted | Tier::External | Tier::Organization)) if service(work).is_none() => {
            "; for one role that does, keep it and name that role's ARN as its principal".to_owned()
        }
        (None, _) => String::new(),
    };
    Some(attempt.confirm(format!("that nobody needs what {label} grants{instead}")))
}
