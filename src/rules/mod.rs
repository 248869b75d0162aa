//! The rules. A rule owns everything that belongs to it: its definition and check in `rules/<topic>/<rule>.rs`, its page in
//! `rules/<rule>.md` (shown by `explain`, its examples run as tests), its fixtures in `testdata/rules/<rule>/`, and one line in [`ALL`].
//!
//! Rules judge resolved projects. What resolution itself finds ([`crate::compose::problem`]) is reported by the rule that the kind of
//! problem belongs to, so that every problem can be explained, ignored and selected like any other finding.

mod amend;
mod correctness;
mod elsewhere;
pub(crate) mod fleet;
mod host;
mod identity;
mod ignores;
mod images;
pub(crate) mod mend;
mod misplaced;
mod modularity;
mod networks;
mod portability;
mod prelude;
mod problems;
mod reliability;
pub(crate) mod secrets;
mod security;
mod style;
mod subnets;
mod together;
mod unused;
mod volumes;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compose::Loader;
use crate::compose::value::Origin;
use crate::discover::{Entry, Skipped};
use crate::finding::{Applicability, Finding, Fix, Label, Place, Severity};
use crate::host::Facts;
use crate::model::{Project, Service, Sourced};
use crate::source::{Edit, FileId, Source, Sources, Span};
use crate::yaml::Tree;
pub(crate) use correctness::uses::is_hash as is_part_of_hash;
pub use ignores::comment::{
    Dclint, DclintScope, Ignore, IgnoreComment, Malformed, Means, Mistake, Name, Says, may_speak, read as read_comment,
};
pub(crate) use reliability::health::{disabled_at, has_instruction};

/// What a rule is about. Not part of its name: a rule can move without breaking anybody's ignore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Topic {
    Correctness,
    Modularity,
    Volumes,
    Networks,
    Secrets,
    Security,
    Images,
    Reliability,
    Portability,
    Style,
    Host,
    Ignores,
}

impl Topic {
    /// Every topic, in the order of the table of rules.
    pub const ALL: &[Topic] = &[
        Topic::Correctness,
        Topic::Modularity,
        Topic::Volumes,
        Topic::Networks,
        Topic::Secrets,
        Topic::Security,
        Topic::Images,
        Topic::Reliability,
        Topic::Portability,
        Topic::Style,
        Topic::Host,
        Topic::Ignores,
    ];

    /// The name of the topic, as in the table of rules.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Correctness => "correctness",
            Topic::Modularity => "modularity",
            Topic::Volumes => "volumes",
            Topic::Networks => "networks",
            Topic::Secrets => "secrets",
            Topic::Security => "security",
            Topic::Images => "images",
            Topic::Reliability => "reliability",
            Topic::Portability => "portability",
            Topic::Style => "style",
            Topic::Host => "host",
            Topic::Ignores => "ignores",
        }
    }
}

/// When a rule runs unless it is selected or ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// In `check` and in `audit`.
    On,
    /// In `audit` only: it judges the host, not the repository.
    Audit,
    /// Only when selected.
    Off,
}

