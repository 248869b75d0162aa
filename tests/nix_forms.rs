//! Every form that a key of Compose has, as a module of NixOS: `testdata/nix/forms/<form>/` is a project of its own, and `modules.snap` beside
//! it is what becomes of it with docker, and what podman does differently.
//!
//! What each of them has in common with the form `plain` is left out of the snapshots.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // helpers of tests, not inside one

mod support {
    pub mod modules;
}

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use composelint::fs::MemFs;
use composelint::migrate::nix::Backend;
use composelint::migrate::nix::project::NixError;
use similar::{ChangeTag, TextDiff};
use support::modules::{BACKENDS, ROOT, line, make, options, reformatted, remarks, request, said, text, unparsable};

fn forms() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/nix/forms");
    let mut out: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    out.sort();
    out
}

fn name(form: &Path) -> String {
    form.file_name().unwrap().to_string_lossy().into_owned()
}

/// The files of a form, but for its snapshot.
fn disk(form: &Path) -> MemFs {
    fn add(disk: MemFs, directory: &Path, form: &Path) -> MemFs {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        entries.into_iter().fold(disk, |disk, path| match path.is_dir() {
            true => add(disk, &path, form),
            false if path.extension().is_some_and(|e| e == "snap" || e == "new") => disk,
            false => disk.file(Path::new(ROOT).join(path.strip_prefix(form).unwrap()), std::fs::read(&path).unwrap()),
        })
    }
    add(MemFs::new(), form, form)
}

/// What was made of a form with one engine.
struct Made {
    /// What had to be allowed first.
    refused: Vec<String>,
    /// The module; `None`: there is none.
    text: Option<String>,
    remarks: Vec<String>,
}

fn made(form: &Path, backend: Backend) -> Made {
    let disk = disk(form);
    let mut options = options(backend);
    let first = make(&disk, request(Path::new(ROOT)), &options);
    let refused = match &first {
        Err(NixError::Unmapped(remarks)) => remarks.iter().map(line).collect(),
        Err(error) => vec![said(error)],
        Ok(_) => Vec::new(),
    };
    options.allow_unmapped = vec!["all".into()];
    options.secrets_in_store = true;
    match first.or_else(|_| make(&disk, request(Path::new(ROOT)), &options)) {
        Ok(modules) => Made { refused, text: Some(text(&modules).to_owned()), remarks: remarks(&modules) },
        Err(error @ NixError::NotProved(_)) => panic!("{} with {backend}: {}", name(form), said(&error)),
        Err(_) => Made { refused, text: None, remarks: Vec::new() },
    }
}

/// The bindings of a module, each with the comments above it, and what is around them.
fn bindings(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let first = line.strip_prefix("  ").unwrap_or(line).chars().next();
        let begins = first.is_some_and(|c| c.is_ascii_alphabetic() || c == '#') || !line.starts_with(' ');
        match out.last_mut() {
            Some(last) if !begins || last.lines().all(|l| l.starts_with("  #")) => write!(last, "\n{line}").unwrap(),
            _ => out.push(line.to_owned()),
        }
    }
    out
}

/// The bindings of a module that are not in others, whatever the service is called.
fn new_in(text: &str, known: &[&str]) -> String {
    let services: BTreeSet<&str> = text.split("shop-").filter_map(|rest| rest.split_once("-1").map(|(name, _)| name)).collect();
    let as_service = |binding: &str, service: &str| {
        binding.replace("shop-web", &format!("shop-{service}")).replace("alias=web", &format!("alias={service}"))
    };
    let known: BTreeSet<String> =
        known.iter().flat_map(|text| bindings(text)).flat_map(|b| services.iter().map(move |s| as_service(&b, s))).collect();
    bindings(text).into_iter().filter(|b| !known.contains(b)).collect::<Vec<_>>().join("\n")
}

