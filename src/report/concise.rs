//! One line a finding: `path:line:column: severity[rule] message`. For editors, `grep` and people in a hurry.

use std::fmt::Write;

use super::{Report, Shown, printable};

/// All findings.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for shown in &report.findings {
        line(shown, &mut out);
    }
    out
}

/// One finding.
pub(super) fn line(shown: &Shown, out: &mut String) {
    out.push_str(&printable(&shown.primary.path, false));
    if let Some(at) = shown.primary.at {
        let _ = write!(out, ":{}:{}", at.start.line, at.start.column);
    }
    let _ = writeln!(out, ": {}[{}] {}", shown.severity, shown.rule, printable(&shown.message, false));
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn one_line_a_finding() {
        insta::assert_snapshot!(with_example(render), @"
        compose.yaml:7:16: error[undefined-network] service `web` joins network `frontned`, which the project does not declare
        infra/db.yaml:8:9: warning[port-on-all-interfaces] port 5432 of `db` is open to every machine that reaches this host
        infra/db.yaml:6:5: info[privileged] `db` runs with every right on the host (***)
        /srv/old/compose.yaml: warning[broken-link] this link leads nowhere
        ");
    }
}
