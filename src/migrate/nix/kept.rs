//! Style `compose-stack`: the files of projects that stay Compose projects, with their specs in Nix.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::comments::Count;
use super::header::Head;
use super::layout::{self, Layout};
use super::normal::Stack;
use super::project::{Kept, Made, Modules, NixError, Wanted, load, sources_of};
use super::proof::{Difference, Evidence};
use super::stack::{self, MODULE, MODULE_FILE, StackError, Use};
use super::wire::Wiring;
use super::{Class, Options, map};
use crate::compose::{Loader, Request};
use crate::fs::Fs;
use crate::nix::print;
use crate::source::Sources;

/// Where the files of a host go, and how they find each other.
struct Places {
    /// The directory of the host.
    root: PathBuf,
    /// The module that all share, and how a project's file finds it.
    module: (PathBuf, &'static str),
    layout: Layout,
}

impl Places {
    fn of(layout: Layout, host: Option<&str>) -> Self {
        let module = match layout {
            Layout::Fleet => (Path::new("modules").join(MODULE_FILE), "../../../modules/compose-stack.nix"),
            Layout::PerStack => (PathBuf::from(MODULE_FILE), "../compose-stack.nix"),
            Layout::Single | Layout::PerService => (PathBuf::from(MODULE_FILE), "./compose-stack.nix"),
        };
        Self { root: layout::place(layout, host), module, layout }
    }

    /// The file of a project, that of its spec, and how the first names the second.
    fn files(&self, name: &str) -> (PathBuf, PathBuf, String) {
        if self.layout == Layout::PerStack {
            let directory = self.root.join(name);
            return (directory.join("default.nix"), directory.join(stack::SPEC_FILE), format!("./{}", stack::SPEC_FILE));
        }
        (self.root.join(format!("{name}.nix")), self.root.join(format!("{name}-spec.nix")), format!("./{name}-spec.nix"))
    }
}

/// Makes the files and proves them.
pub(super) fn make(disk: &dyn Fs, sources: &Sources, wanted: &Wanted) -> Result<Modules, NixError> {
    let options = wanted.options;
    let loader = Loader::new(disk, sources);
    let mut out = Modules::new(options, wanted.layout);
    let bare = Head { sources: Vec::new(), command: wanted.command.clone() };
    let mut fleet = Vec::new();
    for host in &wanted.hosts {
        let places = Places::of(wanted.layout, host.name.as_deref());
        let mut names = BTreeSet::new();
        let mut containers = BTreeSet::new();
        for request in &host.requests {
            let (project, tree) = load(&loader, request, options)?;
            let name = project.name.clone();
            if !names.insert(name.clone()) {
                return Err(NixError::Twice("name", name));
            }
            let spec = stack::spec(request, &loader, &name, options).map_err(|e| refused(&e))?;
            let against: Vec<_> = spec.remarks.iter().filter(|r| r.class == Class::Unmapped && !options.allows(&r.path)).cloned().collect();
            if !against.is_empty() {
                return Err(NixError::Unmapped(against));
            }
            let (file, spec_file, spec_path) = places.files(&name);
            let used = Use { stack: &name, module: Some(places.module.1), spec: &spec_path, stage: false };
            let head = Head { sources: sources_of(&project, disk, wanted.directory), command: wanted.command.clone() };
            let text = head.with(&print(&spec.file));
            same(&text, &spec.json)?;
            out.files.insert(spec_file.clone(), text);
            out.files.insert(file, head.with(&print(&stack::module(&spec, options, &used))));
            let counts = spec.evidence.counts;
            out.evidence.add(Evidence {
                containers: counts.services,
                ports: counts.ports,
                mounts: counts.mounts,
                networks: counts.networks,
                ..Evidence::default()
            });
            // The volumes, and what they are called: they stay.
            let mut mapped = map::stack(&project, &Wiring::default(), &Options::new(super::Style::Oci, options.backend));
            if let Some(twice) = mapped.services.values().flatten().find(|name| !containers.insert((*name).clone())) {
                return Err(NixError::Twice("container", twice.clone()));
            }
            mapped.stack = Stack::default();
            mapped.remarks.clear();
            let comments = Count { carried: spec.comments.carried, appendix: spec.comments.appendix };
            let kept = Kept {
                hashes: spec.evidence.hashes.len(),
                before: request.clone(),
                after: Request {
                    files: Vec::new(),
                    project_directory: Some(spec.directory.clone()),
                    project_name: Some(spec.project.clone()),
                    env_files: spec.env_files.clone(),
                    ..request.clone()
                },
                spec: spec_file.clone(),
                variables: spec.variables.iter().filter(|v| v.from == stack::From::Environment).map(|v| v.name.clone()).collect(),
            };
            out.projects.push(Made::new(host.name.clone(), request, project, mapped, &tree, spec.remarks, comments, options, Some(kept)));
        }
        out.files.insert(places.module.0.clone(), bare.with(MODULE));
        let names: Vec<String> = names.into_iter().collect();
        let alone = matches!(wanted.layout, Layout::Single | Layout::PerService) && names.len() == 1;
        let only = names.first().filter(|_| alone).map(|name| places.files(name).0);
        let root = only.unwrap_or_else(|| {
            let import = |name: &String| if wanted.layout == Layout::PerStack { format!("./{name}") } else { format!("./{name}.nix") };
            let (root, file) = layout::index(&places.root, &names.iter().map(import).collect::<Vec<_>>());
            out.files.insert(root.clone(), bare.with(&print(&file)));
            root
        });
        out.roots.push(root);
        fleet.push((host.name.clone().unwrap_or_default(), names));
    }
    if wanted.layout == Layout::Fleet {
        out.files.insert(PathBuf::from(layout::FLAKE), bare.with(&print(&layout::flake(&fleet))));
    }
    Ok(out)
}

/// Reads a spec back: Nix has to render it as what was proved.
fn same(text: &str, json: &str) -> Result<(), NixError> {
    let wrong = |after: Option<String>| NixError::NotProved(vec![Difference { path: "spec".to_owned(), before: None, after }]);
    let read = stack::rendered(text).map_err(|e| wrong(Some(e)))?;
    if read == json { Ok(()) } else { Err(wrong(None)) }
}

fn refused(error: &StackError) -> NixError {
    match error {
        StackError::NotProved(why) => {
            NixError::NotProved(vec![Difference { path: "spec".to_owned(), before: None, after: Some(why.clone()) }])
        }
        other => NixError::Unsayable(other.to_string()),
    }
}
