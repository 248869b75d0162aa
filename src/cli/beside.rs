//! What `audit` reads beside the stacks: which host this is, lists of backups, Nix files, documents, what runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::fs;
use crate::host::docs::{self, Document};
use crate::host::running::{self, Running};
use crate::host::{Surroundings, host_in};
use crate::lint::Workspace;
use crate::lint::config::Patterns;
use crate::rules::Mode;
use crate::source::{Sources, Span};

/// The flags.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Host")]
pub(super) struct BesideArgs {
    /// The name of the host that the stacks belong to
    #[arg(long, value_name = "NAME")]
    pub(super) host: Option<String>,
    /// Directories that each stand for a host, as a pattern such as `hosts/*`; in place of `hosts` in the configuration
    #[arg(long, value_name = "PATTERN", conflicts_with = "host")]
    pub(super) hosts: Vec<String>,
    /// Also read the Nix files below this directory, for what the host runs beside the stacks
    ///
    /// Those that lie above the stacks in their git work tree are read anyway.
    #[arg(long, value_name = "DIR")]
    also: Vec<PathBuf>,
    /// A list of what is backed up: paths, one a line, as restic, borg and rsync take them
    #[arg(long, value_name = "FILE")]
    backup_list: Vec<PathBuf>,
    /// Documents, justfiles and scripts whose names and paths are compared with the stacks, as a pattern such as `docs/**/*.md`
    ///
    /// A runbook that names a volume, a container, a service, a port or a path that no stack has is found before somebody follows it. PATTERN
    /// is a file, a directory, or a pattern as in a `.gitignore`, seen from the current directory; it may be given several times. Without it,
    /// what lies in the directories of the stacks is read (`*.md`, `*.sh`, justfile, Makefile), and below the directories of `--also` what is
    /// in `docs` or called `RUNBOOK`. Nothing in a document is run.
    #[arg(long, value_name = "PATTERN")]
    docs: Vec<String>,
    /// What runs, to be compared with the files: the output of `docker inspect $(docker ps -aq)` or `docker volume ls --format json`
    ///
    /// FILE is what one or more of these commands wrote, one behind the other: `docker inspect $(docker ps -aq)`,
    /// `docker volume ls --format json`, `docker network inspect $(docker network ls -q)`, `docker compose ls --all --format json`; those of
    /// podman too. It may be given several times. The more it holds, the more can be said: without the containers, not what is mounted.
    /// No value of an environment variable is read from it. The engine itself is never asked.
    #[arg(long, value_name = "FILE")]
    state: Vec<PathBuf>,
}

impl BesideArgs {
    /// The patterns of `--hosts`, from the current directory; `None` without the flag. Errors: what is no pattern.
    pub(super) fn host_patterns(&self, directory: &Path, sources: &Sources) -> Result<Option<Patterns>, Failure> {
        if self.hosts.is_empty() {
            return Ok(None);
        }
        let file = sources.add(Path::new("--hosts"), self.hosts.join("\n"));
        let texts = self.hosts.iter().map(|text| (text.trim_end_matches('/').to_owned(), Span::file_start(file))).collect();
        Patterns::new(directory, texts).map(Some).map_err(|errors| {
            let why = errors.into_iter().map(|(_, why)| why).next().unwrap_or_default();
            Failure::new(format!("`--hosts`: {why}")).help("name directories from here, such as `--hosts 'hosts/*'`")
        })
    }

    /// Reads what the flags name, and what lies beside the stacks; nothing for `check`, which looks at no host. Errors: what is named and
    /// cannot be read.
    pub(super) fn read(&self, mode: Mode, workspace: &Workspace, roots: &[PathBuf], directory: &Path) -> Result<Surroundings, Failure> {
        if mode == Mode::Check {
            return Ok(Surroundings::default());
        }
        let disk = workspace.loader.fs;
        for path in self.also.iter().chain(&self.backup_list).chain(&self.state) {
            if !disk.exists(&fs::join(directory, path)) {
                return Err(Failure::new(format!("there is no file or directory `{}`", path.display())).help("correct the path"));
            }
        }
        let absolute = |paths: &[PathBuf]| paths.iter().map(|p| fs::join(directory, p)).collect::<Vec<_>>();
        let (also, lists) = (absolute(&self.also), absolute(&self.backup_list));
        let read = Surroundings::read(&workspace.loader, &also, &lists, self.host.as_deref());
        let surroundings = read.map_err(|(path, why)| Failure::new(format!("`{}`: {why}", path.display())))?;
        let files: Vec<&Path> = workspace.discovery.entries.iter().flat_map(|e| &e.files).map(PathBuf::as_path).collect();
        Ok(Surroundings {
            roots: roots.to_vec(),
            documents: self.documents(workspace, roots, directory)?,
            running: self.running(workspace, directory)?,
            ..surroundings.with_near(&workspace.loader, &files)
        })
    }

    /// The documents. Errors: a pattern that is none or means no file, a file that was named and cannot be read.
    fn documents(&self, workspace: &Workspace, roots: &[PathBuf], directory: &Path) -> Result<Vec<Document>, Failure> {
        let disk = workspace.loader.fs;
        let data: BTreeSet<&Path> = workspace.discovery.data().collect();
        let aside = |path: &Path| data.contains(path);
        let mut files = BTreeSet::new();
        for pattern in &self.docs {
            let wrong = |what: String| Failure::new(format!("`--docs {pattern}`: {what}"));
            let help = "name a file, a directory, or a pattern in quotes, such as `--docs 'docs/**/*.md'`";
            let found =
                docs::matching(disk, directory, pattern, &aside).map_err(|why| wrong(format!("this is no pattern: {why}")).help(help))?;
            if found.is_empty() {
                return Err(wrong("there is no such document".to_owned()).help(help));
            }
            files.extend(found);
        }
        if self.docs.is_empty() {
            let also: Vec<PathBuf> = self.also.iter().map(|path| fs::join(directory, path)).collect();
            let stacks = workspace.discovery.entries.iter().map(|e| e.directory.clone());
            files.extend(docs::near(disk, &stacks.chain(roots.iter().cloned()).collect(), &also, &aside));
        }
        let mut out = Vec::new();
        for path in files {
            let host = host_in(&path).or_else(|| workspace.host_of(&path));
            match docs::read(disk, workspace.loader.sources, &path, host) {
                Ok(document) => out.push(document),
                // What nobody asked for by its name is passed over.
                Err(error) if self.docs.iter().any(|p| fs::join(directory, Path::new(p)) == path) => {
                    return Err(
                        Failure::new(format!("`{}` cannot be read: {}", path.display(), fs::why(&error))).help("leave it out of `--docs`")
                    );
                }
                Err(_) => {}
            }
        }
        Ok(out)
    }

    /// What runs. Errors: a dump that cannot be read.
    fn running(&self, workspace: &Workspace, directory: &Path) -> Result<Vec<Running>, Failure> {
        let read = |path: &PathBuf| {
            let at = fs::join(directory, path);
            let host = host_in(&at).or_else(|| workspace.host_of(&at));
            running::read(workspace.loader.fs, &at, host).map_err(|error| {
                Failure::new(format!("`{}` cannot be read as what runs: {error}", path.display()))
                    .help(format!("write it on the host: `docker inspect $(docker ps -aq) > {}`", path.display()))
            })
        };
        self.state.iter().map(read).collect()
    }
}
