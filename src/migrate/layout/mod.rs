//! From a monolith to services, environments and infrastructure (spec/layout.md).
