//! Quotes around volumes that do not need them.

use super::written::{items, services};
use crate::rules::prelude::*;
use crate::yaml::{Style, edit};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "volume-quotes",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("no-quotes-in-volumes")],
        options: &[],
        summary: "a volume has quotes that it does not need",
        page: page!("volume-quotes"),
    },
    rule: &VolumeQuotes,
};

struct VolumeQuotes;

impl Rule for VolumeQuotes {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        for service in services(file.tree) {
            let Some(entry) = service.get(file.tree, "volumes") else { continue };
            // What cannot do without quotes gives no edit.
            let bare = |item| edit::quote(file.source, file.tree, item, Style::Plain);
            let odd: Vec<_> = items(file.tree, entry.value).iter().filter_map(|i| Some((*i, bare(*i)?))).collect();
            let Some((first, _)) = odd.first() else { continue };
            let message = match odd.len() {
                1 => format!("a volume of `{}` is in quotes that it does not need", service.name),
                n => format!("{n} volumes of `{}` are in quotes that they do not need", service.name),
            };
            let mut report = cx.report(&Origin::at(file.tree.node(*first).span), message);
            for (other, _) in odd.iter().skip(1).take(4) {
                report = report.related(file.tree.node(*other).span, "and this one");
            }
            report
                .why("without quotes a list of paths is easier to read, and quotes show what really needs them")
                .help("leave the quotes out")
                .fix("leave the quotes out", Applicability::Safe, odd.into_iter().map(|(_, edit)| edit).collect());
        }
    }
}
