//! Which services call a function without waiting for its answer?

use jiff::civil::{Date, date};

use super::Source;

/// The day on which the table was true.
pub const AS_OF: Date = date(2026, 11, 22);

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "Lambda Developer Guide, Invoking Lambda with events from other AWS services; iotevents by its own guide",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html",
    date: AS_OF,
};

/// Whether the service with this principal invokes asynchronously: then Lambda retries, and drops the event in the end.
pub fn is_asynchronous(principal: &str) -> bool {
    ASYNCHRONOUS.contains(&principal)
}

const ASYNCHRONOUS: [&str; 11] = [
    "cloudformation.amazonaws.com",
    "codecommit.amazonaws.com",
    "config.amazonaws.com",
    "events.amazonaws.com",
    "iot.amazonaws.com",
    "iotevents.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "logs.amazonaws.com",
    "s3.amazonaws.com",
    "ses.amazonaws.com",
    "sns.amazonaws.com",
];

#[cfg(test)]
mod tests {
    use super::is_asynchronous;

    #[test]
    fn who_waits_for_the_answer_is_told_from_who_does_not() {
        assert!(is_asynchronous("s3.amazonaws.com"));
        for principal in [
            "apigateway.amazonaws.com",
            "cognito-idp.amazonaws.com",
            "lex.amazonaws.com",
            "",
        ] {
            assert!(!is_asynchronous(principal), "{principal}");
        }
    }
}
