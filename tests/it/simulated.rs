//! A small AWS with a store, a topic and a clock, in which anything can be slow, fail, or be the last thing that happens.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use futures_util::task::noop_waker;
use jiff::{SignedDuration, Timestamp};
use lambda_vigil::arn::{AccountId, Arn, FunctionArn, Region};
use lambda_vigil::event::Intake;
use lambda_vigil::finding::Fingerprint;
use lambda_vigil::history::{Open, Status};
use lambda_vigil::memory::{Account, MemoryStore};
use lambda_vigil::monitor::{
    Clock, Collector, Coverage, Dependency, FunctionState, Inventory, Listed, Memo, Monitor, Notifier, Outcome, Own,
    Place, PortError, Rows, Store, Untold,
};
use lambda_vigil::report::{Digest, Message, Notice};
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{FacetSet, Facts, Reason, Scope};
use serde_json::{Value, json};

use crate::monitor::{account, function, public, record, role};
use crate::recorded::now;

pub(crate) const FUNCTIONS: usize = 3;
pub(crate) const ROLES: usize = 2;

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cloud {
    /// Role and whether everyone may invoke it; absent: there is no such function.
    pub(crate) functions: [Option<(usize, bool)>; FUNCTIONS],
    /// Whether a policy in it allows everything, and whether the managed policy is attached.
    pub(crate) roles: [(bool, bool); ROLES],
    /// Whether the managed policy allows everything.
    pub(crate) policy: bool,
}

impl Cloud {
    pub(crate) const QUIET: Self = Self {
        functions: [Some((0, false)), Some((0, false)), Some((1, false))],
        roles: [(false, false), (false, true)],
        policy: false,
    };
}

const POLICY: &str = "arn:aws:iam::111122223333:policy/tools";

/// Every state of every function and role, recorded once.
struct Recorded {
    functions: BTreeMap<(usize, usize, bool), Account>,
    roles: BTreeMap<(usize, bool, bool, bool), Account>,
    place: Account,
}

static RECORDED: LazyLock<Recorded> = LazyLock::new(Recorded::new);

fn recorded(of: &Value) -> Account {
    let mut account = Account::default();
    account.add(&of.to_string()).unwrap();
    account
}

fn managed(mut role: Value, is_admin: bool) -> Value {
    let (action, resource) = if is_admin {
        ("*", "*")
    } else {
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q")
    };
    let document =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]});
    role["AttachedPolicies"] = json!([{"PolicyArn": POLICY, "PolicyDocument": document}]);
    role
}

impl Recorded {
    fn new() -> Self {
        const BOTH: [bool; 2] = [false, true];
        let mut functions = BTreeMap::new();
        let mut roles = BTreeMap::new();
        for at in 0..FUNCTIONS {
            for of in 0..ROLES {
                let quiet = function(&name(at), &format!("r{of}"));
                functions.insert((at, of, false), recorded(&json!({"Functions": [quiet.clone()]})));
                functions.insert((at, of, true), recorded(&json!({"Functions": [public(quiet)]})));
            }
        }
        for (at, is_admin) in (0..ROLES).flat_map(|at| BOTH.map(|is_admin| (at, is_admin))) {
            let plain = role(&format!("r{at}"), is_admin);
            for policy in BOTH {
                let with = managed(plain.clone(), policy);
                roles.insert(
                    (at, is_admin, false, policy),
                    recorded(&json!({"Roles": [plain.clone()]})),
                );
                roles.insert((at, is_admin, true, policy), recorded(&json!({"Roles": [with]})));
            }
        }
        let place = recorded(&account(&[], &[]));
        Self {
            functions,
            roles,
            place,
        }
    }
}

pub(crate) fn name(at: usize) -> String {
    format!("f{at}")
}

fn arn(at: usize) -> FunctionArn {
    format!("arn:aws:lambda:eu-west-1:111122223333:function:{}", name(at))
        .parse()
        .unwrap()
}

