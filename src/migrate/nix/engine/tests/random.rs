//! Containers by chance.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

fn text() -> impl Strategy<Value = String> {
    let odd = select(vec!["", "a b", "x,y", "it's", "\"q\"", "two\nlines", "${X}", "$$", "a=b", "ü", "--flag", "''", "[\"a\"]", "\\"]);
    prop_oneof![3 => "[a-z0-9/._-]{1,8}", 1 => odd.prop_map(str::to_owned), 1 => "[ -~]{0,8}", 1 => (0..3u8).prop_map(|n| format!("p{}s", reference(&format!("config.x{n}.path"))))]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{1,5}"
}

fn any_mount() -> impl Strategy<Value = Mount> {
    let bind = (name(), of(select(vec!["rshared", "private"])), of(select(vec!["z", "Z"])), any::<bool>(), of(Just("disabled"))).prop_map(
        |(source, propagation, selinux, create, recursive)| {
            let mut mount = mount("bind", Some(&format!("/{source}")), "", &[]);
            let mut put = |key: &str, value: Option<&str>| mount.options.extend(value.map(|value| (key.to_owned(), value.to_owned())));
            put("bind-propagation", propagation);
            put("selinux", selinux);
            put("create", create.then_some("false"));
            put("bind-recursive", recursive);
            mount
        },
    );
    let volume = (of("[a-z][a-z_]{0,3}"), any::<bool>(), of(text()), of(Just("Z"))).prop_map(|(source, nocopy, subpath, selinux)| {
        let mut mount = mount("volume", source.as_deref(), "", &[]);
        mount.options.extend(nocopy.then(|| ("volume-nocopy".to_owned(), "true".to_owned())));
        mount.options.extend(subpath.map(|subpath| ("volume-subpath".to_owned(), subpath)));
        mount.options.extend(selinux.map(|value| ("selinux".to_owned(), value.to_owned())));
        mount
    });
    let memory = (of("[0-7]{3,4}"), of("[0-9]{1,6}"), of("size=[0-9]{1,3}m,mode=1777")).prop_map(|(mode, size, options)| {
        let mut mount = mount("tmpfs", None, "", &[]);
        let entries = [("tmpfs-mode", mode), ("tmpfs-size", size), ("options", options)];
        mount.options.extend(entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        mount
    });
    let image = (name(), of(text())).prop_map(|(source, subpath)| {
        let mut mount = mount("image", Some(&source), "", &[]);
        mount.options.extend(subpath.map(|subpath| ("image-subpath".to_owned(), subpath)));
        mount
    });
    (prop_oneof![3 => bind, 3 => volume, 1 => memory, 1 => image], prop_oneof![4 => name(), 1 => text()], any::<bool>())
        .prop_map(|(mount, target, read_only)| Mount { target: format!("/{target}"), read_only, ..mount })
}

fn any_network() -> impl Strategy<Value = Network> {
    let addresses = btree_map(select(vec!["ip", "ip6", "mac-address", "gw-priority"]).prop_map(str::to_owned), name(), 0..3);
    let driver = btree_map(prop_oneof![name(), Just("com.docker.network.endpoint.ifname".to_owned())], text(), 0..2);
    let one = (
        prop_oneof![4 => name(), 1 => "[A-Z][a-z]{2}"],
        vec(prop_oneof![4 => name(), 1 => text()], 0..3),
        addresses,
        vec(name(), 0..2),
        driver,
    )
        .prop_map(|(name, aliases, options, link_local, driver_opts)| Attachment {
            name,
            aliases,
            options,
            link_local,
            driver_opts: driver_opts.into_iter().collect(),
        });
    let mode = select(vec!["host", "none", "bridge", "container:db"]).prop_map(|mode| Network::Mode(mode.into()));
    prop_oneof![4 => vec(one, 0..3).prop_map(Network::Networks), 1 => mode]
}

fn any_health() -> impl Strategy<Value = Health> {
    let test = prop_oneof![
        2 => text().prop_map(HealthTest::Shell),
        2 => vec(text(), 0..3).prop_map(HealthTest::Exec),
        1 => Just(HealthTest::None),
    ];
    let options = select(vec!["interval", "timeout", "start-period", "start-interval", "retries"]).prop_map(str::to_owned);
    (of(test), btree_map(options, "[1-9]s", 0..3)).prop_map(|(test, options)| Health { test, options })
}

prop_compose! {
    fn any_container()(
        words in (of(text()), vec(text(), 0..3), of(text()), of(text()), of(text())),
        maps in (btree_map(name(), text(), 0..3), btree_map(name(), text(), 0..3), btree_map(name(), text(), 0..2), btree_map(name(), text(), 0..2)),
        files in vec("/[a-z]{1,4}", 0..2),
        ports in vec((of(select(vec!["127.0.0.1", "::1"])), of("[1-9][0-9]{1,3}"), "[1-9][0-9]{1,3}", select(vec!["tcp", "udp"])), 0..3),
        mounts in vec(any_mount(), 0..4),
        network in any_network(),
        capabilities in (btree_set("[A-Z]{2}", 0..3), btree_set("[A-Z]{3}", 0..3)),
        devices in vec(text(), 0..2),
        switches in any::<[bool; 3]>(),
        modes in (of(select(vec!["always", "missing", "never"])), of(select(vec!["local", "journald"])), of(select(vec!["healthy", "conmon", "ignore"]))),
        health in of(any_health()),
        depends_on in btree_set(name(), 0..2),
        flags in subsequence(flag_forms().into_iter().chain(docker_only()).collect::<Vec<_>>(), 0..5),
    ) -> Container {
        let (entrypoint, args, user, working_dir, hostname) = words;
        Container {
            image_stream: false,
            image: "img:1".into(),
            entrypoint,
            args,
            environment: maps.0.into_iter().collect(),
            environment_files: files,
            labels: maps.1.into_iter().collect(),
            annotations: maps.2.into_iter().collect(),
            ports: ports.into_iter().map(|(ip, published, target, protocol)| port(ip, published.as_deref(), &target, protocol)).collect(),
            user,
            working_dir,
            hostname,
            mounts,
            network,
            capabilities,
            devices,
            privileged: switches[0],
            pull: modes.0.map(Into::into),
            log_driver: modes.1.map(Into::into),
            log_options: maps.3.into_iter().collect(),
            health,
            auto_start: switches[1],
            auto_remove: switches[2],
            sdnotify: modes.2.map(Into::into),
            depends_on: depends_on.into_iter().collect(),
            flags: flags.into_iter().collect(),
        }
    }
}

/// The container without what a backend cannot say, so that something is left to prove.
fn sayable(container: &Container, backend: Backend) -> Container {
    let mut out = container.clone();
    let fine = |container: &Container| write("web", container, backend).is_ok();
    let alone = |change: &dyn Fn(&mut Container)| {
        let mut one = web();
        change(&mut one);
        fine(&one)
    };
    out.mounts.retain(|mount| alone(&|one| one.mounts = vec![mount.clone()]));
    out.flags.retain(|name, values| alone(&|one| drop(one.flags.insert(name.clone(), values.clone()))));
    if !alone(&|one| one.network = container.network.clone()) {
        out.network = Network::default();
    }
    if !alone(&|one| one.health.clone_from(&container.health)) {
        out.health = None;
    }
    if !alone(&|one| one.sdnotify.clone_from(&container.sdnotify)) {
        out.sdnotify = None;
    }
    if !alone(&|one| one.entrypoint.clone_from(&container.entrypoint)) {
        out.entrypoint = None;
    }
    if !fine(&out) {
        out.flags.remove("mac-address");
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(container in any_container()) {
        for backend in BOTH {
            if let Ok(bindings) = write("web", &container, backend) {
                prop_assert_eq!(read("web", &attrs(&bindings), backend), Ok(container.clone()));
            }
            let container = sayable(&container, backend);
            let bindings = write("web", &container, backend);
            prop_assert!(bindings.is_ok(), "{:?} {:?}", bindings, container);
            prop_assert_eq!(read("web", &attrs(&bindings.unwrap()), backend), Ok(container));
        }
    }

    #[test]
    fn no_words_are_a_panic(words in vec(prop_oneof![text(), "--[a-z-]{2,8}(=[ -~]{0,8})?", "-[a-z]{1,3}", Just("--mount=type=bind,source=/x,target=/y".to_owned())], 0..8)) {
        for backend in BOTH {
            let mut all = vec![backend.command().to_owned(), "run".to_owned(), "--name=web".to_owned()];
            all.extend(words.clone());
            let _ = parse(&all, backend);
        }
    }
}
