//! Who is told of what, over the life of a finding: with the settings' routes, and when one of those who are to be told does not answer.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::monitor::{Topic, World, account, add_permission, function, monitor, public, role, run};
use lambda_vigil::history::Status;
use lambda_vigil::memory::MemoryStore;
use lambda_vigil::monitor::{Memo, Monitor, Notifier, PortError, Untold};
use lambda_vigil::report::{Digest, Message, Notice};
use lambda_vigil::settings::Settings;

const PAGER: &str =
    "[[routes]]\ntopic = \"arn:aws:sns:eu-west-1:111122223333:pager\"\ncontrols = [\"invoke-public\"]\n";

#[test]
fn who_heard_of_a_fault_hears_of_its_end_whatever_the_routes_say_by_then() {
    let (world, topic) = (World::default(), Topic::default());
    let roles = [role("r", false)];
    world.set(&account(&[public(function("orders", "r"))], &roles));
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(PAGER).unwrap();
    let opened = run(&monitor, &add_permission("orders"));
    let to = &opened.evaluations[0].transitions[0].to;
    assert_eq!((to.routes.len(), to.only), (1, true));

    monitor.settings = Settings::default();
    world.set(&account(&[function("orders", "r")], &roles));
    let resolved = run(&monitor, &add_permission("orders"));
    let transition = &resolved.evaluations[0].transitions[0];
    assert_eq!(transition.status, Status::Resolved);
    assert_eq!(transition.to.routes, to.routes, "the pager hears of it");
    assert!(!transition.to.only, "and so does everybody, as the settings say now");
}

/// Two who are told, of whom one does not answer for a while.
#[derive(Default)]
struct Pair {
    heard: RefCell<Vec<(&'static str, Status)>>,
    deaf: RefCell<BTreeSet<String>>,
}

impl Notifier for &Pair {
    async fn publish(&self, _: &Message) -> Result<(), PortError> {
        unreachable!("notices are told whole")
    }

    async fn tell(&self, notice: &Notice) -> Result<BTreeSet<String>, Untold> {
        let (mut reached, mut refused) = (BTreeSet::new(), BTreeSet::new());
        for name in ["mail", "bus"]
            .into_iter()
            .filter(|name| !notice.reached.contains(*name))
        {
            if self.deaf.borrow().contains(name) {
                refused.insert(name.to_owned());
                continue;
            }
            let heard = notice.transitions.iter().map(|transition| (name, transition.status));
            self.heard.borrow_mut().extend(heard);
            reached.insert(name.to_owned());
        }
        if refused.is_empty() {
            return Ok(reached);
        }
        let error = PortError {
            what: "tell".to_owned(),
            detail: "no answer".to_owned(),
        };
        Err(Untold {
            reached,
            refused,
            error,
        })
    }

    async fn tell_digest(&self, digest: &Digest) -> Result<(), Untold> {
        unreachable!("{digest:?}: too little for a digest")
    }
}

#[test]
fn one_that_does_not_answer_keeps_no_later_news_from_the_others() {
    let (world, topic, pair) = (World::default(), Topic::default(), Pair::default());
    let roles = [role("r", false)];
    let Monitor {
        inventory,
        collector,
        clock,
        settings,
        own,
        home,
        ..
    } = monitor(&world, &topic);
    let monitor = Monitor {
        inventory,
        collector,
        store: MemoryStore::default(),
        notifier: &pair,
        clock,
        settings,
        until: None,
        memo: Memo::default(),
        own,
        home,
    };
    let handle = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(monitor.handle(&add_permission("orders")))
    };
    let (mail, bus) = (|status| ("mail", status), |status| ("bus", status));
    pair.deaf.borrow_mut().insert("bus".to_owned());
    world.set(&account(&[public(function("orders", "r"))], &roles));
    assert_eq!(handle().failures.len(), 1);
    world.set(&account(&[function("orders", "r")], &roles));
    assert_eq!(handle().failures.len(), 1);
    assert_eq!(handle().failures.len(), 1, "it comes again, and again");
    assert_eq!(pair.heard.take(), [mail(Status::Opened), mail(Status::Resolved)]);

    pair.deaf.borrow_mut().clear();
    assert!(handle().failures.is_empty());
    assert_eq!(pair.heard.take(), [bus(Status::Opened), bus(Status::Resolved)]);
    assert!(handle().failures.is_empty());
    assert_eq!(pair.heard.take(), []);
}
