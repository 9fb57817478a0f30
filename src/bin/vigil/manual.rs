//! `vigil completions` and `vigil man`: what a shell and `man` want to know of the command line, made from its own definition.
#![allow(clippy::disallowed_methods, reason = "the command line writes files")]

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;

use super::Exit;

/// Which shell.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil completions bash > ~/.local/share/bash-completion/completions/vigil
  vigil completions zsh > \"${fpath[1]}/_vigil\"
  vigil completions fish > ~/.config/fish/completions/vigil.fish")]
pub(super) struct Completions {
    /// The shell that reads them
    shell: Shell,
}

/// Where to.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil man | man -l -
  vigil man --output ~/.local/share/man/man1 && man vigil-replay")]
pub(super) struct Man {
    /// Folder that gets a page for each verb; default: the page of all verbs, on standard output
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints the completions.
pub(super) fn completions(asked: &Completions, mut command: Command) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(asked.shell, &mut command, "vigil", &mut text);
    io::stdout().write_all(&text)?;
    Ok(Exit::Clean)
}

/// Writes the pages.
pub(super) fn man(asked: &Man, command: Command) -> Result<Exit> {
    let Some(folder) = &asked.output else {
        io::stdout().write_all(&page(command)?)?;
        return Ok(Exit::Clean);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    clap_mangen::generate_to(command, folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    Ok(Exit::Clean)
}

fn page(command: Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    Ok(text)
}
