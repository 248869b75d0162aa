//! Benchmarks of the pipeline, over generated projects.
#![allow(clippy::panic, clippy::disallowed_methods)] // a bench stands on the real disk

mod generate;
mod nix;

use composelint::compose::{self, Loader, Request};
use composelint::fs::{MemFs, OsFs};
use composelint::host::HostFacts;
use composelint::lint::{LoadOptions, Selection, Workspace};
use composelint::model;
use composelint::rules::Mode;
use composelint::source::{FileId, Sources};
use divan::Bencher;
use divan::counter::BytesCount;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 50, 1000])]
fn parse(bencher: Bencher<'_, '_>, services: usize) {
    let text = generate::compose(services);
    bencher.counter(BytesCount::of_str(&text)).bench(|| composelint::yaml::parse(FileId::NONE, divan::black_box(&text)));
}

/// From the disk to the typed project: files, variables, merging, schema, consistency.
#[divan::bench(args = [1, 50, 1000])]
fn resolve(bencher: Bencher<'_, '_>, services: usize) {
    let fs = MemFs::new().file("/project/compose.yaml", generate::compose(services)).file("/project/.env", "DOMAIN=example.org\n");
    bencher.bench(|| {
        let sources = Sources::new();
        let loader = Loader::new(&fs, &sources);
        model::build(compose::load(&loader, &Request::new("/project")), &loader, &model::Options::default())
    });
}

/// From the disk to the findings: stacks of eight services, each in its directory.
#[divan::bench(args = [1, 50, 1000], sample_count = 5)]
fn check(bencher: Bencher<'_, '_>, stacks: usize) {
    let tree = tree(stacks).unwrap_or_else(|error| panic!("the tree cannot be written: {error}"));
    let fs = OsFs;
    let root = tree.path().to_path_buf();
    let selection = Selection::new(Mode::Check, &[], &[]).unwrap_or_else(|error| panic!("{error}"));
    bencher.bench_local(|| {
        let sources = Sources::new();
        let workspace = Workspace::load(&fs, &sources, std::slice::from_ref(&root), &LoadOptions::default());
        workspace.lint(&HostFacts::new(&fs), Mode::Check, &selection).len()
    });
}

/// The tree is gone when the value is.
fn tree(stacks: usize) -> std::io::Result<tempfile::TempDir> {
    let tree = tempfile::tempdir()?;
    for number in 0..stacks {
        let directory = tree.path().join(format!("stack{number}"));
        std::fs::create_dir(&directory)?;
        std::fs::write(directory.join("compose.yaml"), generate::compose(8))?;
        std::fs::write(directory.join(".env"), "DOMAIN=example.org\n")?;
    }
    Ok(tree)
}