/// Numbers that look random, the same for the same seed.
#[derive(Debug)]
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))
    }

    pub(crate) fn below(&self, limit: usize) -> usize {
        let mut state = self.0.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.0.set(state);
        usize::try_from((state >> 16) % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// What goes wrong with a call of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The process ends before the call of this number has any effect.
    EndsBefore(usize),
    /// It ends right after.
    EndsAfter(usize),
    /// The call of this number fails.
    Fails(usize),
}

/// All ports at once.
pub(crate) struct Simulated {
    pub(crate) cloud: Cell<Cloud>,
    pub(crate) random: Random,
    pub(crate) fault: Cell<Fault>,
    /// The process has ended.
    pub(crate) ended: Cell<bool>,
    /// How often a call lets others go first, at most.
    pub(crate) slowness: Cell<usize>,
    pub(crate) sent: RefCell<Vec<Notice>>,
    pub(crate) store: MemoryStore,
    calls: Cell<usize>,
    clock: Cell<i64>,
}

pub(crate) type Watching<'s> = Monitor<&'s Simulated, &'s Simulated, &'s Simulated, &'s Simulated, &'s Simulated>;

/// What a port says of a call that goes wrong.
struct Refused;

impl Simulated {
    pub(crate) fn new(cloud: Cloud, seed: u64) -> Self {
        Self {
            cloud: Cell::new(cloud),
            random: Random::new(seed),
            fault: Cell::new(Fault::None),
            ended: Cell::new(false),
            slowness: Cell::new(0),
            sent: RefCell::default(),
            store: MemoryStore::default(),
            calls: Cell::new(0),
            clock: Cell::new(0),
        }
    }

    pub(crate) fn monitor(&self) -> Watching<'_> {
        Monitor {
            inventory: self,
            collector: self,
            store: self,
            notifier: self,
            clock: self,
            settings: Settings::default(),
            until: None,
            memo: Memo::default(),
            own: Own::new("arn:aws:lambda:eu-west-1:111122223333:function:vigil".parse().unwrap()),
            home: Place {
                account: "111122223333".parse().unwrap(),
                region: "eu-west-1".parse().unwrap(),
            },
        }
    }

    /// From now on calls are counted anew, and this happens.
    pub(crate) fn suffer(&self, fault: Fault) {
        self.calls.set(0);
        self.fault.set(fault);
        self.ended.set(false);
    }

    /// How many calls there were since.
    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    pub(crate) fn open(&self) -> BTreeSet<Fingerprint> {
        let open = self.store.all_open().into_iter();
        open.map(|open| open.finding.fingerprint).collect()
    }

    /// A call of a port: others go first, it may be the last, or fail.
    async fn call<T>(&self, effect: impl Future<Output = T>) -> Result<T, Refused> {
        let number = self.calls.get() + 1;
        self.calls.set(number);
        for _ in 0..self.random.below(self.slowness.get() + 1) {
            Aside(false).await;
        }
        match self.fault.get() {
            Fault::EndsBefore(last) if last == number => self.end().await,
            Fault::Fails(failing) if failing == number => return Err(Refused),
            _ => {}
        }
        let done = effect.await;
        if self.fault.get() == Fault::EndsAfter(number) {
            self.end().await;
        }
        Ok(done)
    }

    async fn end(&self) {
        self.ended.set(true);
        std::future::pending::<()>().await;
    }

    async fn kept<T>(&self, effect: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
        self.call(effect).await.unwrap_or_else(|Refused| Err(refused()))
    }

    fn read(&self, scope: &Scope, facets: FacetSet, at: Timestamp) -> Facts {
        let (cloud, recorded) = (self.cloud.get(), &*RECORDED);
        let of = match scope {
            Scope::Function(function) => (0..FUNCTIONS)
                .find(|at| *function == arn(*at))
                .and_then(|at| cloud.functions[at].map(|(role, public)| &recorded.functions[&(at, role, public)])),
            Scope::Role(role) => {
                let at: usize = role.base_name()[1..].parse().unwrap();
                let (is_admin, is_attached) = cloud.roles[at];
                Some(&recorded.roles[&(at, is_admin, is_attached, cloud.policy)])
            }
            Scope::Vpc(..) => None,
            Scope::Place(_) => Some(&recorded.place),
        };
        of.unwrap_or(&recorded.place).read(scope, &facets, at)
    }
}

fn refused() -> PortError {
    PortError {
        what: "the call".to_owned(),
        detail: "was refused".to_owned(),
    }
}

/// Lets everything else go first once.
struct Aside(bool);

