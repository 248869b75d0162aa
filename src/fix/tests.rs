use std::io;
use std::sync::Mutex;

use super::*;
use crate::finding::{Fix, Label, Place, Severity};
use crate::fs::MemFs;
use crate::report::patch;
use crate::source::{Edit, Span};

/// Finds what it is told to find: a fix for each occurrence of a text.
struct Finds<'a> {
    roots: Vec<PathBuf>,
    options: LoadOptions,
    /// Rule, text, replacement, applicability.
    wanted: &'a [(&'static str, &'static str, &'static str, Applicability)],
}

impl<'a> Finds<'a> {
    fn new(wanted: &'a [(&'static str, &'static str, &'static str, Applicability)]) -> Self {
        Self { roots: vec![PathBuf::from("/p")], options: LoadOptions::default(), wanted }
    }
}

impl Judge for Finds<'_> {
    fn load<'a>(&self, disk: &'a dyn Fs, sources: &'a Sources) -> Workspace<'a> {
        Workspace::load(disk, sources, &self.roots, &self.options)
    }

    fn findings(&self, workspace: &Workspace, _disk: &dyn Fs) -> Vec<Finding> {
        let mut all = workspace.loader.sources.all();
        all.sort_by(|a, b| a.1.path.cmp(&b.1.path));
        let mut out = Vec::new();
        for (rule, old, new, applicability) in self.wanted {
            for (file, source) in &all {
                for (start, _) in source.text.match_indices(old) {
                    let start = u32::try_from(start).unwrap();
                    let span = Span::new(*file, start, start + u32::try_from(old.len()).unwrap());
                    out.push(Finding {
                        rule,
                        severity: Severity::Info,
                        message: "found".into(),
                        primary: Label { place: Place::Span(span), text: String::new() },
                        related: Vec::new(),
                        why: None,
                        help: None,
                        fix: Some(Fix {
                            title: format!("write {new}"),
                            applicability: *applicability,
                            edits: vec![Edit { span, text: (*new).into() }],
                        }),
                        project: None,
                    });
                }
            }
        }
        out
    }

    fn options(&self) -> &LoadOptions {
        &self.options
    }

    fn roots(&self) -> &[PathBuf] {
        &self.roots
    }
}

fn shown(fixed: &Fixed) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for file in &fixed.files {
        writeln!(out, "{}:\n{}", file.path.display(), file.after).unwrap();
    }
    for made in &fixed.made {
        writeln!(out, "made {} {} {}", made.rule, made.title, made.findings).unwrap();
    }
    for fault in &fixed.faults {
        writeln!(out, "fault {} {} {}", fault.rule, fault.title, fault.why).unwrap();
    }
    for (path, barred) in &fixed.barred {
        writeln!(out, "barred {} {barred:?}", path.display()).unwrap();
    }
    for rule in &fixed.unsettled {
        writeln!(out, "unsettled {rule}").unwrap();
    }
    out
}

const SAFE: Applicability = Applicability::Safe;
const UNSAFE: Applicability = Applicability::Unsafe;

