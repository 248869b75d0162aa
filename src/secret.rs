//! What looks like a secret: names, values, shapes. Used by the rules that report secrets and by the one place that hides them.
//! Knows no rule, no YAML and no Compose. Matchers are written by hand: compiling a set of patterns would take longer than a whole run.
//!
//! Two different errors matter. A rule must not cry wolf, so [`literal_secret`] stays silent in doubt. Output must not leak,
//! so [`ranges`] hides in doubt.

use std::ops::Range;

mod shape;
mod text;

pub(crate) use shape::private_keys;
pub use shape::{password_hash, provider_tokens, secret_shape, token_shape, tokens};
pub use text::{command_secrets, ranges, url_password, url_passwords};

/// Words that make a name the name of a password: its value is a secret even if it is only digits.
const PASSWORD: &[&str] =
    &["PASSWORD", "PASSWORDS", "PASSWD", "PASS", "PWD", "PASSPHRASE", "PASSCODE", "ROOTPW", "REQUIREPASS", "MASTERAUTH"];
/// Words that make a name the name of some other secret.
const SECRET: &[&str] = &["SECRET", "SECRETS", "TOKEN", "TOKENS", "APIKEY", "APIKEYS", "CREDENTIAL", "CREDENTIALS", "AUTHKEY", "SECRETKEY"];
/// Words that are secrets together with `KEY`: `API_KEY`, `APP_KEY`.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "API", "PRIVATE", "ACCESS", "SECRET", "ENCRYPTION", "ENCRYPT", "SIGNING", "SIGN", "MASTER", "AUTH", "APP", "JWT", "SESSION",
    "COOKIE", "HMAC", "AES", "LICENSE", "DEPLOY", "STORAGE", "ACCOUNT", "ADMIN", "WEBHOOK", "SALT", "CRYPTO", "RPC",
];
/// Endings that are glued to another word: `PGPASSWORD`, `GITHUBTOKEN`.
const GLUED: &[&str] = &["PASSWORD", "PASSWD", "PASSPHRASE", "APIKEY", "SECRETKEY", "TOKEN", "SECRET"];
/// A name that ends in one of these is about a secret, and does not hold one.
#[rustfmt::skip]
const HARMLESS_END: &[&str] = &[
    "FILE", "FILES", "FILENAME", "DIR", "DIRECTORY", "FOLDER", "PATH", "PATHS", "MODE", "URL", "URLS", "URI", "URIS", "TTL", "HEADER",
    "HEADERS", "HOST", "HOSTS", "HOSTNAME", "PORT", "USER", "USERNAME", "USERS", "NAME", "NAMES", "LENGTH", "LEN", "SIZE", "EXPIRY",
    "EXPIRE", "EXPIRES", "EXPIRATION", "EXPIRATIONS", "LIFETIME", "AGE", "TIMEOUT", "DURATION", "INTERVAL", "DAYS", "HOURS", "MINUTES",
    "SECONDS", "MS", "IN", "ENABLED", "ENABLE", "DISABLED", "DISABLE", "REQUIRED", "ALLOWED", "POLICY", "TYPE", "METHOD", "METHODS",
    "PROVIDER", "PROVIDERS", "ALGORITHM", "ALGO", "ALG", "FORMAT", "ENDPOINT", "ENDPOINTS", "ISSUER", "AUDIENCE", "SCOPE", "SCOPES",
    "REALM", "SERVER", "SERVICE", "BACKEND", "DRIVER", "ENGINE", "STORE", "PREFIX", "SUFFIX", "ID", "IDS", "VERSION", "COUNT", "LIMIT",
    "MAX", "MIN", "COST", "ROUNDS", "ITERATIONS", "COMMAND", "CMD", "SCRIPT", "SCREEN", "REGION", "REGEX", "PATTERN", "FIELD", "CLAIM",
    "CLAIMS", "ATTRIBUTE", "COOKIE", "DOMAIN", "ADDRESS", "ADDR", "LOCATION", "ENCODING", "CONFIG", "STRATEGY", "ROTATION", "RESET",
    "LOGIN", "SOURCE", "LEVEL", "STRENGTH", "VALIDATION", "VALIDATE", "VERIFY", "REUSE", "REFRESH", "COMPLEXITY", "HINT", "HINTS",
    "MANAGER", "TEMPLATE", "PLUGIN", "PLUGINS", "LABEL", "ENV", "VAR", "VARIABLE", "CLASS", "CLASSES",
];

