//! Every key of Compose and what may stand behind it (spec/resolve.md 15 and 20). Data only: keys are sorted, a test holds them
//! against the published schema where it is at hand.

use super::shape::{List, Mapping, Meaning, Number, Pattern, Shape, Text};

const ANY: Shape = Shape { any: true, ..Shape::NOTHING };
const TEXT: Shape = Shape { text: Text::Any, ..Shape::NOTHING };
const BOOL: Shape = Shape { boolean: true, ..Shape::NOTHING };
const NUMBER: Shape = Shape { number: Number::Any, ..Shape::NOTHING };
const WHOLE: Shape = Shape { number: Number::Whole, ..Shape::NOTHING };
/// True or false, or text for `${…}`.
const FLAG: Shape = Shape { boolean: true, text: Text::Any, meaning: Meaning::Flag, ..Shape::NOTHING };
/// A whole number, or text for `${…}`.
const COUNT: Shape = Shape { number: Number::Whole, text: Text::Any, meaning: Meaning::Whole, ..Shape::NOTHING };
/// A number, or text for `${…}`.
const AMOUNT: Shape = Shape { number: Number::Any, text: Text::Any, meaning: Meaning::Number, ..Shape::NOTHING };
/// Bytes, as a number or as `512m`.
const SIZE: Shape = Shape { meaning: Meaning::Size, ..AMOUNT };
/// Bytes, but a number must be whole.
const WHOLE_SIZE: Shape = Shape { meaning: Meaning::Size, ..COUNT };
/// Bytes as text only.
const SIZE_TEXT: Shape = Shape { meaning: Meaning::Size, ..TEXT };
const DURATION: Shape = Shape { meaning: Meaning::Duration, ..TEXT };
const TEXT_OR_NUMBER: Shape = Shape { number: Number::Any, ..TEXT };
const SCALAR: Shape = Shape { boolean: true, ..TEXT_OR_NUMBER };

const TEXTS: &List = &List { item: TEXT, unique: false };
const UNIQUE_TEXTS: &List = &List { item: TEXT, unique: true };
const LIST_OF_TEXTS: Shape = Shape::NOTHING.or_list(TEXTS);
const LIST_OF_UNIQUE_TEXTS: Shape = Shape::NOTHING.or_list(UNIQUE_TEXTS);
const LIST_OF_UNIQUE_TEXTS_OR_NUMBERS: Shape = Shape::NOTHING.or_list(&List { item: TEXT_OR_NUMBER, unique: true });
const TEXT_OR_LIST: Shape = TEXT.or_list(UNIQUE_TEXTS);
const COMMAND: Shape = TEXT.or_list(TEXTS).or_null();

const fn words(words: &'static [&'static str]) -> Shape {
    Shape { text: Text::Words(words), ..Shape::NOTHING }
}

const fn whole(number: Number) -> Shape {
    Shape { number, ..COUNT }
}

const fn list_of(list: &'static List) -> Shape {
    Shape::NOTHING.or_list(list)
}

const fn mapping(mapping: &'static Mapping) -> Shape {
    Shape::NOTHING.or_mapping(mapping)
}

static PAIRS_MAPPING: Mapping = Mapping::named("", Pattern::Filled, SCALAR.or_null());
/// `{A: 1}` or `[A=1]`.
const PAIRS: Shape = LIST_OF_UNIQUE_TEXTS.or_mapping(&PAIRS_MAPPING);

static DRIVER_OPTS_MAPPING: Mapping = Mapping::named("", Pattern::OneLine, TEXT_OR_NUMBER).lenient();
const DRIVER_OPTS: Shape = mapping(&DRIVER_OPTS_MAPPING);

static EXTRA_HOSTS_MAPPING: Mapping = Mapping::named("", Pattern::Filled, TEXT.or_list(TEXTS));
const EXTRA_HOSTS: Shape = LIST_OF_UNIQUE_TEXTS.or_mapping(&EXTRA_HOSTS_MAPPING);

