//! What does a member's name say about it? Names are written by whoever made the package: they are compared, cut and escaped, and
//! never used as paths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest name that is kept.
const LONGEST_NAME: usize = 200;

/// What has no business in a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Litter {
    /// The history of the source.
    VersionControl,
    /// Variables of an environment.
    Environment,
    /// A key or key store, by its name.
    PrivateKey,
    /// Tests of the function.
    Tests,
    /// What an editor or an operating system leaves behind.
    Editor,
    /// How the function is built and shipped.
    Delivery,
}

impl Litter {
    /// What it is called in front of people.
    pub fn label(self) -> &'static str {
        match self {
            Self::VersionControl => "the history of the source",
            Self::Environment => "variables of an environment",
            Self::PrivateKey => "a private key or key store",
            Self::Tests => "tests",
            Self::Editor => "an editor's files",
            Self::Delivery => "the set-up of the delivery",
        }
    }
}

/// Printable and cut.
pub fn printable(name: &str) -> String {
    let mut escaped: String = name.chars().take(LONGEST_NAME).flat_map(char::escape_debug).collect();
    if escaped.len() > LONGEST_NAME || name.chars().nth(LONGEST_NAME).is_some() {
        escaped.truncate(escaped.floor_char_boundary(LONGEST_NAME));
        escaped.push('…');
    }
    escaped
}

/// A member's name in parts.
#[derive(Debug)]
pub(super) struct Name<'a> {
    parts: Vec<&'a str>,
}

const HISTORY: [&str; 4] = [".git", ".svn", ".hg", ".bzr"];
const TESTS: [&str; 5] = ["test", "tests", "__tests__", "spec", "e2e"];
const EDITORS: [&str; 7] = [
    ".idea",
    ".vscode",
    ".vs",
    ".fleet",
    ".DS_Store",
    "Thumbs.db",
    "__MACOSX",
];
const DELIVERY: [&str; 10] = [
    ".github",
    ".gitlab",
    ".gitlab-ci.yml",
    ".circleci",
    ".travis.yml",
    "Jenkinsfile",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
    ".drone.yml",
];
const KEYS: [&str; 4] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
/// `.pem` and `.key` are judged by what is in them: most are bundles of public certificates.
const KEY_ENDINGS: [&str; 6] = ["p12", "pfx", "jks", "keystore", "ppk", "kdbx"];
/// An `.env` with one of these endings shows what a real one looks like.
const SAMPLES: [&str; 6] = ["example", "sample", "template", "dist", "defaults", "schema"];
/// Where libraries of others stand.
const VENDORED: [&str; 5] = [
    "node_modules",
    "site-packages",
    "dist-packages",
    "bower_components",
    "vendor",
];
const ARCHIVES: [&str; 14] = [
    "zip", "jar", "war", "whl", "egg", "tar", "tgz", "gz", "bz2", "xz", "zst", "7z", "rar", "nupkg",
];
const ASSIGNMENTS: [&str; 12] = [
    "env",
    "ini",
    "cfg",
    "conf",
    "properties",
    "toml",
    "yml",
    "yaml",
    "json",
    "tfvars",
    "npmrc",
    "pypirc",
];

impl<'a> Name<'a> {
    /// Windows' tools write backslashes against the format's word.
    pub(super) fn of(name: &'a str) -> Self {
        let parts = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
        Self { parts: parts.collect() }
    }

