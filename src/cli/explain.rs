//! `explain`: the page of a rule.

use clap::Args;

use super::{Failure, Global, Outcome, colour, print};
use crate::report;
use crate::rules::{Meta, Mode, Preset, Topic};

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
            if let Some(failure) = group(name) {
                return Err(failure);
            }
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

/// The answer to the name of a topic or preset, which `--select` takes and this command does not.
fn group(name: &str) -> Option<Failure> {
    let topic = Topic::ALL.iter().find(|t| t.name() == name).map(|t| ("topic", rules_where(|m| m.topic == *t)));
    let preset = || Preset::ALL.iter().find(|p| p.name() == name).map(|p| ("preset", rules_where(|m| p.has(m, Mode::Audit))));
    let (kind, names) = topic.or_else(preset)?;
    let shown = match names.as_slice() {
        names if names.len() <= 20 => format!("its rules are {}", names.join(", ")),
        names => format!("it has {} rules: `composelint rules` lists them", names.len()),
    };
    Some(Failure::new(format!("`{name}` is a {kind}, and only rules have a page")).help(shown))
}

fn rules_where(belongs: impl Fn(&Meta) -> bool) -> Vec<&'static str> {
    crate::rules::ALL.iter().filter(|r| belongs(&r.meta)).map(|r| r.meta.name).collect()
}
