//! What a rule file needs.

#![allow(unused_imports)] // not every rule needs everything

pub(crate) use super::mend;
pub(crate) use super::problems::{Advised, Mended, Problems};
pub(crate) use super::{Cx, Default, Fleet, Host, Meta, Mode, OptionDef, OptionDefault, Peer, Rule, RuleDef, SourceTree, Topic};
pub(crate) use crate::compose::problem::ProblemKind;
pub(crate) use crate::compose::value::Origin;
pub(crate) use crate::finding::{Applicability, Fix, Severity};
pub(crate) use crate::model::{Project, Service, Sourced};
pub(crate) use crate::page;
pub(crate) use crate::source::Edit;
