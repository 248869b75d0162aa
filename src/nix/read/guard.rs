//! What is too deep or too long to be parsed: the parser, and what drops its tree, are recursive.

use rnix::SyntaxKind as K;

use super::NixError;

/// Bytes of a file.
const LENGTH: usize = 16 << 20;
/// Brackets, `${`, and operators that are read recursively, within each other.
const DEPTH: usize = 96;
/// Words of one expression that is not a list: each argument is a level of the tree.
const WORDS: usize = 500;

/// An open bracket, or a `let` before its `in`.
#[derive(Default)]
struct Level {
    list: bool,
    bindings: bool,
    /// Words since the last `;`.
    words: usize,
    /// Those that the parser reads recursively.
    deep: usize,
    /// `with` and `assert`, whose `;` ends nothing.
    held: usize,
}

fn refuse(at: usize, message: &str) -> Result<(), NixError> {
    Err(NixError { at, message: message.to_owned() })
}

/// Refuses a text that is too much.
pub(super) fn check(text: &str) -> Result<(), NixError> {
    if text.len() > LENGTH {
        return refuse(0, "the text is too long");
    }
    // The words of most texts are easily told apart; what refuses one is told by the parser's own.
    let mut quick = Quick { text: text.as_bytes(), at: 0, within: Vec::new(), odd: false };
    let fits = weigh(quick.by_ref().map(|kind| (kind, 0))).is_ok();
    if fits && !quick.odd {
        return Ok(());
    }
    weigh(rnix::tokenize(text).map(|(kind, token)| (kind, token.len())))
}

/// Weighs the words of a text, each with its length.
fn weigh(tokens: impl Iterator<Item = (K, usize)>) -> Result<(), NixError> {
    let mut levels = vec![Level::default()];
    // The sums over all levels.
    let (mut words, mut deep) = (0, 0);
    let mut at = 0;
    for (kind, length) in tokens {
        let here = at;
        at += length;
        if kind.is_trivia() {
            continue;
        }
        let Some(level) = levels.last_mut() else { break };
        match kind {
            K::TOKEN_L_PAREN | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_INTERPOL_START => {
                if !level.list {
                    level.words += 1;
                    words += 1;
                }
                levels.push(Level { list: kind == K::TOKEN_L_BRACK, ..Level::default() });
            }
            K::TOKEN_LET => levels.push(Level { bindings: true, ..Level::default() }),
            K::TOKEN_IN if level.bindings => {
                words -= level.words;
                deep -= level.deep;
                levels.pop();
                if let Some(level) = levels.last_mut() {
                    level.deep += 1;
                    deep += 1;
                }
            }
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK | K::TOKEN_INTERPOL_END => {
                while let Some(level) = levels.pop() {
                    words -= level.words;
                    deep -= level.deep;
                    if !level.bindings {
                        break;
                    }
                }
                if levels.is_empty() {
                    // The parser tells where.
                    levels.push(Level::default());
                }
            }
            K::TOKEN_SEMICOLON if level.held > 0 => level.held -= 1,
            K::TOKEN_SEMICOLON => {
                words -= level.words;
                deep -= level.deep;
                level.words = 0;
                level.deep = 0;
            }
            // In a list, only what can be read recursively there.
            _ => {
                if matches!(kind, K::TOKEN_WITH | K::TOKEN_ASSERT) {
                    level.held += 1;
                }
                let recursive = matches!(
                    kind,
                    K::TOKEN_COLON
                        | K::TOKEN_INVERT
                        | K::TOKEN_SUB
                        | K::TOKEN_IF
                        | K::TOKEN_ELSE
                        | K::TOKEN_WITH
                        | K::TOKEN_ASSERT
                        | K::TOKEN_CONCAT
                        | K::TOKEN_UPDATE
                        | K::TOKEN_IMPLICATION
                        | K::TOKEN_PIPE_LEFT
                        | K::TOKEN_OR
                );
                if recursive {
                    level.deep += 1;
                    deep += 1;
                }
                if !level.list
                    && !matches!(
                        kind,
                        K::TOKEN_STRING_CONTENT | K::TOKEN_STRING_START | K::TOKEN_STRING_END | K::TOKEN_DOT | K::TOKEN_COMMA
                    )
                {
                    level.words += 1;
                    words += 1;
                }
            }
        }
        if levels.len() + deep > DEPTH {
            return refuse(here, "this is nested too deeply");
        }
        if words > WORDS {
            return refuse(here, "this expression is too long");
        }
    }
    Ok(())
}

