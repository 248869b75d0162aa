//! Words of a shell: written, for the commands and scripts that composelint writes, and read, from the scripts and documents of others.
//! Knows how a command is put together, and nothing of what it does.

use std::ops::Range;

/// One word of a shell, whatever is in it; as `lib.escapeShellArg` of Nix writes it.
pub(crate) fn shell_word(text: &str) -> String {
    if plain_word(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// True for a word that needs no quotes.
pub(crate) fn plain_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(plain_byte)
}

/// True for what a word may have without quotes.
pub(crate) fn plain_byte(b: u8) -> bool {
    matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b',' | b'.' | b'_' | b'+' | b':' | b'@' | b'%' | b'/' | b'-')
}

/// A word as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without its quotes. What a shell would put in for `$NAME` is not known: it stays as it is.
    pub(crate) text: String,
    /// Where it is in the text, with its quotes.
    pub(crate) range: Range<usize>,
}

impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// How far the end of `${…}`, `{{…}}` or `<…>` is looked for, in bytes.
const NEAR: usize = 200;

/// The simple commands of a text, in order. What a redirection reads or writes belongs to none of them, nor do comments. A quote that is
/// never closed is an apostrophe.
pub(crate) fn commands(text: &str) -> Vec<Vec<Word>> {
    Reader { text, at: 0, all: Vec::new(), command: Vec::new(), word: None, dropped: false }.read()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    all: Vec<Vec<Word>>,
    command: Vec<Word>,
    /// The word that is being read.
    word: Option<Word>,
    /// True if the next word belongs to a redirection.
    dropped: bool,
}

impl Reader<'_> {
    fn read(mut self) -> Vec<Vec<Word>> {
        while let Some(c) = self.rest().chars().next() {
            let next = self.rest().get(c.len_utf8()..).unwrap_or_default().chars().next();
            match c {
                '\\' if matches!(next, Some('\n')) || self.rest().starts_with("\\\r\n") => {
                    self.end_word();
                    self.at += if next == Some('\n') { 2 } else { 3 };
                }
                '\\' => {
                    self.put("", 1);
                    if let Some(next) = next {
                        self.take(next.len_utf8());
                    }
                }
                '\'' => self.quoted('\''),
                '"' => self.quoted('"'),
                '#' if self.word.is_none() => {
                    let line = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.at += line;
                }
                '$' if self.rest().starts_with("${") => self.until("}"),
                '{' if self.rest().starts_with("{{") => self.until("}}"),
                '$' if next == Some('(') => {
                    self.end_command();
                    self.at += 2;
                }
                '<' if self.hole().is_some() => {
                    let length = self.hole().unwrap_or(1);
                    self.take(length);
                }
                '<' | '>' => {
                    // `2>`: the number is no word.
                    if self.word.as_ref().is_some_and(|w| w.text.bytes().all(|b| b.is_ascii_digit())) {
                        self.word = None;
                    }
                    self.end_word();
                    let length = self.rest().find(|c| !matches!(c, '<' | '>' | '&' | '|')).unwrap_or(self.rest().len());
                    self.at += length;
                    self.dropped = true;
                }
                ';' | '|' | '&' | '(' | ')' | '\n' | '`' => {
                    self.end_command();
                    self.at += 1;
                }
                c if c.is_whitespace() => {
                    self.end_word();
                    self.at += c.len_utf8();
                }
                c => self.take(c.len_utf8()),
            }
        }
        self.end_command();
        self.all
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Adds a text to the word, which stands for so many bytes of the source.
    fn put(&mut self, text: &str, length: usize) {
        let at = self.at;
        let word = self.word.get_or_insert_with(|| Word { text: String::new(), range: at..at });
        word.text.push_str(text);
        self.at += length;
        word.range.end = self.at;
    }

    /// Adds so many bytes of the source as they are.
    fn take(&mut self, length: usize) {
        let part = self.rest().get(..length).unwrap_or_default().to_owned();
        self.put(&part, length);
    }

    /// What follows, on this line and not far away: a sign that is missing must not cost a look through the whole text each time.
    fn near(&self) -> &str {
        let rest = self.rest();
        let end = (0..=NEAR.min(rest.len())).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(0);
        rest.get(..end).and_then(|near| near.split('\n').next()).unwrap_or_default()
    }

    /// All up to a sign, and the sign.
    fn until(&mut self, sign: &str) {
        let end = self.near().find(sign).map_or(1, |at| at + sign.len());
        self.take(end);
    }

    fn quoted(&mut self, quote: char) {
        let mut inner = String::new();
        let mut escaped = false;
        let mut end = None;
        for (i, c) in self.rest().char_indices().skip(1) {
            match c {
                '\\' if quote == '"' && !escaped => escaped = true,
                c if c == quote && !escaped => {
                    end = Some(i + 1);
                    break;
                }
                c => {
                    inner.push(c);
                    escaped = false;
                }
            }
        }
        match end {
            Some(length) => self.put(&inner, length),
            None => self.take(1),
        }
    }

    /// The length of `<name>`, which stands for a word that the reader has to fill in.
    fn hole(&self) -> Option<usize> {
        let end = self.near().find('>')?;
        let inner = self.rest().get(1..end)?;
        let is = inner.starts_with(|c: char| c.is_alphabetic()) && inner.chars().all(|c| c.is_alphanumeric() || " _-.".contains(c));
        is.then_some(end + 1)
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !std::mem::take(&mut self.dropped)
        {
            self.command.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.dropped = false;
        if !self.command.is_empty() {
            self.all.push(std::mem::take(&mut self.command));
        }
    }
}

/// A flag before the first word that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag<'a> {
    /// The word as it is written.
    pub(crate) word: &'a str,
    /// Its name: `--file` of `--file=x`.
    pub(crate) name: &'a str,
    /// Its value.
    pub(crate) value: Option<&'a str>,
    /// Which word holds the value, or the flag where it has none.
    pub(crate) at: usize,
}

