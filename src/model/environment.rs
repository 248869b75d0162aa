//! The files of `env_file` and `label_file` (spec/resolve.md 4.7, 4.8).

use super::Project;
use crate::compose::{Loader, Semantics};

pub(super) fn read(_project: &mut Project, _loader: &Loader<'_>, _semantics: Semantics) {}
