//! From [`Loaded`] to [`Project`]: decode, profiles, consistency, env files, selection; in the order of Compose's phases 9 to 14
//! (spec/resolve.md 1).

use super::profiles::{self, Profiles};
use super::{Named, Project, Services, consistency, decode, environment};
use crate::compose::value::Map;
use crate::compose::{self, Loaded, Loader, Request, Role, Semantics};

/// What to do on the way. The default is what `check` and `audit` want: everything, with all profiles.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which profiles are active.
    pub profiles: Profiles,
    /// Only these services and what they depend on (names or globs); empty: all. A service that is not selected is not
    /// [`enabled`](super::Service::enabled).
    pub services: Vec<String>,
    /// False for `--no-env-resolution`: `env_file` is not read (`label_file` always is, as Compose has it).
    pub env_files: bool,
    /// False for `--no-consistency`.
    pub consistency: bool,
    /// Whose answers.
    pub semantics: Semantics,
}

impl Default for Options {
    fn default() -> Self {
        Self { profiles: Profiles::All, services: Vec::new(), env_files: true, consistency: true, semantics: Semantics::default() }
    }
}

/// Loads the whole project, whatever its profiles, by the answers that the request asks for. Never fails, as [`build`].
pub fn whole(loader: &Loader<'_>, request: &Request) -> Project {
    build(compose::load(loader, request), loader, &Options { semantics: request.semantics, ..Options::default() })
}

/// The typed project. Never fails: what is wrong is in [`Project::problems`], after the problems of loading.
pub fn build(read: Loaded, loader: &Loader<'_>, options: &Options) -> Project {
    with_tree(read, loader, options).0
}

/// The typed project, and the tree that it was made of. Never fails, as [`build`].
pub fn with_tree(read: Loaded, loader: &Loader<'_>, options: &Options) -> (Project, Map) {
    let Loaded { name, name_source, directory, mut files, tree, environment, problems, variables, left_out } = read;
    if let Some(at) = files.iter().position(|f| f.role == Role::Main) {
        let main = files.remove(at);
        files.insert(0, main);
    }
    let mut project = Project {
        incomplete: None,
        left_out,
        name,
        name_source,
        directory,
        files,
        services: Services::default(),
        networks: Named::default(),
        volumes: Named::default(),
        secrets: Named::default(),
        configs: Named::default(),
        models: Named::default(),
        extensions: Named::default(),
        environment,
        variables,
        problems,
    };
    decode::project(&tree, &mut project, options.semantics);
    profiles::enable(&mut project, &options.profiles);
    if options.consistency {
        consistency::check(&mut project);
    }
    environment::read(&mut project, loader, options.env_files, options.semantics);
    profiles::select(&mut project, &options.profiles, &options.services);
    if options.consistency {
        consistency::container_names(&mut project);
    }
    (project, tree)
}