/// What another tool, or a benchmark of security, calls the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// A rule of dclint.
    Dclint(&'static str),
    /// A query of KICS, by the name of its directory.
    Kics(&'static str),
    /// A rule of semgrep's registry, without its prefix.
    Semgrep(&'static str),
    /// A rule of compose-lint.
    ComposeLint(&'static str),
    /// A recommendation of the CIS Docker Benchmark: `5.4`.
    Cis(&'static str),
}

/// A set of rules under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// What is almost never wrong: the default.
    Recommended,
    /// Everything but style.
    Strict,
    /// The topics `security` and `secrets`, and what KICS and the CIS benchmark ask for.
    Security,
    /// How a file looks: the topic `style`, and what dclint reports.
    Style,
    /// Every rule.
    All,
}

impl Preset {
    /// Every preset.
    pub const ALL: &[Preset] = &[Preset::Recommended, Preset::Strict, Preset::Security, Preset::Style, Preset::All];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Recommended => "recommended",
            Preset::Strict => "strict",
            Preset::Security => "security",
            Preset::Style => "style",
            Preset::All => "all",
        }
    }

    /// True if a rule belongs to it in this mode. It follows from the rule's topic, default and peers, so that no list can go stale.
    pub fn has(self, meta: &Meta, mode: Mode) -> bool {
        let peer = |is: fn(&Peer) -> bool| meta.peers.iter().any(is);
        match self {
            Preset::Recommended => match meta.default {
                Default::On => true,
                Default::Audit => mode == Mode::Audit,
                Default::Off => false,
            },
            Preset::Strict => meta.topic != Topic::Style,
            Preset::Security => {
                matches!(meta.topic, Topic::Security | Topic::Secrets) || peer(|p| matches!(p, Peer::Kics(_) | Peer::Cis(_)))
            }
            Preset::Style => meta.topic == Topic::Style || peer(|p| matches!(p, Peer::Dclint(_))),
            Preset::All => true,
        }
    }
}

/// An option of a rule, set in `.composelint.yaml` under the rule's name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionDef {
    /// Its name: kebab-case.
    pub name: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Its value unless it is set; says also what kind of value it takes.
    pub default: OptionDefault,
}

/// The default of an option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionDefault {
    /// A whole number.
    Number(u64),
    /// `true` or `false`.
    Flag(bool),
    /// One of these words, the first unless it is set.
    Choice(&'static [&'static str]),
    /// A list of texts.
    List(&'static [&'static str]),
}

/// The value of an option as it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OptionValue {
    Number(u64),
    Flag(bool),
    Choice(String),
    List(Vec<String>),
}

/// The options that were set, by rule and option. What is not here has its default.
#[derive(Clone, Debug, std::default::Default, PartialEq, Eq)]
pub struct Settings {
    values: std::collections::BTreeMap<(&'static str, &'static str), OptionValue>,
}

impl Settings {
    /// Sets an option of a rule. Whoever sets it has checked that the kind of the value is that of the option's default.
    pub fn set(&mut self, rule: &'static str, option: &'static str, value: OptionValue) {
        self.values.insert((rule, option), value);
    }

    /// These, and over them the others.
    pub fn overlaid(&self, over: &Settings) -> Self {
        let mut values = self.values.clone();
        values.extend(over.values.iter().map(|(k, v)| (*k, v.clone())));
        Self { values }
    }

    /// True if an option of this rule is set.
    pub fn concern(&self, rule: &str) -> bool {
        self.values.keys().any(|(r, _)| *r == rule)
    }
}

/// What a rule is.
#[derive(Debug)]
pub struct Meta {
    /// Its name: kebab-case, reads as "allow NAME".
    pub name: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// How bad its findings are.
    pub severity: Severity,
    /// How bad in `audit`, where that differs.
    pub audit_severity: Option<Severity>,
    /// When it runs.
    pub default: Default,
    /// The best that its fixes can be; `None` if it has none.
    pub fix: Option<Applicability>,
    /// What others call it.
    pub peers: &'static [Peer],
    /// What can be set.
    pub options: &'static [OptionDef],
    /// What it finds, in a few words.
    pub summary: &'static str,
    /// Its page, in Markdown: [`crate::page!`].
    pub page: &'static str,
}

/// A rule: its definition and its check.
pub struct RuleDef {
    /// What it is.
    pub meta: Meta,
    /// The check.
    pub rule: &'static dyn Rule,
}

/// A check. Implement any of them; none shadows another.
pub trait Rule: Send + Sync {
    /// The syntax of one file that a project is made of. Called once a file, however many projects use it.
    fn file(&self, _file: &SourceTree, _cx: &mut Cx) {}
    /// One resolved service, enabled or not.
    fn service(&self, _service: &Sourced<Service>, _project: &Project, _cx: &mut Cx) {}
    /// One resolved project.
    fn project(&self, _project: &Project, _cx: &mut Cx) {}
    /// All projects under the roots; where `hosts` in the configuration names several hosts, those of one host, once a host.
    fn host(&self, _host: &Host, _cx: &mut Cx) {}
    /// Everything that a run sees, all hosts together. Called once a run.
    fn fleet(&self, _fleet: &Fleet, _cx: &mut Cx) {}
    /// The comments of one file that tell linters to be silent, as they are written. Called once a file that has any.
    fn comments(&self, _comments: &[IgnoreComment], _cx: &mut Cx) {}
    /// One of these comments, some of whose names silenced nothing in this run.
    fn unused(&self, _unused: &UnusedIgnores, _cx: &mut Cx) {}
}

