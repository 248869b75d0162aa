//! References within text, put aside while the text is taken apart or put together: what stands in `config.sops.secrets."a,b".path` is no
//! part of the syntax of a flag.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::migrate::nix::normal::{Attachment, Container, Health, HealthTest, Mount, Network, Publish};
use crate::nix::{REFERENCE, has_marks, split_reference};

/// The references of a container, by number.
#[derive(Default)]
pub(super) struct References {
    known: Vec<String>,
    /// True once a text had a mark without its counterpart, or a character that no word of a command can have.
    pub(super) broken: bool,
}

impl References {
    /// True if no text had one.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The text with numbers between the marks.
    pub(super) fn hide(&mut self, text: &str) -> String {
        if !has_marks(text) {
            self.broken |= text.as_bytes().contains(&0);
            return text.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, inside, after)) = split_reference(rest) {
            let number = self.known.iter().position(|known| known == inside).unwrap_or_else(|| {
                self.known.push(inside.to_owned());
                self.known.len() - 1
            });
            self.broken |= before.contains(REFERENCE.1);
            out.push_str(before);
            let _ = write!(out, "{}{number}{}", REFERENCE.0, REFERENCE.1);
            rest = after;
        }
        self.broken |= rest.contains([REFERENCE.0, REFERENCE.1, '\0']);
        out.push_str(rest);
        out
    }

    /// The text as it was.
    pub(super) fn show(&self, text: &str) -> String {
        if self.known.is_empty() || !has_marks(text) {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, inside, after)) = split_reference(rest) {
            let known = inside.parse::<usize>().ok().and_then(|number| self.known.get(number));
            out.push_str(before);
            let _ = write!(out, "{}{}{}", REFERENCE.0, known.map_or(inside, String::as_str), REFERENCE.1);
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The text without its references.
pub(super) fn own_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, _, after)) = split_reference(rest) {
        out.push_str(before);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The container with every text of it changed.
pub(super) fn each_text(container: &Container, change: &mut dyn FnMut(&str) -> String) -> Container {
    let Container {
        image,
        image_stream,
        entrypoint,
        args,
        environment,
        environment_files,
        labels,
        annotations,
        ports,
        user,
        working_dir,
        hostname,
        mounts,
        network,
        capabilities,
        devices,
        privileged,
        pull,
        log_driver,
        log_options,
        health,
        auto_start,
        auto_remove,
        sdnotify,
        depends_on,
        flags,
    } = container;
    macro_rules! pairs {
        ($map:expr) => {
            $map.iter().map(|(key, value)| (change(key), change(value))).collect()
        };
    }
    macro_rules! list {
        ($list:expr) => {
            $list.iter().map(|text| change(text)).collect()
        };
    }
    macro_rules! maybe {
        ($text:expr) => {
            $text.as_ref().map(|text| change(text))
        };
    }
    Container {
        image: change(image),
        image_stream: *image_stream,
        entrypoint: maybe!(entrypoint),
        args: list!(args),
        environment: pairs!(environment),
        environment_files: list!(environment_files),
        labels: pairs!(labels),
        annotations: pairs!(annotations),
        ports: ports
            .iter()
            .map(|Publish { host_ip, published, target, protocol }| Publish {
                host_ip: maybe!(host_ip),
                published: maybe!(published),
                target: change(target),
                protocol: change(protocol),
            })
            .collect(),
        user: maybe!(user),
        working_dir: maybe!(working_dir),
        hostname: maybe!(hostname),
        mounts: mounts
            .iter()
            .map(|Mount { kind, source, target, read_only, options }| Mount {
                kind: change(kind),
                source: maybe!(source),
                target: change(target),
                read_only: *read_only,
                options: pairs!(options),
            })
            .collect(),
        network: match network {
            Network::Mode(mode) => Network::Mode(change(mode)),
            Network::Networks(networks) => Network::Networks(
                networks
                    .iter()
                    .map(|Attachment { name, aliases, options, link_local, driver_opts }| Attachment {
                        name: change(name),
                        aliases: list!(aliases),
                        options: pairs!(options),
                        link_local: list!(link_local),
                        driver_opts: pairs!(driver_opts),
                    })
                    .collect(),
            ),
        },
        capabilities: (list!(capabilities.0), list!(capabilities.1)),
        devices: list!(devices),
        privileged: *privileged,
        pull: maybe!(pull),
        log_driver: maybe!(log_driver),
        log_options: pairs!(log_options),
        health: health.as_ref().map(|Health { test, options }| Health {
            test: test.as_ref().map(|test| match test {
                HealthTest::None => HealthTest::None,
                HealthTest::Shell(text) => HealthTest::Shell(change(text)),
                HealthTest::Exec(words) => HealthTest::Exec(list!(words)),
            }),
            options: pairs!(options),
        }),
        auto_start: *auto_start,
        auto_remove: *auto_remove,
        sdnotify: maybe!(sdnotify),
        depends_on: depends_on.iter().map(|name| change(name)).collect::<BTreeSet<_>>(),
        flags: flags.iter().map(|(flag, values)| (flag.clone(), list!(values))).collect(),
    }
}
