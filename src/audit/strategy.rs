//! How a stack could be placed on a NixOS host: the four ways, weighed by what the files say and by nothing else.
//!
//! - `link`: a link, made by hand, to a checkout of the repository
//! - `activation`: the files are put in place by the system (activation, tmpfiles, home-manager)
//! - `compose-stack`: the Compose specification written in Nix (`migrate --to nix --style compose-stack`)
//! - `oci-containers`: `virtualisation.oci-containers` (`migrate --to nix --style oci`)
//!
//! Each way begins with what it always costs; facts of the stack add to that. The fewest points come first.

use std::collections::BTreeSet;

use crate::migrate::nix::wire::Wiring;
use crate::migrate::nix::{Backend, Class, Options, Remark, Style, map};
use crate::model::Project;
use crate::report::inventory::{Stack, Strategy, Way, Word};

/// Names that are shown of a list; more are counted.
const SHOWN: usize = 3;

/// What the weighing looks at.
struct Facts {
    /// Configuration below the directory of the stack that is mounted or built from.
    relative: Vec<String>,
    /// Data below the directory of the stack.
    data: Vec<String>,
    builds: Vec<String>,
    /// Services that wait for more than the start of another one.
    conditions: Vec<String>,
    profiles: Vec<String>,
    /// Volumes whose name follows from the directory.
    volumes: Vec<String>,
    /// Keys that have no equivalent in `oci-containers`.
    unmapped: Vec<String>,
    /// Keys that mean something else there.
    different: Vec<String>,
}

/// Weighs the ways of placing a stack, the best first.
pub fn weigh(stack: &Stack, project: &Project) -> Strategy {
    let facts = Facts::new(stack, project);
    let mut ways = vec![link(stack, &facts), activation(&facts), compose_stack(&facts), oci(&facts)];
    if stack.refused {
        for way in &mut ways {
            way.reasons_against.insert(0, "Compose refuses the project as it is: mend it first, whichever way".to_owned());
        }
    }
    // Of equals the one that changes least comes first: the order in which they are made.
    ways.sort_by_key(|w| w.cost);
    Strategy { ways }
}

