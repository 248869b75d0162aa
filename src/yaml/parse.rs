//! YAML text → [`Tree`](super::Tree).
