//! What is beside the stacks of a fixture, an example or a test.

use std::path::{Path, PathBuf};

use composelint::fs::Fs;
use composelint::host::{Facts, GitState, Surroundings, docs, host_in, running};
use composelint::lint::Workspace;
use composelint::rules::Mode;

/// The name of a list of backups at the root of an example or a fixture.
pub const BACKUP_LIST: &str = "backup-list.txt";

/// Facts, and what is beside the stacks.
pub struct Beside<'a> {
    pub facts: &'a dyn Facts,
    pub beside: Surroundings,
}

impl Facts for Beside<'_> {
    fn git(&self, path: &Path) -> GitState {
        self.facts.git(path)
    }

    fn fs(&self) -> &dyn Fs {
        self.facts.fs()
    }

    fn beside(&self) -> &Surroundings {
        &self.beside
    }
}

/// In an audit: the documents in the directories of the stacks, in the root and in directories `docs`, as `audit` finds them; and the dumps
/// `state*.json` in the root, as with `--state`; all Nix files, and a list of backups at the root. What lies behind `hosts/` belongs to that host.
pub fn read(mode: Mode, disk: &dyn Fs, workspace: &Workspace, root: &Path) -> Surroundings {
    if mode == Mode::Check {
        return Surroundings::default();
    }
    let data: Vec<&Path> = workspace.discovery.data().collect();
    let directories = workspace.discovery.entries.iter().map(|e| e.directory.clone()).chain([root.to_path_buf()]).collect();
    let files = docs::near(disk, &directories, &[root.to_path_buf()], &|path| data.contains(&path));
    // What vanishes meanwhile is not there.
    let document = |path: &PathBuf| docs::read(disk, workspace.loader.sources, path, host_in(path)).ok();
    let dumps = disk.read_dir(root).unwrap_or_default().into_iter().map(|e| e.path).filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("state") && path.extension().is_some_and(|e| e == "json")
    });
    let lists: Vec<PathBuf> = [root.join(BACKUP_LIST)].into_iter().filter(|list| disk.exists(list)).collect();
    let read = Surroundings::read(&workspace.loader, &[root.to_path_buf()], &lists, None);
    Surroundings {
        roots: vec![root.to_path_buf()],
        documents: files.iter().filter_map(document).collect(),
        running: dumps.filter_map(|path| running::read(disk, &path, host_in(&path)).ok()).collect(),
        ..read.unwrap_or_default()
    }
}
