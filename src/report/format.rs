//! The formats by name: which there are, and one door to all of them, so that a test that goes through this list misses none.

use super::document::Document;
use super::graph::{dot, mermaid, svg};
use super::inventory::Inventory;
use super::{Report, checkstyle, concise, fleet, github, gitlab, html, human, json, junit, markdown, page, sarif};

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
    Html,
    Mermaid,
    Dot,
    Svg,
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
        Format::Html,
        Format::Mermaid,
        Format::Dot,
        Format::Svg,
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
            Format::Html => "html",
            Format::Mermaid => "mermaid",
            Format::Dot => "dot",
            Format::Svg => "svg",
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
            Format::Html => "One page to search and filter, for a browser (`audit` only)",
            Format::Mermaid => "The graph of the stacks, for Markdown (`audit` only)",
            Format::Dot => "The graph of the stacks, for Graphviz (`audit` only)",
            Format::Svg => "The graph of the stacks, as a picture (`audit` only)",
        }
    }

    /// True if it shows what is there, which only `audit` tells.
    pub fn needs_inventory(self) -> bool {
        matches!(self, Format::Html | Format::Mermaid | Format::Dot | Format::Svg)
    }

    /// True if it shows what was found.
    pub fn has_findings(self) -> bool {
        !matches!(self, Format::Mermaid | Format::Dot | Format::Svg)
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
            Format::Html | Format::Mermaid | Format::Dot | Format::Svg => {
                self.of_document(&Document::new(report, extras.inventory), extras.colour).unwrap_or_default()
            }
        }
    }

    /// True if it can be made from a document alone, such as one that was joined from several hosts.
    pub fn takes_documents(self) -> bool {
        matches!(self, Format::Human | Format::Json | Format::Markdown | Format::Html | Format::Mermaid | Format::Dot | Format::Svg)
    }

    /// A document in this format; `None` where [`Format::takes_documents`] says so.
    pub fn of_document(self, document: &Document, colour: bool) -> Option<String> {
        Some(match self {
            Format::Human => fleet::human(document, colour),
            Format::Json => json::of(document),
            Format::Markdown => page::render(document),
            Format::Html => html::render(document),
            Format::Mermaid => mermaid::render(document),
            Format::Dot => dot::render(document),
            Format::Svg => svg::render(document),
            _ => return None,
        })
    }
}
