//! Which requests are there? A small world, enumerated: callers of every relation to the owner, by every way of calling.

use super::super::{Tier, Trust};
use super::written::Asked;
use crate::policy::document::Policy;
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::{Outcome, decide};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const OWN: &str = "123456789012";
pub(super) const HOME: &str = "o-homehome12";
pub(super) const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";
const TRUSTED: &str = "222233334444";
const FRIEND: &str = "o-friend1234";

pub(super) fn trust() -> Trust {
    Trust {
        account: OWN.into(),
        organization: Some(HOME.into()),
        trusted_accounts: BTreeSet::from([TRUSTED.into()]),
        trusted_organizations: BTreeSet::from([FRIEND.into()]),
    }
}

/// A request, and what the reasoning may make of it.
pub(super) struct Sample {
    pub(super) request: Request,
    /// Whether the call takes no circumstance that nobody outside can know.
    pub(super) is_ordinary: bool,
    /// Keys of which AWS does not say what such a call holds.
    pub(super) undetermined: &'static [&'static str],
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

fn request(action: &str, caller: Caller, context: &Pairs<'_>) -> Request {
    let usual = [
        ("aws:securetransport", "true"),
        ("aws:requestedregion", "us-east-1"),
        ("aws:viaawsservice", "false"),
    ];
    let value = |key: &str, value: &str| {
        if key.ends_with("paths") || key.ends_with("list") {
            Values::Many(vec![value.to_owned()])
        } else {
            Values::One(value.to_owned())
        }
    };
    let context: BTreeMap<_, _> = usual
        .iter()
        .chain(context)
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| ((*key).to_owned(), value(key, text)))
        .collect();
    Request {
        action: action.into(),
        resource: ARN.into(),
        caller,
        context,
    }
}

/// Accounts, and organizations they may be in.
fn accounts() -> Vec<(&'static str, &'static str)> {
    let strangers = ["999988887777", "111111111111"].into_iter();
    let others = strangers.flat_map(|account| {
        ["", HOME, "o-stranger12", FRIEND, "o-unheard123"].map(|organization| (account, organization))
    });
    let few = [
        ("555566667777", ""),
        ("555566667777", HOME),
        (TRUSTED, ""),
        (TRUSTED, HOME),
    ];
    others.chain(few).chain([(OWN, HOME)]).collect()
}

fn path_of(organization: &str) -> String {
    if organization.is_empty() {
        return String::new();
    }
    format!("{organization}/r-ab12/ou-ab12-11111111/")
}

fn identities(all: &mut Vec<Sample>, action: &str, fixed: &Pairs<'_>) {
    let kinds = [("role/app", "AssumedRole"), ("user/bob", "User"), ("root", "Account")];
    let circumstances: [(bool, &[(&str, &str)]); 4] = [
        (true, &[("aws:sourceip", "198.51.100.7")]),
        (false, &[("aws:sourceip", "203.0.113.5")]),
        (false, &[("aws:sourcevpce", "vpce-0aa"), ("aws:sourcevpc", "vpc-0aa")]),
        (
            false,
            &[("aws:sourceip", "198.51.100.7"), ("aws:principaltag/team", "team-x")],
        ),
    ];
    for (account, organization) in accounts() {
        let path = path_of(organization);
        for (name, kind) in kinds {
            let arn = format!("arn:aws:iam::{account}:{name}");
            let own = [
                ("aws:principalaccount", account),
                ("aws:principalarn", &arn),
                ("aws:principaltype", kind),
                ("aws:principalorgid", organization),
                ("aws:principalorgpaths", &path),
                ("aws:principalisawsservice", "false"),
            ];
            for (is_ordinary, around) in circumstances {
                let context = own.iter().chain(around).chain(fixed).copied().collect();
                all.push(Sample {
                    request: request(action, Caller::Principal { arn: arn.clone() }, &context),
                    is_ordinary,
                    undetermined: &[],
                });
            }
        }
    }
}

/// What services show of their own account is not documented.
const UNDETERMINED: &[&str] = &["aws:principalaccount", "aws:principalarn", "aws:principaltype"];

