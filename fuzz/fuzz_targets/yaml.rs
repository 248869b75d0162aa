//! Any text has a sound syntax tree or a clean error.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/tree.rs"]
mod tree;

fuzz_target!(|bytes: &[u8]| {
    match composelint::yaml::text_of(bytes) {
        Ok(text) => tree::check(&text),
        Err(error) => assert!(composelint::yaml::lossy_text_of(bytes).is_char_boundary(error.offset)),
    }
});
