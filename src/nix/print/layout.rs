//! Where lines are broken. A document is text, gaps that may become line breaks, and groups that are either on one line or not; it is laid
//! out by the rules of `nixfmt`, so that its own run over what comes out changes nothing. Knows nothing of Nix but the width of a line.
//!
//! A group is put on one line if it fits. If it does not, each of its priority groups is tried, the last one first: all else on the lines it
//! begins and ends with, and only that group broken. If that fails, all of its own gaps are broken.

use std::mem;

/// Characters in a line.
const WIDTH: usize = 100;
/// Spaces of one step.
const STEP: usize = 2;

/// What is between two texts. The later is the stronger where two meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Nothing, or a line break.
    Break,
    /// A space.
    Space,
    /// A space, or a line break.
    Line,
    /// A line break.
    Hard,
    /// A line break and an empty line.
    Empty,
    /// As many line breaks, whatever meets it: the lines of a text.
    Breaks(usize),
}

impl Gap {
    fn is_hard(self) -> bool {
        !matches!(self, Gap::Break | Gap::Line)
    }

    /// Two gaps that meet are one.
    fn with(self, other: Gap) -> Gap {
        let (weak, strong) = if self <= other { (self, other) } else { (other, self) };
        match (weak, strong) {
            (Gap::Break, Gap::Space) => Gap::Line,
            (Gap::Breaks(a), Gap::Breaks(b)) => Gap::Breaks(a + b),
            (Gap::Empty, Gap::Breaks(n)) => Gap::Breaks(n + 2),
            (Gap::Space, Gap::Breaks(n)) => Gap::Breaks(n),
            (_, Gap::Breaks(n)) => Gap::Breaks(n + 1),
            _ => strong,
        }
    }
}

/// How a group is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// All of its gaps at once.
    Plain,
    /// In place of the group around it, if that makes it fit.
    Priority,
    /// As if it were not there, for the priority groups in it.
    Open,
}

/// A text, in [`Page::words`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    from: usize,
    to: usize,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text {
        words: Words,
        width: usize,
        nest: usize,
        offset: usize,
    },
    /// Does not count for the width of a line.
    Comment {
        words: Words,
        nest: usize,
        offset: usize,
    },
    Gap(Gap),
    Group(Kind, Vec<Part>),
}

impl Part {
    /// True for what is not measured with the group it begins.
    fn is_outside(&self) -> bool {
        match self {
            Part::Comment { .. } => true,
            Part::Gap(gap) => gap.is_hard(),
            Part::Text { .. } | Part::Group(..) => false,
        }
    }
}

fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

fn spaces(out: &mut String, count: usize) {
    const MANY: &str = "                                                                ";
    let mut left = count;
    while left > 0 {
        let some = MANY.get(..left).unwrap_or(MANY);
        out.push_str(some);
        left -= some.len();
    }
}

/// Builds a document. Gaps that meet are merged, and hard gaps at the ends of a group are moved out of it, as it grows.
///
/// What is built outside of groups is laid out line by line, so that little of a long document is ever held as parts.
#[derive(Default)]
pub(super) struct Builder {
    page: Page,
    parts: Vec<Part>,
    /// How many groups what is built is within.
    open: usize,
    /// True if a line break is between the parts outside of groups: they are not on one line.
    broken: bool,
    nest: usize,
    offset: usize,
    /// How many `${` what is built is within.
    pub(super) interpolations: usize,
}

impl Builder {
    pub(super) fn text(&mut self, text: &str) {
        self.write(|out| out.push_str(text));
    }

