//! `migrate --consolidate-volumes`, `--consolidate-networks`.

use composelint::migrate::steps::consolidate::{Resource, add};
use insta::assert_snapshot;

use super::{shown, stepped, tree};

#[test]
fn what_is_defined_twice_is_defined_once() {
    let disk = tree(&[
        (
            "compose.yaml",
            "include: [parts/a.yaml, parts/b.yaml]\nservices:\n  c:\n    image: c\n    volumes: [data:/c]\nvolumes:\n  data:\nnetworks:\n  back: {driver: bridge}\n",
        ),
        (
            "parts/a.yaml",
            "services:\n  a:\n    image: a\n    volumes: [data:/a, logs:/l]\n    networks: [back]\nvolumes:\n  # of a\n  data: {}\n  logs:\n    driver_opts:\n      a: b   # c\nnetworks:\n  back:\n    driver: bridge\n",
        ),
        ("parts/b.yaml", "services:\n  b:\n    image: b\n    volumes: [logs:/l]\nvolumes:\n  logs: {driver_opts: {a: b}}\n  own:\n"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, |plan, disk| add(plan, disk, Resource::Volumes))), @r"
    == parts/a.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -4,8 +4,6 @@
         volumes: [data:/a, logs:/l]
         networks: [back]
     volumes:
    -  # of a
    -  data: {}
       logs:
         driver_opts:
           a: b   # c
    == parts/b.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -3,5 +3,4 @@
         image: b
         volumes: [logs:/l]
     volumes:
    -  logs: {driver_opts: {a: b}}
       own:
    decision data: is defined once, in `compose.yaml`, and no more in `parts/a.yaml`; `c` mounts it at `/c`, `a` mounts it at `/a`
    decision logs: is defined once, in `parts/a.yaml`, and no more in `parts/b.yaml`; `a` mounts it at `/l`, `b` mounts it at `/l`
    comment of parts/a.yaml:7: # of a
    ");
    assert_snapshot!(shown(&stepped(&disk, |plan, disk| add(plan, disk, Resource::Networks))), @r"
    == parts/a.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -9,6 +9,3 @@
       logs:
         driver_opts:
           a: b   # c
    -networks:
    -  back:
    -    driver: bridge
    decision back: is defined once, in `compose.yaml`, and no more in `parts/a.yaml`; attached: `a`
    ");
}

#[test]
fn the_file_of_what_is_shared_keeps_it() {
    let disk = tree(&[
        (
            "compose.yaml",
            "include:\n  - {path: [s/a.yaml, s/b.yaml, docker-compose/infrastructure/resources.yaml], project_directory: .}\n",
        ),
        (
            "s/a.yaml",
            "services: {a: {image: a, volumes: [\"data:/a\"]}}\nvolumes:\n    data:\n        driver: local   # here\n        driver_opts: {x: y}\n",
        ),
        ("s/b.yaml", "services: {b: {image: b, volumes: [\"data:/b\"]}}\nvolumes: {data: {driver: local, driver_opts: {x: y}}}\n"),
        ("docker-compose/infrastructure/resources.yaml", "networks:\n  default:\n    labels: {a: b}\n"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, |plan, disk| add(plan, disk, Resource::Volumes))), @r#"
    == docker-compose/infrastructure/resources.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -1,3 +1,7 @@
     networks:
       default:
         labels: {a: b}
    +volumes:
    +  data:
    +    driver: local   # here
    +    driver_opts: {x: y}
    == s/a.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -1,5 +1 @@
     services: {a: {image: a, volumes: ["data:/a"]}}
    -volumes:
    -    data:
    -        driver: local   # here
    -        driver_opts: {x: y}
    == s/b.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -1,2 +1 @@
     services: {b: {image: b, volumes: ["data:/b"]}}
    -volumes: {data: {driver: local, driver_opts: {x: y}}}
    decision data: is defined once, in `docker-compose/infrastructure/resources.yaml`, and no more in `s/a.yaml`; `a` mounts it at `/a`, `b` mounts it at `/b`
    decision data: is defined once, in `docker-compose/infrastructure/resources.yaml`, and no more in `s/b.yaml`; `a` mounts it at `/a`, `b` mounts it at `/b`
    "#);
}

#[test]
fn whole_sections_go() {
    let disk = tree(&[
        ("compose.yaml", "services: {a: {image: a, volumes: [\"x:/x\", \"y:/y\"]}}\r\nvolumes: {x: , y: {}}\r\n"),
        ("compose.override.yaml", "services: {a: {restart: always}}\r\n\r\n# again\r\nvolumes:\r\n  x:   # x\r\n  y:\r\n"),
        ("two/compose.yaml", "services: {a: {image: a, volumes: [\"x:/x\"]}}\nnetworks: {n: {}, o: {}, p: {}}"),
        ("two/compose.override.yaml", "networks: {n: {}, o: {}}\nservices: {a: {networks: [n, o, p]}}"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, |plan, disk| add(plan, disk, Resource::Volumes))), @r"
    == compose.override.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -1,6 +1 @@
     services: {a: {restart: always}}␍
    -␍
    -# again␍
    -volumes:␍
    -  x:   # x␍
    -  y:␍
    decision x: is defined once, in `compose.yaml`, and no more in `compose.override.yaml`
    decision y: is defined once, in `compose.yaml`, and no more in `compose.override.yaml`
    comment of compose.override.yaml:3: # again
    comment of compose.override.yaml:5: # x
    ");
    assert_snapshot!(shown(&stepped(&disk, |plan, disk| add(plan, disk, Resource::Networks))), @r"
    == two/compose.override.yaml (what is defined several times is defined once)
    --- a/
    +++ b/
    @@ -1,2 +1 @@
    -networks: {n: {}, o: {}}
     services: {a: {networks: [n, o, p]}}
    \ No newline at end of file
    decision n: is defined once, in `two/compose.yaml`, and no more in `two/compose.override.yaml`; attached: `a`
    decision o: is defined once, in `two/compose.yaml`, and no more in `two/compose.override.yaml`; attached: `a`
    ");
}

#[test]
fn what_differs_or_is_needed_stays() {
    let disk = tree(&[
        (
            "compose.yaml",
            "services: {a: {image: a, volumes: [\"data:/a\", \"x:/x\"]}}\nvolumes:\n  data: {driver: local}\n  x: &x {labels: {a: b}}\n  y: *x\n",
        ),
        ("compose.override.yaml", "services: {a: {restart: always}}\nvolumes:\n  data: {driver: other}\n  x: {labels: {a: b}}"),
        ("compose.extra.yaml", "services:\n  e: {image: e, volumes: [\"x:/x\"]}\nvolumes: {x: {labels: {a: b}}}\n"),
        ("other/compose.yaml", "include: [../compose.override.yaml]\nservices: {a: {image: z}}\n"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, |plan, disk| add(plan, disk, Resource::Volumes))), @r"
    attention data: this volume is defined in different words in `compose.yaml:3` and `compose.override.yaml:3`: nothing was merged; make them the same, or give one of them another key
    attention x: this volume is defined in `compose.override.yaml:4` as well as in `compose.yaml`, and stays there, because the file is loaded without the other one, too
    ");
}
