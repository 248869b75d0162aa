//! The functions of `lib` and `builtins` that generated modules use, as they are there.

use std::path::Path;

use super::{Attrs, Eval, Evaluator, Property, REFERENCE, Rc, Stop, Thunk, V, Value, reference, wrong};
use crate::shell::shell_word;

/// A function.
pub(super) struct Function {
    name: &'static str,
    pub(super) arguments: usize,
    pub(super) run: fn(&mut Evaluator<'_>, &[Thunk]) -> Eval<V>,
}

/// What is known without being selected from anything.
pub(super) fn global(name: &str) -> Option<V> {
    const GLOBAL: [&str; 11] =
        ["map", "toString", "import", "throw", "abort", "removeAttrs", "isNull", "baseNameOf", "dirOf", "fromJSON", "placeholder"];
    Some(match name {
        "true" => V::Bool(true),
        "false" => V::Bool(false),
        "null" => V::Null,
        "builtins" => V::Library(name.into()),
        _ if GLOBAL.contains(&name) => V::Builtin(find(name)?, name.into(), Rc::default()),
        _ => return None,
    })
}

/// A function or a set of functions of the library.
pub(super) fn member(path: &str, name: &str) -> Option<V> {
    const GROUPS: [&str; 7] = ["strings", "lists", "attrsets", "modules", "options", "trivial", "debug"];
    let full: Rc<str> = format!("{path}.{name}").into();
    if path == "lib" && GROUPS.contains(&name) {
        return Some(V::Library(full));
    }
    Some(V::Builtin(find(name)?, full, Rc::default()))
}

fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

const fn function(name: &'static str, arguments: usize, run: fn(&mut Evaluator<'_>, &[Thunk]) -> Eval<V>) -> Function {
    Function { name, arguments, run }
}

/// In the order of Nix, which is that of their names.
fn sorted(attrs: &Attrs) -> Vec<(&Rc<str>, &Thunk)> {
    let mut all: Vec<_> = attrs.iter().collect();
    all.sort_by(|a, b| a.0.cmp(b.0));
    all
}

fn name(name: &Rc<str>) -> Thunk {
    Thunk::Done(V::Str(Rc::clone(name)))
}

#[allow(clippy::unnecessary_wraps)] // It ends a function.
fn text(text: impl Into<Rc<str>>) -> Eval<V> {
    Ok(V::Str(text.into()))
}

#[allow(clippy::unnecessary_wraps)] // It ends a function.
fn property(property: Property, inner: &Thunk) -> Eval<V> {
    Ok(V::Property(property, Rc::new(inner.clone())))
}

fn pair_of(name: Thunk, value: Thunk) -> V {
    V::attrs([("name".into(), name), ("value".into(), value)].into_iter().collect())
}

fn option(attrs: &Attrs) -> V {
    let mut option = attrs.clone();
    option.insert("_type".into(), Thunk::text("option"));
    V::attrs(option)
}

fn json(value: &Value) -> Eval<serde_json::Value> {
    use serde_json::Value as J;
    Ok(match value {
        Value::Null => J::Null,
        Value::Bool(v) => J::Bool(*v),
        Value::Int(n) => J::from(*n),
        Value::Float(n) => J::from(*n),
        Value::Str(text) | Value::Path(text) => J::String(text.clone()),
        Value::Reference(text) => J::String(reference(text)),
        Value::List(items) => J::Array(items.iter().map(json).collect::<Eval<_>>()?),
        Value::Attrs(attrs) => {
            // Nix has no order of its own.
            let mut all: Vec<_> = attrs.iter().collect();
            all.sort_by(|a, b| a.0.cmp(b.0));
            J::Object(all.into_iter().map(|(k, v)| Ok((k.clone(), json(v)?))).collect::<Eval<_>>()?)
        }
        Value::Forced(_) => return wrong("a property of a setting cannot be JSON"),
    })
}

