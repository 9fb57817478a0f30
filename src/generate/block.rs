//! The generated blocks: where they stand, and how a file looks when they are current.

/// A block of a file, between a line that holds its begin marker and one that holds its end marker.
#[derive(Debug)]
pub struct Block {
    /// The file, from the repository's root.
    pub file: &'static str,
    /// What the markers name: `BEGIN generated NAME`, `END generated NAME`.
    pub name: &'static str,
    /// The lines between them, without indentation.
    pub text: fn() -> String,
}

/// Every generated block.
pub static BLOCKS: &[Block] = &[
    Block {
        file: "README.md",
        name: "controls",
        text: super::control_table,
    },
    Block {
        file: "infra/monitor.yaml",
        name: "patterns",
        text: super::rules,
    },
    Block {
        file: "infra/forwarder.yaml",
        name: "patterns",
        text: super::forwarding_rules,
    },
    Block {
        file: "infra/monitor.yaml",
        name: "rule list",
        text: super::rule_arns,
    },
    Block {
        file: "infra/monitor.yaml",
        name: "read permissions",
        text: super::read_permissions,
    },
    Block {
        file: "infra/reader.yaml",
        name: "read permissions",
        text: super::reader_permissions,
    },
];

/// A file that has no place for a block.
#[derive(Debug, thiserror::Error)]
#[error("{file}: no lines with `BEGIN generated {name}` and `END generated {name}`; put them where the text belongs")]
pub struct GenerateError {
    file: &'static str,
    name: &'static str,
}

/// The file's text with the block made anew; the block takes the indentation of its begin marker.
pub fn refreshed(text: &str, block: &Block) -> Result<String, GenerateError> {
    let missing = || GenerateError {
        file: block.file,
        name: block.name,
    };
    let (begin, end) = (
        format!("BEGIN generated {}", block.name),
        format!("END generated {}", block.name),
    );
    let lines: Vec<&str> = text.lines().collect();
    let first = lines
        .iter()
        .position(|line| line.contains(&begin))
        .ok_or_else(missing)?;
    let last = lines
        .iter()
        .position(|line| line.contains(&end))
        .filter(|last| *last > first)
        .ok_or_else(missing)?;
    let marker = lines.get(first).copied().unwrap_or_default();
    let indent: String = marker.chars().take_while(|character| *character == ' ').collect();
    let mut out: Vec<String> = lines.iter().take(first + 1).map(ToString::to_string).collect();
    out.extend(
        (block.text)()
            .lines()
            .map(|line| format!("{indent}{line}").trim_end().to_owned()),
    );
    out.extend(lines.iter().skip(last).map(ToString::to_string));
    Ok(out.join("\n") + "\n")
}
