//! A link that leads nowhere, where a project is or could be.

use std::collections::BTreeSet;
use std::path::Path;

use crate::discover::Reason;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "broken-link",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a link to a file or directory of a project leads nowhere",
        page: page!("broken-link"),
    },
    rule: &BrokenLink,
};

struct BrokenLink;

impl Rule for BrokenLink {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let projects: BTreeSet<&Path> = host.entries.iter().map(|e| e.directory.as_path()).collect();
        let beside: BTreeSet<&Path> = projects.iter().copied().filter_map(Path::parent).collect();
        for skipped in host.skipped {
            let Reason::DanglingLink { to } = &skipped.reason else { continue };
            let name = skipped.path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
            let parent = skipped.path.parent();
            let why = match () {
                () if is_compose(&name) => "the project cannot be started: its file is not there",
                () if name == ".env" || Path::new(&name).extension().is_some_and(|e| e == "env") => {
                    "Compose goes on without these variables: passwords and paths are empty, or it stops"
                }
                () if parent.is_some_and(|p| projects.contains(p)) => {
                    "a project that mounts or includes it gets nothing, or an empty directory in its place"
                }
                () if parent.is_some_and(|p| beside.contains(p)) => {
                    "if a project was to be here, it is not: nothing under this name is started or checked"
                }
                () => continue,
            };
            cx.report_path(&skipped.path, format!("this link leads nowhere: `{}` is not there", to.display()))
                .why(why)
                .help("put its target back, point the link to where that is now, or remove the link");
        }
    }
}

/// Told by its name alone: there is nothing to read.
fn is_compose(name: &str) -> bool {
    let yaml = Path::new(name).extension().is_some_and(|e| e == "yml" || e == "yaml");
    yaml && name.contains("compose")
}
