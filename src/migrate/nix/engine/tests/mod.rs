//! What is written is read again, and what each backend is given for it.

mod mounts;
mod networks;
mod programs;
mod random;

use super::{argv, parse, read, settle, write};
use crate::migrate::nix::Backend;
use crate::migrate::nix::normal::{Attachment, Container, Health, HealthTest, Mount, Network, Publish};
use crate::nix::{Binding, Expr, Piece, Value, reference};

const BOTH: [Backend; 2] = [Backend::Docker, Backend::Podman];

/// The value of an expression without functions.
fn value(expression: &Expr) -> Value {
    match expression {
        Expr::Null => Value::Null,
        Expr::Bool(value) => Value::Bool(*value),
        Expr::Int(value) => Value::Int(*value),
        Expr::Str(pieces) => Value::Str(pieces.iter().map(piece).collect()),
        Expr::Name(parts) => Value::Reference(parts.join(".")),
        Expr::List(items) => Value::List(items.iter().map(|item| value(&item.value)).collect()),
        Expr::Attrs(bindings) => attrs(bindings),
        other => panic!("{other:?}"),
    }
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Expr(expression) => value(expression).as_text().unwrap(),
    }
}

fn attrs(bindings: &[Binding]) -> Value {
    let mut out = crate::ordered::IndexMap::default();
    for binding in bindings {
        let inner = match binding.path.as_slice() {
            [_] => value(&binding.value),
            [_, rest @ ..] => attrs(&[Binding { path: rest.to_vec(), ..binding.clone() }]),
            [] => continue,
        };
        out.insert(binding.path[0].clone(), inner);
    }
    Value::Attrs(out)
}

fn written(container: &Container, backend: Backend) -> Value {
    attrs(&write("web", container, backend).unwrap_or_else(|reasons| panic!("{backend}: {reasons:?}")))
}

/// The words of the run command, without those that every container has.
fn words(container: &Container, backend: Backend) -> Vec<String> {
    let own = ["--log-driver=journald", "--rm", "--pull", "missing", "--cidfile=/run/web/ctr-id", "--cgroups=enabled", "-d", "--replace"];
    let words = argv("web", &written(container, backend), backend).unwrap();
    words.into_iter().skip(3).filter(|word| !own.contains(&word.as_str()) && word != "--sdnotify=conmon").collect()
}

/// The words, once it is certain that reading them gives the same container.
fn kept(container: &Container, backend: Backend) -> Vec<String> {
    assert_eq!(read("web", &written(container, backend), backend).as_ref(), Ok(container), "{backend}");
    words(container, backend)
}

fn refused(container: &Container, backend: Backend) -> String {
    write("web", container, backend).expect_err("a reason").into_iter().map(|refusal| refusal.why).collect::<Vec<_>>().join("; ")
}

fn web() -> Container {
    Container { image: "nginx:1.27".into(), auto_start: true, auto_remove: true, ..Container::default() }
}

