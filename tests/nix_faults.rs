//! What other tools get wrong on the way from Compose to `virtualisation.oci-containers` (spec/nix.md A), fault by fault, each with the words
//! that the engine is really asked with; that no key is dropped in silence; and that a module that lost something is never taken for proved.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers of tests, not inside one

mod support {
    pub mod modules;
}

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use composelint::migrate::nix::engine::argv;
use composelint::migrate::nix::project::NixError;
use composelint::migrate::nix::{Backend, Class, Options, proof};
use composelint::nix::{Value, eval};
use support::modules::{BACKENDS, ROOT, disk, line, make, module, module_of, options, reformatted, remarks, request, said, text};

use Backend::{Docker, Podman};

/// A module as NixOS has it once it is evaluated.
struct Host {
    backend: Backend,
    text: String,
    config: Value,
}

impl Host {
    fn new(compose: &str, backend: Backend) -> Self {
        Self::of(&[("compose.yaml", compose)], backend)
    }

    fn of(files: &[(&str, &str)], backend: Backend) -> Self {
        let text = module_of(files, &options(backend));
        let path = PathBuf::from("/shop.nix");
        let files: eval::Files = [(path.clone(), text.as_str())].into_iter().collect();
        let config = eval::modules(&files, &[path]).unwrap();
        Self { backend, text, config }
    }

    fn container(&self, name: &str) -> &Value {
        let place = ["virtualisation", "oci-containers", "containers", name];
        self.config.at(&place).unwrap_or_else(|| panic!("no container {name}:\n{}", self.text))
    }

    /// The words after `docker`, as the module of NixOS writes them.
    fn words(&self, name: &str) -> Vec<String> {
        argv(name, self.container(name), self.backend).unwrap()
    }

    /// The values of a flag, in order.
    fn flag(&self, name: &str, flag: &str) -> Vec<String> {
        let words = self.words(name);
        let with = format!("{flag}=");
        let mut out = Vec::new();
        for (number, word) in words.iter().enumerate() {
            if let Some(value) = word.strip_prefix(&with) {
                out.push(value.to_owned());
            } else if word == flag {
                out.push(words[number + 1].clone());
            }
        }
        out
    }

    fn list(&self, name: &str, option: &str) -> Vec<String> {
        let list = self.container(name).get(option).and_then(Value::as_list).unwrap_or_default();
        list.iter().map(|item| item.as_text().unwrap()).collect()
    }