/// The words of a name, in capitals: at `_`, `-`, `.`, `/` and blanks, and where a small letter is followed by a capital.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            small = false;
            continue;
        }
        if c.is_ascii_uppercase() && small {
            out.push(std::mem::take(&mut word));
        }
        small = c.is_ascii_lowercase();
        word.push(c.to_ascii_uppercase());
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NameClass {
    Password,
    Other,
}

fn classify(name: &str) -> Option<NameClass> {
    // No credential has such a name, and a hostile one should cost nothing.
    if name.len() > 200 {
        return None;
    }
    let words = words(name);
    let is = |list: &[&str], word: &str| list.contains(&word);
    let mut meaningful = words.as_slice();
    // `TOKEN_2`, `PASSWORD_0`
    while let [rest @ .., last] = meaningful
        && last.bytes().all(|b| b.is_ascii_digit())
    {
        meaningful = rest;
    }
    let last = meaningful.last()?;
    if is(HARMLESS_END, last) {
        return None;
    }
    if let [only] = meaningful
        && (only == "PWD" || only == "OLDPWD")
    {
        return None;
    }
    if meaningful.iter().any(|w| is(PASSWORD, w)) || GLUED.iter().take(3).any(|g| last.len() > g.len() && last.ends_with(g)) {
        return Some(NameClass::Password);
    }
    // The name that members of a new cluster find each other by; and files with the passwords of key stores.
    if matches!(meaningful, [first, .., last] if first == "ETCD" && last == "TOKEN" || last == "CREDENTIALS" && meaningful.iter().any(|w| w == "SSL"))
    {
        return None;
    }
    let pair = meaningful.windows(2).any(|w| matches!(w, [a, b] if is(KEYS, a) && (b == "KEY" || b == "KEYS")));
    let other = pair
        || meaningful.iter().any(|w| is(SECRET, w))
        || GLUED.iter().any(|g| last.len() > g.len() && last.ends_with(g))
        || (last == "AUTH" && meaningful.len() > 1 || name == "AUTH");
    other.then_some(NameClass::Other)
}

/// True if a variable, a build argument, a label or a flag of this name holds a credential: `DB_PASSWORD`, `apiKey`, `GITHUB_TOKEN`.
/// False for names that are only about one: `DB_PASSWORD_FILE`, `TOKEN_TTL`.
pub fn credential_key(name: &str) -> bool {
    classify(name).is_some()
}

/// Values that stand for a secret, letters and digits only.
#[rustfmt::skip]
const PLACEHOLDER_WORDS: &[&str] = &[
    "changeme", "changeit", "changethis", "replaceme", "replacethis", "todo", "tbd", "fixme", "none", "null", "nil", "undefined",
    "empty", "unset", "redacted", "hidden", "masked", "example", "sample", "dummy", "placeholder", "yourpassword", "yourtoken",
    "yoursecret", "yourkey", "enabled", "disabled", "required", "optional", "auto", "default", "yes", "no", "on", "off", "true",
    "false", "invalid", "htpasswd", "plain", "digest", "basic", "bearer", "oauth", "oidc", "ldap", "saml", "random", "generate", "generated", "file", "env",
];

/// How a value begins that stands for a secret.
#[rustfmt::skip]
const PLACEHOLDER_STARTS: &[&str] = &[
    "your-", "your_", "your ", "<your", "[your", "my-secret-here", "insert", "replace", "change-me", "change_me", "change me",
    "changeme", "put-", "put_", "enter-", "enter_", "enter ", "set-me", "set_me", "fill-", "fill_", "xxx",
];

/// What a value contains that stands for a secret.
#[rustfmt::skip]
const PLACEHOLDER_PARTS: &[&str] = &[
    "changeme", "change-me", "change_me", "replace-me", "replace_me", "placeholder", "-here", "_here", "please-change", "please_change",
    "not-a-real", "not-used", "not_used", "example.com", "changethis", "change-this", "change_this", "bereplaced", "be-replaced",
    "long-and-random", "long-random", "_missing",
];

