//! `composelint diff` of a Compose file and a module of NixOS: nothing is told of a module that was just made, and every change of either is
//! told at its place.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and stands on the real disk

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{Answer, run, tree, write};
use serde_json::Value;
use tempfile::TempDir;

const SHOP: &str = include_str!("../testdata/diff/nix/compose.yaml");

/// A project and the module that is made of it, below `nix`.
fn made(compose: &str, arguments: &[&str]) -> TempDir {
    let dir = tree(&[("compose.yaml", compose), ("db.txt", "hunter2hunter2\n"), (".env", "TAG=1.27.3\n")]);
    fs::create_dir(dir.path().join("site")).unwrap();
    let answer = run(dir.path(), &[&["migrate", "--to", "nix", "--write", "--no-diff"], arguments].concat());
    assert_eq!(answer.code, 0, "{}", answer.all());
    dir
}

fn diff(dir: &TempDir, arguments: &[&str]) -> Answer {
    run(dir.path(), &[&["diff"], arguments].concat())
}

fn edit(dir: &TempDir, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(dir.path().join(path)).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    write(dir.path(), path, text.replace(from, to));
}

/// The line of the first place of a text, counted from 1.
fn line(dir: &TempDir, path: &str, needle: &str) -> u64 {
    let text = fs::read_to_string(dir.path().join(path)).unwrap();
    let line = text.lines().position(|l| l.contains(needle)).unwrap_or_else(|| panic!("{path} has no {needle}"));
    u64::try_from(line).unwrap() + 1
}

/// The changes that a run tells: class, path, and the line of each side.
fn changes(answer: &Answer) -> Vec<(String, String, Option<u64>, Option<u64>)> {
    let told: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|e| panic!("{e}: {}", answer.all()));
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |value: &Value| value["location"]["line"].as_u64();
    let projects = told["projects"].as_array().unwrap().iter();
    let all = projects.flat_map(|p| p["changes"].as_array().unwrap());
    all.map(|c| (word(&c["class"]), word(&c["path"]), line(&c["before"]), line(&c["after"]))).collect()
}

#[test]
fn what_was_just_made_is_the_same() {
    for arguments in [
        &["--backend", "docker"][..],
        &["--backend", "podman", "--accept-volume-move"],
        &["--names", "service", "--secrets", "agenix"],
        &["--layout", "per-service", "--secrets", "sops", "--auto-update", "timer"],
        &["--options"],
        &["--style", "compose-stack"],
    ] {
        let dir = made(SHOP, arguments);
        for sides in [["compose.yaml", "nix"], ["nix", "."]] {
            let answer = diff(&dir, &sides);
            assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{arguments:?} {sides:?}\n{}", answer.all());
        }
    }
}

