//! The stacks, one card each.

use std::collections::BTreeMap;

use super::{OPEN, Page};
use crate::report::html::markup::Markup;
use crate::report::inventory::{File, Resource, Stack, port_words};
use crate::report::plain;
use crate::report::summary::count;

impl Page<'_> {
    pub(super) fn stacks(&mut self) {
        let document = self.document;
        let mut found = vec![[0usize; 3]; document.stacks().len()];
        for (finding, stacks) in document.findings.iter().zip(&self.places) {
            let column = match &*finding.severity {
                "error" => 0,
                "warning" => 1,
                _ => 2,
            };
            for stack in stacks {
                if let Some(n) = found.get_mut(*stack).and_then(|f| f.get_mut(column)) {
                    *n += 1;
                }
            }
        }
        self.out.raw("<section id=\"stacks\" aria-labelledby=\"stacks-title\">\n<div class=\"top\"><h2 id=\"stacks-title\">Stacks</h2><button type=\"button\" id=\"fold\" hidden>Open all</button></div>\n");
        if document.stacks().is_empty() {
            self.out.raw("<p>There are none.</p>\n");
        }
        let is_open = document.stacks().len() <= OPEN;
        for ((stack, n), found) in document.stacks().iter().zip(0..).zip(found) {
            self.stack(stack, n, found, is_open);
        }
        self.out.raw("<p class=\"none\" id=\"no-stacks\" hidden>No stack has it.</p>\n</section>\n");
    }

    fn stack(&mut self, stack: &Stack, n: usize, found: [usize; 3], is_open: bool) {
        let several_hosts = self.hosts.len() > 1;
        let out = &mut self.out;
        out.raw("<article class=\"stack\" id=\"stack-").number(n).raw("\">\n<details").raw(if is_open { " open" } else { "" });
        out.raw("><summary><h3>").text(stack.project.as_deref().unwrap_or("(no name)")).raw("</h3> ");
        if let Some(host) = stack.host.as_deref().filter(|_| several_hosts) {
            out.raw("<span class=\"tag\">").text(host).raw("</span> ");
        }
        out.raw("<span class=\"dim\">")
            .text(&stack.directory)
            .raw("</span> <span class=\"dim\">")
            .text(&count(stack.services.len(), "service"));
        out.raw("</span>");
        if stack.refused {
            out.raw(" <span class=\"tag error\">refused by docker compose</span>");
        }
        for ((class, word), n) in [("error", "error"), ("warning", "warning"), ("info", "note")].into_iter().zip(found) {
            if n > 0 {
                out.raw(" <span class=\"tag ").raw(class).raw("\">").text(&count(n, word)).raw("</span>");
            }
        }
        out.raw("</summary>\n");
        facts(stack, out);
        services(stack, out);
        mounts(stack, out);
        secrets(stack, out);
        standard(stack, out);
        strategy(stack, out);
        out.raw("</details>\n</article>\n");
    }
}

/// What is searched for, in small letters: names, images, ports, volumes, networks, paths.
pub(super) fn words(stack: &Stack) -> String {
    let mut words: Vec<String> = vec![stack.project.clone().unwrap_or_default(), stack.directory.clone()];
    words.extend(stack.host.clone());
    words.extend(stack.link_to.clone());
    words.extend(stack.aliases.iter().chain(&stack.profiles).cloned());
    words.extend(stack.files.iter().chain(&stack.fragments).chain(&stack.env_files).map(|f| f.path.clone()));
    for service in &stack.services {
        words.push(service.name.clone());
        words.extend([&service.image, &service.build, &service.container_name].into_iter().flatten().cloned());
        words.extend(service.ports.iter().map(port_words));
    }
    words.extend(stack.volumes.iter().chain(&stack.networks).flat_map(|r| [r.key.clone(), r.name.clone()]));
    words.extend(stack.mount_list.iter().flat_map(|m| m.source.iter().chain([&m.target])).cloned());
    words.extend(stack.secrets.iter().map(|s| s.name.clone()));
    words.sort();
    words.dedup();
    plain(&words.join(" ")).to_lowercase()
}

