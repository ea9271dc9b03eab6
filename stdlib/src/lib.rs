//! The built-in commands, on the same trait as everyone's.
