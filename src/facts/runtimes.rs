//! Until when does Lambda support a runtime id, and which id comes after it?

use jiff::civil::{Date, date};

use super::Source;

/// The day on which the table was true.
pub const AS_OF: Date = date(2026, 8, 19);

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "cfn-lint, LmbdRuntimeLifecycle.json; AWS Lambda runtimes",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    date: AS_OF,
};

/// What is known about a runtime id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuntimeLife {
    /// AWS has published its dates.
    Dated {
        /// The last day of security patches.
        deprecated: Date,
        /// From this day no function can be created with it. AWS keeps postponing block dates ("Lambda runtimes"),
        /// so judge by `deprecated` and only report this one.
        create_blocked: Option<Date>,
        /// From this day no function can be updated that uses it.
        update_blocked: Option<Date>,
    },
    /// AWS's API accepts the id, but no date is published yet.
    KnownUndated,
    /// Not in any table: nothing can be said.
    Unknown,
}

/// What is known about the runtime `id`, as `GetFunctionConfiguration` spells it.
pub fn runtime(id: &str) -> RuntimeLife {
    match TABLE.iter().find(|row| row.id == id) {
        Some(row) => RuntimeLife::Dated {
            deprecated: row.deprecated,
            create_blocked: row.create_blocked,
            update_blocked: row.update_blocked,
        },
        None if UNDATED.contains(&id) => RuntimeLife::KnownUndated,
        None => RuntimeLife::Unknown,
    }
}

/// The newest dated runtime of the same family; `None` when `id` is that one, or has no dates itself.
pub fn successor(id: &str) -> Option<&'static str> {
    let family = TABLE.iter().find(|row| row.id == id)?.family;
    let newest = TABLE.iter().rfind(|row| row.family == family)?;
    (newest.id != id).then_some(newest.id)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Dotnet,
    Java,
    Nodejs,
    /// Go is here because AWS moved `go1.x` to the operating-system runtimes.
    Provided,
    Python,
    Ruby,
}

struct Row {
    id: &'static str,
    family: Family,
    deprecated: Date,
    create_blocked: Option<Date>,
    update_blocked: Option<Date>,
}

/// A calendar day as the table writes it: year, month, day.
type Day = (i16, i8, i8);

const fn row(id: &'static str, family: Family, [deprecated, create, update]: [Day; 3]) -> Row {
    Row {
        id,
        family,
        deprecated: day(deprecated),
        create_blocked: Some(day(create)),
        update_blocked: Some(day(update)),
    }
}

/// Offered as a base image only: no function names it, so nothing is ever blocked.
const fn image_only(id: &'static str, family: Family, deprecated: Day) -> Row {
    Row {
        id,
        family,
        deprecated: day(deprecated),
        create_blocked: None,
        update_blocked: None,
    }
}

const fn day((year, month, day): Day) -> Date {
    date(year, month, day)
}

/// The common block days to which AWS postponed most runtimes of 2023 to 2026.
const CREATE_2027: Day = (2027, 2, 1);
const UPDATE_2027: Day = (2027, 3, 3);

