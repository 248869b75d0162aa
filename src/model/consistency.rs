//! What Compose checks of a typed project before it runs anything (spec/resolve.md 18). Every violation is reported, in the order of
//! the services; Compose itself stops at the first. Judges enabled services only, and never the disk.

use std::collections::BTreeMap;

use super::{Bytes, MountKind, Named, Origin, Project, Service, Sourced};
use crate::compose::problem::{ModelPath, Phase, Problem, ProblemKind};
use crate::compose::value::Step;
use crate::nearest::nearest;
use crate::source::Span;

/// All checks but the last, see [`container_names`]; and `scale` is copied to `deploy.replicas` (spec/resolve.md 16.2).
pub(super) fn check(project: &mut Project) {
    let mut problems = Vec::new();
    for service in project.services.values().filter(|s| s.enabled) {
        let mut cx = Cx { project, service, path: ModelPath::keys(&["services", &service.name]), problems: &mut problems };
        cx.image();
        cx.build();
        cx.networks();
        cx.healthcheck();
        cx.dependencies();
        cx.resources();
        cx.replicas();
        cx.limits();
        cx.watch();
        cx.mount_targets();
    }
    for (name, secret) in &project.secrets {
        let given = |f: &super::Field<String>| f.as_ref().is_some_and(|f| !f.is_empty());
        if !secret.external && !given(&secret.file) && !given(&secret.environment) {
            let message = format!("secret `{name}` has neither `file` nor `environment`, so Compose cannot tell its value");
            problems.push(
                Problem::refused(ProblemKind::InvalidValue, Phase::Consistency, message)
                    .at(secret.at_key())
                    .path(&ModelPath::keys(&["secrets", name]))
                    .help("name the file or the variable that holds it, or say `external: true` if it is created elsewhere"),
            );
        }
    }
    cycles(project, &mut problems);
    project.problems.extend(problems);
    for service in project.services.values_mut().filter(|s| s.enabled) {
        if let (Some(scale), Some(deploy)) = (service.value.scale.clone(), &mut service.value.deploy) {
            deploy.value.replicas = Some(scale);
        }
    }
}

struct Cx<'a> {
    project: &'a Project,
    service: &'a Sourced<Service>,
    path: ModelPath,
    problems: &'a mut Vec<Problem>,
}

/// Where something that a service names would have to be.
struct Declared<'a> {
    kind: ProblemKind,
    /// The word for one: `network`.
    word: &'static str,
    /// The top-level key.
    section: &'static str,
    names: Vec<(&'a str, Option<Span>)>,
}

fn declared<'a, T>(kind: ProblemKind, word: &'static str, section: &'static str, named: &'a Named<T>) -> Declared<'a> {
    // What Compose supplies itself is declared nowhere.
    let place = |v: &Sourced<T>| v.key.filter(|_| !v.origin.is_default());
    Declared { kind, word, section, names: named.iter().map(|(n, v)| (n.as_str(), place(v))).collect() }
}

