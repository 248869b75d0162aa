//! A summary of a job, for people: counts, the rules that find the most, the findings by file, and for `audit` the inventory. Bounded, since
//! platforms refuse a summary of more than a megabyte. What a user wrote is text here and nothing else: no markup, no links.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::inventory::{Inventory, Stack};
use super::sarif::encoded;
use super::summary::count;
use super::{Report, Shown, ShownLabel, printable};
use crate::finding::Severity;

/// Bytes up to which findings are listed; the rest is counted.
const FINDINGS: usize = 600_000;
/// Bytes up to which stacks are listed.
const STACKS: usize = 900_000;
/// Rules in the table.
const RULES: usize = 15;
/// Characters of one text.
const TEXT: usize = 300;

/// The summary. With `link`, the beginning of a URL, paths lead to their files.
pub fn render(report: &Report, inventory: Option<&Inventory>, link: Option<&str>) -> String {
    let mut out = String::from("## composelint\n\n");
    let (errors, warnings, infos) = report.counts();
    let looked = format!("in {}, {}", count(report.projects, "project"), count(report.files.len(), "file"));
    if report.findings.is_empty() {
        let _ = writeln!(out, "No findings {looked}.");
    } else {
        let _ = writeln!(out, "**{}**, {}, {} {looked}.", count(errors, "error"), count(warnings, "warning"), count(infos, "note"));
        rules(report, &mut out);
        findings(report, link, &mut out);
    }
    if let Some(inventory) = inventory {
        stacks(&inventory.stacks, &mut out);
    }
    out
}

/// The rules, the worst first, then those with the most findings.
fn rules(report: &Report, out: &mut String) {
    let mut rules: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
    for shown in &report.findings {
        let rule = rules.entry(shown.rule).or_insert((shown.severity, 0));
        rule.0 = rule.0.min(shown.severity);
        rule.1 += 1;
    }
    let mut rules: Vec<_> = rules.into_iter().map(|(rule, (severity, n))| (severity, std::cmp::Reverse(n), rule)).collect();
    rules.sort_unstable();
    out.push_str("\n| rule | severity | findings | what it finds |\n| --- | --- | ---: | --- |\n");
    for (severity, n, rule) in rules.iter().take(RULES) {
        let summary = crate::rules::find(rule).map_or("", |r| r.meta.summary);
        let _ = writeln!(out, "| `{rule}` | {} | {} | {} |", word(*severity), n.0, text(summary, true));
    }
    if rules.len() > RULES {
        let rest: usize = rules.iter().skip(RULES).map(|(_, n, _)| n.0).sum();
        let _ = writeln!(out, "| {} more rules | | {rest} | |", rules.len() - RULES);
    }
}

fn findings(report: &Report, link: Option<&str>, out: &mut String) {
    let mut path = None;
    for (shown, listed) in report.findings.iter().zip(0..) {
        if out.len() > FINDINGS {
            let _ = writeln!(out, "\nand {}.", count(report.findings.len() - listed, "more finding"));
            return;
        }
        if path.replace(&shown.primary.path) != Some(&shown.primary.path) {
            let _ = writeln!(out, "\n### {}\n", linked(&shown.primary, link, false));
        }
        finding(shown, link, out);
    }
}

fn finding(shown: &Shown, link: Option<&str>, out: &mut String) {
    let place = if shown.primary.at.is_some() { format!("{}: ", linked(&shown.primary, link, true)) } else { String::new() };
    let _ = writeln!(out, "- {place}**{}** `{}` {}", word(shown.severity), shown.rule, text(&shown.message, false));
    if let Some(help) = &shown.help {
        let _ = writeln!(out, "  <br>{}", text(help, false));
    }
}

/// The path, or the line, as a link where there is something to lead to.
fn linked(label: &ShownLabel, link: Option<&str>, at_line: bool) -> String {
    let words = match label.at {
        Some(at) if at_line => format!("line {}", at.start.line),
        _ => text(&label.path, false),
    };
    let (Some(link), Some(path)) = (link, &label.in_root) else { return words };
    let anchor = label.at.filter(|_| at_line).map(|at| format!("#L{}", at.start.line)).unwrap_or_default();
    format!("[{words}]({link}{}{anchor})", encoded(path))
}

fn stacks(stacks: &[Stack], out: &mut String) {
    let _ = writeln!(out, "\n### {}\n", count(stacks.len(), "stack"));
    if stacks.is_empty() {
        return;
    }
    out.push_str("| stack | directory | services | published ports | volumes |\n| --- | --- | ---: | --- | ---: |\n");
    for (stack, listed) in stacks.iter().zip(0..) {
        if out.len() > STACKS {
            let _ = writeln!(out, "| {} more | | | | |", stacks.len() - listed);
            return;
        }
        let ports: Vec<String> = stack
            .services
            .iter()
            .flat_map(|s| &s.ports)
            .map(|p| {
                let host = p.address.as_deref().map(|a| format!("{a}:")).unwrap_or_default();
                format!("{host}{}", p.published.as_deref().unwrap_or("any"))
            })
            .collect();
        let refused = if stack.refused { " (refused by docker compose)" } else { "" };
        let _ = writeln!(
            out,
            "| {}{refused} | {} | {} | {} | {} |",
            text(stack.project.as_deref().unwrap_or("(no name)"), true),
            text(&stack.directory, true),
            stack.services.len(),
            text(&ports.join(", "), true),
            stack.volumes.len()
        );
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        other => other.name(),
    }
}

