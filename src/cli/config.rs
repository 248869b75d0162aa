//! `config`: the resolved project, for people and scripts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map as JsonMap, Value as Json};

use super::{Failure, Outcome, output, print};
use crate::compose::problem::Problem;
use crate::compose::value::{Data, Map, Value};
use crate::compose::{self, Loader, Request};
use crate::finding::{Finding, Label, Place, Severity};
use crate::fs::OsFs;
use crate::model::{Options, Profiles, Project, build};
use crate::report::{self, Redactor, Report, Run};
use crate::source::Sources;

/// Print the resolved project
///
/// Takes the flags of `docker compose config` with their meaning, and reads the environment as it does. The output holds the values of
/// variables, passwords among them, as that of `docker compose config` does.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  composelint config
  composelint config -f compose.yaml -f compose.prod.yaml
  composelint config --project-directory ~/docker/shop --profile debug")]
pub(super) struct ConfigArgs {
    /// A Compose file; may be repeated, `-` is stdin [default: what Compose finds]
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// The project's name
    #[arg(short, long, value_name = "NAME")]
    project_name: Option<String>,
    /// Where relative paths start
    #[arg(long, value_name = "DIR")]
    project_directory: Option<PathBuf>,
    /// An active profile; may be repeated, `*` is all
    #[arg(long, value_name = "PROFILE")]
    profile: Vec<String>,
    /// A file with variables, instead of `.env`; may be repeated
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// How to print it: `json`
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    format: String,
}

pub(super) fn run(args: &ConfigArgs) -> Result<Outcome, Failure> {
    if args.format != "json" {
        return Err(Failure::new(format!("`config` cannot print `{}`", args.format)).help("it prints `json`, which is YAML too"));
    }
    let directory = std::env::current_dir().map_err(|e| Failure::new(format!("the current directory cannot be told: {e}")))?;
    let sources = Sources::new();
    let loader = Loader::new(&OsFs, &sources);
    let request = request(args, &directory)?;
    let pool = rayon::ThreadPoolBuilder::new().stack_size(super::judge::STACK).num_threads(1).build();
    let pool = pool.map_err(|e| Failure::new(format!("the threads cannot be started: {e}")))?;
    pool.install(|| {
        let resolved = compose::load(&loader, &request);
        let tree = resolved.tree.clone();
        let variable = resolved.environment.get("COMPOSE_PROFILES").map(|v| v.value.clone());
        let profiles = Profiles::settle(&args.profile, variable.as_deref());
        let project = build(resolved, &loader, &Options { profiles, ..Options::default() });
        if project.problems.iter().any(|p| p.refused) {
            return Err(refused(&project, &sources, &directory));
        }
        let mut out = serde_json::to_string_pretty(&document(&tree, &project)).unwrap_or_default();
        out.push('\n');
        print(&out)?;
        Ok(Outcome::Clean)
    })
}

#[allow(clippy::disallowed_methods)] // the environment is an input of this command, as it is of Compose
fn request(args: &ConfigArgs, directory: &Path) -> Result<Request, Failure> {
    let mut request = Request::new(directory);
    request.files.clone_from(&args.file);
    request.project_name.clone_from(&args.project_name);
    request.project_directory.clone_from(&args.project_directory);
    request.env_files = (!args.env_file.is_empty()).then(|| args.env_file.clone());
    request.environment =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect::<BTreeMap<_, _>>();
    if args.file.iter().any(|f| f.as_os_str() == "-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
            .map_err(|e| Failure::new(format!("stdin cannot be read: {e}")))?;
        request.stdin = Some(bytes);
    }
    Ok(request)
}

/// What Compose would stop at, shown as findings on stderr.
fn refused(project: &Project, sources: &Sources, directory: &Path) -> Failure {
    let redactor = Redactor::new(sources, std::slice::from_ref(project));
    let findings: Vec<Finding> = project.problems.iter().filter(|p| p.refused).map(|p| finding(p, project)).collect();
    let run = Run { sources, redactor: &redactor, directory, findings: &findings, skipped: &[], projects: 1, files: project.files.len() };
    output::stderr(&report::human::render(&Report::new(&run), false));
    Failure::new("`docker compose` would refuse this project").help("`composelint check` says more")
}

fn finding(problem: &Problem, project: &Project) -> Finding {
    let place = problem.origin.as_ref().map_or_else(|| Place::Path(project.directory.clone()), |o| o.at.into());
    Finding {
        rule: problem.phase.name(),
        severity: Severity::Error,
        message: problem.message.clone(),
        primary: Label { place, text: String::new() },
        related: problem.related.iter().map(|(at, text)| Label { place: (*at).into(), text: text.clone() }).collect(),
        why: None,
        help: problem.help.clone(),
        project: Some(project.directory.clone()),
    }
}

fn document(tree: &Map, project: &Project) -> Json {
    let mut out = JsonMap::new();
    out.insert("name".into(), Json::String(project.name.clone()));
    let mut keys: Vec<&String> = tree.keys().filter(|k| *k != "name").collect();
    keys.sort_unstable();
    for key in keys {
        let Some(entry) = tree.get(key) else { continue };
        let mut value = json(&entry.value);
        if let ("services", Json::Object(services)) = (key.as_str(), &mut value) {
            services.retain(|name, _| project.services.get(name).is_some_and(|s| s.enabled));
            for (name, service) in services {
                environment(service, project, name);
            }
        }
        out.insert(key.clone(), value);
    }
    Json::Object(out)
}

/// What the container sees, env files read.
fn environment(service: &mut Json, project: &Project, name: &str) {
    let (Json::Object(service), Some(typed)) = (service, project.services.get(name)) else { return };
    service.remove("env_file");
    service.remove("label_file");
    if typed.environment.is_empty() {
        return;
    }
    let text = |v: &Option<String>| v.as_ref().map_or(Json::Null, |v| Json::String(v.replace('$', "$$")));
    let sorted: BTreeMap<&String, Json> = typed.environment.iter().map(|(k, v)| (k, text(&v.value))).collect();
    service.insert("environment".into(), sorted.into_iter().map(|(k, v)| (k.replace('$', "$$"), v)).collect::<JsonMap<_, _>>().into());
}

/// A value in JSON: keys sorted, `$` doubled, so that the output read again gives the same project.
fn json(value: &Value) -> Json {
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(b) => Json::Bool(*b),
        Data::Int(i) => i64::try_from(*i).map(Json::from).or_else(|_| u64::try_from(*i).map(Json::from)).unwrap_or(Json::Null),
        Data::Float(f) => serde_json::Number::from_f64(*f).map_or(Json::Null, Json::Number),
        Data::Str(s) | Data::Timestamp(s) => Json::String(s.replace('$', "$$")),
        Data::Seq(items) => items.iter().map(json).collect(),
        Data::Map(map) => {
            let sorted: BTreeMap<&String, Json> = map.iter().map(|(k, e)| (k, json(&e.value))).collect();
            sorted.into_iter().map(|(k, v)| (k.replace('$', "$$"), v)).collect::<JsonMap<_, _>>().into()
        }
    }
}
