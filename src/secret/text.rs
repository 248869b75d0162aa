//! Secrets within a longer text: in an address, behind a flag, in an assignment, in a line of YAML or of an env file.

use std::ops::Range;

use super::{clamp, classify, credential_key, literal_secret, path, placeholder, tokens, vague};

/// Characters of an address that are looked at, up to its host.
const LONGEST: usize = 2000;
/// Assignments of secrets in one line that are told apart: of more, all that follows is taken for one.
const MOST: usize = 1000;

/// The passwords of all addresses in a text: `scheme://user:THIS@host`. Placeholders and `${…}` are left out.
pub fn url_passwords(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|t| t.find("://")).map(|i| from + i + 3) {
        from = at;
        let scheme = text.get(..at - 3).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_alphanumeric()));
        let rest = text.get(at..).unwrap_or("");
        let rest = rest.char_indices().nth(LONGEST).and_then(|(end, _)| rest.get(..end)).unwrap_or(rest);
        // The authority ends at the path, or where the text says so; `${A:?x y}` may hold anything.
        let mut depth = 0u32;
        let mut end = rest.len();
        for (i, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                '/' | '?' | '#' if depth == 0 && rest.get(i..).is_some_and(|r| !r.contains('@') || !password_goes_on(r)) => {
                    end = i;
                    break;
                }
                '"' | '\'' | '`' | ' ' | '\t' | '\n' | '\r' | '<' | '>' | ',' if depth == 0 => {
                    end = i;
                    break;
                }
                _ => {}
            }
        }
        let Some(authority) = rest.get(..end) else { continue };
        let Some(host) = authority.rfind('@') else { continue };
        let Some(user) = authority.get(..host) else { continue };
        let Some(colon) = colon_outside_braces(user) else { continue };
        let password = user.get(colon + 1..).unwrap_or("");
        // In Nix, a variable of Compose is written with a backslash.
        let meant = password.strip_prefix('\\').filter(|p| p.starts_with("${")).unwrap_or(password);
        if scheme && !password.is_empty() && !placeholder(meant) {
            out.push(at + colon + 1..at + host);
        }
    }
    out
}

/// A `/`, `?` or `#` in a password that was not escaped: what follows still leads to an `@` before any blank or quote, and before the next path.
fn password_goes_on(rest: &str) -> bool {
    let word = rest.split(['"', '\'', ' ', '\t', '\n', '\r', '`', '<', '>']).next().unwrap_or("");
    // `http://host/@scope/x` has its `@` right behind the slash; `http://user:pa/ss@host` has one later, and a colon before it.
    word.find('@').is_some_and(|i| i > 1 && word.get(..i).is_some_and(|w| !w.get(1..).unwrap_or("").contains(['/', ':', '?', '=', '&'])))
}

fn colon_outside_braces(text: &str) -> Option<usize> {
    let mut depth = 0u32;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(i),
            _ => {}
        }
    }
    None
}

/// The password of the first address in a value that has a literal one: `scheme://user:THIS@host`.
pub fn url_password(value: &str) -> Option<Range<usize>> {
    url_passwords(value).into_iter().next()
}

