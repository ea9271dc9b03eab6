//! Tests of the operators: tables in the language, and laws.

pub(crate) mod evaluate;
mod laws;
mod quantities;
mod tables;
mod values;
