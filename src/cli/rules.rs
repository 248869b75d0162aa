//! `rules`: the table of all rules.

use clap::{Args, ValueEnum};

use super::{Failure, Global, Outcome, colour, print};
use crate::report;

/// List all rules, by topic
#[derive(Args, Debug)]
pub(super) struct RulesArgs {
    /// How to show them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default)]
enum Format {
    /// By topic, for people
    #[default]
    Human,
    /// As a table: `rules/README.md`
    Markdown,
}

pub(super) fn run(args: &RulesArgs, global: &Global) -> Result<Outcome, Failure> {
    print(&match args.format {
        Format::Human => report::rules::render(crate::rules::ALL, colour(global.color)),
        Format::Markdown => report::rules::markdown(crate::rules::ALL),
    })?;
    Ok(Outcome::Clean)
}