/// True if the value stands for a secret that somebody puts in later, or is nothing at all: `changeme`, `<token>`, `${TOKEN}`.
/// For `${TOKEN:-text}` it is the text that counts.
pub fn placeholder(value: &str) -> bool {
    let mut value = value.trim();
    // `${A:-${B:-x}}`: one turn a level; what is nested deeper than anybody writes is no placeholder.
    for _ in 0..8 {
        match expression(value) {
            None => break,
            Some("") => return true,
            Some(default) => value = default,
        }
    }
    if value.chars().count() < 2 {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.is_empty() {
        return true; // `***`, `...`, `----`
    }
    let same = plain.bytes().all(|b| Some(b) == plain.bytes().next());
    if same && plain.starts_with(['x', 'y', 'z', 'n']) && plain.len() > 1 {
        return true;
    }
    let enclosed = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    if enclosed('<', '>')
        || (value.starts_with("{{") && value.ends_with("}}"))
        || enclosed('%', '%')
        || (value.starts_with("__") && value.ends_with("__"))
    {
        return true;
    }
    if value.starts_with("$(") || value.starts_with("$$(") || value.starts_with('`') {
        return true; // asked for when it runs
    }
    if PLACEHOLDER_WORDS.contains(&plain.as_str()) {
        return true;
    }
    if PLACEHOLDER_STARTS.iter().any(|s| lower.starts_with(s)) {
        return true;
    }
    PLACEHOLDER_PARTS.iter().any(|p| lower.contains(p))
}

/// The text of a `${V:-text}`, however deep; `None` for a value that is no such expression.
pub(crate) fn default_of(value: &str) -> Option<&str> {
    let mut default = expression(value.trim())?;
    for _ in 0..8 {
        match expression(default) {
            None => break,
            Some(inner) => default = inner,
        }
    }
    (!default.is_empty()).then_some(default)
}

/// The default of a value that is one `${…}` expression as a whole: empty where it has none. `None`: it is not one.
fn expression(value: &str) -> Option<&str> {
    let rest = value.strip_prefix('$')?;
    if let Some(inner) = rest.strip_prefix('{').and_then(|r| r.strip_suffix('}')) {
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, operator) = inner.split_at(end);
        if name.is_empty() || (operator.contains("${") && !operator.contains('}')) {
            return None;
        }
        // `${A}-${B}` has its first `}` before the end.
        let mut depth = 1i32;
        for (i, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && i < inner.len() {
                return None;
            }
        }
        let default = operator
            .strip_prefix(":-")
            .or_else(|| operator.strip_prefix('-'))
            .or_else(|| operator.strip_prefix(":+"))
            .or_else(|| operator.strip_prefix('+'));
        return Some(default.unwrap_or(""));
    }
    let name =
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !rest.starts_with(|c: char| c.is_ascii_digit());
    name.then_some("")
}

/// Passwords that everybody tries first, and those that images ship with.
#[rustfmt::skip]
const WEAK: &[&str] = &[
    "password", "passwd", "passw0rd", "p@ssw0rd", "p@ssword", "password1", "password123", "pass", "pass123", "secret", "secret123",
    "mysecret", "mysecretpassword", "supersecret", "admin", "admin123", "administrator", "adminpassword", "adminadmin", "root",
    "rootpassword", "rootpass", "toor", "user", "userpass", "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "redis",
    "rabbitmq", "guest", "test", "test123", "testing", "demo", "dev", "local", "letmein", "welcome", "welcome1", "qwerty", "qwerty123",
    "abc123", "abcdef", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "111111", "000000", "0000",
    "docker", "wordpress", "nextcloud", "minio", "minioadmin", "minio123", "elastic", "grafana", "keycloak", "sa", "changeme",
    "changeit", "changethis", "default", "hunter2", "iloveyou", "foobar", "foo", "bar", "token", "mytoken", "apikey", "db", "database",
    "pgpass", "dbpass", "dbpassword", "mypassword", "example", "nopassword", "django", "symfony", "laravel", "drupal", "joomla",
    "oracle", "odoo", "gitea", "vault", "dev-secret", "devsecret", "dev-password", "devpassword", "insecure", "notsecure", "topsecret",
    "s3cret", "pa55word", "pwd", "zabbix", "ghost",
];

