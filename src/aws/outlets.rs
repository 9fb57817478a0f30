//! How does a notice leave? To topics, to an event bus and to Security Hub; whoever was reached is not told again because another
//! was not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::clock::SystemClock;
use super::failure::printable;
use super::members::Members;
use crate::arn::Arn;
use crate::history::Transition;
use crate::monitor::{Clock, Notifier, PortError, Untold};
use crate::report::{Digest, Message, Notice, sns, sns_chat, sns_chat_digest, sns_digest};
use crate::settings::{Destination, Form};

mod bus;
mod hub;
mod topic;

/// For so long others are asked again before they count as refusing: what is wrong with them must not hold up a function's news.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// Where the news goes that no route of the settings takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// A topic for people and programs.
    pub topic: Arn,
    /// A topic that Amazon Q Developer in chat applications reads.
    pub chat: Option<Arn>,
    /// An event bus.
    pub bus: Option<Arn>,
    /// A topic for those who look after the monitor: what is told of itself goes there, too.
    pub health: Option<Arn>,
    /// Security Hub, in the account and Region of each function.
    pub security_hub: bool,
}

impl Usual {
    /// All its topics.
    pub(super) fn topics(&self) -> Vec<Arn> {
        let others = self.chat.iter().chain(&self.health);
        std::iter::once(&self.topic).chain(others).cloned().collect()
    }
}

/// Everything that notices leave by.
#[derive(Debug)]
pub struct Outlets {
    members: Arc<Members>,
    usual: Usual,
    undelivered: AtomicU64,
}

/// What one outlet is to be told.
enum Delivery<'a> {
    /// A message to the topic that everything goes to: there is nobody to tell instead.
    Usual(Message),
    /// A message to another topic, and what the usual one gets if that does not take it.
    Message {
        to: Destination,
        message: Message,
        instead: Option<Message>,
    },
    Events {
        bus: &'a Arn,
        transitions: Vec<&'a Transition>,
    },
    Findings {
        transitions: Vec<&'a Transition>,
    },
}

/// Why an outlet did not take it.
enum Refused {
    /// It may the next time: the input comes again.
    ForNow(PortError),
    /// It will not until somebody mends it: that must not keep the others waiting.
    ForGood(PortError),
}

impl Outlets {
    /// The outlets of a monitor.
    pub fn new(members: Arc<Members>, usual: Usual) -> Self {
        Self {
            members,
            usual,
            undelivered: AtomicU64::new(0),
        }
    }

    /// How many deliveries an outlet has refused for good since the last time.
    pub fn take_undelivered(&self) -> u64 {
        self.undelivered.swap(0, Ordering::Relaxed)
    }

    /// By the name under which it is kept that an outlet was reached.
    fn deliveries<'a>(
        &'a self,
        parts: impl IntoIterator<Item = (Option<&'a Destination>, [Message; 2], Option<Message>)>,
        transitions: Vec<&'a Transition>,
    ) -> BTreeMap<String, Delivery<'a>> {
        let mut all = BTreeMap::new();
        for (to, [message, chat], instead) in parts {
            if let Some(to) = to {
                let message = if to.format == Form::Chat { chat } else { message };
                // A route may name a topic that the rest goes to, too.
                let (name, to) = (format!("route to {to}"), to.clone());
                all.insert(name, Delivery::Message { to, message, instead });
                continue;
            }
            if let Some(topic) = &self.usual.chat {
                let to = Destination {
                    topic: topic.clone(),
                    format: Form::Chat,
                };
                let delivery = Delivery::Message {
                    message: chat,
                    instead: None,
                    to,
                };
                all.insert(topic.to_string(), delivery);
            }
            all.insert("usual".to_owned(), Delivery::Usual(message));
        }
        if let Some(bus) = &self.usual.bus {
            let transitions = transitions.clone();
            all.insert(bus.to_string(), Delivery::Events { bus, transitions });
        }
        if self.usual.security_hub {
            all.insert("securityhub".to_owned(), Delivery::Findings { transitions });
        }
        all
    }

    /// What is about the monitor itself, for those who look after it.
    fn to_health<'a>(&self, message: impl FnOnce() -> Message) -> Option<(String, Delivery<'a>)> {
        let to = Destination {
            topic: self.usual.health.clone()?,
            format: Form::Notice,
        };
        let (message, instead) = (message(), None);
        Some((format!("health to {to}"), Delivery::Message { to, message, instead }))
    }

    /// What is as old as `since`. Answers who was reached.
    async fn deliver(
        &self,
        deliveries: BTreeMap<String, Delivery<'_>>,
        since: Timestamp,
    ) -> Result<BTreeSet<String>, Untold> {
        let is_overdue = SystemClock.now().duration_since(since) > PATIENCE;
        let delivered = deliveries.into_iter().map(|(name, delivery)| async move {
            let delivered = Box::pin(self.pass_on(delivery, is_overdue)).await;
            (name, delivered)
        });
        let (mut reached, mut refused, mut problem) = (BTreeSet::new(), BTreeSet::new(), None);
        for (name, delivered) in join_all(delivered).await {
            match delivered {
                Ok(()) => drop(reached.insert(name)),
                Err(error) => {
                    refused.insert(name);
                    problem = problem.or(Some(error));
                }
            }
        }
        match problem {
            None => Ok(reached),
            Some(error) => Err(Untold {
                reached,
                refused,
                error,
            }),
        }
    }

    /// What is refused for good is said in the log and counted, and a message goes where everything goes.
    async fn pass_on(&self, delivery: Delivery<'_>, is_overdue: bool) -> Result<(), PortError> {
        let (refused, instead) = match delivery {
            Delivery::Usual(message) => return self.publish(&message).await,
            Delivery::Message { to, message, instead } => {
                (topic::publish(self.members.home(), &to.topic, &message).await, instead)
            }
            Delivery::Events { bus, transitions } => (bus::put(self.members.home(), bus, &transitions).await, None),
            Delivery::Findings { transitions } => (hub::import(&self.members, &transitions).await, None),
        };
        let error = match refused {
            Ok(()) => return Ok(()),
            Err(Refused::ForNow(error)) if !is_overdue => return Err(error),
            Err(Refused::ForNow(error) | Refused::ForGood(error)) => error,
        };
        tracing::error!(problem = error.to_string(), "an outlet refuses what it is told");
        self.undelivered.fetch_add(1, Ordering::Relaxed);
        match instead {
            Some(message) => self.publish(&message).await,
            None => Ok(()),
        }
    }
}

