//! What a person sees of a run: each format a fold over the journal's events.
