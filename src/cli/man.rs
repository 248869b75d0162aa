//! `man`: the manual, made from the definition of the command line like `--help`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Failure, Outcome, no_directory, print};
use crate::fs::{self, Fs, OsFs};

/// Print the manual, or write a page a command
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  composelint man | man -l -
  composelint man --out ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write a page for composelint and one for each command into this directory, which must be there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs) -> Result<Outcome, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(out) = &args.out else {
        print(&String::from_utf8_lossy(&page(command, "composelint")?))?;
        return Ok(Outcome::Clean);
    };
    let directory = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    let out = fs::join(&directory, out);
    if !OsFs.is_dir(&out) {
        return Err(no_directory(&OsFs, &out));
    }
    let commands = command.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set());
    let mut pages: Vec<(String, clap::Command)> = commands.map(|c| (format!("composelint-{}", c.get_name()), c.clone())).collect();
    pages.push(("composelint".to_owned(), command));
    for (name, command) in pages {
        let path = out.join(format!("{name}.1"));
        OsFs.write_atomic(&path, &page(command, &name)?)
            .map_err(|e| Failure::new(format!("`{}` cannot be written: {}", path.display(), fs::why(&e))))?;
    }
    Ok(Outcome::Clean)
}

fn page(command: clap::Command, name: &str) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let man = Man::new(command.display_name(name.to_owned())).title(name).source(concat!("composelint ", env!("CARGO_PKG_VERSION")));
    man.render(&mut page).map_err(|e| Failure::new(format!("the page `{name}` cannot be made: {e}")))?;
    Ok(page)
}
