//! The formats by name: which there are, and one door to all of them, so that a test that goes through this list misses none.

use super::inventory::Inventory;
use super::{Report, checkstyle, concise, github, gitlab, human, json, junit, markdown, sarif};

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // `summary` says it
pub enum Format {
    Human,
    Concise,
    Json,
    Jsonl,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Checkstyle,
    Markdown,
}

/// What a format may want beside the findings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Of `audit` only.
    pub inventory: Option<&'a Inventory>,
    /// Colours, in the formats for terminals.
    pub colour: bool,
    /// What comes before a path to make it a link to that file on a platform: `https://github.com/o/r/blob/SHA/`.
    pub link: Option<&'a str>,
}

impl Format {
    /// Every format.
    pub const ALL: &[Format] = &[
        Format::Human,
        Format::Concise,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
        Format::Markdown,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Checkstyle => "checkstyle",
            Format::Markdown => "markdown",
        }
    }

    /// What it is, in a few words.
    pub fn summary(self) -> &'static str {
        match self {
            Format::Human => "With the lines that each finding speaks of",
            Format::Concise => "One line a finding",
            Format::Json => "One document, for programs",
            Format::Jsonl => "One JSON object a finding and line",
            Format::Sarif => "SARIF 2.1.0, for code scanning",
            Format::Github => "Annotations in GitHub Actions",
            Format::Gitlab => "Code Quality report of GitLab",
            Format::Junit => "JUnit XML: a failed test a finding",
            Format::Checkstyle => "Checkstyle XML, for Jenkins and reviewdog",
            Format::Markdown => "A summary of the job, for people",
        }
    }

    /// True if it shows fingerprints, which cost a little.
    pub fn has_fingerprints(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl | Format::Sarif | Format::Gitlab)
    }

    /// The findings in this format; ends with a line break unless it is empty.
    pub fn render(self, report: &Report, extras: &Extras) -> String {
        match self {
            Format::Human => extras.inventory.map(|i| i.human(extras.colour)).unwrap_or_default() + &human::render(report, extras.colour),
            Format::Concise => concise::render(report),
            Format::Json => json::render(report, extras.inventory),
            Format::Jsonl => json::lines(report),
            Format::Sarif => sarif::render(report),
            Format::Github => github::render(report),
            Format::Gitlab => gitlab::render(report),
            Format::Junit => junit::render(report),
            Format::Checkstyle => checkstyle::render(report),
            Format::Markdown => markdown::render(report, extras.inventory, extras.link),
        }
    }
}
