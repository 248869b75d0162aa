//! Quotes around ports.

use super::written::{items, services};
use crate::rules::prelude::*;
use crate::yaml::{Kind, NodeId, Style, Tree, edit};

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "port-quotes",
        topic: Topic::Style,
        severity: Severity::Info,
        audit_severity: None,
        default: Default::Off,
        fix: Some(Applicability::Safe),
        peers: &[Peer::Dclint("require-quotes-in-ports")],
        options: &[
            OptionDef {
                name: "quotes",
                summary: "which quotes: `any`, `single`, `double`",
                default: OptionDefault::Choice(&["any", "single", "double"]),
            },
            OptionDef { name: "sections", summary: "where: `ports`, `expose`", default: OptionDefault::List(&["ports", "expose"]) },
        ],
        summary: "a port has no quotes, or other ones than the rest",
        page: page!("port-quotes"),
    },
    rule: &PortQuotes,
};

struct PortQuotes;

impl Rule for PortQuotes {
    fn file(&self, file: &SourceTree, cx: &mut Cx) {
        let quotes = cx.choice("quotes").to_owned();
        let sections: Vec<String> = cx.list("sections").into_iter().map(str::to_owned).collect();
        for service in services(file.tree) {
            for section in &sections {
                let Some(entry) = service.get(file.tree, section) else { continue };
                let odd: Vec<NodeId> = items(file.tree, entry.value).iter().copied().filter(|i| is_odd(file.tree, *i, &quotes)).collect();
                let Some(first) = odd.first() else { continue };
                let how = match quotes.as_str() {
                    "any" => "no quotes",
                    "single" => "no single quotes",
                    _ => "no double quotes",
                };
                let count = if odd.len() == 1 { "an entry".to_owned() } else { format!("{} entries", odd.len()) };
                let have = if odd.len() == 1 { "has" } else { "have" };
                let mut report = cx
                    .report(&Origin::at(file.tree.node(*first).span), format!("{count} of `{section}` of `{}` {have} {how}", service.name));
                for other in odd.iter().skip(1).take(4) {
                    report = report.related(file.tree.node(*other).span, "and this one");
                }
                let (style, help) = match quotes.as_str() {
                    "single" => (Style::SingleQuoted, "write ports in single quotes: `- '8080:80'`"),
                    _ => (Style::DoubleQuoted, "write ports in quotes: `- \"8080:80\"`"),
                };
                let edits: Vec<Edit> = odd.iter().filter_map(|item| edit::quote(file.source, file.tree, *item, style)).collect();
                if edits.len() == odd.len() {
                    report = report.fix("put the ports in quotes", Applicability::Safe, edits);
                }
                report
                    .why("to readers of YAML 1.1, `22:22` is the number 1342: Compose reads it as two ports, other tools do not")
                    .help(help);
            }
        }
    }
}

/// True if an item has other quotes than it should.
fn is_odd(tree: &Tree, item: NodeId, quotes: &str) -> bool {
    let Kind::Scalar(scalar) = &tree.node(item).kind else { return false };
    match quotes {
        "single" => scalar.style != Style::SingleQuoted,
        "double" => scalar.style != Style::DoubleQuoted,
        _ => scalar.style == Style::Plain,
    }
}
