//! As much XML as reports need: elements, attributes, text. What a user wrote cannot leave the place it is put in, and what XML cannot hold
//! is not in it.

use std::fmt::Write as _;

use super::printable;

/// A document under construction.
pub(super) struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// With the declaration.
    pub(super) fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// Begins an element.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push_str("/>\n");
    }

    /// An element with text, whose line breaks stay.
    pub(super) fn text(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes);
        let _ = writeln!(self.out, ">{}</{name}>", escape(text, false));
    }

    /// Ends the element that was begun last.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            let _ = writeln!(self.out, "{}</{name}>", "  ".repeat(self.open.len()));
        }
    }

    /// Ends all that is open.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn tag(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        let _ = write!(self.out, "{}<{name}", "  ".repeat(self.open.len()));
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"{}\"", escape(value, true));
        }
    }
}

/// Escapes a text. Control characters become pictures before, since XML cannot hold them in any form; a line break in an attribute would be
/// read as a blank, so it is written as a reference.
pub(super) fn escape(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text, true).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let mut xml = Writer::new();
        xml.open("a", &[("x", "\"/><evil y='&amp;'\n\u{1b}[2J")]);
        xml.text("b", &[], "]]></b><evil/>\u{0}\u{ffff}\nnext");
        xml.empty("c", &[]);
        insta::assert_snapshot!(xml.finish(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <a x="&quot;/&gt;&lt;evil y='&amp;amp;'&#10;␛[2J">
          <b>]]&gt;&lt;/b&gt;&lt;evil/&gt;␀�
        next</b>
          <c/>
        </a>
        "#);
    }
}
