//! What is wrong with a text that is not YAML, in sentences for people, at the place of the cause rather than where the parser stopped.
//! Decides only words and places: what is an error was decided by the parser. No message repeats a value, which may be a secret.

use granit_parser::{ErrorKind, ScanError};

use super::SyntaxError;
use super::lines::{self, Lines, Pending};
use crate::source::{FileId, Span};

/// What the tree builder knew when the parser stopped.
pub(super) struct Context<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    /// The end of the last thing that was understood.
    pub(super) cursor: usize,
    /// Where the open brackets are, outermost first.
    pub(super) brackets: Vec<usize>,
    /// Where the open lists and mappings of lines begin, outermost first.
    pub(super) blocks: Vec<usize>,
}

/// The parser's error as a person needs it.
pub(super) fn explain(context: &Context<'_>, problem: &ScanError) -> SyntaxError {
    let at = problem.marker().byte_offset().unwrap_or(context.text.len()).min(context.text.len());
    let doctor = Doctor { context, lines: Lines(context.text), at: lines::boundary(context.text, at) };
    doctor
        .conflict()
        .or_else(|| doctor.by_kind(problem.kind()))
        .unwrap_or_else(|| doctor.error(doctor.here(), "this is not valid YAML", Some(&format!("the parser says: {}", problem.kind()))))
}

struct Doctor<'c, 't> {
    context: &'c Context<'t>,
    lines: Lines<'t>,
    /// Where the parser stopped.
    at: usize,
}

impl Doctor<'_, '_> {
    fn error(&self, place: (usize, usize), message: &str, help: Option<&str>) -> SyntaxError {
        SyntaxError { span: self.span(place), message: message.to_owned(), help: help.map(str::to_owned), related: None }
    }

    fn span(&self, (start, end): (usize, usize)) -> Span {
        span(self.context.file, self.context.text, start, end)
    }

    /// The character where the parser stopped; empty at the end of a line.
    fn here(&self) -> (usize, usize) {
        self.character(self.at)
    }

    fn character(&self, at: usize) -> (usize, usize) {
        let next = self.lines.0.get(at..).and_then(|rest| rest.chars().next()).filter(|c| !matches!(c, '\n' | '\r'));
        (at, at + next.map_or(0, char::len_utf8))
    }

    fn only_blanks(&self, from: usize, to: usize) -> bool {
        self.lines.0.get(from..to).is_some_and(|between| between.trim_matches([' ', '\t']).is_empty())
    }

    /// The quotes and brackets between the last thing that was understood and the place where the parser stopped.
    fn pending(&self) -> Pending {
        Pending::scan(self.lines.0, self.context.cursor.min(self.at), self.at, &self.context.brackets)
    }

    fn conflict(&self) -> Option<SyntaxError> {
        let text = self.lines.0;
        let marker = |mark: &str| {
            if text.starts_with(mark) { Some(0) } else { text.find(&format!("\n{mark}")).map(|at| at + 1) }
        };
        let start = marker("<<<<<<< ")?;
        let end = marker(">>>>>>> ")?;
        let mut error = self.error(
            (start, start + 7),
            "this file holds an unresolved merge conflict",
            Some("keep one of the two versions and remove the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`"),
        );
        error.related = (start < end).then(|| (self.span((end, end + 7)), "it ends here".to_owned()));
        Some(error)
    }

    /// A line of a template language, which has to be rendered before it is YAML.
    fn template(&self, at: usize) -> Option<SyntaxError> {
        let line = self.lines.at(at);
        let text = self.lines.0.get(line.content..line.end)?;
        let (offset, mark) = ["{{", "{%"].iter().find_map(|mark| text.find(mark).map(|offset| (line.content + offset, *mark)))?;
        let close = if mark == "{{" { "}}" } else { "%}" };
        let length = self.lines.0.get(offset..line.end).and_then(|rest| rest.find(close)).map_or(2, |length| length + 2);
        Some(self.error(
            (offset, offset + length),
            &format!("`{mark} … {close}` belongs to a template, which is not YAML before it is rendered"),
            Some("check the rendered file, or put the whole value in quotes if the braces are meant"),
        ))
    }

