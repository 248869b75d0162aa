//! What was found, and what is there beside the stacks.

use super::{Page, severity_word, topic};
use crate::report::document::Location;
use crate::report::fleet;
use crate::report::html::markup::Markup;
use crate::report::inventory::port_words;
use crate::report::summary::count;

impl Page<'_> {
    /// The hosts of a fleet, in the order of a rollout.
    pub(super) fn hosts(&mut self) {
        let hosts = &self.document.hosts;
        if hosts.len() < 2 {
            return;
        }
        let out = &mut self.out;
        out.raw("<section id=\"hosts\" aria-labelledby=\"hosts-title\">\n<h2 id=\"hosts-title\">Hosts</h2>\n<p class=\"dim\">In the order in which to roll a change out.</p>\n<ol class=\"hosts\">\n");
        for host in hosts {
            out.raw("<li data-host=\"").text(&host.name).raw("\"><b>").text(&host.name).raw("</b> <span class=\"dim\">");
            out.text(&fleet::what(host)).raw("</span>");
            for (class, n) in [("error", host.errors), ("warning", host.warnings)] {
                if n > 0 {
                    out.raw(" <span class=\"tag ").raw(class).raw("\">").text(&count(n, class)).raw("</span>");
                }
            }
            out.text(&fleet::kept(host));
            if !host.needs.is_empty() {
                out.raw(" needs ").list(host.needs.iter().map(String::as_str));
            }
            for reason in &host.because {
                out.raw("<br><small>").prose(reason).raw("</small>");
            }
            out.raw("</li>\n");
        }
        out.raw("</ol>\n</section>\n");
    }

    pub(super) fn findings(&mut self) {
        let document = self.document;
        self.out.raw("<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings</h2>\n");
        if document.findings.is_empty() {
            self.out.raw("<p>There are none.</p>\n");
        }
        let several_hosts = self.hosts.len() > 1;
        for (finding, stacks) in document.findings.iter().zip(&self.places) {
            let out = &mut self.out;
            let class = match &*finding.severity {
                "error" => "error",
                "warning" => "warning",
                _ => "info",
            };
            out.raw("<details class=\"finding\"><summary><span class=\"tag ")
                .raw(class)
                .raw("\">")
                .text(severity_word(&finding.severity))
                .raw("</span> <span class=\"said\">");
            out.prose(&finding.message).raw("</span> <span class=\"place\">");
            if let Some(host) = finding.host.as_deref().filter(|_| several_hosts) {
                out.text(host).raw(" ");
            }
            place(&finding.location, out);
            out.raw("</span> <code class=\"rule\">").text(&finding.rule).raw("</code></summary>\n<div>");
            if let Some(label) = &finding.location.label {
                out.raw("<p>At this place: ").prose(label).raw("</p>");
            }
            if let Some(why) = &finding.why {
                out.raw("<p>").prose(why).raw("</p>");
            }
            if let Some(help) = &finding.help {
                out.raw("<p><b>What to do</b> ").prose(help).raw("</p>");
            }
            if let Some(fix) = &finding.fix {
                out.raw("<p><b>Fix</b> ").prose(&fix.title).raw(match &*fix.applicability {
                    "safe" => " <small class=\"dim\">(<code>--fix</code> does it)</small>",
                    "unsafe" => " <small class=\"dim\">(<code>--unsafe-fixes</code> does it)</small>",
                    _ => " <small class=\"dim\">(by hand)</small>",
                });
                out.raw("</p>");
            }
            if !finding.related.is_empty() {
                out.raw("<ul>");
                for related in &finding.related {
                    out.raw("<li><span class=\"place\">");
                    place(&related.location, out);
                    out.raw("</span> ").prose(&related.message).raw("</li>");
                }
                out.raw("</ul>");
            }
            out.raw("<p class=\"dim\">");
            for stack in stacks {
                let name = document.stacks().get(*stack).and_then(|s| s.project.as_deref()).unwrap_or("(no name)");
                out.raw("Stack <a href=\"#stack-").number(*stack).raw("\">").text(name).raw("</a>. ");
            }
            if let Some(key) = &finding.location.key_path {
                out.raw("Key <code>").text(key).raw("</code>. ");
            }
            out.raw("Rule of ")
                .text(topic(finding))
                .raw(": <code>composelint explain ")
                .text(&finding.rule)
                .raw("</code></p></div></details>\n");
        }
        self.out.raw("<button type=\"button\" id=\"rest\" hidden>Show more</button>\n<p class=\"none\" id=\"no-findings\" hidden>No finding has it.</p>\n</section>\n");
    }

    pub(super) fn beside(&mut self) {
        let document = self.document;
        let out = &mut self.out;
        if !document.beside.is_empty() {
            out.raw("<section id=\"beside\" aria-labelledby=\"beside-title\">\n<h2 id=\"beside-title\">Beside the stacks</h2>\n<p class=\"dim\">Containers and services of the host that no stack starts.</p>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">name</th><th scope=\"col\">what</th><th scope=\"col\">image</th><th scope=\"col\">ports</th><th scope=\"col\">volumes</th><th scope=\"col\">file</th></tr></thead>\n<tbody>\n");
            for one in &document.beside {
                out.raw("<tr data-host=\"")
                    .text(one.host.as_deref().unwrap_or_default())
                    .raw("\"><th scope=\"row\">")
                    .text(&one.name)
                    .raw("</th><td>");
                out.text(&one.kind.replace('-', " ")).raw("</td><td>").list(one.image.as_deref()).raw("</td><td>");
                let ports: Vec<String> = one.ports.iter().map(port_words).collect();
                out.list(ports.iter().map(String::as_str))
                    .raw("</td><td>")
                    .list(one.volumes.iter().map(String::as_str))
                    .raw("</td><td><code>");
                if let Some(host) = &one.host {
                    out.text(host).raw(": ");
                }
                out.text(&one.file).raw("</code></td></tr>\n");
            }
            out.raw("</tbody>\n</table></div>\n</section>\n");
        }
        if !document.backups.is_empty() {
            out.raw("<section id=\"backups\" aria-labelledby=\"backups-title\">\n<h2 id=\"backups-title\">Lists of backups</h2>\n<ul>");
            for backup in &document.backups {
                out.raw("<li data-host=\"")
                    .text(backup.host.as_deref().unwrap_or_default())
                    .raw("\"><code>")
                    .text(&backup.file)
                    .raw("</code> ");
                out.text(&count(backup.paths, "path")).raw("</li>");
            }
            out.raw("</ul>\n</section>\n");
        }
    }

    pub(super) fn passed_over(&mut self) {
        let skipped = &self.document.skipped;
        if skipped.is_empty() {
            return;
        }
        let out = &mut self.out;
        out.raw("<section id=\"passed-over\" aria-labelledby=\"passed-over-title\">\n<h2 id=\"passed-over-title\">Passed over</h2>\n<details class=\"more\"");
        out.raw(if skipped.len() <= 20 { " open><summary>" } else { "><summary>" })
            .text(&count(skipped.len(), "path"))
            .raw("</summary>\n<ul>");
        for one in skipped {
            out.raw("<li><code>").text(&one.path).raw("</code> ").prose(&one.reason).raw("</li>\n");
        }
        out.raw("</ul></details>\n</section>\n");
    }
}

/// `compose.yaml:3:5`.
fn place(location: &Location, out: &mut Markup) {
    out.raw("<code>").text(&location.path);
    if let Some(line) = location.line {
        out.raw(":").number(line as usize);
        if let Some(column) = location.column {
            out.raw(":").number(column as usize);
        }
    }
    out.raw("</code>");
}
