//! A service and its build and deploy blocks.

use super::parts::{
    blkio_config, credential_spec, dependency, develop, device, device_request, env_files, file_reference, healthcheck, hook, hosts,
    logging, model_use, mount, network_use, port, provider, ulimits,
};
use super::{
    At, Decoder, Keys, any_text, any_texts, boolean, bytes, command, compose_text, duration, integer, list_of, mapping, named_of, number,
    text, text_mapping, text_or_texts, texts, variables,
};
use crate::compose::value::Value;
use crate::model::{Build, Deploy, List, Named, Placement, Resources, RestartPolicy, Service, Services, Sourced, UpdateConfig};

pub(super) fn services(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Services> {
    let Some(map) = value.as_map() else {
        return d.wrong_type(value, at, "a mapping");
    };
    let mut out = crate::ordered::with_capacity(map.len());
    for (name, entry) in map {
        let value = service(d, name, &entry.value, &At::Key(at, name));
        out.insert(name.clone(), Box::new(Sourced { value, origin: entry.value.origin.clone(), key: Some(entry.key) }));
    }
    Some(out)
}

fn service(d: &mut Decoder<'_>, name: &str, value: &Value, at: &At<'_>) -> Service {
    let mut k = Keys::of(d, value, at);
    // Resolved away; it is still here only if it leads nowhere.
    k.take("extends");
    // Compose panics here, because it looks into them before it types them.
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(null) = k.get(key).filter(|v| v.is_null()) {
            d.bad(null, &At::Key(at, key), "must be text, not nothing");
        }
    }
    Service {
        name: name.to_owned(),
        enabled: true,
        env_files_read: false,
        label_files_read: false,
        annotations: k.or_empty(d, "annotations", mapping),
        attach: k.field(d, "attach", boolean),
        blkio_config: k.block(d, "blkio_config", blkio_config),
        build: k.block(d, "build", build),
        cap_add: k.or_empty(d, "cap_add", texts),
        cap_drop: k.or_empty(d, "cap_drop", texts),
        cgroup: k.field(d, "cgroup", text),
        cgroup_parent: k.field(d, "cgroup_parent", text),
        command: k.field(d, "command", command),
        configs: k.or_empty(d, "configs", |d, v, at| list_of(d, v, at, file_reference)),
        container_name: k.field(d, "container_name", text),
        cpu_count: k.field(d, "cpu_count", integer),
        cpu_percent: k.field(d, "cpu_percent", number),
        cpu_period: k.field(d, "cpu_period", integer),
        cpu_quota: k.field(d, "cpu_quota", integer),
        cpu_rt_period: k.field(d, "cpu_rt_period", integer),
        cpu_rt_runtime: k.field(d, "cpu_rt_runtime", integer),
        cpu_shares: k.field(d, "cpu_shares", integer),
        cpus: k.field(d, "cpus", number),
        cpuset: k.field(d, "cpuset", text),
        credential_spec: k.block(d, "credential_spec", credential_spec),
        depends_on: k.or_empty(d, "depends_on", |d, v, at| named_of(d, v, at, dependency)),
        deploy: k.block(d, "deploy", deploy),
        develop: k.block(d, "develop", develop),
        device_cgroup_rules: k.or_empty(d, "device_cgroup_rules", texts),
        devices: k.or_empty(d, "devices", |d, v, at| list_of(d, v, at, device)),
        dns: k.or_empty(d, "dns", text_or_texts),
        dns_opt: k.or_empty(d, "dns_opt", texts),
        dns_search: k.or_empty(d, "dns_search", text_or_texts),
        domainname: k.field(d, "domainname", text),
        entrypoint: k.field(d, "entrypoint", command),
        environment: k.or_empty(d, "environment", variables),
        env_file: k.or_empty(d, "env_file", env_files),
        expose: k.or_empty(d, "expose", any_texts),
        external_links: k.or_empty(d, "external_links", texts),
        extra_hosts: k.or_empty(d, "extra_hosts", hosts),
        gpus: k.or_empty(d, "gpus", |d, v, at| list_of(d, v, at, device_request)),
        group_add: k.or_empty(d, "group_add", texts),
        healthcheck: k.block(d, "healthcheck", healthcheck),
        hostname: k.field(d, "hostname", text),
        image: k.field(d, "image", text),
        init: k.field(d, "init", boolean),
        ipc: k.field(d, "ipc", text),
        isolation: k.field(d, "isolation", text),
        label_file: k.or_empty(d, "label_file", text_or_texts),
        labels: k.or_empty(d, "labels", mapping),
        links: k.or_empty(d, "links", texts),
        logging: k.block(d, "logging", logging),
        mac_address: k.field(d, "mac_address", text),
        mem_limit: k.field(d, "mem_limit", bytes),
        mem_reservation: k.field(d, "mem_reservation", bytes),
        mem_swappiness: k.field(d, "mem_swappiness", |d, v, at| bytes(d, v, at).map(|b| b.0)),
        memswap_limit: k.field(d, "memswap_limit", bytes),
        models: k.or_empty(d, "models", |d, v, at| named_of(d, v, at, model_use)),
        network_mode: k.field(d, "network_mode", text),
        networks: k.or_empty(d, "networks", |d, v, at| named_of(d, v, at, network_use)),
        oom_kill_disable: k.field(d, "oom_kill_disable", boolean),
        oom_score_adj: k.field(d, "oom_score_adj", integer),
        pid: k.field(d, "pid", text),
        pids_limit: k.field(d, "pids_limit", integer),
        platform: k.field(d, "platform", text),
        ports: k.or_empty(d, "ports", |d, v, at| list_of(d, v, at, port)),
        post_start: k.or_empty(d, "post_start", |d, v, at| list_of(d, v, at, hook)),
        pre_start: k.or_empty(d, "pre_start", |d, v, at| list_of(d, v, at, hook)),
        pre_stop: k.or_empty(d, "pre_stop", |d, v, at| list_of(d, v, at, hook)),
        privileged: k.field(d, "privileged", boolean),
        profiles: k.or_empty(d, "profiles", texts),
        provider: k.block(d, "provider", provider),
        pull_policy: k.field(d, "pull_policy", text),
        read_only: k.field(d, "read_only", boolean),
        restart: k.field(d, "restart", text),
        runtime: k.field(d, "runtime", text),
        scale: k.field(d, "scale", integer),
        secrets: k.or_empty(d, "secrets", |d, v, at| list_of(d, v, at, file_reference)),
        security_opt: k.or_empty(d, "security_opt", texts),
        shm_size: k.field(d, "shm_size", bytes),
        stdin_open: k.field(d, "stdin_open", boolean),
        stop_grace_period: k.field(d, "stop_grace_period", duration),
        stop_signal: k.field(d, "stop_signal", text),
        storage_opt: k.or_empty(d, "storage_opt", text_mapping),
        sysctls: k.or_empty(d, "sysctls", mapping),
        tmpfs: k.or_empty(d, "tmpfs", text_or_texts),
        tty: k.field(d, "tty", boolean),
        ulimits: k.or_empty(d, "ulimits", ulimits),
        use_api_socket: k.field(d, "use_api_socket", boolean),
        user: k.field(d, "user", text),
        userns_mode: k.field(d, "userns_mode", text),
        uts: k.field(d, "uts", text),
        volumes: k.or_empty(d, "volumes", |d, v, at| list_of(d, v, at, mount)),
        volumes_from: k.or_empty(d, "volumes_from", texts),
        working_dir: k.field(d, "working_dir", text),
        extensions: k.rest(),
    }
}

