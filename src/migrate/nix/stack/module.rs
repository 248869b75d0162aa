//! The file of a host that uses [`super::MODULE`].

use std::path::Path;

use super::Spec;
use crate::migrate::nix::{AutoUpdate, Backend, Options};
use crate::nix::{Binding, Expr, Params};

/// Where things are, seen from the file that is written.
#[derive(Clone, Debug)]
pub struct Use<'a> {
    /// The name of the stack.
    pub stack: &'a str,
    /// The path of `compose-stack.nix`: `./compose-stack.nix`; `None` if it is imported elsewhere.
    pub module: Option<&'a str>,
    /// The path of `compose-spec.nix`: `./compose-spec.nix`.
    pub spec: &'a str,
    /// Rendered only, not started: until the stack is started by what it was started by before.
    pub stage: bool,
}

/// `{ … }: { imports = [ ./compose-stack.nix ]; services.composeStacks.web = { … }; }`.
pub fn module(spec: &Spec, options: &Options, names: &Use<'_>) -> Expr {
    let texts = |list: &[String]| Expr::texts(list.iter().map(String::as_str));
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let mut stack = vec![
        Binding::new("enable", Expr::Bool(true)),
        Binding {
            above: vec!["The first part of the names of its volumes and networks.".to_owned()],
            ..Binding::new("project", Expr::text(&spec.project))
        },
        Binding::new("spec", Expr::call("import", Expr::Path(names.spec.to_owned()))),
        Binding {
            above: vec![match (spec.relative_paths.len(), &spec.env_files) {
                (0, Some(_)) => "Relative paths would start here; the spec has none.".to_owned(),
                (0, None) => "Compose reads the `.env` in it; the spec has no relative paths.".to_owned(),
                (n, Some(_)) => format!("Where the relative paths of the spec start ({n})."),
                (n, None) => format!("Where the relative paths of the spec start ({n}); Compose reads the `.env` in it."),
            }],
            ..Binding::new("projectDirectory", Expr::text(path(&spec.directory)))
        },
    ];
    if let Some(files) = &spec.env_files {
        stack.push(Binding {
            above: vec!["In place of `.env`.".to_owned()],
            ..Binding::new("environmentFiles", Expr::texts(files.iter().map(|f| path(f))))
        });
    }
    if !options.profiles.is_empty() {
        stack.push(Binding::new("profiles", texts(&options.profiles)));
    } else if !spec.process_profiles.is_empty() {
        stack.push(Binding {
            above: vec!["From COMPOSE_PROFILES of whoever started the project.".to_owned()],
            ..Binding::new("profiles", texts(&spec.process_profiles))
        });
    } else if !spec.env_profiles.is_empty() {
        let names = spec.env_profiles.join(", ");
        stack.push(Binding::comment(vec![format!("COMPOSE_PROFILES of the file with the variables counts, as before: {names}.")]));
    }
    if options.backend == Backend::Podman {
        stack.push(Binding::new("backend", Expr::text("podman")));
    }
    if options.host_dns {
        stack.push(Binding::new("hostDns", Expr::Bool(true)));
    }
    if options.auto_update == AutoUpdate::Timer {
        stack.push(Binding::at(["autoUpdate", "enable"], Expr::Bool(true)));
    }
    if names.stage {
        stack.push(Binding {
            above: vec!["Rendered to /etc/compose, but not started.".to_owned()],
            ..Binding::new("reconcile", Expr::Bool(false))
        });
    }
    let mut body = Vec::new();
    if let Some(module) = names.module {
        body.push(Binding::new("imports", Expr::list([Expr::Path(module.to_owned())])));
    }
    let at = Binding::at(["services", "composeStacks", names.stack], Expr::Attrs(stack));
    body.push(if body.is_empty() { at } else { at.apart() });
    Expr::Lambda(Params::Set(Vec::new(), true), Box::new(Expr::Attrs(body)))
}
