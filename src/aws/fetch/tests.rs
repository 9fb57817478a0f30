use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

fn region() -> Region {
    "eu-west-1".parse().unwrap()
}

/// A server that gives these bytes to whoever comes, and its origin.
fn serving(answer: Vec<u8>, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 2048];
            let _ = stream.read(&mut request);
            thread::sleep(pause);
            let _ = stream.write_all(&answer);
        }
    });
    origin
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes(), body].concat()
}

async fn fetched(answer: Vec<u8>, pause: Duration) -> Result<Vec<u8>, Gap> {
    let origin = serving(answer, pause);
    let fetch = Fetch {
        connector: SharedHttpConnector::new(Connector::builder().build_http()),
        origin: Origin::Test(origin.clone()),
        most: 1000,
        longest: Duration::from_millis(500),
        turn: Mutex::new(()),
    };
    fetch
        .with(&format!("{origin}package?X-Amz-Signature=abc"), &region(), |bytes| {
            bytes
        })
        .await
}

const NOW: Duration = Duration::ZERO;

fn says(outcome: Result<Vec<u8>, Gap>) -> String {
    let told = outcome.unwrap_err().to_string();
    assert!(
        !told.contains("X-Amz-Signature") && !told.contains("127.0.0.1"),
        "{told}"
    );
    told
}

#[tokio::test]
async fn a_package_is_taken_whole() {
    let body = vec![7; 1000];
    let outcome = fetched(answer("200 OK\r\ncontent-length: 1000", &body), NOW).await;
    assert_eq!(outcome, Ok(body));
}

#[tokio::test]
async fn a_location_that_leads_elsewhere_is_not_followed() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let head = format!("{status}\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0");
        let told = says(fetched(answer(&head, b""), NOW).await);
        assert!(told.contains(&format!("status {}", &status[..3])), "{told}");
    }
}

#[tokio::test]
async fn no_more_is_taken_than_is_inspected_whatever_is_announced() {
    let large = vec![7; 5000];
    let announced = fetched(answer("200 OK\r\ncontent-length: 5000", &large), NOW).await;
    assert_eq!(announced, Err(Gap::Compressed { most: 1000 }));
    let huge = fetched(answer("200 OK\r\ncontent-length: 99999999999999", b""), NOW).await;
    assert_eq!(huge, Err(Gap::Compressed { most: 1000 }));
    let silent = fetched(answer("200 OK", &large), NOW).await;
    assert_eq!(silent, Err(Gap::Compressed { most: 1000 }));
    let chunk = [format!("{:x}\r\n", large.len()).as_bytes(), &large, b"\r\n0\r\n\r\n"].concat();
    let chunked = fetched(answer("200 OK\r\ntransfer-encoding: chunked", &chunk), NOW).await;
    assert_eq!(chunked, Err(Gap::Compressed { most: 1000 }));
}

#[tokio::test]
async fn less_than_was_announced_is_no_package() {
    let told = says(fetched(answer("200 OK\r\ncontent-length: 900", &[7; 100]), NOW).await);
    assert!(told.contains("it ended early"), "{told}");
}

#[tokio::test]
async fn more_than_was_announced_is_cut_where_it_was_to_end() {
    let outcome = fetched(answer("200 OK\r\ncontent-length: 100", &[7; 5000]), NOW).await;
    assert_eq!(outcome.map(|bytes| bytes.len()), Ok(100));
}

#[tokio::test]
async fn who_takes_too_long_is_left() {
    let told = says(fetched(answer("200 OK\r\ncontent-length: 0", b""), Duration::from_secs(2)).await);
    assert!(told.contains("longer"), "{told}");
}

#[tokio::test]
async fn only_lambdas_own_buckets_are_asked() {
    let fetch = Fetch::new(1000);
    for location in ["http://127.0.0.1:1/x", "https://evil.example/x", ""] {
        let told = says(fetch.with(location, &region(), |bytes| bytes).await);
        assert!(told.contains("Lambda's own buckets"), "{told}");
    }
}

#[test]
fn a_location_is_known_by_scheme_host_and_region() {
    let admits = |location: &str| Origin::Lambda.admits(location, &region()).is_ok();
    assert!(admits(
        "https://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com/snapshots/1?versionId=2"
    ));
    assert!(admits(
        "https://prod-04-2014-tasks.s3.eu-west-1.amazonaws.com/snapshots/1"
    ));
    for location in [
        "http://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com/x",
        "https://awslambda-eu-west-1-tasks.s3.us-east-1.amazonaws.com/x",
        "https://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com.evil.example/x",
        "https://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com:8443/x",
        "https://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com@evil.example/x",
        "https://evil.example/?awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com",
        "https://evil.example\\.awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com/x",
        "https://my-bucket.s3.eu-west-1.amazonaws.com/x",
        "https://awslambda-x.evil-tasks.s3.eu-west-1.amazonaws.com/x",
        "HTTPS://AWSLAMBDA-eu-west-1-tasks.s3.eu-west-1.amazonaws.com/x",
        "file:///etc/passwd",
    ] {
        assert!(!admits(location), "{location}");
    }
}
