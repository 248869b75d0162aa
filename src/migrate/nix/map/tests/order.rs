//! Units: what starts when, and again, and what makes networks, volumes and images.

use super::{DOCKER, PODMAN, app, container, mapped, mapped_by, options, said, unit};
use crate::migrate::nix::normal::{Command, Unit};
use crate::migrate::nix::{AutoUpdate, Builds, Class, Names};

fn service<'u>(unit: &'u Unit, key: &str) -> Option<&'u str> {
    unit.service.get(key).map(String::as_str)
}

fn section<'u>(unit: &'u Unit, key: &str) -> Option<&'u str> {
    unit.unit.get(key).map(String::as_str)
}

/// The words of a command, in one line.
fn line(command: &Command) -> String {
    match command {
        Command::Run(words) => words.join(" "),
        Command::Try(words) => format!("try {}", words.join(" ")),
        Command::Unless(test, words) => format!("{} || {}", test.join(" "), words.join(" ")),
        Command::Healthy(name) => format!("healthy {name}"),
        Command::Started(name) => format!("started {name}"),
        Command::IfChanged(what, by, then) => format!("{} | {} | {}", what.join(" "), by.join(" "), then.join(" ")),
    }
}

#[test]
fn restart_is_the_business_of_systemd() {
    for (lines, restart, burst, interval) in [
        ("", "no", None, None),
        ("restart: \"no\"", "no", None, None),
        ("restart: always", "always", None, Some("0")),
        ("restart: unless-stopped", "always", None, Some("0")),
        ("restart: on-failure", "on-failure", None, Some("0")),
        ("restart: on-failure:3", "on-failure", Some("4"), Some("infinity")),
        ("restart: always\ndeploy: {restart_policy: {condition: on-failure, max_attempts: 2}}", "on-failure", Some("3"), Some("infinity")),
        ("deploy: {restart_policy: {condition: none}}", "no", None, None),
        ("deploy: {restart_policy: {condition: any}}", "always", None, Some("0")),
    ] {
        let mapped = mapped(&app(lines, ""), DOCKER);
        let unit = unit(&mapped, "docker-t-app-1");
        assert_eq!(service(unit, "Restart"), Some(restart), "{lines}");
        assert_eq!(section(unit, "StartLimitBurst"), burst, "{lines}");
        assert_eq!(section(unit, "StartLimitIntervalSec"), interval, "{lines}");
        assert_eq!(service(unit, "RestartMaxDelaySec").is_some(), restart != "no", "{lines}");
    }
}

#[test]
fn a_long_farewell_is_longer_than_that_of_the_module() {
    for (grace, wanted) in [("10s", None), ("1m50s", None), ("5m", Some("310"))] {
        let mapped = mapped(&app(&format!("stop_grace_period: {grace}"), ""), DOCKER);
        assert_eq!(service(unit(&mapped, "docker-t-app-1"), "TimeoutStopSec"), wanted, "{grace}");
    }
}

const CHAIN: &str = "
name: t
services:
  app:
    image: img
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
      cache: {condition: service_started, required: false}
  db: {image: img, healthcheck: {test: x}}
  migrate: {image: img, restart: on-failure}
  cache: {image: img}
";

#[test]
fn dependencies_with_docker() {
    let mapped = mapped(CHAIN, DOCKER);
    let app = container(&mapped, "t-app-1");
    assert_eq!(app.depends_on.iter().collect::<Vec<_>>(), ["t-db-1", "t-migrate-1"]);
    let app = unit(&mapped, "docker-t-app-1");
    assert_eq!(app.pre_start, [Command::Healthy("t-db-1".into())]);
    assert_eq!(app.wants.iter().collect::<Vec<_>>(), ["docker-t-cache-1.service"]);
    assert!(app.after.contains("docker-t-cache-1.service"));
    let migrate = unit(&mapped, "docker-t-migrate-1");
    assert_eq!(
        ["Type", "RemainAfterExit", "Restart", "RestartSec"].map(|k| service(migrate, k)),
        [Some("oneshot"), Some("true"), Some("no"), None]
    );
    assert!(said(&mapped, Class::Different).iter().any(|r| r.starts_with("services.migrate.restart: ")));
    assert!(container(&mapped, "t-migrate-1").flags.is_empty());
}

