//! `diff`: what really changes between two versions of projects.

mod nix;
mod side;

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::{Failure, Global, Outcome, colour, internal, output, print};
use crate::compose::Semantics;
use crate::diff::{self, Class, matching, moved};
use crate::fs::{self, Fs, OsFs};
use crate::model::Profiles;
use crate::report::changes::{Compared, Format, Known, Refused, Report, Run, Side as Shown};
use crate::report::{Redactor, display_path, plain};
use crate::source::Sources;
use crate::wild;
use side::{Given, Loaded, One, Wish};

/// How many reasons of a refusal are told.
const REASONS: usize = 5;

/// Say what really changes between two versions
///
/// Compares what Compose would run, not what is written: each change with its class (data, exposure, behaviour), both values and their
/// places, and what comes of it; then what the next `up` would do with each service. The environment takes no part, as with `check`.
///
/// OLD and NEW are files, directories (all projects below them, matched by name, then by directory), or git revisions: `HEAD~1:` is the
/// whole repository, `HEAD~1:stacks/web` a path from its root, `HEAD~1:./web` one from here. Nothing is checked out. One of them may be a
/// module of NixOS that `migrate --to nix` made, or its directory: then what has drifted apart is told.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  composelint diff HEAD~1: .                                   what the last commit and the work tree change
  composelint diff compose.yaml compose.new.yaml               two files
  composelint diff ~/docker/old ~/docker/new --fail-on data    two trees; only lost data counts
  composelint diff origin/main: . --format github              in CI, beside the lines
  composelint diff --old-f a.yaml --new-f a.yaml --new-f b.yaml    what an override does
  composelint diff HEAD: . --allow 'services.*.image'          new images are expected
  composelint diff compose.yaml nix/shop.nix                   what has drifted apart from a module of NixOS

Exit codes: 0 equal, or all accepted or below --fail-on, 1 different, 2 could not compare")]
pub(super) struct DiffArgs {
    /// The earlier version: a file, a directory, or `REVISION:PATH`
    #[arg(value_name = "OLD")]
    first: Option<String>,
    /// The later version
    #[arg(value_name = "NEW")]
    second: Option<String>,

    /// A Compose file of the earlier version instead of OLD; may be repeated, as `-f` of Compose
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    old_f: Vec<String>,
    /// A Compose file of the later version instead of NEW; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    new_f: Vec<String>,
    /// Where relative paths of the earlier version start [default: the directory of its first file]
    #[arg(long, value_name = "DIR", help_heading = "Input", hide_short_help = true)]
    old_project_directory: Option<PathBuf>,
    /// Where relative paths of the later version start
    #[arg(long, value_name = "DIR", help_heading = "Input", hide_short_help = true)]
    new_project_directory: Option<PathBuf>,
    /// Compare with this profile active; may be repeated [default: all profiles]
    #[arg(long, value_name = "PROFILE", help_heading = "Input")]
    profile: Vec<String>,
    /// A file with variables for both, instead of `.env`; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    env_file: Vec<PathBuf>,
    /// A file with variables for the earlier version; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input", hide_short_help = true, conflicts_with = "env_file")]
    old_env_file: Vec<PathBuf>,
    /// A file with variables for the later version; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input", hide_short_help = true, conflicts_with = "env_file")]
    new_env_file: Vec<PathBuf>,
    /// Compare what is written, `${…}` as it is
    #[arg(long, help_heading = "Input")]
    no_interpolate: bool,
    /// Compare all paths as they are, also those below two different project directories
    #[arg(long, help_heading = "Input", hide_short_help = true)]
    absolute: bool,
    /// Compare the answers of this version of Compose: `2.40` or `5`, also `COMPOSELINT_COMPOSE_VERSION` [default: the newest]
    #[arg(long, value_name = "VERSION", help_heading = "Input", hide_short_help = true)]
    compose_version: Option<String>,

    /// Accept differences whose path matches, `*` being anything: they are listed as accepted, and fail nothing; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Output")]
    allow: Vec<String>,
    /// Exit with 1 if there is a change of this class or a worse one
    #[arg(long, value_name = "CLASS", default_value = "any", help_heading = "Output")]
    fail_on: FailOn,
    /// Also show what is only written otherwise: comments, quotes, order, short and long forms, `x-`
    #[arg(long, help_heading = "Output")]
    all: bool,
    /// How to show the changes
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Output")]
    format: Wanted,
    /// Write the changes to this file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Data is at risk
    Data,
    /// More is open, or data is at risk
    Exposure,
    /// Anything that Compose acts on
    Behaviour,
    /// The same as behaviour
    Any,
}

