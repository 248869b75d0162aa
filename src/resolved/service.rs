//! A service, as [`super`] prints it.

use serde_json::{Value, json};

use super::{Cx, Out, bytes, duration, field, flag, float, hosts, integer, list, object, size, text, texts};
use crate::model::{Bytes, CredentialSpec, Device, Logging, Provider, Service};

impl Cx {
    pub(super) fn service(self, service: &Service) -> Value {
        let Service {
            name: _,
            enabled: _,
            env_files_read,
            label_files_read,
            annotations,
            attach,
            blkio_config: blkio,
            build: built,
            cap_add,
            cap_drop,
            cgroup,
            cgroup_parent,
            command,
            configs,
            container_name,
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
            deploy: deployed,
            develop: developed,
            device_cgroup_rules,
            devices,
            dns,
            dns_opt,
            dns_search,
            domainname,
            entrypoint,
            environment,
            env_file: _,
            expose,
            external_links,
            extra_hosts,
            gpus,
            group_add,
            healthcheck: health,
            hostname,
            image,
            init,
            ipc,
            isolation,
            label_file,
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
            provider,
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
            ulimits: limits,
            use_api_socket,
            user,
            userns_mode,
            uts,
            volumes,
            volumes_from,
            working_dir,
            extensions,
        } = service;
        let mut out = Out::default();
        out.some("profiles", texts(profiles));
        out.some("annotations", self.mapping(annotations));
        out.given("attach", attach, |b| json!(b));
        out.block("build", built, |b| self.build(b));
        out.block("develop", developed, |d| self.develop(d));
        out.block("blkio_config", blkio, |b| self.blkio_config(b));
        out.some("cap_add", texts(cap_add));
        out.some("cap_drop", texts(cap_drop));
        out.some("cgroup_parent", text(cgroup_parent));
        out.some("cgroup", text(cgroup));
        out.some("cpu_count", integer(cpu_count));
        out.some("cpu_percent", float(cpu_percent));
        out.some("cpu_period", integer(cpu_period));
        out.some("cpu_quota", integer(cpu_quota));
        out.some("cpu_rt_period", integer(cpu_rt_period));
        out.some("cpu_rt_runtime", integer(cpu_rt_runtime));
        out.some("cpus", float(cpus));
        out.some("cpuset", text(cpuset));
        out.some("cpu_shares", integer(cpu_shares));
        self.nullable(&mut out, "command", command);
        out.some("configs", self.file_references(configs));
        out.some("container_name", text(container_name));
        out.block("credential_spec", credential_spec, |CredentialSpec { config, file, registry, extensions }| {
            object! {self, extensions;"config": text(config), "file": text(file), "registry": text(registry)}
        });
        out.some(
            "depends_on",
            self.named(depends_on, |d| {
                let mut out = Out::default();
                out.put("condition", json!(d.condition));
                out.some("restart", json!(d.restart));
                out.put("required", json!(d.required));
                self.extend(&mut out, &d.extensions);
                out.value()
            }),
        );
        out.block("deploy", deployed, |d| self.deploy(d));
        out.some("device_cgroup_rules", texts(device_cgroup_rules));
        out.some(
            "devices",
            list(devices, |Device { source, target, permissions, extensions }| {
                object! {self, extensions;"source": json!(source), "target": json!(target), "permissions": json!(permissions)}
            }),
        );
        out.some("dns", texts(dns));
        out.some("dns_opt", texts(dns_opt));
        out.some("dns_search", texts(dns_search));
        out.some("domainname", text(domainname));
        self.nullable(&mut out, "entrypoint", entrypoint);
        out.block("provider", provider, |Provider { kind, options, extensions }| {
            object! {self, extensions;"type": json!(kind), "options": self.named(options, |o| json!(o))}
        });
        out.some("environment", self.variables(environment));
        if !env_files_read {
            out.some("env_file", self.env_files(service));
        }
        out.some("expose", texts(expose));
        out.some("external_links", texts(external_links));
        out.some("extra_hosts", hosts(extra_hosts));
        out.some("group_add", texts(group_add));
        out.some("gpus", self.device_requests(gpus));
        out.some("hostname", text(hostname));
        out.block("healthcheck", health, |h| self.healthcheck(h));
        out.some("image", text(image));
        out.given("init", init, |b| json!(b));
        out.some("ipc", text(ipc));
        out.some("isolation", text(isolation));
        out.some("labels", self.mapping(labels));
        if !label_files_read {
            out.some("label_file", texts(label_file));
        }
        out.some("links", texts(links));
        out.block("logging", logging, |Logging { driver, options, extensions }| {
            object! {self, extensions;"driver": text(driver), "options": self.mapping(options)}
        });
        out.some("mem_limit", bytes(mem_limit));
        out.some("mem_reservation", bytes(mem_reservation));
        out.some("memswap_limit", bytes(memswap_limit));
        out.some("mem_swappiness", field(mem_swappiness, |n| size(Bytes(*n))));
        out.some("mac_address", text(mac_address));
        out.some("models", self.named(models, |m| self.model_use(m)));
        out.some("network_mode", text(network_mode));
        out.some("networks", self.named(networks, |n| self.network_use(n)));
        out.some("oom_kill_disable", flag(oom_kill_disable));
        out.some("oom_score_adj", integer(oom_score_adj));
        out.some("pid", text(pid));
        out.some("pids_limit", integer(pids_limit));
        out.some("platform", text(platform));
        out.some("ports", list(ports, |p| self.port(p)));
        out.some("privileged", flag(privileged));
        out.some("pull_policy", text(pull_policy));
        out.some("read_only", flag(read_only));
        out.some("restart", text(restart));
        out.some("runtime", text(runtime));
        out.given("scale", scale, |n| json!(n));
        out.some("secrets", self.file_references(secrets));
        out.some("security_opt", texts(security_opt));
        out.some("shm_size", bytes(shm_size));
        out.some("stdin_open", flag(stdin_open));
        out.given("stop_grace_period", stop_grace_period, |d| duration(*d));
        out.some("stop_signal", text(stop_signal));
        out.some("storage_opt", self.mapping(storage_opt));
        out.some("sysctls", self.mapping(sysctls));
        out.some("tmpfs", texts(tmpfs));
        out.some("tty", flag(tty));
        out.some("ulimits", self.ulimits(limits));
        out.some("use_api_socket", flag(use_api_socket));
        out.some("user", text(user));
        out.some("userns_mode", text(userns_mode));
        out.some("uts", text(uts));
        out.some("volumes", list(volumes, |m| self.mount(m)));
        out.some("volumes_from", texts(volumes_from));
        out.some("working_dir", text(working_dir));
        out.some("pre_start", list(pre_start, |h| self.hook(h)));
        out.some("post_start", list(post_start, |h| self.hook(h)));
        out.some("pre_stop", list(pre_stop, |h| self.hook(h)));
        self.extend(&mut out, extensions);
        out.value()
    }
}
