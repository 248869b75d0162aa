//! A capability that Linux does not have.

use super::{capabilities, edits};
use crate::nearest::nearest;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unknown-capability",
        topic: Topic::Security,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: Some(Applicability::Unsafe),
        peers: &[],
        options: &[],
        summary: "`cap_add` or `cap_drop` names a capability that does not exist",
        page: page!("unknown-capability"),
    },
    rule: &UnknownCapability,
};

struct UnknownCapability;

impl Rule for UnknownCapability {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let added = service.cap_add.iter().map(|c| ("cap_add", c));
        for (key, item) in added.chain(service.cap_drop.iter().map(|c| ("cap_drop", c))) {
            let name = capabilities::plain(item);
            if name.is_empty() || name == "ALL" || capabilities::ALL.contains(&name.as_str()) {
                continue;
            }
            // `NETADMIN`, `NET-ADMIN`, `SYS ADMIN`.
            let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            let same = capabilities::ALL.iter().copied().find(|c| letters(c) == letters(&name));
            let meant = same.or_else(|| nearest(&name, capabilities::ALL.iter().copied()));
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`man 7 capabilities` has the list of those that there are".to_owned(),
            };
            let edits =
                meant.filter(|_| item.origin.variables().next().is_none()).and_then(|meant| edits::instead(item.origin.at, meant, cx));
            let report = cx
                .report(&item.origin, format!("`{key}` of `{}` names `{}`, and Linux has no such capability", service.name, item.value))
                .why("Compose passes it on, and the engine refuses to create the container")
                .help(help);
            if let (Some(meant), Some(edits)) = (meant, edits) {
                report.fix(format!("write `{meant}`: the container then starts, with it in `{key}`"), Applicability::Unsafe, edits);
            }
        }
    }
}
