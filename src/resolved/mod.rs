//! The resolved project as `docker compose config` prints it (spec/resolve.md 16.3): the keys, their order and what is left out are
//! Compose's, not ours. In JSON that is all nested `x-` keys and `models`; the YAML has them.

#![allow(clippy::ref_option)] // a field of the model is passed as it is

pub mod encode;
pub mod hash;
mod parts;
mod service;

use std::cmp::Ordering;

use serde_json::{Map as Object, Value, json};

use crate::compose::Semantics;
use crate::compose::value::{Data, Map, Value as Tree};
use crate::model::{Block, Bytes, Duration, Field, FileObject, Ipam, IpamConfig, List, Model, Named, Network, Project, Volume, units};
use crate::yaml::scalar::number_text;

/// The enabled services of a project and its resources, for JSON. Prune the project first for what Compose prints without
/// `--all-resources`; double the dollars ([`double_dollars`]) of what is printed.
pub fn json(project: &Project, semantics: Semantics) -> Value {
    let cx = Cx { v5: semantics == Semantics::V5, yaml: false };
    let mut out = cx.project(project).0;
    out.sort_keys();
    Value::Object(out)
}

/// The same for YAML, which has the `x-` keys and models too.
pub fn yaml(project: &Project, semantics: Semantics) -> Value {
    Cx { v5: semantics == Semantics::V5, yaml: true }.project(project).value()
}

/// A tree without types, for JSON: what `config --no-interpolate` prints.
pub fn tree(tree: &Map) -> Value {
    Cx { v5: true, yaml: false }.map(tree)
}

/// The same for YAML.
pub fn tree_yaml(tree: &Map) -> Value {
    Cx { v5: true, yaml: true }.map(tree)
}

/// Doubles every `$`, keys included, so that Compose reads the text as it was.
pub fn double_dollars(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(s.replace('$', "$$")),
        Value::Array(items) => items.into_iter().map(double_dollars).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k.replace('$', "$$"), double_dollars(v))).collect(),
        other => other,
    }
}

/// The order of the keys in Compose's YAML: numbers in names count as numbers (`web2` before `web10`), letters come last.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for (i, (x, y)) in a.iter().zip(&b).enumerate() {
        if x == y {
            digits = x.is_numeric();
            continue;
        }
        return match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => x.cmp(y),
            (true, false) if digits => Ordering::Less,
            (false, true) if digits => Ordering::Greater,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                // Zeros that lead a number differ from those within one.
                let within = (*x == '0' || *y == '0') && a.iter().take(i).rev().take_while(|c| c.is_numeric()).any(|c| *c != '0');
                let number = |of: &[char]| {
                    let run: Vec<char> = of.iter().skip(i).take_while(|c| c.is_numeric()).copied().collect();
                    let value = run
                        .iter()
                        .fold(u128::from(within), |n, c| n.saturating_mul(10).saturating_add(u128::from(c.to_digit(10).unwrap_or(0))));
                    (value, run.len())
                };
                number(&a).cmp(&number(&b)).then(x.cmp(y))
            }
        };
    }
    a.len().cmp(&b.len())
}

/// An object being made.
#[derive(Default)]
struct Out(Object<String, Value>);

impl Out {
    /// A key in any case.
    fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// A key unless its value is zero: Go's `omitempty`.
    fn some(&mut self, key: &str, value: Value) {
        if !is_zero(&value) {
            self.put(key, value);
        }
    }

    /// A key that was given, zero or not: Go's pointers.
    fn given<T>(&mut self, key: &str, field: &Field<T>, show: impl FnOnce(&T) -> Value) {
        if let Some(field) = field {
            self.put(key, show(&field.value));
        }
    }

    /// The same for a key whose value has many keys of its own.
    fn block<T>(&mut self, key: &str, block: &Block<T>, show: impl FnOnce(&T) -> Value) {
        if let Some(block) = block {
            self.put(key, show(&block.value));
        }
    }

