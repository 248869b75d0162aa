use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{Discovery, Kind, NotCompose, Reached, Reason, Stated, Wishes, discover, discover_as};
use crate::compose::Loader;
use crate::fs::{Fs, MemFs};
use crate::source::{Sources, Span};

const WEB: &str = "services: {web: {image: nginx, restart: always, ports: ['80:80']}}\n";

fn find(fs: &dyn Fs, roots: &[&str]) -> Discovery {
    let sources = Sources::new();
    discover(&Loader::new(fs, &sources), &roots.iter().map(PathBuf::from).collect::<Vec<_>>())
}

/// The whole result, one line each.
fn text(found: &Discovery) -> String {
    let mut out = String::new();
    let names = |files: &[PathBuf]| files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(" ");
    for e in &found.entries {
        let kind = match &e.kind {
            Kind::Default => "default",
            Kind::ComposeFile(_) => "COMPOSE_FILE",
            Kind::Variant { .. } => "variant",
            Kind::Single => "single",
            Kind::Stated(_) => "stated",
        };
        let reached = match &e.reached {
            Reached::Real => String::new(),
            Reached::FileLink { to } => format!(", a link to {}", to.display()),
            Reached::DirectoryLink { at, to } => format!(", through {} to {}", at.display(), to.display()),
        };
        let aliases = if e.aliases.is_empty() { String::new() } else { format!(", also {}", names(&e.aliases)) };
        let _ = writeln!(out, "{kind}: {} in {}{reached}{aliases}", names(&e.files), e.directory.display());
    }
    for f in &found.fragments {
        let _ = writeln!(out, "fragment: {} of {}", f.path.display(), f.by.display());
    }
    for s in &found.skipped {
        let _ = writeln!(out, "skipped: {}: {}", s.path.display(), s.reason);
    }
    out
}

fn shown(fs: &dyn Fs, roots: &[&str]) -> String {
    text(&find(fs, roots))
}

#[test]
fn default_files_are_taken_as_compose_takes_them() {
    let fs = MemFs::new()
        .file("/s/a/compose.yml", WEB)
        .file("/s/a/docker-compose.yml", WEB)
        .file("/s/a/docker-compose.override.yml", "services: {web: {restart: always}}")
        .file("/s/a/compose.override.yaml", "services: {web: {restart: always}}")
        .file("/s/b/docker-compose.yaml", WEB);
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/a/compose.yml /s/a/compose.override.yaml in /s/a
    default: /s/b/docker-compose.yaml in /s/b
    skipped: /s/a/docker-compose.override.yml: Compose loads `compose.override.yaml` instead
    skipped: /s/a/docker-compose.yml: Compose loads `compose.yml` instead
    ");
}

