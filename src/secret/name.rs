//! What does a variable's name say about its value: does it hold a credential, or only speak of one?

/// Longer names say nothing more.
const MAX_CHARS: usize = 256;
/// Up to this length a credential word is also a part of many other names.
const SHORT: usize = 4;
/// From this length on a phrase may also be the end of a longer word (`PGPASSWORD`).
const GLUED: usize = 6;

/// After a short credential word only these leave it what the variable holds: `PASS_PROD`, but not `PASS_RATIO`.
#[rustfmt::skip]
const NEUTRAL: &[&str] = &[
    "", "default", "dev", "local", "main", "old", "new", "prod", "production", "qa", "staging", "test", "uat",
];

/// After a credential word these turn the name into one that tells where the credential is kept.
#[rustfmt::skip]
const WHERE: &[&str] = &[
    "alias", "aliases", "arn", "arns", "file", "filename", "filepath", "id", "ids", "identifier", "location", "name",
    "names", "param", "parameter", "parameters", "path", "paths", "prefix", "ref", "reference", "ssm", "store", "uri",
    "url",
];

/// After a credential word these turn the name into one about a property of credentials.
#[rustfmt::skip]
const PROPERTY: &[&str] = &[
    "address", "age", "alg", "algo", "algorithm", "allow", "allowed", "attempts", "attribute", "audience", "auth",
    "bucket", "budget", "cache", "change", "changed", "characters", "chars", "charset", "ciphertext", "claim",
    "class", "column", "complexity", "contract", "cost", "count", "days", "delay", "description", "disabled",
    "domain", "email", "enable", "enabled", "encoding", "encrypted", "endpoint", "error", "expiration", "expired",
    "expires", "expiry", "field", "flow", "format", "function", "generator", "grant", "group", "handler", "hash",
    "hashed", "header", "hint", "history", "host", "hostname", "hours", "index", "interval", "issuer", "kind",
    "label", "lambda", "length", "lifetime", "limit", "link", "login", "mail", "manager", "max", "message", "method",
    "min", "minutes", "mode", "ms", "notification", "page", "partition", "pattern", "placeholder", "policy", "port",
    "price", "prompt", "provider", "queue", "rate", "regex", "region", "required", "reset", "retries", "role",
    "rotation", "rounds", "rules", "scope", "scopes", "screen", "seconds", "secs", "size", "source", "strategy",
    "strength", "subject", "suffix", "support", "table", "template", "text", "threshold", "timeout", "title", "topic",
    "ttl", "type", "usage", "user", "username", "validation", "validator", "version",
];

/// Words of names that have to do with credentials at all. A bare `key` is mostly a table's or a cache's.
#[rustfmt::skip]
const CREDENTIAL: &[&str] = &[
    "access_key", "api_key", "apikey", "credential", "creds", "encryption_key", "kms", "parameter", "passphrase",
    "passwd", "password", "private_key", "pwd", "secret", "signing_key", "ssm", "token", "vault",
];

const PUBLIC: &[&str] = &["anon", "anonymous", "pubkey", "public", "publishable"];

/// A name cut into lower-case words: `dbPassword_2` is `db`, `password`, `2`.
pub(super) struct Name {
    words: Vec<String>,
    /// The words with an underscore before, between and after.
    joined: String,
}

impl Name {
    pub(super) fn parse(name: &str) -> Self {
        let words = words(name);
        let joined = words.iter().fold(String::from("_"), |joined, word| joined + word + "_");
        Self { words, joined }
    }

    /// The lower-case words with an underscore before, between and after.
    pub(super) fn joined(&self) -> &str {
        &self.joined
    }

    /// One of the hints begins a word of the name.
    pub(super) fn mentions(&self, hints: &[&str]) -> bool {
        hints
            .iter()
            .any(|hint| self.joined.match_indices(hint).any(|(at, _)| self.starts_word(at)))
    }

