use std::process::Command;

use super::*;
use crate::fs::{MemFs, OsFs};

/// Runs git in a directory, cut off from the configuration of whoever runs the tests. `None`: there is no git here.
fn git(directory: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    let command = command.current_dir(directory).args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]);
    let command = command.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]);
    let command = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
        }
        Err(error) => {
            println!("skipped: git cannot be run ({error})");
            None
        }
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(&path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes())).unwrap();
}

/// A history of a long file with a small change each, so that git makes deltas of it.
fn history(root: &Path, commits: usize) -> Option<()> {
    git(root, &["init", "-q"])?;
    for number in 0..commits {
        let lines: Vec<String> = (0..400).map(|i| format!("line {i} of {}", if i == number { number } else { 0 })).collect();
        let lines = lines.join("\n");
        write(root, "deep/down/long.txt", &lines);
        write(root, &format!("many/file{number}"), &number.to_string());
        git(root, &["add", "-A"])?;
        git(root, &["commit", "-q", "-m", &format!("number {number}")])?;
    }
    git(root, &["tag", "light", "HEAD~3"])?;
    git(root, &["tag", "-a", "heavy", "-m", "an annotated tag", "HEAD~2"])?;
    git(root, &["tag", "-a", "heavier", "-m", "a tag of a tag", "heavy"])?;
    git(root, &["checkout", "-q", "-b", "feature/x", "HEAD~4"])?;
    write(root, "side", "x");
    git(root, &["add", "-A"])?;
    git(root, &["commit", "-q", "-m", "side"])?;
    git(root, &["checkout", "-q", "main"])?;
    git(root, &["merge", "-q", "--no-ff", "-m", "merge", "feature/x"])?;
    git(root, &["update-ref", "refs/remotes/origin/main", "HEAD~1"])?;
    git(root, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"])?;
    Some(())
}

const REVISIONS: &[&str] = &[
    "HEAD",
    "@",
    "HEAD~1",
    "HEAD~3",
    "HEAD^",
    "HEAD^2",
    "HEAD^2~1",
    "HEAD^^",
    "HEAD~2^1",
    "HEAD^0",
    "main",
    "feature/x",
    "heads/main",
    "refs/heads/main",
    "light",
    "heavy",
    "heavier",
    "tags/heavy",
    "heavy^{}",
    "heavier^{commit}~1",
    "origin/main",
    "origin",
    "remotes/origin/main",
];

/// All revisions and all files of them are as git has them.
fn assert_same(root: &Path) {
    let repository = Repository::open(&OsFs, root).unwrap();
    for revision in REVISIONS {
        let wanted = git(root, &["rev-parse", &format!("{revision}^{{commit}}")]).unwrap();
        let commit = repository.resolve(revision).unwrap_or_else(|e| panic!("{revision}: {e}"));
        assert_eq!(commit.to_string(), wanted, "{revision}");
        for digits in [&wanted[..], &wanted[..12], &wanted[..7]] {
            assert_eq!(repository.resolve(digits).unwrap(), commit, "{digits}");
        }
        for path in git(root, &["ls-tree", "-r", "--name-only", &wanted]).unwrap().lines() {
            let id = git(root, &["rev-parse", &format!("{wanted}:{path}")]).unwrap();
            let content = repository.file(commit, Path::new(path)).unwrap().unwrap();
            assert_eq!(repository.entry(commit, Path::new(path)).unwrap().unwrap().id.to_string(), id, "{revision}:{path}");
            assert_eq!(ObjectId::of_blob(&content).to_string(), id, "{revision}:{path}");
        }
    }
}

#[test]
fn every_revision_and_file_is_as_git_has_it_loose_and_packed() {
    let dir = tempfile::tempdir().unwrap();
    let root = OsFs.canonicalize(dir.path()).unwrap();
    if history(&root, 12).is_none() {
        return;
    }
    assert_same(&root);
    git(&root, &["gc", "-q", "--aggressive"]).unwrap();
    assert!(!OsFs.exists(&root.join(".git/refs/heads/main")), "references are packed");
    let verbose = git(&root, &["verify-pack", "-v", &packs(&root)]).unwrap();
    assert!(verbose.contains("chain length"), "{verbose}");
    assert_same(&root);
    // Deltas by name instead of by distance.
    git(&root, &["-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f"]).unwrap();
    assert_same(&root);
    // Objects from two packs and loose ones.
    write(&root, "new", "new");
    git(&root, &["add", "-A"]).unwrap();
    git(&root, &["commit", "-q", "-m", "new"]).unwrap();
    git(&root, &["repack", "-q", "-d"]).unwrap();
    git(&root, &["commit", "-q", "--allow-empty", "-m", "newer"]).unwrap();
    git(&root, &["commit", "-q", "--allow-empty", "-m", "newest"]).unwrap();
    let repository = Repository::open(&OsFs, &root).unwrap();
    assert_eq!(repository.file(repository.resolve("HEAD~1").unwrap(), Path::new("new")).unwrap().unwrap(), b"new");
}

fn packs(root: &Path) -> String {
    let found = OsFs.read_dir(&root.join(".git/objects/pack")).unwrap();
    found.iter().find(|e| e.path.extension().is_some_and(|e| e == "idx")).unwrap().path.display().to_string()
}

#[test]
fn linked_work_trees_alternates_and_shallow_clones() {
    let dir = tempfile::tempdir().unwrap();
    let root = OsFs.canonicalize(dir.path()).unwrap();
    let main = root.join("main");
    std::fs::create_dir(&main).unwrap();
    if history(&main, 6).is_none() {
        return;
    }
    git(&main, &["worktree", "add", "-q", "../second", "light"]).unwrap();
    let second = Repository::open(&OsFs, &root.join("second")).unwrap();
    for revision in ["HEAD", "main", "heavy"] {
        let wanted = git(&root.join("second"), &["rev-parse", &format!("{revision}^{{commit}}")]).unwrap();
        assert_eq!(second.resolve(revision).unwrap().to_string(), wanted, "{revision}");
    }
    git(&root, &["clone", "-q", "--shared", "main", "shared"]).unwrap();
    let shared = Repository::open(&OsFs, &root.join("shared/deep")).unwrap();
    assert_eq!(shared.resolve("HEAD~2").unwrap().to_string(), git(&main, &["rev-parse", "HEAD~2"]).unwrap());
    assert_eq!(shared.work_tree(), root.join("shared"));

    git(&root, &["clone", "-q", "--depth", "1", &format!("file://{}", main.display()), "shallow"]).unwrap();
    let shallow = Repository::open(&OsFs, &root.join("shallow")).unwrap();
    assert!(shallow.is_shallow() && !shared.is_shallow());
    assert!(shallow.resolve("HEAD").is_ok(), "{:?}", shallow.resolve("HEAD"));
    assert!(matches!(shallow.resolve("HEAD~1"), Err(GitError::Missing(_))), "{:?}", shallow.resolve("HEAD~1"));
}

#[test]
fn what_differs() {
    let dir = tempfile::tempdir().unwrap();
    let root = OsFs.canonicalize(dir.path()).unwrap();
    if git(&root, &["init", "-q"]).is_none() {
        return;
    }
    for name in ["same", "edited", "staged", "gone", "crlf"] {
        write(&root, &format!("sub/{name}"), "one\ntwo\n");
    }
    git(&root, &["add", "-A"]).unwrap();
    git(&root, &["commit", "-q", "-m", "first"]).unwrap();
    write(&root, "sub/edited", "one\n");
    write(&root, "sub/staged", "two\n");
    write(&root, "sub/crlf", "one\r\ntwo\r\n");
    write(&root, "sub/new", "x");
    git(&root, &["add", "sub/staged"]).unwrap();
    std::fs::remove_file(root.join("sub/gone")).unwrap();
    let repository = Repository::open(&OsFs, &root).unwrap();
    let commit = repository.resolve("HEAD").unwrap();
    for (name, wanted) in [
        ("same", false),
        ("edited", true),
        ("staged", true),
        ("gone", true),
        ("new", true),
        ("never", false),
        ("crlf", false),
        ("same/x", false),
    ] {
        assert_eq!(repository.differs(commit, &root.join("sub").join(name)).unwrap(), wanted, "{name}");
    }
    assert_eq!(repository.names(commit, Path::new("sub")).unwrap(), ["crlf", "edited", "gone", "same", "staged"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let root = OsFs.canonicalize(dir.path()).unwrap();
    if history(&root, 6).is_none() {
        return;
    }
    let repository = Repository::open(&OsFs, &root).unwrap();
    let said = |revision: &str| repository.resolve(revision).unwrap_err().to_string();
    for (revision, wanted) in [
        ("nope", "git has no revision `nope`"),
        ("HEAD~999", "git has no revision `HEAD~999`"),
        ("HEAD^3", "git has no revision `HEAD^3`"),
        ("../../etc/passwd", "`../../etc/passwd` is a form of revision that composelint does not read"),
        ("config", "git has no revision `config`"),
        ("main@{1}", "`main@{1}` is a form of revision that composelint does not read"),
        ("main...HEAD", "`main...HEAD` is a form of revision that composelint does not read"),
        (":/fix", "`:/fix` is a form of revision that composelint does not read"),
        ("HEAD^{tree}", "`HEAD^{tree}` is a form of revision that composelint does not read"),
        ("", "`` is a form of revision that composelint does not read"),
        ("HEAD~ä", "`HEAD~ä` is a form of revision that composelint does not read"),
    ] {
        assert_eq!(said(revision), wanted);
    }
    let tree = git(&root, &["rev-parse", "HEAD^{tree}"]).unwrap();
    assert_eq!(said(&tree), format!("the git object {tree} is no commit"));
    let fs = MemFs::new()
        .directory("/nowhere")
        .file("/new/.git/HEAD", "ref: refs/heads/main\n")
        .file("/new/.git/config", "[extensions]\n\tobjectFormat = sha256\n");
    let refused = |path: &str| Repository::open(&fs, Path::new(path)).err().unwrap().to_string();
    assert_eq!(refused("/nowhere"), "`/nowhere` is in no git repository");
    assert_eq!(refused("/new"), "the git repository `/new` names its objects by SHA-256, which composelint does not read");
}

/// A repository in memory whose only object file, or pack, is made of these bytes.
fn hostile(pack: &[u8], index: &[u8], loose: &[u8]) -> MemFs {
    let id = "aa".repeat(20);
    MemFs::new()
        .file("/r/.git/HEAD", format!("{id}\n"))
        .file("/r/.git/objects/pack/p.pack", pack)
        .file("/r/.git/objects/pack/p.idx", index)
        .file(format!("/r/.git/objects/bb/{}", &"bb".repeat(19)), loose)
}

proptest::proptest! {
    #[test]
    fn no_object_is_too_strange(
        pack in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        loose in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..100),
        offset in 0u32..300,
        damage in (0usize..1200, proptest::prelude::any::<u8>()),
    ) {
        // An index that is sound but for one byte, with one object anywhere in the pack.
        let mut index = vec![0xff, b't', b'O', b'c', 0, 0, 0, 2];
        index.extend((0..256u32).flat_map(|first| u32::from(first >= 0xaa).to_be_bytes()));
        index.extend([0xaa; 20]);
        index.extend([0; 4]);
        index.extend(offset.to_be_bytes());
        index.extend([0; 40]);
        if let Some(byte) = index.get_mut(damage.0) {
            *byte = damage.1;
        }
        let fs = hostile(&pack, &index, &loose);
        let repository = Repository::open(&fs, Path::new("/r")).unwrap();
        let _ = repository.resolve("HEAD~1");
        let _ = repository.resolve("aaaa");
        let _ = repository.resolve(&"bb".repeat(20));
        let _ = repository.file(ObjectId([0xaa; 20]), Path::new("a/b"));
    }
}

#[test]
fn a_pack_cut_off_or_damaged_anywhere_never_panics() {
    let dir = tempfile::tempdir().unwrap();
    let root = OsFs.canonicalize(dir.path()).unwrap();
    if history(&root, 6).is_none() {
        return;
    }
    git(&root, &["gc", "-q", "--aggressive"]).unwrap();
    let index = PathBuf::from(packs(&root));
    let [index, pack] = [index.clone(), index.with_extension("pack")].map(|p| OsFs.read(&p, 1 << 20).unwrap());
    let head = git(&root, &["rev-parse", "HEAD"]).unwrap();
    let judge = |pack: &[u8], index: &[u8]| {
        let fs = hostile(pack, index, b"");
        let repository = Repository::open(&fs, Path::new("/r")).unwrap();
        if let Ok(commit) = repository.resolve(&format!("{head}~2")) {
            let _ = repository.file(commit, Path::new("deep/down/long.txt"));
        }
    };
    for step in (0..pack.len()).step_by(pack.len() / 150 + 1) {
        judge(&pack[..step], &index);
        let mut damaged = pack.clone();
        damaged[step] ^= 0x55;
        judge(&damaged, &index);
    }
    for step in (0..index.len()).step_by(index.len() / 150 + 1) {
        judge(&pack, &index[..step]);
        let mut damaged = index.clone();
        damaged[step] ^= 0x95;
        judge(&pack, &damaged);
    }
}
