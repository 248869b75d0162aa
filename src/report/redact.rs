//! The one place that keeps secrets from being shown. It hides in doubt: a star too many costs a look into the file, a secret in a
//! CI log costs the secret. Never decides whether something is reported.
//!
//! Two ways lead to the output, and each has its guard. Excerpts of sources are masked by range ([`Redactor::hidden`]), character by
//! character, so that columns stay right. Messages and paths are searched for the literal values ([`Redactor::text`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use rayon::prelude::*;

use crate::model::{Named, Project};
use crate::secret;
use crate::source::{FileId, Source, Sources};
use crate::yaml::{Kind, NodeId, Style, Tree};

/// What stands in a message where a secret stood.
const STARS: &str = "***";
/// Shorter values are hidden where they are written, but not searched for: they occur by chance.
const SHORTEST: usize = 6;

/// Knows every secret of a run.
#[derive(Debug, Default)]
pub struct Redactor {
    ranges: BTreeMap<FileId, Vec<Range<usize>>>,
    /// Hidden wherever they occur.
    strong: Option<AhoCorasick>,
    /// Words, hidden only where they are quoted as a value.
    words: Option<AhoCorasick>,
}

/// What one source gives.
#[derive(Default)]
struct Found {
    ranges: Vec<Range<usize>>,
    literals: BTreeSet<String>,
}

impl Redactor {
    /// Collects the secrets of all sources, and those that only the resolved projects have (a password put together from variables).
    pub fn new(sources: &Sources, projects: &[Project]) -> Self {
        Self::with_trees(sources, projects, &|_| None)
    }

    /// As [`Redactor::new`], with the trees of those sources that are parsed already.
    pub fn with_trees(sources: &Sources, projects: &[Project], trees: &(dyn Fn(FileId) -> Option<Arc<Tree>> + Sync)) -> Self {
        Self::with_values(sources, projects, trees, &[])
    }

    /// The same, with values that have a name and are in no project.
    pub fn with_values(
        sources: &Sources,
        projects: &[Project],
        trees: &(dyn Fn(FileId) -> Option<Arc<Tree>> + Sync),
        values: &[(String, String)],
    ) -> Self {
        let all = sources.all();
        let found: Vec<(FileId, Found)> = all.par_iter().map(|(id, source)| (*id, scan(*id, source, trees(*id)))).collect();
        let mut literals: BTreeSet<String> = BTreeSet::new();
        let mut ranges = BTreeMap::new();
        for (id, file) in found {
            literals.extend(file.literals);
            ranges.insert(id, file.ranges);
        }
        for project in projects {
            resolved(project, &mut literals);
        }
        let mut named = Found::default();
        for (name, value) in values {
            if secret::literal_secret(name, value) {
                named.literal(value);
            }
            for range in secret::ranges(value) {
                named.literal(value.get(range).unwrap_or(""));
            }
        }
        literals.append(&mut named.literals);
        literals.retain(|l| l.chars().count() >= SHORTEST);
        let (words, strong): (Vec<String>, Vec<String>) = literals.into_iter().partition(|l| secret::word_like(l));
        let words = unused_elsewhere(words, &all, &ranges);
        let automaton = |patterns: &[String]| {
            (!patterns.is_empty()).then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok()).flatten()
        };
        Self { ranges, strong: automaton(&strong), words: automaton(&words) }
    }

    /// The ranges of a part of a source that may not be shown; sorted, not overlapping, relative to the source.
    pub fn hidden(&self, file: FileId, source: &Source, part: Range<usize>) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        if let Some(ranges) = self.ranges.get(&file) {
            let from = ranges.partition_point(|r| r.end <= part.start);
            out.extend(ranges.iter().skip(from).take_while(|r| r.start < part.end).cloned());
        }
        if let Some(strong) = &self.strong {
            // A secret may begin before the part or end behind it.
            let reach = strong.max_pattern_len();
            let around = part.start.saturating_sub(reach)..part.end.saturating_add(reach).min(source.text.len());
            let bytes = source.text.as_bytes().get(around.clone()).unwrap_or_default();
            let found = strong.find_iter(bytes).map(|m| around.start + m.start()..around.start + m.end());
            out.extend(found.filter(|r| r.start < part.end && part.start < r.end));
        }
        merge(out)
    }

    /// A message without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found: Vec<Range<usize>> = Vec::new();
        if let Some(strong) = &self.strong {
            found.extend(strong.find_iter(text).map(|m| m.range()));
        }
        if let Some(words) = &self.words {
            found.extend(words.find_iter(text).map(|m| m.range()).filter(|r| quoted(text, r)));
        }
        found.extend(secret::tokens(text).into_iter().map(|(r, _)| r));
        found.extend(secret::url_passwords(text));
        replace(text, merge(found))
    }

    /// A path without secrets. Words are left alone: a directory is often named like the password that was chosen after it.
    pub fn path<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found: Vec<Range<usize>> = secret::tokens(text).into_iter().map(|(r, _)| r).collect();
        if let Some(strong) = &self.strong {
            found.extend(strong.find_iter(text).map(|m| m.range()));
        }
        replace(text, merge(found))
    }
}

