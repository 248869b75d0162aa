//! A comment that means to silence rules and names none that exist.

use super::comment::{IgnoreComment, Malformed, Means, Mistake, Says};
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "unknown-ignore",
        topic: Topic::Ignores,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a comment that means to silence rules, with a name or a form that does not exist",
        page: page!("unknown-ignore"),
    },
    rule: &UnknownIgnore,
};

struct UnknownIgnore;

const WHY: &str = "it silences nothing, while whoever wrote it believes that it does";

impl Rule for UnknownIgnore {
    fn comments(&self, comments: &[IgnoreComment], cx: &mut Cx) {
        for comment in comments {
            match &comment.says {
                Says::Malformed(malformed) => report(comment, malformed, cx),
                Says::Ignore(ignore) => {
                    for name in ignore.names.iter().filter(|n| n.means.is_none()) {
                        // A comment may hold anything; only what looks like a name is repeated.
                        let is_name = name.text.len() <= 60 && name.text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
                        let message =
                            if is_name { format!("there is no rule `{}`", name.text) } else { "this is no rule's name".to_owned() };
                        let help = match Means::nearest(&name.text) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "`composelint rules` lists the rules and their topics".to_owned(),
                        };
                        cx.report(&Origin::at(name.at), message).why(WHY).help(help);
                    }
                }
                Says::Dclint(_) => {}
            }
        }
    }
}

fn report(comment: &IgnoreComment, malformed: &Malformed, cx: &mut Cx) {
    let message = match malformed.what {
        Mistake::Colon => "this comment has no `:` behind `composelint`, so it is not obeyed",
        Mistake::Brackets => "this comment names no rule in brackets, so it is not obeyed",
        Mistake::Empty => "the brackets of this comment are empty, so it is not obeyed",
        Mistake::Unclosed => "the bracket of this comment is not closed on the same line, so it is not obeyed",
        Mistake::Word => "this comment says neither `ignore` nor `ignore-file`, so it is not obeyed",
    };
    let help = match &malformed.meant {
        Some(meant) => format!("write `{meant}`, and behind it why"),
        None => "write `# composelint: ignore[rule] why`, with the names of rules in the brackets".to_owned(),
    };
    cx.report(&Origin::at(comment.speaks), message).why(WHY).help(help);
}
