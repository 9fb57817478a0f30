//! Who asks for what, and what does AWS know about the call? One concrete request, as evidence or for simulation.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// One concrete authorization request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Request {
    /// `service:Name`.
    pub action: String,
    /// The ARN that is asked for.
    pub resource: String,
    /// Who signed the call.
    pub caller: Caller,
    /// Condition keys in lower case, as AWS would fill them in; an absent key is absent from the call.
    pub context: BTreeMap<String, Values>,
}

impl Request {
    /// The second permission that a call to a function URL needs since October 2025 (Lambda Developer Guide,
    /// "Control access to Lambda function URLs"): the same caller, as an invocation that came through the URL.
    #[must_use]
    pub fn through_url(&self) -> Self {
        let mut request = Request {
            action: "lambda:InvokeFunction".into(),
            ..self.clone()
        };
        request.context.remove("lambda:functionurlauthtype");
        request
            .context
            .insert("lambda:invokedviafunctionurl".into(), Values::One("true".into()));
        request
    }
}

impl Request {
    /// With ARNs of the usual partition in the place of one that a search made up, where the request means the same then.
    pub(super) fn readable(self, means_the_same: impl Fn(&Self) -> bool) -> Self {
        let mut plain = self.clone();
        let texts = plain.context.values_mut().flat_map(|values| match values {
            Values::One(value) => std::slice::from_mut(value),
            Values::Many(values) => values,
        });
        texts.chain([&mut plain.resource]).for_each(in_usual_partition);
        if let Caller::Principal { arn } = &mut plain.caller {
            in_usual_partition(arn);
        }
        if plain != self && means_the_same(&plain) {
            return plain;
        }
        self
    }
}

/// All partitions begin with `aws`; a search takes the shortest name that patterns leave open.
fn in_usual_partition(arn: &mut String) {
    let Some((partition, rest)) = arn.strip_prefix("arn:").and_then(|behind| behind.split_once(':')) else {
        return;
    };
    if !partition.starts_with("aws") {
        *arn = format!("arn:aws:{rest}");
    }
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Caller {
    /// Nobody signed: a function URL without authentication.
    Anonymous,
    /// An identity of an account: root, user, role, federated user, or one session of a role.
    Principal {
        /// Its ARN.
        arn: String,
    },
    /// An AWS service on behalf of a resource.
    Service {
        /// Its service principal.
        name: String,
    },
}

impl Caller {
    /// The account of an identity.
    pub fn account(&self) -> Option<&str> {
        match self {
            Caller::Principal { arn } => arn.split(':').nth(4),
            Caller::Anonymous | Caller::Service { .. } => None,
        }
    }
}

/// What a condition key holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Values {
    /// A single-valued key.
    One(String),
    /// A multivalued key, perhaps empty.
    Many(Vec<String>),
}

impl Values {
    /// All values, whatever the kind of key.
    pub fn all(&self) -> &[String] {
        match self {
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }
}
