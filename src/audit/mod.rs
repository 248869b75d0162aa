//! What is made of an audit beyond its report: how stacks stand against a standard, how they could be placed, which host comes first, and the
//! pages, lists and runbooks that people keep. Everything starts from the inventory or the [`crate::report::document::Document`], which hold no
//! secret; nothing here reads the disk.

pub mod backlog;
pub mod fleet;
pub mod marked;
pub mod runbook;
pub mod standard;
pub mod start;
pub mod strategy;
