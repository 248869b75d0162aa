//! What an expression is, as far as it can be told without a host.
