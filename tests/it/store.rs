//! What every store has to do, whatever it keeps the state in: compared with the one in memory, step by step.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::assess::assess;
use lambda_vigil::history::{Occasion, compare};
use lambda_vigil::memory::{Account, MemoryStore};
use lambda_vigil::monitor::{Coverage, Dependency, FunctionState, Overview, Place, Rows, Store, Which};
use lambda_vigil::report::Notice;
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Facet, FacetSet, Facts, LastChange, Reason, Scope, ScopeKind, Value as SnapshotValue};
use lambda_vigil::store::{FileError, FileStore};
use serde_json::{Value, json};

use crate::monitor::{account, function, public, role};
use crate::recorded::now;
use crate::simulated::Random;

/// A step more or less later than another.
fn at(random: &Random) -> Timestamp {
    now() + SignedDuration::from_secs(i64::try_from(random.below(50)).unwrap())
}

fn pick<'a, T>(random: &Random, of: &'a [T]) -> &'a T {
    &of[random.below(of.len())]
}

/// Functions, and what can be known of them, of their roles and networks.
pub(crate) struct Known {
    accounts: Vec<Account>,
    functions: Vec<FunctionArn>,
    shared: Vec<Scope>,
    place: Place,
}

/// A function in a network, with a key, a layer and secrets by name.
fn connected(name: &str, role: &str, of: u32) -> Value {
    let mut function = public(function(name, role));
    let configuration = &mut function["Configuration"];
    configuration["Layers"] = json!([{"Arn": format!("arn:aws:lambda:eu-west-1:111122223333:layer:tools-{of}:3")}]);
    configuration["KMSKeyArn"] = json!(format!("arn:aws:kms:eu-west-1:111122223333:key/{of}"));
    configuration["VpcConfig"] = json!({
        "VpcId": "vpc-1", "SubnetIds": [format!("subnet-{of}")], "SecurityGroupIds": ["sg-1"],
    });
    let secret = format!(
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/{}-AbCdEf",
        "x".repeat(1500)
    );
    configuration["Environment"]["Variables"] = json!({"SECRET_ARN": secret});
    function
}

impl Known {
    pub(crate) fn new() -> Self {
        let of = |functions: &[Value], roles: &[Value]| {
            let mut recorded = Account::default();
            recorded.add(&account(functions, roles).to_string()).unwrap();
            recorded
        };
        let accounts = vec![
            of(
                &[function("f0", "r0"), function("f1", "r0")],
                &[role("r0", false), role("r1", true)],
            ),
            of(
                &[function("f0", "r1"), connected("f1", "r0", 1)],
                &[role("r0", true), role("r1", false)],
            ),
            of(&[connected("f0", "r0", 2), function("f2", "r1")], &[role("r0", false)]),
        ];
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let functions: Vec<FunctionArn> = ["f0", "f1", "f2"]
            .map(|name| FunctionArn::new(&place.account, &place.region, name).unwrap())
            .into();
        let roles = ["r0", "r1"].map(|name| Scope::role(&place.account, "aws", name).unwrap());
        let mut shared: Vec<Scope> = roles.into();
        shared.extend([
            Scope::Vpc(place.clone(), "vpc-1".to_owned()),
            Scope::Place(place.clone()),
        ]);
        Self {
            accounts,
            functions,
            shared,
            place,
        }
    }

    /// Some readings of a scope; now and then one that failed.
    fn facts(&self, scope: &Scope, random: &Random) -> Facts {
        let kind = match scope {
            Scope::Function(_) => ScopeKind::Function,
            other => other.kind(),
        };
        let asked: FacetSet = Facet::of(kind).filter(|_| random.below(3) > 0).collect();
        let mut facts = pick(random, &self.accounts).read(scope, &asked, at(random));
        if let Some(failed) = asked.iter().nth(random.below(8)) {
            facts.insert_unreadable(at(random), failed, Reason::Throttled);
        }
        facts
    }

    /// What may come after a state.
    fn next(&self, function: &FunctionArn, before: &FunctionState, random: &Random) -> FunctionState {
        let account = pick(random, &self.accounts);
        let mut next = before.clone();
        next.facts.merge(self.facts(&Scope::Function(function.clone()), random));
        next.basis = random.below(1000) as u64;
        next.gone = random.below(6) == 0;
        let assessment = assess(&account.snapshot(function), &Settings::default(), now());
        let occasion = Occasion {
            changes: &[],
            now: now(),
            remind_after_hours: None,
        };
        let (record, transitions) = compare(next.record.clone(), &assessment, &occasion);
        next.record = record;
        next.pending.extend(Notice::new(function, transitions, now()));
        if random.below(2) == 0 {
            next.pending.clear();
        }
        next
    }
}

