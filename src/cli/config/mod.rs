//! `config`: the resolved project as `docker compose config` prints it, with its flags (spec/resolve.md 16.3 and 19).

mod hoist;
mod listing;
mod told;
mod why;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::Args;

pub(super) use hoist::hoist;

use super::{Failure, Global, Outcome, colour_of_stderr, output, print};
use crate::compose::problem::{Part, Phase, Problem, ProblemKind};
use crate::compose::{self, Loaded, Loader, Request, Semantics};
use crate::fs::{self, Fs, OsFs};
use crate::model::{Options, Profiles, Project, build, profiles};
use crate::resolved::{self as shown, encode, hash};
use crate::source::Sources;
use crate::yaml;

/// More than this is not read from stdin.
const MAX_STDIN: u64 = 64 << 20;

/// Print the resolved project
///
/// Takes the flags of `docker compose config` with their meaning, before and after the word `config`, and reads the environment as it
/// does. The output holds the values of variables, passwords among them, as that of `docker compose config` does.
#[derive(Args, Debug)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  composelint config
  composelint config -f compose.yaml -f compose.prod.yaml --format json
  composelint --project-directory ~/docker/shop --profile debug config --services
  composelint config --hash '*'
  composelint config --why services.web.image --why 'services.*.ports'

Exit codes: 0 resolved, 1 Compose refuses the project, 2 the tool could not do its job"
)]
#[allow(clippy::struct_excessive_bools)] // flags
pub(super) struct ConfigArgs {
    /// Only these services and what they depend on; names or globs
    #[arg(value_name = "SERVICE")]
    services_named: Vec<String>,

    /// A Compose file; may be repeated, `-` is stdin [default: what Compose finds]
    #[arg(short, long, value_name = "FILE", allow_hyphen_values = true, help_heading = "Project")]
    file: Vec<String>,
    /// The project's name
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true, help_heading = "Project")]
    project_name: Option<String>,
    /// Where relative paths start [default: the directory of the first file]
    #[arg(long, value_name = "DIR", alias = "workdir", allow_hyphen_values = true, help_heading = "Project")]
    project_directory: Option<String>,
    /// An active profile; may be repeated, `*` is all
    #[arg(long, value_name = "PROFILE", allow_hyphen_values = true, help_heading = "Project")]
    profile: Vec<String>,
    /// A file with variables, instead of `.env`; may be repeated
    #[arg(long, value_name = "FILE", allow_hyphen_values = true, help_heading = "Project")]
    env_file: Vec<String>,
    /// Keep the networks, volumes, secrets and configs that no service uses
    #[arg(long, help_heading = "Project")]
    all_resources: bool,
    /// As Compose 1 did: no normalisation, `_` in names
    #[arg(long, help_heading = "Project")]
    compatibility: bool,
    /// Whose answers: `2.40` or `5`, also `COMPOSELINT_COMPOSE_VERSION` [default: the newest]
    #[arg(long, value_name = "VERSION", help_heading = "Project")]
    compose_version: Option<String>,

    /// `yaml` or `json`; for --variables also `table` [default: yaml]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<String>,
    /// Write to a file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Tell where a value comes from, such as `services.web.ports[0]` or `services.*.image`; may be repeated
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    why: Vec<String>,
    /// Print as YAML, with the origin of each line behind it
    #[arg(long, conflicts_with = "why", help_heading = "Output")]
    explain: bool,

    /// Leave `${…}` as it is written
    #[arg(long, help_heading = "Resolution")]
    no_interpolate: bool,
    /// Leave out what Compose adds: the default network, names, build defaults
    #[arg(long, help_heading = "Resolution")]
    no_normalize: bool,
    /// Leave relative paths as they are written
    #[arg(long, help_heading = "Resolution")]
    no_path_resolution: bool,
    /// Accept references to what is not there
    #[arg(long, help_heading = "Resolution")]
    no_consistency: bool,
    /// Do not read the files of `env_file`
    #[arg(long, help_heading = "Resolution")]
    no_env_resolution: bool,

    /// Print the names of the services
    #[arg(long, help_heading = "Lists, instead of the project")]
    services: bool,
    /// Print the names of the volumes
    #[arg(long, help_heading = "Lists, instead of the project")]
    volumes: bool,
    /// Print the names of the networks
    #[arg(long, help_heading = "Lists, instead of the project")]
    networks: bool,
    /// Print the models
    #[arg(long, help_heading = "Lists, instead of the project")]
    models: bool,
    /// Print the hashes of these services, separated by commas; `*` is all
    #[arg(long, value_name = "SERVICES", allow_hyphen_values = true, help_heading = "Lists, instead of the project")]
    hash: Option<String>,
    /// Print the profiles
    #[arg(long, help_heading = "Lists, instead of the project")]
    profiles: bool,
    /// Print the images
    #[arg(long, help_heading = "Lists, instead of the project")]
    images: bool,
    /// Print the variables that are asked for, with their defaults
    #[arg(long, help_heading = "Lists, instead of the project")]
    variables: bool,
    /// Print the environment that `${…}` sees
    #[arg(long, help_heading = "Lists, instead of the project")]
    environment: bool,

    /// Refused: it needs the network
    #[arg(long, hide = true)]
    resolve_image_digests: bool,
    /// Refused: it needs the network
    #[arg(long, hide = true)]
    lock_image_digests: bool,

    // Flags of `docker compose` that change nothing here.
    #[arg(long, hide = true)]
    ansi: Option<String>,
    #[arg(long, hide = true)]
    no_ansi: bool,
    #[arg(long, hide = true)]
    progress: Option<String>,
    #[arg(long, hide = true, allow_hyphen_values = true)]
    parallel: Option<String>,
    #[arg(long, hide = true)]
    dry_run: bool,
}