/// Which words of a command are secrets, or hold one at their end: `["redis-server", "--requirepass", "x"]`, `--token=x`, `mysql -px`.
/// The result has an index and the range within that word.
pub fn command_secrets<S: AsRef<str>>(words: &[S]) -> Vec<(usize, Range<usize>)> {
    let mut out = Vec::new();
    let program = |name: &str| words.iter().any(|w| w.as_ref().rsplit(['/', ' ']).next().is_some_and(|w| w.starts_with(name)));
    // Every line of every file comes through here: looked for only where it decides.
    let mysql = || program("mysql") || program("mariadb");
    let redis = || program("redis") || program("valkey");
    let mut value_follows = false;
    for (i, word) in words.iter().enumerate() {
        let word = word.as_ref();
        if value_follows {
            value_follows = false;
            if !word.starts_with('-') && !placeholder(word) && !path(word) {
                out.push((i, 0..word.len()));
                continue;
            }
        }
        if let Some(flag) = word.strip_prefix('-') {
            let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v)));
            let name = name.trim_start_matches('-');
            if flag_names_secret(name) {
                match value {
                    Some(value) if literal_secret(name, value) || (weak_flag(name) && !placeholder(value)) => {
                        out.push((i, word.len() - value.len()..word.len()));
                    }
                    Some(_) => {}
                    None => value_follows = true,
                }
            } else if word.len() > 2
                && word.starts_with("-p")
                && word.get(2..).is_some_and(|v| !placeholder(v))
                && !word.contains('=')
                && mysql()
            {
                out.push((i, 2..word.len()));
            } else if word == "-a" && redis() {
                value_follows = true;
            }
        } else if let Some((name, value)) = word.split_once('=')
            && !name.contains(char::is_whitespace)
            && literal_secret(name, value)
        {
            out.push((i, name.len() + 1..word.len()));
        } else if (word == "requirepass" || word == "masterauth") && redis() {
            value_follows = true;
        }
    }
    out
}

fn flag_names_secret(name: &str) -> bool {
    // `-p$DB_PASSWORD` is no flag of that name.
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    name.len() > 2 && plain && (credential_key(name) || weak_flag(name))
}

fn weak_flag(name: &str) -> bool {
    matches!(name, "requirepass" | "masterauth" | "rootpw" | "pass" | "password")
}

/// Everything in one line of a source that looks like a secret, whatever the file is: YAML, env file, comment, script. Hides in doubt.
/// The ranges are sorted and may overlap.
pub fn ranges(line: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = tokens(line).into_iter().map(|(r, _)| r).collect();
    out.extend(url_passwords(line));
    assignments(line, &mut out);
    flags(line, &mut out);
    for range in &mut out {
        *range = clamp(line, range.clone());
    }
    out.retain(|r| !r.is_empty());
    out.sort_by_key(|r| (r.start, r.end));
    out
}

/// `KEY: value`, `KEY=value`, `"KEY": "value"`.
fn assignments(line: &str, out: &mut Vec<Range<usize>>) {
    let mut looked_at = 0;
    for (at, sign) in line.char_indices().filter(|(_, c)| matches!(c, ':' | '=')) {
        let before = line.get(..at).unwrap_or("").trim_end();
        let key_text = before.trim_end_matches(['"', '\'']);
        let key_start = key_text
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !"_.-".contains(c))
            .map_or(0, |i| i + key_text.get(i..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8));
        let key = key_text.get(key_start..).unwrap_or("").trim_start_matches('-');
        if key.is_empty() || !(classify(key).is_some() || vague(key)) {
            continue;
        }
        let after = line.get(at + 1..).unwrap_or("");
        if sign == ':' && !after.starts_with([' ', '\t', '"', '\'']) {
            continue; // `token:x` is no mapping; an address is found elsewhere
        }
        looked_at += 1;
        if looked_at > MOST {
            out.push(at + 1..line.len());
            break;
        }
        let lead = line.get(..key_start).unwrap_or("").trim().trim_start_matches('#').trim();
        let first = lead.trim_start_matches(['-', '"', '\'', ' ']).is_empty() || lead == "export" || lead == "- export";
        let opened = line.get(..key_start).and_then(|t| t.chars().next_back()).filter(|c| matches!(c, '"' | '\''));
        if let Some(range) = value_range(line, at + 1, sign, first, opened)
            && line.get(range.clone()).is_some_and(|v| literal_secret(key, v))
        {
            out.push(range);
        }
    }
}

