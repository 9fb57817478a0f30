//! With which client is a call made? One connection pool, one retry policy, one client per Region, and no call without its turn.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::calls::Calls;
use super::pace::{Pace, Pool, Share};
use crate::arn::Region;

const ATTEMPTS: u32 = 5;
const CONNECT: Duration = Duration::from_secs(2);
const ATTEMPT: Duration = Duration::from_secs(5);
/// Leaves room for three reads one after the other in an invocation of 120 seconds in which nothing answers.
const OPERATION: Duration = Duration::from_secs(20);
/// So that five throttled attempts end as "throttled" before the time is out.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The SDK clients of the process.
#[derive(Debug)]
pub struct Clients {
    shared: SdkConfig,
    lambdas: Mutex<BTreeMap<Region, aws_sdk_lambda::Client>>,
    cloudwatches: Mutex<BTreeMap<Region, aws_sdk_cloudwatch::Client>>,
    keys: Mutex<BTreeMap<Region, aws_sdk_kms::Client>>,
    inspectors: Mutex<BTreeMap<Region, aws_sdk_inspector2::Client>>,
    ec2s: Mutex<BTreeMap<Region, aws_sdk_ec2::Client>>,
    trails: Mutex<BTreeMap<Region, aws_sdk_cloudtrail::Client>>,
    eventbridges: Mutex<BTreeMap<Region, aws_sdk_eventbridge::Client>>,
    hubs: Mutex<BTreeMap<Region, aws_sdk_securityhub::Client>>,
    taggings: Mutex<BTreeMap<Region, aws_sdk_resourcegroupstagging::Client>>,
    iam: aws_sdk_iam::Client,
    access_analyzer: aws_sdk_accessanalyzer::Client,
    sns: aws_sdk_sns::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    pace: Pace,
    calls: Calls,
}

impl Clients {
    /// Clients with the credentials of the environment, at home in a Region.
    pub async fn connect(home: &Region, share: Share) -> Self {
        let shared = defaults().region(sdk_region(home)).load().await;
        Self::new(shared, share)
    }

    /// Clients with the credentials of a profile of the shared configuration files, or of the environment, at home in a Region or in
    /// that of the profile; an error says that there is none.
    pub async fn of_profile(profile: Option<&str>, home: Option<&Region>, share: Share) -> Result<Self, String> {
        let mut config = defaults();
        if let Some(profile) = profile {
            config = config.profile_name(profile);
        }
        if let Some(home) = home {
            config = config.region(sdk_region(home));
        }
        let shared = config.load().await;
        if shared.region().is_none() {
            return Err("no Region is known: name one (--region), set AWS_REGION, or give the profile one".to_owned());
        }
        Ok(Self::new(shared, share))
    }

    /// The Region that it is at home in.
    pub fn home(&self) -> Result<Region, String> {
        let region = self.shared.region().map(AsRef::as_ref).unwrap_or_default();
        region.parse().map_err(|error| format!("`{region}`: {error}"))
    }

    /// Clients from a ready configuration.
    pub fn new(shared: SdkConfig, share: Share) -> Self {
        Self::counted(shared, share, Calls::default())
    }

    /// Clients that act as somebody else, in an account with quotas of its own; their calls are counted with these.
    pub(super) fn with(&self, credentials: Credentials) -> Self {
        let shared = self.shared.to_builder();
        let shared = shared.credentials_provider(SharedCredentialsProvider::new(credentials));
        // What was cached belongs to whoever these clients act as.
        let shared = shared.identity_cache(IdentityCache::lazy().build());
        Self::counted(shared.build(), self.pace.share(), self.calls.clone())
    }

