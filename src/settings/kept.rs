//! Which settings count now, when they come from outside? The last good ones, and for how long before they are asked for again.

use jiff::{SignedDuration, Timestamp};

use super::Settings;

/// How long a document counts before it is read again: what is changed in it takes effect within this time.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// How soon a read that failed is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How long reads may fail before somebody has to know: a throttled call is no news while a good copy is at hand.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// Why the document that was set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, e.g. `ssm:/vigil/settings`.
    pub source: String,
    /// What is wrong with it.
    pub detail: String,
    /// Whether an earlier good document counts instead; else the defaults do.
    pub has_earlier: bool,
}

/// Settings from a source outside, kept for minutes.
#[derive(Debug)]
pub struct Kept {
    source: String,
    settings: Settings,
    /// When the last good document was read.
    good: Option<Timestamp>,
    /// When the last attempt was made.
    tried: Option<Timestamp>,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    detail: String,
    /// It was read and is wrong: that does not pass by itself.
    is_broken: bool,
}

impl Kept {
    /// Nothing was read yet: the defaults count.
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            settings: Settings::default(),
            good: None,
            tried: None,
            failure: None,
        }
    }

    /// The settings that count.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether it is time to read the document.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let pause = if self.failure.is_some() { AGAIN } else { FRESH };
        // A clock that was set back must not stop the reading.
        self.tried.is_none_or(|tried| {
            let age = now.duration_since(tried);
            age >= pause || age < SignedDuration::ZERO
        })
    }

    /// Takes what a read at a time gave: the text, or why there is none. A text that cannot be used changes nothing but
    /// [`Kept::problem`].
    pub fn take(&mut self, read: Result<&str, String>, now: Timestamp) {
        self.tried = Some(now);
        let parsed = match read {
            Ok(text) => Settings::parse(text).map_err(|error| Failure {
                detail: error.to_string(),
                is_broken: true,
            }),
            Err(detail) => Err(Failure {
                detail,
                is_broken: false,
            }),
        };
        match parsed {
            Ok(settings) => {
                self.settings = settings;
                self.good = Some(now);
                self.failure = None;
            }
            // A document that was found broken stays so until a read shows another one.
            Err(failure) if failure.is_broken || !self.is_broken() => self.failure = Some(failure),
            Err(_) => {}
        }
    }

    fn is_broken(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.is_broken)
    }

    /// What somebody has to know.
    pub fn problem(&self, now: Timestamp) -> Option<Problem> {
        let failure = self.failure.as_ref()?;
        let is_young = self.good.is_some_and(|good| now.duration_since(good) < PATIENCE);
        (failure.is_broken || !is_young).then(|| Problem {
            source: self.source.clone(),
            detail: failure.detail.clone(),
            has_earlier: self.good.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "unusedAfterDays = 30";
    const BROKEN: &str = "unusedAfterDays = 'thirty'";

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_good_document_counts_for_minutes() {
        let mut kept = Kept::new("ssm:/vigil");
        assert!(kept.is_due(at(0)));
        assert_eq!(kept.settings(), &Settings::default());
        kept.take(Ok(GOOD), at(0));
        assert_eq!(kept.settings().unused_after_days, Some(30));
        assert!(!kept.is_due(at(4)) && kept.is_due(at(5)) && kept.is_due(at(-1)));
        assert_eq!(kept.problem(at(5)), None);
    }

    #[test]
    fn a_broken_document_keeps_the_last_good_one_and_is_told_at_once() {
        let mut kept = Kept::new("ssm:/vigil");
        kept.take(Ok(GOOD), at(0));
        kept.take(Ok(BROKEN), at(5));
        assert_eq!(kept.settings().unused_after_days, Some(30));
        let problem = kept.problem(at(5)).unwrap();
        assert!(problem.has_earlier && problem.detail.contains("line 1"), "{problem:?}");
        assert!(kept.is_due(at(6)), "it may be mended soon");
        kept.take(Err("throttled".to_owned()), at(6));
        assert!(
            kept.problem(at(6)).unwrap().detail.contains("unusedAfterDays"),
            "still broken"
        );
        kept.take(Ok("unusedAfterDays = 31"), at(7));
        assert_eq!(
            (kept.settings().unused_after_days, kept.problem(at(7))),
            (Some(31), None)
        );
    }

    #[test]
    fn broken_from_the_start_the_defaults_count_and_somebody_is_told() {
        for read in [Ok(BROKEN), Err("no such parameter".to_owned())] {
            let mut kept = Kept::new("ssm:/vigil");
            kept.take(read, at(0));
            assert_eq!(kept.settings(), &Settings::default());
            assert!(!kept.problem(at(0)).unwrap().has_earlier);
        }
    }

    #[test]
    fn a_read_that_fails_is_no_news_while_the_copy_is_young() {
        let mut kept = Kept::new("ssm:/vigil");
        kept.take(Ok(GOOD), at(0));
        kept.take(Err("throttled".to_owned()), at(5));
        assert_eq!(kept.problem(at(59)), None);
        assert!(kept.problem(at(60)).is_some());
        assert_eq!(kept.settings().unused_after_days, Some(30));
    }
}
