//! Any policy and any request: the order of the statements does not matter, and one more Deny never allows.
#![no_main]

use lambda_vigil::policy::Policy;
use lambda_vigil::policy::simulate::{Outcome, decide, decide_identity};
use libfuzzer_sys::fuzz_target;
use trials::{Call, Trial};

fuzz_target!(|input: (Trial, Trial, Call)| {
    let (one, two, Call(request)) = input;
    let (Ok(one), Ok(two)) = (Policy::parse(&one.text), Policy::parse(&two.text)) else {
        return;
    };
    let straight = decide(&request, &[one.clone(), two.clone()]).outcome;
    assert_eq!(straight, decide(&request, &[two.clone(), one.clone()]).outcome);
    let alone = [
        decide(&request, std::slice::from_ref(&one)),
        decide(&request, std::slice::from_ref(&two)),
    ];
    let is_denied = alone.iter().any(|one| one.outcome == Outcome::ExplicitlyDenied);
    let is_allowed = alone.iter().any(|one| one.outcome == Outcome::Allowed);
    let expected = match (is_denied, is_allowed) {
        (true, _) => Outcome::ExplicitlyDenied,
        (false, true) => Outcome::Allowed,
        (false, false) => Outcome::ImplicitlyDenied,
    };
    assert_eq!(straight, expected);
    let _ = decide_identity(&request, std::slice::from_ref(&one), Some(&two));
});
