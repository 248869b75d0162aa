//! What is wrong with a text that is not YAML, in sentences for people. Only words and places: what is an error is decided by the parser.

use granit_parser::{ErrorKind, ScanError};

use super::SyntaxError;
use crate::source::{FileId, Span};

/// The parser's error as a person needs it.
pub(super) fn explain(file: FileId, text: &str, problem: &ScanError) -> SyntaxError {
    let at = problem.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    let message = match problem.kind() {
        ErrorKind::RecursionLimitExceeded => "this is nested deeper than 255 levels".to_owned(),
        kind => format!("this is not valid YAML: {kind}"),
    };
    SyntaxError { span: Span::new(file, at, at), message, help: None, related: None }
}

/// An alias whose anchor is not defined before it.
pub(super) fn unknown_anchor<'a>(span: Span, name: &str, _known: impl Iterator<Item = &'a str>) -> SyntaxError {
    SyntaxError { span, message: format!("there is no anchor `&{name}` above this alias"), help: None, related: None }
}

/// `: value`.
pub(super) fn empty_key(span: Span) -> SyntaxError {
    SyntaxError { span, message: "there is no key before this colon".to_owned(), help: None, related: None }
}

/// Content behind `...` without a `---`.
pub(super) fn content_after_document_end(span: Span, _text: &str) -> SyntaxError {
    SyntaxError {
        span,
        message: "content follows the end of the document (`...`)".to_owned(),
        help: Some("put `---` on a line before it".to_owned()),
        related: None,
    }
}
