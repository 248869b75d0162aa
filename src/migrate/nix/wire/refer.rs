//! Paths that sops-nix and agenix make, as references: the secret then belongs to the host's configuration, and its absence is found when
//! that is evaluated.

use crate::nix::{self, Expr, REFERENCE};

/// Where the secrets of a host are, the longer first.
const PLACES: [(&str, [&str; 2]); 4] = [
    ("/run/secrets/rendered/", ["sops", "templates"]),
    ("/run/secrets-rendered/", ["sops", "templates"]),
    ("/run/secrets/", ["sops", "secrets"]),
    ("/run/agenix/", ["age", "secrets"]),
];

/// Something that sops-nix or agenix puts on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// `["age", "secrets"]`.
    set: [&'static str; 2],
    name: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn new(set: [&'static str; 2], name: &'a str) -> Self {
        Self { set, name }
    }

    /// What makes this path, if it is one of theirs.
    pub(super) fn of(path: &'a str) -> Option<Self> {
        let (set, name) = PLACES.iter().find_map(|(below, set)| Some((*set, path.strip_prefix(below)?)))?;
        let whole = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let plain = !name.contains(|c: char| c.is_control() || c == REFERENCE.0 || c == REFERENCE.1);
        (whole && plain).then_some(Self { set, name })
    }

    /// The option that declares it: `age.secrets."x"`.
    pub(super) fn option(&self) -> String {
        let name = self.name.replace('\\', r"\\").replace('"', "\\\"").replace("${", "\\${");
        format!("{}.{}.\"{name}\"", self.set[0], self.set[1])
    }

    /// Its path, marked as a reference.
    pub(super) fn marked(&self) -> String {
        nix::reference(&format!("config.{}.path", self.option()))
    }

    /// What stands for its value until the host has it, within a text.
    pub(super) fn placeholder(name: &str) -> Expr {
        Expr::Name(["config", "sops", "placeholder", name].map(str::to_owned).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_secrets_are_references_and_others_are_not() {
        let option = |path| Place::of(path).map(|p| p.option());
        assert_eq!(option("/run/agenix/web.env").unwrap(), r#"age.secrets."web.env""#);
        assert_eq!(option("/run/secrets/a/b").unwrap(), r#"sops.secrets."a/b""#);
        assert_eq!(option("/run/secrets/rendered/x.env").unwrap(), r#"sops.templates."x.env""#);
        assert_eq!(option(r#"/run/agenix/a"${b}\"#).unwrap(), r#"age.secrets."a\"\${b}\\""#);
        for path in ["/run/agenix", "/run/agenix/", "/run/secrets/../x", "/run/secrets/a//b", "/run/other/x", "./run/agenix/x", ""] {
            assert_eq!(option(path), None, "{path}");
        }
        assert_eq!(Place::of("/run/agenix/x").unwrap().marked(), nix::reference(r#"config.age.secrets."x".path"#));
    }
}