/// A comment some of whose names silenced nothing, although their rules ran.
pub struct UnusedIgnores<'a> {
    /// The comment: one that says [`Says::Ignore`].
    pub comment: &'a IgnoreComment,
    /// Which of its names, counted from 0; at least one.
    pub names: Vec<usize>,
    /// True if it stands where it covers nothing.
    pub covers_nothing: bool,
}

/// The syntax of one file.
pub struct SourceTree<'a> {
    /// Its path and text.
    pub source: &'a Source,
    /// Its tree.
    pub tree: &'a Tree,
}

/// The projects of one host: everything under the roots of a run, unless the configuration names several hosts.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// The directory of the host, where the configuration names it; `None` for what belongs to no host in particular.
    pub directory: Option<&'a Path>,
    /// The name of the host: that of its directory, or the one that was given.
    pub name: Option<&'a str>,
    /// The projects, sorted by directory and files.
    pub projects: &'a [Project],
    /// How each of them was found: the n-th belongs to the n-th project.
    pub entries: &'a [Entry],
    /// What was passed over, sorted by path.
    pub skipped: &'a [Skipped],
}

/// Everything that a run sees.
pub struct Fleet<'a> {
    /// The hosts that `hosts` in the configuration names, sorted by directory; before them, without a directory, what belongs to none of
    /// them. Without `hosts` that is all there is.
    pub hosts: &'a [Host<'a>],
    /// What in the configuration does nothing.
    pub idle: &'a [Idle],
}

/// An entry of the configuration that does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The entry.
    pub at: Span,
    /// What it is and why it does nothing: a sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: String,
    /// True if something is not judged that was meant to be.
    pub missed: bool,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A repository: what only the host has is not missed.
    Check,
    /// The host itself.
    Audit,
}

/// What a rule can ask, and where it reports to.
pub struct Cx<'a> {
    meta: &'static Meta,
    /// What the run is for.
    pub mode: Mode,
    /// The texts.
    pub sources: &'a Sources,
    /// The disk and git.
    pub facts: &'a dyn Facts,
    loader: &'a Loader<'a>,
    settings: &'a Settings,
    project: Option<&'a Path>,
    findings: Vec<Finding>,
}

impl<'a> Cx<'a> {
    /// For one rule and, unless it judges several, one project.
    pub fn new(
        meta: &'static Meta,
        mode: Mode,
        loader: &'a Loader<'a>,
        facts: &'a dyn Facts,
        settings: &'a Settings,
        project: Option<&'a Path>,
    ) -> Self {
        Self { meta, mode, sources: loader.sources, facts, loader, settings, project, findings: Vec::new() }
    }

    /// The syntax of a file, for a fix; `None` if the file is not YAML.
    pub fn tree(&self, file: FileId) -> Option<Arc<Tree>> {
        self.loader.tree(file)
    }

    /// The value of an option of this rule that is a whole number.
    pub fn number(&self, option: &str) -> u64 {
        match (self.set(option), self.preset(option)) {
            (Some(OptionValue::Number(n)), _) => *n,
            (_, Some(OptionDefault::Number(n))) => n,
            _ => 0,
        }
    }

    /// The value of an option of this rule that is `true` or `false`.
    pub fn flag(&self, option: &str) -> bool {
        match (self.set(option), self.preset(option)) {
            (Some(OptionValue::Flag(flag)), _) => *flag,
            (_, Some(OptionDefault::Flag(flag))) => flag,
            _ => false,
        }
    }

