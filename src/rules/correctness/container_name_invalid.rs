//! A container name that the engine refuses, judged after variables were filled in.

use crate::compose::problem::Problem;
use crate::compose::value::Definition;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "container-name-invalid",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::Dclint("service-container-name-regex")],
        options: &[],
        summary: "a `container_name` that the engine refuses",
        page: page!("container-name-invalid"),
    },
    rule: &ContainerNameInvalid,
};

struct ContainerNameInvalid;

impl Rule for ContainerNameInvalid {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let Some(name) = service.container_name.as_ref().filter(|n| !is_name(n)) else { return };
        let unset = name.origin.variables().any(|(_, d)| *d == Definition::Unset);
        // What Compose itself refuses is `invalid-schema`.
        let told = |p: &Problem| p.refused && p.origin.as_ref().is_some_and(|o| o.at == name.origin.at);
        if unset || project.problems.iter().any(told) {
            return;
        }
        cx.report(&name.origin, format!("`{}` cannot be the name of the container of `{}`", name.value, service.name))
            .why("Compose takes it, and the engine then refuses to create the container")
            .help("use letters, digits, `_`, `.` and `-`, two characters or more, with a letter or digit first");
    }
}

/// What the engine takes: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`. The empty text is as good as none.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    match bytes.next() {
        None => true,
        Some(first) => {
            first.is_ascii_alphanumeric() && text.len() > 1 && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_engine() {
        for name in ["", "web", "a1", "my_app.db-1", "7up"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["a", "-web", "_web", ".web", "my app", "wéb", "a/b", "/web"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
