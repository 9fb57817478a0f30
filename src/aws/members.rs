//! Whose credentials read an account? At home the monitor's own; in a member account of the organization those of the role that was
//! made for it there; in any other account nobody's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_sts::config::Credentials;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::clients::Clients;
use super::clock::SystemClock;
use super::collect::required;
use super::failure::reason;
use crate::arn::{AccountId, Region};
use crate::monitor::Clock;
use crate::snapshot::Reason;

mod organization;

/// By this name CloudTrail shows what the monitor reads.
const SESSION: &str = "lambda-vigil";
/// A session is given up so long before its end: what began with it has to come to its end.
const SPARE: SignedDuration = SignedDuration::from_mins(10);
/// How long a refused account is left alone.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_mins(1);
/// Of so many accounts the clients are kept.
const MOST_ENTRIES: usize = 64;
/// How long the listing of the organization's accounts holds.
const LISTING_HOLDS: SignedDuration = SignedDuration::from_hours(1);
/// An account that is not in a listing of this age may have joined since.
const LISTING_SETTLES: SignedDuration = SignedDuration::from_mins(1);

/// How accounts other than the monitor's own are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The role that is assumed, by its name with its path: the same in every account.
    pub role: String,
    /// What the role's trust policy asks for beside the monitor's own role.
    pub external_id: Option<String>,
    /// The accounts that may be read.
    pub within: Within,
}

/// Which accounts are read beside the monitor's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// The active ones of the organization.
    Organization,
    /// The active ones in these organizational units and in those below them, and these beside them.
    Units(BTreeSet<String>, BTreeSet<AccountId>),
    /// These.
    Accounts(BTreeSet<AccountId>),
}

/// The accounts that the monitor reads.
#[derive(Debug)]
pub struct Members {
    home: AccountId,
    region: Region,
    clients: Arc<Clients>,
    reader: Option<Reader>,
    listing: Mutex<Option<Listing>>,
    entries: Mutex<BTreeMap<AccountId, Arc<Mutex<Option<Entry>>>>>,
}

/// The organization's active accounts, and when they were asked for.
#[derive(Debug, Clone)]
struct Listing {
    at: Timestamp,
    accounts: BTreeSet<AccountId>,
}

/// What came of entering an account, and how long that holds.
#[derive(Debug, Clone)]
struct Entry {
    clients: Result<Arc<Clients>, Reason>,
    until: Timestamp,
}

impl Members {
    /// The accounts that are read from an account and Region; without a reader that account alone.
    pub fn new(home: AccountId, region: Region, clients: Arc<Clients>, reader: Option<Reader>) -> Self {
        Self {
            home,
            region,
            clients,
            reader,
            listing: Mutex::default(),
            entries: Mutex::default(),
        }
    }

    /// The monitor's own clients.
    pub(super) fn home(&self) -> &Clients {
        &self.clients
    }

    /// The clients that read an account.
    pub async fn clients(&self, account: &AccountId) -> Result<Arc<Clients>, Reason> {
        if *account == self.home {
            return Ok(self.clients.clone());
        }
        let Some(reader) = &self.reader else {
            return Err(Reason::Failed {
                detail: format!(
                    "the monitor reads {} only, no role to read {account} is set up",
                    self.home
                ),
            });
        };
        let mut entries = self.entries.lock().await;
        if entries.len() >= MOST_ENTRIES {
            // Those that somebody is at stay.
            entries.retain(|_, entry| Arc::strong_count(entry) > 1);
        }
        let entry = entries.entry(account.clone()).or_default().clone();
        drop(entries);
        let mut entry = entry.lock().await;
        let now = SystemClock.now();
        if let Some(known) = entry.as_ref().filter(|known| now < known.until) {
            return known.clients.clone();
        }
        let entered = Box::pin(self.enter(account, reader)).await;
        let made = match entered {
            Ok((clients, end)) => Entry {
                clients: Ok(Arc::new(clients)),
                until: end.checked_sub(SPARE).unwrap_or(now),
            },
            Err(why) => Entry {
                clients: Err(why),
                until: now.checked_add(AFTER_REFUSAL).unwrap_or(now),
            },
        };
        let clients = made.clients.clone();
        *entry = Some(made);
        clients
    }

    /// The accounts that are read beside the monitor's own.
    pub async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        let Some(reader) = &self.reader else {
            return Ok(BTreeSet::new());
        };
        let mut accounts = match &reader.within {
            Within::Accounts(accounts) => accounts.clone(),
            Within::Organization | Within::Units(..) => self.listed(reader, LISTING_HOLDS).await?,
        };
        accounts.remove(&self.home);
        Ok(accounts)
    }

    /// Clients of an account and when their session ends. The account that an event names is not believed: whoever sends it could
    /// lead the monitor to a role of its own.
    async fn enter(&self, account: &AccountId, reader: &Reader) -> Result<(Clients, Timestamp), Reason> {
        let is_member = match &reader.within {
            Within::Accounts(accounts) => accounts.contains(account),
            Within::Organization | Within::Units(..) => {
                self.listed(reader, LISTING_HOLDS).await?.contains(account)
                    || self.listed(reader, LISTING_SETTLES).await?.contains(account)
            }
        };
        if !is_member {
            return Err(Reason::Failed {
                detail: format!(
                    "{account} is no active account of what is watched of the organization, so no role is assumed there"
                ),
            });
        }
        let role = format!(
            "arn:{}:iam::{account}:role/{}",
            self.region.partition(),
            reader.role.trim_start_matches('/')
        );
        let sts = self.clients.sts();
        let call = sts.assume_role().role_arn(role).role_session_name(SESSION);
        let answer = Box::pin(call.set_external_id(reader.external_id.clone()).send()).await;
        let answer = answer.map_err(|error| reason(Reason::ENTRY, &error))?;
        let given = required(answer.credentials, "Credentials")?;
        let end = Timestamp::from_second(given.expiration.secs()).unwrap_or_else(|_| SystemClock.now());
        let (key, secret) = (given.access_key_id, given.secret_access_key);
        let credentials = Credentials::new(key, secret, Some(given.session_token), None, SESSION);
        Ok((self.clients.with(credentials), end))
    }

    /// The active accounts that are watched, by a listing that is not older than this.
    async fn listed(&self, reader: &Reader, oldest: SignedDuration) -> Result<BTreeSet<AccountId>, Reason> {
        let mut listing = self.listing.lock().await;
        let now = SystemClock.now();
        if let Some(known) = listing.as_ref().filter(|known| now.duration_since(known.at) < oldest) {
            return Ok(known.accounts.clone());
        }
        let client = self.clients.organizations();
        let accounts = match &reader.within {
            Within::Units(units, beside) => {
                let mut accounts = Box::pin(organization::in_units(&client, units)).await?;
                accounts.extend(beside.iter().cloned());
                accounts
            }
            Within::Organization | Within::Accounts(_) => Box::pin(organization::everybody(&client)).await?,
        };
        *listing = Some(Listing {
            at: now,
            accounts: accounts.clone(),
        });
        Ok(accounts)
    }
}
