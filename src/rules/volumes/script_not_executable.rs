//! A mounted script that the container runs and may not.

use std::path::{Path, PathBuf};

use crate::fs;
use crate::model::image::ImageRef;
use crate::model::{Mount, MountKind};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "script-not-executable",
        topic: Topic::Volumes,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a mounted script that the container runs is not executable",
        page: page!("script-not-executable"),
    },
    rule: &ScriptNotExecutable,
};

struct ScriptNotExecutable;

/// Programs that run what follows their own options.
const INIT: &[&str] = &["tini", "dumb-init", "docker-init", "catatonit"];
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh"];
/// Where the images of nginx look for scripts.
const NGINX: &str = "/docker-entrypoint.d";

impl Rule for ScriptNotExecutable {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for (origin, what, program) in programs(service) {
            let path = if program.starts_with('/') {
                PathBuf::from(&program)
            } else if let Some(directory) = service.working_dir.as_ref().filter(|_| program.starts_with("./")) {
                fs::join(Path::new(&directory.value), Path::new(&program))
            } else {
                continue;
            };
            let Some((mount, source)) = source(service, &path) else { continue };
            if is_executable(&source, cx) {
                continue;
            }
            let message =
                format!("`{}` runs `{}`, and the file `{}` is not executable", service.name, path.display(), project.shown(&source));
            let mut report = cx.report(&mount.origin, message);
            if origin.at != mount.origin.at {
                report = report.related(origin.at, format!("run here, as the {what}"));
            }
            let why = if what == "healthcheck" {
                "the check fails each time with \"permission denied\", and the service never gets healthy"
            } else {
                "the container does not start: \"permission denied\""
            };
            report.why(why).help(help(&source, project));
        }
        let nginx = service.image.as_ref().and_then(|i| ImageRef::parse(i)).is_some_and(|i| i.base_name().starts_with("nginx"));
        for mount in service.volumes.iter().filter(|m| nginx && m.kind == MountKind::Bind) {
            let target = Path::new(&mount.target);
            let script = target.extension().is_some_and(|e| e == "sh" || e == "envsh");
            let Some(source) = mount.source.as_deref().map(Path::new).filter(|_| script && target.parent() == Some(Path::new(NGINX)))
            else {
                continue;
            };
            if !is_executable(source, cx) {
                let message = format!("`{}` does not run `{}`, because the file is not executable", service.name, project.shown(source));
                cx.report(&mount.origin, message)
                    .why(format!("the image runs what is executable in `{NGINX}`, and passes over the rest with a line in its log"))
                    .help(help(source, project));
            }
        }
    }
}

fn help(source: &Path, project: &Project) -> String {
    let shown = project.shown(source);
    format!("`chmod +x {shown}`, and `git update-index --chmod=+x {shown}` where git has it; or name the shell in front: `sh`")
}

/// What a service runs by its path: where that is said, as what, and the path.
fn programs(service: &Service) -> Vec<(&Origin, &'static str, String)> {
    let mut out = Vec::new();
    let mut add = |origin, what, words: &[String]| out.extend(program(words).map(|p| (origin, what, p)));
    let entrypoint = service.entrypoint.as_ref().filter(|e| !e.is_empty());
    if let Some(words) = entrypoint {
        add(&words.origin, "entrypoint", words);
    } else if let Some(words) = service.command.as_ref() {
        add(&words.origin, "command", words);
    }
    if let Some(test) = service.healthcheck.as_ref().and_then(|h| h.value.test.as_ref()) {
        match test.value.split_first() {
            Some((first, rest)) if first == "CMD" => add(&test.origin, "healthcheck", rest),
            Some((first, [text])) if first == "CMD-SHELL" => out.extend(of_shell(text).map(|p| (&test.origin, "healthcheck", p))),
            _ => {}
        }
    }
    out
}

/// The path of the program that some words run.
fn program(words: &[String]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    if INIT.contains(&name) {
        let at = rest.iter().position(|w| !w.starts_with('-'))?;
        return program(rest.get(at..)?);
    }
    if SHELLS.contains(&name) {
        return match rest {
            [option, text, ..] if option.starts_with('-') && option.ends_with('c') => of_shell(text),
            _ => None,
        };
    }
    Some(first.clone())
}

/// The path of the first program in a line for the shell.
fn of_shell(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("exec ").unwrap_or(text).trim_start();
    let word = text.split([' ', '\t', '\n', ';', '|', '&', '>', '<']).next()?;
    let plain = word.starts_with(['/', '.']) && !word.contains(['$', '"', '\'', '`', '(', '*']);
    (plain && word.contains('/')).then(|| word.to_owned())
}

/// The mount that a path of the container is in, and the path on the host; `None` if it is in the image.
fn source<'s>(service: &'s Service, path: &Path) -> Option<(&'s Sourced<Mount>, PathBuf)> {
    let depth = |m: &&Sourced<Mount>| Path::new(&m.target).components().count();
    let mount = service.volumes.iter().filter(|m| path.starts_with(&m.target)).max_by_key(depth)?;
    let source = Path::new(mount.source.as_deref().filter(|_| mount.kind == MountKind::Bind)?);
    let rest = path.strip_prefix(&mount.target).ok()?;
    Some((mount, if rest.as_os_str().is_empty() { source.to_path_buf() } else { source.join(rest) }))
}

/// True unless it is a file here that nobody may execute.
fn is_executable(source: &Path, cx: &Cx) -> bool {
    let meta = cx.facts.fs().metadata(source);
    !meta.is_ok_and(|m| m.is_file() && m.mode.is_some_and(|mode| mode & 0o111 == 0))
}
