//! The page of `audit` in a browser, from a file, as somebody opens it: it is searched and filtered, the picture is drawn and answers, nothing
//! is fetched, and nothing is complained about. Skipped with a message where there is no Chromium.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::disallowed_methods, clippy::print_stdout)] // a test may fail

#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use program::{run, tree};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What is done to a page comes after this: it sees every error from the first on, and writes what it saw into the page.
const HOOK: &str = include_str!("html/hook.js");

/// A browser that can be started.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let known = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(PathBuf::from);
    let starts =
        |p: &PathBuf| Command::new(p).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
    let found = named.into_iter().chain(known).find(starts);
    if found.is_none() {
        println!("skipped: no Chromium can be started (set CHROMIUM to where it is), so the page was not opened");
    }
    found
}

/// Opens a page with the steps in it and returns what they saw.
fn open(browser: &Path, page: &str, steps: &str) -> Value {
    let script = format!("{HOOK}\nseen.steps = () => {{\n{steps}\n}};\n");
    let allowed = format!("script-src 'sha256-{}' ", base64(&Sha256::digest(script.as_bytes())));
    assert_eq!(page.matches("script-src ").count(), 1);
    let page = page.replacen("script-src ", &allowed, 1).replacen("<style>", &format!("<script>{script}</script>\n<style>"), 1);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    std::fs::write(&file, page).unwrap();
    let profile = directory.path().join("profile");
    let out = std::fs::File::create(directory.path().join("dom")).unwrap();
    let mut child = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--window-size=1400,1000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", file.display()))
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the browser does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let dom = std::fs::read_to_string(directory.path().join("dom")).unwrap();
    let result = dom
        .split_once("<pre id=\"result\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("no result in {dom}"));
    let result = result.0.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let seen: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(seen["errors"], Value::Array(Vec::new()), "nothing is complained about");
    assert_eq!(seen["resources"], 0, "nothing is fetched");
    seen
}

fn base64(bytes: &[u8]) -> String {
    let letter = |bits: u32| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[bits as usize & 63]);
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, n| bits << 8 | u32::from(*chunk.get(n).unwrap_or(&0)));
        out.extend((0..=chunk.len()).map(|n| letter(bits >> (18 - 6 * n))));
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}

fn audited(directory: &Path, arguments: &[&str]) -> String {
    let answer = run(directory, &[&["audit", "--format", "html"], arguments].concat());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    answer.stdout
}