fn replace(text: &str, found: Vec<Range<usize>>) -> Cow<'_, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in found {
        out.push_str(text.get(from..range.start).unwrap_or(""));
        out.push_str(STARS);
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or(""));
    Cow::Owned(out)
}

fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|r| !r.is_empty());
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// True if the word stands alone, between quotes or behind a sign that a value follows.
fn quoted(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|t| t.chars().next_back());
    let after = text.get(range.end..).and_then(|t| t.chars().next());
    let sign = before.is_some_and(|c| matches!(c, '`' | '"' | '\'' | '=' | ':' | '“' | '‘'))
        || text.get(..range.start).is_some_and(|t| t.ends_with(": ") || t.ends_with("= "));
    sign && after.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-')
}

/// The words that occur nowhere but as a secret. The others are names of something too, and a message must be able to name it.
fn unused_elsewhere(words: Vec<String>, sources: &[(FileId, Arc<Source>)], ranges: &BTreeMap<FileId, Vec<Range<usize>>>) -> Vec<String> {
    let words: Vec<String> = words.into_iter().filter(|w| !secret::weak(w)).collect();
    if words.is_empty() {
        return words;
    }
    let Ok(automaton) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&words) else { return words };
    let used: BTreeSet<usize> = sources
        .par_iter()
        .flat_map_iter(|(id, source)| {
            let hidden: &[Range<usize>] = ranges.get(id).map_or(&[], |r| r.as_slice());
            let alone = |r: &Range<usize>| {
                let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                !word(source.text.get(..r.start).and_then(|t| t.chars().next_back()))
                    && !word(source.text.get(r.end..).and_then(|t| t.chars().next()))
            };
            let inside = |r: &Range<usize>| {
                let i = hidden.partition_point(|h| h.end < r.end);
                hidden.get(i).is_some_and(|h| h.start <= r.start)
            };
            let outside: BTreeSet<usize> = automaton
                .find_iter(&source.text)
                .filter(|m| alone(&m.range()) && !inside(&m.range()))
                .map(|m| m.pattern().as_usize())
                .collect();
            outside
        })
        .collect();
    words.into_iter().enumerate().filter(|(i, _)| !used.contains(i)).map(|(_, w)| w).collect()
}

impl Found {
    fn literal(&mut self, value: &str) {
        let value = value.trim();
        if value.len() > 4096 || secret::placeholder(value) {
            return;
        }
        // A `$` is written twice, and Compose reads one.
        if value.contains("$$") {
            self.literals.insert(value.replace("$$", "$"));
        }
        if let Some(default) = secret::default_of(value) {
            self.literals.insert(default.to_owned());
        }
        // An expression is not what anybody sees; what it becomes is taken from the resolved projects.
        if !value.contains("${") {
            self.literals.insert(value.to_owned());
        }
    }
}

