//! Starts, bounds and ends programs, and keeps their output without loss.
