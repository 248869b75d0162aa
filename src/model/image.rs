//! Image references, as the engine reads them. Nothing is filled in: `nginx` has no tag.

/// The parts of an image reference (the grammar of the distribution project's `reference`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// `ghcr.io`, `localhost:5000`; `None` where the reference leaves it to the engine (Docker Hub).
    pub registry: Option<&'a str>,
    /// `library/postgres`, `postgres`.
    pub path: &'a str,
    /// What follows the colon.
    pub tag: Option<&'a str>,
    /// What follows the `@`.
    pub digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    /// Takes a reference apart. `None` for the empty text.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            // A colon before the last slash belongs to the registry's port.
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
            _ => (None, name),
        };
        (!path.is_empty()).then_some(Self { registry, path, tag, digest })
    }

    /// The last part of the path: `postgres` of `docker.io/library/postgres:16`.
    pub fn base_name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let rows = [
            ("nginx", (None, "nginx", None, None)),
            ("nginx:", (None, "nginx", Some(""), None)),
            ("localhost:5000/a/b", (Some("localhost:5000"), "a/b", None, None)),
            ("ghcr.io/x/y:v1@sha256:ab", (Some("ghcr.io"), "x/y", Some("v1"), Some("sha256:ab"))),
            ("library/redis:7", (None, "library/redis", Some("7"), None)),
        ];
        for (text, (registry, path, tag, digest)) in rows {
            assert_eq!(ImageRef::parse(text), Some(ImageRef { registry, path, tag, digest }), "{text}");
        }
        assert_eq!(ImageRef::parse(""), None);
        assert_eq!(ImageRef::parse("ghcr.io/x/postgres:1").unwrap().base_name(), "postgres");
    }
}
