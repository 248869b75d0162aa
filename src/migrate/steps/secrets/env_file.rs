//! New variables in the `.env` of a project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::compose::{Semantics, Variable, dotenv};
use crate::fs::Fs;
use crate::source::FileId;

/// The values that are to be added, by file.
#[derive(Default)]
pub(super) struct EnvFiles {
    new: BTreeMap<PathBuf, Vec<(String, String)>>,
}

impl EnvFiles {
    /// The value that a file will have for a name.
    pub(super) fn get(&self, file: &Path, name: &str) -> Option<&str> {
        self.new.get(file)?.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn set(&mut self, file: &Path, name: &str, value: &str) {
        if self.get(file, name).is_none() {
            self.new.entry(file.to_path_buf()).or_default().push((name.to_owned(), value.to_owned()));
        }
    }

    /// The new texts. What a file has stays as it is.
    pub(super) fn texts(&self, disk: &dyn Fs) -> Vec<(PathBuf, Vec<u8>)> {
        let text = |(path, new): (&PathBuf, &Vec<(String, String)>)| {
            let mut text = disk.read(path, u64::MAX).unwrap_or_default();
            let line_break: &[u8] = if text.windows(2).any(|w| w == b"\r\n") { b"\r\n" } else { b"\n" };
            if !text.is_empty() && !text.ends_with(b"\n") {
                text.extend(line_break);
            }
            for (name, value) in new {
                text.extend(format!("{name}={}", written(value).unwrap_or_default()).bytes());
                text.extend(line_break);
            }
            (path.clone(), text)
        };
        self.new.iter().map(text).collect()
    }
}

/// A value as it is written into an env file; `None`: it cannot be.
pub(super) fn written(value: &str) -> Option<String> {
    let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./+=@:,%".contains(&b));
    let candidates = [
        plain.then(|| value.to_owned()),
        (!value.contains('\'')).then(|| format!("'{value}'")),
        Some(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n"))),
    ];
    candidates.into_iter().flatten().find(|text| !text.contains(['\n', '\r']) && read_back(text).as_deref() == Some(value))
}

/// What both versions of Compose make of it, if it is the same.
fn read_back(written: &str) -> Option<String> {
    let read = |semantics| {
        let nothing: BTreeMap<String, Variable> = BTreeMap::new();
        let (mut out, mut problems) = (BTreeMap::new(), Vec::new());
        let text = format!("A={written}\nB=b\n");
        dotenv::parse(FileId::NONE, &text, &nothing, &mut out, semantics, &mut problems, &mut Vec::new());
        let whole = problems.is_empty() && out.len() == 2;
        out.remove("A").filter(|_| whole).map(|variable| variable.value)
    };
    read(Semantics::V5).filter(|value| read(Semantics::V2).as_ref() == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_back_as_they_were() {
        for (value, wanted) in [("Abc123-x", "Abc123-x"), ("a b#c", "'a b#c'"), ("p$w", "'p$w'"), ("it's $5", r#""it's \$5""#)] {
            assert_eq!(written(value).as_deref(), Some(wanted));
        }
    }
}
