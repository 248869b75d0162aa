//! What there is to say about the files that hold secrets.

use std::path::Path;

use crate::fs::Fs;
use crate::migrate::plan::{NoteKind, Plan};
use crate::model::Project;

/// A note: its kind, what it is about, what it says.
pub(super) type Told = (NoteKind, String, String);

/// Says that others can read a file that is there already.
pub(super) fn readable(path: &Path, disk: &dyn Fs, plan: &Plan) -> Option<Told> {
    let mode = disk.metadata(path).ok()?.mode?;
    let shown = plan.shown(path);
    (mode.trailing_zeros() < 6).then(|| {
        (NoteKind::Attention, shown.clone(), format!("other users of this host may read it, and it holds secrets now: `chmod 600 {shown}`"))
    })
}

/// Says that a file lies where an image is built from.
pub(super) fn in_context(path: &Path, projects: &[Project], disk: &dyn Fs, plan: &Plan) -> Option<Told> {
    let services = projects.iter().flat_map(|p| p.services.values());
    let (service, below) = services
        .filter_map(|s| {
            let context = s.build.as_ref()?.context.as_ref()?;
            Some((s, Path::new(context.as_str()), path.strip_prefix(context.as_str()).ok()?))
        })
        .find(|(_, context, below)| {
            let ignored = disk.read(&context.join(".dockerignore"), 1 << 20).unwrap_or_default();
            let ignored = String::from_utf8_lossy(&ignored).into_owned();
            let names: Vec<String> = below.ancestors().map(|p| p.to_string_lossy().into_owned()).filter(|p| !p.is_empty()).collect();
            !ignored.lines().any(|line| {
                let line = line.trim().trim_start_matches("**/").trim_matches('/');
                line == "*" || names.iter().any(|name| name == line) || line == ".env*" && names.iter().any(|name| name.starts_with(".env"))
            })
        })
        .map(|(service, _, below)| (service, below))?;
    let shown = plan.shown(path);
    Some((
        NoteKind::Attention,
        shown,
        format!(
            "lies in the build context of `{}`: add `{}` to its `.dockerignore`, or a `COPY . .` puts it into the image",
            service.name,
            below.display()
        ),
    ))
}
