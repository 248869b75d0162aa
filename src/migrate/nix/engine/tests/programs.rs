//! What the programs themselves say, where they are.

use std::collections::BTreeSet;

use super::*;

/// The flags that a program tells in its help; nothing if it is not here.
fn help(program: &str) -> Option<BTreeSet<String>> {
    let output = std::process::Command::new(program).args(["run", "--help"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let flags = text.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    Some(flags.map(str::to_owned).collect())
}

#[test]
fn the_programs_have_the_flags() {
    // Newer than the podman of some machines, or known to all of its commands.
    let unseen = ["health-startup-cmd", "health-startup-interval", "runtime", "storage-opt"];
    for backend in BOTH {
        let Some(known) = help(backend.command()) else {
            println!("{backend} is not here: its flags are not looked up");
            continue;
        };
        let flags = flag_forms().into_iter().chain(docker_only().into_iter().filter(|_| backend == Backend::Docker)).map(|(name, _)| name);
        for name in
            flags.chain(["mount".into(), "tmpfs".into(), "annotation".into(), "log-opt".into(), "no-healthcheck".into(), "volume".into()])
        {
            assert!(known.contains(&name) || unseen.contains(&name.as_str()), "{backend} has no --{name}");
        }
    }
}

/// What docker's client says of these words, without an engine; nothing if there is no docker.
fn docker_says(words: &[String]) -> Option<String> {
    let words: Vec<&String> = words.iter().skip(2).collect();
    let output = std::process::Command::new("docker").args(["-H", "tcp://127.0.0.1:1", "create"]).args(words).output().ok()?;
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_client_of_docker_takes_what_is_written() {
    let mut container = Container {
        annotations: [("a.b".to_owned(), "c,d".to_owned())].into_iter().collect(),
        ports: vec![
            port(Some("::1"), Some("7"), "7", "tcp"),
            port(Some("127.0.0.1"), None, "80", "udp"),
            port(None, Some("9000-9005"), "80", "tcp"),
        ],
        mounts: vec![
            mount("bind", Some("/x"), "/y", &[("bind-propagation", "rshared"), ("selinux", "Z")]),
            mount("bind", Some("/a,\"b\""), "/x", &[("bind-recursive", "disabled"), ("create", "false")]),
            mount("tmpfs", None, "/tmp", &[("tmpfs-mode", "1777"), ("tmpfs-size", "1048576")]),
            mount("tmpfs", None, "/run", &[("options", "mode=1777,size=64m")]),
            mount("volume", Some("v"), "/v", &[("volume-nocopy", "true"), ("volume-subpath", "a")]),
            mount("image", Some("busybox"), "/b", &[("image-subpath", "bin")]),
        ],
        network: Network::Networks(vec![
            Attachment { options: [("ip".into(), "10.0.0.2".into())].into(), ..attachment("Front", &["Web"]) },
            Attachment {
                options: [
                    ("gw-priority".into(), "1".into()),
                    ("ip6".into(), "fd00::2".into()),
                    ("mac-address".into(), "02:42:ac:11:65:43".into()),
                ]
                .into(),
                link_local: vec!["169.254.8.1".into()],
                driver_opts: [("a".into(), "x,y".into())].into_iter().collect(),
                ..attachment("back", &["web"])
            },
        ]),
        health: Some(Health {
            test: Some(HealthTest::Shell("true".into())),
            options: [("interval".into(), "1m30s".into()), ("retries".into(), "3".into()), ("start-interval".into(), "5s".into())].into(),
        }),
        flags: flag_forms()
            .into_iter()
            .chain(docker_only())
            .filter(|(name, _)| name != "use-api-socket" && name != "mac-address")
            .collect(),
        ..web()
    };
    container.flags.insert("gpus".into(), vec!["\"device=0,3\",driver=nvidia".into()]);
    // `docker create` has no `--rm` that is different, but all else.
    let words = argv("web", &written(&container, Backend::Docker), Backend::Docker).unwrap();
    match docker_says(&words) {
        None => println!("docker is not here: it is not asked"),
        Some(said) => assert!(said.contains("Cannot connect"), "{said}"),
    }
}
