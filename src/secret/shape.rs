//! Values that are secrets whatever their name is: tokens with a well-known prefix, private keys, password hashes.

use std::ops::Range;
use std::sync::LazyLock;

use super::clamp;

/// A prefix, the characters that follow it, and how many at least.
struct Prefixed {
    prefix: &'static str,
    more: fn(u8) -> bool,
    least: usize,
    most: usize,
    kind: &'static str,
}

fn alphanumeric(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn wordy(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

fn upper_or_digit(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

fn dotted(b: u8) -> bool {
    wordy(b) || b == b'.' || b == b'='
}

fn path_like(b: u8) -> bool {
    wordy(b) || b == b'/'
}

fn hexadecimal(b: u8) -> bool {
    b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
}

fn base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"+/=_-".contains(&b)
}

fn hash(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"$./+=,-_".contains(&b)
}

/// A token: prefix, what follows it, how many of these at least and at most, and what it is.
const fn token(prefix: &'static str, more: fn(u8) -> bool, least: usize, most: usize, kind: &'static str) -> Prefixed {
    Prefixed { prefix, more, least, most, kind }
}

/// What a password hash is called: it is a secret, but of nobody's service.
const HASH: &str = "a password hash";

/// By their makers' own documentation, and as the public secret scanners have them.
#[rustfmt::skip]
const PREFIXED: &[Prefixed] = &[
    token("AKIA", upper_or_digit, 16, 16, "an AWS access key"),
    token("ASIA", upper_or_digit, 16, 16, "an AWS access key"),
    token("ghp_", alphanumeric, 30, 255, "a GitHub token"),
    token("gho_", alphanumeric, 30, 255, "a GitHub token"),
    token("ghu_", alphanumeric, 30, 255, "a GitHub token"),
    token("ghs_", alphanumeric, 30, 255, "a GitHub token"),
    token("ghr_", alphanumeric, 30, 255, "a GitHub token"),
    token("github_pat_", wordy, 30, 255, "a GitHub token"),
    token("glpat-", dotted, 20, 255, "a GitLab token"),
    token("gldt-", wordy, 20, 255, "a GitLab deploy token"),
    token("glrt-", dotted, 20, 255, "a GitLab runner token"),
    token("glptt-", wordy, 20, 255, "a GitLab trigger token"),
    token("glcbt-", wordy, 20, 255, "a GitLab job token"),
    token("glagent-", wordy, 20, 255, "a GitLab agent token"),
    token("gloas-", wordy, 20, 255, "a GitLab application secret"),
    token("xoxb-", wordy, 10, 255, "a Slack token"),
    token("xoxa-", wordy, 10, 255, "a Slack token"),
    token("xoxp-", wordy, 10, 255, "a Slack token"),
    token("xoxr-", wordy, 10, 255, "a Slack token"),
    token("xoxs-", wordy, 10, 255, "a Slack token"),
    token("xapp-", wordy, 30, 255, "a Slack token"),
    token("hooks.slack.com/services/T", path_like, 20, 120, "a Slack webhook"),
    token("discord.com/api/webhooks/", path_like, 60, 160, "a Discord webhook"),
    token("discordapp.com/api/webhooks/", path_like, 60, 160, "a Discord webhook"),
    token("sk_live_", alphanumeric, 16, 255, "a Stripe key"),
    token("rk_live_", alphanumeric, 16, 255, "a Stripe key"),
    token("whsec_", base64, 24, 128, "a webhook's signing secret"),
    token("sk-ant-", wordy, 20, 255, "an Anthropic key"),
    token("sk-proj-", wordy, 20, 255, "an OpenAI key"),
    token("sk-svcacct-", wordy, 20, 255, "an OpenAI key"),
    token("sk-admin-", wordy, 20, 255, "an OpenAI key"),
    token("sk-or-v1-", alphanumeric, 40, 128, "an OpenRouter key"),
    token("gsk_", alphanumeric, 40, 80, "a Groq key"),
    token("xai-", alphanumeric, 60, 120, "an xAI key"),
    token("pplx-", alphanumeric, 40, 80, "a Perplexity key"),
    token("r8_", alphanumeric, 37, 37, "a Replicate token"),
    token("hf_", alphanumeric, 34, 37, "a Hugging Face token"),
    token("AIza", wordy, 35, 35, "a Google API key"),
    token("GOCSPX-", wordy, 28, 28, "a Google OAuth secret"),
    token("ya29.", wordy, 30, 255, "a Google access token"),
    token("SG.", dotted, 50, 255, "a SendGrid key"),
    token("SK", hexadecimal, 32, 32, "a Twilio key"),
    token("npm_", alphanumeric, 36, 36, "an npm token"),
    token("pypi-AgE", wordy, 50, 255, "a PyPI token"),
    token("rubygems_", hexadecimal, 48, 48, "a RubyGems token"),
    token("dckr_pat_", wordy, 20, 255, "a Docker Hub token"),
    token("dckr_oat_", wordy, 20, 255, "a Docker Hub token"),
    token("hvs.", wordy, 20, 255, "a Vault token"),
    token("hvb.", wordy, 60, 255, "a Vault token"),
    token("tskey-auth-", wordy, 10, 255, "a Tailscale key"),
    token("tskey-client-", wordy, 10, 255, "a Tailscale key"),
    token("tskey-api-", wordy, 10, 255, "a Tailscale key"),
    token("dop_v1_", hexadecimal, 64, 64, "a DigitalOcean token"),
    token("doo_v1_", hexadecimal, 64, 64, "a DigitalOcean token"),
    token("dor_v1_", hexadecimal, 64, 64, "a DigitalOcean token"),
    // The base64 of a JSON object that begins with the account's `"a"`.
    token("eyJhIjoi", base64, 90, 400, "a Cloudflare tunnel token"),
    token("glsa_", wordy, 36, 64, "a Grafana token"),
    token("glc_", base64, 40, 400, "a Grafana token"),
    token("sntrys_", base64, 60, 400, "a Sentry token"),
    token("shpat_", hexadecimal, 32, 32, "a Shopify token"),
    token("shpss_", hexadecimal, 32, 32, "a Shopify secret"),
    token("lin_api_", alphanumeric, 40, 40, "a Linear key"),
    token("ntn_", alphanumeric, 40, 60, "a Notion token"),
    token("dp.pt.", alphanumeric, 40, 50, "a Doppler token"),
    token("dp.st.", dotted, 40, 80, "a Doppler token"),
    token("sbp_", hexadecimal, 40, 40, "a Supabase token"),
    token("dapi", hexadecimal, 32, 32, "a Databricks token"),
    token("PMAK-", wordy, 50, 80, "a Postman key"),
    token("NRAK-", alphanumeric, 27, 27, "a New Relic key"),
    token("AGE-SECRET-KEY-1", upper_or_digit, 50, 80, "an age key"),
    token("$2a$", hash, 50, 64, HASH),
    token("$2b$", hash, 50, 64, HASH),
    token("$2y$", hash, 50, 64, HASH),
    // `$` is written twice in a Compose file.
    token("$$2a$$", hash, 50, 66, HASH),
    token("$$2b$$", hash, 50, 66, HASH),
    token("$$2y$$", hash, 50, 66, HASH),
    token("$apr1$", hash, 20, 40, HASH),
    token("$$apr1$$", hash, 20, 42, HASH),
    token("$argon2", hash, 20, 255, HASH),
    token("$$argon2", hash, 20, 255, HASH),
    token("$6$", hash, 40, 130, HASH),
    token("$$6$$", hash, 40, 130, HASH),
    token("{SHA}", hash, 28, 28, HASH),
];

/// As many bytes has the shortest, a signed token and a bot's token and the lines of a private key more.
const SHORTEST: usize = 15;

/// The same by their first byte.
static BY_FIRST: LazyLock<Vec<Vec<&Prefixed>>> = LazyLock::new(|| {
    let mut all = vec![Vec::new(); 1 << u8::BITS];
    for prefixed in PREFIXED {
        if let Some(same) = prefixed.prefix.bytes().next().and_then(|first| all.get_mut(usize::from(first))) {
            same.push(prefixed);
        }
    }
    all
});

/// Every secret of a well-known shape in a text, with what it is; in order, not overlapping.
pub fn tokens(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut out: Vec<(Range<usize>, &'static str)> = Vec::new();
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST {
        return out;
    }
    out.extend(private_keys(text).into_iter().map(|r| (r, "a private key")));
    let mut at = 0;
    // What follows the word at which no signed token begins is the same for every part of that word.
    let mut unsigned = 0;
    while at + SHORTEST <= bytes.len() {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied();
        // In the middle of a word nothing begins, except that `$` itself may follow one: `admin:$2y$…`, `admin$apr1$…`.
        let start = before.is_none_or(|b| !alphanumeric(b) && b != b'_') || bytes.get(at) == Some(&b'$');
        let found = bytes.get(at..).filter(|_| start).and_then(|rest| {
            let signed = || {
                if at < unsigned || !rest.starts_with(b"eyJ") {
                    return None;
                }
                let token = jwt(rest);
                if token.is_none() {
                    unsigned = at + rest.iter().take_while(|b| wordy(**b)).count();
                }
                token
            };
            prefixed(rest).or_else(signed).or_else(|| bot(rest))
        });
        match found {
            Some((len, kind)) => {
                out.push((at..at + len, kind));
                at += len;
            }
            None => at += 1,
        }
    }
    out.sort_by_key(|(r, _)| (r.start, std::cmp::Reverse(r.end)));
    let mut end = 0;
    out.retain(|(r, _)| {
        let keep = r.start >= end;
        if keep {
            end = r.end;
        }
        keep
    });
    for (range, _) in &mut out {
        *range = clamp(text, range.clone());
    }
    out
}

fn prefixed(rest: &[u8]) -> Option<(usize, &'static str)> {
    // This is asked of every word of every file. Most begin like no token, or are not even long enough.
    let candidates = BY_FIRST.get(usize::from(*rest.first()?)).filter(|c| !c.is_empty())?;
    if rest.get(..SHORTEST)?.iter().any(|b| b.is_ascii_whitespace() || *b == b'"') {
        return None;
    }
    candidates.iter().find_map(|p| {
        let tail = rest.strip_prefix(p.prefix.as_bytes())?;
        let len = tail.iter().take(p.most + 1).take_while(|b| (p.more)(**b)).count();
        (len >= p.least && len <= p.most).then_some((p.prefix.len() + len, p.kind))
    })
}

/// `8123456789:AA…`: the token of a Telegram bot. `MTE….Gx….…`: that of a Discord bot.
fn bot(rest: &[u8]) -> Option<(usize, &'static str)> {
    let count = |bytes: &[u8], of: fn(u8) -> bool| bytes.iter().take(80).take_while(|b| of(**b)).count();
    if rest.first().is_some_and(u8::is_ascii_digit) {
        let id = count(rest, |b| b.is_ascii_digit());
        let key = rest.get(id..)?.strip_prefix(b":AA").map(|tail| count(tail, wordy))?;
        return ((8..=10).contains(&id) && key == 33).then_some((id + 3 + key, "a Telegram bot's token"));
    }
    if !matches!(rest.first(), Some(b'M' | b'N' | b'O')) {
        return None;
    }
    let id = count(rest, wordy);
    let time = rest.get(id..)?.strip_prefix(b".").map(|tail| count(tail, wordy))?;
    let key = rest.get(id + 1 + time..)?.strip_prefix(b".").map(|tail| count(tail, wordy))?;
    let shape = (24..=28).contains(&id) && time == 6 && (27..=38).contains(&key);
    shape.then_some((id + 1 + time + 1 + key, "a Discord bot's token"))
}

/// `eyJ….eyJ….…`: a signed token; its header and payload are JSON objects.
fn jwt(rest: &[u8]) -> Option<(usize, &'static str)> {
    if !rest.starts_with(b"eyJ") {
        return None;
    }
    let part = |bytes: &[u8]| bytes.iter().take_while(|b| wordy(**b)).count();
    let head = part(rest);
    let rest1 = rest.get(head..)?.strip_prefix(b".")?;
    if !rest1.starts_with(b"eyJ") {
        return None;
    }
    let body = part(rest1);
    let sign = rest1.get(body..)?.strip_prefix(b".").map(part)?;
    (head >= 10 && body >= 10 && sign >= 10).then_some((head + 1 + body + 1 + sign, "a signed token"))
}

/// The bodies of private keys, with their first and last lines; without a last line, all that follows.
pub(crate) fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|t| t.find("-----BEGIN ")).map(|i| from + i) {
        let line = text.get(start..).unwrap_or("");
        let head = line.get("-----BEGIN ".len()..).and_then(|l| l.find("-----").map(|i| (l, i)));
        let Some((label, len)) = head.and_then(|(l, i)| l.get(..i).map(|label| (label, "-----BEGIN ".len() + i + 5))) else {
            break;
        };
        if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
            from = start + len;
            continue;
        }
        let end = line.get(len..).and_then(|t| t.find("-----END ")).map_or(text.len(), |i| {
            let tail = start + len + i + "-----END ".len();
            text.get(tail..).and_then(|t| t.find("-----")).map_or(text.len(), |j| tail + j + 5)
        });
        out.push(start..end);
        from = end;
    }
    out
}

