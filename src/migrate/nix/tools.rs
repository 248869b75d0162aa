//! The proof once more, by other tools: Nix itself reads and evaluates what was made, and Compose reads the rendered specs. Only on demand:
//! it runs programs.
//!
//! Nix needs no nixpkgs for it: what `virtualisation.oci-containers` makes of its options is told by an emulation of ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::project::Modules;
use super::{Style, engine, proof, stack};
use crate::compose::Request;
use crate::fs::{Fs, OsFs};
use crate::migrate::docker;
use crate::nix::REFERENCE;
use crate::report::summary;

/// What a tool says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// It agrees: what it looked at.
    Agrees(String),
    /// It is not here: what it would have looked at.
    Missing(String),
    /// It does not agree.
    Differs(String),
}

/// The file of the emulation that is evaluated.
const EMULATION_FILE: &str = "oci-containers.nix";
/// The emulation: names and texts of its files.
const EMULATION: [(&str, &str); 3] = [
    (EMULATION_FILE, include_str!("emulation/oci-containers.nix")),
    ("lib.nix", include_str!("emulation/lib.nix")),
    ("pkgs.nix", include_str!("emulation/pkgs.nix")),
];

/// Asks every tool that is here. `scratch` is an empty directory.
pub fn ask(modules: &Modules, scratch: &Path) -> Vec<Tool> {
    let made = scratch.join("modules");
    let files = modules.files.iter().map(|(path, text)| (made.join(path), text.as_str()));
    let emulation = EMULATION.iter().map(|(name, text)| (scratch.join("emulation").join(name), *text));
    for (path, text) in files.chain(emulation) {
        if lay(&path, text).is_err() {
            return vec![Tool::Missing("the files cannot be laid out for the tools".to_owned())];
        }
    }
    let mut out = vec![parsed(modules, &made)];
    match modules.style {
        Style::Oci => out.extend(modules.roots.iter().map(|root| evaluated(modules, root, scratch))),
        Style::ComposeStack => {
            out.push(rendered(modules, &made));
            out.push(hashed(modules, scratch));
        }
    }
    out
}

fn lay(path: &Path, text: &str) -> std::io::Result<()> {
    for directory in path.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
        if !OsFs.is_dir(directory) {
            OsFs.create_dir(directory)?;
        }
    }
    OsFs.write_atomic(path, text.as_bytes())
}

/// `nix-instantiate --parse` of every file.
fn parsed(modules: &Modules, made: &Path) -> Tool {
    let what = "nix-instantiate --parse";
    let paths: Vec<PathBuf> = modules.files.keys().map(|path| made.join(path)).collect();
    match Command::new("nix-instantiate").arg("--parse").args(&paths).output() {
        Err(_) => Tool::Missing(format!("{what}: Nix is not installed here")),
        Ok(output) if output.status.success() => Tool::Agrees(format!("{what}: {} read", summary::count(paths.len(), "file"))),
        Ok(output) => Tool::Differs(format!("{what}: {}", said(&output.stderr))),
    }
}

/// The line of an answer that says what is wrong.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    text.lines().find(|line| line.contains("error:")).unwrap_or("it refuses a file").trim().to_owned()
}

/// `nix-instantiate --eval` with the emulation: the words that each container is run with.
fn evaluated(modules: &Modules, root: &Path, scratch: &Path) -> Tool {
    let what = "nix-instantiate --eval";
    let module = scratch.join("modules").join(root);
    let output = evaluation(&scratch.join("emulation").join(EMULATION_FILE), &module, Some(modules.backend.command())).output();
    let answer: Json = match output {
        Err(_) => return Tool::Missing(format!("{what}: Nix is not installed here")),
        Ok(output) if output.status.success() => serde_json::from_slice(&output.stdout).unwrap_or_default(),
        Ok(output) => return Tool::Differs(format!("{what}: {}", said(&output.stderr))),
    };
    match words(modules, root, &answer) {
        Ok(count) => Tool::Agrees(format!("{what}: {} run with the words that are expected", summary::count(count, "container"))),
        Err(why) => Tool::Differs(format!("{what}: {why}")),
    }
}