impl Cx<'_> {
    fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn problem(&self, kind: ProblemKind, message: String, origin: Origin, path: &[&str]) -> Problem {
        let path = path.iter().fold(self.path.clone(), |at, key| at.key(key));
        Problem::refused(kind, Phase::Consistency, message).at(origin).path(&path)
    }

    fn name(&self) -> &str {
        &self.service.name
    }

    /// A name that leads nowhere: says which was probably meant, and where such things are declared.
    fn undefined(&mut self, declared: Declared<'_>, name: &str, origin: Origin, path: &ModelPath) {
        let Declared { kind, word, section, names } = declared;
        let service = self.name();
        let message = if name.is_empty() {
            format!("service `{service}` uses a {word} without a name")
        } else {
            format!("service `{service}` uses {word} `{name}`, which is not declared under `{section}`")
        };
        let mut problem = Problem::refused(kind, Phase::Consistency, message).at(origin).path(path);
        problem = if let Some(meant) = nearest(name, names.iter().map(|(n, _)| *n)) {
            let place = names.iter().find(|(n, _)| *n == meant).and_then(|(_, span)| *span);
            let problem = problem.help(format!("did you mean `{meant}`?")).meant(name, meant);
            match place {
                Some(span) => problem.related(span, format!("`{meant}` is declared here")),
                None => problem,
            }
        } else {
            let problem = problem.help(format!("add `{name}:` to the top-level `{section}`"));
            match names.iter().find_map(|(_, span)| *span) {
                Some(span) => problem.related(span, format!("the {section} are declared here")),
                None => problem,
            }
        };
        self.push(problem);
    }

    fn image(&mut self) {
        let s = self.service;
        if s.build.is_none() && s.provider.is_none() && s.image.as_ref().is_none_or(|i| i.is_empty()) {
            let (origin, path): (_, &[&str]) = match &s.image {
                Some(image) => (image.origin.clone(), &["image"]),
                None => (s.at_key(), &[]),
            };
            let message = match &s.image {
                Some(_) => format!("service `{}` has an empty `image` and no `build`", s.name),
                None => format!("service `{}` has neither `image` nor `build`, so there is nothing to run", s.name),
            };
            let problem = self.problem(ProblemKind::MissingImage, message, origin, path);
            self.push(problem.help("add `image:` or `build:`; a template that is only extended belongs into a file of its own"));
        }
    }

    fn build(&mut self) {
        let s = self.service;
        let Some(build) = &s.build else { return };
        let filled = |f: &super::Field<String>| f.as_ref().is_some_and(|f| !f.is_empty());
        if let (Some(inline), Some(file)) = (&build.dockerfile_inline, &build.dockerfile)
            && filled(&build.dockerfile_inline)
            && filled(&build.dockerfile)
        {
            let message = format!("service `{}` has both `dockerfile` and `dockerfile_inline`", s.name);
            let problem = self.problem(ProblemKind::ConflictingKeys, message, inline.at_key(), &["build", "dockerfile_inline"]);
            self.push(problem.related(file.at_key().at, "`dockerfile` is here").help("remove one of the two"));
        }
        for (name, context) in &build.additional_contexts {
            let Some(target) = context.strip_prefix("service:") else { continue };
            let path = ["build", "additional_contexts", name.as_str()];
            match self.project.services.get(target).filter(|t| t.enabled) {
                None => {
                    let path = path.iter().fold(self.path.clone(), |at, key| at.key(key));
                    self.service_missing(target, context.origin.clone(), &path, "builds on");
                }
                Some(other) if other.build.is_none() => {
                    let message = format!("service `{}` builds on service `{target}`, which has no `build`", s.name);
                    let problem = self.problem(ProblemKind::InvalidValue, message, context.origin.clone(), &path);
                    self.push(problem.related(other.at_key().at, format!("`{target}` is here")));
                }
                Some(_) => {}
            }
        }
        if let Some(platform) = s.platform.as_ref().filter(|p| !p.is_empty())
            && let Some(first) = build.platforms.first()
            && !build.platforms.iter().any(|p| p.value == platform.value)
        {
            let message = format!("service `{}` runs on `{}`, which is not among the platforms it is built for", s.name, platform.value);
            let problem = self.problem(ProblemKind::ConflictingKeys, message, platform.origin.clone(), &["platform"]);
            self.push(problem.related(first.origin.at, "the platforms are listed here").help("add it to `build.platforms`"));
        }
    }

    fn networks(&mut self) {
        let s = self.service;
        if let (Some(mode), Some((_, network))) = (s.network_mode.as_ref().filter(|m| !m.is_empty()), s.networks.first()) {
            let message = format!("service `{}` has both `network_mode` and `networks`", s.name);
            let mut problem = self
                .problem(ProblemKind::ConflictingKeys, message, mode.at_key(), &["network_mode"])
                .related(network.at_key().at, "the networks are here")
                .help("remove one of the two");
            // What was not written in the service itself cannot simply be removed.
            for step in network.origin.via.iter() {
                problem = match step {
                    Step::Merge(at) => problem
                        .related(*at, "and get into this service here")
                        .help("write `networks: []` in this service: it takes the place of what is merged in"),
                    Step::Extends { at, service } => problem
                        .related(*at, format!("and get into this service by extending `{service}`"))
                        .help("write `networks: !reset null` in this service to drop what it inherits"),
                    _ => continue,
                };
            }
            self.push(problem);
        }
        for (name, network) in &s.networks {
            if !self.project.networks.contains_key(name) {
                let all = declared(ProblemKind::UndefinedNetwork, "network", "networks", &self.project.networks);
                self.undefined(all, name, network.at_key(), &self.path.key("networks").key(name));
            }
        }
    }

    fn healthcheck(&mut self) {
        let s = self.service;
        if let Some(test) = s.healthcheck.as_ref().and_then(|h| h.test.as_ref())
            && let Some(first) = test.first()
            && !["CMD", "CMD-SHELL", "NONE"].contains(&first.as_str())
        {
            let message = format!("the healthcheck of service `{}` does not begin with `CMD`, `CMD-SHELL` or `NONE`", s.name);
            let problem = self.problem(ProblemKind::InvalidHealthcheck, message, test.origin.clone(), &["healthcheck", "test"]);
            self.push(
                problem.help("begin the list with `CMD` to run the words as they are, or with `CMD-SHELL` to run one text in a shell"),
            );
        }
    }

    fn dependencies(&mut self) {
        let s = self.service;
        for (name, dependency) in &s.depends_on {
            let missing = match self.project.services.get(name) {
                Some(other) => !other.enabled && dependency.required,
                None => true,
            };
            if missing {
                self.service_missing(name, dependency.at_key(), &self.path.key("depends_on").key(name), "depends on");
            }
        }
        if let Some(mode) = &s.network_mode
            && let Some(target) = mode.strip_prefix("service:")
            && !s.depends_on.contains_key(target)
            && self.project.services.get(target).is_none_or(|t| !t.enabled)
        {
            self.service_missing(target, mode.origin.clone(), &self.path.key("network_mode"), "uses the network of");
        }
    }

    fn service_missing(&mut self, target: &str, origin: Origin, path: &ModelPath, how: &str) {
        let by = self.name();
        let problem = if let Some(other) = self.project.services.get(target) {
            let profiles = other.profiles.iter().map(|p| format!("`{}`", p.value)).collect::<Vec<_>>().join(", ");
            let message = format!("service `{by}` {how} service `{target}`, which only the profile {profiles} enables");
            Problem::refused(ProblemKind::ProfileUnreachable, Phase::Consistency, message)
                .related(other.at_key().at, format!("`{target}` is here"))
                .help(format!("give `{by}` the same profile, or say `required: false`"))
        } else {
            let message = format!("service `{by}` {how} service `{target}`, which does not exist");
            let problem = Problem::refused(ProblemKind::UndefinedService, Phase::Consistency, message);
            let others = self.project.services.keys().map(String::as_str).filter(|n| *n != by);
            match nearest(target, others).and_then(|n| self.project.services.get(n)) {
                Some(meant) => {
                    let problem = problem.meant(target, &meant.name);
                    problem.help(format!("did you mean `{}`?", meant.name)).related(meant.at_key().at, format!("`{}` is here", meant.name))
                }
                None => problem,
            }
        };
        self.push(problem.at(origin).path(path));
    }

    fn resources(&mut self) {
        let s = self.service;
        let project = self.project;
        for (i, mount) in s.volumes.iter().enumerate() {
            if let (MountKind::Volume, Some(source)) = (&mount.kind, mount.source.as_deref().filter(|s| !s.is_empty()))
                && !project.volumes.contains_key(source)
            {
                let all = declared(ProblemKind::UndefinedVolume, "volume", "volumes", &project.volumes);
                self.undefined(all, source, mount.origin.clone(), &self.path.key("volumes").index(i));
            }
        }
        let build_secrets = s.build.iter().flat_map(|b| b.secrets.iter().enumerate());
        let secrets = s.secrets.iter().enumerate().map(|(i, r)| (self.path.key("secrets").index(i), r));
        let secrets = secrets.chain(build_secrets.map(|(i, r)| (self.path.key("build").key("secrets").index(i), r)));
        for (path, reference) in secrets.collect::<Vec<_>>() {
            if !project.secrets.contains_key(&reference.source) {
                let all = declared(ProblemKind::UndefinedSecret, "secret", "secrets", &project.secrets);
                self.undefined(all, &reference.source, reference.origin.clone(), &path);
            }
        }
        for (i, reference) in s.configs.iter().enumerate() {
            if !project.configs.contains_key(&reference.source) {
                let all = declared(ProblemKind::UndefinedConfig, "config", "configs", &project.configs);
                self.undefined(all, &reference.source, reference.origin.clone(), &self.path.key("configs").index(i));
            }
        }
        for (name, reference) in &s.models {
            if !project.models.contains_key(name) {
                let all = declared(ProblemKind::UndefinedModel, "model", "models", &project.models);
                self.undefined(all, name, reference.at_key(), &self.path.key("models").key(name));
            }
        }
    }

    fn replicas(&mut self) {
        let s = self.service;
        let replicas = s.deploy.as_ref().and_then(|d| d.replicas.as_ref());
        if let (Some(scale), Some(replicas)) = (&s.scale, replicas)
            && scale.value != replicas.value
        {
            let message = format!("service `{}` has `scale: {}` and `deploy.replicas: {}`", s.name, scale.value, replicas.value);
            let problem = self.problem(ProblemKind::ConflictingKeys, message, scale.origin.clone(), &["scale"]);
            self.push(problem.related(replicas.origin.at, "`replicas` is here").help("remove one of the two"));
        }
        for (key, path, given) in [("scale", &["scale"][..], s.scale.as_ref()), ("deploy.replicas", &["deploy", "replicas"][..], replicas)]
        {
            if let Some(count) = given.filter(|n| n.value < 0) {
                let message = format!("`{key}` of service `{}` is negative", s.name);
                let problem = self.problem(ProblemKind::InvalidValue, message, count.origin.clone(), path);
                self.push(problem);
            }
        }
        if let (Some(count), Some(name)) = (s.scale.as_ref().or(replicas), s.container_name.as_ref().filter(|n| !n.is_empty()))
            && count.value > 1
        {
            let message = format!("service `{}` is to run {} times, but `container_name` allows only one container", s.name, count.value);
            let problem = self.problem(ProblemKind::ConflictingKeys, message, name.at_key(), &["container_name"]);
            self.push(problem.related(count.origin.at, "the count is here").help("remove `container_name`"));
        }
    }

    /// A limit of the service that is also in `deploy` must be the same; a block of `deploy` without it counts as zero.
    fn limits(&mut self) {
        let s = self.service;
        let Some(deploy) = &s.deploy else { return };
        let (limits, reservations) = (deploy.limits.as_ref(), deploy.reservations.as_ref());
        let zero = Bytes(0);
        let bytes = |f: &super::Field<Bytes>| f.as_ref().map_or(zero, |b| b.value);
        let differs = |given: &super::Field<Bytes>, other: Option<Bytes>| bytes(given) != zero && other.is_some_and(|o| o != bytes(given));
        let mut wrong: Vec<(&str, &str, Origin, Span, Option<Span>)> = Vec::new();
        if let (Some(cpus), Some(block)) = (s.cpus.as_ref().filter(|c| c.value != 0.0), limits)
            && block.cpus.as_ref().is_none_or(|c| c.value.to_bits() != cpus.value.to_bits())
        {
            wrong.push((
                "cpus",
                "deploy.resources.limits.cpus",
                cpus.origin.clone(),
                block.at_key().at,
                block.cpus.as_ref().map(|c| c.origin.at),
            ));
        }
        if let (Some(limit), Some(block)) = (&s.mem_limit, limits)
            && differs(&s.mem_limit, Some(bytes(&block.memory)))
        {
            wrong.push((
                "mem_limit",
                "deploy.resources.limits.memory",
                limit.origin.clone(),
                block.at_key().at,
                block.memory.as_ref().map(|m| m.origin.at),
            ));
        }
        if let (Some(limit), Some(block)) = (&s.mem_reservation, reservations)
            && differs(&s.mem_reservation, Some(bytes(&block.memory)))
        {
            wrong.push((
                "mem_reservation",
                "deploy.resources.reservations.memory",
                limit.origin.clone(),
                block.at_key().at,
                block.memory.as_ref().map(|m| m.origin.at),
            ));
        }
        if let (Some(limit), Some(block)) = (s.pids_limit.as_ref().filter(|p| p.value != 0), limits)
            && block.pids.as_ref().map_or(0, |p| p.value) != limit.value
        {
            wrong.push((
                "pids_limit",
                "deploy.resources.limits.pids",
                limit.origin.clone(),
                block.at_key().at,
                block.pids.as_ref().map(|p| p.origin.at),
            ));
        }
        for (key, other, origin, block, value) in wrong {
            let (message, place) = match value {
                Some(at) => (format!("service `{}` has `{key}` and another value in `{other}`", s.name), (at, "the other value is here")),
                None => (
                    format!("service `{}` has `{key}`, and a block of `deploy` without it", s.name),
                    (block, "this block has to repeat it"),
                ),
            };
            let problem = self.problem(ProblemKind::ConflictingKeys, message, origin, &[key]);
            self.push(problem.related(place.0, place.1).help(format!("say it in one place only: move it to `{other}`")));
        }
    }

    fn watch(&mut self) {
        let s = self.service;
        for (i, watch) in s.develop.iter().flat_map(|d| d.watch.iter().enumerate()) {
            if watch.target.as_deref().unwrap_or_default().is_empty() && !["rebuild", "restart"].contains(&watch.action.as_str()) {
                let message = format!("a `watch` of service `{}` has the action `{}` but no `target`", s.name, watch.action);
                let mut problem = self.problem(ProblemKind::InvalidValue, message, watch.origin.clone(), &[]);
                problem.path = self.path.key("develop").key("watch").index(i);
                self.push(problem.help("name the path in the container with `target:`"));
            }
        }
    }

    fn mount_targets(&mut self) {
        let s = self.service;
        let mut seen: BTreeMap<&str, &Origin> = BTreeMap::new();
        let tmpfs = s.tmpfs.iter().enumerate().map(|(i, t)| {
            let target = t.value.split_once(':').map_or(t.value.as_str(), |(target, _)| target);
            (target, &t.origin, "tmpfs", i)
        });
        let volumes = s.volumes.iter().enumerate().map(|(i, m)| (m.target.as_str(), &m.origin, "volumes", i));
        for (target, origin, key, i) in tmpfs.chain(volumes) {
            let Some(first) = seen.get(target) else {
                seen.insert(target, origin);
                continue;
            };
            let message = format!("service `{}` mounts `{target}` twice", s.name);
            self.problems.push(
                Problem::refused(ProblemKind::DuplicateMountTarget, Phase::Consistency, message)
                    .at(origin)
                    .path(&self.path.key(key).index(i))
                    .related(first.at, "the first mount is here")
                    .help("remove one of the two, or give it another path in the container"),
            );
        }
    }
}

