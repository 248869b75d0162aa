//! `migrate --to nix`: the arguments, and what is said.

mod fits;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, ValueEnum};

use super::super::{Failure, Global, Outcome, print};
use super::{MigrateArgs, Verify, failed};
use crate::compose::{Loader, Request};
use crate::discover;
use crate::fs::{self, Fs, OsFs};
use crate::migrate::apply::ApplyError;
use crate::migrate::nix::header::{self, State};
use crate::migrate::nix::layout::Layout;
use crate::migrate::nix::project::{self, Host, NixError, Wanted};
use crate::migrate::nix::tools::{self, Tool};
use crate::migrate::nix::{AutoUpdate, Backend, Builds, Firewall, Names, Options, Remark, SecretsFrom, Style, report as nix_report};
use crate::model::shell;
use crate::report::{self, display_path, plain, summary};
use crate::source::Sources;

/// What is for `--to nix` alone.
#[derive(Args, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Nix")]
#[allow(clippy::struct_excessive_bools)] // flags
pub(super) struct NixArgs {
    /// What runs the containers
    #[arg(long, value_enum, value_name = "ENGINE", default_value = "docker")]
    backend: BackendArg,
    /// In which files it stands
    #[arg(long, value_enum, value_name = "LAYOUT", default_value = "single")]
    layout: LayoutArg,
    /// A host of a fleet, and the directory with its projects; may be repeated
    #[arg(long, value_name = "NAME=DIR")]
    host: Vec<String>,
    /// How containers are named
    #[arg(long, value_enum, value_name = "SCHEME", default_value = "compose")]
    names: NamesArg,
    /// A profile that is started with the host; may be repeated
    #[arg(long, value_name = "PROFILE")]
    profile: Vec<String>,
    /// A file with variables, instead of `.env`; may be repeated
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// The name of the project, if it is not the one that Compose derives
    #[arg(short, long, value_name = "NAME")]
    project_name: Option<String>,
    /// Secrets may stand in the Nix store, where every user of the host can read them
    #[arg(long)]
    allow_secrets_in_store: bool,
    /// Leave out a key that has no equivalent, and say so in a comment; `all` for all
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    allow_unmapped: Vec<String>,
    /// The data of volumes is copied from docker to podman by hand
    #[arg(long)]
    accept_volume_move: bool,
    /// What becomes of images that are built
    #[arg(long, value_enum, value_name = "HOW", default_value = "unit")]
    build: BuildArg,
    /// A module for each service, with options: enable, image, dataDir, port
    #[arg(long)]
    options: bool,
    /// Where these options stand
    #[arg(long, value_name = "PATH", default_value = "services", requires = "options")]
    options_prefix: String,
    /// What becomes of the firewall
    #[arg(long, value_enum, value_name = "HOW", default_value = "comment")]
    firewall: FirewallArg,
    /// Directories of bind mounts are made by systemd [default: with podman, which does not make them]
    #[arg(long)]
    tmpfiles: bool,
    /// How images are kept up to date
    #[arg(long, value_enum, value_name = "HOW", default_value = "none")]
    auto_update: UpdateArg,
    /// Keep data across boots, for hosts that lose their root (impermanence)
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "/persist")]
    persist: Option<String>,
    /// A job for the backup of the data, to be filled in
    #[arg(long)]
    backup: bool,
    /// Containers in the host's network ask the host's name servers (with --style compose-stack)
    #[arg(long)]
    host_dns: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BackendArg {
    Docker,
    Podman,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LayoutArg {
    /// One file
    Single,
    /// A directory with a file for each service
    PerService,
    /// A directory for each project
    PerStack,
    /// `hosts/<host>/containers/`, and what all hosts share
    Fleet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NamesArg {
    /// As Compose names them: project-service-1
    Compose,
    /// project-service
    ProjectService,
    /// service
    Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BuildArg {
    /// A unit builds them on the host
    Unit,
    /// `imageStream`, to be filled in
    Dockertools,
    /// Nothing: they are there
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FirewallArg {
    /// A comment says which ports are meant
    Comment,
    /// The ports are opened
    Open,
    /// Nothing
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum UpdateArg {
    /// Not
    None,
    /// The label that `podman auto-update` looks for
    PodmanLabel,
    /// A timer that pulls, and restarts what has changed
    Timer,
}

/// Where secrets come from, or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SecretsArg {
    /// Into Compose secrets, or into variables in a file that git does not have (without --to nix)
    Compose,
    /// Paths stay; those below /run/agenix and /run/secrets become references
    Keep,
    /// sops-nix
    Sops,
    /// agenix
    Agenix,
    /// Files below /var/lib/compose-secrets that you make
    EnvFiles,
}

/// The same arguments, with none of them given.
#[derive(Parser, Debug)]
struct Defaults {
    #[command(flatten)]
    nix: NixArgs,
}

impl NixArgs {
    /// True if nothing is asked for.
    pub(super) fn is_default(&self) -> bool {
        Defaults::try_parse_from(["composelint"]).is_ok_and(|defaults| defaults.nix == *self)
    }

    fn options(&self, style: Style, secrets: Option<SecretsArg>) -> Options {
        let backend = match self.backend {
            BackendArg::Docker => Backend::Docker,
            BackendArg::Podman => Backend::Podman,
        };
        let mut options = Options::new(style, backend);
        options.names = match self.names {
            NamesArg::Compose => Names::Compose,
            NamesArg::ProjectService => Names::ProjectService,
            NamesArg::Service => Names::Service,
        };
        options.profiles.clone_from(&self.profile);
        options.secrets = match secrets {
            Some(SecretsArg::Sops) => SecretsFrom::Sops,
            Some(SecretsArg::Agenix) => SecretsFrom::Agenix,
            Some(SecretsArg::EnvFiles) => SecretsFrom::EnvFiles,
            Some(SecretsArg::Keep | SecretsArg::Compose) | None => SecretsFrom::Keep,
        };
        options.secrets_in_store = self.allow_secrets_in_store;
        options.allow_unmapped.clone_from(&self.allow_unmapped);
        options.accept_volume_move = self.accept_volume_move;
        options.builds = match self.build {
            BuildArg::Unit => Builds::Unit,
            BuildArg::Dockertools => Builds::DockerTools,
            BuildArg::None => Builds::None,
        };
        options.firewall = match self.firewall {
            FirewallArg::Comment => Firewall::Comment,
            FirewallArg::Open => Firewall::Open,
            FirewallArg::None => Firewall::None,
        };
        options.tmpfiles |= self.tmpfiles;
        options.auto_update = match self.auto_update {
            UpdateArg::None => AutoUpdate::None,
            UpdateArg::PodmanLabel => AutoUpdate::PodmanLabel,
            UpdateArg::Timer => AutoUpdate::Timer,
        };
        options.persist.clone_from(&self.persist);
        options.backup = self.backup;
        options.host_dns = self.host_dns;
        options.module_options = self.options.then(|| self.options_prefix.split('.').map(str::to_owned).collect());
        options
    }

    fn layout(&self) -> Layout {
        match self.layout {
            // Options are by service, so are the files.
            LayoutArg::Single if self.options => Layout::PerService,
            LayoutArg::Single => Layout::Single,
            LayoutArg::PerService => Layout::PerService,
            LayoutArg::PerStack => Layout::PerStack,
            LayoutArg::Fleet => Layout::Fleet,
        }
    }
}

/// What a command that made modules asked for.
pub(in crate::cli) struct Asked {
    /// How the modules were made.
    pub(in crate::cli) options: Options,
    /// The name of the project, if it was given.
    pub(in crate::cli) project_name: Option<String>,
    /// The files with variables, as they were given.
    pub(in crate::cli) env_files: Vec<PathBuf>,
}

/// Reads the words after `composelint` of such a command, as the head of a module has them. `None`: it is no such command.
pub(in crate::cli) fn asked_for(command: &str) -> Option<Asked> {
    let words = shell::split(command).ok()?.words;
    let cli = super::super::Cli::try_parse_from(std::iter::once("composelint".to_owned()).chain(words)).ok()?;
    let super::super::Command::Migrate(args) = cli.command else { return None };
    let style = if args.style == Some(super::StyleArg::ComposeStack) { Style::ComposeStack } else { Style::Oci };
    let options = args.nix.options(style, args.steps.secrets);
    Some(Asked { options, project_name: args.nix.project_name, env_files: args.nix.env_file })
}

/// Where the files go below the directory, if it is not said.
const OUT: &str = "nix";

pub(super) fn run(args: &MigrateArgs, directory: &Path, here: &Path, global: &Global) -> Result<Outcome, Failure> {
    let style = match args.style {
        Some(super::StyleArg::ComposeStack) => Style::ComposeStack,
        Some(super::StyleArg::Oci) | None => Style::Oci,
        Some(super::StyleArg::Include | super::StyleArg::Extends) => {
            return Err(Failure::new("this style is one of --to layout").help("write `--style oci` or `--style compose-stack`"));
        }
    };
    let layout = args.nix.layout();
    fits::check(args, style, layout)?;
    let options = args.nix.options(style, args.steps.secrets);
    let sources = Sources::new();
    let hosts = hosts(args, layout, directory, here, &sources)?;
    let wanted = Wanted { hosts, layout, options: &options, directory, command: command() };
    let redactor = |project: &[crate::model::Project]| report::Redactor::new(&sources, project);
    let made = project::make(&OsFs, &sources, &wanted).map_err(|error| refused(error, &sources, here))?;
    if let Some(unknown) = args.nix.profile.iter().find(|p| !made.projects.iter().any(|m| has_profile(&m.project, p))) {
        return Err(Failure::new(format!("no service has the profile `{}`", plain(unknown))).help("correct its name"));
    }
    let redactor = {
        let projects: Vec<_> = made.projects.iter().map(|p| p.project.clone()).collect();
        redactor(&projects)
    };
    let out = args.out.as_ref().map_or_else(|| directory.join(OUT), |out| fs::join(here, out));
    // What is in the way of the directory itself: its own name, or one above it.
    if let Some(file) = out.ancestors().find(|path| OsFs.symlink_metadata(path).is_ok()).filter(|path| !OsFs.is_dir(path)) {
        return Err(
            Failure::new(format!("`{}` is not a directory", plain(&display_path(file, here)))).help("name another place with --out")
        );
    }
    if args.check {
        return check(&made, &out, here, global);
    }
    let shown = nix_report::overview(&made, &display_path(&out, here));
    let mut text = redactor.text(&shown).into_owned();
    let writes = args.write || args.out.is_some();
    if !args.no_diff && !writes {
        for (path, file) in &made.files {
            let _ = write!(text, "\n--- {}\n{}", plain(&path.display().to_string()), redactor.text(file));
        }
    }
    text.push_str(&nix_report::proof(&made));
    let missing = match args.verify {
        Some(verify) => verified(&made, verify, &mut text)?,
        None => false,
    };
    if !global.quiet {
        print(&text)?;
    }
    if missing {
        return Err(Failure::new("a tool that was to look at the files is not here, so nothing was written")
            .help("install it, or leave out `--verify strict`"));
    }
    if !writes {
        super::tell(global, "nothing was written: --write writes it to `nix/`, --out DIR somewhere else\n");
        return Ok(Outcome::Clean);
    }
    let written = made.write(&OsFs, &out, args.force).map_err(|e| not_written(&e))?;
    let at = display_path(&out, here);
    if written == 0 {
        super::tell(global, &format!("nothing to do: all of it is in `{at}` already\n"));
        return Ok(Outcome::Clean);
    }
    super::tell(global, &format!("{} written to `{at}`; begin with `{at}/MIGRATION.md`\n", summary::count(written, "file")));
    Ok(Outcome::Clean)
}

fn has_profile(project: &crate::model::Project, name: &str) -> bool {
    name == "*" || project.services.values().flat_map(|s| &s.profiles).any(|p| p.value == name)
}

/// Asks the tools. True if one is missing that has to be there.
fn verified(made: &project::Modules, verify: Verify, out: &mut String) -> Result<bool, Failure> {
    let scratch = OsFs.scratch().map_err(|e| Failure::new(format!("no directory can be made for the tools to read: {}", fs::why(&e))))?;
    let answers = tools::ask(made, &scratch);
    OsFs.discard(&scratch);
    let mut missing = false;
    let mut wrong = Vec::new();
    for answer in answers {
        match answer {
            Tool::Agrees(what) => {
                let _ = writeln!(out, "  {}", plain(&what));
            }
            Tool::Missing(what) => {
                missing = true;
                let _ = writeln!(out, "  NOT RUN: {}", plain(&what));
            }
            Tool::Differs(what) => wrong.push(what),
        }
    }
    if let Some(first) = wrong.first() {
        return Err(Failure::new(format!("not the same for another tool, so nothing was written: {}", plain(first)))
            .help("this is a mistake in composelint, please report it"));
    }
    Ok(missing && verify == Verify::Strict)
}

/// The projects of each host.
fn hosts(args: &MigrateArgs, layout: Layout, directory: &Path, here: &Path, sources: &Sources) -> Result<Vec<Host>, Failure> {
    if layout != Layout::Fleet {
        if !args.nix.host.is_empty() {
            return Err(Failure::new("hosts belong to a fleet").help("add `--layout fleet`"));
        }
        return Ok(vec![Host { name: None, requests: requests(args, layout, directory, here, sources)? }]);
    }
    if args.nix.host.is_empty() {
        return Err(Failure::new("a fleet has hosts").help("name each: `--host NAME=DIR`"));
    }
    let mut out: Vec<Host> = Vec::new();
    for text in &args.nix.host {
        let Some((name, path)) = text.split_once('=').filter(|(name, _)| host_name(name)) else {
            return Err(Failure::new(format!("`{}` is not a host and its directory", plain(text))).help("write `--host NAME=DIR`"));
        };
        if out.iter().any(|h| h.name.as_deref() == Some(name)) {
            return Err(
                Failure::new(format!("the host `{name}` is given twice")).help("give it one directory, with all of its projects below it")
            );
        }
        let given = Path::new(path);
        let path = fs::join(here, given);
        if !OsFs.is_dir(&path) {
            return Err(super::super::no_directory(&OsFs, given));
        }
        out.push(Host { name: Some(name.to_owned()), requests: requests(args, layout, &path, here, sources)? });
    }
    Ok(out)
}

fn host_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) && !name.starts_with('-')
}

/// How the projects of a directory are loaded.
fn requests(args: &MigrateArgs, layout: Layout, directory: &Path, here: &Path, sources: &Sources) -> Result<Vec<Request>, Failure> {
    let files: Vec<PathBuf> = args.file.iter().map(|f| fs::join(here, f)).collect();
    let told = |mut request: Request| {
        if !args.nix.env_file.is_empty() {
            request.env_files = Some(args.nix.env_file.iter().map(|f| fs::join(here, f)).collect());
        }
        if args.nix.project_name.is_some() {
            request.project_name.clone_from(&args.nix.project_name);
        }
        request
    };
    if let Some(missing) =
        files.iter().chain(&args.nix.env_file.iter().map(|f| fs::join(here, f)).collect::<Vec<_>>()).find(|f| !OsFs.is_file(f))
    {
        return Err(Failure::new(format!("there is no file `{}`", display_path(missing, here))).help("correct the path"));
    }
    if !files.is_empty() {
        let mut request = Request::new(directory);
        request.files = files;
        return Ok(vec![told(request)]);
    }
    let loader = Loader::new(&OsFs, sources);
    let discovery = discover::discover(&loader, &[directory.to_path_buf()]);
    let started: Vec<&discover::Entry> =
        discovery.entries.iter().filter(|e| !matches!(e.kind, discover::Kind::Variant { .. } | discover::Kind::Single)).collect();
    let here_only: Vec<&discover::Entry> = started.iter().copied().filter(|e| e.directory == directory).collect();
    let chosen = match layout {
        Layout::Single | Layout::PerService if here_only.is_empty() && started.len() > 1 => {
            return Err(Failure::new(format!(
                "there is no Compose project in `{}`, but {} below it",
                display_path(directory, here),
                started.len()
            ))
            .help("name the directory of one, or write `--layout per-stack` for all of them"));
        }
        Layout::Single | Layout::PerService if !here_only.is_empty() => here_only,
        _ => started,
    };
    if chosen.is_empty() {
        return Err(Failure::new(format!("there is no Compose project in `{}`", display_path(directory, here)))
            .help("name the directory, or the files with -f"));
    }
    if args.nix.project_name.is_some() && chosen.len() > 1 {
        return Err(Failure::new("one name for several projects").help("leave out -p, or name the directory of one project"));
    }
    Ok(chosen.into_iter().map(|e| told(e.request())).collect())
}

/// The words that make the same files again.
fn command() -> String {
    let skipped = ["--write", "--check", "--no-diff", "-q", "--quiet", "--force"];
    let mut words = Vec::new();
    let mut given = std::env::args_os().skip(1);
    while let Some(word) = given.next() {
        let word = word.to_string_lossy().into_owned();
        if matches!(word.as_str(), "--out" | "--verify" | "--color") {
            given.next();
        } else if !skipped.contains(&word.as_str()) && !["--out=", "--verify=", "--color="].iter().any(|flag| word.starts_with(flag)) {
            words.push(crate::shell::shell_word(&word));
        }
    }
    words.join(" ")
}

/// Tells whether the files are still what would be made.
fn check(made: &project::Modules, out: &Path, here: &Path, global: &Global) -> Result<Outcome, Failure> {
    let found = made.stale(&OsFs, out);
    let mut text = String::new();
    for (path, why) in &found {
        let _ = writeln!(text, "{}: {why}", plain(&display_path(path, here)));
    }
    print(&text)?;
    if found.is_empty() {
        super::tell(global, &format!("up to date: {}\n", summary::count(made.files.len(), "file")));
        return Ok(Outcome::Clean);
    }
    Ok(Outcome::Found)
}

/// Why nothing was written.
fn not_written(error: &ApplyError) -> Failure {
    match error {
        ApplyError::Exists(path) => {
            let there = OsFs.read(path, u64::MAX).unwrap_or_default();
            let why = match header::state(&there) {
                State::Edited => "was changed by hand, which would be lost",
                State::Foreign | State::Untouched => "was not made by composelint, and would be overwritten",
            };
            Failure::new(format!("`{}` {why}; nothing was written", plain(&path.display().to_string())))
                .help("move it away, write to another place with --out, or overwrite it with --force, which keeps a copy")
        }
        error => failed(error),
    }
}

/// Remarks, each where it belongs.
fn told(remarks: &[Remark], sources: &Sources, here: &Path) -> Vec<Failure> {
    let told = |r: &Remark| match &r.origin {
        Some(origin) => super::placed(origin.at, &format!("`{}`: {}", r.path, r.message), None, sources, here),
        None => Failure::new(format!("`{}`: {}", r.path, r.message)),
    };
    remarks.iter().map(told).collect()
}

/// Why nothing was made.
fn refused(error: NixError, sources: &Sources, here: &Path) -> Failure {
    let said = error.to_string();
    match error {
        NixError::Refused(problems) => {
            let mut failure = Failure::new(said);
            failure.also = problems.iter().take(5).map(|p| super::problem(p, sources, here)).collect();
            failure
        }
        NixError::Unmapped(remarks) => {
            // What stands against secrets says what to do.
            let all_secret = remarks.iter().all(|r| r.message.contains("the store"));
            let help = if all_secret {
                "secrets must not stand in the Nix store: choose where they come from instead"
            } else {
                "change them, or leave keys out on purpose with `--allow-unmapped KEY`"
            };
            Failure { also: told(&remarks, sources, here), ..Failure::new(said).help(help) }
        }
        NixError::Unwritable(remarks) => Failure { also: told(&remarks, sources, here), ..Failure::new(said) },
        NixError::VolumesStay(_) => {
            Failure::new(said).help("keep docker, or write `--accept-volume-move` and copy the data with the commands in MIGRATION.md")
        }
        NixError::Unsayable(_) => Failure::new(said),
        NixError::Twice(..) => Failure::new(said).help("give one of them another name with `name:` or `container_name:`"),
        NixError::NotProved(differences) => {
            let mut failure = Failure::new(said).help("nothing was written; this is a mistake in composelint, please report it");
            failure.also = differences.iter().take(10).map(|d| Failure::new(format!("`{}`", d.path))).collect();
            failure
        }
    }
}