static ULIMIT: Mapping = Mapping::of("a ulimit", &[("hard", COUNT), ("soft", COUNT)]).require(&["soft", "hard"]);
static ULIMITS_MAPPING: Mapping = Mapping::named("ulimit", Pattern::Lowercase, COUNT.or_mapping(&ULIMIT)).lenient();
const ULIMITS: Shape = mapping(&ULIMITS_MAPPING);

static FILE_REFERENCE: Mapping = Mapping::of(
    "a reference to a config or secret",
    &[("gid", TEXT), ("mode", TEXT_OR_NUMBER), ("source", TEXT), ("target", TEXT), ("uid", TEXT)],
);
static FILE_REFERENCE_LIST: List = List { item: TEXT.or_mapping(&FILE_REFERENCE), unique: false };
const FILE_REFERENCES: Shape = list_of(&FILE_REFERENCE_LIST);

/// The file itself.
pub(super) static ROOT: Mapping = Mapping::of(
    "the top level",
    &[
        ("configs", mapping(&CONFIGS)),
        ("include", list_of(&List { item: TEXT.or_mapping(&INCLUDE), unique: false })),
        ("models", mapping(&MODELS)),
        ("name", TEXT),
        ("networks", mapping(&NETWORKS)),
        ("secrets", mapping(&SECRETS)),
        ("services", mapping(&SERVICES)),
        ("version", TEXT),
        ("volumes", mapping(&VOLUMES)),
    ],
);

static CONFIGS: Mapping = Mapping::named("config", Pattern::Identifier, mapping(&CONFIG));
static MODELS: Mapping = Mapping::named("model", Pattern::Identifier, mapping(&MODEL)).lenient();
static NETWORKS: Mapping = Mapping::named("network", Pattern::Identifier, mapping(&NETWORK).or_null()).lenient();
static SECRETS: Mapping = Mapping::named("secret", Pattern::Identifier, mapping(&SECRET));
static SERVICES: Mapping = Mapping::named("service", Pattern::Identifier, mapping(&SERVICE));
static VOLUMES: Mapping = Mapping::named("volume", Pattern::Identifier, mapping(&VOLUME).or_null());

static INCLUDE: Mapping =
    Mapping::closed("an `include` entry", &[("env_file", TEXT_OR_LIST), ("path", TEXT_OR_LIST), ("project_directory", TEXT)]);

