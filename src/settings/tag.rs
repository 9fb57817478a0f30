//! Does a tag on the function accept a finding? `vigil:accept/CONTROL` = `REASON` or `REASON until 2027-03-01`.

use jiff::civil::Date;

/// What the key of such a tag begins with; the control's id follows.
pub const ACCEPT: &str = "vigil:accept/";

/// The word before the date.
const UNTIL: &str = "until";

/// Why a tag accepts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    NoReason,
    NoDate,
    Expired,
}

impl Refusal {
    /// In words that do not repeat the tag: anyone who may tag the function wrote it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NoReason => "it gives no reason",
            Self::NoDate => "what follows its `until` is no date such as 2027-03-01",
            Self::Expired => "its date has passed",
        }
    }
}

/// The reason that a tag's value gives. A date that cannot be read accepts nothing: else a slip of the pen would hold for ever.
pub(super) fn reason(value: &str, today: Date) -> Result<&str, Refusal> {
    let value = value.trim();
    let (reason, until) = split(value).map_err(|()| Refusal::NoDate)?;
    if reason.is_empty() {
        return Err(Refusal::NoReason);
    }
    if until.is_some_and(|last| today > last) {
        return Err(Refusal::Expired);
    }
    Ok(reason)
}

/// Takes `until DATE` off the end.
fn split(value: &str) -> Result<(&str, Option<Date>), ()> {
    let (before, last) = value.rsplit_once(' ').unwrap_or(("", value));
    let before = before.trim_end();
    if last == UNTIL {
        return Err(());
    }
    let (reason, word) = before.rsplit_once(' ').unwrap_or(("", before));
    if word != UNTIL {
        return Ok((value, None));
    }
    let is_plain = last.len() == "2027-03-01".len();
    let date = last.parse().ok().filter(|_| is_plain).ok_or(())?;
    Ok((reason.trim_end(), Some(date)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_with_or_without_a_date() {
        let today = "2027-03-01".parse().unwrap();
        for (value, expected) in [
            ("bursts are ours alone", Ok("bursts are ours alone")),
            ("bursts until 2027-03-01", Ok("bursts")),
            ("  bursts   until   2027-03-02 ", Ok("bursts")),
            ("bursts until 2027-02-28", Err(Refusal::Expired)),
            ("bursts until 2027-02-30", Err(Refusal::NoDate)),
            ("bursts until 01.03.2027", Err(Refusal::NoDate)),
            ("bursts until 2027-03-01T10:00:00", Err(Refusal::NoDate)),
            ("bursts until", Err(Refusal::NoDate)),
            ("until 2027-03-01", Err(Refusal::NoReason)),
            ("2027-03-01", Ok("2027-03-01")),
            ("until we are done with it", Ok("until we are done with it")),
            (" ", Err(Refusal::NoReason)),
        ] {
            assert_eq!(reason(value, today), expected, "{value}");
        }
    }
}
