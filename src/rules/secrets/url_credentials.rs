//! A password in an address.

use super::places::{self, in_compose_file};
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "url-credentials",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0021")],
        options: &[],
        summary: "an address holds a password",
        page: page!("url-credentials"),
    },
    rule: &UrlCredentials,
};

struct UrlCredentials;

impl Rule for UrlCredentials {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let service_name = &service.name;
        for pair in places::pairs(service) {
            judge(cx, pair.origin, || format!("{}`{}` of `{service_name}` is an address with a password in it", pair.what, pair.name));
        }
        for (what, command) in places::commands(service) {
            judge(cx, &command.origin, || format!("the {what} of `{service_name}` holds an address with a password in it"));
        }
        if let Some(build) = &service.build {
            for context in build.context.iter().chain(build.additional_contexts.values()) {
                judge(cx, &context.origin, || format!("a build context of `{service_name}` is an address with a password in it"));
            }
        }
    }

    fn project(&self, project: &Project, cx: &mut Cx) {
        for (name, config) in &project.configs {
            if let Some(content) = &config.content {
                judge(cx, &content.origin, || format!("the content of the config `{name}` holds an address with a password in it"));
            }
        }
    }
}

fn judge(cx: &mut Cx, origin: &Origin, message: impl Fn() -> String) {
    if !in_compose_file(origin) {
        return;
    }
    // The text as written: a password that comes from a variable is not in the file.
    let source = cx.sources.get(origin.at.file);
    let text = source.slice(origin.at);
    let written = |r: &std::ops::Range<usize>| text.get(r.clone()).is_some_and(|p| !p.starts_with('$'));
    if !secret::url_passwords(text).iter().any(|r| written(r) || text.get(r.clone()).is_some_and(|p| p.contains(":-"))) {
        return;
    }
    cx.report(origin, message())
        .why("whoever may read the file knows it; and programs like to print addresses in their logs")
        .help("take the password from a variable: `scheme://user:${PASSWORD:?}@host`");
}
