//! A service that is restarted after a failure without end.

use crate::rules::prelude::*;

pub(crate) static RULE: RuleDef = RuleDef {
    meta: Meta {
        name: "restart-without-limit",
        topic: Topic::Security,
        severity: Severity::Warning,
        audit_severity: None,
        default: Default::Off,
        fix: None,
        peers: &[Peer::Kics("restart_policy_on_failure_not_set_to_5"), Peer::Cis("5.15")],
        options: &[
            OptionDef { name: "max", summary: "how many restarts after a failure are fine", default: OptionDefault::Number(5) },
            OptionDef {
                name: "always",
                summary: "report `always` and `unless-stopped` too, as the CIS benchmark does",
                default: OptionDefault::Flag(false),
            },
        ],
        summary: "a service that fails is restarted without end",
        page: page!("restart-without-limit"),
    },
    rule: &RestartWithoutLimit,
};

struct RestartWithoutLimit;

const WHY: &str = "a service that fails at once then fails all day: it fills the log, uses the processor, and an attack on it can be tried again and again";

impl Rule for RestartWithoutLimit {
    fn service(&self, service: &Sourced<Service>, _project: &Project, cx: &mut Cx) {
        let max = cx.number("max");
        let too_many = |times: Option<u64>| times.is_none_or(|n| n > max || n == 0);
        let help = format!("write `on-failure:{max}`");
        if let Some(restart) = &service.restart {
            let (policy, times) = restart.split_once(':').map_or((restart.as_str(), None), |(p, n)| (p, Some(n)));
            let times = times.map(|n| n.trim().parse::<u64>());
            // What is no number is the business of another rule.
            if policy == "on-failure" && times.as_ref().is_none_or(Result::is_ok) && too_many(times.and_then(Result::ok)) {
                cx.report(&restart.origin, format!("`{}` is restarted more than {max} times after a failure", service.name))
                    .why(WHY)
                    .help(help);
            } else if matches!(policy, "always" | "unless-stopped") && cx.flag("always") {
                cx.report(&restart.origin, format!("`{}` is restarted without end", service.name)).why(WHY).help(help);
            }
        }
        let Some(policy) = service.deploy.as_ref().and_then(|d| d.restart_policy.as_ref()) else { return };
        // Compose reads the policy of `deploy` only where `restart` is absent.
        if service.restart.is_some() || policy.condition.as_ref().is_none_or(|c| c.value != "on-failure") {
            return;
        }
        let times = policy.max_attempts.as_ref();
        if too_many(times.and_then(|n| u64::try_from(n.value).ok())) {
            let at = times.map_or_else(|| policy.at_key(), Sourced::at_key);
            cx.report(&at, format!("`{}` is restarted more than {max} times after a failure", service.name))
                .why(WHY)
                .help(format!("write `max_attempts: {max}`"));
        }
    }
}