    /// The value of an option of this rule that is one of some words.
    pub fn choice(&self, option: &str) -> &str {
        match (self.set(option), self.preset(option)) {
            (Some(OptionValue::Choice(word)), _) => word,
            (_, Some(OptionDefault::Choice(words))) => words.first().copied().unwrap_or_default(),
            _ => "",
        }
    }

    /// The value of an option of this rule that is a list of texts.
    pub fn list(&self, option: &str) -> Vec<&str> {
        match (self.set(option), self.preset(option)) {
            (Some(OptionValue::List(texts)), _) => texts.iter().map(String::as_str).collect(),
            (_, Some(OptionDefault::List(texts))) => texts.to_vec(),
            _ => Vec::new(),
        }
    }

    fn set(&self, option: &str) -> Option<&OptionValue> {
        let option = self.meta.options.iter().find(|o| o.name == option)?;
        self.settings.values.get(&(self.meta.name, option.name))
    }

    fn preset(&self, option: &str) -> Option<OptionDefault> {
        self.meta.options.iter().find(|o| o.name == option).map(|o| o.default)
    }

    /// Reports a finding at the place where `origin` was written; how it got there (include, extends, alias, variable) is added for the rule.
    /// `message` is one sentence without a full stop, and never holds a secret's value.
    pub fn report(&mut self, origin: &Origin, message: impl Into<String>) -> Report<'_> {
        self.push(origin.at.into(), message.into(), steps(origin))
    }

    /// Reports a finding about a path that has no text, or about a file as a whole.
    pub fn report_path(&mut self, path: impl Into<PathBuf>, message: impl Into<String>) -> Report<'_> {
        self.push(Place::Path(path.into()), message.into(), Vec::new())
    }

    /// The severity of this rule in this run.
    pub fn severity(&self) -> Severity {
        match self.mode {
            Mode::Audit => self.meta.audit_severity.unwrap_or(self.meta.severity),
            Mode::Check => self.meta.severity,
        }
    }

    fn push(&mut self, place: Place, message: String, related: Vec<Label>) -> Report<'_> {
        let severity = self.severity();
        let primary = Label { place, text: String::new() };
        let project = self.project.map(Path::to_path_buf);
        let finding = Finding { rule: self.meta.name, severity, message, primary, related, why: None, help: None, fix: None, project };
        let index = self.findings.len();
        self.findings.push(finding);
        Report { finding: self.findings.get_mut(index) }
    }

    /// The findings so far.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// A finding that is being written.
pub struct Report<'a> {
    finding: Option<&'a mut Finding>,
}

impl Report<'_> {
    fn edit(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = &mut self.finding {
            change(finding);
        }
        self
    }

    /// A few words at the primary place.
    pub fn label(self, text: impl Into<String>) -> Self {
        self.edit(|f| f.primary.text = text.into())
    }

    /// Another place and what it has to do with it.
    pub fn related(self, at: Span, text: impl Into<String>) -> Self {
        self.edit(|f| f.related.push(Label { place: at.into(), text: text.into() }))
    }

    /// Why it matters.
    pub fn why(self, text: impl Into<String>) -> Self {
        self.edit(|f| f.why = Some(text.into()))
    }

    /// What to do.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.edit(|f| f.help = Some(text.into()))
    }

    /// How to mend it by editing text. The engine decides whether it may be applied as it is: an edit of what several places share through an
    /// alias is only shown.
    pub fn fix(self, title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Self {
        self.edit(|f| f.fix = Some(Fix { title: title.into(), applicability, edits }))
    }

    /// The fix, if there is one.
    pub fn maybe_fix(self, fix: Option<Fix>) -> Self {
        self.edit(|f| f.fix = fix)
    }

    /// Another severity than the rule's own, where one rule knows milder and harder cases.
    pub fn severity(self, severity: Severity) -> Self {
        self.edit(|f| f.severity = severity)
    }
}

/// Variables that are shown for one value.
const VARIABLES: usize = 3;

