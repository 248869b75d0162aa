//! The points of `standard`: what a host can ask of each of its stacks.

/// One point.
#[derive(Debug, PartialEq, Eq)]
pub struct Point {
    /// Its name in the configuration: kebab-case.
    pub name: &'static str,
    /// What holds where it is kept: a sentence without a full stop.
    pub summary: &'static str,
}

/// Every point.
pub const POINTS: &[Point] = &[
    Point {
        name: "project-name",
        summary: "the name of the project is written down, so that moving or linking the directory renames no volume",
    },
    Point { name: "in-git", summary: "every Compose file is tracked by git" },
    Point { name: "secrets-on-host", summary: "secrets and env files are provided by the host at run time, such as below `/run/agenix`" },
    Point { name: "no-relative-data", summary: "no data lies in the directory of the stack" },
    Point { name: "backed-up", summary: "all data is on a list of backups" },
    Point { name: "digests", summary: "every image is pinned by its digest" },
    Point { name: "healthchecks", summary: "every service has a health check in the file" },
    Point { name: "restart", summary: "every service comes back after a reboot" },
    Point { name: "no-errors", summary: "nothing is found that is an error" },
];
