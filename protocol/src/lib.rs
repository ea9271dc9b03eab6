//! Plain data that crosses a boundary: values, events, signatures.