/// How a value got to where it is, as labels: the steps that have a place worth showing, from where it is written outwards. Of a chain
/// of includes (or extends, or aliases) the nearest and the outermost are shown: those between change nothing about either.
pub fn steps(origin: &Origin) -> Vec<Label> {
    use crate::compose::value::Step;
    let mut steps: Vec<&Step> = origin.via.iter().collect();
    steps.reverse();
    let kind = |step: &Step| std::mem::discriminant(step);
    let mut variables = 0;
    let mut labels: Vec<Label> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let Some((at, text)) = describe(step) else { continue };
        let label = Label { place: at.into(), text };
        let before = steps.iter().take(i).any(|s| kind(s) == kind(step));
        let behind = steps.iter().skip(i + 1).any(|s| kind(s) == kind(step));
        let shown = match step {
            Step::Variable { .. } => {
                variables += 1;
                variables <= VARIABLES
            }
            _ => !(before && behind),
        };
        if shown && label.place != origin.at.into() && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// A step in the words of a label, where it has a place worth showing.
fn describe(step: &crate::compose::value::Step) -> Option<(Span, String)> {
    use crate::compose::value::{Definition, Step};
    match step {
        Step::Include(at) => Some((*at, "included here".into())),
        Step::Extends { at, service } => Some((*at, format!("reached by extending `{service}` here"))),
        Step::Alias(at) => Some((*at, "used through this alias".into())),
        Step::Merge(at) => Some((*at, "merged in here".into())),
        Step::Variable { name, defined: Definition::File(at) } => Some((*at, format!("`{name}` is set here"))),
        Step::File(at) => Some((*at, "read because of this entry".into())),
        Step::Variable { .. } | Step::Default(_) => None,
    }
}

/// The page of a rule.
#[macro_export]
macro_rules! page {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $name, ".md"))
    };
}

