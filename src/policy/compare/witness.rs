//! From the values that were found to a request that both policies can be asked about, and the asking.

use super::caller::{Kind, Party};
use super::clause::{ACTION, RESOURCE, spelled};
use super::search::Draft;
use super::variable::readable;
use crate::policy::document::{Policy, Principal};
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::allows_as_written;

/// Who holds an identity policy, unless a condition asks for somebody.
const HOLDER: &str = "arn:aws:iam::111122223333:role/holder";
/// An account, a service that no policy names.
const STRANGER: &str = "arn:aws:iam::000000000000:role/stranger";
const SERVICE: &str = "unlisted.amazonaws.com";

/// The request as AWS would write it, if the concrete evaluation tells the policies apart by it, too.
pub(super) fn replayed(draft: Draft, party: &Party, (narrow, wide): (&Policy, &Policy)) -> Result<Request, String> {
    let request = spelled(request(draft, party)?, [narrow, wide]);
    let tells = |request: &Request| allows_as_written(request, narrow) && !allows_as_written(request, wide);
    if tells(&request) {
        Ok(request.readable(tells))
    } else {
        Err("the reasoning and the concrete evaluation disagree about the request that was found".into())
    }
}

fn request(mut draft: Draft, party: &Party) -> Result<Request, String> {
    let mut text = |key| match draft.remove(key) {
        Some(Some(Values::One(text))) => readable(&text),
        _ => String::new(),
    };
    let (action, resource) = (text(ACTION), text(RESOURCE));
    let context = draft.into_iter().filter_map(|(key, value)| Some((key, shown(value?))));
    let mut request = Request {
        action,
        resource,
        caller: Caller::Anonymous,
        context: context.collect(),
    };
    request.caller = caller(party, request.context.get("aws:principalarn"))?;
    Ok(request)
}

fn shown(values: Values) -> Values {
    match values {
        Values::One(value) => Values::One(readable(&value)),
        Values::Many(values) => Values::Many(values.iter().map(|value| readable(value)).collect()),
    }
}

fn caller(party: &Party, arn: Option<&Values>) -> Result<Caller, String> {
    let identity = |otherwise: &str| {
        let arn = arn.and_then(|arn| arn.all().first()).map_or(otherwise, String::as_str);
        Caller::Principal { arn: arn.to_owned() }
    };
    match party {
        Party::Holder => Ok(identity(HOLDER)),
        Party::Stranger(Kind::Anonymous) => Ok(Caller::Anonymous),
        Party::Stranger(Kind::Identity(None)) => Ok(identity(STRANGER)),
        Party::Stranger(Kind::Identity(Some(account))) => {
            Ok(identity(&format!("arn:aws:iam::{account}:role/stranger")))
        }
        Party::Stranger(Kind::Service) => Ok(Caller::Service { name: SERVICE.into() }),
        Party::Named(Principal::Service(name)) => Ok(Caller::Service { name: name.clone() }),
        Party::Named(Principal::Arn(arn)) => Ok(Caller::Principal { arn: arn.clone() }),
        Party::Named(_) | Party::Stranger(Kind::Federated) => {
            Err("callers of a federated, canonical or unknown kind are told apart, but not evaluated".into())
        }
    }
}
