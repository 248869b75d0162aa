//! Every fix over real repositories, where the collection beside this checkout is present; nothing is written there. Safe fixes leave each
//! project as it was, which is looked at here once more and otherwise than the fixes themselves do; a second run changes nothing; what was
//! no part of an edit is still there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // a test stands on the real disk

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use composelint::compose::{self, Loader};
use composelint::fix::{Fixed, fix};
use composelint::fs::{DirEntry, Fs, Metadata, OsFs};
use composelint::lint::{LoadOptions, Selection, Workspace};
use composelint::model;
use composelint::resolved::json;
use composelint::rules::Mode;
use composelint::source::{FileId, Sources};
use composelint::yaml;
use rayon::prelude::*;
use support::fixes::Fixing;

/// One in so many repositories is fixed in every run of the tests.
const SHARE: usize = 12;

/// The disk as if everything on it could be written, and nothing ever is.
struct Collection;

impl Fs for Collection {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        OsFs.read(path, limit)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        OsFs.read_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        Ok(Metadata { mode: Some(0o644), ..OsFs.metadata(path)? })
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        OsFs.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        OsFs.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        OsFs.canonicalize(path)
    }

    fn write_atomic(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
    }
}

/// The repositories: one in [`SHARE`], because fixing them all takes as long as all other tests; `FIX_ONLY=name,name` names others, and
/// `FIX_ONLY=all` means every one.
fn repositories() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(corpus) else {
        println!("skipped: there is no collection of real projects beside this checkout");
        return Vec::new();
    };
    let only = std::env::var_os("FIX_ONLY").map(|v| v.to_string_lossy().into_owned());
    let mut out: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir() && !p.ends_with("expected")).collect();
    out.sort();
    let mut number = 0;
    out.retain(|p| {
        number += 1;
        match only.as_deref() {
            None => number % SHARE == 0,
            Some("all") => true,
            Some(names) => names.split(',').any(|name| *name == *p.file_name().unwrap().to_string_lossy()),
        }
    });
    out.iter().map(|p| p.canonicalize().unwrap()).collect()
}

fn fixing(root: &Path) -> Fixing {
    Fixing {
        roots: vec![root.to_path_buf()],
        options: LoadOptions::default(),
        selection: Selection::new(Mode::Audit, &["all".into()], &[]).unwrap(),
        rule: None,
        mode: Mode::Audit,
        tracked: BTreeSet::new(),
    }
}

/// Every project below a root as JSON, by directory and files.
fn resolved(disk: &dyn Fs, root: &Path) -> BTreeMap<String, String> {
    let sources = Sources::new();
    let workspace = Workspace::load(disk, &sources, &[root.to_path_buf()], &LoadOptions::default());
    let loader = Loader::new(disk, &sources);
    let entries = &workspace.discovery.entries;
    entries
        .iter()
        .map(|entry| {
            let options = model::Options { profiles: model::Profiles::All, ..model::Options::default() };
            let project = model::build(compose::load(&loader, &entry.request()), &loader, &options);
            let mut json = json(&project, compose::Semantics::default());
            json.as_object_mut().unwrap().retain(|key, _| !key.starts_with("x-"));
            (format!("{:?}", (&entry.directory, &entry.files)), format!("{} {json}", project.name))
        })
        .collect()
}

/// What is wrong with what was fixed, safe or not.
fn faults(name: &str, fixed: &Fixed) -> Vec<String> {
    let mut wrong: Vec<String> = fixed
        .faults
        .iter()
        .filter(|f| f.ours)
        .map(|f| format!("{name}: {} at {}: `{}` was not made, because {}", f.rule, f.place.display(), f.title, f.why))
        .collect();
    wrong.extend(fixed.unsettled.iter().map(|rule| format!("{name}: the fixes of {rule} come to no end")));
    for file in &fixed.files {
        let errors = |text: &str| yaml::parse(FileId::NONE, text).errors.len();
        let is_yaml = file.path.extension().is_some_and(|e| e == "yml" || e == "yaml");
        if is_yaml && errors(&file.after) > errors(&file.before) {
            wrong.push(format!("{name}: {} is no YAML any more", file.path.display()));
        }
        if file.before.starts_with('\u{feff}') != file.after.starts_with('\u{feff}') {
            wrong.push(format!("{name}: {} lost its byte order mark", file.path.display()));
        }
        let unix = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
        if file.before.contains("\r\n") && unix(&file.before) == 0 && unix(&file.after) > 0 {
            wrong.push(format!("{name}: {} has line ends of two kinds", file.path.display()));
        }
    }
    wrong
}

fn over_all(check: impl Fn(&Path) -> Vec<String> + Sync) {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().unwrap();
    let wrong: Vec<String> = pool.install(|| repositories().par_iter().flat_map(|root| check(root)).collect());
    assert!(wrong.is_empty(), "{} mistakes:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn safe_fixes_leave_every_project_as_it_is() {
    over_all(|root| {
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        let judge = fixing(root);
        let fixed = fix(&Collection, &judge, false);
        let mut wrong = faults(&name, &fixed);
        println!("{name}: {} fixes in {} files, {} left", fixed.findings(), fixed.files.len(), fixed.faults.len());
        if fixed.files.is_empty() {
            return wrong;
        }
        let preview = fixed.preview(&Collection);
        let (before, after) = (resolved(&Collection, root), resolved(&*preview, root));
        for (project, json) in &before {
            if after.get(project) != Some(json) {
                wrong.push(format!("{name}: {project} is another project"));
            }
        }
        for file in fix(&*preview, &judge, false).files {
            wrong.push(format!("{name}: a second run changes {}", file.path.display()));
        }
        wrong
    });
}

#[test]
fn unsafe_fixes_leave_every_file_readable_and_come_to_an_end() {
    over_all(|root| {
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        let judge = fixing(root);
        let fixed = fix(&Collection, &judge, true);
        let mut wrong = faults(&name, &fixed);
        if !fixed.files.is_empty() {
            let preview = fixed.preview(&Collection);
            for file in fix(&*preview, &judge, true).files {
                wrong.push(format!("{name}: a second run changes {}", file.path.display()));
            }
        }
        wrong
    });
}
