//! Names places of a tree the way people do: `services.web.ports[0]`.

use std::fmt::Write;

use super::{Kind, NodeId, Tree};

impl Tree {
    /// The path of the innermost node that contains a byte offset, such as `services.web.ports[0]`; empty for a root and outside
    /// of all documents. On a key, and between it and its value, it is the path of the entry. Aliases are not followed.
    /// Keys that could be misread are quoted: `labels["traefik.enable"]`. Only keys are in a path, never values.
    pub fn key_path(&self, offset: u32) -> String {
        let mut path = String::new();
        let after = self.documents.partition_point(|document| document.span.start <= offset);
        let Some(document) = after.checked_sub(1).and_then(|index| self.documents.get(index)) else { return path };
        let mut at = document.root;
        while let Some(child) = self.step(at, offset, &mut path) {
            at = child;
        }
        path
    }

    /// The child at an offset, its name added to the path.
    fn step(&self, id: NodeId, offset: u32, path: &mut String) -> Option<NodeId> {
        match &self.node(id).kind {
            Kind::Sequence { items, .. } => {
                let index = items.partition_point(|item| self.begin(*item) <= offset).checked_sub(1)?;
                let item = *items.get(index)?;
                if !self.reaches(item, offset) {
                    return None;
                }
                // Writing to a String cannot fail.
                let _ = write!(path, "[{index}]");
                Some(item)
            }
            Kind::Mapping { entries, .. } => {
                let index = entries.partition_point(|entry| self.begin(entry.key) <= offset).checked_sub(1)?;
                let entry = entries.get(index)?;
                if !self.reaches(entry.key, offset) && !self.reaches(entry.value, offset) {
                    return None;
                }
                self.push_key(entry.key, path);
                (self.begin(entry.value) <= offset).then_some(entry.value)
            }
            Kind::Scalar(_) | Kind::Alias { .. } => None,
        }
    }

    fn push_key(&self, key: NodeId, path: &mut String) {
        match self.text(key) {
            Some(text) if !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || ".[]\"'".contains(c)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(text);
            }
            Some(text) => {
                let _ = write!(path, "[{text:?}]");
            }
            None => path.push_str("[?]"),
        }
    }

    /// The first byte of a node, its anchor and tag included.
    pub fn begin(&self, id: NodeId) -> u32 {
        let node = self.node(id);
        let anchor = node.anchor.as_ref().map_or(u32::MAX, |anchor| anchor.span.start);
        let tag = node.tag.as_ref().map_or(u32::MAX, |tag| tag.span.start);
        node.span.start.min(anchor).min(tag)
    }

    /// True up to the last byte of a node; what is empty reaches to its own place.
    fn reaches(&self, id: NodeId, offset: u32) -> bool {
        let span = self.node(id).span;
        offset < span.end || (span.start == span.end && offset <= span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::source::FileId;

    #[test]
    fn every_place_has_a_path() {
        let text = "\
services:
  web:
    ports:
      - \"80:80\"
      - target: &p 443
    labels: {traefik.enable: true, x: }
    command: [a, [b, c]]
  ? [k]
  : v
---
other: 1
";
        let tree = parse(FileId::NONE, text);
        let path = |what: &str| tree.key_path(u32::try_from(text.find(what).unwrap()).unwrap());
        assert_eq!(path("services"), "services");
        assert_eq!(path("web"), "services.web");
        assert_eq!(path("ports"), "services.web.ports");
        assert_eq!(path("\"80:80"), "services.web.ports[0]");
        assert_eq!(path("target"), "services.web.ports[1].target");
        assert_eq!(path("&p"), "services.web.ports[1].target");
        assert_eq!(path("3\n"), "services.web.ports[1].target");
        assert_eq!(path("{traefik"), "services.web.labels");
        assert_eq!(path("true"), "services.web.labels[\"traefik.enable\"]");
        assert_eq!(path(", x"), "services.web.labels");
        assert_eq!(path("x: }"), "services.web.labels.x");
        assert_eq!(path("c]]"), "services.web.command[1][1]");
        assert_eq!(path("v\n---"), "services[?]");
        assert_eq!(path("1\n"), "other");
        assert_eq!(tree.key_path(u32::MAX), "");
    }
}
