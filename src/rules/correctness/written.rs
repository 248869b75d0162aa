//! The text of a value as it stands in its file. Knows no rule.

use std::sync::Arc;

use crate::compose::value::{Origin, Step};
use crate::model::{Named, Service, Sourced};
use crate::rules::prelude::*;
use crate::source::Source;

/// A named value of a service whose text the program in the container gets: a variable, a label, a build argument.
pub(super) struct NamedText<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// What arrives.
    pub(super) value: &'a str,
    /// Where it is written.
    pub(super) origin: &'a Origin,
}

/// The named texts of a service that stand in a Compose file: values from env files follow other rules.
pub(super) fn named_texts(service: &Service) -> Vec<NamedText<'_>> {
    let mut out = Vec::new();
    optional(&service.environment, &mut out);
    plain(&service.labels, &mut out);
    if let Some(build) = &service.build {
        optional(&build.args, &mut out);
        plain(&build.labels, &mut out);
    }
    if let Some(deploy) = &service.deploy {
        plain(&deploy.labels, &mut out);
    }
    out.retain(|t| !t.origin.is_default() && !t.origin.via.iter().any(|s| matches!(s, Step::File(_))));
    out
}

fn optional<'a>(values: &'a Named<Option<String>>, out: &mut Vec<NamedText<'a>>) {
    for (name, Sourced { value, origin, .. }) in values {
        if let Some(value) = value {
            out.push(NamedText { name, value, origin });
        }
    }
}

fn plain<'a>(values: &'a Named<String>, out: &mut Vec<NamedText<'a>>) {
    out.extend(values.iter().map(|(name, v)| NamedText { name, value: &v.value, origin: &v.origin }));
}

/// A place in its file.
pub(super) struct Written {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Written {
    /// The text at the place of an origin.
    pub(super) fn of(origin: &Origin, cx: &Cx) -> Self {
        Self { source: cx.sources.get(origin.at.file), start: origin.at.start as usize, end: origin.at.end as usize }
    }

    /// The text, quotes and all.
    pub(super) fn text(&self) -> &str {
        self.source.text.get(self.start..self.end).unwrap_or("")
    }

    /// The text of the value: that of an entry which was merged into a list stands behind its key.
    pub(super) fn value(&self, name: &str) -> &str {
        let text = self.text();
        let behind_key = text.strip_prefix(name).and_then(|rest| rest.trim_start().strip_prefix(':'));
        behind_key.filter(|rest| rest.starts_with(char::is_whitespace)).map_or(text, str::trim)
    }

    /// What follows the `=` of a list item that is not in quotes: `"v"` of `- K="v"`.
    pub(super) fn after_equals(&self, name: &str) -> Option<&str> {
        self.text().strip_prefix(name)?.strip_prefix('=')
    }
}

/// True if a variable took part in a value: what is written is then not what arrives, and that is as it should be.
pub(super) fn has_variable(origin: &Origin) -> bool {
    origin.variables().next().is_some()
}
