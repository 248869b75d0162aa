//! What goes to stderr: failures, the summary, and what `--verbose` tells.

use std::fmt::Write as _;
use std::io::Write;

use super::{Color, Failure};

/// Writes to stderr; if nobody listens, nobody misses it.
pub(super) fn stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// What comes before and behind the word `error`.
pub(super) fn error_style(colour: bool) -> (String, String) {
    if !colour {
        return (String::new(), String::new());
    }
    let style = anstyle::AnsiColor::BrightRed.on_default().bold();
    (style.render().to_string(), style.render_reset().to_string())
}

/// `error: …`, and what to do.
pub(super) fn failure(failure: &Failure, when: Color) {
    let (on, off) = error_style(super::colour_of_stderr(when));
    let mut text = String::new();
    for failure in std::iter::once(failure).chain(&failure.also) {
        let _ = writeln!(text, "{on}error{off}: {}", crate::report::plain(&failure.message));
        if let Some(help) = &failure.help {
            let _ = writeln!(text, "  help: {}", crate::report::plain(help));
        }
    }
    stderr(&text);
}