fn from_json(value: serde_json::Value) -> Thunk {
    use serde_json::Value as J;
    Thunk::Done(match value {
        J::Null => V::Null,
        J::Bool(v) => V::Bool(v),
        J::Number(n) => n.as_i64().map_or_else(|| V::Float(n.as_f64().unwrap_or_default()), V::Int),
        J::String(text) => V::Str(text.into()),
        J::Array(items) => V::list(items.into_iter().map(from_json).collect()),
        J::Object(attrs) => V::attrs(attrs.into_iter().map(|(k, v)| (k.into(), from_json(v))).collect()),
    })
}

fn is(eval: &mut Evaluator<'_>, arguments: &[Thunk], test: fn(&V) -> bool) -> Eval<V> {
    let [value] = arguments else { return wrong("an argument is missing") };
    match eval.force(value)? {
        V::Reference(_) => Err(Stop::Unknown),
        value => Ok(V::Bool(test(&value))),
    }
}

/// A function with its arguments by name.
macro_rules! library {
    ($($name:literal => |$eval:ident $(, $argument:ident)*| $body:expr;)*) => {
        static FUNCTIONS: &[Function] = &[$(
            function($name, [$(stringify!($argument)),*].len(), |$eval, arguments| {
                let [$($argument),*] = arguments else { return wrong("an argument is missing") };
                $body
            }),
        )*];
    };
}

