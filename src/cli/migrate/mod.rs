//! `migrate`: shows what a migration would do, and does it once it is proved.

mod checking;
pub(super) mod nix;

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Failure, Global, Outcome, colour, output, print};
use crate::compose::Loader;
use crate::compose::problem::Problem;
use crate::discover;
use crate::fs::{self, Fs, OsFs};
use crate::lint::Config;
use crate::migrate::apply::{self, ApplyError, ROLLBACK};
use crate::migrate::docker::{self, Asked};
use crate::migrate::layout::{self, LayoutError, Style, Told};
use crate::migrate::show::{self, View};
use crate::migrate::steps::consolidate::{self, Resource};
use crate::migrate::steps::{self, StepError, environment, healthchecks, limits, moving, secrets};
use crate::migrate::{NotProved, Plan, Proved, check, papers, prove};
use crate::report::{self, display_path, summary};
use crate::source::{Sources, Span};

/// Move a project to another layout, and prove that it is the same project
///
/// Shows what would be done, file by file, and changes nothing unless --write or --out is given. Before anything is written, every way in
/// which the project is started is loaded before and after, and everything in it is compared: names, volumes, paths, ports, variables. What
/// is not the same is not written.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  composelint migrate --to layout                        what a split would look like
  composelint migrate --to layout --write                do it; the originals are kept
  composelint migrate --rollback                         and back again
  composelint migrate --to layout --out /tmp/split       write it somewhere else first
  composelint migrate --to layout --env development=compose.yaml,compose.dev.yaml \\
      --env production=compose.yaml,compose.prod.yaml,env-file=.env.prod

Exit codes: 0 proved (and written, if asked for), 1 not the same project, so nothing was written, 2 the tool could not do its job")]
#[allow(clippy::struct_excessive_bools)] // flags
pub(super) struct MigrateArgs {
    /// The project directory [default: .]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// What to move to
    #[arg(long, value_enum, value_name = "TARGET")]
    to: Option<Target>,
    /// Move one Compose file, and write its relative paths anew
    #[arg(long = "move", num_args = 2, value_names = ["FILE", "DEST"], conflicts_with_all = ["to", "file", "env"])]
    moving: Option<Vec<PathBuf>>,

    /// A Compose file of the project; may be repeated [default: what is found in the directory]
    #[arg(short, long, value_name = "FILE", help_heading = "Project", conflicts_with = "env")]
    file: Vec<PathBuf>,
    /// An environment: its name, its files in the order of -f, and files with variables as `env-file=…`; may be repeated
    #[arg(long, value_name = "NAME=FILE,…", help_heading = "Project")]
    env: Vec<String>,
    /// Services that are infrastructure, whatever their images
    #[arg(long, value_name = "SERVICE", value_delimiter = ',', help_heading = "Project")]
    infrastructure: Vec<String>,

    /// How the parts are put together, or how NixOS has the project [default: include, oci]
    #[arg(long, value_enum, value_name = "STYLE", help_heading = "Layout")]
    style: Option<StyleArg>,
    /// Take the old files away instead of keeping them as thin files for the commands that name them
    #[arg(long, help_heading = "Layout")]
    replace: bool,
    /// Also split a project that is better left in one file; with --to nix, overwrite what is in the way, and keep a copy
    #[arg(long, help_heading = "Layout")]
    force: bool,

    #[command(flatten)]
    steps: StepArgs,

    #[command(flatten)]
    nix: nix::NixArgs,

    /// Write it, all files or none; the originals are kept in `.composelint/rollback`
    #[arg(long, help_heading = "Writing", conflicts_with = "out")]
    write: bool,
    /// Write the new files into this directory instead
    #[arg(long, value_name = "DIR", help_heading = "Writing")]
    out: Option<PathBuf>,
    /// Look at what was written: is a split project still whole, are the modules of NixOS still what would be made
    #[arg(long, help_heading = "Writing", conflicts_with_all = ["write", "moving", "rollback"])]
    check: bool,
    /// Write no pages, examples of env files, check script and `MIGRATION.md`
    #[arg(long, help_heading = "Layout")]
    no_docs: bool,
    /// Put everything back as it was before --write
    #[arg(long, help_heading = "Writing", conflicts_with_all = ["to", "write", "out", "moving"])]
    rollback: bool,
    /// Also ask the real tool: `docker compose config` of every entry point, before and after
    #[arg(long, value_enum, value_name = "TOOL", help_heading = "Writing")]
    verify: Option<Verify>,
    /// Leave the changes of the files out of what is shown
    #[arg(long, help_heading = "Output")]
    no_diff: bool,
}

