//! What a value may be. Nothing here knows a key of Compose: those are in the tables.

use super::super::Semantics;

/// What a value may be, one slot for each type of YAML. All unions of the Compose schema are unions of types, so the type
/// that is found always tells which form was meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Whatever it is, it is not looked at (`x-`).
    pub(super) any: bool,
    /// `null`, or nothing after the colon.
    pub(super) null: bool,
    /// `true` and `false`.
    pub(super) boolean: bool,
    /// Numbers.
    pub(super) number: Number,
    /// Text, quoted or not.
    pub(super) text: Text,
    /// Sequences.
    pub(super) list: Option<&'static List>,
    /// Mappings.
    pub(super) mapping: Option<&'static Mapping>,
    /// What it is for, where the types alone would say too little.
    pub(super) meaning: Meaning,
}

/// Which numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// None.
    No,
    /// All.
    Any,
    /// Whole ones; `5.0` is one.
    Whole,
    /// Whole ones from here to there, both included.
    Between(i64, i64),
    /// Whole ones from here.
    From(i64),
}

/// Which texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// None.
    No,
    /// All.
    Any,
    /// These words.
    Words(&'static [&'static str]),
    /// `container_name`: somewhere a letter or digit and behind it another good character. Not anchored, as in Compose.
    ContainerName,
    /// `pull_policy`: one of the policies somewhere in the text. Not anchored, as in Compose.
    PullPolicy,
}

/// What text or a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What its types say.
    Plain,
    /// True or false; text is taken for the sake of `${…}`.
    Flag,
    /// A number; text is taken for the sake of `${…}`.
    Number,
    /// A whole number; text is taken for the sake of `${…}`.
    Whole,
    /// `30s`.
    Duration,
    /// `512m`.
    Size,
}

/// A sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// Each of its items.
    pub(super) item: Shape,
    /// No two items may be equal.
    pub(super) unique: bool,
}

/// A mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    /// What it is: "a service". Empty for one whose keys are the user's own.
    pub(super) what: &'static str,
    /// The keys, sorted.
    pub(super) keys: &'static [(&'static str, Shape)],
    /// The keys that only [`Semantics::V5`] knows, sorted.
    pub(super) newer: &'static [(&'static str, Shape)],
    /// Keys that must be there.
    pub(super) required: &'static [&'static str],
    /// Keys of the user's own choice.
    pub(super) names: Option<Names>,
    /// Every other key.
    pub(super) others: Others,
}

/// Keys of the user's own choice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// What they look like.
    pub(super) pattern: Pattern,
    /// What is behind them.
    pub(super) shape: Shape,
    /// What one is called: "service"; empty if it has no name of its own.
    pub(super) noun: &'static str,
}

/// What keys of the user's own choice look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Letters, digits, `.`, `_` and `-`.
    Identifier,
    /// Small letters.
    Lowercase,
    /// Not empty, in one line.
    OneLine,
    /// Not empty.
    Filled,
}

/// Keys that are neither known nor look like a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// None may be there.
    Refused,
    /// Only `x-…`.
    Extensions,
    /// They are not looked at.
    Ignored,
}

impl Shape {
    /// Nothing at all: the start of every other shape.
    pub(super) const NOTHING: Shape = Shape {
        any: false,
        null: false,
        boolean: false,
        number: Number::No,
        text: Text::No,
        list: None,
        mapping: None,
        meaning: Meaning::Plain,
    };

    /// The same, and `null`.
    pub(super) const fn or_null(mut self) -> Shape {
        self.null = true;
        self
    }

    /// The same, and a list.
    pub(super) const fn or_list(mut self, list: &'static List) -> Shape {
        self.list = Some(list);
        self
    }

    /// The same, and a mapping.
    pub(super) const fn or_mapping(mut self, mapping: &'static Mapping) -> Shape {
        self.mapping = Some(mapping);
        self
    }