/// Plays random steps on a store and on the one in memory. `reopened` lets go of the store and takes it up again.
pub(crate) async fn conforms<S: Store>(
    mut store: S,
    reopened: impl Fn(S) -> S,
    seed: u64,
    steps: usize,
    is_exact: bool,
) {
    let (known, model, random) = (Known::new(), MemoryStore::default(), Random::new(seed));
    let mut dependencies: BTreeSet<Dependency> = BTreeSet::new();
    for _ in 0..steps {
        match random.below(8) {
            0..=2 => {
                let function = pick(&random, &known.functions);
                let before = model.function(function).await.unwrap();
                let mut next = known.next(function, &before, &random);
                // Now and then by somebody who has seen another one.
                next.version = next.version.saturating_sub(u64::from(random.below(5) == 0));
                dependencies.extend(Rows::of_function(function, &next).rows.into_iter().map(|(row, _)| row));
                let expected = model.save_function(function, next.clone()).await.unwrap();
                assert_eq!(store.save_function(function, next).await.unwrap(), expected);
                assert_eq!(
                    store.function(function).await.unwrap(),
                    model.function(function).await.unwrap()
                );
            }
            3 | 4 => {
                let scope = pick(&random, &known.shared);
                let facts = known.facts(scope, &random);
                let expected = model.merge_facts(scope, &facts).await.unwrap();
                assert_eq!(store.merge_facts(scope, &facts).await.unwrap(), expected);
                assert_eq!(store.facts(scope).await.unwrap(), expected);
                dependencies.extend(Rows::of(scope, &expected).rows.into_iter().map(|(row, _)| row));
            }
            5 => {
                let function = pick(&random, &known.functions);
                let scope = Scope::Function(function.clone());
                let rows = [Rows::of(&scope, &known.facts(&scope, &random))];
                model.announce(&rows).await.unwrap();
                store.announce(&rows).await.unwrap();
                dependencies.extend(rows[0].rows.iter().map(|(row, _)| row.clone()));
            }
            6 => {
                let coverage = Coverage {
                    listed: (random.below(2) == 0).then(|| at(&random)),
                    seen: random.below(4) == 0,
                    swept: (random.below(3) == 0).then(|| at(&random)),
                };
                model.add_coverage(&known.place, coverage).await.unwrap();
                store.add_coverage(&known.place, coverage).await.unwrap();
                let expected = model.coverage(&known.place).await.unwrap();
                assert_eq!(store.coverage(&known.place).await.unwrap(), expected);
            }
            _ => store = reopened(store),
        }
    }
    assert!(
        dependencies.len() > 15,
        "there was something to lead to: {dependencies:?}"
    );
    for dependency in &dependencies {
        let (led, expected) = (
            store.dependants(dependency).await.unwrap(),
            model.dependants(dependency).await.unwrap(),
        );
        assert!(
            led.is_superset(&expected),
            "{dependency:?} does not lead to {expected:?}"
        );
        assert!(!is_exact || led == expected, "{dependency:?} leads to {led:?}");
    }
    let nobody = Dependency::Layer(known.place.clone(), "nobodys".to_owned());
    assert!(store.dependants(&nobody).await.unwrap().is_empty());
    for function in &known.functions {
        assert_eq!(
            store.function(function).await.unwrap(),
            model.function(function).await.unwrap()
        );
    }
}

/// A state that does not get small when it is packed, of more than a number of bytes.
pub(crate) fn large(function: &FunctionArn, bytes: usize) -> FunctionState {
    let random = Random::new(9);
    let mut state = Known::new().next(function, &FunctionState::default(), &random);
    let digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/".as_bytes();
    let noise: String = (0..bytes * 8 / 6).map(|_| char::from(*pick(&random, digits))).collect();
    state
        .facts
        .insert_unreadable(now(), Facet::ResourcePolicies, Reason::Failed { detail: noise });
    state
}