/// A service.
pub(super) static SERVICE: Mapping = Mapping {
    newer: &[("pre_start", list_of(&List { item: mapping(&PRE_START_HOOK), unique: false }))],
    ..Mapping::of(
        "a service",
        &[
            ("annotations", PAIRS),
            ("attach", FLAG),
            ("blkio_config", mapping(&BLKIO_CONFIG)),
            ("build", TEXT.or_mapping(&BUILD)),
            ("cap_add", LIST_OF_UNIQUE_TEXTS),
            ("cap_drop", LIST_OF_UNIQUE_TEXTS),
            ("cgroup", words(&["host", "private"])),
            ("cgroup_parent", TEXT),
            ("command", COMMAND),
            ("configs", FILE_REFERENCES),
            ("container_name", Shape { text: Text::ContainerName, ..Shape::NOTHING }),
            ("cpu_count", whole(Number::From(0))),
            ("cpu_percent", whole(Number::Between(0, 100))),
            ("cpu_period", AMOUNT),
            ("cpu_quota", AMOUNT),
            ("cpu_rt_period", AMOUNT),
            ("cpu_rt_runtime", AMOUNT),
            ("cpu_shares", AMOUNT),
            ("cpus", AMOUNT),
            ("cpuset", TEXT),
            ("credential_spec", mapping(&CREDENTIAL_SPEC)),
            ("depends_on", LIST_OF_UNIQUE_TEXTS.or_mapping(&DEPENDS_ON)),
            ("deploy", mapping(&DEPLOY).or_null()),
            ("develop", mapping(&DEVELOP).or_null()),
            ("device_cgroup_rules", LIST_OF_UNIQUE_TEXTS),
            ("devices", list_of(&List { item: TEXT.or_mapping(&DEVICE), unique: false })),
            ("dns", TEXT_OR_LIST),
            ("dns_opt", LIST_OF_UNIQUE_TEXTS),
            ("dns_search", TEXT_OR_LIST),
            ("domainname", TEXT),
            ("entrypoint", COMMAND),
            ("env_file", TEXT.or_list(&List { item: TEXT.or_mapping(&ENV_FILE), unique: false })),
            ("environment", PAIRS),
            ("expose", LIST_OF_UNIQUE_TEXTS_OR_NUMBERS),
            ("extends", TEXT.or_mapping(&EXTENDS)),
            ("external_links", LIST_OF_UNIQUE_TEXTS),
            ("extra_hosts", EXTRA_HOSTS),
            ("gpus", words(&["all"]).or_list(&List { item: mapping(&GPU), unique: false })),
            ("group_add", LIST_OF_UNIQUE_TEXTS_OR_NUMBERS),
            ("healthcheck", mapping(&HEALTHCHECK)),
            ("hostname", TEXT),
            ("image", TEXT),
            ("init", FLAG),
            ("ipc", TEXT),
            ("isolation", TEXT),
            ("label_file", TEXT.or_list(TEXTS)),
            ("labels", PAIRS),
            ("links", LIST_OF_UNIQUE_TEXTS),
            ("logging", mapping(&LOGGING)),
            ("mac_address", TEXT),
            ("mem_limit", SIZE),
            ("mem_reservation", WHOLE_SIZE),
            ("mem_swappiness", COUNT),
            ("memswap_limit", SIZE),
            ("models", LIST_OF_UNIQUE_TEXTS.or_mapping(&SERVICE_MODELS)),
            ("network_mode", TEXT),
            ("networks", LIST_OF_UNIQUE_TEXTS.or_mapping(&SERVICE_NETWORKS)),
            ("oom_kill_disable", FLAG),
            ("oom_score_adj", whole(Number::Between(-1000, 1000))),
            ("pid", TEXT.or_null()),
            ("pids_limit", AMOUNT),
            ("platform", TEXT),
            ("ports", list_of(&List { item: TEXT_OR_NUMBER.or_mapping(&PORT), unique: true })),
            ("post_start", list_of(&List { item: mapping(&HOOK), unique: false })),
            ("pre_stop", list_of(&List { item: mapping(&HOOK), unique: false })),
            ("privileged", FLAG),
            ("profiles", LIST_OF_UNIQUE_TEXTS),
            ("provider", mapping(&PROVIDER)),
            ("pull_policy", Shape { text: Text::PullPolicy, ..Shape::NOTHING }),
            ("pull_refresh_after", DURATION),
            ("read_only", FLAG),
            ("restart", TEXT),
            ("runtime", TEXT),
            ("scale", COUNT),
            ("secrets", FILE_REFERENCES),
            ("security_opt", LIST_OF_UNIQUE_TEXTS),
            ("shm_size", SIZE),
            ("stdin_open", FLAG),
            ("stop_grace_period", DURATION),
            ("stop_signal", TEXT),
            ("storage_opt", mapping(&STORAGE_OPT)),
            ("sysctls", PAIRS),
            ("tmpfs", TEXT_OR_LIST),
            ("tty", FLAG),
            ("ulimits", ULIMITS),
            ("use_api_socket", BOOL),
            ("user", TEXT),
            ("userns_mode", TEXT),
            ("uts", TEXT),
            ("volumes", list_of(&List { item: TEXT.or_mapping(&MOUNT), unique: true })),
            ("volumes_from", LIST_OF_UNIQUE_TEXTS),
            ("working_dir", TEXT),
        ],
    )
};

