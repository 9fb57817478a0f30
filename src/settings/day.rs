//! A day in the settings: a text in either form, and the date that TOML has a form of its own for.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

/// Reads `2027-06-30`, with or without quotes.
pub(super) fn read<'de, D: Deserializer<'de>>(day: D) -> Result<Date, D::Error> {
    day.deserialize_any(Day)
}

/// The day of a time, in UTC. It is all that a judgement knows of the time: on one day it stays the same.
pub fn day_of(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

struct Day;

impl<'de> Visitor<'de> for Day {
    type Value = Date;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a day such as 2027-06-30")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Date, E> {
        // A point in time would parse as well, and mean less than it says.
        let is_plain = text.len() == "2027-06-30".len();
        let day = text.parse().ok().filter(|_| is_plain);
        day.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    /// The TOML reader hands over a date as a map of its own.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Date, A::Error> {
        let written = Datetime::deserialize(MapAccessDeserializer::new(map))?;
        if written.time.is_some() || written.offset.is_some() {
            return Err(A::Error::custom("a day such as 2027-06-30 is meant, without a time"));
        }
        self.visit_str(&written.to_string())
    }
}