pub(super) fn run(args: &ConfigArgs, global: &Global) -> Result<Outcome, Failure> {
    if args.resolve_image_digests || args.lock_image_digests {
        return Err(Failure::new("digests of images are known to registries only, and composelint never uses the network")
            .help("use `docker compose config --lock-image-digests`"));
    }
    let environment = environment();
    let directory = directory(&environment)?;
    let semantics = super::semantics(args.compose_version.as_deref(), || super::configured_version(&directory))?;
    let mut request = request(args, directory, environment, semantics);
    if request.files.iter().any(|f| f.as_os_str() == "-") {
        request.stdin = Some(stdin()?);
    }
    let pool = rayon::ThreadPoolBuilder::new().stack_size(super::judge::STACK).num_threads(1).build();
    let pool = pool.map_err(|e| Failure::new(format!("the threads cannot be started: {e}")))?;
    let work = || {
        let sources = Sources::new();
        let loader = Loader::new(&OsFs, &sources);
        let resolved = compose::load(&loader, &request);
        // COMPOSE_FILE can name stdin too, and stands perhaps in an env file.
        if request.stdin.is_none() && resolved.files.iter().any(|f| f.path.as_os_str() == "-") {
            request.stdin = Some(stdin()?);
            let sources = Sources::new();
            let loader = Loader::new(&OsFs, &sources);
            let resolved = compose::load(&loader, &request);
            return Config { args, global, request: &request, sources: &sources, loader: &loader }.answer(resolved);
        }
        Config { args, global, request: &request, sources: &sources, loader: &loader }.answer(resolved)
    };
    pool.install(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(|_| Err(super::internal()))
}

#[allow(clippy::disallowed_methods)] // the environment is an input of this command, as it is of Compose
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

/// The current directory as the shell calls it, links and all, where `PWD` names it (spec/resolve.md 2.2).
fn directory(environment: &BTreeMap<String, String>) -> Result<PathBuf, Failure> {
    let real = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    let identity = |path: &Path| OsFs.metadata(path).ok().and_then(|m| m.identity);
    let named = environment.get("PWD").map(PathBuf::from).filter(|pwd| pwd.is_absolute() && *pwd == fs::clean(pwd));
    Ok(named.filter(|pwd| identity(pwd).is_some_and(|i| Some(i) == identity(&real))).unwrap_or(real))
}

fn stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MAX_STDIN).read_to_end(&mut bytes);
    read.map_err(|e| Failure::new(format!("stdin cannot be read: {e}")))?;
    Ok(bytes)
}

fn request(args: &ConfigArgs, directory: PathBuf, environment: BTreeMap<String, String>, semantics: Semantics) -> Request {
    let mut request = Request::new(directory);
    let env_file = |file: &String| match (file.strip_prefix("~/"), environment.get("HOME")) {
        (Some(rest), Some(home)) if semantics == Semantics::V5 => Path::new(home).join(rest),
        _ => PathBuf::from(file),
    };
    request.files = args.file.iter().map(PathBuf::from).collect();
    request.project_name.clone_from(&args.project_name);
    request.project_directory = args.project_directory.as_ref().map(PathBuf::from);
    request.env_files = (!args.env_file.is_empty()).then(|| args.env_file.iter().map(env_file).collect());
    request.interpolate = !(args.no_interpolate || args.variables);
    request.normalize = !(args.no_normalize || args.compatibility);
    request.resolve_paths = !args.no_path_resolution;
    request.semantics = semantics;
    request.environment = environment;
    request
}

