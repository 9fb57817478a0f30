//! What is a new policy of a role called? Otherwise than what mends any other finding, and than what the role has already.

/// Letters of the function's name: with what follows them less than the 128 that a policy's name may have.
const OF_FUNCTION: usize = 64;
/// Letters of the finding's id: two findings of a control on one function have two names.
const OF_FINDING: usize = 8;

/// The free name in this place, for a finding of a control on a function: each policy that one answer writes takes another. Names are
/// told apart as IAM does, which heeds no case.
pub(crate) fn free((function, control, finding): (&str, &str, &str), taken: &[&str], place: usize) -> String {
    let function: String = function.chars().take(OF_FUNCTION).collect();
    let id: String = finding.chars().take(OF_FINDING).collect();
    let base = format!("{function}-{control}-{id}");
    let is_free = |name: &String| !taken.iter().any(|own| own.eq_ignore_ascii_case(name));
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let mut names = std::iter::once(base.clone()).chain(numbered).filter(is_free);
    names.nth(place).unwrap_or_else(|| base.clone())
}

#[cfg(test)]
mod tests {
    use super::free;

    #[test]
    fn a_name_that_is_taken_is_not_taken_again() {
        let of = |taken: &[&str], place| free(("orders", "role-admin", "0123456789abcdef"), taken, place);
        assert_eq!(of(&[], 0), "orders-role-admin-01234567");
        assert_eq!(of(&[], 1), "orders-role-admin-01234567-2");
        assert_eq!(
            of(&["ORDERS-role-admin-01234567", "x"], 0),
            "orders-role-admin-01234567-2"
        );
        assert!(free((&"f".repeat(140), "role-admin", "0123456789abcdef"), &[], 9).len() < 128);
    }
}
