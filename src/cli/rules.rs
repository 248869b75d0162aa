//! `rules`: the table of all rules.

use clap::Args;

use super::{Failure, Global, Outcome, colour, print};
use crate::report;

/// List all rules, by topic
#[derive(Args, Debug)]
pub(super) struct RulesArgs {}

pub(super) fn run(_: &RulesArgs, global: &Global) -> Result<Outcome, Failure> {
    print(&report::rules::render(crate::rules::ALL, colour(global.color)))?;
    Ok(Outcome::Clean)
}
