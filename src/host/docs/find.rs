//! Which files are documents: those that a pattern names, and those that lie where the stacks are.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;

use super::is_document;
use crate::discover;
use crate::fs::{self, FileType, Fs};

/// Documents that are found without being asked for.
const DOCUMENTS: usize = 500;

/// The documents where the stacks are, sorted: those that lie in the directories themselves, and below the `also` directories what is in a
/// directory `docs` or is called `RUNBOOK…`. `aside` is what is not looked into.
pub fn near(disk: &dyn Fs, directories: &BTreeSet<PathBuf>, also: &[PathBuf], aside: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut out: BTreeSet<PathBuf> = BTreeSet::new();
    for directory in directories.iter().filter(|d| !aside(d)) {
        let entries = disk.read_dir(directory).unwrap_or_default();
        out.extend(
            entries.into_iter().filter(|e| e.file_type == FileType::File && !aside(&e.path)).map(|e| e.path).filter(|p| is_document(p)),
        );
    }
    for directory in also {
        let (files, _) = discover::files(directory, disk, aside);
        out.extend(files.into_iter().filter(|p| is_document(p) && (is_runbook(p) || is_in_docs(p))));
    }
    out.into_iter().filter(|path| disk.metadata(path).is_ok_and(|m| m.len <= discover::FILE)).take(DOCUMENTS).collect()
}

fn is_runbook(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.to_string_lossy().to_lowercase().starts_with("runbook"))
}

fn is_in_docs(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|n| n == "docs" || n == "doc")
}

/// The files that a pattern means, seen from a directory, sorted: a file, the documents below a directory, or what a pattern as in a
/// `.gitignore` matches. Errors: why the text is no pattern, as a sentence without a full stop.
pub fn matching(disk: &dyn Fs, directory: &Path, pattern: &str, aside: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, String> {
    let plain = fs::join(directory, Path::new(pattern));
    if disk.is_file(&plain) {
        return Ok(vec![plain]);
    }
    if disk.is_dir(&plain) {
        return Ok(discover::files(&plain, disk, aside).0.into_iter().filter(|p| is_document(p)).collect());
    }
    // What comes before the first sign of a pattern is where to start: it may be anywhere, also above.
    let special = |part: &Component| part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '!', '\\']);
    let parts: Vec<Component> = Path::new(pattern).components().collect();
    let split = parts.iter().position(special).unwrap_or(parts.len());
    let (before, behind) = parts.split_at_checked(split).unwrap_or((&parts, &[]));
    let start = fs::join(directory, &before.iter().collect::<PathBuf>());
    let behind: PathBuf = behind.iter().collect();
    if behind.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    // A slash binds the pattern to where it starts; without one, it matches at any depth.
    let bound = pattern.contains('/');
    let mut builder = GitignoreBuilder::new("");
    let line = format!("{}{}", if bound { "/" } else { "" }, behind.display());
    let pattern = builder.add_line(None, &line).and_then(|b| b.build()).map_err(|error| match error {
        ignore::Error::Glob { err, .. } => err,
        other => other.to_string(),
    })?;
    let (files, _) = discover::files(&start, disk, aside);
    let is_meant = |path: &PathBuf| path.strip_prefix(&start).is_ok_and(|below| pattern.matched(below, false).is_ignore());
    Ok(files.into_iter().filter(is_meant).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::MemFs;

    fn disk() -> MemFs {
        let files =
            ["README.md", "a/README.md", "a/notes.txt", "a/data/x.md", "docs/a/b.md", "docs/c.md", "docs/d.txt", "a/go.sh", "justfile"];
        let more = ["infra/docs/x.md", "infra/RUNBOOK-nas.md", "infra/other.md", "infra/nas/docs/y.md", "a/node_modules/z.md"];
        files.iter().chain(&more).fold(MemFs::new(), |disk, file| disk.file(format!("/srv/{file}"), "text"))
    }

    fn shown(found: &[PathBuf]) -> Vec<&str> {
        found.iter().map(|p| p.strip_prefix("/srv").unwrap().to_str().unwrap()).collect()
    }

    #[test]
    fn patterns_files_and_directories() {
        let disk = disk();
        let aside = |path: &Path| path.ends_with("data");
        for (pattern, wanted) in [
            ("docs/**/*.md", &["docs/a/b.md", "docs/c.md"][..]),
            ("docs/*.md", &["docs/c.md"]),
            ("docs/d.txt", &["docs/d.txt"]),
            ("docs", &["docs/a/b.md", "docs/c.md"]),
            ("../srv/docs/c.md", &["docs/c.md"]),
            ("/srv/a/*.md", &["a/README.md"]),
            ("./docs/c*", &["docs/c.md"]),
            ("README.*", &["README.md", "a/README.md"]),
            ("nothing/*.md", &[]),
            ("nothing.md", &[]),
        ] {
            let found = matching(&disk, Path::new("/srv"), pattern, &aside).unwrap();
            assert_eq!(shown(&found), wanted, "{pattern}");
        }
        assert!(matching(&disk, Path::new("/srv"), "docs/[z-a]", &aside).is_err());
    }

    #[test]
    fn what_lies_where_the_stacks_are() {
        let disk = disk();
        let directories = BTreeSet::from([PathBuf::from("/srv"), PathBuf::from("/srv/a"), PathBuf::from("/srv/none")]);
        let found = near(&disk, &directories, &[PathBuf::from("/srv/infra")], &|path| path.ends_with("data"));
        assert_eq!(
            shown(&found),
            ["README.md", "a/README.md", "a/go.sh", "infra/RUNBOOK-nas.md", "infra/docs/x.md", "infra/nas/docs/y.md", "justfile"]
        );
    }
}
