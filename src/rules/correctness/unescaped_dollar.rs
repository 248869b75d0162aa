//! A `$NAME` in a command that the service itself sets: Compose takes it first, and finds nothing.

use std::collections::BTreeMap;

use super::uses::{meant_for_the_shell, unset};
use crate::rules::prelude::*;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unescaped-dollar",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "Compose fills in a `$NAME` that was meant for the shell in the container",
        page: page!("unescaped-dollar"),
    },
    rule: &UnescapedDollar,
};

struct UnescapedDollar;

impl Rule for UnescapedDollar {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut places: BTreeMap<Span, (&Service, Vec<&str>)> = BTreeMap::new();
        for used in unset(project, cx) {
            let Some(service) = meant_for_the_shell(used, project) else { continue };
            let (_, names) = places.entry(used.at).or_insert((service, Vec::new()));
            if !names.contains(&used.name.as_str()) {
                names.push(&used.name);
            }
        }
        for (at, (service, names)) in places {
            let shown: Vec<String> = names.iter().map(|n| format!("`${n}`")).collect();
            let (verb, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
            let edits = edits(at, &names, cx);
            let report = cx
                .report(&Origin::at(at), format!("{} {verb} empty here, although `{}` sets {them} in its `environment`", shown.join(", "), service.name))
                .why("Compose fills in every `$` before the container exists, from `.env` only; the shell in the container never sees the name")
                .help(format!("write `$${}`, so that Compose leaves it to the container", names.first().unwrap_or(&"")));
            if !edits.is_empty() {
                report.fix("write `$$`, so that the shell in the container fills it in", Applicability::Unsafe, edits);
            }
        }
    }
}

/// A second `$` before each use of these names in a scalar.
fn edits(at: Span, names: &[&str], cx: &Cx) -> Vec<Edit> {
    let source = cx.sources.get(at.file);
    let text = source.slice(at);
    let mut out = Vec::new();
    let mut offset = 0;
    while let Some(found) = text.get(offset..).and_then(|t| t.find('$')) {
        let place = offset + found;
        let rest = text.get(place + 1..).unwrap_or_default();
        if rest.starts_with('$') {
            offset = place + 2;
            continue;
        }
        offset = place + 1;
        let name = rest.strip_prefix('{').unwrap_or(rest);
        let length = name.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if name.get(..length).is_some_and(|n| names.contains(&n)) {
            let start = at.start.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
            out.push(Edit { span: Span::new(at.file, start, start), text: "$".to_owned() });
        }
    }
    out
}
