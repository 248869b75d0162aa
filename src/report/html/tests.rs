use super::*;
use crate::report::inventory::HostSummary;
use crate::report::inventory::{Beside, Mount, Point, Secret, Standard, Strategy, Way, Word};
use crate::report::testing::documents::{HOSTILE, empty, finding, hostile, stack};

/// What is between the first `from` and the next `to`.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

#[test]
fn nothing_of_a_users_is_markup() {
    let page = render(&hostile());
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{2028}'));
    let data = between(&page, "id=\"index\">", "</script>");
    assert!(!data.contains(['<', '>', '&']));
    let index: serde_json::Value = serde_json::from_str(data).unwrap();
    assert!(index["stacks"][0]["words"].as_str().unwrap().contains(&plain(HOSTILE).to_lowercase()), "{index}");
    // Every attribute ends where this program ends it.
    let body = between(&page, "<body>", "<script");
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert!(tag.matches('"').count() % 2 == 0, "{tag}");
        assert!(!tag.contains("onerror=alert(1)") || tag.contains("&lt;img"), "{tag}");
    }
}

#[test]
fn nothing_is_fetched() {
    let page = render(&hostile());
    for outside in ["http:", "https:", "url(", "@import", "src=\"", "<link", "<iframe", "style=\"", "=\"//"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // The policy allows the style and the script of the page, and nothing else.
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let style = between(&page, "<style>", "</style>");
    let script = page.rsplit_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let wanted = format!("default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'", hash(style), hash(script));
    assert_eq!(policy, wanted);
}

#[test]
fn the_same_document_is_the_same_page() {
    assert_eq!(render(&hostile()), render(&hostile()));
}

#[test]
fn what_is_known_of_a_stack_is_told() {
    let word = Word::Borrowed;
    let mut app = stack("app", &["web"]);
    app.host = Some("nas".to_owned());
    app.mount_list = vec![Mount {
        service: "web".to_owned(),
        kind: "volume".to_owned(),
        class: word("loose-config"),
        source: Some("app_data".to_owned()),
        target: "/data".to_owned(),
        backup: Some(word("not-covered")),
        ..Mount::default()
    }];
    app.secrets = vec![Secret {
        name: "token".to_owned(),
        kind: word("file"),
        source: Some("/run/secrets/token".to_owned()),
        on_host: true,
        ..Secret::default()
    }];
    app.standard =
        Some(Standard { kept: 0, points: vec![Point { name: word("pinned"), kept: false, because: "`web` has no digest".to_owned() }] });
    app.strategy = Some(Strategy {
        ways: vec![Way { name: word("link"), cost: 1, reasons_for: vec!["it is one file".to_owned()], reasons_against: Vec::new() }],
    });
    let mut found = finding("privileged", "warning", "app", "service `web` is privileged");
    found.host = Some("nas".to_owned());
    let host = |name: &str, needs: &[&str]| HostSummary {
        name: name.to_owned(),
        stacks: 1,
        needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        because: vec!["it is needed by nobody".to_owned()],
        ..HostSummary::default()
    };
    let beside = Beside {
        host: Some("pi".to_owned()),
        file: "hosts/pi.nix".to_owned(),
        kind: word("oci-container"),
        name: "unifi".to_owned(),
        ..Beside::default()
    };
    let document = Document {
        inventory: Some(vec![app]),
        findings: vec![found],
        hosts: vec![host("pi", &["nas"]), host("nas", &[])],
        beside: vec![beside],
        ..empty()
    };
    let page = render(&document);
    for text in [
        "<h3>app</h3>",
        "loose config",
        "1 not backed up",
        "/run/secrets/token</code> <small class=\"dim\">provided on the host",
        "0 of 1",
        "<code>web</code> has no digest",
        "Placed best by <span class=\"tag\">link",
        "for it: it is one file",
        "service <code>web</code> is privileged",
        "Stack <a href=\"#stack-0\">app</a>. ",
        "Rule of security: <code>composelint explain privileged</code>",
        "<b>pi</b>",
        "needs <code>nas</code>",
        "it is needed by nobody",
        "<th scope=\"row\">unifi</th>",
        "<option>pi</option>",
    ] {
        assert!(page.contains(text), "{text}:\n{}", between(&page, "<main>", "</main>"));
    }
}

#[test]
fn a_finding_belongs_to_the_stack_that_has_its_file() {
    let (mut one, mut two) = (stack("app", &["web"]), stack("app", &["web"]));
    one.files[0].path = "docker/app/one.yaml".to_owned();
    two.files[0].path = "docker/app/two.yaml".to_owned();
    let mut of_two = finding("privileged", "warning", "app", "x");
    of_two.location.path = "docker/app/two.yaml".to_owned();
    let mut of_host = finding("privileged", "warning", "app", "x");
    of_host.project = None;
    of_host.location.path = "docker/other".to_owned();
    let findings = vec![of_two, finding("privileged", "warning", "app", "x"), of_host];
    let document = Document { inventory: Some(vec![one, two]), findings, ..empty() };
    assert_eq!(places(&document), [vec![1], vec![0, 1], vec![]]);
}