impl Future for Aside {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Clock for &Simulated {
    fn now(&self) -> Timestamp {
        self.clock.set(self.clock.get() + 1);
        now() + SignedDuration::from_millis(self.clock.get())
    }
}

impl Inventory for &Simulated {
    async fn functions(&self, _: &Place) -> Result<Vec<Listed>, Reason> {
        let listing = async {
            let cloud = self.cloud.get();
            let existing = (0..FUNCTIONS).filter_map(|at| Some((at, cloud.functions[at]?)));
            let listed = existing.map(|(at, (role, public))| {
                let account = &RECORDED.functions[&(at, role, public)];
                Listed {
                    function: arn(at),
                    configuration: Arc::new(account.snapshot(&arn(at)).configuration().unwrap().clone()),
                }
            });
            listed.collect()
        };
        self.call(listing).await.map_err(|Refused| Reason::Throttled)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        assert_eq!(policy.as_str(), POLICY);
        let with = async {
            let cloud = self.cloud.get();
            let roles = (0..ROLES).filter(|at| cloud.roles[*at].1);
            roles.map(|at| format!("r{at}")).collect()
        };
        self.call(with).await.map_err(|Refused| Reason::Throttled)
    }

    fn regions(&self, _: &AccountId) -> Vec<Region> {
        vec!["eu-west-1".parse().unwrap()]
    }
}

impl Collector for &Simulated {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        // What is read is never older than the time of the reading.
        let at = self.now();
        let read = self.call(async { self.read(scope, *facets, at) }).await;
        read.unwrap_or_else(|Refused| {
            let mut refused = Facts::default();
            for facet in facets {
                refused.insert_unreadable(at, facet, Reason::Throttled);
            }
            refused
        })
    }
}

impl Notifier for &Simulated {
    async fn publish(&self, _: &Message) -> Result<(), PortError> {
        unreachable!("notices are told whole")
    }

    async fn tell(&self, notice: &Notice) -> Result<BTreeSet<String>, Untold> {
        let told = self.kept(async {
            self.sent.borrow_mut().push(notice.clone());
            Ok(())
        });
        told.await?;
        Ok(BTreeSet::new())
    }

    async fn tell_digest(&self, digest: &Digest) -> Result<(), Untold> {
        let told = self.kept(async {
            self.sent.borrow_mut().extend(digest.notices.iter().cloned());
            Ok(())
        });
        Ok(told.await?)
    }
}

impl Store for &Simulated {
    async fn function(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, PortError> {
        self.kept(self.store.function(function)).await
    }

    async fn save_function(&self, function: &FunctionArn, state: FunctionState) -> Result<bool, PortError> {
        self.kept(self.store.save_function(function, state)).await
    }

    async fn facts(&self, scope: &Scope) -> Result<Facts, PortError> {
        self.kept(self.store.facts(scope)).await
    }

    async fn merge_facts(&self, scope: &Scope, facts: &Facts) -> Result<Facts, PortError> {
        self.kept(self.store.merge_facts(scope, facts)).await
    }

    async fn dependants(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, PortError> {
        self.kept(self.store.dependants(dependency)).await
    }

    async fn announce(&self, rows: &[Rows]) -> Result<(), PortError> {
        self.kept(self.store.announce(rows)).await
    }

    async fn coverage(&self, place: &Place) -> Result<Coverage, PortError> {
        self.kept(self.store.coverage(place)).await
    }

    async fn add_coverage(&self, place: &Place, coverage: Coverage) -> Result<(), PortError> {
        self.kept(self.store.add_coverage(place, coverage)).await
    }
}

/// Something that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Allows or forbids everyone to invoke a function.
    Publish(usize),
    /// Makes it run as the other role.
    Move(usize),
    /// Deletes it, or creates it anew.
    Toggle(usize),
    /// Allows a role everything, or no longer.
    Empower(usize),
    /// Attaches the managed policy to a role, or detaches it.
    Attach(usize),
    /// Makes the managed policy allow everything, or no longer.
    Widen,
}

impl Deed {
    pub(crate) fn any(random: &Random) -> Self {
        let (function, role) = (random.below(FUNCTIONS), random.below(ROLES));
        match random.below(6) {
            0 => Self::Publish(function),
            1 => Self::Move(function),
            2 => Self::Toggle(function),
            3 => Self::Empower(role),
            4 => Self::Attach(role),
            _ => Self::Widen,
        }
    }

