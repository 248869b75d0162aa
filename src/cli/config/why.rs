//! `config --why` and `config --explain`: where the values of the project come from. Words and places are the work of [`crate::report::why`].

use serde_json::Value as Json;

use super::Config;
use crate::cli::{Failure, Outcome, colour, output, print};
use crate::compose::problem::{ModelPath, Problem};
use crate::compose::problem::{Phase, ProblemKind};
use crate::compose::value::Map;
use crate::model::{Project, profiles};
use crate::report::Redactor;
use crate::report::origins::Origins;
use crate::report::why::{Pattern, Why, human, json};
use crate::resolved as shown;
use crate::yaml::print::{Step, annotated};

impl Config<'_> {
    /// Answers `--why`: 0 if each path means something, else 1.
    pub(super) fn why(&self, tree: &Map, project: &Project) -> Result<Outcome, Failure> {
        let parse = |text: &String| Pattern::parse(text).map_err(|e| Failure::new(format!("`{text}` is no path: {e}")));
        let patterns = self.args.why.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        self.ask(tree, project, |why| {
            let answers: Vec<_> = patterns.iter().flat_map(|p| why.answers(p)).collect();
            match self.args.format.as_deref() {
                None | Some("") => print(&human(&answers, colour(self.global.color)))?,
                Some("json") => print(&json(&answers))?,
                Some(other) => {
                    return Err(Failure::new(format!("`--why` cannot be told as `{other}`")).help("leave `--format` out, or give `json`"));
                }
            }
            let mut outcome = Outcome::Clean;
            for missing in patterns.iter().filter_map(|p| p.missing(why.printed)) {
                let mut failure = Failure::new(why.redactor.text(&missing.message));
                if let Some(help) = &missing.help {
                    failure = failure.help(why.redactor.text(help));
                }
                output::failure(&failure, self.global.color);
                outcome = Outcome::Found;
            }
            Ok(outcome)
        })
    }

    /// The project as YAML, with the origin of each line behind it.
    pub(super) fn explained(&self, tree: &Map, project: &Project) -> Result<String, Box<Problem>> {
        let format = self.args.format.as_deref().filter(|f| !matches!(*f, "" | "yaml"));
        if format.is_some() {
            let message = "`--explain` writes YAML only".to_owned();
            return Err(Problem::refused(ProblemKind::InvalidValue, Phase::Flags, message)
                .help("leave out `--format`, or give `--format yaml`")
                .into());
        }
        Ok(self.ask(tree, project, |why| {
            let doubled = if self.request.interpolate { shown::double_dollars(why.printed.clone()) } else { why.printed.clone() };
            annotated(&doubled, &mut |steps| {
                let path = steps.iter().fold(ModelPath::default(), |path, step| match step {
                    Step::Key(key) if self.request.interpolate => path.key(&key.replace("$$", "$")),
                    Step::Key(key) => path.key(key),
                    Step::Index(index) => path.index(*index),
                });
                why.comment(&path, at(why.printed, &path)?)
            })
        }))
    }

    fn ask<T>(&self, tree: &Map, project: &Project, question: impl FnOnce(&Why) -> T) -> T {
        let redactor = Redactor::with_trees(self.sources, std::slice::from_ref(project), &|id| self.loader.tree(id));
        let mut pruned = project.clone();
        profiles::prune(&mut pruned, self.args.all_resources);
        let typed = self.request.interpolate;
        let printed = if typed { shown::yaml(&pruned, self.request.semantics) } else { shown::tree_yaml(tree) };
        let origins = Origins::new(tree, typed.then_some(&pruned));
        question(&Why { sources: self.sources, redactor: &redactor, directory: &self.request.directory, origins, printed: &printed })
    }
}

/// What stands at a path.
fn at<'j>(root: &'j Json, path: &ModelPath) -> Option<&'j Json> {
    use crate::compose::problem::Part;
    path.0.iter().try_fold(root, |value, part| match part {
        Part::Key(key) => value.get(key),
        Part::Index(index) => value.get(index),
    })
}