    /// What it may be, in words: "text or a list".
    pub(super) fn expected(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if let Text::Words(words) = self.text {
            parts.push(list_words(words, "or"));
        }
        match self.meaning {
            Meaning::Flag => parts.push("true or false".into()),
            Meaning::Duration => parts.push("a duration such as `30s`".into()),
            Meaning::Size if self.number == Number::No => parts.push("text such as `512m`".into()),
            Meaning::Size => parts.push("a size such as `512m`".into()),
            Meaning::Number => parts.push("a number".into()),
            Meaning::Whole | Meaning::Plain => {
                match self.number {
                    Number::No => {}
                    Number::Any => parts.push("a number".into()),
                    Number::Whole => parts.push("a whole number".into()),
                    Number::Between(low, high) => parts.push(format!("a whole number from {low} to {high}")),
                    Number::From(low) => parts.push(format!("a whole number from {low}")),
                }
                if self.meaning == Meaning::Plain {
                    if !matches!(self.text, Text::No | Text::Words(_)) {
                        parts.insert(0, "text".into());
                    }
                    if self.boolean {
                        parts.push("true or false".into());
                    }
                }
            }
        }
        if self.list.is_some() {
            parts.push("a list".into());
        }
        if self.mapping.is_some() {
            parts.push("a mapping".into());
        }
        match parts.split_last() {
            None => "empty".into(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }
}

/// `` `a`, `b` or `c` ``.
pub(super) fn list_words(words: &[&str], glue: &str) -> String {
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => format!("`{last}`"),
        Some((last, rest)) => format!("`{}` {glue} `{last}`", rest.join("`, `")),
    }
}

impl Mapping {
    /// A mapping of known keys and `x-…`.
    pub(super) const fn of(what: &'static str, keys: &'static [(&'static str, Shape)]) -> Mapping {
        Mapping { what, keys, newer: &[], required: &[], names: None, others: Others::Extensions }
    }

    /// A mapping of known keys and nothing else.
    pub(super) const fn closed(what: &'static str, keys: &'static [(&'static str, Shape)]) -> Mapping {
        Mapping { others: Others::Refused, ..Mapping::of(what, keys) }
    }

    /// A mapping whose keys are the user's own; others are refused.
    pub(super) const fn named(noun: &'static str, pattern: Pattern, shape: Shape) -> Mapping {
        Mapping { names: Some(Names { pattern, shape, noun }), others: Others::Refused, ..Mapping::of("", &[]) }
    }

    /// The same, with keys that must be there.
    pub(super) const fn require(self, required: &'static [&'static str]) -> Mapping {
        Mapping { required, ..self }
    }

    /// The same, but other keys are not looked at.
    pub(super) const fn lenient(self) -> Mapping {
        Mapping { others: Others::Ignored, ..self }
    }

    /// The shape of a known key.
    pub(super) fn key(&self, key: &str, semantics: Semantics) -> Option<&'static Shape> {
        let newer = match semantics {
            Semantics::V2 => &[],
            Semantics::V5 => self.newer,
        };
        [self.keys, newer].into_iter().find_map(|keys| {
            let at = keys.binary_search_by(|(k, _)| (*k).cmp(key)).ok()?;
            keys.get(at).map(|(_, shape)| shape)
        })
    }

    /// The known keys.
    pub(super) fn known(&self, semantics: Semantics) -> impl Iterator<Item = (&'static str, &'static Shape)> + use<> {
        let newer: &'static [(&'static str, Shape)] = match semantics {
            Semantics::V2 => &[],
            Semantics::V5 => self.newer,
        };
        self.keys.iter().chain(newer).map(|(key, shape)| (*key, shape))
    }
}

impl Pattern {
    /// True for a key of this look.
    pub(super) fn matches(self, key: &str) -> bool {
        match self {
            Pattern::Identifier => !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')),
            Pattern::Lowercase => !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase()),
            Pattern::OneLine => !key.is_empty() && !key.contains('\n'),
            Pattern::Filled => key.chars().any(|c| c != '\n'),
        }
    }
}

impl Text {
    /// True for a text that is taken.
    pub(super) fn takes(self, text: &str) -> bool {
        match self {
            Text::No => false,
            Text::Any => true,
            Text::Words(words) => words.contains(&text),
            Text::ContainerName => text.as_bytes().windows(2).any(|pair| match pair {
                [first, second] => {
                    first.is_ascii_alphanumeric() && (second.is_ascii_alphanumeric() || matches!(second, b'_' | b'.' | b'-'))
                }
                _ => false,
            }),
            Text::PullPolicy => {
                PULL_POLICIES.iter().any(|p| text.contains(p))
                    || text.match_indices("every_").any(|(at, word)| {
                        let rest = text.get(at + word.len()..).unwrap_or("");
                        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                        unit.len() < rest.len() && unit.starts_with(['w', 'd', 'h', 'm', 's'])
                    })
            }
        }
    }
}

/// The policies that are one word.
pub(super) const PULL_POLICIES: &[&str] = &["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
