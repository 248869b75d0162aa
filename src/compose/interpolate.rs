//! `${…}` in text: the template language and its application to a document (spec/resolve.md 6). Reads variables only through [`Lookup`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::pattern::{Cursor, Place, Table};
use super::problem::{ModelPath, Phase, Problem, ProblemKind};
use super::value::{Data, Definition, Origin, Step, Value};
use super::{Semantics, Variable, VariableUse};

/// How deep expressions may nest in defaults. Nobody writes more than three.
const DEPTH: usize = 100;
/// The longest text that one template may expand to, in bytes.
const LENGTH: usize = 1 << 20;
/// How many variables a value remembers.
const REMEMBERED: usize = 100;
/// The longest text that all templates of one document may expand to together, in bytes: a few lines can repeat one long value often.
pub(super) const TOTAL: usize = 64 << 20;

/// A variable that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The value.
    pub value: String,
    /// Where it comes from.
    pub defined: Definition,
}

/// What gives variables their values.
pub trait Lookup {
    /// The variable, if it is set (it may be empty).
    fn get(&self, name: &str) -> Option<Found>;
}

impl Lookup for BTreeMap<String, Variable> {
    fn get(&self, name: &str) -> Option<Found> {
        let variable = BTreeMap::get(self, name)?;
        Some(Found { value: variable.value.clone(), defined: variable.at.map_or(Definition::Environment, Definition::File) })
    }
}

/// One variable that an expression asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The name.
    pub name: String,
    /// The operator and the text after it, as written: `(":-", "8080")`.
    pub operator: Option<(String, String)>,
    /// Where the value comes from that the expression became.
    pub defined: Definition,
    /// True if the variable has a value.
    pub set: bool,
    /// True if it stands in a default or alternative that is not used: Compose 2.40 evaluates those too and drops the result.
    pub discarded: bool,
}

/// Why a template has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// An expression that cannot be read.
    #[error("this `${{…}}` cannot be read")]
    Invalid {
        /// The rest of its line, beginning with its `$`.
        rest: String,
    },
    /// `${X:?}` or `${X?}` that is not set.
    #[error("the variable `{name}` is required but not set")]
    Required {
        /// The name.
        name: String,
        /// The text after the operator, expanded: it may hold the value of another variable.
        message: String,
        /// The text after the operator, as written.
        written: String,
    },
    /// Expressions in expressions in expressions.
    #[error("expressions nest more than {DEPTH} deep")]
    TooDeep,
    /// The result is too long.
    #[error("the text becomes longer than {LENGTH} bytes")]
    TooLong,
}

/// The text that a template becomes (spec/resolve.md 6.2). `uses` gets every variable that was asked for, also before an error.
pub fn expand(template: &str, lookup: &dyn Lookup, semantics: Semantics, uses: &mut Vec<Use>) -> Result<String, TemplateError> {
    let mut out = String::new();
    Expander { lookup, semantics, uses, discarded: false }.text(template, 0, &mut out)?;
    Ok(out)
}

struct Expander<'a> {
    lookup: &'a dyn Lookup,
    semantics: Semantics,
    uses: &'a mut Vec<Use>,
    discarded: bool,
}

/// `${name}` or `${name operator word}`.
struct Expression<'t> {
    name: &'t str,
    operator: Option<(&'t str, &'t str)>,
}

fn push(out: &mut String, text: &str) -> Result<(), TemplateError> {
    if out.len() + text.len() > LENGTH {
        return Err(TemplateError::TooLong);
    }
    out.push_str(text);
    Ok(())
}

/// The variable name that a text begins with, and the rest.
fn name(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.split_at_checked(end)
}

