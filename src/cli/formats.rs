//! `--format` and `--output`: which formats a run writes, and where. One run can write several; only one of them to stdout.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;

use super::{Color, Failure, colour, print};
use crate::fs::{self, Fs};
use crate::report::document::Document;
use crate::report::format::Extras;
use crate::report::inventory::Inventory;
use crate::report::{Format, Report};
use crate::rules::Mode;

/// The flags.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// How to show the findings; `FORMAT=FILE` writes to a file, so that it may be repeated
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = Parser)]
    format: Vec<Wanted>,
    /// Write the findings to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    format: Format,
    file: Option<PathBuf>,
}

#[derive(Clone, Debug)]
struct Parser;

impl TypedValueParser for Parser {
    type Value = Wanted;

    fn parse_ref(&self, command: &clap::Command, argument: Option<&clap::Arg>, value: &OsStr) -> Result<Wanted, clap::Error> {
        let text = value.to_str().ok_or_else(|| clap::Error::new(ErrorKind::InvalidUtf8).with_cmd(command))?;
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let known = PossibleValuesParser::new(possible()).parse_ref(command, argument, OsStr::new(name))?;
        let format = Format::ALL.iter().copied().find(|f| f.name() == known).unwrap_or(Format::Human);
        match file {
            Some("") => Err(command.clone().error(ErrorKind::InvalidValue, format!("`{name}=` names no file"))),
            Some("-") | None => Ok(Wanted { format, file: None }),
            Some(file) => Ok(Wanted { format, file: Some(file.into()) }),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(possible()))
    }
}

fn possible() -> impl Iterator<Item = PossibleValue> {
    Format::ALL.iter().map(|f| PossibleValue::new(f.name()).help(f.summary()))
}

/// What is written, and where.
pub(super) struct Outputs {
    list: Vec<Wanted>,
}

impl OutputArgs {
    /// Errors: what cannot be written, told before the work is done.
    pub(super) fn settle(&self, disk: &dyn Fs, directory: &Path, mode: Mode) -> Result<Outputs, Failure> {
        let mut list = self.format.clone();
        if let Some(wanted) = list.iter().find(|w| mode != Mode::Audit && w.format.needs_inventory()) {
            let name = wanted.format.name();
            let failure = Failure::new(format!("`{name}` shows the stacks of a host, which only `audit` tells"));
            return Err(failure.help(format!("use `composelint audit --format {name}`")));
        }
        if let Some(output) = &self.output {
            let Some(wanted) = list.iter_mut().rev().find(|w| w.file.is_none()) else {
                let failure = Failure::new(format!("`--output {}` is for no format: each has its file already", output.display()));
                return Err(failure.help("leave out `--output`, or one of the files after `=`"));
            };
            wanted.file = Some(output.clone());
        }
        let mut stdout = list.iter().filter(|w| w.file.is_none());
        if let (Some(one), Some(other)) = (stdout.next(), stdout.next()) {
            let (one, other) = (one.format.name(), other.format.name());
            let failure = Failure::new(format!("`{one}` and `{other}` cannot both be written to stdout"));
            return Err(failure.help(format!("give one of them a file: `--format {other}=FILE`")));
        }
        let mut files: Vec<PathBuf> = Vec::new();
        for path in list.iter().filter_map(|w| w.file.as_deref()) {
            let absolute = fs::join(directory, path);
            let shown = path.display();
            if files.contains(&absolute) {
                return Err(Failure::new(format!("two formats cannot both be written to `{shown}`")));
            }
            writable(disk, directory, path)?;
            files.push(absolute);
        }
        Ok(Outputs { list })
    }
}

/// Errors: a file that cannot be written, told before the work is done.
pub(super) fn writable(disk: &dyn Fs, directory: &Path, path: &Path) -> Result<(), Failure> {
    let (absolute, shown) = (fs::join(directory, path), path.display());
    if disk.is_dir(&absolute) {
        return Err(Failure::new(format!("`{shown}` cannot be written: it is a directory")));
    }
    match absolute.parent().filter(|p| !disk.is_dir(p)) {
        Some(parent) => Err(Failure::new(format!("`{shown}` cannot be written: there is no directory `{}`", parent.display()))),
        None => Ok(()),
    }
}

impl Outputs {
    /// True if a format shows fingerprints.
    pub(super) fn has_fingerprints(&self) -> bool {
        self.list.iter().any(|w| w.format.has_fingerprints())
    }

    /// True if somebody reads the findings as they are made for people.
    pub(super) fn is_human(&self) -> bool {
        self.list.iter().any(|w| w.format == Format::Human)
    }

    /// Writes everything: the files first, so that what goes to stdout is the last that can fail.
    pub(super) fn write(
        &self,
        disk: &dyn Fs,
        directory: &Path,
        report: &Report,
        inventory: Option<&Inventory>,
        when: Color,
    ) -> Result<(), Failure> {
        let link = link();
        let text = |wanted: &Wanted| {
            let colour = wanted.file.is_none() && colour(when);
            wanted.format.render(report, &Extras { inventory, colour, link: link.as_deref() })
        };
        for wanted in &self.list {
            if let Some(path) = &wanted.file {
                disk.write_atomic(&fs::join(directory, path), text(wanted).as_bytes())
                    .map_err(|e| Failure::new(format!("`{}` cannot be written: {}", path.display(), fs::why(&e))))?;
            }
        }
        match self.list.iter().find(|w| w.file.is_none()) {
            Some(wanted) => print(&text(wanted)),
            None => Ok(()),
        }
    }
}

impl Outputs {
    /// Writes a document that is not of this run. Errors: a format that needs the files themselves.
    pub(super) fn write_document(&self, disk: &dyn Fs, directory: &Path, document: &Document, when: Color) -> Result<(), Failure> {
        let text = |wanted: &Wanted| {
            let colour = wanted.file.is_none() && colour(when);
            wanted.format.of_document(document, colour).ok_or_else(|| {
                let name = wanted.format.name();
                let accepted: Vec<&str> = Format::ALL.iter().filter(|f| f.takes_documents()).map(|f| f.name()).collect();
                Failure::new(format!("`{name}` cannot be made from reports: it shows lines of the files"))
                    .help(format!("{} can", accepted.join(", ")))
            })
        };
        let texts = self.list.iter().map(|wanted| Ok((wanted, text(wanted)?))).collect::<Result<Vec<_>, Failure>>()?;
        for (wanted, text) in &texts {
            if let Some(path) = &wanted.file {
                disk.write_atomic(&fs::join(directory, path), text.as_bytes())
                    .map_err(|e| Failure::new(format!("`{}` cannot be written: {}", path.display(), fs::why(&e))))?;
            }
        }
        match texts.iter().find(|(wanted, _)| wanted.file.is_none()) {
            Some((_, text)) => print(text),
            None => Ok(()),
        }
    }
}

/// What comes before a path to make it a link to the file: known from the variables that the runners of GitHub and GitLab set, and only for
/// the summary in Markdown.
fn link() -> Option<String> {
    let variable = |name: &str| std::env::var_os(name)?.into_string().ok().filter(|v| !v.is_empty());
    let github =
        || Some(format!("{}/{}/blob/{}/", variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?, variable("GITHUB_SHA")?));
    let gitlab = || Some(format!("{}/-/blob/{}/", variable("CI_PROJECT_URL")?, variable("CI_COMMIT_SHA")?));
    let url = github().or_else(gitlab)?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-._~:/%".contains(c);
    ((url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(harmless)).then_some(url)
}