/// What a value is, if its shape alone says that it is a secret: "a GitHub token", "a private key".
pub fn token_shape(value: &str) -> Option<&'static str> {
    tokens(value).first().map(|(_, kind)| *kind)
}

/// True if a value holds the hash of a password, as `htpasswd` writes it.
pub fn password_hash(value: &str) -> bool {
    tokens(value).iter().any(|(range, kind)| *kind == HASH && value.get(range.clone()).is_some_and(|t| !documentation(t)))
}

/// The tokens and private keys in a text that a service would accept: no hashes, and nothing that documentation shows as an example.
pub fn provider_tokens(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut out = tokens(text);
    out.retain(|(range, kind)| *kind != HASH && text.get(range.clone()).is_some_and(|t| !documentation(t)));
    out
}

/// True if a value holds something of one of these shapes: a token, a private key, the hash of a password.
pub fn secret_shape(value: &str) -> bool {
    tokens(value).into_iter().any(|(range, _)| value.get(range).is_some_and(|t| !documentation(t)))
}

/// What shows that a token was made for a page and not for a service.
#[rustfmt::skip]
const EXAMPLES: &[&str] = &[
    "example", "xxxx", "your", "placeholder", "dummy", "changeme", "change-me", "change_me", "redacted", "sample", "fake", "0123456789", "123456789",
    "abcdef", "deadbeef", "insert", "replace", "secret", "...", "<", "notreal", "not-a-real",
];

