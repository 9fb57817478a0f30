//! The resource-policies facet: the function, each alias and each version may carry a policy of its own, and two calls show it.
//!
//! `GetPolicy` shows what `AddPermission` built, `GetResourcePolicy` what `PutResourcePolicy` put. Both say "none" with
//! `ResourceNotFoundException`; some servers say it with an empty document, and servers of an older API say it of `GetResourcePolicy` as such,
//! where there is no call to put such a policy either. Every other failure leaves its qualifier unread.

use futures_util::{StreamExt, join, stream};
use serde_json::Value as Json;

use super::configuration::discard_environment;
use super::{AccountReader, Page, every_page};
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::snapshot::{Facet, Facts, Outcome, Reason, ResourcePolicies, ResourcePolicy, UnreadPolicy, Value};

/// Reads under way at a time; the pace is set elsewhere, this only bounds what waits for it.
const AT_ONCE: usize = 8;

/// The most qualifiers whose policies are read: at the monitor's pace more would outlast its invocation.
const MOST_QUALIFIERS: usize = 1000;

/// Stands for the versions and aliases that a quick look leaves out; no name of one has such a letter.
const OTHERS: &str = "*";

type Document = Result<Option<String>, Reason>;

impl AccountReader<'_> {
    pub(super) async fn resource_policies(&self, function: &FunctionArn) -> Result<Value, Reason> {
        if self.is_quick() {
            return self.main_policies(function).await;
        }
        // Most functions have neither aliases nor versions: their policy is there after one round trip.
        let (aliases, versions, own) = join!(
            every_page(|marker| self.alias_page(function, marker)),
            every_page(|marker| self.version_page(function, marker)),
            self.documents(function, None),
        );
        let mut found = ResourcePolicies::default();
        let mut qualifiers = Vec::new();
        for listing in [aliases, versions.map(newest_first)] {
            match listing {
                Ok(names) => qualifiers.extend(names),
                Err(Reason::NotFound) => return Err(Reason::NotFound),
                // Which qualifiers there are is not known: that is unread, and what can be read is still judged.
                Err(why) => found.unread.push(UnreadPolicy { qualifier: None, why }),
            }
        }
        add(&mut found, None, own);
        refuse_excess(&mut qualifiers, &mut found);
        self.read_policies(function, qualifiers, &mut found).await;
        Ok(Value::ResourcePolicies(found))
    }

    /// The function's own policy, by the call that has a quota of its own; which versions and aliases there are is left out.
    async fn main_policies(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let mut found = ResourcePolicies::default();
        add(&mut found, None, [self.policy(function, None).await, Ok(None)]);
        found.unread.push(UnreadPolicy {
            qualifier: Some(OTHERS.to_owned()),
            why: Reason::LeftOut,
        });
        Ok(Value::ResourcePolicies(found))
    }

    /// Adds the policies of the versions and aliases that have a URL: those that the internet can see.
    pub(super) async fn add_policies_of_urls(&self, function: &FunctionArn, readings: &mut Facts) {
        let (Ok(Value::Urls(urls)), Some(read)) =
            (readings.value(Facet::Urls), readings.reading(Facet::ResourcePolicies))
        else {
            return;
        };
        let Outcome::Read(Value::ResourcePolicies(own)) = read.outcome.as_ref() else {
            return;
        };
        let (at, mut found) = (read.at, own.clone());
        let qualifiers = urls.iter().filter_map(|url| url.qualifier.as_deref());
        for qualifier in qualifiers.take(MOST_QUALIFIERS) {
            let policy = self.policy(function, Some(qualifier)).await;
            add(&mut found, Some(qualifier), [policy, Ok(None)]);
        }
        readings.insert(at, Value::ResourcePolicies(found));
    }

    async fn read_policies(&self, function: &FunctionArn, qualifiers: Vec<String>, found: &mut ResourcePolicies) {
        let reads = qualifiers.into_iter().map(|qualifier| async move {
            let documents = self.documents(function, Some(&qualifier)).await;
            (qualifier, documents)
        });
        let mut answers = stream::iter(reads).buffered(AT_ONCE);
        while let Some((qualifier, documents)) = answers.next().await {
            add(found, Some(&qualifier), documents);
        }
    }

    async fn documents(&self, function: &FunctionArn, qualifier: Option<&str>) -> [Document; 2] {
        join!(self.policy(function, qualifier), self.put_policy(function, qualifier)).into()
    }

    async fn policy(&self, function: &FunctionArn, qualifier: Option<&str>) -> Document {
        let client = self.clients.lambda(function.region(), Pool::LambdaPolicy).await;
        let call = client.get_policy().function_name(function.to_string());
        let answer = call.set_qualifier(qualifier.map(str::to_owned)).send().await;
        present(
            answer
                .map(|answer| answer.policy)
                .map_err(|error| reason("lambda:GetPolicy", &error)),
        )
    }

    async fn put_policy(&self, function: &FunctionArn, qualifier: Option<&str>) -> Document {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let arn = function.with_qualifier(qualifier);
        let answer = client.get_resource_policy().resource_arn(arn).send().await;
        present(
            answer
                .map(|answer| answer.policy)
                .map_err(|error| reason("lambda:GetResourcePolicy", &error)),
        )
    }

    async fn alias_page(&self, function: &FunctionArn, marker: Option<String>) -> Result<Page<String>, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.list_aliases().function_name(function.to_string());
        let answer = call.set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("lambda:ListAliases", &error))?;
        let aliases = answer.aliases.unwrap_or_default();
        Ok(Page {
            items: aliases.into_iter().filter_map(|alias| alias.name).collect(),
            next: answer.next_marker,
        })
    }

    async fn version_page(&self, function: &FunctionArn, marker: Option<String>) -> Result<Page<String>, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.list_versions_by_function().function_name(function.to_string());
        let answer = call.set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("lambda:ListVersionsByFunction", &error))?;
        let mut versions = answer.versions.unwrap_or_default();
        versions.iter_mut().for_each(discard_environment);
        let numbers = versions.into_iter().filter_map(|version| version.version);
        Ok(Page {
            // The function itself stands for `$LATEST`, which cannot carry a policy of its own.
            items: numbers.filter(|number| number != "$LATEST").collect(),
            next: answer.next_marker,
        })
    }
}

