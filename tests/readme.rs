//! What the README shows is what the program says.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // helpers of tests, not inside one

use std::path::PathBuf;
use std::process::Command;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap()
}

fn readme() -> String {
    page("README.md")
}

/// The first code block after a line that begins with `marker`.
fn block(text: &str, marker: &str) -> String {
    let after = text.lines().skip_while(|l| !l.starts_with(marker));
    after.skip_while(|l| !l.starts_with("```")).skip(1).take_while(|l| *l != "```").flat_map(|l| [l, "\n"]).collect()
}

#[test]
fn the_files_are_those_of_the_example() {
    let shown = block(&readme(), "Two stacks of a host");
    let mut wanted = Vec::new();
    for path in ["photos/compose.yaml", "photos/database.yaml", "proxy/compose.yaml"] {
        wanted.push(format!("# {path}\n{}", std::fs::read_to_string(repository().join("testdata/readme").join(path)).unwrap()));
    }
    assert_eq!(shown, wanted.join("\n"));
}

#[test]
fn the_output_is_what_the_program_says() {
    let text = readme();
    for marker in text.lines().filter(|l| l.starts_with("<!-- output: composelint ")) {
        let (words, directory) =
            marker.trim_start_matches("<!-- output: composelint ").trim_end_matches(") -->").split_once(" (in ").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_composelint"))
            .args(words.split_whitespace())
            .args(["--color", "never"])
            .current_dir(repository().join(directory))
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(block(&text, marker), String::from_utf8(output.stdout).unwrap(), "README.md is behind the program: {words}");
    }
}

#[test]
fn the_table_of_keys_is_current() {
    // The text of `map::keys_table` goes behind the line `<!-- keys -->`.
    let text = page("docs/nix.md");
    let (_, table) = text.split_once("<!-- keys -->\n\n").unwrap();
    assert_eq!(table, composelint::migrate::nix::map::keys_table(), "docs/nix.md is behind the program: the table of keys");
}

#[test]
fn the_table_of_rules_is_current() {
    // `cargo run -- rules --format markdown > rules/README.md` writes it.
    let output = Command::new(env!("CARGO_BIN_EXE_composelint")).args(["rules", "--format", "markdown"]).env_clear().output().unwrap();
    let wanted = String::from_utf8(output.stdout).unwrap();
    assert_eq!(std::fs::read_to_string(repository().join("rules/README.md")).unwrap(), wanted, "rules/README.md is stale");
}
