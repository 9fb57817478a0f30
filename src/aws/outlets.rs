//! How does a notice leave? To topics, to an event bus and to Security Hub; whoever was reached is not told again because another
//! was not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;

use super::clients::Clients;
use super::failure::printable;
use crate::arn::Arn;
use crate::history::Transition;
use crate::monitor::{Notifier, PortError, Untold};
use crate::report::{Digest, Message, Notice, sns, sns_chat, sns_chat_digest, sns_digest};
use crate::settings::{Destination, Form};

mod bus;
mod hub;
mod topic;

/// Where the news goes that no route of the settings takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// A topic for people and programs.
    pub topic: Arn,
    /// A topic that Amazon Q Developer in chat applications reads.
    pub chat: Option<Arn>,
    /// An event bus.
    pub bus: Option<Arn>,
    /// Security Hub, in the account and Region of each function.
    pub security_hub: bool,
}

/// Everything that notices leave by.
#[derive(Debug)]
pub struct Outlets {
    clients: Arc<Clients>,
    usual: Usual,
    undelivered: AtomicU64,
}

/// What one outlet is to be told.
enum Delivery<'a> {
    /// A message to a topic, or to the usual one if that does not take it.
    Message {
        to: Destination,
        message: Message,
        instead: Option<Message>,
    },
    Events {
        bus: &'a Arn,
        notice: String,
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
    pub fn new(clients: Arc<Clients>, usual: Usual) -> Self {
        Self {
            clients,
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
        parts: impl IntoIterator<Item = (Option<&'a Destination>, [Message; 2])>,
        (id, transitions): (String, Vec<&'a Transition>),
    ) -> BTreeMap<String, Delivery<'a>> {
        let mut all = BTreeMap::new();
        let mut put = |to: Destination, message: Message, instead: Option<Message>| {
            all.insert(to.to_string(), Delivery::Message { to, message, instead });
        };
        for (to, [message, chat]) in parts {
            if let Some(to) = to {
                let instead = message.clone();
                let own = if to.format == Form::Chat { chat } else { message };
                put(to.clone(), own, Some(instead));
                continue;
            }
            let usual = |topic: &Arn, format| Destination {
                topic: topic.clone(),
                format,
            };
            if let Some(topic) = &self.usual.chat {
                put(usual(topic, Form::Chat), chat, None);
            }
            put(usual(&self.usual.topic, Form::Notice), message, None);
        }
        if let Some(bus) = &self.usual.bus {
            let transitions = transitions.clone();
            let notice = id;
            all.insert(
                bus.to_string(),
                Delivery::Events {
                    bus,
                    notice,
                    transitions,
                },
            );
        }
        if self.usual.security_hub {
            all.insert("securityhub".to_owned(), Delivery::Findings { transitions });
        }
        all
    }

    async fn deliver(&self, deliveries: BTreeMap<String, Delivery<'_>>) -> Result<(), Untold> {
        let delivered = deliveries.into_iter().map(|(name, delivery)| async move {
            let delivered = Box::pin(self.pass_on(delivery)).await;
            (name, delivered)
        });
        let (mut reached, mut problem) = (BTreeSet::new(), None);
        for (name, delivered) in join_all(delivered).await {
            match delivered {
                Ok(()) => drop(reached.insert(name)),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        match problem {
            None => Ok(()),
            Some(error) => Err(Untold { reached, error }),
        }
    }

    /// What is refused for good is said in the log and counted, and a message goes where everything goes.
    async fn pass_on(&self, delivery: Delivery<'_>) -> Result<(), PortError> {
        let (refused, instead) = match delivery {
            Delivery::Message { to, message, instead } => {
                (topic::publish(&self.clients, &to.topic, &message).await, instead)
            }
            Delivery::Events {
                bus,
                notice,
                transitions,
            } => (bus::put(&self.clients, bus, &notice, &transitions).await, None),
            Delivery::Findings { transitions } => (hub::import(&self.clients, &transitions).await, None),
        };
        let error = match refused {
            Ok(()) => return Ok(()),
            Err(Refused::ForNow(error)) => return Err(error),
            Err(Refused::ForGood(error)) => error,
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
        let published = topic::publish(&self.clients, &self.usual.topic, message).await;
        published.map_err(|(Refused::ForNow(error) | Refused::ForGood(error))| error)
    }

    async fn tell(&self, notice: &Notice) -> Result<(), Untold> {
        let parts = notice.parts();
        let parts = parts.iter().map(|(to, part)| (*to, [sns(part), sns_chat(part)]));
        let mut deliveries = self.deliveries(parts, (notice.id(), notice.transitions.iter().collect()));
        deliveries.retain(|name, _| !notice.reached.contains(name));
        self.deliver(deliveries).await
    }

    async fn tell_digest(&self, digest: &Digest) -> Result<(), PortError> {
        let parts = digest.parts();
        let parts = parts
            .iter()
            .map(|(to, part)| (*to, [sns_digest(part), sns_chat_digest(part)]));
        let deliveries = self.deliveries(parts, (digest.id(), digest.transitions().collect()));
        self.deliver(deliveries).await.map_err(|untold| untold.error)
    }
}

/// An error of ours.
fn failed(what: impl Into<String>, detail: &str) -> PortError {
    PortError {
        what: what.into(),
        detail: printable(detail),
    }
}