#[test]
fn dependencies_with_podman() {
    let mapped = mapped(CHAIN, PODMAN);
    assert!(unit(&mapped, "podman-t-app-1").pre_start.is_empty());
    assert_eq!(container(&mapped, "t-db-1").sdnotify.as_deref(), Some("healthy"));
    let migrate = container(&mapped, "t-migrate-1");
    assert_eq!(migrate.sdnotify.as_deref(), Some("ignore"));
    assert_eq!(migrate.flags["detach"], ["false"]);
}

#[test]
fn a_check_that_is_switched_off_is_not_waited_for() {
    let text = app("depends_on: {sick: {condition: service_healthy}}", "")
        .replace("  db:", "  sick: {image: img, healthcheck: {disable: true}}\n  db:");
    let mapped = mapped(&text, DOCKER);
    assert!(said(&mapped, Class::Unmapped)[0].starts_with("services.app.depends_on.sick.condition: "));
    let unknown = super::mapped(&app("depends_on: {db: {condition: service_healthy}}", ""), DOCKER);
    assert!(said(&unknown, Class::Different).iter().any(|r| r.contains("so its image must have one")));
}

#[test]
fn units_that_wait_for_each_other_are_refused() {
    let text = app("depends_on: [db]", "").replace("ipc: shareable", "network_mode: \"container:t-app-1\"");
    let mapped = mapped(&text, DOCKER);
    assert_eq!(mapped.cycles, [["docker-t-app-1", "docker-t-db-1"]]);
    let mut options = options(DOCKER);
    options.allow_unmapped = vec!["all".into()];
    let refused: Vec<_> = mapped.refused(&options).map(|r| r.message.as_str()).collect();
    assert!(refused[0].contains("`docker-t-app-1` → `docker-t-db-1` → `docker-t-app-1`"), "{refused:?}");
}

#[test]
fn networks_have_a_unit_each() {
    let top = r#"
networks:
  back:
    driver: bridge
    driver_opts: {a: "b c"}
    internal: true
    attachable: true
    enable_ipv6: true
    labels: {desc: two words}
    ipam: {driver: default, config: [{subnet: 10.1.0.0/16, gateway: 10.1.0.1, ip_range: 10.1.1.0/24, aux_addresses: {a: 10.1.0.9}}], options: {x: y}}
  out: {external: true, name: proxy}
  unused: {}
"#;
    let text = app("networks: [back, out]", top);
    let on_docker = mapped(&text, DOCKER);
    let back = unit(&on_docker, "docker-network-t_back");
    assert_eq!(
        back.script.iter().map(line).collect::<Vec<_>>(),
        ["docker network inspect t_back || docker network create --driver=bridge --opt=a=b c --internal --attachable --ipv6=true \
          --ipam-driver=default --subnet=10.1.0.0/16 --gateway=10.1.0.1 --ip-range=10.1.1.0/24 --aux-address=a=10.1.0.9 \
          --label=com.docker.compose.project=t --label=com.docker.compose.network=back --label=desc=two words t_back"]
    );
    assert_eq!(back.pre_stop.iter().map(line).collect::<Vec<_>>(), ["try docker network rm -f t_back"]);
    assert!(back.part_of.contains("compose-t.target") && back.after.contains("docker.service"));
    let app = unit(&on_docker, "docker-t-app-1");
    assert!(app.requires.contains("docker-network-t_back.service") && app.wants.contains("docker-network-proxy.service"));
    assert_eq!(
        on_docker.stack.units.keys().filter(|u| u.contains("network")).collect::<Vec<_>>(),
        ["docker-network-t_back", "docker-network-t_default"]
    );
    assert_eq!(on_docker.owners["docker-network-t_back"], "networks.back");

    let on_podman = mapped(&text, PODMAN);
    assert_eq!(
        unit(&on_podman, "podman-network-t_back").script.iter().map(line).collect::<Vec<_>>(),
        ["podman network inspect t_back || podman network create --driver=bridge --opt=a=b c --internal --ipv6=true --subnet=10.1.0.0/16 \
          --gateway=10.1.0.1 --ip-range=10.1.1.0/24 --label=com.docker.compose.project=t --label=com.docker.compose.network=back \
          --label=desc=two words t_back"]
    );
}

