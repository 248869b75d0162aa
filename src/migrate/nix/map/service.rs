//! A service: its containers' names, and every key of it.

use std::collections::BTreeSet;

use super::{At, Draft, Mapper, pairs, texts, unit_name};
use crate::migrate::nix::normal::{Container, Network, Unit};
use crate::migrate::nix::{AutoUpdate, Backend, Builds, Class, Names};
use crate::model::{CredentialSpec, Develop, EnvFile, ModelUse, Provider, Service, Sourced, Watch};

/// More replicas than this are a slip.
const MAX_REPLICAS: i64 = 100;

/// How many containers of a service there are: `scale` over `deploy.replicas`.
pub(super) fn replicas(service: &Service) -> i64 {
    let deployed = service.deploy.as_ref().and_then(|d| d.replicas.as_ref());
    service.scale.as_ref().or(deployed).map_or(1, |n| n.value)
}

/// True for what the module of NixOS writes into scripts without quotes.
fn plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

impl Mapper<'_> {
    /// The name that Compose gives a container.
    pub(super) fn compose_name(&self, service: &Service, index: usize) -> String {
        match &service.container_name {
            Some(name) => name.value.clone(),
            None => format!("{}-{}-{}", self.project.name, service.name, index + 1),
        }
    }

    /// Gives every container its name.
    pub(super) fn name_containers(&mut self) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for (key, service) in &self.project.services {
            if !service.enabled || service.provider.is_some() {
                continue;
            }
            let path = At::of(&"services", key);
            // Where it is named, if it is.
            let place = service.container_name.as_ref().map_or_else(|| service.at_key(), Sourced::at_key);
            let wanted = replicas(service);
            if wanted > MAX_REPLICAS {
                let message = format!("{wanted} containers of one service are more than a module can hold; write at most {MAX_REPLICAS}");
                self.say(Class::Unmapped, &format_args!("{path}.scale"), &service.at_key(), message);
            }
            let count = usize::try_from(wanted.clamp(1, MAX_REPLICAS)).unwrap_or(1);
            let (base, numbered) = match (&service.container_name, self.options.names) {
                (Some(name), _) => (name.value.clone(), count > 1),
                (None, Names::Compose) => (format!("{}-{key}", self.project.name), true),
                (None, Names::ProjectService) => (format!("{}-{key}", self.project.name), count > 1),
                (None, Names::Service) => (key.clone(), count > 1),
            };
            let names: Vec<String> = (1..=count).map(|n| if numbered { format!("{base}-{n}") } else { base.clone() }).collect();
            for (index, name) in names.iter().enumerate() {
                if !plain(name) {
                    let message = "the name of the container has characters that the module of NixOS does not quote; give the service a \
                                   `container_name` of letters, digits, `.`, `_` and `-`";
                    self.say(Class::Unmapped, &format_args!("{path}.container_name"), &place, message);
                }
                if !taken.insert(name.clone()) {
                    let message = format!("two containers would be called `{name}`; give one of them another `container_name`");
                    self.say(Class::Unmapped, &format_args!("{path}.container_name"), &place, message);
                }
                let today = self.compose_name(service, index);
                if *name != today {
                    let message =
                        format!("the container `{today}` is called `{name}`; scripts and monitoring that use its name must follow");
                    self.say(Class::Different, &path, &service.at_key(), message);
                }
            }
            self.out.services.insert(key.clone(), names);
        }
    }

    /// The containers of a service, their units, and all that is said about it.
    pub(super) fn service(&mut self, service: &Sourced<Service>) {
        let path = format!("services.{}", service.name);
        let Some(names) = self.out.services.get(&service.name).cloned() else {
            if let Some(provider) = &service.provider {
                let Provider { kind: _, options: _, extensions } = &provider.value;
                let path = At::of(&path, "provider");
                let message = "a provider is a plugin of Compose that runs something which is no container, and nothing on NixOS calls it; \
                               set up what it provides as a service of its own";
                self.say(Class::Unmapped, &path, &provider.at_key(), message);
                self.unknown(&path, extensions);
            }
            return;
        };
        for (index, name) in names.iter().enumerate() {
            let mut draft = Draft {
                service: &service.value,
                path: &path,
                name: name.clone(),
                container: Container { auto_remove: true, auto_start: true, ..Container::default() },
                unit: Unit::default(),
                mounts_for: BTreeSet::new(),
            };
            self.container(&mut draft, service, index, names.len());
            let Draft { container, mut unit, mounts_for, .. } = draft;
            if !mounts_for.is_empty() {
                let all: Vec<String> = mounts_for.iter().map(|m| super::unit_word(m)).collect();
                unit.unit.insert("RequiresMountsFor".into(), all.join(" "));
            }
            let unit_name = format!("{}-{name}", self.options.backend);
            self.out.owners.insert(unit_name.clone(), path.clone());
            self.units.insert(unit_name, unit);
            self.out.stack.containers.insert(name.clone(), container);
        }
    }

    #[allow(clippy::cognitive_complexity)]
    fn container(&mut self, d: &mut Draft<'_>, service: &Sourced<Service>, index: usize, count: usize) {
        let Service {
            name: _,
            enabled: _,
            env_files_read: _,
            label_files_read: _,
            annotations,
            attach,
            blkio_config,
            build,
            cap_add,
            cap_drop,
            cgroup,
            cgroup_parent,
            command,
            configs,
            container_name: _, // `name_containers`
            cpu_count,
            cpu_percent,
            cpu_period,
            cpu_quota,
            cpu_rt_period,
            cpu_rt_runtime,
            cpu_shares,
            cpus,
            cpuset,
            credential_spec,
            depends_on,
            deploy,
            develop,
            device_cgroup_rules,
            devices,
            dns,
            dns_opt,
            dns_search,
            domainname,
            entrypoint,
            environment,
            env_file,
            expose,
            external_links,
            extra_hosts,
            gpus,
            group_add,
            healthcheck,
            hostname,
            image,
            init,
            ipc,
            isolation,
            label_file: _, // read into `labels`
            labels,
            links,
            logging,
            mac_address,
            mem_limit,
            mem_reservation,
            mem_swappiness,
            memswap_limit,
            models,
            network_mode,
            networks,
            oom_kill_disable,
            oom_score_adj,
            pid,
            pids_limit,
            platform,
            ports,
            post_start,
            pre_start,
            pre_stop,
            privileged,
            profiles,
            provider: _, // `service`
            pull_policy,
            read_only,
            restart,
            runtime,
            scale,
            secrets,
            security_opt,
            shm_size,
            stdin_open,
            stop_grace_period,
            stop_signal,
            storage_opt,
            sysctls,
            tmpfs,
            tty,
            ulimits,
            use_api_socket,
            user,
            userns_mode,
            uts,
            volumes,
            volumes_from,
            working_dir,
            extensions,
        } = &service.value;

        self.image(d, service, image.as_ref(), build.as_deref());
        self.command(d, entrypoint.as_ref(), command.as_ref());
        self.environment(d, environment);
        self.env_files(d, env_file);
        d.container.labels = labels.iter().map(|(k, v)| (k.clone(), v.value.clone())).collect();
        d.container.annotations = annotations.iter().map(|(k, v)| (k.clone(), v.value.clone())).collect();
        self.capabilities(d, cap_add, cap_drop);
        d.container.user = user.as_ref().map(|u| u.value.clone()).filter(|u| !u.is_empty());
        d.container.working_dir = working_dir.as_ref().map(|w| w.value.clone()).filter(|w| !w.is_empty());
        d.container.privileged = privileged.as_ref().is_some_and(|p| p.value);
        self.host_name(d, hostname.as_ref(), domainname.as_ref());
        self.health(d, healthcheck.as_deref());
        self.logging(d, service, logging.as_deref());
        self.hooks(d, post_start, pre_stop);
        for (i, hook) in pre_start.iter().enumerate() {
            let message = "systemd has no container to run this in before the service starts; make it a service of its own that others wait \
                           for with `service_completed_successfully`";
            self.say(Class::Unmapped, &format_args!("{}[{i}]", d.at("pre_start")), &hook.origin, message);
        }

        self.volumes(d, volumes);
        self.file_references(d, "secrets", secrets);
        self.file_references(d, "configs", configs);
        Self::tmpfs(d, tmpfs);
        self.volumes_from(d, volumes_from);
        self.api_socket(d, use_api_socket.as_ref());

        self.networks(d, networks, network_mode.as_ref(), index);
        self.links(d, links, external_links);
        self.ports(d, ports, count);
        d.flags("expose", texts(expose));
        if self.options.host_dns && dns.is_empty() && d.container.network == Network::Mode("host".into()) {
            let message = "the name servers of the host are frozen into the container when it starts: write them as `dns`, or restart the \
                           container when they change";
            self.say(Class::Different, &d.at("dns"), &service.at_key(), message);
        }
        for (flag, key, list) in [("dns", "dns", dns), ("dns-option", "dns_opt", dns_opt)] {
            d.flags(flag, texts(list).filter(|item| !item.is_empty()));
            let empty = list.iter().filter(|item| item.is_empty());
            let message = "it is empty, which `run` does not take, and says nothing; see whether a variable in it has no value";
            self.say_of_all(Class::Different, &d.at(key), empty, message);
        }
        d.flags("dns-search", texts(dns_search).filter(|domain| !domain.is_empty()));
        if !dns_search.is_empty() && dns_search.iter().all(|domain| domain.is_empty()) {
            // No domain at all: engines are asked for it by a dot.
            d.flag("dns-search", ".");
        }
        for (host, addresses) in extra_hosts {
            d.flags("add-host", addresses.iter().map(|a| format!("{host}:{a}")));
        }
        self.mac_address(d, mac_address.as_ref());
        self.name_space(d, "ipc", ipc.as_ref());
        self.name_space(d, "pid", pid.as_ref());
        self.name_space(d, "uts", uts.as_ref());

        for (flag, field) in [
            ("cgroupns", cgroup),
            ("cgroup-parent", cgroup_parent),
            ("cpuset-cpus", cpuset),
            ("platform", platform),
            ("runtime", runtime),
            ("stop-signal", stop_signal),
            ("userns", userns_mode),
        ] {
            if let Some(value) = field.as_ref().filter(|f| !f.is_empty()) {
                d.flag(flag, value.value.clone());
            }
        }
        for (flag, field) in [("tty", tty), ("read-only", read_only), ("oom-kill-disable", oom_kill_disable)] {
            if field.as_ref().is_some_and(|f| f.value) {
                d.flag(flag, "true");
            }
        }
        if let Some(init) = init {
            d.flag("init", init.value.to_string());
        }
        self.stdin(d, stdin_open.as_ref(), tty.as_ref().is_some_and(|f| f.value));
        for (flag, field) in [
            ("cpu-period", cpu_period),
            ("cpu-quota", cpu_quota),
            ("cpu-rt-period", cpu_rt_period),
            ("cpu-rt-runtime", cpu_rt_runtime),
            ("cpu-shares", cpu_shares),
            ("memory-swappiness", mem_swappiness),
            ("oom-score-adj", oom_score_adj),
            ("pids-limit", pids_limit),
        ] {
            if let Some(value) = field.as_ref().filter(|f| f.value != 0) {
                d.flag(flag, value.value.to_string());
            }
        }
        for (flag, field) in
            [("memory", mem_limit), ("memory-reservation", mem_reservation), ("memory-swap", memswap_limit), ("shm-size", shm_size)]
        {
            if let Some(value) = field.as_ref().filter(|f| f.value.0 != 0) {
                d.flag(flag, value.value.0.to_string());
            }
        }
        if let Some(cpus) = cpus.as_ref().filter(|c| c.value != 0.0) {
            d.flag("cpus", cpus.value.to_string());
        }
        self.blkio(d, blkio_config.as_deref());
        self.ulimits(d, ulimits);
        self.isolation(d, isolation.as_ref());
        self.devices(d, devices);
        d.flags("device-cgroup-rule", texts(device_cgroup_rules));
        self.gpus(d, gpus);
        d.flags("group-add", texts(group_add));
        self.security(d, security_opt);
        d.flags("sysctl", pairs(sysctls));
        d.flags("storage-opt", pairs(storage_opt));
        self.say_of_all(
            Class::Different,
            &d.at("storage_opt"),
            storage_opt.values(),
            "whether this is possible depends on the storage driver of the host, which may be another one on NixOS",
        );

        self.deploy(d, deploy.as_deref());
        Self::stop(d, stop_grace_period.as_ref());
        self.restart(d, restart.as_ref(), deploy.as_ref().and_then(|x| x.restart_policy.as_ref()));
        self.depends_on(d, depends_on);
        self.profiles(d, profiles);
        self.pull(d, pull_policy.as_ref(), extensions, build.is_some());
        if self.options.auto_update == AutoUpdate::PodmanLabel {
            let how = if build.is_some() { "local" } else { "registry" };
            d.container.labels.entry("io.containers.autoupdate".into()).or_insert_with(|| how.into());
        }
        if let Some(scale) = scale {
            self.replicas(d, "scale", scale);
        }

        self.say_of(
            Class::Inert,
            &d.at("attach"),
            attach.as_ref(),
            "it says whose output `docker compose up` shows, and journald has all of it",
        );
        let windows = "only Windows has this";
        self.say_of(Class::Inert, &d.at("cpu_count"), cpu_count.as_ref(), windows);
        self.say_of(Class::Inert, &d.at("cpu_percent"), cpu_percent.as_ref(), windows);
        self.said_by_nobody(d, credential_spec.as_deref(), develop.as_deref());
        for (model, used) in models {
            let ModelUse { empty: _, endpoint_var: _, model_var: _, extensions } = &used.value;
            let models = d.at("models");
            let path = At::of(&models, model);
            let message = "Compose starts the model and gives the service its address in a variable, which nothing does on NixOS; run a model \
                           server as a service and set the variable";
            self.say(Class::Unmapped, &path, &used.at_key(), message);
            self.unknown(&path, extensions);
        }
        self.unknown(&d.path, extensions.iter().filter(|(key, _)| *key != "pull_refresh_after"));
    }

    /// Keys without a meaning for a container that runs.
    fn said_by_nobody(&mut self, d: &Draft<'_>, credential_spec: Option<&Sourced<CredentialSpec>>, develop: Option<&Sourced<Develop>>) {
        if let Some(spec) = credential_spec {
            let path = d.at("credential_spec");
            let CredentialSpec { config: _, file: _, registry: _, extensions } = &spec.value;
            self.say(Class::Inert, &path, &spec.at_key(), "only Windows has this");
            self.unknown(&path, extensions);
        }
        if let Some(develop) = develop {
            let path = d.at("develop");
            let Develop { watch, extensions } = &develop.value;
            self.say(
                Class::Inert,
                &path,
                &develop.at_key(),
                "only `docker compose watch` reads this; keep the Compose file for developing",
            );
            self.unknown(&path, extensions);
            for (i, watch) in watch.iter().enumerate() {
                let Watch { path: _, action: _, target: _, ignore: _, include: _, initial_sync: _, exec: _, extensions } = &watch.value;
                self.unknown(&format_args!("{path}.watch[{i}]"), extensions);
            }
        }
    }

    /// `scale` or `deploy.replicas`.
    pub(super) fn replicas(&mut self, d: &mut Draft<'_>, key: &str, count: &Sourced<i64>) {
        let message = match count.value {
            0 => "no container is to run, so this one is only started by hand",
            1 => return,
            _ => "each container has a unit of its own; change their number in the module",
        };
        self.say(Class::Moved, &d.at(key), &count.at_key(), message);
    }

    /// `stdin_open`. Docker's client runs in the foreground of a unit, which has no input: it hands the end of it on to the container, and with
    /// a terminal it refuses to start. Podman's containers run in the background.
    fn stdin(&mut self, d: &mut Draft<'_>, open: Option<&Sourced<bool>>, tty: bool) {
        let Some(open) = open.filter(|f| f.value) else { return };
        if self.podman() || !tty {
            d.flag("interactive", "true");
        }
        if !self.podman() {
            let message = if tty {
                "a unit has no input, and docker attaches none to a terminal there: the container has its terminal, but nobody can write to \
                 it with `docker attach`"
            } else {
                "a unit has no input: the container sees the end of it at once, where Compose leaves it open; a program that ends with its \
                 input needs `tty: true`"
            };
            self.say(Class::Different, &d.at("stdin_open"), &open.at_key(), message);
        }
    }

    /// The image; that of Compose's choice if it is built.
    fn image(
        &mut self,
        d: &mut Draft<'_>,
        service: &Sourced<Service>,
        image: Option<&Sourced<String>>,
        build: Option<&Sourced<crate::model::Build>>,
    ) {
        d.container.image = match image.filter(|i| !i.is_empty()) {
            Some(image) => image.value.clone(),
            None => format!("{}-{}", self.project.name, d.service.name),
        };
        if let Some(build) = build {
            self.build(d, build);
        } else if image.is_none_or(|i| i.is_empty()) {
            let message = "the service has neither an image nor a build, so there is nothing to run; give it an `image`";
            self.say(Class::Unmapped, &d.at("image"), &service.at_key(), message);
        }
        let known = || crate::model::image::ImageRef::parse(&d.container.image).and_then(|i| crate::model::known::datastore(&i));
        if d.service.volumes.is_empty() && d.service.volumes_from.is_empty() && known().is_some_and(|(store, _)| store != "memcached") {
            d.container.auto_remove = false;
            let message = "its data is in a volume without a name, if the image declares one: each start of the unit makes a new one, and the \
                           old one stays behind; mount a named volume before the move";
            self.say(Class::Different, &d.at("image"), &service.at_key(), message);
        }
    }

    /// `env_file`.
    fn env_files(&mut self, d: &mut Draft<'_>, files: &[Sourced<EnvFile>]) {
        let wired = self.wiring.services.get(&d.service.name);
        d.container.environment_files = wired.map(|w| w.environment_files.clone()).unwrap_or_default();
        for (i, file) in files.iter().enumerate() {
            let EnvFile { path, required, format: _, extensions } = &file.value;
            let at = d.at("env_file").number(i);
            self.unknown(&at, extensions);
            // Who has wired the files has said it.
            if wired.is_some() {
                continue;
            }
            let message = format!("Compose reads `{}`, the module has its variables; later changes of it are not seen", self.shown(path));
            self.say(Class::Moved, &at, &file.origin, message);
            if !required {
                let message = "the file need not be there; what it holds now is what counts from now on";
                self.say(Class::Different, &format_args!("{at}.required"), &file.origin, message);
            }
        }
    }

    /// `profiles`: started by a target of their own.
    fn profiles(&mut self, d: &mut Draft<'_>, profiles: &[Sourced<String>]) {
        let target = &self.target;
        d.unit.part_of.insert(target.clone());
        let chosen = |p: &Sourced<String>| self.options.profiles.iter().any(|c| c == "*" || *c == p.value);
        d.container.auto_start = replicas(d.service) != 0 && (profiles.is_empty() || profiles.iter().any(chosen));
        if d.container.auto_start {
            d.unit.wanted_by.insert(target.clone());
        }
        for profile in profiles {
            let target = self.profile_target(&profile.value);
            if replicas(d.service) != 0 {
                d.unit.wanted_by.insert(format!("{target}.target"));
            }
            let message = if d.container.auto_start {
                format!("it is started with the host, and by `systemctl start {target}.target`")
            } else {
                format!("it is started by `systemctl start {target}.target`, not with the host")
            };
            self.say(Class::Moved, &d.at("profiles"), &profile.origin, message);
        }
    }

    /// True if images are built on the host.
    pub(super) fn builds(&self) -> bool {
        self.options.builds == Builds::Unit
    }

    /// True for podman.
    pub(super) fn podman(&self) -> bool {
        self.options.backend == Backend::Podman
    }

    /// A unit for something of the engine: `docker-network-web`.
    pub(super) fn unit_of(&self, kind: &str, name: &str) -> String {
        format!("{}-{kind}-{}", self.options.backend, unit_name(name))
    }

    /// Dependencies that are not simply there.
    pub(super) fn names_of(&self, service: &str) -> Vec<String> {
        self.out.services.get(service).cloned().unwrap_or_default()
    }

    /// True if one of the services that take part waits for another in this way.
    pub(super) fn awaited(&self, service: &str, condition: &str) -> bool {
        self.awaited.contains(&(service, condition))
    }
}
