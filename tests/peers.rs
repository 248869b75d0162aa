//! The pages for those who come from other tools name rules that there are, and every rule that says what others call it is found there.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // tests stand on the real disk

use std::collections::BTreeSet;
use std::path::Path;

use composelint::rules::{self, Default, Peer};

/// The texts between backticks of the tables, by row: the first cell, and all behind it.
fn rows(text: &str) -> Vec<(String, String)> {
    let tables = text.lines().filter(|l| l.starts_with('|') && !l.starts_with("|---"));
    tables.filter_map(|l| l.trim_matches('|').split_once('|')).map(|(first, rest)| (first.trim().to_owned(), rest.to_owned())).collect()
}

fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn from_kics_is_true() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-kics.md")).unwrap();
    let rows = rows(&text);
    let mut wrong = Vec::new();
    // In the column of rules stand rules.
    for (first, rest) in &rows {
        // In the table of CIS the rules stand in the last column.
        let cells: Vec<&str> = rest.split('|').collect();
        let cell = if first.starts_with("5.") { cells.last() } else { cells.first() }.copied().unwrap_or("");
        for name in quoted(cell.split(['–', ';']).next().unwrap_or("")) {
            if rules::find(name).is_none() {
                wrong.push(format!("{first}: there is no rule `{name}`"));
            }
        }
    }
    // What a rule says about KICS and CIS is said here of that rule.
    let said: BTreeSet<(String, String)> = rows
        .iter()
        .flat_map(|(first, rest)| {
            let cell = rest.split('|').next().unwrap_or("");
            // In the table of CIS the rules stand in the last column.
            let cell = if first.starts_with("5.") { rest.as_str() } else { cell };
            quoted(cell).into_iter().map(|rule| (first.trim_matches('`').to_owned(), rule.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    for rule in rules::ALL {
        for peer in rule.meta.peers {
            let (Peer::Kics(name) | Peer::Cis(name)) = peer else { continue };
            if !said.contains(&((*name).to_owned(), rule.meta.name.to_owned())) {
                wrong.push(format!("`{}` says that it is {peer:?}, and the page does not", rule.meta.name));
            }
        }
    }
    // And the other way round, with the default as it is.
    for (first, rest) in &rows {
        let mut cells = rest.split('|');
        let (rules_cell, default_cell) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
        if first.starts_with('`') && default_cell.contains('o') && default_cell.trim().len() < 10 {
            let words = default_cell.split(',').map(str::trim);
            for (name, word) in quoted(rules_cell).into_iter().zip(words) {
                let Some(on) = rules::find(name).map(|r| r.meta.default == Default::On) else { continue };
                if on != (word == "on") {
                    wrong.push(format!("{first}: `{name}` is {}", if on { "on" } else { "off" }));
                }
            }
        }
    }
    assert!(rows.len() > 50, "the tables were not read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn from_dclint_is_true() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-dclint.md")).unwrap();
    let rules_of_dclint = [
        "invalid-schema",
        "invalid-yaml",
        "no-build-and-image",
        "no-duplicate-container-names",
        "no-duplicate-exported-ports",
        "no-quotes-in-volumes",
        "no-unbound-port-interfaces",
        "no-version-field",
        "require-project-name-field",
        "require-quotes-in-ports",
        "service-container-name-regex",
        "service-dependencies-alphabetical-order",
        "service-image-require-explicit-tag",
        "service-keys-order",
        "service-ports-alphabetical-order",
        "services-alphabetical-order",
        "top-level-properties-order",
    ];
    let section = text.split("## Options").next().unwrap();
    let rows = rows(section);
    let mut wrong = Vec::new();
    for theirs in rules_of_dclint {
        let Some((_, rest)) = rows.iter().find(|(first, _)| first.trim_matches('`') == theirs) else {
            wrong.push(format!("`{theirs}` is not on the page"));
            continue;
        };
        let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
        let [ours, default, ..] = cells.as_slice() else { continue };
        let Some(rule) = rules::find(ours.trim_matches('`')) else {
            wrong.push(format!("`{theirs}`: there is no rule {ours}"));
            continue;
        };
        if !rule.meta.peers.contains(&Peer::Dclint(theirs)) {
            wrong.push(format!("{ours} does not say that it is `{theirs}`"));
        }
        if (rule.meta.default == Default::On) != (*default == "on") {
            wrong.push(format!("{ours} is not {default}"));
        }
        for name in
            quoted(cells.get(2).copied().unwrap_or_default()).into_iter().filter(|n| n.contains('-') && !n.contains([' ', '$', ':']))
        {
            if rules::find(name).is_none() && name != "stable-alpine" {
                wrong.push(format!("`{theirs}`: there is no rule `{name}`"));
            }
        }
    }
    for rule in rules::ALL {
        for peer in rule.meta.peers {
            let Peer::Dclint(name) = peer else { continue };
            if !rules_of_dclint.contains(name) {
                wrong.push(format!("`{}` says that it is `{name}`, which dclint does not have", rule.meta.name));
            }
        }
    }
    // Every option that the page names is one.
    let options = text.split("## Options").nth(1).unwrap().split("## Command line").next().unwrap();
    for line in options.lines().filter(|l| l.starts_with("| `")) {
        let ours = quoted(line.trim_matches('|').split_once('|').unwrap().1);
        let [rule, option, ..] = ours.as_slice() else { continue };
        let known = rules::find(rule).is_some_and(|r| r.meta.options.iter().any(|o| o.name == *option));
        if !known {
            wrong.push(format!("`{rule}` has no option `{option}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