/// What everything was done for: a change finds its functions, and what was kept of a large one is whole.
pub(crate) async fn keeps_a_large_state<S: Store>(store: S, reopened: impl Fn(S) -> S, bytes: usize) {
    let function = Known::new().functions[0].clone();
    let sizes = [bytes, 10, 2 * bytes, bytes / 2, 10, 20];
    let mut store = store;
    for (version, size) in (0..).zip(sizes) {
        let mut state = large(&function, size);
        state.version = version;
        assert!(store.save_function(&function, state.clone()).await.unwrap(), "{size}");
        state.version = version + 1;
        store = reopened(store);
        assert_eq!(*store.function(&function).await.unwrap(), state, "{size}");
        state.version = version;
        assert!(
            !store.save_function(&function, state).await.unwrap(),
            "a version is replaced once"
        );
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn file(folder: &Path) -> FileStore {
    FileStore::open(&folder.join("state")).unwrap()
}

#[test]
fn the_file_keeps_what_memory_keeps() {
    for seed in 1..=12 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let reopened = |store: FileStore| {
            store.flush().unwrap();
            drop(store);
            file(path)
        };
        runtime().block_on(conforms(file(path), reopened, seed, 150, true));
    }
}

#[test]
fn the_file_keeps_a_large_state() {
    let folder = tempfile::tempdir().unwrap();
    let reopened = |store: FileStore| {
        store.flush().unwrap();
        drop(store);
        file(folder.path())
    };
    runtime().block_on(keeps_a_large_state(file(folder.path()), reopened, 2_000_000));
}

#[test]
fn a_killed_process_leaves_the_file_as_it_was_a_while_before() {
    let folder = tempfile::tempdir().unwrap();
    let functions = Known::new().functions;
    let (first, second) = (&functions[0], &functions[1]);
    let store = file(folder.path());
    let save = |store: &FileStore, function: &FunctionArn, times: u64| {
        for version in 0..times {
            let state = FunctionState {
                version,
                ..large(function, usize::try_from(version).unwrap() + 1)
            };
            assert!(runtime().block_on(store.save_function(function, state)).unwrap());
        }
    };
    save(&store, first, 3);
    store.flush().unwrap();
    save(&store, second, 2);
    // As if the process had been killed: the file as it is on the disk now.
    let killed = || {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("state"), copy.path().join("state")).unwrap();
        let left = file(copy.path());
        let versions = [first, second].map(|function| runtime().block_on(left.function(function)).unwrap().version);
        // What is missing is found again, and can be kept.
        save(&left, &functions[2], 1);
        left.flush().unwrap();
        drop(left);
        let third = runtime().block_on(file(copy.path()).function(&functions[2])).unwrap();
        assert_eq!(third.version, 1);
        versions
    };
    assert_eq!(killed(), [3, 0]);
    store.flush().unwrap();
    assert_eq!(killed(), [3, 2]);
}

#[test]
fn many_changes_do_not_wait_to_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    let known = Known::new();
    runtime().block_on(async {
        for number in 0..2_000 {
            let name = format!("many-{number}");
            let function = FunctionArn::new(&known.place.account, &known.place.region, &name).unwrap();
            let state = large(&function, 1);
            assert!(store.save_function(&function, state).await.unwrap());
        }
    });
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join("state"), copy.path().join("state")).unwrap();
    let mut kept = 0;
    file(copy.path()).each_function(&mut |_, _| kept += 1).unwrap();
    assert!(
        (1_000..2_000).contains(&kept),
        "{kept} of 2,000 are on the disk, the last of them are not"
    );
}

#[test]
fn a_file_in_use_or_of_another_kind_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = file(folder.path());
    assert!(matches!(
        FileStore::open(&folder.path().join("state")),
        Err(FileError::InUse)
    ));
    drop(first);
    let other = folder.path().join("other");
    std::fs::write(&other, "[]\n".repeat(5000)).unwrap();
    let refused = FileStore::open(&other).unwrap_err();
    assert!(matches!(refused, FileError::Other(_)), "{refused}");
}

fn all_of(store: &FileStore) -> Vec<(FunctionArn, FunctionState)> {
    let mut all = Vec::new();
    store
        .each_function(&mut |function, state| all.push((function, state)))
        .unwrap();
    all
}

