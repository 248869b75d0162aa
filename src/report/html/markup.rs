//! The only way into the page: markup is of this program, everything else is escaped. Markup has to be `'static`, which no text of a user's is.

use sha2::{Digest as _, Sha256};

use crate::report::{plain, xml};

/// A page under construction.
#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text, also between the quotation marks of an attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&xml::escape(text, true));
        self
    }

    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// A text in which what stands between backticks is code.
    pub(super) fn prose(&mut self, text: &str) -> &mut Self {
        let parts: Vec<&str> = text.split('`').collect();
        // With a backtick left over, what is code cannot be told.
        if parts.len().is_multiple_of(2) {
            return self.text(text);
        }
        for (n, part) in parts.into_iter().enumerate() {
            if n % 2 == 0 {
                self.text(part);
            } else {
                self.raw("<code>").text(part).raw("</code>");
            }
        }
        self
    }

    /// Texts as code, with commas.
    pub(super) fn list<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> &mut Self {
        for (n, text) in texts.into_iter().enumerate() {
            self.raw(if n > 0 { ", <code>" } else { "<code>" }).text(text).raw("</code>");
        }
        self
    }

    /// What another printer of this program made, escaped there.
    pub(super) fn picture(&mut self, svg: &str) -> &mut Self {
        self.0.push_str(svg);
        self
    }

    /// Data for the script. Nothing in it can end the element that it stands in; what turns text around or breaks lines is not in it.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> &mut Self {
        for c in plain(&serde_json::to_string(value).unwrap_or_default()).chars() {
            match c {
                '<' => self.0.push_str("\\u003c"),
                '>' => self.0.push_str("\\u003e"),
                '&' => self.0.push_str("\\u0026"),
                c => self.0.push(c),
            }
        }
        self
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// The source of a Content-Security-Policy that allows exactly this text.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().chain([0, 0].iter()).take(3).fold(0usize, |bits, byte| bits << 8 | usize::from(*byte));
        for n in 0..4 {
            let letter = LETTERS.get(bits >> (18 - 6 * n) & 63).copied().unwrap_or(b'=');
            out.push(if n > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_base64() {
        let told: Vec<String> = ["", "f", "fo", "foo", "foob", "\u{ff}"].iter().map(|t| base64(t.as_bytes())).collect();
        assert_eq!(told, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "w78="]);
    }

    #[test]
    fn code_is_between_backticks() {
        let mut markup = Markup::default();
        markup.prose("`a<b` & c").prose(" odd ` \"");
        assert_eq!(markup.finish(), "<code>a&lt;b</code> &amp; c odd ` &quot;");
    }
}