fn services(all: &mut Vec<Sample>, action: &str, fixed: &Pairs<'_>) {
    let mut add = |name: &str, own: &Pairs<'_>| {
        let shared = [
            ("aws:principalisawsservice", "true"),
            ("aws:principalservicename", name),
            ("aws:principalservicenameslist", name),
        ];
        let context = shared.iter().chain(own).chain(fixed).copied().collect();
        all.push(Sample {
            request: request(action, Caller::Service { name: name.into() }, &context),
            is_ordinary: true,
            undetermined: UNDETERMINED,
        });
    };
    for (account, organization) in accounts() {
        let path = path_of(organization);
        let topic = format!("arn:aws:sns:us-east-1:{account}:topic");
        let sources = [
            ("sns.amazonaws.com", topic.as_str()),
            ("s3.amazonaws.com", "arn:aws:s3:::bucket"),
            ("s3.amazonaws.com", "arn:aws:s3:::unheard-of"),
        ];
        for (name, arn) in sources {
            let own = [
                ("aws:sourcearn", arn),
                ("aws:sourceaccount", account),
                ("aws:sourceorgid", organization),
                ("aws:sourceorgpaths", &path),
            ];
            add(name, &own.to_vec());
        }
    }
    for token in ["amzn1.ask.skill.x", "amzn1.ask.skill.unheard"] {
        add("alexa-appkit.amazon.com", &vec![("lambda:eventsourcetoken", token)]);
    }
}

fn anonymous(all: &mut Vec<Sample>, action: &str, fixed: &Pairs<'_>) {
    let own = [
        ("aws:principalaccount", "anonymous"),
        ("aws:principaltype", "Anonymous"),
    ];
    for (is_ordinary, address) in [(true, "198.51.100.7"), (false, "203.0.113.5")] {
        let at = [("aws:sourceip", address)];
        let context = own.iter().chain(&at).chain(fixed).copied();
        all.push(Sample {
            request: request(action, Caller::Anonymous, &context.collect()),
            is_ordinary,
            undetermined: &[],
        });
    }
}

/// Every request that may be made in the way that is asked about.
pub(super) fn universe(asked: Asked) -> Vec<Sample> {
    let mut all = Vec::new();
    let by_url = |auth: &'static str| vec![("lambda:functionurlauthtype", auth)];
    match asked {
        Asked::Direct => {
            for action in ["lambda:InvokeFunction", "lambda:InvokeAsync"] {
                identities(&mut all, action, &vec![]);
                services(&mut all, action, &vec![]);
            }
        }
        Asked::OpenUrl => anonymous(&mut all, "lambda:InvokeFunctionUrl", &by_url("NONE")),
        Asked::SignedUrl => {
            identities(&mut all, "lambda:InvokeFunctionUrl", &by_url("AWS_IAM"));
            services(&mut all, "lambda:InvokeFunctionUrl", &by_url("AWS_IAM"));
        }
    }
    all
}

/// Whether a call gets through; one by URL is checked twice.
pub(super) fn passes(request: &Request, asked: Asked, policies: &[Policy]) -> bool {
    let is_allowed = |request: &Request| decide(request, policies).outcome == Outcome::Allowed;
    is_allowed(request) && (asked == Asked::Direct || is_allowed(&request.through_url()))
}

fn one<'r>(request: &'r Request, key: &str) -> &'r str {
    match request.context.get(key) {
        Some(Values::One(value)) => value,
        Some(Values::Many(_)) | None => "",
    }
}

