//! Where lines are broken. A document is text, gaps that may become line breaks, and groups that are either on one line or not; it is laid
//! out by the rules of `nixfmt`, so that its own run over what comes out changes nothing. Knows nothing of Nix but the width of a line.
//!
//! A group is put on one line if it fits. If it does not, each of its priority groups is tried, the last one first: all else on the lines it
//! begins and ends with, and only that group broken. If that fails, all of its own gaps are broken.

use std::borrow::Cow;
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

/// A part of a document.
#[derive(Clone, Debug)]
pub(super) enum Part<'a> {
    Text {
        text: Cow<'a, str>,
        width: usize,
        nest: usize,
        offset: usize,
    },
    /// Does not count for the width of a line.
    Comment {
        text: String,
        nest: usize,
        offset: usize,
    },
    Gap(Gap),
    Group(Kind, Vec<Part<'a>>),
}

impl Part<'_> {
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

/// Builds a document. Gaps that meet are merged, and hard gaps at the ends of a group are moved out of it, as it grows.
#[derive(Default)]
pub(super) struct Builder<'a> {
    parts: Vec<Part<'a>>,
    nest: usize,
    offset: usize,
    /// How many `${` what is built is within.
    pub(super) interpolations: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn text(&mut self, text: impl Into<Cow<'a, str>>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        let more = width(&text);
        if let Some(Part::Text { text: before, width, .. }) = self.parts.last_mut() {
            before.to_mut().push_str(&text);
            *width += more;
        } else {
            self.parts.push(Part::Text { text, width: more, nest: self.nest, offset: self.offset });
        }
    }

    pub(super) fn comment(&mut self, text: String) {
        self.parts.push(Part::Comment { text, nest: self.nest, offset: self.offset });
    }

    pub(super) fn gap(&mut self, gap: Gap) {
        if let Some(Part::Gap(before)) = self.parts.last_mut() {
            *before = before.with(gap);
        } else {
            self.parts.push(Part::Gap(gap));
        }
    }

    /// True if so many characters fit in a line of their own, wherever that begins.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.nest * STEP + self.offset + width(text) < WIDTH
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

    /// What is built, for [`Builder::all`].
    pub(super) fn apart(&mut self, build: impl FnOnce(&mut Self)) -> Vec<Part<'a>> {
        let outside = mem::take(&mut self.parts);
        build(self);
        mem::replace(&mut self.parts, outside)
    }

    /// Parts that were built before.
    pub(super) fn all(&mut self, parts: Vec<Part<'a>>) {
        for part in parts {
            match part {
                Part::Gap(gap) => self.gap(gap),
                Part::Text { text, .. } if matches!(self.parts.last(), Some(Part::Text { .. })) => self.text(text),
                other => self.parts.push(other),
            }
        }
    }

    fn close(&mut self, kind: Kind, mut body: Vec<Part<'a>>) {
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
        let body = mem::take(&mut self.parts);
        self.close(Kind::Plain, body);
        let mut renderer = Renderer { out: String::new(), column: 0, steps: vec![(0, 0)] };
        renderer.parts(&self.parts, None);
        let mut out = renderer.out;
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }
}

fn first_gap<'p>(parts: &'p mut [Part<'_>]) -> Option<&'p mut Gap> {
    match parts.first_mut()? {
        Part::Gap(gap) => Some(gap),
        Part::Group(_, inner) => first_gap(inner),
        _ => None,
    }
}

/// The parts on one line, if they can be and are not wider than `limit`.
pub(super) fn one_line<'a>(parts: &[Part<'a>], limit: usize) -> Option<Vec<Part<'a>>> {
    fn go<'a>(parts: &[Part<'a>], limit: &mut usize, out: &mut Vec<Part<'a>>) -> Option<()> {
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
struct Rest<'r, 'a> {
    parts: &'r [Part<'a>],
    next: Option<&'r Rest<'r, 'a>>,
}

type After<'r, 'a> = Option<&'r Rest<'r, 'a>>;