fn facts(stack: &Stack, out: &mut Markup) {
    out.raw("<dl>");
    out.raw("<dt>name</dt><dd>").raw(match &*stack.project_from {
        "name" => "written in the file",
        "COMPOSE_PROJECT_NAME" => "from <code>COMPOSE_PROJECT_NAME</code>",
        "flag" => "given by <code>-p</code>",
        _ => "from the directory",
    });
    out.raw("</dd>");
    if let Some(to) = &stack.link_to {
        let what = if stack.reached == "file-link" { "the file leads to <code>" } else { "the directory leads to <code>" };
        out.raw("<dt>link</dt><dd>").raw(what).text(to).raw("</code>");
        out.raw(if stack.reached == "file-link" { "; relative paths start here</dd>" } else { "</dd>" });
    }
    for (title, texts) in [("also at", &stack.aliases), ("profiles", &stack.profiles)] {
        if !texts.is_empty() {
            out.raw("<dt>").raw(title).raw("</dt><dd>").list(texts.iter().map(String::as_str)).raw("</dd>");
        }
    }
    for (title, list) in [("files", &stack.files), ("includes", &stack.fragments), ("env files", &stack.env_files)] {
        files(stack, title, list, out);
    }
    for (title, list) in [("volumes", &stack.volumes), ("networks", &stack.networks)] {
        resources(title, list, out);
    }
    out.raw("</dl>\n");
}

fn files(stack: &Stack, title: &'static str, files: &[File], out: &mut Markup) {
    if files.is_empty() {
        return;
    }
    out.raw("<dt>").raw(title).raw("</dt><dd>");
    for (n, file) in files.iter().enumerate() {
        let below = file.path.strip_prefix(&stack.directory).and_then(|p| p.strip_prefix('/')).unwrap_or(&file.path);
        out.raw(if n > 0 { ", <code>" } else { "<code>" }).text(below).raw("</code> <small class=\"");
        let is_loose = matches!(file.git.as_deref(), Some("untracked" | "modified"));
        let state = if file.on_host { "provided on the host" } else { file.git.as_deref().unwrap_or("not in git") };
        out.raw(if is_loose { "warn" } else { "dim" }).raw("\">").text(state).raw("</small>");
    }
    out.raw("</dd>");
}

fn resources(title: &'static str, resources: &[Resource], out: &mut Markup) {
    if resources.is_empty() {
        return;
    }
    out.raw("<dt>").raw(title).raw("</dt><dd>");
    for (n, resource) in resources.iter().enumerate() {
        out.raw(if n > 0 { ", <code>" } else { "<code>" }).text(&resource.name).raw("</code>");
        out.raw(if resource.external { " <small class=\"dim\">external</small>" } else { "" });
    }
    out.raw("</dd>");
}

fn services(stack: &Stack, out: &mut Markup) {
    if stack.services.is_empty() {
        return;
    }
    out.raw("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">service</th><th scope=\"col\">image</th><th scope=\"col\">ports</th><th scope=\"col\">restart</th><th scope=\"col\">health</th><th scope=\"col\">waits for</th></tr></thead>\n<tbody>\n");
    for service in &stack.services {
        out.raw("<tr><th scope=\"row\">").text(&service.name);
        for profile in &service.profiles {
            out.raw(" <small class=\"tag\">").text(profile).raw("</small>");
        }
        out.raw("</th><td>");
        match (&service.image, &service.build) {
            (image, Some(context)) => {
                out.raw("built from <code>").text(context).raw("</code>");
                if let Some(image) = image {
                    out.raw(" as <code>").text(image).raw("</code>");
                }
            }
            (Some(image), None) => {
                out.raw("<code>").text(image).raw("</code>");
            }
            (None, None) => {
                out.raw("-");
            }
        }
        out.raw("</td><td>");
        for (n, port) in service.ports.iter().enumerate() {
            out.raw(if n > 0 { "<br><code>" } else { "<code>" }).text(&port_words(port)).raw("</code>");
        }
        out.raw("</td><td>").text(service.restart.as_deref().unwrap_or("-")).raw("</td><td>");
        out.raw(if service.healthcheck { "checked" } else { "-" }).raw("</td><td>");
        for (n, dependency) in service.depends_on.iter().enumerate() {
            out.raw(if n > 0 { "<br>" } else { "" }).text(&dependency.service);
            match dependency.condition.as_str() {
                "service_healthy" => out.raw(" <small class=\"dim\">healthy</small>"),
                "service_completed_successfully" => out.raw(" <small class=\"dim\">ended</small>"),
                _ => out.raw(""),
            };
        }
        out.raw("</td></tr>\n");
    }
    out.raw("</tbody>\n</table></div>\n");
}

