//! `migrate --add-env`.

use composelint::fs::MemFs;
use composelint::migrate::steps::environment::add;
use insta::assert_snapshot;

use super::{empty_plan, not_proved, shown, stepped, tree};

fn layout() -> MemFs {
    tree(&[
        (
            "compose.yaml",
            "name: shop\ninclude:\n  - path:\n      - docker-compose/services/a.yaml\n      - docker-compose/environments/${APP_ENV:-development}.yaml\n    project_directory: .\n",
        ),
        ("docker-compose/services/a.yaml", "services:\n  a:\n    image: \"a:${TAG:-1}\"\n"),
        ("docker-compose/environments/development.yaml", "services:\n  a:\n    ports: [\"80:80\"]\n"),
        (
            "docker-compose/environments/production.yaml",
            "# For the world.\r\nservices:\r\n  a:\r\n    restart: always\r\n    volumes: [./data:/d]",
        ),
        (".env.production.example", "# of production\nAPP_ENV=production\nTAG=1\n"),
    ])
}

#[test]
fn an_environment_begins_as_a_copy() {
    let disk = layout();
    let plan = stepped(&disk, |plan, disk| add(plan, disk, "staging", "production"));
    assert_eq!(plan.entries.len(), 2);
    assert_snapshot!(shown(&plan), @r"
    == docker-compose/environments/staging.yaml (the environment `staging`, a copy of `production`)
    # The environment `staging`. It began as a copy of `production`.␍
    ␍
    # For the world.␍
    services:␍
      a:␍
        restart: always␍
        volumes: [./data:/d]⏎
    == .env.staging.example (the variables of the environment `staging`)
    # of production
    APP_ENV=staging
    TAG=1
    attention staging: is the same project as `production`, with the same name, volumes and ports: on one host they cannot run side by side unless `name` and the ports are made different
    decision staging: begins as a copy of `production`; `APP_ENV=staging` chooses it
    docker compose -f compose.yaml → APP_ENV=staging docker compose
    ");
    // The proof looks at it: another text would not hold.
    let mut wrong = plan.clone();
    let new = wrong.files.iter_mut().find(|f| f.path.ends_with("staging.yaml")).unwrap();
    new.after = Some(b"services:\n  a:\n    restart: \"no\"\n".to_vec());
    assert!(not_proved(&wrong, &disk).is_some());
}

#[test]
fn what_cannot_be_an_environment_is_refused() {
    let disk = layout();
    let said = |new: &str, like: &str| add(&mut empty_plan(&disk), &disk, new, like).unwrap_err().to_string();
    let plain = tree(&[("compose.yaml", "services: {a: {image: a}}\n"), ("docker-compose/environments/x.yaml", "")]);
    let all = [
        said("../x", "production"),
        said(".hidden", "production"),
        said("staging", "prod"),
        said("development", "production"),
        add(&mut empty_plan(&plain), &plain, "y", "x").unwrap_err().to_string(),
    ];
    assert_snapshot!(all.join("\n"), @r"
    `../x` cannot be the name of an environment: letters, digits, `.`, `_` and `-` can be in it
    `.hidden` cannot be the name of an environment: letters, digits, `.`, `_` and `-` can be in it
    there is no environment `prod`: there are `development`, `production`
    `docker-compose/environments/development.yaml` is there already, and would be overwritten
    no compose file includes `docker-compose/environments/${…}.yaml`, so nothing could choose the new environment: split the project first
    ");
}
