//! What goes to stderr: failures, the summary, and what `--verbose` tells.

use std::fmt::Write as _;
use std::io::Write;

use super::{Color, Failure};

/// Writes to stderr; if nobody listens, nobody misses it.
pub(super) fn stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// `error: …`, and what to do.
pub(super) fn failure(failure: &Failure, when: Color) {
    let colour = super::colour_of_stderr(when);
    let (on, off) = if colour {
        let style = anstyle::AnsiColor::BrightRed.on_default().bold();
        (style.render().to_string(), style.render_reset().to_string())
    } else {
        (String::new(), String::new())
    };
    let mut text = String::new();
    for failure in std::iter::once(failure).chain(&failure.also) {
        let _ = writeln!(text, "{on}error{off}: {}", crate::report::plain(&failure.message));
        if let Some(help) = &failure.help {
            let _ = writeln!(text, "  help: {}", crate::report::plain(help));
        }
    }
    stderr(&text);
}
