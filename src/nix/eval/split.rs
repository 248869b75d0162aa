//! A long module, its attributes evaluated in groups beside each other. Together they come to what the whole comes to, or there is nothing:
//! then the whole has to be evaluated.
//!
//! A group is read with all that stands before and behind the attributes, so every byte is read by the parser. That the groups together
//! are the whole rests on this: in each of them the parser finds the set from the same brace to the same brace, so each is a list of
//! attributes, and such lists one behind the other are one. They have to be of no influence on each other: the set is not recursive, no path
//! begins with a path of another group, and nothing asks `config` for what one of them sets.

use std::path::Path;

use super::modules::{Modules, is_special};
use super::read::{self, Source};
use super::{Evaluator, Files, Rc, Scope, V, Value};
use crate::threads;

/// Bytes of a group that is worth its own head.
const GROUP: usize = 12 << 10;

/// Where a text is cut: the attributes of its last set are between the two, a group each.
struct Cut<'t> {
    before: &'t str,
    groups: Vec<&'t str>,
    behind: &'t str,
}

impl<'t> Cut<'t> {
    /// Cuts a text as it is laid out. Where it looks otherwise, or only looks so, the parser finds out.
    fn of(text: &'t str, most: usize) -> Option<Self> {
        let count = most.min(text.len() / GROUP);
        if count < 2 {
            return None;
        }
        let begin = text.find("\n{\n")? + "\n{".len();
        let end = text.rfind("\n}\n")?;
        let (before, behind) = (text.get(..begin)?, text.get(end..)?);
        let mut rest = text.get(begin..end)?;
        let mut groups = Vec::with_capacity(count);
        for left in (2..=count).rev() {
            let mut middle = rest.len() / left;
            while !rest.is_char_boundary(middle) {
                middle += 1;
            }
            let at = middle + rest.get(middle..)?.find("\n  };\n").map(|at| at + "\n  };".len())?;
            let (group, more) = rest.split_at_checked(at)?;
            groups.push(group);
            rest = more;
        }
        groups.push(rest);
        Some(Self { before, groups, behind })
    }
}

/// What a group comes to.
struct Group<R> {
    value: Value,
    /// What the caller makes of it.
    read: R,
    paths: Vec<Vec<String>>,
    /// What it asked `config` for.
    asked: Vec<Vec<String>>,
}

/// What the caller makes of what a module sets, group by group, if it can be evaluated so. No group sets what another one does.
pub(super) fn module<R: Send>(files: &Files, entry: &Path, most: usize, read: impl Fn(&Value) -> R + Sync) -> Option<Vec<R>> {
    let (path, text) = files.find(entry)?;
    let cut = Cut::of(text, most)?;
    let groups = threads::each(&cut.groups, |group| {
        let (value, paths, asked) = evaluated(files, &path, &cut, group)?;
        Some(Group { read: read(&value), value, paths, asked })
    })?;
    let groups: Vec<Group<R>> = groups.into_iter().collect::<Option<_>>()?;
    let mut asked = groups.iter().flat_map(|group| &group.asked);
    if meet(&groups) || asked.any(|path| groups.iter().any(|group| is_set(&group.value, path))) {
        return None;
    }
    Some(groups.into_iter().map(|group| group.read).collect())
}

/// What a group sets, the paths that it has, and those that it asked for.
type Evaluated = (Value, Vec<Vec<String>>, Vec<Vec<String>>);

