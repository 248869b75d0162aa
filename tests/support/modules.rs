//! What the tests of `migrate --to nix` share: a project as modules, and what other tools say of their text.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::disallowed_methods)] // each test file uses a part

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use composelint::compose::Request;
use composelint::fs::{Fs, MemFs};
use composelint::migrate::nix::layout::Layout;
use composelint::migrate::nix::project::{self, Host, Modules, NixError, Wanted};
use composelint::migrate::nix::{Backend, Class, Options, Remark, Style};
use composelint::source::Sources;

/// The directory of a project that is not on the disk; so its name is `shop`.
pub const ROOT: &str = "/srv/shop";

/// Both engines.
pub const BACKENDS: [Backend; 2] = [Backend::Docker, Backend::Podman];

/// The defaults, but for the question that podman asks of every project with volumes.
pub fn options(backend: Backend) -> Options {
    Options { accept_volume_move: true, ..Options::new(Style::Oci, backend) }
}

/// A project of files that are not on the disk.
pub fn disk(files: &[(&str, &str)]) -> MemFs {
    files.iter().fold(MemFs::new().directory(ROOT), |disk, (path, content)| disk.file(Path::new(ROOT).join(path), *content))
}

/// How the project in a directory is loaded.
pub fn request(directory: &Path) -> Request {
    Request { environment: BTreeMap::from([("HOME".to_owned(), "/home/ada".to_owned())]), ..Request::new(directory) }
}

/// Makes the modules of one project.
pub fn make(disk: &dyn Fs, request: Request, options: &Options) -> Result<Modules, NixError> {
    let directory = request.directory.clone();
    let host = Host { name: None, requests: vec![request] };
    let command = "migrate --to nix".to_owned();
    project::make(disk, &Sources::new(), &Wanted { hosts: vec![host], layout: Layout::Single, options, directory: &directory, command })
}

/// The one file of a project, without its head.
pub fn text(modules: &Modules) -> &str {
    let (_, text) = modules.files.first_key_value().unwrap();
    let at = text.find("# text sha256-").unwrap();
    text[at..].split_once('\n').unwrap().1
}

/// A Compose file as its module.
pub fn module(compose: &str, backend: Backend) -> String {
    module_of(&[("compose.yaml", compose)], &options(backend))
}

/// Files as their module.
pub fn module_of(files: &[(&str, &str)], options: &Options) -> String {
    let modules = make(&disk(files), request(Path::new(ROOT)), options).unwrap_or_else(|e| panic!("{}", said(&e)));
    text(&modules).to_owned()
}

/// `class path: message`.
pub fn line(remark: &Remark) -> String {
    let class = match remark.class {
        Class::Mapped => "mapped",
        Class::Different => "different",
        Class::Moved => "moved",
        Class::Inert => "inert",
        Class::Unmapped => "unmapped",
    };
    format!("{class} {}: {}", remark.path, remark.message)
}

/// All that there is to say of a project.
pub fn remarks(modules: &Modules) -> Vec<String> {
    modules.projects.iter().flat_map(|p| &p.remarks).map(line).collect()
}

/// Why nothing was made, with all of it.
pub fn said(error: &NixError) -> String {
    let more: Vec<String> = match error {
        NixError::Refused(problems) => problems.iter().map(|p| p.message.clone()).collect(),
        NixError::Unmapped(remarks) | NixError::Unwritable(remarks) => remarks.iter().map(line).collect(),
        NixError::NotProved(differences) => differences.iter().map(|d| format!("{}: {:?} != {:?}", d.path, d.before, d.after)).collect(),
        _ => Vec::new(),
    };
    std::iter::once(error.to_string()).chain(more).collect::<Vec<_>>().join("\n  ")
}

/// What nixfmt would change in a text; `None`: nothing.
pub fn reformatted(text: &str) -> Option<String> {
    match nixfmt_rs::format(text) {
        Ok(formatted) if formatted == text => None,
        Ok(formatted) => {
            let (line, (ours, theirs)) =
                text.lines().zip(formatted.lines()).enumerate().find(|(_, (a, b))| a != b).unwrap_or((0, ("", "another end")));
            Some(format!("line {}: {ours:?} would be {theirs:?}", line + 1))
        }
        Err(error) => Some(nixfmt_rs::format_error(text, None, &error)),
    }
}

/// What the parser of Nix refuses among texts with a name each; nothing, and it is said, where Nix is not there.
pub fn unparsable<'a>(texts: impl IntoIterator<Item = (String, &'a str)>) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for (name, text) in texts {
        let path = dir.path().join(format!("{}.nix", files.len()));
        std::fs::write(&path, text).unwrap();
        files.push((name, path));
    }
    let parse = |files: &[(String, PathBuf)]| {
        let mut command = Command::new("nix-instantiate");
        command.arg("--parse").args(files.iter().map(|(_, path)| path)).stdin(Stdio::null()).stdout(Stdio::null());
        // It wants to know where the store is, though it writes nothing.
        command.env("NIX_STORE_DIR", dir.path().join("store")).env("NIX_STATE_DIR", dir.path().join("state"));
        command.output()
    };
    let mut wrong = Vec::new();
    for some in files.chunks(200) {
        match parse(some) {
            Err(error) => {
                println!("skipped: nix-instantiate cannot be run: {error}");
                return Vec::new();
            }
            Ok(output) if output.status.success() => {}
            // One of them; which?
            Ok(_) => wrong.extend(some.iter().filter_map(|file| {
                let output = parse(std::slice::from_ref(file)).unwrap();
                (!output.status.success()).then(|| format!("{}: {}", file.0, String::from_utf8_lossy(&output.stderr)))
            })),
        }
    }
    wrong
}