/// What of the rest is surely on the line of what is before it.
fn line_width(after: After<'_, '_>) -> usize {
    /// False once the line can end.
    fn go(parts: &[Part<'_>], gap: &mut Option<Gap>, width: &mut usize) -> bool {
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
fn next_nest(chain: &[&[Part<'_>]]) -> (usize, usize) {
    fn go(parts: &[Part<'_>]) -> Option<(usize, usize)> {
        parts.iter().find_map(|part| match part {
            Part::Text { nest, offset, .. } | Part::Comment { nest, offset, .. } => Some((*nest, *offset)),
            Part::Group(_, inner) => Some(go(inner).unwrap_or_default()),
            Part::Gap(_) => None,
        })
    }
    chain.iter().find_map(|parts| go(parts)).unwrap_or_default()
}

struct Renderer {
    out: String,
    /// Characters in the line; nothing is written of a line that begins.
    column: usize,
    /// Columns and nesting of what is open; never empty. Several steps of nesting on one line are one step further in.
    steps: Vec<(usize, usize)>,
}

impl Renderer {
    fn parts<'a>(&mut self, parts: &[Part<'a>], after: After<'_, 'a>) {
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text { text, width, nest, offset } => self.write(text, *width, *nest, *offset),
                Part::Comment { text, nest, offset } => self.write(text, width(text), *nest, *offset),
                Part::Gap(_) if self.column == 0 => {}
                Part::Gap(Gap::Space) => {
                    self.column += 1;
                    self.out.push(' ');
                }
                Part::Gap(gap) => {
                    let breaks = match gap {
                        Gap::Empty => 2,
                        Gap::Breaks(n) => *n,
                        _ => 1,
                    };
                    self.column = 0;
                    self.out.extend(std::iter::repeat_n('\n', breaks));
                }
                Part::Group(kind, body) => {
                    let rest = Rest { parts: parts.get(at + 1..).unwrap_or_default(), next: after };
                    self.group(*kind, body, Some(&rest));
                }
            }
        }
    }

    fn write(&mut self, text: &str, width: usize, nest: usize, offset: usize) {
        self.step(nest);
        if self.column == 0 {
            let columns = self.steps.last().map_or(0, |s| s.0) + offset;
            self.out.extend(std::iter::repeat_n(' ', columns));
        }
        self.column += width;
        self.out.push_str(text);
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

    fn group<'a>(&mut self, kind: Kind, body: &[Part<'a>], after: After<'_, 'a>) {
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
                let before: Vec<&[Part<'a>]> = segments.iter().take(at).map(|s| s.1).collect();
                let behind: Vec<&[Part<'a>]> = segments.iter().skip(at + 1).map(|s| s.1).collect();
                if self.before_priority(&before, inner, &behind, after) {
                    let flat: Vec<Part<'a>> = behind.iter().flat_map(|parts| parts.iter()).filter_map(tight).collect();
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

    fn before_priority<'a>(&mut self, before: &[&[Part<'a>]], inner: &[Part<'a>], behind: &[&[Part<'a>]], after: After<'_, 'a>) -> bool {
        // The rest is a list from the end to the front, on the stack.
        fn chained<'a>(renderer: &mut Renderer, before: &[&[Part<'a>]], later: &[&[Part<'a>]], after: After<'_, 'a>) -> bool {
            match later.split_last() {
                None => renderer.on_one_line(before, after),
                Some((last, others)) => chained(renderer, before, others, Some(&Rest { parts: last, next: after })),
            }
        }
        let mut later = Vec::with_capacity(behind.len() + 1);
        later.push(inner);
        later.extend_from_slice(behind);
        chained(self, before, &later, after)
    }

    /// Writes the parts on one line; nothing, and false, if they do not fit with what has to follow on that line.
    fn on_one_line(&mut self, chain: &[&[Part<'_>]], after: After<'_, '_>) -> bool {
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
            self.out.extend(std::iter::repeat_n(' ', columns));
        }
        if chain.iter().all(|parts| line.parts(parts, &mut self.out)) && line.end(&mut self.out) {
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
    fn parts(&mut self, parts: &[Part<'_>], out: &mut String) -> bool {
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
                    if !self.parts(inner, out) {
                        return false;
                    }
                    continue;
                }
                Part::Text { text, width, .. } => {
                    if !self.end(out) || *width > self.room {
                        return false;
                    }
                    self.room -= width;
                    self.width += width;
                    out.push_str(text);
                }
                Part::Comment { text, .. } => {
                    if !self.end(out) {
                        return false;
                    }
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
fn split<'r, 'a>(parts: &'r [Part<'a>], segments: &mut Vec<(bool, &'r [Part<'a>])>) {
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
fn tight<'a>(part: &Part<'a>) -> Option<Part<'a>> {
    match part {
        Part::Gap(Gap::Line) => Some(Part::Gap(Gap::Space)),
        Part::Gap(Gap::Break) => None,
        other => Some(other.clone()),
    }
}
