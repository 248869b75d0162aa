//! A module for each service, with options of its own: whether it runs, its image, where its data lies, its ports.

use super::oci::Part;
use crate::nix::{Binding, Expr, Item, Piece};

/// A service's options, and its configuration, which follows them.
pub struct Optioned {
    /// `let` of the file.
    pub lets: Vec<Binding>,
    /// `options` and `config`.
    pub body: Vec<Binding>,
}

/// The name of the options in the file.
const CFG: &str = "cfg";

/// Gives a service options below `prefix` (`services.shop`). `directory` is that of the project.
pub fn of(part: &Part, service: &str, prefix: &[String], directory: &str) -> Optioned {
    let mut config = part.bindings.clone();
    let mut options = vec![option("enable", "bool", Expr::Bool(true), &format!("Whether {service} runs."))];
    let mut image = None;
    let mut data = false;
    let mut ports: Vec<(String, i64)> = Vec::new();
    for binding in config.iter_mut().filter(|b| b.path.iter().any(|p| p == "containers")) {
        let Expr::Attrs(bindings) = &mut binding.value else { continue };
        for binding in bindings {
            match (binding.path.last().map(String::as_str), &mut binding.value) {
                (Some("image"), value) => {
                    image.get_or_insert_with(|| value.clone());
                    *value = cfg(&["image"]);
                }
                (Some("volumes" | "environmentFiles"), Expr::List(items)) => {
                    for item in items {
                        data |= below(item, directory);
                    }
                }
                (Some("ports"), Expr::List(items)) => published(items, &mut ports),
                _ => {}
            }
        }
    }
    if let Some(image) = image {
        options.push(option("image", "str", image, "The image, with its tag."));
    }
    if data {
        let what = "Where the relative paths of the Compose file begin.";
        options.push(option("dataDir", "str", Expr::text(directory), what));
    }
    if let [(_, port)] = ports.as_slice() {
        options.push(option("port", "port", Expr::Int(*port), "The port of the host."));
    } else {
        for (target, port) in &ports {
            let mut binding = option("ports", "port", Expr::Int(*port), &format!("The port of the host for {target} of the container."));
            binding.path.push(target.clone());
            options.push(binding);
        }
    }
    let place: Vec<String> = prefix.iter().cloned().chain([service.to_owned()]).collect();
    let path = |root: &str| std::iter::once(root.to_owned()).chain(place.iter().cloned()).collect::<Vec<_>>();
    let enabled = Expr::Apply(Box::new(Expr::name("lib.mkIf")), vec![cfg(&["enable"]), Expr::Attrs(config)]);
    Optioned {
        lets: vec![Binding::new(CFG, Expr::Name(path("config")))],
        body: vec![Binding::at(path("options"), Expr::Attrs(options)), Binding::new("config", enabled).apart()],
    }
}

fn cfg(path: &[&str]) -> Expr {
    Expr::Name(std::iter::once(CFG).chain(path.iter().copied()).map(str::to_owned).collect())
}

fn option(name: &str, kind: &str, default: Expr, description: &str) -> Binding {
    let parts = vec![
        Binding::new("type", Expr::name(&format!("lib.types.{kind}"))),
        Binding::new("default", default),
        Binding::new("description", Expr::text(description)),
    ];
    Binding::new(name, Expr::call("lib.mkOption", Expr::Attrs(parts)))
}

/// Makes a path below the project's directory follow `dataDir`.
fn below(item: &mut Item, directory: &str) -> bool {
    let Expr::Str(pieces) = &mut item.value else { return false };
    let Some(Piece::Text(text)) = pieces.first() else { return false };
    let Some(rest) = text.strip_prefix(directory).filter(|rest| rest.starts_with(['/', ':'])) else { return false };
    let rest = Piece::Text(rest.to_owned());
    pieces.splice(..1, [Piece::Expr(cfg(&["dataDir"])), rest]);
    true
}

/// Makes published ports follow options, where each is one number.
fn published(items: &mut [Item], ports: &mut Vec<(String, i64)>) {
    let parsed = |item: &Item| -> Option<(String, i64, String)> {
        let Expr::Str(pieces) = &item.value else { return None };
        let [Piece::Text(text)] = pieces.as_slice() else { return None };
        let (before, target) = text.rsplit_once(':')?;
        let (host, port) = before.rsplit_once(':').map_or(("", before), |(host, port)| (host, port));
        let host = if host.is_empty() { String::new() } else { format!("{host}:") };
        Some((host, port.parse().ok()?, target.to_owned()))
    };
    let found: Vec<_> = items.iter().map(parsed).collect();
    let names: Vec<&str> = found.iter().flatten().map(|(_, _, target)| target.as_str()).collect();
    let twice = names.iter().any(|name| names.iter().filter(|n| n == &name).count() > 1);
    if twice {
        return;
    }
    let alone = names.len() == 1;
    for (item, found) in items.iter_mut().zip(found) {
        let Some((host, port, target)) = found else { continue };
        let name = if alone { cfg(&["port"]) } else { cfg(&["ports", &target]) };
        let mut pieces = if host.is_empty() { Vec::new() } else { vec![Piece::Text(host)] };
        pieces.push(Piece::Expr(Expr::call("toString", name)));
        pieces.push(Piece::Text(format!(":{target}")));
        item.value = Expr::Str(pieces);
        ports.push((target, port));
    }
}
