//! A tree of values as a set of Nix, in its order, with the comments at their place.

use super::StackError;
use super::comments::{self, Placed, Slot};
use super::json::is_special;
use crate::compose::value::{Data, Map, Value};
use crate::nix::{Binding, Expr, Item, REFERENCE};
use crate::source::Sources;
use crate::yaml::scalar::number_text;

/// A set that is written.
pub(super) struct Written {
    /// The set.
    pub(super) file: Expr,
    /// How many comments of the user's stand at its end.
    pub(super) appendix: usize,
    /// How many comments are our own.
    pub(super) ours: usize,
}

/// Writes a tree.
pub(super) fn write(map: &Map, mut placed: Placed, sources: &Sources) -> Result<Written, StackError> {
    let mut writer = Writer { placed: &mut placed, sources, path: Vec::new(), ours: 0 };
    let mut bindings = writer.map(map)?;
    let mut ours = writer.ours;
    let appendix = placed.leftover();
    if !placed.header.is_empty() {
        if let Some(first) = bindings.first_mut() {
            first.apart = true;
        }
        bindings.insert(0, Binding::comment(std::mem::take(&mut placed.header)));
    }
    if !placed.footer.is_empty() {
        bindings.push(Binding::comment(std::mem::take(&mut placed.footer)).apart());
    }
    for (file, lines) in std::mem::take(&mut placed.appendix) {
        let title = (!file.is_empty()).then(|| format!("From {file}:"));
        ours += usize::from(title.is_some());
        bindings.push(Binding::comment(title.into_iter().chain(lines).collect()).apart());
    }
    Ok(Written { file: Expr::Attrs(bindings), appendix, ours })
}

struct Writer<'a> {
    placed: &'a mut Placed,
    sources: &'a Sources,
    path: Vec<String>,
    ours: usize,
}

impl Writer<'_> {
    fn unsayable(&self, why: impl Into<String>) -> StackError {
        StackError::Unsayable { path: self.path.join("."), why: why.into() }
    }

    fn check(&self, text: &str) -> Result<(), StackError> {
        if text.contains('\0') {
            return Err(self.unsayable("it has the byte 0 in it"));
        }
        if text.contains([REFERENCE.0, REFERENCE.1]) {
            return Err(self.unsayable("it has a character in it that is kept for our own use"));
        }
        Ok(())
    }

    fn map(&mut self, map: &Map) -> Result<Vec<Binding>, StackError> {
        let mut out: Vec<Binding> = Vec::new();
        let services = self.path.len() == 1 && self.path.first().is_some_and(|p| p == "services");
        let spaced = self.path.is_empty() || services;
        for (key, entry) in map {
            self.path.push(key.clone());
            self.check(key)?;
            if is_special(key) {
                return Err(self.unsayable("in Nix, an attribute of that name makes more of a set than data"));
            }
            let Slot { before, above, behind, after } = self.placed.take(entry.key);
            let value = self.value(&entry.value)?;
            let mut binding = Binding { above, apart: spaced && !out.is_empty(), ..Binding::new(key.clone(), value) };
            binding.behind = self.behind(&entry.value, &binding.value, behind, &mut binding.above);
            if !before.is_empty() {
                let apart = !out.is_empty();
                out.push(Binding { apart, ..Binding::comment(before) });
                binding.apart = true;
            }
            out.push(binding);
            if !after.is_empty() {
                let apart = spaced;
                out.push(Binding { apart, ..Binding::comment(after) });
            }
            self.path.pop();
        }
        Ok(out)
    }

    /// The comment behind a value. What takes several lines has no place behind it, so that the comment is above.
    fn behind(&mut self, value: &Value, written: &Expr, mut lines: Vec<String>, above: &mut Vec<String>) -> Option<String> {
        let long = match written {
            Expr::List(items) => !items.is_empty(),
            Expr::Attrs(bindings) => !bindings.is_empty(),
            _ => value.as_str().is_some_and(|text| text.contains('\n')),
        };
        if lines.is_empty() {
            let octal = self.octal(value);
            self.ours += usize::from(octal.is_some());
            return octal;
        }
        if long {
            above.append(&mut lines);
            return None;
        }
        let last = lines.pop();
        above.append(&mut lines);
        last
    }

    /// A number as it was written, if that tells more: Nix has no octal numbers.
    fn octal(&self, value: &Value) -> Option<String> {
        let Data::Int(number) = value.data else { return None };
        let source = self.sources.get(value.origin.at.file);
        let text = source.slice(value.origin.at);
        let other = text.starts_with('0') && text.len() > 1 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        (other && text != number.to_string()).then(|| text.to_owned())
    }

    fn value(&mut self, value: &Value) -> Result<Expr, StackError> {
        Ok(match &value.data {
            Data::Null => Expr::Null,
            Data::Bool(b) => Expr::Bool(*b),
            // Compose takes a text wherever it takes a number.
            Data::Int(n) => i64::try_from(*n).map_or_else(|_| Expr::text(n.to_string()), Expr::Int),
            Data::Float(n) => float(*n),
            Data::Str(text) | Data::Timestamp(text) => {
                self.check(text)?;
                Expr::text(text.clone())
            }
            Data::Map(map) => Expr::Attrs(self.map(map)?),
            Data::Seq(items) => Expr::List(self.items(items, comments::aliases(value).count())?),
        })
    }

    fn items(&mut self, items: &[Value], outer: usize) -> Result<Vec<Item>, StackError> {
        let mut out = Vec::with_capacity(items.len());
        let mut carry: Vec<String> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            self.path.push(index.to_string());
            let Slot { before, above, behind, after } = self.placed.take(comments::anchor(item, outer));
            let value = self.value(item)?;
            let mut lines: Vec<String> = std::mem::take(&mut carry);
            lines.extend(before);
            lines.extend(above);
            let behind = self.behind(item, &value, behind, &mut lines);
            out.push(Item { above: lines, value, behind, about: None });
            carry = after;
            self.path.pop();
        }
        if !carry.is_empty() {
            out.push(Item::comment(carry));
        }
        Ok(out)
    }
}

/// Older versions of Nix write six digits of a number, and `1e5` is none to it: what does not come through is a text, which Compose takes as
/// well.
fn float(number: f64) -> Expr {
    let plain = number == 0.0 || (1e-4..1e15).contains(&number.abs());
    let short = format!("{number:.5e}").parse::<f64>().is_ok_and(|read| read.to_bits() == number.to_bits());
    if plain && short { Expr::Float(number) } else { Expr::text(number_text(number)) }
}
