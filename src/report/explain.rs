//! A rule's page for the terminal.

use std::fmt::Write;

use super::human::Style;
use crate::rules::{Default, Meta, RuleDef};

/// The page: name, facts, and the text with its headings in bold, its code indented, its test markers left out.
pub fn render(rule: &RuleDef, colour: bool) -> String {
    let style = Style::new(colour);
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", style.bold(rule.meta.name), rule.meta.summary);
    let _ = writeln!(out, "{}", style.dim(&facts(&rule.meta)));
    out.push_str(&page(rule.meta.page, &style));
    out
}

/// The text of a page without colours.
pub(super) fn text(page: &str) -> String {
    self::page(page, &Style::new(false)).trim().to_owned()
}

/// A page as Markdown for other readers than ours: without the markers and the file names that our tests read.
pub(super) fn markdown(page: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for line in page.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            code = !code;
            out.push_str("```");
            out.push_str(info.split_whitespace().next().unwrap_or("").trim_start_matches("link"));
        } else {
            out.push_str(if code { marker(line) } else { line });
        }
        out.push('\n');
    }
    out
}

/// The prose of a section of a page, on one line.
pub(super) fn section(page: &str, heading: &str) -> String {
    let after = page.lines().skip_while(|l| l.strip_prefix("## ").is_none_or(|h| h.trim() != heading)).skip(1);
    let lines: Vec<&str> = after.take_while(|l| !l.starts_with('#') && !l.trim_start().starts_with("```")).map(str::trim).collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn facts(meta: &Meta) -> String {
    let mut facts = format!("{} · {}", meta.severity, meta.topic.name());
    if let Some(severity) = meta.audit_severity {
        let _ = write!(facts, " · {severity} in audit");
    }
    facts.push_str(match meta.default {
        Default::On => " · on by default",
        Default::Audit => " · on in audit",
        Default::Off => " · off until selected",
    });
    facts
}

fn page(markdown: &str, style: &Style) -> String {
    let mut out = String::new();
    let (mut code, mut is_link) = (false, false);
    let mut blank = false;
    for line in markdown.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            code = !code;
            is_link = info.starts_with("link");
            // The name of a file of an example, where it is not the usual one.
            if let Some(name) = info.split_whitespace().find_map(|word| word.strip_prefix("file=")).filter(|_| code) {
                let _ = writeln!(out, "{}    {}", if std::mem::take(&mut blank) { "\n" } else { "" }, style.dim(&format!("# {name}")));
            }
            continue;
        }
        if line.trim().is_empty() && !code {
            blank = true;
            continue;
        }
        let heading = (!code).then(|| line.strip_prefix('#')).flatten().map(|l| l.trim_start_matches('#').trim());
        if heading.is_some() || std::mem::take(&mut blank) {
            blank = false;
            out.push('\n');
        }
        match heading {
            Some(heading) => {
                out.push_str(&style.bold(heading));
                out.push('\n');
                blank = false;
            }
            None if code => {
                let line = marker(line);
                out.push_str(if line.is_empty() { "" } else { "    " });
                out.push_str(if is_link { "-> " } else { "" });
                out.push_str(line);
                out.push('\n');
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

/// A line of an example without the comment that tells the tests to expect a finding.
fn marker(line: &str) -> &str {
    match line.rfind("# finding") {
        Some(i) => line.get(..i).unwrap_or(line).trim_end(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_well_in_a_terminal() {
        let rule = crate::rules::find("privileged").unwrap();
        insta::assert_snapshot!(render(rule, false), @"
        privileged: a container runs with every right on the host
        warning · security · on by default

        What it does

        Reports a service with `privileged: true`.

        Why it matters

        A privileged container sees all devices of the host and may change the settings of its kernel. Whoever gets into it owns the host and
        every other container on it.

        Example

            services:
              zigbee:
                image: koenkk/zigbee2mqtt:1.42.0
                privileged: true

        Use instead:

            services:
              zigbee:
                image: koenkk/zigbee2mqtt:1.42.0
                devices:
                  - /dev/ttyUSB0:/dev/ttyUSB0

        When not to use it

        Some software needs it: a container engine in a container, some hardware managers. Give the reason beside the key then.
        ");
        assert!(render(rule, true).contains("\u{1b}[1mWhat it does\u{1b}[0m"));
    }
}