/// True if the value is a password that everybody tries first: `admin`, `changeme`, `postgres`. For `${V:-text}` it is the text that counts.
pub fn weak(value: &str) -> bool {
    let mut value = value.trim();
    for _ in 0..8 {
        match expression(value) {
            None => break,
            Some(default) => value = default,
        }
    }
    let lower = value.to_ascii_lowercase();
    // A note to change it is a password too, as long as nobody does.
    let note = ["changeme", "change-me", "change_me", "changethis", "change-this", "change_this"].iter().any(|n| lower.contains(n));
    WEAK.contains(&lower.as_str()) || (note && lower.len() < 80)
}

/// True for `true`, `off`, `yes` …
fn boolean(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "t" | "f" | "enabled" | "disabled" | "null"
    )
}

/// True for a number with at most a unit: `3600`, `15m`, `1.5`, `128MB`, `7 days`.
fn quantity(value: &str) -> bool {
    let digits = value.trim_start_matches(['-', '+']);
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(digits.len());
    let (number, unit) = digits.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.len() <= 19
        && matches!(
            unit.as_str(),
            "" | "ns"
                | "us"
                | "ms"
                | "s"
                | "m"
                | "h"
                | "d"
                | "w"
                | "y"
                | "b"
                | "k"
                | "g"
                | "kb"
                | "mb"
                | "gb"
                | "kib"
                | "mib"
                | "gib"
                | "%"
                | "sec"
                | "min"
                | "seconds"
                | "minutes"
                | "hours"
                | "days"
        )
}

/// True for what is a path rather than a secret: `/run/secrets/db`, `./secrets/key.pem`.
fn path(value: &str) -> bool {
    let Some(rest) = ["/", "./", "../", "~/"].iter().find_map(|p| value.strip_prefix(p)) else { return false };
    rest.split('/')
        .all(|part| part.len() <= 32 && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b)))
}

/// True for a list of files: `db.env,api.env`.
fn file_names(value: &str) -> bool {
    const ENDINGS: &[&str] = &[".env", ".txt", ".json", ".yaml", ".yml", ".toml", ".conf", ".key", ".pem", ".crt", ".p12", ".jks"];
    value.split(',').all(|f| ENDINGS.iter().any(|e| f.trim().len() > e.len() && f.trim().ends_with(e)))
}

/// True for an address without a password in it.
fn plain_url(value: &str) -> bool {
    value.find("://").is_some_and(|i| value.get(..i).is_some_and(|s| s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))))
        && url_passwords(value).is_empty()
}

/// True if `name: value` holds a credential in plain text: a credential's name, and a value that is neither a placeholder nor a
/// switch, a number, a path or an address. Weak passwords count: they are passwords.
pub fn literal_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    let Some(class) = classify(name) else { return vague(name) && random(value) };
    if class == NameClass::Password && value.len() >= 4 && value.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    let level = matches!(value, "ERROR" | "WARN" | "WARNING" | "INFO" | "DEBUG" | "TRACE" | "FATAL");
    // The name of a variable that has it: `OVERLEAF_S3_SECRET_ACCESS_KEY`.
    let name = value.contains('_')
        && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && classify(value).is_some();
    if level || name || boolean(value) || quantity(value) || path(value) || file_names(value) || plain_url(value) {
        return false;
    }
    !placeholder(value)
}

/// True for names that can be those of a credential: `NEXTAUTH_KEY`, `PEPPER_SALT`. The value has to tell.
fn vague(name: &str) -> bool {
    const LAST: [&str; 7] = ["KEY", "SALT", "SEED", "PEPPER", "PSK", "PRIVKEY", "WEBHOOK"];
    let end = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let ends_with =
        |word: &&str| end.len().checked_sub(word.len()).is_some_and(|at| end.get(at..).is_some_and(|e| e.eq_ignore_ascii_case(word)));
    if name.len() > 200 || !LAST.iter().any(ends_with) {
        return false;
    }
    let words = words(name);
    let public =
        words.iter().any(|w| matches!(w.as_str(), "PUBLIC" | "PUB" | "SITE" | "ID" | "PRIMARY" | "FOREIGN" | "CACHE" | "SSH" | "GPG"));
    !public && words.last().is_some_and(|w| LAST.contains(&w.as_str()))
}