static STORAGE_OPT: Mapping = Mapping::of("`storage_opt`", &[]).lenient();

static BUILD: Mapping = Mapping {
    newer: &[("no_cache_filter", TEXT_OR_LIST)],
    ..Mapping::of(
        "`build`",
        &[
            ("additional_contexts", PAIRS),
            ("args", PAIRS),
            ("cache_from", LIST_OF_TEXTS),
            ("cache_to", LIST_OF_TEXTS),
            ("context", TEXT),
            ("dockerfile", TEXT),
            ("dockerfile_inline", TEXT),
            ("entitlements", LIST_OF_TEXTS),
            ("extra_hosts", EXTRA_HOSTS),
            ("isolation", TEXT),
            ("labels", PAIRS),
            ("network", TEXT),
            ("no_cache", FLAG),
            ("platforms", LIST_OF_TEXTS),
            ("privileged", FLAG),
            ("provenance", FLAG),
            ("pull", FLAG),
            ("sbom", FLAG),
            ("secrets", FILE_REFERENCES),
            ("shm_size", WHOLE_SIZE),
            ("ssh", PAIRS),
            ("tags", LIST_OF_TEXTS),
            ("target", TEXT),
            ("ulimits", ULIMITS),
        ],
    )
};

static BLKIO_LIMIT: Mapping = Mapping::closed("a limit of a device", &[("path", TEXT), ("rate", WHOLE_SIZE)]);
static BLKIO_WEIGHT: Mapping = Mapping::closed("a weight of a device", &[("path", TEXT), ("weight", COUNT)]);
static BLKIO_LIMIT_LIST: List = List { item: mapping(&BLKIO_LIMIT), unique: false };
const BLKIO_LIMITS: Shape = list_of(&BLKIO_LIMIT_LIST);
static BLKIO_CONFIG: Mapping = Mapping::closed(
    "`blkio_config`",
    &[
        ("device_read_bps", BLKIO_LIMITS),
        ("device_read_iops", BLKIO_LIMITS),
        ("device_write_bps", BLKIO_LIMITS),
        ("device_write_iops", BLKIO_LIMITS),
        ("weight", COUNT),
        ("weight_device", list_of(&List { item: mapping(&BLKIO_WEIGHT), unique: false })),
    ],
);

static CREDENTIAL_SPEC: Mapping = Mapping::of("`credential_spec`", &[("config", TEXT), ("file", TEXT), ("registry", TEXT)]);

static DEPENDENCY: Mapping = Mapping::of(
    "a dependency in the long form",
    &[
        ("condition", words(&["service_started", "service_healthy", "service_completed_successfully"])),
        ("required", BOOL),
        ("restart", FLAG),
    ],
)
.require(&["condition"]);
static DEPENDS_ON: Mapping = Mapping::named("", Pattern::Identifier, mapping(&DEPENDENCY));

static DEVICE: Mapping =
    Mapping::of("a device in the long form", &[("permissions", TEXT), ("source", TEXT), ("target", TEXT)]).require(&["source"]);

static ENV_FILE: Mapping =
    Mapping::closed("an `env_file` entry", &[("format", TEXT), ("path", TEXT), ("required", FLAG)]).require(&["path"]);

static EXTENDS: Mapping = Mapping::closed("`extends`", &[("file", TEXT), ("service", TEXT)]).require(&["service"]);

static PROVIDER_OPTIONS: Mapping = Mapping::named("", Pattern::OneLine, SCALAR.or_list(&List { item: SCALAR, unique: false })).lenient();
static PROVIDER: Mapping = Mapping::of("`provider`", &[("options", mapping(&PROVIDER_OPTIONS)), ("type", TEXT)]).require(&["type"]);

static LOGGING_OPTIONS: Mapping = Mapping::named("", Pattern::OneLine, TEXT_OR_NUMBER.or_null()).lenient();
static LOGGING: Mapping = Mapping::of("`logging`", &[("driver", TEXT), ("options", mapping(&LOGGING_OPTIONS))]);

