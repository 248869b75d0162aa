//! A password in an address.

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
        let environment = service.environment.iter().map(|(name, v)| (name, &v.origin));
        let labels = service.labels.iter().map(|(name, v)| (name, &v.origin));
        for (name, origin) in environment.chain(labels) {
            if origin.via.iter().any(|s| matches!(s, crate::compose::value::Step::File(_))) {
                continue;
            }
            // The text as written: a password that comes from a variable is not in the file.
            let source = cx.sources.get(origin.at.file);
            if secret::url_password(source.slice(origin.at)).is_none() {
                continue;
            }
            cx.report(origin, format!("`{name}` of `{}` is an address with a password in it", service.name))
                .why("whoever may read the file knows it; and programs like to print addresses in their logs")
                .help("take the password from a variable: `scheme://user:${PASSWORD:?}@host`");
        }
    }
}
