//! What runs on the host is a copy of a file in a repository, and no longer the same.

use std::path::Path;

use crate::discover::Reached;
use crate::host::{GitState, counts, host_in};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "repo-drift",
        topic: Topic::Host,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Audit,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a Compose file on the host differs from the copy in the repository",
        page: page!("repo-drift"),
    },
    rule: &RepoDrift,
};

/// A file that a person writes is smaller.
const LIMIT: u64 = 4 << 20;

struct RepoDrift;

impl Rule for RepoDrift {
    fn host(&self, host: &Host, cx: &mut Cx) {
        let facts = cx.facts;
        for (project, entry) in host.projects.iter().zip(host.entries) {
            let Some(file) = entry.files.first().filter(|_| entry.reached == Reached::Real) else { continue };
            if facts.git(file) == GitState::Tracked {
                continue;
            }
            let same_place = |other: &&std::path::PathBuf| {
                let directory = |path: &Path| path.parent().and_then(Path::file_name).map(std::ffi::OsStr::to_os_string);
                other.file_name() == file.file_name()
                    && *other != file
                    && directory(other).is_some_and(|name| directory(file).as_ref() == Some(&name) || name == *project.name)
                    && counts(host_in(other).as_deref(), host.name)
                    && facts.git(other) == GitState::Tracked
            };
            let copies: Vec<_> = facts.beside().copies.iter().filter(same_place).collect();
            let read = |path: &Path| facts.fs().read(path, LIMIT).ok();
            let Some(own) = read(file) else { continue };
            // Where several hosts have such a file, and this one has no name, one that is the same is the one.
            let texts: Vec<_> = copies.iter().filter_map(|copy| read(copy)).collect();
            let (Some(copy), false) = (copies.first(), texts.is_empty() || texts.contains(&own)) else { continue };
            cx.report_path(file, format!("this file differs from `{}`, which git has", copy.display()))
                .why("one of the two is out of date: what was changed here is lost with the host or at the next deployment, and what was changed there never arrived")
                .help(format!(
                    "see what really differs with `composelint diff {} {}`, bring one up to date, and link the file instead of copying it",
                    crate::shell::shell_word(&copy.display().to_string()),
                    crate::shell::shell_word(&file.display().to_string())
                ));
        }
    }
}
