//! An unquoted number whose text is not what arrives: `002` becomes `2`.

use std::collections::BTreeSet;

use super::written::{NamedText, Written, has_variable, named_texts};
use crate::rules::prelude::*;
use crate::secret::credential_key;
use crate::yaml::scalar::{Typed, resolve};
use crate::yaml::{Scalar, Style};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "mangled-scalar",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "an unquoted number arrives as another text than is written",
        page: page!("mangled-scalar"),
    },
    rule: &MangledScalar,
};

struct MangledScalar;

impl Rule for MangledScalar {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut seen = BTreeSet::new();
        for service in project.services.values() {
            for text in named_texts(service) {
                let place = Written::of(text.origin, cx);
                let written = place.value(text.name);
                if is_mangled(&text, written) && seen.insert(text.origin.at) {
                    report(&text, written, service, cx);
                }
            }
        }
    }
}

fn is_mangled(text: &NamedText, written: &str) -> bool {
    let scalar = Scalar { text: written.into(), style: Style::Plain };
    let number = matches!(resolve(&scalar, None), Typed::Int(_) | Typed::Float(_) | Typed::Timestamp(_));
    number && !has_variable(text.origin) && text.value != written
}

fn report(text: &NamedText, written: &str, service: &Service, cx: &mut Cx) {
    let NamedText { name, value, .. } = text;
    // A PIN is a number too.
    let (message, help) = if credential_key(name) {
        (format!("`{name}` of `{}` does not arrive as it is written", service.name), "put it in quotes".to_owned())
    } else {
        (
            format!("`{name}` of `{}` is written `{written}` and arrives as `{value}`", service.name),
            format!("put it in quotes: `\"{written}\"`"),
        )
    };
    let title = if credential_key(name) {
        format!("put it in quotes, so that `{name}` arrives as it is written")
    } else {
        format!("put it in quotes: `{name}` is then `{written}`, no longer `{value}`")
    };
    let fix = mend::quote(text.origin.at, Style::DoubleQuoted, cx);
    let fix = fix.map(|edit| Fix { title, applicability: Applicability::Unsafe, edits: vec![edit] });
    cx.report(text.origin, message)
        .why("without quotes it is a number, and only the number is passed on, not how it was written")
        .help(help)
        .maybe_fix(fix);
}