/// The position of the brace that balances the first one. The character after an opening brace is passed over, as Compose does.
fn balance(line: &str) -> Option<usize> {
    let mut depth = 0u32;
    let mut bytes = line.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' => {
                depth += 1;
                bytes.next();
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The expression that `text` (beginning with `${`) begins with, and the text after it. An expression lies in one line; it ends at
/// the balancing brace, or where none balances at the last brace of the line.
fn expression(text: &str) -> Option<(Expression<'_>, &str)> {
    let line = text.split_once('\n').map_or(text, |(line, _)| line);
    let (name, tail) = name(line.strip_prefix("${")?)?;
    if let Some(after) = tail.strip_prefix('}') {
        return Some((Expression { name, operator: None }, text.get(line.len() - after.len()..)?));
    }
    let operator = [":?", "?", ":-", "-", ":+", "+"].into_iter().find(|o| tail.starts_with(o))?;
    let end = balance(line).or_else(|| line.rfind('}'))?;
    let start = line.len() - tail.len() + operator.len();
    Some((Expression { name, operator: Some((operator, line.get(start..end)?)) }, text.get(end + 1..)?))
}

impl Expander<'_> {
    fn text(&mut self, template: &str, depth: usize, out: &mut String) -> Result<(), TemplateError> {
        if depth > DEPTH {
            return Err(TemplateError::TooDeep);
        }
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            push(out, before)?;
            let from_dollar = rest.get(before.len()..).unwrap_or_default();
            if let Some(after) = after.strip_prefix('$') {
                push(out, "$")?;
                rest = after;
            } else if let Some((name, after)) = name(after) {
                self.expression(&Expression { name, operator: None }, depth, out)?;
                rest = after;
            } else if after.starts_with('{') {
                let Some((found, after)) = expression(from_dollar) else {
                    return Err(TemplateError::Invalid { rest: from_dollar.lines().next().unwrap_or_default().to_owned() });
                };
                self.expression(&found, depth, out)?;
                rest = after;
            } else {
                push(out, "$")?;
                rest = after;
            }
        }
        push(out, rest)
    }

    fn word(&mut self, word: &str, depth: usize, used: bool) -> Result<String, TemplateError> {
        let mut out = String::new();
        // Compose 5 evaluates only what it uses.
        if used || self.semantics == Semantics::V2 {
            let before = self.discarded;
            self.discarded = before || !used;
            let result = self.text(word, depth + 1, &mut out);
            self.discarded = before;
            result?;
        }
        Ok(out)
    }

    fn expression(&mut self, expression: &Expression<'_>, depth: usize, out: &mut String) -> Result<(), TemplateError> {
        let found = self.lookup.get(expression.name);
        let set = found.is_some();
        let filled = found.as_ref().is_some_and(|f| !f.value.is_empty());
        let (mut value, mut defined) = found.map_or((String::new(), Definition::Unset), |f| (f.value, f.defined));
        let Some((operator, word)) = expression.operator else {
            self.record(expression, defined, set);
            return push(out, &value);
        };
        let present = if operator.starts_with(':') { filled } else { set };
        let used = if operator.ends_with('+') { present } else { !present };
        if used && operator.ends_with('-') {
            defined = Definition::Default;
        }
        self.record(expression, defined, set);
        let replacement = self.word(word, depth, used)?;
        if used {
            if operator.ends_with('?') {
                return Err(TemplateError::Required { name: expression.name.to_owned(), message: replacement, written: word.to_owned() });
            }
            value = replacement;
        }
        push(out, &value)
    }

    fn record(&mut self, expression: &Expression<'_>, defined: Definition, set: bool) {
        self.uses.push(Use {
            name: expression.name.to_owned(),
            operator: expression.operator.map(|(o, w)| (o.to_owned(), w.to_owned())),
            defined,
            set,
            discarded: self.discarded,
        });
    }
}

/// What a text becomes after interpolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cast {
    Int,
    Float,
    Bool,
    /// Compose 5 only.
    NewBool,
}

/// spec/resolve.md 6.3.
static CASTS: LazyLock<Table<Cast>> = LazyLock::new(|| {
    let int = [
        "services.*.cpu_count",
        "services.*.cpu_period",
        "services.*.cpu_quota",
        "services.*.cpu_rt_period",
        "services.*.cpu_rt_runtime",
        "services.*.cpu_shares",
        "services.*.oom_score_adj",
        "services.*.pids_limit",
        "services.*.scale",
        "services.*.deploy.replicas",
        "services.*.deploy.update_config.parallelism",
        "services.*.deploy.rollback_config.parallelism",
        "services.*.deploy.restart_policy.max_attempts",
        "services.*.deploy.placement.max_replicas_per_node",
        "services.*.healthcheck.retries",
        "services.*.ports.[].target",
        "services.*.ulimits.*",
        "services.*.ulimits.*.hard",
        "services.*.ulimits.*.soft",
    ];
    let float = [
        "services.*.cpu_percent",
        "services.*.cpus",
        "services.*.deploy.update_config.max_failure_ratio",
        "services.*.deploy.rollback_config.max_failure_ratio",
    ];
    let bool = [
        "services.*.init",
        "services.*.healthcheck.disable",
        "services.*.oom_kill_disable",
        "services.*.privileged",
        "services.*.read_only",
        "services.*.stdin_open",
        "services.*.tty",
        "services.*.volumes.[].read_only",
        "services.*.volumes.[].volume.nocopy",
        "networks.*.external",
        "networks.*.internal",
        "networks.*.attachable",
        "networks.*.enable_ipv4",
        "networks.*.enable_ipv6",
        "volumes.*.external",
        "secrets.*.external",
        "configs.*.external",
    ];
    let new_bool = ["services.*.depends_on.*.required", "services.*.depends_on.*.restart"];
    Table::new(
        int.into_iter()
            .map(|p| (p, Cast::Int))
            .chain(float.into_iter().map(|p| (p, Cast::Float)))
            .chain(bool.into_iter().map(|p| (p, Cast::Bool)))
            .chain(new_bool.into_iter().map(|p| (p, Cast::NewBool))),
    )
});