/// A text on one line, in which what stands between backticks is code and nothing else is markup. In a table, `|` would end the cell even in
/// code, and is escaped there.
pub(super) fn text(text: &str, table: bool) -> String {
    let text = printable(text, false);
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => escaped(&format!("{}…", text.get(..end).unwrap_or("")), table),
        None => escaped(&text, table),
    }
}

/// The same, of any length.
pub(crate) fn escaped(text: &str, table: bool) -> String {
    let text = printable(text, false);
    let parts: Vec<&str> = text.split('`').collect();
    // With a backtick left over, what is code cannot be told.
    let balanced = parts.len() % 2 == 1;
    let mut out = String::with_capacity(text.len() + 8);
    for (i, part) in parts.iter().enumerate() {
        if balanced && i % 2 == 1 && !part.trim().is_empty() {
            let part = if table { part.replace('|', "\\|") } else { (*part).to_owned() };
            let _ = write!(out, "`{part}`");
            continue;
        }
        if i > 0 && !balanced {
            out.push_str("&#96;");
        }
        for c in part.chars() {
            // Entities are never read as markup.
            if "\\&<>\"*_[]()#|~!$@^".contains(c) {
                let _ = write!(out, "&#{};", u32::from(c));
            } else {
                out.push(c);
            }
        }
    }
    out
}

/// A text as code. Code between backticks cannot hold one, and ends a cell at a `|`: what has such a character is written otherwise.
pub(crate) fn code(text: &str) -> String {
    let text = printable(text, false);
    let text = match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.into_owned(),
    };
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let odd = text.contains(['`', '|', '\\']) || text.starts_with(' ') || text.ends_with(' ');
    if !odd {
        return format!("`{text}`");
    }
    let mut out = String::from("<code>");
    for c in text.chars() {
        // Entities are never read as markup.
        if c.is_alphanumeric() || " ./:-,".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out.push_str("</code>");
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn the_summary() {
        let summary = with_example(|r| render(r, None, Some("https://forge.example/o/r/blob/1234/")));
        insta::assert_snapshot!(summary, @r#"
        ## composelint

        **1 error**, 2 warnings, 1 note in 1 project, 2 files.

        | rule | severity | findings | what it finds |
        | --- | --- | ---: | --- |
        | `undefined-network` | error | 1 | a service joins a network that the project does not declare |
        | `broken-link` | warning | 1 | a link to a file or directory of a project leads nowhere |
        | `port-on-all-interfaces` | warning | 1 | a port is published on every address of the host |
        | `privileged` | note | 1 | a container runs with every right on the host |

        ### [compose.yaml](https://forge.example/o/r/blob/1234/compose.yaml)

        - [line 7](https://forge.example/o/r/blob/1234/compose.yaml#L7): **error** `undefined-network` service `web` joins network `frontned`, which the project does not declare
          <br>write `frontend`, or declare `frontned` under the top-level `networks`

        ### [infra/db.yaml](https://forge.example/o/r/blob/1234/infra/db.yaml)

        - [line 8](https://forge.example/o/r/blob/1234/infra/db.yaml#L8): **warning** `port-on-all-interfaces` port 5432 of `db` is open to every machine that reaches this host
          <br>bind it to this host: `"127.0.0.1:5432:5432"`
        - [line 6](https://forge.example/o/r/blob/1234/infra/db.yaml#L6): **note** `privileged` `db` runs with every right on the host &#40;&#42;&#42;&#42;&#41;

        ### /srv/old/compose.yaml

        - **warning** `broken-link` this link leads nowhere
        "#);
    }

    #[test]
    fn nothing_found() {
        insta::assert_snapshot!(super::super::testing::with_nothing(|r| render(r, None, None)), @"
        ## composelint

        No findings in 1 project, 1 file.
        ");
    }

    #[test]
    fn what_a_user_wrote_is_text() {
        let table = |s: &str| text(s, true);
        assert_eq!(table("service `a|b` is <b>bold</b>"), "service `a\\|b` is &#60;b&#62;bold&#60;/b&#62;");
        assert_eq!(table("one ` | [x](http://e)"), "one &#96; &#124; &#91;x&#93;&#40;http://e&#41;");
        assert_eq!(table("`` ` ` | \n\u{1b}x"), "   &#124; ␊␛x");
        assert_eq!(text("\\`*a*`", false), "&#92;`*a*`");
    }

    #[test]
    fn code_holds_anything() {
        assert_eq!(code("web-1"), "`web-1`");
        assert_eq!(code("<b>"), "`<b>`");
        assert_eq!(code("a`b|c"), "<code>a&#96;b&#124;c</code>");
        assert_eq!(code(" a"), "<code> a</code>");
        assert_eq!(code(""), "(empty)");
        assert_eq!(code(&"x".repeat(400)).chars().count(), 303);
    }
}