static SERVICE_MODEL: Mapping = Mapping::of("a model of a service", &[("endpoint_var", TEXT), ("model_var", TEXT)]);
static SERVICE_MODELS: Mapping = Mapping::named("", Pattern::Identifier, mapping(&SERVICE_MODEL).or_null()).lenient();

static SERVICE_NETWORK: Mapping = Mapping::of(
    "a network of a service",
    &[
        ("aliases", LIST_OF_UNIQUE_TEXTS),
        ("driver_opts", DRIVER_OPTS),
        ("gw_priority", NUMBER),
        ("interface_name", TEXT),
        ("ipv4_address", TEXT),
        ("ipv6_address", TEXT),
        ("link_local_ips", LIST_OF_UNIQUE_TEXTS),
        ("mac_address", TEXT),
        ("priority", NUMBER),
    ],
);
static SERVICE_NETWORKS: Mapping = Mapping::named("", Pattern::Identifier, mapping(&SERVICE_NETWORK).or_null());

static PORT: Mapping = Mapping::of(
    "a port in the long form",
    &[
        ("app_protocol", TEXT),
        ("host_ip", TEXT),
        ("mode", TEXT),
        ("name", TEXT),
        ("protocol", TEXT),
        ("published", COUNT_OR_RANGE),
        ("target", COUNT),
    ],
);
const COUNT_OR_RANGE: Shape = Shape { meaning: Meaning::Plain, ..COUNT };

static MOUNT_BIND: Mapping = Mapping::of(
    "`bind` of a mount",
    &[
        ("create_host_path", FLAG),
        ("propagation", TEXT),
        ("recursive", words(&["enabled", "disabled", "writable", "readonly"])),
        ("selinux", words(&["z", "Z"])),
    ],
);
static MOUNT_IMAGE: Mapping = Mapping::of("`image` of a mount", &[("subpath", TEXT)]);
static MOUNT_TMPFS: Mapping =
    Mapping::of("`tmpfs` of a mount", &[("mode", TEXT_OR_NUMBER), ("size", Shape { number: Number::From(0), ..WHOLE_SIZE })]);
