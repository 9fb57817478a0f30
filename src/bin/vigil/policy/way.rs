//! How is one way in told, as JSON and in words?

use std::io::Write;

use anyhow::Result;
use lambda_vigil::policy::{self, Exposure, ExposureVerdict, Policy, Request, Tier};
use schemars::JsonSchema;
use serde::Serialize;

use super::{plain, told};

/// One way in.
#[derive(Serialize, JsonSchema)]
pub(super) struct Way {
    /// How far outside the owner's control the caller is.
    tier: Tier,
    /// How sure that is.
    verdict: Certainty,
    /// The caller, in words.
    caller: String,
    /// The statements that together grant it.
    pub(super) statements: Vec<String>,
    /// A request that is allowed; of a URL call the first of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Request>,
    /// What decides, or why it is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Why the conditions do not keep the witness out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    conditions: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Certainty {
    /// Proved by the witness.
    Present,
    /// Open only under circumstances that nobody outside can know; at tier `nobody`: never.
    Conditional,
    /// Not decided.
    CannotTell,
}

impl Way {
    /// An exposure by these policies.
    pub(super) fn new(policies: &[Policy], exposure: Exposure) -> Self {
        let conditions = policy::why_open(policies, &exposure);
        let (verdict, witness, reason) = match exposure.verdict {
            ExposureVerdict::Present { witness } => (Certainty::Present, Some(witness), None),
            ExposureVerdict::Conditional { keys, witness } => {
                let keys = keys.join(", ");
                let reason = match (exposure.tier, keys.is_empty()) {
                    (Tier::Nobody, true) => "the grant can never be used: no such caller exists".to_owned(),
                    (Tier::Nobody, false) => format!("the grant can never be used: no such caller meets {keys}"),
                    _ => format!("it depends on {keys}"),
                };
                (Certainty::Conditional, witness, Some(reason))
            }
            ExposureVerdict::CannotTell { reason } => (Certainty::CannotTell, None, Some(reason)),
        };
        Way {
            tier: exposure.tier,
            verdict,
            caller: exposure.caller,
            statements: exposure.statements,
            witness,
            reason,
            conditions,
        }
    }
}

/// Tells it in words.
pub(super) fn tell_way(out: &mut impl Write, way: &Way) -> Result<()> {
    let sure = match way.verdict {
        Certainty::Present => "proved",
        Certainty::Conditional => "under conditions",
        Certainty::CannotTell => "cannot tell",
    };
    let tier = serde_json::to_value(way.tier)?;
    let tier = tier.as_str().unwrap_or_default();
    let statements = way.statements.join(" + ");
    writeln!(
        out,
        "  {tier}, {sure}: {} by statement {}",
        plain(&way.caller),
        plain(&statements)
    )?;
    for line in way.reason.iter().chain(&way.conditions) {
        writeln!(out, "    {}", plain(line))?;
    }
    let lines = way.witness.as_ref().map(told).unwrap_or_default();
    for (index, line) in lines.iter().enumerate() {
        writeln!(out, "    {}{line}", if index == 0 { "allowed: " } else { "" })?;
    }
    Ok(())
}
