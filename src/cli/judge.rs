//! `check` and `audit`: the pipeline from paths to a report.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::baseline::{self, BaselineArgs};
use super::beside::BesideArgs;
use super::fixing::{self, FixArgs, Tally};
use super::formats::{OutputArgs, Outputs};
use super::pages::PageArgs;
use super::{Failure, Global, Outcome, merge, output};
use crate::audit::{fleet, standard, strategy};
use crate::compose::Loader;
use crate::discover::{Discovery, Reason, Skipped};
use crate::finding::{Finding, Severity};
use crate::fix;
use crate::fs::{self, Fs, OsFs};
use crate::git::GitError;
use crate::host::{Facts, HostFacts};
use crate::lint::fingerprint::Fingerprint;
use crate::lint::since::Since;
use crate::lint::{self, Config, Flags, LoadOptions, Selection, UnknownRule, Verdict, Workspace, common_directory, fingerprint};
use crate::model::{Profiles, Project};
use crate::nearest::nearest;
use crate::report::document::Document;
use crate::report::inventory::{self, Inventory};
use crate::report::{self, Redactor, Report, Run, summary};
use crate::rules::{Mode, Preset};
use crate::source::Sources;

/// Deep input recurses deeply: never deeper than this holds.
pub(super) const STACK: usize = 16 * 1024 * 1024;

/// Judge files and trees: for CI, hooks and editors
///
/// Finds the Compose projects below each PATH, resolves them, and reports what is wrong. The answer depends on the files alone: not on
/// the environment, the engine, or the network.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  composelint check                                            the projects below this directory
  composelint check compose.yaml services/                     a file, and a directory
  composelint check --select security --ignore floating-tag    other rules
  composelint check --diff                                     what --fix would change
  composelint check --write-baseline                           from now on only what is new
  composelint check --since origin/main --format github        in CI: what the branch has to do with

Exit codes: 0 nothing to report, 1 findings at or above --fail-on, 2 the tool could not do its job")]
pub(super) struct CheckArgs {
    /// Directories to search, or files to judge whatever their names [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
    /// Exit with 1 if there is a finding this bad or worse [default: warning]
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: Option<FailOn>,
}

