//! In which files the parts of a project stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::module_options;
use super::oci::{self, Part};
use super::script::{self, Helper};
use super::{Backend, common};
use crate::nix::{Binding, Expr, Params, Piece};

/// In which files a project stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One file.
    Single,
    /// A directory with a file for each service.
    PerService,
    /// A directory for each project.
    PerStack,
    /// `hosts/<host>/containers/`, and what all hosts share.
    Fleet,
}

/// A project, ready to be laid out.
pub struct Stack {
    /// The name of its file or directory.
    pub name: String,
    /// What is common, then the services.
    pub parts: Vec<Part>,
    /// What runs the containers.
    pub backend: Backend,
    /// The services get options of their own: below what path, and the directory of the project.
    pub options: Option<(Vec<String>, String)>,
}

/// What the helpers are called in the files of a fleet.
pub const UNITS: &str = "units";

/// Generated files: relative paths, and expressions.
pub type Files = BTreeMap<PathBuf, Expr>;

/// The files of some projects, and the module that a host imports.
pub fn files(stacks: Vec<Stack>, layout: Layout, host: Option<&str>) -> (Files, PathBuf) {
    let mut files = Files::new();
    let place = place(layout, host);
    let alone = |stack: &Stack| PathBuf::from(format!("{}.nix", stack.name));
    let shared = (layout == Layout::Fleet).then_some("../../../modules/compose-units.nix");
    let only = match (layout, stacks.as_slice()) {
        (Layout::Single, [stack]) => Some(alone(stack)),
        (Layout::PerService, [stack]) => Some(Path::new(&stack.name).join("default.nix")),
        _ => None,
    };
    let mut imports = Vec::new();
    for stack in stacks {
        match layout {
            Layout::Single | Layout::Fleet => {
                imports.push(format!("./{}.nix", stack.name));
                files.insert(place.join(alone(&stack)), module(stack.parts, stack.backend, &[], shared));
            }
            Layout::PerStack => {
                imports.push(format!("./{}", stack.name));
                files.insert(Path::new(&stack.name).join("default.nix"), module(stack.parts, stack.backend, &[], None));
            }
            Layout::PerService => {
                imports.push(format!("./{}", stack.name));
                per_service(stack, &mut files);
            }
        }
    }
    let root = only.unwrap_or_else(|| {
        let (root, file) = index(&place, &imports);
        files.insert(root.clone(), file);
        root
    });
    (files, root)
}

/// The directory of what a host imports.
pub(super) fn place(layout: Layout, host: Option<&str>) -> PathBuf {
    match (layout, host) {
        (Layout::Fleet, Some(host)) => Path::new("hosts").join(host).join("containers"),
        _ => PathBuf::new(),
    }
}

/// The file that imports all others of a directory.
pub(super) fn index(place: &Path, imports: &[String]) -> (PathBuf, Expr) {
    (place.join("default.nix"), Expr::Attrs(vec![imported(imports)]))
}

/// The lines for a flake.
pub const FLAKE: &str = "flake-outputs.nix";

/// The helpers that the hosts of a fleet share, and where they stand.
pub fn shared_helpers(backend: Backend) -> (PathBuf, Expr) {
    let all = Helper::ALL.into_iter().collect();
    let helpers = Expr::Attrs(script::definitions(&all, backend));
    (PathBuf::from("modules/compose-units.nix"), Expr::Lambda(Params::Set(vec!["lib".to_owned()], false), Box::new(helpers)))
}

/// Lines for the flake of a fleet: by host, its name and its projects.
pub fn flake(hosts: &[(String, Vec<String>)]) -> Expr {
    let mut lines = Vec::new();
    for (host, projects) in hosts {
        let mut module = Binding::at(["nixosModules", host], Expr::Path(format!("./hosts/{host}/containers")));
        module.above.push(format!("nixosConfigurations.{host}: add `self.nixosModules.{host}` to its modules."));
        lines.push(module.apart());
        for project in projects {
            let file = Expr::Path(format!("./hosts/{host}/containers/{project}.nix"));
            lines.push(Binding::at(["nixosModules".to_owned(), format!("{host}-{project}")], file));
        }
        let tags = std::iter::once("containers").chain(projects.iter().map(String::as_str));
        let node = vec![Binding::at(["deployment", "tags"], Expr::texts(tags)), imported(&[format!("./hosts/{host}/containers")])];
        lines.push(Binding::at(["colmena", host], Expr::Attrs(node)));
    }
    if let Some(first) = lines.first_mut() {
        first.apart = false;
        let said = "Lines for the outputs of your flake.nix, which composelint does not change. Tags choose hosts: colmena apply --on @containers.";
        first.above.insert(0, said.to_owned());
    }
    Expr::Attrs(lines)
}

fn imported(paths: &[String]) -> Binding {
    Binding::new("imports", Expr::list(paths.iter().map(|p| Expr::Path(p.clone())).collect::<Vec<_>>()))
}