/// What the words of a text are within.
enum Within {
    Quotes,
    /// `''…''`.
    Lines,
    /// `${…}`, with the braces that are open in it.
    Expression(usize),
}

/// The words of a text: at least as many as the parser has, and of the same kinds where these matter. Stops at what could be read in more
/// ways than one.
struct Quick<'t> {
    text: &'t [u8],
    at: usize,
    within: Vec<Within>,
    /// It stopped before the end.
    odd: bool,
}

impl Quick<'_> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    #[allow(clippy::unnecessary_wraps)] // It ends `next`.
    fn take(&mut self, bytes: usize, kind: K) -> Option<K> {
        self.at += bytes;
        Some(kind)
    }

    fn stop(&mut self) -> Option<K> {
        self.odd = true;
        None
    }

    /// Takes what is made of such bytes.
    fn run(&mut self, of: impl Fn(u8) -> bool) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|b| !of(*b)).unwrap_or(rest.len());
    }

    /// The next word within quotes.
    fn quoted(&mut self, lines: bool) -> Option<K> {
        loop {
            match (self.byte(0), self.byte(1)) {
                (None, _) => return self.stop(),
                (Some(b'"'), _) if !lines => {
                    self.within.pop();
                    return self.take(1, K::TOKEN_STRING_END);
                }
                (Some(b'\\'), _) if !lines => self.at += 2,
                (Some(b'\''), Some(b'\'')) if lines => match self.byte(2) {
                    Some(b'\'' | b'$') => self.at += 3,
                    Some(b'\\') => self.at += 4,
                    _ => {
                        self.within.pop();
                        return self.take(2, K::TOKEN_STRING_END);
                    }
                },
                (Some(b'$'), Some(b'$')) => self.at += 2,
                (Some(b'$'), Some(b'{')) => {
                    self.within.push(Within::Expression(0));
                    return self.take(2, K::TOKEN_INTERPOL_START);
                }
                // What means nothing ends before what may, and is at least one byte long.
                _ => {
                    self.at += 1;
                    self.run(|b| !matches!(b, b'"' | b'\\' | b'\'' | b'$'));
                }
            }
        }
    }

    fn name(&mut self) -> K {
        let begin = self.at;
        self.run(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'-'));
        match self.text.get(begin..self.at) {
            Some(b"let") => K::TOKEN_LET,
            Some(b"in") => K::TOKEN_IN,
            Some(b"if") => K::TOKEN_IF,
            Some(b"else") => K::TOKEN_ELSE,
            Some(b"with") => K::TOKEN_WITH,
            Some(b"assert") => K::TOKEN_ASSERT,
            Some(b"or") => K::TOKEN_OR,
            _ => K::TOKEN_IDENT,
        }
    }

    #[allow(clippy::unnecessary_wraps)] // It ends `next`.
    fn path(&mut self, kind: K) -> Option<K> {
        self.run(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'.' | b'+' | b'-'));
        Some(kind)
    }
}