    fn by_kind(&self, kind: &ErrorKind) -> Option<SyntaxError> {
        use ErrorKind as K;
        match kind {
            K::RecursionLimitExceeded => Some(self.error(
                self.here(),
                "this is nested deeper than 255 levels",
                Some("no Compose file needs that: something generated this file wrongly"),
            )),
            K::TabNotAllowed | K::TabInBlockIndentation | K::TabInIndentation | K::TabInPlainScalar | K::TabAtBlockScalarStart => {
                self.tab()
            }
            K::InvalidBlockEntryWhitespace | K::InvalidMappingValueWhitespace => self.tab(),
            K::UnexpectedCharacter { character } => self.template(self.at).or_else(|| Some(self.character_error(*character))),
            K::UnknownQuotedScalarEscape
            | K::InvalidQuotedScalarHexEscape
            | K::InvalidLowSurrogateHexEscape
            | K::InvalidLowSurrogate
            | K::MissingLowSurrogate
            | K::UnpairedLowSurrogate
            | K::InvalidUnicodeEscape => self.escape(),
            K::UnclosedQuotedScalar
            | K::InvalidQuotedScalarIndent
            | K::DocumentIndicatorInQuotedScalar
            | K::InvalidTrailingSingleQuotedScalar
            | K::InvalidTrailingDoubleQuotedScalar => self.quote(),
            K::MissingAnchorOrAliasName => Some(self.needs_quotes(match self.lines.0.as_bytes().get(self.at) {
                Some(b'*') => "a value that begins with `*` is read as an alias, and this one names no anchor",
                _ => "a value that begins with `&` is read as an anchor, and this one has no name",
            })),
            K::InvalidBlockScalarHeader => Some(self.error(
                self.here(),
                "text follows the `|` or `>` that announces lines of text",
                Some("begin the text on the next line, indented, or put the value in quotes if it begins with `|` or `>`"),
            )),
            K::ZeroBlockScalarIndent | K::InvalidBlockScalarIndent => Some(self.error(
                self.here(),
                "the indentation of this text does not fit the `|` or `>` above it",
                Some("indent every line of the text by the same number of spaces, more than its key"),
            )),
            K::UndeclaredTagHandle => Some(self.error(
                self.here(),
                "this tag begins with a handle that no `%TAG` line declares",
                Some("remove the tag, or put the value in quotes if it begins with `!`"),
            )),
            K::UnsupportedYamlMajorVersion | K::DuplicateVersionDirective | K::MissingYamlVersion | K::MissingYamlVersionSeparator => {
                Some(self.error(self.here(), "this `%YAML` line is not one that Compose understands", Some("remove the line")))
            }
            K::MissingDocumentEndBeforeDirective | K::MissingDirectiveName | K::InvalidDirectiveName | K::InvalidDirectiveTerminator => {
                Some(self.percent_line(self.at))
            }
            K::ExpectedDocumentStart => Some(match self.lines.0.get(..self.at).and_then(|head| head.rfind("\n%").map(|at| at + 1)) {
                Some(line) => self.percent_line(line),
                None if self.lines.0.starts_with('%') => self.percent_line(0),
                None => self.unexpected(),
            }),
            K::InvalidDocumentEnd => Some(self.error(
                self.here(),
                "text follows the `...` that ends the document",
                Some("begin a new line, and the next document with `---`"),
            )),
            K::BomInsideDocument => Some(self.error(
                self.here(),
                "a byte order mark (U+FEFF) is in the middle of the file",
                Some("remove this invisible character; it stays behind when files are joined"),
            )),
            K::CommentNotSeparated => {
                Some(self.error(self.here(), "a comment begins without a space before its `#`", Some("put a space before the `#`")))
            }
            K::CommentInterceptedScalar => Some(self.error(
                self.here(),
                "a comment is between the lines of one value",
                Some("move the comment above the value, or check the indentation of the line below it"),
            )),
            K::BlockSequenceEntryNotAllowed => Some(self.error(
                self.here(),
                "a list cannot begin on the line of its key",
                Some("put the first `- ` on the next line, or the value in quotes if it begins with a dash"),
            )),
            K::MappingKeyNotAllowed => Some(self.needs_quotes("a value cannot begin with `? `, which announces a key")),
            K::PlainScalarStartsWithDashFlowIndicator => {
                Some(self.needs_quotes("a value between brackets cannot begin with a dash and a bracket"))
            }
            _ => self.template(self.at).or_else(|| self.structure(kind)),
        }
    }

    /// Brackets, keys and indentation.
    fn structure(&self, kind: &ErrorKind) -> Option<SyntaxError> {
        use ErrorKind as K;
        match kind {
            K::MismatchedFlowCollectionEnd { open, close } => Some(self.error(
                self.here(),
                &format!("this `{open}` is closed by a `{close}`"),
                Some("close every bracket with its own kind, the last opened first"),
            )),
            K::MisplacedFlowCollectionEnd => {
                let mut error = self.needs_quotes("this bracket closes nothing");
                error.help = Some("remove it, or put the whole value in quotes if the bracket belongs to it".to_owned());
                Some(error)
            }
            K::BlockEntryInFlowCollection => {
                let bracket = self.pending().brackets.last().copied();
                let mut error =
                    self.error(self.here(), "items between brackets are separated by commas, not by dashes", Some("remove the dash"));
                error.related = bracket.map(|at| (self.span(self.character(at)), "the bracket is opened here".to_owned()));
                Some(error)
            }
            K::MappingValueNotAllowed => Some(self.bracket().unwrap_or_else(|| self.unexpected_colon())),
            K::SimpleKeyExpected | K::InvalidSimpleKey => Some(self.bracket().unwrap_or_else(|| self.no_colon())),
            K::ExpectedBlockMappingKey | K::ExpectedBlockSequenceEntry | K::InvalidIndentation | K::ExpectedNodeContent => {
                Some(self.bracket().unwrap_or_else(|| self.misplaced_line(*kind == K::ExpectedBlockSequenceEntry)))
            }
            _ => self.bracket(),
        }
    }

