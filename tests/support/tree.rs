//! What is true of the syntax tree of every text, for the tests and for fuzzing.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use composelint::source::{FileId, Span};
use composelint::yaml::{Kind, NodeId, Owner, Style, parse};

fn slice(text: &str, span: Span) -> &str {
    assert!(span.start <= span.end, "{span:?}");
    text.get(span.start as usize..span.end as usize).unwrap_or_else(|| panic!("{span:?} is not in the text"))
}

/// What holds for every tree of every text.
pub fn check(text: &str) {
    let tree = parse(FileId::NONE, text);
    let mut seen = vec![0u8; tree.nodes.len()];
    let mut last_document = 0;
    for document in &tree.documents {
        slice(text, document.span);
        assert!(document.span.start >= last_document);
        assert!(document.span.contains(&tree.node(document.root).span), "{document:?}");
        last_document = document.span.end;
        seen[document.root.0 as usize] += 1;
    }
    for (index, node) in tree.nodes.iter().enumerate() {
        let own = slice(text, node.span);
        assert!(node.span.contains(&node.span));
        let children: Vec<NodeId> = match &node.kind {
            Kind::Scalar(scalar) => {
                match scalar.style {
                    Style::Plain if own.contains(['\n', '\r']) => {}
                    Style::Plain => assert_eq!(own, &*scalar.text),
                    Style::SingleQuoted => assert!(own.len() > 1 && own.starts_with('\'') && own.ends_with('\''), "{own:?}"),
                    Style::DoubleQuoted => assert!(own.len() > 1 && own.starts_with('"') && own.ends_with('"'), "{own:?}"),
                    Style::Literal => assert!(own.starts_with('|'), "{own:?}"),
                    Style::Folded => assert!(own.starts_with('>'), "{own:?}"),
                }
                Vec::new()
            }
            Kind::Alias { name, target } => {
                assert_eq!(own, format!("*{name}"));
                if let Some(target) = target {
                    assert!((target.0 as usize) < index);
                    assert_eq!(tree.node(*target).anchor.as_ref().map(|anchor| &anchor.name), Some(name));
                }
                Vec::new()
            }
            Kind::Sequence { items, flow } => {
                if *flow {
                    assert!(own.starts_with('[') && own.ends_with(']'), "{own:?}");
                } else {
                    assert!(own.starts_with('-'), "{own:?}");
                }
                items.clone()
            }
            Kind::Mapping { entries, .. } => entries.iter().flat_map(|entry| [entry.key, entry.value]).collect(),
        };
        assert!(own.trim_end_matches([' ', '\t', '\n', '\r']) == own, "trailing blanks in {own:?}");
        let mut end = node.span.start;
        for child in children {
            seen[child.0 as usize] += 1;
            assert!(child.0 as usize > index);
            let span = tree.node(child).span;
            assert!(node.span.contains(&span), "{span:?} {:?} outside of {:?} {own:?}", slice(text, span), node.span);
            assert!(span.start >= end, "{span:?} overlaps what is before it in {own:?}");
            end = span.end;
        }
        if let Some(anchor) = &node.anchor {
            assert_eq!(slice(text, anchor.span), format!("&{}", anchor.name));
            assert!(anchor.span.end <= node.span.start);
        }
        if let Some(tag) = &node.tag {
            assert!(slice(text, tag.span).starts_with('!'));
            assert!(tag.span.end <= node.span.start);
        }
    }
    assert!(seen.iter().all(|count| *count == 1), "a node without a parent, or with two");
    let mut last = 0;
    for comment in &tree.comments {
        let own = slice(text, comment.span);
        assert!(own.starts_with('#') && !own.contains('\n'), "{own:?}");
        assert!(comment.span.start >= last);
        last = comment.span.end;
        match comment.owner {
            Owner::Above(id) | Owner::Trailing(id) | Owner::Inside(id) => assert!((id.0 as usize) < tree.nodes.len()),
            Owner::File => {}
        }
    }
    for error in &tree.errors {
        slice(text, error.span);
        assert!(!error.message.is_empty() && !error.message.ends_with('.') && !error.message.contains('\n'), "{}", error.message);
        if let Some((span, what)) = &error.related {
            slice(text, *span);
            assert!(!what.is_empty());
        }
    }
    let length = u32::try_from(text.len()).unwrap();
    for offset in [0, length / 3, length / 2, length, length + 1] {
        tree.key_path(offset);
    }
}
