//! What a comment says to composelint, or to dclint. Reads one comment's text; knows neither what it covers nor what it silenced.
//!
//! `# composelint: ignore[rule, topic] reason` and `# composelint: ignore-file[rule, topic] reason`. It may stand behind other words if
//! a `#` is before it: `# needs USB # composelint: ignore[privileged] the stick`.

use crate::nearest::nearest;
use crate::rules::{self, Meta, Topic};
use crate::source::Span;

/// A comment that speaks to a linter.
#[derive(Clone, Debug)]
pub struct IgnoreComment {
    /// The whole comment, from its first `#`.
    pub at: Span,
    /// The part that speaks, from its own `#`.
    pub speaks: Span,
    /// What it says.
    pub says: Says,
}

/// What such a comment says.
#[derive(Clone, Debug)]
pub enum Says {
    /// Which rules are to be silent.
    Ignore(Ignore),
    /// Something that is near to that, and is not obeyed.
    Malformed(Malformed),
    /// An instruction to dclint.
    Dclint(Dclint),
}

/// Which rules are to be silent.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// True for `ignore-file`.
    pub file: bool,
    /// The names in the brackets; at least one.
    pub names: Vec<Name>,
    /// True if something is said behind the brackets.
    pub reason: bool,
    /// From the opening to behind the closing bracket.
    pub brackets: Span,
}

/// A name in the brackets.
#[derive(Clone, Debug)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Where.
    pub at: Span,
    /// What it names; `None` if there is nothing of that name.
    pub means: Option<Means>,
}

/// What a name in the brackets names.
#[derive(Clone, Copy, Debug)]
pub enum Means {
    /// A rule.
    Rule(&'static Meta),
    /// All rules of a topic.
    Topic(Topic),
}

impl Means {
    /// What a name means.
    pub fn of(name: &str) -> Option<Self> {
        let topic = || Topic::ALL.iter().copied().find(|t| t.name() == name).map(Means::Topic);
        rules::find(name).map(|rule| Means::Rule(&rule.meta)).or_else(topic)
    }

    /// True if it names this rule.
    pub fn covers(self, rule: &Meta) -> bool {
        match self {
            Means::Rule(named) => named.name == rule.name,
            Means::Topic(topic) => rule.topic == topic,
        }
    }

    /// The rule or topic most like a name.
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, rules::ALL.iter().map(|r| r.meta.name).chain(Topic::ALL.iter().map(|t| t.name())))
    }
}

/// An instruction that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong with it.
    pub what: Mistake,
    /// The comment that was probably meant, without its reason.
    pub meant: Option<String>,
}

/// What is wrong with an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// No `:` behind `composelint`.
    Colon,
    /// No brackets behind `ignore`.
    Brackets,
    /// Nothing in the brackets.
    Empty,
    /// Brackets that are never closed.
    Unclosed,
    /// Another word than `ignore` and `ignore-file`.
    Word,
}

/// An instruction to dclint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dclint {
    /// What it is about.
    pub scope: DclintScope,
    /// The rules that it names; none: all rules.
    pub rules: Vec<String>,
}

/// What an instruction to dclint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DclintScope {
    /// `disable-line`: its line, or the line below it.
    Line,
    /// `disable` and `disable-file`: the file, if it is the first line of it.
    File,
}

/// A place in the text of a comment.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn pass(&mut self, these: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let passed = rest.len() - rest.trim_start_matches(these).len();
        self.at += passed;
        rest.get(..passed).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.pass(char::is_whitespace);
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.rest().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if found {
            self.at += word.len();
        }
        found
    }
}

fn of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// Words by which other linters are told to be silent.
const OTHER_WORDS: &[&str] = &[
    "allow",
    "disable",
    "disable-file",
    "disable-line",
    "disable-next-line",
    "ignore-line",
    "ignore-next-line",
    "file-ignore",
    "noqa",
    "nolint",
    "off",
    "skip",
];

/// False for a text without such a comment; most have none, and this is quick to tell. The first letter may be written either way.
pub fn may_speak(text: &str) -> bool {
    text.contains("omposelint") || text.contains("clint")
}

/// What a comment says to a linter; `text` is the comment from its `#`, `at` its place. `None` for every other comment.
pub fn read(text: &str, at: Span) -> Option<IgnoreComment> {
    if !may_speak(text) {
        return None;
    }
    text.match_indices('#').find_map(|(hash, _)| {
        let mut cursor = Cursor { text, at: hash };
        cursor.pass(|c| c == '#' || c.is_whitespace());
        let says = if cursor.eat("composelint") {
            ours(cursor, at)?
        } else if cursor.eat("dclint") {
            Says::Dclint(dclint(cursor)?)
        } else {
            return None;
        };
        let end = text.trim_end().len();
        Some(IgnoreComment { at: part(at, 0, end), speaks: part(at, hash, end), says })
    })
}