/// Every rule, by topic. One line a rule.
pub static ALL: &[&RuleDef] = &[
    // correctness
    &correctness::boolean_spelling::RULE,
    &correctness::build_input_missing::RULE,
    &correctness::conflicting_keys::RULE,
    &correctness::container_name_invalid::RULE,
    &correctness::dependency_cycle::RULE,
    &correctness::deprecated_spelling::RULE,
    &correctness::duplicate_container_name::RULE,
    &correctness::duplicate_key::RULE,
    &correctness::duplicate_list_key::RULE,
    &correctness::env_file_missing::RULE,
    &correctness::env_file_not_interpolated::RULE,
    &correctness::extends_error::RULE,
    &correctness::healthcheck_not_a_shell::RULE,
    &correctness::include_conflict::RULE,
    &correctness::include_error::RULE,
    &correctness::invalid_healthcheck::RULE,
    &correctness::invalid_interpolation::RULE,
    &correctness::invalid_mount::RULE,
    &correctness::invalid_port::RULE,
    &correctness::invalid_project_name::RULE,
    &correctness::invalid_restart::RULE,
    &correctness::invalid_schema::RULE,
    &correctness::invalid_value::RULE,
    &correctness::invalid_yaml::RULE,
    &correctness::limit_exceeded::RULE,
    &correctness::literal_quotes::RULE,
    &correctness::mangled_scalar::RULE,
    &correctness::merge_conflict::RULE,
    &correctness::missing_image::RULE,
    &correctness::not_a_compose_file::RULE,
    &correctness::obsolete_version::RULE,
    &correctness::profile_unreachable::RULE,
    &correctness::remote_not_fetched::RULE,
    &correctness::required_variable::RULE,
    &correctness::undefined_model::RULE,
    &correctness::undefined_service::RULE,
    &correctness::unescaped_dollar::RULE,
    &correctness::unknown_key::RULE,
    &correctness::unreadable_file::RULE,
    &correctness::unset_variable::RULE,
    &correctness::unused_anchor::RULE,
    &correctness::unused_dotenv_variable::RULE,
    &correctness::yaml11_ambiguous::RULE,
    // modularity
    &modularity::ambiguous_config_files::RULE,
    &modularity::depends_on_in_base::RULE,
    &modularity::duplicated_service_across_files::RULE,
    &modularity::env_specific_in_base::RULE,
    &modularity::environment_policy::RULE,
    &modularity::fragment_unreachable::RULE,
    &modularity::included_resource_merged::RULE,
    &modularity::incomplete_alone::RULE,
    &modularity::layout::RULE,
    &modularity::list_appended::RULE,
    &modularity::misplaced_service_key::RULE,
    &modularity::mixed_concerns::RULE,
    &modularity::monolith_lines::RULE,
    &modularity::monolith_services::RULE,
    &modularity::near_duplicate_service::RULE,
    &modularity::override_not_loaded::RULE,
    &modularity::redundant_override::RULE,
    &modularity::repeated_block::RULE,
    // volumes
    &volumes::anonymous_volume::RULE,
    &volumes::bind_source_missing::RULE,
    &volumes::config_mounted_writable::RULE,
    &volumes::data_bind_in_git::RULE,
    &volumes::duplicate_mount_target::RULE,
    &volumes::implicit_volume_name::RULE,
    &volumes::invalid_mount_mode::RULE,
    &volumes::mount_below_read_only::RULE,
    &volumes::mount_propagation::RULE,
    &volumes::script_not_executable::RULE,
    &volumes::shared_writable_bind::RULE,
    &volumes::undefined_volume::RULE,
    &volumes::unused_volume::RULE,
    &volumes::volume_identity_drift::RULE,
    // networks
    &networks::container_name_set::RULE,
    &networks::control_port_public::RULE,
    &networks::datastore_port_public::RULE,
    &networks::duplicate_host_port::RULE,
    &networks::duplicate_network_alias::RULE,
    &networks::duplicate_static_ip::RULE,
    &networks::external_network_order::RULE,
    &networks::external_network_without_owner::RULE,
    &networks::host_network::RULE,
    &networks::host_network_with_ports::RULE,
    &networks::invalid_hostname::RULE,
    &networks::ip_outside_subnet::RULE,
    &networks::network_identity_drift::RULE,
    &networks::overlapping_subnets::RULE,
    &networks::port_on_all_interfaces::RULE,
    &networks::privileged_port::RULE,
    &networks::redundant_expose::RULE,
    &networks::replicas_with_fixed_port::RULE,
    &networks::shared_network_namespace_with_ports::RULE,
    &networks::undefined_network::RULE,
    &networks::unsegmented_network::RULE,
    &networks::unused_network::RULE,
    // secrets
    &secrets::blank_secret_risk::RULE,
    &secrets::env_example_drift::RULE,
    &secrets::env_file_overshared::RULE,
    &secrets::file_variant_available::RULE,
    &secrets::plaintext_secret::RULE,
    &secrets::provider_token::RULE,
    &secrets::secret_file_missing::RULE,
    &secrets::secret_file_tracked::RULE,
    &secrets::secret_in_command::RULE,
    &secrets::secret_in_tracked_env::RULE,
    &secrets::undefined_config::RULE,
    &secrets::undefined_secret::RULE,
    &secrets::unused_config::RULE,
    &secrets::unused_secret::RULE,
    &secrets::url_credentials::RULE,
    &secrets::weak_default_secret::RULE,
    &secrets::world_readable_secret::RULE,
    // security
    &security::container_socket::RULE,
    &security::custom_cgroup_parent::RULE,
    &security::dangerous_capability::RULE,
    &security::dangerous_device::RULE,
    &security::default_capabilities::RULE,
    &security::executable_tmpfs::RULE,
    &security::host_namespace::RULE,
    &security::new_privileges::RULE,
    &security::no_security_options::RULE,
    &security::privileged::RULE,
    &security::restart_without_limit::RULE,
    &security::root_user::RULE,
    &security::security_profile_disabled::RULE,
    &security::sensitive_host_mount::RULE,
    &security::unknown_capability::RULE,
    &security::writable_root::RULE,
    // images
    &images::build_and_image::RULE,
    &images::floating_tag::RULE,
    &images::invalid_image_ref::RULE,
    &images::major_only_tag::RULE,
    &images::unpinned_digest::RULE,
    // reliability
    &reliability::completed_dependency_restarts::RULE,
    &reliability::healthy_on_disabled_healthcheck::RULE,
    &reliability::healthy_without_healthcheck::RULE,
    &reliability::ignored_healthcheck::RULE,
    &reliability::implicit_dependency::RULE,
    &reliability::logging_disabled::RULE,
    &reliability::missing_healthcheck::RULE,
    &reliability::missing_limits::RULE,
    &reliability::missing_log_rotation::RULE,
    &reliability::missing_restart::RULE,
    // portability
    &portability::absolute_bind::RULE,
    &portability::home_bind::RULE,
    &portability::legacy_links::RULE,
    &portability::swarm_only_key::RULE,
    &portability::unqualified_registry::RULE,
    // style
    &style::dependencies_order::RULE,
    &style::entries_order::RULE,
    &style::environment_syntax::RULE,
    &style::file_name::RULE,
    &style::missing_project_name::RULE,
    &style::port_quotes::RULE,
    &style::ports_order::RULE,
    &style::service_keys_order::RULE,
    &style::services_order::RULE,
    &style::top_level_order::RULE,
    &style::trailing_whitespace::RULE,
    &style::volume_quotes::RULE,
    // host
    &host::broken_link::RULE,
    &host::container_name_collision::RULE,
    &host::data_not_backed_up::RULE,
    &host::external_volume_without_owner::RULE,
    &host::host_firewall_bypassed::RULE,
    &host::host_port_collision::RULE,
    &host::host_service_collision::RULE,
    &host::image_drift::RULE,
    &host::linked_project_name::RULE,
    &host::project_name_collision::RULE,
    &host::project_name_on_several_hosts::RULE,
    &host::repo_drift::RULE,
    &host::router_collision::RULE,
    &host::service_duplicated_across_hosts::RULE,
    &host::shared_writable_path::RULE,
    &host::stale_document::RULE,
    &host::state_drift::RULE,
    &host::subnet_collision::RULE,
    &host::unresolved_endpoint::RULE,
    &host::volume_with_two_owners::RULE,
    // ignores
    &ignores::dclint_ignore::RULE,
    &ignores::ignore_without_reason::RULE,
    &ignores::unknown_ignore::RULE,
    &ignores::unused_config_entry::RULE,
    &ignores::unused_ignore::RULE,
];

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static RuleDef> {
    ALL.iter().copied().find(|r| r.meta.name == name)
}