/// What else is done, on top of a split or without one.
#[derive(Args, Debug)]
#[command(next_help_heading = "Steps")]
#[allow(clippy::struct_excessive_bools)] // flags
struct StepArgs {
    /// Define a volume once that several files define in the same words
    #[arg(long)]
    consolidate_volumes: bool,
    /// Define a network once that several files define in the same words
    #[arg(long)]
    consolidate_networks: bool,
    /// Take secrets out of the files; with --to nix, where they come from
    #[arg(long, value_enum, value_name = "WHERE", num_args = 0..=1, default_missing_value = "compose")]
    secrets: Option<nix::SecretsArg>,
    /// Add health checks where the image is known and has none
    #[arg(long)]
    add_healthchecks: bool,
    /// Add limits of memory and processors where nothing says any: suggestions to be looked at
    #[arg(long)]
    add_limits: bool,
    /// Add an environment that begins as a copy of another one
    #[arg(long, value_name = "NAME", requires = "like")]
    add_env: Option<String>,
    /// The environment that --add-env copies
    #[arg(long, value_name = "NAME", requires = "add_env")]
    like: Option<String>,
}

impl StepArgs {
    fn any(&self) -> bool {
        let Self { consolidate_volumes, consolidate_networks, secrets, add_healthchecks, add_limits, add_env, like: _ } = self;
        *consolidate_volumes || *consolidate_networks || secrets.is_some() || *add_healthchecks || *add_limits || add_env.is_some()
    }