#[test]
fn an_edit_of_the_module_is_told_where_it_is() {
    let dir = made(SHOP, &[]);
    let module = fs::read_to_string(dir.path().join("nix/shop.nix")).unwrap();
    let data = dir.path().canonicalize().unwrap().join("db.txt").display().to_string();
    // What is replaced, what stands there then, and what is told: the class, the path, what the line of the Compose file has, and that of the module.
    for (from, to, class, path, before, after) in [
        ("nginx:1.27.3", "nginx:1.27.4", "behaviour", "services.web.image", Some("image: nginx"), Some("nginx:1.27.4")),
        ("\"127.0.0.1:8080:80\"", "\"127.0.0.1:8080:80\" \"90:90\"", "exposure", "services.web.ports[90]", None, Some("90:90")),
        ("\"127.0.0.1:8080:80\"", "\"8080:80\"", "exposure", "services.web.ports[80]", Some("8080:80"), Some("8080:80")),
        ("\"shop_cache:/var/cache/nginx\"", "", "data", "services.web.volumes[/var/cache/nginx]", Some("- cache:"), None),
        ("shop_data", "shop_pgdata", "data", "volumes.data", Some("  data:"), Some("docker-volume-shop_pgdata = {")),
        (
            "\"--dns=9.9.9.9\"\n      \"--dns=1.1.1.1\"",
            "\"--dns=1.1.1.1\" \"--dns=9.9.9.9\"",
            "behaviour",
            "services.web.dns",
            Some("dns:"),
            Some("--dns"),
        ),
        (",alias=www", "", "behaviour", "services.web.networks.front.aliases[www]", Some("aliases:"), None),
        ("lib.mkForce \"no\"", "lib.mkForce \"on-failure\"", "behaviour", "services.job.restart", None, Some("on-failure")),
        (
            "--health-retries=5",
            "--health-retries=6",
            "behaviour",
            "services.db.healthcheck.retries",
            Some("retries: 5"),
            Some("--health-retries=6"),
        ),
        ("POSTGRES_USER = ", "EXTRA = \"1\";\n      POSTGRES_USER = ", "behaviour", "services.db.environment.EXTRA", None, Some("EXTRA =")),
        ("\"name=shop_front,alias=web,alias=www\"", "", "behaviour", "services.web.networks.front", Some("      front:"), None),
        (&data, "/etc/other", "behaviour", "services.db.volumes[/run/secrets/db]", Some("secrets: [db]"), Some("/etc/other")),
        ("\"--internal\"", "", "exposure", "networks.back.internal", Some("internal: true"), Some("docker-network-shop_back = {")),
        ("--memory=536870912", "--memory=1073741824", "behaviour", "services.db.mem_limit", Some("mem_limit"), Some("--memory=")),
        ("dependsOn = [ \"shop-db-1\" ];", "", "behaviour", "services.web.depends_on.db", Some("condition: service_healthy"), None),
        (
            "image = \"nginx",
            "privileged = true;\n    image = \"nginx",
            "exposure",
            "services.web.privileged",
            None,
            Some("privileged = true"),
        ),
    ] {
        let text = module.replace(from, to);
        assert_ne!(text, module, "the module has no {from}");
        write(dir.path(), "nix/shop.nix", text);
        let answer = diff(&dir, &["compose.yaml", "nix/shop.nix", "--format", "json"]);
        let told = changes(&answer);
        let [(told_class, told_path, old, new)] = told.as_slice() else { panic!("{from}: {told:?}\n{}", answer.all()) };
        assert_eq!((told_class.as_str(), told_path.as_str(), answer.code), (class, path, 1), "{from}");
        if let Some(before) = before {
            assert_eq!(*old, Some(line(&dir, "compose.yaml", before)), "{from}: the place in the Compose file");
        }
        if let Some(after) = after {
            assert_eq!(*new, Some(line(&dir, "nix/shop.nix", after)), "{from}: the place in the module");
        }
    }
}

#[test]
fn an_edit_of_the_compose_file_is_told_where_it_is() {
    let dir = made(SHOP, &[]);
    for (from, to, class, path, before, after) in [
        ("nginx:${TAG}", "nginx:1.28.0", "behaviour", "services.web.image", Some("nginx:1.27.3"), Some("nginx:1.28.0")),
        ("restart: unless-stopped", "restart: on-failure:3", "behaviour", "services.web.restart", Some("Restart = "), Some("on-failure")),
        ("      - cache:/var/cache/nginx\n", "", "data", "services.web.volumes[/var/cache/nginx]", Some("shop_cache:"), None),
        (
            "networks: [back]\n    healthcheck",
            "networks: [back, front]\n    healthcheck",
            "exposure",
            "services.db.networks.front",
            None,
            Some("[back, front]"),
        ),
        ("dns: [9.9.9.9, 1.1.1.1]", "dns: [1.1.1.1, 9.9.9.9]", "behaviour", "services.web.dns", Some("--dns="), Some("dns:")),
        ("file: ./db.txt", "file: ./new.txt", "behaviour", "services.db.volumes[/run/secrets/db]", Some("db.txt"), Some("secrets: [db]")),
        (
            "service_healthy",
            "service_started",
            "behaviour",
            "services.web.depends_on.db",
            Some("dependsOn"),
            Some("condition: service_started"),
        ),
        ("postgres:17.2", "postgres:18.0", "data", "services.db.image", Some("postgres:17.2"), Some("postgres:18.0")),
    ] {
        write(dir.path(), "compose.yaml", SHOP.replace(from, to));
        write(dir.path(), "new.txt", "x");
        let answer = diff(&dir, &["nix/shop.nix", ".", "--format", "json"]);
        let told = changes(&answer);
        let [(told_class, told_path, old, new)] = told.as_slice() else { panic!("{from}: {told:?}\n{}", answer.all()) };
        assert_eq!((told_class.as_str(), told_path.as_str(), answer.code), (class, path, 1), "{from}");
        if let Some(before) = before {
            assert_eq!(*old, Some(line(&dir, "nix/shop.nix", before)), "{from}: the place in the module");
        }
        if let Some(after) = after {
            assert_eq!(*new, Some(line(&dir, "compose.yaml", after)), "{from}: the place in the Compose file");
        }
    }
}

