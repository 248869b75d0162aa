//! Rules about what keeps a service running: health checks, restarts, limits, logs, the order of starting.