/// Services that all wait for all have more cycles than anybody reads, or than memory holds.
const MAX_CYCLES: usize = 20;

/// Services that wait for each other: one problem for each way back in a walk in the order of names.
fn cycles(project: &Project, problems: &mut Vec<Problem>) {
    #[derive(PartialEq)]
    enum State {
        Open,
        Done,
    }
    let next = |name: &str| -> Vec<&str> {
        let mut all: Vec<&str> = project.services.get(name).into_iter().flat_map(|s| s.depends_on.keys().map(String::as_str)).collect();
        all.retain(|n| project.services.get(*n).is_some_and(|s| s.enabled));
        all.sort_unstable_by(|a, b| b.cmp(a)); // taken from the end
        all
    };
    let mut found = 0;
    let mut states: BTreeMap<&str, State> = BTreeMap::new();
    let mut names: Vec<&str> = project.services.iter().filter(|(_, s)| s.enabled).map(|(n, _)| n.as_str()).collect();
    names.sort_unstable();
    for name in names {
        if states.contains_key(name) {
            continue;
        }
        states.insert(name, State::Open);
        let mut stack = vec![(name, next(name))];
        while let Some((at, rest)) = stack.last_mut() {
            let Some(to) = rest.pop() else {
                states.insert(at, State::Done);
                stack.pop();
                continue;
            };
            match states.get(to) {
                None => {
                    states.insert(to, State::Open);
                    stack.push((to, next(to)));
                }
                Some(State::Open) if found < MAX_CYCLES => {
                    found += 1;
                    let path: Vec<&str> = stack.iter().map(|(n, _)| *n).skip_while(|n| *n != to).collect();
                    problems.push(cycle(project, &path));
                }
                Some(State::Open | State::Done) => {}
            }
        }
    }
}

