//! What do policy documents allow, to whom, and under which circumstances? Language and reasoning, without judgement.

mod condition;
mod document;
mod grants;
mod pattern;
mod reason;
mod request;
pub mod simulate;
pub mod trust;

pub use document::{Condition, Effect, Policy, PolicyError, Principal, Selection, Statement, Version};
pub use grants::{Answer, Ground, RoleGrants};
pub use reason::{Capability, Exposure, ExposureVerdict, Target, Tier, Trust, UrlAuth, exposures, latent_url};
pub use request::{Caller, Request, Values};
