//! A password that is empty when somebody forgets to set it.

use std::collections::BTreeSet;

use crate::rules::prelude::*;
use crate::secret;
use crate::source::Span;
use crate::yaml::Kind;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "blank-secret-risk",
        topic: Topic::Secrets,
        severity: Severity::Info,
        audit_severity: Some(Severity::Warning),
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a password that is empty as long as nobody sets it",
        page: page!("blank-secret-risk"),
    },
    rule: &BlankSecretRisk,
};

struct BlankSecretRisk;

impl Rule for BlankSecretRisk {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut said = BTreeSet::new();
        for variable in &project.variables {
            if variable.set || variable.operator.is_some() || !secret::credential_key(&variable.name) || !said.insert(&variable.name) {
                continue;
            }
            let fix = required(project, &variable.name, cx);
            let mut report = cx.report(&Origin::at(variable.at), format!("`{}` is not set here, and it may be empty", variable.name));
            for other in project.variables.iter().filter(|v| v.name == variable.name && v.at != variable.at).take(5) {
                report = report.related(other.at, "used here too");
            }
            report
                .why("Compose puts an empty text in its place and only warns: the service starts with an empty secret")
                .help(format!("write `${{{}:?}}`: then Compose refuses to start without a value", variable.name))
                .maybe_fix(fix);
        }
    }
}

/// `${NAME:?}` wherever it is `$NAME` or `${NAME}`.
fn required(project: &Project, name: &str, cx: &Cx) -> Option<Fix> {
    let places: BTreeSet<Span> = project.variables.iter().filter(|v| v.name == name && v.operator.is_none()).map(|v| v.at).collect();
    let mut edits = Vec::new();
    for at in places {
        let source = cx.sources.get(at.file);
        let text = source.slice(at);
        // Between brackets the braces of a bare text would be brackets, too.
        let in_brackets = || {
            let tree = cx.tree(at.file)?;
            let parent = tree.node(tree.parent(tree.at(at)?)?);
            Some(matches!(parent.kind, Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. }))
        };
        if !text.starts_with(['"', '\'']) && in_brackets() == Some(true) {
            return None;
        }
        let mut from = 0;
        while let Some(dollar) = text.get(from..)?.find('$').map(|d| from + d) {
            let rest = text.get(dollar + 1..)?;
            let braced = rest.strip_prefix('{').and_then(|r| r.strip_prefix(name)).is_some_and(|r| r.starts_with('}'));
            let bare = rest.strip_prefix(name).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
            let length = if braced { name.len() + 3 } else { name.len() + 1 };
            // `$$` is a dollar.
            from = dollar + if rest.starts_with('$') { 2 } else { 1 };
            if braced || bare {
                let start = at.start.checked_add(u32::try_from(dollar).ok()?)?;
                let span = Span::new(at.file, start, start.checked_add(u32::try_from(length).ok()?)?);
                edits.push(Edit { span, text: format!("${{{name}:?}}") });
            }
        }
    }
    let title = format!("write `${{{name}:?}}`: Compose refuses to start as long as it has no value");
    (!edits.is_empty()).then_some(Fix { title, applicability: Applicability::Unsafe, edits })
}