impl Facts {
    fn new(stack: &Stack, project: &Project) -> Self {
        let inside = |path: &str| path.strip_prefix(&stack.directory).is_some_and(|rest| rest.starts_with('/'));
        let binds = || stack.mount_list.iter().filter(|m| m.kind == "bind");
        let of = |is_data: bool| {
            let wanted = binds().filter(|m| (m.class == "data" || m.class == "cache") == is_data);
            wanted.filter_map(|m| m.source.clone()).filter(|s| inside(s)).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let remarks = map::stack(project, &Wiring::default(), &Options::new(Style::Oci, Backend::Docker)).remarks;
        // What is so of every service (`services.*.logging`) says nothing about this one.
        let own = |r: &&Remark| !r.path.starts_with("services.*");
        let paths = |class: Class| -> Vec<String> {
            // Ten services that say the same are one thing to know.
            let key = |r: &Remark| match r.path.strip_prefix("services.").and_then(|rest| rest.split_once('.')) {
                Some((_, key)) => key.to_owned(),
                None => r.path.clone(),
            };
            remarks.iter().filter(own).filter(|r| r.class == class).map(key).collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self {
            relative: of(false),
            data: of(true),
            builds: stack.services.iter().filter(|s| s.build.is_some()).map(|s| s.name.clone()).collect(),
            conditions: stack
                .services
                .iter()
                .filter(|s| s.depends_on.iter().any(|d| !matches!(d.condition.as_str(), "" | "service_started")))
                .map(|s| s.name.clone())
                .collect(),
            profiles: stack.profiles.clone(),
            volumes: if stack.project_from == "directory" {
                stack.volumes.iter().filter(|v| !v.external).map(|v| v.name.clone()).collect()
            } else {
                Vec::new()
            },
            unmapped: paths(Class::Unmapped),
            different: paths(Class::Different),
        }
    }
}

/// One way while it is weighed.
struct Weighed(Way);

impl Weighed {
    fn new(name: &'static str, cost: u32, always: &str) -> Self {
        Self(Way { name: Word::Borrowed(name), cost, reasons_for: Vec::new(), reasons_against: vec![always.to_owned()] })
    }

    fn good(mut self, holds: bool, reason: impl Into<String>) -> Self {
        if holds {
            self.0.reasons_for.push(reason.into());
        }
        self
    }

    fn bad(mut self, each: u32, names: &[String], reason: impl Fn(&str) -> String) -> Self {
        if !names.is_empty() {
            self.0.cost += each * u32::try_from(names.len()).unwrap_or(u32::MAX).min(20);
            self.0.reasons_against.push(reason(&super::listed(names, SHOWN)));
        }
        self
    }
}

fn link(stack: &Stack, facts: &Facts) -> Way {
    let linked = stack.reached != "real";
    let renamed: &[String] = if linked { &[] } else { &facts.volumes };
    let loose: Vec<String> =
        stack.files.iter().filter(|f| !matches!(f.git.as_deref(), Some("tracked" | "modified"))).map(|f| f.path.clone()).collect();
    // Where it is so today, nothing has to be done for it.
    Weighed::new("link", if linked { 3 } else { 5 }, "the link is made by hand: a new machine does not have it, and nothing says so")
        .good(linked, "it is placed like that today: nothing changes")
        .good(true, "every key keeps its meaning, and `docker compose` is used as before")
        .bad(2, renamed, |names| {
            format!("linked through a directory of another name, the project is called otherwise and {names} would be new and empty: write `name:` first")
        })
        .bad(1, &loose, |names| format!("{names} would have to be put into the repository first"))
        .0
}

fn activation(facts: &Facts) -> Way {
    Weighed::new("activation", 3, "the system puts the files in place, and something else has to run `docker compose up`")
        .good(true, "every key keeps its meaning, and each rebuild puts the same files there")
        .bad(3, &facts.data, |names| format!("{names} cannot lie in a directory that the system puts in place, which is read-only"))
        .bad(1, &facts.relative, |names| format!("{names} has to be put in place with it"))
        .bad(2, &facts.builds, |names| format!("the build context of {names} goes through the store"))
        .0
}

fn compose_stack(facts: &Facts) -> Way {
    Weighed::new("compose-stack", 3, "the engine's Compose is still needed at run time")
        .good(true, "every key keeps its meaning, names of volumes included, and a rebuild starts and stops it")
        .good(!facts.conditions.is_empty(), "conditions are waited for as they are today")
        .good(!facts.profiles.is_empty(), "profiles stay")
        .bad(1, &facts.relative, |names| format!("{names} becomes an absolute path, or goes through the store"))
        .bad(1, &facts.builds, |names| format!("the build context of {names} becomes an absolute path"))
        .0
}

fn oci(facts: &Facts) -> Way {
    let simple = facts.unmapped.is_empty() && facts.different.is_empty();
    Weighed::new("oci-containers", 2, "`docker compose` no longer knows the containers: systemd starts, stops and logs them")
        .good(true, "one unit a service, without Compose, with options that other modules can read")
        .good(simple, "every key has an equivalent")
        .bad(4, &facts.unmapped, |names| format!("no equivalent for {names}"))
        .bad(1, &facts.different, |names| format!("something else happens with {names}"))
        .bad(1, &facts.conditions, |names| format!("the conditions of {names} become units of their own"))
        .bad(1, &facts.relative, |names| format!("{names} becomes an absolute path, or goes through the store"))
        .bad(2, &facts.builds, |names| format!("{names} is built by a unit, at the start of the machine"))
        .bad(1, &facts.profiles, |names| format!("the profiles {names} become targets"))
        .0
}