fn part(at: Span, start: usize, end: usize) -> Span {
    let offset = |n: usize| at.start.saturating_add(u32::try_from(n).unwrap_or(u32::MAX)).min(at.end);
    Span::new(at.file, offset(start), offset(end))
}

fn ours(mut cursor: Cursor, at: Span) -> Option<Says> {
    if cursor.rest().starts_with(|c| of_word(c) || c == '.') {
        return None; // `composelint.yaml`
    }
    cursor.blanks();
    let spoken_to = cursor.eat(":");
    cursor.blanks();
    let word = cursor.pass(of_word).to_ascii_lowercase();
    let file = match word.as_str() {
        "ignore" => false,
        "ignore-file" => true,
        other => {
            let meant = OTHER_WORDS.contains(&other) || nearest(other, ["ignore", "ignore-file"]).is_some();
            return (spoken_to || meant).then(|| malformed(Mistake::Word, other.contains("file"), cursor));
        }
    };
    if !spoken_to {
        return Some(malformed(Mistake::Colon, file, cursor));
    }
    cursor.blanks();
    let open = cursor.at;
    if !cursor.eat("[") {
        return Some(malformed(Mistake::Brackets, file, cursor));
    }
    let Some(length) = cursor.rest().find(']') else {
        return Some(malformed(Mistake::Unclosed, file, cursor));
    };
    let close = cursor.at + length;
    let mut names = Vec::new();
    while cursor.at < close {
        cursor.pass(|c| c == ',' || c.is_whitespace());
        let start = cursor.at;
        let inside = cursor.text.get(start..close).unwrap_or_default();
        let name = inside.split(|c: char| c == ',' || c.is_whitespace()).next().unwrap_or_default();
        if name.is_empty() {
            break;
        }
        cursor.at = start + name.len();
        names.push(Name { text: name.to_owned(), at: part(at, start, cursor.at), means: Means::of(name) });
    }
    if names.is_empty() {
        let behind = Cursor { text: cursor.text, at: close + 1 };
        return Some(malformed(Mistake::Empty, file, behind));
    }
    let reason = cursor.text.get(close + 1..).is_some_and(|rest| rest.contains(char::is_alphanumeric));
    Some(Says::Ignore(Ignore { file, names, reason, brackets: part(at, open, close + 1) }))
}

/// A comment that is not obeyed; what it means is taken from the names of rules that follow.
fn malformed(what: Mistake, file: bool, cursor: Cursor) -> Says {
    let mut names = Vec::new();
    let separators = |c: char| !of_word(c);
    for word in cursor.rest().split(separators).filter(|w| !w.is_empty()).take(20) {
        match Means::of(word).map(|_| word).or_else(|| Means::nearest(word).filter(|_| word.contains('-'))) {
            Some(name) => names.push(name),
            None => break,
        }
    }
    let meant = (!names.is_empty()).then(|| written(file, &names));
    Says::Malformed(Malformed { what, meant })
}

/// The comment that silences these rules.
pub(crate) fn written(file: bool, names: &[&str]) -> String {
    let word = if file { "ignore-file" } else { "ignore" };
    format!("# composelint: {word}[{}]", names.join(", "))
}

