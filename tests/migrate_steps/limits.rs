//! `migrate --add-limits`.

use composelint::migrate::steps::limits::add;
use insta::assert_snapshot;

use super::{shown, stepped, tree};

#[test]
fn services_of_known_images_get_limits() {
    let disk = tree(&[(
        "compose.yaml",
        "services:\n  db:\n    image: postgres:17.2   # keep\n  cache: {image: redis}\n  web:\n    image: nginx\n    deploy:\n      replicas: 2\n  mongo:\n    image: mongo\n    deploy:\n      resources:\n        reservations: {memory: 100M}\n  has: {image: mysql, mem_limit: 1g}\n  pids: {image: mysql, deploy: {resources: {limits: {pids: 9}}}}\n  app: {build: .}\n",
    )]);
    assert_snapshot!(shown(&stepped(&disk, add)), @r"
    == compose.yaml (services get what they lack)
    --- a/
    +++ b/
    @@ -1,16 +1,35 @@
     services:
       db:
         image: postgres:17.2   # keep
    -  cache: {image: redis}
    +    deploy:
    +      resources:
    +        limits:
    +          # suggested: compare with `docker stats`
    +          memory: 2G
    +          pids: 2048
    +        reservations:
    +          memory: 256M
    +  cache: {image: redis, deploy: {resources: {limits: {memory: 1G, pids: 2048}, reservations: {memory: 64M}}}}
       web:
         image: nginx
         deploy:
           replicas: 2
    +      resources:
    +        limits:
    +          # suggested: compare with `docker stats`
    +          memory: 512M
    +          pids: 2048
    +        reservations:
    +          memory: 32M
       mongo:
         image: mongo
         deploy:
           resources:
             reservations: {memory: 100M}
    +        limits:
    +          # suggested: compare with `docker stats`
    +          memory: 4G
    +          pids: 2048
       has: {image: mysql, mem_limit: 1g}
       pids: {image: mysql, deploy: {resources: {limits: {pids: 9}}}}
       app: {build: .}
    attention limits: these services are left without limits, because nobody but you can know what they need (`docker stats` shows it): `app`
    decision db: may use 2G of memory and 2048 processes; compare with `docker stats`
    decision cache: may use 1G of memory and 2048 processes; compare with `docker stats`
    decision web: may use 512M of memory and 2048 processes; compare with `docker stats`
    decision mongo: may use 4G of memory and 2048 processes; compare with `docker stats`
    accepted services.db.deploy: because `--add-limits` adds it
    accepted services.cache.deploy: because `--add-limits` adds it
    accepted services.web.deploy.resources: because `--add-limits` adds it
    accepted services.mongo.deploy.resources.limits: because `--add-limits` adds it
    ");
    let disk =
        tree(&[("compose.yaml", "services:\r\n  a: &a\r\n    image: redis\r\n  b: *a\r\n  c:\r\n    image: caddy\r\n    deploy: {}")]);
    assert_snapshot!(shown(&stepped(&disk, add)), @r"
    == compose.yaml (services get what they lack)
    --- a/
    +++ b/
    @@ -4,4 +4,11 @@
       b: *a␍
       c:␍
         image: caddy␍
    -    deploy: {}
    \ No newline at end of file
    +    deploy:␍
    +      resources:␍
    +        limits:␍
    +          # suggested: compare with `docker stats`␍
    +          memory: 512M␍
    +          pids: 2048␍
    +        reservations:␍
    +          memory: 32M
    \ No newline at end of file
    attention b: gets no limits, because it is written as an alias
    attention a: gets no limits, because other services take over what is written there
    decision c: may use 512M of memory and 2048 processes; compare with `docker stats`
    accepted services.c.deploy.resources: because `--add-limits` adds it
    ");
}