/// How far outside the caller of a request is, when `text` is all that is written about anybody.
pub(super) fn tier(request: &Request, text: &str) -> Tier {
    let is_named = |name: &str| !name.is_empty() && text.contains(name);
    let (account, organization) = match &request.caller {
        Caller::Anonymous => return Tier::Anonymous,
        Caller::Principal { arn } => (
            arn.split(':').nth(4).unwrap_or_default(),
            one(request, "aws:principalorgid"),
        ),
        Caller::Service { .. } => (one(request, "aws:sourceaccount"), one(request, "aws:sourceorgid")),
    };
    let of_organization = match organization {
        HOME => Tier::Organization,
        FRIEND => Tier::Trusted,
        other if is_named(other) => Tier::ForeignOrganization,
        _ => Tier::AnyPrincipal,
    };
    let base = match account {
        OWN => Tier::OwnAccount,
        TRUSTED if is_named(TRUSTED) => Tier::Trusted,
        TRUSTED => of_organization.max(Tier::Trusted),
        other if is_named(other) => of_organization.max(Tier::External),
        _ => of_organization,
    };
    if base > Tier::AnyPrincipal || matches!(request.caller, Caller::Principal { .. }) {
        return base;
    }
    let is_quoted = |source: &str| !source.is_empty() && text.contains(&format!("\"{source}\""));
    let source = one(request, "aws:sourcearn");
    if is_quoted(one(request, "lambda:eventsourcetoken")) {
        Tier::Trusted
    } else if source
        .strip_prefix("arn:aws:s3:::")
        .is_some_and(|bucket| text.contains(&format!(":{bucket}\"")))
    {
        // Whatever the fields before it, a name without wildcard is one bucket's.
        Tier::ReclaimableSource
    } else {
        Tier::AnySource
    }
}

/// Why AWS could never see the request; `None` when it could.
pub(super) fn impossible(request: &Request, asked: Asked) -> Option<String> {
    let has = |key: &str| request.context.contains_key(key);
    let is = |key: &str, value: &str| one(request, key) == value;
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    must(is("aws:securetransport", "true"), "transport");
    must(is("aws:requestedregion", "us-east-1"), "region");
    must(!has("lambda:invokedviafunctionurl"), "the flag of the second check");
    let auth = match asked {
        Asked::Direct => "",
        Asked::OpenUrl => "NONE",
        Asked::SignedUrl => "AWS_IAM",
    };
    must(is("lambda:functionurlauthtype", auth), "auth type");
    must(
        (request.caller == Caller::Anonymous) == (asked == Asked::OpenUrl),
        "anonymity",
    );
    let in_endpoint = has("aws:sourcevpce") || has("aws:sourcevpc");
    must(!(in_endpoint && has("aws:sourceip")), "an address and an endpoint");
    match &request.caller {
        Caller::Anonymous => {
            must(is("aws:principalaccount", "anonymous"), "the anonymous account");
            must(
                !has("aws:principalorgid") && !has("aws:sourcearn"),
                "a place of its own",
            );
        }
        Caller::Principal { arn } => {
            let account = arn.split(':').nth(4).unwrap_or_default();
            must(
                account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()),
                "an account id",
            );
            must(is("aws:principalaccount", account), "the caller's account");
            must(is("aws:principalarn", arn), "the caller's ARN");
            must(is("aws:principalisawsservice", "false"), "no service");
            must(in_endpoint || has("aws:sourceip"), "somewhere to call from");
            must(account != OWN || is("aws:principalorgid", HOME), "the own organization");
            must(
                !["aws:sourcearn", "aws:sourceaccount", "aws:principalservicename"]
                    .iter()
                    .any(|key| has(key)),
                "no source",
            );
            must(
                paths_fit(request, ["aws:principalorgid", "aws:principalorgpaths"]),
                "paths of its organization",
            );
        }
        Caller::Service { name } => {
            must(is("aws:principalisawsservice", "true"), "a service");
            must(is("aws:principalservicename", name), "the service's name");
            must(
                !has("aws:principalorgid") && !has("aws:sourceip") && !in_endpoint,
                "no place of its own",
            );
            let of_arn = one(request, "aws:sourcearn").split(':').nth(4).unwrap_or_default();
            let account = one(request, "aws:sourceaccount");
            must(
                of_arn.is_empty() || account.is_empty() || of_arn == account,
                "one source account",
            );
            must(account != OWN || is("aws:sourceorgid", HOME), "the own organization");
            must(
                paths_fit(request, ["aws:sourceorgid", "aws:sourceorgpaths"]),
                "paths of its organization",
            );
        }
    }
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

fn paths_fit(request: &Request, [id, paths]: [&str; 2]) -> bool {
    let Some(values) = request.context.get(paths) else {
        return true;
    };
    let start = format!("{}/", one(request, id));
    start.len() > 1 && values.all().iter().all(|path| path.starts_with(&start))
}