/// Parts of signed tokens that everybody has: the one of jwt.io (`"sub":"1234567890"`), and the ones that Supabase ships (`supabase-demo`, in each of
/// the three ways in which base64 can cut it).
const PUBLIC_JWT: &[&str] = &["eyJzdWIiOiIxMjM0NTY3ODkwIi", "c3VwYWJhc2UtZGVtb", "N1cGFiYXNlLWRlbW", "zdXBhYmFzZS1kZW1v"];

/// True if a token is one of documentation: it says so, or no generator would have made it.
fn documentation(token: &str) -> bool {
    if token.starts_with("-----BEGIN ") {
        // The shortest real one (Ed25519, PKCS #8) has 64 letters between its two lines.
        let body = token.split("-----").nth(2).unwrap_or("").replace("\\n", "\n");
        let letters = body.lines().map(str::trim).filter(|l| !l.contains(": ")).flat_map(str::chars).filter(char::is_ascii_alphanumeric);
        return letters.count() < 56 || body.contains("...") || varied(&body) < 12 || body.to_ascii_lowercase().contains("your");
    }
    if PUBLIC_JWT.iter().any(|p| token.contains(p)) {
        return true;
    }
    let lower = token.to_ascii_lowercase();
    let start = PREFIXED.iter().map(|p| p.prefix).find(|p| token.starts_with(p)).map_or(0, str::len);
    let body = lower.get(start..).unwrap_or("");
    let run = body.as_bytes().windows(6).any(|w| w.iter().all(|b| Some(b) == w.first()));
    run || EXAMPLES.iter().any(|e| body.contains(e)) || varied(body) < 8
}

