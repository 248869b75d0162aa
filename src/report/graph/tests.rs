use super::*;
use crate::report::inventory::HostSummary;
use crate::report::inventory::{Dependency, Mount, Service, Word};
use crate::report::testing::documents::{empty, hostile, resource, stack};

/// A proxy with its network, an application on it that waits for its database, and one that takes the same port.
fn homelab() -> Document {
    let mut edge = stack("edge", &["traefik"]);
    edge.networks = vec![resource("proxy", "proxy", false)];
    let mut app = stack("app", &["web", "db"]);
    app.networks = vec![resource("default", "app_default", false), resource("proxy", "proxy", true)];
    app.volumes = vec![resource("data", "app_data", false)];
    let mount = |service: &str, kind: &str, class: &'static str, source: &str| Mount {
        service: service.to_owned(),
        kind: kind.to_owned(),
        class: Word::Borrowed(class),
        source: Some(source.to_owned()),
        ..Mount::default()
    };
    app.mount_list = vec![
        mount("db", "volume", "data", "app_data"),
        mount("web", "bind", "data", "/srv/media"),
        mount("web", "bind", "system", "/etc/localtime"),
    ];
    let mut files = stack("files", &["files"]);
    files.networks = vec![resource("default", "files_default", false)];
    files.mount_list = vec![mount("files", "bind", "data", "/srv/media"), mount("files", "bind", "system", "/etc/localtime")];
    let services: [(&mut Service, &[&str]); 4] = [
        (&mut edge.services[0], &["proxy"]),
        (&mut files.services[0], &["files_default"]),
        (&mut app.services[0], &["proxy", "app_default"]),
        (&mut Service::default(), &[]),
    ];
    for (service, networks) in services {
        service.networks = networks.iter().map(|n| (*n).to_owned()).collect();
        service.ports = vec![Published { address: None, published: Some("443".to_owned()), target: 443, protocol: "tcp".to_owned() }];
    }
    app.services[0].ports.clear();
    app.services[0].depends_on = vec![Dependency { service: "db".to_owned(), condition: "service_healthy".to_owned() }];
    app.services[1].networks = vec!["app_default".to_owned()];
    Document { inventory: Some(vec![edge, app, files]), ..empty() }
}

#[test]
fn what_several_have_is_beside_them() {
    insta::assert_snapshot!(mermaid::render(&homelab()));
    insta::assert_snapshot!(dot::render(&homelab()));
}

#[test]
fn a_picture_shows_everything_once() {
    let picture = svg::render(&homelab());
    assert_eq!(picture, svg::render(&homelab()));
    for text in [
        ">edge<",
        ">traefik<",
        ">db<",
        ">proxy<",
        ">/srv/media<",
        "made by edge",
        "web waits for db (healthy)",
        ">app_data</text>",
        "class=\"t-dim\">db<",
    ] {
        assert!(picture.contains(text), "{text}: {picture}");
    }
    assert!(!picture.contains("localtime") && !picture.contains("files_default"), "{picture}");
    assert_eq!(picture.matches("class=\"s\"").count(), 3);
    assert!(!picture.contains("data-stack") && svg::embedded(&homelab()).contains("data-stack=\"2\""));
}

#[test]
fn hosts_are_apart() {
    let mut document = homelab();
    for (stack, host) in document.inventory.as_mut().unwrap().iter_mut().zip(["nas", "nas", "pi"]) {
        stack.host = Some(host.to_owned());
    }
    let host = |name: &str, needs: &[&str]| HostSummary {
        name: name.to_owned(),
        needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        ..HostSummary::default()
    };
    document.hosts = vec![host("pi", &["nas"]), host("nas", &[])];
    let graph = Graph::new(&document);
    assert!(graph.nodes.iter().all(|n| n.kind != Kind::Port || n.group.is_some()), "nothing is shared between hosts");
    assert!(mermaid::render(&document).contains("subgraph h0[\"pi, needs nas\"]"));
    assert!(dot::render(&document).contains("[ltail=cluster_h0, lhead=cluster_h1"));
    let picture = svg::render(&document);
    assert!(picture.find(">pi<") < picture.find(">nas<") && picture.contains("needs nas"), "{picture}");
}

#[test]
fn what_is_large_is_grouped() {
    let stacks = (0..300).map(|n| {
        let mut stack = stack(&format!("stack-{n}"), &["web", "db"]);
        stack.networks = vec![resource("default", &format!("stack-{n}_default"), false), resource("proxy", "proxy", n > 0)];
        for service in &mut stack.services {
            service.networks = vec![format!("stack-{n}_default"), "proxy".to_owned()];
        }
        stack
    });
    let document = Document { inventory: Some(stacks.collect()), ..empty() };
    let graph = mermaid::render(&document);
    assert!(graph.starts_with("%% Too large as a whole: only the stacks"), "{graph}");
    assert!(graph.len() < 50_000 && graph.contains("g299 --- n") && graph.contains("g0 -->|\"makes\"|"), "{graph}");
    let picture = svg::render(&document);
    assert!(picture.contains(">300 stacks<") && picture.contains("made by stack-0"), "one list of those that share the same");
    assert_eq!(picture.matches("class=\"l ").count(), 1);
    assert_eq!(picture.matches("class=\"s\"").count(), 301);
}

#[test]
fn names_are_text_and_nothing_else() {
    let document = hostile();
    let graph = mermaid::render(&document);
    for line in graph.lines().map(str::trim) {
        let quotes = line.matches('"').count();
        assert!(quotes == 0 || quotes == 2 || quotes == 4, "{line}");
        assert!(!line.contains("<img") && !line.starts_with("click"), "{line}");
    }
    let picture = svg::render(&document);
    assert!(!picture.contains("<img") && !picture.contains("<script") && !picture.contains('\u{202e}'), "{picture}");
    assert!(dot::render(&document).contains("</script><img src=x onerror=alert(1)>\\\"'&amp;"), "{}", dot::render(&document));
}

#[test]
fn nothing_is_there() {
    assert_eq!(mermaid::render(&empty()), "flowchart LR\n");
    assert!(svg::render(&empty()).contains("There are no stacks."));
    assert_eq!(svg::embedded(&empty()), "");
}
