//! What do policy documents allow, to whom, and under which circumstances? Language and reasoning, without judgement.

mod compare;
mod condition;
mod document;
mod explain;
mod grants;
mod pattern;
mod reason;
mod request;
pub mod simulate;
pub mod trust;

pub use compare::{Comparison, Within, allows_no_more, compare};
pub use document::{Condition, Effect, Policy, PolicyError, Principal, Selection, Statement, Version};
pub use explain::why_open;
pub use grants::{Answer, By, Demand, Grant, Ground, Opening, RoleGrants, Together};
pub use reason::{
    Breadth, Capability, Confinement, Exposure, ExposureVerdict, Stage, Target, Tier, Trust, UrlAuth, breadth,
    breadth_on, confinement, exposures, exposures_on, is_honoured_across_accounts, latent_url,
};
pub use request::{Caller, Request, Values};