    fn counted(shared: SdkConfig, share: Share, calls: Calls) -> Self {
        let iam = aws_sdk_iam::config::Builder::from(&shared).interceptor(calls.clone());
        let access_analyzer = aws_sdk_accessanalyzer::config::Builder::from(&shared).interceptor(calls.clone());
        let sns = aws_sdk_sns::config::Builder::from(&shared).interceptor(calls.clone());
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared).interceptor(calls.clone());
        let sqs = aws_sdk_sqs::config::Builder::from(&shared).interceptor(calls.clone());
        Self {
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            access_analyzer: aws_sdk_accessanalyzer::Client::from_conf(access_analyzer.build()),
            sns: aws_sdk_sns::Client::from_conf(sns.build()),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            lambdas: Mutex::default(),
            cloudwatches: Mutex::default(),
            keys: Mutex::default(),
            inspectors: Mutex::default(),
            ec2s: Mutex::default(),
            trails: Mutex::default(),
            eventbridges: Mutex::default(),
            hubs: Mutex::default(),
            taggings: Mutex::default(),
            pace: Pace::new(share),
            calls,
            shared,
        }
    }

    /// The count of API calls.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// The Lambda client of a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn lambda(&self, region: &Region, pool: Pool) -> aws_sdk_lambda::Client {
        self.pace.wait(pool, Some(region)).await;
        let mut clients = self.lambdas.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.clone())
            .or_insert_with(|| {
                let config = aws_sdk_lambda::config::Builder::from(&self.shared)
                    .region(sdk_region(region))
                    .interceptor(self.calls.clone());
                aws_sdk_lambda::Client::from_conf(config.build())
            })
            .clone()
    }

    /// The CloudWatch client of a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn cloudwatch(&self, region: &Region) -> aws_sdk_cloudwatch::Client {
        self.pace.wait(Pool::CloudWatch, Some(region)).await;
        let mut clients = self.cloudwatches.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.clone())
            .or_insert_with(|| {
                let config = aws_sdk_cloudwatch::config::Builder::from(&self.shared)
                    .region(sdk_region(region))
                    .interceptor(self.calls.clone());
                aws_sdk_cloudwatch::Client::from_conf(config.build())
            })
            .clone()
    }

    /// The KMS client of a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn kms(&self, region: &Region) -> aws_sdk_kms::Client {
        self.pace.wait(Pool::Kms, Some(region)).await;
        let mut clients = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let config = aws_sdk_kms::config::Builder::from(&self.shared).region(sdk_region(region));
            aws_sdk_kms::Client::from_conf(config.interceptor(self.calls.clone()).build())
        });
        client.clone()
    }

    /// The client of Amazon Inspector in a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn inspector(&self, region: &Region) -> aws_sdk_inspector2::Client {
        self.pace.wait(Pool::Inspector, Some(region)).await;
        let mut clients = self.inspectors.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let config = aws_sdk_inspector2::config::Builder::from(&self.shared).region(sdk_region(region));
            aws_sdk_inspector2::Client::from_conf(config.interceptor(self.calls.clone()).build())
        });
        client.clone()
    }

    /// The client of the tagging API in a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn tagging(&self, region: &Region) -> aws_sdk_resourcegroupstagging::Client {
        self.pace.wait(Pool::Tagging, Some(region)).await;
        let mut clients = self.taggings.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let config = aws_sdk_resourcegroupstagging::config::Builder::from(&self.shared).region(sdk_region(region));
            aws_sdk_resourcegroupstagging::Client::from_conf(config.interceptor(self.calls.clone()).build())
        });
        client.clone()
    }

    /// The CloudTrail client of a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn cloudtrail(&self, region: &Region) -> aws_sdk_cloudtrail::Client {
        self.pace.wait(Pool::CloudTrail, Some(region)).await;
        let mut clients = self.trails.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let config = aws_sdk_cloudtrail::config::Builder::from(&self.shared).region(sdk_region(region));
            aws_sdk_cloudtrail::Client::from_conf(config.interceptor(self.calls.clone()).build())
        });
        client.clone()
    }

    /// The EventBridge client of a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn eventbridge(&self, region: &Region) -> aws_sdk_eventbridge::Client {
        self.pace.wait(Pool::EventBridge, Some(region)).await;
        self.bus(region)
    }

    /// The same to put events, whose quota is three orders of magnitude larger.
    pub(super) fn bus(&self, region: &Region) -> aws_sdk_eventbridge::Client {
        let mut clients = self.eventbridges.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let config = aws_sdk_eventbridge::config::Builder::from(&self.shared).region(sdk_region(region));
            aws_sdk_eventbridge::Client::from_conf(config.interceptor(self.calls.clone()).build())
        });
        client.clone()
    }

    /// The EC2 client of a Region, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn ec2(&self, region: &Region) -> aws_sdk_ec2::Client {
        self.pace.wait(Pool::Ec2, Some(region)).await;
        let mut clients = self.ec2s.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.clone())
            .or_insert_with(|| {
                let config = aws_sdk_ec2::config::Builder::from(&self.shared)
                    .region(sdk_region(region))
                    .interceptor(self.calls.clone());
                aws_sdk_ec2::Client::from_conf(config.build())
            })
            .clone()
    }

    /// The IAM client, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn iam(&self) -> &aws_sdk_iam::Client {
        self.pace.wait(Pool::Iam, None).await;
        &self.iam
    }

    /// The client of IAM Access Analyzer, when it is this call's turn: to be asked for anew for every call.
    pub(super) async fn access_analyzer(&self) -> &aws_sdk_accessanalyzer::Client {
        self.pace.wait(Pool::AccessAnalyzer, None).await;
        &self.access_analyzer
    }

    /// The SNS client; its quota is three orders of magnitude away.
    pub(super) fn sns(&self) -> &aws_sdk_sns::Client {
        &self.sns
    }

    /// The DynamoDB client: the table is the monitor's own, and grows with it.
    pub(super) fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// The SQS client; a queue has no quota that could be reached.
    pub(super) fn sqs(&self) -> &aws_sdk_sqs::Client {
        &self.sqs
    }

    /// The client of Security Hub in a Region; its quota is far away from what one monitor finds.
    pub(super) fn security_hub(&self, region: &Region) -> aws_sdk_securityhub::Client {
        let mut clients = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let config = aws_sdk_securityhub::config::Builder::from(&self.shared).region(sdk_region(region));
            aws_sdk_securityhub::Client::from_conf(config.interceptor(self.calls.clone()).build())
        });
        client.clone()
    }

    /// A client of SSM. One call in minutes needs no pace, and where settings come from elsewhere none is made at all.
    pub(super) fn ssm(&self) -> aws_sdk_ssm::Client {
        let config = aws_sdk_ssm::config::Builder::from(&self.shared).interceptor(self.calls.clone());
        aws_sdk_ssm::Client::from_conf(config.build())
    }

    /// A client of STS, as [`Self::ssm`]: an account is entered once an hour.
    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(&self.shared).interceptor(self.calls.clone());
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// A client of AWS Organizations, as [`Self::ssm`].
    pub(super) fn organizations(&self) -> aws_sdk_organizations::Client {
        let config = aws_sdk_organizations::config::Builder::from(&self.shared).interceptor(self.calls.clone());
        aws_sdk_organizations::Client::from_conf(config.build())
    }

    /// A client of S3, as [`Self::ssm`].
    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.shared).interceptor(self.calls.clone());
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

pub(super) fn sdk_region(region: &Region) -> aws_sdk_lambda::config::Region {
    aws_sdk_lambda::config::Region::new(region.to_string())
}

/// Not the adaptive mode: after the first throttled call it holds back every call of the client, down to one in two seconds, until their
/// time is out. The pace is kept here already.
fn defaults() -> ConfigLoader {
    let http = HttpBuilder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .retry_config(retries())
        .timeout_config(timeouts())
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_max_backoff(LONGEST_PAUSE)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}