    /// The text that is written.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut String)) {
        let from = self.page.words.len();
        write(&mut self.page.words);
        self.add(from, width(self.page.words.get(from..).unwrap_or_default()));
    }

    /// The text that is written, if it is, and is not too wide for a line of its own.
    pub(super) fn line(&mut self, write: impl FnOnce(&mut String) -> bool) -> bool {
        let from = self.page.words.len();
        let done = write(&mut self.page.words);
        let width = width(self.page.words.get(from..).unwrap_or_default());
        // A semicolon may come behind it, and a space before a comment.
        let fits = done && width <= WIDTH - 2;
        if fits {
            self.add(from, width);
        } else {
            self.page.words.truncate(from);
        }
        fits
    }

    /// True if what is written is, and is too wide for any line.
    pub(super) fn is_too_wide(&mut self, write: impl FnOnce(&mut String) -> bool) -> bool {
        let from = self.page.words.len();
        let done = write(&mut self.page.words);
        let width = width(self.page.words.get(from..).unwrap_or_default());
        self.page.words.truncate(from);
        done && width > WIDTH
    }

    pub(super) fn comment(&mut self, mark: &str, text: &str) {
        let from = self.page.words.len();
        self.page.words.push_str(mark);
        self.page.words.push_str(text);
        let words = self.settled(from);
        self.parts.push(Part::Comment { words, nest: self.nest, offset: self.offset });
    }

    /// The text that begins there.
    fn add(&mut self, from: usize, width: usize) {
        if width == 0 {
            return;
        }
        let joined = self.parts.is_empty() && self.page.column > 0;
        let words = self.settled(from);
        if self.open > 0 || !self.broken || !self.parts.is_empty() {
            return self.join(words, width);
        }
        // Nothing that is still to come has a say in it.
        if !joined {
            self.page.begin(self.nest, self.offset);
        }
        self.page.append(words, width);
        self.page.words.clear();
    }

    /// A text after what is there; two that meet are one.
    fn join(&mut self, more: Words, more_width: usize) {
        let Some(Part::Text { words, width, .. }) = self.parts.last_mut() else {
            return self.parts.push(Part::Text { words: more, width: more_width, nest: self.nest, offset: self.offset });
        };
        *words = self.page.join(*words, more);
        *width += more_width;
    }

    /// The text that begins there, once what is complete is laid out: all that a line break is after, outside of groups.
    fn settled(&mut self, from: usize) -> Words {
        let words = Words { from, to: self.page.words.len() };
        match self.parts.as_slice() {
            _ if self.open > 0 => return words,
            [Part::Gap(gap)] if self.broken => self.page.gap(*gap),
            [.., Part::Gap(Gap::Hard | Gap::Empty | Gap::Breaks(_))] => {
                self.broken = self.broken || !self.parts.iter().all(Part::is_outside);
                self.page.parts(&self.parts, None);
            }
            _ => return words,
        }
        self.parts.clear();
        words
    }

    pub(super) fn gap(&mut self, gap: Gap) {
        if let Some(Part::Gap(before)) = self.parts.last_mut() {
            *before = before.with(gap);
        } else {
            self.parts.push(Part::Gap(gap));
        }
    }

    /// What is built is one step further in.
    pub(super) fn nested(&mut self, build: impl FnOnce(&mut Self)) {
        self.nest += 1;
        build(self);
        self.nest -= 1;
    }

    /// What is built is further in by so many columns.
    pub(super) fn offset(&mut self, columns: usize, build: impl FnOnce(&mut Self)) {
        self.offset += columns;
        build(self);
        self.offset -= columns;
    }

    pub(super) fn group(&mut self, kind: Kind, build: impl FnOnce(&mut Self)) {
        let body = self.apart(build);
        self.close(kind, body);
    }

    /// A group, or its parts alone if they are broken anyway: they are the same on the page.
    pub(super) fn group_unless(&mut self, broken: bool, kind: Kind, build: impl FnOnce(&mut Self)) {
        if broken {
            build(self);
        } else {
            self.group(kind, build);
        }
    }

    /// What is built, for [`Builder::all`], before there is another text outside of groups.
    pub(super) fn apart(&mut self, build: impl FnOnce(&mut Self)) -> Vec<Part> {
        let outside = mem::take(&mut self.parts);
        self.open += 1;
        build(self);
        self.open -= 1;
        mem::replace(&mut self.parts, outside)
    }

    /// Parts that were built before.
    pub(super) fn all(&mut self, parts: Vec<Part>) {
        for part in parts {
            match part {
                Part::Gap(gap) => self.gap(gap),
                Part::Text { words, width, .. } if matches!(self.parts.last(), Some(Part::Text { .. })) => self.join(words, width),
                other => self.parts.push(other),
            }
        }
    }

    fn close(&mut self, kind: Kind, mut body: Vec<Part>) {
        if matches!(self.parts.last(), Some(Part::Gap(Gap::Space)))
            && let Some(first) = first_gap(&mut body)
        {
            *first = first.with(Gap::Space);
            self.parts.pop();
        }
        let end = body.iter().rposition(|p| !matches!(p, Part::Gap(gap) if gap.is_hard())).map_or(0, |at| at + 1);
        let begin = body.iter().position(|p| !p.is_outside()).unwrap_or(end).min(end);
        let after = body.split_off(end);
        let mut inner = if begin == 0 { mem::take(&mut body) } else { body.split_off(begin) };
        self.all(body);
        if !inner.is_empty() {
            if let [Part::Group(same, only)] = inner.as_mut_slice()
                && *same == kind
            {
                inner = mem::take(only);
            }
            self.parts.push(Part::Group(kind, inner));
        }
        self.all(after);
    }

    /// The text, with a line break at the end.
    pub(super) fn render(mut self) -> String {
        if !self.broken {
            let body = mem::take(&mut self.parts);
            self.close(Kind::Plain, body);
        }
        self.page.parts(&self.parts, None);
        let mut out = self.page.out;
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}