#[test]
fn what_many_units_have_in_common_is_told_where_it_is() {
    let dir = made(include_str!("../testdata/nix/projects/many/compose.yaml"), &[]);
    for sides in [["compose.yaml", "nix"], ["nix", "."]] {
        let answer = diff(&dir, &sides);
        assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{sides:?}\n{}", answer.all());
    }
    // A service with a comment at its `restart` says it for itself.
    let place = line(&dir, "nix/many.nix", "Restart = lib.mkForce \"always\";");
    edit(&dir, "nix/many.nix", "Restart = lib.mkForce \"always\";\n", "Restart = lib.mkForce \"on-failure\";\n");
    let answer = diff(&dir, &["compose.yaml", "nix/many.nix", "--format", "json"]);
    let told = changes(&answer);
    let others = ["app1", "app2", "app4", "app5", "app6", "app7", "app8", "spare"];
    assert_eq!(
        told.iter().map(|c| c.1.as_str()).collect::<Vec<_>>(),
        others.map(|name| format!("services.{name}.restart")),
        "{}",
        answer.all()
    );
    assert!(told.iter().all(|c| c.3 == Some(place)), "{}", answer.all());
}

#[test]
fn for_people() {
    let dir = made(SHOP, &[]);
    edit(&dir, "nix/shop.nix", "\"127.0.0.1:8080:80\"", "\"8080:80\"");
    edit(&dir, "nix/shop.nix", "shop_data", "shop_pgdata");
    edit(&dir, "nix/shop.nix", "\"--dns=1.1.1.1\"", "\"--dns=1.1.1.1\"\n      \"--frobnicate\"");
    edit(&dir, "compose.yaml", "restart: unless-stopped", "restart: \"no\"");
    insta::assert_snapshot!(diff(&dir, &["compose.yaml", "nix/shop.nix"]).all(), @r#"
    project shop (nix)

    DATA
      volumes.data
        - data (shop_data)      compose.yaml:42:3
        + pgdata (shop_pgdata)  nix/shop.nix:183:48
        volume `data` is now `pgdata`: the services get volume `shop_pgdata`, which starts empty; the data stays in `shop_data`

    EXPOSURE
      services.web.ports[80]
        - 127.0.0.1:8080:80  compose.yaml:7:9
        + 8080:80            nix/shop.nix:41:15
        every machine that reaches the host can connect to port 80 of the container

    BEHAVIOUR
      services.web.extraOptions
        + [--frobnicate]  nix/shop.nix:50:7
        composelint cannot compare it: `--frobnicate` is no flag of `docker run` that is known here
      services.web.restart
        - no      compose.yaml:5:14
        + always  nix/shop.nix:70:17
        what happens when `web` ends is different

    --- stderr
    4 changes in 1 project: 1 data, 1 exposure, 2 behaviour
    --- exit code 1
    "#);
}

#[test]
fn what_is_only_in_the_module_is_told_and_hides_nothing() {
    let dir = made(SHOP, &[]);
    edit(
        &dir,
        "nix/shop.nix",
        "  systemd.targets.compose-shop = {",
        "  imports = [ ./hardware.nix <nixpkgs/x.nix> ];\n  services.nginx.enable = true;\n  \
         systemd.services.mine = { script = \"echo hi; exit\"; serviceConfig.User = \"me\"; };\n  \
         virtualisation.oci-containers.containers.other = { image = \"other:1\"; ports = [ \"1:1\" ]; login.username = \"x\"; };\n  \
         systemd.targets.compose-shop = {",
    );
    edit(&dir, "nix/shop.nix", "nginx:1.27.3", "nginx:1.27.4");
    insta::assert_snapshot!(diff(&dir, &["compose.yaml", "nix/shop.nix"]).all(), @r#"
    project shop (nix)

    EXPOSURE
      services.other
        + other:1  nix/shop.nix:223:52
        only the module has the container `other`; it publishes 1:1

    BEHAVIOUR
      services.web.image
        - nginx:1.27.3  compose.yaml:4:12
        + nginx:1.27.4  nix/shop.nix:36:13
        `web` runs another image
      systemd.services.mine
        + {serviceConfig: {User: me}, script: echo hi; exit}  nix/shop.nix:222:27
        only the module has the unit `mine`

    --- stderr
    `nix/hardware.nix` is named in the module and is not there: what it sets takes no part
    not compared, because it is not of containers and units: `services.nginx`
    3 changes in 1 project: 1 exposure, 2 behaviour
    --- exit code 1
    "#);
}

#[test]
fn a_module_by_another_hand() {
    let dir = tree(&[
        (
            "compose.yaml",
            "name: blog\nservices:\n  ghost:\n    image: ghost:5\n    ports: ['2368:2368']\n    volumes: ['./content:/data']\n",
        ),
        (
            "ghost.nix",
            "{ pkgs, ... }:\n{\n  virtualisation.oci-containers.containers.ghost = {\n    image = \"ghost:4\";\n    autoStart = true;\n    \
             ports = [ \"2368:2368\" ];\n    environment.url = \"http://x\";\n  };\n}\n",
        ),
    ]);
    let answer = diff(&dir, &["compose.yaml", "ghost.nix"]);
    insta::assert_snapshot!(answer.all(), @r#"
    project blog (.)

    DATA
      services.ghost.volumes[/data]
        - ./content:/data  compose.yaml:6:15
        nothing is mounted at `/data` any more: what `ghost` writes there is lost with its container; what there is stays in `./content`

    BEHAVIOUR
      services.ghost.environment.url
        + http://x  ghost.nix:7:23
        `ghost` has the variable url, which it did not have
      services.ghost.image
        - ghost:5  compose.yaml:4:12
        + ghost:4  ghost.nix:4:13
        `ghost` runs another image
      services.ghost.networks.default
        - {aliases: [ghost, blog-ghost-1]}  compose.yaml:3:3
        `ghost` leaves network `default`: what is on it no longer reaches the service, nor the other way round
      services.ghost.restart
        - no  compose.yaml:3:3
        what happens when `ghost` ends is different
      systemd.services.podman-ghost
        - {partOf: [compose-blog.target], wantedBy: [compose-blog.target]}  compose.yaml:3:3
        only the Compose file has the unit `podman-ghost`
      systemd.targets.compose-blog
        - {wantedBy: [multi-user.target]}
        only the Compose file has the target `compose-blog`

    --- stderr
    the module does not say which engine runs the containers, so it is podman, as NixOS has it
    7 changes in 1 project: 1 data, 6 behaviour
    --- exit code 1
    "#);
}

#[test]
fn a_spec_of_compose_in_nix() {
    let dir = made(SHOP, &["--style", "compose-stack"]);
    edit(&dir, "nix/shop-spec.nix", "\"127.0.0.1:8080:80\"", "\"8080:80\"");
    edit(&dir, "nix/shop-spec.nix", "postgres:17.2", "postgres:17.3");
    let answer = diff(&dir, &["compose.yaml", "nix/shop.nix", "--format", "json"]);
    let port = line(&dir, "nix/shop-spec.nix", "8080:80");
    let image = line(&dir, "nix/shop-spec.nix", "postgres:17.3");
    let expected = [("exposure", "services.web.ports[80]", port), ("behaviour", "services.db.image", image)];
    let told: Vec<_> = changes(&answer).into_iter().map(|(class, path, _, after)| (class, path, after)).collect();
    let expected = expected.map(|(class, path, line)| (class.to_owned(), path.to_owned(), Some(line)));
    assert_eq!(told, expected, "{}", answer.all());
}

#[test]
fn two_modules() {
    let dir = made(SHOP, &[]);
    let text = fs::read_to_string(dir.path().join("nix/shop.nix")).unwrap();
    write(dir.path(), "old.nix", &text);
    assert_eq!(diff(&dir, &["old.nix", "nix"]).code, 0);
    write(dir.path(), "old.nix", text.replace("postgres:17.2", "postgres:16.1"));
    let answer = diff(&dir, &["old.nix", "nix", "--format", "json"]);
    let (class, path, ..) = changes(&answer).remove(0);
    assert_eq!((class.as_str(), path.as_str()), ("data", "services.shop-db-1.image"));
}

#[test]
fn the_same_project_elsewhere_is_the_same() {
    let dir = made(SHOP, &[]);
    let copy = tree(&[("compose.yaml", SHOP), (".env", "TAG=1.27.3\n"), ("db.txt", "x")]);
    let place = copy.path().display().to_string();
    let answer = diff(&dir, &[&place, "nix"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{}", answer.all());
    assert!(answer.stderr.contains("are different directories"), "{}", answer.stderr);
    assert_eq!(diff(&dir, &[&place, "nix", "--absolute"]).code, 1);
}

#[test]
fn another_name_of_the_project_is_one_change() {
    let dir = made(SHOP, &[]);
    edit(&dir, "compose.yaml", "name: shop", "name: store");
    let answer = diff(&dir, &["compose.yaml", "nix", "--format", "json"]);
    let told: Vec<_> = changes(&answer).into_iter().map(|(class, path, ..)| (class, path)).collect();
    assert_eq!(told, [("data".to_owned(), "name".to_owned())], "{}", answer.all());
}

#[test]
fn what_is_accepted_or_milder_than_asked_for_fails_nothing() {
    let dir = made(SHOP, &[]);
    edit(&dir, "nix/shop.nix", "nginx:1.27.3", "nginx:1.27.4");
    assert_eq!(diff(&dir, &["compose.yaml", "nix", "--fail-on", "data"]).code, 0);
    assert_eq!(diff(&dir, &["compose.yaml", "nix", "--allow", "services.*.image"]).code, 0);
    for format in ["human", "json", "markdown", "github"] {
        let answer = diff(&dir, &["compose.yaml", "nix", "--format", format]);
        assert_eq!(answer.code, 1);
        assert!(answer.stdout.contains("services.web.image"), "{format}: {}", answer.stdout);
    }
}

#[test]
fn what_is_no_nix_is_told_with_its_place() {
    let dir = made(SHOP, &[]);
    edit(&dir, "nix/shop.nix", "backend = \"docker\";", "backend = ;");
    let at = line(&dir, "nix/shop.nix", "backend = ;");
    let answer = diff(&dir, &["compose.yaml", "nix/shop.nix"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains(&format!("nix/shop.nix:{at}:43: ")), "{}", answer.stderr);
    write(dir.path(), "bad.nix", "{ ... }:\n{\n  virtualisation = 1 + \"x\";\n}\n");
    let answer = diff(&dir, &["bad.nix", "compose.yaml"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("bad.nix:3:"), "{}", answer.stderr);
    write(dir.path(), "binary.nix", [0xff, 0xfe, 0]);
    assert_eq!(diff(&dir, &["binary.nix", "compose.yaml"]).code, 2);
    assert_eq!(diff(&dir, &["nix/shop.nix", "compose.yaml", "--no-interpolate"]).code, 2);
}

#[test]
fn no_secret_is_shown() {
    let dir = made(SHOP, &[]);
    edit(
        &dir,
        "nix/shop.nix",
        "POSTGRES_USER = ",
        "ADMIN_PASSWORD = \"Zq8vXw3TrN5k\";\n      URL = \"postgres://a:Ur1secretX@db/a\";\n      POSTGRES_USER = ",
    );
    edit(&dir, "nix/shop.nix", "pg_isready -U shop", "pg_isready --password Zq8vXw3TrN5k");
    edit(&dir, "nix/shop.nix", "\"--dns=9.9.9.9\"", "\"--dns=9.9.9.9\" \"--frob=Zq8vXw3TrN5k\"");
    write(dir.path(), "compose.yaml", SHOP.replace("POSTGRES_USER: shop", "POSTGRES_USER: shop\n      API_TOKEN: c0mposeT0ken99"));
    for format in ["human", "json", "markdown", "github"] {
        for sides in [["compose.yaml", "nix"], ["nix", "compose.yaml"]] {
            let answer = diff(&dir, &[&sides[..], &["--format", format, "--all", "-v"]].concat());
            for secret in ["Zq8vXw3TrN5k", "Ur1secretX", "c0mposeT0ken99", "hunter2"] {
                assert!(!answer.all().contains(secret), "{format} shows {secret}: {}", answer.all());
            }
        }
    }
}

#[test]
fn hostile_text_is_only_text() {
    let dir = made(SHOP, &[]);
    let text = fs::read_to_string(dir.path().join("nix/shop.nix")).unwrap();
    let odd = "  virtualisation.oci-containers.containers.\"a\\u001b[31m]b.c [x]\" = { image = \"\u{1b}[2J`x`\u{202e}:1\"; extraOptions = [ 1 { } \"--\" \"-\" ]; };\n";
    write(
        dir.path(),
        "nix/shop.nix",
        text.replace("  systemd.targets.compose-shop = {", &format!("{odd}  systemd.targets.compose-shop = {{")),
    );
    let answer = diff(&dir, &["compose.yaml", "nix/shop.nix"]);
    assert_eq!(answer.code, 1, "{}", answer.all());
    assert!(!answer.all().contains(['\u{1b}', '\u{202e}']), "{}", answer.all());
    // The head is somebody's text, too.
    for head in
        ["migrate --to nix --names", "migrate 'open", "check", "migrate --to nix --backend podman --env-file /dev/zero", "\u{1b}[2J"]
    {
        write(dir.path(), "nix/shop.nix", text.replace("# with: composelint migrate --to nix", &format!("# with: composelint {head}")));
        let answer = diff(&dir, &["compose.yaml", "nix/shop.nix"]);
        assert!(answer.code <= 2 && !answer.stderr.contains("internal error"), "{head}: {}", answer.all());
    }
    for bad in [
        "{",
        "[ ]",
        "1",
        "{ ... }: { imports = [ ./x.nix ]; }",
        "{ imports = [ ./nix.nix ]; }",
        "let x = x; in x",
        "{ systemd = { services = 1; }; }",
    ] {
        write(dir.path(), "nix.nix", bad);
        let answer = diff(&dir, &["compose.yaml", "nix.nix"]);
        assert!(matches!(answer.code, 1 | 2) && !answer.stderr.contains("internal error"), "{bad}: {}", answer.all());
    }
}

#[test]
fn several_projects_of_a_host() {
    let blog = "services:\n  web:\n    image: ghost:5.1\n    restart: always\n";
    let dir = tree(&[("blog/compose.yaml", blog), ("wiki/compose.yaml", &blog.replace("ghost:5.1", "wiki:2.0"))]);
    let answer = run(dir.path(), &["migrate", "--to", "nix", "--layout", "per-stack", "--out", "nix", "--no-diff"]);
    assert_eq!(answer.code, 0, "{}", answer.all());
    fs::create_dir(dir.path().join("hosts")).unwrap();
    for project in ["blog", "wiki"] {
        fs::rename(dir.path().join(project), dir.path().join("hosts").join(project)).unwrap();
    }
    let answer = diff(&dir, &["hosts", "nix"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{}", answer.all());
    edit(&dir, "nix/wiki/default.nix", "wiki:2.0", "wiki:2.1");
    let answer = diff(&dir, &["hosts", "nix", "--format", "json"]);
    let told = changes(&answer);
    assert_eq!(told.len(), 1, "{}", answer.all());
    assert_eq!(told[0].1, "services.web.image");
}