fn per_service(stack: Stack, files: &mut Files) {
    let Stack { name, parts, backend, options } = stack;
    let directory = PathBuf::from(name);
    let (common, services): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|p| p.service.is_none());
    let mut taken = BTreeSet::from(["default".to_owned()]);
    let mut imports = Vec::new();
    for part in services {
        let Some(service) = part.service.clone() else { continue };
        if part.bindings.is_empty() {
            continue;
        }
        // Some disks do not tell upper from lower case.
        let mut name = service.clone();
        while !taken.insert(name.to_lowercase()) {
            name.push_str("-service");
        }
        imports.push(format!("./{name}.nix"));
        let written = match &options {
            Some((prefix, project)) => with_options(&part, &service, prefix, project, backend),
            None => module(vec![part], backend, &[], None),
        };
        files.insert(directory.join(format!("{name}.nix")), written);
    }
    files.insert(directory.join("default.nix"), module(common, backend, &imports, None));
}

/// A module of NixOS with some parts. `shared`: where the helpers are, seen from the file.
fn module(parts: Vec<Part>, backend: Backend, imports: &[String], shared: Option<&str>) -> Expr {
    let mut lets = match shared {
        Some(_) if parts.iter().all(|p| p.helpers.is_empty()) => Vec::new(),
        Some(path) => {
            let import = Expr::Apply(
                Box::new(Expr::name("import")),
                vec![Expr::Path(path.to_owned()), Expr::Attrs(vec![Binding::new("lib", Expr::name("lib"))])],
            );
            vec![Binding::new(UNITS, import)]
        }
        None => oci::lets(&parts, backend),
    };
    let mut bindings: Vec<Binding> = parts.into_iter().flat_map(|p| p.bindings).collect();
    if let Some(first) = bindings.first_mut() {
        first.apart = false;
    }
    if !imports.is_empty() {
        if let Some(first) = bindings.first_mut() {
            first.apart = true;
        }
        bindings.insert(0, imported(imports));
    }
    for common in common::take(&mut bindings) {
        lets.push(if lets.is_empty() { common } else { common.apart() });
    }
    let body = Expr::Attrs(bindings);
    let body = if lets.is_empty() { body } else { Expr::Let(lets, Box::new(body)) };
    function(body)
}

/// The module of a service that has options.
fn with_options(part: &Part, service: &str, prefix: &[String], directory: &str, backend: Backend) -> Expr {
    let module_options::Optioned { mut lets, body } = module_options::of(part, service, prefix, directory);
    lets.extend(oci::lets([part], backend).into_iter().map(Binding::apart));
    function(Expr::Let(lets, Box::new(Expr::Attrs(body))))
}

/// A module as a function of what it uses.
pub fn function(body: Expr) -> Expr {
    let names = ["config", "lib", "pkgs"].into_iter().filter(|name| uses(&body, name)).map(str::to_owned).collect::<Vec<_>>();
    if names.is_empty() { body } else { Expr::Lambda(Params::Set(names, true), Box::new(body)) }
}

/// True if an expression has a name that begins so.
fn uses(expression: &Expr, name: &str) -> bool {
    let all = |bindings: &[Binding]| bindings.iter().any(|b| uses(&b.value, name));
    match expression {
        Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Float(_) | Expr::Path(_) => false,
        Expr::Str(pieces) => pieces.iter().any(|piece| matches!(piece, Piece::Expr(inner) if uses(inner, name))),
        Expr::Name(parts) => parts.first().is_some_and(|first| first == name),
        Expr::List(items) => items.iter().any(|item| uses(&item.value, name)),
        Expr::Attrs(bindings) => all(bindings),
        Expr::Apply(function, arguments) => uses(function, name) || arguments.iter().any(|a| uses(a, name)),
        Expr::Lambda(_, body) | Expr::Not(body) => uses(body, name),
        Expr::Let(bindings, body) => all(bindings) || uses(body, name),
        Expr::Concat(left, right) | Expr::Update(left, right) => uses(left, name) || uses(right, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_takes_what_it_uses() {
        let module = |value: Expr| function(Expr::Attrs(vec![Binding::new("a", value)]));
        let takes = |value: Expr| if let Expr::Lambda(Params::Set(names, _), _) = module(value) { names } else { Vec::new() };
        assert_eq!(takes(Expr::text("see config.example and lib.x")), Vec::<String>::new());
        let path = Piece::Expr(Expr::name("config.age.secrets.db.path"));
        assert_eq!(takes(Expr::Str(vec![path, Piece::Text(":/run/db".to_owned())])), ["config"]);
        assert_eq!(takes(Expr::call("import", Expr::Attrs(vec![Binding::new("lib", Expr::name("lib"))]))), ["lib"]);
        assert_eq!(takes(Expr::call("lib.mkForce", Expr::list([Expr::name("pkgs.git")]))), ["lib", "pkgs"]);
    }
}