#[allow(clippy::unnecessary_wraps)]
fn build(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Build> {
    let mut k = Keys::of(d, value, at);
    Some(Build {
        context: k.field(d, "context", text),
        dockerfile: k.field(d, "dockerfile", text),
        dockerfile_inline: k.field(d, "dockerfile_inline", text),
        entitlements: k.or_empty(d, "entitlements", texts),
        args: k.or_empty(d, "args", variables),
        ssh: k.or_empty(d, "ssh", ssh),
        labels: k.or_empty(d, "labels", mapping),
        cache_from: k.or_empty(d, "cache_from", texts),
        cache_to: k.or_empty(d, "cache_to", texts),
        no_cache: k.field(d, "no_cache", boolean),
        no_cache_filter: k.or_empty(d, "no_cache_filter", text_or_texts),
        additional_contexts: k.or_empty(d, "additional_contexts", mapping),
        pull: k.field(d, "pull", boolean),
        extra_hosts: k.or_empty(d, "extra_hosts", hosts),
        isolation: k.field(d, "isolation", text),
        network: k.field(d, "network", text),
        target: k.field(d, "target", text),
        secrets: k.or_empty(d, "secrets", |d, v, at| list_of(d, v, at, file_reference)),
        shm_size: k.field(d, "shm_size", bytes),
        tags: k.or_empty(d, "tags", texts),
        ulimits: k.or_empty(d, "ulimits", ulimits),
        platforms: k.or_empty(d, "platforms", texts),
        privileged: k.field(d, "privileged", boolean),
        provenance: k.field(d, "provenance", any_text),
        sbom: k.field(d, "sbom", any_text),
        extensions: k.rest(),
    })
}

/// `build.ssh`: identifier → socket or key, or nothing.
fn ssh(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Named<Option<String>>> {
    named_of(d, value, at, |_, _, v, _| Some((!v.is_null()).then(|| compose_text(v)).filter(|s| !s.is_empty())))
}

#[allow(clippy::unnecessary_wraps)]
fn deploy(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Deploy> {
    let mut k = Keys::of(d, value, at);
    let blocks = k.or_empty(d, "resources", |d, v, at| {
        let mut k = Keys::of(d, v, at);
        let limits = k.field(d, "limits", resources);
        let reservations = k.field(d, "reservations", resources);
        Some((limits, reservations, k.rest()))
    });
    let (limits, reservations, resource_extensions) = blocks;
    Some(Deploy {
        mode: k.field(d, "mode", text),
        replicas: k.field(d, "replicas", integer),
        labels: k.or_empty(d, "labels", mapping),
        update_config: k.field(d, "update_config", update_config),
        rollback_config: k.field(d, "rollback_config", update_config),
        restart_policy: k.field(d, "restart_policy", restart_policy),
        endpoint_mode: k.field(d, "endpoint_mode", text),
        limits,
        reservations,
        resource_extensions,
        placement: k.field(d, "placement", placement),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
fn update_config(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<UpdateConfig> {
    let mut k = Keys::of(d, value, at);
    Some(UpdateConfig {
        parallelism: k.field(d, "parallelism", integer),
        delay: k.field(d, "delay", duration),
        failure_action: k.field(d, "failure_action", text),
        monitor: k.field(d, "monitor", duration),
        max_failure_ratio: k.field(d, "max_failure_ratio", number),
        order: k.field(d, "order", text),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
fn restart_policy(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<RestartPolicy> {
    let mut k = Keys::of(d, value, at);
    Some(RestartPolicy {
        condition: k.field(d, "condition", text),
        delay: k.field(d, "delay", duration),
        max_attempts: k.field(d, "max_attempts", integer),
        window: k.field(d, "window", duration),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
fn resources(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Resources> {
    let mut k = Keys::of(d, value, at);
    let mut inner = Named::default();
    let generic_resources = k.or_empty(d, "generic_resources", |d, v, at| generic_resources(d, v, at, &mut inner));
    Some(Resources {
        cpus: k.field(d, "cpus", number),
        memory: k.field(d, "memory", bytes),
        pids: k.field(d, "pids", integer),
        devices: k.or_empty(d, "devices", |d, v, at| list_of(d, v, at, device_request)),
        generic_resources,
        extensions: with(k.rest(), inner),
    })
}

fn generic_resources(d: &mut Decoder<'_>, value: &Value, at: &At<'_>, lost: &mut Named<Value>) -> Option<List<(String, i64)>> {
    list_of(d, value, at, |d, v, at| {
        let mut k = Keys::of(d, v, at);
        let spec = k.value(d, "discrete_resource_spec", |d, v, at| {
            let mut k = Keys::of(d, v, at);
            let out = (k.or_empty(d, "kind", text), k.or_empty(d, "value", integer));
            keep(lost, k.rest(), at);
            Some(out)
        });
        keep(lost, k.rest(), at);
        Some(spec.unwrap_or_default())
    })
}

#[allow(clippy::unnecessary_wraps)]
fn placement(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Placement> {
    let mut k = Keys::of(d, value, at);
    let mut inner = Named::default();
    let preferences = k.or_empty(d, "preferences", |d, v, at| {
        list_of(d, v, at, |d, v, at| {
            let mut k = Keys::of(d, v, at);
            let spread = k.or_empty(d, "spread", text);
            keep(&mut inner, k.rest(), at);
            Some(spread)
        })
    });
    Some(Placement {
        constraints: k.or_empty(d, "constraints", texts),
        preferences,
        max_replicas_per_node: k.field(d, "max_replicas_per_node", integer),
        extensions: with(k.rest(), inner),
    })
}

/// Keeps the unknown keys of something that has no struct of its own, under its whole path.
fn keep(into: &mut Named<Value>, rest: Named<Value>, at: &At<'_>) {
    for (key, value) in rest {
        into.insert(at.path().key(&key).to_string(), value);
    }
}

fn with(mut extensions: Named<Value>, more: Named<Value>) -> Named<Value> {
    extensions.extend(more.into_iter().map(|(k, v): (String, Sourced<Value>)| (k, v)));
    extensions
}