fn first_gap(parts: &mut [Part]) -> Option<&mut Gap> {
    match parts.first_mut()? {
        Part::Gap(gap) => Some(gap),
        Part::Group(_, inner) => first_gap(inner),
        _ => None,
    }
}

/// The parts on one line, if they can be and are not wider than `limit`.
pub(super) fn one_line(parts: &[Part], limit: usize) -> Option<Vec<Part>> {
    fn go(parts: &[Part], limit: &mut usize, out: &mut Vec<Part>) -> Option<()> {
        for part in parts {
            match part {
                Part::Text { width, .. } => {
                    *limit = limit.checked_sub(*width)?;
                    out.push(part.clone());
                }
                Part::Gap(Gap::Break) => {}
                Part::Gap(Gap::Line | Gap::Space) => {
                    *limit = limit.checked_sub(1)?;
                    out.push(Part::Gap(Gap::Space));
                }
                Part::Gap(_) | Part::Comment { .. } => return None,
                Part::Group(_, inner) => go(inner, limit, out)?,
            }
        }
        Some(())
    }
    let mut out = Vec::new();
    let mut limit = limit;
    go(parts, &mut limit, &mut out)?;
    Some(out)
}

/// What comes after the parts that are laid out: a slice, and what is after that.
#[derive(Clone, Copy)]
struct Rest<'r> {
    parts: &'r [Part],
    next: Option<&'r Rest<'r>>,
}

type After<'r> = Option<&'r Rest<'r>>;

/// What of the rest is surely on the line of what is before it.
fn line_width(after: After<'_>) -> usize {
    /// False once the line can end.
    fn go(parts: &[Part], gap: &mut Option<Gap>, width: &mut usize) -> bool {
        for part in parts {
            match part {
                Part::Gap(more) => *gap = Some(gap.map_or(*more, |g| g.with(*more))),
                Part::Group(_, inner) => {
                    if !go(inner, gap, width) {
                        return false;
                    }
                }
                Part::Text { .. } | Part::Comment { .. } => {
                    match gap.take() {
                        Some(Gap::Space) => *width += 1,
                        Some(_) => return false,
                        None => {}
                    }
                    if let Part::Text { width: more, .. } = part {
                        *width += more;
                    }
                }
            }
        }
        true
    }
    let (mut width, mut gap, mut after) = (0, None, after);
    while let Some(rest) = after {
        if !go(rest.parts, &mut gap, &mut width) {
            return width;
        }
        after = rest.next;
    }
    // A space that nothing comes after is there.
    width + usize::from(gap == Some(Gap::Space))
}

/// How far in the next text is.
fn next_nest(chain: &[&[Part]]) -> (usize, usize) {
    fn go(parts: &[Part]) -> Option<(usize, usize)> {
        parts.iter().find_map(|part| match part {
            Part::Text { nest, offset, .. } | Part::Comment { nest, offset, .. } => Some((*nest, *offset)),
            Part::Group(_, inner) => Some(go(inner).unwrap_or_default()),
            Part::Gap(_) => None,
        })
    }
    chain.iter().find_map(|parts| go(parts)).unwrap_or_default()
}

