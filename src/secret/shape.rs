//! Values that are secrets whatever their name is: tokens with a well-known prefix, private keys, password hashes.

use std::ops::Range;

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

fn hash(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"$./+=,-_".contains(&b)
}

const PREFIXED: &[Prefixed] = &[
    Prefixed { prefix: "AKIA", more: upper_or_digit, least: 16, most: 16, kind: "an AWS access key" },
    Prefixed { prefix: "ASIA", more: upper_or_digit, least: 16, most: 16, kind: "an AWS access key" },
    Prefixed { prefix: "ghp_", more: alphanumeric, least: 30, most: 255, kind: "a GitHub token" },
    Prefixed { prefix: "gho_", more: alphanumeric, least: 30, most: 255, kind: "a GitHub token" },
    Prefixed { prefix: "ghu_", more: alphanumeric, least: 30, most: 255, kind: "a GitHub token" },
    Prefixed { prefix: "ghs_", more: alphanumeric, least: 30, most: 255, kind: "a GitHub token" },
    Prefixed { prefix: "ghr_", more: alphanumeric, least: 30, most: 255, kind: "a GitHub token" },
    Prefixed { prefix: "github_pat_", more: wordy, least: 30, most: 255, kind: "a GitHub token" },
    Prefixed { prefix: "glpat-", more: wordy, least: 20, most: 255, kind: "a GitLab token" },
    Prefixed { prefix: "glrt-", more: wordy, least: 20, most: 255, kind: "a GitLab runner token" },
    Prefixed { prefix: "xoxb-", more: wordy, least: 10, most: 255, kind: "a Slack token" },
    Prefixed { prefix: "xoxa-", more: wordy, least: 10, most: 255, kind: "a Slack token" },
    Prefixed { prefix: "xoxp-", more: wordy, least: 10, most: 255, kind: "a Slack token" },
    Prefixed { prefix: "xoxr-", more: wordy, least: 10, most: 255, kind: "a Slack token" },
    Prefixed { prefix: "xoxs-", more: wordy, least: 10, most: 255, kind: "a Slack token" },
    Prefixed { prefix: "sk_live_", more: alphanumeric, least: 16, most: 255, kind: "a Stripe key" },
    Prefixed { prefix: "rk_live_", more: alphanumeric, least: 16, most: 255, kind: "a Stripe key" },
    Prefixed { prefix: "sk-ant-", more: wordy, least: 20, most: 255, kind: "an Anthropic key" },
    Prefixed { prefix: "sk-proj-", more: wordy, least: 20, most: 255, kind: "an OpenAI key" },
    Prefixed { prefix: "AIza", more: wordy, least: 35, most: 35, kind: "a Google API key" },
    Prefixed { prefix: "SG.", more: dotted, least: 50, most: 255, kind: "a SendGrid key" },
    Prefixed { prefix: "npm_", more: alphanumeric, least: 36, most: 36, kind: "an npm token" },
    Prefixed { prefix: "dckr_pat_", more: wordy, least: 20, most: 255, kind: "a Docker Hub token" },
    Prefixed { prefix: "hvs.", more: wordy, least: 20, most: 255, kind: "a Vault token" },
    Prefixed { prefix: "tskey-auth-", more: wordy, least: 10, most: 255, kind: "a Tailscale key" },
    Prefixed { prefix: "AGE-SECRET-KEY-1", more: upper_or_digit, least: 50, most: 80, kind: "an age key" },
    Prefixed { prefix: "$2a$", more: hash, least: 50, most: 64, kind: "a password hash" },
    Prefixed { prefix: "$2b$", more: hash, least: 50, most: 64, kind: "a password hash" },
    Prefixed { prefix: "$2y$", more: hash, least: 50, most: 64, kind: "a password hash" },
    // `$` is written twice in a Compose file.
    Prefixed { prefix: "$$2a$$", more: hash, least: 50, most: 66, kind: "a password hash" },
    Prefixed { prefix: "$$2b$$", more: hash, least: 50, most: 66, kind: "a password hash" },
    Prefixed { prefix: "$$2y$$", more: hash, least: 50, most: 66, kind: "a password hash" },
    Prefixed { prefix: "$apr1$", more: hash, least: 20, most: 40, kind: "a password hash" },
    Prefixed { prefix: "$$apr1$$", more: hash, least: 20, most: 42, kind: "a password hash" },
    Prefixed { prefix: "$argon2", more: hash, least: 20, most: 255, kind: "a password hash" },
    Prefixed { prefix: "$$argon2", more: hash, least: 20, most: 255, kind: "a password hash" },
    Prefixed { prefix: "$6$", more: hash, least: 40, most: 130, kind: "a password hash" },
    Prefixed { prefix: "$$6$$", more: hash, least: 40, most: 130, kind: "a password hash" },
    Prefixed { prefix: "{SHA}", more: hash, least: 28, most: 28, kind: "a password hash" },
];

/// Every secret of a well-known shape in a text, with what it is; in order, not overlapping.
pub fn tokens(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut out: Vec<(Range<usize>, &'static str)> = Vec::new();
    out.extend(private_keys(text).into_iter().map(|r| (r, "a private key")));
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied();
        // In the middle of a word nothing begins, except that `$` itself may follow one: `admin:$2y$…`, `admin$apr1$…`.
        let start = before.is_none_or(|b| !alphanumeric(b) && b != b'_') || bytes.get(at) == Some(&b'$');
        let found = if start { bytes.get(at..).and_then(|rest| prefixed(rest).or_else(|| jwt(rest))) } else { None };
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
    // The first byte decides for nearly every position.
    if !matches!(rest.first(), Some(b'A' | b'g' | b'x' | b's' | b'r' | b'S' | b'n' | b'd' | b'h' | b't' | b'$' | b'{')) {
        return None;
    }
    PREFIXED.iter().find_map(|p| {
        let tail = rest.strip_prefix(p.prefix.as_bytes())?;
        let len = tail.iter().take(p.most + 1).take_while(|b| (p.more)(**b)).count();
        (len >= p.least && len <= p.most).then_some((p.prefix.len() + len, p.kind))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

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