/// The command that evaluates a module with the emulation of NixOS. Without a backend it is that of the module.
pub fn evaluation(emulation: &Path, module: &Path, backend: Option<&str>) -> Command {
    let backend = backend.map_or("null".to_owned(), |backend| format!("\"{backend}\""));
    let expression = format!("{{ emulation, module }}: import emulation {{ modules = [ module ]; backend = {backend}; }}");
    let mut command = Command::new("nix-instantiate");
    command
        .args(["--eval", "--strict", "--json", "--readonly-mode", "-E", &expression])
        .args(["--argstr".as_ref(), "emulation".as_ref(), emulation.as_os_str()])
        .args(["--argstr".as_ref(), "module".as_ref(), module.as_os_str()]);
    command
}

/// Compares the words of the containers; what stands for something of the host has to begin and end alike.
fn words(modules: &Modules, root: &Path, answer: &Json) -> Result<usize, String> {
    let config = proof::config(&modules.files, root)?;
    let containers = config.at(&["virtualisation", "oci-containers", "containers"]);
    let mut count = 0;
    for (name, entry) in containers.and_then(crate::nix::Value::as_attrs).into_iter().flatten() {
        let wanted = engine::argv(name, entry, modules.backend)?;
        let found = answer.get("argv").and_then(|argv| argv.get(name)).and_then(Json::as_array);
        let found: Vec<&str> = found.into_iter().flatten().filter_map(Json::as_str).collect();
        let same = wanted.len() == found.len() && wanted.iter().zip(&found).all(|(wanted, found)| alike(wanted, found));
        if !same {
            return Err(format!("`{name}` would be run with other words"));
        }
        count += 1;
    }
    Ok(count)
}

fn alike(wanted: &str, found: &str) -> bool {
    let (Some((before, _)), Some((_, after))) = (wanted.split_once(REFERENCE.0), wanted.rsplit_once(REFERENCE.1)) else {
        return wanted == found;
    };
    found.strip_prefix(before).is_some_and(|rest| rest.ends_with(after))
}

/// The specs, as Nix renders them.
fn rendered(modules: &Modules, made: &Path) -> Tool {
    let what = "nix-instantiate --eval";
    let mut count = 0;
    for path in modules.projects.iter().filter_map(|made| made.kept.as_ref()).map(|kept| &kept.spec) {
        let Some(text) = modules.files.get(path) else { continue };
        let Ok(wanted) = stack::rendered(text) else {
            return Tool::Differs(format!("{what}: `{}` cannot be read", path.display()));
        };
        let output = Command::new("nix-instantiate").args(["--eval", "--strict", "--json"]).arg(made.join(path)).output();
        let Ok(output) = output else { return Tool::Missing(format!("{what}: Nix is not installed here")) };
        let parse = |text: &[u8]| serde_json::from_slice::<Json>(text).ok();
        if !output.status.success() {
            return Tool::Differs(format!("{what}: {}", said(&output.stderr)));
        }
        if parse(&output.stdout).is_none() || parse(&output.stdout) != parse(wanted.as_bytes()) {
            return Tool::Differs(format!("{what}: `{}` is rendered otherwise", path.display()));
        }
        count += 1;
    }
    Tool::Agrees(format!("{what}: {} rendered as what was proved", summary::count(count, "spec")))
}

/// The hashes of all services by the real Compose, before and with the rendered specs.
fn hashed(modules: &Modules, scratch: &Path) -> Tool {
    let what = "docker compose config --hash";
    let mut count = 0;
    for (number, made) in modules.projects.iter().enumerate() {
        let Some(kept) = &made.kept else { continue };
        let text = modules.files.get(&kept.spec).map(String::as_str).unwrap_or_default();
        let rendered = scratch.join(format!("rendered/{number}/compose.json"));
        let json = stack::rendered(text);
        if json.is_err() || lay(&rendered, &json.unwrap_or_default()).is_err() {
            return Tool::Missing(format!("{what}: the files cannot be laid out for it"));
        }
        let after = Request { files: vec![rendered], ..kept.after.clone() };
        match (docker::hashes(&kept.before), docker::hashes(&after)) {
            (Ok(Some(before)), Ok(Some(after))) if before == after => count += before.len(),
            (Ok(None), Ok(None)) => {}
            (Ok(_), Ok(_)) => return Tool::Differs(format!("{what}: `{}` has other hashes", made.project.name)),
            _ => return Tool::Missing(format!("{what}: Docker Compose is not installed here")),
        }
    }
    Tool::Agrees(format!("{what}: {} with the same hash", summary::count(count, "service")))
}
