//! The short form of a volume, `source:target:options` (spec/resolve.md 11.2). Text in, parts out; knows no path and no tree.

use super::defaults::{CREATES, supplied};
use super::paths::clean;
use super::value::{Data, Entry, Map, Origin, Value};

/// What is mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// A path of the host.
    Bind,
    /// A volume with a name, or one without.
    #[default]
    Volume,
    /// A short form of one or two bytes: a volume too, but Compose makes less of it.
    Tiny,
}

/// The parts of a short form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mount<'s> {
    kind: Kind,
    pub(super) source: Option<&'s str>,
    /// As written, not cleaned; absent only if a `${` is never closed.
    pub(super) target: Option<&'s str>,
    read_only: bool,
    no_copy: bool,
    propagation: Option<&'s str>,
    selinux: Option<&'s str>,
    /// The letter that was taken for a Windows drive where a volume of that name may have been meant.
    pub(super) drive: Option<char>,
}

/// Why a short form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MountError {
    Empty,
    EmptySection,
    TooManyColons,
}

fn is_drive(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// The end of the text, as Compose marks it.
const END: char = '\0';

pub(super) fn parse(spec: &str) -> Result<Mount<'_>, MountError> {
    let mut mount = Mount::default();
    if spec.is_empty() {
        return Err(MountError::Empty);
    }
    if spec.len() <= 2 {
        return Ok(Mount { target: Some(spec), kind: Kind::Tiny, ..mount });
    }
    let mut start = 0;
    let mut expressions = 0u32;
    for (at, c) in spec.char_indices().chain([(spec.len(), END)]) {
        let section = spec.get(start..at).unwrap_or_default();
        match c {
            '$' if spec.as_bytes().get(at + 1) == Some(&b'{') => expressions += 1,
            '}' if expressions > 0 => expressions -= 1,
            // A drive letter, at the start of any section.
            ':' if is_drive(section) => mount.drive = section.chars().next().filter(|_| mount.source.is_none()).or(mount.drive),
            ':' | END if expressions == 0 => {
                if section.is_empty() {
                    return Err(MountError::EmptySection);
                }
                start = at + c.len_utf8();
                if mount.source.is_none() {
                    if c == END { mount.target = Some(section) } else { mount.source = Some(section) }
                } else if mount.target.is_none() {
                    mount.target = Some(section);
                } else if c == ':' {
                    return Err(MountError::TooManyColons);
                } else {
                    mount.options(section);
                }
            }
            _ => {}
        }
    }
    if mount.source.is_some_and(is_path) {
        mount.kind = Kind::Bind;
    }
    // `C:\data` is a Windows path on purpose, and so is one that is mounted at a path; `v:/data` and `v:/data:ro` hardly ever are.
    let at_path = mount.source.is_some() && mount.target.is_some_and(|t| t.starts_with('/') || t.contains(':'));
    mount.drive = mount.drive.filter(|_| !at_path && !spec.contains('\\'));
    Ok(mount)
}

/// True for what Compose takes for a path of the host rather than the name of a volume.
fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    let (first, second) = (chars.next(), chars.next());
    matches!(first, Some('.' | '/' | '~')) || source.starts_with("\\\\") || (first.is_some_and(char::is_alphabetic) && second == Some(':'))
}

impl<'s> Mount<'s> {
    fn options(&mut self, options: &'s str) {
        for option in options.split(',') {
            match option {
                "ro" => self.read_only = true,
                "rw" => self.read_only = false,
                "nocopy" => self.no_copy = true,
                "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => self.propagation = Some(option),
                "z" | "Z" => self.selinux = Some(option),
                _ => {}
            }
        }
    }

    /// The long form. Every value has the origin of the short one; what the short one does not say is supplied.
    pub(super) fn into_map(self, origin: &Origin) -> Map {
        let entry = |data| Entry { key: origin.at, value: Value::new(data, origin.clone()) };
        let text = |s: &str| entry(Data::Str(s.to_owned()));
        let is_bind = self.kind == Kind::Bind;
        // The type, a source, a target, what it may do, and the options of its kind.
        let mut map = crate::ordered::with_capacity(5);
        map.insert("type".to_owned(), text(if is_bind { "bind" } else { "volume" }));
        if let Some(source) = self.source {
            map.insert("source".to_owned(), text(source));
        }
        if let Some(target) = self.target {
            map.insert("target".to_owned(), entry(Data::Str(clean(target))));
        }
        if self.kind == Kind::Tiny {
            return map;
        }
        if self.read_only {
            map.insert("read_only".to_owned(), entry(Data::Bool(true)));
        }
        let mut bind = Map::default();
        if let Some(propagation) = self.propagation {
            bind.insert("propagation".to_owned(), text(propagation));
        }
        if let Some(selinux) = self.selinux {
            bind.insert("selinux".to_owned(), text(selinux));
        }
        if is_bind {
            bind.insert("create_host_path".to_owned(), supplied(Data::Bool(true), origin, CREATES));
        }
        if !bind.is_empty() {
            map.insert("bind".to_owned(), entry(Data::Map(bind)));
        }
        let mut volume = Map::default();
        if self.no_copy {
            volume.insert("nocopy".to_owned(), entry(Data::Bool(true)));
        }
        if !is_bind || self.no_copy {
            map.insert("volume".to_owned(), entry(Data::Map(volume)));
        }
        map
    }
}
