//! What do the trails of a Region log of the calls that change something?

use std::collections::BTreeSet;

use crate::snapshot::{AdvancedEventSelector, EventSelector, FieldSelector, Trail};

/// What the trails of a Region log of the calls that change something.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// Some trail logs them all, but for the calls of some services.
    pub but_for: Option<BTreeSet<String>>,
    /// Trails that may log more, and why that is not known.
    pub unclear: Vec<String>,
}

impl Logged {
    /// Each service is logged that one trail does not leave out.
    pub fn by(trails: &[Trail]) -> Self {
        let mut logged = Self::default();
        for trail in trails {
            if let Some(reason) = &trail.unread {
                logged.unclear.push(format!("{}: {reason}", trail.trail_arn));
            } else if trail.is_logging {
                logged.add(trail);
            }
        }
        logged
    }

    fn add(&mut self, trail: &Trail) {
        let simple = trail.event_selectors.iter().filter_map(left_out);
        for left_out in simple {
            self.and_but_for(left_out);
        }
        for selector in &trail.advanced_event_selectors {
            match left_out_by_fields(selector) {
                Ok(Some(left_out)) => self.and_but_for(left_out),
                Ok(None) => {}
                Err(field) => self.unclear.push(format!("{}: selects by `{field}`", trail.trail_arn)),
            }
        }
    }

    fn and_but_for(&mut self, left_out: BTreeSet<String>) {
        self.but_for = Some(match self.but_for.take() {
            None => left_out,
            Some(before) => before.intersection(&left_out).cloned().collect(),
        });
    }
}

/// The services that a selector leaves out; nothing if it does not log changes.
fn left_out(selector: &EventSelector) -> Option<BTreeSet<String>> {
    let logs_changes = selector.include_management_events && selector.read_write_type != "ReadOnly";
    logs_changes.then(|| selector.exclude_management_event_sources.iter().cloned().collect())
}

/// The same of the other form; an error is a field that nobody can say what it leaves out.
fn left_out_by_fields(selector: &AdvancedEventSelector) -> Result<Option<BTreeSet<String>>, &str> {
    let mut left_out = BTreeSet::new();
    let mut is_management = false;
    for field in &selector.field_selectors {
        match field.field.as_str() {
            "eventCategory" => is_management = equals(field, "Management"),
            "readOnly" if equals(field, "true") => return Ok(None),
            "readOnly" if equals(field, "false") => {}
            "eventSource" if field.equals.is_empty() && !field.has_other_operators => {
                left_out.extend(field.not_equals.iter().cloned());
            }
            other => return Err(other),
        }
    }
    Ok(is_management.then_some(left_out))
}

fn equals(field: &FieldSelector, value: &str) -> bool {
    field.equals.iter().any(|one| one == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trails(json: &str) -> Logged {
        Logged::by(&serde_json::from_str::<Vec<Trail>>(json).unwrap())
    }

    #[test]
    fn a_trail_counts_while_it_logs_changes() {
        let whole = Some(BTreeSet::new());
        for (selectors, expected) in [
            (
                r#""EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]"#,
                whole.clone(),
            ),
            (
                r#""EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true}]"#,
                whole.clone(),
            ),
            (
                r#""EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": true}]"#,
                None,
            ),
            (
                r#""EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": false}]"#,
                None,
            ),
            (
                r#""AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]},
                    {"Field": "readOnly", "Equals": ["false"]}]}]"#,
                whole,
            ),
            (
                r#""AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]},
                    {"Field": "readOnly", "Equals": ["true"]}]}]"#,
                None,
            ),
            (
                r#""AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]"#,
                None,
            ),
        ] {
            let logging = trails(&format!(r#"[{{"IsLogging": true, {selectors}}}]"#));
            assert_eq!(logging.but_for, expected, "{selectors}");
            assert!(logging.unclear.is_empty());
            let stopped = trails(&format!(r#"[{{"IsLogging": false, {selectors}}}]"#));
            assert_eq!(stopped.but_for, None, "{selectors}");
        }
    }

    #[test]
    fn one_trail_makes_up_for_what_another_leaves_out() {
        let simple = r#"{"IsLogging": true, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true,
            "ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}]}"#;
        let fields = r#"{"IsLogging": true, "AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]}]}"#;
        let both = trails(&format!("[{simple}, {fields}]"));
        assert_eq!(both.but_for, Some(BTreeSet::from(["kms.amazonaws.com".to_owned()])));
        assert_eq!(trails(&format!("[{simple}]")).but_for.unwrap().len(), 2);
    }

    #[test]
    fn an_unclear_trail_is_no_trail_and_no_lack_of_one() {
        let unread = trails(r#"[{"TrailARN": "org", "Unread": {"reason": "not-read"}}]"#);
        assert_eq!((unread.but_for, unread.unclear.len()), (None, 1));
        let odd = trails(
            r#"[{"IsLogging": true, "AdvancedEventSelectors": [{"FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Management"]},
                {"Field": "userIdentity.arn", "NotEquals": ["x"]}]}]}]"#,
        );
        assert_eq!((odd.but_for, odd.unclear.len()), (None, 1));
    }
}
