//! Moving a project to NixOS, proved: as a whole, and by stage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use composelint::compose::{self, Loader, Request};
use composelint::fs::MemFs;
use composelint::migrate::nix::header::Head;
use composelint::migrate::nix::layout::{self, Layout};
use composelint::migrate::nix::map::{self, Mapped};
use composelint::migrate::nix::normal::Stack;
use composelint::migrate::nix::oci::{self, Manner, Part};
use composelint::migrate::nix::project::{self, Host, Wanted};
use composelint::migrate::nix::wire::{self, Wiring};
use composelint::migrate::nix::{Backend, Options, Style, comments, engine, proof};
use composelint::model::{self, Project};
use composelint::nix::print;
use composelint::source::Sources;
use divan::Bencher;
use divan::counter::ItemsCount;

use super::generate;

/// Services in all.
const SIZES: [usize; 3] = [10, 69, 300];
const ROOT: &str = "/project";
const FILE: &str = "/project/compose.yaml";

fn disk(services: usize) -> MemFs {
    with(generate::usual(services))
}

fn with(text: String) -> MemFs {
    MemFs::new().file(FILE, text).file("/project/.env", "DOMAIN=example.org\n").file("/project/secrets/db.txt", "x\n")
}

fn options(style: Style, backend: Backend) -> Options {
    Options { accept_volume_move: true, ..Options::new(style, backend) }
}

fn make(bencher: Bencher<'_, '_>, services: usize, disk: &MemFs, style: Style, backend: Backend) {
    let options = options(style, backend);
    let wanted = Wanted {
        hosts: vec![Host { name: None, requests: vec![Request::new(ROOT)] }],
        layout: Layout::Single,
        options: &options,
        directory: Path::new(ROOT),
        command: "migrate --to nix".to_owned(),
    };
    bencher.counter(ItemsCount::new(services)).bench(|| match project::make(disk, &Sources::new(), &wanted) {
        Ok(made) => made,
        Err(error) => panic!("{error}: {error:?}"),
    });
}

/// From the disk to the texts of modules that are proved.
#[divan::bench(args = SIZES)]
fn oci_docker(bencher: Bencher<'_, '_>, services: usize) {
    make(bencher, services, &disk(services), Style::Oci, Backend::Docker);
}

/// The same for services with everything, twice as long as those of most projects.
#[divan::bench(args = SIZES)]
fn oci_docker_long(bencher: Bencher<'_, '_>, services: usize) {
    // Of five services one is the database of another.
    make(bencher, services, &with(generate::compose(services * 4 / 5)), Style::Oci, Backend::Docker);
}

#[divan::bench(args = SIZES)]
fn oci_podman(bencher: Bencher<'_, '_>, services: usize) {
    make(bencher, services, &disk(services), Style::Oci, Backend::Podman);
}

#[divan::bench(args = SIZES)]
fn compose_stack(bencher: Bencher<'_, '_>, services: usize) {
    make(bencher, services, &disk(services), Style::ComposeStack, Backend::Docker);
}

/// The stages of `oci_docker`.
#[divan::bench_group]
mod stage {
    #[allow(clippy::wildcard_imports)] // a part of the same bench
    use super::*;

    fn load(disk: &MemFs) -> Project {
        let sources = Sources::new();
        let loader = Loader::new(disk, &sources);
        model::build(compose::load(&loader, &Request::new(ROOT)), &loader, &model::Options::default())
    }

    fn map(project: &Project, disk: &MemFs) -> (Mapped, Wiring) {
        let options = options(Style::Oci, Backend::Docker);
        let wiring = wire::wire(project, disk, &options, &|_| Vec::new());
        let mut mapped = map::stack(project, &wiring, &options);
        mapped.stack.containers.values_mut().for_each(|container| engine::settle(container, options.backend));
        (mapped, wiring)
    }

    fn parts(project: &Project, mapped: &Mapped) -> Vec<Part> {
        oci::parts(project, mapped, Manner { backend: Backend::Docker, prefix: None }).unwrap_or_default()
    }

    fn files(project: &Project, parts: Vec<Part>) -> (layout::Files, PathBuf) {
        let stack = layout::Stack { name: project.name.clone(), parts, backend: Backend::Docker, options: None };
        layout::files(vec![stack], Layout::Single, None)
    }

    fn texts(files: &layout::Files) -> BTreeMap<PathBuf, String> {
        files.iter().map(|(path, file)| (path.clone(), Head::default().with(&print(file)))).collect()
    }

    /// What comes out of the stages up to the text.
    fn written(services: usize) -> (Stack, BTreeMap<PathBuf, String>, PathBuf) {
        let disk = disk(services);
        let project = load(&disk);
        let mapped = map(&project, &disk).0;
        let (files, root) = files(&project, parts(&project, &mapped));
        (mapped.stack, texts(&files), root)
    }

    #[divan::bench(args = SIZES)]
    fn a_load(bencher: Bencher<'_, '_>, services: usize) {
        let disk = disk(services);
        bencher.bench(|| load(&disk));
    }

    #[divan::bench(args = SIZES)]
    fn b_map(bencher: Bencher<'_, '_>, services: usize) {
        let disk = disk(services);
        let project = load(&disk);
        bencher.bench_local(|| map(&project, &disk));
    }

    #[divan::bench(args = SIZES)]
    fn c_write(bencher: Bencher<'_, '_>, services: usize) {
        let disk = disk(services);
        let project = load(&disk);
        let mapped = map(&project, &disk).0;
        bencher.bench_local(|| files(&project, parts(&project, &mapped)));
    }

    #[divan::bench(args = SIZES)]
    fn d_comments(bencher: Bencher<'_, '_>, services: usize) {
        let (disk, sources) = (disk(services), Sources::new());
        let loader = Loader::new(&disk, &sources);
        let read = compose::load(&loader, &Request::new(ROOT));
        let whole = read.tree.clone();
        let project = model::build(read, &loader, &model::Options::default());
        let parts = parts(&project, &map(&project, &disk).0);
        let id = sources.find(Path::new(FILE)).unwrap_or_else(|| panic!("no {FILE}"));
        let tree = loader.tree(id).unwrap_or_else(|| panic!("no tree"));
        bencher.with_inputs(|| parts.clone()).bench_local_values(|mut parts| {
            let found = comments::of_files(&[(id, &tree)], &whole, &sources, &|_| FILE.to_owned());
            (comments::place(&found, &mut parts), parts)
        });
    }

    #[divan::bench(args = SIZES)]
    fn e_print(bencher: Bencher<'_, '_>, services: usize) {
        let disk = disk(services);
        let project = load(&disk);
        let mapped = map(&project, &disk).0;
        let files = files(&project, parts(&project, &mapped)).0;
        bencher.bench_local(|| texts(&files));
    }

    #[divan::bench(args = SIZES)]
    fn f_prove(bencher: Bencher<'_, '_>, services: usize) {
        let (expected, texts, root) = written(services);
        bencher.bench_local(|| proof::prove(&texts, &root, &expected, Backend::Docker).is_ok());
    }
}
