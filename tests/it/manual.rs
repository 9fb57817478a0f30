//! Does every verb show how it is used: in its help, on a man page, to a shell?

use std::path::Path;
use std::process::{Command, Output};

fn vigil(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn text(arguments: &[&str]) -> String {
    String::from_utf8(vigil(arguments).stdout).unwrap()
}

/// The verbs that a help page lists.
fn verbs(help: &str) -> Vec<&str> {
    let (_, listed) = help.split_once("Commands:\n").unwrap_or_default();
    let lines = listed.lines().take_while(|line| line.starts_with("  "));
    let names = lines
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}

fn without_examples(path: &[&str], found: &mut Vec<String>) {
    let help = text(&[path, &["--help"]].concat());
    let below = verbs(&help);
    if below.is_empty() && !help.contains("\nExamples:\n  ") {
        found.push(path.join(" "));
    }
    for verb in below {
        // What belongs to `controls` is shown there.
        if path != ["controls"] {
            without_examples(&[path, &[verb]].concat(), found);
        }
    }
}

#[test]
fn the_help_of_every_verb_has_examples() {
    let help = text(&["--help"]);
    assert!(verbs(&help).len() > 8, "{help}");
    let mut found = Vec::new();
    without_examples(&[], &mut found);
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_verb_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    vigil(&["man", "--output", folder.path().to_str().unwrap()]);
    let page = |name: &str| std::fs::read_to_string(Path::new(folder.path()).join(format!("{name}.1")));
    for verb in verbs(&text(&["--help"])) {
        let page = page(&format!("vigil-{verb}")).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{verb}: {page}");
    }
    assert!(page("vigil-policy-compare").unwrap().contains("vigil policy compare"));
    assert!(text(&["man"]).contains(".SH SUBCOMMANDS"));
}

#[test]
fn shells_complete_every_verb() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = text(&["completions", shell]);
        for verb in verbs(&text(&["--help"])) {
            assert!(completions.contains(verb), "{shell}: {verb}");
        }
    }
}
