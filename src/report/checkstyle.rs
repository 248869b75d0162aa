//! Checkstyle XML: what Jenkins, reviewdog and many editors read. A file is named once, with its findings in order.

use std::fmt::Write as _;

use super::xml::Writer;
use super::{Report, Shown};

/// The document.
pub fn render(report: &Report) -> String {
    let mut xml = Writer::new();
    xml.open("checkstyle", &[("version", "4.3")]);
    // Findings are sorted by path, so those of a file stand together.
    for findings in report.findings.chunk_by(|a, b| a.primary.path == b.primary.path) {
        let Some(first) = findings.first() else { continue };
        xml.open("file", &[("name", &first.primary.path)]);
        for shown in findings {
            error(shown, &mut xml);
        }
        xml.close();
    }
    xml.finish()
}

fn error(shown: &Shown, xml: &mut Writer) {
    let mut message = shown.message.clone();
    for (name, text) in [("why", &shown.why), ("help", &shown.help)] {
        if let Some(text) = text {
            let _ = write!(message, "\n{name}: {text}");
        }
    }
    let source = format!("composelint.{}", shown.rule);
    let place = shown.primary.at.map(|at| (at.start.line.to_string(), at.start.column.to_string()));
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    if let Some((line, column)) = &place {
        attributes.extend([("line", line.as_str()), ("column", column.as_str())]);
    }
    attributes.extend([("severity", shown.severity.name()), ("message", &message), ("source", &source)]);
    xml.empty("error", &attributes);
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_example;
    use super::*;

    #[test]
    fn the_document() {
        insta::assert_snapshot!(with_example(render), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <checkstyle version="4.3">
          <file name="compose.yaml">
            <error line="7" column="16" severity="error" message="service `web` joins network `frontned`, which the project does not declare&#10;why: Compose refuses the whole project, not only this service&#10;help: write `frontend`, or declare `frontned` under the top-level `networks`" source="composelint.undefined-network"/>
          </file>
          <file name="infra/db.yaml">
            <error line="8" column="9" severity="warning" message="port 5432 of `db` is open to every machine that reaches this host&#10;help: bind it to this host: `&quot;127.0.0.1:5432:5432&quot;`" source="composelint.port-on-all-interfaces"/>
            <error line="6" column="5" severity="info" message="`db` runs with every right on the host (***)" source="composelint.privileged"/>
          </file>
          <file name="/srv/old/compose.yaml">
            <error severity="warning" message="this link leads nowhere" source="composelint.broken-link"/>
          </file>
        </checkstyle>
        "#);
    }
}