/// The value that begins behind a sign: without quotes, anchor and comment.
fn value_range(line: &str, from: usize, sign: char, first: bool, opened: Option<char>) -> Option<Range<usize>> {
    let rest = line.get(from..)?;
    let mut start = from + (rest.len() - rest.trim_start().len());
    if sign == '=' && start != from && !first {
        return None; // `a = b` in prose or a condition
    }
    let mut rest = line.get(start..)?;
    while rest.starts_with(['&', '!']) && sign == ':' {
        let skip = rest.find(' ')? + 1;
        let trimmed = rest.get(skip..)?.trim_start();
        start = line.len() - trimmed.len();
        rest = trimmed;
    }
    if rest.starts_with(['|', '>', '*', '{', '[']) && sign == ':' {
        return None; // a block, an alias or a collection: the tree knows
    }
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = rest.get(1..)?;
        let mut escaped = false;
        let end = inner
            .char_indices()
            .find(|(_, c)| {
                let end = *c == quote && !escaped;
                escaped = *c == '\\' && quote == '"' && !escaped;
                end
            })
            .map_or(inner.len(), |(i, _)| i);
        return Some(start + 1..start + 1 + end);
    }
    let end = if let Some(quote) = opened.filter(|_| sign == '=') {
        if first { rest.rfind(quote).unwrap_or(rest.len()) } else { rest.find([quote, ' ']).unwrap_or(rest.len()) }
    } else if first {
        rest.find(" #").unwrap_or(rest.len())
    } else {
        rest.find([' ', '\t', '"', '\'', ',', '}', ']', ';', '&', '|', ')']).unwrap_or(rest.len())
    };
    let value = rest.get(..end)?.trim_end();
    // A flow mapping on one line: `{A: x, B: y}`.
    Some(start..start + value.len())
}