impl Notifier for Outlets {
    /// To the usual topic, without which nothing is told at all.
    async fn publish(&self, message: &Message) -> Result<(), PortError> {
        let published = topic::publish(self.members.home(), &self.usual.topic, message).await;
        published.map_err(|(Refused::ForNow(error) | Refused::ForGood(error))| error)
    }

    async fn tell(&self, notice: &Notice) -> Result<BTreeSet<String>, Untold> {
        let parts = notice.parts();
        let parts = parts.iter().map(|(to, part)| {
            let instead = part.taken_from_everybody().map(|part| sns(&part));
            (*to, [sns(part), sns_chat(part)], instead)
        });
        let mut deliveries = self.deliveries(parts, notice.transitions.iter().collect());
        if notice.is_about_monitor() {
            deliveries.extend(self.to_health(|| sns(notice)));
        }
        deliveries.retain(|name, _| !notice.reached.contains(name));
        self.deliver(deliveries, notice.at).await
    }

    async fn tell_digest(&self, digest: &Digest) -> Result<(), Untold> {
        // Notices that have reached others before: each by what is left of them.
        let mut by_reached: BTreeMap<&BTreeSet<String>, Vec<Notice>> = BTreeMap::new();
        for notice in &digest.notices {
            by_reached.entry(&notice.reached).or_default().push(notice.clone());
        }
        let (mut everywhere, mut untold): (Option<BTreeSet<String>>, Option<Untold>) = (None, None);
        for (before, notices) in by_reached {
            let since = notices.iter().map(|notice| notice.at).min().unwrap_or(digest.at);
            let Some(digest) = Digest::new(digest.occasion, notices, digest.at) else {
                continue;
            };
            let parts = digest.parts();
            let parts = parts.iter().map(|(to, part)| {
                let instead = part.taken_from_everybody().map(|part| sns_digest(&part));
                (*to, [sns_digest(part), sns_chat_digest(part)], instead)
            });
            let mut deliveries = self.deliveries(parts, digest.transitions().collect());
            if digest.notices.iter().any(Notice::is_about_monitor) {
                deliveries.extend(self.to_health(|| sns_digest(&digest)));
            }
            deliveries.retain(|name, _| !before.contains(name));
            let delivered = self.deliver(deliveries, since).await;
            let (Ok(reached) | Err(Untold { reached, .. })) = &delivered;
            let known: BTreeSet<String> = before.union(reached).cloned().collect();
            everywhere = Some(everywhere.map_or(known.clone(), |all| all.intersection(&known).cloned().collect()));
            untold = untold.or(delivered.err());
        }
        untold.map_or(Ok(()), |untold| {
            Err(Untold {
                reached: everywhere.unwrap_or_default(),
                ..untold
            })
        })
    }
}

/// An error of ours.
fn failed(what: impl Into<String>, detail: &str) -> PortError {
    PortError {
        what: what.into(),
        detail: printable(detail),
    }
}
