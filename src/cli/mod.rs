//! The command line: reads arguments, calls the library, writes the result, chooses the exit code. Judges nothing itself.
//!
//! Findings and documents go to stdout, everything else to stderr. Exit codes: 0 nothing to report, 1 findings at or above `--fail-on`,
//! 2 the tool could not do its job.

mod baseline;
mod beside;
mod completions;
mod config;
mod diff;
mod explain;
mod fixing;
mod formats;
mod init;
mod judge;
mod man;
mod merge;
mod migrate;
mod output;
mod pages;
mod rules;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::compose::{Loader, Semantics};
use crate::fs::{Fs, OsFs};
use crate::lint::{Config, ConfigError, Mistake};
use crate::source::Sources;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing to report.
    Clean,
    /// Findings at or above the threshold.
    Found,
}

/// Why a command could not do its job: sentences for the user, the first saying what.
#[derive(Debug)]
struct Failure {
    message: String,
    help: Option<String>,
    /// What else is wrong, where several things can be told at once.
    also: Vec<Failure>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, also: Vec::new() }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = |m: &Mistake| Failure { message: error.line(m), help: m.help.clone(), also: Vec::new() };
        let mut failures = error.mistakes.iter().map(failure);
        let mut first = failures.next().unwrap_or_else(|| Failure::new(error.to_string()));
        first.also = failures.collect();
        first
    }
}

/// Whose answers to give: of the flag, else of `COMPOSELINT_COMPOSE_VERSION`, else of the configuration, else the newest. The configuration
/// is read only if it decides. Errors: a version that is not known, mistakes in the configuration.
fn semantics(flag: Option<&str>, config: impl FnOnce() -> Result<Option<Semantics>, Failure>) -> Result<Semantics, Failure> {
    let variable = std::env::var_os("COMPOSELINT_COMPOSE_VERSION").map(|v| v.to_string_lossy().into_owned());
    if let Some(version) = flag.or(variable.as_deref().filter(|v| !v.is_empty())) {
        let unknown = || Failure::new(format!("the answers of Compose `{version}` are not known")).help("give `2.40` or `5`");
        return Semantics::of_version(version).ok_or_else(unknown);
    }
    Ok(config()?.unwrap_or_default())
}

/// What the configuration of a directory says about the version of Compose.
fn configured_version(directory: &Path) -> Result<Option<Semantics>, Failure> {
    let sources = Sources::new();
    Ok(Config::discover(&Loader::new(&OsFs, &sources), directory)?.compose_version)
}

/// Finds what is wrong across all the Docker Compose projects of a host.
///
/// Judges the resolved projects, as Compose would run them, and points at the line where each value was written. Works from the files
/// alone: no engine, no network, and nothing is changed.
#[derive(Parser, Debug)]
#[command(name = "composelint", version, max_term_width = 110, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

const EXAMPLES: &str = "\
Examples:
  composelint check                          judge the projects below this directory
  composelint check compose.yaml             judge one file
  composelint audit ~/docker                 what a host has, and what is wrong with it
  composelint check --diff                   what --fix would mend
  composelint migrate --to layout            split a monolith, with proof
  composelint explain privileged             why a rule exists, and what to do
  composelint config --why services.web      where values come from
  composelint diff HEAD~1: .                 what really changed since then

Exit codes: 0 nothing to report, 1 findings at or above --fail-on, 2 the tool could not do its job";

#[derive(Subcommand, Debug)]
enum Command {
    Check(Box<judge::CheckArgs>),
    Audit(Box<judge::AuditArgs>),
    Config(Box<config::ConfigArgs>),
    Diff(Box<diff::DiffArgs>),
    Migrate(Box<migrate::MigrateArgs>),
    Explain(explain::ExplainArgs),
    Rules(rules::RulesArgs),
    Init(init::InitArgs),
    Schema(init::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

#[derive(Args, Debug)]
struct Global {
    /// When to use colours: `NO_COLOR` and `CLICOLOR_FORCE` are honoured
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output",
        hide_short_help = true,
        display_order = 903
    )]
    color: Color,
    /// Say nothing but the findings
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output", display_order = 901)]
    quiet: bool,
    /// Also say which projects were found and what was passed over
    #[arg(short, long, global = true, help_heading = "Output", display_order = 902)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Runs the command line and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(config::hoist(arguments.into_iter().collect())) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; a closed pipe is nobody's fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // What a panic carries may be a piece of the user's files, so only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
        output::stderr(&format!("composelint: internal error{place}; please report it\n"));
    }));
    let outcome = match cli.command {
        Command::Check(args) => judge::check(&args, &cli.global),
        Command::Audit(args) => judge::audit(&args, &cli.global),
        Command::Config(args) => config::run(&args, &cli.global),
        Command::Diff(args) => diff::run(&args, &cli.global),
        Command::Migrate(args) => migrate::run(&args, &cli.global),
        Command::Explain(args) => explain::run(&args, &cli.global),
        Command::Rules(args) => rules::run(&args, &cli.global),
        Command::Init(args) => init::run(&args, &cli.global),
        Command::Schema(_) => init::schema_of_config(),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(failure) => {
            output::failure(&failure, cli.global.color);
            ExitCode::from(2)
        }
    }
}

/// Where a directory is asked for, and there is none, or something else.
fn no_directory(disk: &dyn Fs, path: &Path) -> Failure {
    let shown = path.display();
    if disk.exists(path) {
        return Failure::new(format!("`{shown}` is a file, not a directory")).help("name a directory");
    }
    Failure::new(format!("there is no directory `{shown}`")).help("make it first, or correct the path")
}

/// After a panic, whose place was told already.
fn internal() -> Failure {
    Failure::new("this is a mistake in composelint, not in your files").help("please report it, with the place above")
}

/// True if stdout gets colours.
fn colour(when: Color) -> bool {
    let choice = match when {
        Color::Always => return true,
        Color::Never => return false,
        Color::Auto => anstream::AutoStream::choice(&std::io::stdout()),
    };
    choice != anstream::ColorChoice::Never
}

/// True if stderr gets colours.
fn colour_of_stderr(when: Color) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never,
    }
}

/// Writes to stdout. A reader that has gone away has read enough.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(format!("the result cannot be written: {error}"))),
        _ => Ok(()),
    }
}
