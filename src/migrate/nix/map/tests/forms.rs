//! A service with one key each: what the engine is asked for.

use std::fmt::Write as _;

use super::{DOCKER, PODMAN, app, container, mapped, mapped_by, options, project, said, stack};
use crate::migrate::nix::normal::{Attachment, Container, HealthTest, Network};
use crate::migrate::nix::wire::{ServiceWiring, Wiring};
use crate::migrate::nix::{Backend, Class};

/// What is special about a container, in words like those of `docker run`.
fn shown(container: &Container) -> String {
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
    let mut out = Vec::new();
    out.extend(Some(image).filter(|i| *i != "img").map(|i| format!("image={i}")));
    out.extend(image_stream.then(|| "image-stream".to_owned()));
    out.extend(entrypoint.as_ref().map(|e| format!("entrypoint={e}")));
    out.extend(Some(args).filter(|a| !a.is_empty()).map(|a| format!("args={a:?}")));
    out.extend(environment.iter().map(|(k, v)| format!("-e={k}={v}")));
    out.extend(environment_files.iter().map(|f| format!("env-file={f}")));
    out.extend(labels.iter().map(|(k, v)| format!("-l={k}={v}")));
    out.extend(annotations.iter().map(|(k, v)| format!("annotation={k}={v}")));
    for port in ports {
        let ip = port.host_ip.as_ref().map(|ip| format!("{ip} ")).unwrap_or_default();
        out.push(format!("-p={ip}{}:{}/{}", port.published.as_deref().unwrap_or("*"), port.target, port.protocol));
    }
    for (name, value) in [("user", user), ("workdir", working_dir), ("hostname", hostname), ("pull", pull), ("sdnotify", sdnotify)] {
        out.extend(value.as_ref().map(|v| format!("{name}={v}")));
    }
    for mount in mounts {
        let mut text = format!("{}={}:{}", mount.kind, mount.source.as_deref().unwrap_or("*"), mount.target);
        if mount.read_only {
            text.push_str(":ro");
        }
        for (key, value) in &mount.options {
            write!(text, ",{key}={value}").unwrap();
        }
        out.push(text);
    }
    match network {
        Network::Mode(mode) => out.push(format!("network={mode}")),
        Network::Networks(all) => {
            for Attachment { name, aliases, options, link_local, driver_opts } in all {
                if all.len() == 1 && name == "t_default" && aliases == &["app"] && options.is_empty() {
                    continue;
                }
                out.push(
                    format!("network={name}{aliases:?}{options:?}{link_local:?}{driver_opts:?}").replace(['{', '}'], "").replace("[]", ""),
                );
            }
        }
    }
    out.extend(capabilities.0.iter().map(|c| format!("+{c}")));
    out.extend(capabilities.1.iter().map(|c| format!("-{c}")));
    out.extend(devices.iter().map(|d| format!("device={d}")));
    out.extend(privileged.then(|| "privileged".to_owned()));
    out.extend(log_driver.as_ref().map(|d| format!("log-driver={d}")));
    out.extend(log_options.iter().map(|(k, v)| format!("log-opt={k}={v}")));
    if let Some(health) = health {
        out.extend(health.test.as_ref().map(|test| match test {
            HealthTest::None => "no-healthcheck".to_owned(),
            HealthTest::Shell(text) => format!("health-cmd={text}"),
            HealthTest::Exec(words) => format!("health-cmd={words:?}"),
        }));
        out.extend(health.options.iter().map(|(k, v)| format!("health-{k}={v}")));
    }
    out.extend((!auto_start).then(|| "by hand".to_owned()));
    out.extend((!auto_remove).then(|| "kept".to_owned()));
    out.extend(depends_on.iter().map(|d| format!("after={d}")));
    for (flag, values) in flags {
        out.extend(values.iter().map(|v| if v == "true" { flag.clone() } else { format!("{flag}={v}") }));
    }
    out.join(" ")
}

fn of(lines: &str, top: &str, backend: Backend) -> String {
    shown(container(&mapped(&app(lines, top), backend), "t-app-1"))
}

