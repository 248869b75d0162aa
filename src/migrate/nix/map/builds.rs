//! `build`: a unit that builds the image on the host, before the containers start.

use std::fmt::Display;

use super::{At, Draft, Mapper, limits, nix_text, pairs, texts};
use crate::compose::LeftOut;
use crate::migrate::nix::normal::{Command, Unit};
use crate::migrate::nix::{Builds, Class};
use crate::model::{Build, FileReference, Sourced, Ulimit};
use crate::nix::reference;

impl Mapper<'_> {
    pub(super) fn build(&mut self, d: &mut Draft<'_>, build: &Sourced<Build>) {
        let path = d.at("build");
        d.container.pull = Some("never".into());
        d.container.image_stream = self.options.builds == Builds::DockerTools;
        let image = d.container.image.clone();
        let command = self.build_command(&path, &image, build);
        let message = match self.options.builds {
            Builds::Unit => "a unit builds the image when it is missing; what it is built from must be on the host",
            Builds::DockerTools => "the image comes from the Nix store: fill in `imageStream` in the module",
            Builds::None => "nothing builds the image on the host; bring it there before the first start",
        };
        self.say(Class::Moved, &path, &build.at_key(), message);
        if !self.builds() {
            return;
        }
        let engine = self.options.backend.command();
        let mut unit = self.resource_unit(format!("Image {image} of {}", self.project.name));
        if build.context.as_ref().is_some_and(|c| is_remote(c)) {
            unit.path.insert("git".into());
            unit.after.insert("network-online.target".into());
            unit.wants.insert("network-online.target".into());
        }
        let always = d.service.pull_policy.as_ref().is_some_and(|p| p.value == "build");
        unit.script.push(if always {
            Command::Run(command)
        } else {
            Command::Unless(super::words([engine, "image", "inspect", &image]), command)
        });
        for service in build.additional_contexts.values().filter_map(|c| c.strip_prefix("service:")) {
            let other = self.project.services.get(service).map(|s| self.image_of(s));
            if let Some(other) = other.filter(|o| *o != image) {
                let other = format!("{}.service", self.unit_of("build", &other));
                unit.after.insert(other.clone());
                unit.requires.insert(other);
            }
        }
        let name = self.build_unit(d, &image, unit);
        d.require(format!("{name}.service"));
    }

    /// The unit of an image. Services that build the same image differently have one each.
    fn build_unit(&mut self, d: &Draft<'_>, image: &str, unit: Unit) -> String {
        let mut name = self.unit_of("build", image);
        if self.builds.get(&name).is_some_and(|u| *u != unit) {
            name = format!("{name}-{}", super::unit_name(&d.service.name));
        }
        self.out.owners.entry(name.clone()).or_insert_with(|| d.path.to_owned());
        self.builds.entry(name.clone()).or_insert(unit);
        name
    }

    fn image_of(&self, service: &crate::model::Service) -> String {
        let image = service.image.as_ref().map(|i| i.value.clone()).filter(|i| !i.is_empty());
        image.unwrap_or_else(|| format!("{}-{}", self.project.name, service.name))
    }

    /// The words of `docker build`.
    fn build_command(&mut self, path: &dyn Display, image: &str, build: &Sourced<Build>) -> Vec<String> {
        let Build {
            context,
            dockerfile,
            dockerfile_inline,
            entitlements,
            args,
            ssh,
            labels,
            cache_from,
            cache_to,
            no_cache,
            no_cache_filter,
            additional_contexts,
            pull,
            extra_hosts,
            isolation,
            network,
            target,
            secrets,
            shm_size,
            tags,
            ulimits,
            platforms,
            privileged,
            provenance,
            sbom,
            extensions,
        } = &build.value;
        self.unknown(path, extensions);
        let mut out = super::words([self.options.backend.command(), "build"]);
        let mut flag = |name: &str, value: &str| out.push(format!("--{name}={value}"));
        flag("tag", image);
        texts(tags).for_each(|t| flag("tag", &t));
        let base = context.as_ref().map_or("", |c| c.as_str());
        if let Some(inline) = dockerfile_inline {
            flag("file", &reference(&format!("pkgs.writeText \"Dockerfile\" {}", nix_text(inline))));
        } else if let Some(file) = dockerfile.as_ref().filter(|f| !f.is_empty()) {
            let file = if is_remote(base) || file.starts_with('/') { file.value.clone() } else { join(base, file) };
            flag("file", &file);
        }
        for (name, value) in args {
            match &value.value {
                Some(text) => flag("build-arg", &format!("{name}={text}")),
                None => flag("build-arg", name),
            }
        }
        pairs(labels).for_each(|l| flag("label", &l));
        if no_cache.as_ref().is_some_and(|n| n.value) {
            flag("no-cache", "true");
        }
        if pull.as_ref().is_some_and(|p| p.value) {
            flag("pull", "true");
        }
        for (host, addresses) in extra_hosts {
            addresses.iter().for_each(|a| flag("add-host", &format!("{host}:{a}")));
        }
        for (name, field) in [("network", network), ("target", target)] {
            if let Some(value) = field.as_ref().filter(|f| !f.is_empty()) {
                flag(name, value);
            }
        }
        if let Some(size) = shm_size.as_ref().filter(|s| s.value.0 != 0) {
            flag("shm-size", &size.value.0.to_string());
        }
        for ulimit in limits::ulimit_words(ulimits) {
            flag("ulimit", &ulimit);
        }
        if !platforms.is_empty() {
            flag("platform", &texts(platforms).collect::<Vec<_>>().join(","));
        }
        for (id, key) in ssh {
            match &key.value {
                Some(key) => flag("ssh", &format!("{id}={key}")),
                None => flag("ssh", id),
            }
        }
        for (name, context) in additional_contexts {
            let context = match context.strip_prefix("service:").and_then(|s| self.project.services.get(s)) {
                Some(service) => format!("docker-image://{}", self.image_of(service)),
                None => context.value.clone(),
            };
            flag("build-context", &format!("{name}={context}"));
        }
        if !self.podman() {
            texts(cache_from).for_each(|c| flag("cache-from", &c));
            texts(cache_to).for_each(|c| flag("cache-to", &c));
            if !no_cache_filter.is_empty() {
                flag("no-cache-filter", &texts(no_cache_filter).collect::<Vec<_>>().join(","));
            }
            texts(entitlements).for_each(|e| flag("allow", &e));
            if privileged.as_ref().is_some_and(|p| p.value) {
                flag("allow", "security.insecure");
            }
            for (name, field) in [("provenance", provenance), ("sbom", sbom)] {
                if let Some(value) = field {
                    flag(name, value);
                }
            }
        }
        for (i, secret) in secrets.iter().enumerate() {
            self.build_secret(&mut out, &format_args!("{path}.secrets[{i}]"), secret);
        }
        self.build_remarks(path, build);
        out.push(if base.is_empty() { self.project.directory.display().to_string() } else { base.to_owned() });
        if let Some(isolation) = isolation {
            self.say(Class::Inert, &format_args!("{path}.isolation"), &isolation.at_key(), "only Windows has a choice");
        }
        out
    }

    fn build_secret(&mut self, out: &mut Vec<String>, path: &dyn Display, secret: &Sourced<FileReference>) {
        let FileReference { source, target, uid: _, gid: _, mode: _, extensions } = &secret.value;
        self.unknown(path, extensions);
        let object = self.project.secrets.get(source);
        let known = self.wiring.secret_source.get(source).cloned();
        let file = known.or_else(|| object.and_then(|o| o.file.as_ref()).map(|f| self.wiring.path(f)));
        let Some(file) = file else {
            let message = "the build cannot be given this secret, as it is in no file; put it into one and name that with `file`";
            self.say(Class::Unmapped, path, &secret.origin, message);
            return;
        };
        // The short form has a target that Compose supplies; what a build asks for is the name.
        let name = target.as_deref().and_then(|t| t.rsplit('/').next()).filter(|t| !t.is_empty()).unwrap_or(source);
        out.push(format!("--secret=id={name},src={file}"));
    }

    /// What is not the same everywhere.
    fn build_remarks(&mut self, path: &dyn Display, build: &Sourced<Build>) {
        let at = |key: &'static str| At::of(path, key);
        let message = "it has no value: Compose takes that of the shell it is called from, and systemd has none, so the image is built without \
                       it, as Compose builds it where no shell has it; give it a value";
        for (name, value) in build.args.iter().filter(|(_, value)| value.value.is_none()) {
            self.say(Class::Different, &format_args!("{path}.args.{name}"), &value.origin, message);
        }
        let below = format!("{path}.args.");
        for LeftOut { path, origin } in self.project.left_out.iter().filter(|l| l.path.starts_with(&below)) {
            self.say(Class::Different, path, origin, message);
        }
        let ssh = "it is root's agent that is asked, if there is one, not yours; name a key file";
        self.say_of_all(Class::Different, &at("ssh"), build.ssh.values(), ssh);
        for (name, ulimit) in &build.ulimits {
            let Ulimit { single: _, soft: _, hard: _, extensions } = &ulimit.value;
            self.unknown(&format_args!("{path}.ulimits.{name}"), extensions);
        }
        if build.platforms.len() > 1 {
            let message = "an engine keeps an image of one platform; leave only that of the host";
            self.say_of_all(Class::Different, &at("platforms"), &build.platforms, message);
        }
        let (entitlements, privileged) = (&build.entitlements, build.privileged.as_ref());
        if self.podman() {
            let cache = "podman cannot do this with its cache; the image is the same";
            self.say_of_all(Class::Different, &at("cache_from"), &build.cache_from, cache);
            self.say_of_all(Class::Different, &at("cache_to"), &build.cache_to, cache);
            self.say_of_all(Class::Different, &at("no_cache_filter"), &build.no_cache_filter, cache);
            let rights = "podman has no such rights for a build; build the image elsewhere";
            self.say_of_all(Class::Unmapped, &at("entitlements"), entitlements, rights);
            self.say_of(Class::Unmapped, &at("privileged"), privileged.filter(|p| p.value), rights);
            let papers = "podman does not attach this to an image; the image is the same";
            self.say_of(Class::Different, &at("provenance"), build.provenance.as_ref(), papers);
            self.say_of(Class::Different, &at("sbom"), build.sbom.as_ref(), papers);
        } else {
            let buildx = "only buildx can do this, and its builder must allow it";
            self.say_of_all(Class::Different, &at("entitlements"), entitlements, buildx);
            self.say_of(Class::Different, &at("privileged"), privileged.filter(|p| p.value), buildx);
            let buildx = "only buildx can do this, and the engine must keep its images with containerd";
            self.say_of_all(Class::Different, &at("cache_to"), &build.cache_to, buildx);
            self.say_of(Class::Different, &at("provenance"), build.provenance.as_ref(), buildx);
            self.say_of(Class::Different, &at("sbom"), build.sbom.as_ref(), buildx);
        }
    }
}

/// True for a context that the engine fetches.
fn is_remote(context: &str) -> bool {
    !context.starts_with('/')
        && (context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/") || context.contains(".git#"))
}

fn join(directory: &str, file: &str) -> String {
    format!("{}/{}", directory.trim_end_matches('/'), file.trim_start_matches("./"))
}
