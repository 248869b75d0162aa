//! Any text is read as an env file: every place is in the text, and what is set is there.
#![no_main]

use std::collections::BTreeMap;

use composelint::compose::problem::Problem;
use composelint::compose::{Semantics, Variable, dotenv};
use composelint::source::{FileId, Span};
use libfuzzer_sys::fuzz_target;

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_else(|| panic!("{span:?} is not in the text"))
}

fn check(text: &str, out: &BTreeMap<String, Variable>, problems: &[Problem]) {
    for (name, variable) in out {
        // `=x` sets a variable without a name, as Compose has it.
        let at = slice(text, variable.at.expect("a place"));
        assert!(at.starts_with(name.as_str()), "{name:?} in {at:?}");
    }
    for problem in problems {
        assert!(!problem.message.is_empty());
        assert!(problem.message.len() < 4000, "a message of {} bytes", problem.message.len());
        for span in problem.origin.iter().map(|o| o.at) {
            slice(text, span);
        }
        for (span, _) in &problem.related {
            slice(text, *span);
        }
    }
}

fuzz_target!(|text: &str| {
    let set = |value: &str| Variable { value: value.to_owned(), at: None };
    let outer = BTreeMap::from([("A".to_owned(), set("a")), ("EMPTY".to_owned(), set("")), ("D".to_owned(), set("$A"))]);
    for semantics in [Semantics::V2, Semantics::V5] {
        let (mut out, mut problems, mut uses) = (BTreeMap::new(), Vec::new(), Vec::new());
        dotenv::parse(FileId::NONE, text, &outer, &mut out, semantics, &mut problems, &mut uses);
        check(text, &out, &problems);
        for one in uses {
            slice(text, one.at);
        }
    }
    let (mut out, mut problems) = (BTreeMap::new(), Vec::new());
    dotenv::parse_raw(FileId::NONE, text, &outer, &mut out, &mut problems);
    check(text, &out, &problems);
});
