//! `migrate --add-healthchecks`.

use composelint::migrate::steps::healthchecks::add;
use insta::assert_snapshot;

use super::{shown, stepped, tree};

#[test]
fn services_of_known_images_get_a_healthcheck() {
    let disk = tree(&[(
        "compose.yaml",
        "services:\n  db:\n    image: postgres:17.2\n  # the cache\n  cache: {image: redis, command: [redis-server, --save, '60']}\n  docs:\n    image: docker.io/library/mongo:4.4   # old\n  new: {image: mongo}\n  sql: {image: \"mariadb:${MARIADB_TAG:-11}\"}\n  queue:\n    image: rabbitmq:3-management\n    # no ports\n  search:\n    image: docker.elastic.co/elasticsearch/elasticsearch:8.15.0\n  has:\n    image: mysql:8\n    healthcheck: {disable: true}\n  other-port: {image: redis, command: redis-server --port 7000}\n  own: {image: postgres, entrypoint: /start.sh}\n  job: {image: mongo, command: mongosh --eval 1}\n  app: {build: .}\n  proxy: {image: nginx}\n",
    )]);
    assert_snapshot!(shown(&stepped(&disk, add)), @r#"
    == compose.yaml (services get what they lack)
    --- a/
    +++ b/
    @@ -1,17 +1,41 @@
     services:
       db:
         image: postgres:17.2
    +    healthcheck:
    +      test: [CMD-SHELL, 'pg_isready -q -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-$${POSTGRES_USER:-postgres}}"']
    +      interval: 30s
    +      timeout: 10s
    +      retries: 5
    +      start_period: 30s
       # the cache
    -  cache: {image: redis, command: [redis-server, --save, '60']}
    +  cache: {image: redis, command: [redis-server, --save, '60'], healthcheck: {test: [CMD-SHELL, 'redis-cli ping | grep -qE "PONG|NOAUTH"'], interval: 30s, timeout: 10s, retries: 5, start_period: 10s}}
       docs:
         image: docker.io/library/mongo:4.4   # old
    -  new: {image: mongo}
    -  sql: {image: "mariadb:${MARIADB_TAG:-11}"}
    +    healthcheck:
    +      test: [CMD, mongo, --quiet, --eval, 'db.adminCommand("ping").ok']
    +      interval: 30s
    +      timeout: 10s
    +      retries: 5
    +      start_period: 30s
    +  new: {image: mongo, healthcheck: {test: [CMD, mongosh, --quiet, --eval, 'db.adminCommand("ping").ok'], interval: 30s, timeout: 10s, retries: 5, start_period: 30s}}
    +  sql: {image: "mariadb:${MARIADB_TAG:-11}", healthcheck: {test: [CMD-SHELL, 'mariadb-admin ping -h 127.0.0.1 --silent || mysqladmin ping -h 127.0.0.1 --silent'], interval: 30s, timeout: 10s, retries: 5, start_period: 60s}}
       queue:
         image: rabbitmq:3-management
    +    healthcheck:
    +      test: [CMD, rabbitmq-diagnostics, -q, ping]
    +      interval: 30s
    +      timeout: 10s
    +      retries: 5
    +      start_period: 60s
         # no ports
       search:
         image: docker.elastic.co/elasticsearch/elasticsearch:8.15.0
    +    healthcheck:
    +      test: [CMD-SHELL, 'curl -s -o /dev/null http://localhost:9200 || curl -sk -o /dev/null https://localhost:9200']
    +      interval: 30s
    +      timeout: 10s
    +      retries: 5
    +      start_period: 90s
       has:
         image: mysql:8
         healthcheck: {disable: true}
    attention healthcheck: these services are left without a healthcheck, because nothing certain is known of what they run: `app`, `job`, `other-port`, `own`, `proxy`
    decision db: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision cache: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision docs: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision new: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision sql: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision queue: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision search: gets a healthcheck that asks whether the server answers, with the tool of its image
    accepted services.db.healthcheck: because `--add-healthchecks` adds it
    accepted services.cache.healthcheck: because `--add-healthchecks` adds it
    accepted services.docs.healthcheck: because `--add-healthchecks` adds it
    accepted services.new.healthcheck: because `--add-healthchecks` adds it
    accepted services.sql.healthcheck: because `--add-healthchecks` adds it
    accepted services.queue.healthcheck: because `--add-healthchecks` adds it
    accepted services.search.healthcheck: because `--add-healthchecks` adds it
    "#);
}

#[test]
fn what_others_take_over_is_left() {
    let disk = tree(&[
        (
            "compose.yaml",
            "x-db: &db\r\n  image: postgres\r\nservices:\r\n  a: *db\r\n  b:\r\n    <<: *db\r\n    restart: always\r\n  base:\r\n    image: mysql\r\n    restart: always\r\n  more: {extends: base, image: own/thing}\r\n  last:\r\n    image: valkey/valkey",
        ),
        ("compose.prod.yaml", "services:\n  last:\n    healthcheck: {test: valkey-cli ping}\n"),
        ("two/compose.yaml", "services:\n  last:\n    image: valkey/valkey"),
    ]);
    assert_snapshot!(shown(&stepped(&disk, add)), @r#"
    == compose.yaml (services get what they lack)
    --- a/
    +++ b/
    @@ -5,6 +5,12 @@
       b:␍
         <<: *db␍
         restart: always␍
    +    healthcheck:␍
    +      test: [CMD-SHELL, 'pg_isready -q -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-$${POSTGRES_USER:-postgres}}"']␍
    +      interval: 30s␍
    +      timeout: 10s␍
    +      retries: 5␍
    +      start_period: 30s␍
       base:␍
         image: mysql␍
         restart: always␍
    == two/compose.yaml (services get what they lack)
    --- a/
    +++ b/
    @@ -1,3 +1,9 @@
     services:
       last:
    -    image: valkey/valkey
    \ No newline at end of file
    +    image: valkey/valkey
    +    healthcheck:
    +      test: [CMD-SHELL, 'valkey-cli ping | grep -qE "PONG|NOAUTH"']
    +      interval: 30s
    +      timeout: 10s
    +      retries: 5
    +      start_period: 10s
    \ No newline at end of file
    attention a: gets no healthcheck, because it is written as an alias
    attention base: gets no healthcheck, because other services take over what is written there
    attention last: gets no healthcheck, because it is not the same service in every environment
    attention healthcheck: these services are left without a healthcheck, because nothing certain is known of what they run: `more`
    decision b: gets a healthcheck that asks whether the server answers, with the tool of its image
    decision last: gets a healthcheck that asks whether the server answers, with the tool of its image
    accepted services.b.healthcheck: because `--add-healthchecks` adds it
    accepted services.last.healthcheck: because `--add-healthchecks` adds it
    "#);
}
