//! How can a statement of a role's trust policy be narrowed? By its principals: a function's role is for Lambda.

use serde_json::json;

use super::fault::Fault;
use super::search::{Attempt, Step, Work, drop_one, needed_principals};

/// The changes, the smallest first.
pub(super) static STEPS: [Step; 4] = [fewer_principals, drop_unless_last, to_lambda, deny];

const LAMBDA: &str = "lambda.amazonaws.com";

fn fewer_principals(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    needed_principals(work, fault, (at, "assume the role"))
}

/// IAM takes no trust policy without a statement.
fn drop_unless_last(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    drop_one(work, fault, at).filter(|_| fault.draft.pieces().len() > 1)
}

/// Where the statement is what lets Lambda in.
fn to_lambda(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let members = piece.held_by(&[("Service".to_owned(), LAMBDA.to_owned())]);
    let how = format!("let {} name {LAMBDA} alone as its principal", piece.label);
    let attempt = work.attempt(fault, fault.draft.with(at, vec![members]), how);
    Some(attempt.confirm("that nobody but Lambda needs the role"))
}

/// The last statement cannot be taken out: it denies what it allowed.
fn deny(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let members = piece.set("Effect", json!("Deny"));
    let how = format!(
        "let {} deny instead of allow, since a trust policy has to say something",
        piece.label
    );
    let attempt = work.attempt(fault, fault.draft.with(at, vec![members]), how);
    Some(attempt.confirm("that nobody needs the role; Lambda, too, has to be named to run a function with it"))
}