/// Somebody wrote into it, or a disk has not kept it: of a file that is not refused, everything is as it was.
#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, known) = (file(folder.path()), Known::new());
    runtime().block_on(async {
        for function in &known.functions {
            let facts = known.accounts[0].facts(&Scope::Function(function.clone())).cloned();
            let state = FunctionState {
                facts: facts.unwrap_or_default(),
                ..FunctionState::default()
            };
            assert!(store.save_function(function, state).await.unwrap());
        }
    });
    store.flush().unwrap();
    let written = all_of(&store);
    drop(store);
    let (path, damaged) = (folder.path().join("state"), folder.path().join("damaged"));
    let whole = std::fs::read(path).unwrap();
    let mut refused = 0;
    for at in (0..whole.len()).filter(|at| whole[*at] != 0).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        std::fs::write(&damaged, bytes).unwrap();
        match FileStore::open(&damaged) {
            Err(FileError::InUse) => panic!("{at}: nobody has it open"),
            Err(FileError::Other(_) | FileError::Form(_)) => refused += 1,
            // Pages that are not used any more.
            Ok(store) => assert_eq!(all_of(&store), written, "{at}"),
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn nothing_is_known_at_first() {
    let folder = tempfile::tempdir().unwrap();
    let (store, known) = (file(folder.path()), Known::new());
    runtime().block_on(async {
        assert_eq!(
            *store.function(&known.functions[0]).await.unwrap(),
            FunctionState::default()
        );
        assert!(store.facts(&known.shared[0]).await.unwrap().is_empty());
        let row = Dependency::Vpc(known.place.clone(), Which::Unknown);
        assert!(store.dependants(&row).await.unwrap().is_empty());
        assert_eq!(store.coverage(&known.place).await.unwrap(), Coverage::default());
    });
    assert!(store.all_open().unwrap().is_empty());
}

/// Who deployed last, by the record of the call.
fn deployed(state: &FunctionState, minute: i64) -> FunctionState {
    let mut next = state.clone();
    let change = LastChange {
        event_name: "UpdateFunctionCode20150331v2".to_owned(),
        actor: Some(format!("arn:aws:iam::111122223333:user/u{minute}")),
        invoked_by: None,
        event_time: None,
    };
    let at = now() + SignedDuration::from_mins(minute);
    next.facts.insert(at, SnapshotValue::LastChange(change));
    next
}

#[test]
fn what_a_call_alone_tells_is_kept_with_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let function = Known::new().functions[1].clone();
    let mut store = file(folder.path());
    let runtime = runtime();
    let save = |store: &FileStore, state| assert!(runtime.block_on(store.save_function(&function, state)).unwrap());
    let kept = |store: &FileStore| runtime.block_on(store.function(&function)).unwrap();
    let reopened = |store: FileStore| {
        store.flush().unwrap();
        drop(store);
        file(folder.path())
    };
    save(
        &store,
        FunctionState {
            version: 0,
            pending: Vec::new(),
            ..large(&function, 10)
        },
    );
    for minute in 1..=3 {
        let next = deployed(&kept(&store), minute);
        let expected = FunctionState {
            version: next.version + 1,
            ..next.clone()
        };
        save(&store, next.clone());
        assert_eq!(*kept(&store), expected);
        assert!(
            !runtime.block_on(store.save_function(&function, next)).unwrap(),
            "it is replaced once"
        );
        store = reopened(store);
        assert_eq!(*kept(&store), expected, "after {minute}");
        let mut all = Vec::new();
        store.each_function(&mut |_, state| all.push(state)).unwrap();
        assert_eq!(all, [expected]);
    }
    // The whole is newer than what came alone before it.
    let mut next = FunctionState::clone(&kept(&store));
    next.facts.retain(|facet| facet != Facet::LastChange);
    next.basis += 1;
    save(&store, next.clone());
    store = reopened(store);
    assert_eq!(
        *kept(&store),
        FunctionState {
            version: next.version + 1,
            ..next
        }
    );
}

#[test]
fn what_waits_is_written_before_it_is_much() {
    let folder = tempfile::tempdir().unwrap();
    let functions: Vec<FunctionArn> = (0..2000)
        .map(|at| {
            format!("arn:aws:lambda:eu-west-1:111122223333:function:f{at}")
                .parse()
                .unwrap()
        })
        .collect();
    let (store, runtime) = (file(folder.path()), runtime());
    for function in &functions {
        let mut first = FunctionState::default();
        first.facts.insert_unreadable(now(), Facet::Tags, Reason::Throttled);
        runtime.block_on(store.save_function(function, first)).unwrap();
        let next = deployed(&runtime.block_on(store.function(function)).unwrap(), 1);
        runtime.block_on(store.save_function(function, next)).unwrap();
    }
    // As if the process had been killed: the file as it is on the disk now.
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join("state"), copy.path().join("state")).unwrap();
    std::mem::forget(store);
    let store = file(copy.path());
    let is_whole = |function: &&FunctionArn| runtime.block_on(store.function(function)).unwrap().version == 2;
    let whole = functions.iter().filter(is_whole).count();
    assert!(whole > 900, "{whole}");
}

#[test]
fn a_file_of_the_release_before_is_used_and_an_older_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    drop(file(folder.path()));
    let path = folder.path().join("state");
    let about: redb::TableDefinition<'_, &str, &str> = redb::TableDefinition::new("about");
    for (form, is_used) in [("lambda-vigil state 2", true), ("lambda-vigil state 1", false)] {
        let database = redb::Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(about).unwrap().insert("form", form).unwrap();
        transaction.commit().unwrap();
        drop(database);
        let opened = FileStore::open(&path);
        assert_eq!(opened.is_ok(), is_used);
        assert!(is_used || matches!(opened, Err(FileError::Form(found)) if found == form));
    }
}