static MOUNT_VOLUME: Mapping = Mapping::of("`volume` of a mount", &[("labels", PAIRS), ("nocopy", FLAG), ("subpath", TEXT)]);
static MOUNT: Mapping = Mapping::of(
    "a mount in the long form",
    &[
        ("bind", mapping(&MOUNT_BIND)),
        ("consistency", TEXT),
        ("image", mapping(&MOUNT_IMAGE)),
        ("read_only", FLAG),
        ("source", TEXT),
        ("target", TEXT),
        ("tmpfs", mapping(&MOUNT_TMPFS)),
        ("type", words(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
        ("volume", mapping(&MOUNT_VOLUME)),
    ],
)
.require(&["type"]);

static HEALTHCHECK: Mapping = Mapping::of(
    "`healthcheck`",
    &[
        ("disable", FLAG),
        ("interval", DURATION),
        ("retries", AMOUNT),
        ("start_interval", DURATION),
        ("start_period", DURATION),
        ("test", TEXT.or_list(TEXTS)),
        ("timeout", DURATION),
    ],
);

static HOOK: Mapping =
    Mapping::of("a hook", &[("command", COMMAND), ("environment", PAIRS), ("privileged", FLAG), ("user", TEXT), ("working_dir", TEXT)])
        .require(&["command"]);
static PRE_START_HOOK: Mapping = Mapping::of(
    "a `pre_start` hook",
    &[
        ("command", COMMAND),
        ("environment", PAIRS),
        ("image", TEXT),
        ("per_replica", FLAG),
        ("privileged", FLAG),
        ("user", TEXT),
        ("working_dir", TEXT),
    ],
);

static WATCH: Mapping = Mapping::of(
    "a `watch` entry",
    &[
        ("action", words(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
        ("exec", mapping(&HOOK)),
        ("ignore", TEXT_OR_LIST),
        ("include", TEXT_OR_LIST),
        ("initial_sync", BOOL),
        ("path", TEXT),
        ("target", TEXT),
    ],
)
.require(&["path", "action"]);
static DEVELOP: Mapping = Mapping::of("`develop`", &[("watch", list_of(&List { item: mapping(&WATCH), unique: false }))]);

static GENERIC_RESOURCE_SPEC: Mapping = Mapping::of("`discrete_resource_spec`", &[("kind", TEXT), ("value", AMOUNT)]);
static GENERIC_RESOURCE: Mapping = Mapping::of("a generic resource", &[("discrete_resource_spec", mapping(&GENERIC_RESOURCE_SPEC))]);

const DEVICE_REQUEST_KEYS: &[(&str, Shape)] =
    &[("capabilities", LIST_OF_UNIQUE_TEXTS), ("count", COUNT), ("device_ids", LIST_OF_UNIQUE_TEXTS), ("driver", TEXT), ("options", PAIRS)];
static RESERVED_DEVICE: Mapping = Mapping::of("a reserved device", DEVICE_REQUEST_KEYS).require(&["capabilities"]);
static GPU: Mapping = Mapping::of("a `gpus` entry", DEVICE_REQUEST_KEYS).lenient();

static LIMITS: Mapping = Mapping::of("`deploy.resources.limits`", &[("cpus", AMOUNT), ("memory", SIZE_TEXT), ("pids", COUNT)]);
static RESERVATIONS: Mapping = Mapping::of(
    "`deploy.resources.reservations`",
    &[
        ("cpus", AMOUNT),
        ("devices", list_of(&List { item: mapping(&RESERVED_DEVICE), unique: false })),
        ("generic_resources", list_of(&List { item: mapping(&GENERIC_RESOURCE), unique: false })),
        ("memory", SIZE_TEXT),
    ],
);
static RESOURCES: Mapping = Mapping::of("`deploy.resources`", &[("limits", mapping(&LIMITS)), ("reservations", mapping(&RESERVATIONS))]);

const ROLLOUT_KEYS: &[(&str, Shape)] = &[
    ("delay", DURATION),
    ("failure_action", TEXT),
    ("max_failure_ratio", AMOUNT),
    ("monitor", DURATION),
    ("order", words(&["start-first", "stop-first"])),
    ("parallelism", COUNT),
];
static ROLLBACK_CONFIG: Mapping = Mapping::of("`deploy.rollback_config`", ROLLOUT_KEYS);
static UPDATE_CONFIG: Mapping = Mapping::of("`deploy.update_config`", ROLLOUT_KEYS);

static RESTART_POLICY: Mapping =
    Mapping::of("`deploy.restart_policy`", &[("condition", TEXT), ("delay", DURATION), ("max_attempts", COUNT), ("window", DURATION)]);

static PREFERENCE: Mapping = Mapping::of("a placement preference", &[("spread", TEXT)]);
static PLACEMENT: Mapping = Mapping::of(
    "`deploy.placement`",
    &[
        ("constraints", LIST_OF_TEXTS),
        ("max_replicas_per_node", COUNT),
        ("preferences", list_of(&List { item: mapping(&PREFERENCE), unique: false })),
    ],
);

static DEPLOY: Mapping = Mapping::of(
    "`deploy`",
    &[
        ("endpoint_mode", TEXT),
        ("labels", PAIRS),
        ("mode", TEXT),
        ("placement", mapping(&PLACEMENT)),
        ("replicas", COUNT),
        ("resources", mapping(&RESOURCES)),
        ("restart_policy", mapping(&RESTART_POLICY)),
        ("rollback_config", mapping(&ROLLBACK_CONFIG)),
        ("update_config", mapping(&UPDATE_CONFIG)),
    ],
);

const EXTERNAL_KEYS: &[(&str, Shape)] = &[("name", TEXT)];
static EXTERNAL_MAPPING: Mapping = Mapping::of("`external`", EXTERNAL_KEYS);
static LENIENT_EXTERNAL_MAPPING: Mapping = Mapping::of("`external`", EXTERNAL_KEYS).lenient();
const EXTERNAL: Shape = FLAG.or_mapping(&EXTERNAL_MAPPING);
const LENIENT_EXTERNAL: Shape = FLAG.or_mapping(&LENIENT_EXTERNAL_MAPPING);

static IPAM_TEXTS: Mapping = Mapping::named("", Pattern::OneLine, TEXT);
static IPAM_CONFIG: Mapping = Mapping::of(
    "an entry of `ipam.config`",
    &[("aux_addresses", mapping(&IPAM_TEXTS)), ("gateway", TEXT), ("ip_range", TEXT), ("subnet", TEXT)],
);
static IPAM: Mapping = Mapping::of(
    "`ipam`",
    &[("config", list_of(&List { item: mapping(&IPAM_CONFIG), unique: false })), ("driver", TEXT), ("options", mapping(&IPAM_TEXTS))],
);

/// A network, at the top level.
static NETWORK: Mapping = Mapping::of(
    "a network",
    &[
        ("attachable", FLAG),
        ("driver", TEXT),
        ("driver_opts", DRIVER_OPTS),
        ("enable_ipv4", FLAG),
        ("enable_ipv6", FLAG),
        ("external", EXTERNAL),
        ("internal", FLAG),
        ("ipam", mapping(&IPAM)),
        ("labels", PAIRS),
        ("name", TEXT),
    ],
);

/// A volume, at the top level.
static VOLUME: Mapping =
    Mapping::of("a volume", &[("driver", TEXT), ("driver_opts", DRIVER_OPTS), ("external", EXTERNAL), ("labels", PAIRS), ("name", TEXT)]);

static SECRET: Mapping = Mapping::of(
    "a secret",
    &[
        ("driver", TEXT),
        ("driver_opts", DRIVER_OPTS),
        ("environment", TEXT),
        ("external", LENIENT_EXTERNAL),
        ("file", TEXT),
        ("labels", PAIRS),
        ("name", TEXT),
        ("template_driver", TEXT),
    ],
);

static CONFIG: Mapping = Mapping::of(
    "a config",
    &[
        ("content", TEXT),
        ("environment", TEXT),
        ("external", LENIENT_EXTERNAL),
        ("file", TEXT),
        ("labels", PAIRS),
        ("name", TEXT),
        ("template_driver", TEXT),
    ],
);

/// True for what services share: a network, a volume, a secret or a config.
pub(super) fn is_resource(mapping: &'static Mapping) -> bool {
    [&raw const NETWORK, &raw const VOLUME, &raw const SECRET, &raw const CONFIG].into_iter().any(|r| std::ptr::eq(mapping, r))
}

static MODEL: Mapping =
    Mapping::of("a model", &[("context_size", WHOLE), ("model", TEXT), ("name", TEXT), ("runtime_flags", LIST_OF_TEXTS)])
        .require(&["model"]);

/// The body of an `x-…` key.
pub(super) static EXTENSION: Shape = ANY;

/// What people write, and what it is called: of a service.
pub(super) const SERVICE_ALIASES: &[(&str, &str)] = &[
    ("capabilities", "use `cap_add`"),
    ("cmd", "use `command`"),
    ("cpu", "use `cpus`"),
    ("env", "use `environment`"),
    ("gpu", "use `gpus`"),
    ("hosts", "use `extra_hosts`"),
    ("log_driver", "write it as `driver` under `logging`"),
    ("log_opt", "write it as `options` under `logging`"),
    ("memory", "use `mem_limit`"),
    ("name", "use `container_name` for the name of the container"),
    ("net", "use `network_mode` or `networks`"),
    ("volume_driver", "write it as `driver` of the volume, under the top-level `volumes`"),
];
