//! A temporary file system that gives up what the engine protects it with.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "executable-tmpfs",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0022")],
        options: &[],
        summary: "programs may be run from a temporary file system",
        page: page!("executable-tmpfs"),
    },
    rule: &ExecutableTmpfs,
};

struct ExecutableTmpfs;

impl Rule for ExecutableTmpfs {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        for entry in &service.tmpfs {
            let Some((path, options)) = entry.split_once(':') else { continue };
            // The last of a pair counts, as for `mount`.
            let on = |on: &str, off: &str| options.split(',').map(str::trim).rfind(|o| *o == on || *o == off).is_some_and(|o| o == on);
            let message = if on("exec", "noexec") {
                format!("`{}` may run programs from `{path}`", service.name)
            } else if on("suid", "nosuid") {
                format!("`{}` obeys the setuid bit of programs in `{path}`", service.name)
            } else if on("dev", "nodev") {
                format!("`{}` obeys devices in `{path}`", service.name)
            } else {
                continue;
            };
            cx.report(&entry.origin, message)
                .why("a place that everything may write to is where an attacker puts a program first; the engine mounts it `noexec,nosuid,nodev` unless told otherwise")
                .help("leave out `exec`, `suid` and `dev` unless the program needs one of them, and say so beside it");
        }
    }
}
