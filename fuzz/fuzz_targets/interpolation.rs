//! Any text is a template or an error; the result is bounded, and a text with its dollars doubled is itself.
#![no_main]

use std::collections::BTreeMap;

use composelint::compose::interpolate::expand;
use composelint::compose::{Semantics, Variable};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let set = |value: &str| Variable { value: value.to_owned(), at: None };
    let known = BTreeMap::from([
        ("A".to_owned(), set("a")),
        ("EMPTY".to_owned(), set("")),
        ("D".to_owned(), set("$A")),
        ("LONG".to_owned(), set(&"x".repeat(10_000))),
    ]);
    for semantics in [Semantics::V2, Semantics::V5] {
        let mut uses = Vec::new();
        match expand(text, &known, semantics, &mut uses) {
            Ok(out) => {
                assert!(out.len() <= 1 << 20);
                assert!(text.contains('$') || out == text);
            }
            Err(error) => assert!(error.to_string().len() < 4000 + text.len()),
        }
        assert!(uses.len() <= text.len());
        for one in uses {
            assert!(!one.name.is_empty() && text.contains(&one.name), "{:?}", one.name);
        }
        assert_eq!(expand(&text.replace('$', "$$"), &known, semantics, &mut Vec::new()).as_deref(), Ok(text));
    }
});