#[test]
fn volumes_have_a_unit_that_never_removes_them() {
    let top = "
volumes:
  nas: {driver: local, driver_opts: {type: none, o: bind, device: /mnt/my nas}, labels: {a: b}}
  theirs: {external: true}
";
    let mapped = mapped(&app("volumes: [\"nas:/n\", \"theirs:/t\"]", top), DOCKER);
    let nas = unit(&mapped, "docker-volume-t_nas");
    assert_eq!(
        nas.script.iter().map(line).collect::<Vec<_>>(),
        ["docker volume inspect t_nas || docker volume create --driver=local --opt=type=none --opt=o=bind --opt=device=/mnt/my nas \
          --label=com.docker.compose.project=t --label=com.docker.compose.volume=nas --label=a=b t_nas"]
    );
    assert!(nas.pre_stop.is_empty());
    assert_eq!(section(nas, "RequiresMountsFor"), Some("\"/mnt/my nas\""));
    let app = unit(&mapped, "docker-t-app-1");
    assert!(app.requires.contains("docker-volume-t_nas.service"));
    assert_eq!(app.pre_start.iter().map(line).collect::<Vec<_>>(), ["docker volume inspect --format={{.Name}} theirs"]);
    assert!(!mapped.stack.units.contains_key("docker-volume-theirs"));
}