/// Interpolates every text value of a document and converts those of 6.3. A text that cannot be expanded or converted stays as written.
/// Each variable that took part becomes a [`Step::Variable`] of its value. Keys and dates are not touched.
pub fn document(
    root: &mut Value,
    path: &ModelPath,
    lookup: &dyn Lookup,
    semantics: Semantics,
    problems: &mut Vec<Problem>,
    uses: &mut Vec<VariableUse>,
) {
    let mut walk = Walk { lookup, semantics, problems, uses, left: TOTAL };
    walk.value(root, CASTS.at(path), &Place::Root(path));
}

struct Walk<'a> {
    lookup: &'a dyn Lookup,
    semantics: Semantics,
    problems: &'a mut Vec<Problem>,
    uses: &'a mut Vec<VariableUse>,
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value, cursor: Cursor<'_, Cast>, place: &Place<'_>) {
        match &mut value.data {
            Data::Map(map) => {
                for (key, entry) in map.iter_mut() {
                    self.value(&mut entry.value, cursor.key(key), &Place::Key(place, key));
                }
            }
            Data::Seq(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(item, cursor.index(), &Place::Index(place, index));
                }
            }
            Data::Str(text) => {
                if text.contains('$') {
                    let template = std::mem::take(text);
                    let Some(expanded) = self.expand(&template, &mut value.origin, place) else {
                        // What could not be expanded cannot be converted either.
                        *text = template;
                        return;
                    };
                    *text = expanded;
                }
                let wanted = match cursor.get() {
                    Some(Cast::NewBool) if self.semantics == Semantics::V2 => return,
                    Some(cast) => *cast,
                    None => return,
                };
                if let Some(data) = self.cast(text, wanted, &value.origin, place) {
                    value.data = data;
                }
            }
            _ => {}
        }
    }

    fn expand(&mut self, template: &str, origin: &mut Origin, place: &Place<'_>) -> Option<String> {
        let mut found = Vec::new();
        let result = expand(template, self.lookup, self.semantics, &mut found);
        let written = origin.clone();
        let mut seen = BTreeSet::new();
        for u in found.iter().filter(|u| !u.discarded) {
            if seen.len() < REMEMBERED && seen.insert(u.name.as_str()) {
                origin.via = origin.via.push(Step::Variable { name: u.name.clone(), defined: u.defined.clone() });
            }
        }
        report_uses(found, &written, &place.path(), Phase::Interpolation, self.problems, self.uses);
        let result = result.and_then(|text| match self.left.checked_sub(text.len()) {
            Some(left) => {
                self.left = left;
                Ok(text)
            }
            None => Err(TemplateError::TooLong),
        });
        match result {
            Ok(text) => Some(text),
            Err(error) => {
                self.problems.push(template_problem(&error, Phase::Interpolation).at(&*origin).path(&place.path()));
                None
            }
        }
    }

    fn cast(&mut self, text: &str, cast: Cast, origin: &Origin, place: &Place<'_>) -> Option<Data> {
        let (data, wanted) = match cast {
            Cast::Int => (int(text).map(|n| Data::Int(n.into())), "a whole number"),
            Cast::Float => (float(text).map(Data::Float), "a number"),
            Cast::Bool | Cast::NewBool => {
                let parsed = boolean(text);
                if let Some((value, true)) = parsed {
                    let spelled = text.to_owned();
                    self.problems.push(
                        Problem::accepted(
                            ProblemKind::BooleanSpelling,
                            Phase::Interpolation,
                            format!("`{spelled}` is an old spelling of `{value}`: in YAML 1.2 it is text, and Compose converts it with a warning"),
                        )
                        .help(format!("write `{value}`"))
                        .at(origin)
                        .path(&place.path()),
                    );
                }
                (parsed.map(|(b, _)| Data::Bool(b)), "`true` or `false`")
            }
        };
        if data.is_none() {
            let names: Vec<_> = origin.variables().map(|(n, _)| format!("`{n}`")).collect();
            let path = place.path();
            let message = if text.is_empty() && !names.is_empty() {
                format!("`{path}` must be {wanted}, but it is empty text after {} was filled in", names.join(", "))
            } else if !names.is_empty() {
                // The value of a variable may be a secret that landed in the wrong place.
                format!("`{path}` must be {wanted}, and what it becomes with {} is not", names.join(", "))
            } else {
                format!("`{path}` must be {wanted}, not {text:?}")
            };
            self.problems.push(Problem::refused(ProblemKind::InvalidValue, Phase::Interpolation, message).at(origin).path(&path));
        }
        data
    }
}