    /// An option of a unit, as text.
    fn unit(&self, name: &str, path: &[&str]) -> String {
        let place: Vec<&str> = ["systemd", "services", name].into_iter().chain(path.iter().copied()).collect();
        let value = self.config.at(&place).unwrap_or_else(|| panic!("no {place:?}:\n{}", self.text));
        match value.plain() {
            Value::Int(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            other => other.as_text().unwrap(),
        }
    }
}

// --- the faults -------------------------------------------------------------------------------------------------------------------------

#[test]
fn same_source_mounted_twice_keeps_both_mounts() {
    let compose =
        "services: {web: {image: x/y, volumes: [./conf:/etc/web, ./conf:/data, rows:/rows, rows:/mirror:ro]}}\nvolumes: {rows: {}}\n";
    for backend in BACKENDS {
        let host = Host::new(compose, backend);
        assert_eq!(
            host.flag("shop-web-1", "-v"),
            ["/srv/shop/conf:/etc/web", "/srv/shop/conf:/data", "shop_rows:/rows", "shop_rows:/mirror:ro"],
            "{backend}"
        );
    }
}

#[test]
fn anonymous_volume_has_no_colon_before_it() {
    for backend in BACKENDS {
        let host = Host::new("services: {web: {image: x/y, volumes: [/data]}}\n", backend);
        assert_eq!(host.flag("shop-web-1", "-v"), ["/data"], "{backend}");
    }
}

#[test]
fn exec_health_check_passes_on_docker() {
    let compose = "services: {web: {image: x/y, healthcheck: {test: [CMD, curl, -f, \"http://a b\"]}}}\n";
    // Docker's client hands the text to a shell, podman takes a list in JSON for words.
    assert_eq!(Host::new(compose, Docker).flag("shop-web-1", "--health-cmd"), ["curl -f 'http://a b'"]);
    assert_eq!(Host::new(compose, Podman).flag("shop-web-1", "--health-cmd"), [r#"["curl","-f","http://a b"]"#]);
}

#[test]
fn service_alias_on_every_network() {
    let compose = "services: {web: {image: x/y, networks: [a, b, c]}}\nnetworks: {a: {}, b: {}, c: {}}\n";
    let docker = Host::new(compose, Docker).flag("shop-web-1", "--network");
    assert_eq!(docker, ["name=shop_a,alias=web", "name=shop_b,alias=web", "name=shop_c,alias=web"]);
    let podman = Host::new(compose, Podman).flag("shop-web-1", "--network");
    assert_eq!(podman, ["shop_a:alias=web", "shop_b:alias=web", "shop_c:alias=web"]);
}

#[test]
fn order_of_dns_is_kept() {
    let compose = "services: {web: {image: x/y, dns: [8.8.8.8, 8.8.4.4], group_add: [video, audio], \
                   networks: {a: {priority: 1}, b: {priority: 5}}}}\nnetworks: {a: {}, b: {}}\n";
    for backend in BACKENDS {
        let host = Host::new(compose, backend);
        assert_eq!(host.flag("shop-web-1", "--dns"), ["8.8.8.8", "8.8.4.4"], "{backend}");
        assert_eq!(host.flag("shop-web-1", "--group-add"), ["video", "audio"], "{backend}");
        let networks = host.flag("shop-web-1", "--network");
        assert!(networks[0].contains("shop_b") && networks[1].contains("shop_a"), "{networks:?}");
    }
}

#[test]
fn multi_line_strings_are_kept() {
    let value = "external_url 'https://x'\n  nested['a'] = \"${b}\"\n\n''end''\n";
    let compose = "services:\n  web:\n    image: x/y\n    environment:\n      CONFIG: |\n        external_url 'https://x'\n          nested['a'] = \
                   \"$${b}\"\n\n        ''end''\n    command: [sh, -c, \"one\\n  two\\n\"]\n";
    for backend in BACKENDS {
        let host = Host::new(compose, backend);
        let variable = host.container("shop-web-1").at(&["environment", "CONFIG"]).and_then(Value::as_text);
        assert_eq!(variable.as_deref(), Some(value), "{backend}:\n{}", host.text);
        assert_eq!(host.words("shop-web-1").last().unwrap(), "one\n  two\n", "{backend}");
    }
}

#[test]
fn tmpfs_mode_is_octal() {
    let compose = "services: {web: {image: x/y, volumes: [{type: tmpfs, target: /t, tmpfs: {mode: 01777, size: 1048576}}]}}\n";
    for backend in BACKENDS {
        let mounts = Host::new(compose, backend).flag("shop-web-1", "--mount");
        assert_eq!(mounts, ["type=tmpfs,target=/t,tmpfs-mode=1777,tmpfs-size=1048576"], "{backend}");
    }
}

#[test]
fn labels_are_quoted_in_scripts() {
    let compose = "services: {web: {build: {context: ./my app, args: {A: $$(id)}}, networks: [n], volumes: [\"v1:/v\"]}}\n\
                   networks: {n: {labels: {desc: two words}, driver_opts: {o: \"it's\"}}}\nvolumes: {v1: {labels: {desc: \"a;b\"}}}\n";
    for backend in BACKENDS {
        let host = Host::new(compose, backend);
        let network = host.unit(&format!("{backend}-network-shop_n"), &["script"]);
        assert!(network.contains("'--label=desc=two words'") && network.contains(r"'--opt=o=it'\''s'"), "{network}");
        let volume = host.unit(&format!("{backend}-volume-shop_v1"), &["script"]);
        assert!(volume.contains("'--label=desc=a;b'"), "{volume}");
        let build = host.unit(&format!("{backend}-build-shop-web"), &["script"]);
        assert!(build.contains("'--build-arg=A=$(id)'") && build.contains("'/srv/shop/my app'"), "{build}");
    }
}

#[test]
fn network_mode_of_a_foreign_container_evaluates() {
    for backend in BACKENDS {
        let host = Host::new("services: {web: {image: x/y, network_mode: \"container:vpn\"}}\n", backend);
        assert_eq!(host.flag("shop-web-1", "--network"), ["container:vpn"]);
        // What is no container of the module must not be in `dependsOn`, or NixOS refuses the module.
        assert_eq!(host.list("shop-web-1", "dependsOn"), Vec::<String>::new());
        assert!(host.text.contains(&format!("\"{backend}-vpn.service\"")), "{}", host.text);
    }
}

#[test]
fn image_mounts_stay_images() {
    let compose = "services: {web: {image: x/y, volumes: [{type: image, source: x/z, target: /z}]}}\n";
    for backend in BACKENDS {
        let mounts = Host::new(compose, backend).flag("shop-web-1", "--mount");
        assert_eq!(mounts, ["type=image,source=x/z,target=/z"], "{backend}");
    }
    // What no engine of NixOS has is said, and not made a volume.
    for kind in ["npipe", "cluster"] {
        let compose =
            format!("services: {{web: {{image: x/y, volumes: [{{type: {kind}, source: v1, target: /z}}]}}}}\nvolumes: {{v1: {{}}}}\n");
        for backend in BACKENDS {
            let error = make(&disk(&[("compose.yaml", &compose)]), request(Path::new(ROOT)), &options(backend)).unwrap_err();
            assert!(said(&error).contains("services.web.volumes[0].type"), "{}", said(&error));
        }
    }
}

#[test]
fn env_file_values_stay_out_of_the_store() {
    let files = [("compose.yaml", "services: {web: {image: x/y, env_file: [web.env]}}\n"), ("web.env", "DB_PASSWORD=Tr0ub4dor-and-3\n")];
    for backend in BACKENDS {
        let host = Host::of(&files, backend);
        assert!(!host.text.contains("Tr0ub4dor"), "{}", host.text);
        assert_eq!(host.list("shop-web-1", "environmentFiles"), ["/srv/shop/web.env"]);
    }
}

#[test]
fn network_mode_bridge() {
    for backend in BACKENDS {
        let host = Host::new("services: {web: {image: x/y, network_mode: bridge}}\n", backend);
        assert_eq!(host.flag("shop-web-1", "--network"), ["bridge"], "{backend}");
    }
    // Compose accepts a condition that it does not know.
    let compose = "services: {web: {image: x/y, deploy: {restart_policy: {condition: unless-stopped}}}}\n";
    for backend in BACKENDS {
        let host = Host::new(compose, backend);
        assert_eq!(host.unit(&format!("{backend}-shop-web-1"), &["serviceConfig", "Restart"]), "always");
    }
}

#[test]
fn relative_env_files_are_absolute() {
    let files =
        [("compose.yaml", "services: {web: {image: x/y, env_file: ./conf/web.env}}\n"), ("conf/web.env", "API_TOKEN=c2VjcmV0LXRva2Vu\n")];
    for backend in BACKENDS {
        assert_eq!(Host::of(&files, backend).list("shop-web-1", "environmentFiles"), ["/srv/shop/conf/web.env"]);
    }
}

#[test]
fn networks_have_the_labels_of_compose() {
    let compose = "services: {web: {image: x/y, networks: [n], volumes: [\"v1:/v\"]}}\nnetworks: {n: {}}\nvolumes: {v1: {}}\n";
    for backend in BACKENDS {
        let host = Host::new(compose, backend);
        let network = host.unit(&format!("{backend}-network-shop_n"), &["script"]);
        for label in ["com.docker.compose.project=shop", "com.docker.compose.network=n"] {
            assert!(network.contains(label), "{network}");
        }
        let volume = host.unit(&format!("{backend}-volume-shop_v1"), &["script"]);
        for label in ["com.docker.compose.project=shop", "com.docker.compose.volume=v1"] {
            assert!(volume.contains(label), "{volume}");
        }
    }
}

#[test]
fn dotenv_is_read() {
    let files = [
        ("compose.yaml", "services: {web: {image: \"x/y:${TAG}\"}, extra: {image: x/z, profiles: [more]}}\n"),
        (".env", "TAG=7\nCOMPOSE_PROFILES=more\n"),
    ];
    for backend in BACKENDS {
        let host = Host::of(&files, backend);
        assert_eq!(host.container("shop-web-1").get("image").and_then(Value::as_text).as_deref(), Some("x/y:7"));
        // A service of a chosen profile starts with the others.
        assert!(!host.words("shop-extra-1").is_empty());
        assert_ne!(host.container("shop-extra-1").get("autoStart"), Some(&Value::Bool(false)), "{}", host.text);
    }
}

#[test]
fn on_failure_counts_restarts() {
    for backend in BACKENDS {
        let unit = format!("{backend}-shop-web-1");
        let host = Host::new("services: {web: {image: x/y, restart: \"on-failure:3\"}}\n", backend);
        assert_eq!(host.unit(&unit, &["serviceConfig", "Restart"]), "on-failure");
        // systemd counts the first start, too.
        assert_eq!(host.unit(&unit, &["unitConfig", "StartLimitBurst"]), "4");
        assert_eq!(host.unit(&unit, &["unitConfig", "StartLimitIntervalSec"]), "infinity");
        // The module restarts always, unless it is told not to.
        let host = Host::new("services: {web: {image: x/y}}\n", backend);
        assert_eq!(host.unit(&unit, &["serviceConfig", "Restart"]), "no");
        assert!(host.text.contains("Restart = lib.mkForce \"no\""), "{}", host.text);
    }
}

#[test]
fn output_is_formatted() {
    let compose = "services: {web: {image: x/y, command: [a, \"b\\nc\\n\"], ports: [\"80:80\", \"81:81\"], restart: always}}\n";
    for backend in BACKENDS {
        assert_eq!(reformatted(&module(compose, backend)), None);
    }
}

// --- nothing is dropped in silence ------------------------------------------------------------------------------------------------------

/// A key, a service that has it, and what stands in the module for it with docker; `None`: it has no place there, and is a remark.
const DROPPED: &[(&str, &str, Option<&str>)] = &[
    ("annotations", "annotations: {a.b: c}", Some("--annotation=a.b=c")),
    ("blkio_config", "blkio_config: {weight: 300}", Some("--blkio-weight=300")),
    ("cgroup", "cgroup: host", Some("--cgroupns=host")),
    ("cgroup_parent", "cgroup_parent: a.slice", Some("--cgroup-parent=a.slice")),
    ("configs", "configs: [{source: c1, target: /c1}]", Some("target=/c1,readonly")),
    ("cpu_count", "cpu_count: 2", None),
    ("cpu_percent", "cpu_percent: 50", None),
    ("cpu_period", "cpu_period: 90000", Some("--cpu-period=90000")),
    ("cpu_quota", "cpu_quota: 50000", Some("--cpu-quota=50000")),
    ("cpu_rt_period", "cpu_rt_period: 1400", Some("--cpu-rt-period=1400")),
    ("cpu_rt_runtime", "cpu_rt_runtime: 400", Some("--cpu-rt-runtime=400")),
    ("cpu_shares", "cpu_shares: 512", Some("--cpu-shares=512")),
    ("cpus", "cpus: 0.5", Some("--cpus=0.5")),
    ("cpuset", "cpuset: \"0,1\"", Some("--cpuset-cpus=0,1")),
    ("deploy.resources.limits.pids", "deploy: {resources: {limits: {pids: 7}}}", Some("--pids-limit=7")),
    ("deploy.replicas", "deploy: {replicas: 2}", Some("shop-web-2")),
    ("scale", "scale: 2", Some("shop-web-2")),
    ("device_cgroup_rules", "device_cgroup_rules: [\"c 1:3 mr\"]", Some("--device-cgroup-rule=c 1:3 mr")),
    ("dns_opt", "dns_opt: [use-vc]", Some("--dns-option=use-vc")),
    ("dns_search", "dns_search: [a.example]", Some("--dns-search=a.example")),
    ("domainname", "domainname: example.org", Some("--domainname=example.org")),
    ("expose", "expose: [\"3000\"]", Some("--expose=3000")),
    ("external_links", "external_links: [\"redis:r\"]", Some("--link=redis:r")),
    ("gpus", "gpus: all", Some("--gpus=all")),
    ("isolation", "isolation: default", Some("--isolation=default")),
    ("links", "links: [\"db:database\"]", Some("alias=database")),
    ("mem_limit", "mem_limit: 64m", Some("--memory=67108864")),
    ("mem_reservation", "mem_reservation: 32m", Some("--memory-reservation=33554432")),
    ("mem_swappiness", "mem_swappiness: 10", Some("--memory-swappiness=10")),
    ("memswap_limit", "memswap_limit: 128m", Some("--memory-swap=134217728")),
    ("oom_kill_disable", "oom_kill_disable: true", Some("--oom-kill-disable")),
    ("oom_score_adj", "oom_score_adj: 500", Some("--oom-score-adj=500")),
    ("pid", "pid: host", Some("--pid=host")),
    ("pids_limit", "pids_limit: 64", Some("--pids-limit=64")),
    ("platform", "platform: linux/arm64", Some("--platform=linux/arm64")),
    ("pull_policy", "pull_policy: always", Some("pull = \"always\"")),
    ("read_only", "read_only: true", Some("--read-only")),
    ("secrets", "secrets: [s1]", Some("target=/run/secrets/s1,readonly")),
    ("stdin_open", "stdin_open: true", Some("--interactive")),
    ("stop_grace_period", "stop_grace_period: 1m30s", Some("--stop-timeout=90")),
    ("stop_signal", "stop_signal: SIGUSR1", Some("--stop-signal=SIGUSR1")),
    ("storage_opt", "storage_opt: {size: 1G}", Some("--storage-opt=size=1G")),
    ("tty", "tty: true", Some("--tty")),
    ("use_api_socket", "use_api_socket: true", Some("docker.sock")),
    ("userns_mode", "userns_mode: host", Some("--userns=host")),
    ("uts", "uts: host", Some("--uts=host")),
    ("volumes_from", "volumes_from: [db]", Some("--volumes-from=shop-db-1")),
    ("working_dir", "working_dir: /w", Some("workdir = \"/w\"")),
    ("post_start", "post_start: [{command: [./a.sh]}]", Some("\"./a.sh\"")),
    ("pre_stop", "pre_stop: [{command: [./b.sh]}]", Some("\"./b.sh\"")),
    ("develop", "develop: {watch: [{path: ., action: sync, target: /x}]}", None),
    ("credential_spec", "credential_spec: {file: my.json}", None),
    ("models", "models: [m]", None),
    ("profiles", "profiles: [dbg]", Some("compose-shop-profile-dbg")),
    ("depends_on.db.condition", "depends_on: {db: {condition: service_healthy}}", Some("waitHealthy \"shop-db-1\"")),
    ("depends_on.db.required", "depends_on: {db: {condition: service_started, required: false}}", Some("wants = [")),
    ("networks.n.gw_priority", "networks: {n: {gw_priority: 1}}", Some("gw-priority=1")),
    ("networks.n.mac_address", "networks: {n: {mac_address: \"02:42:ac:11:65:43\"}}", Some("mac-address=02:42:ac:11:65:43")),
    ("networks.n.driver_opts", "networks: {n: {driver_opts: {a.b: c}}}", Some("driver-opt=a.b=c")),
    ("networks.n.interface_name", "networks: {n: {interface_name: eth7}}", Some("ifname=eth7")),
    ("networks.n.link_local_ips", "networks: {n: {link_local_ips: [169.254.8.1]}}", Some("link-local-ip=169.254.8.1")),
    ("volumes", "volumes: [{type: bind, source: ./x, target: /x, bind: {recursive: disabled}}]", Some("bind-recursive=disabled")),
];

/// What podman has another name for.
const AS_PODMAN_HAS_IT: &[&str] =
    &["mac=02:42:ac:11:65:43", "interface_name=eth7", ":/c1:ro", ":/run/secrets/s1:ro", "podman.sdnotify = \"healthy\""];

#[test]
fn no_key_is_dropped_in_silence() {
    let rest = "  db: {image: x/db, healthcheck: {test: ok}}\nnetworks: {n: {}}\nsecrets: {s1: {file: ./s1}}\nconfigs: {c1: {file: ./c1}}\nmodels: {m: {model: x/m}}\n";
    for backend in BACKENDS {
        let mut options = options(backend);
        options.allow_unmapped = vec!["all".into()];
        for (key, yaml, place) in DROPPED {
            let compose = format!("services:\n  web:\n    image: x/y\n    {yaml}\n{rest}");
            let modules = make(&disk(&[("compose.yaml", &compose), ("s1", ""), ("c1", "")]), request(Path::new(ROOT)), &options);
            let modules = modules.unwrap_or_else(|e| panic!("{key} with {backend}: {}", said(&e)));
            let path = format!("services.web.{key}");
            let remark = modules.projects[0].remarks.iter().find(|r| r.path.starts_with(&path));
            let there = place.is_some_and(|place| text(&modules).contains(place));
            match (backend, place) {
                (Docker, Some(place)) => assert!(there, "{key}: {place} is not in\n{}", text(&modules)),
                (Podman, Some(_)) if there || AS_PODMAN_HAS_IT.iter().any(|words| text(&modules).contains(words)) => {}
                _ => {
                    let remark =
                        remark.unwrap_or_else(|| panic!("{key} is dropped with {backend}: {:?}\n{}", remarks(&modules), text(&modules)));
                    assert!(remark.class != Class::Mapped && !remark.message.is_empty(), "{}", line(remark));
                }
            }
        }
    }
}

#[test]
fn switches_of_a_network_are_not_dropped() {
    let compose =
        "services: {web: {image: x/y, networks: [n]}}\nnetworks: {n: {attachable: true, enable_ipv4: false, enable_ipv6: true}}\n";
    let host = Host::new(compose, Docker);
    let script = host.unit("docker-network-shop_n", &["script"]);
    for flag in ["--attachable", "--ipv4=false", "--ipv6=true"] {
        assert!(script.contains(flag), "{script}");
    }
    let modules = make(&disk(&[("compose.yaml", compose)]), request(Path::new(ROOT)), &options(Podman)).unwrap();
    for path in ["networks.n.attachable", "networks.n.enable_ipv4"] {
        assert!(modules.projects[0].remarks.iter().any(|r| r.path == path), "{path}: {:?}", remarks(&modules));
    }
}

#[test]
fn a_service_of_a_profile_does_not_vanish() {
    for backend in BACKENDS {
        let host = Host::new("services: {web: {image: x/y}, debug: {image: x/z, profiles: [dbg]}}\n", backend);
        assert_eq!(host.container("shop-debug-1").get("autoStart"), Some(&Value::Bool(false)));
        let target = host.config.at(&["systemd", "targets", "compose-shop-profile-dbg"]);
        assert!(target.is_some(), "{}", host.text);
    }
}

#[test]
fn comments_are_kept() {
    let compose = "# the shop\nservices:\n  web:\n    image: x/y # since the outage\n    # as the sale needs it\n    mem_limit: 1g\n";
    for backend in BACKENDS {
        let text = module(compose, backend);
        for comment in ["# the shop", "# since the outage", "# as the sale needs it"] {
            assert_eq!(text.matches(comment).count(), 1, "{comment}\n{text}");
        }
    }
}

// --- sabotage ---------------------------------------------------------------------------------------------------------------------------

const SHOP: &str = "
services:
  web:
    image: x/web:1
    environment: {COLOR: teal, SIZE: \"12\"}
    ports: [\"8080:80\"]
    volumes: [./site:/srv/site:ro, pages:/pages]
    dns: [9.9.9.9, 1.1.1.1]
    networks: {front: {aliases: [www]}, back: {}}
    restart: on-failure:3
    stop_grace_period: 3m
    depends_on: {db: {condition: service_healthy}}
    labels: {org.example.tier: front}
    cap_drop: [ALL]
    read_only: true
    command: [serve, --fast]
  db:
    image: x/db:1
    networks: [back]
    healthcheck: {test: db-ping, interval: 5s}
    volumes: [{type: tmpfs, target: /t, tmpfs: {mode: 0700}}, /scratch]
    mem_limit: 64m
volumes: {pages: {}}
networks: {front: {}, back: {internal: true}}
";

/// What could get lost on the way: a text in docker's module, what would stand there instead, and the place that has to be named.
const SABOTAGE: &[(&str, &str, &str, &str)] = &[
    ("a mount is dropped", "      \"shop_pages:/pages\"\n", "", "containers.shop-web-1.mounts"),
    ("a mount can be written", "/srv/site:ro\"", "/srv/site\"", "containers.shop-web-1.mounts[0].read_only"),
    ("a source is another one", "/srv/shop/site:", "/srv/shop/sites:", "containers.shop-web-1.mounts[0].source"),
    (
        "servers of names change places",
        "--dns=9.9.9.9\"\n      \"--dns=1.1.1.1",
        "--dns=1.1.1.1\"\n      \"--dns=9.9.9.9",
        "containers.shop-web-1.flags.dns[0]",
    ),
    ("a server of names is dropped", "      \"--dns=1.1.1.1\"\n", "", "containers.shop-web-1.flags.dns"),
    ("an alias is lost", ",alias=www", "", "containers.shop-web-1.network"),
    (
        "the name of the service is lost on the second network",
        "name=shop_front,alias=web",
        "name=shop_front",
        "containers.shop-web-1.network",
    ),
    (
        "the restart policy is another one",
        "lib.mkForce \"on-failure\"",
        "lib.mkForce \"always\"",
        "units.docker-shop-web-1.service.Restart",
    ),
    ("restarts are counted one short", "StartLimitBurst = 4", "StartLimitBurst = 3", "units.docker-shop-web-1.unit.StartLimitBurst"),
    ("a port is another one", "8080:80", "8081:80", "containers.shop-web-1.ports[0].published"),
    ("a variable is another one", "teal", "plum", "containers.shop-web-1.environment.COLOR"),
    ("a variable is dropped", "      SIZE = \"12\";\n", "", "containers.shop-web-1.environment.SIZE"),
    ("an image is another one", "x/web:1", "x/web:2", "containers.shop-web-1.image"),
    ("a word of the command is dropped", "      \"--fast\"\n", "", "containers.shop-web-1.args"),
    ("a capability is not dropped", "ALL = false", "ALL = true", "containers.shop-web-1.capabilities"),
    ("a flag is dropped", "      \"--read-only\"\n", "", "containers.shop-web-1.flags.read-only"),
    ("a label is another one", "\"org.example.tier\" = \"front\"", "\"org.example.tier\" = \"back\"", "containers.shop-web-1.labels"),
    ("a mode is decimal", "tmpfs-mode=700", "tmpfs-mode=448", "options.tmpfs-mode"),
    ("a health check is another one", "--health-cmd=db-ping", "--health-cmd=true", "containers.shop-db-1.health"),
    ("a limit is another one", "67108864", "67108863", "containers.shop-db-1.flags.memory[0]"),
    ("nobody waits", "waitHealthy \"shop-db-1\"", "\"\"", "units.docker-shop-web-1.pre_start"),
    ("another one is waited for", "waitHealthy \"shop-db-1\"", "waitHealthy \"shop-web-1\"", "units.docker-shop-web-1.pre_start"),
    ("a network is open", "\"--internal\"\n", "\n", "units.docker-network-shop_back.script"),
    (
        "a network is of nobody",
        "com.docker.compose.network=back",
        "com.docker.compose.network=front",
        "units.docker-network-shop_back.script",
    ),
    ("a volume has another name", "\"shop_pages\"", "\"pages\"", "units.docker-volume-shop_pages.script"),
    (
        "the unit of a network is another one",
        "docker-network-shop_front = {",
        "docker-network-front = {",
        "units.docker-network-shop_front",
    ),
    (
        "a container stops too early",
        "TimeoutStopSec = lib.mkForce 190",
        "TimeoutStopSec = lib.mkForce 19",
        "units.docker-shop-web-1.service.TimeoutStopSec",
    ),
    ("anonymous volumes go", "autoRemoveOnStop = false", "autoRemoveOnStop = true", "containers.shop-db-1.auto_remove"),
    (
        "a container is not started",
        "    image = \"x/db:1\";\n",
        "    image = \"x/db:1\";\n    autoStart = false;\n",
        "containers.shop-db-1.auto_start",
    ),
    ("another container is there", "containers.shop-db-1 = {", "containers.shop-dc-1 = {", "containers.shop-db-1"),
    ("an option that nobody knows", "    image = \"x/db:1\";\n", "    image = \"x/db:1\";\n    hostnames = \"a\";\n", ""),
    ("a function that is not ours", "waitHealthy =", "waitHealthier =", ""),
    ("no Nix at all", "{", "", ""),
];

#[test]
fn what_lost_something_is_not_proved() {
    let modules =
        make(&disk(&[("compose.yaml", SHOP)]), request(Path::new(ROOT)), &options(Docker)).unwrap_or_else(|e| panic!("{}", said(&e)));
    let (root, expected) = (&modules.roots[0], &modules.projects[0].mapped.stack);
    let whole = &modules.files[root];
    let prove = |text: String| proof::prove(&BTreeMap::from([(root.clone(), text)]), root, expected, Docker);
    let evidence = prove(whole.clone()).unwrap();
    assert_eq!((evidence.containers, evidence.mounts, evidence.ports, evidence.networks), (2, 4, 1, 3));
    for (what, old, new, place) in SABOTAGE {
        assert!(whole.contains(old), "{what}: {old:?} is not in\n{whole}");
        let Err(found) = prove(whole.replacen(old, new, 1)) else { panic!("{what}: not noticed") };
        assert!(found.iter().any(|d| d.path.contains(place)), "{what}: it is said to be at {found:#?}");
    }
}

#[test]
fn every_line_counts() {
    // Whatever line is dropped: the text is no Nix any more, or something is missing.
    for backend in BACKENDS {
        let modules =
            make(&disk(&[("compose.yaml", SHOP)]), request(Path::new(ROOT)), &options(backend)).unwrap_or_else(|e| panic!("{}", said(&e)));
        let (root, expected) = (&modules.roots[0], &modules.projects[0].mapped.stack);
        let lines: Vec<&str> = modules.files[root].lines().collect();
        let mut idle = Vec::new();
        for number in 0..lines.len() {
            let line = lines[number].trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let others: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != number).map(|(_, line)| *line).collect();
            let text = others.join("\n");
            if proof::prove(&BTreeMap::from([(root.clone(), text)]), root, expected, backend).is_ok() {
                idle.push(line);
            }
        }
        assert!(idle.is_empty(), "with {backend}, nothing is asked by {idle:#?}");
    }
}

/// A project whose text is long enough to be read in parts.
fn long() -> String {
    let service = |n: usize| {
        let port = 9000 + n;
        format!("  s{n}: {{image: 'x/y:{n}', restart: always, volumes: ['v{n}:/data', './c:/c:ro'], ports: ['{port}:80']}}\n")
    };
    let volume = |n: usize| format!("  v{n}:\n");
    let services: String = (0..60).map(service).collect();
    let volumes: String = (0..60).map(volume).collect();
    format!("services:\n{services}volumes:\n{volumes}")
}

#[test]
fn every_line_of_a_long_text_counts() {
    let modules = make(&disk(&[("compose.yaml", &long())]), request(Path::new(ROOT)), &options(Docker)).unwrap();
    let (root, expected) = (&modules.roots[0], &modules.projects[0].mapped.stack);
    let whole = &modules.files[root];
    let prove = |text: String| proof::prove(&BTreeMap::from([(root.clone(), text)]), root, expected, Docker);
    assert!(whole.len() > 40_000 && prove(whole.clone()).is_ok());
    let lines: Vec<&str> = whole.lines().collect();
    // A few of all kinds; each with what is dropped, and with what is there twice.
    for number in (0..lines.len()).step_by(41) {
        let line = lines[number].trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let others: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != number).map(|(_, line)| *line).collect();
        assert!(prove(others.join("\n")).is_err(), "nothing is asked by line {number}: {line}");
    }
    for (more, path) in [
        ("  virtualisation.oci-containers.containers.more.image = \"x/more:1\";\n", "containers.more"),
        ("  systemd.services.more.description = \"more\";\n", "units.more"),
        ("  systemd.targets.more.wantedBy = [ \"a\" ];\n", "targets.more"),
        ("  systemd.tmpfiles.rules = [ \"d /x\" ];\n", "tmpfiles[0]"),
        ("  networking.firewall.allowedTCPPorts = [ 1 ];\n", "firewall.allowedTCPPorts"),
    ] {
        let end = whole.rfind("\n}").unwrap() + 1;
        let found = prove(format!("{}{more}{}", &whole[..end], &whole[end..])).unwrap_err();
        let paths: Vec<&str> = found.iter().map(|d| d.path.as_str()).collect();
        assert_eq!(paths, [path]);
    }
    let gone = whole.find("  virtualisation.oci-containers.containers.shop-s7-1 = {").unwrap();
    let rest = whole[gone..].find("\n  };\n").unwrap() + "\n  };\n".len();
    let found = prove(format!("{}{}", &whole[..gone], &whole[gone + rest..])).unwrap_err();
    assert_eq!(found[0].path, "containers.shop-s7-1");
    let off = whole.replacen("docker.enable = true", "docker.enable = false", 1);
    assert!(prove(off).unwrap_err()[0].after.as_ref().unwrap().contains("not switched on"));
}

#[test]
fn build_arguments_without_a_value_are_told() {
    let compose = "services:\n  web: {build: {context: ., args: [FOO, BAR=1, HOME]}}\n  db: {build: {context: ., args: {BAZ: , QUX: 2}}}\n";
    for backend in BACKENDS {
        let modules = make(&disk(&[("compose.yaml", compose)]), request(Path::new(ROOT)), &options(backend)).unwrap();
        let all = &modules.projects[0].remarks;
        let args: Vec<&str> = all.iter().map(|r| r.path.as_str()).filter(|path| path.contains(".args.")).collect();
        assert_eq!(args, ["services.web.build.args.FOO", "services.db.build.args.BAZ"], "{backend}");
        assert!(all.iter().filter(|r| r.path.contains(".args.")).all(|r| r.class == Class::Different && r.origin.is_some()));
        let text = text(&modules);
        assert!(text.contains("--build-arg=HOME=/home/ada") && text.contains("--build-arg=QUX=2"), "{text}");
        assert!(!text.contains("FOO") && !text.contains("BAZ"), "{text}");
    }
}

#[test]
fn names_are_found_behind_both_kinds_of_firewall() {
    let text = module("services: {web: {image: x/y}}\n", Podman);
    // nftables knows no `podman+`, and iptables no `podman*`.
    for (interfaces, condition) in [("podman+", "(!config.networking.nftables.enable)"), ("podman*", "config.networking.nftables.enable")] {
        let rule =
            format!("  networking.firewall.interfaces.\"{interfaces}\" = lib.mkIf {condition} {{\n    allowedUDPPorts = [ 53 ];\n  }};\n");
        assert!(text.contains(&rule), "{text}");
    }
    assert!(!module("services: {web: {image: x/y}}\n", Docker).contains("firewall"));
}

#[test]
fn units_that_pull_wait_for_docker() {
    let compose = "services: {web: {image: x/y, pull_policy: daily}}\n";
    let units = |host: &Host, key: &str| -> Vec<String> {
        let unit = format!("{}-pull-shop-web-1", host.backend);
        let list = host.config.at(&["systemd", "services", &unit, key]).and_then(Value::as_list).unwrap_or_default();
        list.iter().map(|item| item.as_text().unwrap()).collect()
    };
    let docker = Host::new(compose, Docker);
    assert_eq!(units(&docker, "after"), ["docker.service", "docker.socket", "network-online.target"]);
    assert_eq!(units(&docker, "requires"), ["docker.service"]);
    let podman = Host::new(compose, Podman);
    assert_eq!(units(&podman, "after"), ["network-online.target"]);
    assert!(units(&podman, "requires").is_empty());
}

#[test]
fn what_cannot_be_written_is_told_where_it_stands() {
    for (service, path) in
        [("web: {image: 'x/y;z'}", "services.web.image"), ("web: {image: x/y, logging: {driver: 'a b'}}", "services.web.logging")]
    {
        let compose = format!("services:\n  {service}\n");
        // It cannot be left out either.
        let options = Options { allow_unmapped: vec!["all".to_owned()], ..options(Docker) };
        let sources = [("compose.yaml", compose.as_str())];
        let Err(NixError::Unwritable(remarks)) = make(&disk(&sources), request(Path::new(ROOT)), &options) else { panic!("{service}") };
        let at = remarks[0].origin.as_ref().unwrap().at;
        assert_eq!(remarks[0].path, path);
        let key = path.rsplit('.').next().unwrap();
        assert_eq!(&compose[at.start as usize..at.end as usize], key, "{service}");
    }
}