#[test]
fn only_what_leaves_the_project_as_it_is_is_safe() {
    let text = "services:\n  a:\n    image: 'x'\n    command: a\n    ports: ['8080:80', '0644', \"9:9\"]\n    labels: {b: \"${V:-c}\"}\n";
    let disk = MemFs::new().file("/p/compose.yaml", text);
    let wanted = [
        ("quotes", "'x'", "\"x\"", SAFE),
        ("changes", "command: a", "command: b", SAFE),
        ("breaks", "ports: [", "ports: [[", SAFE),
        ("today", "${V:-c}", "c", SAFE),
        ("number", "'0644'", "0644", SAFE),
        ("quotes", "\"9:9\"", "'9:9'", SAFE),
    ];
    insta::assert_snapshot!(shown(&fix(&disk, &Finds::new(&wanted), false)), @r#"
    /p/compose.yaml:
    services:
      a:
        image: "x"
        command: a
        ports: ['8080:80', '0644', '9:9']
        labels: {b: "${V:-c}"}

    made quotes write "x" 1
    made quotes write '9:9' 1
    fault changes write command: b the project would have changed
    fault breaks write ports: [[ the file could not be read any more
    fault today write c the project would have changed
    fault number write 0644 the project would have changed
    "#);
}

#[test]
fn unsafe_fixes_come_after_the_safe_ones_and_may_not_break_the_project() {
    let text = "services:\n  a:\n    image: 'x'\n    command: a\n    restart: no-no\n    networks: [n]\nnetworks:\n  n: {}\n";
    let disk = MemFs::new().file("/p/compose.yaml", text);
    let wanted = [
        ("changes", "command: a", "command: b", UNSAFE),
        ("undefines", "networks:\n  n: {}\n", "", UNSAFE),
        ("quotes", "'x'", "\"x\"", SAFE),
        ("hand", "no-no", "always", Applicability::Manual),
    ];
    insta::assert_snapshot!(shown(&fix(&disk, &Finds::new(&wanted), false)), @r#"
    /p/compose.yaml:
    services:
      a:
        image: "x"
        command: a
        restart: no-no
        networks: [n]
    networks:
      n: {}

    made quotes write "x" 1
    "#);
    insta::assert_snapshot!(shown(&fix(&disk, &Finds::new(&wanted), true)), @r#"
    /p/compose.yaml:
    services:
      a:
        image: "x"
        command: b
        restart: no-no
        networks: [n]
    networks:
      n: {}

    made quotes write "x" 1
    made changes write command: b 1
    fault undefines write  Compose would refuse the project
    "#);
}

#[test]
fn every_project_that_reads_a_file_has_to_stay() {
    let base = "services:\n  a:\n    image: 'x'\n    environment: {A: $V}\n";
    let user = |v: &str| format!("include: [{{path: ../base.yaml, env_file: {v}.env}}]\n");
    let disk = MemFs::new()
        .file("/p/base.yaml", base)
        .file("/p/one/compose.yaml", user("one"))
        .file("/p/one/one.env", "V=1\n")
        .file("/p/two/compose.yaml", user("two"))
        .file("/p/two/two.env", "V=2\n");
    let wanted = [("today", "$V", "\"1\"", SAFE), ("quotes", "'x'", "x", SAFE)];
    insta::assert_snapshot!(shown(&fix(&disk, &Finds::new(&wanted), false)), @r#"
    /p/base.yaml:
    services:
      a:
        image: x
        environment: {A: $V}

    made quotes write x 1
    fault today write "1" the project would have changed
    "#);
}

#[test]
fn fixes_that_undo_each_other_end() {
    let disk = MemFs::new().file("/p/compose.yaml", "services:\n  a:\n    image: 'x'\n");
    let wanted = [("one", "'x'", "\"x\"", SAFE), ("two", "\"x\"", "'x'", SAFE)];
    let fixed = fix(&disk, &Finds::new(&wanted), false);
    assert_eq!(fixed.unsettled.iter().copied().collect::<Vec<_>>(), ["one"]);
    assert!(fixed.files.is_empty(), "it came back to where it was");
}

#[test]
fn only_files_below_the_roots_are_changed_and_only_as_text() {
    let text = "services:\n  a:\n    image: 'x'\n";
    let utf16: Vec<u8> = [0xfffe_u16]
        .iter()
        .copied()
        .chain(text.encode_utf16())
        .flat_map(|u| if u == 0xfffe { [0xff, 0xfe] } else { u.to_le_bytes() })
        .collect();
    let disk = MemFs::new()
        .file("/elsewhere/compose.yaml", text)
        .link("/p/a/compose.yaml", "/elsewhere/compose.yaml")
        .link("/p/b", "/p/c")
        .file("/p/c/compose.yaml", text)
        .file("/p/d/compose.yaml", utf16);
    let wanted = [("quotes", "'x'", "\"x\"", SAFE)];
    insta::assert_snapshot!(shown(&fix(&disk, &Finds::new(&wanted), false)), @r#"
    /p/c/compose.yaml:
    services:
      a:
        image: "x"

    made quotes write "x" 1
    barred /p/a/compose.yaml Outside
    barred /p/d/compose.yaml Encoding
    "#);
}

#[test]
fn neighbours_that_are_both_taken_away_see_each_other() {
    let disk = MemFs::new().file("/p/compose.yaml", "services:\n  a:\n    image: x\nvolumes:\n  b:\n\n  c:\n  d:\n");
    let wanted = [("b", "  b:\n", "", UNSAFE), ("c", "  c:\n", "", UNSAFE)];
    let fixed = fix(&disk, &Finds::new(&wanted), true);
    insta::assert_snapshot!(shown(&fixed), @"
    /p/compose.yaml:
    services:
      a:
        image: x
    volumes:

      d:

    made b write  1
    made c write  1
    ");
}

/// A disk that fails to write from the n-th time on, or only then.
struct Failing {
    files: Mutex<MemFs>,
    fails: Vec<usize>,
    writes: Mutex<usize>,
}

impl Fs for Failing {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.files.lock().unwrap().read(path, limit)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<crate::fs::DirEntry>> {
        self.files.lock().unwrap().read_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<crate::fs::Metadata> {
        self.files.lock().unwrap().metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<crate::fs::Metadata> {
        self.files.lock().unwrap().symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.files.lock().unwrap().read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.files.lock().unwrap().canonicalize(path)
    }

    fn write_atomic(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut writes = self.writes.lock().unwrap();
        *writes += 1;
        if self.fails.contains(&*writes) {
            return Err(io::Error::other("the disk is full"));
        }
        let mut files = self.files.lock().unwrap();
        *files = std::mem::take(&mut *files).file(path, bytes);
        Ok(())
    }
}

#[test]
fn all_files_are_written_or_none() {
    let text = "services:\n  a:\n    image: 'x'\n";
    let disk = |fails: &[usize]| Failing {
        files: Mutex::new(MemFs::new().file("/p/a/compose.yaml", text).file("/p/b/compose.yaml", text).file("/p/c/compose.yaml", text)),
        fails: fails.to_vec(),
        writes: Mutex::new(0),
    };
    let wanted = [("quotes", "'x'", "\"x\"", SAFE)];
    let after = |disk: &Failing| {
        let read = |name: &str| disk.read(Path::new(name), 1000).unwrap() != text.as_bytes();
        [read("/p/a/compose.yaml"), read("/p/b/compose.yaml"), read("/p/c/compose.yaml")]
    };
    let good = disk(&[]);
    let fixed = fix(&good, &Finds::new(&wanted), false);
    fixed.write(&good).unwrap();
    assert_eq!(after(&good), [true; 3]);
    let error = fixed.write(&good).unwrap_err();
    assert_eq!(error.to_string(), "`/p/a/compose.yaml` has changed while it was being looked at, so nothing was written");
    let full = disk(&[3]);
    let error = fixed.write(&full).unwrap_err();
    assert_eq!(error.to_string(), "`/p/c/compose.yaml` cannot be written: the disk is full; all files are as they were");
    assert_eq!(after(&full), [false; 3]);
    let broken = disk(&[3, 4]);
    let error = fixed.write(&broken).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/p/c/compose.yaml` cannot be written: the disk is full; these files are changed and could not be put back: `/p/a/compose.yaml`"
    );
}

#[test]
fn a_diff_is_one_that_patch_reads() {
    let (old, new) = ("a\r\nb\nc\nd\ne\nf", "a\r\nB\nc\nd\ne\nf\n");
    let same = |_: usize, line: &str| line.to_owned();
    insta::assert_snapshot!(patch::unified("compose.yaml", old, new, &same, &same), @r"
    --- a/compose.yaml
    +++ b/compose.yaml
    @@ -1,6 +1,6 @@
     a
    -b
    +B
     c
     d
     e
    -f
    \ No newline at end of file
    +f
    ");
}

#[test]
fn where_a_part_cannot_be_read_only_the_layout_may_change() {
    let text = "include: [gone.yaml]\nversion: '3'\nservices:\n  a:\n    image: 'x'\n";
    let disk = MemFs::new().file("/p/compose.yaml", text).file("/p/b/compose.yaml", "services:\n  a:\n    image: 'x'\n  b: [\n");
    let wanted = [("quotes", "'x'", "\"x\"", SAFE), ("version", "version: '3'\n", "", SAFE)];
    insta::assert_snapshot!(shown(&fix(&disk, &Finds::new(&wanted), false)), @r#"
    /p/compose.yaml:
    include: [gone.yaml]
    version: '3'
    services:
      a:
        image: "x"

    made quotes write "x" 1
    fault version write  a part of the project cannot be read, so it cannot be proved that nothing changes
    barred /p/b/compose.yaml NotYaml
    "#);
}