/// Writes down uses, and for each unset variable without an operator the problem (spec/resolve.md 6.4).
pub(super) fn report_uses(
    found: Vec<Use>,
    origin: &Origin,
    path: &ModelPath,
    phase: Phase,
    problems: &mut Vec<Problem>,
    uses: &mut Vec<VariableUse>,
) {
    for u in found {
        if !u.set && u.operator.is_none() {
            problems.push(
                Problem::accepted(
                    ProblemKind::UnsetVariable,
                    phase,
                    format!("the variable `{}` is not set, so Compose puts nothing in its place", u.name),
                )
                .help(format!(
                    "set `{0}` in the `.env` file, or give a default: `${{{0}:-value}}`; a `$` that is meant as such is written `$$`",
                    u.name
                ))
                .at(origin)
                .path(path),
            );
        }
        uses.push(VariableUse { name: u.name, at: origin.at, operator: u.operator, set: u.set, path: path.clone() });
    }
}

/// The problem of a template, without its place.
pub(super) fn template_problem(error: &TemplateError, phase: Phase) -> Problem {
    match error {
        TemplateError::Invalid { rest } => {
            let (why, help) = explain(rest);
            Problem::refused(ProblemKind::InvalidInterpolation, phase, format!("Compose cannot read this `${{…}}`: {why}")).help(help)
        }
        TemplateError::Required { name, written, .. } => {
            let because = if written.is_empty() || written.contains('$') { String::new() } else { format!(": {written}") };
            Problem::refused(ProblemKind::RequiredVariable, phase, format!("the variable `{name}` is required but has no value{because}"))
                .help(format!("set `{name}` in the `.env` file or in the environment"))
        }
        TemplateError::TooDeep => Problem::accepted(
            ProblemKind::LimitExceeded,
            phase,
            format!("the defaults in this text nest more than {DEPTH} deep, so it is not expanded"),
        ),
        TemplateError::TooLong => Problem::accepted(
            ProblemKind::LimitExceeded,
            phase,
            "the variables make this text, or all texts of the file together, longer than composelint is willing to expand; it is left as written",
        ),
    }
}

/// Why an expression cannot be read, and what to write instead. `rest` is the rest of its line.
fn explain(rest: &str) -> (&'static str, &'static str) {
    let escape = "if the `$` is meant as such, write `$$`";
    let inner = rest.strip_prefix("${").unwrap_or(rest);
    match name(inner) {
        None if inner.starts_with('}') => ("there is no name between the braces", escape),
        None => ("what follows the brace is not a variable name (letters, digits and `_`, not beginning with a digit)", escape),
        Some((_, tail)) if tail.starts_with(":=") || tail.starts_with('=') => {
            ("Compose does not know the operator `=`", "write `:-` for a default")
        }
        Some((_, "")) => ("the closing brace is missing in this line", "close the brace, or write `$$` if the `$` is meant as such"),
        Some((_, tail)) if !tail.contains('}') => {
            ("the closing brace is missing in this line; an expression cannot go on in the next", "write it in one line")
        }
        Some(_) => ("after the name only `:-`, `-`, `:?`, `?`, `:+` and `+` are known", escape),
    }
}

/// A whole number as Compose reads it from text.
pub(super) fn int(text: &str) -> Option<i64> {
    // Rust's reading is Go's here: a sign and decimal digits.
    text.parse().ok()
}

/// A number as Compose reads it from text.
pub(super) fn float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let named = text.trim_start_matches(['+', '-']).starts_with(['i', 'I']);
    (named || !value.is_infinite()).then_some(value)
}

/// A boolean as Compose reads it from text; the second is true for the spellings of YAML 1.1.
pub(super) fn boolean(text: &str) -> Option<(bool, bool)> {
    match text.to_lowercase().as_str() {
        "true" => Some((true, false)),
        "false" => Some((false, false)),
        "y" | "yes" | "on" => Some((true, true)),
        "n" | "no" | "off" => Some((false, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
