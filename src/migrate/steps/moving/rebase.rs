//! The paths of a text, for another place of the text.

use std::collections::BTreeMap;
use std::path::Path;

use super::text::{leading_variable, rebased};
use super::written;
use crate::compose::construct::{Constructor, MAX_FILE_VALUES};
use crate::compose::open::{Loader, Parsed};
use crate::compose::value::Data;
use crate::compose::variables::asked;
use crate::compose::{Semantics, Variable, paths};
use crate::fs::MemFs;
use crate::source::{Edit, Sources, apply};
use crate::yaml::edit;

/// A text whose relative paths start in one directory, written so that they start in another one and lead where they led. Errors: why that
/// cannot be, to complete "… because …".
pub(in crate::migrate) fn rebase(text: &str, from: &Path, to: &Path) -> Result<String, String> {
    let sources = Sources::new();
    let disk = MemFs::new();
    let loader = Loader::new(&disk, &sources);
    let parsed = loader.open_bytes(Path::new("-"), text.as_bytes()).map_err(|e| e.message)?;
    let source = sources.get(parsed.id);
    let way = paths::relative(&to.to_string_lossy(), &from.to_string_lossy());
    // Whatever the variables are today: a path that begins with one may be relative tomorrow.
    let environment = with_paths(&parsed);
    let mut edits: Vec<Edit> = Vec::new();
    for path in written::written(&parsed, &environment, Semantics::default()).paths {
        let Some(node) = written::scalar(&parsed.tree, path.at) else { continue };
        let value = parsed.tree.text(node).unwrap_or_default();
        let unwritable = || format!("the path `{}` in it cannot be written anew in place", path.value);
        let range = written::part(value, &path, &environment, Semantics::default()).ok_or_else(unwritable)?;
        let raw = value.get(range.clone()).unwrap_or_default();
        if leading_variable(raw).is_some() {
            return Err(format!("where the path `{raw}` in it leads depends on a variable"));
        }
        if !path.reading.is_relative(raw) {
            continue;
        }
        let mut whole = value.to_owned();
        whole.replace_range(range, &rebased(raw, &way, path.reading));
        if whole != value {
            let edit = edit::replace_scalar(&source, &parsed.tree, node, &whole).ok_or_else(unwritable)?;
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    apply(text, &edits).ok_or_else(|| "its paths cannot be written anew in place".to_owned())
}

/// Every variable of a file, as a relative path.
fn with_paths(parsed: &Parsed) -> BTreeMap<String, Variable> {
    let mut out = BTreeMap::new();
    let mut constructor = Constructor::new(&parsed.tree, Semantics::default(), MAX_FILE_VALUES);
    for number in 0..parsed.tree.documents.len() {
        if let Some(Data::Map(root)) = constructor.document(number).and_then(|d| d.value).map(|v| v.data) {
            let path = |name: String| (name, Variable { value: "./v".to_owned(), at: None });
            out.extend(asked(&root).into_keys().map(path));
        }
    }
    out
}