/// Our rules that find what a rule of dclint finds.
pub fn of_dclint(name: &str) -> impl Iterator<Item = &'static str> + use<'_> {
    ALL.iter().filter(move |r| r.meta.peers.iter().any(|p| matches!(p, Peer::Dclint(peer) if *peer == name))).map(|r| r.meta.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::value::{Definition, Step};
    use crate::source::FileId;

    #[test]
    fn labels_go_from_the_place_outwards_and_are_few() {
        let at = |n: u32| Span::new(FileId::NONE, n, n + 1);
        let variable = |name: &str, n| Step::Variable { name: name.to_owned(), defined: Definition::File(at(n)) };
        let origin = ["A", "B", "C", "D"].iter().zip(10..).fold(Origin::at(at(0)), |origin, (name, n)| origin.via(variable(name, n)));
        let origin = origin
            .via(variable("UNSET", 0))
            .via(Step::Variable { name: "HOME".to_owned(), defined: Definition::Environment })
            .via(Step::Extends { at: at(20), service: "base".to_owned() })
            .via(Step::Include(at(30)))
            .via(Step::Include(at(31)))
            .via(Step::Include(at(32)));
        let shown: Vec<String> = steps(&origin)
            .into_iter()
            .map(|label| match label.place {
                Place::Span(span) => format!("{} {}", span.start, label.text),
                Place::Path(_) => label.text,
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        10 `A` is set here
        11 `B` is set here
        12 `C` is set here
        20 reached by extending `base` here
        30 included here
        32 included here
        ");
    }
}