/// `--password x`, `--password=x`, also between quotes and commas: `["--password", "x"]`.
fn flags(line: &str, out: &mut Vec<Range<usize>>) {
    if !line.contains(['-', '=']) && !line.contains("requirepass") && !line.contains("masterauth") {
        return;
    }
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut start = None;
    for (i, c) in line.char_indices() {
        let cut = c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | ';' | '|' | '`');
        match (cut, start) {
            (false, None) => start = Some(i),
            (true, Some(s)) => {
                words.push(s..i);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|s| s..line.len()));
    let texts: Vec<&str> = words.iter().map(|r| line.get(r.clone()).unwrap_or("")).collect();
    for (i, range) in command_secrets(&texts) {
        if let Some(word) = words.get(i) {
            out.push(word.start + range.start..word.start + range.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(line: &str) -> String {
        let mut bytes: Vec<char> = Vec::new();
        let found = ranges(line);
        for (i, c) in line.char_indices() {
            bytes.push(if found.iter().any(|r| r.contains(&i)) { '*' } else { c });
        }
        bytes.into_iter().collect()
    }

    #[test]
    fn passwords_of_addresses() {
        let rows = [
            ("postgres://app:s3cr3t@db:5432/app", Some("s3cr3t")),
            ("redis://:s3cr3t@redis:6379/0", Some("s3cr3t")),
            ("amqp://guest:guest@mq//", Some("guest")),
            ("mongodb://u:p%40ss@a:1,b:2/x", Some("p%40ss")),
            ("http://u:pa/ss@host/x", Some("pa/ss")),
            ("postgres://app:${PW}@db/app", None),
            ("postgres://app:${PW:-s3cr3t}@db/app", Some("${PW:-s3cr3t}")),
            ("postgres://app:$PW@db", None),
            ("postgres://app@db", None),
            ("postgres://db:5432/app", None),
            ("http://example.com/@scope/pkg:1", None),
            ("http://example.com/a?x=b:c@d", None),
            ("https://user:changeme@host", None),
            ("user:pass@host", None),
            ("http://host:8080", None),
            ("", None),
        ];
        for (text, password) in rows {
            assert_eq!(url_password(text).map(|r| &text[r]), password, "{text}");
        }
    }

    /// The words of a command, and which of them hold what secret.
    type Row = (&'static [&'static str], &'static [(usize, &'static str)]);

    #[test]
    fn secrets_in_commands() {
        let rows: &[Row] = &[
            (&["redis-server", "--requirepass", "s3cr3t"], &[(2, "s3cr3t")]),
            (&["redis-cli", "-a", "s3cr3t", "ping"], &[(2, "s3cr3t")]),
            (&["app", "--token=s3cr3t"], &[(1, "s3cr3t")]),
            (&["app", "--api-key", "s3cr3t", "--port", "80"], &[(2, "s3cr3t")]),
            (&["mysqladmin", "-proot1", "ping"], &[(1, "root1")]),
            (&["mysqladmin", "--protocol", "tcp"], &[]),
            (&["mysqladmin", "-p$MYSQL_ROOT_PASSWORD", "ping"], &[]),
            (&["docker", "-p80:80"], &[]),
            (&["app", "--password-file", "/run/secrets/x"], &[]),
            (&["app", "--password", "${PW}"], &[]),
            (&["app", "--password", "--verbose"], &[]),
            (&["PGPASSWORD=s3cr3t", "psql"], &[(0, "s3cr3t")]),
            (&["app", "--log.level=debug"], &[]),
        ];
        for (words, expected) in rows {
            let found: Vec<(usize, &str)> = command_secrets(words).into_iter().map(|(i, r)| (i, &words[i][r])).collect();
            assert_eq!(found, *expected, "{words:?}");
        }
    }

    #[test]
    fn lines_with_their_secrets_hidden() {
        let rows = [
            ("      POSTGRES_PASSWORD: s3cr3t", "      POSTGRES_PASSWORD: ******"),
            ("      POSTGRES_PASSWORD: \"s3 cr3t\" # mine", "      POSTGRES_PASSWORD: \"*******\" # mine"),
            ("      - POSTGRES_PASSWORD=s3 cr3t", "      - POSTGRES_PASSWORD=*******"),
            ("      - \"POSTGRES_PASSWORD=s3cr3t\"", "      - \"POSTGRES_PASSWORD=******\""),
            ("DB_PASSWORD=s3cr3t # comment", "DB_PASSWORD=****** # comment"),
            ("export API_TOKEN='s3cr3t'", "export API_TOKEN='******'"),
            ("# API_TOKEN=s3cr3t", "# API_TOKEN=******"),
            ("env: {DB_PASSWORD: s3cr3t, LOG: x}", "env: {DB_PASSWORD: ******, LOG: x}"),
            ("{\"DB_PASSWORD\": \"s3cr3t\"}", "{\"DB_PASSWORD\": \"******\"}"),
            ("{\"DB_PASSWORD\":\"s3cr3t\"}", "{\"DB_PASSWORD\":\"******\"}"),
            ("command: sh -c \"PGPASSWORD=s3cr3t psql -U app\"", "command: sh -c \"PGPASSWORD=****** psql -U app\""),
            ("command: redis-server --requirepass s3cr3t --port 1", "command: redis-server --requirepass ****** --port 1"),
            ("command: [\"redis-server\", \"--requirepass\", \"s3cr3t\"]", "command: [\"redis-server\", \"--requirepass\", \"******\"]"),
            ("  DATABASE_URL: postgres://app:s3cr3t@db/app", "  DATABASE_URL: postgres://app:******@db/app"),
            ("  PASSWORD: &pw s3cr3t", "  PASSWORD: &pw ******"),
            ("  PASSWORD: ${PW}", "  PASSWORD: ${PW}"),
            ("  PASSWORD: ${PW:-s3cr3t}", "  PASSWORD: *************"),
            ("  PASSWORD_FILE: /run/secrets/pw", "  PASSWORD_FILE: /run/secrets/pw"),
            ("  image: postgres:17.2", "  image: postgres:17.2"),
            ("  - \"5432:5432\"", "  - \"5432:5432\""),
            ("  PÄSSWORD: ünïcödé", "  PÄSSWORD: ünïcödé"),
            ("  ü_PASSWORD: ünïcödé9", "  ü_PASSWORD: ********"),
        ];
        for (line, expected) in rows {
            assert_eq!(hidden(line), expected);
        }
    }
}
