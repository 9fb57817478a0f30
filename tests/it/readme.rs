//! What the README shows is what the commands print. `UPDATE_README=1 cargo test readme` writes it anew.

use std::fmt::Write;
use std::process::Command;

use crate::recorded::root;

/// A command in a comment, and the block behind it.
const MARK: &str = "<!-- vigil ";
const OPEN: &str = "```text\n";
const CLOSE: &str = "\n```\n";

fn printed(command: &str) -> String {
    let mut vigil = Command::new(env!("CARGO_BIN_EXE_vigil"));
    let output = vigil.args(command.split(' ')).current_dir(root()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn refreshed(readme: &str) -> String {
    let mut parts = readme.split(MARK);
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let (command, rest) = part.split_once(" -->\n").expect("a command ends with ` -->`");
        let rest = rest.strip_prefix(OPEN).expect("a block of text follows");
        let (_, after) = rest.split_once("```\n").expect("the block ends");
        let _ = write!(text, "{MARK}{command} -->\n{OPEN}{}{CLOSE}{after}", printed(command));
    }
    text
}

#[test]
fn the_readme_shows_what_is_printed() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let fresh = refreshed(&readme);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert!(readme.matches(MARK).count() >= 2);
    assert!(
        fresh == std::fs::read_to_string(&path).unwrap(),
        "run `UPDATE_README=1 cargo test --test it readme`"
    );
}
