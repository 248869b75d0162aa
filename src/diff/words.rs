//! What comes of a change that puts neither data nor access at risk, in words: one sentence for each key that there is something to say of.

/// A key of a service that came, went, or has another value.
pub(super) fn service(service: &str, key: &str, rest: &[&str], was: bool, is: bool) -> String {
    let item = rest.first().copied().unwrap_or_default();
    match (key, was, is) {
        ("annotations", ..) => format!("what reads annotations of `{service}` sees others"),
        ("attach", ..) => "only whether `up` shows its log is different".to_owned(),
        ("build", ..) => "the image is another one once it is built anew, with `up --build`".to_owned(),
        ("cap_add", true, false) | ("cap_drop", false, true) => format!("`{service}` loses the capability {item}: what needs it fails"),
        ("command" | "entrypoint", ..) => format!("`{service}` starts another program, or the same one with other arguments"),
        ("configs" | "secrets", true, false) => format!("`{service}` no longer finds the file {item}"),
        ("configs" | "secrets", false, true) => format!("`{service}` gets the file {item}"),
        ("configs" | "secrets", ..) => format!("`{service}` gets the file {item} in another way"),
        ("container_name", ..) => "what names the container (scripts, monitoring, `docker exec`) no longer finds it".to_owned(),
        ("depends_on", true, false) => format!("`{service}` no longer waits for `{item}`, nor is it started with it"),
        ("depends_on", false, true) => format!("`{service}` waits for `{item}`, which is started with it"),
        ("depends_on", ..) => format!("`{service}` waits for something else of `{item}`"),
        ("deploy", ..) if rest.first() == Some(&"replicas") => format!("another number of containers runs `{service}`"),
        ("deploy", ..) if rest.first() == Some(&"resources") => format!("`{service}` may use more or less of the host"),
        ("deploy", ..) => format!("`{service}` is deployed in another way"),
        ("develop", ..) => "only `watch` does something else".to_owned(),
        ("devices", true, false) => format!("`{service}` no longer has the device {item}"),
        ("dns" | "dns_opt" | "dns_search" | "extra_hosts", ..) => format!("names lead elsewhere inside of `{service}`"),
        ("environment", true, false) => format!("`{service}` no longer has the variable {item}"),
        ("environment", false, true) => format!("`{service}` has the variable {item}, which it did not have"),
        ("environment", ..) => format!("`{service}` sees another value of {item}"),
        ("expose", ..) => "what reads exposed ports (a reverse proxy) sees others; this alone opens none".to_owned(),
        ("gpus", true, false) => format!("`{service}` no longer has that GPU"),
        ("gpus", ..) => format!("`{service}` has other GPUs"),
        ("group_add", true, false) => format!("`{service}` loses the rights of the group {item}"),
        ("healthcheck", ..) => format!("when `{service}` counts as healthy is told in another way, and who waits for it waits for that"),
        ("hostname" | "domainname", ..) => "the container calls itself by another name".to_owned(),
        ("image", ..) => format!("`{service}` runs another image"),
        ("init", ..) => format!("another program is the first one in the container of `{service}`"),
        ("labels", ..) => format!("what reads the labels of `{service}` (a reverse proxy, an updater) acts on others"),
        ("links" | "external_links", ..) => format!("`{service}` finds others under other names"),
        ("logging", ..) => format!("the logs of `{service}` are kept in another way"),
        (
            "mem_limit" | "mem_reservation" | "memswap_limit" | "mem_swappiness" | "cpus" | "cpu_shares" | "cpu_quota" | "cpu_period"
            | "cpu_count" | "cpu_percent" | "cpuset" | "cpu_rt_period" | "cpu_rt_runtime" | "pids_limit" | "shm_size" | "blkio_config"
            | "ulimits" | "oom_kill_disable" | "oom_score_adj" | "storage_opt",
            ..,
        ) => format!("`{service}` may use more or less of the host"),
        ("models", ..) => format!("`{service}` has other models"),
        ("network_mode", ..) => format!("`{service}` is reached, and reaches others, in another way"),
        ("networks", was, is) if rest.get(1) == Some(&"aliases") && was != is => {
            let (alias, change) = (rest.get(2).copied().unwrap_or_default(), if is { "finds it" } else { "no longer finds it" });
            format!("what calls `{service}` by the name `{alias}` on network `{item}` {change}")
        }
        ("networks", true, false) if rest.len() == 1 => {
            format!("`{service}` leaves network `{item}`: what is on it no longer reaches the service, nor the other way round")
        }
        ("networks", ..) => format!("`{service}` is found in another way on network `{item}`"),
        ("pid" | "ipc" | "uts" | "userns_mode" | "cgroup" | "cgroup_parent", ..) => {
            format!("`{service}` shares something else with others")
        }
        ("platform", ..) => format!("`{service}` runs the image of another platform"),
        ("post_start" | "pre_start" | "pre_stop", ..) => format!("something else is run when `{service}` starts or stops"),
        ("privileged", ..) => format!("`{service}` loses its rights on the host: what needs them fails"),
        ("profiles", ..) => format!("which `--profile` starts `{service}` is different"),
        ("provider", ..) => format!("`{service}` is provided in another way"),
        ("pull_policy", ..) => "only when the image is pulled is different".to_owned(),
        ("read_only", ..) => format!("`{service}` can no longer write to its own file system"),
        ("restart", ..) => format!("what happens when `{service}` ends, or the host starts, is different"),
        ("runtime" | "isolation", ..) => format!("`{service}` is run by another runtime"),
        ("scale", ..) => format!("another number of containers runs `{service}`"),
        ("security_opt", ..) => format!("`{service}` is kept from something by {item}"),
        ("stdin_open" | "tty", ..) => format!("`{service}` has, or has not, somebody to talk to"),
        ("stop_grace_period" | "stop_signal", ..) => format!("`{service}` is stopped in another way"),
        ("sysctls", ..) => format!("`{service}` runs with other settings of the kernel"),
        ("tmpfs", false, true) => format!("what `{service}` writes to `{item}` is gone with its container"),
        ("tmpfs", true, false) => format!("nothing is mounted at `{item}` any more"),
        ("tmpfs", ..) => format!("the memory at `{item}` has other options"),
        ("user", ..) => format!("`{service}` runs as another user: it may not be able to read or write its files"),
        ("volumes_from", ..) => format!("`{service}` gets the mounts of others"),
        ("working_dir", ..) => format!("`{service}` starts in another directory"),
        (_, false, _) => format!("`{service}` runs with `{key}`"),
        (_, _, false) => format!("`{service}` runs without `{key}`"),
        _ => format!("`{service}` runs with another `{key}`"),
    }
}

/// A list with the same items in another order.
pub(super) fn order(words: &[&str]) -> String {
    match words {
        ["services", service, "dns" | "dns_search"] => format!("the order says which is asked first by `{service}`"),
        ["services", service, "post_start" | "pre_start" | "pre_stop"] => format!("the hooks of `{service}` run in another order"),
        ["services", ..] => "the order alone is different; that says nothing to the engine, but Compose replaces the container".to_owned(),
        _ => "the order alone is different".to_owned(),
    }
}

/// A key of a secret or config.
pub(super) fn file_object(key: &str, rest: &[&str]) -> String {
    match rest {
        ["file"] => format!("the services that use `{key}` read another file"),
        ["content" | "environment"] => format!("the services that use `{key}` read something else"),
        _ => format!("`{key}` is made in another way for the services that use it"),
    }
}

/// Anything else.
pub(super) fn other(words: &[&str]) -> String {
    match words {
        ["models", key, ..] => format!("the services that use model `{key}` get another one"),
        [section, key, ..] => format!("`{key}` of `{section}` is different"),
        [key] => format!("`{key}` is different"),
        [] => "the project is different".to_owned(),
    }
}
