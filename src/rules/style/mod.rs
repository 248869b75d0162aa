//! Rules about how a file looks. None of them is on by default.
