//! A comment that silences rules and does not say why.

use super::comment::{IgnoreComment, Says};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "ignore-without-reason",
        topic: Topic::Ignores,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a comment that silences rules and does not say why",
        page: page!("ignore-without-reason"),
    },
    rule: &IgnoreWithoutReason,
};

struct IgnoreWithoutReason;

impl Rule for IgnoreWithoutReason {
    fn comments(&self, comments: &[IgnoreComment], cx: &mut Cx) {
        for comment in comments {
            match &comment.says {
                Says::Ignore(ignore) if !ignore.reason && ignore.names.iter().any(|n| n.means.is_some()) => {}
                _ => continue,
            }
            cx.report(&Origin::at(comment.speaks), "this comment silences rules and does not say why")
                .why("whoever reads it next cannot tell whether it still holds, and does not dare to remove it")
                .help("write the reason behind the brackets, in the same line");
        }
    }
}
