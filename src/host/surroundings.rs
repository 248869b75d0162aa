//! What is beside the stacks of a host: lists of backups, Nix files, documents, what runs. Read before anything is judged, and only if the user
//! asks for it or it lies where the stacks are.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use super::backup::{self, List};
use super::docs::Document;
use super::nixos::{self, Settings};
use super::running::Running;
use crate::compose::Loader;
use crate::discover::files::files;
use crate::discover::is_default_name;

/// Everything beside the stacks. Each part knows the host that it belongs to; what belongs to none counts for all.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Where the stacks were looked for: absolute.
    pub roots: Vec<PathBuf>,
    /// Lists of what is backed up, those of Nix files among them.
    pub backups: Vec<List>,
    /// What Nix files settle for a host.
    pub nix: Vec<Settings>,
    /// Compose files that lie where Nix files were looked for: what a repository has of the stacks. Sorted.
    pub copies: Vec<PathBuf>,
    /// Documents, scripts and justfiles that speak of the stacks.
    pub documents: Vec<Document>,
    /// What runs on a host.
    pub running: Vec<Running>,
}

impl Surroundings {
    /// Reads the Nix files below `also`, and lists of backups; all paths are absolute. `host` is the name of the host that is audited, if it has
    /// been given: then the lists that are named are its own, wherever they lie. Errors: the list that cannot be read, and why.
    pub fn read(loader: &Loader, also: &[PathBuf], lists: &[PathBuf], host: Option<&str>) -> Result<Self, (PathBuf, String)> {
        let mut backups = Vec::new();
        for list in lists {
            let owner = if host.is_some() { None } else { host_in(list) };
            backups.push(backup::read(loader, list, owner).map_err(|why| (list.clone(), why))?);
        }
        // Each directory is looked through once.
        let below = |place: &PathBuf| if loader.fs.is_file(place) { vec![place.clone()] } else { files(place, loader.fs, &|_| false).0 };
        let below: Vec<Vec<PathBuf>> = also.iter().map(below).collect();
        let nix = nixos::read(loader, &below.iter().flat_map(|files| nixos::among(files)).cloned().collect::<Vec<_>>());
        backups.extend(nix.iter().flat_map(|n| n.backups.iter().cloned()));
        let copies: BTreeSet<PathBuf> = below.into_iter().flatten().filter(|file| is_default_name(file)).collect();
        Ok(Self { backups, nix, copies: copies.into_iter().collect(), ..Self::default() })
    }

    /// These, and the Nix files that lie above the files of stacks in their git work tree.
    pub fn with_near(mut self, loader: &Loader, files: &[&Path]) -> Self {
        let real = |file: &Path| loader.fs.canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
        let known: BTreeSet<PathBuf> = self.nix.iter().map(|n| real(&n.file)).collect();
        let near: Vec<PathBuf> = nixos::near(loader, files).into_iter().filter(|file| !known.contains(&real(file))).collect();
        let near = nixos::read(loader, &near);
        self.backups.extend(near.iter().flat_map(|n| n.backups.iter().cloned()));
        self.nix.extend(near);
        self.nix.sort_by(|a, b| a.file.cmp(&b.file));
        self
    }

    /// The lists of backups that count for a host.
    pub fn backups_of(&self, host: Option<&str>) -> Vec<&List> {
        of(&self.backups, host, |list| list.host.as_deref())
    }

    /// What containers of the host are called that no stack starts.
    pub fn names(&self, host: Option<&str>) -> BTreeSet<String> {
        self.nix_of(host).into_iter().flat_map(|s| s.containers.iter().map(|c| c.name.clone())).collect()
    }

    /// What Nix files settle for a host.
    pub fn nix_of(&self, host: Option<&str>) -> Vec<&Settings> {
        of(&self.nix, host, |settings| settings.host.as_deref())
    }
}

/// What counts for a host. If it has no name, and others have several, nothing is taken from one of them.
fn of<'a, T>(all: &'a [T], host: Option<&str>, owner: impl Fn(&T) -> Option<&str>) -> Vec<&'a T> {
    let owners: BTreeSet<&str> = all.iter().filter_map(&owner).collect();
    let ambiguous = host.is_none() && owners.len() > 1;
    all.iter().filter(|one| counts(owner(one), host) && !(ambiguous && owner(one).is_some())).collect()
}

/// Nothing.
pub(super) static NONE: LazyLock<Surroundings> = LazyLock::new(Surroundings::default);

/// True if something that belongs to `owner` counts for the host: one of the two has no name, or they are the same.
pub fn counts(owner: Option<&str>, host: Option<&str>) -> bool {
    owner.is_none() || host.is_none() || owner == host
}

/// Directories that hold one directory or file a host.
const HOSTS: &[&str] = &["hosts", "machines", "nodes"];
/// What is in such a directory without being a host.
const NO_HOSTS: &[&str] = &["common", "shared", "default", "modules", "profiles", "base", "lib"];

/// The host that a path belongs to: the name behind `hosts/`, `machines/` or `nodes/`.
pub fn host_in(path: &Path) -> Option<String> {
    let names: Vec<String> = path
        .components()
        .filter_map(|c| if let Component::Normal(n) = c { Some(n.to_string_lossy().into_owned()) } else { None })
        .collect();
    let at = names.iter().rposition(|n| HOSTS.contains(&n.as_str()))?;
    let name = names.get(at + 1)?;
    let name = name.strip_suffix(".nix").unwrap_or(name);
    (!NO_HOSTS.contains(&name)).then(|| name.to_owned())
}
