//! Plain text that other readers of YAML take for something else: `22:22`, `no`.

use std::collections::BTreeSet;

use super::written::{Written, named_texts};
use crate::compose::value::Origin;
use crate::rules::prelude::*;
use crate::yaml::Style;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "yaml11-ambiguous",
        topic: Topic::Correctness,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Audit,
        fix: Some(Applicability::Safe),
        peers: &[],
        options: &[],
        summary: "other tools read this plain text as a number or as true or false",
        page: page!("yaml11-ambiguous"),
    },
    rule: &Yaml11Ambiguous,
};

struct Yaml11Ambiguous;

impl Rule for Yaml11Ambiguous {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut seen = BTreeSet::new();
        for service in project.services.values() {
            let ports = service.ports.iter().map(|p| (&p.origin, ""));
            let texts = named_texts(service).into_iter().map(|t| (t.origin, t.name));
            let restart = service.restart.iter().map(|r| (&r.origin, ""));
            for (origin, name) in ports.chain(texts).chain(restart) {
                if seen.insert(origin.at) {
                    judge(origin, name, &service.name, cx);
                }
            }
        }
    }
}

fn judge(origin: &Origin, name: &str, service: &str, cx: &mut Cx) {
    let written = Written::of(origin, cx);
    let text = written.value(name);
    let other = if let Some(number) = base_60(text) {
        format!("the number {number}")
    } else if let Some(value) = boolean(text) {
        format!("`{value}`")
    } else {
        return;
    };
    let help = format!("put it in quotes: `\"{text}\"`");
    let fix = mend::quote(origin.at, Style::DoubleQuoted, cx);
    let fix = fix.map(|edit| Fix { title: "put it in quotes".to_owned(), applicability: Applicability::Safe, edits: vec![edit] });
    cx.report(origin, format!("`{text}` of `{service}` is text to Compose and {other} to other tools"))
        .why("YAML 1.1 reads it so, and podman-compose, Ansible and many scripts still do")
        .help(help)
        .maybe_fix(fix);
}

/// What YAML 1.1 makes of `22:22`: a number with the base 60.
fn base_60(text: &str) -> Option<u64> {
    let (first, rest) = text.split_once(':')?;
    if !first.starts_with(|c: char| ('1'..='9').contains(&c)) {
        return None;
    }
    let mut number: u64 = digits(first)?;
    for part in rest.split(':') {
        let part = digits(part).filter(|n| *n < 60 && part.len() <= 2)?;
        number = number.checked_mul(60)?.checked_add(part)?;
    }
    Some(number)
}

fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// What YAML 1.1 makes of `yes`, in one of its three spellings.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_60_is_what_yaml_1_1_says() {
        assert_eq!(base_60("22:22"), Some(1342));
        assert_eq!(base_60("2222:22"), Some(133_342));
        assert_eq!(base_60("1:2:3"), Some(3723));
        for text in ["8080:80", "022:22", "22:022", "22", "22:22/tcp", ":22", "22:"] {
            assert_eq!(base_60(text), None, "{text}");
        }
    }
}