impl Iterator for Quick<'_> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        match self.within.last() {
            Some(Within::Quotes) => return self.quoted(false),
            Some(Within::Lines) => return self.quoted(true),
            _ => {}
        }
        loop {
            match self.byte(0)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.run(|b| b != b'\n'),
                _ => break,
            }
        }
        let path_follows = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-'));
        match (self.byte(0)?, self.byte(1)) {
            (b'"', _) => {
                self.within.push(Within::Quotes);
                self.take(1, K::TOKEN_STRING_START)
            }
            (b'\'', Some(b'\'')) => {
                self.within.push(Within::Lines);
                self.take(2, K::TOKEN_STRING_START)
            }
            (b'(', _) => self.take(1, K::TOKEN_L_PAREN),
            (b')', _) => self.take(1, K::TOKEN_R_PAREN),
            (b'[', _) => self.take(1, K::TOKEN_L_BRACK),
            (b']', _) => self.take(1, K::TOKEN_R_BRACK),
            (b'{', _) => {
                if let Some(Within::Expression(open)) = self.within.last_mut() {
                    *open += 1;
                }
                self.take(1, K::TOKEN_L_BRACE)
            }
            (b'}', _) => match self.within.last_mut() {
                Some(Within::Expression(0)) => {
                    self.within.pop();
                    self.take(1, K::TOKEN_INTERPOL_END)
                }
                Some(Within::Expression(open)) => {
                    *open -= 1;
                    self.take(1, K::TOKEN_R_BRACE)
                }
                _ => self.take(1, K::TOKEN_R_BRACE),
            },
            (b';', _) => self.take(1, K::TOKEN_SEMICOLON),
            (b',', _) => self.take(1, K::TOKEN_COMMA),
            (b'=', _) => self.take(1, K::TOKEN_ASSIGN),
            (b'?', _) => self.take(1, K::TOKEN_QUESTION),
            (b'@', _) => self.take(1, K::TOKEN_AT),
            (b'!', _) => self.take(1, K::TOKEN_INVERT),
            // `a:b` is a text.
            (b':', Some(b' ' | b'\n')) => self.take(1, K::TOKEN_COLON),
            (b'.', Some(b'.')) if self.byte(2) == Some(b'.') => self.take(3, K::TOKEN_ELLIPSIS),
            (b'.', Some(b'/')) => self.path(K::TOKEN_PATH_REL),
            (b'.', Some(b'.')) if self.byte(2) == Some(b'/') => self.path(K::TOKEN_PATH_REL),
            (b'.', Some(b'"' | b'_' | b'a'..=b'z' | b'A'..=b'Z')) => self.take(1, K::TOKEN_DOT),
            (b'+', Some(b'+')) => self.take(2, K::TOKEN_CONCAT),
            (b'+', _) => self.take(1, K::TOKEN_ADD),
            (b'/', Some(b'/')) => self.take(2, K::TOKEN_UPDATE),
            (b'/', after) if path_follows(after) => self.path(K::TOKEN_PATH_ABS),
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => {
                let kind = self.name();
                // `a/b` is a path.
                if self.byte(0) == Some(b'/') { self.stop() } else { Some(kind) }
            }
            (b'0'..=b'9', _) => {
                self.run(|b| b.is_ascii_digit());
                if self.byte(0).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/')) {
                    return self.stop();
                }
                Some(K::TOKEN_INTEGER)
            }
            _ => self.stop(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the parser's words that count, and those of ours; `None`: it did not get to the end.
    fn both(text: &str) -> (Vec<K>, Option<Vec<K>>) {
        let counts = |k: &K| !k.is_trivia() && *k != K::TOKEN_STRING_CONTENT;
        let parser = rnix::tokenize(text).map(|(kind, _)| kind).filter(counts).collect();
        let mut quick = Quick { text: text.as_bytes(), at: 0, within: Vec::new(), odd: false };
        let kinds = quick.by_ref().collect();
        (parser, (!quick.odd).then_some(kinds))
    }

    #[test]
    fn what_is_told_quickly_is_what_the_parser_tells() {
        for text in [
            "{ lib, ... }:\n\nlet\n  a = \"x\\\"${b}$${c}$\"; # it's\nin\n{ x.\"y\".z-1' = [ ./a.nix ../b /c/d 12 ]; }",
            "''\n  a ''' ''${x} ''\\n ${if a then { b = \"}\"; } else c} $${ '' ++ d // e + f",
            "with a; assert b; x: y: z or { q ? 1, ... }@r",
            "\"é${\"${a}\"}\" ''é''",
        ] {
            let (parser, quick) = both(text);
            let same = |k: &K| if matches!(k, K::TOKEN_THEN | K::TOKEN_REC | K::TOKEN_INHERIT) { K::TOKEN_IDENT } else { *k };
            assert_eq!(quick, Some(parser.iter().map(same).collect()), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_left_to_the_parser() {
        for text in
            ["a/b", "http://a''b", "a:b", "/* \" */", "<nixpkgs>", "1.5", "~/x", "\"open", "''open", "$", "é", "a - 1", "a -> b", "a.b/c"]
        {
            assert_eq!(both(text).1, None, "{text}");
        }
        assert!(check("/* \" */ [ ]").is_ok());
        assert!(check(&"[".repeat(DEPTH + 1)).is_err());
        assert!(check(&format!("{}1", "- ".repeat(DEPTH + 1))).is_err());
        assert!(check(&format!("{}1", "x: ".repeat(DEPTH + 1))).is_err());
    }
}
