//! Types plain scalars as Compose does.
