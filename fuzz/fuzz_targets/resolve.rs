//! Any small tree is found, resolved, typed, judged and reported: no panic, every place is in its text, the output is bounded.
//!
//! The input is a tree in one text: a line `%% path` begins a file, what stands before the first one is `compose.yaml`.
#![no_main]

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use composelint::compose::problem::ModelPath;
use composelint::compose::{self, Loader, Request, Semantics};
use composelint::fs::MemFs;
use composelint::host::HostFacts;
use composelint::lint::{INTERNAL_ERROR, LoadOptions, Selection, Workspace};
use composelint::model::{self, Project};
use composelint::report::inventory::{self, Inventory};
use composelint::report::origins::Origins;
use composelint::report::why::{Pattern, Why};
use composelint::report::{self, Redactor, Report};
use composelint::rules::Mode;
use composelint::source::{FileId, Sources, Span};
use composelint::yaml;
use composelint::yaml::print::Step;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[path = "../../tests/support/mod.rs"]
mod support;

const ROOT: &str = "/srv/app";
/// How many bytes any one output may have: the inputs are small.
const BOUND: usize = 32 << 20;

fn tree(input: &[u8]) -> MemFs {
    let mut files = vec![(PathBuf::from("compose.yaml"), Vec::new())];
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let path = line.strip_prefix(b"%% ").and_then(|path| std::str::from_utf8(path).ok()).map(|path| Path::new(path.trim()));
        match path {
            Some(path) if path.components().all(|c| matches!(c, Component::Normal(_))) && files.len() < 12 => {
                files.push((path.to_path_buf(), Vec::new()));
            }
            _ => {
                if let Some((_, content)) = files.last_mut() {
                    content.extend_from_slice(line);
                }
            }
        }
    }
    files.into_iter().rev().fold(MemFs::new(), |fs, (path, content)| fs.file(Path::new(ROOT).join(path), content))
}

fn in_its_text(span: Span, sources: &Sources) {
    let source = sources.get(span.file);
    assert!(!source.path.as_os_str().is_empty(), "{span:?} is in no file");
    assert!(source.text.get(span.start as usize..span.end as usize).is_some(), "{span:?} is not in {}", source.path.display());
}

fn check(project: &Project, sources: &Sources) {
    for problem in &project.problems {
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{problem:?}");
        if let Some(span) = problem.origin.as_ref().map(|o| o.at) {
            in_its_text(span, sources);
        }
        for (span, _) in &problem.related {
            in_its_text(*span, sources);
        }
    }
    for one in &project.variables {
        in_its_text(one.at, sources);
    }
}

fn bounded(what: &str, text: &str) {
    assert!(text.len() < BOUND, "{what}: {} bytes", text.len());
}

fn harmless(what: &str, text: &str) {
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{what} shows control characters");
}

/// The size of a value as YAML, which can be read.
fn printed(value: &Value) -> usize {
    let text = yaml::print::yaml(value);
    bounded("YAML", &text);
    let tree = yaml::parse(FileId::NONE, &text);
    assert!(tree.errors.is_empty(), "{:?} in\n{text}", tree.errors);
    text.len()
}

/// What `config --explain` prints.
fn explained(why: &Why, value: &Value) -> String {
    yaml::print::annotated(value, &mut |steps| {
        let (path, value) = steps.iter().try_fold((ModelPath::default(), value), |(path, value), step| match step {
            Step::Key(key) => value.get(key).map(|v| (path.key(key), v)),
            Step::Index(index) => value.get(index).map(|v| (path.index(*index), v)),
        })?;
        why.comment(&path, value)
    })
}

fn judge(input: &[u8]) {
    let fs = tree(input);
    let root = PathBuf::from(ROOT);
    for semantics in [Semantics::V2, Semantics::V5] {
        let sources = Sources::new();
        let loader = Loader::new(&fs, &sources);
        let mut request = Request::new(&root);
        request.semantics = semantics;
        let loaded = compose::load(&loader, &request);
        bounded("the tree", &resolved::tree(&loaded.tree).to_string());
        printed(&resolved::tree_yaml(&loaded.tree));
        let tree = loaded.tree.clone();
        let project = model::build(loaded, &loader, &model::Options { semantics, ..model::Options::default() });
        check(&project, &sources);
        bounded("config", &resolved::json(&project, semantics).to_string());
        let yaml = resolved::yaml(&project, semantics);
        let bytes = printed(&yaml);
        let redactor = Redactor::with_trees(&sources, std::slice::from_ref(&project), &|file| loader.tree(file));
        let origins = Origins::new(&tree, Some(&project));
        let why = Why { sources: &sources, redactor: &redactor, directory: &root, origins, printed: &yaml };
        bounded("explain", &explained(&why, &yaml));
        // Whoever asks for everything gets everything: the answer has a line or more for each value, whatever their number.
        if bytes < 100_000 {
            let answers = why.answers(&Pattern::parse("*").expect("a pattern"));
            for answer in [report::why::human(&answers, false), report::why::json(&answers)] {
                bounded("why", &answer);
                harmless("why", &answer);
            }
        }
    }
    let sources = Sources::new();
    let facts = HostFacts::new(&fs);
    let workspace = Workspace::load(&fs, &sources, std::slice::from_ref(&root), &LoadOptions::default());
    let (found, projects) = (&workspace.discovery, &workspace.projects);
    let redactor = Redactor::with_trees(&sources, projects, &|file| workspace.loader.tree(file));
    let skipped: Vec<(PathBuf, String)> = found.skipped.iter().map(|s| (s.path.clone(), s.reason.to_string())).collect();
    let inventory = Inventory::new(&inventory::Input {
        entries: &found.entries,
        projects,
        skipped: &found.skipped,
        facts: &facts,
        sources: &sources,
        redactor: &redactor,
        directory: &root,
    });
    bounded("inventory", &inventory.human(false));
    for mode in [Mode::Check, Mode::Audit] {
        let findings = workspace.lint(&facts, mode, &Selection::new(mode, &["all".into()], &[]).expect("all rules"));
        for finding in &findings {
            assert_ne!(finding.rule, INTERNAL_ERROR, "{}", finding.message);
            if let Some(wrong) = support::misplaced(finding, &fs, &sources) {
                panic!("{wrong}");
            }
        }
        let report = Report::new(&report::Run {
            skipped: &skipped,
            projects: projects.len(),
            ..report::Run::new(&sources, &redactor, &root, &findings)
        });
        let extras = report::format::Extras { inventory: (mode == Mode::Audit).then_some(&inventory), ..Default::default() };
        for format in report::Format::ALL {
            let (format, text) = (format.name(), format.render(&report, &extras));
            bounded(format, &text);
            harmless(format, &text);
        }
    }
}

fuzz_target!(|input: &[u8]| {
    // What a command line thread has; one thread, so that a run says the same every time.
    static POOL: LazyLock<rayon::ThreadPool> =
        LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(16 << 20).build().expect("a thread"));
    POOL.install(|| judge(input));
});