/// Keys that docker and podman are asked for in the same way.
const SAME: &[(&str, &str)] = &[
    ("annotations: {a.b: c}", "annotation=a.b=c"),
    ("blkio_config: {weight: 300, weight_device: [{path: /dev/sda, weight: 400}]}", "blkio-weight=300 blkio-weight-device=/dev/sda:400"),
    (
        "blkio_config: {device_read_bps: [{path: /dev/sdb, rate: 12mb}], device_write_iops: [{path: /dev/sdb, rate: 30}]}",
        "device-read-bps=/dev/sdb:12582912 device-write-iops=/dev/sdb:30",
    ),
    ("cap_add: [NET_ADMIN, ALL]\ncap_drop: [NET_RAW, ALL]", "+ALL +NET_ADMIN -NET_RAW"),
    ("cgroup: host", "cgroupns=host"),
    ("cgroup_parent: m-executor-abcd", "cgroup-parent=m-executor-abcd"),
    ("command: [a, \"b c\", \"$$X\"]", r#"args=["a", "b c", "$X"]"#),
    ("command: a \"b c\" $$X", r#"args=["a", "b c", "$X"]"#),
    ("command: []", ""),
    ("cpu_period: 100000\ncpu_quota: 50000\ncpu_shares: 512", "cpu-period=100000 cpu-quota=50000 cpu-shares=512"),
    ("cpus: 0.5\ncpuset: \"0,1\"", "cpus=0.5 cpuset-cpus=0,1"),
    ("cpus: 0.1", "cpus=0.1"),
    ("cpu_count: 2\ncpu_percent: 50", ""),
    (
        "deploy: {resources: {limits: {cpus: \"0.5\", memory: 64M, pids: 7}, reservations: {memory: 32M, cpus: \"0.1\"}}}",
        "cpus=0.5 memory=67108864 memory-reservation=33554432 pids-limit=7",
    ),
    ("cpus: 2\ndeploy: {resources: {limits: {cpus: \"0.5\"}}}", "cpus=0.5"),
    (
        "deploy: {resources: {reservations: {devices: [{driver: cdi, device_ids: [nvidia.com/gpu=all], capabilities: [gpu]}]}}}",
        "device=nvidia.com/gpu=all",
    ),
    ("device_cgroup_rules: [\"c 1:3 mr\"]", "device-cgroup-rule=c 1:3 mr"),
    (
        "devices: [/dev/ttyUSB0:/dev/ttyUSB0, /dev/sda:/dev/xvda:rwm, nvidia.com/gpu=all]",
        "device=/dev/ttyUSB0:/dev/ttyUSB0:rwm device=/dev/sda:/dev/xvda:rwm device=nvidia.com/gpu=all",
    ),
    (
        "dns: [8.8.8.8, 1.1.1.1]\ndns_opt: [use-vc]\ndns_search: [b.example, a.example]",
        "dns=8.8.8.8 dns=1.1.1.1 dns-option=use-vc dns-search=b.example dns-search=a.example",
    ),
    ("entrypoint: [/bin/x, -v, \"a b\"]\ncommand: [c]", r#"entrypoint=/bin/x args=["-v", "a b", "c"]"#),
    ("entrypoint: []\ncommand: [c]", r#"entrypoint= args=["c"]"#),
    ("environment: {A: \"1\", B: \"\", C: \"a $$b\", D: 3, E: true}", "-e=A=1 -e=B= -e=C=a $b -e=D=3 -e=E=true"),
    ("environment: [UNSET, A=1]", "-e=A=1"),
    ("env_file: e.env\nenvironment: {A: b}", "-e=A=b -e=QUOTED=a b"),
    ("expose: [\"3000\", \"8000-8002/udp\"]", "expose=3000 expose=8000-8002/udp"),
    ("extra_hosts: [\"a:1.2.3.4\", \"b:::1\", \"h:host-gateway\"]", "add-host=a:1.2.3.4 add-host=b:::1 add-host=h:host-gateway"),
    ("group_add: [mail, \"999\"]", "group-add=mail group-add=999"),
    (
        "healthcheck: {test: [CMD-SHELL, \"curl -f http://x || exit 1\"], interval: 90s, retries: 3}",
        "health-cmd=curl -f http://x || exit 1 health-interval=1m30s health-retries=3",
    ),
    ("healthcheck: {test: curl -f http://x}", "health-cmd=curl -f http://x"),
    ("healthcheck: {test: [NONE]}", "no-healthcheck"),
    ("healthcheck: {disable: true, interval: 3s}", "no-healthcheck"),
    ("hostname: h1", "hostname=h1"),
    ("init: true", "init"),
    ("init: false", "init=false"),
    ("ipc: host\npid: host\nuts: host", "ipc=host pid=host uts=host"),
    ("ipc: \"service:db\"", "after=t-db-1 ipc=container:t-db-1"),
    ("pid: \"service:db\"", "after=t-db-1 pid=container:t-db-1"),
    ("label_file: l.labels\nlabels: {a: b}", "-l=a=b -l=x.y=z"),
    ("labels: [a=b, novalue, d=x=y]", "-l=a=b -l=novalue= -l=d=x=y"),
    (
        "mem_limit: 64m\nmemswap_limit: 128m\nmem_swappiness: 10\nmem_reservation: 32m",
        "memory=67108864 memory-reservation=33554432 memory-swap=134217728 memory-swappiness=10",
    ),
    ("network_mode: host", "network=host"),
    ("network_mode: none", "network=none"),
    ("network_mode: bridge", "network=bridge"),
    ("network_mode: \"service:db\"", "network=container:t-db-1 after=t-db-1"),
    ("network_mode: \"container:vpn\"", "network=container:vpn"),
    ("oom_kill_disable: true\noom_score_adj: 500", "oom-kill-disable oom-score-adj=500"),
    ("pids_limit: 64", "pids-limit=64"),
    ("platform: linux/arm64", "platform=linux/arm64"),
    (
        "ports: [\"3000\", \"8000:8000\", \"127.0.0.1:8001:8001\", \"6060:6060/udp\", \"9090-9091:8080-8081\", \"[::1]:7:7\"]",
        "-p=*:3000/tcp -p=8000:8000/tcp -p=127.0.0.1 8001:8001/tcp -p=6060:6060/udp -p=9090:8080/tcp -p=9091:8081/tcp -p=::1 7:7/tcp",
    ),
    (
        "ports: [{target: 80, host_ip: 127.0.0.1, published: \"8080\", protocol: tcp, mode: host, app_protocol: http, name: web}]",
        "-p=127.0.0.1 8080:80/tcp",
    ),
    ("privileged: true\nread_only: true\nruntime: runsc", "privileged read-only runtime=runsc"),
    ("profiles: [dbg]", "by hand"),
    ("pull_policy: always", "pull=always"),
    ("pull_policy: if_not_present", "pull=missing"),
    ("pull_policy: daily", ""),
    ("scale: 0", "by hand"),
    (
        "security_opt: [\"no-new-privileges:true\", \"seccomp:./s.json\", \"seccomp=unconfined\"]",
        "security-opt=no-new-privileges:true security-opt=seccomp:/p/s.json security-opt=seccomp=unconfined",
    ),
    ("shm_size: 64m", "shm-size=67108864"),
    ("tty: true", "tty"),
    ("stdin_open: false\ntty: false\nprivileged: false", ""),
    ("stop_grace_period: 1m30s\nstop_signal: SIGUSR1", "stop-signal=SIGUSR1 stop-timeout=90"),
    ("stop_grace_period: 1500ms", "stop-timeout=1"),
    ("storage_opt: {size: 1G}", "storage-opt=size=1G"),
    ("sysctls: {net.core.somaxconn: 1024}", "sysctl=net.core.somaxconn=1024"),
    ("tmpfs: [/run, \"/tmp:mode=1777,size=64m\"]", "tmpfs=*:/run tmpfs=*:/tmp,options=mode=1777,size=64m"),
    ("ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}", "ulimit=nproc=65535 ulimit=nofile=20000:40000"),
    ("user: \"1000:1000\"\nworking_dir: /w\nuserns_mode: host", "user=1000:1000 workdir=/w userns=host"),
    ("volumes: [\"./x:/x\", \"/abs:/y:ro,z\", \"./x:/z\"]", "bind=/p/x:/x bind=/abs:/y:ro,selinux=z bind=/p/x:/z"),
    ("volumes: [/anon]", "volume=*:/anon kept"),
    (
        "volumes: [{type: bind, source: ./x, target: /x, read_only: true, bind: {propagation: rshared, create_host_path: false}}]",
        "bind=/p/x:/x:ro,bind-propagation=rshared,create=false",
    ),
    ("volumes: [{type: bind, source: ./x, target: /x, bind: {create_host_path: true, selinux: Z}}]", "bind=/p/x:/x,selinux=Z"),
    ("volumes: [{type: bind, source: ./x, target: /x, consistency: cached}]", "bind=/p/x:/x"),
    ("dns_search: [\"\"]", "dns-search=."),
    ("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1048576, mode: 01777}}]", "tmpfs=*:/t,tmpfs-mode=1777,tmpfs-size=1048576"),
    ("volumes: [{type: image, source: busybox, target: /b, image: {subpath: bin}}]", "image=busybox:/b,image-subpath=bin"),
    ("volumes_from: [\"db:ro\", \"container:other\"]", "after=t-db-1 volumes-from=t-db-1:ro volumes-from=other"),
    ("attach: false\ndevelop: {watch: [{path: ., action: sync, target: /x}]}\nx-foo: {a: 1}", ""),
    ("build: .", "image=t-app pull=never"),
    ("build: .\nimage: me/app:1\npull_policy: build", "image=me/app:1 pull=never"),
    ("image: postgres:16", "image=postgres:16 kept"),
    ("depends_on: [db]", "after=t-db-1"),
];

#[test]
fn forms_that_are_the_same_for_both() {
    for (lines, wanted) in SAME {
        for backend in [DOCKER, PODMAN] {
            assert_eq!(of(lines, "", backend), *wanted, "{backend}: {lines}");
        }
    }
}

#[test]
fn forms_that_differ() {
    for (lines, docker, podman) in [
        ("domainname: example.org", "domainname=example.org", "hostname=t-app-1.example.org"),
        ("domainname: example.org\nhostname: h", "hostname=h domainname=example.org", "hostname=h.example.org"),
        ("isolation: default", "isolation=default", ""),
        ("gpus: all", "gpus=all", "device=nvidia.com/gpu=all"),
        ("gpus: [{driver: nvidia, count: 2}]", "gpus=2,driver=nvidia", "device=nvidia.com/gpu=0 device=nvidia.com/gpu=1"),
        (
            "deploy: {resources: {reservations: {devices: [{driver: nvidia, device_ids: [\"0\", \"3\"], capabilities: [gpu]}]}}}",
            "gpus=\"device=0,3\",driver=nvidia",
            "device=nvidia.com/gpu=0 device=nvidia.com/gpu=3",
        ),
        (
            "healthcheck: {test: [CMD, curl, -f, \"http://x y\"], start_interval: 5s}",
            "health-cmd=curl -f 'http://x y' health-start-interval=5s",
            r#"health-cmd=["curl", "-f", "http://x y"] health-start-interval=5s"#,
        ),
        ("healthcheck: {interval: 5s}", "health-interval=5s", ""),
        (
            "mac_address: \"02:42:ac:11:65:43\"",
            "mac-address=02:42:ac:11:65:43",
            r#"network=t_default["app"]"mac-address": "02:42:ac:11:65:43""#,
        ),
        (
            "volumes: [{type: bind, source: ./x, target: /x, bind: {recursive: disabled}}]",
            "bind=/p/x:/x,bind-recursive=disabled,create=false",
            "bind=/p/x:/x",
        ),
        (
            "volumes: [{type: bind, source: ./x, target: /x, bind: {recursive: disabled, create_host_path: true}}]",
            "bind=/p/x:/x,bind-recursive=disabled,create=false",
            "bind=/p/x:/x",
        ),
        ("stdin_open: true", "interactive", "interactive"),
        // Docker refuses a terminal whose input is none, as in a unit.
        ("stdin_open: true\ntty: true", "tty", "interactive tty"),
        ("use_api_socket: true", "bind=/var/run/docker.sock:/var/run/docker.sock", "bind=/run/podman/podman.sock:/var/run/docker.sock"),
        ("external_links: [\"redis:r\"]", "link=redis:r", ""),
        (
            "logging: {options: {max-size: 1m, max-file: \"3\"}}",
            "log-driver=json-file log-opt=max-size=1m log-opt=max-file=3",
            "log-driver=json-file log-opt=max-size=1m",
        ),
        ("logging: {driver: syslog, options: {tag: x}}", "log-driver=syslog log-opt=tag=x", ""),
    ] {
        assert_eq!(of(lines, "", DOCKER), docker, "docker: {lines}");
        assert_eq!(of(lines, "", PODMAN), podman, "podman: {lines}");
    }
}

#[test]
fn networks_have_their_order_and_the_service_as_an_alias_in_each() {
    let top = "networks: {n1: {}, n2: {}, out: {external: true, name: proxy}}\n";
    for (lines, wanted) in [
        (
            "networks: {n2: {}, n1: {aliases: [x, app], ipv4_address: 172.16.5.5}}",
            r#"network=t_n1["app", "x"]"ip": "172.16.5.5" network=t_n2["app"]"#,
        ),
        ("networks: {n1: {priority: 1}, n2: {priority: 1000}}", r#"network=t_n2["app"] network=t_n1["app"]"#),
        ("networks: {n1: {gw_priority: 1}}", r#"network=t_n1["app"]"gw-priority": "1""#),
        ("networks: {n1: {mac_address: \"02:42:ac:11:65:43\"}}", r#"network=t_n1["app"]"mac-address": "02:42:ac:11:65:43""#),
        ("networks: {n1: {link_local_ips: [169.254.8.1]}}", r#"network=t_n1["app"]["169.254.8.1"]"#),
        ("networks: {n1: {interface_name: eth7}}", r#"network=t_n1["app"]"com.docker.network.endpoint.ifname": "eth7""#),
        ("networks: [out]", r#"network=proxy["app"]"#),
        ("networks: [n1]\ncontainer_name: c", ""),
    ] {
        let mapped = mapped(&app(lines, top), DOCKER);
        let name = if wanted.is_empty() { "c" } else { "t-app-1" };
        let wanted = if wanted.is_empty() { r#"network=t_n1["app"]"# } else { wanted };
        assert_eq!(shown(container(&mapped, name)), wanted, "{lines}");
    }
    let mut options = options(DOCKER);
    options.names = crate::migrate::nix::Names::Service;
    let mapped = mapped_by(&app("", ""), &options);
    assert_eq!(shown(container(&mapped, "app")), r#"network=t_default["app", "t-app-1"]"#, "the name of today still leads there");
    assert!(said(&mapped, Class::Different).iter().any(|r| r.contains("`t-app-1` is called `app`")));
}

#[test]
fn links_give_aliases_where_both_are() {
    let mapped = mapped(&app("links: [\"db:database\"]\nnetworks: [default, n]", "networks: {n: {}}\n"), DOCKER);
    let Network::Networks(all) = &container(&mapped, "t-db-1").network else { panic!() };
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].aliases, ["db", "database"]);
    assert_eq!(container(&mapped, "t-app-1").depends_on.iter().collect::<Vec<_>>(), ["t-db-1"]);
}

#[test]
fn secrets_and_configs_are_mounts() {
    let top = "\
secrets: {s1: {file: ./s1.txt}, out: {external: true}}
configs: {c1: {file: ./c1.txt}, text: {content: \"a ${X:-b} \\\"\\n$$x\"}}
";
    let files = |lines: &str| of(lines, top, DOCKER);
    assert_eq!(files("secrets: [s1]"), "bind=/p/s1.txt:/run/secrets/s1:ro,create=false", "a file that is missing is not made a directory");
    assert_eq!(files("secrets: [{source: s1, target: foo, mode: 0440}]"), "bind=/p/s1.txt:/run/secrets/foo:ro,create=false");
    assert_eq!(
        files("configs: [c1]\nsecrets: [{source: s1, target: /x}]"),
        "bind=/p/s1.txt:/x:ro,create=false bind=/p/c1.txt:/c1:ro,create=false"
    );
    assert_eq!(of("secrets: [s1]", top, PODMAN), "bind=/p/s1.txt:/run/secrets/s1:ro");
    assert_eq!(files("configs: [c1]\nvolumes: [\"./mine:/c1\"]"), "bind=/p/mine:/c1", "what is written under `volumes` counts");
    let text = crate::nix::reference(r#"pkgs.writeText "text" "a b \"\n$x""#);
    assert_eq!(files("configs: [text]"), format!("bind={text}:/text:ro,create=false"));

    let wiring = Wiring { secret_source: [("out".to_owned(), "/run/agenix/out".to_owned())].into(), ..Wiring::default() };
    let text = app("secrets: [out]", top);
    let wired = stack(&project(&text), &wiring, &options(DOCKER));
    assert_eq!(shown(container(&wired, "t-app-1")), "bind=/run/agenix/out:/run/secrets/out:ro,create=false");
    let plain = mapped(&text, DOCKER);
    assert_eq!(shown(container(&plain, "t-app-1")), "");
    assert!(said(&plain, Class::Unmapped)[0].starts_with("secrets.out.external: service `app` cannot be given it"));
}

#[test]
fn hidden_variables_come_from_files() {
    let service = ServiceWiring { hidden: ["TOKEN".to_owned()].into(), environment_files: vec!["/run/agenix/app".into()] };
    let wiring = Wiring { services: [("app".to_owned(), service)].into(), ..Wiring::default() };
    let mapped = stack(&project(&app("environment: {TOKEN: hunter2, A: b}", "")), &wiring, &options(DOCKER));
    assert_eq!(shown(container(&mapped, "t-app-1")), "-e=A=b env-file=/run/agenix/app");
    assert!(!format!("{mapped:?}").contains("hunter2"));
}

#[test]
fn volumes_keep_their_names() {
    let top = "volumes: {data: {}, own: {name: own}, theirs: {external: true}, unused: {}}\n";
    let text = app(
        "volumes: [\"data:/d\", \"data:/e:ro\", \"own:/o:Z\", \"theirs:/t\", {type: volume, source: data, target: /s, volume: {subpath: a, nocopy: true}}, /anon]",
        top,
    );
    let mapped = mapped(&text, DOCKER);
    assert_eq!(
        shown(container(&mapped, "t-app-1")),
        "volume=t_data:/d volume=t_data:/e:ro volume=own:/o,selinux=Z volume=theirs:/t volume=t_data:/s,volume-nocopy=true,volume-subpath=a \
         volume=*:/anon kept"
    );
    let rows: Vec<_> = mapped.volumes.iter().map(|v| (v.real_name.as_str(), v.from_project, v.external, v.services.len())).collect();
    assert_eq!(rows, [("t_data", true, false, 1), ("own", false, false, 1), ("theirs", false, true, 1), ("t_unused", true, false, 0)]);
    assert_eq!(mapped.anonymous.len(), 1);
}

#[test]
fn what_has_no_equivalent_is_an_error() {
    for (lines, backend, wanted) in [
        ("volumes: [{type: npipe, source: x, target: /p}]", DOCKER, "services.app.volumes[0].type"),
        ("entrypoint: []", DOCKER, "services.app.entrypoint"),
        ("ports: [\"9000-9005:80\"]", PODMAN, "services.app.ports[0].published"),
        ("scale: 2\nports: [\"80:80\"]", DOCKER, "services.app.ports[0].published"),
        ("scale: 1000000000", DOCKER, "services.app.scale"),
        ("isolation: hyperv", PODMAN, "services.app.isolation"),
        ("logging: {driver: gelf}", PODMAN, "services.app.logging.driver"),
        (
            "deploy: {resources: {reservations: {devices: [{driver: x, capabilities: [tpu]}]}}}",
            DOCKER,
            "services.app.deploy.resources.reservations.devices[0]",
        ),
        ("gpus: [{driver: amd}]", PODMAN, "services.app.gpus[0]"),
        ("external_links: [redis]", PODMAN, "services.app.external_links"),
        ("container_name: db\nlinks: []", DOCKER, ""),
        ("volumes: [\"~/x:/x\"]", DOCKER, "services.app.volumes[0]"),
        ("volumes: [\"./x:C:/x\"]", DOCKER, "services.app.volumes[0]"),
        ("networks: [empty]", DOCKER, "networks.empty.name"),
        ("restart: sometimes", DOCKER, "services.app.restart"),
    ] {
        let mapped = mapped(&app(lines, "networks: {empty: {name: \"${NOTHING}\"}}\n"), backend);
        let refused: Vec<_> = mapped.refused(&options(backend)).map(|r| r.path.clone()).collect();
        assert_eq!(refused, Vec::from_iter(Some(wanted.to_owned()).filter(|w| !w.is_empty())), "{lines}");
    }
    let mut options = options(DOCKER);
    options.names = crate::migrate::nix::Names::Service;
    let twice = mapped_by(&app("container_name: db", ""), &options);
    assert!(said(&twice, Class::Unmapped)[0].contains("two containers would be called `db`"));
}