    fn tab(&self) -> Option<SyntaxError> {
        let text = self.lines.0;
        let line = self.lines.at(self.at);
        // The tab that stopped the parser is in the indentation of this line, or of the next if the parser stands at a line's end.
        let indentation = text.get(line.start..line.content)?;
        let at = match indentation.find('\t') {
            Some(offset) => line.start + offset,
            None => self.at + text.get(self.at..)?.find('\t')?,
        };
        let length = text.get(at..)?.bytes().take_while(|byte| *byte == b'\t').count();
        let line = self.lines.at(at);
        let message = if text.get(line.start..at)?.trim().is_empty() {
            "this line is indented with a tab, and YAML knows only spaces"
        } else {
            "there is a tab here where YAML wants a space"
        };
        Some(self.error((at, at + length), message, Some("replace the tab with spaces, as many as the lines around it have")))
    }

    fn character_error(&self, character: char) -> SyntaxError {
        if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') {
            return self.error(
                self.here(),
                &format!("the character U+{:04X} is here, which is invisible and not allowed in YAML", u32::from(character)),
                Some("remove it"),
            );
        }
        let shown = if character == '`' { "a backtick".to_owned() } else { format!("`{character}`") };
        self.needs_quotes(&format!("a value cannot begin with {shown}"))
    }

    fn needs_quotes(&self, message: &str) -> SyntaxError {
        self.error(self.here(), message, Some("put the whole value in quotes"))
    }

    fn percent_line(&self, at: usize) -> SyntaxError {
        self.error(
            self.character(at),
            "a line that begins with `%` is an instruction to the YAML parser, and this one is not valid here",
            Some("remove it, or put the value in quotes"),
        )
    }

    /// The escape that is none, in the double-quoted text that begins here.
    fn escape(&self) -> Option<SyntaxError> {
        let start = self.pending().quote.unwrap_or(self.at);
        let (at, wanted) = lines::bad_escape(self.lines.0, start)?;
        let letter = self.character(at + 1);
        let shown = self.lines.0.get(letter.0..letter.1).filter(|text| text.chars().all(|c| c.is_ascii_graphic())).unwrap_or("…");
        let message = match wanted {
            0 => format!("`\\{shown}` means nothing between double quotes, where a backslash begins an escape"),
            wanted => format!("`\\{shown}` between double quotes must be followed by {wanted} hexadecimal digits of a character"),
        };
        let help = "double the backslash, or use single quotes, between which a backslash is only a backslash";
        Some(self.error((at, letter.1), &message, Some(help)))
    }

    fn quote(&self) -> Option<SyntaxError> {
        let pending = self.pending();
        let start = pending
            .quote
            .or_else(|| pending.closed.iter().rev().find(|(_, end)| self.only_blanks(*end, self.at)).map(|(start, _)| *start))?;
        let single = self.lines.0.as_bytes().get(start) == Some(&b'\'');
        let mark = if single { '\'' } else { '"' };
        if pending.quote.is_none() && self.lines.at(start).start == self.lines.at(self.at).start {
            let help = if single {
                "an apostrophe between single quotes is written twice, `''`; or put the whole value in double quotes"
            } else {
                "a quote between double quotes is written `\\\"`; or put the whole value in single quotes"
            };
            let mut error = self.error(self.here(), "the value goes on after its closing quote", Some(help));
            error.related = Some((self.span((start, start + 1)), "the quote is opened here".to_owned()));
            return Some(error);
        }
        let mut error = self.error((start, start + 1), &format!("this `{mark}` is not closed"), Some("close it at the end of the value"));
        let stopped = self.at.min(self.lines.0.trim_end().len());
        error.related = if pending.quote.is_none() {
            let end = pending.closed.last().map_or(self.at, |(_, end)| *end);
            Some((self.span((end.saturating_sub(1), end)), "the text in quotes runs up to this one".to_owned()))
        } else if self.lines.at(stopped).start == self.lines.at(start).start {
            None
        } else {
            let line = self.lines.at(stopped);
            Some((self.span((line.content, line.end)), "the text in quotes runs into this line".to_owned()))
        };
        Some(error)
    }

    /// An open bracket, if there is one: not closed, or a comma missing in it.
    fn bracket(&self) -> Option<SyntaxError> {
        let bracket = *self.pending().brackets.last()?;
        if let Some(error) = self.template(bracket) {
            return Some(error);
        }
        let text = self.lines.0;
        let (open, close) = if text.as_bytes().get(bracket) == Some(&b'{') { ('{', '}') } else { ('[', ']') };
        let place = (bracket, bracket + 1);
        let here = self.lines.at(self.at);
        let home = self.lines.at(bracket);
        let at_end = bracket >= self.at || text.get(self.at..).is_none_or(|rest| rest.trim().is_empty());
        if at_end || (here.start != home.start && here.indentation() <= home.indentation()) {
            let mut error = self.error(place, &format!("this `{open}` is not closed"), Some(&format!("add the `{close}`")));
            if !at_end {
                error.related =
                    Some((self.span((here.content, here.end)), "this line is read as if it were between the brackets".to_owned()));
            }
            return Some(error);
        }
        let message = if text.as_bytes().get(self.at) == Some(&b',') {
            "there is nothing before this comma".to_owned()
        } else {
            format!("a comma or the closing `{close}` is missing before this")
        };
        let mut error = self.error(self.here(), &message, None);
        error.related = Some((self.span(place), "the bracket is opened here".to_owned()));
        Some(error)
    }

    /// A colon where no key can be.
    fn unexpected_colon(&self) -> SyntaxError {
        let line = self.lines.at(self.at);
        let before = self.lines.0.get(line.content..self.at).unwrap_or_default();
        if before.len() > 1024 {
            return self.error((line.content, self.at), "a key cannot be longer than 1024 characters", None);
        }
        if lines::key_colon(before).is_some() {
            return self.error(
                self.here(),
                "a value cannot contain a colon and a space, which would make it a key",
                Some("put the whole value in quotes, or begin a new line for the second key"),
            );
        }
        let Some(above) = self.lines.above(line.start) else { return self.unexpected() };
        let above_text = self.lines.0.get(above.content..above.end).unwrap_or_default();
        if let Some(error) = self.colon_without_space(above.content, above_text) {
            return error;
        }
        if lines::key_colon(above_text).is_some() {
            let mut error = self.error(
                (line.content, self.at),
                "this key is indented deeper than the one above it, which has a value already",
                Some("give both the same indentation, or remove the value above"),
            );
            error.related = Some((self.span((above.content, above.end)), "this key has its value on its own line".to_owned()));
            return error;
        }
        self.key_without_colon(above.content, above.end)
    }

    /// A line that should be a key and has no colon.
    fn no_colon(&self) -> SyntaxError {
        let line = self.lines.at(self.at);
        let text = self.lines.0.get(line.content..line.end).unwrap_or_default();
        if let Some(above) = self.lines.above(line.start)
            && lines::ends_with_block_header(self.lines.0.get(above.content..above.end).unwrap_or_default())
            && line.indentation() <= above.indentation()
        {
            let mut error = self.error(
                (line.content, line.end),
                "the lines of a text after `|` or `>` must be indented deeper than its key",
                Some("indent the text"),
            );
            error.related = Some((self.span((above.content, above.end)), "the text is announced here".to_owned()));
            return error;
        }
        self.colon_without_space(line.content, text).unwrap_or_else(|| self.key_without_colon(line.content, line.end))
    }

    fn colon_without_space(&self, start: usize, text: &str) -> Option<SyntaxError> {
        let (key, colon) = lines::glued_key(text)?;
        Some(self.error(
            (start + colon, start + colon + 1),
            &format!("a space is missing after the colon of `{key}`"),
            Some(&format!("write `{key}: …`")),
        ))
    }

    fn key_without_colon(&self, start: usize, end: usize) -> SyntaxError {
        let text = self.lines.0.get(start..end).unwrap_or_default();
        if let Some(name) = lines::assignment(text) {
            return self.error(
                (start, end),
                "this is written like an item of a list, but is among keys",
                Some(&format!("write `{name}: …` like the lines around it, or make all of them items: `- {name}=…`")),
            );
        }
        let help = if lines::is_word(text) { "write a colon after it" } else { "write a colon and a space after the key" };
        self.error((start, end), "this line has no colon after its key", Some(help))
    }

    /// A line whose indentation, or whose first character, does not fit the block that it is in.
    fn misplaced_line(&self, among_items: bool) -> SyntaxError {
        let line = self.lines.at(self.at);
        let before = self.lines.0.get(line.content..self.at).unwrap_or_default();
        if !before.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'-')) {
            return self.unexpected();
        }
        let indentation = line.indentation();
        let block = self.context.blocks.iter().rev().find(|start| self.lines.column(**start) == indentation);
        let dash = lines::is_item(self.lines.0.get(line.content..line.end).unwrap_or_default());
        if let Some(block) = block {
            let (message, help, what) = if dash {
                (
                    "an item of a list is among keys",
                    "remove the dash, or indent the item below the key it belongs to",
                    "the keys begin here",
                )
            } else if among_items {
                (
                    "a key is among the items of a list",
                    "begin the line with `- `, or indent it as the keys around it",
                    "the list begins here",
                )
            } else {
                return self.unexpected();
            };
            let mut error = self.error((line.content, line.end), message, Some(help));
            let first = self.lines.at(*block);
            error.related = Some((self.span((*block, first.end)), what.to_owned()));
            return error;
        }
        let above = self.lines.above(line.start);
        let mut levels: Vec<usize> = self.context.blocks.iter().map(|start| self.lines.column(*start)).collect();
        levels.extend(above.map(lines::Line::indentation));
        let lower = levels.iter().copied().filter(|level| *level < indentation).max();
        let higher = levels.iter().copied().filter(|level| *level > indentation).min();
        let help = match (lower, higher) {
            (Some(lower), Some(higher)) => Some(format!("indent it by {lower} or by {higher}")),
            (Some(only), None) | (None, Some(only)) => Some(format!("indent it by {only}")),
            (None, None) => None,
        };
        let spaces = if indentation == 1 { "1 space".to_owned() } else { format!("{indentation} spaces") };
        let message = format!("this line is indented by {spaces}, which fits no line above it");
        let mut error = self.error((line.content, line.end), &message, help.as_deref());
        error.related = above.map(|above| {
            let spaces = above.indentation();
            (self.span((above.content, above.end)), format!("this one is indented by {spaces}"))
        });
        error
    }

    fn unexpected(&self) -> SyntaxError {
        let property = self.lines.0.as_bytes().get(self.at).filter(|byte| matches!(byte, b'&' | b'*' | b'!'));
        let line = self.lines.at(self.at);
        let word_before = self.lines.0.get(line.content..self.at).and_then(|before| before.split_whitespace().last()).unwrap_or_default();
        if property.is_some() && word_before.starts_with(['&', '!']) {
            let message = if property == Some(&b'*') {
                "an alias cannot have an anchor or a tag of its own"
            } else {
                "a value can have one anchor and one tag only"
            };
            return self.error(self.here(), message, Some("remove one of the two"));
        }
        let before = self.lines.0.get(..self.at).unwrap_or_default().trim_end_matches([' ', '\t']);
        let what = match before.as_bytes().last() {
            Some(b']' | b'}') => "text follows the closing bracket of a value",
            Some(b'"' | b'\'') => "text follows the closing quote of a value",
            _ => "this does not belong here: the value before it is complete",
        };
        self.error(self.here(), what, Some("put the whole value in quotes if this belongs to it, else begin a new line"))
    }
}

