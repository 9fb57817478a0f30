//! Shows what is judged.

use std::io::Write;

use anyhow::{Context, Result};
use lambda_vigil::controls::{self, Control};
use lambda_vigil::plain::wrapped;

use super::Exit;

const WIDTH: usize = 88;

/// One line per control.
pub(super) fn list() -> Result<Exit> {
    let mut out = anstream::stdout().lock();
    for control in controls::ALL {
        writeln!(
            out,
            "{:<28} {:<13} {:<26} {}",
            control.id,
            control.severity,
            control.layer.label(),
            control.title
        )?;
    }
    Ok(Exit::Clean)
}

/// All about one control.
pub(super) fn show(id: &str) -> Result<Exit> {
    let control =
        controls::find(id).with_context(|| format!("no control `{id}`; `vigil controls list` shows the ids"))?;
    write!(anstream::stdout().lock(), "{}", described(control))?;
    Ok(Exit::Clean)
}

fn described(control: &Control) -> String {
    let reads: Vec<&str> = control.reads.iter().map(|facet| facet.label()).collect();
    let mut lines = vec![
        format!("{}: {}", control.id, control.title),
        format!("severity {}, layer {}", control.severity, control.layer.label()),
        String::new(),
        wrapped(control.risk, "", WIDTH),
        format!("\nReads: {}", reads.join(", ")),
        "\nFix:".to_owned(),
    ];
    lines.extend(control.remediation.lines().map(|line| format!("  {line}")));
    lines.push("\nRead on:".to_owned());
    lines.extend(control.references.iter().map(|reference| format!("  {reference}")));
    lines.join("\n") + "\n"
}