/// How many different characters.
fn varied(text: &str) -> usize {
    text.bytes().filter(|b| !b.is_ascii_whitespace()).collect::<std::collections::BTreeSet<u8>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters and digits as a generator makes them, the same in every run.
    fn random(seed: usize, alphabet: &[u8], length: usize) -> String {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            char::from(alphabet[(state >> 3) % alphabet.len()])
        };
        (0..length).map(|_| next()).collect()
    }

    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    const CAPITALS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const HEX: &[u8] = b"0123456789abcdef";

    #[test]
    fn tokens_that_a_service_would_accept() {
        let alnum = |n: usize| random(n + 7, LETTERS, n);
        let hex = |n: usize| random(n + 3, HEX, n);
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", alnum(64));
        let rows: Vec<(String, &str)> = vec![
            (format!("AKIA{}", random(5, CAPITALS, 16)), "an AWS access key"),
            (format!("ghp_{}", alnum(36)), "a GitHub token"),
            (format!("github_pat_{}", alnum(82)), "a GitHub token"),
            (format!("glpat-{}", alnum(20)), "a GitLab token"),
            (format!("gldt-{}", alnum(20)), "a GitLab deploy token"),
            (format!("{{\"type\": \"service_account\", \"private_key\": \"{}\"}}", key.replace('\n', "\\n")), "a private key"),
            (format!("xoxb-{}", alnum(40)), "a Slack token"),
            (format!("https://hooks.slack.com/services/T{}/B{}/{}", alnum(8), alnum(8), alnum(24)), "a Slack webhook"),
            (format!("https://discord.com/api/webhooks/119876543210/{}", alnum(68)), "a Discord webhook"),
            (format!("sk_live_{}", alnum(24)), "a Stripe key"),
            (format!("8412345678:AA{}", alnum(33)), "a Telegram bot's token"),
            (format!("M{}.G{}.{}", alnum(25), alnum(5), alnum(38)), "a Discord bot's token"),
            (format!("npm_{}", alnum(36)), "an npm token"),
            (format!("pypi-AgEIcHlwaS5vcmc{}", alnum(60)), "a PyPI token"),
            (format!("sk-proj-{}", alnum(48)), "an OpenAI key"),
            (format!("sk-ant-api03-{}", alnum(48)), "an Anthropic key"),
            (format!("eyJhIjoi{}", alnum(140)), "a Cloudflare tunnel token"),
            (format!("SG.{}.{}", alnum(22), alnum(43)), "a SendGrid key"),
            (format!("SK{}", hex(32)), "a Twilio key"),
            (format!("dop_v1_{}", hex(64)), "a DigitalOcean token"),
            (format!("eyJhbGciOiJIUzI1NiJ9.eyJpc3Mi{}.{}", alnum(30), alnum(43)), "a signed token"),
            (key, "a private key"),
            (format!("AGE-SECRET-KEY-1{}", random(9, CAPITALS, 58)), "an age key"),
            (format!("tskey-auth-k{}CNTRL-{}", alnum(10), alnum(32)), "a Tailscale key"),
            (format!("hf_{}", alnum(34)), "a Hugging Face token"),
        ];
        for (value, kind) in &rows {
            let found: Vec<_> = provider_tokens(value).into_iter().map(|(_, k)| k).collect();
            assert_eq!(found, [*kind], "{value}");
        }
        let apr1 = format!("admin:$$apr1$${}$${}", alnum(8), alnum(22));
        assert!(provider_tokens(&apr1).is_empty() && password_hash(&apr1));
    }

    #[test]
    fn tokens_of_documentation_are_none() {
        let aws = format!("AKIA{}", "IOSFODNN7EXAMPLE");
        let jwt_io = format!(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{}IsIm5hbWUiOiJKb2huIERvZSJ9.SflKxwRJSMeKKF2QT4fwpM",
            "eyJzdWIiOiIxMjM0NTY3ODkwIi"
        );
        let rows = [
            aws.as_str(),
            &jwt_io,
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiIsImlzcyI6InN1cGFiYXNlLWRlbW8iLCJpYXQiOjE2NDE3.dc_X5iR_VP_qT0zsiyj_I_OZ2T9FtRU",
            &format!("ghp_{}", "x".repeat(36)),
            &format!("ghp_{}", "your_token_here".repeat(3).replace('_', "")),
            &format!("ghp_{}", "a1B2".repeat(9)),
            &format!("sk-proj-{}", "1234567890abcdef1234567890"),
            &format!("glpat-{}", "xxxxxxxxxxxxxxxxxxxx"),
            "xoxb-000000000000-000000000000-placeholder",
            "110201543:AAHexample_token_for_the_docs_page_",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nYOUR KEY HERE\n-----END RSA PRIVATE KEY-----",
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
            "$2y$05$anything",
            "npm_install_everything",
            "hf_models_directory",
            "SKIPPED",
        ];
        for value in rows {
            assert!(provider_tokens(value).is_empty(), "{value}: {:?}", provider_tokens(value));
        }
    }

    #[test]
    fn shapes_of_secrets() {
        let aws = format!("AKIA{}", "IOSFODNN7EXAMPLE");
        let yes: &[(&str, &str)] = &[
            (&aws, "an AWS access key"),
            (&format!("ghp_{}", "a1B2".repeat(9)), "a GitHub token"),
            (&format!("gho_{}", "a1B2".repeat(9)), "a GitHub token"),
            (&format!("github_pat_{}", "11AAAA_".repeat(8)), "a GitHub token"),
            (&format!("glpat-{}", "a-B_2".repeat(4)), "a GitLab token"),
            ("xoxb-123456789012-abcdefABCDEF", "a Slack token"),
            (&format!("sk_live_{}", "4eC39HqLyjWDarjtT1zdp7dc"), "a Stripe key"),
            (&format!("AIza{}", "Sy".repeat(17) + "x"), "a Google API key"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "a signed token"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----", "a private key"),
            ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE", "a private key"),
            (&format!("AGE-SECRET-KEY-1{}", "QQ9".repeat(19)), "an age key"),
            (&format!("$2y$05${}", "c4Wo".repeat(13) + "a"), "a password hash"),
            (&format!("admin:$$2y$$05$${}", "c4Wo".repeat(13)), "a password hash"),
            ("admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/", "a password hash"),
            ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g", "a password hash"),
        ];
        for (value, kind) in yes {
            assert_eq!(token_shape(value), Some(*kind), "{value}");
        }
        let no = [
            "",
            "AKIA",
            "AKIATOOSHORT",
            "ghp_short",
            "eyJ",
            "eyJhbGci.notatoken",
            "sk_live_",
            "skill_lives_on_the_river_bank",
            "https://example.com/AIza",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "$2",
            "$$",
            "sha256:0123456789abcdef",
            "xMAKIAIOSFODNN7EXAMPLEx",
            "${TOKEN}",
            "postgres:17.2",
            "-----BEGIN ",
        ];
        for value in no {
            assert_eq!(token_shape(value), None, "{value}");
        }
    }

    #[test]
    fn a_token_in_the_middle_of_a_line_is_found_whole() {
        let text = format!("curl -H 'Authorization: token ghp_{}' x", "a1B2".repeat(9));
        let found = tokens(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].0.clone()], format!("ghp_{}", "a1B2".repeat(9)));
    }
}