fn span(file: FileId, text: &str, start: usize, end: usize) -> Span {
    let start = lines::boundary(text, start);
    let end = lines::boundary(text, end.max(start));
    Span::new(file, u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

/// An alias whose anchor is not defined before it. Its name may be a secret that should have been in quotes.
pub(super) fn unknown_anchor(span: Span, name: &str) -> SyntaxError {
    let (message, help) = if lines::is_anchor_name(name) {
        (
            "there is no anchor of this name above this alias",
            "define it earlier in the same file, or put the value in quotes if it only begins with a `*`",
        )
    } else {
        ("a value that begins with `*` is read as an alias", "put the whole value in quotes")
    };
    SyntaxError { span, message: message.to_owned(), help: Some(help.to_owned()), related: None }
}

/// An anchor or alias with a name that Compose does not take.
pub(super) fn anchor_name(span: Span) -> SyntaxError {
    SyntaxError {
        span,
        message: "the name of an anchor can only have letters, digits, `-` and `_` in Compose".to_owned(),
        help: Some("rename it here and in its aliases, or put the value in quotes if it only begins with `&`".to_owned()),
        related: None,
    }
}

/// `: value`.
pub(super) fn empty_key(span: Span) -> SyntaxError {
    SyntaxError {
        span,
        message: "there is no key before this colon".to_owned(),
        help: Some("write the key, or put the value in quotes if it begins with a colon".to_owned()),
        related: None,
    }
}

/// Content behind `...` without a `---`.
pub(super) fn content_after_document_end(span: Span) -> SyntaxError {
    SyntaxError {
        span,
        message: "this follows the `...` that ends the document, which Compose does not accept".to_owned(),
        help: Some("begin the next document with `---` on a line of its own, or remove the `...`".to_owned()),
        related: None,
    }
}

/// A character that ends a line for Compose but for nobody else.
pub(super) fn foreign_line_break(span: Span, character: char) -> SyntaxError {
    let name = match character {
        '\r' => "a carriage return without a line feed",
        '\u{85}' => "the invisible character U+0085 (next line)",
        '\u{2028}' => "the invisible character U+2028 (line separator)",
        _ => "the invisible character U+2029 (paragraph separator)",
    };
    SyntaxError {
        span,
        message: format!("{name} is here; Compose begins a new line at it, editors and other tools may not"),
        help: Some("remove it, or replace it with an ordinary line break".to_owned()),
        related: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::source::FileId;

    /// Every error of a text: the place in it, the message, the help, and the second place.
    fn errors(text: &str) -> String {
        let tree = parse(FileId::NONE, text);
        let slice = |span: crate::source::Span| {
            let (before, rest) = text.split_at(span.start as usize);
            let (own, after) = rest.split_at((span.end - span.start) as usize);
            format!("{before}»{own}«{after}").trim_end().escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"")
        };
        let show = |error: &super::SyntaxError| {
            let related = error.related.as_ref().map(|(span, what)| format!("\n  also: {what}: {}", slice(*span)));
            let help = error.help.as_ref().map(|help| format!("\n  help: {help}"));
            format!("{}\n  {}{}{}\n", slice(error.span), error.message, help.unwrap_or_default(), related.unwrap_or_default())
        };
        tree.errors.iter().map(show).collect()
    }

    #[test]
    fn every_mistake_is_named_at_its_cause() {
        let mistakes = [
            "a:\n\tb: 1\n",
            "a:\n  b: 1\n\tc: 2\n",
            "services:\n  web:\n    image:nginx\n    ports: []\n",
            "a: \"foo\nb: 2\nc: 3\n",
            "ports:\n  - \"80:80\n  - \"81:81\"\n",
            "a: 'it's'\n",
            "a: \"foo \"bar\" baz\"\n",
            "a: [1, 2\nb: 3\nc: 4\n",
            "a: {x: 1, y: 2\nb: 3\n",
            "a: [1, 2}\nb: 3\n",
            "a: {b: c}}\n",
            "{% if x %}\na: 1\n{% endif %}\n",
            "image: {{ img }}:latest\n",
            "a: @foo\n",
            "a: %foo\n",
            "a: `foo`\n",
            "%foo\n",
            "a: \"\\d+\"\n",
            "a: \"C:\\Users\"\n",
            "services:\n  web:\n    image: x\n   ports:\n    - 1\n",
            "a: 1\n  b: 2\n",
            "a:\n  - x\n  b: 2\n",
            "a:\n  b: 2\n  - x\n",
            "environment:\n  A: 1\n  - B=2\n",
            "environment:\n  A: 1\n  B=2\n",
            "environment:\n  B=2\n  A: 1\n",
            "command: echo foo: bar\n",
            "a: *\n",
            "- **/x\n",
            "a: & b\n",
            "a: - b\n",
            "a: ? b\n",
            "a: \"x\"#c\n",
            "services:\n  web\n    image: x\n",
            "services:\n  web:\n    image x\n    ports: []\n",
            "a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n",
            "a: &x &y b\n",
            "a: &x *y\n",
            "a: |foo\n  bar\n",
            "a: |\nfoo\nb: 1\n",
            "a: |\n    foo\n  bar\nb: 1\n",
            "%YAML 2.0\n---\na: 1\n",
            "a: !x!y b\n",
            "a: 1\n%YAML 1.1\n---\nb: 1\n",
            "a: \u{1b}[0m\n",
            "a: 1\n... foo\n",
            "a: \"x\n---\nb\"\n",
            "a: {b: 1,, c: 2}\n",
            "a: [\n  - b\n]\n",
            "a: 1\n---\nb: [\n",
            "a: 1\n\u{feff}b: 2\n",
            "a: [b c: d]\n",
            "a: {b: c d: e}\n",
            "a: \"x\" y\n",
            "a: [1] 2\n",
            ": a\n",
            "a: 1\n...\nb: 1\n",
            "a: *nope\n",
            "a: &b.c 1\n",
            "a: b\u{2028}\n",
            "a: b\rc: d\n",
        ];
        let shown: Vec<String> = mistakes.iter().map(|text| errors(text)).collect();
        insta::assert_snapshot!(shown.concat(), @r###"
        a:\n»\t«b: 1
          this line is indented with a tab, and YAML knows only spaces
          help: replace the tab with spaces, as many as the lines around it have
        a:\n  b: 1\n»\t«c: 2
          this line is indented with a tab, and YAML knows only spaces
          help: replace the tab with spaces, as many as the lines around it have
        services:\n  web:\n    image»:«nginx\n    ports: []
          a space is missing after the colon of `image`
          help: write `image: …`
        a: »"«foo\nb: 2\nc: 3
          this `"` is not closed
          help: close it at the end of the value
          also: the text in quotes runs into this line: a: "foo\n»b: 2«\nc: 3
        ports:\n  - »"«80:80\n  - "81:81"
          this `"` is not closed
          help: close it at the end of the value
          also: the text in quotes runs into this line: ports:\n  - "80:80\n  »- "81:81"«
        a: 'it'»s«'
          the value goes on after its closing quote
          help: an apostrophe between single quotes is written twice, `''`; or put the whole value in double quotes
          also: the quote is opened here: a: »'«it's'
        a: "foo "»b«ar" baz"
          the value goes on after its closing quote
          help: a quote between double quotes is written `\"`; or put the whole value in single quotes
          also: the quote is opened here: a: »"«foo "bar" baz"
        a: »[«1, 2\nb: 3\nc: 4
          this `[` is not closed
          help: add the `]`
          also: this line is read as if it were between the brackets: a: [1, 2\n»b: 3«\nc: 4
        a: »{«x: 1, y: 2\nb: 3
          this `{` is not closed
          help: add the `}`
          also: this line is read as if it were between the brackets: a: {x: 1, y: 2\n»b: 3«
        a: »[«1, 2}\nb: 3
          this `[` is closed by a `}`
          help: close every bracket with its own kind, the last opened first
        a: {b: c}»}«
          this bracket closes nothing
          help: remove it, or put the whole value in quotes if the bracket belongs to it
        »{% if x %}«\na: 1\n{% endif %}
          `{% … %}` belongs to a template, which is not YAML before it is rendered
          help: check the rendered file, or put the whole value in quotes if the braces are meant
        image: »{{ img }}«:latest
          `{{ … }}` belongs to a template, which is not YAML before it is rendered
          help: check the rendered file, or put the whole value in quotes if the braces are meant
        a: »@«foo
          a value cannot begin with `@`
          help: put the whole value in quotes
        a: »%«foo
          a value cannot begin with `%`
          help: put the whole value in quotes
        a: »`«foo`
          a value cannot begin with a backtick
          help: put the whole value in quotes
        »%«foo
          a line that begins with `%` is an instruction to the YAML parser, and this one is not valid here
          help: remove it, or put the value in quotes
        a: "»\\d«+"
          `\d` means nothing between double quotes, where a backslash begins an escape
          help: double the backslash, or use single quotes, between which a backslash is only a backslash
        a: "C:»\\U«sers"
          `\U` between double quotes must be followed by 8 hexadecimal digits of a character
          help: double the backslash, or use single quotes, between which a backslash is only a backslash
        services:\n  web:\n    image: x\n   »ports:«\n    - 1
          this line is indented by 3 spaces, which fits no line above it
          help: indent it by 2 or by 4
          also: this one is indented by 4: services:\n  web:\n    »image: x«\n   ports:\n    - 1
        a: 1\n  »b«: 2
          this key is indented deeper than the one above it, which has a value already
          help: give both the same indentation, or remove the value above
          also: this key has its value on its own line: »a: 1«\n  b: 2
        a:\n  - x\n  »b: 2«
          a key is among the items of a list
          help: begin the line with `- `, or indent it as the keys around it
          also: the list begins here: a:\n  »- x«\n  b: 2
        a:\n  b: 2\n  »- x«
          an item of a list is among keys
          help: remove the dash, or indent the item below the key it belongs to
          also: the keys begin here: a:\n  »b: 2«\n  - x
        environment:\n  A: 1\n  »- B=2«
          an item of a list is among keys
          help: remove the dash, or indent the item below the key it belongs to
          also: the keys begin here: environment:\n  »A: 1«\n  - B=2
        environment:\n  A: 1\n  »B=2«
          this is written like an item of a list, but is among keys
          help: write `B: …` like the lines around it, or make all of them items: `- B=…`
        environment:\n  »B=2«\n  A: 1
          this is written like an item of a list, but is among keys
          help: write `B: …` like the lines around it, or make all of them items: `- B=…`
        command: echo foo»:« bar
          a value cannot contain a colon and a space, which would make it a key
          help: put the whole value in quotes, or begin a new line for the second key
        a: »*«
          a value that begins with `*` is read as an alias, and this one names no anchor
          help: put the whole value in quotes
        - »**/x«
          a value that begins with `*` is read as an alias
          help: put the whole value in quotes
        a: »&« b
          a value that begins with `&` is read as an anchor, and this one has no name
          help: put the whole value in quotes
        a: »-« b
          a list cannot begin on the line of its key
          help: put the first `- ` on the next line, or the value in quotes if it begins with a dash
        a: »?« b
          a value cannot begin with `? `, which announces a key
          help: put the whole value in quotes
        a: "x"»#«c
          a comment begins without a space before its `#`
          help: put a space before the `#`
        services:\n  »web«\n    image: x
          this line has no colon after its key
          help: write a colon after it
        services:\n  web:\n    »image x«\n    ports: []
          this line has no colon after its key
          help: write a colon and a space after the key
        a: 1\n»<<<<<<<« HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x
          this file holds an unresolved merge conflict
          help: keep one of the two versions and remove the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`
          also: it ends here: a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n»>>>>>>>« x
        a: &x »&«y b
          a value can have one anchor and one tag only
          help: remove one of the two
        a: &x »*«y
          an alias cannot have an anchor or a tag of its own
          help: remove one of the two
        a: »|«foo\n  bar
          text follows the `|` or `>` that announces lines of text
          help: begin the text on the next line, indented, or put the value in quotes if it begins with `|` or `>`
        a: |\n»foo«\nb: 1
          the lines of a text after `|` or `>` must be indented deeper than its key
          help: indent the text
          also: the text is announced here: »a: |«\nfoo\nb: 1
        a: |\n    foo\n  »bar«\nb: 1
          this line is indented by 2 spaces, which fits no line above it
          help: indent it by 0 or by 4
          also: this one is indented by 4: a: |\n    »foo«\n  bar\nb: 1
        »%«YAML 2.0\n---\na: 1
          this `%YAML` line is not one that Compose understands
          help: remove the line
        a: »!«x!y b
          this tag begins with a handle that no `%TAG` line declares
          help: remove the tag, or put the value in quotes if it begins with `!`
        a: 1\n»%«YAML 1.1\n---\nb: 1
          a line that begins with `%` is an instruction to the YAML parser, and this one is not valid here
          help: remove it, or put the value in quotes
        a: »\u{1b}«[0m
          the character U+001B is here, which is invisible and not allowed in YAML
          help: remove it
        a: 1\n... »f«oo
          text follows the `...` that ends the document
          help: begin a new line, and the next document with `---`
        a: »"«x\n---\nb"
          this `"` is not closed
          help: close it at the end of the value
          also: the text in quotes runs into this line: a: "x\n»---«\nb"
        a: {b: 1,»,« c: 2}
          there is nothing before this comma
          also: the bracket is opened here: a: »{«b: 1,, c: 2}
        a: [\n  »-« b\n]
          items between brackets are separated by commas, not by dashes
          help: remove the dash
          also: the bracket is opened here: a: »[«\n  - b\n]
        a: 1\n---\nb: »[«
          this `[` is not closed
          help: add the `]`
        a: 1\n»\u{feff}«b: 2
          a byte order mark (U+FEFF) is in the middle of the file
          help: remove this invisible character; it stays behind when files are joined
        a: {b: c d»:« e}
          a comma or the closing `}` is missing before this
          also: the bracket is opened here: a: »{«b: c d: e}
        a: "x" »y«
          the value goes on after its closing quote
          help: a quote between double quotes is written `\"`; or put the whole value in single quotes
          also: the quote is opened here: a: »"«x" y
        a: [1] »2«
          text follows the closing bracket of a value
          help: put the whole value in quotes if this belongs to it, else begin a new line
        »:« a
          there is no key before this colon
          help: write the key, or put the value in quotes if it begins with a colon
        a: 1\n...\n»«b: 1
          this follows the `...` that ends the document, which Compose does not accept
          help: begin the next document with `---` on a line of its own, or remove the `...`
        a: »*nope«
          there is no anchor of this name above this alias
          help: define it earlier in the same file, or put the value in quotes if it only begins with a `*`
        a: »&b.c« 1
          the name of an anchor can only have letters, digits, `-` and `_` in Compose
          help: rename it here and in its aliases, or put the value in quotes if it only begins with `&`
        a: b»\u{2028}«
          the invisible character U+2028 (line separator) is here; Compose begins a new line at it, editors and other tools may not
          help: remove it, or replace it with an ordinary line break
        a: b»\r«c: d
          a carriage return without a line feed is here; Compose begins a new line at it, editors and other tools may not
          help: remove it, or replace it with an ordinary line break
        "###);
    }

    #[test]
    fn no_message_repeats_a_value() {
        for text in [
            "password: \"hunter2\nuser: x\n",
            "password:hunter2\nuser: x\n",
            "password: hunter2: x\n",
            "- PASSWORD: @hunter2\n",
            "env:\n  PASSWORD=hunter2\n  A: b\n",
            "password: |\nhunter2\nb: c\n",
            "password: *hunter2!x\n",
            "password: *hunter2\n",
            "password: [hunter2\nb: c\n",
            "password:\n  hunter2\n  b: c\n",
            "password: \"\\hunter2\"\n",
        ] {
            let tree = parse(FileId::NONE, text);
            let error = tree.errors.first().unwrap_or_else(|| panic!("{text}"));
            let said = format!("{} {:?} {:?}", error.message, error.help, error.related.as_ref().map(|(_, what)| what));
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