/// True for what no person would choose: at least twenty letters and digits mixed, with hardly any repeated.
fn random(value: &str) -> bool {
    let bytes = value.as_bytes();
    let shape = (20..=512).contains(&bytes.len()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(b));
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    // `sk-test-prod-2` and `eu_central_1_bucket` are words; a generator makes few runs of letters that could be one.
    let words =
        value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 2 && w.bytes().all(|b| b.is_ascii_lowercase())).count();
    shape && digits >= 2 && letters >= 4 && words < 2 && entropy(bytes) > 3.2 && !placeholder(value)
}

/// Shannon's entropy in bits a byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for b in bytes {
        if let Some(count) = counts.get_mut(usize::from(*b)) {
            *count += 1;
        }
    }
    let all = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / all).map(|p| -p * p.log2()).sum()
}

/// True if a literal is so common a word that hiding it everywhere would make messages unreadable, while showing it tells nobody that it is a secret.
pub(crate) fn word_like(value: &str) -> bool {
    let letters = value.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    let one_case = capitals == 0
        || !value.bytes().any(|b| b.is_ascii_lowercase())
        || (capitals == 1 && value.starts_with(|c: char| c.is_ascii_uppercase()));
    // `DB_PASSWORD`: a value that is the name of a variable.
    let name = value.contains('_') && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    weak(value) || name || (value.len() < 16 && ((letters && one_case) || value.bytes().all(|b| b.is_ascii_digit())))
}