/// What is laid out, and how far that is.
struct Page {
    /// The texts of parts.
    words: String,
    out: String,
    /// Characters in the line; nothing is written of a line that begins.
    column: usize,
    /// Columns and nesting of what is open; never empty. Several steps of nesting on one line are one step further in.
    steps: Vec<(usize, usize)>,
}

impl Default for Page {
    fn default() -> Self {
        Self { words: String::new(), out: String::new(), column: 0, steps: vec![(0, 0)] }
    }
}

fn written(words: &str, Words { from, to }: Words) -> &str {
    words.get(from..to).unwrap_or_default()
}

impl Page {
    /// Two texts as one.
    fn join(&mut self, before: Words, after: Words) -> Words {
        if before.to == after.from {
            return Words { from: before.from, to: after.to };
        }
        let from = self.words.len();
        for words in [before, after] {
            self.words.extend_from_within(words.from..words.to);
        }
        Words { from, to: self.words.len() }
    }

    fn parts(&mut self, parts: &[Part], after: After<'_>) {
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text { words, width, nest, offset } => {
                    self.begin(*nest, *offset);
                    self.append(*words, *width);
                }
                Part::Comment { words, nest, offset } => {
                    self.begin(*nest, *offset);
                    self.append(*words, width(written(&self.words, *words)));
                }
                Part::Gap(gap) => self.gap(*gap),
                Part::Group(kind, body) => {
                    let rest = Rest { parts: parts.get(at + 1..).unwrap_or_default(), next: after };
                    self.group(*kind, body, Some(&rest));
                }
            }
        }
    }

    fn gap(&mut self, gap: Gap) {
        if self.column == 0 {
            return;
        }
        if gap == Gap::Space {
            self.column += 1;
            return self.out.push(' ');
        }
        let breaks = match gap {
            Gap::Empty => 2,
            Gap::Breaks(n) => n,
            _ => 1,
        };
        self.column = 0;
        for _ in 0..breaks {
            self.out.push('\n');
        }
    }

    /// The indentation of a text, if a line begins with it.
    fn begin(&mut self, nest: usize, offset: usize) {
        self.step(nest);
        if self.column == 0 {
            let columns = self.steps.last().map_or(0, |s| s.0) + offset;
            spaces(&mut self.out, columns);
        }
    }

    fn append(&mut self, words: Words, width: usize) {
        self.column += width;
        self.out.push_str(written(&self.words, words));
    }

    fn step(&mut self, nest: usize) {
        while let Some(&(columns, open)) = self.steps.last() {
            if nest < open {
                self.steps.pop();
                continue;
            }
            if nest > open {
                self.steps.push((if self.column == 0 { columns + STEP } else { columns }, nest));
            }
            return;
        }
    }

    /// The column of text at the beginning of a line.
    fn columns(&self, nest: usize) -> usize {
        match self.steps.iter().rev().find(|(_, open)| *open <= nest) {
            Some(&(columns, open)) if open < nest => columns + STEP,
            Some(&(columns, _)) => columns,
            None => 0,
        }
    }

    fn group(&mut self, kind: Kind, body: &[Part], after: After<'_>) {
        if self.on_one_line(&[body], after) {
            return;
        }
        if kind != Kind::Open {
            let mut segments = Vec::new();
            split(body, &mut segments);
            for (at, (priority, inner)) in segments.iter().enumerate().rev() {
                if !priority {
                    continue;
                }
                let kept = (self.out.len(), self.column, self.steps.clone());
                let before: Vec<&[Part]> = segments.iter().take(at).map(|s| s.1).collect();
                let behind: Vec<&[Part]> = segments.iter().skip(at + 1).map(|s| s.1).collect();
                if self.before_priority(&before, inner, &behind, after) {
                    let flat: Vec<Part> = behind.iter().flat_map(|parts| parts.iter()).filter_map(tight).collect();
                    let rest = Rest { parts: &flat, next: after };
                    self.parts(inner, Some(&rest));
                    if self.on_one_line(&behind, after) {
                        return;
                    }
                }
                self.out.truncate(kept.0);
                self.column = kept.1;
                self.steps = kept.2;
            }
        }
        self.parts(body, after);
    }

    fn before_priority(&mut self, before: &[&[Part]], inner: &[Part], behind: &[&[Part]], after: After<'_>) -> bool {
        // The rest is a list from the end to the front, on the stack.
        fn chained(page: &mut Page, before: &[&[Part]], later: &[&[Part]], after: After<'_>) -> bool {
            match later.split_last() {
                None => page.on_one_line(before, after),
                Some((last, others)) => chained(page, before, others, Some(&Rest { parts: last, next: after })),
            }
        }
        let mut later = Vec::with_capacity(behind.len() + 1);
        later.push(inner);
        later.extend_from_slice(behind);
        chained(self, before, &later, after)
    }

    /// Writes the parts on one line; nothing, and false, if they do not fit with what has to follow on that line.
    fn on_one_line(&mut self, chain: &[&[Part]], after: After<'_>) -> bool {
        if chain.iter().all(|parts| parts.is_empty()) {
            return true;
        }
        let Some(room) = WIDTH.checked_sub(self.column + line_width(after)) else { return false };
        let mark = self.out.len();
        // A gap at the beginning of a line is nothing.
        let mut line = Line { room, width: 0, gap: None, fresh: self.column == 0 };
        let nest = next_nest(chain);
        if self.column == 0 {
            let columns = self.columns(nest.0) + nest.1;
            spaces(&mut self.out, columns);
        }
        if chain.iter().all(|parts| line.parts(parts, &self.words, &mut self.out)) && line.end(&mut self.out) {
            if self.column == 0 {
                self.step(nest.0);
            }
            self.column += line.width;
            true
        } else {
            self.out.truncate(mark);
            false
        }
    }
}