/// The flags that some words begin with, and where the first word is that is none. Those of `valued` are followed by a value.
pub(crate) fn flags<'a, W: AsRef<str>>(words: &'a [W], valued: &[&str]) -> (Vec<Flag<'a>>, usize) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at).map(AsRef::as_ref).filter(|w| w.starts_with('-') && *w != "-") {
        if word == "--" {
            return (out, at + 1);
        }
        match word.split_once('=') {
            Some((name, value)) => out.push(Flag { word, name, value: Some(value), at }),
            None if valued.contains(&word) => {
                at += 1;
                out.push(Flag { word, name: word, value: words.get(at).map(AsRef::as_ref), at });
            }
            None => out.push(Flag { word, name: word, value: None, at }),
        }
        at += 1;
    }
    (out, at.min(words.len()))
}

/// Flags of `docker compose`, before its subcommand, that are followed by a value.
pub(crate) const COMPOSE_VALUES: &[&str] =
    &["-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory", "--parallel", "--ansi", "--progress"];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        commands(text).iter().map(|c| c.iter().map(|w| ["[", &w.text, "]"].concat()).collect::<Vec<_>>().concat()).collect()
    }

    #[test]
    fn commands_come_apart_as_in_a_shell() {
        for (text, wanted) in [
            ("docker exec -it db psql", &["[docker][exec][-it][db][psql]"][..]),
            ("cd ~/docker && docker compose \\\n  up -d; echo done", &["[cd][~/docker]", "[docker][compose][up][-d]", "[echo][done]"]),
            ("A='a b' c\"d\\\"e\"f # no\ng", &["[A=a b][cd\"ef]", "[g]"]),
            ("docker rm $(docker ps -aq) 2>&1 >/dev/null x", &["[docker][rm]", "[docker][ps][-aq]", "[x]"]),
            ("docker logs x > out 2> err y", &["[docker][logs][x][y]"]),
            ("don't stop", &["[don't][stop]"]),
            ("docker logs <the name> -f", &["[docker][logs][<the name>][-f]"]),
            ("just {{ a b }} ${c:-d e} f#g", &["[just][{{ a b }}][${c:-d e}][f#g]"]),
            ("psql < in.sql", &["[psql]"]),
            ("", &[]),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_hostile_text_costs_little() {
        for text in ["${", "{{", "<", "<a", "'", "\"", "\\\"", "'\"", "`$(", "\\\n", ">&"] {
            commands(&text.repeat(50_000));
        }
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "a  \"b c\"d";
        let ranges: Vec<&str> = commands(text).iter().flatten().map(|w| &text[w.range.clone()]).collect();
        assert_eq!(ranges, ["a", "\"b c\"d"]);
    }

    #[test]
    fn flags_end_where_the_command_begins() {
        let words = ["-f", "a", "--file=b", "-q", "up", "-d"];
        let (flags, at) = flags(&words, COMPOSE_VALUES);
        assert_eq!(at, 4);
        let all: Vec<_> = flags.iter().map(|f| (f.name, f.value, f.at)).collect();
        assert_eq!(all, [("-f", Some("a"), 1), ("--file", Some("b"), 2), ("-q", None, 3)]);
        assert_eq!(super::flags(&["-f"], COMPOSE_VALUES).1, 1);
    }
}
