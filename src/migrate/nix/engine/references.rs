//! References within text, put aside while the text is taken apart or put together: what stands in `config.sops.secrets."a,b".path` is no
//! part of the syntax of a flag.

use std::borrow::Cow;
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
    pub(super) fn hide<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if !has_marks(text) {
            self.broken |= text.as_bytes().contains(&0);
            return Cow::Borrowed(text);
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
        Cow::Owned(out)
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

/// True if one of a container's texts is such.
pub(super) fn any_text(container: &Container, is: &dyn Fn(&str) -> bool) -> bool {
    let Container {
        image,
        image_stream: _,
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
        privileged: _,
        pull,
        log_driver,
        log_options,
        health: health_of,
        auto_start: _,
        auto_remove: _,
        sdnotify,
        depends_on,
        flags,
    } = container;
    let one = |text: &String| is(text);
    let list = |texts: &[String]| texts.iter().any(one);
    let pair = |(key, value): (&String, &String)| is(key) || is(value);
    let port = |port: &Publish| {
        let Publish { host_ip, published, target, protocol } = port;
        is(target) || is(protocol) || host_ip.iter().chain(published).any(one)
    };
    let mount = |mount: &Mount| {
        let Mount { kind, source, target, read_only: _, options } = mount;
        is(kind) || is(target) || source.iter().any(one) || options.iter().any(pair)
    };
    let attachment = |attachment: &Attachment| {
        let Attachment { name, aliases, options, link_local, driver_opts } = attachment;
        is(name) || list(aliases) || list(link_local) || options.iter().any(pair) || driver_opts.iter().any(pair)
    };
    let test = |test: &HealthTest| match test {
        HealthTest::None => false,
        HealthTest::Shell(text) => is(text),
        HealthTest::Exec(words) => list(words),
    };
    let health = |Health { test: run, options }: &Health| run.iter().any(test) || options.iter().any(pair);
    let network_has = match network {
        Network::Mode(mode) => is(mode),
        Network::Networks(networks) => networks.iter().any(attachment),
    };
    is(image)
        || [entrypoint, user, working_dir, hostname, pull, log_driver, sdnotify].into_iter().flatten().any(one)
        || [args, environment_files, devices].into_iter().any(|texts| list(texts))
        || [environment, labels, annotations, log_options].into_iter().flatten().any(pair)
        || ports.iter().any(port)
        || mounts.iter().any(mount)
        || network_has
        || capabilities.0.iter().chain(&capabilities.1).chain(depends_on).any(one)
        || health_of.iter().any(health)
        || flags.values().any(|values| list(values))
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
        depends_on: depends_on.iter().map(|name| change(name)).collect(),
        flags: flags.iter().map(|(flag, values)| (flag.clone(), list!(values))).collect(),
    }
}
