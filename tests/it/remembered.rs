//! Whatever happens, in whatever order: a monitor that remembers its judgements says what one says that judges everything anew.

use std::cell::Cell;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use lambda_vigil::arn::{AccountId, Arn, Region};
use lambda_vigil::event::{self, Intake};
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Silence};
use lambda_vigil::monitor::{Collector, Inventory, Listed, Memo, Monitor, Overview, Own, Place};
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{FacetSet, Facts, Reason, Scope};
use serde_json::{Value, json};

use crate::monitor::{account, function, public, role};
use crate::recorded::now;
use crate::simulated::Random;

/// One account at different times.
struct Changing {
    accounts: Vec<Account>,
    which: Cell<usize>,
    at: Cell<Timestamp>,
}

impl Changing {
    fn account(&self) -> &Account {
        &self.accounts[self.which.get()]
    }
}

impl Inventory for &Changing {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.account().functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.account().roles_of(policy))
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        self.account().regions(account)
    }
}

impl Collector for &Changing {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        self.account().read(scope, facets, self.at.get())
    }
}

/// With a tag that accepts something for a while, and a runtime that ends before long.
fn aging(name: &str, role: &str, until: &str) -> Value {
    let mut function = function(name, role);
    function["Concurrency"] = json!({});
    function["Tags"] = json!({"vigil:accept/concurrency-unreserved": format!("bursts until {until}")});
    function["Configuration"]["Runtime"] = json!("nodejs22.x");
    function
}

/// With services that were used now or long ago.
fn used(name: &str, last: &str) -> Value {
    let mut role = role(name, false);
    role["ServiceUse"] = json!({"CreateDate": "2025-03-01T08:00:00Z", "ServicesLastAccessed": [
        {"ServiceNamespace": "logs", "LastAuthenticated": last}, {"ServiceNamespace": "xray", "LastAuthenticated": last}]});
    role
}

fn accounts() -> Vec<Account> {
    let of = |functions: &[Value], roles: &[Value]| {
        let mut recorded = Account::default();
        recorded.add(&account(functions, roles).to_string()).unwrap();
        recorded
    };
    let aging = |name: &str, role: &str| aging(name, role, "2026-11-25");
    vec![
        of(
            &[function("f0", "r0"), function("f1", "r0"), aging("f2", "r1")],
            &[role("r0", false), used("r1", "2026-08-25T10:00:00Z")],
        ),
        of(
            &[public(function("f0", "r0")), function("f1", "r1"), aging("f2", "r1")],
            &[role("r0", true), used("r1", "2026-08-25T10:00:00Z")],
        ),
        of(
            &[function("f0", "r0"), aging("f2", "r0")],
            &[role("r0", false), used("r1", "2026-08-27T22:00:00Z")],
        ),
    ]
}

const SETTINGS: [&str; 4] = [
    "",
    r#"deployers = ["arn:aws:sts::111122223333:assumed-role/deploy/*"]"#,
    "unusedAfterDays = 88\nruntimeExpiringDays = 400",
    "[[suppressions]]\ncontrol = \"role-admin\"\nfunction = \"f0\"\nreason = \"it is being replaced\"\nexpires = \"2026-11-23\"",
];

/// A call, as its record tells it.
fn call(random: &Random, at: Timestamp) -> Vec<Intake> {
    let name = format!("f{}", random.below(3));
    let of_role = json!({"roleName": format!("r{}", random.below(2))});
    let of_function = json!({"functionName": name});
    let (service, call, request) = match random.below(7) {
        0 => ("lambda", "AddPermission20150331v2", of_function),
        1 => ("lambda", "UpdateFunctionCode20150331v2", of_function),
        2 => ("lambda", "UpdateFunctionConfiguration20150331v2", of_function),
        3 => (
            "lambda",
            "TagResource20170331v2",
            json!({"resource": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")}),
        ),
        4 => ("iam", "PutRolePolicy", of_role),
        5 => ("iam", "UpdateAssumeRolePolicy", of_role),
        _ => return event::parse(&json!({"vigil": "sweep"})).unwrap(),
    };
    let actor = ["assumed-role/deploy/ci", "assumed-role/admin/alice"][random.below(2)];
    let record = json!({
        "eventSource": format!("{service}.amazonaws.com"), "eventName": call, "awsRegion": "eu-west-1", "eventTime": at.to_string(),
        "recipientAccountId": "111122223333", "userIdentity": {"arn": format!("arn:aws:sts::111122223333:{actor}")},
        "requestParameters": request,
    });
    event::parse(&record).unwrap()
}

/// All that comes of a stream of calls, while the account, the settings and the time go on.
fn told(seed: u64, memo: Memo) -> String {
    let (random, runtime) = (
        Random::new(seed),
        tokio::runtime::Builder::new_current_thread().build().unwrap(),
    );
    let world = Changing {
        accounts: accounts(),
        which: Cell::new(0),
        at: Cell::new(now()),
    };
    let home = Place {
        account: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
    };
    let mut monitor = Monitor {
        inventory: &world,
        collector: &world,
        store: MemoryStore::default(),
        notifier: Silence,
        clock: FixedClock(now()),
        settings: Settings::default(),
        until: None,
        memo,
        own: Own::new("arn:aws:lambda:eu-west-1:111122223333:function:vigil".parse().unwrap()),
        home,
    };
    let mut told = String::new();
    for _ in 0..200 {
        match random.below(12) {
            0 => world.which.set(random.below(3)),
            1 => monitor.settings = Settings::parse(SETTINGS[random.below(SETTINGS.len())]).unwrap(),
            2 | 3 => {
                let later = SignedDuration::from_mins(i64::try_from(random.below(600)).unwrap());
                world.at.set(world.at.get() + later);
                monitor.clock = FixedClock(world.at.get());
            }
            _ => {
                let intakes = call(&random, world.at.get());
                let outcome = runtime.block_on(monitor.handle(&intakes));
                writeln!(told, "{outcome:?}").unwrap();
            }
        }
    }
    monitor
        .store
        .each_open(&mut |open| writeln!(told, "{open:?}").unwrap())
        .unwrap();
    told
}

#[test]
fn what_is_remembered_is_what_would_be_judged_anew() {
    let mut news = 0;
    for seed in 1..=25 {
        let anew = told(seed, Memo::with_room_for(0));
        news += anew.matches("status: Resolved").count();
        assert_eq!(told(seed, Memo::default()), anew, "seed {seed}");
        // Where there is hardly any room, what is remembered comes and goes.
        assert_eq!(
            told(seed, Memo::with_room_for(30_000)),
            anew,
            "seed {seed}, hardly any room"
        );
    }
    assert!(news > 100, "something has to come and go: {news}");
}
