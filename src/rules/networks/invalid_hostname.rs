//! A name that is no host name.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-hostname",
        topic: Topic::Networks,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[],
        options: &[OptionDef {
            name: "service-names",
            summary: "judge the names of services too: they are host names on the networks of the project",
            default: OptionDefault::Flag(true),
        }],
        summary: "a host name, an alias or the name of a service is no valid host name",
        page: page!("invalid-hostname"),
    },
    rule: &InvalidHostname,
};

struct InvalidHostname;

const WHY: &str = "containers are reached by this name, and many programs refuse such a host (Django, Java, Go's and Python's URL parsers, certificates), mostly with a message about something else";

impl Rule for InvalidHostname {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let alias = |n: &'static str| move |f: &Sourced<String>| (n, f.value.clone(), f.origin.clone());
        let fields = service.hostname.iter().map(alias("host name")).chain(service.domainname.iter().map(alias("domain")));
        let aliases = service.networks.values().flat_map(|n| &n.aliases).map(alias("alias"));
        let own = cx.flag("service-names").then(|| ("name", service.name.clone(), service.at_key()));
        for (what, text, at) in fields.chain(aliases).chain(own) {
            let Some(wrong) = wrong(&text).filter(|_| !at.is_unset() && !text.is_empty()) else { continue };
            let message = match what {
                "name" => format!("the service name `{text}` is no valid host name: {wrong}"),
                _ => format!("the {what} `{text}` of `{}` is not valid: {wrong}", service.name),
            };
            cx.report(&at, message).why(WHY).help("use lower-case letters, digits and hyphens");
        }
    }
}

/// What is wrong with a host name (RFC 1123), if anything.
fn wrong(text: &str) -> Option<&'static str> {
    if text.len() > 253 {
        return Some("it is longer than 253 characters");
    }
    text.split('.').find_map(|label| match label {
        "" => Some("it has nothing between two dots"),
        l if l.len() > 63 => Some("a part of it is longer than 63 characters"),
        l if l.contains('_') => Some("it has an underscore"),
        l if l.bytes().any(|b| b.is_ascii_uppercase()) => Some("it has upper-case letters"),
        l if !l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => Some("only letters, digits and hyphens are allowed"),
        l if l.starts_with('-') || l.ends_with('-') => Some("a part of it begins or ends with a hyphen"),
        _ => None,
    })
}
