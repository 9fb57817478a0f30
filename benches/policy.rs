//! How long do the questions to the policy engine take? An ordinary function policy, role policies of AWS's own size,
//! and a policy that was written to be slow.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops at the first surprise"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use lambda_vigil::assess::assess;
use lambda_vigil::controls::{self, Context};
use lambda_vigil::facts::managed_policies;
use lambda_vigil::policy::{Answer, Capability, Policy, RoleGrants, Target, Trust, exposures};
use lambda_vigil::role::Holder;
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Configuration, Facts, ManagedPolicy, RoleBoundary, RolePolicies, Snapshot, Value};

/// As in the binaries.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OWN: &str = "111122223333";
const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";

fn policy(statements: &[String]) -> Policy {
    Policy::parse(&document(statements)).unwrap()
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn ask(policy: &Policy) -> usize {
    let target = Target {
        function_arn: ARN.into(),
        url: None,
    };
    let trust = Trust {
        account: OWN.into(),
        organization: Some("o-exampleorg".into()),
        ..Trust::default()
    };
    exposures(std::slice::from_ref(policy), &target, &trust, Capability::Invoke).len()
}

fn grant(sid: usize, principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Sid":"s{sid}","Effect":"Allow","Principal":{principal},"Action":"lambda:InvokeFunction","Resource":"{ARN}","Condition":{condition}}}"#
    )
}