fn cycle(project: &Project, path: &[&str]) -> Problem {
    let mut shown: Vec<String> = path.iter().map(|n| format!("`{n}`")).collect();
    shown.extend(shown.first().cloned());
    let message = match path {
        [itself] => format!("service `{itself}` waits for itself"),
        _ => format!("services wait for each other: {}", shown.join(" → ")),
    };
    let mut problem = Problem::refused(ProblemKind::DependencyCycle, Phase::Cycle, message)
        .help("remove one of these dependencies: none of the services could ever start");
    let hops = path.iter().zip(path.iter().cycle().skip(1));
    for (i, (from, to)) in hops.enumerate() {
        let Some(dependency) = project.services.get(*from).and_then(|s| s.depends_on.get(*to)) else { continue };
        if i == 0 {
            problem = problem.at(dependency.at_key()).path(&ModelPath::keys(&["services", from, "depends_on", to]));
        } else {
            problem = problem.related(dependency.at_key().at, format!("`{from}` waits for `{to}`"));
        }
    }
    problem
}

/// Two enabled services with one `container_name`: Compose looks last, after the selection (spec/resolve.md 18).
pub(super) fn container_names(project: &mut Project) {
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let mut problems = Vec::new();
    for service in project.services.values().filter(|s| s.enabled) {
        let Some(name) = service.container_name.as_ref().filter(|n| !n.is_empty()) else { continue };
        if let Some((first, span)) = seen.get(name.as_str()) {
            let message = format!("services `{first}` and `{}` have the same container name `{}`", service.name, name.value);
            problems.push(
                Problem::refused(ProblemKind::DuplicateContainerName, Phase::Consistency, message)
                    .at(name.origin.clone())
                    .path(&ModelPath::keys(&["services", &service.name, "container_name"]))
                    .related(*span, format!("`{first}` has it here"))
                    .help("rename one, or leave the name to Compose"),
            );
        } else {
            seen.insert(name, (&service.name, name.origin.at));
        }
    }
    project.problems.extend(problems);
}
