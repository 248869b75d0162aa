//! The line at the end: how much was found, and in how much.

use std::time::Duration;

use super::Report;

/// `12 findings (3 errors, 7 warnings, 2 notes) in 10 projects, 14 files; 4 ignored, 2 in the baseline · 23 ms`.
pub fn line(report: &Report, elapsed: Duration) -> String {
    let (errors, warnings, infos) = report.counts();
    let mut parts = Vec::new();
    for (n, word) in [(errors, "error"), (warnings, "warning"), (infos, "note")] {
        if n > 0 {
            parts.push(count(n, word));
        }
    }
    let found = match report.findings.len() {
        0 => "no findings".to_owned(),
        _ if parts.len() == 1 => parts.concat(),
        n => format!("{} ({})", count(n, "finding"), parts.join(", ")),
    };
    let ignored = (report.ignored > 0).then(|| format!("{} ignored", report.ignored));
    let known = report.baseline.filter(|b| b.known > 0).map(|b| format!("{} in the baseline", b.known));
    let apart: Vec<String> = ignored.into_iter().chain(known).collect();
    let apart = if apart.is_empty() { String::new() } else { format!("; {}", apart.join(", ")) };
    format!("{found} in {}, {}{apart} · {}", count(report.projects, "project"), count(report.files.len(), "file"), time(elapsed))
}

/// The rule to explain first: that of the first of the worst findings which has a page.
pub fn worst_rule(report: &Report) -> Option<&'static str> {
    report.findings.iter().filter(|f| crate::rules::find(f.rule).is_some()).min_by_key(|f| f.severity).map(|f| f.rule)
}

/// `1 file`, `2 files`.
pub fn count(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

fn time(elapsed: Duration) -> String {
    if elapsed.as_secs() >= 10 { format!("{:.1} s", elapsed.as_secs_f64()) } else { format!("{} ms", elapsed.as_millis()) }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::super::Run;
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn one_line() {
        insta::assert_snapshot!(with_example(|r| line(r, Duration::from_micros(23_400))), @"4 findings (1 error, 2 warnings, 1 note) in 1 project, 2 files · 23 ms");
        insta::assert_snapshot!(with_example(|r| {
            let files = [PathBuf::from("/a.yaml")];
            let empty = Report::new(&Run { projects: 3, files: &files, ignored: 2, ..Run::new(r.sources, r.redactor, Path::new("/"), &[]) });
            line(&empty, Duration::from_millis(12_345))
        }), @"no findings in 3 projects, 1 file; 2 ignored · 12.3 s");
    }
}
