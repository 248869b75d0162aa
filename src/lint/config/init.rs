//! The configuration to begin with: comments that show what can be set, and what a configuration of dclint said.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::dclint::Translated;
use crate::discover::{Discovery, Kind};

/// The text of a new configuration for a directory with these projects.
pub fn text(found: &Discovery, directory: &Path, dclint: Option<&Translated>) -> String {
    let mut out = String::from(
        "\
# The configuration of composelint. Each key with an example: docs/configuration.md
# For completion in editors, write the schema with `composelint schema > .composelint.schema.json`:
# yaml-language-server: $schema=.composelint.schema.json

",
    );
    let _ = match found.entries.len() {
        0 => writeln!(out, "# No Compose project was found below this directory.\n"),
        1 => writeln!(out, "# One Compose project was found below this directory.\n"),
        n => writeln!(out, "# {n} Compose projects were found below this directory.\n"),
    };
    match dclint {
        Some(_) => out.push_str(
            "\
# The rules to start from. `style` holds those that dclint has.
presets: [recommended, style]

",
        ),
        None => out.push_str(
            "\
# The rules to start from: recommended, strict, security, style, all.
# presets: [recommended]

",
        ),
    }
    match dclint.filter(|d| !d.rules.is_empty()) {
        Some(translated) => {
            out.push_str("# As the configuration of dclint has them.\nrules:\n");
            for line in &translated.rules {
                let _ = writeln!(out, "  {line}");
            }
            out.push('\n');
        }
        None => out.push_str(
            "\
# A rule or a topic: off, on, error, warning or info; or a mapping with `severity` and the rule's options.
# `composelint rules` lists them, `composelint explain RULE` says more.
# rules:
#   floating-tag: error
#   monolith-services: {max-services: 30}
#   style: off

",
        ),
    }
    match dclint.filter(|d| !d.exclude.is_empty()) {
        Some(translated) => {
            out.push_str("# What is not judged: patterns as in .gitignore, from this directory.\nexclude:\n");
            for pattern in &translated.exclude {
                let _ = writeln!(out, "  - {}", serde_json::Value::from(pattern.as_str()));
            }
            out.push('\n');
        }
        None => out.push_str(
            "\
# What is not judged: patterns as in .gitignore, from this directory.
# exclude:
#   - examples/

",
        ),
    }
    for note in dclint.into_iter().flat_map(|d| &d.notes) {
        let _ = writeln!(out, "# Not taken over from dclint: {note}.\n");
    }
    out.push_str(
        "\
# Other rules for some paths; a later override wins.
# overrides:
#   - paths: [tests/]
#     rules:
#       floating-tag: off

",
    );
    projects(found, directory, &mut out);
    out.push_str(
        "\
# Directories that each hold the stacks of one host.
# hosts: [\"hosts/*\"]

# What `composelint audit` holds every stack against.
# standard: [project-name, in-git, backed-up, no-errors]

# Exit with 1 from this severity on: error, warning, info, never.
# fail-on: warning
",
    );
    out
}

/// What is given together with several `-f`, as far as names tell.
fn projects(found: &Discovery, directory: &Path, out: &mut String) {
    out.push_str("# Files that are given together with several `-f`, each environment as a project of its own.\n");
    let mut by_base: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for entry in &found.entries {
        if let (Kind::Variant { of }, Some(file)) = (&entry.kind, entry.files.last()) {
            by_base.entry(of).or_default().push(file);
        }
    }
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let quoted = |text: String| serde_json::Value::from(text).to_string();
    if by_base.is_empty() {
        out.push_str(
            "\
# projects:
#   - files: [compose.yaml]
#     environments:
#       production: {files: [compose.prod.yaml], env-files: [prod.env]}

",
        );
        return;
    }
    out.push_str("# These look like it:\n# projects:\n");
    for (base, files) in by_base {
        let below = base.parent().and_then(|d| d.strip_prefix(directory).ok()).filter(|d| !d.as_os_str().is_empty());
        let mut lead = "#   - ";
        if let Some(below) = below {
            let _ = writeln!(out, "{lead}directory: {}", quoted(below.display().to_string()));
            lead = "#     ";
        }
        let _ = writeln!(out, "{lead}files: [{}]\n#     environments:", quoted(name(base)));
        for file in files {
            let name = name(file);
            let stem = name.trim_end_matches(".yml").trim_end_matches(".yaml");
            let word = stem.trim_start_matches("docker-").trim_start_matches("compose").trim_matches(['.', '-', '_']);
            let environment = if word.is_empty() { stem } else { word };
            let _ = writeln!(out, "#       {}: {{files: [{}]}}", quoted(environment.to_owned()), quoted(name.clone()));
        }
    }
    out.push('\n');
}
