//! What is too deep or too long to be parsed: the parser, and what drops its tree, are recursive.

use rnix::SyntaxKind as K;

use super::NixError;

/// Bytes of a file.
const LENGTH: usize = 16 << 20;
/// Brackets, `${`, and operators that are read recursively, within each other.
const DEPTH: usize = 96;
/// Words of one expression that is not a list: each argument is a level of the tree.
const WORDS: usize = 500;

/// An open bracket, or a `let` before its `in`.
#[derive(Default)]
struct Level {
    list: bool,
    bindings: bool,
    /// Words since the last `;`.
    words: usize,
    /// Those that the parser reads recursively.
    deep: usize,
    /// `with` and `assert`, whose `;` ends nothing.
    held: usize,
}

/// Refuses a text that is too much.
pub(super) fn check(text: &str) -> Result<(), NixError> {
    let refuse = |at: usize, message: &str| Err(NixError { at, message: message.to_owned() });
    if text.len() > LENGTH {
        return refuse(0, "the text is too long");
    }
    let mut levels = vec![Level::default()];
    // The sums over all levels.
    let (mut words, mut deep) = (0, 0);
    let mut at = 0;
    for (kind, token) in rnix::tokenize(text) {
        let here = at;
        at += token.len();
        if kind.is_trivia() {
            continue;
        }
        let Some(level) = levels.last_mut() else { break };
        match kind {
            K::TOKEN_L_PAREN | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_INTERPOL_START => {
                if !level.list {
                    level.words += 1;
                    words += 1;
                }
                levels.push(Level { list: kind == K::TOKEN_L_BRACK, ..Level::default() });
            }
            K::TOKEN_LET => levels.push(Level { bindings: true, ..Level::default() }),
            K::TOKEN_IN if level.bindings => {
                words -= level.words;
                deep -= level.deep;
                levels.pop();
                if let Some(level) = levels.last_mut() {
                    level.deep += 1;
                    deep += 1;
                }
            }
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK | K::TOKEN_INTERPOL_END => {
                while let Some(level) = levels.pop() {
                    words -= level.words;
                    deep -= level.deep;
                    if !level.bindings {
                        break;
                    }
                }
                if levels.is_empty() {
                    // The parser tells where.
                    levels.push(Level::default());
                }
            }
            K::TOKEN_SEMICOLON if level.held > 0 => level.held -= 1,
            K::TOKEN_SEMICOLON => {
                words -= level.words;
                deep -= level.deep;
                level.words = 0;
                level.deep = 0;
            }
            // In a list, only what can be read recursively there.
            _ => {
                if matches!(kind, K::TOKEN_WITH | K::TOKEN_ASSERT) {
                    level.held += 1;
                }
                let recursive = matches!(
                    kind,
                    K::TOKEN_COLON
                        | K::TOKEN_INVERT
                        | K::TOKEN_SUB
                        | K::TOKEN_IF
                        | K::TOKEN_ELSE
                        | K::TOKEN_WITH
                        | K::TOKEN_ASSERT
                        | K::TOKEN_CONCAT
                        | K::TOKEN_UPDATE
                        | K::TOKEN_IMPLICATION
                        | K::TOKEN_PIPE_LEFT
                        | K::TOKEN_OR
                );
                if recursive {
                    level.deep += 1;
                    deep += 1;
                }
                if !level.list
                    && !matches!(
                        kind,
                        K::TOKEN_STRING_CONTENT | K::TOKEN_STRING_START | K::TOKEN_STRING_END | K::TOKEN_DOT | K::TOKEN_COMMA
                    )
                {
                    level.words += 1;
                    words += 1;
                }
            }
        }
        if levels.len() + deep > DEPTH {
            return refuse(here, "this is nested too deeply");
        }
        if words > WORDS {
            return refuse(here, "this expression is too long");
        }
    }
    Ok(())
}