fn scan(id: FileId, source: &Source, parsed: Option<Arc<Tree>>) -> Found {
    let mut found = Found::default();
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let comment = text.trim_start().starts_with('#');
        for range in secret::ranges(text) {
            if let Some(value) = text.get(range.clone()) {
                // Prose in a comment is hidden where it stands; its words are no secrets.
                let prose = comment && (value.contains(' ') || secret::word_like(value));
                if !prose {
                    found.literal(value);
                }
            }
            found.ranges.push(at + range.start..at + range.end);
        }
        at += line.len();
    }
    for range in secret::private_keys(&source.text) {
        // Each line of the body is a literal of its own: a message may hold a part.
        for line in source.text.get(range.clone()).unwrap_or("").lines().map(str::trim).filter(|l| l.len() >= 16 && !l.starts_with("-----"))
        {
            found.literal(line);
        }
        found.ranges.push(range);
    }
    let name = source.path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let env_file = name.starts_with(".env") || name.rsplit('.').next() == Some("env");
    if !env_file {
        let parsed = parsed.unwrap_or_else(|| Arc::new(crate::yaml::parse::parse(id, &source.text)));
        tree(&parsed, source, &mut found);
    }
    found.ranges = merge(std::mem::take(&mut found.ranges));
    found
}

/// What only the tree tells: values on other lines than their keys, items behind a flag, aliases, block scalars.
fn tree(tree: &Tree, source: &Source, found: &mut Found) {
    for node in &tree.nodes {
        match &node.kind {
            Kind::Mapping { entries, .. } => {
                for entry in entries {
                    let (Some(key), Some(value)) = (tree.text(entry.key), tree.text(entry.value)) else { continue };
                    if secret::literal_secret(key, value) {
                        whole(tree, entry.value, source, found);
                    }
                }
            }
            Kind::Sequence { items, .. } => {
                let words: Vec<&str> = items.iter().map(|i| tree.text(*i).unwrap_or("")).collect();
                for (i, range) in secret::command_secrets(&words) {
                    let (Some(item), Some(text)) = (items.get(i), words.get(i).and_then(|w| w.get(range))) else { continue };
                    part(tree, *item, text, source, found);
                }
            }
            // Several lines of YAML that are one line of text: what is a secret can show only when they are put together.
            Kind::Scalar(scalar) if scalar.style != Style::Literal && source.slice(node.span).contains('\n') => {
                for text in secret::ranges(&scalar.text).into_iter().filter_map(|r| scalar.text.get(r)) {
                    occurrences(node.span.start as usize..node.span.end as usize, text, source, found);
                    found.literal(text);
                }
            }
            _ => {}
        }
    }
    // An inline secret is one, whatever its name.
    for document in &tree.documents {
        let Some(secrets) = tree.get(document.root, "secrets") else { continue };
        if let Kind::Mapping { entries, .. } = &tree.node(tree.deref(secrets)).kind {
            for content in entries.iter().filter_map(|e| tree.get(e.value, "content")) {
                whole(tree, content, source, found);
            }
        }
    }
}

/// Hides a scalar: its text, its quotes and the sign of a block left out.
fn whole(tree: &Tree, id: NodeId, source: &Source, found: &mut Found) {
    let node = tree.node(tree.deref(id));
    let Kind::Scalar(scalar) = &node.kind else { return };
    let (mut start, mut end) = (node.span.start as usize, node.span.end as usize);
    match scalar.style {
        Style::Plain => {}
        Style::SingleQuoted | Style::DoubleQuoted => (start, end) = (start + 1, end.saturating_sub(1)),
        Style::Literal | Style::Folded => start += source.slice(node.span).find('\n').unwrap_or(0),
    }
    if start < end && source.text.is_char_boundary(start) && source.text.is_char_boundary(end) {
        found.ranges.push(start..end);
    }
    found.literal(&scalar.text);
    if scalar.text.contains('\n') {
        for line in scalar.text.lines().filter(|l| l.trim().len() >= SHORTEST && !secret::word_like(l.trim())) {
            found.literal(line);
        }
    }
}