/// The part of `range` within `text`, on character boundaries.
fn clamp(text: &str, range: Range<usize>) -> Range<usize> {
    let mut end = range.end.min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let mut start = range.start.min(end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        #[rustfmt::skip]
        let yes = [
            "PASSWORD", "POSTGRES_PASSWORD", "MYSQL_ROOT_PASSWORD", "PGPASSWORD", "DB_PASS", "DB_PWD", "MYSQL_PWD", "dbPassword",
            "spring.datasource.password", "JWT_SECRET", "SECRET_KEY_BASE", "SECRET_KEY", "API_KEY", "APIKEY", "api-key", "apiKey",
            "PRIVATE_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY", "GITHUB_TOKEN", "GITHUBTOKEN", "TOKEN", "TOKEN_2", "CREDENTIALS",
            "APP_KEY", "ENCRYPTION_KEY", "NEO4J_AUTH", "AUTH", "requirepass", "SSH_PASSPHRASE", "RABBITMQ_DEFAULT_PASS",
            "CLIENT_SECRET", "OAUTH_CLIENT_SECRET", "MINIO_SECRET_KEY", "TS_AUTHKEY", "GF_SECURITY_ADMIN_PASSWORD",
        ];
        #[rustfmt::skip]
        let no = [
            "POSTGRES_PASSWORD_FILE", "SECRETS_DIR", "TOKEN_PATH", "SECRET_MODE", "TOKEN_URL", "AUTH_URL", "TOKEN_TTL",
            "API_KEY_HEADER", "PASSWORD_MIN_LENGTH", "ACCESS_TOKEN_EXPIRE_MINUTES", "TOKEN_EXPIRY", "SECRET_NAME", "SECRET_HOST",
            "AUTH_METHOD", "GF_AUTH_ANONYMOUS_ENABLED", "PWD", "OLDPWD", "PASSTHROUGH", "BYPASS", "COMPASS", "KEYBOARD", "KEY",
            "MONKEY", "AUTHOR", "POSTGRES_USER", "DATABASE_URL", "PUBLIC_KEY", "SSH_KEY_PATH", "AWS_ACCESS_KEY_ID", "TOKENIZER",
            "SECRETARY", "LOG_LEVEL", "", "___",
        ];
        for name in yes {
            assert!(credential_key(name), "{name} is the name of a credential");
        }
        for name in no {
            assert!(!credential_key(name), "{name} holds no credential");
        }
    }

    #[test]
    fn values_that_stand_for_a_secret() {
        #[rustfmt::skip]
        let yes = [
            "", " ", "x", "changeme", "CHANGE_ME", "change-me-please", "changeme123", "<password>", "<your token>", "your-api-key",
            "YOUR_SECRET", "xxx", "XXXXXXXX", "example", "***", "...", "${DB_PASSWORD}", "$DB_PASSWORD", "${DB_PASSWORD:?set it}",
            "${DB_PASSWORD:-}", "${A:-${B}}", "${A:-changeme}", "{{ token }}", "put-your-token-here", "insert token", "TODO", "none",
            "$(cat /run/secrets/db)", "__TOKEN__", "secret_goes_here",
        ];
        #[rustfmt::skip]
        let no = [
            "hunter2", "admin", "postgres", "s3cr3t-Value", "${A:-hunter2}", "${A:-${B:-hunter2}}", "pre-${A}-post", "${A}${B}x9",
            "Tr0ub4dor&3", "correct horse",
        ];
        for value in yes {
            assert!(placeholder(value), "{value:?} stands for a secret");
        }
        for value in no {
            assert!(!placeholder(value), "{value:?} is no placeholder");
        }
    }

    #[test]
    fn passwords_that_everybody_tries() {
        for value in ["admin", "Password", "123456", "postgres", "changeme", "${PW:-postgres}", "minioadmin", "hunter2"] {
            assert!(weak(value), "{value}");
        }
        for value in ["", "k8Jd-2mQz", "${PW}", "correct horse battery staple", "administratively"] {
            assert!(!weak(value), "{value}");
        }
    }

    #[test]
    fn a_name_and_a_value_together() {
        #[rustfmt::skip]
        let yes = [
            ("DB_PASSWORD", "hunter2"), ("DB_PASSWORD", "postgres"), ("MYSQL_ROOT_PASSWORD", "123456"), ("API_KEY",
            "a8f5f167f44f4964e6c998dee827110c"), ("JWT_SECRET", "please keep this safe 42"), ("DB_PASSWORD", "${PW:-hunter2}"),
            ("NEO4J_AUTH", "neo4j/s3cr3t"), ("SECRET", "/Ab9+zzQ/kd=="),
        ];
        #[rustfmt::skip]
        let no = [
            ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"), ("MYSQL_RANDOM_ROOT_PASSWORD", "1"), ("TOKEN", "3600"), ("SESSION_SECRET", "15m"),
            ("DB_PASSWORD", "${PW}"), ("DB_PASSWORD", ""), ("DB_PASSWORD_FILE", "/run/secrets/db"), ("DB_PASSWORD", "/run/secrets/db"),
            ("AUTH", "https://idp.example.org/auth"), ("LOG_LEVEL", "hunter2"), ("GRAFANA_AUTH", "true"), ("SECRET_KEY", "changeme"),
        ];
        for (name, value) in yes {
            assert!(literal_secret(name, value), "{name}={value}");
        }
        for (name, value) in no {
            assert!(!literal_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn a_vague_name_needs_a_value_that_nobody_would_choose() {
        for (name, value) in [
            ("NEXTAUTH_KEY", "k3Jx9QvL2mZ8rT5wY7uBnA4c"),
            ("AUTH_SALT", "9f86d081884c7d659a2feaa0c55ad015"),
            ("LEGACY_SEED", "4b825dc6-42cb-6eb9-a060-e54bf8d69288"),
        ] {
            assert!(literal_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("SORT_KEY", "created_at_2024_desc_by_user"),
            ("S3_KEY", "backups/2024/db-dump-latest-01"),
            ("PUBLIC_KEY", "k3Jx9QvL2mZ8rT5wY7uBnA4c"),
            ("CACHE_KEY", "9f86d081884c7d659a2feaa0c55ad015"),
            ("NEXTAUTH_KEY", "${KEY}"),
            ("KEY", "short1"),
            ("KEY", "aaaaaaaaaaaaaaaaaaaa1111"),
            ("LOG_LEVEL", "9f86d081884c7d659a2feaa0c55ad015"),
        ] {
            assert!(!literal_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn hostile_values_cost_nothing() {
        let long = "${A:-".repeat(100_000);
        assert!(!placeholder(&long));
        assert!(!weak(&long));
        assert!(!credential_key(&"PASSWORD_".repeat(100_000)));
    }
}