    /// Does it, and gives the event that follows.
    pub(crate) fn done(self, cloud: &mut Cloud) -> Vec<Intake> {
        match self {
            Self::Publish(at) | Self::Move(at) | Self::Toggle(at) => of_function(self, at, cloud),
            Self::Empower(at) => {
                cloud.roles[at].0 ^= true;
                let call = if cloud.roles[at].0 {
                    "PutRolePolicy"
                } else {
                    "DeleteRolePolicy"
                };
                of_iam(call, &json!({"roleName": format!("r{at}"), "policyName": "everything"}))
            }
            Self::Attach(at) => {
                cloud.roles[at].1 ^= true;
                let call = if cloud.roles[at].1 {
                    "AttachRolePolicy"
                } else {
                    "DetachRolePolicy"
                };
                of_iam(call, &json!({"roleName": format!("r{at}"), "policyArn": POLICY}))
            }
            Self::Widen => {
                cloud.policy ^= true;
                of_iam(
                    "CreatePolicyVersion",
                    &json!({"policyArn": POLICY, "setAsDefault": true}),
                )
            }
        }
    }
}

fn of_iam(call: &str, parameters: &Value) -> Vec<Intake> {
    record("iam.amazonaws.com", call, parameters)
}

fn of_function(deed: Deed, at: usize, cloud: &mut Cloud) -> Vec<Intake> {
    let before = cloud.functions[at];
    let call = match (deed, &mut cloud.functions[at]) {
        (Deed::Publish(_), Some((_, public))) => {
            *public ^= true;
            if *public {
                "AddPermission20150331v2"
            } else {
                "RemovePermission20150331v2"
            }
        }
        (Deed::Move(_), Some((role, _))) => {
            *role = 1 - *role;
            "UpdateFunctionConfiguration20150331v2"
        }
        (Deed::Toggle(_), Some(_)) => {
            cloud.functions[at] = None;
            "DeleteFunction20150331"
        }
        (_, none) => {
            *none = Some((at % ROLES, false));
            "CreateFunction20150331"
        }
    };
    assert_ne!(before, cloud.functions[at]);
    record("lambda.amazonaws.com", call, &json!({"functionName": name(at)}))
}

/// Takes a batch as far as it comes: to its end, or to that of the process.
pub(crate) fn run(simulated: &Simulated, intakes: &[Intake]) -> Option<Outcome> {
    let monitor = simulated.monitor();
    let mut handling = Box::pin(monitor.handle(intakes));
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    while !simulated.ended.get() {
        if let Poll::Ready(outcome) = handling.as_mut().poll(&mut context) {
            return Some(outcome);
        }
    }
    None
}

pub(crate) fn sweep() -> Vec<Intake> {
    lambda_vigil::event::parse(&json!({"vigil": "sweep"})).unwrap()
}

/// What a first look finds.
pub(crate) fn found_in(cloud: Cloud) -> Vec<Open> {
    let fresh = Simulated::new(cloud, 1);
    let outcome = run(&fresh, &sweep()).unwrap();
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    fresh.store.all_open()
}

/// What people believe to be open after these notices; an error if one contradicts those before. A notice that comes again says
/// nothing new.
pub(crate) fn believed(sent: &[Notice]) -> Result<BTreeSet<Fingerprint>, String> {
    let (mut seen, mut open) = (BTreeSet::new(), BTreeSet::new());
    for notice in sent.iter().filter(|notice| seen.insert(notice.id())) {
        for transition in notice.transitions.iter() {
            let fingerprint = transition.finding.fingerprint;
            let is_news = match transition.status {
                Status::Opened | Status::Reopened => open.insert(fingerprint),
                Status::Resolved | Status::Suppressed => open.remove(&fingerprint),
                Status::Worsened | Status::StillOpen => open.contains(&fingerprint),
            };
            if !is_news {
                let (status, control) = (transition.status, &transition.finding.control);
                return Err(format!("{status:?} {control} of {} was told before", notice.function));
            }
        }
    }
    Ok(open)
}
