//! Passwords in addresses and connection strings.

use super::super::Confidence::{Certain, Likely};
use super::Detector;
use super::NameHint::{Any, Holds};
use super::Shape::{Chosen, Entropy, Given};

pub(super) static TABLE: &[Detector] = &[
    Detector {
        id: "sentry-dsn-secret",
        title: "Sentry DSN of the older form, with its secret",
        source: "https://docs.sentry.io/concepts/key-terms/dsn-explainer/",
        confidence: Certain,
        keywords: &["sentry"],
        name: Any,
        pattern: r"://[a-f0-9]{32}:([a-f0-9]{32})@[A-Za-z0-9.-]*sentry",
        shape: Entropy(3.0),
        examples: &["DSN=https://{hex:32}:{hex:32}@sentry.io/42"],
        counter_examples: &["DSN=https://{hex:32}@o1.ingest.sentry.io/42"],
    },
    Detector {
        id: "url-with-password",
        title: "Address with a user and a password",
        source: "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        confidence: Certain,
        keywords: &["://"],
        name: Any,
        pattern: r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#:@]{0,512}:([^\s/?#@]{2,1024}|[^\s@/0-9]\S{1,1020})@[A-Za-z0-9\[]",
        shape: Given,
        examples: &[
            "DATABASE_URL=postgres://app:{alnum:12}@db.example:5432/app",
            "REDIS=rediss://:{alnum:20}@cache.example:6379",
            "AMQP=amqps://a{colon:1}hunter2@mq.example",
        ],
        counter_examples: &[
            "U=https://db.example:5432/app",
            "U=postgres://app:${DB_PASSWORD}@db.example/app",
            "U=postgres://app:<password>@db.example",
            "U=https://user@host.example/x",
            "U=https://host.example:443/@scope/pkg",
        ],
    },
    Detector {
        id: "connection-string-password",
        title: "Connection string with a password",
        source: "https://learn.microsoft.com/sql/connect/ado-net/connection-string-syntax",
        confidence: Certain,
        keywords: &["password=", "pwd=", "password =", "passwd="],
        name: Any,
        pattern: r#"(?i:(?:^|[;?&\s"'])(?:(?:user |db_?)?password|pwd|passwd)\s?=\s?["']?([^;&"'\s]{3,512}))"#,
        shape: Chosen,
        examples: &[
            "CS=Server=db.example;Database=a;User Id=sa;Password={alnum:14};",
            "JDBC=jdbc:mysql://db.example/a?user=a&password={alnum:9}",
            "PG=host=db.example user=a password=hunter2",
        ],
        counter_examples: &[
            "CS=Server=db.example;Integrated Security=true",
            "SQL=select 1 where password=?",
            "CS=Server=a;Password={PASSWORD}",
            "CS=Server=a;Password=${PW}",
        ],
    },
    Detector {
        id: "user-password-pair",
        title: "User and password, separated by a colon",
        source: "https://www.rfc-editor.org/rfc/rfc7617",
        confidence: Likely,
        keywords: &[],
        name: Holds(&[
            "basic_auth",
            "basicauth",
            "http_auth",
            "auth",
            "credentials",
            "credential",
            "creds",
            "userpass",
            "user_pass",
            "login",
        ]),
        pattern: r"^[A-Za-z0-9._@+-]{1,64}:([^\s:/]{4,512})$",
        shape: Chosen,
        examples: &["BASIC_AUTH=admin:hunter2", "API_CREDENTIALS=svc:{alnum:16}"],
        counter_examples: &["AUTH=host:true", "MAP=admin:hunter2"],
    },
];
