//! `completions`: what a shell needs to complete our commands. Made from the definition of the command line, so that it cannot go stale.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, Outcome, print};

/// Print a script that makes a shell complete commands, flags and formats
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  composelint completions bash > ~/.local/share/bash-completion/completions/composelint
  composelint completions zsh > \"${fpath[1]}/_composelint\"
  composelint completions fish > ~/.config/fish/completions/composelint.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "composelint", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Clean)
}
