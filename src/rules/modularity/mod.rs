//! Rules about how a project is cut into files.

pub(super) mod ambiguous_config_files;
pub(super) mod depends_on_in_base;
pub(super) mod duplicated_service_across_files;
pub(super) mod env_specific_in_base;
pub(super) mod environment_policy;
pub(super) mod fragment_unreachable;
pub(super) mod included_resource_merged;
pub(super) mod incomplete_alone;
pub(super) mod layout;
pub(super) mod list_appended;
pub(super) mod misplaced_service_key;
pub(super) mod mixed_concerns;
pub(super) mod monolith_lines;
pub(super) mod monolith_services;
pub(super) mod near_duplicate_service;
pub(super) mod override_not_loaded;
pub(super) mod redundant_override;
pub(super) mod repeated_block;
pub(super) mod syntax;

/// Every scalar of the service whose key is here, as it is written, with its way from the service; aliases followed, at most `limit` of them.
pub(super) fn written_leaves(tree: &crate::yaml::Tree, key: crate::source::Span, limit: usize) -> std::collections::BTreeSet<String> {
    let entry = tree.at(key).and_then(|node| tree.entry(node));
    entry.map(|(_, entry)| syntax::paths(tree, entry.value, limit)).unwrap_or_default()
}