/// A line that is tried.
struct Line {
    room: usize,
    width: usize,
    gap: Option<Gap>,
    fresh: bool,
}

impl Line {
    fn parts(&mut self, parts: &[Part], words: &str, out: &mut String) -> bool {
        for part in parts {
            match part {
                Part::Gap(_) if self.fresh => {}
                Part::Gap(more) => {
                    let gap = self.gap.map_or(*more, |g| g.with(*more));
                    if matches!(gap, Gap::Hard | Gap::Empty | Gap::Breaks(_)) {
                        return false;
                    }
                    self.gap = Some(gap);
                    continue;
                }
                Part::Group(_, inner) => {
                    if !self.parts(inner, words, out) {
                        return false;
                    }
                    continue;
                }
                Part::Text { words: text, width, .. } => {
                    if !self.end(out) || *width > self.room {
                        return false;
                    }
                    self.room -= width;
                    self.width += width;
                    out.push_str(written(words, *text));
                }
                Part::Comment { words: text, .. } => {
                    if !self.end(out) {
                        return false;
                    }
                    let text = written(words, *text);
                    self.width += width(text);
                    out.push_str(text);
                }
            }
            self.fresh = false;
        }
        true
    }

    /// Writes the gap.
    fn end(&mut self, out: &mut String) -> bool {
        if matches!(self.gap.take(), Some(Gap::Space | Gap::Line)) {
            let Some(room) = self.room.checked_sub(1) else { return false };
            self.room = room;
            self.width += 1;
            out.push(' ');
        }
        true
    }
}

/// The priority groups of a group (true), and what is between them.
fn split<'r>(parts: &'r [Part], segments: &mut Vec<(bool, &'r [Part])>) {
    let mut begin = 0;
    for (at, part) in parts.iter().enumerate() {
        let (priority, inner) = match part {
            Part::Group(Kind::Priority, inner) => (true, inner),
            Part::Group(Kind::Open, inner) => (false, inner),
            _ => continue,
        };
        segments.push((false, parts.get(begin..at).unwrap_or_default()));
        if priority {
            segments.push((true, inner));
        } else {
            split(inner, segments);
        }
        begin = at + 1;
    }
    segments.push((false, parts.get(begin..).unwrap_or_default()));
}

/// A part of what comes behind a priority group, which is on the line where that ends.
fn tight(part: &Part) -> Option<Part> {
    match part {
        Part::Gap(Gap::Line) => Some(Part::Gap(Gap::Space)),
        Part::Gap(Gap::Break) => None,
        other => Some(other.clone()),
    }
}
