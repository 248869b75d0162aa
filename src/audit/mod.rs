//! What is made of an audit beyond its report: how stacks stand against a standard, how they could be placed, which host comes first, and the
//! pages, lists and runbooks that people keep. Everything starts from the inventory or the [`crate::report::document::Document`], which hold no
//! secret (of the project, [`strategy`] takes only which keys have an equivalent); nothing here reads the disk.

pub mod backlog;
pub mod fleet;
pub mod marked;
pub mod runbook;
pub mod standard;
pub mod start;
pub mod strategy;

/// Names for a sentence: the first of them, and how many more there are.
fn listed<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|n| format!("`{}`", n.as_ref())).collect();
    let more = if names.len() > most { format!(" and {} more", names.len() - most) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
