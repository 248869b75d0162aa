//! `postgres:16`: the next minor version comes by itself.

use super::pulled::images;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "major-only-tag",
        topic: Topic::Images,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a tag names the major version only",
        page: page!("major-only-tag"),
    },
    rule: &MajorOnlyTag,
};

struct MajorOnlyTag;

impl Rule for MajorOnlyTag {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for (image, users) in images(project, |r| r.digest.is_none() && r.tag.is_some_and(is_major_only)) {
            let message = format!("{} whatever minor version of `{image}` is newest on the day it is pulled", users.who());
            let Some(report) = users.report(message, cx) else { continue };
            report
                .why("two hosts, or today and tomorrow, run different software, and nothing says which version worked before")
                .help("name the minor version too, or the exact one");
        }
    }
}

/// True for `8`, `v2`, `16-alpine`, `16-alpine3.20`. Long numbers are dates or builds, which do not move.
fn is_major_only(tag: &str) -> bool {
    let version = tag.split(['-', '_']).next().unwrap_or(tag);
    let number = version.strip_prefix(['v', 'V']).unwrap_or(version);
    (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && !tag.split(['-', '_']).skip(1).any(is_version)
}

/// True for `1.2.3`, a part that says exactly what is in the image: `v3-1.17.2`.
fn is_version(word: &str) -> bool {
    word.contains('.') && word.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_a_major_version() {
        for tag in ["8", "v2", "16-alpine", "16-alpine3.20", "3-management", "17-jdk"] {
            assert!(is_major_only(tag), "{tag}");
        }
        for tag in ["8.1", "20240601", "2024", "alpine", "", "v", "r12", "16.4-alpine", "8-1.2.3", "10.11"] {
            assert!(!is_major_only(tag), "{tag}");
        }
    }
}