    /// One of the phrases names what the variable holds: it stands in the name and no later word takes that back.
    pub(super) fn holds(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| {
            self.after(phrase)
                .is_some_and(|rest| rest.split('_').all(|word| leaves(phrase, word)))
        })
    }

    /// The name ends in a word such as `arn`, `name` or `path`, and speaks of credentials before it.
    pub(super) fn tells_where(&self) -> bool {
        self.last().is_some_and(is_where) && self.speaks_of_credentials()
    }

    /// The name has to do with credentials, keys or parameters in any way.
    pub(super) fn speaks_of_credentials(&self) -> bool {
        self.mentions(CREDENTIAL)
            || self
                .words
                .iter()
                .any(|word| word.ends_with("password") || word.ends_with("secret"))
    }

    /// The name says that the value may be seen.
    pub(super) fn is_public(&self) -> bool {
        self.words.iter().any(|word| PUBLIC.contains(&word.as_str()))
    }

    pub(super) fn last(&self) -> Option<&str> {
        self.words.last().map(String::as_str)
    }

    /// What follows the last place of the phrase.
    fn after(&self, phrase: &str) -> Option<&str> {
        let end = self
            .joined
            .rmatch_indices(phrase)
            .map(|(at, _)| (at, at.saturating_add(phrase.len())))
            .find(|&(at, end)| {
                (phrase.len() >= GLUED || self.starts_word(at))
                    && self.joined.get(end..).is_some_and(|rest| rest.starts_with('_'))
            });
        self.joined.get(end?.1..)
    }

    fn starts_word(&self, at: usize) -> bool {
        self.joined.get(..at).is_some_and(|before| before.ends_with('_'))
    }
}

/// The word after a phrase leaves it what the variable holds.
fn leaves(phrase: &str, word: &str) -> bool {
    let numbered = word.bytes().all(|b| b.is_ascii_digit());
    let taken_back = PROPERTY.contains(&word) || is_where(word);
    numbered || NEUTRAL.contains(&word) || (phrase.len() > SHORT && !taken_back)
}

fn is_where(word: &str) -> bool {
    WHERE.contains(&word)
}

/// The lower-case words of a name, cut at other characters and at humps; a long word loses a number at its end.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().take(MAX_CHARS).collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        if !c.is_alphanumeric() || is_hump(before, c, chars.get(at + 1)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words.iter().map(|word| without_number(word).to_owned()).collect()
}

/// `dbPassword` has one before the P, `APIKey` before the K.
fn is_hump(before: Option<&char>, c: char, after: Option<&char>) -> bool {
    let begins_lower = after.is_some_and(|c| c.is_lowercase());
    c.is_uppercase() && before.is_some_and(|b| b.is_lowercase() || b.is_numeric() || (b.is_uppercase() && begins_lower))
}

/// `password2` is a password; `sha1` and `s3` are words of their own.
fn without_number(word: &str) -> &str {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.chars().count() >= 5 { bare } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        let cut = |name: &str| words(name).join(" ");
        assert_eq!(cut("DB_PASSWORD"), "db password");
        assert_eq!(cut("dbPassword2"), "db password");
        assert_eq!(cut("APIKey"), "api key");
        assert_eq!(cut("spring.datasource-password"), "spring datasource password");
        assert_eq!(cut("GIT_SHA1"), "git sha1");
        assert_eq!(cut("__"), "");
        assert_eq!(cut(&"A_".repeat(9_000)).len(), 255);
    }

    #[test]
    fn a_name_holds_a_password_unless_a_later_word_takes_it_back() {
        let holds = |name: &str| Name::parse(name).holds(&["password", "pwd"]);
        for name in ["PASSWORD", "PASSWORD_PROD", "PGPASSWORD", "passwordV2", "MYSQL_PWD"] {
            assert!(holds(name), "{name}");
        }
        for name in [
            "PASSWORD_POLICY",
            "PASSWORD_MIN_LENGTH",
            "DB_PASSWORD_ARN",
            "PASSWORDLESS",
            "CPWD",
        ] {
            assert!(!holds(name), "{name}");
        }
    }

    #[test]
    fn hints_match_at_the_start_of_a_word() {
        assert!(Name::parse("DD_API_KEY").mentions(&["dd_api"]));
        assert!(!Name::parse("ADD_API_KEY").mentions(&["dd_api"]));
    }

    #[test]
    fn where_names_speak_of_a_credential_first() {
        assert!(Name::parse("DB_SECRET_ARN").tells_where());
        assert!(Name::parse("SSM_PARAMETER_PATH").tells_where());
        assert!(!Name::parse("TABLE_NAME").tells_where());
        assert!(!Name::parse("PARTITION_KEY_NAME").tells_where());
        assert!(!Name::parse("API_KEY").tells_where());
    }
}