fn dclint(mut cursor: Cursor) -> Option<Dclint> {
    if cursor.pass(char::is_whitespace).is_empty() {
        return None;
    }
    let scope = match cursor.pass(of_word) {
        "disable" | "disable-file" => DclintScope::File,
        // dclint has no `disable-next-line`, but people write it.
        "disable-line" | "disable-next-line" => DclintScope::Line,
        _ => return None,
    };
    let rules = cursor.rest().split(|c: char| c == ',' || c.is_whitespace()).filter(|w| !w.is_empty());
    Some(Dclint { scope, rules: rules.map(str::to_owned).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// What a comment says, in a line.
    fn said(text: &str) -> String {
        let at = Span::new(FileId::NONE, 100, 100 + u32::try_from(text.len()).unwrap());
        let slice = |span: Span| &text[span.start as usize - 100..span.end as usize - 100];
        let Some(comment) = read(text, at) else { return "-".into() };
        match comment.says {
            Says::Ignore(ignore) => {
                for name in &ignore.names {
                    assert_eq!(name.text, slice(name.at));
                }
                assert!(slice(ignore.brackets).starts_with('[') && slice(ignore.brackets).ends_with(']'));
                let names: Vec<String> = ignore
                    .names
                    .iter()
                    .map(|n| match n.means {
                        Some(Means::Rule(_)) => n.text.clone(),
                        Some(Means::Topic(_)) => format!("topic {}", n.text),
                        None => format!("unknown {}", n.text),
                    })
                    .collect();
                let (what, why) = (if ignore.file { "file" } else { "node" }, if ignore.reason { "reason" } else { "no reason" });
                format!("{what}: {}; {why}", names.join(", "))
            }
            Says::Malformed(m) => format!("{:?}; {}", m.what, m.meant.unwrap_or_default()),
            Says::Dclint(d) => format!("dclint {:?}: {}", d.scope, d.rules.join(", ")),
        }
    }

    #[test]
    fn the_grammar() {
        for (text, wanted) in [
            ("# composelint: ignore[privileged] needs the USB stick", "node: privileged; reason"),
            ("#composelint:ignore[privileged]", "node: privileged; no reason"),
            ("##  composelint :  ignore [ privileged , security ]: why", "node: privileged, topic security; reason"),
            ("# composelint: ignore[privileged floating-tag,] — why", "node: privileged, floating-tag; reason"),
            ("# composelint: ignore[privileged] —", "node: privileged; no reason"),
            ("# composelint: ignore-file[secrets] a demo\r", "file: topic secrets; reason"),
            ("# Composelint: Ignore[privileged] why", "node: privileged; reason"),
            ("# the stick # composelint: ignore[privileged] why", "node: privileged; reason"),
            ("# composelint: ignore[privileged] # why", "node: privileged; reason"),
            ("# composelint: ignore[privilegd] why", "node: unknown privilegd; reason"),
            ("# composelint: ignore[all] why", "node: unknown all; reason"),
            ("# composelint: ignore[internal-error] why", "node: unknown internal-error; reason"),
            ("# composelint: ignore floating-tag", "Brackets; # composelint: ignore[floating-tag]"),
            ("# composelint: ignore: floating-tag, privileged because", "Brackets; # composelint: ignore[floating-tag, privileged]"),
            ("# composelint: ignore(floating-tag) why", "Brackets; # composelint: ignore[floating-tag]"),
            ("# composelint: ignore this line", "Brackets; "),
            ("# composelint: ignore", "Brackets; "),
            ("# composelint: ignore[]", "Empty; "),
            ("# composelint: ignore[ , ] privileged", "Empty; # composelint: ignore[privileged]"),
            ("# composelint: ignore[privileged", "Unclosed; # composelint: ignore[privileged]"),
            ("# composelint ignore[privileged] why", "Colon; # composelint: ignore[privileged]"),
            ("# composelint: ignore-line[privileged]", "Word; # composelint: ignore[privileged]"),
            ("# composelint: disable-file floting-tag", "Word; # composelint: ignore-file[floating-tag]"),
            ("# composelint disable privileged", "Word; # composelint: ignore[privileged]"),
            ("# composelint: ingore[privileged]", "Word; # composelint: ignore[privileged]"),
            ("# composelint: see the wiki", "Word; "),
            ("# composelint:", "Word; "),
            ("# composelint finds this file good", "-"),
            ("# see .composelint.yaml and composelint.dev", "-"),
            ("# composelint.yaml has more", "-"),
            ("# run composelint: it helps", "-"),
            ("# privileged", "-"),
            ("# dclint disable", "dclint File: "),
            ("# dclint disable-file", "dclint File: "),
            (
                "# dclint disable no-version-field  services-alphabetical-order",
                "dclint File: no-version-field, services-alphabetical-order",
            ),
            ("#dclint disable-line no-version-field", "dclint Line: no-version-field"),
            ("# dclint is what we used", "-"),
            ("# dclint", "-"),
            ("# composelint: ignore[ä, ] ü", "node: unknown ä; reason"),
        ] {
            assert_eq!(said(text), wanted, "{text}");
        }
    }

    #[test]
    fn no_comment_is_too_strange() {
        use proptest::prelude::*;
        proptest!(|(parts in proptest::collection::vec(prop_oneof![
            Just("#".to_owned()), Just(" ".to_owned()), Just("composelint".to_owned()), Just(":".to_owned()), Just("ignore".to_owned()),
            Just("-file".to_owned()), Just("[".to_owned()), Just("]".to_owned()), Just(",".to_owned()), Just("privileged".to_owned()),
            Just("dclint disable".to_owned()), "\\PC{0,3}",
        ], 0..12))| {
            said(&format!("#{}", parts.concat()));
        });
    }
}
