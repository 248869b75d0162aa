//! A container that is told to run as root.

use super::hardening::lacking;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "root-user",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::ComposeLint("CL-0018")],
        options: &[OptionDef {
            name: "unnamed",
            summary: "report services without `user` too: what their image then does cannot be seen here",
            default: OptionDefault::Flag(false),
        }],
        summary: "a service is told to run as root",
        page: page!("root-user"),
    },
    rule: &RootUser,
};

struct RootUser;

const WHY: &str = "root in a container is root for every file that is mounted into it, and one mistake in the kernel away from the host";

impl Rule for RootUser {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        if let Some(user) = &service.user {
            // Only the part before the `:` is the user.
            let name = user.split(':').next().unwrap_or("").trim();
            if name == "root" || (!name.is_empty() && name.bytes().all(|b| b == b'0')) {
                cx.report(&user.origin, format!("`{}` is told to run as root", service.name))
                    .why(WHY)
                    .help("remove `user`, so that the image decides, or name a user without rights: `user: \"1000:1000\"`");
            }
        } else if cx.flag("unnamed")
            && let Some(at) = lacking(service)
        {
            cx.report(&at, format!("`{}` does not say which user it runs as", service.name))
                .why(format!("most images then run as root: {WHY}"))
                .help("name a user without rights: `user: \"1000:1000\"`; or look into the image for its `USER`");
        }
    }
}
