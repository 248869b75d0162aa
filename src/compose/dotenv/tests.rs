use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

type Set = BTreeMap<String, Variable>;

fn process() -> Set {
    [("SHELL_A", "sh"), ("EMPTY", "")].map(|(k, v)| (k.to_owned(), Variable { value: v.to_owned(), at: None })).into()
}

fn read(text: &str) -> (Set, Vec<Problem>) {
    let (mut out, mut problems) = (Set::new(), Vec::new());
    parse(FileId::NONE, text, &process(), &mut out, Semantics::V5, &mut problems, &mut Vec::new());
    (out, problems)
}

/// `KEY=value` of every variable, with the text that [`Variable::at`] covers.
fn shown(text: &str) -> Vec<(String, String)> {
    let (out, problems) = read(text);
    assert!(problems.is_empty(), "{text:?}: {problems:?}");
    out.into_iter()
        .map(|(k, v)| {
            let at = v.at.unwrap();
            (format!("{k}={}", v.value), text[at.start as usize..at.end as usize].to_owned())
        })
        .collect()
}

#[test]
fn values_are_read_as_compose_reads_them() {
    for (text, wanted, place) in [
        ("A=1", "A=1", "A=1"),
        ("\u{feff}A = 1 \r\n", "A=1", "A = 1"),
        ("export A: 1", "A=1", "A: 1"),
        ("A=b # c", "A=b", "A=b"),
        ("A=#x", "A=#x", "A=#x"),
        ("A=b\t# c", "A=b\t# c", "A=b\t# c"),
        ("A:b=c", "A=b=c", "A:b=c"),
        ("A=", "A=", "A="),
        ("=x", "=x", "=x"),
        ("1A=x", "1A=x", "1A=x"),
        ("A=\\n$SHELL_A", "A=\\nsh", "A=\\n$SHELL_A"),
        ("A='$x\\'\\\\\n # y' # c", "A=$x'\\\\\n # y", "A='$x\\'\\\\\n # y'"),
        (r#"A="\n\"\$SHELL_A\0060\06\c\q$SHELL_A""#, "A=\n\"$SHELL_A0\\6\\c\\qsh", r#"A="\n\"\$SHELL_A\0060\06\c\q$SHELL_A""#),
        ("SHELL_A\n", "SHELL_A=sh", "SHELL_A"),
        ("A=${U:-d}", "A=d", "A=${U:-d}"),
        ("# c\n\n  # d\nA=1\nA=2", "A=2", "A=2"),
    ] {
        assert_eq!(shown(text), [(wanted.to_owned(), place.to_owned())], "{text:?}");
    }
    assert_eq!(shown("JUNK\n"), []);
    let pair: Vec<_> = shown("A='a' B=2\nC=$A$SHELL_A").into_iter().map(|(v, _)| v).collect();
    assert_eq!(pair, ["A=a", "B=2", "C=ash"]);
}

#[test]
fn the_process_wins_over_earlier_lines() {
    assert_eq!(read("SHELL_A=file\nB=$SHELL_A").0["B"].value, "sh");
}

#[test]
fn problems_stand_at_their_true_lines_and_reading_goes_on() {
    let text = "A=1\n\n{bad}=1\nB C=2\nD=${X\nE=$U\nF=\"open\nG=${R:?tell me}\nlast";
    let (out, problems) = read(text);
    assert_eq!(out.keys().map(String::as_str).collect::<Vec<_>>(), ["", "A", "D", "E", "G"]);
    let lines: Vec<_> = problems
        .iter()
        .map(|p| {
            let at = p.origin.as_ref().unwrap().at;
            let line = text[..at.start as usize].lines().count().max(1) + usize::from(text[..at.start as usize].ends_with('\n'));
            format!("{line} {:?} {:?} {}: {}", p.kind, p.refused, &text[at.start as usize..at.end as usize], p.message)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    3 EnvFile true {: the character '{' cannot be part of a variable's name, so Compose does not read this file
    4 EnvFile true B C: there is a space in the name before the `=`, so Compose does not read this file
    5 InvalidInterpolation true D=${X: Compose cannot read this `${…}`: the closing brace is missing in this line
    6 UnsetVariable false E=$U: the variable `U` is not set, so Compose puts nothing in its place
    7 EnvFile true ": this quote is never closed, so Compose does not read this file
    8 RequiredVariable true G=${R:?tell me}: the variable `R` is required but has no value: tell me
    9 EnvFile false last: the last line has neither a `=` nor a line break, so Compose takes it for the value of a variable without a name
    "#);
}

#[test]
fn raw_files_are_verbatim() {
    let text = "\u{feff}A=\"x\" # y \r\n # c\n\n  B=$A=\nSHELL_A\nU\nC D=1\n=x";
    let (mut out, mut problems) = (Set::new(), Vec::new());
    parse_raw(FileId::NONE, text, &process(), &mut out, &mut problems);
    let values: Vec<_> = out.iter().map(|(k, v)| format!("{k}={}", v.value)).collect();
    assert_eq!(values, ["A=\"x\" # y ", "B=$A=", "SHELL_A=sh"]);
    let places: Vec<_> = problems.iter().map(|p| p.origin.as_ref().unwrap().at).map(|s| &text[s.start as usize..s.end as usize]).collect();
    assert_eq!(places, ["C D", "="]);
}

#[test]
fn doubling_bombs_end() {
    let lines = (1..200).map(|i| format!("A{i}=$A{0}$A{0}", i - 1));
    let text = std::iter::once("A0=xxxxxxxxxxxxxxxx".to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
    let (out, problems) = read(&text);
    assert!(out.values().map(|v| v.value.len()).sum::<usize>() <= 2 * TOTAL);
    assert!(problems.iter().any(|p| p.kind == ProblemKind::LimitExceeded && !p.refused));
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_file_panics(text in r#"([$]|[{}]|:-|[AB]|=|\n|ä|["']|\\|#|[ \t]|export |\\0|1){0,60}"#) {
        let (out, problems) = read(&text);
        for at in out.values().filter_map(|v| v.at).chain(problems.iter().filter_map(|p| p.origin.as_ref().map(|o| o.at))) {
            prop_assert!(text.get(at.start as usize..at.end as usize).is_some());
        }
        parse_raw(FileId::NONE, &text, &process(), &mut Set::new(), &mut Vec::new());
    }
}