library! {
    // Properties of settings, and options.
    "mkIf" => |_eval, condition, content| property(Property::If(Rc::new(condition.clone())), content);
    "mkMerge" => |_eval, contents| property(Property::Merge, contents);
    "mkForce" => |_eval, content| property(Property::Override(50), content);
    "mkDefault" => |_eval, content| property(Property::Override(1000), content);
    "mkOptionDefault" => |_eval, content| property(Property::Override(1500), content);
    "mkVMOverride" => |_eval, content| property(Property::Override(10), content);
    "mkOverride" => |eval, priority, content| property(Property::Override(eval.want_int(priority)?), content);
    "mkBefore" => |_eval, content| property(Property::Order(500), content);
    "mkAfter" => |_eval, content| property(Property::Order(1500), content);
    "mkOrder" => |eval, priority, content| property(Property::Order(eval.want_int(priority)?), content);
    "mkOption" => |eval, attrs| Ok(option(&*eval.want_attrs(attrs)?));
    "mkEnableOption" => |_eval, _what| Ok(option(&[("default".into(), Thunk::Done(V::Bool(false)))].into_iter().collect()));
    "mkPackageOption" => |_eval, _packages, _name, _attrs| Ok(option(&Attrs::default()));

    // Text.
    "toString" => |eval, value| { let value = eval.force(value)?; let out = eval.as_text(value)?; text(out) };
    "concatStringsSep" => |eval, separator, list| {
        let separator = eval.want_text(separator)?;
        let texts = eval.texts(list)?;
        eval.spend(separator.len() * texts.len() / 16)?;
        text(texts.join(&separator))
    };
    "concatStrings" => |eval, list| text(eval.texts(list)?.concat());
    "concatLines" => |eval, list| text(eval.texts(list)?.iter().fold(String::new(), |all, line| all + line + "\n"));
    "concatMapStringsSep" => |eval, separator, map, list| {
        let separator = eval.want_text(separator)?;
        let texts = mapped_texts(eval, map, list)?;
        eval.spend(separator.len() * texts.len() / 16)?;
        text(texts.join(&separator))
    };
    "concatMapStrings" => |eval, map, list| text(mapped_texts(eval, map, list)?.concat());
    "escapeShellArg" => |eval, word| {
        let value = eval.force(word)?;
        let word = eval.as_text(value)?;
        text(shell_word(&word))
    };
    "escapeShellArgs" => |eval, list| {
        let mut words = Vec::new();
        for item in eval.want_list(list)?.iter() {
            let value = eval.force(item)?;
            words.push(shell_word(&eval.as_text(value)?));
        }
        text(words.join(" "))
    };
    "escapeSystemdExecArg" => |eval, word| {
        let value = eval.force(word)?;
        let word = eval.as_text(value)?;
        text(systemd_word(&word))
    };
    "escapeSystemdExecArgs" => |eval, list| {
        let mut words = Vec::new();
        for item in eval.want_list(list)?.iter() {
            let value = eval.force(item)?;
            words.push(systemd_word(&eval.as_text(value)?));
        }
        text(words.join(" "))
    };
    "optionalString" => |eval, condition, value| match eval.want_bool(condition)? {
        Some(false) => text(""),
        _ => eval.force(value),
    };
    "hasPrefix" => |eval, prefix, whole| Ok(V::Bool(eval.want_plain(whole)?.starts_with(&*eval.want_plain(prefix)?)));
    "hasSuffix" => |eval, suffix, whole| Ok(V::Bool(eval.want_plain(whole)?.ends_with(&*eval.want_plain(suffix)?)));
    "hasInfix" => |eval, infix, whole| Ok(V::Bool(eval.want_plain(whole)?.contains(&*eval.want_plain(infix)?)));
    "removePrefix" => |eval, prefix, whole| {
        let (prefix, whole) = (eval.want_plain(prefix)?, eval.want_plain(whole)?);
        text(whole.strip_prefix(&*prefix).unwrap_or(&whole))
    };
    "removeSuffix" => |eval, suffix, whole| {
        let (suffix, whole) = (eval.want_plain(suffix)?, eval.want_plain(whole)?);
        text(whole.strip_suffix(&*suffix).unwrap_or(&whole))
    };
    "splitString" => |eval, separator, whole| {
        let (separator, whole) = (eval.want_plain(separator)?, eval.want_plain(whole)?);
        if separator.is_empty() {
            return wrong("a text cannot be split at nothing");
        }
        eval.spend(whole.len())?;
        Ok(V::list(whole.split(&*separator).map(Thunk::text).collect()))
    };
    "replaceStrings" => |eval, from, to, whole| {
        let (from, to, whole) = (eval.want_list(from)?, eval.want_list(to)?, eval.want_plain(whole)?);
        if from.len() != to.len() {
            return wrong("there are as many replacements needed as texts to replace");
        }
        let from = from.iter().map(|t| eval.want_plain(t)).collect::<Eval<Vec<_>>>()?;
        let to = to.iter().map(|t| eval.want_text(t)).collect::<Eval<Vec<_>>>()?;
        replace(eval, &from, &to, &whole)
    };
    "toLower" => |eval, whole| text(eval.want_plain(whole)?.to_ascii_lowercase());
    "toUpper" => |eval, whole| text(eval.want_plain(whole)?.to_ascii_uppercase());
    "stringLength" => |eval, whole| Ok(V::Int(i64::try_from(eval.want_plain(whole)?.len()).unwrap_or(i64::MAX)));
    "substring" => |eval, start, length, whole| {
        let (start, length, whole) = (eval.want_size(start)?, eval.want_int(length)?, eval.want_plain(whole)?);
        let end = usize::try_from(length).map_or(whole.len(), |n| start.saturating_add(n)).min(whole.len());
        let bytes = whole.as_bytes().get(start.min(end)..end).unwrap_or_default();
        text(String::from_utf8_lossy(bytes))
    };
    "boolToString" => |eval, value| match eval.want_bool(value)? {
        Some(value) => text(value.to_string()),
        None => Err(Stop::Unknown),
    };
    "baseNameOf" => |eval, path| {
        let path = path_text(eval, path)?;
        let path = path.strip_suffix('/').unwrap_or(&path);
        text(path.rsplit('/').next().unwrap_or_default())
    };
    "dirOf" => |eval, path| {
        let is_path = matches!(eval.force(path)?, V::Path(_));
        let whole = path_text(eval, path)?;
        let directory: Rc<str> = match whole.rsplit_once('/') {
            Some(("", _)) => "/".into(),
            Some((directory, _)) => directory.into(),
            None => ".".into(),
        };
        Ok(if is_path { V::Path(directory) } else { V::Str(directory) })
    };
    "toJSON" => |eval, value| {
        let value = eval.force(value)?;
        let value = eval.finish(value)?;
        let out = json(&value)?.to_string();
        eval.spend(out.len() / 16)?;
        text(out)
    };
    "fromJSON" => |eval, whole| {
        let whole = eval.want_plain(whole)?;
        eval.spend(whole.len())?;
        match serde_json::from_str(&whole) {
            Ok(value) => eval.force(&from_json(value)),
            Err(error) => wrong(format!("the text is no JSON: {error}")),
        }
    };

    // Lists.
    "map" => |eval, map, list| {
        let items = eval.want_list(list)?;
        Ok(V::list(items.iter().map(|i| eval.later(map, vec![i.clone()])).collect::<Eval<_>>()?))
    };
    "forEach" => |eval, list, map| {
        let items = eval.want_list(list)?;
        Ok(V::list(items.iter().map(|i| eval.later(map, vec![i.clone()])).collect::<Eval<_>>()?))
    };
    "concatMap" => |eval, map, list| {
        let mut all = Vec::new();
        for item in eval.want_list(list)?.iter() {
            let value = eval.call(map, vec![item.clone()])?;
            all.extend(eval.want_list(&Thunk::Done(value))?.iter().cloned());
        }
        Ok(V::list(all))
    };
    "concatLists" => |eval, lists| {
        let mut all = Vec::new();
        for list in eval.want_list(lists)?.iter() {
            all.extend(eval.want_list(list)?.iter().cloned());
        }
        Ok(V::list(all))
    };
    "filter" => |eval, keep, list| {
        let mut all = Vec::new();
        for item in eval.want_list(list)?.iter() {
            let value = eval.call(keep, vec![item.clone()])?;
            match eval.want_bool(&Thunk::Done(value))? {
                Some(true) => all.push(item.clone()),
                Some(false) => {}
                None => return Err(Stop::Unknown),
            }
        }
        Ok(V::list(all))
    };
    "optional" => |eval, condition, item| Ok(V::list(match eval.want_bool(condition)? {
        Some(false) => Vec::new(),
        _ => vec![item.clone()],
    }));
    "optionals" => |eval, condition, list| match eval.want_bool(condition)? {
        Some(false) => Ok(V::list(Vec::new())),
        _ => eval.force(list),
    };
    "singleton" => |_eval, item| Ok(V::list(vec![item.clone()]));
    "range" => |eval, first, last| {
        let (first, last) = (eval.want_int(first)?, eval.want_int(last)?);
        let count = last.checked_sub(first).and_then(|n| usize::try_from(n.saturating_add(1)).ok()).unwrap_or(0);
        eval.spend(count)?;
        Ok(V::list((first..=last).map(|n| Thunk::Done(V::Int(n))).collect()))
    };
    "genList" => |eval, make, count| {
        let count = eval.want_size(count)?;
        eval.spend(count)?;
        Ok(V::list((0..count).map(|n| eval.later(make, vec![index(n)])).collect::<Eval<_>>()?))
    };
    "imap0" => |eval, map, list| {
        let items = eval.want_list(list)?;
        Ok(V::list(items.iter().enumerate().map(|(n, i)| eval.later(map, vec![index(n), i.clone()])).collect::<Eval<_>>()?))
    };
    "imap1" => |eval, map, list| {
        let items = eval.want_list(list)?;
        Ok(V::list(items.iter().enumerate().map(|(n, i)| eval.later(map, vec![index(n + 1), i.clone()])).collect::<Eval<_>>()?))
    };
    "flatten" => |eval, list| {
        let mut all = Vec::new();
        flatten(eval, list, &mut all)?;
        Ok(V::list(all))
    };
    "unique" => |eval, list| {
        let mut all: Vec<(V, Thunk)> = Vec::new();
        'items: for item in eval.want_list(list)?.iter() {
            let value = eval.force(item)?;
            for (before, _) in &all {
                if eval.equal(before, &value)? == Some(true) {
                    continue 'items;
                }
            }
            all.push((value, item.clone()));
        }
        Ok(V::list(all.into_iter().map(|(_, thunk)| thunk).collect()))
    };
    "length" => |eval, list| Ok(V::Int(i64::try_from(eval.want_list(list)?.len()).unwrap_or(i64::MAX)));
    "head" => |eval, list| at(eval, list, 0);
    "last" => |eval, list| { let n = eval.want_list(list)?.len(); at(eval, list, n.wrapping_sub(1)) };
    "tail" => |eval, list| Ok(V::list(eval.want_list(list)?.iter().skip(1).cloned().collect()));
    "init" => |eval, list| { let items = eval.want_list(list)?; Ok(V::list(items.iter().take(items.len().saturating_sub(1)).cloned().collect())) };
    "take" => |eval, count, list| { let n = eval.want_size(count)?; Ok(V::list(eval.want_list(list)?.iter().take(n).cloned().collect())) };
    "drop" => |eval, count, list| { let n = eval.want_size(count)?; Ok(V::list(eval.want_list(list)?.iter().skip(n).cloned().collect())) };
    "reverseList" => |eval, list| Ok(V::list(eval.want_list(list)?.iter().rev().cloned().collect()));
    "elemAt" => |eval, list, n| { let n = eval.want_size(n)?; at(eval, list, n) };
    "elem" => |eval, item, list| {
        let item = eval.force(item)?;
        let mut known = true;
        for other in eval.want_list(list)?.iter() {
            let other = eval.force(other)?;
            match eval.equal(&item, &other)? {
                Some(true) => return Ok(V::Bool(true)),
                Some(false) => {}
                None => known = false,
            }
        }
        if known { Ok(V::Bool(false)) } else { Err(Stop::Unknown) }
    };
    "any" => |eval, test, list| quantified(eval, test, list, true);
    "all" => |eval, test, list| quantified(eval, test, list, false);
    "foldl'" => |eval, step, start, list| {
        let mut value = eval.force(start)?;
        for item in eval.want_list(list)?.iter() {
            // What grows in a loop is as deep as the loop is long.
            eval.spend(20)?;
            value = eval.call(step, vec![Thunk::Done(value), item.clone()])?;
        }
        Ok(value)
    };

    // Sets.
    "attrNames" => |eval, attrs| Ok(V::list(sorted(&*eval.want_attrs(attrs)?).into_iter().map(|(k, _)| name(k)).collect()));
    "attrValues" => |eval, attrs| Ok(V::list(sorted(&*eval.want_attrs(attrs)?).into_iter().map(|(_, v)| v.clone()).collect()));
    "hasAttr" => |eval, key, attrs| { let key = eval.want_plain(key)?; Ok(V::Bool(eval.want_attrs(attrs)?.contains_key(&key))) };
    "getAttr" => |eval, key, attrs| {
        let key = eval.want_plain(key)?;
        match eval.want_attrs(attrs)?.get(&key) {
            Some(value) => eval.force(value),
            None => wrong(format!("there is no attribute {key}")),
        }
    };
    "attrByPath" => |eval, path, default, attrs| {
        let path = eval.texts(path)?;
        let mut value = eval.force(attrs)?;
        for key in &path {
            match eval.member(value, key)? {
                Some(inner) => value = inner,
                None => return eval.force(default),
            }
        }
        Ok(value)
    };
    "optionalAttrs" => |eval, condition, attrs| match eval.want_bool(condition)? {
        Some(false) => Ok(V::attrs(Attrs::default())),
        _ => eval.force(attrs),
    };
    "genAttrs" => |eval, names, make| {
        let mut all = Attrs::default();
        for key in eval.texts(names)? {
            let value = eval.later(make, vec![name(&key)])?;
            all.entry(key).or_insert(value);
        }
        Ok(V::attrs(all))
    };
    "mapAttrs" => |eval, map, attrs| {
        let mut all = Attrs::default();
        for (key, value) in eval.want_attrs(attrs)?.iter() {
            let value = eval.later(map, vec![name(key), value.clone()])?;
            all.insert(Rc::clone(key), value);
        }
        Ok(V::attrs(all))
    };
    "mapAttrs'" => |eval, map, attrs| {
        let attrs = eval.want_attrs(attrs)?;
        let pairs = attrs.iter().map(|(k, v)| eval.later(map, vec![name(k), v.clone()])).collect::<Eval<Vec<_>>>()?;
        eval.paired(pairs)
    };
    "mapAttrsToList" => |eval, map, attrs| {
        let attrs = eval.want_attrs(attrs)?;
        Ok(V::list(sorted(&attrs).into_iter().map(|(k, v)| eval.later(map, vec![name(k), v.clone()])).collect::<Eval<_>>()?))
    };
    "concatMapAttrs" => |eval, map, attrs| {
        let mut all = Attrs::default();
        for (key, value) in eval.want_attrs(attrs)?.iter() {
            let value = eval.call(map, vec![name(key), value.clone()])?;
            all.extend(eval.want_attrs(&Thunk::Done(value))?.iter().map(|(k, v)| (Rc::clone(k), v.clone())));
        }
        Ok(V::attrs(all))
    };
    "filterAttrs" => |eval, keep, attrs| {
        let mut all = Attrs::default();
        for (key, value) in eval.want_attrs(attrs)?.iter() {
            let kept = eval.call(keep, vec![name(key), value.clone()])?;
            match eval.want_bool(&Thunk::Done(kept))? {
                Some(true) => drop(all.insert(Rc::clone(key), value.clone())),
                Some(false) => {}
                None => return Err(Stop::Unknown),
            }
        }
        Ok(V::attrs(all))
    };
    "removeAttrs" => |eval, attrs, names| {
        let mut all = (*eval.want_attrs(attrs)?).clone();
        for key in eval.texts(names)? {
            all.shift_remove(&key);
        }
        Ok(V::attrs(all))
    };
    "nameValuePair" => |_eval, key, value| Ok(pair_of(key.clone(), value.clone()));
    "listToAttrs" => |eval, pairs| { let pairs = eval.want_list(pairs)?; eval.paired(pairs.iter().cloned()) };
    "attrsToList" => |eval, attrs| Ok(V::list(sorted(&*eval.want_attrs(attrs)?).into_iter().map(|(k, v)| Thunk::Done(pair_of(name(k), v.clone()))).collect()));
    "recursiveUpdate" => |eval, a, b| eval.update_deep(a, b);
    "mergeAttrsList" => |eval, list| {
        let mut all = Attrs::default();
        for attrs in eval.want_list(list)?.iter() {
            all.extend(eval.want_attrs(attrs)?.iter().map(|(k, v)| (Rc::clone(k), v.clone())));
        }
        Ok(V::attrs(all))
    };

    // What a value is.
    "isString" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Str(_)));
    "isInt" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Int(_)));
    "isBool" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Bool(_)));
    "isList" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::List(_)));
    "isAttrs" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Attrs(_)));
    "isNull" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Null));
    "isPath" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Path(_)));
    "isFunction" => |eval, value| is(eval, std::slice::from_ref(value), |v| matches!(v, V::Lambda(..) | V::Builtin(..)));

    // The rest.
    "id" => |eval, value| eval.force(value);
    "const" => |eval, value, _other| eval.force(value);
    "seq" => |eval, first, value| { eval.force(first)?; eval.force(value) };
    "pipe" => |eval, value, functions| {
        let mut value = eval.force(value)?;
        for function in eval.want_list(functions)?.iter() {
            value = eval.call(function, vec![Thunk::Done(value)])?;
        }
        Ok(value)
    };
    "throw" => |eval, message| { let message = eval.want_text(message)?; wrong(format!("the expression says: {}", message.lines().next().unwrap_or_default())) };
    "abort" => |eval, message| { let message = eval.want_text(message)?; wrong(format!("the expression says: {}", message.lines().next().unwrap_or_default())) };
    "warn" => |eval, _message, value| eval.force(value);
    "import" => |eval, path| match eval.force(path)? {
        V::Path(path) => eval.import(Path::new(&*path)),
        V::Str(path) if path.starts_with('/') && !path.contains(REFERENCE.0) => eval.import(Path::new(&*path)),
        _ => Err(Stop::Unknown),
    };
    "readFile" => |eval, path| match eval.force(path)? {
        V::Path(path) => match eval.files.find(Path::new(&*path)) {
            Some((_, whole)) => text(whole),
            None => Err(Stop::Unknown),
        },
        _ => Err(Stop::Unknown),
    };
    "placeholder" => |_eval, _name| Err(Stop::Unknown);
}

