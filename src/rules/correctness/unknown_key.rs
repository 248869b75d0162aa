//! A key that Compose does not know.

use crate::compose::problem::{Part, Problem};
use crate::rules::misplaced::{foreign_keys, owner};
use crate::rules::modularity::syntax::{entries, section as entries_of};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unknown-key",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "a key that Compose does not know",
        page: page!("unknown-key"),
    },
    rule: &Advised {
        problems: Problems { kinds: &[ProblemKind::UnknownKey], why: "Compose refuses the whole project, not only this key" },
        fix: mend::rename,
        advice: service_meant,
    },
};

/// For a key of a service under a network and the like: the service that it was probably written for.
fn service_meant(problem: &Problem, cx: &Cx) -> Option<String> {
    let [Part::Key(section), Part::Key(name), Part::Key(key)] = problem.path.0.as_slice() else { return None };
    let foreign = foreign_keys(section);
    if section == "services" || problem.meant.is_some() || foreign.binary_search(&key.as_str()).is_err() {
        return None;
    }
    let tree = cx.tree(problem.origin.as_ref()?.at.file)?;
    // What was pasted together was cut out of one service.
    let (_, resources) = entries_of(&tree, section);
    let pasted = resources.iter().filter(|e| tree.text(e.key) == Some(name)).flat_map(|e| entries(&tree, e.value));
    let keys: Vec<&str> = pasted.filter_map(|e| tree.text(e.key)).filter(|k| foreign.binary_search(k).is_ok()).collect();
    let owner = owner(&tree, section, name, &keys)?;
    Some(format!("`{key}` is a key of a service: move it to `services.{owner}`"))
}