/// What is asked for: the first of these that is given counts, as with Compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Services,
    Volumes,
    Networks,
    Models,
    Hash,
    Profiles,
    Images,
    Variables,
    Environment,
    Project,
}

struct Config<'a> {
    args: &'a ConfigArgs,
    global: &'a Global,
    request: &'a Request,
    sources: &'a Sources,
    loader: &'a Loader<'a>,
}

impl Config<'_> {
    fn wanted(&self) -> Wanted {
        let args = self.args;
        let lists = [
            (args.services, Wanted::Services),
            (args.volumes, Wanted::Volumes),
            (args.networks, Wanted::Networks),
            (args.models, Wanted::Models),
            (args.hash.as_ref().is_some_and(|h| !h.is_empty()), Wanted::Hash),
            (args.profiles, Wanted::Profiles),
            (args.images, Wanted::Images),
            (args.variables, Wanted::Variables),
            (args.environment, Wanted::Environment),
        ];
        lists.into_iter().find(|(given, _)| *given).map_or(Wanted::Project, |(_, wanted)| wanted)
    }

    fn v5(&self) -> bool {
        self.request.semantics == Semantics::V5
    }

    fn answer(&self, loaded: Loaded) -> Result<Outcome, Failure> {
        let wanted = self.wanted();
        let untyped = !self.request.interpolate && matches!(wanted, Wanted::Project | Wanted::Variables | Wanted::Services);
        let asked = wanted == Wanted::Project && (self.args.explain || !self.args.why.is_empty());
        let tree = if untyped || asked { loaded.tree.clone() } else { compose::value::Map::default() };
        let project = if untyped {
            self.untyped(loaded)
        } else {
            let options = self.options(loaded.environment.get("COMPOSE_PROFILES").map(|v| v.value.as_str()), wanted);
            build(loaded, self.loader, &options)
        };
        let context = told::Context {
            sources: self.sources,
            loader: self.loader,
            request: self.request,
            colour: colour_of_stderr(self.global.color),
        };
        output::stderr(&context.warnings(&project));
        if self.v5() && untyped && wanted != Wanted::Services && !self.args.services_named.is_empty() {
            output::stderr("warning: services are named, but without interpolation the whole project is shown\n");
        }
        let refusals: Vec<&Problem> = project.problems.iter().filter(|p| p.refused && self.counts(p, wanted)).collect();
        if !refusals.is_empty() {
            output::stderr(&context.refusals(&project, &refusals));
            return Ok(Outcome::Found);
        }

        if asked && !self.args.explain {
            return self.why(&tree, &project);
        }
        let text = if asked {
            self.explained(&tree, &project)
        } else if untyped {
            self.untyped_text(&tree, wanted)
        } else {
            self.typed_text(&project, wanted)
        };
        let text = match text {
            Ok(text) => text,
            Err(problem) => {
                output::stderr(&context.refusals(&project, &[&problem]));
                return Ok(Outcome::Found);
            }
        };
        // Compose's --quiet silences the project only.
        if self.global.quiet && matches!(wanted, Wanted::Project | Wanted::Environment) {
            return Ok(Outcome::Clean);
        }
        match self.args.output.as_ref().filter(|_| wanted == Wanted::Project) {
            Some(path) => OsFs
                .write_atomic(&fs::join(&self.request.directory, path), text.as_bytes())
                .map_err(|e| Failure::new(format!("`{}` cannot be written: {}", path.display(), fs::why(&e))))?,
            None => print(&text)?,
        }
        Ok(Outcome::Clean)
    }

    /// What to do on the way, by what is asked for and the version (spec/resolve.md 17, 19 and 20).
    fn options(&self, variable: Option<&str>, wanted: Wanted) -> Options {
        let args = self.args;
        let names = matches!(wanted, Wanted::Services | Wanted::Volumes | Wanted::Networks | Wanted::Models);
        let env_files = match wanted {
            _ if names => false,
            _ if self.v5() => !args.no_env_resolution,
            Wanted::Profiles | Wanted::Images | Wanted::Hash => false,
            _ => true,
        };
        Options {
            profiles: Profiles::settle(&args.profile, variable),
            services: if names || wanted == Wanted::Hash { Vec::new() } else { args.services_named.clone() },
            env_files,
            consistency: !args.no_consistency,
            semantics: self.request.semantics,
        }
    }

    /// A project without services, for its problems alone.
    fn untyped(&self, mut loaded: Loaded) -> Project {
        loaded.tree = compose::value::Map::default();
        build(loaded, self.loader, &Options { consistency: false, env_files: false, ..Options::default() })
    }

    /// True if a refusal matters to what is asked for.
    fn counts(&self, problem: &Problem, wanted: Wanted) -> bool {
        match wanted {
            // 5.x lists the variables of what it would not run.
            Wanted::Variables if self.v5() => !matches!(problem.phase, Phase::Schema | Phase::Name),
            Wanted::Project => true,
            // 5.x reads the env files of the services in question only.
            Wanted::Hash if problem.phase == Phase::EnvFile => match problem.path.0.get(..2) {
                Some([Part::Key(kind), Part::Key(name)]) if kind == "services" => self.hashes(name),
                _ => true,
            },
            _ => problem.kind != ProblemKind::DuplicateContainerName,
        }
    }

    /// True if the hash of this service is asked for.
    fn hashes(&self, name: &str) -> bool {
        self.args.hash.as_ref().is_some_and(|wanted| wanted == "*" || wanted.split(',').any(|w| w == name))
    }

    fn untyped_text(&self, tree: &compose::value::Map, wanted: Wanted) -> Result<String, Box<Problem>> {
        let format = self.args.format.as_deref();
        match wanted {
            Wanted::Services => {
                let services = tree.get("services").and_then(|e| match &e.value.data {
                    compose::value::Data::Map(map) => Some(map),
                    _ => None,
                });
                Ok(services.map(|map| listing::names(map.keys())).unwrap_or_default())
            }
            Wanted::Variables => listing::variables(tree, format).ok_or_else(|| unsupported(format)),
            _ => match format {
                None | Some("" | "yaml") => Ok(yaml::print::yaml(&shown::tree_yaml(tree))),
                Some("json") => Ok(encode::pretty(&shown::tree(tree)) + "\n"),
                _ => Err(unsupported(format)),
            },
        }
    }

    fn typed_text(&self, all: &Project, wanted: Wanted) -> Result<String, Box<Problem>> {
        let mut project = all.clone();
        profiles::prune(&mut project, self.args.all_resources);
        let semantics = self.request.semantics;
        match wanted {
            Wanted::Services => Ok(listing::services(&project)),
            Wanted::Volumes => Ok(listing::names(project.volumes.keys())),
            Wanted::Networks => Ok(listing::names(project.networks.keys())),
            Wanted::Models => Ok(listing::models(&project)),
            Wanted::Hash => self.hash_lines(&project),
            Wanted::Profiles => Ok(listing::profiles(all)),
            Wanted::Images => Ok(listing::images(&project, self.separator(&project), semantics)),
            Wanted::Environment => Ok(listing::environment(&project)),
            Wanted::Variables | Wanted::Project => {
                let format = self.args.format.as_deref();
                match format {
                    None | Some("" | "yaml") => Ok(yaml::print::yaml(&shown::double_dollars(shown::yaml(&project, semantics)))),
                    Some("json") => Ok(encode::pretty(&shown::double_dollars(shown::json(&project, semantics))) + "\n"),
                    _ => Err(unsupported(format)),
                }
            }
        }
    }

    fn hash_lines(&self, project: &Project) -> Result<String, Box<Problem>> {
        let wanted = self.args.hash.as_deref().unwrap_or_default();
        let mut names: Vec<&str> = match wanted {
            "*" => project.services.keys().map(String::as_str).collect(),
            names => names.split(',').collect(),
        };
        names.sort_unstable();
        let platform = project.environment.get("DOCKER_DEFAULT_PLATFORM").map(|v| v.value.as_str());
        let mut out = String::new();
        for name in names {
            let Some(service) = project.services.get(name) else {
                return Err(Problem::refused(ProblemKind::UndefinedService, Phase::Select, format!("there is no service `{name}`")).into());
            };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name} {}", hash::service(service, self.request.semantics, platform));
        }
        Ok(out)
    }

    /// What stands between the project and the service in the name of a built image.
    fn separator(&self, project: &Project) -> char {
        let variable = project.environment.get("COMPOSE_COMPATIBILITY").map(|v| v.value.trim().to_lowercase());
        if self.args.compatibility || matches!(variable.as_deref(), Some("1" | "t" | "true")) { '_' } else { '-' }
    }
}

fn unsupported(format: Option<&str>) -> Box<Problem> {
    let message = format!("there is no format `{}`", format.unwrap_or_default());
    Problem::refused(ProblemKind::InvalidValue, Phase::Flags, message).help("give `yaml` or `json`").into()
}