fn evaluated(files: &Files, path: &Path, cut: &Cut<'_>, group: &str) -> Option<Evaluated> {
    let text = [cut.before, group, cut.behind].concat();
    let length = text.len();
    let (node, body) = read::parse_module(Source::file(path, text)).ok()?;
    let body = body?;
    let braces = (cut.before.len() - 1, length - cut.behind.len() + "\n}".len());
    if (body.at.0 as usize, body.at.1 as usize) != braces || body.paths.iter().any(|p| p.first().is_none_or(|first| is_special(first))) {
        return None;
    }
    let mut eval = Evaluator::new(files);
    eval.modules = Some(Modules::default());
    let value = eval.deeper(|eval| eval.node(&node, &Scope::root())).and_then(|value| eval.applied_to_symbols(value)).ok()?;
    let V::Attrs(attrs) = value else { return None };
    let value = eval.merged_module(&attrs).ok()?;
    let texts = |path: &[Rc<str>]| path.iter().map(ToString::to_string).collect();
    let asked = eval.modules.iter().flat_map(Modules::asked).map(|path| texts(path)).collect();
    Some((value, body.paths.iter().map(|path| texts(path)).collect(), asked))
}

/// True if a path of one group begins with a path of another.
fn meet<R>(groups: &[Group<R>]) -> bool {
    let mut all: Vec<(&[String], usize)> =
        groups.iter().enumerate().flat_map(|(number, group)| group.paths.iter().map(move |path| (path.as_slice(), number))).collect();
    all.sort_unstable();
    // The paths that the one before begins with.
    let mut around: Vec<(&[String], usize)> = Vec::new();
    for (path, number) in all {
        while around.pop_if(|(outer, _)| !path.starts_with(outer)).is_some() {}
        if around.iter().any(|(_, other)| *other != number) {
            return true;
        }
        around.push((path, number));
    }
    false
}

/// True if there is something at a path, or in its way.
fn is_set(all: &Value, path: &[String]) -> bool {
    let mut value = all;
    for name in path {
        let Value::Attrs(attrs) = value else { return true };
        match attrs.get(name) {
            Some(inner) => value = inner,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::eval;

    /// A module with so many units, and with something more.
    fn text(more: &str) -> String {
        let unit = |n: usize| format!("  systemd.services.\"unit-{n}\" = {{\n    script = run [ \"{}\" ];\n  }};\n", "x".repeat(200));
        let units: String = (0..150).map(unit).collect();
        format!(
            "{{ config, lib, ... }}:\n\nlet\n  run = words: lib.escapeShellArgs words;\nin\n{{\n  a.b = [ config.c.d ];\n{units}{more}}}\n"
        )
    }

    /// The values of the groups, and that of the whole.
    fn both(more: &str) -> (Option<Vec<Value>>, Value) {
        let files: Files = [("/m.nix", text(more))].into_iter().collect();
        let whole = eval::modules(&files, &["/m.nix".into()]).unwrap_or(Value::Null);
        (module(&files, Path::new("/m.nix"), 4, Value::clone), whole)
    }

    /// All that is set, by its path.
    fn leaves(value: &Value, path: &str, out: &mut Vec<(String, Value)>) {
        match value {
            Value::Attrs(attrs) => attrs.iter().for_each(|(name, value)| leaves(value, &format!("{path}.{name}"), out)),
            value => out.push((path.to_owned(), value.clone())),
        }
    }

    #[test]
    fn groups_come_to_what_the_whole_comes_to() {
        let (groups, whole) = both("  a.c = 1;\n");
        let groups = groups.unwrap();
        assert!(groups.len() > 1);
        let (mut parted, mut expected) = (Vec::new(), Vec::new());
        for group in &groups {
            leaves(group, "", &mut parted);
        }
        leaves(&whole, "", &mut expected);
        parted.sort_by(|a, b| a.0.cmp(&b.0));
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(parted, expected);
    }

    #[test]
    fn what_is_not_of_itself_is_evaluated_as_a_whole() {
        for more in [
            "  c.d = \"asked for\";\n",
            "  c = \"in the way\";\n",
            "  systemd.services.\"unit-0\".description = \"again\";\n",
            "  systemd = lib.mkIf true { services = { }; };\n",
            "  imports = [ ];\n",
            "  config.x = 1;\n",
            "  inherit run;\n",
            "  ${\"x\"} = 1;\n",
            "  x = { };\n} // {\n  y = 1;\n",
            "  x = ''\n  };\n",
        ] {
            assert_eq!(both(more).0, None, "{more}");
        }
    }
}
