//! The source of a bind mount as it is written. Knows no rule.

use crate::model::Mount;
use crate::rules::prelude::*;

/// The source of a mount as it is written, quotes left out: `~/data` of `- ~/data:/data` and of `source: ~/data`.
pub(in crate::rules) fn of_mount(mount: &Sourced<Mount>, cx: &Cx) -> Option<String> {
    let source = cx.sources.get(mount.origin.at.file);
    let text = source.slice(mount.origin.at);
    if mount.short {
        return Some(text.trim_matches(['"', '\'']).to_owned());
    }
    let tree = cx.tree(mount.origin.at.file)?;
    let node = tree.get(tree.at(mount.origin.at)?, "source")?;
    tree.text(node).map(str::to_owned)
}