#[test]
fn compose_file_in_the_env_file_names_the_files() {
    let fs = MemFs::new()
        .file("/s/compose.yaml", WEB)
        .file("/s/base.yml", WEB)
        .file("/s/more/top.yml", "services: {web: {restart: always}}")
        .file("/s/.env", "# files\nTAG=1\nexport COMPOSE_FILE='base.yml;more/top.yml'\nCOMPOSE_PATH_SEPARATOR=;\n");
    let sources = Sources::new();
    let found = discover(&Loader::new(&fs, &sources), &["/s".into()]);
    insta::assert_snapshot!(text(&found), @r"
    COMPOSE_FILE: /s/base.yml /s/more/top.yml in /s
    skipped: /s/compose.yaml: Compose loads `base.yml` instead
    ");
    let Kind::ComposeFile(line) = found.entries[0].kind else { panic!() };
    assert_eq!(sources.get(line.file).slice(line), "export COMPOSE_FILE='base.yml;more/top.yml'");
    assert!(found.entries[0].request().files.is_empty(), "Compose is to find COMPOSE_FILE itself");
}

#[test]
fn what_is_no_compose_file_is_passed_over_whatever_its_name() {
    let fs = MemFs::new()
        .file("/s/.github/workflows/docker-compose.yml", "on: push\njobs: {test: {services: {db: {image: x}}}}")
        .file("/s/ansible/docker-compose.yml", "- hosts: all\n  tasks: []\n")
        .file("/s/k8s/compose.yaml", "apiVersion: v1\nkind: Service\n")
        .file("/s/jinja/compose.yaml", "services:\n{% for s in all %}\n  {{ s }}: {}\n{% endfor %}\n")
        .file("/s/curly/compose.yaml", "services:\n  {{ name }}:\n    image: x\n")
        .file("/s/comments/compose.extras.yaml", "# services:\n#   later:\n")
        .file("/s/list/my-compose.yml", "- a\n")
        .file("/s/vars/compose.vars.yml", "retries: 3\n")
        .file("/s/real/compose.yaml", "services: {web: {image: x, logging: {options: {tag: '{{.Name}}'}}}}")
        .file("/s/template/docker-compose.yml.j2", "services: {{ all }}")
        .file("/s/example/docker-compose.yml.example", WEB);
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/real/compose.yaml in /s/real
    skipped: /s/.github/workflows/docker-compose.yml: a CI workflow
    skipped: /s/ansible/docker-compose.yml: an Ansible playbook
    skipped: /s/comments/compose.extras.yaml: nothing but comments
    skipped: /s/curly/compose.yaml: a template
    skipped: /s/example/docker-compose.yml.example: an example
    skipped: /s/jinja/compose.yaml: a template
    skipped: /s/k8s/compose.yaml: a Kubernetes manifest
    skipped: /s/list/my-compose.yml: a list, not a Compose file
    skipped: /s/template/docker-compose.yml.j2: a template
    skipped: /s/vars/compose.vars.yml: no Compose file: it has no `services`
    ");
}

#[test]
fn a_default_file_that_went_wrong_is_a_project_all_the_same() {
    let fs = MemFs::new()
        .file("/s/tab/compose.yml", "services:\n  a:\n    image: a\n\tports: []\n")
        .file("/s/quoted/compose.yml", "services:\n  a:\n    logging: {options: {tag: \"{{.Name}}\"}}\n\tports: []\n")
        .file("/s/typo/compose.yml", "service: {a: {}}\n")
        .file("/s/first/compose.yml", "web: {image: nginx}\n")
        .file("/s/bytes/compose.yml", [0xff, 0x00, 0xfe].as_slice())
        .file("/s/other/docker-compose.prod.yml", "services:\n  a:\n\tports: []\n")
        .file("/s/other/my-compose-notes.yml", "see also: [what\n");
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/bytes/compose.yml in /s/bytes
    default: /s/first/compose.yml in /s/first
    single: /s/other/docker-compose.prod.yml in /s/other
    default: /s/quoted/compose.yml in /s/quoted
    default: /s/tab/compose.yml in /s/tab
    default: /s/typo/compose.yml in /s/typo
    skipped: /s/other/my-compose-notes.yml: not YAML, and not like a Compose file
    ");
}

#[test]
fn variants_go_on_the_base_and_singles_stand_alone() {
    let base = "services:\n  web: {image: a, restart: always, ports: ['1:1'], networks: [in]}\n  db: {image: b}\nnetworks: {in: }\n";
    let fs = MemFs::new()
        .file("/s/docker-compose.yml", base)
        .file("/s/docker-compose.override.yml", "services: {web: {ports: ['2:1']}}")
        .file("/s/docker-compose.prod.yml", "services: {web: {restart: always}, db: {restart: always}}")
        .file("/s/docker-compose.dev.yml", "services: {web: {build: .}}")
        .file("/s/docker-compose.tools.yml", "services: {adminer: {image: adminer, depends_on: [db]}}")
        .file("/s/docker-compose.net.yml", "networks: {in: {driver: bridge}}")
        .file("/s/docker-compose.ci.yml", "services: {test: {image: t}}")
        .file("/s/docker-compose.stray.yml", "services: {elsewhere: {restart: always}}");
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/docker-compose.yml /s/docker-compose.override.yml in /s
    single: /s/docker-compose.ci.yml in /s
    variant: /s/docker-compose.yml /s/docker-compose.dev.yml in /s
    variant: /s/docker-compose.yml /s/docker-compose.net.yml in /s
    variant: /s/docker-compose.yml /s/docker-compose.prod.yml in /s
    variant: /s/docker-compose.yml /s/docker-compose.tools.yml in /s
    skipped: /s/docker-compose.stray.yml: an overlay without a base, or a fragment that nothing includes
    ");
}

#[test]
fn overlays_without_a_base_and_retired_copies_are_passed_over() {
    let fs = MemFs::new()
        .file("/s/a/docker-compose.override.yml", "services: {web: {restart: always}}")
        .file("/s/b/compose.override.yml", WEB)
        .file("/s/c/compose.yml", WEB)
        .file("/s/c/compose.old.yml", WEB)
        .file("/s/c/compose.yml.RETIRED", WEB)
        .file("/s/c/compose.yml~", WEB)
        .file("/s/c/compose.example.yml", WEB);
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    single: /s/b/compose.override.yml in /s/b
    default: /s/c/compose.yml in /s/c
    skipped: /s/a/docker-compose.override.yml: an overlay without a base, or a fragment that nothing includes
    skipped: /s/c/compose.example.yml: an example
    skipped: /s/c/compose.old.yml: a retired copy
    skipped: /s/c/compose.yml.RETIRED: a retired copy
    skipped: /s/c/compose.yml~: a retired copy
    ");
}

#[test]
fn what_others_include_is_a_fragment() {
    let fs = MemFs::new()
        .file("/s/compose.yaml", "include: [a/compose.yaml, {path: [b/part.yml, b/missing.yml]}, 'https://example.org/x.git']\n")
        .file("/s/a/compose.yaml", WEB)
        .file("/s/a/compose.override.yaml", WEB)
        .file("/s/b/part.yml", "services: {x: {extends: {file: ../common/docker-compose.common.yml, service: base}}}")
        .file("/s/common/docker-compose.common.yml", "services: {base: {restart: always}}")
        .file("/s/c/docker-compose.yml", "services: {lent: {image: x}}")
        .file("/s/d/compose.yaml", "services: {d: {extends: {file: ../c/docker-compose.yml, service: lent}}}");
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/compose.yaml in /s
    default: /s/c/docker-compose.yml in /s/c
    default: /s/d/compose.yaml in /s/d
    fragment: /s/a/compose.yaml of /s/compose.yaml
    fragment: /s/b/part.yml of /s/compose.yaml
    fragment: /s/common/docker-compose.common.yml of /s/b/part.yml
    skipped: /s/a/compose.override.yaml: not loaded, because the file that it overrides is only included
    ");
}

#[test]
fn files_that_include_each_other_still_make_one_project() {
    let fs = MemFs::new()
        .file("/s/a/compose.yaml", "include: [../b/compose.yaml]\n")
        .file("/s/b/compose.yaml", "include: [../a/compose.yaml]\n")
        .file("/s/self/compose.yaml", "include: [compose.yaml]\n");
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/a/compose.yaml in /s/a
    default: /s/self/compose.yaml in /s/self
    fragment: /s/b/compose.yaml of /s/a/compose.yaml
    ");
}

#[test]
fn data_of_a_service_is_not_entered() {
    let body = "x: &v {volumes: ['./merged:/m']}\nservices:\n  app:\n    <<: *v\n    image: x\n  db:\n    image: x\n    volumes:\n    \
                - ./short:/data\n    - ./read:/r:ro\n    - ${DIR:-./default}:/d\n    - {type: bind, source: ./long, target: /l}\n    \
                - .:/src\n    - ./deep/er:/e\n    - /elsewhere:/x\n";
    let mut fs = MemFs::new().file("/s/compose.yml", body).file("/elsewhere/compose.yml", WEB);
    for dir in ["merged", "short", "read", "default", "long", "deep/er", "deep/other"] {
        fs = fs.file(format!("/s/{dir}/compose.yml"), WEB);
    }
    insta::assert_snapshot!(shown(&fs, &["/s", "/elsewhere"]), @r"
    default: /elsewhere/compose.yml in /elsewhere
    default: /s/compose.yml in /s
    default: /s/deep/other/compose.yml in /s/deep/other
    default: /s/read/compose.yml in /s/read
    skipped: /s/deep/er: data of service `db`
    skipped: /s/default: data of service `db`
    skipped: /s/long: data of service `db`
    skipped: /s/merged: data of service `app`
    skipped: /s/short: data of service `db`
    ");
    // Whoever names it gets it.
    assert_eq!(find(&fs, &["/s/short"]).entries.len(), 1);
}

#[test]
fn directories_of_tools_are_not_entered() {
    let fs = MemFs::new()
        .file("/s/.git/compose.yml", WEB)
        .file("/s/node_modules/x/compose.yml", WEB)
        .file("/s/build/CACHEDIR.TAG", "")
        .file("/s/build/compose.yml", WEB)
        .file("/s/go/vendor/modules.txt", "")
        .file("/s/go/vendor/compose.yml", WEB)
        .file("/s/vendor/compose.yml", WEB)
        .file("/s/.hidden/compose.yml", WEB);
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/.hidden/compose.yml in /s/.hidden
    default: /s/vendor/compose.yml in /s/vendor
    skipped: /s/build: a cache
    skipped: /s/go/vendor: other people's packages
    skipped: /s/node_modules: other people's packages
    ");
}

#[test]
fn links_are_followed_once() {
    let fs = MemFs::new()
        .file("/real/paperless/compose.yml", WEB)
        .file("/real/immich/docker-compose.yml", WEB)
        .file("/s/web/compose.yml", WEB)
        .link("/s/docs", "../real/paperless")
        .link("/s/immich/docker-compose.yml", "../../real/immich/docker-compose.yml")
        .link("/s/www", "web")
        .link("/s/gone", "../nowhere")
        .link("/s/loop", ".")
        .link("/s/up", "/")
        .link("/s/circle", "circle");
    insta::assert_snapshot!(shown(&fs, &["/s"]), @r"
    default: /s/docs/compose.yml in /s/docs, through /s/docs to /real/paperless
    default: /s/immich/docker-compose.yml in /s/immich, a link to /real/immich/docker-compose.yml
    default: /s/web/compose.yml in /s/web, also /s/www
    skipped: /s/circle: a link to `circle`, which leads nowhere
    skipped: /s/gone: a link to `../nowhere`, which leads nowhere
    skipped: /s/loop: a link back to `/s`
    skipped: /s/up: a link back to `/`
    ");
    // Both under the roots: the real directory has the word, the link is another way to it.
    insta::assert_snapshot!(shown(&fs, &["/s", "/real", "/s/web"]), @"
    default: /real/paperless/compose.yml in /real/paperless, also /s/docs
    default: /s/immich/docker-compose.yml in /s/immich, a link to /real/immich/docker-compose.yml
    default: /s/web/compose.yml in /s/web, also /s/www
    skipped: /real/immich/docker-compose.yml: kept here, started through the link `/s/immich/docker-compose.yml`
    skipped: /s/circle: a link to `circle`, which leads nowhere
    skipped: /s/gone: a link to `../nowhere`, which leads nowhere
    skipped: /s/loop: a link back to `/s`
    skipped: /s/up: a link back to `/`
    ");
}

#[test]
fn a_file_that_is_named_is_that_file() {
    let fs = MemFs::new()
        .file("/s/compose.yml", "include: [part.yml]\nservices: {web: {image: x}}")
        .file("/s/compose.override.yml", "services: {web: {restart: always}}")
        .file("/s/compose.prod.yml", "services: {web: {restart: always}}")
        .file("/s/part.yml", WEB)
        .file("/s/compose.old.yml", WEB)
        .file("/s/ci.yml", "on: push\njobs: {}");
    for (root, wanted) in [
        ("/s/compose.yml", "single: /s/compose.yml in /s\nfragment: /s/part.yml of /s/compose.yml\n"),
        ("/s/compose.override.yml", "default: /s/compose.yml /s/compose.override.yml in /s\nfragment: /s/part.yml of /s/compose.yml\n"),
        ("/s/compose.prod.yml", "variant: /s/compose.yml /s/compose.prod.yml in /s\nfragment: /s/part.yml of /s/compose.yml\n"),
        ("/s/part.yml", "single: /s/part.yml in /s\n"),
        ("/s/compose.old.yml", "single: /s/compose.old.yml in /s\n"),
        ("/s/ci.yml", "skipped: /s/ci.yml: a CI workflow\n"),
        ("/s/none.yml", "skipped: /s/none.yml: it cannot be read: there is no such file or directory\n"),
    ] {
        assert_eq!(shown(&fs, &[root]), wanted, "{root}");
    }
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let mut fs = MemFs::new();
    for i in 0..300 {
        fs = fs
            .file(format!("/s/{}/{i}/compose.yml", i % 7), WEB)
            .link(format!("/s/link{i}"), format!("{}/{}", (i + 1) % 7, (i * 31) % 300));
    }
    let run = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| find(&fs, &["/s"]));
    let one = run(1);
    assert_eq!(one.entries.len(), 300);
    assert_eq!(one, run(8));
}

#[test]
fn an_unreadable_directory_is_said_and_the_rest_goes_on() {
    struct Locked(MemFs);
    impl Fs for Locked {
        fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
            self.0.read(path, limit)
        }
        fn read_dir(&self, path: &Path) -> std::io::Result<Vec<crate::fs::DirEntry>> {
            if path.ends_with("locked") { Err(std::io::ErrorKind::PermissionDenied.into()) } else { self.0.read_dir(path) }
        }
        fn metadata(&self, path: &Path) -> std::io::Result<crate::fs::Metadata> {
            self.0.metadata(path)
        }
        fn symlink_metadata(&self, path: &Path) -> std::io::Result<crate::fs::Metadata> {
            self.0.symlink_metadata(path)
        }
        fn read_link(&self, path: &Path) -> std::io::Result<PathBuf> {
            self.0.read_link(path)
        }
        fn canonicalize(&self, path: &Path) -> std::io::Result<PathBuf> {
            self.0.canonicalize(path)
        }
        fn write_atomic(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
            self.0.write_atomic(path, bytes)
        }
    }
    let fs = Locked(MemFs::new().file("/s/locked/compose.yml", WEB).file("/s/open/compose.yml", WEB));
    let found = find(&fs, &["/s"]);
    assert_eq!(found.entries.len(), 1);
    assert_eq!(found.skipped[0].reason, Reason::Unreadable("it cannot be read: this user may not".into()));
    assert_ne!(found.skipped[0].reason, Reason::NotCompose(NotCompose::List));
}

#[test]
fn the_file_behind_a_link_is_no_project_of_its_own() {
    let fs = MemFs::new()
        .file("/home/infra/photos/compose.yaml", "services: {web: {image: nginx}}")
        .link("/home/docker/photos/compose.yaml", "/home/infra/photos/compose.yaml");
    let found = find(&fs, &["/home"]);
    let directories: Vec<_> = found.entries.iter().map(|e| e.directory.display().to_string()).collect();
    assert_eq!(directories, ["/home/docker/photos"]);
    assert_eq!(
        found.skipped.iter().map(|s| format!("{}: {}", s.path.display(), s.reason)).collect::<Vec<_>>(),
        ["/home/infra/photos/compose.yaml: kept here, started through the link `/home/docker/photos/compose.yaml`"]
    );
    // Asked for by itself, it is judged.
    assert_eq!(find(&fs, &["/home/infra"]).entries.len(), 1);
}

#[test]
fn stated_projects_take_their_files_from_what_else_would_be_made_of_them() {
    let fs = MemFs::new()
        .file("/p/compose.yaml", "services: {web: {image: nginx}}")
        .file("/p/compose.override.yaml", "services: {web: {tty: true}}")
        .file("/p/compose.prod.yaml", "services: {web: {restart: always}}")
        .file("/p/compose.other.yaml", "services: {web: {init: true}}")
        .file("/q/compose.yaml", "services: {web: {image: nginx}}");
    let sources = Sources::new();
    let at = Span::file_start(crate::source::FileId::NONE);
    let stated = |directory: &str, files: &[&str]| Stated {
        at,
        directory: directory.into(),
        files: files.iter().map(|f| (f.into(), at)).collect(),
        profiles: Vec::new(),
        env_files: Vec::new(),
        name: Some("shop".into()),
        environment: None,
    };
    let projects = [stated("/p", &["/p/compose.yaml", "/p/compose.prod.yaml"]), stated("/q", &[])];
    let wishes = Wishes { projects: &projects, ..Wishes::NONE };
    let found = discover_as(&Loader::new(&fs, &sources), &["/p".into()], &wishes);
    assert_eq!(
        text(&found),
        "variant: /p/compose.yaml /p/compose.other.yaml in /p\n\
         stated: /p/compose.yaml /p/compose.prod.yaml in /p\n\
         skipped: /p/compose.override.yaml: none of the files that the configuration states for this project\n"
    );
    let request = found.entries[1].request();
    assert_eq!((request.files.len(), request.project_name.as_deref()), (2, Some("shop")));
}