/// What twenty triggers and partners leave behind.
fn ordinary() -> Policy {
    let sources = [
        ("sns", "sns:eu-west-1:111122223333:topic"),
        ("events", "events:eu-west-1:111122223333:rule/nightly"),
        (
            "apigateway",
            "execute-api:eu-west-1:111122223333:a1b2c3d4e5/*/POST/orders",
        ),
        ("s3", "s3:::uploads"),
    ];
    let service = |index: usize| {
        let (service, source) = sources[index % sources.len()];
        let condition = format!(
            r#"{{"ArnLike":{{"aws:SourceArn":"arn:aws:{source}"}},"StringEquals":{{"aws:SourceAccount":"{OWN}"}}}}"#
        );
        grant(
            index,
            &format!(r#"{{"Service":"{service}.amazonaws.com"}}"#),
            &condition,
        )
    };
    let mut statements: Vec<String> = (0..14).map(service).collect();
    statements.extend((14..18).map(|index| grant(index, &format!(r#"{{"AWS":"99998888{index:04}"}}"#), "{}")));
    statements.push(grant(
        18,
        r#""*""#,
        r#"{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg"}}"#,
    ));
    statements.push(r#"{"Sid":"tls","Effect":"Deny","Principal":"*","Action":"lambda:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#.into());
    policy(&statements)
}

/// Wildcards that overlap in many ways, and denials that all have to be escaped by one value.
fn hostile() -> Policy {
    let deny = |n: usize| {
        let letter = char::from(b'a' + u8::try_from(n % 26).unwrap());
        let values: Vec<String> = (3..15)
            .map(|gap| format!("\"*{letter}{}b*\"", "?".repeat(gap)))
            .collect();
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringNotLike":{{"aws:UserAgent":[{}]}}}}}}"#,
            values.join(",")
        )
    };
    let mut statements = vec![grant(0, r#""*""#, "{}")];
    while document(&statements).len() < 20_000 {
        statements.push(deny(statements.len()));
    }
    policy(&statements)
}

/// Every question that the controls ask about a role.
fn analyse(grants: &RoleGrants) -> usize {
    let streams = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*";
    let reads = [
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "kms:Decrypt",
    ];
    let mut answers = vec![grants.allows_everything()];
    answers.extend(["logs:CreateLogStream", "logs:PutLogEvents"].map(|action| grants.covers(action, streams)));
    answers.extend(reads.map(|action| grants.unscoped(action)));
    answers.iter().filter(|answer| matches!(answer, Answer::Yes(_))).count()
}

fn role(statements: &[String]) -> RoleGrants {
    RoleGrants::new(vec![("managed".into(), policy(statements))], None, OWN.into())
}

/// As many action patterns as `ReadOnlyAccess` has.
fn reader() -> RoleGrants {
    let verbs = [
        "Get*",
        "List*",
        "Describe*",
        "BatchGet*",
        "Search*",
        "View*",
        "Lookup*",
        "Check*",
        "Query*",
        "Scan*",
    ];
    let actions = (0..140).flat_map(|service| verbs.map(|verb| format!("\"service{service}:{verb}\"")));
    let actions: Vec<String> = actions
        .chain(["logs", "ssm", "kms"].map(|service| format!("\"{service}:Get*\"")))
        .collect();
    role(&[format!(
        r#"{{"Effect":"Allow","Action":[{}],"Resource":"*"}}"#,
        actions.join(",")
    )])
}

fn answering(criterion: &mut Criterion) {
    let (ordinary, hostile) = (ordinary(), hostile());
    criterion.bench_function("policy/function-20-statements", |bencher| {
        bencher.iter(|| ask(&ordinary));
    });
    criterion.bench_function("policy/hostile-20-kb", |bencher| bencher.iter(|| ask(&hostile)));
    let administrator = role(&[r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.into()]);
    criterion.bench_function("policy/role-administrator", |bencher| {
        bencher.iter(|| analyse(&administrator));
    });
    let reader = reader();
    criterion.bench_function("policy/role-reader", |bencher| bencher.iter(|| analyse(&reader)));
}

/// A function whose role has one attached policy.
fn attached(arn: &str, document: &str) -> Snapshot {
    let (now, role) = (Timestamp::UNIX_EPOCH, "arn:aws:iam::111122223333:role/orders");
    let configuration = Configuration {
        role: role.to_owned(),
        ..Configuration::default()
    };
    let mut snapshot = Snapshot::new(ARN.parse().unwrap());
    let mut facts = Facts::default();
    snapshot.own.insert(now, Value::Configuration(configuration.into()));
    let attached = vec![ManagedPolicy {
        policy_arn: arn.to_owned(),
        policy_document: document.to_owned(),
    }];
    let policies = RolePolicies {
        inline: Vec::new(),
        attached,
    };
    facts.insert(now, Value::RolePolicies(policies));
    facts.insert(now, Value::RoleBoundary(RoleBoundary::default()));
    snapshot.role = std::sync::Arc::new(facts);
    snapshot
}

/// All that `vigil policy role` says, over the documents of AWS's own size.
fn reporting(criterion: &mut Criterion) {
    for name in ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess"] {
        let policy = managed_policies::find(&format!("arn:aws:iam::aws:policy/{name}")).unwrap();
        let document = Policy::parse(&policy.document()).unwrap();
        let role = "arn:aws:iam::111122223333:role/orders";
        criterion.bench_function(&format!("policy/role-report-{name}"), |bencher| {
            bencher.iter(|| {
                let identity = vec![(policy.arn(), document.clone())];
                let grants = RoleGrants::new(identity, None, OWN.into()).held_by(role);
                let holder = Holder {
                    grants: &grants,
                    role,
                    account: OWN,
                    partition: "aws",
                    functions: Vec::new(),
                    policies: Vec::new(),
                    is_bounded: false,
                };
                holder.abilities().services.len()
            });
        });
    }
}

/// All controls of the role over the documents of AWS's own size, and every policy of AWS's through every set of
/// escalation.
fn judging(criterion: &mut Criterion) {
    let (settings, now) = (Settings::default(), "2026-11-21T12:00:00Z".parse().unwrap());
    for name in ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess"] {
        let policy = managed_policies::find(&format!("arn:aws:iam::aws:policy/{name}")).unwrap();
        let snapshot = attached(&policy.arn(), &policy.document());
        criterion.bench_function(&format!("policy/all-controls-{name}"), |bencher| {
            bencher.iter(|| assess(&snapshot, &settings, now));
        });
    }
    let control = controls::find("role-privilege-escalation").unwrap();
    let snapshots: Vec<Snapshot> = managed_policies::all()
        .map(|policy| attached(&policy.arn(), &policy.document()))
        .collect();
    criterion.bench_function("policy/escalation-of-every-managed-policy", |bencher| {
        bencher.iter(|| {
            let judged = snapshots
                .iter()
                .map(|snapshot| (control.evaluate)(&Context::new(snapshot, &settings, now)));
            judged
                .filter(|verdict| verdict.as_ref().is_ok_and(|verdict| !verdict.fails.is_empty()))
                .count()
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    targets = answering, reporting, judging
}
criterion_main!(benches);