/// By class, then one by one.
fn mounts(stack: &Stack, out: &mut Markup) {
    if stack.mount_list.is_empty() {
        let m = &stack.mounts;
        let parts = [(m.binds, "bind"), (m.volumes, "volume"), (m.other, "other mount")];
        let parts: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(n, word)).collect();
        if !parts.is_empty() {
            out.raw("<p><b>Mounts</b> ").text(&parts.join(", "));
            if m.writable_binds > 0 {
                out.raw(" (").text(&count(m.writable_binds, "bind")).raw(" writable)");
            }
            out.raw("</p>\n");
        }
        return;
    }
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for mount in &stack.mount_list {
        *classes.entry(mount.class.replace('-', " ")).or_default() += 1;
    }
    let uncovered = stack.mount_list.iter().filter(|m| m.backup.as_deref() == Some("not-covered")).count();
    out.raw("<details class=\"more\"><summary>").text(&count(stack.mount_list.len(), "mount"));
    for (class, n) in &classes {
        out.raw(" <span class=\"tag\">").number(*n).raw(" ").text(class).raw("</span>");
    }
    if uncovered > 0 {
        out.raw(" <span class=\"tag warning\">").number(uncovered).raw(" not backed up</span>");
    }
    out.raw("</summary>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">service</th><th scope=\"col\">source</th><th scope=\"col\">in the container</th><th scope=\"col\">holds</th><th scope=\"col\">git</th><th scope=\"col\">backup</th></tr></thead>\n<tbody>\n");
    for mount in &stack.mount_list {
        out.raw("<tr><td>").text(&mount.service).raw("</td><td>");
        match &mount.source {
            Some(source) => out.raw("<code>").text(source).raw("</code>"),
            None => out.text(&mount.kind),
        };
        out.raw(if mount.exists == Some(false) { " <small class=\"warn\">missing</small>" } else { "" });
        out.raw("</td><td><code>").text(&mount.target).raw("</code>");
        out.raw(if mount.read_only { " <small class=\"dim\">read-only</small>" } else { "" });
        out.raw("</td><td>")
            .text(&mount.class.replace('-', " "))
            .raw("</td><td>")
            .text(mount.git.as_deref().unwrap_or("-"))
            .raw("</td><td>");
        match mount.backup.as_deref() {
            Some("not-covered") => out.raw("<span class=\"warn\">not covered</span>"),
            Some(state) => out.text(state),
            None => out.raw("-"),
        };
        out.raw("</td></tr>\n");
    }
    out.raw("</tbody>\n</table></div></details>\n");
}

fn secrets(stack: &Stack, out: &mut Markup) {
    if stack.secrets.is_empty() {
        return;
    }
    out.raw("<details class=\"more\"><summary>").text(&count(stack.secrets.len(), "secret")).raw("</summary>\n<ul>");
    for secret in &stack.secrets {
        out.raw("<li><code>").text(&secret.name).raw("</code> ").raw(match &*secret.kind {
            "file" => "from the file",
            "environment" => "from the variable",
            "external" => "made by somebody else",
            "env-file" => "an env file",
            _ => "from",
        });
        if let Some(source) = secret.source.as_ref().filter(|s| **s != secret.name) {
            out.raw(" <code>").text(source).raw("</code>");
        }
        out.raw(match (secret.on_host, secret.exists) {
            (true, _) => " <small class=\"dim\">provided on the host</small>",
            (false, Some(false)) => " <small class=\"warn\">missing</small>",
            _ => "",
        });
        if !secret.services.is_empty() {
            out.raw(", for ").list(secret.services.iter().map(String::as_str));
        }
        out.raw("</li>");
    }
    out.raw("</ul></details>\n");
}

fn standard(stack: &Stack, out: &mut Markup) {
    let Some(standard) = &stack.standard else { return };
    out.raw("<details class=\"more\"><summary>Standard <span class=\"tag ");
    out.raw(if standard.kept < standard.points.len() { "warning" } else { "" }).raw("\">").number(standard.kept).raw(" of ");
    out.number(standard.points.len()).raw("</span></summary>\n<ul>");
    for point in &standard.points {
        out.raw(if point.kept { "<li><span class=\"dim\">kept</span> <code>" } else { "<li><span class=\"warn\">not kept</span> <code>" });
        out.text(&point.name).raw("</code>");
        if !point.because.is_empty() {
            out.raw(": ").prose(&point.because);
        }
        out.raw("</li>");
    }
    out.raw("</ul></details>\n");
}

fn strategy(stack: &Stack, out: &mut Markup) {
    let Some(strategy) = &stack.strategy else { return };
    let best = strategy.ways.first().map_or("none", |w| &*w.name);
    out.raw("<details class=\"more\"><summary>Placed best by <span class=\"tag\">").text(best).raw("</span></summary>\n<ol>");
    for way in &strategy.ways {
        out.raw("<li><code>")
            .text(&way.name)
            .raw("</code> <small class=\"dim\">")
            .text(&count(way.cost as usize, "point"))
            .raw(" against it</small><ul>");
        for reason in &way.reasons_for {
            out.raw("<li>for it: ").prose(reason).raw("</li>");
        }
        for reason in &way.reasons_against {
            out.raw("<li>against it: ").prose(reason).raw("</li>");
        }
        out.raw("</ul></li>");
    }
    out.raw("</ol></details>\n");
}
