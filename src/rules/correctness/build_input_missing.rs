//! A build whose context or Dockerfile is not there: `docker compose config` does not look.

use std::path::Path;

use crate::compose::value::Definition;
use crate::host::GitState;
use crate::rules::elsewhere::further_up;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "build-input-missing",
        topic: Topic::Correctness,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a build context or Dockerfile is not there",
        page: page!("build-input-missing"),
    },
    rule: &BuildInputMissing,
};

struct BuildInputMissing;

impl Rule for BuildInputMissing {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        let Some(build) = &service.build else { return };
        let Some(context) = &build.context else { return };
        let directory = Path::new(&context.value);
        if !directory.is_absolute() || is_unset(&context.origin) || context.contains(['$', '~']) {
            return;
        }
        let fs = cx.facts.fs();
        if fs.symlink_metadata(directory).is_err() {
            if concerns(directory, project, cx) {
                let shown = project.shown(directory);
                let help = match meant(context, cx) {
                    Some(path) => format!("did you mean `{path}`, which is there?"),
                    None => "correct the path: it starts at the project directory, or at the directory of the included or extended file"
                        .to_owned(),
                };
                cx.report(&context.origin, format!("`{shown}`, from which `{}` is built, is not there", service.name))
                    .why("`docker compose config` does not look; the build then stops at once")
                    .help(help);
            }
            return;
        }
        let inline = build.dockerfile_inline.is_some();
        if inline || !fs.is_dir(directory) {
            return;
        }
        let name = build.dockerfile.as_ref();
        if name.is_some_and(|n| is_unset(&n.origin) || n.contains(['$', '~'])) {
            return;
        }
        let file = crate::fs::join(directory, Path::new(name.map_or("Dockerfile", |n| n.as_str())));
        // The builder takes `dockerfile` where nothing else is asked for.
        let lower = name.is_none() && fs.exists(&directory.join("dockerfile"));
        // A submodule that is not checked out is an empty directory.
        let empty = || fs.read_dir(directory).is_ok_and(|entries| entries.is_empty());
        if !fs.exists(&file) && !lower && concerns(&file, project, cx) && !empty() {
            let origin = name.map_or(&context.origin, |n| &n.origin);
            let near = fs.is_file(&crate::fs::join(&project.directory, Path::new(name.map_or("", |n| n.as_str()))));
            let help = if near {
                "the path of `dockerfile` starts at the build context, not at the Compose file"
            } else {
                "correct the path: that of `dockerfile` starts at the build context"
            };
            cx.report(origin, format!("`{}`, from which `{}` is built, is not there", project.shown(&file), service.name))
                .why("`docker compose config` does not look; the build then stops at once")
                .help(help);
        }
    }
}

/// The context that is there, if the file was moved without it.
fn meant(context: &Sourced<String>, cx: &Cx) -> Option<String> {
    let tree = cx.tree(context.origin.at.file)?;
    let written = tree.text(tree.at(context.origin.at)?)?;
    further_up(written, Path::new(&context.value), cx)
}

fn is_unset(origin: &Origin) -> bool {
    origin.variables().any(|(_, d)| *d == Definition::Unset)
}

/// In a repository only what would be in it can be missed: not what git ignores, nor a checkout beside it.
fn concerns(path: &Path, project: &Project, cx: &Cx) -> bool {
    if cx.mode == Mode::Audit {
        return true;
    }
    let inside = cx.facts.git(path) != GitState::NoRepository || cx.facts.git(&project.directory) == GitState::NoRepository;
    cx.facts.git(path) != GitState::Ignored && inside
}