impl FailOn {
    fn class(self) -> Class {
        match self {
            FailOn::Data => Class::Data,
            FailOn::Exposure => Class::Exposure,
            FailOn::Behaviour | FailOn::Any => Class::Behaviour,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// For people
    Human,
    /// One document, for programs
    Json,
    /// A table, for a pull request
    Markdown,
    /// Annotations in GitHub Actions
    Github,
}

impl Wanted {
    fn format(self) -> Format {
        match self {
            Wanted::Human => Format::Human,
            Wanted::Json => Format::Json,
            Wanted::Markdown => Format::Markdown,
            Wanted::Github => Format::Github,
        }
    }
}

pub(super) fn run(args: &DiffArgs, global: &Global) -> Result<Outcome, Failure> {
    let directory = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    if let Some(output) = &args.output {
        super::formats::writable(&OsFs, &directory, output)?;
    }
    let (old, new) = sides(args, &directory)?;
    let semantics = super::semantics(args.compose_version.as_deref(), || super::configured_version(&directory))?;
    let pool = rayon::ThreadPoolBuilder::new().stack_size(super::judge::STACK).build();
    let pool = pool.map_err(|e| Failure::new(format!("the threads cannot be started: {e}")))?;
    let work = || Work { args, global, directory: &directory, semantics }.run(&old, &new);
    pool.install(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(|_| Err(internal()))
}

/// What is to be compared.
fn sides(args: &DiffArgs, directory: &Path) -> Result<(Given, Given), Failure> {
    let paths: Vec<&str> = args.first.iter().chain(&args.second).map(String::as_str).collect();
    let wanted = usize::from(args.old_f.is_empty()) + usize::from(args.new_f.is_empty());
    if paths.len() != wanted {
        let told = match paths.len() {
            0 => "neither the earlier nor the later version is given",
            n if n < wanted => "one of the two versions is not given",
            _ => "a version is given twice: by `--old-f` or `--new-f`, and by a path",
        };
        return Err(Failure::new(told).help("give both, such as `composelint diff HEAD: .`"));
    }
    let mut paths = paths.into_iter();
    let mut side = |files: &[String]| match files {
        [] => Given::path(&OsFs, directory, paths.next().unwrap_or_default()),
        files => Given::files(&OsFs, directory, files),
    };
    Ok((side(&args.old_f)?, side(&args.new_f)?))
}

struct Work<'a> {
    args: &'a DiffArgs,
    global: &'a Global,
    directory: &'a Path,
    semantics: Semantics,
}

impl Work<'_> {
    fn run(&self, old: &Given, new: &Given) -> Result<Outcome, Failure> {
        let (old_disk, new_disk) = (old.disk(&OsFs, self.directory)?, new.disk(&OsFs, self.directory)?);
        let (old_sources, new_sources) = (Sources::new(), Sources::new());
        let args = self.args;
        let wish = |env_files: &[PathBuf], project_directory: &Option<PathBuf>| Wish {
            directory: self.directory.to_path_buf(),
            project_directory: project_directory.as_ref().map(|d| fs::join(self.directory, d)),
            env_files: if env_files.is_empty() { args.env_file.clone() } else { env_files.to_vec() },
            profiles: if args.profile.is_empty() { Profiles::All } else { Profiles::settle(&args.profile, None) },
            interpolate: !args.no_interpolate,
            semantics: self.semantics,
        };
        let (old_wish, new_wish) =
            (wish(&args.old_env_file, &args.old_project_directory), wish(&args.new_env_file, &args.new_project_directory));
        let borrowed = || [old_disk.borrowed(), new_disk.borrowed()].concat();
        let modules = (old.module(old_disk.fs()), new.module(new_disk.fs()));
        if modules.0.is_some() || modules.1.is_some() {
            let one = nix::One { given: old, disk: old_disk.fs(), sources: &old_sources, wish: &old_wish, module: modules.0 };
            let two = nix::One { given: new, disk: new_disk.fs(), sources: &new_sources, wish: &new_wish, module: modules.1 };
            return self.modules(&one, &two, &borrowed);
        }
        let (before, after) =
            rayon::join(|| old.load(old_disk.fs(), &old_sources, &old_wish), || new.load(new_disk.fs(), &new_sources, &new_wish));
        let (before, after) = (before?, after?);
        if before.projects.is_empty() && after.projects.is_empty() {
            let failure = Failure::new(format!("there is no Compose project in `{}`, nor in `{}`", old.shown, new.shown));
            return Err(failure.help("`composelint check -v` says what was passed over in a directory"));
        }
        let compared = self.compare(&before, &after, (&old_sources, &new_sources));
        let redactor = |loaded: &Loaded, sources: &Sources| {
            let projects: Vec<_> = loaded.projects.iter().map(|one| one.project.clone()).collect();
            Redactor::with_trees(sources, &projects, &|file| loaded.loader.tree(file))
        };
        let (old_redactor, new_redactor) = (redactor(&before, &old_sources), redactor(&after, &new_sources));
        let apart = (!args.absolute).then(|| apart(&compared)).flatten();
        let sides = (
            &Shown { sources: &old_sources, redactor: &old_redactor, revision: old.revision.as_deref() },
            &Shown { sources: &new_sources, redactor: &new_redactor, revision: new.revision.as_deref() },
        );
        let failure = [&before, &after].into_iter().find_map(|l| l.failure.clone());
        self.finish(sides, &compared, &Aside { apart, borrowed: borrowed(), notes: Vec::new(), failure })
    }

    /// Shows what was found, and says how it ended.
    fn finish(&self, (old, new): (&Shown, &Shown), compared: &[Compared], aside: &Aside) -> Result<Outcome, Failure> {
        let args = self.args;
        let report = Report::new(&Run {
            old,
            new,
            directory: self.directory,
            root: &crate::lint::fingerprint::base(&OsFs, None, &[self.directory.to_path_buf()]),
            projects: compared,
            accepted: &|path| args.allow.iter().any(|glob| wild::matches(glob, path)),
            all: args.all,
        });
        self.write(&report)?;
        if !self.global.quiet {
            self.tell(&report, compared, aside);
        }
        if let Some(failure) = &aside.failure {
            return Err(Failure::new(failure));
        }
        match report.refused() {
            0 => {}
            n => {
                let rest = if report.projects.len() > n { "; the others are reported" } else { "" };
                let what = if n == 1 { "a project".to_owned() } else { format!("{n} projects") };
                return Err(Failure::new(format!("{what} could not be compared, because Compose refuses it{rest}")));
            }
        }
        let fails = report.worst().is_some_and(|worst| worst <= args.fail_on.class());
        Ok(if fails { Outcome::Found } else { Outcome::Clean })
    }

    /// Every project of either side, compared with its counterpart.
    fn compare(&self, before: &Loaded, after: &Loaded, sources: (&Sources, &Sources)) -> Vec<Compared> {
        // Two files, or two lists of files, are two versions of one project whatever they are called.
        let pairs = if let ([_], [_]) = (before.projects.as_slice(), after.projects.as_slice()) {
            vec![(Some(0), Some(0))]
        } else {
            let old: Vec<_> = before.projects.iter().map(One::identity).collect();
            let new: Vec<_> = after.projects.iter().map(One::identity).collect();
            matching::pairs(&old, &new)
        };
        let of = |(i, j): &(Option<usize>, Option<usize>)| (i.and_then(|i| before.projects.get(i)), j.and_then(|j| after.projects.get(j)));
        let mut results: Vec<_> = pairs
            .par_iter()
            .map(|pair| {
                let (old, new) = of(pair);
                self.pair(old, new, sources, pairs.len() > 1)
            })
            .collect();
        let compared = pairs.iter().zip(&mut results).filter_map(|(pair, result)| {
            let (old, new) = of(pair);
            let old = old.map(|one| one.subject(sources.0, self.semantics));
            Some(moved::Pair { old, new: new.map(|one| one.subject(sources.1, self.semantics)), diff: result.as_mut().ok()? })
        });
        moved::tell(&mut compared.collect::<Vec<_>>(), (&before.root, &after.root), self.args.absolute);
        let known = |one: &One| one.known();
        let all = pairs.iter().map(of).zip(results);
        all.map(|((old, new), result)| Compared { old: old.map(known), new: new.map(known), result }).collect()
    }

    /// `among`: there are others, which what is broken is not to hide.
    fn pair(&self, old: Option<&One>, new: Option<&One>, sources: (&Sources, &Sources), among: bool) -> Result<diff::Diff, Vec<Refused>> {
        let refused = |one: &One, old: bool| {
            let told = one.project.problems.iter().filter(|p| p.refused).take(REASONS);
            told.map(|p| Refused { old, message: p.message.clone(), place: p.origin.as_ref().map(|o| o.at) }).collect::<Vec<_>>()
        };
        let reasons: Vec<Refused> = old.iter().flat_map(|o| refused(o, true)).chain(new.iter().flat_map(|n| refused(n, false))).collect();
        if !reasons.is_empty() {
            // What is broken in the same way on both sides did not change.
            let alike = |(a, b): (&One, &One)| among && a.texts(sources.0) == b.texts(sources.1);
            return if old.zip(new).is_some_and(alike) { Ok(diff::Diff::default()) } else { Err(reasons) };
        }
        Ok(match (old, new) {
            (Some(old), Some(new)) => {
                if let (Some(before), Some(after)) = (old.written(sources.0), new.written(sources.1)) {
                    return Ok(diff::compare_written(&before, &after, self.args.absolute));
                }
                let (before, after) = (old.subject(sources.0, self.semantics), new.subject(sources.1, self.semantics));
                if self.args.absolute { diff::compare_in_place(&before, &after) } else { diff::compare(&before, &after) }
            }
            (Some(old), None) => matching::gone(&old.subject(sources.0, self.semantics)),
            (None, Some(new)) => matching::new(&new.subject(sources.1, self.semantics)),
            (None, None) => diff::Diff::default(),
        })
    }

    fn write(&self, report: &Report) -> Result<(), Failure> {
        let format = self.args.format.format();
        match &self.args.output {
            None => print(&report.render(format, colour(self.global.color))),
            Some(path) => OsFs
                .write_atomic(&fs::join(self.directory, path), report.render(format, false).as_bytes())
                .map_err(|e| Failure::new(format!("`{}` cannot be written: {}", path.display(), fs::why(&e)))),
        }
    }

    /// What goes to stderr: what has to be known of the comparison, and the summary.
    fn tell(&self, report: &Report, compared: &[Compared], aside: &Aside) {
        let Aside { apart, borrowed, notes, failure: _ } = aside;
        let mut said = String::new();
        let shown = |path: &Path| plain(&display_path(path, self.directory)).into_owned();
        for (project, pair) in report.projects.iter().zip(compared).filter(|_| self.global.verbose) {
            let place = |known: &Option<Known>| known.as_ref().map_or_else(|| "nothing".to_owned(), |k| shown(&k.directory));
            // Writing to a String cannot fail.
            let _ = writeln!(said, "project {}: {} and {}: {}", project.title(), place(&pair.old), place(&pair.new), project.state.name());
        }
        for glob in self.args.allow.iter().filter(|glob| !report.changes().any(|c| wild::matches(glob, &c.path))) {
            let _ = writeln!(said, "`--allow {}` matches no change", plain(glob));
        }
        if !borrowed.is_empty() {
            let mut names: Vec<String> = borrowed.iter().map(|p| shown(p)).collect();
            names.sort();
            names.dedup();
            let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
            names.truncate(3);
            let _ = writeln!(said, "read from the work tree for both, because git has no history of it: {}{more}", names.join(", "));
        }
        if let Some((a, b)) = apart {
            let _ = writeln!(
                said,
                "`{}` and `{}` are different directories: what lies below them is compared relative to them; `--absolute` compares paths as they are",
                shown(a),
                shown(b)
            );
        }
        for note in notes {
            let _ = writeln!(said, "{}", plain(note));
        }
        said.push_str(&report.summary());
        said.push('\n');
        output::stderr(&said);
    }
}

/// What has to be known of a comparison beside its changes.
struct Aside {
    /// Two directories that are compared as if they were one.
    apart: Option<(PathBuf, PathBuf)>,
    /// What was read from the work tree for want of a history.
    borrowed: Vec<PathBuf>,
    /// Sentences.
    notes: Vec<String>,
    /// What went wrong on our side.
    failure: Option<String>,
}

/// Two project directories that are compared as if they were one: those of all projects, as far as they have a way in common.
fn apart(compared: &[Compared]) -> Option<(PathBuf, PathBuf)> {
    let both = compared.iter().filter(|c| c.result.is_ok()).filter_map(|c| Some((&c.old.as_ref()?.directory, &c.new.as_ref()?.directory)));
    let mut both = both.filter(|(a, b)| !a.starts_with(b) && !b.starts_with(a));
    let (mut old, mut new) = both.next().map(|(a, b)| (a.clone(), b.clone()))?;
    if both.next().is_some() {
        // Several: the trees that they are in are what differs.
        while old.file_name() == new.file_name() && old.pop() && new.pop() {}
    }
    Some((old, new))
}