/// In each family from the oldest to the newest.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("dotnetcore1.0", Family::Dotnet, [(2019, 6, 27), (2019, 7, 30), (2019, 7, 30)]),
    row("dotnetcore2.0", Family::Dotnet, [(2019, 5, 30), (2019, 5, 30), (2019, 5, 30)]),
    row("dotnetcore2.1", Family::Dotnet, [(2022, 1, 5), (2022, 1, 5), (2022, 4, 13)]),
    row("dotnetcore3.1", Family::Dotnet, [(2023, 4, 3), (2023, 4, 3), (2023, 5, 3)]),
    row("dotnet6", Family::Dotnet, [(2024, 12, 20), CREATE_2027, UPDATE_2027]),
    row("dotnet8", Family::Dotnet, [(2026, 11, 10), CREATE_2027, UPDATE_2027]),
    image_only("dotnet9", Family::Dotnet, (2026, 11, 10)),
    row("dotnet10", Family::Dotnet, [(2028, 11, 14), (2028, 12, 14), (2029, 1, 15)]),

    row("java8", Family::Java, [(2024, 1, 8), (2024, 2, 8), UPDATE_2027]),
    row("java8.al2", Family::Java, [(2027, 6, 30), (2027, 7, 31), (2027, 8, 31)]),
    row("java11", Family::Java, [(2027, 6, 30), (2027, 7, 31), (2027, 8, 31)]),
    row("java17", Family::Java, [(2027, 6, 30), (2027, 7, 31), (2027, 8, 31)]),
    row("java21", Family::Java, [(2029, 6, 30), (2029, 7, 31), (2029, 8, 31)]),
    row("java25", Family::Java, [(2029, 6, 30), (2029, 7, 31), (2029, 8, 31)]),

    row("nodejs", Family::Nodejs, [(2016, 10, 31), (2016, 10, 31), (2016, 10, 31)]),
    row("nodejs4.3", Family::Nodejs, [(2020, 3, 5), (2020, 3, 5), (2020, 3, 5)]),
    row("nodejs4.3-edge", Family::Nodejs, [(2020, 3, 5), (2019, 4, 30), (2019, 4, 30)]),
    row("nodejs6.10", Family::Nodejs, [(2019, 8, 12), (2019, 8, 12), (2019, 8, 12)]),
    row("nodejs8.10", Family::Nodejs, [(2020, 3, 6), (2020, 3, 6), (2020, 3, 6)]),
    row("nodejs10.x", Family::Nodejs, [(2021, 7, 30), (2021, 7, 30), (2022, 2, 14)]),
    row("nodejs12.x", Family::Nodejs, [(2023, 3, 31), (2023, 3, 31), (2023, 4, 30)]),
    row("nodejs14.x", Family::Nodejs, [(2023, 12, 4), (2024, 1, 9), UPDATE_2027]),
    row("nodejs16.x", Family::Nodejs, [(2024, 6, 12), CREATE_2027, UPDATE_2027]),
    row("nodejs18.x", Family::Nodejs, [(2025, 9, 1), CREATE_2027, UPDATE_2027]),
    row("nodejs20.x", Family::Nodejs, [(2026, 4, 30), CREATE_2027, UPDATE_2027]),
    row("nodejs22.x", Family::Nodejs, [(2027, 4, 30), (2027, 6, 1), (2027, 7, 1)]),
    row("nodejs24.x", Family::Nodejs, [(2028, 4, 30), (2028, 6, 1), (2028, 7, 1)]),

    row("go1.x", Family::Provided, [(2024, 1, 8), (2024, 2, 8), UPDATE_2027]),
    row("provided", Family::Provided, [(2024, 1, 8), (2024, 2, 8), UPDATE_2027]),
    row("provided.al2", Family::Provided, [(2026, 7, 31), CREATE_2027, UPDATE_2027]),
    row("provided.al2023", Family::Provided, [(2029, 6, 30), (2029, 7, 31), (2029, 8, 31)]),

    row("python2.7", Family::Python, [(2021, 7, 15), (2021, 7, 15), (2022, 5, 30)]),
    row("python3.6", Family::Python, [(2022, 7, 18), (2022, 7, 18), (2022, 8, 29)]),
    row("python3.7", Family::Python, [(2023, 12, 4), (2024, 1, 9), UPDATE_2027]),
    row("python3.8", Family::Python, [(2024, 10, 14), CREATE_2027, UPDATE_2027]),
    row("python3.9", Family::Python, [(2025, 12, 15), CREATE_2027, UPDATE_2027]),
    row("python3.10", Family::Python, [(2026, 10, 31), CREATE_2027, UPDATE_2027]),
    row("python3.11", Family::Python, [(2027, 6, 30), (2027, 7, 31), (2027, 8, 31)]),
    row("python3.12", Family::Python, [(2028, 10, 31), (2028, 11, 30), (2029, 1, 10)]),
    row("python3.13", Family::Python, [(2029, 6, 30), (2029, 7, 31), (2029, 8, 31)]),
    row("python3.14", Family::Python, [(2029, 6, 30), (2029, 7, 31), (2029, 8, 31)]),

    row("ruby2.5", Family::Ruby, [(2021, 7, 30), (2021, 7, 30), (2022, 3, 31)]),
    row("ruby2.7", Family::Ruby, [(2023, 12, 7), (2024, 1, 9), UPDATE_2027]),
    row("ruby3.2", Family::Ruby, [(2026, 3, 31), CREATE_2027, UPDATE_2027]),
    row("ruby3.3", Family::Ruby, [(2027, 3, 31), (2027, 4, 30), (2027, 5, 31)]),
    row("ruby3.4", Family::Ruby, [(2028, 3, 31), (2028, 4, 30), (2028, 5, 31)]),
    row("ruby4.0", Family::Ruby, [(2029, 3, 31), (2029, 4, 30), (2029, 5, 31)]),
];

