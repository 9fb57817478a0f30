//! How is a code package downloaded? From Lambda's own buckets, over TLS, without following anybody elsewhere, and never more of it than
//! is inspected. The location is a key to the code: it is neither logged nor told.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::arn::Region;
use crate::package::Gap;

/// The longest that a download may take.
const LONGEST: Duration = Duration::from_secs(30);

/// Where packages may come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Lambda's own buckets.
    Lambda,
    /// This scheme, host and port: a test's own server.
    #[cfg(test)]
    Test(String),
}

/// Downloads packages.
#[derive(Debug)]
pub(super) struct Fetch {
    connector: SharedHttpConnector,
    origin: Origin,
    most: u64,
    longest: Duration,
    /// One package at a time is kept in memory.
    turn: Mutex<()>,
}

impl Fetch {
    /// Downloads from Lambda's own buckets, at most so many bytes.
    pub(super) fn new(most: u64) -> Self {
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build();
        Self {
            connector: SharedHttpConnector::new(connector),
            origin: Origin::Lambda,
            most,
            longest: LONGEST,
            turn: Mutex::new(()),
        }
    }

    /// Downloads what stands at a location, and hands it over while no other package is in memory.
    pub(super) async fn with<T>(
        &self,
        location: &str,
        region: &Region,
        use_it: impl FnOnce(Vec<u8>) -> T,
    ) -> Result<T, Gap> {
        self.origin.admits(location, region)?;
        let _turn = self.turn.lock().await;
        let bytes = timeout(self.longest, self.download(location)).await;
        let seconds = self.longest.as_secs();
        let bytes = bytes.unwrap_or_else(|_| Err(not_fetched(&format!("it took longer than {seconds} seconds"))))?;
        Ok(use_it(bytes))
    }

    /// The connector follows no redirect: it is an answer like any other that is not the package.
    async fn download(&self, location: &str) -> Result<Vec<u8>, Gap> {
        // The words of a failure could repeat the location.
        let request = HttpRequest::get(location).map_err(|_| not_fetched("its location is not an address"))?;
        let response = self.connector.call(request).await;
        let response = response.map_err(|_| not_fetched("the connection failed"))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(not_fetched(&format!("the answer has the status {status}")));
        }
        let announced = response
            .headers()
            .get("content-length")
            .and_then(|length| length.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.most) {
            return Err(Gap::Compressed { most: self.most });
        }
        let body = self.take(ByteStream::new(response.into_body())).await?;
        let is_whole = announced.is_none_or(|length| u64::try_from(body.len()) == Ok(length));
        is_whole.then_some(body).ok_or_else(|| not_fetched("it ended early"))
    }

    /// What the answer announced is not believed.
    async fn take(&self, mut body: ByteStream) -> Result<Vec<u8>, Gap> {
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|_| not_fetched("it ended early"))?;
            let length = u64::try_from(bytes.len() + piece.len()).unwrap_or(u64::MAX);
            if length > self.most {
                return Err(Gap::Compressed { most: self.most });
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

fn not_fetched(detail: &str) -> Gap {
    Gap::NotFetched {
        detail: detail.to_owned(),
    }
}

impl Origin {
    fn admits(&self, location: &str, region: &Region) -> Result<(), Gap> {
        let is_admitted = match self {
            Self::Lambda => host(location).is_some_and(|host| is_of_lambda(host, region)),
            #[cfg(test)]
            Self::Test(origin) => location.starts_with(origin.as_str()),
        };
        is_admitted
            .then_some(())
            .ok_or_else(|| not_fetched("its location is not one of Lambda's own buckets in the function's Region"))
    }
}

/// The host of an https address that names neither a user nor a port.
fn host(location: &str) -> Option<&str> {
    let rest = location.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    host.bytes().all(is_plain).then_some(host)
}

/// `GetFunction` gives locations in buckets such as `awslambda-eu-west-1-tasks` and, in the oldest Region, `prod-04-2014-tasks`; their
/// owner is Lambda. Code that the function refers to in a bucket of the user's is not downloaded.
fn is_of_lambda(host: &str, region: &Region) -> bool {
    let suffix = match region.partition() {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    let endpoint = format!(".s3.{region}.{suffix}");
    let bucket = host.strip_suffix(&endpoint).unwrap_or_default();
    let begins = bucket.starts_with("awslambda-") || bucket.starts_with("prod-");
    begins && bucket.ends_with("-tasks") && !bucket.contains('.')
}

#[cfg(test)]
mod tests;