fn index(n: usize) -> Thunk {
    Thunk::Done(V::Int(i64::try_from(n).unwrap_or(i64::MAX)))
}

fn at(eval: &mut Evaluator<'_>, list: &Thunk, n: usize) -> Eval<V> {
    match eval.want_list(list)?.get(n) {
        Some(item) => eval.force(item),
        None => wrong("the list has no such item"),
    }
}

fn path_text(eval: &mut Evaluator<'_>, path: &Thunk) -> Eval<Rc<str>> {
    match eval.force(path)? {
        V::Path(path) => Ok(path),
        other => eval.want_plain(&Thunk::Done(other)),
    }
}

fn mapped_texts(eval: &mut Evaluator<'_>, map: &Thunk, list: &Thunk) -> Eval<Vec<Rc<str>>> {
    let items = eval.want_list(list)?;
    let mut texts = Vec::with_capacity(items.len());
    for item in items.iter() {
        let value = eval.call(map, vec![item.clone()])?;
        texts.push(eval.want_text(&Thunk::Done(value))?);
    }
    Ok(texts)
}

fn flatten(eval: &mut Evaluator<'_>, value: &Thunk, all: &mut Vec<Thunk>) -> Eval<()> {
    eval.spend(1)?;
    if let V::List(items) = eval.force(value)? {
        return items.iter().try_for_each(|i| eval.deeper(|eval| flatten(eval, i, all)));
    }
    all.push(value.clone());
    Ok(())
}

