//! Text as expressions: the part of the language that composelint writes.
