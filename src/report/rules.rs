//! The table of all rules.

use std::fmt::Write;

use super::human::Style;
use crate::finding::Severity;
use crate::rules::{Default, RuleDef};

/// All rules, by topic, in the order of the list.
pub fn render(rules: &[&RuleDef], colour: bool) -> String {
    let style = Style::new(colour);
    let width = rules.iter().map(|r| r.meta.name.len()).max().unwrap_or(0);
    let mut topics: Vec<_> = rules.iter().map(|r| r.meta.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    let mut out = String::new();
    for topic in topics {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", style.bold(topic.name()));
        for rule in rules.iter().filter(|r| r.meta.topic == topic) {
            let default = match rule.meta.default {
                Default::On => "",
                Default::Audit => " (in audit)",
                Default::Off => " (off until selected)",
            };
            let severity = format!("{:7}", rule.meta.severity.name());
            let severity = match rule.meta.severity {
                Severity::Error => style.red(&severity),
                Severity::Warning => style.yellow(&severity),
                Severity::Info => style.dim(&severity),
            };
            let _ = writeln!(out, "  {:width$}  {severity}  {}{}", rule.meta.name, rule.meta.summary, style.dim(default));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_stand_under_their_topics() {
        let rules = [crate::rules::find("undefined-network").unwrap(), crate::rules::find("privileged").unwrap()];
        insta::assert_snapshot!(render(&rules, false), @"
        networks
          undefined-network  error    a service joins a network that the project does not declare

        security
          privileged         warning  a container runs with every right on the host
        ");
    }
}