/// Say what a host has, and what is wrong with it
///
/// An inventory of all projects below each ROOT, and everything that `check` finds, with the rules that judge the host itself: ports,
/// names and volumes across projects, links, git, backups.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  composelint audit ~/docker
  composelint audit /srv/stacks /opt/compose --format json=host.json --format human
  composelint audit ~/docker --fail-on error
  composelint audit ~/docker --host nas --also ~/infra --backup-list restic-includes.txt
  composelint audit ~/docker --format html=host.html        a report to search, filter and pass on
  composelint audit ~/docker --page STACKS.md --check       in CI: is the page still true?
  composelint audit --hosts 'hosts/*' --strategy            a fleet, in one repository
  composelint audit --merge reports/*.json                  a fleet, from the reports of its hosts

Exit codes: 0 it was done, 1 findings at or above --fail-on if that is given, 2 the tool could not do its job")]
pub(super) struct AuditArgs {
    /// Directories with the host's projects [default: .]
    #[arg(value_name = "ROOT")]
    paths: Vec<PathBuf>,
    /// Weigh for each stack the ways of placing it on a NixOS host: link, activation, Compose in Nix, oci-containers
    #[arg(long, help_heading = "Host")]
    strategy: bool,
    /// Take the ROOTs for reports that `--format json` wrote on each host, and join them
    #[arg(long, help_heading = "Host", conflicts_with_all = ["strategy", "host", "hosts"])]
    merge: bool,
    #[command(flatten)]
    beside: BesideArgs,
    #[command(flatten)]
    pages: PageArgs,
    #[command(flatten)]
    common: Common,
    /// Exit with 1 if there is a finding this bad or worse [default: never]
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: Option<FailOn>,
}

#[derive(Args, Debug)]
struct Common {
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    #[command(flatten)]
    fixes: FixArgs,
    #[command(flatten)]
    outputs: OutputArgs,
    #[command(flatten)]
    input: InputArgs,
}

/// Which rules run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
struct RuleArgs {
    /// The rules to start from: recommended, strict, security, style or all [default: recommended]
    #[arg(long, value_name = "PRESET", value_delimiter = ',')]
    preset: Vec<String>,
    /// Also run these rules, topics or presets; `all` for every rule
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not run these rules, topics or presets
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
}

/// What is read, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
struct InputArgs {
    /// Read this configuration [default: the nearest `.composelint.yaml`]
    ///
    /// Without it, the nearest `.composelint.yaml` is read, from what all paths have in common up to the root of the repository.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, hide_short_help = true)]
    no_config: bool,
    /// Judge the projects as they are with this profile active; may be repeated [default: all profiles]
    #[arg(long, value_name = "PROFILE", hide_short_help = true)]
    profile: Vec<String>,
    /// Judge by the answers of this version of Compose: `2.40` or `5`, also `COMPOSELINT_COMPOSE_VERSION` [default: the newest]
    #[arg(long, value_name = "VERSION", hide_short_help = true)]
    compose_version: Option<String>,
    /// How many threads work at once [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = jobs, hide_short_help = true)]
    jobs: Option<u16>,
}

fn jobs(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|n| (1..=1024).contains(n));
    number.ok_or_else(|| "give a number from 1 to 1024".to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

/// What `audit` is asked for beside findings; nothing for `check`.
#[derive(Default)]
struct Audited<'a> {
    beside: Cow<'a, BesideArgs>,
    pages: Cow<'a, PageArgs>,
    strategy: bool,
}

/// `audit --merge`: there is nothing to load.
fn joined(args: &AuditArgs, global: &Global) -> Result<Outcome, Failure> {
    let directory = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    if args.paths.is_empty() {
        return Err(
            Failure::new("`--merge` joins reports, and none is named").help("name them: `composelint audit --merge reports/*.json`")
        );
    }
    let outputs = args.common.outputs.settle(&OsFs, &directory, Mode::Audit)?;
    args.pages.settle(&OsFs, &directory)?;
    let fail_on = args.fail_on.and_then(FailOn::severity);
    merge::run(&OsFs, &directory, &args.paths, &outputs, &args.pages, fail_on, global)
}

pub(super) fn check(args: &CheckArgs, global: &Global) -> Result<Outcome, Failure> {
    judge(Mode::Check, &args.paths, args.fail_on, &args.common, &Audited::default(), global)
}

pub(super) fn audit(args: &AuditArgs, global: &Global) -> Result<Outcome, Failure> {
    if args.merge {
        return joined(args, global);
    }
    let audited = Audited { beside: Cow::Borrowed(&args.beside), pages: Cow::Borrowed(&args.pages), strategy: args.strategy };
    judge(Mode::Audit, &args.paths, args.fail_on, &args.common, &audited, global)
}

fn judge(
    mode: Mode,
    paths: &[PathBuf],
    fail_on: Option<FailOn>,
    common: &Common,
    audited: &Audited,
    global: &Global,
) -> Result<Outcome, Failure> {
    let directory = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    let disk = OsFs;
    let roots = roots(&disk, &directory, paths, &common.baseline)?;
    let outputs = common.outputs.settle(&disk, &directory, mode)?;
    audited.pages.settle(&disk, &directory)?;
    let beside = &*audited.beside;
    let sources = Sources::new();
    let config = configuration(&Loader::new(&disk, &sources), &directory, &roots, common, beside)?;
    let selection = selection(mode, &config, common)?;
    let fail_on = match (fail_on, config.fail_on) {
        (Some(flag), _) => flag.severity(),
        (None, Some(configured)) => configured,
        (None, None) => (mode == Mode::Check).then_some(Severity::Warning),
    };
    let semantics = super::semantics(common.input.compose_version.as_deref(), || Ok(config.compose_version))?;
    let mut threads = rayon::ThreadPoolBuilder::new().stack_size(STACK);
    if let Some(jobs) = common.input.jobs {
        threads = threads.num_threads(jobs.into());
    }
    let pool = threads.build().map_err(|e| Failure::new(format!("the threads cannot be started: {e}")))?;
    let started = Instant::now();
    let work = || {
        let profiles = if common.input.profile.is_empty() { Profiles::All } else { Profiles::settle(&common.input.profile, None) };
        let options = LoadOptions { profiles, semantics, config: Arc::clone(&config), env_files: None, host: beside.host.clone() };
        let fixes = &common.fixes;
        let again = Again { directory: &directory, roots: &roots, mode, selection: &selection, common, beside, options: &options };
        if fixes.diff {
            return fixing::show(&disk, &again, fixes, &directory, global);
        }
        let tally = if fixes.fix { Some(fixing::write(&disk, &again, fixes, &directory, global)?) } else { None };
        let workspace = Workspace::load(&disk, &sources, &roots, &options);
        let facts = HostFacts::new(&disk).with(beside.read(mode, &workspace, &roots, &directory)?);
        let (disk, directory, roots, selection) = (&disk, directory.as_path(), roots.as_slice(), &selection);
        let (config, outputs) = (&*config, &outputs);
        Work {
            disk,
            sources: &sources,
            directory,
            roots,
            mode,
            config,
            selection,
            common,
            audited,
            outputs,
            global,
            fail_on,
            started,
            tally,
        }
        .run(&workspace, &facts)
    };
    pool.install(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(|_| Err(super::internal()))
}

/// The configuration of a run: the one that is named, or the nearest to what all roots have in common.
fn configuration(
    loader: &Loader,
    directory: &Path,
    roots: &[PathBuf],
    common: &Common,
    beside: &BesideArgs,
) -> Result<Arc<Config>, Failure> {
    let mut config = match &common.input.config {
        _ if common.input.no_config => Config::default(),
        Some(file) => Config::read(loader, &fs::join(directory, file))?,
        None => match common_directory(loader.fs, roots) {
            Some(start) => Config::discover_below(loader, &start, directory)?,
            None => Config::default(),
        },
    };
    if let Some(hosts) = beside.host_patterns(directory, loader.sources)? {
        config.hosts = hosts;
    }
    Ok(Arc::new(config))
}

/// The rules of a run.
fn selection(mode: Mode, config: &Config, common: &Common) -> Result<Selection, Failure> {
    let mut presets = Vec::new();
    for name in &common.rules.preset {
        let names = || Preset::ALL.iter().map(|p| p.name());
        presets.push(*Preset::ALL.iter().find(|p| p.name() == name).ok_or_else(|| {
            let help = match nearest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the presets are {}", names().collect::<Vec<_>>().join(", ")),
            };
            Failure::new(format!("there is no preset `{name}`")).help(help)
        })?);
    }
    let flags = Flags { preset: &presets, select: &common.rules.select, ignore: &common.rules.ignore };
    let unknown = |unknown: UnknownRule| {
        let help =
            unknown.nearest.map_or_else(|| "`composelint rules` lists them all".to_owned(), |near| format!("did you mean `{near}`?"));
        Failure::new(unknown.to_string()).help(help)
    };
    let mut failures = lint::unknown(common.rules.select.iter().chain(&common.rules.ignore)).into_iter().map(unknown);
    if let Some(mut first) = failures.next() {
        first.also = failures.collect();
        return Err(first);
    }
    Selection::configured(mode, config, &flags).map_err(unknown)
}

/// The paths to start from, absolute. Errors: the first that is not there or cannot be read.
fn roots(disk: &dyn Fs, directory: &Path, paths: &[PathBuf], baseline: &BaselineArgs) -> Result<Vec<PathBuf>, Failure> {
    let here = [PathBuf::from(".")];
    let mut out = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        let root = fs::join(directory, path);
        let readable = disk.metadata(&root).and_then(|m| match m.file_type {
            fs::FileType::Directory => disk.read_dir(&root).map(|_| ()),
            fs::FileType::File => Ok(()),
            _ => Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is neither a file nor a directory")),
        });
        match readable {
            Ok(()) => out.push(root),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let shown = path.display();
                let failure = Failure::new(format!("there is no file or directory `{shown}`"));
                let help = if baseline.is_written_unnamed() {
                    format!("if it is the baseline to write, join them with `=`: `--write-baseline={shown}`")
                } else {
                    "correct the path".to_owned()
                };
                return Err(failure.help(help));
            }
            Err(error) => return Err(Failure::new(format!("`{}` cannot be read: {}", path.display(), fs::why(&error)))),
        }
    }
    Ok(out)
}

/// One run of the pipeline.
struct Work<'a> {
    disk: &'a OsFs,
    sources: &'a Sources,
    directory: &'a Path,
    roots: &'a [PathBuf],
    mode: Mode,
    config: &'a Config,
    selection: &'a Selection,
    common: &'a Common,
    audited: &'a Audited<'a>,
    outputs: &'a Outputs,
    global: &'a Global,
    fail_on: Option<Severity>,
    started: Instant,
    /// What was fixed before, if that was asked for.
    tally: Option<Tally>,
}

/// The same judgement over texts that are not on the disk yet.
struct Again<'a> {
    directory: &'a Path,
    roots: &'a [PathBuf],
    mode: Mode,
    selection: &'a Selection,
    common: &'a Common,
    beside: &'a BesideArgs,
    options: &'a LoadOptions,
}

impl fix::Judge for Again<'_> {
    fn load<'d>(&self, disk: &'d dyn Fs, sources: &'d Sources) -> Workspace<'d> {
        // The places in the configuration are places in these sources; it was read before, so it can be read again.
        let config = configuration(&Loader::new(disk, sources), self.directory, self.roots, self.common, self.beside);
        let config = config.unwrap_or_else(|_| Arc::clone(&self.options.config));
        Workspace::load(disk, sources, self.roots, &LoadOptions { config, ..self.options.clone() })
    }

    fn findings(&self, workspace: &Workspace, disk: &dyn Fs) -> Vec<Finding> {
        // It was read before, so it can be read again.
        let facts = HostFacts::new(disk).with(self.beside.read(self.mode, workspace, self.roots, self.directory).unwrap_or_default());
        let mut findings = workspace.judge(&facts, self.mode, self.selection, !self.common.baseline.no_ignores).findings;
        let config = &self.options.config;
        let files: BTreeSet<PathBuf> = workspace.projects.iter().flat_map(|p| p.files.iter().map(|f| f.path.clone())).collect();
        let known = self.common.baseline.apply(&baseline::Done {
            disk,
            directory: self.directory,
            roots: self.roots,
            files: &files.into_iter().collect::<Vec<_>>(),
            rules: self.selection.rules(),
            config: config.file.map(|_| config.path.as_path()),
            configured: config.baseline.as_deref(),
            findings: &findings,
            fingerprints: &|base| fingerprint::fingerprints(&findings, &workspace.loader, base),
            shown: &|path| path.to_owned(),
        });
        match known {
            Ok(None) => {}
            Ok(Some(known)) => {
                let mut known = known.of_findings.iter();
                findings.retain(|_| known.next() != Some(&true));
            }
            // A baseline that cannot be read is an error of the run: until it is mended nothing is changed.
            Err(_) => findings.clear(),
        }
        if let Some(revision) = &self.common.baseline.since {
            let configured = config.file.map(|_| config.path.as_path());
            match Since::of(workspace, &facts, self.roots, configured, revision) {
                Ok(since) => findings.retain(|f| since.shows(f, workspace.loader.sources)),
                Err(_) => findings.clear(),
            }
        }
        findings
    }

    fn options(&self) -> &LoadOptions {
        self.options
    }

    fn roots(&self) -> &[PathBuf] {
        self.roots
    }
}

impl Work<'_> {
    fn run(&self, workspace: &Workspace, facts: &HostFacts) -> Result<Outcome, Failure> {
        let Verdict { mut findings, ignored } = workspace.judge(facts, self.mode, self.selection, !self.common.baseline.no_ignores);

        let (found, projects) = (&workspace.discovery, &workspace.projects);
        let redactor = Redactor::with_trees(self.sources, projects, &|file| workspace.loader.tree(file));
        let files: BTreeSet<PathBuf> = projects.iter().flat_map(|p| p.files.iter().map(|f| f.path.clone())).collect();
        let files: Vec<PathBuf> = files.into_iter().collect();
        let skipped: Vec<(PathBuf, String)> = found.skipped.iter().map(|s| (s.path.clone(), s.reason.to_string())).collect();
        let mut inventory = (self.mode == Mode::Audit).then(|| {
            Inventory::new(&inventory::Input {
                entries: &found.entries,
                projects,
                host_of: &|path| workspace.host_of(path),
                skipped: &found.skipped,
                facts,
                sources: self.sources,
                redactor: &redactor,
                directory: self.directory,
            })
        });
        let configured = self.config.file.map(|_| self.config.path.as_path());
        let mut fingerprints = if self.outputs.has_fingerprints() {
            fingerprint::fingerprints(&findings, &workspace.loader, &fingerprint::base(self.disk, configured, self.roots))
        } else {
            Vec::new()
        };
        let known = self.common.baseline.apply(&baseline::Done {
            disk: self.disk,
            directory: self.directory,
            roots: self.roots,
            files: &files,
            rules: self.selection.rules(),
            config: configured,
            configured: self.config.baseline.as_deref(),
            findings: &findings,
            fingerprints: &|base| fingerprint::fingerprints(&findings, &workspace.loader, base),
            shown: &|path| redactor.path(path).into_owned(),
        })?;
        if let Some(known) = &known {
            let mut new = known.of_findings.iter();
            findings.retain(|_| new.next() != Some(&true));
            let mut new = known.of_findings.iter();
            fingerprints.retain(|_| new.next() != Some(&true));
        }
        let aside = match &self.common.baseline.since {
            Some(revision) => Some(self.only_since(revision, workspace, facts, &mut findings, &mut fingerprints)?),
            None => None,
        };
        let run = Run {
            root: &fingerprint::base(self.disk, None, &[self.directory.to_path_buf()]),
            fingerprints: &fingerprints,
            skipped: &skipped,
            projects: projects.len(),
            files: &files,
            fail_on: self.fail_on,
            trees: Some(&|file| workspace.loader.tree(file)),
            ignored,
            baseline: known.as_ref().map(|k| k.counts),
            host_of: Some(&|path| workspace.host_of(path)),
            ..Run::new(self.sources, &redactor, self.directory, &findings)
        };
        let report = Report::new(&run);
        if let Some(inventory) = &mut inventory {
            self.weigh(inventory, projects, &report);
        }
        self.write(&report, inventory.as_ref(), projects, found)?;
        for aside in known.and_then(|k| k.aside).into_iter().chain(aside).filter(|_| !self.global.quiet) {
            output::stderr(&format!("{}\n", report::plain(&aside)));
        }
        if let Some(fixes) = fixing::summary(self.tally.as_ref(), &self.common.fixes, &findings).filter(|_| !self.global.quiet) {
            output::stderr(&fixes);
        }

        let stale = match inventory.as_ref().filter(|_| self.audited.pages.wanted()) {
            Some(inventory) => {
                self.audited.pages.write(self.disk, self.directory, &Document::new(&report, Some(inventory)), self.global.quiet)?
            }
            None => false,
        };
        let unreadable = found.skipped.iter().find(|s| matches!(s.reason, Reason::Unreadable(_)) && self.roots.contains(&s.path));
        if let Some(skipped) = unreadable {
            return Err(Failure::new(format!("`{}`: {}", skipped.path.display(), skipped.reason)));
        }
        if findings.iter().any(|f| f.rule == lint::INTERNAL_ERROR) {
            return Err(Failure::new("composelint itself failed on a part of the input; the rest is reported"));
        }
        let fails = findings.iter().any(|f| lint::fails(f.severity, self.fail_on));
        Ok(if fails || stale { Outcome::Found } else { Outcome::Clean })
    }

    /// Adds to the inventory what follows from the findings, from the standard and from all stacks together.
    fn weigh(&self, inventory: &mut Inventory, projects: &[Project], report: &Report) {
        standard::judge(&mut inventory.stacks, &self.config.standard, report);
        if self.audited.strategy {
            inventory
                .stacks
                .par_iter_mut()
                .zip(projects)
                .for_each(|(stack, project)| stack.strategy = Some(strategy::weigh(stack, project)));
        }
        let findings = report.findings.iter().map(|f| (f.host.as_deref(), f.severity.name()));
        inventory.hosts = fleet::order(&inventory.stacks, &inventory.beside, &fleet::counts(findings));
    }

    /// Leaves the findings that a change since the revision can have to do with, and says what was left out.
    fn only_since(
        &self,
        revision: &str,
        workspace: &Workspace,
        facts: &dyn Facts,
        findings: &mut Vec<Finding>,
        fingerprints: &mut Vec<Fingerprint>,
    ) -> Result<String, Failure> {
        let config = self.config.file.map(|_| self.config.path.as_path());
        let since = Since::of(workspace, facts, self.roots, config, revision).map_err(|error| {
            if revision.is_empty() {
                return Failure::new("`--since` names no revision")
                    .help("write a commit, a branch or a tag behind it, such as `--since main`");
            }
            let help = match &error {
                GitError::UnknownRevision(_) if matches!(revision, "HEAD" | "@") => "nothing is committed yet: run it without `--since`",
                GitError::UnknownRevision(_) if revision.contains(['~', '^']) => {
                    "the history may be shorter: `git log --oneline` shows how far it goes"
                }
                GitError::Shallow(_) => "fetch it: in GitHub Actions `fetch-depth: 0` of actions/checkout, in GitLab `GIT_DEPTH: 0`",
                GitError::UnknownRevision(_) => {
                    "`git branch -a` and `git tag` list the names there are; `git fetch` brings those of others, such as `origin/main`"
                }
                GitError::Form(_) => "write a commit, a branch or a tag, `~2` or `^` behind it where you like",
                GitError::Ambiguous(_) => "write more of it",
                _ => "run it without `--since`",
            };
            Failure::new(format!("`--since {revision}`: {error}")).help(help)
        })?;
        let shown: Vec<bool> = findings.iter().map(|f| since.shows(f, self.sources)).collect();
        let left_out = shown.iter().filter(|s| !**s).count();
        let (mut of_findings, mut of_fingerprints) = (shown.iter(), shown.iter());
        findings.retain(|_| of_findings.next() != Some(&false));
        fingerprints.retain(|_| of_fingerprints.next() != Some(&false));
        Ok(format!(
            "since {revision}: {} of {} changed; {} elsewhere left out",
            since.projects,
            summary::count(workspace.projects.len(), "project"),
            summary::count(left_out, "finding"),
        ))
    }

    fn write(&self, report: &Report, inventory: Option<&Inventory>, projects: &[Project], found: &Discovery) -> Result<(), Failure> {
        self.outputs.write(self.disk, self.directory, report, inventory, self.global.color)?;
        if self.global.quiet {
            return Ok(());
        }
        let mut aside = String::new();
        if self.global.verbose {
            self.tell(report, projects, &mut aside);
        } else {
            // What cannot be read, or was asked for by name, is not passed over in silence.
            let told = |s: &Skipped| matches!(s.reason, Reason::Unreadable(_)) || self.roots.contains(&s.path);
            for ((file, reason), _) in report.skipped.iter().zip(&found.skipped).filter(|(_, s)| told(s)) {
                let _ = writeln!(aside, "passed over {}: {}", report::plain(&file.path), report::plain(reason));
            }
            let mut other =
                report.skipped.iter().zip(&found.skipped).filter(|(_, s)| s.reason == Reason::OtherConfig && !self.common.input.no_config);
            if let Some(((path, reason), _)) = other.next() {
                let more = match other.count() {
                    0 => String::new(),
                    more => format!(" (and {more} more)"),
                };
                let _ = writeln!(aside, "not read: {}{more}: {}", report::plain(&path.path), report::plain(reason));
            }
        }
        if projects.is_empty() {
            let places: Vec<String> = self.roots.iter().map(|r| format!("`{}`", report::display_path(r, self.directory))).collect();
            let more = if report.skipped.is_empty() || !aside.is_empty() { "" } else { "; `-v` says what was passed over" };
            let _ = writeln!(aside, "no Compose project under {}{more}", places.join(", "));
        } else {
            aside.push_str(&summary::line(report, self.started.elapsed()));
            aside.push('\n');
            if let Some(rule) = summary::worst_rule(report).filter(|_| self.outputs.is_human()) {
                let _ = writeln!(aside, "more about a rule: composelint explain {rule}");
            }
        }
        output::stderr(&aside);
        Ok(())
    }

    /// What `--verbose` adds: each project with its files, and what was passed over.
    fn tell(&self, report: &Report, projects: &[Project], out: &mut String) {
        for project in projects {
            let files: Vec<String> = project.files.iter().map(|f| report::display_path(&f.path, self.directory)).collect();
            let line =
                format!("project {} in {}: {}\n", project.name, report::display_path(&project.directory, self.directory), files.join(", "));
            out.push_str(&line);
        }
        for (file, reason) in &report.skipped {
            let _ = writeln!(out, "passed over {}: {}", report::plain(&file.path), report::plain(reason));
        }
    }
}
