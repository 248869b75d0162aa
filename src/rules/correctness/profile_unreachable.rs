//! A service needs one that its profiles switch off. Every profile is active while rules run, so resolution itself does not see it.

use crate::model::Dependency;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "profile-unreachable",
        topic: Topic::Correctness,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a service needs one that a profile switches off",
        page: page!("profile-unreachable"),
    },
    rule: &ProfileUnreachable,
};

struct ProfileUnreachable;

impl Rule for ProfileUnreachable {
    fn service(&self, service: &Sourced<Service>, project: &Project, cx: &mut Cx) {
        for (name, dependency) in &service.depends_on {
            if let Some(needed) = project.services.get(name).filter(|_| dependency.required) {
                judge(service, dependency, needed, project, cx);
            }
        }
    }
}

fn judge(service: &Service, dependency: &Sourced<Dependency>, needed: &Sourced<Service>, project: &Project, cx: &mut Cx) {
    if needed.profiles.is_empty() || service.name == needed.name {
        return;
    }
    let names = needed.profiles.iter().map(|p| format!("`{}`", p.value)).collect::<Vec<_>>().join(" or ");
    let only = format!("`{}`, which only runs with the profile {names}", needed.name);
    let has = |profile: &str| needed.profiles.iter().any(|p| p.value == profile);
    let place = needed.profiles.first().map_or(needed.origin.at, |p| p.origin.at);
    if service.profiles.is_empty() {
        // `COMPOSE_PROFILES` in `.env` switches it on for everybody.
        let always =
            project.environment.get("COMPOSE_PROFILES").is_some_and(|v| v.value.split(',').any(|p| p.trim() == "*" || has(p.trim())));
        if always {
            return;
        }
        cx.report(&dependency.at_key(), format!("`{}` always runs, and needs {only}", service.name))
            .related(place, "the profile is given here")
            .why(format!("without the profile Compose refuses to start, and says only that `{}` is undefined", needed.name))
            .help(format!("give `{}` the same profile, or write `required: false` if it can do without", service.name));
    } else if !service.profiles.iter().any(|p| has(&p.value)) {
        // Where one profile has both, the others may be meant to be used together.
        let own = service.profiles.iter().map(|p| format!("`{}`", p.value)).collect::<Vec<_>>().join(" or ");
        cx.report(&dependency.at_key(), format!("`{}` only runs with the profile {own}, and needs {only}", service.name))
            .severity(Severity::Warning)
            .related(place, "the profile is given here")
            .why(format!("with its own profile alone Compose refuses to start, and says only that `{}` is undefined", needed.name))
            .help(format!("give `{}` the same profile, or write `required: false`", needed.name));
    }
}