    /// Adds the steps to a plan, in the order in which they build on each other.
    fn add(&self, plan: &mut Plan) -> Result<(), StepError> {
        if self.consolidate_volumes {
            consolidate::add(plan, &OsFs, Resource::Volumes)?;
        }
        if self.consolidate_networks {
            consolidate::add(plan, &OsFs, Resource::Networks)?;
        }
        if self.secrets.is_some() {
            secrets::add(plan, &OsFs)?;
        }
        if self.add_healthchecks {
            healthchecks::add(plan, &OsFs)?;
        }
        if self.add_limits {
            limits::add(plan, &OsFs)?;
        }
        if let (Some(new), Some(like)) = (&self.add_env, &self.like) {
            environment::add(plan, &OsFs, new, like)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Services, environments and infrastructure in files of their own
    Layout,
    /// Modules of NixOS
    Nix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verify {
    /// `docker compose`, or `docker-compose`
    Docker,
    /// With --to nix: `nix-instantiate` and `docker compose`, as far as they are here
    Tools,
    /// The same, and a tool that is not here is an error
    Strict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StyleArg {
    /// The root includes all parts
    Include,
    /// The environments extend the services
    Extends,
    /// With --to nix: `virtualisation.oci-containers`
    Oci,
    /// With --to nix: the Compose spec in Nix, rendered and reconciled by a unit
    ComposeStack,
}

pub(super) fn run(args: &MigrateArgs, global: &Global) -> Result<Outcome, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(super::judge::STACK).build();
    let pool = pool.map_err(|e| Failure::new(format!("the threads cannot be started: {e}")))?;
    pool.install(|| catch_unwind(AssertUnwindSafe(|| migrate(args, global)))).unwrap_or_else(|_| Err(super::internal()))
}

fn migrate(args: &MigrateArgs, global: &Global) -> Result<Outcome, Failure> {
    let here = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    let directory = fs::join(&here, args.directory.as_deref().unwrap_or(Path::new(".")));
    if !OsFs.is_dir(&directory) {
        return Err(super::no_directory(&OsFs, args.directory.as_deref().unwrap_or(&directory)));
    }
    if args.rollback {
        return roll_back(&directory, &here, global);
    }
    if args.to == Some(Target::Nix) {
        return nix::run(args, &directory, &here, global);
    }
    if !args.nix.is_default() {
        return Err(Failure::new("an option of --to nix without it").help("add `--to nix`, or leave out what its help has under Nix"));
    }
    if args.steps.secrets.is_some_and(|s| s != nix::SecretsArg::Compose) {
        return Err(Failure::new("this place for secrets is one of --to nix").help("add `--to nix`, or write `--secrets` alone"));
    }
    if args.verify.is_some_and(|v| v != Verify::Docker) {
        return Err(
            Failure::new("`--verify tools` and `--verify strict` are for --to nix").help("add `--to nix`, or write `--verify docker`")
        );
    }
    if args.check {
        return checking::run(&directory, &here, global);
    }
    let sources = Sources::new();
    let colours = colour(global.color);
    let made = match base(args, &here, directory, &sources)? {
        Base::Split(made) => match made.map(|proved| split(args, proved)) {
            Ok(proved) => proved?,
            Err(not) => Err(not),
        },
        Base::Plan { mut plan, root } => {
            let added = args.steps.add(&mut plan);
            added.map_err(|e| no_step(&e, &plan))?;
            if args.moving.is_some() {
                papers::mention(&mut plan, &OsFs);
            } else if args.to.is_some() && !args.no_docs {
                papers::renew(&mut plan, &OsFs);
            }
            if plan.is_empty() {
                let already = root.map_or_else(String::new, |root| format!(": `{}` is split already", display_path(&root, &here)));
                tell(global, &format!("nothing to do{already}\n"));
                let (old, new) = (Sources::new(), Sources::new());
                print(&View::new(&plan, &OsFs, (&old, &new), colours).remarks())?;
                return Ok(Outcome::Clean);
            }
            prove(plan, &OsFs)
        }
    };
    let (old, new) = (Sources::new(), Sources::new());
    match made {
        Ok(proved) => {
            let view = View::new(proved.plan(), &OsFs, (&old, &new), colours);
            finish(args, global, &proved, &view, &here)
        }
        Err(not) => {
            let view = View::new(&not.plan, &OsFs, (&old, &new), colours);
            print(&show::differences(&not, &OsFs, &here, colours))?;
            Ok(not_proved(&not, &view))
        }
    }
}

/// Why a step cannot be taken: it may quote what is written.
fn no_step(error: &StepError, plan: &Plan) -> Failure {
    let (old, new) = (Sources::new(), Sources::new());
    Failure::new(View::new(plan, &OsFs, (&old, &new), false).text(&error.to_string()))
}

/// What a plan is, proved or not.
type Made = Result<Proved, Box<NotProved>>;

/// Adds to a split the steps, and what is written for people.
fn split(args: &MigrateArgs, proved: Proved) -> Result<Made, Failure> {
    let mut proved = proved;
    if args.steps.any() {
        let (mut plan, _) = proved.into_parts();
        let added = args.steps.add(&mut plan);
        added.map_err(|e| no_step(&e, &plan))?;
        proved = match prove(plan, &OsFs) {
            Ok(proved) => proved,
            not => return Ok(not),
        };
    }
    if args.no_docs {
        return Ok(Ok(proved));
    }
    let mut plan = proved.plan().clone();
    papers::add(&mut plan, &OsFs, proved.evidence()).map_err(|paths| {
        let list: Vec<String> = paths.iter().map(|p| format!("`{}`", plan.shown(p))).collect();
        Failure::new(format!("there already, and not written by composelint: {}", list.join(", ")))
            .help("move them away, or leave out what is written for people with --no-docs; nothing was written")
    })?;
    Ok(proved.with_papers(plan).or_else(|plan| prove(*plan, &OsFs)))
}

/// What there is before the steps.
enum Base {
    /// A split.
    Split(Made),
    /// A move, or nothing yet.
    Plan {
        plan: Plan,
        /// The root of what is split already.
        root: Option<PathBuf>,
    },
}

fn base(args: &MigrateArgs, here: &Path, directory: PathBuf, sources: &Sources) -> Result<Base, Failure> {
    if let Some([file, to]) = args.moving.as_deref() {
        return Ok(Base::Plan { plan: moved(here, directory, file, to)?, root: None });
    }
    match args.to {
        // What is moved to NixOS has gone another way before.
        Some(Target::Layout | Target::Nix) => {
            let options = options(args, here, directory)?;
            match layout::proved(&OsFs, sources, &options) {
                Ok(made) => Ok(Base::Split(made)),
                // There may be steps to take, and what is written about it may be out of date.
                Err(LayoutError::Split(root)) => {
                    let mut plan = as_it_is(&options.directory, sources);
                    let known = check::entries(&options.directory, &OsFs);
                    if !known.is_empty() {
                        plan.entries = known;
                    }
                    Ok(Base::Plan { plan, root: Some(root) })
                }
                Err(error) => Err(no_plan(error, sources, here)),
            }
        }
        None if args.steps.any() => Ok(Base::Plan { plan: as_it_is(&directory, sources), root: None }),
        None => Err(Failure::new("it is not said what to do")
            .help("write `--to layout`, `--move FILE DEST`, a step such as `--secrets`, `--check` or `--rollback`")),
    }
}

/// A plan that does nothing, for the steps to add to.
fn as_it_is(directory: &Path, sources: &Sources) -> Plan {
    let loader = Loader::new(&OsFs, sources);
    let discovery = discover::discover(&loader, &[directory.to_path_buf()]);
    Plan { root: directory.to_path_buf(), entries: steps::entries(&discovery, directory), ..Plan::default() }
}

fn moved(here: &Path, root: PathBuf, file: &Path, to: &Path) -> Result<Plan, Failure> {
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let discovery = discover::discover(&loader, std::slice::from_ref(&root));
    // A directory is told by the slash behind it, which joining takes away.
    let ends = to.as_os_str().to_string_lossy().ends_with('/');
    let to = if ends { fs::join(here, to).join("") } else { fs::join(here, to) };
    let wanted = moving::Move { root, file: fs::join(here, file), to };
    let none = |e: StepError| Failure::new(report::Redactor::new(&sources, &[]).text(&e.to_string()));
    moving::plan(&wanted, &moving::Projects::load(&discovery, &loader)).map_err(none)
}

fn options(args: &MigrateArgs, here: &Path, directory: PathBuf) -> Result<layout::Options, Failure> {
    let files: Vec<PathBuf> = args.file.iter().map(|f| fs::join(here, f)).collect();
    let directory = match files.first().and_then(|f| f.parent()) {
        Some(of_file) if args.directory.is_none() => of_file.to_path_buf(),
        _ => directory,
    };
    let told = args.env.iter().map(|text| Told::parse(text, here));
    let environments = told.collect::<Result<Vec<Told>, String>>().map_err(Failure::new)?;
    let mut names: Vec<&str> = environments.iter().map(|e| e.name.as_str()).collect();
    names.sort_unstable();
    if let Some([twice, _]) = names.windows(2).find(|w| matches!(w, [a, b] if a == b)) {
        return Err(Failure::new(format!("the environment `{twice}` is given twice")));
    }
    for file in files.iter().chain(environments.iter().flat_map(|e| e.files.iter().chain(&e.env_files))) {
        if !OsFs.is_file(file) {
            return Err(Failure::new(format!("there is no file `{}`", display_path(file, here))).help("correct the path"));
        }
    }
    let style = match args.style {
        None | Some(StyleArg::Include) => Style::Include,
        Some(StyleArg::Extends) => Style::Extends,
        Some(StyleArg::Oci | StyleArg::ComposeStack) => {
            return Err(Failure::new("this style is one of --to nix").help("write `--style include` or `--style extends`"));
        }
    };
    let stated = {
        let sources = Sources::new();
        Config::discover_below(&Loader::new(&OsFs, &sources), &directory, here)?.present_projects(&OsFs).0
    };
    let (infrastructure, replace, force) = (args.infrastructure.clone(), args.replace, args.force);
    Ok(layout::Options { directory, files, environments, stated, infrastructure, style, replace, force })
}

fn finish(args: &MigrateArgs, global: &Global, proved: &Proved, view: &View, here: &Path) -> Result<Outcome, Failure> {
    let plan = proved.plan();
    let writes = args.write || args.out.is_some();
    let mut out = view.overview();
    if !args.no_diff && !writes {
        out.push_str("\nChanges\n");
        out.push_str(&view.diffs());
    }
    out.push_str(&view.proof(proved.evidence()));
    let asked = args.verify.map(|_| verified(plan)).transpose()?;
    if let Some(asked) = &asked {
        out.push_str(&told(asked, view));
    }
    if !global.quiet {
        print(&out)?;
    }
    if asked.is_some_and(|a| !a.different.is_empty()) {
        output::stderr("not the same project for the real tool, so nothing was written; please report it\n");
        return Ok(Outcome::Found);
    }
    let changed = plan.files.iter().filter(|f| !f.is_idle()).count();
    if let Some(to) = &args.out {
        let to = fs::join(here, to);
        proved.write_beside(&OsFs, &to).map_err(|e| failed(&e))?;
        tell(
            global,
            &format!("{} written to `{}`; the project itself is as it was\n", summary::count(changed, "file"), display_path(&to, here)),
        );
    } else if args.write {
        proved.write(&OsFs).map_err(|e| failed(&e))?;
        let kept = display_path(&plan.root.join(ROLLBACK), here);
        tell(
            global,
            &format!(
                "{} written; the originals are in `{kept}`, and `composelint migrate --rollback` puts them back\n",
                summary::count(changed, "file")
            ),
        );
    } else {
        tell(global, "nothing was written: --write does it here and keeps the originals, --out DIR writes the new files somewhere else\n");
    }
    Ok(Outcome::Clean)
}

/// Asks the real tool, in a directory that is taken away again.
fn verified(plan: &Plan) -> Result<Asked, Failure> {
    let scratch =
        OsFs.scratch().map_err(|e| Failure::new(format!("no directory can be made for the real tool to read: {}", fs::why(&e))))?;
    let asked = docker::ask(plan, &scratch);
    OsFs.discard(&scratch);
    asked.map_err(|e| Failure::new(e.to_string()).help("install Docker Compose, or leave --verify out: the proof does not need it"))
}

fn told(asked: &Asked, view: &View) -> String {
    let mut out = format!("  docker compose {}: {} the same", asked.version, summary::count(asked.same, "answer"));
    if asked.refused > 0 {
        let _ = write!(out, ", {} refused before and after", asked.refused);
    }
    out.push('\n');
    for (command, how) in &asked.different {
        let _ = writeln!(out, "  NOT THE SAME: {}: {}", view.text(command), view.text(how));
    }
    out
}

fn tell(global: &Global, text: &str) {
    if !global.quiet {
        output::stderr(text);
    }
}

fn not_proved(not: &NotProved, view: &View) -> Outcome {
    let mut text = String::from("not the same project afterwards, so nothing was written:\n");
    for broken in &not.broken {
        let _ = writeln!(text, "  {}: {}", view.text(&broken.command), view.text(&broken.why));
    }
    text.push_str("this is a mistake in composelint, please report it\n");
    output::stderr(&text);
    Outcome::Found
}

fn roll_back(directory: &Path, here: &Path, global: &Global) -> Result<Outcome, Failure> {
    let back = apply::rollback(directory, &OsFs).map_err(|e| failed(&e))?;
    let mut text = format!("{} as before the migration:\n", summary::count(back.len(), "file"));
    for path in &back {
        let _ = writeln!(text, "  {}", report::plain(&display_path(path, here)));
    }
    tell(global, &text);
    Ok(Outcome::Clean)
}

fn failed(error: &ApplyError) -> Failure {
    let help = match error {
        ApplyError::Exists(_) => Some("move it away, or write to another place with --out"),
        ApplyError::ChangedMeanwhile(_) => Some("run it again"),
        ApplyError::ChangedSince(_) => Some("take over by hand what you want of `.composelint/rollback`"),
        _ => None,
    };
    let failure = Failure::new(error.to_string());
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn no_plan(error: LayoutError, sources: &Sources, here: &Path) -> Failure {
    match error {
        LayoutError::Refused { command, problems } => {
            let mut failure =
                Failure::new(format!("Compose refuses the project as it is (`{command}`), so it cannot be told what has to stay the same"));
            failure.also = problems.iter().take(5).map(|p| problem(p, sources, here)).collect();
            failure
        }
        LayoutError::Syntax(errors) => {
            let mut failure = Failure::new("a file is not YAML, so nothing can be moved");
            failure.also = errors.iter().take(5).map(|e| placed(e.span, &e.message, e.help.as_deref(), sources, here)).collect();
            failure
        }
        LayoutError::NoProject(path) => Failure::new(format!("there is no Compose project in `{}`", display_path(&path, here)))
            .help("name the directory, or the files with -f"),
        LayoutError::Exists(_) => {
            Failure::new(format!("files that would be new are {error}")).help("move them away first; nothing was written")
        }
        LayoutError::Others(_) => Failure::new(error.to_string())
            .help("what others extend has to stay where it is: move it to a file of its own first; environments of this project are named with --env"),
        other => Failure::new(other.to_string()),
    }
}

fn problem(problem: &Problem, sources: &Sources, here: &Path) -> Failure {
    match &problem.origin {
        Some(origin) => placed(origin.at, &problem.message, problem.help.as_deref(), sources, here),
        None => Failure::new(problem.message.clone()),
    }
}

/// What is wrong, with its place. A message may quote what is written, so secrets are hidden.
pub(super) fn placed(span: Span, message: &str, help: Option<&str>, sources: &Sources, here: &Path) -> Failure {
    let source = sources.get(span.file);
    let at = source.position(span.start);
    let redactor = report::Redactor::new(sources, &[]);
    let failure = Failure::new(format!("{}:{}:{}: {}", display_path(&source.path, here), at.line, at.column, redactor.text(message)));
    match help {
        Some(help) => failure.help(redactor.text(help).into_owned()),
        None => failure,
    }
}
