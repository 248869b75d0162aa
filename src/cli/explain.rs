//! `explain`: the page of a rule.

use clap::Args;

use super::{Failure, Global, Outcome, colour, print};
use crate::report;

/// Say why a rule exists, with examples, and what to do
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// The rule, as it stands in the brackets of a finding
    #[arg(value_name = "RULE", required = true)]
    rules: Vec<String>,
}

pub(super) fn run(args: &ExplainArgs, global: &Global) -> Result<Outcome, Failure> {
    let mut out = String::new();
    for name in &args.rules {
        let Some(rule) = crate::rules::find(name) else {
            let failure = Failure::new(format!("there is no rule `{name}`"));
            return Err(match crate::nearest::nearest(name, crate::rules::ALL.iter().map(|r| r.meta.name)) {
                Some(nearest) => failure.help(format!("did you mean `{nearest}`?")),
                None => failure.help("`composelint rules` lists them all"),
            });
        };
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&report::explain::render(rule, colour(global.color)));
    }
    print(&out)?;
    Ok(Outcome::Clean)
}