fn quantified(eval: &mut Evaluator<'_>, test: &Thunk, list: &Thunk, wanted: bool) -> Eval<V> {
    let mut known = true;
    for item in eval.want_list(list)?.iter() {
        let value = eval.call(test, vec![item.clone()])?;
        match eval.want_bool(&Thunk::Done(value))? {
            Some(v) if v == wanted => return Ok(V::Bool(wanted)),
            Some(_) => {}
            None => known = false,
        }
    }
    if known { Ok(V::Bool(!wanted)) } else { Err(Stop::Unknown) }
}

/// A word of `ExecStart`, as `lib.escapeSystemdExecArg` writes it.
fn systemd_word(word: &str) -> String {
    serde_json::Value::from(word).to_string().replace('%', "%%").replace('$', "$$")
}

fn replace(eval: &mut Evaluator<'_>, from: &[Rc<str>], to: &[Rc<str>], whole: &str) -> Eval<V> {
    let mut out = String::new();
    let mut rest = whole;
    loop {
        eval.spend(from.len())?;
        let found = from.iter().zip(to).find(|(from, _)| rest.starts_with(&***from));
        if let Some((from, to)) = found {
            eval.spend(to.len() / 16)?;
            out.push_str(to);
            if !from.is_empty() {
                rest = rest.get(from.len()..).unwrap_or_default();
                continue;
            }
        }
        let mut chars = rest.chars();
        match chars.next() {
            Some(c) => out.push(c),
            None => return text(out),
        }
        rest = chars.as_str();
    }
}
