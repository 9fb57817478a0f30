//! Why did a call fail? One mapping from the SDKs' errors to the reasons that a reading can carry.

use std::error::Error;
use std::fmt::Write as _;

use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};

use crate::snapshot::Reason;

const LONGEST_DETAIL: usize = 300;

const DENIED: [&str; 4] = [
    "AccessDeniedException",
    "AccessDenied",
    "UnauthorizedOperation",
    "AuthorizationError",
];

const THROTTLED: [&str; 10] = [
    "TooManyRequestsException",
    "Throttling",
    "ThrottlingException",
    "Throttled",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "PriorRequestNotComplete",
    "SlowDown",
];

const NOT_FOUND: [&str; 5] = [
    "NotFound", // of SNS
    "ResourceNotFoundException",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFoundException",
];

/// What the front end of a service says about a call that it does not have, with the code of a denied one.
const NO_SUCH_OPERATION: &str = "Unable to determine service/operation name";

/// What a service answered, as far as it decides the reason.
#[derive(Debug, Clone, Copy, Default)]
struct Answer<'a> {
    status: u16,
    code: &'a str,
    message: &'a str,
}

/// The reason for a failed call that needs the IAM action `action`.
pub(super) fn reason<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Reason
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    match error {
        SdkError::TimeoutError(_) => Reason::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Reason::TimedOut,
        SdkError::ResponseError(_) => malformed(action),
        // So the SDKs say that they could not read the answer of a call that succeeded.
        SdkError::ServiceError(_) if (200..300).contains(&status) => malformed(action),
        SdkError::ServiceError(service) => judge(
            action,
            Answer {
                status,
                code: service.err().code().unwrap_or_default(),
                message: service.err().message().unwrap_or_default(),
            },
        ),
        other => Reason::Failed {
            detail: printable(&format!("`{action}`: {}", chain(other))),
        },
    }
}

/// The parser's own words stay out: they may quote the answer, and an answer may hold environment values.
fn malformed(action: &'static str) -> Reason {
    Reason::Malformed {
        detail: format!("the answer to `{action}` is not what the API model describes"),
    }
}

/// What went wrong in one line, for a call whose failure is no reading.
pub(super) fn explain<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error.as_service_error() {
        Some(answer) => format!(
            "`{}`: {}",
            answer.code().unwrap_or("no code"),
            answer.message().unwrap_or("no message")
        ),
        None => chain(error),
    }
}

fn judge(action: &'static str, answer: Answer<'_>) -> Reason {
    if DENIED.contains(&answer.code) && !answer.message.contains(NO_SUCH_OPERATION) {
        return Reason::AccessDenied {
            permission: action.to_owned(),
        };
    }
    if THROTTLED.contains(&answer.code) || answer.status == 429 {
        return Reason::Throttled;
    }
    // A bare 404 without one of the codes is a wrong address, not a missing thing.
    if NOT_FOUND.contains(&answer.code) {
        return Reason::NotFound;
    }
    let Answer { status, code, message } = answer;
    Reason::Failed {
        detail: printable(&match code {
            "" => format!("`{action}` answered with status {status} and no error code"),
            code => format!("`{action}` answered with status {status}, `{code}`: {message}"),
        }),
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}

/// Bounded and without control characters: parts of it come from the wire.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .take(LONGEST_DETAIL)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::config::http::HttpResponse;
    use aws_sdk_lambda::error::ErrorMetadata;
    use aws_sdk_lambda::operation::get_policy::GetPolicyError;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answered(status: u16, code: &str, message: &str) -> Reason {
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        let error = SdkError::service_error(GetPolicyError::generic(metadata), response);
        reason("lambda:GetPolicy", &error)
    }

    #[test]
    fn a_refused_read_names_the_missing_permission() {
        let denied = Reason::AccessDenied {
            permission: "lambda:GetPolicy".to_owned(),
        };
        for code in DENIED {
            assert_eq!(
                answered(403, code, "not authorized to perform: lambda:GetPolicy"),
                denied
            );
        }
    }

    #[test]
    fn an_unknown_operation_is_neither_denied_nor_missing() {
        for (status, code, message) in [
            (
                403,
                "AccessDeniedException",
                "Unable to determine service/operation name to be authorized",
            ),
            (404, "UnknownOperationException", ""),
            (404, "", "not found"),
        ] {
            assert!(
                matches!(answered(status, code, message), Reason::Failed { .. }),
                "{status} {code}"
            );
        }
    }

    #[test]
    fn throttling_is_known_by_code_and_by_status() {
        for code in THROTTLED {
            assert_eq!(answered(400, code, "Rate exceeded"), Reason::Throttled, "{code}");
        }
        assert_eq!(answered(429, "", ""), Reason::Throttled);
        assert!(matches!(answered(500, "ServiceException", ""), Reason::Failed { .. }));
    }

    #[test]
    fn a_missing_thing_is_known_by_its_code() {
        for code in NOT_FOUND {
            assert_eq!(answered(404, code, ""), Reason::NotFound);
        }
    }

    #[test]
    fn timeouts_and_unreadable_answers_have_their_own_reasons() {
        type Failure = SdkError<GetPolicyError, HttpResponse>;
        let timeout: Failure = SdkError::timeout_error("late");
        assert_eq!(reason("lambda:GetPolicy", &timeout), Reason::TimedOut);

        let answer = || HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
        let inner = "unexpected token `plainly-fake`";
        let unread: [Failure; 2] = [
            SdkError::response_error(inner, answer()),
            SdkError::service_error(GetPolicyError::unhandled(inner), answer()),
        ];
        for error in unread {
            let Reason::Malformed { detail } = reason("lambda:GetPolicy", &error) else {
                panic!("not malformed");
            };
            assert!(!detail.contains("plainly-fake"), "{detail}");
        }
    }

    #[test]
    fn what_the_wire_says_is_bounded_and_printable() {
        let Reason::Failed { detail } = answered(500, "X", &"a\nb\u{1b}".repeat(500)) else {
            panic!("not failed");
        };
        assert!(detail.chars().count() <= LONGEST_DETAIL && !detail.contains(['\n', '\u{1b}']));
    }
}