    fn file(&self) -> &'a str {
        self.parts.last().copied().unwrap_or_default()
    }

    fn ending(&self) -> String {
        self.file()
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase())
            .unwrap_or_default()
    }

    /// Whether it came with somebody else's library.
    pub(super) fn is_vendored(&self) -> bool {
        self.parts.iter().any(|part| VENDORED.contains(part))
    }

    /// Whether it is an archive.
    pub(super) fn is_archive(&self) -> bool {
        ARCHIVES.contains(&self.ending().as_str())
    }

    /// Whether it assigns values to names.
    pub(super) fn is_assignments(&self) -> bool {
        is_environment(self.file()) || ASSIGNMENTS.contains(&self.ending().as_str())
    }

    /// What it is, and up to which part of the path, if it has no business here.
    pub(super) fn litter(&self) -> Option<(Litter, String)> {
        let is_of = |list: &'static [&'static str]| move |part: &&str| list.contains(part);
        let at = |litter: Litter, found: Option<usize>| found.map(|index| (litter, self.up_to(index)));
        let whole = |litter: Litter| Some((litter, self.up_to(self.parts.len())));
        let mut parts = self.parts.iter();
        let found = at(Litter::VersionControl, parts.position(|part| is_of(&HISTORY)(part)));
        let file = self.file();
        found
            .or_else(|| is_environment(file).then(|| whole(Litter::Environment)).flatten())
            .or_else(|| self.is_key().then(|| whole(Litter::PrivateKey)).flatten())
            // Libraries bring their own tests and the files of their authors' editors: their users cannot help it.
            .or_else(|| if self.is_vendored() { None } else { self.own_litter() })
    }

    fn own_litter(&self) -> Option<(Litter, String)> {
        let place = |list: &[&str]| self.parts.iter().position(|part| list.contains(part));
        let editor = place(&EDITORS).map(|index| (Litter::Editor, self.up_to(index)));
        let delivery = || place(&DELIVERY).map(|index| (Litter::Delivery, self.up_to(index)));
        editor.or_else(delivery).or_else(|| self.tests())
    }

    /// Tests of the function itself: deeper folders of that name belong to libraries that were unpacked beside it.
    fn tests(&self) -> Option<(Litter, String)> {
        let is_folder = self.parts.len() > 1;
        let first = self.parts.iter().take(2).position(|part| TESTS.contains(part));
        let first = first.filter(|index| is_folder && index + 1 < self.parts.len());
        let below_source = |index: usize| index == 0 || self.parts.first() == Some(&"src");
        if let Some(index) = first.filter(|index| below_source(*index)) {
            return Some((Litter::Tests, self.up_to(index)));
        }
        let file = self.file();
        let named =
            file.starts_with("test_") || file.contains("_test.") || file.contains(".test.") || file.contains(".spec.");
        let is_code = ["py", "js", "ts", "mjs", "cjs", "rb", "go"].contains(&self.ending().as_str());
        (named && is_code && self.parts.len() <= 2).then(|| (Litter::Tests, self.up_to(self.parts.len())))
    }

    fn is_key(&self) -> bool {
        KEYS.contains(&self.file()) || KEY_ENDINGS.contains(&self.ending().as_str())
    }

    fn up_to(&self, last: usize) -> String {
        let parts: Vec<&str> = self.parts.iter().take(last + 1).copied().collect();
        printable(&parts.join("/"))
    }
}

fn is_environment(file: &str) -> bool {
    let Some(rest) = file.strip_prefix(".env") else {
        return false;
    };
    let is_sample = rest.split('.').any(|part| SAMPLES.contains(&part));
    (rest.is_empty() || rest.starts_with('.')) && !is_sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_has_no_business_here() {
        for (name, expected) in [
            (".git/objects/aa/bb", Some((Litter::VersionControl, ".git"))),
            ("app/.git/HEAD", Some((Litter::VersionControl, "app/.git"))),
            (
                "node_modules/x/.git/HEAD",
                Some((Litter::VersionControl, "node_modules/x/.git")),
            ),
            (".gitignore", None),
            (".gitattributes", None),
            ("app/.gitkeep", None),
            (".env", Some((Litter::Environment, ".env"))),
            (
                "app\\.env.production",
                Some((Litter::Environment, "app/.env.production")),
            ),
            (".env.example", None),
            (".environment", None),
            ("env.py", None),
            ("keys/id_rsa", Some((Litter::PrivateKey, "keys/id_rsa"))),
            ("id_rsa.pub", None),
            ("conf/store.JKS", Some((Litter::PrivateKey, "conf/store.JKS"))),
            ("certifi/cacert.pem", None),
            ("tests/test_app.py", Some((Litter::Tests, "tests"))),
            ("src/test/App.java", Some((Litter::Tests, "src/test"))),
            ("numpy/tests/test_core.py", None),
            ("node_modules/x/test/a.js", None),
            ("test_app.py", Some((Litter::Tests, "test_app.py"))),
            ("handler.test.js", Some((Litter::Tests, "handler.test.js"))),
            ("latest.js", None),
            ("test", None),
            ("contest/app.py", None),
            (".vscode/launch.json", Some((Litter::Editor, ".vscode"))),
            ("node_modules/x/.vscode/launch.json", None),
            (".github/workflows/ci.yml", Some((Litter::Delivery, ".github"))),
            ("node_modules/x/.travis.yml", None),
            ("index.js", None),
            ("", None),
            ("../../etc/passwd", None),
        ] {
            let found = Name::of(name).litter();
            let found = found.as_ref().map(|(litter, place)| (*litter, place.as_str()));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_name_cannot_write_lines_or_pages() {
        assert_eq!(printable("a\n\u{1b}[31mb"), "a\\n\\u{1b}[31mb");
        assert!(printable(&"\n".repeat(5000)).len() < 210);
        assert_eq!(printable("a/b.py"), "a/b.py");
    }
}
