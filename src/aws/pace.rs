//! How fast may the monitor read? One allowance per API quota and Region, shared by every reader of the process,
//! so that its reads never take from the account's own deployments more than their share.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::arn::Region;

/// The quotas that AWS counts control-plane calls against ("Lambda quotas", section API requests; IAM, its Access Analyzer and Inspector publish none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pool {
    /// `GetPolicy`.
    LambdaPolicy,
    /// Every other Lambda control-plane call, all of them together; `GetFunction`, too, although its own quota is larger.
    LambdaOther,
    /// IAM reads; counted for the account, not for a Region.
    Iam,
    /// Validation of policies.
    AccessAnalyzer,
    /// `DescribeAlarms`.
    CloudWatch,
    /// Descriptions of keys.
    Kms,
    /// Reads of Amazon Inspector.
    Inspector,
    /// EC2 reads.
    Ec2,
    /// CloudTrail reads.
    CloudTrail,
    /// EventBridge reads.
    EventBridge,
    /// `GetResources` of the tagging API.
    Tagging,
}

impl Pool {
    /// Calls per second that AWS allows, or far less; for IAM, its Access Analyzer and Inspector, that nobody was seen to be
    /// throttled at.
    fn quota(self) -> f64 {
        match self {
            Self::LambdaPolicy | Self::LambdaOther | Self::AccessAnalyzer | Self::Inspector => 15.0,
            // "Quotas in AWS CloudTrail": ten calls per second and Region for reads of trails.
            Self::CloudTrail => 10.0,
            // "Amazon EventBridge quotas": fifty for what is neither PutEvents nor a change.
            Self::EventBridge => 50.0,
            // The tagging API publishes none; its pages are few.
            Self::Tagging => 5.0,
            // "CloudWatch service quotas": nine calls per second and Region.
            Self::CloudWatch => 9.0,
            // KMS allows far more ("Request quotas"), which the account's other calls of its kind share.
            Self::Kms | Self::Iam => 60.0,
            // "Request throttling for the Amazon EC2 API": the bucket of filtered reads is refilled with 20 tokens per second.
            Self::Ec2 => 20.0,
        }
    }
}

/// The part of each quota that the monitor may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(f64);

impl Share {
    /// One third: two thirds stay with the account's own deployments.
    pub const DEFAULT: Self = Self(1.0 / 3.0);

    /// A share in percent.
    pub fn percent(percent: u16) -> Option<Self> {
        (percent > 0).then(|| Self(f64::from(percent) / 100.0))
    }
}

/// The allowances of all pools.
#[derive(Debug)]
pub struct Pace {
    share: Share,
    meters: Mutex<BTreeMap<(Pool, Option<Region>), Meter>>,
}

impl Pace {
    /// Full allowances of a share of each quota.
    pub fn new(share: Share) -> Self {
        Self {
            share,
            meters: Mutex::default(),
        }
    }

    /// The part of the quotas that may be used.
    pub fn share(&self) -> Share {
        self.share
    }

    /// Waits until a call may be made.
    pub async fn wait(&self, pool: Pool, region: Option<&Region>) {
        let pause = self.reserve(pool, region, Instant::now());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    fn reserve(&self, pool: Pool, region: Option<&Region>, now: Instant) -> Duration {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        meters
            .entry((pool, region.cloned()))
            .or_insert_with(|| Meter::new(pool.quota(), self.share, now))
            .reserve(now)
    }
}

/// A token bucket, kept as the time at which it will be full again: no timer has to fill it.
#[derive(Debug)]
struct Meter {
    interval: Duration,
    burst: Duration,
    full_at: Instant,
}

impl Meter {
    /// A bucket that fills at a share of the quota and holds one second of the whole quota: the reads of a single event must not
    /// queue behind each other, and only what goes on for longer is held back.
    fn new(quota: f64, share: Share, now: Instant) -> Self {
        let interval = Duration::from_secs_f64(1.0 / (quota * share.0));
        Self {
            interval,
            burst: interval.mul_f64(quota),
            full_at: now,
        }
    }

    /// Takes a token, in advance if there is none: how long to wait before using it.
    fn reserve(&mut self, now: Instant) -> Duration {
        self.full_at = self.full_at.max(now) + self.interval;
        self.full_at.saturating_duration_since(now + self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    #[test]
    fn a_second_of_the_quota_is_free_and_the_rest_waits_its_turn() {
        let (pace, now) = (Pace::new(Share::DEFAULT), Instant::now());
        let home = region("eu-west-1");
        let waits: Vec<Duration> = (0..30)
            .map(|_| pace.reserve(Pool::LambdaPolicy, Some(&home), now))
            .collect();
        assert!(waits.iter().take(15).all(Duration::is_zero), "{waits:?}");
        let last = waits.last().unwrap().as_secs_f64();
        assert!(
            (last - 3.0).abs() < 0.01,
            "30 calls at 5 a second with 15 free take 3 s, not {last}"
        );
    }

    #[test]
    fn an_idle_meter_fills_up_but_never_over() {
        let start = Instant::now();
        let mut meter = Meter::new(15.0, Share::DEFAULT, start);
        let later = start + Duration::from_hours(1);
        let waits: Vec<Duration> = (0..16).map(|_| meter.reserve(later)).collect();
        assert_eq!(waits.iter().filter(|wait| wait.is_zero()).count(), 15, "{waits:?}");
    }

    #[test]
    fn pools_and_regions_do_not_share() {
        let (pace, now) = (Pace::new(Share::percent(10).unwrap()), Instant::now());
        let (here, there) = (region("eu-west-1"), region("eu-west-2"));
        for _ in 0..20 {
            pace.reserve(Pool::LambdaPolicy, Some(&here), now);
        }
        for (pool, region) in [
            (Pool::LambdaPolicy, Some(&there)),
            (Pool::LambdaOther, Some(&here)),
            (Pool::Iam, None),
        ] {
            assert!(pace.reserve(pool, region, now).is_zero(), "{pool:?}");
        }
        assert!(!pace.reserve(Pool::LambdaPolicy, Some(&here), now).is_zero());
    }

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!(Share::percent(0), None);
        assert!(Share::percent(100).is_some());
    }
}