/// Hides a part of a scalar, and the scalar as a whole where escapes keep the part from being found.
fn part(tree: &Tree, id: NodeId, text: &str, source: &Source, found: &mut Found) {
    let span = tree.node(tree.deref(id)).span;
    if occurrences(span.start as usize..span.end as usize, text, source, found) {
        found.literal(text);
    } else {
        whole(tree, id, source, found);
        found.literal(text);
    }
}

fn occurrences(within: Range<usize>, text: &str, source: &Source, found: &mut Found) -> bool {
    let before = found.ranges.len();
    if let Some(raw) = source.text.get(within.clone())
        && !text.is_empty()
    {
        found.ranges.extend(raw.match_indices(text).map(|(i, t)| within.start + i..within.start + i + t.len()));
    }
    found.ranges.len() > before
}

/// The secrets of a resolved project: values that variables were put into.
fn resolved(project: &Project, literals: &mut BTreeSet<String>) {
    let mut found = Found::default();
    let mut pair = |name: &str, value: &str| {
        if secret::literal_secret(name, value) {
            found.literal(value);
        }
        for range in secret::ranges(value) {
            found.literal(value.get(range).unwrap_or(""));
        }
    };
    for (name, variable) in &project.environment {
        pair(name, &variable.value);
    }
    // `${DB_PASSWORD:-this}`, wherever it is used.
    for used in &project.variables {
        if let Some((operator, default)) = &used.operator
            && operator.ends_with('-')
        {
            pair(&used.name, default);
        }
    }
    for service in project.services.values() {
        let optional = |named: &Named<Option<String>>, pair: &mut dyn FnMut(&str, &str)| {
            for (name, value) in named {
                if let Some(value) = &value.value {
                    pair(name, value);
                }
            }
        };
        optional(&service.environment, &mut pair);
        for (name, value) in &service.labels {
            pair(name, &value.value);
        }
        if let Some(build) = &service.build {
            optional(&build.args, &mut pair);
        }
        let mut command = |words: &[String]| {
            for (i, range) in secret::command_secrets(words) {
                if let Some(value) = words.get(i).and_then(|w| w.get(range)) {
                    // The name only has to be one of a credential: the place has been judged already.
                    pair("PASSWORD", value);
                }
            }
        };
        for words in [&service.command, &service.entrypoint].into_iter().flatten() {
            command(&words.value);
        }
        if let Some(test) = service.healthcheck.as_ref().and_then(|h| h.test.as_ref()) {
            command(&test.value);
        }
    }
    literals.append(&mut found.literals);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A source as an excerpt shows it.
    fn shown(path: &str, text: &str) -> String {
        let sources = Sources::new();
        let id = sources.add(Path::new(path), text.into());
        let redactor = Redactor::new(&sources, &[]);
        let source = sources.get(id);
        let hidden = redactor.hidden(id, &source, 0..source.text.len());
        source.text.char_indices().map(|(i, c)| if c != '\n' && hidden.iter().any(|r| r.contains(&i)) { '*' } else { c }).collect()
    }

    #[test]
    fn a_secret_that_a_part_cuts_is_hidden() {
        let sources = Sources::new();
        let text = "services:\n  a:\n    environment: {DB_PASSWORD: Zq8vXw3TrN5k}\n    # was Zq8vXw3TrN5k once\n";
        let id = sources.add(Path::new("/srv/compose.yaml"), text.into());
        let redactor = Redactor::new(&sources, &[]);
        let at = text.rfind("Zq8v").unwrap();
        for part in [at + 4..at + 8, at - 3..at + 5, at + 5..text.len()] {
            let hidden = redactor.hidden(id, &sources.get(id), part.clone());
            assert_eq!(hidden.as_slice(), std::slice::from_ref(&(at..at + 12)), "{part:?}");
        }
        assert!(redactor.hidden(id, &sources.get(id), at - 5..at).is_empty());
    }

    #[test]
    fn secrets_in_yaml_are_hidden_wherever_they_stand() {
        insta::assert_snapshot!(shown("/c.yaml", r#"x-pw: &pw Anchor3d
services:
  db:
    image: postgres:17.2
    environment:
      POSTGRES_USER: app
      POSTGRES_PASSWORD: *pw
      JWT_SECRET:
        on-the-next-line-1
      API_KEY: |
        first-l1ne
        second-l1ne
      URL: postgres://app:Ur1secret@db/app
    build:
      args: {NPM_TOKEN: Fl0wsecret, LEVEL: x}
    command:
      - redis-server
      - --requirepass
      - "1tem secret"
    healthcheck:
      test: redis-cli -a He4lth ping
    entrypoint: >-
      app --token
      F0lded --port 80
    labels:
      - "traefik.auth=admin:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/"
    # OLD_PASSWORD: C0mment
secrets:
  file:
    content: inl1ne
again: 'Ur1secret and app'
"#), @r#"
        x-pw: &pw ********
        services:
          db:
            image: postgres:17.2
            environment:
              POSTGRES_USER: app
              POSTGRES_PASSWORD: *pw
              JWT_SECRET:
                ******************
              API_KEY: |
        ******************
        *******************
              URL: postgres://app:*********@db/app
            build:
              args: {NPM_TOKEN: **********, LEVEL: x}
            command:
              - redis-server
              - --requirepass
              - "***********"
            healthcheck:
              test: redis-cli -a ****** ping
            entrypoint: >-
              app --token
              ****** --port 80
            labels:
              - "traefik.auth=**********************************************"
            # OLD_PASSWORD: *******
        secrets:
          file:
            content: ******
        again: '********* and app'
        "#);
    }

    #[test]
    fn secrets_in_env_files_and_in_broken_yaml_are_hidden() {
        insta::assert_snapshot!(shown("/.env", "# head\nDB_PASSWORD=Abc123x\nexport TOKEN='Q-q-q-1'\nLOG=debug\nKEY=\"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\"\n"), @r#"
        # head
        DB_PASSWORD=*******
        export TOKEN='*******'
        LOG=debug
        KEY="*******************************
        ****************
        *****************************"
        "#);
        insta::assert_snapshot!(shown("/c.yaml", "a: [\n  DB_PASSWORD: Abc123x\n"), @r"
        a: [
          DB_PASSWORD: *******
        ");
    }

    #[test]
    fn messages_lose_the_values_and_keep_the_names() {
        let sources = Sources::new();
        sources.add(
            Path::new("/c.yaml"),
            "services:\n  nextcloud:\n    environment:\n      A_PASSWORD: Abc123x\n      B_PASSWORD: nextcloud\n      C_PASSWORD: network\n      D_PASSWORD: postgres\n      E_PASSWORD: sesame\n      F_PASSWORD: ab1\n      MINIO_ROOT_KEY: x\n      G_PASSWORD: MINIO_ROOT_KEY\n"
                .into(),
        );
        let redactor = Redactor::new(&sources, &[]);
        assert_eq!(redactor.text("the value Abc123x and Abc123xyz"), "the value *** and ***yz");
        assert_eq!(redactor.text("service `nextcloud` and image `postgres`"), "service `nextcloud` and image `postgres`");
        assert_eq!(redactor.text("the network is missing, not `network`"), "the network is missing, not `***`");
        assert_eq!(redactor.text("A: sesame, `sesame`, open-sesame, `sesame-street`"), "A: ***, `***`, open-sesame, `sesame-street`");
        assert_eq!(redactor.text("`MINIO_ROOT_KEY` of `minio`"), "`MINIO_ROOT_KEY` of `minio`");
        assert_eq!(redactor.text("ab1 is too short"), "ab1 is too short");
        assert_eq!(redactor.text("at redis://:unkn0wn@host"), "at redis://:***@host");
        assert_eq!(redactor.path("/srv/Abc123x/network/c.yaml"), "/srv/***/network/c.yaml");
    }

    #[test]
    fn nothing_to_hide_changes_nothing() {
        let sources = Sources::new();
        let redactor = Redactor::new(&sources, &[]);
        assert!(matches!(redactor.text("plain"), Cow::Borrowed("plain")));
        assert_eq!(shown("/c.yaml", "image: nginx # ünïcödé\n"), "image: nginx # ünïcödé\n");
    }
}