/// Nothing in the page leads out of it, whatever is in the tree.
fn leads_nowhere(page: &str) {
    for outside in ["http:", "https:", "=\"//", "url(", "@import", "src=", "<link", "<iframe", "<object", "<embed"] {
        // A text of a user's may say so; then it is text.
        let markup: Vec<&str> = page.split('<').skip(1).filter_map(|t| t.split_once('>').map(|t| t.0)).collect();
        assert!(!markup.iter().any(|t| t.contains(outside)), "{outside}");
    }
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn a_host_is_searched_and_filtered() {
    let homelab = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/homelab");
    let page = audited(&homelab, &["docker"]);
    leads_nowhere(&page);
    assert_eq!(page, audited(&homelab, &["docker", "-j1"]), "the same bytes every time");
    let Some(browser) = browser() else { return };
    let seen = open(
        &browser,
        &page,
        r##"
        seen.all = shown();
        search("jellyfin");
        seen.searched = shown();
        search("no such thing anywhere");
        seen.nothing = { ...shown(), said: !id("no-stacks").hidden && !id("no-findings").hidden };
        press("Escape", id("search"));
        seen.escaped = shown();
        chip("severity", "error");
        seen.errors_only = shown();
        chip("topic", "security");
        seen.errors_of_security = shown();
        chip("severity", "error");
        seen.security = shown();
        id("reset").click();
        seen.reset = shown();
        pick("stack", index("vault"));
        seen.vault = shown();
        id("reset").click();
        document.activeElement.blur();
        press("/", document.body);
        seen.focus = document.activeElement.id;
        const box = document.querySelector(`.graph [data-stack="${index("media")}"]`);
        seen.drawn = { width: box.getBoundingClientRect().width, lines: document.querySelectorAll(".graph .l").length };
        box.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        seen.clicked = { ...shown(), on: box.classList.contains("on"), off: document.querySelectorAll(".graph .off").length };
        press("Enter", box);
        seen.again = shown();
        const colour = () => getComputedStyle(document.body).backgroundColor;
        seen.colours = [colour()];
        id("theme").click();
        seen.colours.push(colour());
        id("theme").click();
        seen.colours.push(colour());
        document.querySelector('.finding a[href^="#stack-"]').click();
        seen.link = location.hash;
        "##,
    );
    let stacks = |step: &str| -> Vec<&str> { seen[step]["stacks"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect() };
    let findings = |step: &str| seen[step]["findings"].as_array().unwrap().len();
    let severities = |step: &str| -> Vec<&str> { seen[step]["findings"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect() };
    let all = stacks("all");
    assert!(all.len() > 9 && all.contains(&"media") && findings("all") > 20, "{seen}");
    assert_eq!(stacks("searched"), ["media"]);
    assert!(findings("searched") < findings("all"));
    assert!(stacks("nothing").is_empty() && findings("nothing") == 0 && seen["nothing"]["said"] == true);
    assert_eq!(seen["escaped"], seen["all"]);
    assert!(findings("errors_only") > 0 && severities("errors_only").iter().all(|s| *s == "error"), "{seen}");
    assert!(findings("security") > 0 && findings("security") < findings("all"));
    assert!(findings("errors_of_security") <= findings("errors_only"));
    assert_eq!(seen["reset"], seen["all"]);
    assert_eq!(stacks("vault"), ["vault"]);
    assert!(findings("vault") > 0 && findings("vault") < findings("all"));
    assert_eq!(seen["focus"], "search");
    assert!(seen["drawn"]["width"].as_f64().unwrap() > 100.0 && seen["drawn"]["lines"].as_u64().unwrap() > 3, "{seen}");
    assert_eq!(stacks("clicked"), ["media"]);
    assert_eq!((&seen["clicked"]["on"], seen["clicked"]["off"].as_u64().unwrap()), (&Value::Bool(true), all.len() as u64 - 1));
    assert_eq!(stacks("again"), all);
    assert_ne!(seen["colours"][0], seen["colours"][1]);
    assert_eq!(seen["colours"][0], seen["colours"][2]);
    assert!(seen["link"].as_str().unwrap().starts_with("#stack-"));
}

#[test]
fn hostile_names_do_nothing() {
    let evil = "</script><img src=http://evil.example/x onerror=\"window.evil=1\"><b id=evil>";
    let compose = format!(
        "services:\n  web:\n    image: {0}\n    privileged: true\n    labels: {{x: {0}}}\n    networks: [{0}]\n    profiles: [{0}]\nx-a: '\\u202e'\n",
        Value::String(evil.to_owned())
    );
    let dir = tree(&[("hosts/nas/a'b&c/compose.yaml", &compose), ("hosts/pi/b/compose.yaml", "services: {web: {image: 'nginx:1'}}\n")]);
    let page = audited(dir.path(), &["--hosts", "hosts/*", "--select", "all"]);
    leads_nowhere(&page);
    let Some(browser) = browser() else { return };
    let seen = open(
        &browser,
        &page,
        r##"
        document.querySelectorAll("details").forEach((d) => { d.open = true; });
        seen.all = shown();
        seen.evil = [typeof window.evil, document.images.length, document.querySelectorAll("#evil").length];
        pick("host", "pi");
        seen.pi = shown();
        "##,
    );
    assert_eq!(seen["evil"], serde_json::json!(["undefined", 0, 0]));
    assert_eq!(seen["all"]["stacks"].as_array().unwrap().len(), 2, "{seen}");
    assert_eq!(seen["pi"]["stacks"], serde_json::json!(["b"]));
}

#[test]
fn a_large_fleet_stays_usable() {
    let files: Vec<(String, String)> = (0..300)
        .map(|n| {
            let network = if n == 0 { "name: proxy" } else { "external: true" };
            let compose = format!(
                "services:\n  web-{n}:\n    image: nginx\n    ports: ['{}:80']\n    networks: [proxy, default]\n    depends_on: [db]\n  db:\n    image: postgres:latest\n    volumes: [data:/var/lib/postgresql/data]\nvolumes: {{data: }}\nnetworks: {{proxy: {{{network}}}}}\n",
                8000 + n
            );
            (format!("stack-{n}/compose.yaml"), compose)
        })
        .collect();
    let dir = tree(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let page = audited(dir.path(), &[]);
    let Some(browser) = browser() else { return };
    let seen = open(
        &browser,
        &page,
        r#"
        seen.all = shown();
        seen.rest = !id("rest").hidden;
        id("rest").click();
        seen.more = [shown().findings.length, document.querySelectorAll(".finding").length, !id("rest").hidden];
        search("web-299");
        seen.one = shown();
        seen.one.drawn = document.querySelectorAll(".graph .s[data-stack]:not(.off)").length;
        "#,
    );
    assert_eq!(seen["all"]["stacks"].as_array().unwrap().len(), 300);
    assert_eq!((seen["all"]["findings"].as_array().unwrap().len(), &seen["rest"]), (300, &Value::Bool(true)));
    assert!(seen["more"][0] == seen["more"][1] && seen["more"][2] == false, "{}", seen["more"]);
    assert_eq!(seen["one"]["stacks"], serde_json::json!(["stack-299"]));
    assert_eq!(seen["one"]["drawn"], 1);
}

#[test]
fn pictures_are_of_an_audit() {
    let dir = tree(&[("compose.yaml", "services: {web: {image: 'nginx:1'}}\n")]);
    for format in ["html", "mermaid", "dot", "svg"] {
        let answer = run(dir.path(), &["check", "--format", format]);
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""));
        assert!(answer.stderr.contains(&format!("use `composelint audit --format {format}`")), "{}", answer.stderr);
        let answer = run(dir.path(), &["audit", "--format", &format!("{format}=out")]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(std::fs::read_to_string(dir.path().join("out")).unwrap().contains("web"));
    }
}