/// In AWS's SDK (botocore 1.43.60, 2026-07-30), not yet in the table of dates.
const UNDATED: &[&str] = &[
    "java11.al2023",
    "java17.al2023",
    "java8.al2023",
    "nodejs26.x",
    "python3.15",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_dated_runtime_carries_the_published_days() {
        assert_eq!(
            runtime("nodejs18.x"),
            RuntimeLife::Dated {
                deprecated: date(2025, 9, 1),
                create_blocked: Some(date(2027, 2, 1)),
                update_blocked: Some(date(2027, 3, 3)),
            }
        );
        assert_eq!(
            runtime("dotnet9"),
            RuntimeLife::Dated {
                deprecated: date(2026, 11, 10),
                create_blocked: None,
                update_blocked: None
            }
        );
    }

    #[test]
    fn an_id_without_dates_is_never_called_deprecated() {
        assert_eq!(runtime("nodejs26.x"), RuntimeLife::KnownUndated);
        for id in ["nodejs99.x", "", "NODEJS18.X", "nodejs18.x "] {
            assert_eq!(runtime(id), RuntimeLife::Unknown, "`{id}`");
        }
    }

    #[test]
    fn the_successor_is_the_newest_of_the_family() {
        assert_eq!(successor("nodejs"), Some("nodejs24.x"));
        assert_eq!(successor("go1.x"), Some("provided.al2023"));
        assert_eq!(successor("dotnetcore3.1"), Some("dotnet10"));
        assert_eq!(successor("java21"), Some("java25"));
        assert_eq!(successor("python3.14"), None);
        assert_eq!(
            successor("nodejs26.x"),
            None,
            "what has no date is not worse than what has one"
        );
        assert_eq!(successor("cobol85"), None);
    }

    #[test]
    fn no_successor_dies_before_what_it_replaces() {
        for row in TABLE {
            let Some(next) = successor(row.id) else { continue };
            let RuntimeLife::Dated { deprecated, .. } = runtime(next) else {
                panic!("{next} is undated")
            };
            assert!(deprecated >= row.deprecated, "{} to {next}", row.id);
            assert!(deprecated > AS_OF, "{next} is deprecated itself");
        }
    }

    #[test]
    fn ids_are_unique_and_dates_follow_each_other() {
        let ids: BTreeSet<_> = TABLE.iter().map(|row| row.id).chain(UNDATED.iter().copied()).collect();
        assert_eq!(ids.len(), TABLE.len() + UNDATED.len());
        for row in TABLE {
            assert!(row.create_blocked <= row.update_blocked, "{}", row.id);
            // AWS blocked creation of the edge variant before it deprecated it.
            assert!(
                row.create_blocked.is_none_or(|day| day >= row.deprecated) || row.id == "nodejs4.3-edge",
                "{}",
                row.id
            );
        }
    }
}
