//! A password or token written into a Compose file.

use crate::model::Named;
use crate::rules::prelude::*;
use crate::secret;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "plaintext-secret",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0020")],
        options: &[],
        summary: "a password or token stands in the file",
        page: page!("plaintext-secret"),
    },
    rule: &PlaintextSecret,
};

struct PlaintextSecret;

impl Rule for PlaintextSecret {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        pairs(service, &service.environment, "", cx);
        if let Some(build) = &service.build {
            pairs(service, &build.args, "the build argument ", cx);
        }
        for (name, value) in &service.labels {
            if literal(&value.origin)
                && !secret::weak(value)
                && (secret::literal_secret(name, value) || secret::token_shape(value).is_some())
            {
                report(cx, &value.origin, format!("the label `{name}` of `{}` holds a secret in plain text", service.name), true);
            }
        }
        for command in [&service.command, &service.entrypoint].into_iter().flatten() {
            if literal(&command.origin) && !secret::command_secrets(command).is_empty() {
                report(cx, &command.origin, format!("the command of `{}` holds a password or token in plain text", service.name), true);
            }
        }
    }
}

/// Values that are written in a Compose file: no variable took part, and no env file was read for them.
fn literal(origin: &Origin) -> bool {
    origin.variables().next().is_none() && !origin.via.iter().any(|s| matches!(s, crate::compose::value::Step::File(_)))
}

fn pairs(service: &Service, values: &Named<Option<String>>, what: &str, cx: &mut Cx) {
    for (name, value) in values {
        let Some(text) = value.as_deref().filter(|_| literal(&value.origin)) else { continue };
        // Passwords that everybody tries first are `weak-default-secret`.
        if secret::weak(text) {
            continue;
        }
        let message = match secret::token_shape(text) {
            Some(shape) => format!("{what}`{name}` of `{}` holds {shape} in plain text", service.name),
            None if secret::literal_secret(name, text) => format!("{what}`{name}` of `{}` holds a secret in plain text", service.name),
            None => continue,
        };
        report(cx, &value.origin, message, false);
    }
}

fn report(cx: &mut Cx, origin: &Origin, message: String, seen: bool) {
    let report = cx.report(origin, message).help(
        "write `${NAME:?}` here and keep the value in an `.env` that git does not track; or use a top-level `secrets` entry, where the image reads `NAME_FILE`",
    );
    if seen {
        report
            .why("whoever may read the file knows it, and everybody on the host sees it in `docker inspect` and in the list of processes");
    } else {
        report.why("whoever may read the file knows it, now and in every old commit");
    }
}
