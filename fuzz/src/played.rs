//! The monitor over recorded accounts, without a clock, a network or a disk.

use std::fs;
use std::path::PathBuf;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::event::Intake;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Silence};
use lambda_vigil::monitor::{Memo, Monitor, Outcome, Own, Place};
use lambda_vigil::report::{asff, email, event_detail, ocsf, sns, sns_chat, sns_digest};
use lambda_vigil::settings::Settings;

/// A function with a public URL, its role and its account.
pub const FUNCTIONS: &str = include_str!("../../tests/examples/public-url/account/functions-001.json");
/// See [`FUNCTIONS`].
pub const PLACES: &str = include_str!("../../tests/examples/public-url/account/places-001.json");
/// See [`FUNCTIONS`].
pub const ROLES: &str = include_str!("../../tests/examples/public-url/account/roles-001.json");
/// An event of the function.
pub const EVENT: &str = include_str!("../../tests/examples/public-url/events/0001-UpdateFunctionUrlConfig.json");

/// What stands between the parts of an input that holds several.
pub const BETWEEN: &str = "\n---\n";

/// Longer words of an error than this are somebody's document.
const LONGEST_ERROR: usize = 4000;

/// The account of the constants.
pub fn sample() -> Account {
    let mut account = Account::default().as_of(now());
    for file in [FUNCTIONS, PLACES, ROLES] {
        account.add(file).expect("a recorded account");
    }
    account
}

/// The time at which everything is judged.
pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

/// Where a sweep without account and Region takes place.
pub fn home() -> Place {
    Place {
        account: "111122223333".parse().expect("an account"),
        region: "eu-west-1".parse().expect("a Region"),
    }
}

/// A monitor of an account that has seen nothing yet.
pub type Recorded<'a> = Monitor<&'a Account, &'a Account, MemoryStore, Silence, FixedClock>;

/// See [`Recorded`].
pub fn monitor(account: &Account, settings: Settings) -> Recorded<'_> {
    let home = home();
    Monitor {
        inventory: account,
        collector: account,
        store: MemoryStore::default(),
        notifier: Silence,
        clock: FixedClock(now()),
        settings,
        own: Own::new(FunctionArn::new(&home.account, &home.region, "lambda-vigil").expect("an ARN")),
        memo: Memo::default(),
        until: None,
        home,
    }
}

/// Follows an input, and says what came of it in every form.
pub fn handle(monitor: &Recorded<'_>, intake: &Intake) {
    let outcome = at_once(monitor.handle(std::slice::from_ref(intake)));
    told(&outcome);
}

fn told(outcome: &Outcome) {
    for notice in outcome.evaluations.iter().flat_map(|evaluation| &evaluation.notices) {
        readable(&email(notice));
        assert!(sns(notice).subject.len() <= 100 && sns_chat(notice).subject.len() <= 100);
        for transition in notice.transitions.iter() {
            drop((asff(transition), ocsf(transition), event_detail(transition)));
        }
    }
    outcome.digests.iter().for_each(|digest| drop(sns_digest(digest)));
}

/// What people read moves no cursor.
fn readable(text: &str) {
    let moves = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(moves), "{text:?}");
}

/// The words of an error fit on a screen, and are harmless there.
pub fn error(error: &impl ToString) {
    let words = error.to_string();
    readable(&words);
    assert!(words.len() <= LONGEST_ERROR, "{} bytes: {words:.200}", words.len());
}

/// Runs what only waits for ports that never do.
pub fn at_once<F: Future>(work: F) -> F::Output {
    let (mut work, mut context) = (pin!(work), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

/// A folder of this process, in memory where the machine has that; empty.
pub fn folder(target: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = parent.join(format!("vigil-{target}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}