/// The lines of a text that differ from those of another one, each after the line before it.
fn changed(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(1).iter_hunks() {
        for change in hunk.iter_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            writeln!(out, "{sign}{}", change.value().trim_end()).unwrap();
        }
        out.push_str("…\n");
    }
    out
}

/// What docker's module would be if podman were only another name.
fn renamed(text: &str) -> String {
    let after = "    after = [\n      \"docker.service\"\n      \"docker.socket\"\n    ];\n";
    let text = text.replace(after, "").replace("\"docker-", "\"podman-").replace(".docker-", ".podman-");
    let text = text.replace("\"docker\"", "\"podman\"").replace("virtualisation.docker", "virtualisation.podman");
    // `name=shop_default,alias=web` is `shop_default:alias=web`.
    let (first, rest) = text.split_once("\"name=").unwrap_or((&text, ""));
    rest.split("\"name=").filter(|r| !r.is_empty()).fold(first.to_owned(), |text, rest| text + "\"" + &rest.replacen(',', ":", 1))
}

fn listed(title: &str, lines: &[String], out: &mut String) {
    if !lines.is_empty() {
        writeln!(out, "{title}").unwrap();
        for line in lines {
            writeln!(out, "  {line}").unwrap();
        }
    }
}

#[test]
fn every_form_becomes_what_it_asks_for() {
    // What is the same in every module, and in every one with a build.
    let made_all = |form: &str| BACKENDS.map(|backend| made(&forms().into_iter().find(|f| name(f) == form).unwrap(), backend));
    let (plain, build) = (made_all("plain"), made_all("build-short"));
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut unstable = Vec::new();
    for form in forms() {
        let name = name(&form);
        let made = BACKENDS.map(|backend| made(&form, backend));
        for (made, backend) in made.iter().zip(BACKENDS) {
            if let Some(text) = &made.text {
                unstable.extend(reformatted(text).map(|why| format!("{name} with {backend}: {why}")));
                texts.push((format!("{name} with {backend}"), text.clone()));
            }
        }
        let known: Vec<&[Made; 2]> = match name.as_str() {
            "plain" => Vec::new(),
            name if name.starts_with("build-") && name != "build-short" => vec![&plain, &build],
            _ => vec![&plain],
        };
        let own = |at: usize, with: &dyn Fn(&str) -> String| {
            let text = made[at].text.as_deref().map(with)?;
            let known: Vec<String> = known.iter().filter_map(|made| made[at].text.as_deref()).map(with).collect();
            Some(new_in(&text, &known.iter().map(String::as_str).collect::<Vec<_>>()))
        };
        let said = |at: usize| -> Vec<String> {
            let known: Vec<&String> = known.iter().flat_map(|made| &made[at].remarks).collect();
            made[at].remarks.iter().filter(|r| !known.contains(r)).cloned().collect()
        };
        let without = |all: &[String], known: &[String]| all.iter().filter(|r| !known.contains(r)).cloned().collect::<Vec<_>>();
        let mut out = String::from("docker\n");
        listed("refused:", &made[0].refused, &mut out);
        if let Some(text) = own(0, &str::to_owned) {
            writeln!(out, "{text}").unwrap();
        }
        listed("remarks:", &without(&said(0), &made[0].refused), &mut out);
        out.push_str("\npodman\n");
        listed("refused:", &without(&made[1].refused, &made[0].refused), &mut out);
        if let (Some(docker), Some(podman)) = (own(0, &renamed), own(1, &str::to_owned)) {
            out.push_str(&changed(&docker, &podman));
        }
        listed("remarks:", &without(&without(&said(1), &said(0)), &made[1].refused), &mut out);
        insta::with_settings!({snapshot_path => &form, prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("modules", out);
        });
    }
    assert!(unstable.is_empty(), "nixfmt would change\n{}", unstable.join("\n"));
    let wrong = unparsable(texts.iter().map(|(name, text)| (name.clone(), text.as_str())));
    assert!(wrong.is_empty(), "Nix cannot read\n{}", wrong.join("\n"));
}