    fn value(self) -> Value {
        Value::Object(self.0)
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(s) => s.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn field<T>(field: &Field<T>, show: impl FnOnce(&T) -> Value) -> Value {
    field.as_ref().map_or(Value::Null, |f| show(&f.value))
}

fn text(text: &Field<String>) -> Value {
    field(text, |s| json!(s))
}

fn flag(flag: &Field<bool>) -> Value {
    field(flag, |b| json!(b))
}

fn integer(integer: &Field<i64>) -> Value {
    field(integer, |n| json!(n))
}

/// Compose keeps these with the precision of 32 bits and prints the shortest digits that give them back.
#[allow(clippy::cast_possible_truncation)]
fn float(float: &Field<f64>) -> Value {
    field(float, |n| number((*n as f32).to_string().parse().unwrap_or(*n)))
}

/// A whole number is printed without a fraction.
#[allow(clippy::cast_possible_truncation)]
fn number(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 9e15 { json!(n as i64) } else { json!(n) }
}

fn bytes(bytes: &Field<Bytes>) -> Value {
    field(bytes, |b| size(*b))
}

fn size(bytes: Bytes) -> Value {
    if bytes.0 == 0 { Value::Null } else { json!(bytes.0.to_string()) }
}

fn duration(d: Duration) -> Value {
    json!(units::duration_text(d))
}

fn list<T>(list: &List<T>, show: impl Fn(&T) -> Value) -> Value {
    list.iter().map(|v| show(&v.value)).collect()
}

fn texts(texts: &List<String>) -> Value {
    list(texts, |s| json!(s))
}

fn hosts(hosts: &Named<Vec<String>>) -> Value {
    let mut all: Vec<String> = hosts.iter().flat_map(|(host, ips)| ips.iter().map(move |ip| format!("{host}={ip}"))).collect();
    all.sort_unstable();
    json!(all)
}

/// Objects from fields, each left out if zero, and the `x-` keys.
macro_rules! object {
    ($cx:expr, $extensions:expr; $($key:literal: $value:expr),* $(,)?) => {{
        let mut out = $crate::resolved::Out::default();
        $(out.some($key, $value);)*
        $cx.extend(&mut out, $extensions);
        out.value()
    }};
}
use object;

/// What the version and the format decide.
#[derive(Clone, Copy)]
struct Cx {
    v5: bool,
    yaml: bool,
}

impl Cx {
    fn project(self, project: &Project) -> Out {
        let mut out = Out::default();
        out.put("name", json!(project.name));
        let services = project.services.iter().filter(|(_, s)| s.enabled);
        out.put("services", self.sorted(services.map(|(name, s)| (name.clone(), self.service(s))).collect()));
        out.some("networks", self.named(&project.networks, |n| self.network(n)));
        out.some("volumes", self.named(&project.volumes, |v| self.volume(v)));
        out.some("secrets", self.named(&project.secrets, |s| self.file_object(s, true)));
        out.some(
            "configs",
            self.named(&project.configs, |c| {
                let from_variable = c.environment.as_ref().is_some_and(|e| !e.is_empty());
                self.file_object(c, from_variable)
            }),
        );
        if self.yaml {
            out.some("models", self.named(&project.models, |m| self.model(m)));
        }
        let extensions = project.extensions.iter().filter(|(k, _)| k.starts_with("x-"));
        if let Value::Object(extensions) = self.sorted(extensions.map(|(k, v)| (k.clone(), self.extension(v))).collect()) {
            out.0.extend(extensions);
        }
        out
    }

    /// A mapping from the user's own names.
    fn sorted(self, mut map: Object<String, Value>) -> Value {
        if self.yaml {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| natural_order(a, b));
            entries.into_iter().collect()
        } else {
            map.sort_keys();
            Value::Object(map)
        }
    }

    fn named<T>(self, named: &Named<T>, show: impl Fn(&T) -> Value) -> Value {
        self.sorted(named.iter().map(|(name, v)| (name.clone(), show(&v.value))).collect())
    }

    fn mapping(self, mapping: &Named<String>) -> Value {
        self.named(mapping, |s| json!(s))
    }

    fn variables(self, variables: &Named<Option<String>>) -> Value {
        self.named(variables, |v| json!(v))
    }

    /// The `x-` keys, which only YAML has.
    fn extend(self, out: &mut Out, extensions: &Named<Tree>) {
        if self.yaml
            && let Value::Object(extensions) = self.named(extensions, |v| self.extension(v))
        {
            out.0.extend(extensions.into_iter().filter(|(k, _)| k.starts_with("x-")));
        }
    }

    /// A struct within a struct: JSON has it in any case, YAML only if there is something in it.
    fn nested(self, out: &mut Out, key: &str, value: Value) {
        if !(self.yaml && is_zero(&value)) {
            out.put(key, value);
        }
    }

    /// A command: JSON has it in any case, as null where there is none; an empty one stays.
    fn nullable(self, out: &mut Out, key: &str, command: &Field<Vec<String>>) {
        if command.is_some() || !self.yaml {
            out.put(key, field(command, |c| json!(c)));
        }
    }

    fn network(self, network: &Network) -> Value {
        let Network { name, driver, driver_opts, external, internal, attachable, enable_ipv4, enable_ipv6, ipam, labels, extensions } =
            network;
        let mut out = Out::default();
        out.some("name", text(name));
        out.some("driver", text(driver));
        out.some("driver_opts", self.mapping(driver_opts));
        self.nested(&mut out, "ipam", ipam.as_ref().map_or_else(|| json!({}), |i| self.ipam(i)));
        out.some("external", json!(external));
        out.some("internal", flag(internal));
        out.some("attachable", flag(attachable));
        out.some("labels", self.mapping(labels));
        out.given("enable_ipv4", enable_ipv4, |b| json!(b));
        out.given("enable_ipv6", enable_ipv6, |b| json!(b));
        self.extend(&mut out, extensions);
        out.value()
    }

    fn ipam(self, Ipam { driver, config, options, extensions }: &Ipam) -> Value {
        let pool = |IpamConfig { subnet, gateway, ip_range, aux_addresses, extensions }: &IpamConfig| {
            object! {self, extensions;
                "subnet": text(subnet), "gateway": text(gateway), "ip_range": text(ip_range),
                "aux_addresses": self.mapping(aux_addresses),
            }
        };
        // 2.40 reads the options but does not print them.
        let options = if self.v5 { self.mapping(options) } else { Value::Null };
        object! {self, extensions; "driver": text(driver), "config": list(config, pool), "options": options}
    }

    fn volume(self, Volume { name, driver, driver_opts, external, labels, extensions }: &Volume) -> Value {
        object! {self, extensions;
            "name": text(name), "driver": text(driver), "driver_opts": self.mapping(driver_opts), "external": json!(external),
            "labels": self.mapping(labels),
        }
    }

    fn file_object(self, object: &FileObject, hide_content: bool) -> Value {
        let FileObject { name, file, environment, content, external, labels, driver, driver_opts, template_driver, extensions } = object;
        object! {self, extensions;
            "name": text(name), "file": text(file), "environment": text(environment),
            "content": if hide_content { Value::Null } else { text(content) },
            "external": json!(external), "labels": self.mapping(labels), "driver": text(driver),
            "driver_opts": self.mapping(driver_opts), "template_driver": text(template_driver),
        }
    }

    fn model(self, Model { name, model, context_size, runtime_flags, extensions }: &Model) -> Value {
        object! {self, extensions;
            "name": text(name), "model": text(model), "context_size": integer(context_size), "runtime_flags": texts(runtime_flags),
        }
    }

    fn map(self, map: &Map) -> Value {
        self.sorted(map.iter().map(|(k, e)| (k.clone(), self.extension(&e.value))).collect())
    }

    fn extension(self, value: &Tree) -> Value {
        match &value.data {
            Data::Null => Value::Null,
            Data::Bool(b) => json!(b),
            Data::Int(n) => i64::try_from(*n).map_or_else(|_| json!(u64::try_from(*n).ok()), |n| json!(n)),
            // JSON has no infinity; Compose fails here, the text is better than nothing.
            Data::Float(f) if !f.is_finite() => json!(number_text(*f)),
            Data::Float(f) => number(*f),
            Data::Str(s) | Data::Timestamp(s) => json!(s),
            // 2.40 prints an empty list as nothing in JSON.
            Data::Seq(items) if items.is_empty() && !self.v5 && !self.yaml => Value::Null,
            Data::Seq(items) => items.iter().map(|v| self.extension(v)).collect(),
            Data::Map(map) => self.map(map),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names =
            vec!["web10", "web2", "web", "web02", "a-b", "a_b", "a.b", "ab", "A", "1a", "10", "9", "a1b", "a01", "a1", "1.0.10", "1.0.9"];
        names.sort_by(|a, b| natural_order(a, b));
        // As docker compose 2.40.3 prints them.
        insta::assert_snapshot!(names.join(" "), @"1a 1.0.9 1.0.10 9 10 A a-b a.b a_b a1 a1b a01 ab web web2 web02 web10");
    }
}
