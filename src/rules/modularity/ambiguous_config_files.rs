//! `compose.yaml` and `docker-compose.yml` in one directory: Compose reads one of them only.

use std::path::Path;

use crate::discover::{Kind, Reason};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "ambiguous-config-files",
        topic: Topic::Modularity,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "two files in one directory, of which Compose takes one and never reads the other",
        page: page!("ambiguous-config-files"),
    },
    rule: &AmbiguousConfigFiles,
};

struct AmbiguousConfigFiles;

impl Rule for AmbiguousConfigFiles {
    fn host(&self, host: &Host, cx: &mut Cx) {
        for skipped in host.skipped {
            let Reason::Shadowed { by } = &skipped.reason else { continue };
            // With `COMPOSE_FILE` somebody has chosen.
            let chosen =
                host.entries.iter().any(|e| matches!(e.kind, Kind::ComposeFile(_)) && Some(e.directory.as_path()) == skipped.path.parent());
            let fs = cx.facts.fs();
            let same = fs.canonicalize(&skipped.path).is_ok_and(|real| fs.canonicalize(by).is_ok_and(|other| real == other));
            if chosen || same {
                continue;
            }
            let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).display().to_string();
            cx.report_path(
                &skipped.path,
                format!("Compose never reads `{}`: it takes `{}`, which is beside it", name(&skipped.path), name(by)),
            )
            .why("whoever changes the file that is not read sees no effect, and cannot tell which of the two is in use")
            .help("remove one of the two, or rename the one that is for something else and name it with `-f`");
        }
    }
}
