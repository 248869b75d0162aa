//! What the name of a file or directory tells. Looks at nothing but names.

use std::path::Path;

/// The default files, the one that Compose prefers first (spec/resolve.md 2.1).
pub(super) const DEFAULT: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// The override files, the one that Compose prefers first; any of them goes with any default file.
pub(super) const OVERRIDE: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// The name of our own configuration.
pub const CONFIG_FILE: &str = ".composelint.yaml";

/// What a file could be, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileName {
    /// One of [`DEFAULT`].
    Default,
    /// One of [`OVERRIDE`].
    Override,
    /// `docker-compose.prod.yml`, `stack-compose.yaml`.
    Candidate,
    /// `compose.example.yml`, `docker-compose.yml.sample`: `whole` if a YAML parser can be asked.
    Example { whole: bool },
    /// `compose.old.yml`, `docker-compose.yml.bak`.
    Retired,
    /// `docker-compose.yml.j2`.
    Template,
    /// [`CONFIG_FILE`].
    Config,
    /// Nothing of Compose.
    Other,
}

/// Words that put a file out of use, where they stand alone between `.`, `-` and `_`. Not `backup`: a stack may make backups.
const RETIRED: &[&str] = &["old", "bak", "orig", "retired", "disabled", "obsolete", "unused"];
const EXAMPLE: &[&str] = &["example", "sample", "dist"];
const TEMPLATE: &[&str] = &["j2", "jinja", "jinja2", "tmpl", "tpl", "template", "gotmpl", "erb", "mustache", "hbs", "in"];

/// What a file could be.
pub(super) fn file(name: &str) -> FileName {
    if DEFAULT.contains(&name) {
        return FileName::Default;
    }
    if OVERRIDE.contains(&name) {
        return FileName::Override;
    }
    if name == CONFIG_FILE {
        return FileName::Config;
    }
    let lower = name.to_ascii_lowercase();
    // Hidden files are swap files and editor locks.
    // `rancher-compose.yml` stands beside a Compose file and says what Rancher 1 does with it.
    if !lower.contains("compose") || lower.starts_with('.') || lower.starts_with("rancher-compose") {
        return FileName::Other;
    }
    if let Some(stem) = lower.strip_suffix(".yml").or_else(|| lower.strip_suffix(".yaml")) {
        let mut words = stem.split(['.', '-', '_', ' ']);
        return if words.clone().any(|w| RETIRED.contains(&w)) {
            FileName::Retired
        } else if words.any(|w| EXAMPLE.contains(&w)) {
            FileName::Example { whole: true }
        } else {
            FileName::Candidate
        };
    }
    let Some((_, after)) = lower.split_once(".yml").or_else(|| lower.split_once(".yaml")) else { return FileName::Other };
    let mut words = after.split(['.', '-', '_', ' ']);
    if words.clone().any(|w| TEMPLATE.contains(&w)) {
        FileName::Template
    } else if words.any(|w| EXAMPLE.contains(&w)) {
        FileName::Example { whole: false }
    } else {
        // `.RETIRED`, `.bak`, `~`, `.2024-05-01`: whatever it says, no tool loads it.
        FileName::Retired
    }
}

/// Why a directory of this name is not entered; `None`: it is.
pub(super) enum Closed {
    /// Not worth a word: the insides of a repository.
    Silent,
    /// What it holds.
    Because(&'static str),
}

/// Whether a directory of this name is entered.
pub(super) fn directory(path: &Path) -> Option<Closed> {
    let name = path.file_name()?.to_str()?;
    let because = match name {
        // Where a migration keeps the originals.
        ".git" | ".hg" | ".svn" | ".jj" | ".bzr" | ".composelint" => return Some(Closed::Silent),
        "node_modules" | "bower_components" | "site-packages" | ".venv" | ".virtualenv" => "other people's packages",
        ".direnv" | ".terraform" | ".terragrunt-cache" | ".vagrant" | ".devenv" => "the state of a tool",
        "__pycache__" | ".cache" | ".npm" | ".pnpm-store" | ".yarn" | ".cargo" | ".rustup" | ".gradle" | ".m2" | ".tox" | ".nox" => {
            "a cache"
        }
        "@eaDir" | "#recycle" | "@Recycle" | ".Trash" | "lost+found" => "kept by the file system",
        ".snapshots" | "#snapshot" | "@Recently-Snapshot" | ".zfs" => "snapshots",
        _ if name.starts_with(".Trash-") => "kept by the file system",
        _ if ["/proc", "/sys", "/dev"].iter().any(|p| path == Path::new(p)) => "the system's own",
        _ if ["/var/lib/docker", "/var/lib/containers", "/var/lib/containerd"].iter().any(|p| path == Path::new(p)) => {
            "kept by the container engine"
        }
        _ => return None,
    };
    Some(Closed::Because(because))
}

/// Why a directory with these names in it is not searched.
pub(super) fn directory_holding(path: &Path, mut has: impl FnMut(&str) -> bool) -> Option<&'static str> {
    if has("CACHEDIR.TAG") {
        return Some("a cache");
    }
    (path.file_name().is_some_and(|n| n == "vendor") && (has("modules.txt") || has("autoload.php"))).then_some("other people's packages")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_apart_what_is_in_use() {
        use FileName::{Candidate, Default, Example, Other, Override, Retired, Template};
        for (name, wanted) in [
            ("compose.yaml", Default),
            ("docker-compose.override.yml", Override),
            ("docker-compose.prod.yml", Candidate),
            ("stack_compose_base.yml", Candidate),
            ("docker-compose.backup.yml", Candidate),
            ("compose.old.yml", Retired),
            ("docker-compose.yml.RETIRED", Retired),
            ("docker-compose.yml~", Retired),
            ("docker-compose.yml.bak", Retired),
            ("docker-compose.yaml.2024-05-01", Retired),
            ("docker-compose.yml.j2", Template),
            ("docker-compose.yml.example", Example { whole: false }),
            ("compose.sample.yaml", Example { whole: true }),
            (".docker-compose.yml.swp", Other),
            ("composer.json", Other),
            ("rancher-compose.yml", Other),
            ("gold.yml", Other),
        ] {
            assert_eq!(file(name), wanted, "{name}");
        }
    }
}
