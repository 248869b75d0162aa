//! Whether the unit starts the same project: the rendered JSON is loaded as the unit has Compose load it, and compared with the files that it
//! takes the place of. By the answers of every version of Compose that we know, with all profiles, with variables as they are today and with
//! variables left as they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::compose::{self, Loader, Request, Semantics};
use crate::fs::{Fs, Overlay};
use crate::model::Project;
use crate::proof::{Counts, Pair, Side, State};
use crate::resolved::hash;
use crate::source::Sources;
use crate::threads;

/// How the unit calls Compose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The name of the stack: the spec is rendered to `/etc/compose/<stack>/compose.json`.
    pub stack: String,
    /// `-p`.
    pub project: String,
    /// `--project-directory`.
    pub directory: PathBuf,
    /// `--env-file`, each; `None`: the `.env` of the directory.
    pub env_files: Option<Vec<PathBuf>>,
}

impl Unit {
    /// Where the spec is rendered to.
    pub fn rendered(&self) -> PathBuf {
        Path::new("/etc/compose").join(&self.stack).join("compose.json")
    }

    /// What Compose is asked by the unit where it was asked this before. The environment is the same: what the unit lacks of it is told by
    /// [`super::Spec::variables`].
    fn request(&self, before: &Request) -> Request {
        let mut environment = before.environment.clone();
        environment.retain(|name, _| !CHOOSERS.contains(&name.as_str()));
        environment.insert("PWD".to_owned(), self.directory.to_string_lossy().into_owned());
        Request {
            directory: self.directory.clone(),
            files: vec![self.rendered()],
            project_directory: Some(self.directory.clone()),
            project_name: Some(self.project.clone()),
            env_files: self.env_files.clone(),
            environment,
            stdin: None,
            ..before.clone()
        }
    }
}

/// Variables of the process that choose what is loaded, in place of which the unit has flags.
const CHOOSERS: [&str; 4] = ["COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR", "COMPOSE_ENV_FILES", "COMPOSE_PROJECT_NAME"];

/// What was compared, and is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// How much there is.
    pub counts: Counts,
    /// The hash of every service (`docker compose config --hash '*' --profile '*'`) of 2.40: a container whose hash is the same is not
    /// recreated.
    pub hashes: BTreeMap<String, String>,
    /// Compose refuses the project, before and after, for the same reasons.
    pub refused: bool,
}

/// Proves that the unit starts the project that `before` starts. Errors: what is not the same, as a sentence without a full stop.
pub fn prove(before: &Request, disk: &dyn Fs, json: &str, unit: &Unit) -> Result<Evidence, String> {
    let after = Overlay::with(disk, [(unit.rendered(), Some(json.as_bytes().to_vec()))]);
    let aside: Vec<String> = CHOOSERS.iter().copied().chain(["name", "PWD"]).map(str::to_owned).collect();
    // With the name that it has today: what the name would be for other values of a variable in it does not matter any more.
    let named = Request { project_name: Some(unit.project.clone()), ..before.clone() };
    let (sources, of_unit) = (Sources::new(), Sources::new());
    // What has been read once is not read again.
    let (loader, loader_of_unit) = (Loader::new(disk, &sources), Loader::new(&after, &of_unit));
    let by = |semantics: Semantics| {
        let old = Request { semantics, ..named.clone() };
        let new = Request { semantics, ..unit.request(before) };
        let today = compose::load(&loader, &Request { semantics, ..before.clone() }).name;
        if today != unit.project {
            return Err(format!("it is called `{today}`, and the unit would call it `{}`: its volumes would be others", unit.project));
        }
        let old_side = Side { disk, request: &old, written: None, aside: &aside };
        let new_side = Side { disk: &after, request: &new, written: None, aside: &aside };
        let lost = || "the project could not be loaded".to_owned();
        let hashes = |project: &Project| hashes(project, semantics);
        let (old_state, old_hashes) = State::load_and(old_side, &loader, hashes).ok_or_else(lost)?;
        let (new_state, new_hashes) = State::load_and(new_side, &loader_of_unit, hashes).ok_or_else(lost)?;
        let pair = Pair { before: (old_side, &old_state), after: (new_side, &new_state) };
        pair.same(false).map_err(|broken| broken.why().to_owned())?;
        if let Some((service, _)) = old_hashes.iter().find(|(service, hash)| new_hashes.get(*service) != Some(hash)) {
            return Err(format!("the service `{service}` would have another hash, so that its container would be recreated"));
        }
        Ok(Evidence { counts: new_state.counts, hashes: new_hashes, refused: new_state.is_refused() })
    };
    let proved = threads::each(&[Semantics::V5, Semantics::V2], |semantics| by(*semantics));
    let proved = proved.ok_or("there is no memory to compare it")?;
    proved.into_iter().reduce(Result::and).unwrap_or_else(|| Err("nothing was compared".to_owned()))
}

fn hashes(project: &Project, semantics: Semantics) -> BTreeMap<String, String> {
    let platform = project.environment.get("DOCKER_DEFAULT_PLATFORM").map(|v| v.value.as_str());
    project.services.values().map(|s| (s.name.clone(), hash::service(s, semantics, platform))).collect()
}
