//! Rules about what works on one machine, engine or parser and not on another.
