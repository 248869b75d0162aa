//! A token or private key that its form gives away, wherever in the file it stands.

use crate::compose::{LoadedFile, Role};
use crate::host::GitState;
use crate::rules::prelude::*;
use crate::secret;
use crate::source::Span;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "provider-token",
        topic: Topic::Secrets,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "a token of a known service, or a private key, stands in the file",
        page: page!("provider-token"),
    },
    rule: &ProviderToken,
};

struct ProviderToken;

impl Rule for ProviderToken {
    fn project(&self, project: &Project, cx: &mut Cx) {
        for file in &project.files {
            judge(file, cx);
        }
    }
}

fn judge(file: &LoadedFile, cx: &mut Cx) {
    let env_file = matches!(file.role, Role::DotEnv | Role::EnvFile(_));
    let source = cx.sources.get(file.id);
    let found = secret::provider_tokens(&source.text);
    // Env files are where tokens belong. What git tracks of them is reported as a whole, but not what is commented out there.
    if found.is_empty() || (env_file && cx.facts.git(&file.path) != GitState::Tracked) {
        return;
    }
    let tree = if env_file { None } else { cx.tree(file.id) };
    for (range, kind) in found {
        let line_start = source.text.get(..range.start).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
        let line_end = source.text.get(range.start..).and_then(|t| t.find(['\n', '\r'])).map_or(source.text.len(), |i| range.start + i);
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end.min(line_end))) else { continue };
        let at = Span::new(file.id, start, end);
        let comment = match &tree {
            Some(tree) => tree.comments.iter().any(|c| c.span.contains(&at)),
            None => source.text.get(line_start..range.start).is_some_and(|t| t.trim_start().starts_with('#')),
        };
        if comment {
            cx.report(&Origin::at(at), format!("{kind} stands in a comment"))
                .severity(Severity::Info)
                .why("a comment is shared with the file like the rest, and the token may still be valid")
                .help("remove it, and revoke it at the service if the file was ever shared");
        } else if !env_file {
            cx.report(&Origin::at(at), format!("{kind} stands here in plain text"))
                .why("whoever may read the file can use it, now and from every old commit, until it is revoked")
                .help("revoke it if the file was ever shared; then write `${NAME:?}` here and keep the value in an `.env` that git does not track");
        }
    }
}
