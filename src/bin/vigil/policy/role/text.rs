//! How is it told in words what a role can do?

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use lambda_vigil::facts::actions;
use lambda_vigil::policy::Ground;
use lambda_vigil::role::{Escalation, Proof, Read, Service, Verdict};

use super::super::plain;
use super::super::way::tell_way;
use super::RoleDocument;

/// As many names as one reads in a line.
const MOST: usize = 8;

/// Tells all of it.
pub(super) fn tell(out: &mut impl Write, document: &RoleDocument) -> Result<()> {
    let abilities = &document.abilities;
    writeln!(out, "{}", plain(&document.role))?;
    let is_administrator = abilities.administrator.verdict == Verdict::Yes;
    writeln!(out, "Administrator: {}", answered(&abilities.administrator))?;
    escalations(out, &abilities.escalations, is_administrator)?;
    reads(out, "Data beyond named resources", &abilities.data)?;
    reads(out, "Secrets beyond named resources", &abilities.secrets)?;
    services(out, &abilities.services)?;
    trust(out, document)?;
    limits(out, document)?;
    for missing in &document.not_recorded {
        writeln!(out, "Not recorded: {}", plain(missing))?;
    }
    Ok(())
}

/// `yes`, `no` or `cannot tell`, and by what.
fn answered(proof: &Proof) -> String {
    let word = match proof.verdict {
        Verdict::Yes => "yes",
        Verdict::No => "no",
        Verdict::CannotTell => "cannot tell",
    };
    format!("{word}{}", grounds(proof))
}

/// By which statements, or why it is not decided.
fn grounds(proof: &Proof) -> String {
    let by = |ground: &Ground| format!("{} in {}", ground.statement, ground.policy);
    let text = match &proof.reason {
        Some(reason) => format!(": {reason}"),
        None if proof.statements.is_empty() => String::new(),
        None => format!(
            ", by {}",
            proof.statements.iter().map(by).collect::<Vec<_>>().join(" and ")
        ),
    };
    plain(&text)
}

fn escalations(out: &mut impl Write, all: &[Escalation], is_administrator: bool) -> Result<()> {
    if is_administrator {
        writeln!(
            out,
            "Escalation: needless, {} sets of permissions are at hand",
            all.len()
        )?;
        return Ok(());
    }
    writeln!(out, "Escalation:{}", if all.is_empty() { " none" } else { "" })?;
    for one in all {
        let how = match (one.proof.verdict, one.depends_on_target) {
            (Verdict::CannotTell, _) => "not decided",
            (_, true) => "depending on the target",
            (_, false) => "proved",
        };
        let place = one
            .resource
            .as_ref()
            .map(|resource| format!(" on {resource}"))
            .unwrap_or_default();
        writeln!(out, "  {}, {how}{}{}", one.set, plain(&place), grounds(&one.proof))?;
        writeln!(out, "    {}: {}", one.description, one.actions.join(" + "))?;
    }
    Ok(())
}

/// Those that stand on the same statements and resource in one line.
fn reads(out: &mut impl Write, title: &str, all: &[Read]) -> Result<()> {
    writeln!(out, "{title}:{}", if all.is_empty() { " none" } else { "" })?;
    let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for read in all {
        let place = read
            .resource
            .as_ref()
            .map(|resource| format!(" on {resource}"))
            .unwrap_or_default();
        let undecided = if read.proof.verdict == Verdict::CannotTell {
            ", not decided"
        } else {
            ""
        };
        let behind = format!("{}{undecided}{}", plain(&place), grounds(&read.proof));
        alike.entry(behind).or_default().push(read.action);
    }
    for (behind, actions) in alike {
        writeln!(out, "  {}{behind}", shown(&actions))?;
    }
    Ok(())
}

fn services(out: &mut impl Write, all: &[Service]) -> Result<()> {
    let (sure, unsure): (Vec<&Service>, Vec<&Service>) = all.iter().partition(|one| one.proof.verdict == Verdict::Yes);
    let names: Vec<&str> = sure.iter().map(|one| one.service.as_str()).collect();
    let missing: Vec<&str> = actions::services()
        .map(|one| one.prefix)
        .filter(|one| !names.contains(one))
        .collect();
    let text = match (names.len(), missing.len()) {
        (0, _) => "none".to_owned(),
        (_, 0) => format!("all {} of AWS's", names.len()),
        (known, rest) if known > MOST && rest <= MOST => format!("{known}, all but {}", missing.join(", ")),
        (known, _) if known > MOST => format!("{known}, {}", shown(&names)),
        (_, _) => names.join(", "),
    };
    writeln!(out, "Services: {}", plain(&text))?;
    let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for one in unsure {
        alike.entry(grounds(&one.proof)).or_default().push(&one.service);
    }
    for (why, names) in alike {
        writeln!(out, "  not decided for {}{why}", plain(&shown(&names)))?;
    }
    Ok(())
}

fn trust(out: &mut impl Write, document: &RoleDocument) -> Result<()> {
    let trust = &document.trust;
    let is_nobody = trust.services.is_empty() && trust.assumers.is_empty() && trust.federated.is_empty();
    writeln!(
        out,
        "May assume it:{}",
        if is_nobody { " nobody that is recorded" } else { "" }
    )?;
    for one in &trust.services {
        let reason = one.reason.as_ref().map(|reason| format!(": {reason}"));
        let statements = one.statements.join(" + ");
        let line = format!(
            "{} by statement {statements}{}",
            one.service,
            reason.unwrap_or_default()
        );
        writeln!(out, "  {}", plain(&line))?;
    }
    trust.assumers.iter().try_for_each(|way| tell_way(out, way))?;
    for one in &trust.federated {
        let who = match (&one.reason, one.is_open) {
            (Some(reason), _) => format!("not decided: {reason}"),
            (None, true) => "anyone who signs in there".to_owned(),
            (None, false) => "users that the conditions admit".to_owned(),
        };
        let line = format!("users of {} by statement {}: {who}", one.provider, one.statement);
        writeln!(out, "  {}", plain(&line))?;
    }
    Ok(())
}

fn limits(out: &mut impl Write, document: &RoleDocument) -> Result<()> {
    if let Some(boundary) = &document.limits.permissions_boundary {
        writeln!(out, "Limited by the permissions boundary {}", plain(boundary))?;
    }
    for level in &document.limits.service_control_policies {
        let line = format!("{}: {}", level.level, level.policies.join(", "));
        writeln!(out, "Limited by the service control policies of {}", plain(&line))?;
    }
    Ok(())
}

/// The first names, and how many more there are.
fn shown(names: &[&str]) -> String {
    let first: Vec<&str> = names.iter().copied().take(MOST).collect();
    match names.len().saturating_sub(MOST) {
        0 => first.join(", "),
        rest => format!("{} and {rest} more", first.join(", ")),
    }
}
