//! A text that no engine takes as the name of an image. Compose itself passes it on unread.

use std::collections::BTreeSet;

use super::pulled::is_unresolved;
use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "invalid-image-ref",
        topic: Topic::Images,
        severity: Severity::Error,
        audit_severity: None,
        default: Default::On,
        fix: None,
        peers: &[],
        options: &[],
        summary: "the name of an image cannot be one",
        page: page!("invalid-image-ref"),
    },
    rule: &InvalidImageRef,
};

struct InvalidImageRef;

impl Rule for InvalidImageRef {
    fn project(&self, project: &Project, cx: &mut Cx) {
        let mut seen = BTreeSet::new();
        for service in project.services.values() {
            let Some(image) = service.image.as_ref().filter(|i| !i.is_empty() && !is_unresolved(&i.origin)) else { continue };
            let Some((what, help)) = mistake(image) else { continue };
            if seen.insert(image.origin.at) {
                cx.report(&image.origin, format!("the image of `{}` cannot be one: {what}", service.name))
                    .why("Compose accepts the file, and every start of the service ends in \"invalid reference format\"")
                    .help(help);
            }
        }
    }
}

/// What is wrong with a reference (the grammar of the distribution project's `reference`), and what to do. What stands for a value that
/// somebody is to fill in is no mistake.
fn mistake(text: &str) -> Option<(String, &'static str)> {
    if ["<", "{{", "{%", "[[", "@@", "%%", "$"].iter().any(|p| text.contains(p)) {
        return None;
    }
    if text.contains(char::is_whitespace) {
        return Some(("it has a blank in it".into(), "leave the blank out"));
    }
    if text.contains("://") {
        return Some(("it begins with a scheme".into(), "leave out everything before the host of the registry"));
    }
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    if digest.is_some_and(|d| !is_digest(d)) {
        return Some(("what follows the `@` is no digest".into(), "a digest is `sha256:` and 64 hexadecimal digits"));
    }
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    match tag {
        Some("") => return Some(("nothing follows the `:`".into(), "name a tag behind the `:`, or leave the `:` out")),
        Some(tag) if tag.contains(':') || name.contains(':') && !name.contains('/') => {
            return Some(("it has more than one tag".into(), "leave one tag"));
        }
        Some(tag) if !is_tag(tag) => {
            return Some((
                format!("`{tag}` is no tag"),
                "a tag has letters, digits, `_`, `.` and `-`, begins with a letter, a digit or `_`, and is at most 128 long",
            ));
        }
        _ => {}
    }
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, name),
    };
    if path.chars().any(|c| c.is_ascii_uppercase()) {
        return Some((format!("`{path}` has upper-case letters"), "write the name in lower case, as the registry has it"));
    }
    if !path.split('/').all(is_component) {
        let help = "a name has lower-case letters and digits, with `.`, `_`, `__` or `-` between them, and `/` between its parts";
        return Some((format!("`{path}` is no name"), help));
    }
    if registry.is_some_and(|r| !is_host(r)) {
        return Some(("what stands before the first `/` is no host".into(), "a registry is a host name and, if need be, `:` and a port"));
    }
    None
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => hex.len() == 64,
        "sha384" => hex.len() == 96,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32 && !algorithm.is_empty(),
    };
    length && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_tag(tag: &str) -> bool {
    let first = tag.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    first && tag.len() <= 128 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// A part of a path: `[a-z0-9]+` with one `.`, one or two `_`, or any number of `-` between.
fn is_component(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut separators = part.split(alphanumeric);
    let (Some(""), Some("")) = (separators.next(), part.split(alphanumeric).next_back()) else { return false };
    !part.is_empty() && separators.all(|s| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

fn is_host(host: &str) -> bool {
    if host.starts_with('[') {
        return host.contains(']');
    }
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let label =
        |l: &str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-') && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    name.split('.').all(label) && port.is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_takes_is_no_mistake() {
        let digest = format!("nginx@sha256:{}", "a1".repeat(32));
        let good = [
            "nginx",
            "a/b/c:1",
            "localhost:5000/x",
            "registry.example.org:5000/team/app__x:v1",
            "a--b.c_d:_x",
            "[::1]:5000/app",
            digest.as_str(),
            "Registry.Example.org/app:1",
            "<your image>",
            "{{ image }}",
            "localhost/app:dev",
        ];
        for text in good {
            assert_eq!(mistake(text), None, "{text}");
        }
    }

    #[test]
    fn what_it_refuses_is() {
        let bad = [
            "nginx:",
            "Nginx",
            "acme/App:1",
            "MyOrg/app",
            "nginx:1:2",
            "nginx :1",
            "https://ghcr.io/a/b",
            "nginx@sha256:abc",
            "a..b",
            "a___b",
            "-a",
            "a-",
            "/a",
            "a/",
            "a//b",
            "nginx:.x",
            "bad_host.example/app",
            "host.example:/app",
        ];
        for text in bad {
            assert!(mistake(text).is_some(), "{text}");
        }
    }
}