fn newest_first(mut versions: Vec<String>) -> Vec<String> {
    versions.reverse();
    versions
}

/// Cuts the list, and says so. The function, its aliases and the newest versions stand in front: they are what is called.
fn refuse_excess(qualifiers: &mut Vec<String>, found: &mut ResourcePolicies) {
    let excess = qualifiers.len().saturating_sub(MOST_QUALIFIERS);
    if excess > 0 {
        qualifiers.truncate(MOST_QUALIFIERS);
        found.unread.push(UnreadPolicy {
            qualifier: None,
            why: Reason::Failed {
                detail: format!(
                    "{excess} versions and aliases beyond the first {MOST_QUALIFIERS} are not read, delete unused ones"
                ),
            },
        });
    }
}

fn present(answer: Document) -> Document {
    match answer {
        Ok(document) => Ok(document.filter(|text| !is_empty(text))),
        Err(Reason::NotFound) => Ok(None),
        Err(why) => Err(why),
    }
}

/// No text, no object members, or no statements: the ways in which servers write down that there is no policy.
fn is_empty(text: &str) -> bool {
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Null) => true,
        Ok(Json::Object(policy)) => {
            policy.is_empty()
                || policy
                    .get("Statement")
                    .and_then(Json::as_array)
                    .is_some_and(Vec::is_empty)
        }
        Ok(_) => false,
        Err(_) => text.trim().is_empty(),
    }
}

fn add(found: &mut ResourcePolicies, qualifier: Option<&str>, documents: [Document; 2]) {
    let mut seen: Vec<String> = Vec::new();
    for document in documents {
        match document {
            Ok(Some(policy)) if !seen.iter().any(|known| same(known, &policy)) => seen.push(policy),
            Ok(_) => {}
            Err(why) => found.unread.push(UnreadPolicy {
                qualifier: qualifier.map(str::to_owned),
                why,
            }),
        }
    }
    found.policies.extend(seen.into_iter().map(|policy| ResourcePolicy {
        qualifier: qualifier.map(str::to_owned),
        policy,
    }));
}

/// The two calls may write the same policy with other blanks and another order of members.
fn same(one: &str, other: &str) -> bool {
    one == other
        || matches!(
            (serde_json::from_str::<Json>(one), serde_json::from_str::<Json>(other)),
            (Ok(one), Ok(other)) if one == other
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction"}]}"#;

    #[expect(clippy::unnecessary_wraps, reason = "as a call would answer")]
    fn document(text: &str) -> Document {
        Ok(Some(text.to_owned()))
    }

    #[test]
    fn no_policy_has_many_spellings() {
        for spelling in [
            "",
            " ",
            "{}",
            "null",
            r#"{"Version":"2012-10-17","Id":"default","Statement":[]}"#,
        ] {
            assert_eq!(present(document(spelling)), Ok(None), "{spelling:?}");
        }
        assert_eq!(present(Err(Reason::NotFound)), Ok(None));
        assert_eq!(present(Ok(None)), Ok(None));
    }

    #[test]
    fn what_is_not_plainly_empty_is_kept_for_the_policy_reader() {
        for other in [
            OPEN,
            "not json",
            "[]",
            r#"{"Statement":{}}"#,
            r#"{"Version":"2012-10-17"}"#,
        ] {
            assert_eq!(present(document(other)), document(other), "{other:?}");
        }
    }

    #[test]
    fn the_same_document_from_both_calls_counts_once() {
        let mut found = ResourcePolicies::default();
        let spaced = OPEN.replace("\":", "\": ");
        add(&mut found, Some("live"), [document(OPEN), document(&spaced)]);
        add(&mut found, None, [document(OPEN), document("other")]);
        let kept: Vec<_> = found
            .policies
            .iter()
            .map(|policy| policy.qualifier.as_deref())
            .collect();
        assert_eq!(kept, [Some("live"), None, None]);
    }

    #[test]
    fn a_failed_read_keeps_the_other_documents() {
        let mut found = ResourcePolicies::default();
        add(&mut found, Some("live"), [document(OPEN), Err(Reason::Throttled)]);
        assert_eq!(found.policies.len(), 1);
        assert_eq!(
            found.unread,
            [UnreadPolicy {
                qualifier: Some("live".to_owned()),
                why: Reason::Throttled
            }]
        );
    }

    #[test]
    fn too_many_qualifiers_are_cut_and_said() {
        let mut qualifiers: Vec<_> = (0..MOST_QUALIFIERS + 7).map(|number| number.to_string()).collect();
        let mut found = ResourcePolicies::default();
        refuse_excess(&mut qualifiers, &mut found);
        assert_eq!(qualifiers.len(), MOST_QUALIFIERS);
        assert!(found.unread.iter().any(|unread| unread.why.to_string().contains('7')));
    }
}
