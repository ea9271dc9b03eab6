//! Turns logs, processes, the system and probes into observations and events.
