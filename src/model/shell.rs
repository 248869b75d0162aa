//! Splitting a command text into words as Compose does (spec/resolve.md 16.1). Not a shell: nothing is expanded, and an unquoted
//! `&&`, `;`, `|`, `<` or `>` ends the command in silence.

use thiserror::Error;

/// The words of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub words: Vec<String>,
    /// The byte offset of the `;`, `&`, `|`, `<` or `>` that ended the command; what follows is lost.
    pub ends_at: Option<usize>,
}

/// Why a text is no command. The sentence goes on from "`command` ".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShellError {
    /// A quote that is not closed, or a `\` at the end.
    #[error("has a quote that is not closed")]
    Open,
    /// A `(` that does not follow `$`.
    #[error("has a `(` outside of quotes")]
    Parenthesis,
}

/// Splits at blanks; `'`, `"` and `\` quote; backticks and `$(…)` stay together as they are.
pub fn split(text: &str) -> Result<Words, ShellError> {
    let mut out = Words::default();
    let mut word = String::new();
    let (mut escaped, mut double, mut single, mut backtick, mut dollar) = (false, false, false, false, false);
    let mut started = false;
    for (at, c) in text.char_indices() {
        if escaped {
            word.push(c);
            escaped = false;
            started = true;
            continue;
        }
        let quoted = single || double || backtick || dollar;
        match c {
            '\\' if single => word.push(c),
            '\\' => escaped = true,
            ' ' | '\t' | '\r' | '\n' if quoted => word.push(c),
            ' ' | '\t' | '\r' | '\n' => {
                if started {
                    out.words.push(std::mem::take(&mut word));
                    started = false;
                }
            }
            '"' if !single && !dollar => {
                started |= double;
                double = !double;
            }
            '\'' if !double && !dollar => {
                started |= single;
                single = !single;
            }
            ';' | '&' | '|' | '<' | '>' if !quoted => {
                // `2>` is a redirection: its number is no word.
                if c == '>' && word.starts_with(|c: char| c.is_ascii_digit()) {
                    started = false;
                }
                out.ends_at = Some(at);
                break;
            }
            _ => {
                match c {
                    '`' if !(single || double || dollar) => backtick = !backtick,
                    ')' if !(single || double || backtick) => dollar = !dollar,
                    '(' if !(single || double || backtick) => {
                        if dollar || !word.ends_with('$') {
                            return Err(ShellError::Parenthesis);
                        }
                        dollar = true;
                        // As Compose has it: `$(` alone does not begin a word, what follows does.
                        word.push(c);
                        continue;
                    }
                    _ => {}
                }
                started = true;
                word.push(c);
            }
        }
    }
    if started {
        out.words.push(word);
    }
    if escaped || double || single || backtick || dollar {
        return Err(ShellError::Open);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text).unwrap().words
    }

    #[test]
    fn quotes_group_and_vanish() {
        assert_eq!(words(r#"a "b c" 'd "e' f\ g ''"#), ["a", "b c", "d \"e", "f g", ""]);
        assert_eq!(words("echo $(date +%s) `id -u`"), ["echo", "$(date +%s)", "`id -u`"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn an_operator_ends_the_command_and_says_where() {
        let split = split("echo a && echo b").unwrap();
        assert_eq!(split.words, ["echo", "a"]);
        assert_eq!(split.ends_at, Some(7));
        assert_eq!(words("run 2>&1"), ["run"]);
    }

    #[test]
    fn open_quotes_and_bare_parentheses_are_errors() {
        for bad in ["'a", "\"a", "`a", "$(a", "a\\", "(a)", ")"] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}
