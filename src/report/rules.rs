//! The table of all rules.

use std::fmt::Write;

use super::human::Style;
use crate::finding::{Applicability, Severity};
use crate::rules::{Default, Meta, Peer, RuleDef};

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

/// The same as Markdown: `rules/README.md`.
pub fn markdown(rules: &[&RuleDef]) -> String {
    let mut out = String::from(
        "# The rules\n\nWritten by `composelint rules --format markdown`. The severity after a slash is that of `audit`.\n\
         *audit* means: on in `composelint audit` only. *off* means: only with `--select`, or with a preset that has it (`strict`, `security`, `style`, `all`).\n\
         A fix that is *safe* leaves the resolved project as it is (`--fix`); an *unsafe* one says what it changes (`--unsafe-fixes`).\n",
    );
    let mut topics: Vec<_> = rules.iter().map(|r| r.meta.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        let _ = writeln!(
            out,
            "\n## {}\n\n| rule | finds | severity | default | fix | elsewhere |\n| --- | --- | --- | --- | --- | --- |",
            topic.name()
        );
        for RuleDef { meta, .. } in rules.iter().filter(|r| r.meta.topic == topic) {
            let default = match meta.default {
                Default::On => "on",
                Default::Audit => "audit",
                Default::Off => "off",
            };
            let fix = match meta.fix {
                Some(Applicability::Safe) => "safe",
                Some(Applicability::Unsafe) => "unsafe",
                Some(Applicability::Manual) => "shown",
                None => "",
            };
            let audit = meta.audit_severity.map(|s| format!(" / {s}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "| [{0}]({0}.md) | {1} | {2}{audit} | {default} | {fix} | {3} |",
                meta.name,
                meta.summary,
                meta.severity,
                peers(meta)
            );
        }
    }
    out
}

/// What others call a rule, each after the name of its tool.
fn peers(meta: &Meta) -> String {
    let peers = meta.peers.iter().map(|peer| match peer {
        Peer::Dclint(name) => format!("dclint `{name}`"),
        Peer::Kics(name) => format!("KICS `{name}`"),
        Peer::Semgrep(name) => format!("semgrep `{name}`"),
        Peer::ComposeLint(id) => format!("compose-lint {id}"),
        Peer::Cis(number) => format!("CIS {number}"),
    });
    peers.collect::<Vec<_>>().join(", ")
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