fn mount(kind: &str, source: Option<&str>, target: &str, options: &[(&str, &str)]) -> Mount {
    Mount {
        kind: kind.into(),
        source: source.map(str::to_owned),
        target: target.into(),
        read_only: false,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

fn with_mounts(mounts: Vec<Mount>) -> Container {
    Container { mounts, ..web() }
}

fn attachment(name: &str, aliases: &[&str]) -> Attachment {
    Attachment { name: name.into(), aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(), ..Attachment::default() }
}

fn with_networks(networks: Vec<Attachment>) -> Container {
    Container { network: Network::Networks(networks), ..web() }
}

fn with_flag(flag: &str, values: &[&str]) -> Container {
    Container { flags: [(flag.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())].into(), ..web() }
}

fn with_test(test: HealthTest) -> Container {
    Container { health: Some(Health { test: Some(test), ..Health::default() }), ..web() }
}

#[test]
fn what_podman_lacks_is_refused() {
    let option = |key: &str| Attachment { options: [(key.to_owned(), "1".to_owned())].into(), ..attachment("n", &[]) };
    let cases = [
        with_networks(vec![option("gw-priority")]),
        with_networks(vec![Attachment { link_local: vec!["169.254.8.1".into()], ..attachment("n", &[]) }]),
        with_flag("domainname", &["example.org"]),
        with_flag("isolation", &["default"]),
        with_flag("gpus", &["all"]),
        with_flag("link", &["redis:r"]),
        with_flag("use-api-socket", &["true"]),
        Container { ports: vec![port(None, Some("9000-9005"), "80", "tcp")], ..web() },
        Container { entrypoint: Some("[\"a\"]".into()), ..web() },
        Container { health: Some(Health { test: None, options: [("interval".into(), "5s".into())].into() }), ..web() },
    ];
    for container in cases {
        assert!(!refused(&container, Backend::Podman).is_empty());
        kept(&container, Backend::Docker);
    }
    assert!(refused(&Container { sdnotify: Some("healthy".into()), ..web() }, Backend::Docker).contains("docker cannot"));
}

fn port(host_ip: Option<&str>, published: Option<&str>, target: &str, protocol: &str) -> Publish {
    Publish { host_ip: host_ip.map(Into::into), published: published.map(Into::into), target: target.into(), protocol: protocol.into() }
}

#[test]
fn ports() {
    let container = Container {
        ports: vec![
            port(None, None, "3000", "tcp"),
            port(Some("127.0.0.1"), Some("8001"), "8001", "tcp"),
            port(Some("127.0.0.1"), None, "80", "udp"),
            port(Some("::1"), Some("7"), "7", "tcp"),
            port(None, Some("9090-9091"), "8080-8081", "sctp"),
        ],
        ..web()
    };
    for backend in BOTH {
        let words = kept(&container, backend);
        let ports: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "-p").collect();
        assert_eq!(ports, ["3000", "127.0.0.1:8001:8001", "127.0.0.1::80/udp", "[::1]:7:7", "9090-9091:8080-8081/sctp", "nginx:1.27"]);
        assert!(!refused(&Container { ports: vec![port(None, Some("1-3"), "1-2", "tcp")], ..web() }, backend).is_empty());
    }
}

#[test]
fn health_checks() {
    let shell = with_test(HealthTest::Shell("curl -f http://x || exit 1".into()));
    let none = with_test(HealthTest::None);
    for backend in BOTH {
        assert_eq!(kept(&shell, backend)[0], "--health-cmd=curl -f http://x || exit 1");
        assert_eq!(kept(&none, backend)[0], "--no-healthcheck");
    }
    let exec = |words: &[&str]| with_test(HealthTest::Exec(words.iter().map(|word| (*word).to_owned()).collect()));
    assert!(refused(&exec(&["curl", "-f"]), Backend::Docker).contains("shell"));
    assert_eq!(kept(&exec(&["curl", "-f", "http://x y"]), Backend::Podman)[0], r#"--health-cmd=["curl","-f","http://x y"]"#);
    // A list of one word is a text for the shell.
    assert_eq!(kept(&exec(&["/healthy"]), Backend::Podman)[0], "--health-cmd=CMD /healthy");
    assert!(!refused(&exec(&["/a b"]), Backend::Podman).is_empty());
    for text in ["CMD x", "none", "[\"a\"]", "null", "cmd-shell y"] {
        let container = with_test(HealthTest::Shell(text.into()));
        assert_eq!(kept(&container, Backend::Podman)[0], format!("--health-cmd=CMD-SHELL {text}"));
        assert_eq!(kept(&container, Backend::Docker)[0], format!("--health-cmd={text}"));
    }
    let mut timed = shell.clone();
    timed.health.as_mut().unwrap().options =
        [("interval", "1m30s"), ("retries", "3"), ("start-interval", "5s"), ("start-period", "40s"), ("timeout", "10s")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    assert!(kept(&timed, Backend::Docker).contains(&"--health-start-interval=5s".to_owned()));
    assert!(kept(&timed, Backend::Podman).contains(&"--health-startup-interval=5s".to_owned()));
}

#[test]
fn lists_of_podman_are_split_at_commas() {
    let container = with_flag("device-cgroup-rule", &["c 1,3 mr", "a \"b\""]);
    assert_eq!(kept(&container, Backend::Docker)[0], "--device-cgroup-rule=c 1,3 mr");
    assert_eq!(kept(&container, Backend::Podman)[..2], ["--device-cgroup-rule=\"c 1,3 mr\"", "--device-cgroup-rule=\"a \"\"b\"\"\""]);
}

#[test]
fn order_and_number_of_values_are_kept() {
    for backend in BOTH {
        let words = kept(&with_flag("dns", &["8.8.8.8", "8.8.4.4", "1.1.1.1"]), backend);
        assert_eq!(words, ["--dns=8.8.8.8", "--dns=8.8.4.4", "--dns=1.1.1.1", "nginx:1.27"]);
        assert!(refused(&with_flag("memory", &["1", "2"]), backend).contains("one value"));
        assert!(refused(&with_flag("frobnicate", &["1"]), backend).contains("--frobnicate"));
    }
    // Waited for in the foreground.
    let once = Container { sdnotify: Some("ignore".into()), flags: [("detach".into(), vec!["false".into()])].into(), ..web() };
    let words = argv("web", &written(&once, Backend::Podman), Backend::Podman).unwrap();
    assert!(words.ends_with(&["--sdnotify=ignore".into(), "--detach=false".into(), "nginx:1.27".into()]), "{words:?}");
    kept(&once, Backend::Podman);
    assert!(!refused(&once, Backend::Docker).is_empty());
}

#[test]
fn what_the_module_does_not_quote_is_checked() {
    for backend in BOTH {
        assert!(refused(&Container { image: "a b".into(), ..web() }, backend).contains("image"));
        assert!(refused(&Container { image: "$(id)".into(), ..web() }, backend).contains("image"));
        assert!(refused(&Container { log_driver: Some("a;b".into()), ..web() }, backend).contains("log driver"));
        assert!(write("a b", &web(), backend).is_err());
        let text = format!("{}x", crate::nix::REFERENCE.0);
        assert!(refused(&Container { user: Some(text), ..web() }, backend).contains("cannot be written"));
    }
    kept(&Container { image: "reg.example.org:5000/a/b@sha256:0123abcd".into(), ..web() }, Backend::Docker);
}

#[test]
fn references_are_names_in_the_text() {
    let secret = reference("config.sops.secrets.\"db,1 \\\"x\\\"\".path");
    let plain = reference("config.age.secrets.\"web\".path");
    let container = Container {
        environment: [("A".to_owned(), format!("x-{plain}"))].into_iter().collect(),
        environment_files: vec![plain.clone()],
        mounts: vec![
            Mount { read_only: true, ..mount("bind", Some(&plain), "/run/secrets/db", &[]) },
            mount("bind", Some(&secret), "/x", &[("create", "false")]),
        ],
        flags: [("dns".to_owned(), vec![plain.clone()])].into(),
        ..web()
    };
    for backend in BOTH {
        let bindings = write("web", &container, backend).unwrap();
        let of = |name: &str| bindings.iter().find(|binding| binding.path == [name]).unwrap().value.clone();
        let Expr::List(files) = of("environmentFiles") else { panic!() };
        assert_eq!(files[0].value, Expr::name("config.age.secrets.web.path"));
        let name = Piece::Expr(Expr::name("config.age.secrets.web.path"));
        let Expr::List(volumes) = of("volumes") else { panic!() };
        assert_eq!(volumes[0].value, Expr::Str(vec![name, Piece::Text(":/run/secrets/db:ro".into())]));
    }
    let mut read_back = container.clone();
    // The little reader of these tests does not quote names.
    read_back.mounts.pop();
    kept(&read_back, Backend::Docker);
    kept(&read_back, Backend::Podman);
    let words = argv_of(&container);
    assert!(words.contains(&format!("--mount=type=bind,source={secret},target=/x")), "{words:?}");
    let (_, parsed) = parse(&words, Backend::Docker).unwrap();
    assert_eq!(parsed, container);
}

/// The words of docker, references as they are.
fn argv_of(container: &Container) -> Vec<String> {
    fn shown(expression: &Expr) -> Value {
        match expression {
            Expr::Name(parts) => {
                let quote = |part: &String| format!("\"{}\"", part.replace('"', "\\\""));
                let quoted = parts.iter().map(|part| if crate::nix::plain_name(part) { part.clone() } else { quote(part) });
                Value::Reference(quoted.collect::<Vec<_>>().join("."))
            }
            Expr::Str(pieces) => Value::Str(
                pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Expr(inner) => shown(inner).as_text().unwrap(),
                    })
                    .collect(),
            ),
            Expr::List(items) => Value::List(items.iter().map(|item| shown(&item.value)).collect()),
            Expr::Attrs(bindings) => Value::Attrs(bindings.iter().map(|b| (b.path[0].clone(), shown(&b.value))).collect()),
            other => value(other),
        }
    }
    argv("web", &shown(&Expr::Attrs(write("web", container, Backend::Docker).unwrap())), Backend::Docker).unwrap()
}

#[test]
fn comments_can_follow_their_keys() {
    let container = Container {
        environment: [("A".to_owned(), "1".to_owned())].into_iter().collect(),
        ports: vec![port(None, Some("80"), "80", "tcp")],
        mounts: vec![mount("volume", None, "/a", &[])],
        network: Network::Networks(vec![attachment("demo_default", &["web"])]),
        flags: [
            ("dns".to_owned(), vec!["8.8.8.8".to_owned()]),
            ("memory".to_owned(), vec!["1".to_owned()]),
            ("sysctl".to_owned(), vec!["a.b=1".to_owned()]),
        ]
        .into(),
        ..web()
    };
    let mut found = Vec::new();
    abouts(&Expr::Attrs(write("web", &container, Backend::Docker).unwrap()), &mut found);
    assert_eq!(
        found,
        [
            "image",
            "environment",
            "environment.A",
            "volumes",
            "volumes[0]",
            "ports",
            "ports[0]",
            "networks",
            "networks.demo_default",
            "dns[0]",
            "mem_limit",
            "sysctls.a.b"
        ]
    );
}

#[test]
fn the_module_is_emulated() {
    let container = Container {
        entrypoint: Some("/bin/x".into()),
        args: vec!["-v".into(), "a b".into()],
        environment: [("B".to_owned(), "2".to_owned()), ("A".to_owned(), "1".to_owned())].into_iter().collect(),
        labels: [("x.y".to_owned(), "z".to_owned())].into_iter().collect(),
        capabilities: (["NET_ADMIN".to_owned()].into(), ["ALL".to_owned()].into()),
        user: Some("1000:1000".into()),
        working_dir: Some("/w".into()),
        hostname: Some("h".into()),
        privileged: true,
        devices: vec!["/dev/null:/dev/null:rwm".into()],
        pull: Some("always".into()),
        log_driver: Some("local".into()),
        log_options: [("max-size".to_owned(), "10m".to_owned())].into_iter().collect(),
        depends_on: ["db".to_owned()].into(),
        auto_start: false,
        auto_remove: false,
        ..web()
    };
    let words = argv("web", &written(&container, Backend::Docker), Backend::Docker).unwrap();
    let expected = "docker run --name=web --log-driver=local --entrypoint=/bin/x --hostname=h -e A=1 -e B=2 -u 1000:1000 -l x.y=z -w /w \
                    --privileged --cap-add=NET_ADMIN --cap-drop=ALL --device=/dev/null:/dev/null:rwm --pull always --log-opt=max-size=10m \
                    nginx:1.27 -v";
    let expected: Vec<&str> = expected.split_whitespace().chain(["a b"]).collect();
    assert_eq!(words, expected);
    for backend in BOTH {
        kept(&container, backend);
    }
    let words = argv("web", &written(&web(), Backend::Podman), Backend::Podman).unwrap();
    assert_eq!(
        words.join(" "),
        "podman run --name=web --log-driver=journald --cidfile=/run/web/ctr-id --cgroups=enabled --sdnotify=conmon -d --replace --rm --pull missing nginx:1.27"
    );
}

#[test]
fn an_entry_that_the_module_refuses_is_an_error() {
    let with = |name: &str, value: Value| {
        let Value::Attrs(mut attrs) = written(&web(), Backend::Docker) else { panic!() };
        attrs.insert(name.into(), value);
        argv("web", &Value::Attrs(attrs), Backend::Docker)
    };
    assert!(with("imagee", Value::Str("x".into())).unwrap_err().contains("`imagee`"));
    assert!(with("user", Value::Int(1)).is_err());
    assert!(with("cmd", Value::Str("x".into())).is_err());
    assert!(with("environment", Value::Attrs([("A".to_owned(), Value::Int(1))].into_iter().collect())).is_err());
    assert!(with("podman", Value::Attrs(crate::ordered::IndexMap::default())).is_err());
    assert!(with("pull", Value::Str("daily".into())).is_err());
    assert!(with("environmentFiles", Value::List(vec![Value::Str("web.env".into())])).is_err());
}

#[test]
fn flags_are_taken_apart_as_the_programs_do() {
    let run = |words: &str, backend: Backend| {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        parse(&words, backend).map(|(_, container)| container)
    };
    let container = run(
        "docker run --name web -itp80:80 -e=A=1 --read-only=false --init=false --dns 1.1.1.1 --memory=1 -m 2 img -p 1",
        Backend::Docker,
    )
    .unwrap();
    assert_eq!(container.flags.keys().collect::<Vec<_>>(), ["dns", "init", "interactive", "memory", "tty"]);
    assert_eq!(container.flags["init"], ["false"], "it may be on for all containers");
    assert_eq!(container.flags["memory"], ["2"]);
    assert_eq!(container.ports, [port(None, Some("80"), "80", "tcp")]);
    assert_eq!(container.args, ["-p", "1"]);
    let listed = run("podman run --name=web -d --dns=1.1.1.1,8.8.8.8 img", Backend::Podman).unwrap();
    assert_eq!(listed.flags["dns"], ["1.1.1.1", "8.8.8.8"]);
    for wrong in ["--name=web --bogus img", "--name=web", "--name=web -e A img", "img", "--name=web --init=maybe img", "--name=web -d img"]
    {
        assert!(run(&format!("docker run {wrong}"), Backend::Docker).is_err(), "{wrong}");
    }
    assert!(run("podman run --name=web -d --network=n:gw-priority=1 img", Backend::Podman).is_err());
    assert!(run("podman run --name=web -d --domainname=x img", Backend::Podman).is_err());
}

#[test]
fn what_the_writer_would_lose_shows() {
    let container = Container {
        mounts: vec![mount("bind", Some("/x"), "/x", &[]), mount("bind", Some("/x"), "/y", &[])],
        network: Network::Networks(vec![attachment("a", &["web"]), attachment("b", &["web"])]),
        flags: [("dns".to_owned(), vec!["8.8.8.8".to_owned(), "8.8.4.4".to_owned()])].into(),
        ..web()
    };
    for backend in BOTH {
        let change = |change: &dyn Fn(&mut crate::ordered::IndexMap<String, Value>)| {
            let Value::Attrs(mut attrs) = written(&container, backend) else { panic!() };
            change(&mut attrs);
            read("web", &Value::Attrs(attrs), backend).unwrap()
        };
        assert_eq!(change(&|_| {}), container);
        assert_ne!(change(&|attrs| drop(items(attrs, "volumes").pop())), container);
        assert_ne!(change(&|attrs| items(attrs, "volumes").reverse()), container);
        assert_ne!(change(&|attrs| items(attrs, "extraOptions").reverse()), container);
        assert_ne!(change(&|attrs| items(attrs, "networks")[1] = Value::Str("b".into())), container);
        assert_ne!(change(&|attrs| items(attrs, "networks").reverse()), container);
        assert_ne!(change(&|attrs| drop(attrs.insert("autoRemoveOnStop".into(), Value::Bool(false)))), container);
        assert_ne!(change(&|attrs| drop(attrs.insert("dependsOn".into(), Value::List(vec![Value::Str("x".into())])))), container);
    }
}

#[test]
fn gpus_keep_their_quotes() {
    let gpus = with_flag("gpus", &["\"device=0,3\",driver=nvidia"]);
    assert_eq!(kept(&gpus, Backend::Docker)[0], "--gpus=\"device=0,3\",driver=nvidia");
}

/// Every flag that is written, with a value that both backends take where they know it.
fn flag_forms() -> Vec<(String, Vec<String>)> {
    let list = "add-host=a:1.2.3.4|b:::1|h:host-gateway;blkio-weight=300;blkio-weight-device=/dev/sda:400;cgroup-parent=m-x;cgroupns=host;\
                cpu-period=100000;cpu-quota=50000;cpu-rt-period=1400;cpu-rt-runtime=400;cpu-shares=512;cpus=0.5;cpuset-cpus=0,1;cpuset-mems=0;\
                device-cgroup-rule=c 1:3 mr;device-read-bps=/dev/sdb:12mb;device-read-iops=/dev/sdb:120;device-write-bps=/dev/sdb:1024k;\
                device-write-iops=/dev/sdb:30;dns=8.8.8.8|1.1.1.1;dns-option=use-vc;dns-search=a.example|b.example;expose=3000|8000-8002/udp;\
                group-add=mail|999;init=true;interactive=true;ipc=host;memory=67108864;memory-reservation=33554432;memory-swap=134217728;\
                memory-swappiness=10;oom-kill-disable=true;oom-score-adj=500;pid=host;pids-limit=64;platform=linux/arm64;read-only=true;\
                runtime=runsc;security-opt=no-new-privileges:true|apparmor:unconfined;shm-size=67108864;stop-signal=SIGUSR1;stop-timeout=90;\
                storage-opt=size=1G;sysctl=net.core.somaxconn=1024;tty=true;ulimit=nproc=65535|nofile=20000:40000;userns=host;uts=host;\
                volumes-from=db:ro;mac-address=02:42:ac:11:65:43";
    let flags = list.split(';').map(|flag| flag.split_once('=').unwrap());
    flags.map(|(name, values)| (name.to_owned(), values.split('|').map(str::to_owned).collect())).collect()
}

fn docker_only() -> Vec<(String, Vec<String>)> {
    [
        ("domainname", "example.org"),
        ("gpus", "all,driver=nvidia"),
        ("isolation", "default"),
        ("link", "redis:r"),
        ("use-api-socket", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
    .into()
}

#[test]
fn every_flag_comes_back() {
    for (name, values) in flag_forms() {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        for backend in BOTH {
            kept(&with_flag(&name, &values), backend);
        }
    }
    for (name, values) in docker_only() {
        kept(&with_flag(&name, &[values[0].as_str()]), Backend::Docker);
    }
}

fn abouts(expression: &Expr, out: &mut Vec<String>) {
    match expression {
        Expr::List(items) => items.iter().for_each(|item| {
            out.extend(item.about.clone());
            abouts(&item.value, out);
        }),
        Expr::Attrs(bindings) => bindings.iter().for_each(|binding| {
            out.extend(binding.about.clone());
            abouts(&binding.value, out);
        }),
        _ => {}
    }
}

fn items<'a>(attrs: &'a mut crate::ordered::IndexMap<String, Value>, name: &str) -> &'a mut Vec<Value> {
    match attrs.get_mut(name) {
        Some(Value::List(items)) => items,
        other => panic!("{other:?}"),
    }
}
