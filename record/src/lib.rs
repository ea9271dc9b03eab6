//! The journal of a run: append, read, recover.
