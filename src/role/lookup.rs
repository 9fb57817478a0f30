//! Which actions does a pattern cover? AWS's table, asked as a policy with a thousand patterns asks it: service by service,
//! and mostly for a beginning and a star.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::facts::actions::{self, Action};
use crate::facts::data_access;

pub(crate) fn is_pattern(glob: &str) -> bool {
    glob.bytes().any(|byte| matches!(byte, b'*' | b'?'))
}

/// The table, with the service that was asked for last.
#[derive(Default)]
pub(crate) struct Lookup<'g> {
    last: (&'g str, &'static [Action]),
}

impl<'g> Lookup<'g> {
    /// The actions of a service.
    pub(crate) fn of_service(&mut self, service: &'g str) -> &'static [Action] {
        if self.last.0 != service {
            self.last = (service, actions::of_service(service));
        }
        self.last.1
    }

    /// The actions of a pattern.
    pub(crate) fn matching(&mut self, glob: &'g str) -> Vec<Action> {
        let Some((service, name)) = glob.split_once(':').filter(|(service, _)| !is_pattern(service)) else {
            return actions::matching(glob).collect();
        };
        let of_service = self.of_service(service);
        match name.strip_suffix('*') {
            Some(beginning) if !is_pattern(beginning) => beginning_with(of_service, beginning).to_vec(),
            None if !is_pattern(name) => {
                let named = beginning_with(of_service, name).iter();
                named
                    .filter(|action| action.name.len() == name.len())
                    .copied()
                    .collect()
            }
            _ => actions::matching(glob).collect(),
        }
    }
}

/// The part of a service's sorted actions whose names begin so, in any case.
fn beginning_with(of_service: &'static [Action], beginning: &str) -> &'static [Action] {
    let from = of_service.partition_point(|action| order(action.name, beginning).is_lt());
    let rest = of_service.get(from..).unwrap_or_default();
    let length = rest.partition_point(|action| order(action.name, beginning).is_le());
    rest.get(..length).unwrap_or_default()
}

/// Where a name stands to those that begin so, in any case. By hand, since most tell by their first letters.
fn order(name: &str, beginning: &str) -> Ordering {
    for (own, other) in name.bytes().zip(beginning.bytes()) {
        let order = own.to_ascii_lowercase().cmp(&other.to_ascii_lowercase());
        if order.is_ne() {
            return order;
        }
    }
    name.len().min(beginning.len()).cmp(&beginning.len())
}

/// Whether an action hands out data or secrets.
pub(crate) fn hands_out(action: &Action) -> bool {
    static NAMES: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
        let known = data_access::all()
            .iter()
            .filter_map(|access| actions::find(access.action));
        known.map(|action| (action.service, action.name)).collect()
    });
    NAMES.contains(&(action.service, action.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_finds_what_a_search_finds() {
        let mut lookup = Lookup::default();
        for glob in [
            "s3:Get*",
            "S3:get*",
            "s3:GetObject",
            "s3:getobject",
            "s3:GetObjec",
            "ec2:*",
            "dynamodb:Z*",
            "nobody:Get*",
            "sqs:*Message",
            "lambda:Invoke?unction",
            "iam:PassRole*",
            "*:TagResource",
            "s3",
        ] {
            let all: Vec<Action> = actions::matching(glob).collect();
            assert_eq!(lookup.matching(glob), all, "{glob}");
        }
    }

    #[test]
    fn what_hands_out_data_is_known() {
        let known = |name: &str| hands_out(&actions::find(name).unwrap());
        assert!(known("s3:GetObject") && known("dynamodb:Query"));
        assert!(!known("s3:GetBucketLocation"));
    }
}
