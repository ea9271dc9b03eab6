//! The scenario language's grammar: text to a syntax tree with positions, and back.