#[test]
fn images_are_built_by_a_unit() {
    let lines = r#"build:
  context: ./src
  dockerfile: a/Dockerfile
  args: {A: "$$(id)", B: null}
  additional_contexts: {base: "service:other"}
  secrets: [s]
  target: prod
  tags: [x:1]
  platforms: [linux/amd64]
  ulimits: {nofile: 5}"#;
    let text =
        app(lines, "secrets: {s: {file: ./s}}\n").replace("  db:", "  other: {build: {dockerfile_inline: \"FROM a\\nRUN b\"}}\n  db:");
    let on_docker = mapped(&text, DOCKER);
    let build = unit(&on_docker, "docker-build-t-app");
    assert_eq!(
        build.script.iter().map(line).collect::<Vec<_>>(),
        ["docker image inspect t-app || docker build --tag=t-app --tag=x:1 --file=/p/src/a/Dockerfile --build-arg=A=$(id) --target=prod \
          --ulimit=nofile=5 --platform=linux/amd64 --build-context=base=docker-image://t-other --secret=id=s,src=/p/s /p/src"]
    );
    assert!(build.requires.contains("docker-build-t-other.service"));
    let inline = line(&unit(&on_docker, "docker-build-t-other").script[0]);
    assert!(inline.contains(&crate::nix::reference(r#"pkgs.writeText "Dockerfile" "FROM a\nRUN b""#)), "{inline}");
    assert!(unit(&on_docker, "docker-t-app-1").requires.contains("docker-build-t-app.service"));

    let mut options = options(DOCKER);
    options.builds = Builds::None;
    let none = mapped_by(&text, &options);
    assert!(!none.stack.units.keys().any(|u| u.contains("build")));
    assert_eq!(container(&none, "t-app-1").pull.as_deref(), Some("never"));
}

#[test]
fn profiles_are_targets() {
    let text = app("profiles: [debug, \"a b\"]", "");
    let on_docker = mapped(&text, DOCKER);
    assert_eq!(
        serde_json::to_string(&on_docker.stack.targets).unwrap(),
        r#"{"compose-t":["multi-user.target"],"compose-t-profile-debug":[],"compose-t-profile-a-b":[]}"#
    );
    let app = unit(&on_docker, "docker-t-app-1");
    assert_eq!(app.wanted_by.iter().collect::<Vec<_>>(), ["compose-t-profile-a-b.target", "compose-t-profile-debug.target"]);
    assert!(app.part_of.contains("compose-t.target"));
    let mut options = options(DOCKER);
    options.profiles = vec!["debug".into()];
    let chosen = mapped_by(&text, &options);
    assert!(container(&chosen, "t-app-1").auto_start);
    assert!(unit(&chosen, "docker-t-app-1").wanted_by.contains("compose-t.target"));
}

#[test]
fn replicas_are_containers_of_their_own() {
    let mut options = options(DOCKER);
    let text = app("scale: 2", "");
    assert_eq!(mapped_by(&text, &options).services["app"], ["t-app-1", "t-app-2"]);
    options.names = Names::ProjectService;
    assert_eq!(mapped_by(&text, &options).services["app"], ["t-app-1", "t-app-2"]);
    let one = mapped_by(&app("", ""), &options);
    assert_eq!(one.services["app"], ["t-app"]);
}

#[test]
fn hooks_are_run_in_the_container() {
    let lines = "post_start: [{command: [./a.sh, x y], user: root, environment: [A=b]}]\npre_stop: [{command: ./b.sh, privileged: true}]";
    let on_podman = mapped(&app(lines, ""), PODMAN);
    let unit_ = unit(&on_podman, "podman-t-app-1");
    assert_eq!(
        unit_.post_start,
        [Command::Run(["podman", "exec", "--user=root", "--env=A=b", "t-app-1", "./a.sh", "x y"].map(String::from).into())]
    );
    assert_eq!(unit_.pre_stop.iter().map(line).collect::<Vec<_>>(), ["try podman exec --privileged t-app-1 ./b.sh"]);
    let on_docker = mapped(&app(lines, ""), DOCKER);
    assert_eq!(line(&unit(&on_docker, "docker-t-app-1").post_start[0]), "started t-app-1");
}

#[test]
fn timers_pull_and_restart() {
    let mut options = options(DOCKER);
    let daily = mapped_by(&app("pull_policy: every_6h\nscale: 2", ""), &options);
    assert_eq!(serde_json::to_string(&daily.stack.timers).unwrap(), r#"{"docker-pull-t-app-1":"0/6:00:00"}"#);
    assert_eq!(
        line(&unit(&daily, "docker-pull-t-app-1").script[0]),
        "docker image inspect --format={{.Id}} img | docker pull --quiet img | \
         systemctl try-restart docker-t-app-1.service docker-t-app-2.service"
    );
    options.auto_update = AutoUpdate::Timer;
    assert_eq!(mapped_by(&app("build: .", ""), &options).stack.timers.keys().collect::<Vec<_>>(), ["docker-pull-t-db-1"]);
    options.auto_update = AutoUpdate::PodmanLabel;
    assert_eq!(container(&mapped_by(&app("", ""), &options), "t-app-1").labels["io.containers.autoupdate"], "registry");
}

#[test]
fn paths_of_the_host() {
    let lines = r"volumes:
  - ./data:/data
  - /mnt/nas/films:/films
  - /tank/100% mine:/tank
  - ./nginx.conf:/etc/nginx/nginx.conf
  - ./conf.d:/etc/conf.d
  - /var/run/docker.sock:/var/run/docker.sock
  - /etc/localtime:/etc/localtime:ro
  - {type: bind, source: ./not, target: /not, bind: {create_host_path: false}}";
    let on_podman = mapped(&app(lines, ""), PODMAN);
    assert_eq!(
        on_podman.stack.tmpfiles,
        ["d \"/tank/100%% mine\" - - - -", "d /mnt/nas/films - - - -", "d /p/conf.d - - - -", "d /p/data - - - -"]
    );
    let mounts = section(unit(&on_podman, "podman-t-app-1"), "RequiresMountsFor").unwrap();
    assert!(mounts.contains("/mnt/nas/films") && mounts.contains("\"/tank/100%% mine\"") && !mounts.contains("/etc"), "{mounts}");
    assert!(said(&on_podman, Class::Different).iter().any(|r| r.contains("dockerSocket.enable")));
    assert!(mapped(&app(lines, ""), DOCKER).stack.tmpfiles.is_empty(), "docker makes them itself");
}
