//! Was a value encrypted before it was stored?

/// Shorter values are not ciphertext, whatever they begin with.
const MIN: usize = 24;

/// How ciphertexts begin, and what writes them so.
const OPENINGS: &[(&str, &str)] = &[
    (
        "AQICA",
        "AWS KMS Encrypt, base64: what the Lambda console's encryption helpers store",
    ),
    ("AQIDA", "AWS KMS GenerateDataKey, base64"),
    ("ENC[AES256_GCM,", "SOPS"),
    ("$ANSIBLE_VAULT;", "Ansible Vault"),
    ("-----BEGIN PGP MESSAGE-----", "OpenPGP"),
    ("-----BEGIN AGE ENCRYPTED FILE-----", "age"),
    ("age-encryption.org/v1", "age"),
    ("vault:v", "HashiCorp Vault, transit engine"),
    ("encrypted:", "dotenvx"),
    ("U2FsdGVkX1", "OpenSSL enc, base64 of `Salted__`"),
];

/// Judges by the opening that the encrypting tool writes.
pub(super) fn is_ciphertext(text: &str) -> bool {
    text.len() >= MIN && OPENINGS.iter().any(|(opening, _)| text.starts_with(opening))
}

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::is_ciphertext;

    #[test]
    fn openings_of_encrypting_tools_are_known() {
        assert!(is_ciphertext(&expand("AQICAHh{b64:180}")));
        assert!(is_ciphertext(&expand("ENC[AES256_GCM,data:{b64:40}]")));
        assert!(!is_ciphertext("AQICA"));
        assert!(!is_ciphertext(&expand("{b64:180}")));
    }
}
